//! How much of the variance of an observable each factor of a study explains.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame};

use super::columns::{check_distinct, numbers, row_keys, whole_numbers};
use super::{Networks, declared_some};
use crate::error::{Error, Result};

/// Two factors in one name.
const TIMES: &str = " × ";

/// The factor of whatever is left.
const REST: &str = "rest";

/// The shares of the variance of every observable among networks that each factor explains (η²), for
/// every layer at every checkpoint: a row per `observable`, `layer`, `checkpoint` and `factor`, with
/// its `share`. The factor `rest` has what no factor explains.
///
/// A factor is a key column, such as `rule`, or several whose combinations count, such as
/// `"rule × learning_rate"`. Its levels' means are compared. One that lies inside another, as
/// `"architecture × model_seed"` (which initial weights) lies inside `architecture`, gets what it
/// explains beyond those that it lies inside.
///
/// Shares add up to 1 because the factors must be balanced: every level of one has every level of the
/// other in the same proportions. An observable that does not vary, or lacks a finite value
/// somewhere, has null shares at that place.
///
/// ```
/// use microlearners::observables::variance_shares;
/// use microlearners::prelude::*;
///
/// let table = df!("run" => [0, 1, 2, 3], "layer" => [1; 4], "checkpoint" => [0; 4],
///     "rule" => ["a", "a", "b", "b"], "learning_rate" => [0.1, 0.2, 0.1, 0.2],
///     "weightraw_norm" => [1.0, 2.0, 3.0, 4.0])?;
/// let shares = variance_shares(&table, &["rule", "learning_rate"])?;
/// let shares: Vec<Option<f64>> = shares.column("share")?.f64()?.iter().collect();
/// assert_eq!(shares, [Some(0.8), Some(0.2), Some(0.0)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] without factors, or if one is named twice; [`Error::Table`] if the table has no
/// observables, a column of a factor is missing or empty somewhere, or two factors are not balanced,
/// with the levels.
pub fn variance_shares(table: &DataFrame, factors: &[&str]) -> Result<DataFrame> {
    if factors.is_empty() {
        return Err(Error::setting("factors", "empty", "name at least one, such as rule"));
    }
    check_distinct("factors", factors)?;
    let observables = declared_some(table)?;
    Networks::of(table)?.check_repeated(table)?;
    let levels: Vec<Vec<Vec<u32>>> =
        factors.iter().map(|factor| levels_of(table, factor)).collect::<Result<_>>()?;
    let places = places(table)?;
    let columns: Vec<Vec<f64>> =
        observables.iter().map(|name| numbers(table, name)).collect::<Result<_>>()?;
    let mut shares = Shares::default();
    for ((layer, checkpoint), rows) in &places {
        let designs = Design::of(factors, &levels, rows)?;
        for (name, column) in observables.iter().zip(&columns) {
            let values: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
            shares.push((name, *layer, *checkpoint), &designs, &values);
        }
    }
    shares.table(factors)
}

/// What level of a factor each row has.
fn levels_of(table: &DataFrame, factor: &str) -> Result<Vec<Vec<u32>>> {
    let columns: Vec<&str> = factor.split(TIMES).collect();
    if let Some(lacking) = columns.iter().find(|name| table.column(name).is_err()) {
        return Err(Error::Table(format!(
            "the table has no column {lacking}, of which the factor {factor} is made; name key columns, such as rule or \"rule{TIMES}learning_rate\""
        )));
    }
    let rows: Vec<usize> = (0..table.height()).collect();
    row_keys(table, &columns, &rows)
}

/// The rows of every layer at every checkpoint.
fn places(table: &DataFrame) -> Result<BTreeMap<(u64, u64), Vec<usize>>> {
    let (layers, checkpoints) =
        (whole_numbers(table, "layer")?, whole_numbers(table, "checkpoint")?);
    let mut places: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
    for (row, place) in layers.into_iter().zip(checkpoints).enumerate() {
        places.entry(place).or_default().push(row);
    }
    Ok(places)
}

/// One factor among the rows of one place.
struct Design {
    /// The number of each row's level.
    levels: Vec<usize>,
    /// The places of the factors that it lies inside.
    inside: Vec<usize>,
}

impl Design {
    fn of(factors: &[&str], all: &[Vec<Vec<u32>>], rows: &[usize]) -> Result<Vec<Self>> {
        let numbered: Vec<Vec<usize>> = all.iter().map(|levels| number(levels, rows)).collect();
        let is_inside = |inner: usize, outer: usize| {
            let pairs: BTreeSet<(usize, usize)> =
                numbered[inner].iter().copied().zip(numbered[outer].iter().copied()).collect();
            pairs.len() == count(&numbered[inner])
        };
        let inside = |place: usize| {
            let outer = |&other: &usize| {
                other != place
                    && is_inside(place, other)
                    && (!is_inside(other, place) || other < place)
            };
            (0..factors.len()).filter(outer).collect::<Vec<usize>>()
        };
        let designs: Vec<Self> = (0..factors.len())
            .map(|place| Self { levels: numbered[place].clone(), inside: inside(place) })
            .collect();
        for (place, design) in designs.iter().enumerate() {
            for other in 0..place {
                let is_nested =
                    design.inside.contains(&other) || designs[other].inside.contains(&place);
                if !is_nested && !design.is_balanced_with(&designs[other], &designs) {
                    return Err(unbalanced(factors[other], factors[place]));
                }
            }
        }
        Ok(designs)
    }

    /// Every level has every other's in the same proportions, within each combination of the factors
    /// that both lie inside.
    fn is_balanced_with(&self, other: &Self, all: &[Self]) -> bool {
        let shared: Vec<usize> =
            self.inside.iter().copied().filter(|place| other.inside.contains(place)).collect();
        let mut blocks: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for row in 0..self.levels.len() {
            let block = shared.iter().map(|&place| all[place].levels[row]).collect();
            blocks.entry(block).or_default().push(row);
        }
        blocks.values().all(|rows| {
            let (mut own, mut others, mut pairs) =
                (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            for &row in rows {
                *own.entry(self.levels[row]).or_insert(0_usize) += 1;
                *others.entry(other.levels[row]).or_insert(0_usize) += 1;
                *pairs.entry((self.levels[row], other.levels[row])).or_insert(0_usize) += 1;
            }
            own.iter().all(|(a, n)| {
                others.iter().all(|(b, m)| pairs.get(&(*a, *b)).unwrap_or(&0) * rows.len() == n * m)
            })
        })
    }

    /// The sum of squares between its levels.
    fn between(&self, values: &[f64], mean: f64) -> f64 {
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (level, value) in self.levels.iter().zip(values) {
            let (sum, n) = sums.entry(*level).or_default();
            (*sum, *n) = (*sum + (value - mean), *n + 1.0);
        }
        sums.values().map(|(sum, n)| sum * sum / n).sum()
    }
}

fn unbalanced(one: &str, other: &str) -> Error {
    Error::Table(format!(
        "the levels of {one} and of {other} do not meet in equal proportions, so that what each explains is not defined; take a study of all \
         combinations, or one of the two factors"
    ))
}

/// Levels as numbers from 0, for these rows.
fn number(levels: &[Vec<u32>], rows: &[usize]) -> Vec<usize> {
    let known: BTreeSet<&Vec<u32>> = rows.iter().map(|&row| &levels[row]).collect();
    let places: BTreeMap<&Vec<u32>, usize> = known.into_iter().zip(0..).collect();
    rows.iter().map(|&row| places[&levels[row]]).collect()
}

fn count(levels: &[usize]) -> usize {
    levels.iter().collect::<BTreeSet<_>>().len()
}

/// Rows of the table to be.
#[derive(Default)]
struct Shares<'a> {
    observables: Vec<&'a str>,
    layers: Vec<u32>,
    checkpoints: Vec<u32>,
    /// A list as long as the factors, and the rest.
    shares: Vec<Vec<Option<f64>>>,
}

impl<'a> Shares<'a> {
    fn push(
        &mut self,
        (name, layer, checkpoint): (&'a str, u64, u64),
        designs: &[Design],
        values: &[f64],
    ) {
        self.observables.push(name);
        self.layers.push(layer as u32);
        self.checkpoints.push(checkpoint as u32);
        self.shares.push(shares(designs, values));
    }

    fn table(self, factors: &[&str]) -> Result<DataFrame> {
        let each = factors.len() + 1;
        let names = factors.iter().copied().chain([REST]);
        let repeated = |values: &[u32]| -> Vec<u32> {
            values.iter().flat_map(|&value| vec![value; each]).collect()
        };
        let observables: Vec<&str> =
            self.observables.iter().flat_map(|&name| vec![name; each]).collect();
        let factors: Vec<&str> = names.cycle().take(each * self.shares.len()).collect();
        let columns = vec![
            Column::new("observable".into(), observables),
            Column::new("layer".into(), repeated(&self.layers)),
            Column::new("checkpoint".into(), repeated(&self.checkpoints)),
            Column::new("factor".into(), factors),
            Column::new("share".into(), self.shares.concat()),
        ];
        Ok(DataFrame::new(each * self.shares.len(), columns)?)
    }
}

fn shares(designs: &[Design], values: &[f64]) -> Vec<Option<f64>> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let total: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let largest = values.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    // What rounding leaves of equal numbers is no variance.
    if !total.is_finite() || total <= n * (4.0 * f64::EPSILON * largest).powi(2) {
        return vec![None; designs.len() + 1];
    }
    let between: Vec<f64> = designs.iter().map(|design| design.between(values, mean)).collect();
    let mut own = vec![f64::NAN; designs.len()];
    // Those inside fewer others first.
    let mut order: Vec<usize> = (0..designs.len()).collect();
    order.sort_by_key(|&place| designs[place].inside.len());
    for place in order {
        let outer: f64 = designs[place].inside.iter().map(|&other| own[other]).sum();
        own[place] = between[place] - outer;
    }
    let rest = total - own.iter().sum::<f64>();
    own.into_iter().chain([rest]).map(|part| Some((part / total).max(0.0))).collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    /// Two rules × two rates × two architectures × two seeds of each.
    fn table(value: impl Fn([f64; 4]) -> f64) -> DataFrame {
        let cells: Vec<[f64; 4]> = (0..16)
            .map(|n| [n & 1, (n >> 1) & 1, (n >> 2) & 1, (n >> 3) & 1].map(f64::from))
            .collect();
        let key = |place: usize| cells.iter().map(|cell| cell[place]).collect::<Vec<f64>>();
        let values: Vec<f64> = cells.iter().map(|&cell| value(cell)).collect();
        df!("run" => (0..16).collect::<Vec<i32>>(), "layer" => [1; 16], "checkpoint" => [0; 16],
            "rule" => key(0), "learning_rate" => key(1), "architecture" => key(2),
            "model_seed" => key(3), "weightraw_norm" => values)
        .unwrap()
    }

    fn found(table: &DataFrame, factors: &[&str]) -> Vec<f64> {
        let shares = variance_shares(table, factors).unwrap();
        shares
            .column("share")
            .unwrap()
            .f64()
            .unwrap()
            .iter()
            .map(|x| x.unwrap_or(f64::NAN))
            .collect()
    }

    const FACTORS: [&str; 5] = [
        "rule",
        "learning_rate",
        "rule × learning_rate",
        "architecture",
        "architecture × model_seed",
    ];

    #[test]
    fn each_factor_gets_its_own() {
        // Variances of 0/1 columns are equal, so that shares are squares of the effects.
        let main = table(|[rule, rate, architecture, _]| 3.0 * rule + 2.0 * rate + architecture);
        let shares = found(&main, &FACTORS);
        for (share, expected) in shares.iter().zip([9.0, 4.0, 0.0, 1.0, 0.0, 0.0]) {
            assert!((share - expected / 14.0).abs() < 1e-12, "{shares:?}");
        }
        let product = table(|[rule, rate, ..]| (2.0 * rule - 1.0) * (2.0 * rate - 1.0));
        assert!((found(&product, &FACTORS)[2] - 1.0).abs() < 1e-12);
        let nested = table(|[_, _, architecture, seed]| architecture * seed);
        let shares = found(&nested, &FACTORS);
        assert!(
            (shares[3] - 1.0 / 3.0).abs() < 1e-12 && (shares[4] - 2.0 / 3.0).abs() < 1e-12,
            "{shares:?}"
        );
    }

    #[test]
    fn what_cannot_be_shared_out_is_refused_or_null() {
        let whole = table(|[rule, ..]| rule);
        let told = |table: &DataFrame, factors: &[&str]| {
            variance_shares(table, factors).unwrap_err().to_string()
        };
        assert!(told(&whole, &[]).contains("factors"));
        assert!(told(&whole, &["rule", "task"]).contains("no column task"));
        assert!(
            told(&whole.head(Some(15)), &["rule", "learning_rate"]).contains("equal proportions")
        );
        assert!(found(&table(|_| 0.1), &["rule"]).iter().all(|share| share.is_nan()));
        assert!(
            found(&table(|[rule, ..]| 1.0 / rule), &["rule"]).iter().all(|share| share.is_nan())
        );
    }
}

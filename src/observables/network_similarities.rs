//! How alike networks of several rules and seeds are: does the rule matter more than the seed?

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use crate::display::show_as_settings;
use crate::error::{Error, Result};
use crate::representations::{Comparison, Rdm};
use crate::statistics::Estimate;

/// Sums of larger numbers over pairs of networks could be infinite.
const LARGEST: f64 = 1e100;

/// Which networks make a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PairKind {
    /// Two seeds of one rule: what a difference of rules is judged by.
    SameRule,
    /// Two rules from one seed, and so from the same initial weights.
    SameSeed,
    /// Two rules from two seeds.
    Neither,
}

impl PairKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SameRule, Self::SameSeed, Self::Neither];

    /// What it is called in tables and figures.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::SameRule => "same rule, other seed",
            Self::SameSeed => "other rule, same seed",
            Self::Neither => "other rule, other seed",
        }
    }
}

/// The similarities of networks, networks × networks, such as of their RDMs or by CKA, with the
/// rule and the seed of each.
///
/// ```
/// use microlearners::ndarray::Array2;
/// use microlearners::observables::NetworkSimilarities;
///
/// // Two rules, three seeds: pairs of one rule are more similar.
/// let similarity = Array2::from_shape_fn((6, 6), |(i, j)| if i / 3 == j / 3 { 0.9 } else { 0.5 });
/// let rules: Vec<String> = (0..6).map(|at| ["backprop", "hebbian"][at / 3].into()).collect();
/// let seeds: Vec<u64> = (0..6).map(|at| at % 3).collect();
/// let found = NetworkSimilarities::new(similarity, &rules, &seeds)?.over_seeds()?;
/// assert_eq!(found.height(), 5);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSimilarities {
    similarity: Array2<f64>,
    rules: Vec<String>,
    seeds: Vec<u64>,
}

show_as_settings!(NetworkSimilarities, PairKind);

/// Means of the three kinds of pairs.
type Means = [f64; 3];

impl NetworkSimilarities {
    /// The similarities of networks, n × n, with the rule and the seed of each. Only pairs above
    /// the diagonal are read; those that are not finite are left out.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not n rules and n seeds; [`Error::Samples`] if a rule has a
    /// seed twice, there are fewer than three seeds, or a similarity is beyond ±1e100.
    pub fn new(similarity: Array2<f64>, rules: &[String], seeds: &[u64]) -> Result<Self> {
        let (n, columns) = similarity.dim();
        if n != columns || rules.len() != n || seeds.len() != n {
            return Err(Error::Shape(format!(
                "the similarities are {n} × {columns}, with {} rules and {} seeds; give n × n, n and n",
                rules.len(),
                seeds.len()
            )));
        }
        for i in 0..n {
            if let Some(j) = (0..i).find(|&j| rules[i] == rules[j] && seeds[i] == seeds[j]) {
                return Err(Error::Samples(format!(
                    "networks {j} and {i} both are of {} and seed {}; leave one of them out",
                    rules[i], seeds[i]
                )));
            }
        }
        let large = similarity.indexed_iter().find(|(_, v)| v.is_finite() && v.abs() > LARGEST);
        if let Some(((i, j), value)) = large {
            return Err(Error::Samples(format!(
                "the similarity of networks {i} and {j} is {value}, above {LARGEST:e}, so that sums over pairs could overflow; divide all by one number"
            )));
        }
        let own = Self { similarity, rules: rules.to_vec(), seeds: seeds.to_vec() };
        let known = own.distinct_seeds();
        if known.len() < 3 {
            return Err(Error::Samples(format!(
                "there are {} seeds; leaving one out must leave a pair, so that at least 3 are needed",
                known.len()
            )));
        }
        Ok(own)
    }

    /// The similarities of networks' RDMs, with a row of the table for each: its columns `rule` and
    /// `model_seed` say which network it is.
    ///
    /// # Errors
    /// polars' error if a column is missing; as [`Comparison::similarities`] and
    /// [`NetworkSimilarities::new`].
    pub fn of(table: &DataFrame, rdms: &[Rdm], comparison: Comparison) -> Result<Self> {
        let rules = super::columns::texts(table, "rule")?;
        let seeds = super::columns::whole_numbers(table, "model_seed")?;
        Self::new(comparison.similarities(rdms, rdms)?, &rules, &seeds)
    }

    /// The similarities of a table of pairs (`run`, `other_run`, `similarity`), such as a part of
    /// [`StudyRdms::similarities`](super::StudyRdms::similarities) for one checkpoint, of the networks
    /// in another table (`run`, `rule`, `model_seed`; a row each). Pairs that are not there are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Table`] if a column is missing or is not of whole numbers; [`Error::Samples`] if a
    /// network has two rows, a pair's network has none, or a pair is there twice; as
    /// [`NetworkSimilarities::new`].
    pub fn from_pairs(pairs: &DataFrame, networks: &DataFrame) -> Result<Self> {
        let runs = super::columns::whole_numbers(networks, "run")?;
        super::columns::check_distinct("run", &runs)?;
        let place = |run: u64| {
            runs.iter().position(|&known| known == run).ok_or_else(|| {
                let count = runs.len();
                Error::Samples(format!(
                    "a pair has run {run}, which is none of the {count} networks; give a row of `run`, `rule` and `model_seed` for each"
                ))
            })
        };
        let [one_runs, other_runs] =
            ["run", "other_run"].map(|name| super::columns::whole_numbers(pairs, name));
        let values = super::columns::numbers(pairs, "similarity")?;
        let mut similarity = Array2::from_elem((runs.len(), runs.len()), f64::NAN);
        for ((&one, &other), &value) in one_runs?.iter().zip(&other_runs?).zip(&values) {
            let (i, j) = (place(one)?, place(other)?);
            if !similarity[(i, j)].is_nan() {
                return Err(Error::Samples(format!(
                    "the pair of runs {one} and {other} is there twice; give one checkpoint and one layer"
                )));
            }
            (similarity[(i, j)], similarity[(j, i)]) = (value, value);
        }
        let seeds = super::columns::whole_numbers(networks, "model_seed")?;
        Self::new(similarity, &super::columns::texts(networks, "rule")?, &seeds)
    }

    /// The similarities, networks × networks.
    pub fn similarities(&self) -> &Array2<f64> {
        &self.similarity
    }

    /// The rule of each network.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// One row for each kind of pair and for two differences: `kind`, `count` (of seeds), `mean`,
    /// `low`, `high`. *Rule less seed* is the similarity of two seeds of one rule less that of two
    /// rules of one seed: above 0 the rule changes more than the seed does. *Trace of the rule* is
    /// the first less that of other rules and seeds: above 0 the rule shows through the seed.
    ///
    /// The means are the jackknife's, and the 95 % intervals Student's, over its pseudo-values: each
    /// seed is left out in turn with all its networks, because pairs that share a network are not
    /// independent (Arvesen 1969, doi 10.1214/aoms/1177697287; for pairs of nodes Snijders & Borgatti
    /// 1999, Connections 22).
    ///
    /// # Errors
    /// [`Error::Samples`] if a kind of pair does not occur without some seed.
    pub fn over_seeds(&self) -> Result<DataFrame> {
        let pseudo = self.pseudo_values()?;
        let of = |kind: usize| -> Vec<f64> { pseudo.iter().map(|values| values[kind]).collect() };
        let estimates: Vec<Estimate> =
            (0..5).map(|kind| Estimate::over_splits(&of(kind), 0.0)).collect();
        let means: Vec<f64> = estimates.iter().map(|estimate| estimate.mean).collect();
        let lows: Vec<Option<f64>> = estimates.iter().map(Estimate::low).collect();
        let highs: Vec<Option<f64>> = estimates.iter().map(Estimate::high).collect();
        let columns = vec![
            Column::new("kind".into(), Self::KINDS.as_slice()),
            Column::new("count".into(), vec![pseudo.len() as u32; 5]),
            Column::new("mean".into(), means),
            Column::new("low".into(), lows),
            Column::new("high".into(), highs),
        ];
        Ok(DataFrame::new(5, columns)?)
    }

    /// What the rows of [`NetworkSimilarities::over_seeds`] are called, in their order.
    pub const KINDS: [&str; 5] = [
        PairKind::SameRule.in_words(),
        PairKind::SameSeed.in_words(),
        PairKind::Neither.in_words(),
        "rule less seed",
        "trace of the rule",
    ];

    /// The pseudo-values of the jackknife in a row each: `seed`, `kind` and `value`, whose mean over
    /// seeds is that of [`NetworkSimilarities::over_seeds`]. For curves and one's own intervals.
    ///
    /// # Errors
    /// As [`NetworkSimilarities::over_seeds`].
    pub fn by_seed(&self) -> Result<DataFrame> {
        let pseudo = self.pseudo_values()?;
        let seeds: Vec<u64> =
            self.distinct_seeds().into_iter().flat_map(|seed| [seed; 5]).collect();
        let columns = vec![
            Column::new("seed".into(), seeds),
            Column::new("kind".into(), Self::KINDS.repeat(pseudo.len())),
            Column::new("value".into(), pseudo.concat()),
        ];
        Ok(DataFrame::new(5 * pseudo.len(), columns)?)
    }

    /// The mean similarity of each kind of pair, and the two differences, in the order of
    /// [`NetworkSimilarities::KINDS`].
    ///
    /// # Errors
    /// [`Error::Samples`] if a kind of pair does not occur.
    pub fn means(&self) -> Result<[f64; 5]> {
        Ok(with_differences(self.means_without(None)?))
    }

    /// A row for each seed.
    fn pseudo_values(&self) -> Result<Vec<[f64; 5]>> {
        let seeds = self.distinct_seeds();
        let all = self.means_without(None)?;
        let n = seeds.len() as f64;
        let of = |&seed: &u64| {
            let left = self.means_without(Some(seed))?;
            Ok(with_differences(
                [0, 1, 2].map(|kind: usize| n * all[kind] - (n - 1.0) * left[kind]),
            ))
        };
        seeds.iter().map(of).collect()
    }

    /// The mean similarity of each two rules over pairs of different seeds, rules × rules in the
    /// order of their first appearance; the diagonal is two seeds of one rule.
    pub fn between_rules(&self) -> (Vec<String>, Array2<f64>) {
        let mut names: Vec<String> = Vec::new();
        for rule in &self.rules {
            if !names.contains(rule) {
                names.push(rule.clone());
            }
        }
        let mut sums = Array2::<f64>::zeros((names.len(), names.len()));
        let mut counts = Array2::<f64>::zeros(sums.dim());
        let place = |rule: &String| names.iter().position(|name| name == rule).expect("is named");
        for (i, j, value) in self.pairs().filter(|&(i, j, _)| self.seeds[i] != self.seeds[j]) {
            let (a, b) = (place(&self.rules[i]), place(&self.rules[j]));
            sums[(a, b)] += value;
            counts[(a, b)] += 1.0;
            if a != b {
                sums[(b, a)] += value;
                counts[(b, a)] += 1.0;
            }
        }
        (names, sums / counts)
    }

    fn distinct_seeds(&self) -> Vec<u64> {
        let mut seeds = self.seeds.clone();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let n = self.seeds.len();
        let all = (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)));
        all.map(|(i, j)| (i, j, self.similarity[(i, j)])).filter(|(_, _, value)| value.is_finite())
    }

    fn kind(&self, i: usize, j: usize) -> PairKind {
        match (self.rules[i] == self.rules[j], self.seeds[i] == self.seeds[j]) {
            (true, _) => PairKind::SameRule,
            (false, true) => PairKind::SameSeed,
            (false, false) => PairKind::Neither,
        }
    }

    /// Without the networks of one seed.
    fn means_without(&self, without: Option<u64>) -> Result<Means> {
        let (mut sums, mut counts) = ([0.0; 3], [0.0; 3]);
        for (i, j, value) in self.pairs() {
            if [self.seeds[i], self.seeds[j]].iter().any(|&seed| Some(seed) == without) {
                continue;
            }
            let kind = self.kind(i, j) as usize;
            sums[kind] += value;
            counts[kind] += 1.0;
        }
        if let Some(kind) = PairKind::ALL.into_iter().find(|&kind| counts[kind as usize] == 0.0) {
            let which = without.map_or(String::new(), |seed| format!(" without seed {seed}"));
            return Err(Error::Samples(format!(
                "there is no pair of {}{which}; give two rules or more, each with the same seeds",
                kind.in_words()
            )));
        }
        Ok([0, 1, 2].map(|kind: usize| sums[kind] / counts[kind]))
    }
}

fn with_differences([same_rule, same_seed, neither]: Means) -> [f64; 5] {
    [same_rule, same_seed, neither, same_rule - same_seed, same_rule - neither]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(rules: usize, seeds: usize) -> (Vec<String>, Vec<u64>) {
        let rules_of = (0..rules * seeds).map(|at| format!("rule {}", at / seeds)).collect();
        (rules_of, (0..rules * seeds).map(|at| (at % seeds) as u64).collect())
    }

    /// If a pair's similarity is a sum of one number for each seed, the mean over pairs is linear in
    /// these, and the jackknife gives Student's interval of them.
    #[test]
    fn the_jackknife_of_a_linear_mean_is_students() {
        let own = [0.1, -0.05, 0.2, 0.02];
        let (rules, seeds) = networks(3, 4);
        let similarity = Array2::from_shape_fn((12, 12), |(i, j)| 0.5 + own[i % 4] + own[j % 4]);
        let networks = NetworkSimilarities::new(similarity, &rules, &seeds).unwrap();
        for (values, own) in networks.pseudo_values().unwrap().iter().zip(own) {
            for kind in 0..3 {
                assert!((values[kind] - (0.5 + 2.0 * own)).abs() < 1e-12, "{values:?}");
            }
        }
        let table = networks.over_seeds().unwrap();
        let of = |name: &str| table.column(name).unwrap().f64().unwrap().get(0).unwrap();
        let values: Vec<f64> = own.iter().map(|own| 0.5 + 2.0 * own).collect();
        let expected = Estimate::over_splits(&values, 0.0);
        assert!((of("low") - expected.low().unwrap()).abs() < 1e-12);
        assert!((of("high") - expected.high().unwrap()).abs() < 1e-12);
    }

    #[test]
    fn pairs_are_sorted_by_what_they_share() {
        let (rules, seeds) = networks(2, 3);
        let similarity = Array2::from_shape_fn((6, 6), |(i, j)| {
            if i / 3 == j / 3 {
                0.9
            } else if i % 3 == j % 3 {
                0.7
            } else {
                0.4
            }
        });
        let networks = NetworkSimilarities::new(similarity, &rules, &seeds).unwrap();
        let expected = [0.9, 0.7, 0.4, 0.2, 0.5];
        for values in networks.pseudo_values().unwrap() {
            values.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
        }
        let table = networks.by_seed().unwrap();
        assert_eq!(table.height(), 3 * 5);
        assert_eq!(
            networks.means().unwrap().map(|value| (value * 10.0).round()),
            [9., 7., 4., 2., 5.]
        );
        let (names, between) = networks.between_rules();
        assert_eq!(names, ["rule 0", "rule 1"]);
        assert!((between[(0, 0)] - 0.9).abs() < 1e-12 && (between[(0, 1)] - 0.4).abs() < 1e-12);
        assert_eq!(between[(0, 1)], between[(1, 0)]);
    }

    #[test]
    fn a_table_of_pairs_is_read_back() {
        let networks = polars::df!("run" => [7u32, 3, 5, 9, 1, 2],
            "rule" => ["a", "a", "a", "b", "b", "b"], "model_seed" => [0u64, 1, 2, 0, 1, 2])
        .unwrap();
        let runs = [7u32, 3, 5, 9, 1, 2];
        let pairs = (0..6).flat_map(|i| (i + 1..6).map(move |j| (i, j)));
        let rows: Vec<(u32, u32, f64)> = pairs
            .map(|(i, j)| (runs[i], runs[j], if j < 3 || i > 2 { 0.9 } else { 0.4 }))
            .collect();
        let table = |rows: &[(u32, u32, f64)]| {
            polars::df!("run" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
                "other_run" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
                "similarity" => rows.iter().map(|row| row.2).collect::<Vec<_>>())
            .unwrap()
        };
        let read = NetworkSimilarities::from_pairs(&table(&rows), &networks).unwrap();
        let means = read.means().unwrap();
        let expected = [0.9, 0.4, 0.4, 0.5, 0.5];
        means.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{means:?}"));
        let told = |rows: &[(u32, u32, f64)]| {
            NetworkSimilarities::from_pairs(&table(rows), &networks).unwrap_err().to_string()
        };
        assert!(told(&[(7, 4, 0.1)]).contains("run 4, which is none of the 6 networks"));
        assert!(told(&[(7, 3, 0.1), (3, 7, 0.1)]).contains("runs 3 and 7 is there twice"));
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let (rules, seeds) = networks(2, 2);
        let told = NetworkSimilarities::new(Array2::zeros((4, 4)), &rules, &seeds).unwrap_err();
        assert!(told.to_string().contains("there are 2 seeds"), "{told}");
        let (rules, mut seeds) = networks(2, 3);
        seeds[1] = 0;
        let told = NetworkSimilarities::new(Array2::zeros((6, 6)), &rules, &seeds).unwrap_err();
        assert!(told.to_string().contains("networks 0 and 1 both"), "{told}");
        let (rules, seeds) = networks(1, 3);
        let one = NetworkSimilarities::new(Array2::zeros((3, 3)), &rules, &seeds).unwrap();
        assert!(one.over_seeds().unwrap_err().to_string().contains("no pair of other rule"));
    }
}

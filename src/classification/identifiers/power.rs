//! How many networks, or animals, does it take to name a rule?

use std::collections::BTreeMap;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};
use rand::seq::index::sample;

use super::identifier::{IdentifierProtocol, judge_in_folds};
use super::reliability::cross_fitted;
use crate::classification::classifiers::{Classifier, first_largest};
use crate::classification::samples::{SampleSpec, Samples};
use crate::display::show_as_settings;
use crate::error::{check_count, shown};
use crate::observables::columns::{numbers, texts};
use crate::statistics::wilson;
use crate::{Error, Result, random};

/// How [`power`] imagines experiments.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerProtocol {
    /// The most networks of an experiment; default 10.
    pub most: usize,
    /// Imagined experiments for each class and number of networks; default 1,000.
    pub draws: usize,
    /// Key columns that the networks of an experiment share, such as `architecture` and `task`, as the
    /// animals of an experiment are of one kind; default none.
    pub alike: Vec<String>,
    /// How probabilities are calibrated.
    pub identifier: IdentifierProtocol,
}

impl Default for PowerProtocol {
    fn default() -> Self {
        let (alike, identifier) = (Vec::new(), IdentifierProtocol::default());
        Self { most: 10, draws: 1000, alike, identifier }
    }
}

show_as_settings!(PowerProtocol);

/// Plans an experiment by a study: its rules are the candidates, and `spec` is what would be recorded.
/// In each imagined experiment some networks of one class are drawn, and their calibrated
/// probabilities multiplied: log P(class | all) = Σ log q − (n − 1) log prior, the prior its share of
/// the known networks. A row for each class and number of networks from 1 to
/// [`PowerProtocol::most`], and for `all` classes together: `class`, `networks`, `right` (the share of
/// experiments in which the true class is the most probable), Wilson's 95 % interval `low` to `high`,
/// `probability` (the mean of what the true class is given) and `experiments`.
///
/// A network is judged by a classifier that has not seen its initial weights. What the networks of an
/// experiment share beyond their class, such as an architecture, makes their errors alike: give the
/// columns by [`PowerProtocol::alike`], or the numbers of networks come out too small.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), Hebbian::default().shared()];
/// let study = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules).seeds(8);
/// let known = study.run()?.observations;
/// let protocol = PowerProtocol { most: 3, draws: 100, ..PowerProtocol::default() };
/// let power = power(&known, &SampleSpec::default(), &RandomForest::default(), &protocol)?;
/// assert_eq!(power.height(), 3 * (2 + 1));
/// let needed = networks_needed(&power, 0.95)?;
/// # assert_eq!(needed.height(), 3);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`Identifier::fit`](super::Identifier::fit); [`Error::Setting`] for no networks or draws;
/// [`Error::Samples`] if there are too few networks of a class that are alike; [`Error::Table`] if the
/// table lacks a column.
pub fn power(
    known: &DataFrame,
    spec: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &PowerProtocol,
) -> Result<DataFrame> {
    check_count("most", protocol.most)?;
    check_count("draws", protocol.draws)?;
    protocol.identifier.check()?;
    let samples = spec.samples(known)?;
    let judged = Networks::judge(&samples, classifier, &protocol.identifier)?;
    let kinds = kinds(known, &protocol.alike)?;
    let mut rows = Vec::new();
    for (class, name) in samples.classes.iter().enumerate() {
        let groups = judged.of_class(class, &kinds);
        let largest = groups.iter().map(Vec::len).max().unwrap_or(0);
        if largest < protocol.most {
            return Err(Error::Samples(format!(
                "at most {largest} networks of {} are alike in all that is asked for, and an experiment has up to {}; ask for fewer networks or less that is alike, or train more",
                shown(name),
                protocol.most
            )));
        }
        for networks in 1..=protocol.most {
            rows.push(judged.imagined((class, name), networks, &groups, protocol));
        }
    }
    table(rows, protocol.most)
}

/// The networks that each class of a table of [`power`] needs: `class` and `networks`, the smallest
/// number from which on `right` is at least `confidence`; null where the largest is not enough.
///
/// # Errors
/// [`Error::Setting`] if `confidence` is not above 0 and at most 1; [`Error::Table`] if the table lacks
/// a column.
pub fn networks_needed(power: &DataFrame, confidence: f64) -> Result<DataFrame> {
    if !(confidence > 0.0 && confidence <= 1.0) {
        let requirement = "it must be above 0 and at most 1, such as 0.95";
        return Err(Error::setting("confidence", confidence, requirement));
    }
    let (networks, right) = (numbers(power, "networks")?, numbers(power, "right")?);
    let mut classes: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for (row, class) in texts(power, "class")?.into_iter().enumerate() {
        let own = (networks[row], right[row]);
        match classes.iter_mut().find(|(known, _)| known.as_str() == &*class) {
            Some((_, all)) => all.push(own),
            None => classes.push((class.to_string(), vec![own])),
        }
    }
    let needed = |all: &mut Vec<(f64, f64)>| {
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let enough = all.iter().rev().take_while(|(_, right)| *right >= confidence);
        enough.last().map(|(networks, _)| *networks as u32)
    };
    let numbers: Vec<Option<u32>> = classes.iter_mut().map(|(_, all)| needed(all)).collect();
    let names: Vec<String> = classes.into_iter().map(|(name, _)| name).collect();
    let columns = vec![Column::new("class".into(), names), Column::new("networks".into(), numbers)];
    Ok(DataFrame::new(columns[0].len(), columns)?)
}

/// Known networks, and what a classifier says of each that has not seen its initial weights.
struct Networks {
    runs: Vec<u64>,
    labels: Vec<usize>,
    /// Logarithms of calibrated probabilities, networks × classes.
    logs: Array2<f64>,
    /// Logarithms of the shares of the classes.
    prior: Vec<f64>,
}

impl Networks {
    fn judge(
        samples: &Samples,
        classifier: &dyn Classifier,
        protocol: &IdentifierProtocol,
    ) -> Result<Self> {
        let (runs, all) = judge_in_folds(samples, classifier, protocol)?;
        let logs = cross_fitted(&all).mapv(|q| q.max(f64::MIN_POSITIVE).ln());
        let share = |class: usize| {
            let own = all.labels.iter().filter(|&&label| label == class).count();
            (own as f64 / all.labels.len() as f64).ln()
        };
        let prior = (0..samples.classes.len()).map(share).collect();
        Ok(Self { runs, labels: all.labels, logs, prior })
    }

    /// Places of the networks of a class, those together that are of one kind.
    fn of_class(&self, class: usize, kinds: &BTreeMap<u64, String>) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, run) in self.runs.iter().enumerate() {
            if self.labels[place] == class {
                groups.entry(kinds.get(run).map_or("", String::as_str)).or_default().push(place);
            }
        }
        groups.into_values().collect()
    }

    /// Experiments with so many networks of one kind, each kind that has enough in turn.
    fn imagined(
        &self,
        (class, name): (usize, &str),
        networks: usize,
        groups: &[Vec<usize>],
        protocol: &PowerProtocol,
    ) -> Row {
        let enough: Vec<&Vec<usize>> =
            groups.iter().filter(|group| group.len() >= networks).collect();
        let purpose = format!("experiments of {networks} networks of class {class}");
        let mut rng = random::stream(protocol.identifier.seed, &purpose);
        let mut row = Row::none(name, networks);
        for draw in 0..protocol.draws {
            let group = enough[draw % enough.len()];
            let chosen = sample(&mut rng, group.len(), networks);
            let together = self.together(chosen.iter().map(|place| group[place]), networks);
            row.experiments += 1;
            row.right += u64::from(first_largest(together.view()) == class);
            row.probability += together[class];
        }
        row
    }

    /// The probability of each class, given all of these networks.
    fn together(
        &self,
        places: impl Iterator<Item = usize>,
        networks: usize,
    ) -> ndarray::Array1<f64> {
        let mut logs: ndarray::Array1<f64> =
            self.prior.iter().map(|prior| -(networks as f64 - 1.0) * prior).collect();
        places.for_each(|place| logs += &self.logs.row(place));
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = logs.mapv(|log| (log - most).exp());
        let sum = weights.sum();
        weights / sum
    }
}

/// What each network is alike in, in words; all of its rows say the same.
fn kinds(known: &DataFrame, columns: &[String]) -> Result<BTreeMap<u64, String>> {
    let mut first_rows: BTreeMap<u64, usize> = BTreeMap::new();
    for (row, &run) in numbers(known, "run")?.iter().enumerate() {
        first_rows.entry(run as u64).or_insert(row);
    }
    let of_row = |row: usize| -> Result<String> {
        let values = columns.iter().map(|name| {
            let value = known.column(name)?.get(row)?;
            Ok(value.to_string())
        });
        Ok(values.collect::<Result<Vec<String>>>()?.join("|"))
    };
    first_rows.into_iter().map(|(run, row)| Ok((run, of_row(row)?))).collect()
}

/// What came of imagined experiments.
#[derive(Clone)]
struct Row {
    class: String,
    networks: usize,
    experiments: u64,
    right: u64,
    /// The sum over experiments of what the true class is given.
    probability: f64,
}

impl Row {
    fn none(class: &str, networks: usize) -> Self {
        Self { class: class.into(), networks, experiments: 0, right: 0, probability: 0.0 }
    }

    fn add(&mut self, other: &Self) {
        self.experiments += other.experiments;
        self.right += other.right;
        self.probability += other.probability;
    }
}

/// The rows, and those of all classes together.
fn table(mut rows: Vec<Row>, most: usize) -> Result<DataFrame> {
    for networks in 1..=most {
        let mut all = Row::none("all", networks);
        rows.iter().filter(|row| row.networks == networks).for_each(|row| all.add(row));
        rows.push(all);
    }
    let column = |name: &str, of: fn(&Row) -> f64| {
        Column::new(name.into(), rows.iter().map(of).collect::<Vec<f64>>())
    };
    let classes: Vec<&str> = rows.iter().map(|row| row.class.as_str()).collect();
    let networks: Vec<u32> = rows.iter().map(|row| row.networks as u32).collect();
    let experiments: Vec<u64> = rows.iter().map(|row| row.experiments).collect();
    let columns = vec![
        Column::new("class".into(), classes),
        Column::new("networks".into(), networks),
        column("right", |row| row.right as f64 / row.experiments as f64),
        column("low", |row| wilson(row.right, row.experiments).low),
        column("high", |row| wilson(row.right, row.experiments).high),
        column("probability", |row| row.probability / row.experiments as f64),
        Column::new("experiments".into(), experiments),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    /// Two classes; one network in four of class 0 looks like class 1.
    fn networks() -> Networks {
        let rows = [(0.8, 0), (0.8, 0), (0.8, 0), (0.3, 0), (0.2, 1), (0.2, 1), (0.2, 1), (0.2, 1)];
        let logs = Array2::from_shape_fn((8, 2), |(row, class)| {
            let q: f64 = rows[row].0;
            (if class == 0 { q } else { 1.0 - q }).ln()
        });
        Networks {
            runs: (0..8).collect(),
            labels: rows.iter().map(|(_, label)| *label).collect(),
            logs,
            prior: vec![0.5_f64.ln(); 2],
        }
    }

    #[test]
    fn evidence_is_multiplied_and_the_prior_counted_once() {
        let all = networks();
        let one = all.together([0].into_iter(), 1);
        assert!((one[0] - 0.8).abs() < 1e-12);
        // 0.8 · 0.3 / 0.5 against 0.2 · 0.7 / 0.5.
        let two = all.together([0, 3].into_iter(), 2);
        assert!((two[0] - 0.24 / (0.24 + 0.14)).abs() < 1e-12);
    }

    #[test]
    fn more_networks_name_the_class_more_often() {
        let all = networks();
        let protocol = PowerProtocol { draws: 4000, ..PowerProtocol::default() };
        let groups = all.of_class(0, &BTreeMap::new());
        assert_eq!(groups, [vec![0, 1, 2, 3]]);
        let right =
            |networks| all.imagined((0, "a"), networks, &groups, &protocol).right as f64 / 4000.0;
        assert!((right(1) - 0.75).abs() < 0.03);
        // Any two have at least one that speaks for class 0, by more than the other speaks against.
        assert_eq!(right(2), 1.0);
        let kinds = BTreeMap::from([(0, "a".to_owned()), (1, "a".into()), (2, "b".into())]);
        assert_eq!(all.of_class(0, &kinds), [vec![3], vec![0, 1], vec![2]]);
    }

    #[test]
    fn networks_are_of_one_kind_if_all_columns_agree() {
        let table = df!(
            "run" => [0_u32, 0, 1, 1, 2, 2],
            "batch_size" => [16, 16, 16, 16, 16, 16],
            "epochs" => [6, 6, 16, 16, 6, 6],
        )
        .unwrap();
        let columns = ["batch_size".to_owned(), "epochs".to_owned()];
        let kinds = kinds(&table, &columns).unwrap();
        assert_eq!(kinds[&0], kinds[&2]);
        assert_ne!(kinds[&0], kinds[&1]);
        assert!(super::kinds(&table, &["no_column".to_owned()]).is_err());
    }

    #[test]
    fn the_networks_needed_are_the_fewest_from_which_on_it_is_enough() {
        let power = df!(
            "class" => ["a", "a", "a", "b", "b", "b"],
            "networks" => [1_u32, 2, 3, 1, 2, 3],
            "right" => [0.96, 0.90, 0.97, 0.5, 0.6, 0.7],
        )
        .unwrap();
        let needed = networks_needed(&power, 0.95).unwrap();
        let found: Vec<Option<u32>> =
            needed.column("networks").unwrap().u32().unwrap().iter().collect();
        assert_eq!(found, [Some(3), None]);
        let told = networks_needed(&power, 1.5).unwrap_err().to_string();
        assert!(told.contains("confidence is 1.5"), "{told}");
    }
}

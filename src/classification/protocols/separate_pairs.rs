//! Which observable distinguishes two rules?

use std::fmt;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use crate::classification::samples::{Samples, layer_of, observable_of};
use crate::display::show_as_text;
use crate::error::{Error, Result};

/// How well single features distinguish each pair of classes.
#[derive(Clone, Debug)]
pub struct PairSeparation {
    /// The classes.
    pub classes: Vec<String>,
    /// Classes × classes, symmetric: the area under the ROC curve of the pair's best feature, on
    /// samples by which it was not chosen; 1 for a class and itself.
    pub areas: Array2<f64>,
    /// One row per pair, the hardest first: `first`, `second`, `feature`, its `observable` and
    /// `layer` (none where a sample is one layer), its `area where chosen`, at least 0.5 and
    /// optimistic, and the `area` on the others, the one to quote.
    pub pairs: DataFrame,
}

impl fmt::Display for PairSeparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} pairs of {} classes, the best feature of each",
            self.pairs.height(),
            self.classes.len()
        )
    }
}

/// For each pair of classes the one feature that distinguishes them best, and how well: the area
/// under its ROC curve, the chance that of two samples, one of each class, the feature orders them
/// as it does most (Hanley & McNeil 1982, doi 10.1148/radiology.143.1.7063747); 0.5 says nothing, 1
/// everything.
///
/// The best of many features is good by luck on the samples by which it was chosen. So it is chosen
/// on those of every second initialisation and judged on the others.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), Hebbian::default().shared()];
/// let records = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules).seeds(6).run()?;
/// let samples = SampleSpec { unit: SampleUnit::WholeNetwork, ..SampleSpec::default() }.samples(&records.observations)?;
/// assert_eq!(separate_pairs(&samples)?.areas[(0, 1)], 1.0);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] if a class has samples of fewer than two initialisations, one to choose by
/// and one to judge by.
pub fn separate_pairs(samples: &Samples) -> Result<PairSeparation> {
    samples.check()?;
    let halves = halves(samples)?;
    let count = samples.classes.len();
    let pairs = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j)));
    let pairs: Vec<(usize, usize)> = pairs.collect();
    let mut best: Vec<Judged> =
        pairs.par_iter().map(|pair| best_of(&judged(samples, &halves, *pair))).collect();
    let mut areas = Array2::from_elem((count, count), 1.0);
    for Judged { pair: (i, j), area, .. } in &best {
        (areas[(*i, *j)], areas[(*j, *i)]) = (*area, *area);
    }
    best.sort_by(|a, b| a.area.total_cmp(&b.area));
    let pairs = table(samples, &best)?;
    Ok(PairSeparation { classes: samples.classes.clone(), areas, pairs })
}

/// Which measurements distinguish two classes: all features, those first that did best where they
/// were chosen, with the columns of [`PairSeparation::pairs`] and `rank`, from 1.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), Hebbian::default().shared()];
/// let records = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules).seeds(6).run()?;
/// let samples = SampleSpec { unit: SampleUnit::WholeNetwork, ..SampleSpec::default() }.samples(&records.observations)?;
/// let features = separate_pair(&samples, "backprop", "hebbian")?;
/// assert_eq!(features.height(), samples.feature_names.len());
/// assert_eq!(features.column("area where chosen")?.f64()?.get(0), Some(1.0));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`separate_pairs`]; [`Error::UnknownName`] for a class that the samples do not have;
/// [`Error::Samples`] for a class and itself.
pub fn separate_pair(samples: &Samples, first: &str, second: &str) -> Result<DataFrame> {
    samples.check()?;
    let pair = (place(samples, first)?, place(samples, second)?);
    if pair.0 == pair.1 {
        return Err(Error::Samples(format!(
            "{first} cannot be distinguished from itself; name two classes"
        )));
    }
    let mut features = judged(samples, &halves(samples)?, pair);
    // The sort is stable: of equals the first measured comes first, as in the best of each pair.
    features.sort_by(|a, b| b.chosen.total_cmp(&a.chosen));
    let ranks: Vec<u32> = (1..=features.len() as u32).collect();
    let mut table = table(samples, &features)?;
    table.with_column(Column::new("rank".into(), ranks))?;
    Ok(table)
}

fn place(samples: &Samples, class: &str) -> Result<usize> {
    let found = samples.classes.iter().position(|name| name == class);
    found.ok_or_else(|| Error::UnknownName {
        kind: "class",
        name: class.into(),
        known: samples.classes.clone(),
    })
}

/// What one feature says of one pair.
#[derive(Clone, Copy)]
struct Judged {
    pair: (usize, usize),
    feature: usize,
    /// The area on the half by which features are chosen, at least 0.5.
    chosen: f64,
    /// The area on the other half, in the same direction: a feature that turns round is worse than
    /// none.
    area: f64,
}

/// Every feature of a pair, in the order of the samples.
fn judged(samples: &Samples, halves: &[Vec<Vec<usize>>; 2], pair: (usize, usize)) -> Vec<Judged> {
    let of = |half: usize, feature: usize| {
        area(samples, feature, &halves[half][pair.0], &halves[half][pair.1])
    };
    let judge = |feature: usize| {
        let (chosen, area) = (of(0, feature), of(1, feature));
        let turned = chosen < 0.5;
        let along = |area: f64| if turned { 1.0 - area } else { area };
        Judged { pair, feature, chosen: along(chosen), area: along(area) }
    };
    (0..samples.features.ncols()).map(judge).collect()
}

/// The one that did best where it was chosen; of equals the first.
fn best_of(features: &[Judged]) -> Judged {
    let better =
        |best: Judged, other: &Judged| if other.chosen > best.chosen { *other } else { best };
    features.iter().fold(features[0], better)
}

fn table(samples: &Samples, rows: &[Judged]) -> Result<DataFrame> {
    let feature = |row: &Judged| samples.feature_names[row.feature].as_str();
    let texts = |name: &str, of: &dyn Fn(&Judged) -> String| {
        Column::new(name.into(), rows.iter().map(of).collect::<Vec<String>>())
    };
    let numbers = |name: &str, of: fn(&Judged) -> f64| {
        Column::new(name.into(), rows.iter().map(of).collect::<Vec<f64>>())
    };
    let layers: Vec<Option<&str>> = rows.iter().map(|row| layer_of(feature(row))).collect();
    let columns = vec![
        texts("first", &|row| samples.classes[row.pair.0].clone()),
        texts("second", &|row| samples.classes[row.pair.1].clone()),
        texts("feature", &|row| feature(row).to_owned()),
        texts("observable", &|row| observable_of(feature(row)).to_owned()),
        Column::new("layer".into(), layers),
        numbers("area where chosen", |row| row.chosen),
        numbers("area", |row| row.area),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// Rows of each class, to choose by and to judge by.
fn halves(samples: &Samples) -> Result<[Vec<Vec<usize>>; 2]> {
    let mut starts = samples.initialisations.clone();
    starts.sort_unstable();
    starts.dedup();
    let mut halves = [0, 1].map(|_| vec![Vec::new(); samples.classes.len()]);
    for (row, &class) in samples.labels.iter().enumerate() {
        let place = starts.partition_point(|start| *start < samples.initialisations[row]);
        halves[place % 2][class].push(row);
    }
    for (class, name) in samples.classes.iter().enumerate() {
        let [chosen, judged] = [0, 1].map(|half: usize| halves[half][class].len());
        if chosen == 0 || judged == 0 {
            return Err(Error::Samples(format!(
                "every second of the {} initialisations chooses features and the others judge them, but {name} has {chosen} and {judged} samples of these; \
                 train every class from the same initial states, at least 2",
                starts.len()
            )));
        }
    }
    Ok(halves)
}

/// The chance that a sample of the second class has the larger number, half of it if both are
/// equal.
fn area(samples: &Samples, feature: usize, first: &[usize], second: &[usize]) -> f64 {
    let sorted = |rows: &[usize]| {
        let mut values: Vec<f64> =
            rows.iter().map(|&row| samples.features[(row, feature)]).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (first, second) = (sorted(first), sorted(second));
    let below = |value: f64| {
        let less = first.partition_point(|other| *other < value);
        let most = first.partition_point(|other| *other <= value);
        (less + most) as f64 / 2.0
    };
    let sum: f64 = second.iter().map(|&value| below(value)).sum();
    sum / (first.len() * second.len()) as f64
}

show_as_text!(PairSeparation);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Two classes from four initialisations; the first feature orders them, the second does so by
    /// luck in the first half.
    fn samples() -> Samples {
        Samples {
            features: array![
                [1.0, 0.0],
                [2.0, 5.0],
                [1.5, 0.0],
                [3.0, -5.0],
                [0.5, 1.0],
                [4.0, 5.0],
                [9.0, 2.0],
                [5.0, -5.0],
            ],
            feature_names: vec!["layer1.weightraw_norm@0".into(), "weightraw_mean@0".into()],
            labels: vec![0, 1, 0, 1, 0, 1, 0, 1],
            classes: vec!["a".into(), "b".into()],
            groups: (0..8).collect(),
            initialisations: vec![0, 0, 1, 1, 2, 2, 3, 3],
        }
    }

    #[test]
    fn the_feature_is_judged_where_it_was_not_chosen() {
        let found = separate_pairs(&samples()).unwrap();
        // Chosen on the states 0 and 2, where both are perfect and the first comes first; of the
        // pairs of 1 and 3 two of four are in order.
        let feature = found.pairs.column("feature").unwrap().str().unwrap().get(0);
        assert_eq!(feature, Some("layer1.weightraw_norm@0"));
        assert_eq!(
            (found.areas[(0, 1)], found.areas[(1, 0)], found.areas[(0, 0)]),
            (0.5, 0.5, 1.0)
        );
    }

    #[test]
    fn the_features_of_a_pair_are_ranked_where_they_were_chosen() {
        let table = separate_pair(&samples(), "a", "b").unwrap();
        let numbers = |name: &str| -> Vec<f64> {
            table.column(name).unwrap().f64().unwrap().into_no_null_iter().collect()
        };
        // On the states 1 and 3 the second feature orders all four pairs the other way round.
        assert_eq!(numbers("area where chosen"), [1.0, 1.0]);
        assert_eq!(numbers("area"), [0.5, 0.0]);
        let layers = table.column("layer").unwrap().str().unwrap();
        assert_eq!((layers.get(0), layers.get(1)), (Some("1"), None));
        assert_eq!(table.column("rank").unwrap().u32().unwrap().get(1), Some(2));
    }

    #[test]
    fn a_pair_is_two_classes_there_are() {
        let told = |second: &str| separate_pair(&samples(), "a", second).unwrap_err().to_string();
        assert!(told("a").contains("from itself") && told("c").contains("the known ones are a, b"));
    }

    /// `sklearn.metrics.roc_auc_score([0, 0, 0, 1, 1, 1], [1, 2, 2, 2, 3, 0])`
    #[test]
    fn equal_numbers_count_half() {
        let values = array![[1.0], [2.0], [2.0], [2.0], [3.0], [0.0]];
        let names = ["a", "b"].map(String::from).to_vec();
        let samples =
            Samples::new(values, vec!["x".into()], vec![0, 0, 0, 1, 1, 1], names, (0..6).collect());
        let found = area(&samples.unwrap(), 0, &[0, 1, 2], &[3, 4, 5]);
        assert!((found - 0.555_555_555_555_555_6).abs() < 1e-12, "{found}");
    }

    #[test]
    fn one_initial_state_cannot_both_choose_and_judge() {
        let few = Samples { initialisations: vec![0; 8], ..samples() };
        assert!(separate_pairs(&few).unwrap_err().to_string().contains("at least 2"));
    }
}

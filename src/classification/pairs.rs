//! By what are two rules told apart?

use std::fmt;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::Samples;
use super::samples::observable_of;
use crate::error::{Error, Result};

/// How well single features tell each pair of classes apart.
#[derive(Clone, Debug)]
pub struct PairSeparation {
    /// The classes.
    pub classes: Vec<String>,
    /// Classes × classes, symmetric: the area under the ROC curve of the pair's best feature, on samples by which it was not chosen; 1 for a class and itself.
    pub areas: Array2<f64>,
    /// One row per pair, the hardest first: `first`, `second`, `feature`, its `observable`, and the `area`.
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

/// For each pair of classes the one feature that tells them apart best, and how well: the area under its ROC curve, the chance that of two samples, one of each class,
/// the feature orders them as it does most (Hanley & McNeil 1982, doi 10.1148/radiology.143.1.7063747); 0.5 says nothing, 1 everything.
///
/// The best of many features is good by luck on the samples by which it was chosen. So it is chosen on those of every second initial state and judged on the others.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), Hebbian::default().shared()];
/// let records = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules).seeds(6).run()?;
/// let samples = View { unit: Unit::WholeNetwork, ..View::default() }.samples(&records.observations)?;
/// assert_eq!(separate_pairs(&samples)?.areas[(0, 1)], 1.0);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] if a class has samples of fewer than two initial states, one to choose by and one to judge by.
pub fn separate_pairs(samples: &Samples) -> Result<PairSeparation> {
    samples.check()?;
    let halves = halves(samples)?;
    let count = samples.classes.len();
    let pairs: Vec<(usize, usize)> =
        (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect();
    let mut found: Vec<(usize, usize, usize, f64)> = pairs
        .par_iter()
        .map(|&(i, j)| {
            let of = |half: usize, feature: usize| {
                area(samples, feature, (&halves[half][i], &halves[half][j]))
            };
            let features = 0..samples.features.ncols();
            let best = features.map(|feature| (feature, of(0, feature))).fold(
                (0, 0.5),
                |best, (feature, area)| {
                    if (area - 0.5).abs() > f64::abs(best.1 - 0.5) { (feature, area) } else { best }
                },
            );
            let judged = of(1, best.0);
            // In the direction that was chosen: a feature that turns round is worse than none.
            (i, j, best.0, if best.1 < 0.5 { 1.0 - judged } else { judged })
        })
        .collect();
    let mut areas = Array2::from_elem((count, count), 1.0);
    for &(i, j, _, area) in &found {
        (areas[(i, j)], areas[(j, i)]) = (area, area);
    }
    found.sort_by(|a, b| a.3.total_cmp(&b.3));
    let feature = |place: usize| samples.feature_names[place].as_str();
    let names = |of: &dyn Fn(&(usize, usize, usize, f64)) -> String| -> Vec<String> {
        found.iter().map(of).collect()
    };
    let columns = vec![
        Column::new("first".into(), names(&|pair| samples.classes[pair.0].clone())),
        Column::new("second".into(), names(&|pair| samples.classes[pair.1].clone())),
        Column::new("feature".into(), names(&|pair| feature(pair.2).to_owned())),
        Column::new("observable".into(), names(&|pair| observable_of(feature(pair.2)).to_owned())),
        Column::new("area".into(), found.iter().map(|pair| pair.3).collect::<Vec<f64>>()),
    ];
    let pairs = DataFrame::new(found.len(), columns)?;
    Ok(PairSeparation { classes: samples.classes.clone(), areas, pairs })
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
        if halves.iter().any(|half| half[class].is_empty()) {
            return Err(Error::Samples(format!(
                "{name} has samples of too few initial states, of which one half chooses a feature and the other judges it; train at least 2"
            )));
        }
    }
    Ok(halves)
}

/// The chance that a sample of the second class has the larger number, half of it if both are equal.
fn area(samples: &Samples, feature: usize, (first, second): (&[usize], &[usize])) -> f64 {
    let sorted = |rows: &[usize]| {
        let mut values: Vec<f64> =
            rows.iter().map(|&row| f64::from(samples.features[(row, feature)])).collect();
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

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Two classes from four initial states; the first feature orders them, the second does so by luck in the first half.
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
            feature_names: vec!["weightraw_norm@0".into(), "weightraw_mean@0".into()],
            labels: vec![0, 1, 0, 1, 0, 1, 0, 1],
            classes: vec!["a".into(), "b".into()],
            groups: (0..8).collect(),
            initialisations: vec![0, 0, 1, 1, 2, 2, 3, 3],
        }
    }

    #[test]
    fn the_feature_is_judged_where_it_was_not_chosen() {
        let found = separate_pairs(&samples()).unwrap();
        // Chosen on the states 0 and 2, where both are perfect and the first comes first; of the pairs of 1 and 3 two of four are in order.
        let feature = found.pairs.column("feature").unwrap().str().unwrap().get(0);
        assert_eq!(feature, Some("weightraw_norm@0"));
        assert_eq!(
            (found.areas[(0, 1)], found.areas[(1, 0)], found.areas[(0, 0)]),
            (0.5, 0.5, 1.0)
        );
    }

    #[test]
    fn one_initial_state_cannot_both_choose_and_judge() {
        let few = Samples { initialisations: vec![0; 8], ..samples() };
        assert!(separate_pairs(&few).unwrap_err().to_string().contains("at least 2"));
    }
}

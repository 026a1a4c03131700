//! Two kinds of networks beside each other; and how large a change of a setting is as visible.

use polars::prelude::{BooleanChunked, Column, DataFrame, Expr, NewChunkedArray};

use super::classify::classify;
use super::protocol::Protocol;
use super::report::Report;
use crate::classification::classifiers::Classifier;
use crate::classification::samples::SampleSpec;
use crate::display::show_as_settings;
use crate::observables::marked;
use crate::{Error, Result};

/// The key column that says, in a copy of the table, on which side a row is.
const SIDE: &str = "rule";

/// The two sides.
const SIDES: [&str; 2] = ["one", "other"];

/// How well a classifier tells the networks that `one` marks from those that `other` marks, such as
/// two rules at one learning rate, or one rule at two: [`classify`](super::classify) with two labels,
/// whatever else the networks have. Chance is one half where both are equally many. The label of
/// `spec` does not matter.
///
/// ```
/// use microlearners::classification::tell_apart;
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rates = Study::of(Experiment::new(&task).batch_size(50)).learning_rates(&[0.1, 0.2]).seeds(6);
/// let observed = rates.run()?.observations;
/// let [slow, fast] = [0.1, 0.2].map(|rate| col("learning_rate").eq(lit(rate)));
/// let protocol = Protocol { splits: 2, permutations: 0, ..Protocol::default() };
/// let report = tell_apart(&observed, [&slow, &fast], &SampleSpec::default(), &RandomForest::default(), &protocol)?;
/// assert_eq!(report.sizes.networks, 12);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Table`] if one of them is no condition on the table's columns, marks no row, or both mark
/// the same row; otherwise as [`SampleSpec::samples`] and [`classify`](super::classify).
pub fn tell_apart(
    table: &DataFrame,
    [one, other]: [&Expr; 2],
    spec: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<Report> {
    let marks = [marked(table, "the one side", one)?, marked(table, "the other side", other)?];
    for (marks, side) in marks.iter().zip(SIDES) {
        if !marks.contains(&true) {
            return Err(Error::Table(format!(
                "the {side} side marks none of the table's {} rows; compare networks that it has",
                table.height()
            )));
        }
    }
    let both = marks[0].iter().zip(&marks[1]);
    if let Some(row) = both.clone().position(|(one, other)| *one && *other) {
        return Err(Error::Table(format!(
            "row {row} is on both sides; mark networks that differ, such as by the learning rate too"
        )));
    }
    let sides: Vec<&str> = marks[0].iter().map(|one| SIDES[usize::from(!one)]).collect();
    let mask: Vec<bool> = both.map(|(one, other)| *one || *other).collect();
    let mut pair = table.clone();
    pair.with_column(Column::new(SIDE.into(), sides))?;
    let pair = pair.filter(&BooleanChunked::from_slice("mask".into(), &mask))?;
    let spec = SampleSpec { label: vec![SIDE.into()], ..spec.clone() };
    classify(&spec.samples(&pair)?, classifier, protocol)
}

/// A change of a setting that is as visible as something else: between two changes that were tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EquivalentChange {
    /// The largest change tried that is less visible, and so are all smaller ones; `None` if already
    /// the smallest is as visible.
    pub more_than: Option<f64>,
    /// The smallest change tried that is at least as visible; `None` if none is.
    pub at_most: Option<f64>,
}

show_as_settings!(EquivalentChange);

impl EquivalentChange {
    /// Where a curve of (change, accuracy), smaller changes first, reaches an accuracy. Accuracies
    /// that fall again, by chance, count as the largest before them.
    ///
    /// ```
    /// use microlearners::classification::EquivalentChange;
    ///
    /// let curve = [(0.01, 0.55), (0.05, 0.75), (0.1, 0.95), (0.2, 1.0)];
    /// let found = EquivalentChange::at(&curve, 0.9)?;
    /// assert_eq!((found.more_than, found.at_most), (Some(0.05), Some(0.1)));
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] if the curve is empty or its changes do not increase.
    pub fn at(curve: &[(f64, f64)], accuracy: f64) -> Result<Self> {
        let increases = curve.windows(2).all(|two| two[0].0 < two[1].0);
        if curve.is_empty() || !increases {
            let requirement = "give at least one change, smaller ones first, none twice";
            return Err(Error::setting("curve", format!("{curve:?}"), requirement));
        }
        let reached = curve.iter().position(|(_, reached)| *reached >= accuracy);
        let before = reached.unwrap_or(curve.len());
        Ok(Self {
            more_than: before.checked_sub(1).map(|place| curve[place].0),
            at_most: reached.map(|place| curve[place].0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_lies_between_those_that_were_tried() {
        let curve = [(0.05, 0.6), (0.1, 0.9), (0.2, 0.85), (0.5, 1.0)];
        let at = |accuracy| {
            let found = EquivalentChange::at(&curve, accuracy).unwrap();
            (found.more_than, found.at_most)
        };
        assert_eq!(at(0.5), (None, Some(0.05)));
        assert_eq!(at(0.9), (Some(0.05), Some(0.1)));
        assert_eq!(at(0.95), (Some(0.2), Some(0.5)));
        assert_eq!(at(1.01), (Some(0.5), None));
        assert!(EquivalentChange::at(&[], 0.5).is_err());
        let told = EquivalentChange::at(&[(0.2, 0.5), (0.1, 0.6)], 0.5).unwrap_err().to_string();
        assert!(told.contains("smaller ones first"), "{told}");
    }
}

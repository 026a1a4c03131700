//! Patterns of activity: checks, and means over repeats.

use std::collections::HashMap;

use ndarray::{Array1, Array2, Axis};

use super::gram::squared_distances_of;
use super::panels::{Panels, Preparation};
use crate::error::shown;
use crate::{Error, Result};

/// Accepts finite patterns, one row for each condition.
pub(super) fn check_patterns(patterns: &Array2<f64>, conditions: &[String]) -> Result<()> {
    check_shape(patterns, conditions)?;
    // The sum of finite numbers is finite, unless it is too large to be one.
    if patterns.sum().is_finite() { Ok(()) } else { check_finite(patterns, conditions) }
}

/// Accepts patterns of at least one unit, one row for each condition.
pub(super) fn check_shape(patterns: &Array2<f64>, conditions: &[String]) -> Result<()> {
    let (rows, units) = patterns.dim();
    if rows != conditions.len() {
        return Err(Error::Shape(format!(
            "{rows} patterns cannot have {} conditions; name the condition of each row",
            conditions.len()
        )));
    }
    if units == 0 {
        return Err(Error::Shape("the patterns have no units; give stimuli × units".into()));
    }
    Ok(())
}

/// Accepts finite patterns, by a look at each entry.
pub(super) fn check_finite(patterns: &Array2<f64>, conditions: &[String]) -> Result<()> {
    let mut entries = patterns.indexed_iter();
    if let Some(((row, unit), value)) = entries.find(|(_, value)| !value.is_finite()) {
        return Err(Error::Samples(format!(
            "unit {unit} is {value} in the pattern of condition {}; leave out units that are not finite",
            shown(&conditions[row])
        )));
    }
    Ok(())
}

/// The conditions of rows.
#[derive(Debug)]
pub(super) struct Conditions {
    /// In the order of their first appearance.
    pub(super) names: Vec<String>,
    /// The rows of each.
    rows: Vec<Vec<usize>>,
    /// How many rows there are.
    count: usize,
}

impl Conditions {
    pub(super) fn of(conditions: &[String]) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let (mut names, mut rows): (Vec<String>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
        for (row, name) in conditions.iter().enumerate() {
            let place = *places.entry(name).or_insert(names.len());
            if place == names.len() {
                names.push(name.clone());
                rows.push(Vec::new());
            }
            rows[place].push(row);
        }
        Self { names, rows, count: conditions.len() }
    }

    /// Whether each row has a condition of its own, so that it is its mean.
    pub(super) fn are_distinct(&self) -> bool {
        self.names.len() == self.count
    }

    /// The mean pattern of each condition.
    pub(super) fn means(&self, patterns: &Array2<f64>) -> Array2<f64> {
        let mut means = Array2::zeros((self.names.len(), patterns.ncols()));
        for (mut mean, rows) in means.rows_mut().into_iter().zip(&self.rows) {
            rows.iter().for_each(|&row| mean += &patterns.row(row));
            mean /= rows.len() as f64;
        }
        means
    }
}

/// Conditions in the order of their first appearance, and the mean pattern of each.
pub(super) fn averaged(
    patterns: &Array2<f64>,
    conditions: &[String],
) -> (Array2<f64>, Vec<String>) {
    let conditions = Conditions::of(conditions);
    let means =
        if conditions.are_distinct() { patterns.clone() } else { conditions.means(patterns) };
    (means, conditions.names)
}

/// The mean over patterns of each unit.
pub(super) fn unit_means(patterns: &Array2<f64>) -> Array1<f64> {
    patterns.sum_axis(Axis(0)) / patterns.nrows().max(1) as f64
}

/// Takes the mean over patterns out of each unit, which changes no difference of two patterns.
pub(super) fn centre_units(patterns: &mut Array2<f64>) {
    let means = unit_means(patterns);
    *patterns -= &means;
}

/// The squared Euclidean distances of all pairs of rows, in the order of the upper triangle.
pub(super) fn squared_distances(rows: &Array2<f64>) -> Vec<f64> {
    let mut panels = Panels::default();
    panels.fill(rows.view(), Preparation::Copy);
    squared_distances_of(&panels)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::names;
    use super::*;
    use ndarray::array;

    #[test]
    fn repeated_conditions_are_averaged_in_order_of_appearance() {
        let patterns = array![[1.0], [5.0], [3.0]];
        let (means, order) = averaged(&patterns, &["z", "a", "z"].map(String::from));
        assert_eq!(order, ["z", "a"]);
        assert_eq!(means, array![[2.0], [5.0]]);
        let told = check_patterns(&array![[1.0], [f64::NAN]], &names(2)).unwrap_err().to_string();
        assert!(told.contains("unit 0 is NaN in the pattern of condition s1"), "{told}");
    }
}

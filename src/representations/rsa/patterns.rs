//! Patterns of activity: checks, means over repeats, and distances of all pairs by one product.

use std::collections::HashMap;

use ndarray::{Array2, ArrayView1, Axis, s};

use crate::error::shown;
use crate::{Error, Result};

/// Rows of one matrix product; what lies below the diagonal of a block is computed in vain.
const BLOCK: usize = 100;
/// Below this share of the squared lengths a difference of products has lost too many digits.
const CANCELLED: f64 = 1e-3;

/// Accepts finite patterns, one row for each condition.
pub(super) fn check_patterns(patterns: &Array2<f64>, conditions: &[String]) -> Result<()> {
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
    // The sum of finite numbers is finite, unless it is too large to be one.
    if patterns.sum().is_finite() {
        return Ok(());
    }
    let mut entries = patterns.indexed_iter();
    if let Some(((row, unit), value)) = entries.find(|(_, value)| !value.is_finite()) {
        return Err(Error::Samples(format!(
            "unit {unit} is {value} in the pattern of condition {}; leave out units that are not finite",
            shown(&conditions[row])
        )));
    }
    Ok(())
}

/// Conditions in the order of their first appearance, and the mean pattern of each.
pub(super) fn averaged(
    patterns: &Array2<f64>,
    conditions: &[String],
) -> (Array2<f64>, Vec<String>) {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut rows_of: Vec<Vec<usize>> = Vec::new();
    for (row, name) in conditions.iter().enumerate() {
        let place = *places.entry(name).or_insert(names.len());
        if place == names.len() {
            names.push(name.clone());
            rows_of.push(Vec::new());
        }
        rows_of[place].push(row);
    }
    if names.len() == conditions.len() {
        return (patterns.clone(), names);
    }
    let mut means = Array2::zeros((names.len(), patterns.ncols()));
    for (mut mean, rows) in means.rows_mut().into_iter().zip(&rows_of) {
        rows.iter().for_each(|&row| mean += &patterns.row(row));
        mean /= rows.len() as f64;
    }
    (means, names)
}

/// Takes the mean over patterns out of each unit, which changes no difference of two patterns.
pub(super) fn centre_units(patterns: &mut Array2<f64>) {
    let means = patterns.sum_axis(Axis(0)) / patterns.nrows().max(1) as f64;
    *patterns -= &means;
}

/// The squared Euclidean distances of all pairs of rows, in the order of the upper triangle.
pub(super) fn squared_distances(rows: &Array2<f64>) -> Vec<f64> {
    let count = rows.nrows();
    let squares: Vec<f64> = rows.rows().into_iter().map(|row| row.dot(&row)).collect();
    let mut distances = Vec::with_capacity(super::pairs::pair_count(count));
    for start in (0..count).step_by(BLOCK) {
        let end = (start + BLOCK).min(count);
        let products = rows.slice(s![start..end, ..]).dot(&rows.slice(s![start.., ..]).t());
        for i in start..end {
            let products = products.slice(s![i - start, i + 1 - start..]);
            for (offset, product) in products.iter().enumerate() {
                let j = i + 1 + offset;
                let scale = squares[i] + squares[j];
                let squared = scale - 2.0 * product;
                let is_exact = squared > CANCELLED * scale;
                distances.push(if is_exact { squared } else { apart(rows.row(i), rows.row(j)) });
            }
        }
    }
    distances
}

/// The squared distance without cancellation.
fn apart(first: ArrayView1<'_, f64>, second: ArrayView1<'_, f64>) -> f64 {
    first.iter().zip(second).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::names;
    use super::*;
    use ndarray::array;

    #[test]
    fn distances_over_several_blocks_equal_the_definition() {
        let entry = |(i, j)| f64::from((i * 37 + j * 11) as u32 % 23) - 7.0 + (i % 3) as f64;
        let rows = Array2::from_shape_fn((250, 7), entry);
        let expected: Vec<f64> = super::super::pairs::pair_list(250)
            .into_iter()
            .map(|(i, j)| apart(rows.row(i), rows.row(j)))
            .collect();
        for (found, expected) in squared_distances(&rows).iter().zip(&expected) {
            assert!((found - expected).abs() <= 1e-10 * expected, "{found} {expected}");
        }
    }

    #[test]
    fn near_patterns_far_from_zero_keep_their_digits() {
        let rows = array![[1e8, 1.0], [1e8, 1.0], [1e8 + 1.0, 1.0]];
        assert_eq!(squared_distances(&rows), [0.0, 1.0, 1.0]);
    }

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

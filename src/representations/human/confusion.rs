//! Which classes are confused with which, and the dissimilarity of classes that follows.

use ndarray::{Array2, Axis};

use super::choices::check_labels;
use super::comparison::check_network;
use crate::{Error, Result};

/// The mean probability that a network gives to each class (column) for images of each label
/// (row), from its probabilities, images × classes. Rows sum to 1. It is the counterpart of
/// [`HumanChoices::confusion`](super::HumanChoices::confusion): what would be chosen if the network
/// chose at random with its probabilities.
///
/// # Errors
/// [`Error::Samples`] if a row of `network` is not a probability distribution (to 10⁻⁴), a label
/// is no class, or a class has no image; [`Error::Shape`] if there is not one label for each image.
pub fn network_confusion(network: &Array2<f64>, labels: &[u8]) -> Result<Array2<f64>> {
    check_network(network)?;
    confusion(network, labels)
}

/// The sum of the rows of each label, divided by its sum.
pub(super) fn confusion(rows: &Array2<f64>, labels: &[u8]) -> Result<Array2<f64>> {
    check_labels(labels, rows.dim())?;
    let classes = rows.ncols();
    let mut sums = Array2::zeros((classes, classes));
    for (row, &label) in rows.rows().into_iter().zip(labels) {
        let mut sum = sums.row_mut(usize::from(label));
        sum += &row;
    }
    let totals = sums.sum_axis(Axis(1));
    if let Some(class) = totals.iter().position(|&total| total == 0.0) {
        return Err(Error::Samples(format!(
            "no image has the label {class}; a confusion matrix of {classes} classes needs images of each"
        )));
    }
    Ok(sums / totals.insert_axis(Axis(1)))
}

/// How dissimilar classes are, classes × classes, from a confusion matrix P whose rows are labels
/// and whose columns are choices: one minus Shepard's similarity of two stimuli,
///
/// ```text
/// d_ij = 1 − (p_ij + p_ji) / (p_ii + p_jj)
/// ```
///
/// It is symmetric, 0 on the diagonal, 1 for classes that are never confused, and 0 for classes
/// that are confused as often as they are identified. It is below 0 if they are confused more often
/// than that. Shepard 1957, doi 10.1007/BF02288967.
///
/// ```
/// use microlearners::ndarray::array;
/// use microlearners::representations::human::confusion_dissimilarities;
///
/// let dissimilarities = confusion_dissimilarities(&array![[0.8, 0.2], [0.0, 1.0]])?;
/// assert!((dissimilarities[[0, 1]] - (1.0 - 0.2 / 1.8)).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the matrix is not square or has fewer than two classes; [`Error::Samples`]
/// if an entry is negative or not finite, or two classes are never identified.
pub fn confusion_dissimilarities(confusion: &Array2<f64>) -> Result<Array2<f64>> {
    let (rows, columns) = confusion.dim();
    if rows != columns || rows < 2 {
        return Err(Error::Shape(format!(
            "the confusion matrix is {rows} × {columns}; it needs one row and one column for each of at least two classes"
        )));
    }
    let is_wrong = |entry: f64| !entry.is_finite() || entry < 0.0;
    if let Some(((row, column), entry)) = confusion.indexed_iter().find(|(_, p)| is_wrong(**p)) {
        return Err(Error::Samples(format!(
            "row {row}, column {column} of the confusion matrix (from 0) is {entry}; it needs finite numbers of at least 0"
        )));
    }
    let identified = confusion.diag();
    let missed: Vec<usize> = (0..rows).filter(|&class| identified[class] == 0.0).collect();
    if let [one, other, ..] = missed[..] {
        return Err(Error::Samples(format!(
            "classes {one} and {other} (from 0) are never identified, so that their dissimilarity is undefined; leave one of them out"
        )));
    }
    Ok(Array2::from_shape_fn((rows, rows), |(i, j)| match i == j {
        true => 0.0,
        false => 1.0 - (confusion[[i, j]] + confusion[[j, i]]) / (identified[i] + identified[j]),
    }))
}

/// The entries beside the diagonal, row by row.
pub(super) fn off_diagonal(matrix: &Array2<f64>) -> Vec<f64> {
    matrix.indexed_iter().filter(|((i, j), _)| i != j).map(|(_, &entry)| entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::human::HumanChoices;
    use ndarray::array;

    #[test]
    fn judgements_of_a_label_are_pooled() {
        let choices = HumanChoices::new(array![[3, 1], [1, 0], [0, 4]]).unwrap();
        assert_eq!(choices.confusion(&[0, 0, 1]).unwrap(), array![[0.8, 0.2], [0.0, 1.0]]);
        let network = array![[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]];
        let confusion = network_confusion(&network, &[0, 0, 1]).unwrap();
        assert_eq!(confusion, array![[0.5, 0.5], [0.5, 0.5]]);
        let told = choices.confusion(&[0, 0, 0]).unwrap_err().to_string();
        assert!(told.contains("no image has the label 1"), "{told}");
    }

    #[test]
    fn dissimilarities_are_symmetric_and_have_their_limits() {
        let confusion = array![
            [0.5, 0.3, 0.2, 0.0],
            [0.1, 0.7, 0.2, 0.0],
            [0.0, 0.4, 0.6, 0.0],
            [0.0, 0.0, 0.0, 1.0]
        ];
        let d = confusion_dissimilarities(&confusion).unwrap();
        assert_eq!(d, d.t());
        assert!(d.diag().iter().all(|&entry| entry == 0.0));
        assert!((d[[0, 1]] - (1.0 - 0.4 / 1.2)).abs() < 1e-12);
        assert_eq!(d[[0, 3]], 1.0);
        let chance = confusion_dissimilarities(&Array2::from_elem((3, 3), 1.0 / 3.0)).unwrap();
        assert!(chance.iter().all(|&entry| entry == 0.0));
    }

    #[test]
    fn matrices_without_dissimilarities_are_refused() {
        let told = |matrix| confusion_dissimilarities(&matrix).unwrap_err().to_string();
        assert!(told(array![[1.0, 0.0]]).contains("1 × 2"));
        assert!(told(array![[1.0, f64::NAN], [0.0, 1.0]]).contains("row 0, column 1"));
        assert!(told(array![[0.0, 1.0], [1.0, 0.0]]).contains("classes 0 and 1"));
    }
}

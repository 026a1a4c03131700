//! How unequal the entries of a part are.

use ndarray::ArrayView1;

/// Hoyer's sparseness (√n − Σ|x| / √Σx²) / (√n − 1), from 0 for equal entries to 1 for a single
/// one; none for zeros only and for n = 1.
pub(super) fn hoyer(part: ArrayView1<'_, f64>) -> Option<f64> {
    let largest = part.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
    if largest == 0.0 || part.len() < 2 {
        return None;
    }
    // Squares of very small entries would be 0.
    let entries = part.mapv(|entry| entry.abs() / largest);
    let root = (part.len() as f64).sqrt();
    Some((root - entries.sum() / entries.dot(&entries).sqrt()) / (root - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn one_entry_is_sparse_and_equal_entries_are_not() {
        assert_eq!(hoyer(array![0.0, 3.0, 0.0, 0.0].view()), Some(1.0));
        assert_eq!(hoyer(array![2.0, 2.0, 2.0, 2.0].view()), Some(0.0));
        assert_eq!(hoyer(array![1e-200, 0.0].view()), Some(1.0));
        assert_eq!(hoyer(array![0.0, 0.0].view()), None);
        assert_eq!(hoyer(array![4.0].view()), None);
    }
}

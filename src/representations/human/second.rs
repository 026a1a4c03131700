//! The second choice.

use ndarray::{Array2, ArrayView1};

/// The classes whose number is the second largest, first places that tie included.
pub(super) fn second_largest(row: ArrayView1<'_, f64>) -> Vec<usize> {
    let (mut first, mut second) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for &number in row {
        (first, second) = (first.max(number), second.max(number.min(first)));
    }
    (0..row.len()).filter(|&class| row[class] == second).collect()
}

/// The share of images for which the second most probable class of `others` is a second choice of
/// people, among images that have one. Any class that ties in people counts as correct. If classes
/// tie in `others`, it is the share that a random one of them would get.
pub(super) fn second_best_accuracy(people: &[Vec<usize>], others: &Array2<f64>) -> Option<f64> {
    let rows = people.iter().zip(others.rows()).filter(|(chosen, _)| !chosen.is_empty());
    let of_image = |(chosen, row): (&Vec<usize>, ArrayView1<'_, f64>)| {
        let classes = second_largest(row);
        let right = classes.iter().filter(|class| chosen.contains(class)).count();
        right as f64 / classes.len() as f64
    };
    let right: Vec<f64> = rows.map(of_image).collect();
    (!right.is_empty()).then(|| right.iter().sum::<f64>() / right.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_second_largest_is_found() {
        assert_eq!(second_largest(array![0.1, 0.7, 0.2].view()), [2]);
        assert_eq!(second_largest(array![0.7, 0.1, 0.2].view()), [2]);
        assert_eq!(second_largest(array![0.4, 0.2, 0.4].view()), [0, 2]);
        assert_eq!(second_largest(array![1.0, 0.0, 0.0].view()), [1, 2]);
    }

    #[test]
    fn ties_of_people_count_and_ties_of_others_are_shared() {
        let people = [vec![1, 2], vec![], vec![0]];
        let sure = array![[0.6, 0.1, 0.3], [0.5, 0.3, 0.2], [0.1, 0.7, 0.2]];
        assert_eq!(second_best_accuracy(&people, &sure), Some(0.5));
        let tied = array![[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        assert_eq!(second_best_accuracy(&people, &tied), Some(0.75));
        assert_eq!(second_best_accuracy(&[vec![], vec![]], &sure), None);
    }
}

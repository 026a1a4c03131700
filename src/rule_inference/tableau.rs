//! Regressions on changing sets of terms, by the sweep operator.

use super::moments::Moments;

/// A term counts as made up of others if less than this share of its square is left of them.
pub(super) const DEPENDENT: f64 = 1e-9;

/// Sums of products of which some terms are swept out: what is left of the others, and how much
/// each would explain beside those.
#[derive(Debug, Clone)]
pub(super) struct Tableau {
    /// (terms + 1)², row by row; the target is the last.
    values: Vec<f64>,
    side: usize,
    is_in: Vec<bool>,
}

impl Tableau {
    /// With no term swept out. Moments are [`normalised`](Moments::normalised) before.
    pub(super) fn new(moments: &Moments) -> Self {
        let terms = moments.products.len();
        let side = terms + 1;
        let mut values = vec![0.0; side * side];
        for ((i, j), &value) in moments.gram.indexed_iter() {
            values[i * side + j] = value;
        }
        for (i, &value) in moments.products.iter().enumerate() {
            values[i * side + terms] = value;
            values[terms * side + i] = value;
        }
        values[side * side - 1] = moments.square;
        Self { values, side, is_in: vec![false; terms] }
    }

    /// The same with the terms of `set` swept out; those that depend on the ones before are left.
    pub(super) fn with(&self, set: &[usize]) -> Self {
        let mut swept = self.clone();
        for &term in set {
            if swept.gain(term) >= 0.0 {
                swept.sweep(term);
            }
        }
        swept
    }

    /// Takes a term in, or out if it is in.
    pub(super) fn sweep(&mut self, term: usize) {
        let side = self.side;
        let pivot = self.values[term * side + term];
        let row: Vec<f64> =
            self.values[term * side..(term + 1) * side].iter().map(|x| x / pivot).collect();
        for (i, line) in self.values.chunks_exact_mut(side).enumerate() {
            if i != term {
                let factor = line[term];
                line.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
                line[term] = -factor / pivot;
            }
        }
        self.values[term * side..(term + 1) * side].copy_from_slice(&row);
        self.values[term * side + term] = 1.0 / pivot;
        self.is_in[term] = !self.is_in[term];
    }

    /// How much of the target's square is left.
    pub(super) fn left(&self) -> f64 {
        self.values[self.side * self.side - 1]
    }

    /// By how much a term would lower what is left; −1 if it is in, or depends on those that are.
    pub(super) fn gain(&self, term: usize) -> f64 {
        let own = self.values[term * self.side + term];
        if self.is_in[term] || own <= DEPENDENT {
            return -1.0;
        }
        self.values[term * self.side + self.side - 1].powi(2) / own
    }

    /// By how much what is left would grow without a term that is in.
    pub(super) fn loss(&self, term: usize) -> f64 {
        self.values[term * self.side + self.side - 1].powi(2) / self.values[term * self.side + term]
    }

    /// How many terms there are.
    pub(super) fn terms(&self) -> usize {
        self.is_in.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn tableau() -> Tableau {
        let gram = array![[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]];
        Tableau::new(&Moments { gram, products: array![0.4, 0.5, 0.0], square: 1.0, rows: 1.0 })
    }

    #[test]
    fn sweeping_is_regression_and_sweeping_again_undoes_it() {
        let mut swept = tableau().with(&[0, 1]);
        // 1 − b'G⁻¹b with G⁻¹ = [[4, −2], [−2, 4]] / 3.
        let left = 1.0 - (0.4 * (1.6 - 1.0) + 0.5 * (2.0 - 0.8)) / 3.0;
        assert!((swept.left() - left).abs() < 1e-12);
        assert!((swept.loss(0) - (1.0 - 0.25 - left)).abs() < 1e-12);
        swept.sweep(0);
        assert!((swept.left() - 0.75).abs() < 1e-12);
        assert!((swept.gain(0) - (0.75 - left)).abs() < 1e-12);
        swept.sweep(1);
        let before = tableau();
        let values = swept.values.iter().zip(&before.values).map(|(a, b)| (a - b).abs());
        assert!(values.fold(0.0, f64::max) < 1e-12);
    }

    #[test]
    fn terms_that_are_nothing_or_already_in_gain_nothing() {
        assert_eq!(tableau().gain(2), -1.0);
        assert_eq!(tableau().with(&[1]).gain(1), -1.0);
    }
}

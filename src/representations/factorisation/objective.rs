//! What a factorisation minimises.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, Zip};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::descent::Step;
use super::{NmfStart, frobenius, kullback_leibler};

/// The distance between values V and their reconstruction W H.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NmfObjective {
    /// Half the squared Frobenius norm, ½ Σ (V − W H)².
    #[default]
    Frobenius,
    /// The generalised Kullback-Leibler divergence, Σ (V log(V / W H) − V + W H), where 0 log 0 is
    /// 0. It suits counts, whose spread grows with their mean.
    KullbackLeibler,
}

/// Replaces denominators that are 0, and reconstructions below it under a logarithm: the spacing
/// of 32-bit numbers at 1, as in scikit-learn.
pub(super) const SMALLEST: f64 = 1.192_092_9e-7;

/// Codes and parts below become 0. They are too small to matter, and processors are slow with
/// products of them.
const NOTHING: f64 = 1e-150;

/// Rows that are worked on at once. Fixed, so that sums do not depend on the number of threads.
const BLOCK: usize = 512;

impl NmfObjective {
    /// Its value.
    pub(super) fn of(self, values: &Array2<f64>, factors: &NmfStart) -> f64 {
        let of_block = match self {
            Self::Frobenius => frobenius::objective,
            Self::KullbackLeibler => kullback_leibler::objective,
        };
        let rows = values.axis_chunks_iter(Axis(0), BLOCK);
        let blocks: Vec<_> = rows.zip(factors.codes.axis_chunks_iter(Axis(0), BLOCK)).collect();
        let of_block = |(values, codes): (ArrayView2<'_, f64>, ArrayView2<'_, f64>)| {
            of_block(values, codes.dot(&factors.parts))
        };
        let parts: Vec<f64> = blocks.into_par_iter().map(of_block).collect();
        let sum: f64 = parts.into_iter().sum();
        // Rounding may leave less than nothing; what is not a number must remain so.
        if sum < 0.0 { 0.0 } else { sum }
    }

    /// One iteration of codes and parts.
    pub(super) fn update(self, values: &Array2<f64>, factors: &mut NmfStart) {
        match self {
            Self::Frobenius => frobenius::update(values, factors),
            Self::KullbackLeibler => kullback_leibler::update(values, factors),
        }
    }

    /// The iteration of the codes for given parts.
    pub(super) fn encoder<'a>(
        self,
        values: &'a Array2<f64>,
        parts: &'a Array2<f64>,
    ) -> Box<Step<'a>> {
        match self {
            Self::Frobenius => Box::new(frobenius::encoder(values, parts)),
            Self::KullbackLeibler => Box::new(kullback_leibler::encoder(values, parts)),
        }
    }
}

/// Does `work` for each block of rows and its codes, in parallel; the results are in order.
pub(super) fn by_blocks<T: Send>(
    values: &Array2<f64>,
    codes: &mut Array2<f64>,
    work: impl Fn(ArrayView2<'_, f64>, ArrayViewMut2<'_, f64>) -> T + Sync,
) -> Vec<T> {
    let rows = values.axis_chunks_iter(Axis(0), BLOCK);
    let blocks: Vec<_> = rows.zip(codes.axis_chunks_iter_mut(Axis(0), BLOCK)).collect();
    blocks.into_par_iter().map(|(values, codes)| work(values, codes)).collect()
}

/// Multiplies each factor by numerator / denominator. A shorter denominator holds for every row.
pub(super) fn multiply(
    mut factors: ArrayViewMut2<'_, f64>,
    numerator: &Array2<f64>,
    denominator: ArrayView2<'_, f64>,
) {
    let updated = |factor: f64, above: f64, below: f64| {
        let factor = factor * (above / if below == 0.0 { SMALLEST } else { below });
        if factor < NOTHING { 0.0 } else { factor }
    };
    Zip::from(&mut factors)
        .and(numerator)
        .and_broadcast(denominator)
        .for_each(|factor, &above, &below| *factor = updated(*factor, above, below));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::factorisation::Nmf;
    use ndarray::array;

    #[test]
    fn objectives_by_hand() {
        let values = array![[2.0, 0.0], [1.0, 3.0]];
        let factors = NmfStart { codes: array![[1.0], [2.0]], parts: array![[1.0, 1.0]] };
        assert_eq!(NmfObjective::Frobenius.of(&values, &factors), 0.5 * (1.0 + 1.0 + 1.0 + 1.0));
        let by_hand =
            (2.0 * 2.0_f64.ln() - 1.0) + 1.0 + (0.5_f64.ln() + 1.0) + (3.0 * 1.5_f64.ln() - 1.0);
        let actual = NmfObjective::KullbackLeibler.of(&values, &factors);
        assert!((actual - by_hand).abs() < 1e-12, "{actual} {by_hand}");
    }

    #[test]
    fn a_perfect_reconstruction_costs_nothing_and_stays() {
        let start = NmfStart { codes: array![[1.0], [2.0]], parts: array![[0.5, 4.0]] };
        let values = start.codes.dot(&start.parts);
        for objective in [NmfObjective::Frobenius, NmfObjective::KullbackLeibler] {
            assert_eq!(objective.of(&values, &start), 0.0);
            let mut factors = start.clone();
            objective.update(&values, &mut factors);
            let apart = (&factors.codes.dot(&factors.parts) - &values).mapv(f64::abs).sum();
            assert!(apart < 1e-12, "{apart}");
        }
    }

    #[test]
    fn threads_do_not_matter() {
        let entry = |(row, column): (usize, usize)| ((row * 31 + column * 17) % 23) as f64;
        let values = Array2::from_shape_fn((2000, 12), entry);
        for objective in [NmfObjective::Frobenius, NmfObjective::KullbackLeibler] {
            let nmf = Nmf { components: 4, objective, ..Nmf::default() };
            let fit = || nmf.fit(&values).unwrap();
            let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            assert_eq!(on(1).unwrap().install(fit), on(3).unwrap().install(fit));
        }
    }

    #[test]
    fn blocks_of_rows_add_up() {
        let values =
            Array2::from_shape_fn((1100, 3), |(row, column)| ((row * 7 + column) % 13) as f64);
        let part = |column: usize| 0.3 + 0.1 * column as f64;
        let codes = Array2::from_shape_fn((1100, 2), |(row, at)| 1.0 + (row % 5 + at) as f64);
        let parts = Array2::from_shape_fn((2, 3), |(at, column)| part(at + 2 * column));
        let mut factors = NmfStart { codes, parts };
        let (w, h) = (factors.codes.clone(), factors.parts.clone());
        NmfObjective::Frobenius.update(&values, &mut factors);
        let w = &w * &values.dot(&h.t()) / &w.dot(&h).dot(&h.t());
        let h = &h * &w.t().dot(&values) / &w.t().dot(&w).dot(&h);
        let apart = |a: &Array2<f64>, b: &Array2<f64>| (a - b).mapv(f64::abs).sum();
        assert!(apart(&factors.codes, &w) < 1e-9 && apart(&factors.parts, &h) < 1e-9);
        let squares = (&values - &w.dot(&h)).mapv(|x| x * x).sum() / 2.0;
        assert!((NmfObjective::Frobenius.of(&values, &factors) - squares).abs() < 1e-9 * squares);
    }
}

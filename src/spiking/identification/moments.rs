//! What is known of a rule: the mean and the covariance of its weight changes.
//!
//! The measured mean over n synapses has the covariance B + (V + σ²)/n. B is the covariance over
//! preparations, V the variance over the synapses of one, on the diagonal because every protocol
//! has synapses of its own, and σ the noise. So one B and one V serve every n, every σ, and, by
//! leaving out rows and columns, every choice of protocols.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::gaussian::Gaussian;
use crate::Result;

/// The finest difference of relative changes that counts: added to every standard deviation, so
/// that changes without any variance have a density.
const RESOLUTION: f64 = 2e-3;

/// The sampling error of measured changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SamplingError {
    /// Means over so many synapses, each with noise of this standard deviation.
    Synapses { repeats: usize, noise: f64 },
    /// Standard errors of each protocol.
    Published(Vec<f64>),
}

impl SamplingError {
    /// The variance of the change measured by the protocol at `at`; synapses vary by `within`.
    fn variance(&self, at: usize, within: f64) -> f64 {
        match self {
            Self::Synapses { repeats, noise } => (within + noise * noise) / *repeats as f64,
            Self::Published(sems) => sems[at] * sems[at],
        }
    }
}

/// The moments of one rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RuleMoments {
    pub(super) mean: Array1<f64>,
    /// Over means of preparations, which themselves are means over synapses.
    pub(super) over_means: Array2<f64>,
    /// The variance over synapses.
    pub(super) within: Array1<f64>,
    synapses: usize,
}

impl RuleMoments {
    /// From preparations, each synapses × protocols.
    pub(super) fn of(preparations: &[ArrayView2<'_, f64>]) -> Self {
        let synapses = preparations[0].nrows();
        let protocols = preparations[0].ncols();
        let mut means = Array2::zeros((preparations.len(), protocols));
        let mut within = Array1::zeros(protocols);
        for (mut row, of) in means.rows_mut().into_iter().zip(preparations) {
            let mean = of.sum_axis(Axis(0)) / synapses as f64;
            let off = of - &mean;
            within += &((&off * &off).sum_axis(Axis(0)) / (synapses - 1) as f64);
            row.assign(&mean);
        }
        within /= preparations.len() as f64;
        let mean = means.sum_axis(Axis(0)) / means.nrows() as f64;
        let over_means = shrunk_covariance(&(&means - &mean));
        Self { mean, over_means, within, synapses }
    }

    /// The variance over preparations of the change by one protocol.
    pub(super) fn between(&self, protocol: usize) -> f64 {
        let by_synapses = self.within[protocol] / self.synapses as f64;
        (self.over_means[[protocol, protocol]] - by_synapses).max(0.0)
    }

    /// The density of measured changes by the protocols at `chosen`, in this order.
    pub(super) fn gaussian(&self, error: &SamplingError, chosen: &[usize]) -> Result<Gaussian> {
        Gaussian::new(self.mean.select(Axis(0), chosen), &self.covariance(error, chosen))
    }

    /// The covariance of measured changes by the protocols at `chosen`.
    pub(super) fn covariance(&self, error: &SamplingError, chosen: &[usize]) -> Array2<f64> {
        let mut covariance = self.over_means.select(Axis(0), chosen).select(Axis(1), chosen);
        for (at, &protocol) in chosen.iter().enumerate() {
            // The means of preparations vary by V/S too, which is not part of B.
            let within = self.within[protocol];
            let rest = error.variance(protocol, within) - within / self.synapses as f64;
            covariance[[at, at]] += rest.max(0.0) + RESOLUTION * RESOLUTION;
        }
        covariance
    }
}

/// The covariance of centred rows, correlations shrunk towards zero by the share that minimises the
/// expected squared error: Schäfer and Strimmer, Stat. Appl. Genet. Mol. Biol. 4 (2005), doi
/// 10.2202/1544-6115.1175.
pub(super) fn shrunk_covariance(centred: &Array2<f64>) -> Array2<f64> {
    let n = centred.nrows() as f64;
    let mut covariance = centred.t().dot(centred) / (n - 1.0);
    let deviations = covariance.diag().mapv(|variance: f64| variance.max(0.0).sqrt());
    let inverse = deviations.mapv(|one| if one > 0.0 { 1.0 / one } else { 0.0 });
    let standard = centred * &inverse;
    let squares = standard.mapv(|one| one * one);
    // Sums over rows of products and of their squares.
    let (first, second) = (standard.t().dot(&standard), squares.t().dot(&squares));
    let (mut of_noise, mut of_signal) = (0.0, 0.0);
    for ((i, j), &sum) in first.indexed_iter() {
        if i != j {
            of_noise += n / (n - 1.0).powi(3) * (second[[i, j]] - sum * sum / n);
            of_signal += (sum / (n - 1.0)).powi(2);
        }
    }
    let share = if of_signal > 0.0 { (of_noise / of_signal).clamp(0.0, 1.0) } else { 1.0 };
    for ((i, j), one) in covariance.indexed_iter_mut() {
        if i != j {
            *one *= 1.0 - share;
        }
    }
    covariance
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::random;

    /// Computed with numpy 2 by the estimator's definition.
    #[test]
    fn shrinkage_equals_its_definition() {
        let rows = array![
            [1.0, 0.9, -0.2],
            [0.5, 0.6, 0.3],
            [-0.5, -0.4, 0.4],
            [-1.0, -1.2, -0.1],
            [0.3, 0.2, 0.1],
            [-0.3, -0.1, -0.5],
        ];
        let found = shrunk_covariance(&rows);
        let expected = array![
            [0.5359999999999999, 0.32620354286711456, 0.0036379577271425417],
            [0.32620354286711456, 0.5639999999999998, 0.0036379577271425357],
            [0.0036379577271425417, 0.0036379577271425357, 0.11200000000000002]
        ];
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn variances_between_and_within_are_separated() {
        let mut rng = random::stream(1, "moments");
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let preparations: Vec<Array2<f64>> = (0..400)
            .map(|_| {
                let shared = 0.3 * normal();
                Array2::from_shape_simple_fn((8, 2), || 1.0 + shared + 0.5 * normal())
            })
            .collect();
        let views: Vec<ArrayView2<'_, f64>> = preparations.iter().map(Array2::view).collect();
        let moments = RuleMoments::of(&views);
        assert!((moments.mean[0] - 1.0).abs() < 0.06);
        assert!((moments.within[0] - 0.25).abs() < 0.02, "{}", moments.within[0]);
        assert!((moments.between(0) - 0.09).abs() < 0.03, "{}", moments.between(0));
        let error = SamplingError::Synapses { repeats: 4, noise: 1.0 };
        let covariance = moments.covariance(&error, &[1, 0]);
        assert!((covariance[[0, 0]] - (0.09 + 1.25 / 4.0)).abs() < 0.04);
        assert!((covariance[[0, 1]] - 0.09).abs() < 0.03);
        let published = SamplingError::Published(vec![0.5, 0.1]);
        assert!((moments.covariance(&published, &[0])[[0, 0]] - 0.34).abs() < 0.04);
    }

    #[test]
    fn changes_without_variance_have_a_density() {
        let alike = Array2::<f64>::zeros((3, 2));
        let moments = RuleMoments::of(&[alike.view(), alike.view()]);
        let error = SamplingError::Synapses { repeats: 3, noise: 0.0 };
        let gaussian = moments.gaussian(&error, &[0, 1]).unwrap();
        assert!(gaussian.evidence(&[0.0, 0.0]).log_density.is_finite());
    }
}

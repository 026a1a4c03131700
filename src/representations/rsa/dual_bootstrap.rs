//! The variance over subjects and stimuli, from three bootstraps.

use serde::{Deserialize, Serialize};

/// The variances of a number over three bootstraps. Both factors at once count the measurement
/// noise three times, so that no single one of these is the variance over new subjects and new
/// stimuli. Schütt et al. 2023, doi 10.7554/eLife.82566.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DualBootstrap {
    /// Subjects and stimuli are drawn.
    pub both: f64,
    /// Subjects are drawn.
    pub subjects: f64,
    /// Stimuli are drawn.
    pub stimuli: f64,
}

impl DualBootstrap {
    /// The variance over new samples of so many subjects and stimuli, r v_r + s v_s −
    /// r s (v_both − v_r − v_s) with r and s = n / (n − 1) of subjects and stimuli. It is at least
    /// r v_r and s v_s, and at most v_both.
    ///
    /// ```
    /// use microlearners::representations::DualBootstrap;
    /// let variances = DualBootstrap { both: 0.010, subjects: 0.004, stimuli: 0.005 };
    /// assert!((variances.variance(6, 10) - 0.0090222222).abs() < 1e-9);
    /// ```
    pub fn variance(&self, subjects: usize, stimuli: usize) -> f64 {
        let (r, s) = (correction(subjects), correction(stimuli));
        let (own_r, own_s) = (r * self.subjects, s * self.stimuli);
        let shared = r * s * (self.both - self.subjects - self.stimuli);
        self.clipped(own_r + own_s - shared, own_r, own_s)
    }

    /// The limit of [`DualBootstrap::variance`] for many subjects and stimuli, 2 (v_r + v_s) −
    /// v_both, with the same clips.
    pub fn variance_of_many(&self) -> f64 {
        let free = 2.0 * (self.subjects + self.stimuli) - self.both;
        self.clipped(free, self.subjects, self.stimuli)
    }

    fn clipped(&self, variance: f64, subjects: f64, stimuli: f64) -> f64 {
        variance.max(subjects).max(stimuli).min(self.both)
    }
}

/// n / (n − 1): a bootstrap of n takes the spread of the sample for that of the population.
pub(super) fn correction(count: usize) -> f64 {
    count as f64 / (count as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::close;
    use super::*;

    /// rsatoolbox 0.3.2, `_dual_bootstrap`.
    #[test]
    fn variances_equal_rsatoolbox() {
        let first = DualBootstrap { both: 0.01, subjects: 0.004, stimuli: 0.005 };
        close(first.variance(6, 10), 0.009022222222222221);
        close(first.variance_of_many(), 0.008000000000000002);
        let second = DualBootstrap { both: 0.01, subjects: 0.0005, stimuli: 0.0004 };
        close(second.variance(6, 10), 0.0006);
        close(second.variance_of_many(), 0.0005);
        let low = DualBootstrap { both: 0.003, subjects: 0.004, stimuli: 0.001 };
        close(low.variance(6, 10), 0.003);
    }

    /// rsatoolbox 0.3.2, `extract_variances` of one bootstrap over 6 subjects.
    #[test]
    fn a_single_bootstrap_is_corrected() {
        close(0.02 * correction(6), 0.024);
        close((0.02 + 0.03 - 2.0 * 0.008) * correction(6), 0.0408);
    }
}

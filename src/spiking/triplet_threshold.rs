//! The triplet rule read as a rule of rates: the threshold of Bienenstock, Cooper and Munro (BCM).
//!
//! Under independent Poisson spikes the all-to-all triplet rule changes the weight by
//! ρx ρy A₃⁺τ₊τ_y (ρy − θ) on average, which is a BCM rule (Pfister and Gerstner 2006).

use super::SynapticRule as _;
use super::{Interaction, TripletStdp};
use crate::error::check_not_negative;
use crate::{Error, Result};

impl TripletStdp {
    /// θ in Hz, the post rate above which independent Poisson spikes potentiate, where the pre
    /// neuron fires at `pre_hz`: (A₂⁻τ₋ − A₂⁺τ₊ + A₃⁻τ₋τ_x ρx) / (A₃⁺τ₊τ_y). At 0 the term of A₃⁻
    /// is left out, which is the threshold of the minimal rules at any rate.
    ///
    /// ```
    /// use microlearners::spiking::TripletStdp;
    ///
    /// let threshold_hz = TripletStdp::visual_cortex_minimal().threshold_hz(0.0)?;
    /// assert!((threshold_hz - 19.22).abs() < 0.01);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule is refused, or is not all to all, or has no triplet
    /// potentiation, or has no positive threshold.
    pub fn threshold_hz(&self, pre_hz: f64) -> Result<f64> {
        self.check()?;
        check_not_negative("pre_hz", pre_hz)?;
        if self.interaction != Interaction::AllToAll {
            let requirement = "only the all-to-all rule is a BCM rule; use drift_per_s";
            return Err(Error::setting("interaction", "Nearest", requirement));
        }
        let slope = self.triplet_potentiation * self.tau_plus_ms * self.tau_y_ms / 1000.0;
        if slope <= 0.0 {
            let requirement = "a threshold needs triplet potentiation above 0";
            return Err(Error::setting("triplet_potentiation", slope, requirement));
        }
        let by_triplets = self.triplet_depression * self.tau_x_ms * pre_hz / 1000.0;
        let depression = (self.pair_depression + by_triplets) * self.tau_minus_ms;
        let potentiation = self.pair_potentiation * self.tau_plus_ms;
        if depression <= potentiation {
            let requirement = format!(
                "pairs potentiate at any rate (A₂⁺τ₊ is {potentiation:.4} ms), so that there is no \
                 threshold; use a set whose depression is larger"
            );
            return Err(Error::setting("A₂⁻τ₋", format!("{depression:.4} ms"), requirement));
        }
        Ok((depression - potentiation) / slope)
    }
}

#[cfg(test)]
mod tests {
    use super::super::PairStdp;
    use super::*;

    /// The closed forms, computed with numpy 2.
    #[test]
    fn thresholds_and_drifts() {
        let close = |actual: f64, expected: f64| {
            assert!((actual / expected - 1.0).abs() < 1e-9, "{actual} {expected}");
        };
        let (full, minimal) =
            (TripletStdp::visual_cortex_full(), TripletStdp::visual_cortex_minimal());
        close(minimal.threshold_hz(0.0).unwrap(), 19.22032646);
        close(full.threshold_hz(0.0).unwrap(), 18.11827892);
        close(full.threshold_hz(10.0).unwrap(), 18.71954697);
        close(TripletStdp::hippocampal_minimal().threshold_hz(3.0).unwrap(), 5.377604167);
        close(TripletStdp::hippocampal_full().threshold_hz(10.0).unwrap(), 130.8809129);
        let drifts = [-0.00893142508, -0.01135285016, 0.00333429968, 0.04406144952, 0.1108285994];
        for (post_hz, drift) in [5.0, 10.0, 20.0, 30.0, 40.0].into_iter().zip(drifts) {
            close(full.drift_per_s(10.0, post_hz).unwrap(), drift);
        }
        let at = full.threshold_hz(10.0).unwrap();
        assert!(full.drift_per_s(10.0, at).unwrap().abs() < 1e-15);
    }

    #[test]
    fn a_rule_without_a_threshold_says_so() {
        let said = |rule: TripletStdp| rule.threshold_hz(0.0).unwrap_err().to_string();
        assert!(said(TripletStdp::hippocampal_full()).contains("no threshold"));
        assert!(said(TripletStdp::visual_cortex_nearest_full()).contains("all-to-all"));
        let pairs = TripletStdp { triplet_potentiation: 0.0, ..TripletStdp::default() };
        assert!(said(pairs).contains("needs triplet potentiation"));
    }

    #[test]
    fn the_drift_of_all_pairs_has_the_sign_of_the_area_of_the_window() {
        let rule = PairStdp::default();
        assert!((rule.window_area_ms() + 0.01).abs() < 1e-12);
        let theory = 15.0 * 20.0 * rule.window_area_ms() / 1000.0;
        assert!((rule.drift_per_s(15.0, 20.0, 1.0).unwrap() - theory).abs() < 1e-12);
        // The area by the trapezoid rule.
        let step = 0.01;
        let area: f64 = (1..100_000)
            .map(|at| f64::from(at) * step)
            .map(|delta| step * (rule.window(delta) + rule.window(-delta)))
            .sum();
        let at_zero = step * (rule.potentiation - rule.depression) / 2.0;
        assert!((area + at_zero - rule.window_area_ms()).abs() < 1e-6);
    }
}

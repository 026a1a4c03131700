//! An imagined experiment in slices: other synapses for every protocol, few of each, with noise.

use rand_distr::{Distribution, StandardNormal};

use super::super::SynapticRule;
use super::battery::ProtocolBattery;
use super::scatter::Factors;
use crate::error::{check_below_one, check_count, check_not_negative};
use crate::{Result, random};

/// A weight cannot fall below zero, so no measured change lies below this.
pub(super) const LEAST_CHANGE: f64 = -1.0;

/// An experiment: every protocol is applied to `repeats` synapses, each of which undergoes one.
///
/// A synapse follows a rule with parameters of its own. Those of a preparation scatter about the
/// published values, and those of its synapses about the preparation's. A measured change is that
/// of the rule, at least −1, plus normal noise.
///
/// ```
/// use microlearners::spiking::{ProtocolBattery, SliceExperiment, TripletStdp};
///
/// let battery = ProtocolBattery::pairs_at_rates(&[10.0, 40.0]);
/// let experiment = SliceExperiment { battery, repeats: 8, ..SliceExperiment::default() };
/// let measured = experiment.measure(&TripletStdp::visual_cortex_full())?;
/// assert_eq!(measured.changes.len(), 4);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SliceExperiment {
    /// The protocols; default [`ProtocolBattery::standard`].
    pub battery: ProtocolBattery,
    /// Synapses for each protocol; default 8.
    pub repeats: usize,
    /// The standard deviation of the measurement of one synapse's relative change; default 0.25,
    /// about s.e.m. × √n of Sjöström et al. 2001.
    pub noise: f64,
    /// The coefficient of variation of each parameter over the synapses of a preparation, below 1;
    /// default 0.2.
    pub scatter: f64,
    /// The same over preparations, which all synapses of an experiment share; default 0.2. With 0
    /// a rule is one point for means over many synapses.
    pub preparation_scatter: f64,
    /// The seed of parameters and noise.
    pub seed: u64,
}

impl Default for SliceExperiment {
    fn default() -> Self {
        Self {
            battery: ProtocolBattery::standard(),
            repeats: 8,
            noise: 0.25,
            scatter: 0.2,
            preparation_scatter: 0.2,
            seed: 0,
        }
    }
}

/// What an experiment measured.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceMeasurement {
    /// The names of the protocols.
    pub protocols: Vec<String>,
    /// The mean relative change over synapses, for each protocol.
    pub changes: Vec<f64>,
    /// Its standard error from the spread over synapses; none for one synapse.
    pub sems: Vec<Option<f64>>,
    /// Synapses for each protocol.
    pub repeats: usize,
    /// The standard deviation of the measurement of one synapse.
    pub noise: f64,
}

impl SliceExperiment {
    /// Refuses settings without a meaning.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) without repeats, with negative noise, or if a
    /// scatter is not in `[0, 1)`; as [`ProtocolBattery::check`].
    pub fn check(&self) -> Result<()> {
        check_count("repeats", self.repeats)?;
        check_not_negative("noise", self.noise)?;
        check_below_one("scatter", self.scatter)?;
        check_below_one("preparation_scatter", self.preparation_scatter)?;
        self.battery.check()
    }

    /// Carries the experiment out on synapses of a rule, in a new preparation.
    ///
    /// # Errors
    /// As [`SliceExperiment::check`], or if the rule or what it makes of a protocol is refused.
    pub fn measure(&self, rule: &dyn SynapticRule) -> Result<SliceMeasurement> {
        self.check()?;
        let mut rng = random::stream(self.seed, "slice experiment");
        let preparation = Factors::published(rule).scattered(self.preparation_scatter, &mut rng);
        let (mut changes, mut sems) = (Vec::new(), Vec::new());
        for one in &self.battery.protocols {
            let mut cells = Vec::new();
            for _ in 0..self.repeats {
                let synapse = preparation.scattered(self.scatter, &mut rng).rule(rule)?;
                let change = synapse.weight_change(&one.protocol)?.max(LEAST_CHANGE);
                let noise: f64 = StandardNormal.sample(&mut rng);
                cells.push(change + self.noise * noise);
            }
            let (mean, sem) = mean_and_sem(&cells);
            changes.push(mean);
            sems.push(sem);
        }
        let (repeats, noise) = (self.repeats, self.noise);
        Ok(SliceMeasurement { protocols: self.battery.names(), changes, sems, repeats, noise })
    }
}

fn mean_and_sem(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, None);
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, Some((variance / n).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::super::super::{PairStdp, TripletStdp, weight_changes};
    use super::*;

    fn exact() -> SliceExperiment {
        let (noise, scatter) = (0.0, 0.0);
        SliceExperiment { noise, scatter, preparation_scatter: 0.0, ..SliceExperiment::default() }
    }

    #[test]
    fn without_noise_and_scatter_the_rule_itself_is_measured() {
        let rule = PairStdp::default();
        let measured = exact().measure(&rule).unwrap();
        let protocols: Vec<_> =
            exact().battery.protocols.iter().map(|one| one.protocol.clone()).collect();
        for (measured, exact) in
            measured.changes.iter().zip(weight_changes(&rule, &protocols).unwrap())
        {
            assert!((measured - exact.max(-1.0)).abs() < 1e-12);
        }
        // The full hippocampal set takes weights far below zero at high rates.
        let rule = TripletStdp::hippocampal_full();
        assert_eq!(exact().measure(&rule).unwrap().changes[4], -1.0);
    }

    #[test]
    fn the_standard_error_is_that_of_noise_and_scatter() {
        let battery = ProtocolBattery::pairs_at_rates(&[10.0]);
        let (repeats, noise, scatter) = (4000, 0.3, 0.0);
        let experiment = SliceExperiment { battery, repeats, noise, scatter, ..exact() };
        let rule = PairStdp::default();
        let sem = experiment.measure(&rule).unwrap().sems[0].unwrap();
        assert!((sem * 4000f64.sqrt() - 0.3).abs() < 0.01, "{sem}");
        let experiment = SliceExperiment { noise: 0.0, scatter: 0.2, ..experiment };
        let sem = experiment.measure(&rule).unwrap().sems[0].unwrap();
        // A and τ both vary by 20 %, and Δt/τ is a half.
        let change = rule.weight_change(&experiment.battery.protocols[0].protocol).unwrap();
        let expected = 0.2 * (1.0_f64 + 0.25).sqrt() * change;
        assert!((sem * 4000f64.sqrt() / expected - 1.0).abs() < 0.1, "{sem} {expected}");
    }

    #[test]
    fn meaningless_settings_are_refused() {
        let said = |experiment: SliceExperiment| {
            experiment.measure(&PairStdp::default()).unwrap_err().to_string()
        };
        assert!(said(SliceExperiment { repeats: 0, ..exact() }).contains("repeats is 0"));
        assert!(said(SliceExperiment { noise: -0.1, ..exact() }).contains("noise is -0.1"));
        assert!(said(SliceExperiment { scatter: 1.0, ..exact() }).contains("scatter is 1"));
        let nan = SliceExperiment { preparation_scatter: f64::NAN, ..exact() };
        assert!(said(nan).contains("preparation_scatter is NaN"));
        let battery = ProtocolBattery::of(&[]);
        assert!(said(SliceExperiment { battery, ..exact() }).contains("no protocols"));
    }
}

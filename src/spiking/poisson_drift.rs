//! The drift of a weight under Poisson spikes, by simulation.

use rayon::prelude::*;

use super::{Protocol, SynapticRule};
use crate::error::check_at_most;
use crate::{Error, Result};

/// Independent Poisson trains, repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct PoissonTrials {
    /// The rate of the pre neuron in Hz.
    pub pre_hz: f64,
    /// The rate of the post neuron in Hz.
    pub post_hz: f64,
    /// How long a trial lasts, in ms; default 100 s.
    pub duration_ms: f64,
    /// How many trials, at least 2; default 40.
    pub trials: usize,
    /// The seed of the first trial; the others follow it.
    pub seed: u64,
}

impl Default for PoissonTrials {
    fn default() -> Self {
        Self { pre_hz: 10.0, post_hz: 10.0, duration_ms: 100_000.0, trials: 40, seed: 0 }
    }
}

/// The change of a weight per second, in units of the initial weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// The mean over trials.
    pub mean_per_s: f64,
    /// Its standard error.
    pub sem_per_s: f64,
}

/// The simulated drift of a rule under Poisson spikes, to set beside `drift_per_s` of
/// [`TripletStdp`](super::TripletStdp::drift_per_s), [`PairStdp`](super::PairStdp::drift_per_s) and
/// [`InhibitoryStdp`](super::InhibitoryStdp::drift_per_s), which is exact away from the bounds.
///
/// ```
/// use microlearners::spiking::{PoissonTrials, TripletStdp, poisson_drift};
///
/// let rule = TripletStdp::visual_cortex_minimal();
/// let trials = PoissonTrials { post_hz: 30.0, ..PoissonTrials::default() };
/// let drift = poisson_drift(&rule, &trials)?;
/// let theory = rule.drift_per_s(10.0, 30.0)?;
/// assert!((drift.mean_per_s - theory).abs() < 4.0 * drift.sem_per_s);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if there are fewer than 2 trials, or if the rule, a rate or the duration is
/// refused.
pub fn poisson_drift(rule: &dyn SynapticRule, trials: &PoissonTrials) -> Result<Drift> {
    if trials.trials < 2 {
        return Err(Error::setting("trials", trials.trials, "a standard error needs at least 2"));
    }
    check_at_most("trials", trials.trials, 1_000_000)?;
    let &PoissonTrials { pre_hz, post_hz, duration_ms, .. } = trials;
    let drift = |at: usize| {
        let seed = trials.seed.wrapping_add(at as u64);
        let protocol = Protocol::Poisson { pre_hz, post_hz, duration_ms, seed };
        Ok(rule.weight_change(&protocol)? * 1000.0 / duration_ms)
    };
    let drifts: Vec<f64> = (0..trials.trials).into_par_iter().map(drift).collect::<Result<_>>()?;
    let n = drifts.len() as f64;
    let mean = drifts.iter().sum::<f64>() / n;
    let variance = drifts.iter().map(|drift| (drift - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Ok(Drift { mean_per_s: mean, sem_per_s: (variance / n).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::super::{InhibitoryStdp, PairStdp, Pairing, TripletStdp};
    use super::*;

    /// The simulated drift lies within four standard errors of theory, and these are small.
    fn assert_drift(rule: &dyn SynapticRule, pre_hz: f64, post_hz: f64, theory: f64) {
        let trials = PoissonTrials { pre_hz, post_hz, ..PoissonTrials::default() };
        let Drift { mean_per_s, sem_per_s } = poisson_drift(rule, &trials).unwrap();
        let text = format!("{rule:?} {mean_per_s} ± {sem_per_s}, theory {theory}");
        assert!((mean_per_s - theory).abs() < 4.0 * sem_per_s, "{text}");
        assert!(sem_per_s < 0.2 * theory.abs().max(0.01), "{text}");
    }

    #[test]
    fn the_drift_of_triplets_is_that_of_theory() {
        for rule in [
            TripletStdp::visual_cortex_minimal(),
            TripletStdp::visual_cortex_full(),
            TripletStdp::hippocampal_nearest_full(),
        ] {
            for post_hz in [10.0, 30.0] {
                let theory = rule.drift_per_s(10.0, post_hz).unwrap();
                assert_drift(&rule, 10.0, post_hz, theory);
            }
        }
    }

    #[test]
    fn the_drift_of_each_pairing_scheme_is_that_of_theory() {
        for pairing in Pairing::ALL {
            let rule = PairStdp { pairing, depression: 0.004, ..PairStdp::default() };
            assert_drift(&rule, 20.0, 35.0, rule.drift_per_s(20.0, 35.0, 1.0).unwrap());
        }
    }

    #[test]
    fn the_drift_of_inhibitory_stdp_is_that_of_theory() {
        let rule = InhibitoryStdp::default();
        assert_drift(&rule, 10.0, 20.0, rule.drift_per_s(10.0, 20.0).unwrap());
    }

    #[test]
    fn one_trial_has_no_standard_error() {
        let trials = PoissonTrials { trials: 1, ..PoissonTrials::default() };
        let said = poisson_drift(&PairStdp::default(), &trials).unwrap_err().to_string();
        assert_eq!(said, "trials is 1, but a standard error needs at least 2");
    }
}

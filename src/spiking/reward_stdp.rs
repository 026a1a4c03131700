//! Reward-modulated STDP (Izhikevich, Cereb. Cortex 17, 2007).
//!
//! A pair of spikes does not change the weight but marks the synapse. The mark, an eligibility
//! trace c, fades with τ_c. Reward releases dopamine n, which fades with τ_n, and the weight
//! follows ẇ = c (n − b). ċ = −c/τ_c + STDP, ṅ = −n/τ_n + δ/τ_n. With b = 0 every reward pays for
//! chance pairs too, so that weights drift; subtract the expected reward by b.

use serde::{Deserialize, Serialize};

use super::reward_synapse::RewardSynapse;
use super::{PairedTrains, Parameter, Plastic, SynapticAbout, SynapticRule};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// Reward-modulated STDP, with the defaults of NEST's `stdp_dopamine_synapse`.
///
/// A protocol alone brings no reward and so changes nothing; see [`RewardStdp::rewarded_change`].
///
/// ```
/// use microlearners::spiking::{PairedTrains, RewardStdp};
///
/// let pair = PairedTrains::new(&[0.0], &[10.0])?;
/// let rule = RewardStdp::default();
/// let soon = rule.rewarded_change(&pair, &[(100.0, 1.0)])?;
/// let late = rule.rewarded_change(&pair, &[(3000.0, 1.0)])?;
/// assert!(soon > late && late > 0.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RewardStdp {
    /// A₊; default 1.
    pub potentiation: f64,
    /// A₋; default 1.5.
    pub depression: f64,
    /// τ₊ in ms; default 20.
    pub tau_plus_ms: f64,
    /// τ₋ in ms; default 20.
    pub tau_minus_ms: f64,
    /// τ_c in ms, how long a synapse stays eligible; default 1000.
    pub tau_eligibility_ms: f64,
    /// τ_n in ms, the decay of dopamine; default 200.
    pub tau_dopamine_ms: f64,
    /// b, the dopamine that is expected; default 0.
    pub baseline: f64,
    /// The weight is kept between 0 and this; default 200.
    pub largest_weight: f64,
}

impl Default for RewardStdp {
    fn default() -> Self {
        Self {
            potentiation: 1.0,
            depression: 1.5,
            tau_plus_ms: 20.0,
            tau_minus_ms: 20.0,
            tau_eligibility_ms: 1000.0,
            tau_dopamine_ms: 200.0,
            baseline: 0.0,
            largest_weight: 200.0,
        }
    }
}

impl RewardStdp {
    /// τ_c τ_n / (τ_c + τ_n) in ms, how long eligibility and dopamine last together.
    pub(super) fn tau_both_ms(&self) -> f64 {
        let (eligibility, dopamine) = (self.tau_eligibility_ms, self.tau_dopamine_ms);
        eligibility * dopamine / (eligibility + dopamine)
    }

    /// The absolute weight change, after all traces have faded, by spikes and rewards (time in ms,
    /// amount δ), from the middle of the weight's range.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule is refused; [`Error::Samples`] if rewards are not finite or
    /// out of order.
    pub fn rewarded_change(&self, trains: &PairedTrains, rewards: &[(f64, f64)]) -> Result<f64> {
        self.check()?;
        let mut last = 0.0;
        for &(time, amount) in rewards {
            if !(time.is_finite() && amount.is_finite() && time >= last) {
                return Err(Error::Samples(format!(
                    "a reward of {amount} at {time} ms; rewards must be finite and in the order of \
                     their times, from 0"
                )));
            }
            last = time;
        }
        let mut synapse = self.start(self.initial_weight());
        let mut rewards = rewards.iter().peekable();
        for (time, side) in trains.spikes() {
            while let Some(&(at, amount)) = rewards.next_if(|reward| reward.0 <= time) {
                synapse.reward(at, amount);
            }
            synapse.spike(time, side);
        }
        rewards.for_each(|&(at, amount)| synapse.reward(at, amount));
        synapse.advance(f64::INFINITY);
        Ok(synapse.weight() - self.initial_weight())
    }
}

impl SynapticRule for RewardStdp {
    fn about(&self) -> SynapticAbout {
        SynapticAbout {
            name: "reward_stdp".into(),
            summary:
                "Pairs of spikes leave an eligibility, which a later reward turns into change."
                    .into(),
            equation: "ċ = −c/τ_c + STDP; ṅ = −n/τ_n + δ/τ_n; ẇ = c (n − b)".into(),
            citation: "Izhikevich, Cereb. Cortex 17, 2007".into(),
            parameters: vec![
                (Parameter::PotentiationByPairs, self.potentiation),
                (Parameter::DepressionByPairs, self.depression),
                (Parameter::TauPlus, self.tau_plus_ms),
                (Parameter::TauMinus, self.tau_minus_ms),
                (Parameter::TauEligibility, self.tau_eligibility_ms),
                (Parameter::TauDopamine, self.tau_dopamine_ms),
            ],
        }
    }

    fn check(&self) -> Result<()> {
        check_not_negative("potentiation", self.potentiation)?;
        check_not_negative("depression", self.depression)?;
        check_positive("tau_plus_ms", self.tau_plus_ms)?;
        check_positive("tau_minus_ms", self.tau_minus_ms)?;
        check_positive("tau_eligibility_ms", self.tau_eligibility_ms)?;
        check_positive("tau_dopamine_ms", self.tau_dopamine_ms)?;
        check_not_negative("baseline", self.baseline)?;
        check_positive("largest_weight", self.largest_weight)
    }

    fn start(&self, weight: f64) -> Box<dyn Plastic> {
        Box::new(RewardSynapse::new(self.clone(), weight))
    }

    fn boxed(&self) -> Box<dyn SynapticRule> {
        Box::new(self.clone())
    }

    fn with(&self, parameter: Parameter, value: f64) -> Option<Box<dyn SynapticRule>> {
        let mut rule = self.clone();
        *match parameter {
            Parameter::PotentiationByPairs => &mut rule.potentiation,
            Parameter::DepressionByPairs => &mut rule.depression,
            Parameter::TauPlus => &mut rule.tau_plus_ms,
            Parameter::TauMinus => &mut rule.tau_minus_ms,
            Parameter::TauEligibility => &mut rule.tau_eligibility_ms,
            Parameter::TauDopamine => &mut rule.tau_dopamine_ms,
            _ => return None,
        } = value;
        Some(Box::new(rule))
    }

    /// Half of the largest weight.
    fn initial_weight(&self) -> f64 {
        self.largest_weight / 2.0
    }
}

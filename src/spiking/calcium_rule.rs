//! The calcium rule (Graupner and Brunel, PNAS 109, 2012).
//!
//! Pre and post spikes let calcium into the synapse. The efficacy ρ falls while calcium is above
//! one threshold and rises while it is above another; between them and at rest it has two stable
//! states, DOWN (0) and UP (1). τ ρ̇ = −ρ(1−ρ)(ρ*−ρ) + γ_p(1−ρ)Θ(c−θ_p) − γ_d ρ Θ(c−θ_d) + noise, ċ
//! = −c/τ_Ca + C_pre Σ δ(t−t_pre−D) + C_post Σ δ(t−t_post).

use serde::{Deserialize, Serialize};

use super::calcium_course::{TimeAbove, time_above, time_above_per_cycle};
use super::calcium_synapse::CalciumSynapse;
use super::error_function::erf;
use super::synaptic_rule::finite_change;
use super::{Parameter, Plastic, Protocol, SynapticAbout, SynapticRule};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// The calcium rule; the default is the set "DP", depression then potentiation along Δt.
///
/// ```
/// use microlearners::spiking::{CalciumRule, Protocol, SynapticRule};
///
/// let pairs = |delta_ms| Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 60 };
/// let rule = CalciumRule::default();
/// assert!((rule.weight_change(&pairs(10.0))? - 0.221).abs() < 1e-3);
/// assert!((rule.weight_change(&pairs(-10.0))? + 0.118).abs() < 1e-3);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalciumRule {
    /// τ_Ca in ms.
    pub tau_calcium_ms: f64,
    /// C_pre, in units in which the depression threshold is 1 in all published sets.
    pub calcium_of_pre: f64,
    /// C_post.
    pub calcium_of_post: f64,
    /// θ_d.
    pub depression_threshold: f64,
    /// θ_p.
    pub potentiation_threshold: f64,
    /// γ_d.
    pub depression_rate: f64,
    /// γ_p.
    pub potentiation_rate: f64,
    /// σ, the amplitude of the noise while calcium is above a threshold.
    pub noise: f64,
    /// τ of the efficacy, in s.
    pub tau_efficacy_s: f64,
    /// D in ms, from a pre spike to its calcium.
    pub pre_delay_ms: f64,
    /// ρ*, which separates the two states, between 0 and 1.
    pub boundary: f64,
    /// β, the share of synapses that are DOWN before the protocol, between 0 and 1.
    pub share_down: f64,
    /// b, the weight of UP in units of that of DOWN, above 1.
    pub up_weight: f64,
}

/// What a protocol does to a population of synapses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalciumOutcome {
    /// α_d, the share of the time that calcium is above the depression threshold.
    pub above_depression: f64,
    /// α_p, the share of the time that calcium is above the potentiation threshold.
    pub above_potentiation: f64,
    /// ρ̄, to which the efficacy tends; none where calcium crosses no threshold.
    pub mean_efficacy: Option<f64>,
    /// U, the share of DOWN synapses that go UP.
    pub up: f64,
    /// D, the share of UP synapses that go DOWN.
    pub down: f64,
    /// The mean weight after the protocol, in units of that before.
    pub ratio: f64,
}

impl CalciumRule {
    /// The outcome of a protocol in closed form. It is exact for the calcium of a periodic protocol
    /// in its steady state, and leaves out the double well while calcium is above a threshold.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule or the protocol is refused.
    pub fn outcome(&self, protocol: &Protocol) -> Result<CalciumOutcome> {
        self.check()?;
        if let Some(cycle) = protocol.cycle()? {
            let above = time_above_per_cycle(self, &cycle);
            return Ok(self.outcome_of(&above, cycle.period_ms * cycle.count as f64));
        }
        let trains = protocol.trains()?;
        let duration_ms = match *protocol {
            Protocol::Poisson { duration_ms, .. } => duration_ms,
            _ => trains.end_ms() + self.pre_delay_ms,
        };
        // The outcome depends on the total time above the thresholds only.
        let total = time_above(self, &trains);
        let share = |time_ms: f64| if time_ms > 0.0 { time_ms / duration_ms } else { 0.0 };
        let (depression, potentiation) = (share(total.depression), share(total.potentiation));
        Ok(self.outcome_of(&TimeAbove { depression, potentiation }, duration_ms))
    }

    /// From the shares of time above the thresholds and the duration.
    fn outcome_of(&self, above: &TimeAbove, duration_ms: f64) -> CalciumOutcome {
        let up_rate = self.potentiation_rate * above.potentiation;
        let rates = up_rate + self.depression_rate * above.depression;
        let mut outcome = CalciumOutcome {
            above_depression: above.depression,
            above_potentiation: above.potentiation,
            mean_efficacy: None,
            up: 0.0,
            down: 0.0,
            ratio: 1.0,
        };
        if rates <= 0.0 || duration_ms <= 0.0 {
            return outcome;
        }
        let mean = up_rate / rates;
        let kept = (-duration_ms / 1000.0 * rates / self.tau_efficacy_s).exp();
        let twice_variance = self.noise.powi(2) * (above.depression + above.potentiation) / rates
            * (1.0 - kept * kept);
        let below = |start: f64| {
            let distance = self.boundary - mean - (start - mean) * kept;
            // Without noise every synapse is on one side of the boundary.
            0.5 * (1.0 + erf(distance / twice_variance.sqrt()))
        };
        outcome.mean_efficacy = Some(mean);
        outcome.up = 1.0 - below(0.0);
        outcome.down = below(1.0);
        outcome.ratio = self.ratio(outcome.up, outcome.down);
        outcome
    }

    /// The mean weight after the transitions, in units of that before.
    pub(super) fn ratio(&self, up: f64, down: f64) -> f64 {
        let (beta, b) = (self.share_down, self.up_weight);
        let are_down = (1.0 - up) * beta + down * (1.0 - beta);
        let are_up = up * beta + (1.0 - down) * (1.0 - beta);
        (are_down + b * are_up) / (beta + (1.0 - beta) * b)
    }
}

impl SynapticRule for CalciumRule {
    fn about(&self) -> SynapticAbout {
        SynapticAbout {
            name: "calcium_rule".into(),
            summary: "Calcium above two thresholds depresses and potentiates a synapse with two \
                      stable states."
                .into(),
            equation: "τ ρ̇ = −ρ(1−ρ)(ρ*−ρ) + γ_p(1−ρ)Θ(c−θ_p) − γ_d ρ Θ(c−θ_d) + noise".into(),
            citation: "Graupner and Brunel, PNAS 109, 2012".into(),
            parameters: vec![
                (Parameter::TauCalcium, self.tau_calcium_ms),
                (Parameter::CalciumOfPre, self.calcium_of_pre),
                (Parameter::CalciumOfPost, self.calcium_of_post),
                (Parameter::PotentiationRate, self.potentiation_rate),
                (Parameter::DepressionRate, self.depression_rate),
            ],
        }
    }

    fn check(&self) -> Result<()> {
        check_positive("tau_calcium_ms", self.tau_calcium_ms)?;
        check_not_negative("calcium_of_pre", self.calcium_of_pre)?;
        check_not_negative("calcium_of_post", self.calcium_of_post)?;
        check_positive("depression_threshold", self.depression_threshold)?;
        check_positive("potentiation_threshold", self.potentiation_threshold)?;
        check_not_negative("depression_rate", self.depression_rate)?;
        check_not_negative("potentiation_rate", self.potentiation_rate)?;
        check_positive("noise", self.noise)?;
        check_positive("tau_efficacy_s", self.tau_efficacy_s)?;
        check_not_negative("pre_delay_ms", self.pre_delay_ms)?;
        for (name, share) in [("boundary", self.boundary), ("share_down", self.share_down)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(Error::setting(name, share, "it must lie between 0 and 1"));
            }
        }
        if !(self.up_weight > 1.0 && self.up_weight.is_finite()) {
            return Err(Error::setting("up_weight", self.up_weight, "it must be above 1"));
        }
        Ok(())
    }

    /// A synapse whose weight is that of DOWN (1) to that of UP (b); its efficacy follows the mean
    /// of many, without noise and without the double well.
    fn start(&self, weight: f64) -> Box<dyn Plastic> {
        Box::new(CalciumSynapse::new(self.clone(), weight))
    }

    fn boxed(&self) -> Box<dyn SynapticRule> {
        Box::new(self.clone())
    }

    fn with(&self, parameter: Parameter, value: f64) -> Option<Box<dyn SynapticRule>> {
        let mut rule = self.clone();
        *match parameter {
            Parameter::TauCalcium => &mut rule.tau_calcium_ms,
            Parameter::CalciumOfPre => &mut rule.calcium_of_pre,
            Parameter::CalciumOfPost => &mut rule.calcium_of_post,
            Parameter::PotentiationRate => &mut rule.potentiation_rate,
            Parameter::DepressionRate => &mut rule.depression_rate,
            _ => return None,
        } = value;
        Some(Box::new(rule))
    }

    /// The mean weight of the population, β + (1 − β) b.
    fn initial_weight(&self) -> f64 {
        self.share_down + (1.0 - self.share_down) * self.up_weight
    }

    /// In closed form, as [`CalciumRule::outcome`].
    fn weight_change(&self, protocol: &Protocol) -> Result<f64> {
        finite_change(self.outcome(protocol)?.ratio - 1.0, "calcium_rule")
    }
}

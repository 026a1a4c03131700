//! Inhibitory STDP (Vogels, Sprekeler, Zenke, Clopath and Gerstner, Science 334, 2011).
//!
//! A pre and a post spike close in time strengthen an inhibitory synapse in either order, and every
//! pre spike alone weakens it. The synapse so drives the rate of the post neuron to a target ρ₀.
//! pre: w += η (x_post − α), post: w += η x_pre, α = 2 ρ₀ τ. Both traces fade with τ.

use serde::{Deserialize, Serialize};

use super::trace::{Accumulation, Trace};
use super::{Parameter, Plastic, Side, SynapticAbout, SynapticRule};
use crate::Result;
use crate::error::{check_not_negative, check_positive};

/// Inhibitory STDP.
///
/// ```
/// use microlearners::spiking::InhibitoryStdp;
///
/// let rule = InhibitoryStdp::default();
/// assert!(rule.drift_per_s(10.0, 3.0)?.abs() < 1e-12);
/// assert!(rule.drift_per_s(10.0, 9.0)? > 0.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InhibitoryStdp {
    /// η; default 0.01.
    pub learning_rate: f64,
    /// τ in ms; default 20.
    pub tau_ms: f64,
    /// ρ₀ in Hz; default 3.
    pub target_hz: f64,
    /// The weight is kept between 0 and this; none by default.
    pub largest_weight: Option<f64>,
}

impl Default for InhibitoryStdp {
    fn default() -> Self {
        Self { learning_rate: 0.01, tau_ms: 20.0, target_hz: 3.0, largest_weight: None }
    }
}

impl InhibitoryStdp {
    /// α = 2 ρ₀ τ, by which a pre spike alone weakens the synapse, in units of η.
    pub fn alpha(&self) -> f64 {
        2.0 * self.target_hz * self.tau_ms / 1000.0
    }

    /// The expected change of the weight per second under independent Poisson trains, away from
    /// the bounds: η ρx (2 τ ρy − α), which is 0 at ρy = ρ₀.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if the rule is refused or a rate is negative.
    pub fn drift_per_s(&self, pre_hz: f64, post_hz: f64) -> Result<f64> {
        self.check()?;
        check_not_negative("pre_hz", pre_hz)?;
        check_not_negative("post_hz", post_hz)?;
        let coincidences = 2.0 * self.tau_ms * post_hz / 1000.0;
        Ok(self.learning_rate * pre_hz * (coincidences - self.alpha()))
    }
}

impl SynapticRule for InhibitoryStdp {
    fn about(&self) -> SynapticAbout {
        SynapticAbout {
            name: "inhibitory_stdp".into(),
            summary: "Spikes close in time strengthen an inhibitory synapse, a lone pre spike \
                      weakens it, and the rate of the neuron tends to a target."
                .into(),
            equation: "pre: w += η (x_post − 2 ρ₀ τ); post: w += η x_pre".into(),
            citation: "Vogels, Sprekeler, Zenke, Clopath and Gerstner, Science 334, 2011".into(),
            parameters: vec![
                (Parameter::LearningRate, self.learning_rate),
                (Parameter::TauPlus, self.tau_ms),
                (Parameter::TargetRate, self.target_hz),
            ],
        }
    }

    fn check(&self) -> Result<()> {
        check_not_negative("learning_rate", self.learning_rate)?;
        check_positive("tau_ms", self.tau_ms)?;
        check_not_negative("target_hz", self.target_hz)?;
        self.largest_weight.map_or(Ok(()), |largest| check_positive("largest_weight", largest))
    }

    fn start(&self, weight: f64) -> Box<dyn Plastic> {
        let trace = || Trace::new(self.tau_ms, Accumulation::Sum);
        Box::new(InhibitorySynapse { rule: self.clone(), weight, pre: trace(), post: trace() })
    }

    fn boxed(&self) -> Box<dyn SynapticRule> {
        Box::new(self.clone())
    }

    fn with(&self, parameter: Parameter, value: f64) -> Option<Box<dyn SynapticRule>> {
        let mut rule = self.clone();
        *match parameter {
            Parameter::LearningRate => &mut rule.learning_rate,
            Parameter::TauPlus => &mut rule.tau_ms,
            Parameter::TargetRate => &mut rule.target_hz,
            _ => return None,
        } = value;
        Some(Box::new(rule))
    }
}

/// One inhibitory synapse at work.
#[derive(Debug)]
struct InhibitorySynapse {
    rule: InhibitoryStdp,
    weight: f64,
    pre: Trace,
    post: Trace,
}

impl Plastic for InhibitorySynapse {
    fn spike(&mut self, time_ms: f64, side: Side) {
        let change = match side {
            Side::Pre => self.post.read(time_ms) - self.rule.alpha(),
            Side::Post => self.pre.read(time_ms),
        };
        let largest = self.rule.largest_weight.unwrap_or(f64::INFINITY);
        self.weight = (self.weight + self.rule.learning_rate * change).clamp(0.0, largest);
        match side {
            Side::Pre => self.pre.spike(time_ms),
            Side::Post => self.post.spike(time_ms),
        }
    }

    fn weight(&self) -> f64 {
        self.weight
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::super::Protocol;
    use super::*;
    use crate::random;

    #[test]
    fn single_pairs_by_hand() {
        let expected = [0.008799500012, 0.004865306597, 0.002478794412, 0.0001533528324];
        for (delta_ms, expected) in [0.001, 10.0, 20.0, 40.0].into_iter().zip(expected) {
            let pair = Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 1 };
            let change = InhibitoryStdp::default().weight_change(&pair).unwrap();
            assert!((change - expected).abs() < 1e-11, "{change} {expected}");
        }
    }

    #[test]
    fn the_window_is_symmetric() {
        let change = |delta_ms| {
            let pair = Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 1 };
            InhibitoryStdp::default().weight_change(&pair).unwrap()
        };
        assert!((change(7.0) - change(-7.0)).abs() < 1e-15);
    }

    /// A neuron that fires at 40 Hz less what a Poisson inhibition of 20 Hz takes, 30 Hz for each
    /// unit of weight.
    #[test]
    fn it_drives_the_rate_to_the_target() {
        let rule = InhibitoryStdp { target_hz: 5.0, ..InhibitoryStdp::default() };
        let mut synapse = rule.start(0.0);
        let mut rng = random::stream(2, "vogels");
        let (mut late, step_ms, steps) = (0, 1.0, 600_000);
        for at in 0..steps {
            let time_ms = f64::from(at) * step_ms;
            let rate_hz = (40.0 - 30.0 * synapse.weight()).max(0.0);
            if rng.r#gen::<f64>() < 20.0 * step_ms / 1000.0 {
                synapse.spike(time_ms, Side::Pre);
            }
            if rng.r#gen::<f64>() < rate_hz * step_ms / 1000.0 {
                synapse.spike(time_ms, Side::Post);
                late += i32::from(at >= steps / 2);
            }
        }
        let rate_hz = f64::from(late) / (f64::from(steps) / 2.0 * step_ms / 1000.0);
        assert!((rate_hz - 5.0).abs() < 0.5, "{rate_hz}");
    }
}

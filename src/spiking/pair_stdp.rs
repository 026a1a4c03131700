//! Spike-timing-dependent plasticity of pairs (STDP).
//!
//! A pre spike before a post spike potentiates the synapse; the reverse order depresses it. Both
//! effects fade with the time between the spikes. With Δt = t_post − t_pre, Δw is A₊ e^(−Δt/τ₊) for
//! Δt > 0, −A₋ e^(Δt/τ₋) for Δt < 0, and 0 for coincident spikes.
//!
//! Sources: Bi and Poo, J. Neurosci. 18 (1998), for the window; Morrison, Diesmann and Gerstner,
//! Biol. Cybern. 98 (2008), for which spikes pair; Gütig, Aharonov, Rotter and Sompolinsky,
//! J. Neurosci. 23 (2003), for how the change depends on the weight.

use serde::{Deserialize, Serialize};

use super::pair_synapse::PairSynapse;
use super::{Parameter, Plastic, ProjectionRule, SynapticAbout, SynapticRule};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// Which spikes of the two neurons pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pairing {
    /// Every spike with all earlier spikes of the other side.
    #[default]
    AllToAll,
    /// Every spike with the latest earlier spike of the other side (symmetric nearest neighbour).
    Nearest,
    /// A post spike with all pre spikes since the post spike before; a pre spike with the latest
    /// post spike (presynaptic-centred nearest neighbour).
    PreCentred,
    /// Only immediate neighbours: each spike is used once in each direction (reduced symmetric).
    ImmediateNeighbours,
}

impl Pairing {
    /// All schemes.
    pub const ALL: [Self; 4] =
        [Self::AllToAll, Self::Nearest, Self::PreCentred, Self::ImmediateNeighbours];
}

/// How the change depends on the weight, u = w / w_max.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum WeightDependence {
    /// No dependence.
    #[default]
    Additive,
    /// Potentiation × (1 − u), depression × u.
    Multiplicative,
    /// Potentiation without dependence, depression × u (van Rossum, Bi and Turrigiano 2000).
    VanRossum,
    /// Potentiation × (1 − u)^μ, depression × u^μ (Gütig et al. 2003).
    Power(f64),
}

impl WeightDependence {
    /// The exponents of potentiation and depression.
    pub(super) fn exponents(self) -> (f64, f64) {
        match self {
            Self::Additive => (0.0, 0.0),
            Self::Multiplicative => (1.0, 1.0),
            Self::VanRossum => (0.0, 1.0),
            Self::Power(mu) => (mu, mu),
        }
    }
}

/// Pair-based STDP.
///
/// ```
/// use microlearners::spiking::{PairStdp, Protocol, SynapticRule};
///
/// let rule = PairStdp::default();
/// let once = |delta_ms| Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 1 };
/// assert!((rule.weight_change(&once(10.0))? - rule.window(10.0)).abs() < 1e-12);
/// assert!((rule.weight_change(&once(-10.0))? - rule.window(-10.0)).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PairStdp {
    /// A₊, in units of the largest weight, or of weight where there is none; default 0.01.
    pub potentiation: f64,
    /// A₋, in the same units, at least 0; default 0.0105.
    pub depression: f64,
    /// τ₊ in ms; default 20.
    pub tau_plus_ms: f64,
    /// τ₋ in ms; default 20.
    pub tau_minus_ms: f64,
    /// Which spikes pair; default all to all.
    pub pairing: Pairing,
    /// How the change depends on the weight; default additive.
    pub dependence: WeightDependence,
    /// w_max: the weight is kept in [0, w_max]. Without it the weight is unbounded, which only the
    /// additive rule can be; this is the default, and what a fit to relative changes needs.
    pub largest_weight: Option<f64>,
}

impl Default for PairStdp {
    fn default() -> Self {
        Self {
            potentiation: 0.01,
            depression: 0.0105,
            tau_plus_ms: 20.0,
            tau_minus_ms: 20.0,
            pairing: Pairing::AllToAll,
            dependence: WeightDependence::Additive,
            largest_weight: None,
        }
    }
}

impl PairStdp {
    /// Δw of one pair at Δt = t_post − t_pre in ms, without the dependence on the weight.
    pub fn window(&self, delta_ms: f64) -> f64 {
        if delta_ms > 0.0 {
            self.potentiation * (-delta_ms / self.tau_plus_ms).exp()
        } else if delta_ms < 0.0 {
            -self.depression * (delta_ms / self.tau_minus_ms).exp()
        } else {
            0.0
        }
    }

    /// The area under the window, A₊τ₊ − A₋τ₋ in ms: its sign is that of the drift of the
    /// all-to-all rule under independent Poisson spikes.
    pub fn window_area_ms(&self) -> f64 {
        self.potentiation * self.tau_plus_ms - self.depression * self.tau_minus_ms
    }

    /// The expected change of a weight per second under independent Poisson trains at `pre_hz` and
    /// `post_hz`, exact for each pairing scheme away from the bounds.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule is refused or a rate is negative.
    pub fn drift_per_s(&self, pre_hz: f64, post_hz: f64, weight: f64) -> Result<f64> {
        self.check()?;
        check_not_negative("pre_hz", pre_hz)?;
        check_not_negative("post_hz", post_hz)?;
        // Rates per ms from here; what a spike of one side reads of the other on average.
        let (pre, post) = (pre_hz / 1000.0, post_hz / 1000.0);
        let read = |own: f64, ended_by: f64, tau: f64| own * tau / (1.0 + ended_by * tau);
        let (tau_plus, tau_minus) = (self.tau_plus_ms, self.tau_minus_ms);
        let (by_pre, by_post) = match self.pairing {
            Pairing::AllToAll => (read(pre, 0.0, tau_plus), read(post, 0.0, tau_minus)),
            Pairing::Nearest => (read(pre, pre, tau_plus), read(post, post, tau_minus)),
            Pairing::PreCentred => (read(pre, post, tau_plus), read(post, post, tau_minus)),
            Pairing::ImmediateNeighbours => {
                (read(pre, pre + post, tau_plus), read(post, pre + post, tau_minus))
            }
        };
        let (up, down) = self.steps_at(weight);
        Ok(post_hz * up * by_pre - pre_hz * down * by_post)
    }

    /// By how much a fresh pair potentiates and depresses at this weight.
    pub(super) fn steps_at(&self, weight: f64) -> (f64, f64) {
        let largest = self.largest_weight.unwrap_or(1.0);
        // Without a largest weight the exponents are 0, and anything to the power 0 is 1.
        let share = (weight / largest).clamp(0.0, 1.0);
        let (up, down) = self.dependence.exponents();
        let potentiation = largest * self.potentiation * (1.0 - share).powf(up);
        (potentiation, largest * self.depression * share.powf(down))
    }
}

impl SynapticRule for PairStdp {
    fn about(&self) -> SynapticAbout {
        SynapticAbout {
            name: "pair_stdp".into(),
            summary: "Pre before post potentiates and post before pre depresses, pair by pair."
                .into(),
            equation: "Δw = A₊ exp(−Δt/τ₊) for Δt > 0, −A₋ exp(Δt/τ₋) for Δt < 0".into(),
            citation: "Morrison, Diesmann and Gerstner, Biol. Cybern. 98, 2008".into(),
            parameters: vec![
                (Parameter::PotentiationByPairs, self.potentiation),
                (Parameter::DepressionByPairs, self.depression),
                (Parameter::TauPlus, self.tau_plus_ms),
                (Parameter::TauMinus, self.tau_minus_ms),
            ],
        }
    }

    fn check(&self) -> Result<()> {
        check_not_negative("potentiation", self.potentiation)?;
        check_not_negative("depression", self.depression)?;
        check_positive("tau_plus_ms", self.tau_plus_ms)?;
        check_positive("tau_minus_ms", self.tau_minus_ms)?;
        if let WeightDependence::Power(mu) = self.dependence {
            check_not_negative("dependence", mu)?;
        }
        match self.largest_weight {
            Some(largest) => check_positive("largest_weight", largest),
            None if self.dependence != WeightDependence::Additive => Err(Error::setting(
                "largest_weight",
                "none",
                "a dependence on the weight needs one; give Some(1.0)",
            )),
            None => Ok(()),
        }
    }

    fn start(&self, weight: f64) -> Box<dyn Plastic> {
        Box::new(PairSynapse::new(self.clone(), weight))
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
            _ => return None,
        } = value;
        Some(Box::new(rule))
    }

    fn amplitudes(&self) -> Vec<Parameter> {
        match self.largest_weight {
            None => vec![Parameter::PotentiationByPairs, Parameter::DepressionByPairs],
            Some(_) => Vec::new(),
        }
    }

    fn for_network(&self) -> Option<Box<dyn ProjectionRule>> {
        Some(self.boxed_rule())
    }

    /// Half of the largest weight, or 1 without one.
    fn initial_weight(&self) -> f64 {
        self.largest_weight.map_or(1.0, |largest| largest / 2.0)
    }
}

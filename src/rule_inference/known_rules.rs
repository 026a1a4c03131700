//! Rules whose equation is known, to try the inference on.

use serde::{Deserialize, Serialize};

use super::basis::{Basis, Powers};
use super::monomial::{Monomial, Trace};
use super::rule::PlasticityRule;
use super::simulation::FactorSource;

/// A classical plasticity rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum KnownRule {
    /// Hebbian growth with decay: Δw = η pre post − λ w.
    Hebb {
        /// η.
        rate: f64,
        /// λ.
        decay: f64,
    },
    /// Oja 1982, doi 10.1007/BF00275687: Δw = η post (pre − post w).
    Oja {
        /// η.
        rate: f64,
    },
    /// Bienenstock, Cooper & Munro 1982, with the threshold of Intrator & Cooper 1992:
    /// Δw = η pre post (post − θ), where θ is the running mean of post².
    Bcm {
        /// η.
        rate: f64,
        /// Of θ, in steps.
        time_constant: f64,
    },
    /// Kolen & Pollack's rule for forward and feedback weights alike: Δw = η factor pre − λ w,
    /// where the factor is the error of the output.
    KolenPollack {
        /// η.
        rate: f64,
        /// λ.
        decay: f64,
    },
    /// Reward-modulated Hebbian learning: Δw = η factor pre post, where the factor is a reward.
    RewardHebb {
        /// η.
        rate: f64,
    },
    /// The covariance rule, with the mean of post as its threshold: Δw = η pre (post − ⟨post⟩).
    Covariance {
        /// η.
        rate: f64,
        /// Of ⟨post⟩, in steps.
        time_constant: f64,
    },
    /// Presynaptically gated learning: Δw = η pre (post − w).
    PresynapticallyGated {
        /// η.
        rate: f64,
    },
    /// Anti-Hebbian learning: Δw = −η pre post.
    AntiHebb {
        /// η.
        rate: f64,
    },
}

impl KnownRule {
    /// One of each kind, with rates at which networks of the default simulation stay stable.
    pub fn all() -> Vec<Self> {
        vec![
            Self::Hebb { rate: 0.01, decay: 0.02 },
            Self::Oja { rate: 0.05 },
            Self::Bcm { rate: 0.02, time_constant: 10.0 },
            Self::KolenPollack { rate: 0.05, decay: 0.02 },
            Self::RewardHebb { rate: 0.02 },
            Self::Covariance { rate: 0.01, time_constant: 10.0 },
            Self::PresynapticallyGated { rate: 0.005 },
            Self::AntiHebb { rate: 0.02 },
        ]
    }

    /// Such as `Oja`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hebb { .. } => "Hebb with decay",
            Self::Oja { .. } => "Oja",
            Self::Bcm { .. } => "BCM",
            Self::KolenPollack { .. } => "Kolen-Pollack",
            Self::RewardHebb { .. } => "reward-modulated Hebb",
            Self::Covariance { .. } => "covariance",
            Self::PresynapticallyGated { .. } => "presynaptically gated",
            Self::AntiHebb { .. } => "anti-Hebb",
        }
    }

    /// Its equation.
    pub fn rule(&self) -> PlasticityRule {
        let term = Monomial::new;
        let hebb = || term(1, 1, 0);
        let trace = |post, time_constant| vec![Trace { post, time_constant, ..Trace::default() }];
        let (terms, traces) = match *self {
            Self::Hebb { rate, decay } => (vec![(hebb(), rate), (term(0, 0, 1), -decay)], vec![]),
            Self::Oja { rate } => (vec![(hebb(), rate), (term(0, 2, 1), -rate)], vec![]),
            Self::Bcm { rate, time_constant } => (
                vec![(term(1, 2, 0), rate), (hebb().times_trace(0), -rate)],
                trace(2, time_constant),
            ),
            Self::KolenPollack { rate, decay } => {
                (vec![(term(1, 0, 0).times_factor(), rate), (term(0, 0, 1), -decay)], vec![])
            }
            Self::RewardHebb { rate } => (vec![(hebb().times_factor(), rate)], vec![]),
            Self::Covariance { rate, time_constant } => (
                vec![(hebb(), rate), (term(1, 0, 0).times_trace(0), -rate)],
                trace(1, time_constant),
            ),
            Self::PresynapticallyGated { rate } => {
                (vec![(hebb(), rate), (term(1, 0, 1), -rate)], vec![])
            }
            Self::AntiHebb { rate } => (vec![(hebb(), -rate)], vec![]),
        };
        PlasticityRule { terms, traces }
    }

    /// 50 candidate terms for it: all up to degree 4 of pre, post, weight, and the running means of
    /// post and post²; 81 with its third factor. The means have the rule's own time constant, or
    /// 10 steps if it has none.
    pub fn candidates(&self) -> Basis {
        let time_constant = match *self {
            Self::Bcm { time_constant, .. } | Self::Covariance { time_constant, .. } => {
                time_constant
            }
            _ => Trace::default().time_constant,
        };
        let traces = [1, 2].map(|post| Trace { post, time_constant, ..Trace::default() });
        let factor = u32::from(self.factor() != FactorSource::None);
        Basis::new(&Powers { factor, degree: 4, ..Powers::default() }, &traces)
    }

    /// Where its third factor comes from.
    pub fn factor(&self) -> FactorSource {
        match self {
            Self::KolenPollack { .. } => FactorSource::Error,
            Self::RewardHebb { .. } => FactorSource::Reward,
            _ => FactorSource::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_those_of_the_literature() {
        let equation = |known: KnownRule| known.rule().to_string();
        let bcm = KnownRule::Bcm { rate: 0.02, time_constant: 5.0 };
        assert_eq!(equation(bcm), "Δw = 0.0200 pre post² − 0.0200 ⟨post²⟩₅ pre post");
        let covariance = KnownRule::Covariance { rate: 0.01, time_constant: 20.0 };
        assert_eq!(equation(covariance), "Δw = 0.0100 pre post − 0.0100 ⟨post⟩₂₀ pre");
        let kolen = KnownRule::KolenPollack { rate: 0.05, decay: 0.02 };
        assert_eq!(equation(kolen), "Δw = 0.0500 factor pre − 0.0200 w");
        assert!(KnownRule::all().iter().all(|known| known.rule().check().is_ok()));
    }

    #[test]
    fn candidates_contain_the_rule() {
        let slow = KnownRule::Bcm { rate: 0.02, time_constant: 30.0 };
        for known in KnownRule::all().into_iter().chain([slow]) {
            let candidates = known.candidates().names();
            assert_eq!(
                candidates.len(),
                if known.factor() == FactorSource::None { 50 } else { 81 }
            );
            assert!(known.rule().support().iter().all(|name| candidates.contains(name)));
        }
    }
}

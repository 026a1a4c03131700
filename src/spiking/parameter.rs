//! The numbers of synaptic rules that a fit may vary, under the names of their papers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of a synaptic rule that a fit may vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Parameter {
    /// A₊ of pairs, A₂⁺ of the triplet rule: potentiation by a pre-post pair.
    PotentiationByPairs,
    /// A₃⁺ of the triplet rule: potentiation by a post-pre-post triplet.
    PotentiationByTriplets,
    /// A₋ of pairs, A₂⁻ of the triplet rule: depression by a post-pre pair.
    DepressionByPairs,
    /// A₃⁻ of the triplet rule: depression by a pre-post-pre triplet.
    DepressionByTriplets,
    /// τ₊ in ms: how long a pre spike is remembered by potentiation.
    TauPlus,
    /// τ₋ in ms: how long a post spike is remembered by depression.
    TauMinus,
    /// τ_x in ms: how long a pre spike is remembered by further pre spikes.
    TauX,
    /// τ_y in ms: how long a post spike is remembered by further post spikes.
    TauY,
    /// τ_c in ms: how long a synapse stays eligible for reward.
    TauEligibility,
    /// τ_n in ms: the decay of dopamine.
    TauDopamine,
    /// η, the learning rate of inhibitory STDP.
    LearningRate,
    /// ρ₀ in Hz, the rate to which inhibitory STDP drives the neuron.
    TargetRate,
    /// τ_Ca in ms, the decay of calcium.
    TauCalcium,
    /// C_pre, the calcium of a pre spike, in units of the depression threshold.
    CalciumOfPre,
    /// C_post, the calcium of a post spike, in units of the depression threshold.
    CalciumOfPost,
    /// γ_p, the rate of potentiation.
    PotentiationRate,
    /// γ_d, the rate of depression.
    DepressionRate,
    /// A_LTP of the voltage rule in 1/mV².
    VoltagePotentiation,
    /// A_LTD of the voltage rule in 1/mV.
    VoltageDepression,
}

impl Parameter {
    /// Whether it is the size of a change, and no time or threshold.
    pub fn is_amplitude(self) -> bool {
        matches!(
            self,
            Self::PotentiationByPairs
                | Self::PotentiationByTriplets
                | Self::DepressionByPairs
                | Self::DepressionByTriplets
                | Self::LearningRate
                | Self::PotentiationRate
                | Self::DepressionRate
                | Self::VoltagePotentiation
                | Self::VoltageDepression
        )
    }

    /// Its symbol in the literature.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::PotentiationByPairs => "A2+",
            Self::PotentiationByTriplets => "A3+",
            Self::DepressionByPairs => "A2-",
            Self::DepressionByTriplets => "A3-",
            Self::TauPlus => "tau_plus",
            Self::TauMinus => "tau_minus",
            Self::TauX => "tau_x",
            Self::TauY => "tau_y",
            Self::TauEligibility => "tau_c",
            Self::TauDopamine => "tau_n",
            Self::LearningRate => "eta",
            Self::TargetRate => "rho_0",
            Self::TauCalcium => "tau_Ca",
            Self::CalciumOfPre => "C_pre",
            Self::CalciumOfPost => "C_post",
            Self::PotentiationRate => "gamma_p",
            Self::DepressionRate => "gamma_d",
            Self::VoltagePotentiation => "A_LTP",
            Self::VoltageDepression => "A_LTD",
        }
    }

    /// Its unit; empty for a number without one.
    pub fn unit(self) -> &'static str {
        match self {
            Self::TauPlus | Self::TauMinus | Self::TauX | Self::TauY => "ms",
            Self::TauEligibility | Self::TauDopamine | Self::TauCalcium => "ms",
            Self::TargetRate => "Hz",
            Self::VoltagePotentiation => "1/mV²",
            Self::VoltageDepression => "1/mV",
            _ => "",
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.symbol())?;
        if self.unit().is_empty() { Ok(()) } else { write!(f, " ({})", self.unit()) }
    }
}

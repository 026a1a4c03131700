//! How rules, protocols and fits show themselves, as text and under a notebook cell.

use std::fmt;

use super::{
    AdaptiveNeuron, CalciumOutcome, CalciumRule, ComparedPoint, Comparison, Cycle, DataPoint,
    Drift, FitIntervals, Fitted, FittedParameter, Homeostasis, InhibitoryStdp, Interaction,
    NamedRule, NeuronAtWork, PairStdp, PairedTrains, Pairing, Parameter, PlasticityData,
    PoissonTrials, Protocol, ProtocolChange, RewardStdp, RuleComparison, Side, SpikeTrain,
    SynapticAbout, TripletStdp, VoltageRule, VoltageSynapse, WeightDependence,
};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for SpikeTrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.times_ms().first(), self.times_ms().last()) {
            (Some(first), Some(last)) => {
                write!(f, "{} spikes from {first:.1} to {last:.1} ms", self.len())
            }
            _ => write!(f, "no spikes"),
        }
    }
}

impl fmt::Display for PairedTrains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pre: {}; post: {}", self.pre, self.post)
    }
}

impl fmt::Display for ComparedPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, data, sem, model } = self;
        write!(f, "{data:+.3} ± {sem:.3} measured, {model:+.3} predicted: {protocol}")
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E {:.3}, the mean of ((model − data) / s.e.m.)²", self.error)?;
        self.points.iter().try_for_each(|point| write!(f, "\n{point}"))
    }
}

impl fmt::Display for RuleComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.comparison)
    }
}

impl fmt::Display for ProtocolChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.3} by {}: {}", self.change, self.rule, self.protocol)
    }
}

impl fmt::Display for FittedParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.4e}", self.parameter, self.value)?;
        match self.interval {
            Some(of) => write!(f, ", 95 % interval {:.4e} to {:.4e}", of.low, of.high),
            None => write!(f, ", no interval"),
        }
    }
}

impl fmt::Display for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (error, points) = (self.comparison.error, self.comparison.points.len());
        write!(f, "E {error:.3} over {points} points")?;
        self.parameters.iter().try_for_each(|parameter| write!(f, "\n{parameter}"))
    }
}

impl fmt::Display for NamedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.rule.about().equation)
    }
}

show_as_text!(ComparedPoint, Comparison, Fitted, FittedParameter, NamedRule, PairedTrains);
show_as_text!(Parameter, Protocol, ProtocolChange, RuleComparison, SpikeTrain);
show_as_settings!(AdaptiveNeuron, CalciumOutcome, CalciumRule, Cycle, DataPoint, FitIntervals);
show_as_settings!(Drift, Homeostasis, InhibitoryStdp, Interaction, PairStdp, Pairing);
show_as_settings!(NeuronAtWork, PlasticityData, PoissonTrials, VoltageSynapse);
show_as_settings!(RewardStdp, Side, SynapticAbout, TripletStdp, VoltageRule, WeightDependence);

#[cfg(test)]
mod tests {
    use super::super::{FitIntervals, PairStdp, compare, fit};
    use super::*;

    #[test]
    fn values_read_as_sentences() {
        assert_eq!(SpikeTrain::default().to_string(), "no spikes");
        let trains = PairedTrains::new(&[1.0, 20.0], &[]).unwrap();
        assert_eq!(trains.to_string(), "pre: 2 spikes from 1.0 to 20.0 ms; post: no spikes");
        let data = PlasticityData::visual_cortex();
        let text = compare(&PairStdp::default(), &data).unwrap().to_string();
        assert_eq!(text.lines().count(), 11);
        assert!(text.contains("-0.040 ± 0.050 measured"), "{text}");
        let free = [Parameter::PotentiationByPairs, Parameter::DepressionByPairs];
        let text = fit(&PairStdp::default(), &free, &data, FitIntervals::Derivatives).unwrap();
        assert!(text.to_string().contains("A2+: "), "{text}");
    }
}

//! How experiments, identifications and their scores show themselves.

use std::fmt;

use super::{
    ChosenProtocol, ExperimentShare, IdentificationBin, IdentificationControls,
    IdentificationResults, IdentificationScore, IdentificationStudy, NamedProtocol,
    ProtocolBattery, ResponseDraws, RuleConfusion, RuleIdentification, RuleIdentifier, RulePair,
    RuleProbability, RuleResponses, SliceExperiment, SliceMeasurement, TellingProtocol,
    UnknownRule, UnknownRuleTest,
};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for ProtocolBattery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} protocols", self.len())?;
        self.protocols.iter().try_for_each(|one| write!(f, "\n{}", one.name))
    }
}

impl fmt::Display for ExperimentShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, experiments, share, interval } = self;
        let (low, high) = (interval.low, interval.high);
        write!(f, "{share:.3}, 95 % interval {low:.3} to {high:.3} ({count} of {experiments})")
    }
}

impl fmt::Display for IdentificationScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repeats, noise, protocols, .. } = self;
        write!(f, "{protocols} protocols, {repeats} repeats, noise {noise}: ")?;
        write!(f, "rule {}; family {}; ", self.right, self.family_right)?;
        let (bits, brier, error) = (self.bits, self.brier, self.calibration_error);
        write!(f, "{bits:.2} bits, Brier {brier:.3}, calibration error {error:.3}")
    }
}

impl fmt::Display for ChosenProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, bits_alone, score, random_accuracy } = self;
        write!(f, "{protocol}: {bits_alone:.2} bits alone; accuracy {}; ", score.right)?;
        write!(f, "in random order {random_accuracy:.3}")
    }
}

impl fmt::Display for RuleIdentification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p-value of the candidates {:.3}", self.p_value)?;
        let families = self.families.iter().map(|(name, q)| format!("{name} {q:.3}"));
        write!(f, "\nfamilies: {}", families.collect::<Vec<_>>().join(", "))?;
        let mut likely = self.rules.iter().filter(|one| one.probability >= 0.001);
        likely.try_for_each(|one| write!(f, "\n{one}"))
    }
}

impl fmt::Display for RuleProbability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, probability, distance } = self;
        write!(f, "{probability:.3} {rule}, squared distance {distance:.1}")
    }
}

impl fmt::Display for TellingProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, changes: [one, other], d_prime, repeats_needed } = self;
        write!(f, "{protocol}: {one:+.2} and {other:+.2}, d′ {d_prime:.2}, ")?;
        match repeats_needed {
            Some(repeats) => write!(f, "95 % with {repeats} repeats"),
            None => write!(f, "95 % with no number of repeats"),
        }
    }
}

impl fmt::Display for RulePair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rules: [one, other], right, best, .. } = self;
        write!(f, "{one} | {other}: {right}; best {best}")
    }
}

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: noticed {}", self.left_out, self.noticed)
    }
}

impl fmt::Display for UnknownRuleTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "false alarms at level {}: {}", self.level, self.false_alarms)?;
        let mut all = self.families.iter().chain(&self.rules);
        all.try_for_each(|one| write!(f, "\nwithout {one}"))
    }
}

impl fmt::Display for IdentificationControls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shuffled = self.shuffled.iter().sum::<f64>() / self.shuffled.len() as f64;
        writeln!(f, "noise and scatter: {}", self.noise_and_scatter.right)?;
        writeln!(f, "noise only: {}", self.noise_only.right)?;
        writeln!(f, "scatter only: {}", self.scatter_only.right)?;
        writeln!(f, "neither: {}", self.neither.right)?;
        write!(f, "shuffled labels: {shuffled:.3}, chance {:.3}", self.chance)
    }
}

impl fmt::Display for IdentificationResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = self.by_repeats.iter().chain(&self.by_noise);
        rows.try_for_each(|one| writeln!(f, "{one}"))?;
        write!(f, "{}", self.controls)
    }
}

impl fmt::Display for RuleConfusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = self.rules.iter().zip(&self.counts).enumerate();
        rows.try_for_each(|(at, (rule, counts))| {
            let total: u64 = counts.iter().sum();
            writeln!(f, "{rule}: {} of {total} right", counts[at])
        })
    }
}

impl fmt::Display for RuleResponses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rules, protocols, draws) = (self.rules.len(), self.battery.len(), self.draws);
        let (preparations, synapses) = (draws.preparations(), draws.synapses);
        write!(f, "{rules} rules, {protocols} protocols, {preparations} preparations, ")?;
        write!(f, "{synapses} synapses of each")
    }
}

impl fmt::Display for RuleIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an identifier by {}", self.responses())
    }
}

show_as_text!(ChosenProtocol, ExperimentShare, IdentificationControls, IdentificationResults);
show_as_text!(IdentificationScore, ProtocolBattery, RuleConfusion, RuleIdentification);
show_as_text!(RuleIdentifier, RulePair, RuleProbability, RuleResponses, TellingProtocol);
show_as_text!(UnknownRule, UnknownRuleTest);
show_as_settings!(IdentificationBin, IdentificationStudy, NamedProtocol, ResponseDraws);
show_as_settings!(SliceExperiment, SliceMeasurement);

#[cfg(test)]
mod tests {
    use super::super::testing::few_responses;
    use super::*;

    #[test]
    fn results_read_as_sentences() {
        let responses = few_responses();
        let text = responses.to_string();
        assert_eq!(text, "4 rules, 8 protocols, 84 preparations, 8 synapses of each");
        let identifier = RuleIdentifier::fit(&responses, 0).unwrap();
        let text = identifier.score(4, 0.25).unwrap().to_string();
        assert!(text.starts_with("8 protocols, 4 repeats, noise 0.25: rule "), "{text}");
        let text = identifier.unknown_rules(4, 0.25, 0.05).unwrap().to_string();
        assert!(text.contains("without pair_stdp: noticed"), "{text}");
    }
}

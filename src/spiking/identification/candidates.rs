//! The rules among which an experiment may identify one.

use super::super::{NamedRule, PairStdp, Pairing, SynapticRule, WeightDependence, synaptic_rules};

/// Rules that are no candidates: one is of inhibitory synapses, and the other changes nothing
/// without reward.
const NO_CANDIDATES: [&str; 2] = ["inhibitory_stdp", "reward_stdp"];

/// The catalogue's rules of excitatory synapses, each with its published parameter sets, and pair
/// STDP with a multiplicative dependence on the weight: 22 in four families.
///
/// The minimal triplet sets stand for BCM, to which they are equivalent under Poisson spikes.
///
/// ```
/// use microlearners::spiking::candidate_rules;
///
/// assert_eq!(candidate_rules().len(), 22);
/// ```
pub fn candidate_rules() -> Vec<NamedRule> {
    let mut rules = Vec::new();
    for (name, pairing) in [("all to all", Pairing::AllToAll), ("nearest", Pairing::Nearest)] {
        let (dependence, largest_weight) = (WeightDependence::Multiplicative, Some(1.0));
        let rule = PairStdp { pairing, dependence, largest_weight, ..PairStdp::default() };
        let name = format!("pair_stdp, {name}, multiplicative");
        rules.push(NamedRule { name, rule: Box::new(rule) });
    }
    let known = synaptic_rules().into_iter();
    rules.extend(known.filter(|one| !NO_CANDIDATES.contains(&one.rule.about().name.as_str())));
    // Families stand together.
    rules.sort_by_key(|one| family_place(one.rule.as_ref()));
    rules
}

fn family_place(rule: &dyn SynapticRule) -> usize {
    let families = ["pair_stdp", "triplet_stdp", "voltage_rule"];
    let name = rule.about().name;
    families.iter().position(|family| *family == name).unwrap_or(families.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_distinct_and_come_in_families() {
        let rules = candidate_rules();
        let mut families: Vec<String> = rules.iter().map(|one| one.rule.about().name).collect();
        families.dedup();
        assert_eq!(families, ["pair_stdp", "triplet_stdp", "voltage_rule", "calcium_rule"]);
        for (at, one) in rules.iter().enumerate() {
            one.rule.check().unwrap();
            assert!(rules[..at].iter().all(|other| other.name != one.name), "{}", one.name);
        }
    }
}

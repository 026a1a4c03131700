//! Which rules cannot be distinguished, and by which protocol they could.

use super::identifier::RuleIdentifier;
use super::score::ExperimentShare;
use crate::statistics::normal_quantile;
use crate::{Error, Result};

/// More repeats than this are not counted.
const MOST_REPEATS: usize = 10_000;

/// How well one protocol alone distinguishes two rules.
#[derive(Debug, Clone, PartialEq)]
pub struct TellingProtocol {
    /// The protocol.
    pub protocol: String,
    /// The mean change under the first rule and under the second.
    pub changes: [f64; 2],
    /// d′, their difference in units of the standard deviation of a measured change.
    pub d_prime: f64,
    /// The repeats with which one protocol identifies 95 % of experiments of the two rules; none
    /// where scatter over preparations makes that impossible.
    pub repeats_needed: Option<usize>,
}

/// How well two rules are distinguished by all protocols.
#[derive(Debug, Clone, PartialEq)]
pub struct RulePair {
    /// The names of the rules.
    pub rules: [String; 2],
    /// Whether the two belong to one family.
    pub within_family: bool,
    /// Held-out experiments of both whose more probable rule of the two is the true one; chance is
    /// one half.
    pub right: ExperimentShare,
    /// The protocol of the battery that tells them apart best alone.
    pub best: TellingProtocol,
}

impl RuleIdentifier {
    /// Every pair of rules, the least distinguished first.
    ///
    /// # Errors
    /// As [`RuleIdentifier::score`].
    pub fn rule_pairs(&self, repeats: usize, noise: f64) -> Result<Vec<RulePair>> {
        let judged = self.judge_held_out(repeats, noise)?;
        let families = &self.responses.families;
        let mut pairs = Vec::new();
        for second in 0..self.rules().len() {
            for first in 0..second {
                let of_pair = judged.truth.iter().zip(&judged.evidence).filter_map(|(at, of)| {
                    let (one, other) = (of[first].log_density, of[second].log_density);
                    match *at {
                        at if at == first => Some(one > other),
                        at if at == second => Some(other > one),
                        _ => None,
                    }
                });
                let right = ExperimentShare::of(of_pair);
                let best = self.telling([first, second], repeats, noise).swap_remove(0);
                pairs.push(RulePair {
                    rules: [first, second].map(|at| self.rules()[at].clone()),
                    within_family: families[first] == families[second],
                    right,
                    best,
                });
            }
        }
        pairs.sort_by(|one, other| one.right.share.total_cmp(&other.right.share));
        Ok(pairs)
    }

    /// The protocols of the battery by how well each alone distinguishes two rules, best first. An
    /// identifier of a larger battery answers by which further protocol they could be.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such rule; as [`RuleIdentifier::score`].
    pub fn telling_protocols(
        &self,
        rules: [&str; 2],
        repeats: usize,
        noise: f64,
    ) -> Result<Vec<TellingProtocol>> {
        self.error(repeats, noise)?;
        let place = |name: &str| {
            self.rules().iter().position(|rule| rule == name).ok_or_else(|| Error::UnknownName {
                kind: "candidate rule",
                name: name.into(),
                known: self.rules().to_vec(),
            })
        };
        Ok(self.telling([place(rules[0])?, place(rules[1])?], repeats, noise))
    }

    fn telling(&self, rules: [usize; 2], repeats: usize, noise: f64) -> Vec<TellingProtocol> {
        let moments = rules.map(|at| &self.moments[at]);
        let of = |at: usize| {
            let changes = moments.map(|one| one.mean[at]);
            let mean_of = |values: [f64; 2]| (values[0] + values[1]) / 2.0;
            let between = mean_of(moments.map(|one| one.between(at)));
            let within = mean_of(moments.map(|one| one.within[at])) + noise * noise;
            let difference = (changes[0] - changes[1]).abs();
            let variance = between + within / repeats as f64;
            // Two equal changes are not distinguished, however small the variance.
            let d_prime = if difference > 0.0 { difference / variance.sqrt() } else { 0.0 };
            let protocol = self.responses.battery.protocols[at].name.clone();
            let repeats_needed = repeats_needed(difference, between, within);
            TellingProtocol { protocol, changes, d_prime, repeats_needed }
        };
        let mut all: Vec<TellingProtocol> = (0..self.responses.battery.len()).map(of).collect();
        all.sort_by(|one, other| other.d_prime.total_cmp(&one.d_prime));
        all
    }
}

/// The repeats n at which Φ(d′/2) reaches 95 %, d′² = difference² / (between + within/n).
fn repeats_needed(difference: f64, between: f64, within: f64) -> Option<usize> {
    let needed = (difference / (2.0 * normal_quantile(0.95))).powi(2) - between;
    let repeats = (within / needed).ceil().max(1.0);
    (needed > 0.0 && repeats <= MOST_REPEATS as f64).then_some(repeats as usize)
}

#[cfg(test)]
mod tests {
    use super::super::testing::few_responses;
    use super::*;

    #[test]
    fn repeats_needed_by_hand() {
        // Φ(1.645) is 95 %, so a difference of 3.29 standard errors is needed.
        let needed = 2.0 * normal_quantile(0.95);
        assert_eq!(repeats_needed(needed, 0.0, 3.999), Some(4));
        assert_eq!(repeats_needed(needed, 0.5, 1.999), Some(4));
        assert_eq!(repeats_needed(needed, 1.0, 1.0), None);
        assert_eq!(repeats_needed(0.0, 0.0, 1.0), None);
    }

    #[test]
    fn pairs_come_with_the_protocol_that_tells_most() {
        let identifier = RuleIdentifier::fit(&few_responses(), 1).unwrap();
        let pairs = identifier.rule_pairs(8, 0.25).unwrap();
        assert_eq!(pairs.len(), 6);
        assert!(pairs.windows(2).all(|two| two[0].right.share <= two[1].right.share));
        assert_eq!(pairs.iter().filter(|pair| pair.right.experiments == 80).count(), 6);
        let found = identifier.telling_protocols(["pair", "calcium"], 8, 0.25).unwrap();
        assert_eq!(found.len(), 8);
        assert!(found[0].d_prime >= found[7].d_prime && found[0].d_prime > 2.0);
        let same = identifier.telling_protocols(["pair", "pair"], 8, 0.25).unwrap();
        assert_eq!((same[0].d_prime, same[0].repeats_needed), (0.0, None));
        assert!(identifier.telling_protocols(["pair", "other"], 8, 0.25).is_err());
    }
}

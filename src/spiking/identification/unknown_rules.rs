//! "None of these": does a rule that is no candidate stand out, and how often does a candidate?

use super::experiments::Judged;
use super::identifier::{RuleIdentifier, p_value};
use super::score::ExperimentShare;
use crate::error::check_below_one;
use crate::{Error, Result};

/// How often experiments of a rule are noticed to be of none of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownRule {
    /// The rule or the family that was left out of the candidates.
    pub left_out: String,
    /// Its held-out experiments with a p-value of at most the level.
    pub noticed: ExperimentShare,
}

/// The test for "none of these".
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownRuleTest {
    /// The p-value at which an experiment counts as of none of the rules.
    pub level: f64,
    /// Held-out experiments of candidates that are so counted; the level, if the test holds.
    pub false_alarms: ExperimentShare,
    /// The rule with the most false alarms, which hold on average over rules only.
    pub most_false_alarms: UnknownRule,
    /// For each rule: it alone is left out of the candidates.
    pub rules: Vec<UnknownRule>,
    /// For each family: all its rules are left out.
    pub families: Vec<UnknownRule>,
}

impl RuleIdentifier {
    /// Tests the p-value: its false alarms on held-out experiments of candidates, and how often it
    /// notices experiments of a rule that is left out.
    ///
    /// # Errors
    /// As [`RuleIdentifier::score`]; [`Error::Setting`] if the level is not in `[0, 1)`;
    /// [`Error::Samples`] if all rules are of one family.
    pub fn unknown_rules(&self, repeats: usize, noise: f64, level: f64) -> Result<UnknownRuleTest> {
        check_below_one("level", level)?;
        let error = self.error(repeats, noise)?;
        let draws = self.responses.draws;
        let gaussians = self.gaussians(&error, &self.all_protocols())?;
        let judge = |preparations| self.experiments(preparations, &error).judge(&gaussians);
        let both = Both {
            null: judge(draws.chosen_by_places()),
            tested: judge(draws.held_out_places()),
            level,
        };
        let families = &self.responses.families;
        let count = self.rules().len();
        if families.iter().all(|family| *family == families[0]) {
            let problem = "all rules are of one family; add a rule of another, or nothing is left \
                           when a family is left out";
            return Err(Error::Samples(problem.into()));
        }
        let all = vec![true; count];
        let of_rule = |rule: usize, known: &[bool]| UnknownRule {
            left_out: self.rules()[rule].clone(),
            noticed: both.noticed(known, |truth| truth == rule),
        };
        let alarms: Vec<UnknownRule> = (0..count).map(|rule| of_rule(rule, &all)).collect();
        let without = |rule: usize| (0..count).map(|at| at != rule).collect::<Vec<bool>>();
        let rules = (0..count).map(|rule| of_rule(rule, &without(rule))).collect();
        let mut names = families.clone();
        names.dedup();
        let of_family = |family: &String| {
            let known: Vec<bool> = families.iter().map(|of| of != family).collect();
            let noticed = both.noticed(&known, |truth| families[truth] == *family);
            UnknownRule { left_out: family.clone(), noticed }
        };
        let worse = |best: UnknownRule, one: UnknownRule| {
            if one.noticed.share > best.noticed.share { one } else { best }
        };
        let first = alarms[0].clone();
        Ok(UnknownRuleTest {
            level,
            false_alarms: both.noticed(&all, |_| true),
            most_false_alarms: alarms.into_iter().fold(first, worse),
            rules,
            families: names.iter().map(of_family).collect(),
        })
    }
}

/// Experiments that give the null distribution, and those that are tested.
struct Both {
    null: Judged,
    tested: Judged,
    level: f64,
}

impl Both {
    /// Tested experiments of some rules with a small p-value; only the `known` are candidates.
    fn noticed(&self, known: &[bool], is_tested: impl Fn(usize) -> bool) -> ExperimentShare {
        let of_known = (0..self.null.truth.len()).filter(|&row| known[self.null.truth[row]]);
        let null: Vec<f64> = of_known.map(|row| self.null.distance_from_best(row, known)).collect();
        let tested = (0..self.tested.truth.len()).filter(|&row| is_tested(self.tested.truth[row]));
        let noticed =
            |row: usize| p_value(self.tested.distance_from_best(row, known), &null) <= self.level;
        ExperimentShare::of(tested.map(noticed))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::few_responses;
    use super::*;

    #[test]
    fn false_alarms_keep_their_level_and_other_rules_are_noticed() {
        let identifier = RuleIdentifier::fit(&few_responses(), 1).unwrap();
        let test = identifier.unknown_rules(8, 0.1, 0.05).unwrap();
        let alarms = test.false_alarms;
        assert!(alarms.interval.low < 0.05 && 0.05 < alarms.interval.high, "{alarms:?}");
        assert_eq!((test.rules.len(), test.families.len()), (4, 3));
        // The third rule is close to pair STDP on pairs alone, within the scatter of preparations.
        for one in &test.rules[..2] {
            assert!(one.noticed.share > 0.5, "{one:?}");
        }
        let never = identifier.unknown_rules(8, 0.1, 0.0).unwrap();
        assert_eq!(never.false_alarms.count, 0);
        assert!(identifier.unknown_rules(8, 0.1, 1.0).is_err());
    }

    #[test]
    fn p_values_count_the_observed_value_in() {
        assert_eq!(p_value(5.0, &[1.0, 2.0, 3.0]), 0.25);
        assert_eq!(p_value(0.0, &[1.0, 2.0, 3.0]), 1.0);
    }
}

//! An equation, with what is known about each of its terms.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::monomial::{Monomial, Trace};
use super::rule::{PlasticityRule, digits};
use super::selection::SizeError;
use super::sums::Formulation;
use crate::statistics::Interval;

/// A term of an inferred rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InferredTerm {
    /// Such as `pre post`.
    pub name: String,
    /// The same as powers.
    pub monomial: Monomial,
    /// The sum of its powers; a trace counts as many as its inner powers.
    pub order: u32,
    /// Its coefficient.
    pub coefficient: f64,
    /// Of the coefficient: the middle 95 % of draws of networks with replacement, for the chosen
    /// terms. It contains neither the choice of terms nor a bias by noise of activity.
    pub interval: Interval,
    /// In what share of the draws the term is among the best of as many as the rule has.
    pub selected: f64,
    /// The variance inflation: 1 if the term is orthogonal to all other candidates, infinite if
    /// these make it up.
    pub inflation: f64,
    /// Candidates that could stand in its place and predict held-out networks as well.
    pub alternatives: Vec<String>,
}

/// What [`InferRule`](super::InferRule) makes of recordings.
///
/// It displays as its equation, and a line for each term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InferredRule {
    /// The terms, in the order of the basis; none if nothing beats no plasticity.
    pub terms: Vec<InferredTerm>,
    /// The traces of the basis.
    pub traces: Vec<Trace>,
    /// How observed weights were regressed; none if only activity was.
    pub formulation: Option<Formulation>,
    /// The share of what changes in held-out networks that the rule predicts: of squared changes,
    /// of squared paths of weights, or of the squared activity that constant weights leave.
    pub explained: f64,
    /// The errors on held-out networks of the best rules of every size.
    pub sizes: Vec<SizeError>,
    /// Candidates that were ever among the best in a draw of networks, and in what share of the
    /// draws; the most frequent first.
    pub frequencies: Vec<(String, f64)>,
    /// Groups of candidates of which a weighted sum is 0 throughout these data, so that no number
    /// of such recordings could distinguish them.
    pub indistinguishable: Vec<Vec<String>>,
    /// Candidates that are 0 throughout, so that nothing is known of them.
    pub absent: Vec<String>,
    /// The number of recordings.
    pub recordings: usize,
}

impl InferredRule {
    /// The equation alone.
    pub fn rule(&self) -> PlasticityRule {
        let terms = self.terms.iter().map(|term| (term.monomial.clone(), term.coefficient));
        PlasticityRule { terms: terms.collect(), traces: self.traces.clone() }
    }
}

impl fmt::Display for InferredRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.rule())?;
        let percent = 100.0 * self.explained;
        write!(f, "explains {percent:.1} % in held-out networks ({} recordings)", self.recordings)?;
        for InferredTerm { name, interval, selected, alternatives, .. } in &self.terms {
            let [low, high] = [interval.low, interval.high].map(signed);
            write!(
                f,
                "\n{name}: 95 % interval {low} to {high}, selected in {:.0} %",
                100.0 * selected
            )?;
            if !alternatives.is_empty() {
                write!(f, "; could also be {}", alternatives.join(" or "))?;
            }
        }
        Ok(())
    }
}

fn signed(value: f64) -> String {
    format!("{}{}", if value < 0.0 { "−" } else { "" }, digits(value.abs(), 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_displays_as_equation_and_lines() {
        let term = InferredTerm {
            name: "pre post".into(),
            monomial: Monomial::new(1, 1, 0),
            order: 2,
            coefficient: -0.02,
            interval: Interval { low: -0.021, high: -0.019 },
            selected: 1.0,
            inflation: 2.0,
            alternatives: vec!["pre² post".into()],
        };
        let mut rule = InferredRule {
            terms: vec![term],
            traces: vec![],
            formulation: None,
            explained: 0.987,
            sizes: vec![],
            frequencies: vec![],
            indistinguishable: vec![],
            absent: vec![],
            recordings: 12,
        };
        let expected = "Δw = −0.0200 pre post\nexplains 98.7 % in held-out networks (12 recordings)\n\
            pre post: 95 % interval −0.02100 to −0.01900, selected in 100 %; could also be pre² post";
        assert_eq!(rule.to_string(), expected);
        rule.terms.clear();
        assert!(rule.to_string().starts_with("Δw = 0\n"));
    }
}

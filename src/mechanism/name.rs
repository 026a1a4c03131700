//! A name for what was measured: questions in a fixed order, each with its reason.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Measures;
use crate::display::show_as_text;

/// A cosine or a share of one that only rounding keeps from 1.
const EXACT: f64 = 0.9999;

/// Below so much movement in a step, feedback stays as it is.
const STILL: f64 = 3e-5;

/// So many times what noise makes of feedback weights that stay as they are.
const MOVES_BY_CHANCE: f64 = 1.2;

/// So many standard errors are no chance.
const SURE: f64 = 4.0;

/// By so much of itself the share of noise is known at best, since it is that of another layer.
const NOISE_KNOWN: f64 = 0.1;

/// Where more is noise, what is left is not multiplied further.
const MOST_NOISE: f64 = 0.95;

/// A rule named by its mechanism.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedByMechanism {
    /// The rule, as the catalogue calls it, with its optimizer where this is not plain gradient
    /// descent: `backprop × adam`; `unknown` if no question was answered with yes.
    pub name: String,
    /// What was found, in the order of the questions; the last one decided.
    pub reasons: Vec<String>,
}

impl fmt::Display for NamedByMechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n  {reason}"))
    }
}

show_as_text!(NamedByMechanism);

impl Measures {
    /// A name for what was measured, by questions in this order:
    ///
    /// 1. Which layers change at all?
    /// 2. Is a change a product of activities alone, or made of anything but the batch's inputs?
    /// 3. Does the read-out change by its own gradient, exactly, with momentum, or with a rate of its
    ///    own for each synapse? If not, what do units hear that settle?
    /// 4. Where it does: through which weights does the error reach the hidden layer, and what do
    ///    these follow?
    ///
    /// Thresholds are those that separated networks of eight initialisations of the study
    /// `virtual_experiment`, with its other half; the scores that the project reports are of others.
    /// With one hidden layer feedback alignment and direct feedback alignment are the same rule, and
    /// the first is named.
    pub fn name(&self) -> NamedByMechanism {
        let mut reasons = Vec::new();
        let name = self.without_noise().questions(&mut reasons);
        NamedByMechanism { name: name.into(), reasons }
    }

    /// As they would be if the changes held no noise: shares and cosines of what is not noise.
    fn without_noise(&self) -> Self {
        let signal = 1.0 - self.noise.min(MOST_NOISE);
        Self {
            read_out: self.read_out / signal,
            read_out_by_synapse: self.read_out_by_synapse / signal,
            explained_in_step: self.explained_in_step / signal,
            hebbian: self.hebbian / signal,
            transport: self.transport / signal.sqrt(),
            signs: self.signs / signal.sqrt(),
            inversion: self.inversion / signal.sqrt(),
            ..*self
        }
    }

    /// Above this a share or a cosine is 1.
    fn exact(&self) -> f64 {
        EXACT - NOISE_KNOWN * self.noise
    }

    fn questions(&self, reasons: &mut Vec<String>) -> &'static str {
        let mut found = |yes, reason| noted(reasons, yes, reason);
        if found(self.read_out_moves == 0.0 && self.hidden_moves == 0.0, "nothing changes".into()) {
            return "no_training";
        }
        if found(self.hidden_moves == 0.0, "the read-out alone changes".into()) {
            return "frozen_hidden";
        }
        let is_product = self.hebbian > 0.99 && self.read_out < self.exact();
        if found(is_product, share("products of activities explain", self.hebbian)) {
            return "hebbian";
        }
        if found(self.in_span < 0.3, share("the inputs of the batch make up only", self.in_span)) {
            return "weight_perturbation";
        }
        match self.read_out > self.exact() {
            true => {
                reasons.push(share("the read-out follows its gradient:", self.read_out));
                self.by_gradient(reasons)
            }
            false => {
                reasons.push(share(
                    "the read-out does not follow its gradient exactly:",
                    self.read_out,
                ));
                self.by_other(reasons)
            }
        }
    }

    /// Where the read-out does not change by its gradient at its own activity.
    fn by_other(&self, reasons: &mut Vec<String>) -> &'static str {
        let mut found = |yes, reason| noted(reasons, yes, reason);
        if found(
            self.momentum > 0.5 && self.read_out_by_synapse > 0.8,
            share("with a rate for each synapse and momentum it does:", self.read_out_by_synapse),
        ) {
            return "backprop × adam";
        }
        if found(
            self.in_span < 0.9 * (1.0 - self.noise),
            share("the inputs of the batch make up only", self.in_span),
        ) {
            return "forward_forward";
        }
        if found(self.silent > 0.45, share("units at a bound are told nothing:", self.silent)) {
            return "equilibrium_propagation";
        }
        if found(
            self.transport < 0.5,
            cosine("hidden units hear little of the error through the weights:", self.transport),
        ) {
            return "node_perturbation";
        }
        reasons.push(cosine("hidden units hear the error through the weights:", self.transport));
        let gain = format!("and learn at {:.2} times the read-out's rate", self.transport_gain);
        reasons.push(gain);
        if self.transport_gain > 0.92 { "contrastive_hebbian" } else { "predictive_coding" }
    }

    /// Where it does: by the way in which the error reaches the hidden layer.
    fn by_gradient(&self, reasons: &mut Vec<String>) -> &'static str {
        if self.transport > self.exact() {
            reasons.push(cosine("the error comes through the weights:", self.transport));
            return if self.momentum > 0.05 {
                reasons.push(format!("with momentum {:.2}", self.momentum));
                "backprop × momentum"
            } else {
                "backprop"
            };
        }
        if self.signs > self.exact() {
            reasons.push(cosine("the error comes through the weights' signs:", self.signs));
            return "sign_symmetry";
        }
        if self.explained_in_step < self.exact() {
            let told =
                share("no weights explain the hidden layer's change:", self.explained_in_step);
            reasons.push(told);
            let always = self.silent < 0.012 && self.explained_in_step < 0.99;
            return if self.told_without_error > 0.03 || always {
                let silent = self.silent;
                reasons.push(share(
                    "it is told something without an error too; told nothing:",
                    silent,
                ));
                "target_propagation"
            } else {
                "difference_target_propagation"
            };
        }
        self.by_feedback(reasons)
    }

    /// Where other weights carry the error: by what these follow.
    fn by_feedback(&self, reasons: &mut Vec<String>) -> &'static str {
        let follow = &self.follow;
        let is_direct = self.direct > self.chained;
        if follow.moves < STILL.max(MOVES_BY_CHANCE * follow.moves_by_noise) {
            reasons.push("the error comes through weights that stay as they are".into());
            return if is_direct { "direct_feedback_alignment" } else { "feedback_alignment" };
        }
        if self.decay > (SURE * self.decay_error).max(1e-6) {
            reasons.push(format!("through weights that move; all lose {:.1e} a step", self.decay));
            return "kolen_pollack";
        }
        if self.inversion > self.transport.max(0.75) {
            reasons.push("the error comes through weights that move and invert the way up".into());
            return "direct_difference_target_propagation";
        }
        if follow.weights > 0.98 {
            reasons
                .push(share("through weights that move towards the forward ones:", follow.weights));
            return "symmetric_alignment";
        }
        let (law, name) = [
            (follow.activity, "activation_alignment"),
            (follow.information - 0.03, "information_alignment"),
            (follow.weights.max(0.3), "weight_mirror"),
        ]
        .into_iter()
        .fold((f64::MIN, "unknown"), |best, one| if one.0 > best.0 { one } else { best });
        reasons.push(share("through weights that move by a law of their layer's activity:", law));
        name
    }
}

/// Whether it is so; if it is, with its reason.
fn noted(reasons: &mut Vec<String>, yes: bool, reason: String) -> bool {
    reasons.extend(yes.then_some(reason));
    yes
}

fn share(what: &str, value: f64) -> String {
    format!("{what} {:.1} %", 100.0 * value)
}

fn cosine(what: &str, value: f64) -> String {
    format!("{what} cosine {value:.4}")
}

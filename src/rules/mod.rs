//! How synapses change: one file per learning rule.
//!
//! A [`LearningRule`] is a recipe, a plain struct of hyperparameters;
//! [`start`](LearningRule::start) makes of it a [`Learner`], the recipe at work on one network. A
//! learner proposes; the optimizer and the trainer apply. [`all`] lists the rules of credit
//! assignment and [`plasticity`] those of synaptic plasticity, [`named`] looks a rule up.
//!
//! Notation, in every file: a_l = W_l h_{l−1} (+ b_l), h_l = φ(a_l), h_0 = x, averages over the
//! batch. A rule supplies G_l and the optimizer applies W_l ← W_l − η G_l.

mod about;
mod alignment;
mod backprop;
mod bcm;
mod catalogue;
mod combination;
mod competitive_hebbian;
mod contrastive_hebbian;
mod convallis_rate;
mod direct_difference_target_propagation;
mod direct_feedback_alignment;
mod equilibrium_propagation;
mod feedback_alignment;
mod feedback_learner;
mod forward_forward;
mod frozen_hidden;
mod hebbian;
mod kolen_pollack;
mod local_pass;
mod no_training;
mod node_perturbation;
mod nonlinear_hebbian;
#[cfg(test)]
mod on_convolutions;
mod predictive_coding;
mod reward_modulated_hebbian;
mod schedule;
mod settling;
mod show;
mod sign_symmetry;
mod table;
mod target_propagation;
#[cfg(test)]
pub(crate) mod testing;
mod weight_mirror;
mod weight_perturbation;

use std::fmt::Debug;
use std::sync::Arc;

pub use about::{About, Family, Hyperparameter, Requirement};
#[doc(hidden)]
pub use catalogue::types;
pub use catalogue::types::*;
pub(crate) use catalogue::{Unread, read, read_table};
pub use catalogue::{all, named, plasticity, variants};
pub use schedule::Schedule;
pub use table::{requirements, table};

use crate::data::Objective;
use crate::error::{Error, Result};
use crate::network::{Activity, Batch, Inputs, Matrix, Network, Updates};
use crate::random::Rng;

/// A learning rule as it stands in a list of rules: shared, cheap to clone.
pub type Rule = Arc<dyn LearningRule>;

/// A recipe for changing synapses: hyperparameters, and what is known about them.
pub trait LearningRule: Debug + Send + Sync {
    /// Name, family, equation, source, and what the rule requires of a brain.
    fn about(&self) -> About;

    /// Rejects meaningless hyperparameters, once, at the door.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the hyperparameter, its value and what it must be.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Rejects an objective that the rule cannot learn.
    ///
    /// # Errors
    /// [`Error::Setting`] with the objective, and what the rule needs.
    fn supports(&self, _objective: Objective) -> Result<()> {
        Ok(())
    }

    /// Rejects a network that the rule cannot teach: one with convolutions, residual connections or
    /// normalisers that it has no place for.
    ///
    /// # Errors
    /// [`Error::Setting`] with what is in the way, and what to choose.
    fn suits(&self, _network: &Network) -> Result<()> {
        Ok(())
    }

    /// Puts the recipe to work on a network; random parts such as feedback weights come from `rng`.
    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner>;

    /// The rule as it stands in a list of rules, beside others.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let mut rules = rules::all();
    /// rules.push(KolenPollack { decay: 0.01, ..KolenPollack::default() }.shared());
    /// assert_eq!(rules.len(), rules::all().len() + 1);
    /// ```
    fn shared(self) -> Rule
    where
        Self: Sized + 'static,
    {
        Arc::new(self)
    }

    /// Shows the rule under a notebook cell, a rule of your own too.
    fn evcxr_display(&self) {
        show::rule(self, &self).emit();
    }
}

/// A recipe at work on one network; owns its feedback weights, its traces and every buffer it
/// reuses.
pub trait Learner: Debug + Send {
    /// Looks at one batch and adds a proposed G for every synapse to `updates`, which come as
    /// zeros. The network is not touched: the optimizer turns G into a change and the trainer
    /// applies it.
    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport;

    /// Lets feedback weights follow what became of the last proposal: `network` as it is after the
    /// change, and the change itself, ΔW (its `decay` included).
    fn after_update(&mut self, _network: &Network, _change: &Updates) {}

    /// The learner once more, with all that it has learned so far, so that several proposals can be
    /// made from one state ([`GradientQuality`](crate::performance::GradientQuality)). With
    /// `#[derive(Clone)]` it is `Some(Box::new(self.clone()))`. A learner without a copy (the
    /// default) is measured as it starts, which is right if nothing of its own, such as feedback
    /// weights, changes while it learns.
    fn copied(&self) -> Option<Box<dyn Learner>> {
        None
    }

    /// Whether another rule has taken over with the last proposal, so that the optimizer forgets
    /// what it remembers.
    fn resets_optimizer(&self) -> bool {
        false
    }

    /// How a network trained this way answers, examples × output units; the forward pass unless the
    /// rule settles or scores instead.
    fn predict(&self, network: &Network, inputs: Inputs<'_>) -> Matrix {
        network.predict(inputs)
    }

    /// The states that the units settle to on `inputs` when there are no targets, for a rule whose
    /// states settle and differ from the forward pass; `None` for others. As in a forward pass the
    /// last layer has what its units do before a read-out that is none of the states.
    fn states(&self, _network: &Network, _inputs: Inputs<'_>) -> Option<Activity> {
        None
    }

    /// The energy of the state that settled in the last proposal (of several, the free one), the
    /// mean over its examples; `None` for a rule that has no energy. `network` is what the proposal
    /// was made for.
    fn energy(&self, _network: &Network) -> Option<f64> {
        None
    }

    /// The feedback weights, one matrix per layer in the shape of that layer's weights (so that the
    /// forward weights themselves would make a symmetric pair), if the rule has any. Privileged: no
    /// experimenter sees them.
    fn feedback(&self) -> Option<&[Matrix]> {
        None
    }
}

/// For rules that hold output units to targets: rejects an objective that has none.
fn needs_targets(objective: Objective, rule: &str) -> Result<()> {
    if objective.has_targets() {
        return Ok(());
    }
    let requirement = format!(
        "{rule} holds the output units to targets, of which that has none; choose another task, or a rule that uses a gradient or feedback"
    );
    Err(Error::setting("objective", objective, requirement))
}

/// What a learner reports about one proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The mean loss of the batch before the change.
    pub loss: f64,
    /// Whether every state that had to settle did; true for rules that settle nothing.
    pub settled: bool,
}

impl StepReport {
    /// A proposal that needed no settling.
    pub fn of_loss(loss: f64) -> Self {
        Self { loss, settled: true }
    }
}
/// Rejects an objective without targets, for a rule that needs the loss of each example.
fn check_each_loss(objective: Objective, rule: &str) -> Result<()> {
    if objective.has_targets() {
        return Ok(());
    }
    let requirement = format!(
        "{rule} needs the loss of each example by itself, and that one is of pairs among all examples; choose another task, or weight_perturbation"
    );
    Err(Error::setting("objective", objective, requirement))
}

/// Rejects residual connections and normalisers, for a rule that has no place for them.
fn check_plain(network: &Network, rule: &str, why: &str) -> Result<()> {
    let extra = match (network.has_shortcuts(), network.normalises()) {
        (false, false) => return Ok(()),
        (true, _) => "residual connections (adds)",
        (false, true) => "normalised layers (normaliser)",
    };
    let requirement = format!(
        "the network has {extra}, and {why}: leave them out, or choose another rule, such as backprop, \
         feedback_alignment or predictive_coding"
    );
    Err(Error::setting("rule", rule, requirement))
}

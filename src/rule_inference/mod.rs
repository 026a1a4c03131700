//! The equation of an unknown plasticity rule.
//!
//! [`infer_rule`] regresses the changes of synapses on products of what a synapse reads:
//! presynaptic and postsynaptic activity, its own weight, a third factor such as a reward, and
//! running means of these ([`Trace`]). It takes [`PlasticityRecording`]s and gives an
//! [`InferredRule`]: few terms with their coefficients and intervals, and which terms the data
//! cannot distinguish. [`InferRule`] has the settings. Where weights are unobserved,
//! [`InferRule::infer_from_activity`] fits the rule through the dynamics of the network.
//!
//! [`distinguish_terms`] says in advance which terms recordings can distinguish.
//! [`PerceptronRule`] is the baseline without an equation; [`compare_with_perceptron`] puts both to
//! the test. [`KnownRule`], [`PlasticitySimulation`] and [`Measurement`] make recordings whose rule
//! is known, and [`RecoveryStudy`] counts how often it is recovered.
//!
//! The question, the truncated Taylor series and the perceptron are those of Mehta, Tyulmankov,
//! Rajagopalan, Turner, Fitzgerald & Funke, Model based inference of synaptic plasticity rules,
//! Advances in Neural Information Processing Systems 37 (2024). They descend through the dynamics
//! by Adam. Here changes are linear in the coefficients, so that each fit has a closed form.
//!
//! # What noise does
//!
//! Noise on an observed weight enters the change and the weight on the right together. A regression
//! of single changes therefore sees a decay that is not there: of noise with variance σ² beside
//! weights with variance v, the coefficient of w becomes −σ² / (v + σ²). A regression of whole
//! trajectories avoids that ([`Formulation::Trajectories`]). Fluctuations of the synapses
//! themselves do no such harm, and single changes are then best ([`Formulation::Differences`]). The
//! correlation of residuals of neighbouring steps distinguishes the two: −½ for noise on weights, 0
//! for fluctuations.
//!
//! Noise on observed activity shrinks the coefficients of all terms that contain it, by about its
//! share of the variance. Nothing here corrects that, and intervals do not contain it.

mod backpropagation;
mod basis;
mod bootstrap;
mod collinear;
mod columns;
mod comparison;
mod conclusion;
mod distinguish;
mod fitting;
mod folds;
mod infer;
mod infer_rule;
mod inferred;
mod known_rules;
mod measurement;
mod moments;
mod monomial;
mod noise;
mod path;
mod perceptron;
mod recording;
mod recovery;
mod recovery_point;
#[cfg(test)]
mod recovery_tests;
mod response;
mod rule;
mod selection;
mod show;
mod simulation;
mod step;
mod subset;
mod sums;
mod tableau;
mod tables;
mod unfolding;
mod unobserved;
mod unrolled;
mod varied;

pub use basis::{Basis, Powers};
pub use comparison::{PerceptronComparison, compare_with_perceptron};
pub use distinguish::{CandidateTerm, Distinguishability, distinguish_terms};
pub use infer::InferRule;
pub use infer_rule::infer_rule;
pub use inferred::{InferredRule, InferredTerm};
pub use known_rules::KnownRule;
pub use measurement::Measurement;
pub use monomial::{Monomial, Trace};
pub use perceptron::{FittedPerceptron, PerceptronRule};
pub use recording::{Factor, PlasticityRecording};
pub use recovery::{RecoveryStudy, recovery_curve};
pub use recovery_point::RecoveryPoint;
pub use response::Response;
pub use rule::PlasticityRule;
pub use selection::SizeError;
pub use simulation::{FactorSource, PlasticitySimulation};
pub use sums::Formulation;
pub use tables::recovery_table;
pub use unobserved::UnobservedWeights;

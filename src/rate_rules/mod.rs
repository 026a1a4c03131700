//! Unsupervised learning rules of rate neurons, as functions of patterns.
//!
//! Patterns are stimuli × inputs, weights units × inputs. Each rule is a struct of hyperparameters
//! with `update`, the change of the weights for one batch, and `learn`, which applies it again and
//! again. [`NonlinearHebbian`] takes any [`Nonlinearity`], [`Bcm`] has a sliding threshold,
//! [`CompetitiveHebbian`] lets units compete, and [`ConvallisSurrogate`] keeps units from
//! intermediate potentials.

mod annealing;
mod bcm;
mod bcm_learning;
#[cfg(test)]
mod bcm_tests;
mod checks;
mod competitive_hebbian;
mod convallis_surrogate;
mod decorrelation;
mod learning_schedule;
mod neuron_model;
mod nonlinear_hebbian;
#[cfg(test)]
mod nonlinear_hebbian_tests;
mod nonlinearity;
mod piecewise_linear;
mod show;
#[cfg(test)]
mod testing;

pub use annealing::Annealing;
pub use bcm::{Bcm, BcmForm, BcmResponse, PresentationOrder, SlowThreshold};
pub use bcm_learning::{BcmLearning, BcmPoint, selectivity};
pub(crate) use checks::check_numbers;
pub use competitive_hebbian::CompetitiveHebbian;
pub use convallis_surrogate::ConvallisSurrogate;
pub use decorrelation::Decorrelation;
pub use learning_schedule::{LearnedWeights, LearningPoint, LearningSchedule};
pub use neuron_model::{FiCurve, NeuronModel, PlasticityFunction};
pub use nonlinear_hebbian::{NonlinearHebbian, StepScale};
pub use nonlinearity::Nonlinearity;
pub use piecewise_linear::PiecewiseLinear;

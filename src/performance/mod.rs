//! How well does a rule teach, and what does it need for it?
//!
//! [`LearningQuality`] says of every network in a table of learning curves how well and how fast it
//! learned; [`best_learning_rates`] where each rule learns best, chosen on validation examples, and
//! how wide the range of rates is that serve it ([`at_best_learning_rates`] makes experiments of
//! that); [`Robustness`] what noise takes from a trained network; [`Adaptation`] how it copes with
//! a task that changes; [`paired_differences`] how much more a rule reaches than another from the
//! same initialisations; [`rank_correlation`] whether two numbers order rules alike. [`pivot`] and
//! [`in_percent`] make tables to be read. [`GradientQuality`] compares what a rule proposes with the
//! exact gradient. [`linear_read_out`] says what a layer knows of classes that nobody asked for.

mod adaptation;
mod gradient_quality;
mod learning_quality;
mod learning_rates;
mod linear_read_out;
mod paired;
mod rank_correlation;
mod reshape;
mod robustness;
mod show;

pub use adaptation::Adaptation;
pub use gradient_quality::GradientQuality;
pub use learning_quality::{EvaluationSplit, LearningQuality};
pub use learning_rates::{
    at_best_learning_rates, best_learning_rates, best_learning_rates_by, best_settings,
    rows_at_best_learning_rates,
};
pub use linear_read_out::linear_read_out;
pub use paired::paired_differences;
pub use rank_correlation::{RankCorrelation, rank_correlation, rank_correlation_of};
pub use reshape::{in_percent, only, pivot, slope, without};
pub use robustness::Robustness;

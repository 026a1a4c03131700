//! How well does a rule teach, and what does it need for it?
//!
//! [`LearningQuality`] says of every network in a table of learning curves how well and how fast it learned; [`best_learning_rates`] where
//! each rule learns best, chosen on validation examples, and how wide the range of rates is that serve it; [`Robustness`] what noise takes from a
//! trained network.

mod learning_quality;
mod learning_rates;
mod robustness;
mod show;

pub use learning_quality::{JudgedOn, LearningQuality};
pub use learning_rates::best_learning_rates;
pub use robustness::Robustness;

//! What people choose, and whether networks choose alike.
//!
//! [`HumanChoices`] counts how often people chose each class for each image, as CIFAR-10H does.
//! [`HumanChoices::compare`] compares the probabilities of a network with them, and [`SplitHalf`]
//! says how well people predict one another: the ceiling of each comparison.

mod agreement;
mod choices;
mod comparison;
mod confusion;
mod halves;
mod reliability;
mod scores;
mod second;
mod split;

pub use agreement::LabelAgreement;
pub use choices::HumanChoices;
pub use comparison::HumanComparison;
pub use confusion::{confusion_dissimilarities, network_confusion};
pub use reliability::{HumanReliability, SplitHalf};
pub use scores::{PeopleScore, Reliability};

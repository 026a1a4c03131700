//! Which rule is it, told by mechanism and not by statistics?
//!
//! Where single steps of learning are on record ([`RecordedBatch`]),
//! the weights through which an error reaches a layer can be estimated ([`feedback_weights`]), and so
//! can the learning rate, so that it is not mistaken for the rule. What is found ([`Measures`]) has a
//! name ([`Measures::name`]). An [`Access`] shows what is left of it with noise and with few units;
//! [`mechanisms`] does all of it for many networks.

mod access;
mod descent;
mod double;
mod feedback_weights;
mod follow;
mod measures;
mod name;
mod noise;
mod normal;
mod read_out;
mod solve;
mod study;

pub use access::Access;
pub use feedback_weights::{FeedbackEstimate, Route, feedback_weights};
pub use follow::Follow;
pub use measures::Measures;
pub use name::NamedByMechanism;
pub use study::mechanisms;

use double::Double;

use crate::training::RecordedBatch;
use crate::{Error, Result};

/// The recorded steps, if they say how an error reaches a hidden layer.
fn enough(batches: &[RecordedBatch]) -> Result<Vec<Double>> {
    let all = Double::all(batches)?;
    if all[0].layers.len() < 2 {
        return Err(Error::Samples(
            "the network has no hidden layer, so that nothing tells how an error reaches one; give a network with at least one".into(),
        ));
    }
    if read_out::consecutive(&all).len() >= 2 {
        return Ok(all);
    }
    Err(Error::Samples(format!(
        "of {} recorded steps no three follow one another; record at least three consecutive ones",
        all.len()
    )))
}

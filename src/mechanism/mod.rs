//! Which rule is it, told by mechanism and not by statistics?
//!
//! Where single steps of learning are on record ([`RecordedBatch`](crate::training::RecordedBatch)),
//! the way in which an error reaches each synapse can be measured: [`Measures`].

mod double;
mod follow;
mod measures;
mod normal;
mod read_out;
mod solve;

pub use follow::Follow;
pub use measures::Measures;

use double::Double;

use crate::{Error, Result};

/// There must be something to compare.
fn check_enough(all: &[Double]) -> Result<()> {
    if all[0].layers.len() < 2 {
        return Err(Error::Samples(
            "the network has no hidden layer, so that nothing tells how an error reaches one; give a network with at least one".into(),
        ));
    }
    if read_out::consecutive(all).len() >= 2 {
        return Ok(());
    }
    Err(Error::Samples(format!(
        "of {} recorded steps no three follow one another; record at least three consecutive ones",
        all.len()
    )))
}

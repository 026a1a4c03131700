//! Which rule trained a network of which nobody has said?
//!
//! An [`Identifier`] learns from a table of known networks; [`identify`] gives each unknown one a
//! ranked list of names with calibrated probabilities, the observables that spoke for the first, or
//! the answer "none of these". [`left_out`] measures how often that answer is right. [`power`] says how
//! many networks of one rule it takes to name it.

mod evidence;
mod familiar;
mod for_both;
mod identifier;
mod identifier_file;
mod identify;
mod left_out;
mod power;
mod recording_method;
mod reliability;

pub use evidence::Evidence;
pub use identifier::{Identifier, IdentifierProtocol};
pub use identify::{Identification, Identified, identify};
pub use left_out::left_out;
pub use power::{PowerProtocol, networks_needed, power};
pub use recording_method::RecordingMethod;
pub use reliability::{Reliability, ReliabilityBin};

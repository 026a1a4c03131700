//! Maps of dissimilarities: points in few dimensions whose distances come near to them.

mod checks;
mod classical;
mod smacof;
mod stress;

pub use classical::{ClassicalMap, classical_mds};
pub use smacof::{Smacof, SmacofMap, SmacofStart};

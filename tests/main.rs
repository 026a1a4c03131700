//! One integration binary, a module per topic.
#![allow(clippy::unwrap_used)]

mod figures;

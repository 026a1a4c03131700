//! Everything a cell can end with shows itself, without a second compilation.

mod forms;
mod types;

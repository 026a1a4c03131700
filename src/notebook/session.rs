//! The greeting below a notebook's first cell.

use std::fmt;

use super::{fail_on_panic, is_on, is_quick};

/// Says that the library is there; shows itself below the cell.
#[derive(Clone, Debug)]
pub struct Session {
    threads: usize,
    is_quick: bool,
    is_headless: bool,
}

/// Begins a notebook: arms strict mode if the environment asks for it, and says what is ready.
///
/// ```
/// assert!(microlearners::notebook::start().to_string().starts_with("microlearners"));
/// ```
pub fn start() -> Session {
    fail_on_panic();
    let is_headless = is_on("MICROLEARNERS_HEADLESS");
    Session { threads: rayon::current_num_threads(), is_quick: is_quick(), is_headless }
}

crate::display::show_as_text!(Session);

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "microlearners {}", env!("CARGO_PKG_VERSION"))?;
        // Committed outputs must not depend on the machine that made them.
        if !self.is_headless {
            let plural = if self.threads == 1 { "" } else { "s" };
            write!(f, ", {} thread{plural}", self.threads)?;
        }
        if self.is_quick {
            write!(f, ", quick run: small experiments, rough numbers")?;
        }
        write!(f, ", ready")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headless_greeting_is_the_same_everywhere() {
        let session = Session { threads: 7, is_quick: false, is_headless: true };
        assert!(!session.to_string().contains('7'));
        assert!(Session { is_headless: false, ..session }.to_string().contains("7 threads, ready"));
    }
}

//! A panic in a cell is reported as success to the programs that run notebooks headlessly. In
//! strict mode it ends the kernel's process, which they do notice.

use std::io::{self, Write};
use std::sync::Once;

use super::is_on;

/// With `MICROLEARNERS_STRICT` in the environment, lets every panic print its message and end the
/// process; otherwise does nothing. [`super::start`] calls it.
pub fn fail_on_panic() {
    static ONCE: Once = Once::new();
    if is_on("MICROLEARNERS_STRICT") {
        ONCE.call_once(|| {
            let print = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                print(panic);
                // Not `eprintln!`, which a capture of the output may still hold when the process
                // ends.
                let _ = writeln!(
                    io::stderr(),
                    "microlearners: strict mode, so this panic ends the run"
                );
                let _ = io::stdout().flush();
                std::process::abort();
            }));
        });
    }
}

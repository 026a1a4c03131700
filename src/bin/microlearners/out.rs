//! What the program writes. Its reader may stop reading.

use std::io::{self, Write};

use serde::Serialize;

use crate::{End, FAILED};

/// Writes to standard output.
pub(crate) fn say(text: &str) -> Result<(), End> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| match text.ends_with('\n') {
        true => Ok(()),
        false => out.write_all(b"\n"),
    });
    written.and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => End::Unread,
        _ => End::Error(format!("the output cannot be written: {error}"), FAILED),
    })
}

/// Writes a value as a line of JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Result<(), End> {
    let text = serde_json::to_string(value).map_err(|error| {
        End::Error(format!("the result cannot be written as JSON: {error}"), FAILED)
    })?;
    say(&text)
}

/// Writes a line to standard error; if nobody hears it, nobody does.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", line.trim_end());
}

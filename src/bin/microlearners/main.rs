//! `microlearners`: studies without a notebook, on one machine or on many.
//!
//! Exit codes: 0 done; 1 it could not be done; 2 the command or the study's file is not understood;
//! 3 (of `status`) the study is not complete.

mod arguments;
mod classify;
mod data;
mod design;
mod directory;
mod identify;
mod observations;
mod observe;
mod out;
mod slurm;
mod train;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use microlearners::Error;

const FAILED: u8 = 1;
const NOT_UNDERSTOOD: u8 = 2;
const NOT_COMPLETE: u8 = 3;

/// What ends a command early.
enum End {
    /// An error, and the exit code that says of which kind.
    Error(String, u8),
    /// Who read the output has gone; there is nobody to tell.
    Unread,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Error(error.to_string(), FAILED)
    }
}

impl End {
    /// What is wrong with what the user wrote.
    fn not_understood(error: Error) -> Self {
        Self::Error(error.to_string(), NOT_UNDERSTOOD)
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    let done = match &arguments.command {
        Command::Design(options) => design::design(options),
        Command::Train(options) => train::train(options),
        Command::Status(options) => directory::status(options),
        Command::Merge(options) => directory::merge(options),
        Command::Store(options) => directory::store(options),
        Command::Classify(options) => classify::classify(options),
        Command::Identify(options) => identify::identify(options),
        Command::Observe(options) => observe::observe(options),
        Command::Rules(options) => design::rules(options),
        Command::Slurm(options) => slurm::slurm(options),
        Command::Data(options) => data::data(options),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(End::Unread) => ExitCode::SUCCESS,
        Err(End::Error(sentence, code)) => {
            out::tell(&format!("error: {sentence}"));
            ExitCode::from(code)
        }
    }
}

/// Help and version as clap gives them; of an error the sentence alone, and where help is.
fn explain(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match out::say(&error.to_string()) {
            Ok(()) | Err(End::Unread) => ExitCode::SUCCESS,
            Err(End::Error(_, code)) => ExitCode::from(code),
        };
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        out::tell(&error.to_string());
        return ExitCode::from(NOT_UNDERSTOOD);
    }
    let text = error.to_string();
    let sentence = text.split("\n\n").next().unwrap_or_default();
    let tips = text.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    let sentence = sentence.split_whitespace().collect::<Vec<&str>>().join(" ");
    let sentence = in_words(&sentence);
    let parts: Vec<&str> = [sentence.as_str()].into_iter().chain(tips).collect();
    out::tell(&format!("{}; see microlearners --help", parts.join("; ")));
    ExitCode::from(NOT_UNDERSTOOD)
}

/// What the standard library says of a text that is no number, in words for the one who typed it.
fn in_words(sentence: &str) -> String {
    const WORDS: [(&str, &str); 4] = [
        ("invalid digit found in string", "it must be a whole number of at least 0"),
        ("number too large to fit in target type", "it is too large"),
        ("invalid float literal", "it must be a number"),
        ("cannot parse integer from empty string", "it must be a whole number of at least 0"),
    ];
    WORDS.iter().fold(sentence.to_owned(), |text, (said, meant)| text.replace(said, meant))
}

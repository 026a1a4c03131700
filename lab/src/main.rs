//! `cargo lab`: sets up what the notebooks need, opens them, runs them, looks at them.
//!
//! Everything it makes lives below the checkout's `target/lab` or in one cache
//! directory, and `cargo lab clean` removes both.

mod analyzer;
mod cells;
mod clean;
mod cli;
mod disk;
mod environment;
mod evcxr;
mod fail;
mod inspect;
mod jupyter;
mod launcher;
mod names;
mod outlines;
mod paths;
mod profile;
mod python;
mod ready;
mod register;
mod roles;
mod run;
mod runner;
mod setup;
mod slots;
mod stand_in;
mod status;
mod toolchain;
mod warm;

use cli::Command;
use fail::{Fail, Outcome};
use paths::Lab;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(role) = stand_in::Role::of_this_process() {
        return match role.play() {
            Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(101)),
            Err(fail) => {
                eprintln!("error: {fail}");
                fail.exit_code()
            }
        };
    }
    match cli::parse(std::env::args().skip(1)).and_then(dispatch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fail) => {
            eprintln!("{}: {fail}", if fail.is_usage() { "usage" } else { "error" });
            fail.exit_code()
        }
    }
}

fn dispatch(command: Command) -> Outcome<()> {
    match command {
        Command::Help => {
            print!("{}", cli::HELP);
            Ok(())
        }
        Command::Kernel(request) => launcher::launch(&request),
        Command::Open(options) => {
            setup::everything(&lab()?).and_then(|ready| jupyter::open(&ready, &options))
        }
        Command::Setup => setup::everything(&lab()?).map(|ready| setup::say_ready(&ready)),
        Command::Run(options) => run::run(&lab()?, &options),
        Command::Inspect(options) => inspect::inspect(&lab()?, &options),
        Command::Register => {
            setup::everything(&lab()?).and_then(|ready| register::register(&ready))
        }
        Command::Unregister => register::unregister(),
        Command::Status => status::print(&lab()?),
        Command::Clean => clean::clean(&lab()?),
    }
}

fn lab() -> Outcome<Lab> {
    if cfg!(unix) {
        Lab::find()
    } else {
        Err(Fail::new("cargo lab works on Linux and macOS; on Windows run it inside WSL."))
    }
}

//! What this program does in the place of cargo, rustup, rustc and the linker.

use crate::cells;
use crate::fail::Outcome;
use crate::stand_in::{Role, cargo, code, hand_on, metadata, program, real};
use std::ffi::OsString;

impl Role {
    pub(crate) fn play(self) -> Outcome<i32> {
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        match self {
            Self::Cargo if cells::is_known_dependency(&arguments) => Ok(0),
            Self::Cargo if first_is(&arguments, "metadata") => metadata(&arguments),
            Self::Cargo if first_is(&arguments, "build") => cells::build(&arguments),
            Self::Cargo if first_is(&arguments, "check") => cells::check(&arguments),
            Self::Cargo => hand_on(cargo().args(&arguments)),
            Self::Rustup if arguments == ["which", "cargo"] => {
                println!("{}", program(Self::Cargo)?.display());
                Ok(0)
            }
            // A machine without rustup has the kernel look for cargo on its path.
            Self::Rustup => Ok(real("rustup").args(&arguments).status().map_or(1, code)),
            Self::Rustc => cells::note_and_compile(&arguments),
            Self::Linker => cells::link(&arguments),
        }
    }
}

fn first_is(arguments: &[OsString], name: &str) -> bool {
    arguments.first().is_some_and(|first| first == name)
}

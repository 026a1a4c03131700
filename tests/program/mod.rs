//! The command-line program, as a user and as a scheduler run it.

mod data;
mod dead_ends;
mod identify;
mod interruption;
mod malformed;
mod slurm;
mod usage;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use microlearners::prelude::*;

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_microlearners"))
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A study of `networks` small networks, which take a few milliseconds each.
pub(crate) fn plan(networks: u64) -> Plan {
    Plan {
        name: "small".into(),
        tasks: vec![TaskPlan::synthetic()],
        architectures: vec![Architecture::hidden(&[12])],
        observables: vec!["standard".into()],
        checkpoints: Checkpoints::Count(5),
        rules: vec![RulePlan::named("backprop"), RulePlan::named("hebbian")],
        ..Plan::of(&Design::moving(), networks / 2)
    }
}

/// The study's file and the directory for what comes out, in a folder of their own.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        plan.write(folder.path().join("study.toml")).expect("a file");
        Self { folder }
    }

    pub(crate) fn study(&self) -> PathBuf {
        self.folder.path().join("study.toml")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The command that trains the study.
    pub(crate) fn train(&self) -> Command {
        let mut command = program();
        command.arg("train").arg(self.study()).arg("--out").arg(self.out()).arg("--quiet");
        command.stdout(std::process::Stdio::null());
        command
    }
}

/// The bytes of the three tables.
pub(crate) fn tables(out: &Path) -> Vec<Vec<u8>> {
    ["observations", "histories", "networks"]
        .map(|name| std::fs::read(out.join("tables").join(format!("{name}.parquet"))).expect(name))
        .to_vec()
}

/// What an uninterrupted run of the plan gives.
pub(crate) fn undisturbed(plan: &Plan) -> Vec<Vec<u8>> {
    let place = Place::new(plan);
    assert!(place.train().status().expect("it runs").success());
    tables(&place.out())
}

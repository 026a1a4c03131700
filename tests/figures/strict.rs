//! Strict mode ends the process, so a process of its own is needed to see it.

use std::process::{Command, Output};

fn run_panic_with(strict: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "figures::strict::panics_inside_a_cell"])
        .env("MICROLEARNERS_STRICT", strict)
        .output()
        .unwrap()
}

#[test]
#[ignore = "the other test of this module runs it"]
fn panics_inside_a_cell() {
    microlearners::notebook::fail_on_panic();
    // The kernel catches panics as this does, and goes on.
    assert!(std::panic::catch_unwind(|| panic!("out of paint")).is_err());
}

#[test]
fn a_panic_ends_a_strict_run_and_only_that() {
    let strict = run_panic_with("1");
    assert!(!strict.status.success());
    assert!(String::from_utf8_lossy(&strict.stderr).contains("strict mode"));
    assert!(run_panic_with("0").status.success());
}

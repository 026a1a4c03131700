//! The script for Slurm, without Slurm; with one, `tests/slurm/cluster.sh` runs it.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{Place, plan, program, tables, text, undisturbed};

/// Runs a script's tasks one after the other, as Slurm would start them.
fn run_tasks(script: &std::path::Path, tasks: usize) {
    for task in 1..=tasks {
        let output = Command::new("sh")
            .arg(script)
            .env("SLURM_ARRAY_TASK_ID", task.to_string())
            .env("SLURM_CPUS_PER_TASK", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn the_tasks_of_a_script_share_the_study() {
    let plan = plan(20);
    let place = Place::new(&plan);
    let out = place.folder.path().join("a directory with 'quotes'");
    let made = program()
        .arg("slurm")
        .arg(place.study())
        .arg("--out")
        .arg(&out)
        .args(["--array", "3", "--sbatch", "--time=00:10:00"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let script = out.join("slurm.sh");
    assert!(text(&made.stdout).contains("3 tasks for 20 networks"), "{made:?}");
    let written = std::fs::read_to_string(&script).unwrap();
    assert!(
        written.contains("#SBATCH --array=1-3\n") && written.contains("#SBATCH --time=00:10:00\n")
    );
    run_tasks(&script, 3);
    assert_eq!(tables(&out), undisturbed(&plan));
}

#[test]
fn names_that_sbatch_reads_otherwise_are_escaped_or_refused() {
    let place = Place::new(&plan(4));
    let make = |name: &str| {
        let out = place.folder.path().join(name);
        let arguments = ["--array", "2"];
        let mut command = program();
        command.arg("slurm").arg(place.study()).arg("--out").arg(&out).args(arguments);
        (out, command.output().unwrap())
    };
    let (out, made) = make("100%j");
    assert!(made.status.success(), "{made:?}");
    let script = std::fs::read_to_string(out.join("slurm.sh")).unwrap();
    assert!(script.contains("/100%%j/logs/%A_%a.txt\"\n"), "{script}");
    let (out, refused) = make("back\\slash");
    assert_eq!((refused.status.code(), out.exists()), (Some(2), false));
    assert!(text(&refused.stderr).contains("choose another directory"), "{refused:?}");
}

/// A stand-in for sbatch says what it is given.
#[test]
fn a_script_is_submitted_on_request() {
    let place = Place::new(&plan(4));
    let bin = place.folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let submit = |body: &str| {
        std::fs::write(bin.join("sbatch"), format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(bin.join("sbatch"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        program()
            .arg("slurm")
            .arg(place.study())
            .arg("--out")
            .arg(place.out())
            .args(["--array", "2", "--submit"])
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .output()
            .unwrap()
    };
    let submitted = submit(r#"test -f "$1" && echo "Submitted batch job 7""#);
    assert_eq!(text(&submitted.stdout), "Submitted batch job 7\n");
    let refused = submit("echo 'Invalid partition name' >&2; exit 1");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("Invalid partition name"), "{refused:?}");
}

#[test]
fn without_slurm_it_says_what_to_do() {
    let place = Place::new(&plan(4));
    let output = program()
        .arg("slurm")
        .arg(place.study())
        .arg("--out")
        .arg(place.out())
        .args(["--array", "2", "--submit"])
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("run this where Slurm is"), "{output:?}");
}

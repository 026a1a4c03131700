use std::process::Stdio;

use microlearners::prelude::*;

use super::{Place, plan, program, run, text};

#[test]
fn from_a_design_to_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a study.toml");
    let made = run(&["design", "moving", "--seeds", "4", "--out", file.to_str().unwrap()]);
    assert!(made.status.success() && text(&made.stdout).contains("24 networks"), "{made:?}");
    assert_eq!(Plan::read(&file).unwrap(), Plan::of(&Design::moving(), 4));
    let again = run(&["design", "moving", "--out", file.to_str().unwrap()]);
    assert!(text(&again.stderr).contains("is there already"), "{again:?}");
    assert_eq!(again.status.code(), Some(1));
    let printed = run(&["design", "microlearners", "--seeds", "176"]);
    let plan = Plan::from_toml(&text(&printed.stdout)).unwrap();
    assert_eq!(plan.networks(), 1056);
}

#[test]
fn a_study_is_trained_told_about_and_classified() {
    let place = Place::new(&plan(12));
    let (study, out) = (place.study(), place.out());
    let (study, out) = (study.to_str().unwrap(), out.to_str().unwrap());
    let trained =
        run(&["train", study, "--out", out, "--shard", "1/2", "--threads", "1", "--json"]);
    assert!(trained.status.success(), "{trained:?}");
    let status: serde_json::Value = serde_json::from_slice(&trained.stdout).unwrap();
    assert_eq!((&status["finished"], &status["complete"]), (&6.into(), &false.into()));
    let status = run(&["status", out]);
    assert_eq!(status.status.code(), Some(3));
    assert!(text(&status.stdout).contains("6 of 12 networks finished"), "{status:?}");
    let merged = run(&["merge", out]);
    assert_eq!(merged.status.code(), Some(1));
    assert!(text(&merged.stderr).contains("finish the study"), "{merged:?}");
    assert!(run(&["train", study, "--out", out, "--shard", "2/2"]).status.success());
    assert_eq!(run(&["status", out, "--json"]).status.code(), Some(0));
    assert!(run(&["merge", out]).status.success());
    let stored = run(&["store", out, study]);
    assert!(text(&stored.stdout).contains("12 networks"), "{stored:?}");
    let table = StoredStudy::open(study).unwrap().observations().unwrap();
    assert_eq!(table.column("run").unwrap().n_unique().unwrap(), 12);
    assert_eq!(run(&["store", out, out]).status.code(), Some(2));
    let ends = run(&["classify", out, "--sample", "ends", "--label", "algorithm", "--splits", "2"]);
    assert!(ends.status.success(), "{ends:?}");
    let report = run(&["classify", out, "--checkpoints", "all", "--splits", "3", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    assert!(report["accuracy"]["mean"].as_f64().unwrap() > 0.8, "{report}");
    let twice = run(&["classify", out, out]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("hold the same study, whose networks would count twice"));
}

#[test]
fn the_rules_are_listed() {
    let listed = text(&run(&["rules"]).stdout);
    for rule in rules::all() {
        assert!(listed.contains(&rule.about().citation), "{}", rule.about().name);
    }
    let json = run(&["rules", "--json"]);
    let json: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json.len(), rules::all().len());
}

#[test]
fn help_teaches() {
    let help = text(&run(&["--help"]).stdout);
    for word in ["design", "train", "classify", "Exit codes", "The usual way"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in
        ["design", "train", "status", "merge", "store", "classify", "observe", "rules", "slurm"]
    {
        let help = run(&[command, "--help"]);
        assert!(help.status.success() && text(&help.stdout).contains("Usage"), "{command}");
    }
}

/// The reader of a pipe goes before anything is written.
#[test]
fn nobody_has_to_read_it() {
    for arguments in [&["rules"][..], &["--help"], &["design"], &["rules", "--json"], &["nonsense"]]
    {
        let mut child = program()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        let code = child.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 2)), "{arguments:?}: {code:?}");
    }
}

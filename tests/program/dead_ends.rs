//! What a user tried that cannot be: one sentence, and a remedy that the program has.

use microlearners::prelude::*;
use microlearners::studies::Seeding;

use super::{Place, plan, run, text};

/// A study carried out.
fn trained(plan: &Plan) -> Place {
    let place = Place::new(plan);
    assert!(place.train().status().expect("it runs").success());
    place
}

fn path(place: &Place) -> String {
    place.out().display().to_string()
}

/// What the program says on standard error, which is one line, and its exit code.
fn told(arguments: &[&str]) -> (String, Option<i32>) {
    let output = run(arguments);
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 1, "{arguments:?}: {output:?}");
    assert!(told.len() < 700, "{arguments:?}: {told}");
    (told, output.status.code())
}

#[test]
fn two_studies_of_different_observables_are_classified_by_what_both_have() {
    let weights = trained(&Plan { observables: vec!["weights".into()], ..plan(8) });
    let later = Seeding::new(100, 4);
    let standard = trained(&Plan { seeds: later, ..plan(8) });
    let (weights, standard) = (path(&weights), path(&standard));
    for directories in [[&*weights, &*standard], [&*standard, &*weights]] {
        let [first, second] = directories;
        let (sentence, code) = told(&["classify", first, second]);
        assert_eq!(code, Some(1));
        assert!(
            sentence.contains(&format!("{standard} has observables that {weights} lacks: "))
                && sentence.contains("and 21 more; choose with --observables"),
            "{sentence}"
        );
        let both =
            run(&["classify", first, second, "--observables", "weightraw_norm", "--splits", "2"]);
        assert!(text(&both.stdout).contains("of 16 networks"), "{both:?}");
        assert!(text(&both.stderr).starts_with("note: "), "{both:?}");
        let (unknown, _) = {
            let output = run(&["classify", first, second, "--observables", "actraw_norm"]);
            (text(&output.stderr), output.status.code())
        };
        assert!(unknown.contains("actraw_norm") && unknown.contains("weightraw_norm"), "{unknown}");
    }
}

#[test]
fn a_study_with_a_grid_of_instruments_is_classified_by_one_of_them() {
    let grid = InstrumentGrid {
        noise: vec![0.0, 1.0],
        fraction: vec![1.0, 0.5],
        ..InstrumentGrid::default()
    };
    let gridded = trained(&Plan { grid: Some(grid), ..plan(8) });
    let out = path(&gridded);
    let (sentence, code) = told(&["classify", &out]);
    assert_eq!(code, Some(1));
    assert!(
        sentence
            .contains("of noise 0, 1 and fraction 0.5, 1; choose one with --noise and --fraction"),
        "{sentence}"
    );
    let (sentence, _) = told(&["classify", &out, "--noise", "1"]);
    assert!(sentence.contains("of fraction 0.5, 1; choose one with --fraction"), "{sentence}");
    let (sentence, _) = told(&["classify", &out, "--noise", "0.3", "--fraction", "1"]);
    assert!(sentence.contains("--noise is 0.3") && sentence.contains("0, 1"), "{sentence}");
    let (sentence, code) = told(&["classify", &out, "--noise", "much"]);
    assert!(code == Some(2) && sentence.contains("it must be a number"), "{sentence}");
    let chosen = |more: &[&str]| {
        let arguments = [&["classify", &out, "--splits", "2"], more].concat();
        let output = run(&arguments);
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let quiet = chosen(&["--noise", "0", "--fraction", "1"]);
    // The same networks, seen by the same instrument in a study of its own.
    let without = trained(&plan(8));
    let plain = path(&without);
    let own = run(&["classify", &plain, "--splits", "2"]);
    assert_eq!(quiet, text(&own.stdout));
    assert_ne!(quiet, chosen(&["--noise", "1", "--fraction", "0.5"]));
    let (sentence, code) = told(&["classify", &plain, "--noise", "1"]);
    assert!(code == Some(1) && sentence.contains("has no grid of instruments"), "{sentence}");
}

#[test]
fn what_is_no_directory_of_a_study_is_named_as_what_it_is() {
    let place = Place::new(&plan(4));
    let study = place.study().display().to_string();
    let folder = place.folder.path().display().to_string();
    let nowhere = place.folder.path().join("nowhere").display().to_string();
    for command in ["status", "merge", "classify"] {
        for (given, expected) in [
            (&study, "is a file, and a study is carried out in a directory"),
            (&folder, "no study was carried out here"),
            (&nowhere, "there is no such directory"),
        ] {
            let (sentence, code) = told(&[command, given]);
            assert!(code == Some(1) && sentence.contains(expected), "{command}: {sentence}");
            assert!(sentence.contains("train --out"), "{sentence}");
        }
    }
    let out = place.out().display().to_string();
    let (sentence, code) = told(&["train", &folder, "--out", &out]);
    assert!(code == Some(2) && sentence.contains("is a directory"), "{sentence}");
    let table = place.folder.path().join("study.parquet");
    std::fs::write(&table, b"PAR1 and more \xff").unwrap();
    let (sentence, code) = told(&["train", table.to_str().unwrap(), "--out", &out]);
    assert!(code == Some(2) && sentence.contains("is a Parquet table"), "{sentence}");
}

#[test]
fn numbers_that_cannot_be_are_refused_in_words() {
    let place = Place::new(&plan(4));
    let (study, out) = (place.study().display().to_string(), path(&place));
    for (arguments, expected) in [
        (vec!["classify", &out, "--seed", "-1"], "a whole number of at least 0"),
        (vec!["classify", &out, "--splits", "many"], "a whole number of at least 0"),
        (vec!["classify", &out, "--splits", "99999999999"], "at most 10000"),
        (vec!["classify", &out, "--splits", "0"], "at least 1"),
        (vec!["classify", &out, "--label", "rule,rule"], "twice"),
        (vec!["design", "--seeds", "-3"], "a whole number of at least 0"),
        (vec!["design", "--seeds", "99999999999999999999"], "too large"),
        (vec!["design", "--seeds", "99999999"], "--seeds is 99999999"),
        (vec!["design", "--seeds", "0"], "--seeds is 0"),
        (vec!["train", &study, "--out", &out, "--threads", "-1"], "a whole number of at least 0"),
        (vec!["train", &study, "--out", &out, "--shard", "-1/4"], "such as 2/8"),
        (vec!["slurm", &study, "--out", &out, "--array", "-2"], "a whole number of at least 0"),
    ] {
        let (sentence, code) = told(&arguments);
        assert!(code == Some(2) && sentence.contains(expected), "{arguments:?}: {sentence}");
    }
}

#[test]
fn what_a_file_lists_twice_is_refused_before_training() {
    let usual = plan(4);
    let sgd = Optimizer::sgd;
    let rule = || RulePlan::named("backprop");
    for (place, twice) in [
        ("batch_sizes is 128", Plan { batch_sizes: vec![128, 128], ..usual.clone() }),
        ("tasks is synthetic", Plan { tasks: vec![TaskPlan::synthetic(); 2], ..usual.clone() }),
        (
            "architectures is hidden [5]",
            Plan { architectures: vec![Architecture::hidden(&[5]); 2], ..usual.clone() },
        ),
        ("optimizers is", Plan { optimizers: vec![sgd(), sgd()], ..usual.clone() }),
        ("rules is backprop", Plan { rules: vec![rule(), rule()], ..usual.clone() }),
        (
            "learning_rates is 0.1",
            Plan { rules: vec![rule().with_learning_rates(&[0.1, 0.2, 0.1])], ..usual.clone() },
        ),
        (
            "optimizers is",
            Plan { rules: vec![rule().with_optimizers(&[sgd(), sgd()])], ..usual.clone() },
        ),
        (
            "rules is backprop",
            Plan { rules: vec![rule(), rule().with_optimizers(&[sgd()])], ..usual.clone() },
        ),
    ] {
        let folder = Place::new(&usual);
        std::fs::write(folder.study(), twice.to_toml()).unwrap();
        let (study, out) = (folder.study().display().to_string(), path(&folder));
        let (sentence, code) = told(&["train", &study, "--out", &out]);
        assert!(code == Some(2) && sentence.contains(place), "{place}: {sentence}");
        assert!(sentence.contains("twice") && sentence.contains(", line "), "{place}: {sentence}");
        assert!(!folder.out().exists());
    }
}

#[test]
fn a_file_of_one_class_alone_is_refused_with_its_line() {
    let mut one = plan(4);
    one.tasks[0].classes = Some(vec![1, 3]);
    one.tasks[0].probe_stimuli = 50;
    one.tasks[0].changes = vec![Change::Parity];
    let place = Place::new(&plan(4));
    std::fs::write(place.study(), one.to_toml()).unwrap();
    let (study, out) = (place.study().display().to_string(), path(&place));
    let (sentence, code) = told(&["train", &study, "--out", &out]);
    assert!(code == Some(2) && sentence.contains("\"odd\" alone"), "{sentence}");
    assert!(sentence.contains(", line "), "{sentence}");
}

#[test]
fn types_are_told_in_words() {
    let place = Place::new(&plan(4));
    let out = path(&place);
    let usual = std::fs::read_to_string(place.study()).unwrap();
    for (from, to, expected) in [
        ("epochs = 3", "epochs = -3", "expected a whole number of at least 0"),
        ("epochs = 3", "epochs = \"three\"", "expected a whole number of at least 0"),
        ("hidden = [12]", "hidden = [-12]", "expected a whole number of at least 0"),
        ("batch_sizes = [128]", "batch_sizes = 128", "expected a list in square brackets"),
        ("fraction = 1.0", "fraction = \"all\"", "expected a number"),
        ("name = \"small\"", "name = 3", "expected a text in quotation marks"),
    ] {
        let changed = usual.replacen(from, to, 1);
        assert_ne!(usual, changed, "{from}: {usual}");
        std::fs::write(place.study(), changed).unwrap();
        let study = place.study().display().to_string();
        let (sentence, code) = told(&["train", &study, "--out", &out]);
        assert!(code == Some(2) && sentence.contains(expected), "{to}: {sentence}");
    }
}

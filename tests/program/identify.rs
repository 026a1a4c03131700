//! `identify`: a stranger's path, and what a stranger gets wrong.

use microlearners::prelude::*;

use super::{Place, plan, run, text};

/// Networks under two rules.
fn trained(first: u64, count: u64) -> Place {
    let seeds = microlearners::studies::Seeding::new(first, count);
    let place = Place::new(&Plan { seeds, ..plan(2 * count) });
    assert!(place.train().status().expect("it runs").success());
    place
}

fn path(place: &Place) -> String {
    place.out().display().to_string()
}

#[test]
fn networks_are_named_from_a_study_and_again_from_what_was_saved() {
    let (known, unknown) = (trained(0, 6), trained(50, 2));
    let saved = known.folder.path().join("rules.identifier").display().to_string();
    let (known, unknown) = (path(&known), path(&unknown));
    let first = run(&["identify", &unknown, "--known", &known, "--save", &saved]);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let said = text(&first.stdout);
    assert!(said.contains("run 0: ") && said.contains("spoke for it: "), "{said}");
    assert!(text(&first.stderr).contains("note: judged on 12 known networks"), "{first:?}");
    let again = run(&["identify", &unknown, "--known", &saved]);
    assert_eq!(text(&again.stdout), said);
    let json = run(&["identify", &unknown, "--known", &saved, "--json"]);
    assert!(text(&json.stdout).starts_with("{\"networks\":["), "{json:?}");
}

/// What was saved of a study's networks shows what the study itself saw.
#[test]
fn a_directory_of_a_study_with_weights_can_be_observed() {
    let place = Place::new(&Plan { weights: SavedWeights::Checkpoints, ..plan(2) });
    assert!(place.train().status().expect("it runs").success());
    let out = place.folder.path().join("seen.parquet").display().to_string();
    let seen = run(&["observe", &path(&place), "--observables", "weights", "--out", &out]);
    assert_eq!(seen.status.code(), Some(0), "{seen:?}");
    assert!(text(&seen.stdout).contains(": 2 networks of a study"), "{seen:?}");
    let table = ParquetReader::new(std::fs::File::open(&out).unwrap()).finish().unwrap();
    let own = RunDirectory::open(place.out()).unwrap().observations().unwrap().collect().unwrap();
    let norms = |table: &DataFrame| -> Vec<f64> {
        let column = table.column("weightraw_norm").unwrap().cast(&DataType::Float64).unwrap();
        column.f64().unwrap().iter().flatten().collect()
    };
    let (seen, own) = (norms(&table), norms(&own));
    assert_eq!(seen.len(), own.len());
    assert!(seen.iter().zip(&own).all(|(a, b)| (a - b).abs() < 1e-6 * b), "{seen:?} {own:?}");
    let other = place.folder.path().join("other.parquet").display().to_string();
    let both = run(&["observe", &path(&place), "--stimuli", "x.npy", "--out", &other]);
    assert_eq!(both.status.code(), Some(2));
    assert!(text(&both.stderr).contains("leave --layers and --stimuli out"), "{both:?}");
}

#[test]
fn what_cannot_be_is_one_sentence() {
    let known = trained(0, 2);
    let folder = known.folder.path().to_owned();
    let known = path(&known);
    let told = |arguments: &[&str]| {
        let output = run(arguments);
        let told = text(&output.stderr);
        let told = told.lines().filter(|line| !line.starts_with("note: ")).collect::<Vec<_>>();
        assert_eq!(told.len(), 1, "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        (told[0].to_owned(), output.status.code())
    };
    let (sentence, code) = told(&["identify", &known]);
    assert!(sentence.contains("--known") && code == Some(2), "{sentence}");
    let (sentence, code) = told(&["identify", "nowhere.parquet", "--known", &known]);
    assert!(sentence.contains("nowhere.parquet") && code == Some(1), "{sentence}");
    let text_file = folder.join("a.parquet").display().to_string();
    std::fs::write(&text_file, "run,rule\n").unwrap();
    let (sentence, code) = told(&["identify", &text_file, "--known", &known]);
    assert!(sentence.contains("is not a table in Parquet") && code == Some(1), "{sentence}");
    let (sentence, _) = told(&["identify", &known, "--known", &known, "--false-alarms", "2"]);
    assert!(sentence.contains("false_alarms is 2"), "{sentence}");
    let (sentence, _) = told(&["identify", &known, "--known", &known, "--folds", "1"]);
    assert!(sentence.contains("folds is 1"), "{sentence}");
    let (sentence, _) = told(&["identify", &known, "--known", &known, "--label", "colour"]);
    assert!(sentence.contains("colour"), "{sentence}");
    let other = folder.join("b.identifier").display().to_string();
    std::fs::write(&other, "nothing").unwrap();
    let (sentence, code) = told(&["identify", &known, "--known", &other]);
    assert!(sentence.contains("is not an identifier") && code == Some(1), "{sentence}");
}

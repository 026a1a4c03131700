//! What version 0.1 wrote still opens: a study's file, the tables stored beside it, and the
//! directory it was carried out in. `tests/version_0_1` holds one of each, of four small networks.

use std::collections::BTreeSet;
use std::path::Path;

use microlearners::data::Scenario;
use microlearners::prelude::*;

const FOLDER: &str = "tests/version_0_1";

fn texts(table: &DataFrame, column: &str) -> BTreeSet<String> {
    let column = table.column(column).expect("a column").str().expect("texts");
    column.iter().flatten().map(str::to_owned).collect()
}

fn check_names(table: &DataFrame) {
    assert_eq!(texts(table, "task"), ["synthetic input drift 2 0.5".to_owned()].into());
    let settings = texts(table, "rule_settings");
    assert_eq!(settings.len(), 2);
    assert!(
        settings.iter().all(|one| one.contains("Glorot") || one.contains("output_activity: Own"))
    );
}

#[test]
fn a_file_of_version_0_1_is_read_and_written_anew() {
    let plan = Plan::read(Path::new(FOLDER).join("small.toml")).expect("a plan");
    assert_eq!(plan.combinations, Combinations::Balanced);
    assert_eq!(plan.tasks[0].scenario, Some(Scenario::InputDrift { phases: 2, fraction: 0.5 }));
    let again = Plan::from_toml(&plan.to_toml()).expect("a plan");
    assert_eq!(again, plan);
    assert!(plan.to_toml().contains("input_drift") && !plan.to_toml().contains("world"));
    assert_eq!(plan.study().expect("a study").experiments.len(), 4);
}

#[test]
fn a_table_stored_by_version_0_1_opens_with_todays_names() {
    let histories = StoredStudy::open(Path::new(FOLDER).join("small.toml")).expect("a study");
    let histories = histories.histories().expect("histories");
    check_names(&histories);
    assert!(histories.column("phase").is_ok() && histories.column("stage").is_err());
    let plan = Plan::read(Path::new(FOLDER).join("small.toml")).expect("a plan");
    let task = plan.tasks[0].task().expect("a task");
    let quality = Adaptation::default().of(&task, &histories).expect("a table");
    assert_eq!(quality.height(), 4);
    let observed = StoredStudy::open(Path::new(FOLDER).join("observations.toml")).expect("a study");
    check_names(&observed.observations().expect("observations"));
}

#[test]
fn a_directory_of_version_0_1_opens_and_is_not_continued() {
    let directory = RunDirectory::open(Path::new(FOLDER).join("results")).expect("a directory");
    assert!(directory.status().expect("a status").is_complete());
    let records = directory.records().expect("tables");
    for table in [&records.observations, &records.histories, &records.networks] {
        check_names(table);
    }
    let drift = directory.histories().expect("a table").filter(col("phase").eq(lit(2)));
    let drift = drift.select([col("task"), col("phase")]).collect().expect("rows");
    assert!(drift.height() > 0);
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = Path::new(FOLDER).join("results/manifest.toml");
    std::fs::copy(manifest, folder.path().join("manifest.toml")).expect("a copy");
    let plan = Plan::read(Path::new(FOLDER).join("small.toml")).expect("a plan");
    let told = plan.run_in(folder.path()).expect_err("a refusal").to_string();
    assert!(told.contains("0.1.0") && told.contains("another directory"), "{told}");
}

#[test]
fn every_shipped_study_opens() {
    let mut count = 0;
    for entry in std::fs::read_dir("datasets/studies").expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let study = StoredStudy::open(&path).expect("a study");
            let table = match study.plan().stored {
                StoredTable::Observations => study.observations(),
                StoredTable::Histories => study.histories(),
            };
            let table = table.unwrap_or_else(|problem| panic!("{problem}"));
            assert!(table.height() > 0, "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

//! A sweep over tables that went wrong in every way a reader's tables do, through every public
//! function that takes one.
//!
//! A case is a table that was trained once, changed in one way. No function may panic; what it
//! refuses it refuses in one sentence; what it answers has no number that is not finite, is what a
//! plain loop over the rows finds, and does not depend on the order of rows, on columns that are
//! not asked for, or on the numbers of networks.

use std::sync::OnceLock;

use microlearners::prelude::*;

mod asking;
mod faults;
mod functions;
mod of_results;
mod of_studies;
mod plain;

use asking::sweep;
use faults::Case;

fn task() -> &'static Task {
    static TASK: OnceLock<Task> = OnceLock::new();
    let settings = TaskSettings { validation_fraction: 0.2, ..TaskSettings::default() };
    TASK.get_or_init(|| Task::classification(&Dataset::synthetic(0), &settings).unwrap())
}

fn phases() -> &'static Task {
    static TASK: OnceLock<Task> = OnceLock::new();
    let settings = TaskSettings { validation_fraction: 0.2, ..TaskSettings::default() };
    let scenario = Scenario::ClassIncremental { phases: 2 };
    TASK.get_or_init(|| Task::in_phases(&Dataset::synthetic(0), scenario, &settings).unwrap())
}

fn experiment(task: &Task) -> Experiment {
    Experiment::new(task)
        .architecture(Architecture::hidden(&[6]))
        .batch_size(60)
        .epochs(1)
        .checkpoints(Checkpoints::Count(3))
}

fn observables() -> ObservableSet {
    let names = ["weightraw_norm", "weightabs_mean", "weightsq_mean", "weightsq_var"];
    ObservableSet::named(&[&names[..], &["gradavgraw_id"]].concat()).unwrap()
}

fn trained(task: &Task) -> Records {
    let rules = [Backprop.shared(), FeedbackAlignment::default().shared()];
    let study = Study::of(experiment(task)).rules(&rules).learning_rates(&[0.01, 0.5]).seeds(4);
    study.run_with(&Instrument::perfect(), &observables()).unwrap()
}

fn three_rules() -> &'static DataFrame {
    static TABLE: OnceLock<DataFrame> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rules =
            [Backprop.shared(), FeedbackAlignment::default().shared(), Hebbian::default().shared()];
        let study = Study::of(experiment(task())).rules(&rules).seeds(4);
        last(&study.run_with(&Instrument::perfect(), &observables()).unwrap().observations)
    })
}

fn records() -> &'static Records {
    static RECORDS: OnceLock<Records> = OnceLock::new();
    RECORDS.get_or_init(|| trained(task()))
}

fn histories_in_stages() -> &'static DataFrame {
    static RECORDS: OnceLock<Records> = OnceLock::new();
    &RECORDS.get_or_init(|| trained(phases())).histories
}

/// One row per network: how well it learned.
fn quality() -> DataFrame {
    LearningQuality::default().of(&records().histories).unwrap()
}

/// Only the first layer after learning.
fn last(table: &DataFrame) -> DataFrame {
    let is_last = col("layer").eq(lit(1)).and(col("checkpoint").eq(lit(2)));
    table.clone().lazy().filter(is_last).collect().unwrap()
}

fn cases(table: &DataFrame) -> Vec<Case> {
    faults::of_cells(table).into_iter().chain(faults::of_rows(table)).collect()
}

#[test]
fn observations_that_went_wrong() {
    let table = &records().observations;
    let count = sweep(table, &of_studies::of_observations(), &cases(table));
    assert!(count >= 300, "{count} cases");
    let last = last(table);
    sweep(&last, &of_studies::of_one_layer(), &cases(&last));
}

#[test]
fn networks_to_identify_that_went_wrong() {
    let table = three_rules();
    sweep(table, &of_studies::of_three_rules(), &cases(table));
}

#[test]
fn histories_that_went_wrong() {
    let table = &records().histories;
    sweep(table, &of_studies::of_histories(), &cases(table));
    let table = histories_in_stages();
    sweep(table, &of_studies::of_histories_in_stages(), &cases(table));
}

#[test]
fn tables_of_quality_that_went_wrong() {
    let table = quality();
    sweep(&table, &of_results::of_quality(), &cases(&table));
    let best = best_learning_rates(&table, 0.02).unwrap();
    sweep(&best, &of_results::of_best(), &faults::of_cells(&best));
}

#[test]
fn tables_of_results_that_went_wrong() {
    let of = |table: &DataFrame, asks: &[asking::Ask]| sweep(table, asks, &faults::of_cells(table));
    of(&of_results::pairs(), &of_results::of_pairs());
    of(&of_results::means(), &of_results::of_means());
    of(&of_results::held_out_table(), &of_results::of_held_out());
    of(&of_results::instruments(), &of_results::of_instruments());
    of(&of_results::power_table(), &of_results::of_power());
    of(&of_results::scores(), &of_results::of_scores());
}

/// Reads the sources, so that a new function is asked too.
#[test]
fn every_public_function_that_takes_a_table_is_asked() {
    let asked: String = ["of_studies", "of_results"]
        .map(|name| {
            let path = format!("{}/tests/sweep/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).unwrap()
        })
        .concat();
    let missing: Vec<String> = functions::that_take_a_table()
        .into_iter()
        .filter(|name| !asked.contains(&format!("{name}(")))
        .collect();
    assert!(missing.is_empty(), "not asked: {}", missing.join(", "));
}

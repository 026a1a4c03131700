//! A sweep over tables that went wrong in every way a reader's tables do, through every public
//! function that takes one.
//!
//! A case is a table that was trained once, changed in one way. No function may panic; what it
//! refuses it refuses in one sentence; what it answers has no number that is not finite, is what a
//! plain loop over the rows finds, and does not depend on the order of rows, on columns that are
//! not asked for, or on the numbers of networks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use microlearners::observables::KEY_COLUMNS;
use microlearners::polars::prelude::AnyValue;
use microlearners::prelude::*;

mod faults;
mod plain;

use faults::{Case, Expected};

/// What a function said: rows of text in alphabetical order, without the numbers of networks.
type Answer = Result<Vec<String>, Error>;

/// A public function that takes a table, asked one question.
struct Ask {
    name: &'static str,
    of: fn(&DataFrame) -> Answer,
    /// What the names of columns begin with whose numbers decide the answer, besides keys; others
    /// must not matter.
    needs: &'static [&'static str],
    /// Whether it must tell networks apart, and whether a missing row can be found out.
    care: Care,
    /// The same by a plain loop.
    plain: Option<fn(&DataFrame) -> Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Care {
    None,
    Networks,
    Gaps,
}

const fn ask(
    name: &'static str,
    care: Care,
    needs: &'static [&'static str],
    of: fn(&DataFrame) -> Answer,
) -> Ask {
    Ask { name, of, needs, care, plain: None }
}

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

fn trained(task: &Task) -> Records {
    let base = Experiment::new(task)
        .architecture(Architecture::hidden(&[6]))
        .batch_size(60)
        .epochs(1)
        .checkpoints(Checkpoints::Count(3));
    let rules = [Backprop.shared(), FeedbackAlignment::default().shared()];
    let study = Study::of(base).rules(&rules).learning_rates(&[0.01, 0.5]).seeds(4);
    let observables = ["weightraw_norm", "weightabs_mean", "weightsq_var", "gradavgraw_id"];
    study.run_with(&Instrument::perfect(), &ObservableSet::named(&observables).unwrap()).unwrap()
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

/// A number to nine digits, for sums may come in another order.
fn cell(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Float64(number) => {
            assert!(number.is_finite(), "an answer has {number}, and missing is null");
            format!("{number:.8e}")
        }
        AnyValue::Float32(number) => format!("{number:.5e}"),
        other => other.to_string(),
    }
}

/// A table as an answer: these columns of it, or all.
fn rows(table: &DataFrame, columns: &[&str]) -> Vec<String> {
    let is_told = |name: &str| name != "run" && (columns.is_empty() || columns.contains(&name));
    let told: Vec<&Column> =
        table.columns().iter().filter(|column| is_told(column.name())).collect();
    let row = |row: usize| {
        let cells = told.iter().map(|column| cell(&column.get(row).unwrap()));
        cells.collect::<Vec<String>>().join(" | ")
    };
    let mut rows: Vec<String> = (0..table.height()).map(row).collect();
    rows.sort();
    rows
}

fn samples(samples: Samples) -> Vec<String> {
    let row = |(row, label): (usize, &usize)| {
        let features = samples.features.row(row);
        let features: Vec<String> = features.iter().map(|x| format!("{x:.8e}")).collect();
        format!("{} | {}", samples.classes[*label], features.join(" | "))
    };
    let mut rows: Vec<String> = samples.labels.iter().enumerate().map(row).collect();
    rows.sort();
    rows.push(samples.feature_names.join(" | "));
    rows
}

fn reference() -> Expr {
    col("rule").eq(lit("backprop")).and(col("learning_rate").eq(lit(0.5)))
}

fn protocol() -> Protocol {
    Protocol { splits: 2, permutations: 0, importance_repeats: 0, ..Protocol::default() }
}

fn weights(unit: SampleUnit) -> SampleSpec {
    SampleSpec {
        unit,
        observables: vec!["weightraw_norm".into(), "weightabs_mean".into()],
        ..SampleSpec::default()
    }
}

/// Only the first layer after learning.
fn last(table: &DataFrame) -> DataFrame {
    let is_last = col("layer").eq(lit(1)).and(col("checkpoint").eq(lit(2)));
    table.clone().lazy().filter(is_last).collect().unwrap()
}

/// A figure is only asked not to panic: what it shows of odd numbers is for its own tests.
fn drawn(figure: Result<Figure, Error>) -> Answer {
    figure.map(|_| Vec::new())
}

const NORMS: &[&str] = &["weightraw_norm", "weightabs_mean"];

fn of_observations() -> Vec<Ask> {
    let classified: &[&str] = &["weightraw_norm", "weightabs_mean", "weight_change"];
    let mut asks = vec![
        ask("samples", Care::Gaps, NORMS, |t| {
            Ok(samples(weights(SampleUnit::OneLayer).samples(t)?))
        }),
        ask("samples before learning", Care::Gaps, NORMS, |t| {
            Ok(samples(weights(SampleUnit::FirstAndLastLayer).at_step_zero().samples(t)?))
        }),
        ask("trajectories of samples", Care::Gaps, NORMS, |t| {
            Ok(samples(weights(SampleUnit::WholeNetwork).over_time().samples(t)?))
        }),
        ask("classify_table", Care::Gaps, classified, |t| {
            let view = weights(SampleUnit::WholeNetwork);
            let report = classify_table(t, &view, &DecisionTree::default(), &protocol())?;
            Ok(vec![format!("{:.6}", report.accuracy.mean)])
        }),
        ask("classify_each", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            Ok(rows(&classify_each(t, &["optimizer"], &view, &tree, &protocol())?, &[]))
        }),
        ask("hold_out", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            let found = hold_out(t, &view, &tree, &protocol(), &col("learning_rate").gt(lit(0.1)))?;
            Ok(vec![format!("{:.6} {}", found.held_out.mean, found.held_out_networks)])
        }),
        ask("hold_out_each", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            Ok(rows(&hold_out_each(t, &view, &tree, &protocol(), "learning_rate")?, &[]))
        }),
        ask("separate_pairs", Care::Gaps, NORMS, |t| {
            let pairs = separate_pairs(&weights(SampleUnit::WholeNetwork).samples(t)?)?;
            Ok(rows(&pairs.pairs, &[]))
        }),
        ask("matched_in_accuracy", Care::Gaps, &["test_accuracy"], |t| {
            let matched = matched_in_accuracy(t, &SampleSpec::default(), &["task"], (0.5, 0))?;
            Ok(vec![matched.height().to_string()])
        }),
        ask("with_key", Care::None, &[], |t| Ok(rows(&with_key(t, "algorithm")?, &["algorithm"]))),
        ask("trajectories", Care::None, &[""], |t| drawn(trajectories("T", t, "weightraw_norm"))),
        ask("dots", Care::None, &[""], |t| drawn(dots(t, &Dots::new("T", "weightraw_norm")))),
        ask("small_multiples", Care::None, &[""], |t| {
            drawn(small_multiples("T", t, "rule", &["weightraw_norm"]))
        }),
    ];
    asks.extend(of_observations_and_by_loops());
    asks
}

fn of_observations_and_by_loops() -> [Ask; 3] {
    [
        Ask {
            plain: Some(plain::features),
            ..ask("samples of networks", Care::Gaps, NORMS, |t| {
                Ok(samples(weights(SampleUnit::WholeNetwork).samples(t)?))
            })
        },
        Ask {
            plain: Some(plain::mean),
            ..ask("mean_over", Care::Networks, &["weightraw_norm"], |t| {
                let means = mean_over(t, "weightraw_norm", &["rule"], "run")?;
                Ok(rows(&means, &["rule", "count", "mean"]))
            })
        },
        Ask {
            plain: Some(plain::twins),
            ..ask("matched_differences", Care::Networks, &["weight", "gradavg"], |t| {
                Ok(rows(&matched_differences(t, &reference())?, &["rule", "weightraw_norm"]))
            })
        },
    ]
}

/// Of rows of one layer at one moment.
fn of_one_layer() -> [Ask; 1] {
    [ask("effect_sizes", Care::Networks, &["weight", "gradavg"], |t| {
        Ok(rows(&effect_sizes(t, &reference(), "rule")?, &[]))
    })]
}

fn of_histories() -> Vec<Ask> {
    vec![
        Ask {
            plain: Some(plain::quality),
            ..ask("LearningQuality", Care::Gaps, &["epoch", "validation_acc", "test_acc"], |t| {
                let quality = LearningQuality::default().of(t)?;
                Ok(rows(&quality, &["rule", "final_accuracy", "area"]))
            })
        },
        ask("rows_at_best_learning_rates", Care::Networks, &[], |t| {
            let best = best_learning_rates(&quality(), 0.02)?;
            Ok(rows(&rows_at_best_learning_rates(t, &best)?, &["rule", "learning_rate"]))
        }),
        ask("learning_curves", Care::None, &[""], |t| {
            drawn(learning_curves(t, &LearningCurves::new("T", "step", "validation_accuracy")))
        }),
    ]
}

fn of_histories_in_stages() -> Vec<Ask> {
    const NEEDS: &[&str] = &["phase", "current_", "test_accuracy", "accuracy_on_"];
    vec![
        ask("Adaptation::of", Care::Gaps, NEEDS, |t| {
            Ok(rows(&Adaptation::default().of(phases(), t)?, &[]))
        }),
        ask("Adaptation::phases", Care::Gaps, NEEDS, |t| {
            Ok(rows(&Adaptation::default().phases(phases(), t)?, &[]))
        }),
        ask("Adaptation::groups", Care::Gaps, NEEDS, |t| {
            Ok(rows(&Adaptation::default().groups(phases(), t)?, &[]))
        }),
    ]
}

/// Of tables with one row per network.
fn of_quality() -> Vec<Ask> {
    vec![
        Ask {
            plain: Some(plain::best),
            ..ask("best_learning_rates", Care::Networks, &["final_", "diverged"], |t| {
                let best = best_learning_rates(t, 0.02)?;
                Ok(rows(&best, &["rule", "learning_rate", "validation_accuracy"]))
            })
        },
        ask("best_settings", Care::Networks, &["final_", "diverged"], |t| {
            Ok(rows(&best_settings(&best_learning_rates(t, 0.02)?)?, &[]))
        }),
    ]
}

/// Of tables with one row per setting, which have no networks to tell apart.
fn of_best() -> Vec<Ask> {
    vec![
        ask("best_settings of best", Care::None, &["validation_accuracy"], |t| {
            Ok(rows(&best_settings(t)?, &["rule", "rule_settings"]))
        }),
        ask("rows at best of best", Care::None, &[], |t| {
            Ok(rows(&rows_at_best_learning_rates(&quality(), t)?, &["rule", "learning_rate"]))
        }),
        ask("at_best_learning_rates", Care::None, &[], |t| {
            let study = at_best_learning_rates(&Experiment::new(task()), t)?;
            Ok(study.experiments.iter().map(ToString::to_string).collect())
        }),
    ]
}

/// What is wrong with an answer, if anything.
fn fault(ask: &Ask, case: &Case, before: &[String]) -> Option<String> {
    let said = catch_unwind(AssertUnwindSafe(|| (ask.of)(&case.table)));
    let answer = match said {
        Err(_) => return Some("it panicked".into()),
        Ok(Err(error)) => return refused(ask, case, &error.to_string()),
        Ok(Ok(answer)) => answer,
    };
    let must_refuse = match case.expected {
        Expected::Refused => Care::Networks <= ask.care,
        Expected::Gap => ask.care == Care::Gaps,
        _ => false,
    };
    if must_refuse {
        return Some("it gave an answer".into());
    }
    if must_be_same(ask, case) && answer != before {
        return Some(format!("it gave another answer: {answer:?} and not {before:?}"));
    }
    // Without its columns a loop says nothing.
    if case.name.starts_with("no ") {
        return None;
    }
    let plain = ask.plain.map(|plain| plain(&case.table))?;
    (plain != answer).then(|| format!("it gave {answer:?}, and a plain loop {plain:?}"))
}

/// Characters of a sentence that lists what is known, such as the names of all rules.
const LONGEST: usize = 1300;

fn refused(ask: &Ask, case: &Case, sentence: &str) -> Option<String> {
    if sentence.lines().count() != 1 || sentence.chars().count() > LONGEST {
        return Some(format!("its sentence is none: {sentence}"));
    }
    if sentence.contains("the table operation failed") {
        return Some(format!("polars refused it: {sentence}"));
    }
    must_be_same(ask, case).then(|| format!("it refused: {sentence}"))
}

fn must_be_same(ask: &Ask, case: &Case) -> bool {
    match &case.expected {
        Expected::Same => true,
        Expected::Odd(column) => {
            let is_key = KEY_COLUMNS.contains(&column.as_str());
            !is_key && !column.is_empty() && !ask.needs.iter().any(|need| column.starts_with(need))
        }
        _ => false,
    }
}

/// Puts every question to every case, and tells how many answers there were.
fn sweep(table: &DataFrame, asks: &[Ask], cases: &[Case]) -> usize {
    let before: Vec<Vec<String>> = asks
        .iter()
        .map(|ask| (ask.of)(table).unwrap_or_else(|error| panic!("{}: {error}", ask.name)))
        .collect();
    let mut faults = Vec::new();
    for case in cases {
        for (ask, before) in asks.iter().zip(&before) {
            if let Some(fault) = fault(ask, case, before) {
                faults.push(format!("{} of a table with {}: {fault}", ask.name, case.name));
            }
        }
    }
    let most = faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults, such as\n{most}", faults.len());
    cases.len()
}

fn cases(table: &DataFrame) -> Vec<Case> {
    faults::of_cells(table).into_iter().chain(faults::of_rows(table)).collect()
}

#[test]
fn observations_that_went_wrong() {
    let table = &records().observations;
    let count = sweep(table, &of_observations(), &cases(table));
    assert!(count >= 300, "{count} cases");
    let last = last(table);
    sweep(&last, &of_one_layer(), &cases(&last));
}

#[test]
fn histories_that_went_wrong() {
    let table = &records().histories;
    sweep(table, &of_histories(), &cases(table));
    let table = histories_in_stages();
    sweep(table, &of_histories_in_stages(), &cases(table));
}

#[test]
fn tables_of_quality_that_went_wrong() {
    let table = quality();
    sweep(&table, &of_quality(), &cases(&table));
    let best = best_learning_rates(&table, 0.02).unwrap();
    sweep(&best, &of_best(), &faults::of_cells(&best));
}

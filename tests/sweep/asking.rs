//! Asking a function about a table, and what is wrong with its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use microlearners::observables::KEY_COLUMNS;
use microlearners::polars::prelude::AnyValue;
use microlearners::prelude::*;

use super::faults::{Case, Expected};

/// What a function said: rows of text in alphabetical order, without the numbers of networks.
pub(super) type Answer = Result<Vec<String>, Error>;

/// A public function that takes a table, asked one question.
pub(super) struct Ask {
    pub(super) name: &'static str,
    pub(super) of: fn(&DataFrame) -> Answer,
    /// What the names of columns begin with whose numbers decide the answer, besides keys; others
    /// must not matter.
    pub(super) needs: &'static [&'static str],
    /// Whether it must tell networks apart, and whether a missing row can be found out.
    pub(super) care: Care,
    /// The same by a plain loop.
    pub(super) plain: Option<fn(&DataFrame) -> Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Care {
    None,
    /// It must tell that a row is there twice, whatever the numbers of networks.
    Copies,
    Networks,
    Gaps,
}

pub(super) const fn ask(
    name: &'static str,
    care: Care,
    needs: &'static [&'static str],
    of: fn(&DataFrame) -> Answer,
) -> Ask {
    Ask { name, of, needs, care, plain: None }
}

/// A number to nine digits, for sums may come in another order.
pub(super) fn cell(value: &AnyValue<'_>) -> String {
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
pub(super) fn rows(table: &DataFrame, columns: &[&str]) -> Vec<String> {
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

pub(super) fn samples(samples: Samples) -> Vec<String> {
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

/// A figure is only asked not to panic: what it shows of odd numbers is for its own tests.
pub(super) fn drawn(figure: Result<Figure, Error>) -> Answer {
    figure.map(|_| Vec::new())
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
        Expected::Twice => Care::Copies <= ask.care,
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
pub(super) fn sweep(table: &DataFrame, asks: &[Ask], cases: &[Case]) -> usize {
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

//! Names of version 0.1, which studies carried out with it still hold. They are read as today's
//! names and never written.

use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IntoLazy, LazyFrame, PolarsResult, StringChunked, col,
};

use crate::error::Result;

/// Beginnings of column names: then, and today.
const COLUMNS: [(&str, &str); 1] = [("accuracy_on_stage_", "accuracy_on_phase_")];
/// Whole column names.
const WHOLE_COLUMNS: [(&str, &str); 1] = [("stage", "phase")];
/// Words within the texts of a column.
const WORDS: [(&str, &[(&str, &str)]); 2] = [
    (
        "task",
        &[
            ("split classes ", "class-incremental "),
            ("late class ", "novel class "),
            ("drifting pixels ", "input drift "),
            ("label switch ", "reversal learning "),
        ],
    ),
    (
        "rule_settings",
        &[
            ("FanSum", "Glorot"),
            ("last_post: Answer", "output_activity: Own"),
            ("last_post: ", "output_activity: "),
        ],
    ),
];
/// Lines of a plan's text, or beginnings of lines: today, and then.
const LINES: [(&str, &str); 6] = [
    ("combinations = \"balanced\"", "combinations = \"dealt\""),
    ("[tasks.scenario.class_incremental]", "[tasks.world.split_classes]"),
    ("[tasks.scenario.novel_class]", "[tasks.world.late_class]"),
    ("[tasks.scenario.input_drift]", "[tasks.world.drifting_pixels]"),
    ("[tasks.scenario.reversal_learning]", "[tasks.world.label_switch]"),
    ("phases = ", "stages = "),
];

/// The table with today's names.
pub(super) fn todays(table: DataFrame) -> Result<DataFrame> {
    Ok(todays_lazy(table.lazy())?.collect()?)
}

/// The same, renamed when it is read.
pub(super) fn todays_lazy(mut frame: LazyFrame) -> Result<LazyFrame> {
    let schema = frame.collect_schema()?;
    let (then, today): (Vec<String>, Vec<String>) = schema
        .iter_names()
        .filter_map(|name| Some((name.to_string(), todays_column(name)?)))
        .unzip();
    let texts = WORDS
        .iter()
        .filter(|(name, _)| schema.get(name).is_some_and(|kind| *kind == DataType::String));
    let texts: Vec<_> = texts
        .map(|&(name, words)| {
            let rewrite = move |texts: Column| todays_texts(&texts, words);
            col(name).map(rewrite, |_, field| Ok(field.clone()))
        })
        .collect();
    Ok(frame.rename(then, today, true).with_columns(texts))
}

fn todays_column(name: &str) -> Option<String> {
    let whole = WHOLE_COLUMNS.iter().find(|(then, _)| *then == name);
    whole.map(|(_, today)| (*today).to_owned()).or_else(|| {
        let (then, today) = COLUMNS.iter().find(|(then, _)| name.starts_with(then))?;
        Some(name.replacen(then, today, 1))
    })
}

fn todays_texts(texts: &Column, words: &[(&str, &str)]) -> PolarsResult<Column> {
    let rewritten = texts.str()?.iter().map(|text| text.map(|text| todays_text(text, words)));
    Ok(StringChunked::from_iter(rewritten).with_name(texts.name().clone()).into_column())
}

fn todays_text(text: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(text.to_owned(), |text, (then, today)| text.replace(then, today))
}

/// A plan's text as version 0.1 would have written it, by which it named the tables it stored.
pub(super) fn as_written_then(plan: &str) -> String {
    let line = |line: &str| match LINES.iter().find(|(today, _)| line.starts_with(today)) {
        Some((today, then)) => line.replacen(today, then, 1),
        None => line.to_owned(),
    };
    plan.lines().map(|text| line(text) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn a_table_of_version_0_1_has_todays_names() {
        let then = df!(
            "stage" => [1_u32, 2],
            "accuracy_on_stage_1" => [0.5, 0.6],
            "task" => [Some("mnist late class 9"), None],
            "rule_settings" => ["Hebbian { plasticity: Oja, last_post: Answer }", "A { feedback: FanSum }"],
        );
        let today = todays(then.expect("a table")).expect("a table");
        let expected = df!(
            "phase" => [1_u32, 2],
            "accuracy_on_phase_1" => [0.5, 0.6],
            "task" => [Some("mnist novel class 9"), None],
            "rule_settings" => ["Hebbian { plasticity: Oja, output_activity: Own }", "A { feedback: Glorot }"],
        );
        assert!(today.equals_missing(&expected.expect("a table")), "{today}");
        assert!(todays(today.clone()).expect("a table").equals_missing(&today));
    }

    #[test]
    fn a_plan_is_written_as_it_was_then() {
        let today = "combinations = \"balanced\"\n\n[tasks.scenario.input_drift]\nphases = 4\nfraction = 0.25\n";
        let then = "combinations = \"dealt\"\n\n[tasks.world.drifting_pixels]\nstages = 4\nfraction = 0.25\n";
        assert_eq!(as_written_then(today), then);
    }
}

//! Which columns of a table are put to a classifier.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;

use crate::error::shown;
use crate::observables::{Chosen, declared, is_measured, words};
use crate::{Error, Result};

/// The columns that words choose, in the order of the table: sets of observables, whole parts of
/// their names, and names; without words all observables that the table's study measured.
pub(in crate::classification) fn chosen_observables(
    table: &DataFrame,
    words: &[String],
) -> Result<Vec<String>> {
    let known = declared(table)?;
    if words.is_empty() {
        check_others(table, &known)?;
    }
    let mut chosen: BTreeSet<String> = BTreeSet::new();
    for word in words {
        chosen.extend(chosen_by(table, word, &known)?);
    }
    let names = table.get_column_names().into_iter().map(ToString::to_string);
    let is_chosen = |name: &String| match words.is_empty() {
        true => known.contains(name),
        false => chosen.contains(name),
    };
    let chosen: Vec<String> = names.filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err(Error::Table(
            "the table has keys and context but no observables; observe before classifying".into(),
        ));
    }
    Ok(chosen)
}

/// What nobody declared as an observable could be anything, such as a number for each rule.
fn check_others(table: &DataFrame, known: &[String]) -> Result<()> {
    // A text, such as a note, is nothing to learn from.
    let is_text = |name: &str| table.column(name).is_ok_and(|column| column.dtype().is_string());
    let is_other = |name: &&str| {
        is_measured(name) && !is_text(name) && !known.iter().any(|other| other == name)
    };
    let names = table.get_column_names().into_iter().map(|name| name.as_str());
    let others: Vec<&str> = names.filter(is_other).collect();
    if others.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = others.iter().take(5).map(|name| shown(name)).collect();
    let more = if others.len() > 5 { ", …" } else { "" };
    Err(Error::Table(format!(
        "the table has {} that its study did not measure ({}{more}); drop what is no observable, or name what to learn from in SampleSpec.observables",
        if others.len() == 1 { "a column".into() } else { format!("{} columns", others.len()) },
        named.join(", ")
    )))
}

/// The columns that one word chooses.
fn chosen_by(table: &DataFrame, word: &str, known: &[String]) -> Result<Vec<String>> {
    let has = |name: &String| table.column(name).is_ok();
    let chosen: Vec<String> = match Chosen::by(word) {
        Chosen::Set(all) => {
            let lacking: Vec<&String> = all.iter().filter(|name| !has(name)).collect();
            if let Some(first) = lacking.first() {
                return Err(Error::Table(format!(
                    "the table lacks {} of the {} observables of the set \"{word}\", such as {first}; choose parts of names, such as weight, which mean \
                     what the table has of them",
                    lacking.len(),
                    all.len()
                )));
            }
            all
        }
        Chosen::Part(all) => {
            // A reader's own may be called by the same measure.
            let own = known.iter().filter(|name| name.split('_').next() == Some(word)).cloned();
            all.into_iter().filter(has).chain(own).collect()
        }
        Chosen::Name if is_measured(word) && table.column(word).is_ok() => vec![word.into()],
        Chosen::Name => Vec::new(),
    };
    if chosen.is_empty() {
        return Err(unknown(table, word, known));
    }
    Ok(chosen)
}

/// The sets and parts of names that mean something in the table come first, for there are few of
/// them.
fn unknown(table: &DataFrame, word: &str, known: &[String]) -> Error {
    let is_there = |word: &String| match Chosen::by(word) {
        Chosen::Set(all) => all.iter().all(|one| table.column(one).is_ok()),
        Chosen::Part(all) => all.iter().any(|one| table.column(one).is_ok()),
        Chosen::Name => false,
    };
    let known = words().into_iter().filter(is_there).chain(known.iter().cloned()).collect();
    Error::UnknownName { kind: "observable in the table", name: word.into(), known }
}

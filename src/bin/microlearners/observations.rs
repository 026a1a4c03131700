//! The observations of one or more directories as one table.

use std::path::{Path, PathBuf};

use microlearners::Error;
use microlearners::observables::{CONTEXT_COLUMNS, KEY_COLUMNS};
use microlearners::polars::prelude::{
    DataFrame, DataType, Expr, IntoLazy, LazyFrame, UnionArgs, col, concat, lit,
};
use microlearners::studies::RunDirectory;

use crate::arguments::Classify;
use crate::out;

/// What one directory holds.
struct Part<'a> {
    path: &'a Path,
    study: RunDirectory,
    table: DataFrame,
}

/// The observations of all directories that one instrument made, their runs counted on.
pub(crate) fn of(options: &Classify) -> Result<DataFrame, Error> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for path in &options.directories {
        let part = part(path, options)?;
        check_other(&part, &parts)?;
        parts.push(part);
    }
    let columns = columns_of_all(&parts, options)?;
    let mut runs = 0_u32;
    let stacked = parts.iter().map(|part| {
        let chosen: Vec<Expr> = columns.iter().map(col).collect();
        let table = part.table.clone().lazy().select(chosen);
        let table = table.with_column((col("run") + lit(runs)).cast(DataType::UInt32));
        runs += part.study.networks() as u32;
        table
    });
    let stacked: Vec<LazyFrame> = stacked.collect();
    Ok(concat(stacked, UnionArgs::default())?.collect()?)
}

fn part<'a>(path: &'a PathBuf, options: &Classify) -> Result<Part<'a>, Error> {
    let study = RunDirectory::open(path)?;
    let status = study.status()?;
    if !status.is_complete() {
        out::tell(&format!("note: {status}; only these are classified"));
    }
    let table = study.observations()?.collect()?;
    let table =
        of_one_instrument(table, path, [("noise", options.noise), ("fraction", options.fraction)])?;
    Ok(Part { path, study, table })
}

/// The same networks, counted twice, would be learned from and judged.
fn check_other(part: &Part<'_>, before: &[Part<'_>]) -> Result<(), Error> {
    match before.iter().find(|other| other.study.is_same_study_as(&part.study)) {
        None => Ok(()),
        Some(other) => Err(Error::Study(format!(
            "{} and {} hold the same study, whose networks would count twice; name one of them",
            other.path.display(),
            part.path.display()
        ))),
    }
}

/// The rows with the noise and the fraction that were asked for, without these columns.
fn of_one_instrument(
    table: DataFrame,
    path: &Path,
    asked: [(&str, Option<f64>); 2],
) -> Result<DataFrame, Error> {
    let has_grid = table.column("noise").is_ok();
    if !has_grid {
        return match asked.iter().find(|(_, value)| value.is_some()) {
            None => Ok(table),
            Some((name, value)) => Err(Error::setting(
                format!("--{name}"),
                value.unwrap_or_default(),
                format!(
                    "{} has no grid of instruments to choose from; leave it out",
                    path.display()
                ),
            )),
        };
    }
    let there = asked.map(|(name, value)| Ok::<_, Error>((name, value, values(&table, name)?)));
    let there: Vec<(&str, Option<f64>, Vec<f64>)> = there.into_iter().collect::<Result<_, _>>()?;
    check_all_chosen(&there, path)?;
    there.iter().try_fold(table, |table, (name, value, known)| {
        let chosen = chosen(name, *value, known, path)?;
        let rows = table.lazy().filter(col(*name).eq(lit(chosen))).collect()?;
        Ok(rows.drop(name)?)
    })
}

/// Says at once all that must be chosen.
fn check_all_chosen(there: &[(&str, Option<f64>, Vec<f64>)], path: &Path) -> Result<(), Error> {
    let open = there.iter().filter(|(_, asked, known)| asked.is_none() && known.len() != 1);
    let open: Vec<(String, String)> = open
        .map(|(name, _, known)| (format!("{name} {}", listed(known)), format!("--{name}")))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let (known, options): (Vec<String>, Vec<String>) = open.into_iter().unzip();
    Err(Error::Study(format!(
        "{} was measured by several instruments, of {}; choose one with {}",
        path.display(),
        known.join(" and "),
        options.join(" and ")
    )))
}

fn listed(values: &[f64]) -> String {
    values.iter().map(f64::to_string).collect::<Vec<String>>().join(", ")
}

/// The values of a column, each once, in ascending order.
fn values(table: &DataFrame, name: &str) -> Result<Vec<f64>, Error> {
    let column = table.column(name)?.cast(&DataType::Float64)?;
    let mut values: Vec<f64> = column.f64()?.iter().flatten().collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(values)
}

/// The value that was asked for, or else the only one.
fn chosen(name: &str, asked: Option<f64>, known: &[f64], path: &Path) -> Result<f64, Error> {
    let Some(value) = asked.or_else(|| known.first().copied()) else { return Ok(f64::NAN) };
    if known.contains(&value) {
        return Ok(value);
    }
    let known = listed(known);
    let requirement = format!("{} was measured with {known}; choose one of these", path.display());
    Err(Error::setting(format!("--{name}"), value, requirement))
}

/// The columns that every directory has. If they differ, the observables must have been chosen.
fn columns_of_all(parts: &[Part<'_>], options: &Classify) -> Result<Vec<String>, Error> {
    let names = |part: &Part<'_>| -> Vec<String> {
        part.table.get_column_names().into_iter().map(ToString::to_string).collect()
    };
    let Some(first) = parts.first() else { return Ok(Vec::new()) };
    let mut common = names(first);
    for part in &parts[1..] {
        let own = names(part);
        let only_here: Vec<&String> = own.iter().filter(|name| !common.contains(name)).collect();
        let only_before: Vec<&String> = common.iter().filter(|name| !own.contains(name)).collect();
        let (has, lacks, differ) = match only_before.is_empty() {
            true => (part, first, only_here),
            false => (first, part, only_before),
        };
        if !differ.is_empty() {
            let what = differing(has.path, lacks.path, &differ);
            if options.observables.is_empty() {
                return Err(Error::Study(format!(
                    "{what}; choose with --observables among those that all have, or classify each directory by itself"
                )));
            }
            out::tell(&format!("note: {what}; these are left out"));
        }
        common.retain(|name| own.contains(name));
    }
    check_any_observables(&common)?;
    Ok(common)
}

/// The first few of what one has and the other has not.
fn differing(has: &Path, lacks: &Path, names: &[&String]) -> String {
    let few: Vec<&str> = names.iter().take(3).map(|name| name.as_str()).collect();
    let more = match names.len() - few.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{} has observables that {} lacks: {}{more}",
        has.display(),
        lacks.display(),
        few.join(", ")
    )
}

fn check_any_observables(columns: &[String]) -> Result<(), Error> {
    let is_observable =
        |name: &String| ![&KEY_COLUMNS[..], &CONTEXT_COLUMNS[..]].concat().contains(&name.as_str());
    if columns.iter().any(is_observable) {
        return Ok(());
    }
    let message = "the directories have no observable in common; classify each by itself";
    Err(Error::Study(message.into()))
}

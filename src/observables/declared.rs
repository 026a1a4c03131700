//! Which columns of a table are observables.

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame};

use super::catalogue::is_in_catalogue;
use super::{CONTEXT_COLUMNS, DERIVED_KEYS, KEY_COLUMNS, PRIVILEGED_PREFIX};
use crate::error::{Error, Result};
use crate::recordings::NOTE_PREFIX;

/// A key column that is there only where observables of a reader's own were measured: their names,
/// as a JSON list of texts in every row. Through it a table knows them wherever it goes, into a
/// file and back.
pub const OWN_OBSERVABLES: &str = "own_observables";

/// Whether a column could hold what an experimenter has measured: no key, no context, no note,
/// nothing privileged.
pub(crate) fn is_measured(column: &str) -> bool {
    !KEY_COLUMNS.contains(&column)
        && column != OWN_OBSERVABLES
        && !DERIVED_KEYS.contains(&column)
        && !CONTEXT_COLUMNS.contains(&column)
        && !column.starts_with(PRIVILEGED_PREFIX)
        && !column.starts_with(NOTE_PREFIX)
}

/// The observables that the table's study measured, in the order of the columns: those of the
/// catalogue, and those that the table itself calls its own.
pub(crate) fn declared(table: &DataFrame) -> Result<Vec<String>> {
    let own = own(table)?;
    let is_observable = |name: &&str| is_in_catalogue(name) || own.contains(*name);
    let names = table.get_column_names().into_iter().map(|name| name.as_str());
    Ok(names.filter(is_observable).map(str::to_owned).collect())
}

/// The same of a table that must have some.
pub(crate) fn declared_some(table: &DataFrame) -> Result<Vec<String>> {
    let names = declared(table)?;
    if names.is_empty() {
        let told = "the table has no observables that a study measured; observe first";
        return Err(Error::Table(told.into()));
    }
    Ok(names)
}

/// What a table says of observables that are not in the catalogue.
fn own(table: &DataFrame) -> Result<BTreeSet<String>> {
    let Ok(column) = table.column(OWN_OBSERVABLES) else { return Ok(BTreeSet::new()) };
    let unreadable = || {
        Error::Table(format!(
            "column {OWN_OBSERVABLES} must hold a JSON list of names in every row, as observe writes it; drop the column, and name such observables \
             in SampleSpec.observables"
        ))
    };
    let cells = column.str().map_err(|_| unreadable())?;
    let different: BTreeSet<&str> = cells.iter().flatten().collect();
    let mut names = BTreeSet::new();
    for text in different {
        let list: Vec<String> = serde_json::from_str(text).map_err(|_| unreadable())?;
        names.extend(list.into_iter().filter(|name| is_measured(name)));
    }
    Ok(names)
}

/// The column that names these observables as the table's own, if the catalogue lacks some.
pub(crate) fn own_column(names: &[String], rows: usize) -> Option<Column> {
    let own: Vec<&String> = names.iter().filter(|name| !is_in_catalogue(name)).collect();
    if own.is_empty() {
        return None;
    }
    let list = serde_json::to_string(&own).unwrap_or_default();
    Some(Column::new(OWN_OBSERVABLES.into(), vec![list; rows]))
}

//! Tables of several studies below one another.

use std::collections::BTreeSet;

use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame, DataType};

use super::declared::declared;
use super::networks::Networks;
use super::{KEY_COLUMNS, Records};
use crate::error::{Error, Result, shown};

/// Tables of several studies below one another, with networks numbered anew: those of the first
/// table keep their numbers in column `run`, those of the next count on from the largest of these,
/// and so on. So networks that had the same number in two tables stay two networks, as they would
/// not by `vstack`.
///
/// The tables are observations, histories or networks of [`Records`], or others with a column `run`
/// and the same keys. Columns that belong to some networks only, such as `weight_change_layer3` in
/// histories, are null for the others. To stack all three tables of several studies so that a
/// network has the same number in each use [`Records::stack`].
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let study = |rule: Rule| Study::of(Experiment::new(&task).batch_size(50)).rules(&[rule]).seeds(2).run();
/// let (a, b) = (study(Backprop.shared())?, study(Hebbian::default().shared())?);
/// let both = stack(&[&a.observations, &b.observations])?;
/// assert_eq!(both.column("run")?.u32()?.max(), Some(3));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Table`] if there is no table, one is there twice, one does not identify its networks,
/// or tables have different keys or observables, or text and numbers under one name.
pub fn stack(tables: &[&DataFrame]) -> Result<DataFrame> {
    let mut next = 0;
    let mut numbered = Vec::with_capacity(tables.len());
    for table in tables {
        numbered.push(counted_on(table, next)?);
        next = after(table, next)?;
    }
    below(tables, numbered)
}

impl Records {
    /// The tables of several studies below one another, with networks numbered anew, in all three
    /// tables alike; see [`stack`].
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let study = |rule: Rule| Study::of(Experiment::new(&task).batch_size(50)).rules(&[rule]).seeds(2).run();
    /// let both = Records::stack(&[&study(Backprop.shared())?, &study(Hebbian::default().shared())?])?;
    /// assert_eq!(both.networks.column("run")?.u32()?.max(), both.histories.column("run")?.u32()?.max());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`stack`].
    pub fn stack(records: &[&Self]) -> Result<Self> {
        let mut starts = Vec::with_capacity(records.len());
        let mut next = 0;
        for one in records {
            starts.push(next);
            let ends = [&one.observations, &one.histories, &one.networks];
            let ends = ends.map(|table| after(table, next));
            next = ends.into_iter().try_fold(next, |most, end| end.map(|end| end.max(most)))?;
        }
        let of = |part: fn(&Self) -> &DataFrame| -> Result<DataFrame> {
            let tables: Vec<&DataFrame> = records.iter().map(|one| part(one)).collect();
            let numbered =
                tables.iter().zip(&starts).map(|(table, &start)| counted_on(table, start));
            below(&tables, numbered.collect::<Result<_>>()?)
        };
        Ok(Self {
            observations: of(|one| &one.observations)?,
            histories: of(|one| &one.histories)?,
            networks: of(|one| &one.networks)?,
        })
    }
}

/// The number after the last of a table whose networks are counted from `start`.
fn after(table: &DataFrame, start: u64) -> Result<u64> {
    let most = Networks::of(table)?.runs.into_iter().max();
    let end = most.map_or(Some(start), |most| start.checked_add(most)?.checked_add(1));
    end.ok_or_else(|| {
        Error::Table(
            "the networks have too large numbers to be counted on; number them from 0".into(),
        )
    })
}

/// The table with its networks counted from `start`.
fn counted_on(table: &DataFrame, start: u64) -> Result<DataFrame> {
    let networks = Networks::of(table)?;
    networks.check_repeated(table)?;
    after(table, start)?;
    let runs: Vec<u64> = networks.runs.iter().map(|run| start + run).collect();
    let small: Option<Vec<u32>> = runs.iter().map(|&run| u32::try_from(run).ok()).collect();
    let runs = match small {
        Some(small) => Column::new("run".into(), small),
        None => Column::new("run".into(), runs),
    };
    let mut numbered = table.clone();
    numbered.replace("run", runs)?;
    Ok(numbered)
}

/// One below the other, if they fit.
fn below(tables: &[&DataFrame], numbered: Vec<DataFrame>) -> Result<DataFrame> {
    if tables.is_empty() {
        return Err(Error::Table("there is no table to stack; name at least one".into()));
    }
    check_different(tables)?;
    check_same(tables, "key columns", |table| {
        let names = table.get_column_names();
        let keys = names.iter().filter(|name| KEY_COLUMNS.contains(&name.as_str()));
        Ok(keys.map(ToString::to_string).collect())
    })?;
    check_same(tables, "observables", |table| Ok(declared(table)?.into_iter().collect()))?;
    let mut all = concat_df_diagonal(&of_one_type(numbered)?)?;
    all.rechunk_mut();
    Ok(all)
}

fn check_different(tables: &[&DataFrame]) -> Result<()> {
    let twice = (1..tables.len()).find(|&at| {
        tables[..at].iter().any(|other| tables[at].height() > 0 && tables[at].equals_missing(other))
    });
    match twice {
        None => Ok(()),
        Some(at) => Err(Error::Table(format!(
            "table {} of those to stack is there twice, so that its networks would count twice; name each table once",
            at + 1
        ))),
    }
}

fn check_same(
    tables: &[&DataFrame],
    what: &str,
    of: fn(&DataFrame) -> Result<BTreeSet<String>>,
) -> Result<()> {
    let first = of(tables[0])?;
    for (at, table) in tables.iter().enumerate().skip(1) {
        let own = of(table)?;
        let mut different = first.symmetric_difference(&own);
        if let Some(name) = different.next() {
            return Err(Error::Table(format!(
                "tables 1 and {} of those to stack have different {what} ({} of them, such as {}, are in one alone); select the columns that both \
                 have first",
                at + 1,
                1 + different.count(),
                shown(name)
            )));
        }
    }
    Ok(())
}

/// The tables with one type for each column: numbers of different types become fractions or larger
/// whole numbers.
fn of_one_type(mut tables: Vec<DataFrame>) -> Result<Vec<DataFrame>> {
    let names: BTreeSet<String> = tables
        .iter()
        .flat_map(|table| table.get_column_names().into_iter().map(ToString::to_string))
        .collect();
    for name in names {
        let mut kind = DataType::Null;
        for table in &tables {
            let Ok(column) = table.column(&name) else { continue };
            kind = common(&kind, column.dtype()).ok_or_else(|| {
                Error::Table(format!(
                    "column {} holds {kind} in one of the tables to stack and {} in another; turn one into the other first",
                    shown(&name),
                    column.dtype()
                ))
            })?;
        }
        for table in &mut tables {
            let Ok(column) = table.column(&name) else { continue };
            if *column.dtype() != kind {
                let cast = column.cast(&kind)?;
                table.replace(&name, cast)?;
            }
        }
    }
    Ok(tables)
}

/// The type that holds what both hold.
fn common(one: &DataType, other: &DataType) -> Option<DataType> {
    match (one, other) {
        _ if one == other => Some(one.clone()),
        (DataType::Null, kind) | (kind, DataType::Null) => Some(kind.clone()),
        _ if !(one.is_primitive_numeric() && other.is_primitive_numeric()) => None,
        _ if one.is_float() || other.is_float() => Some(DataType::Float64),
        _ if one.is_unsigned_integer() && other.is_unsigned_integer() => Some(DataType::UInt64),
        _ => Some(DataType::Int64),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn told(tables: &[&DataFrame]) -> String {
        stack(tables).unwrap_err().to_string()
    }

    #[test]
    fn networks_are_counted_on() {
        let a =
            df!("run" => [0_u32, 2], "rule" => ["a", "b"], "weight_change_layer1" => [0.1, 0.2]);
        let b = df!("run" => [1_u64, 0], "rule" => ["c", "d"], "weight_change_layer2" => [0.3_f32, 0.4]);
        let (a, b) = (a.unwrap(), b.unwrap());
        let both = stack(&[&a, &b]).unwrap();
        let runs: Vec<Option<u32>> = both.column("run").unwrap().u32().unwrap().iter().collect();
        assert_eq!(runs, [Some(0), Some(2), Some(4), Some(3)]);
        assert_eq!(both.column("weight_change_layer2").unwrap().null_count(), 2);
        assert!(stack(&[&a]).unwrap().equals_missing(&a));
    }

    #[test]
    fn tables_that_do_not_fit_are_told() {
        let a = df!("run" => [0_u32], "rule" => ["a"], "weightraw_norm" => [1.0], "note" => ["x"]);
        let a = a.unwrap();
        assert!(told(&[]).contains("no table to stack"));
        assert!(told(&[&a, &a]).contains("table 2 of those to stack is there twice"));
        let other = a.drop("rule").unwrap();
        assert!(told(&[&a, &other]).contains("different key columns (1 of them, such as rule"));
        let other = a.drop("weightraw_norm").unwrap();
        assert!(
            told(&[&a, &other])
                .contains("different observables (1 of them, such as weightraw_norm")
        );
        let mut other = a.clone();
        other.replace("note", Column::new("note".into(), [1.0])).unwrap();
        assert!(told(&[&a, &other]).contains("column note holds str"));
        assert!(told(&[&a.drop("run").unwrap()]).contains("\"run\""));
    }
}

//! For which rows of a table a condition holds.

use polars::prelude::{DataFrame, Expr, IntoLazy};

use crate::error::{Error, Result, first_words};

/// What is wrong with the condition by which `what` is chosen, and what to do.
fn refused(what: &str, problem: &str) -> Error {
    Error::Table(format!(
        "{what} is told by an expression that is true or false in every row, and {problem}; compare a key column, such as col(\"rule\").eq(lit(\"backprop\"))"
    ))
}

/// Whether the condition holds, for each row; a constant for all of them. `what` names in the
/// refusal what is chosen so.
///
/// # Errors
/// [`Error::Table`] if it is no condition on the table's columns, or neither true nor false
/// somewhere.
pub(crate) fn marked(table: &DataFrame, what: &str, condition: &Expr) -> Result<Vec<bool>> {
    let marked = table.clone().lazy().select([condition.clone().alias("marked")]).collect();
    let marked = marked.map_err(|error| refused(what, &first_words(&error)))?;
    let column = marked.column("marked")?;
    let marks =
        column.bool().map_err(|_| refused(what, &format!("this one is {}", column.dtype())))?;
    let marks: Vec<Option<bool>> = marks.iter().collect();
    let unknown = marks.iter().filter(|mark| mark.is_none()).count();
    if unknown > 0 {
        let problem =
            format!("it is neither true nor false in {unknown} rows, where a column is empty");
        return Err(refused(what, &problem));
    }
    let marks: Vec<bool> = marks.into_iter().flatten().collect();
    match marks.len() {
        rows if rows == table.height() => Ok(marks),
        // A constant.
        1 => Ok(vec![marks[0]; table.height()]),
        rows => {
            Err(refused(what, &format!("this one is told for {rows} rows of {}", table.height())))
        }
    }
}

//! A data frame for a reader: head and tail, the type of each column, numbers rounded and aligned.

use polars::prelude::{AnyValue, Column, DataFrame, DataType};

use super::grid::{FOLD, Grid, Side, count, kept, kept_rows};
use super::number::aligned;

/// Columns shown from each end of a wide table: in the library's own, keys come first and
/// measurements last.
const COLUMNS: usize = 6;
/// The longest text that a cell shows, in a table of few columns and in one of many.
const LONGEST: [usize; 2] = [160, 32];
/// How many columns are few.
const FEW: usize = 8;

/// The table as HTML with inline styles, for notebooks; the middle of many rows or columns is left
/// out.
pub fn table_html(table: &DataFrame) -> String {
    table_grid(table).html()
}

/// The table as aligned plain text; the middle of many rows or columns is left out.
pub fn table_text(table: &DataFrame) -> String {
    table_grid(table).text()
}

/// What is shown of a table.
pub(crate) fn table_grid(table: &DataFrame) -> Grid {
    let rows = count(table.height(), "row");
    columns_grid(&format!("{rows} × {}", count(table.width(), "column")), table)
}

/// The same, under another caption.
pub(crate) fn columns_grid(caption: &str, table: &DataFrame) -> Grid {
    let rows = kept_rows(table.height());
    let longest = LONGEST[usize::from(table.width() > FEW)];
    let shown: Vec<Shown> = kept(table.width(), COLUMNS, COLUMNS)
        .into_iter()
        .map(|place| {
            place.map_or_else(
                || Shown::fold(rows.len()),
                |place| Shown::of(&table.columns()[place], &rows, longest),
            )
        })
        .collect();
    let grid = shown.iter().fold(Grid::new(caption), |grid, one| grid.column(&one.name, one.side));
    let grid = grid.kinds(shown.iter().map(|one| one.kind.clone()).collect());
    (0..rows.len()).fold(grid, |grid, row| grid.row(shown.iter().map(|one| one.cells[row].clone())))
}

/// What is shown of a column.
struct Shown {
    name: String,
    kind: String,
    side: Side,
    cells: Vec<String>,
}

impl Shown {
    fn of(column: &Column, rows: &[Option<usize>], longest: usize) -> Self {
        let kind = column.dtype();
        let side = if kind.is_primitive_numeric() { Side::Right } else { Side::Left };
        Self {
            name: column.name().to_string(),
            kind: kind.to_string(),
            side,
            cells: cells(column, rows, longest),
        }
    }

    fn fold(rows: usize) -> Self {
        let fold = || FOLD.to_owned();
        Self { name: fold(), kind: fold(), side: Side::Left, cells: vec![fold(); rows] }
    }
}

/// The values of a column in these rows, numbers with a fraction as a column of numbers.
fn cells(column: &Column, rows: &[Option<usize>], longest: usize) -> Vec<String> {
    let value = |row: usize| column.get(row).unwrap_or(AnyValue::Null);
    if !matches!(column.dtype(), DataType::Float32 | DataType::Float64) {
        let cell =
            |row: &Option<usize>| row.map_or(FOLD.to_owned(), |row| readable(&value(row), longest));
        return rows.iter().map(cell).collect();
    }
    let number = |row: &Option<usize>| row.and_then(|row| value(row).extract::<f64>());
    let numbers: Vec<f64> = rows.iter().filter_map(number).collect();
    let mut written = aligned(&numbers).into_iter();
    let mut cell = |row: &Option<usize>| match (row, number(row)) {
        (None, _) => FOLD.to_owned(),
        (Some(_), None) => "null".to_owned(),
        (Some(_), Some(_)) => written.next().unwrap_or_default(),
    };
    rows.iter().map(&mut cell).collect()
}

/// A value as a reader wants it, on one line.
fn readable(value: &AnyValue<'_>, longest: usize) -> String {
    let text = written(value).replace('\n', " ");
    if text.chars().count() <= longest {
        return text;
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

fn written(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "null".to_owned(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, df};

    #[test]
    fn html_is_inert_and_complete() {
        let table =
            df!("rule" => ["<b>oja</b>", "bcm"], "loss" => [Some(0.123_456), None]).unwrap();
        let html = table_html(&table);
        assert!(html.contains("&lt;b&gt;oja") && !html.contains("<b>"));
        assert!(!html.contains("<style") && !html.contains("<script"));
        assert!(html.contains("2 rows × 2 columns"));
        assert!(html.contains(">0.1235<") && html.contains(">null<") && html.contains(">f64<"));
    }

    #[test]
    fn long_and_wide_tables_are_folded() {
        let columns =
            (0..30).map(|i| Column::new(format!("c{i}").into(), (0..50).collect::<Vec<i32>>()));
        let table = DataFrame::new(50, columns.collect()).unwrap();
        let text = table_text(&table);
        assert!(text.starts_with("50 rows × 30 columns\n"));
        assert_eq!(text.lines().count(), 1 + 2 + 11);
        assert!(text.contains("c5") && text.contains("c24") && !text.contains("c6 "));
        assert!(text.lines().last().unwrap().trim_start().starts_with("49"));
    }

    #[test]
    fn columns_line_up() {
        let table = df!("a" => [1, 100], "name" => ["x", "long"]).unwrap();
        assert_eq!(
            table_text(&table),
            "2 rows × 2 columns\n  a  name\ni32  str\n  1  x\n100  long\n"
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let table = df!("text" => ["line\n".repeat(100)]).unwrap();
        let text = table_text(&table);
        assert_eq!(text.lines().count(), 4);
        assert!(
            text.ends_with("…\n") && text.lines().all(|line| line.chars().count() <= LONGEST[0])
        );
    }

    #[test]
    fn an_empty_table_shows_itself() {
        assert!(table_html(&DataFrame::empty()).contains("0 rows × 0 columns"));
    }
}

//! A data frame for a reader: head and tail, the type of each column, numbers rounded.

use polars::prelude::{AnyValue, DataFrame};

use super::escape;

/// Rows shown from each end of a longer table.
const ENDS: usize = 5;
/// Columns shown of a wider table, the last few of them from its end.
const COLUMNS: usize = 14;

/// The table as HTML with inline styles, for notebooks.
pub fn table_html(table: &DataFrame) -> String {
    let view = View::of(table);
    let align = |column: usize| if view.numeric[column] { "right" } else { "left" };
    let cell = |tag: &str, column: usize, text: &str, style: &str| {
        let align = align(column);
        let text = escape(text);
        format!("<{tag} style=\"text-align:{align};padding:2px 8px;{style}\">{text}</{tag}>")
    };
    let row = |texts: &[String], tag: &str, style: &str| {
        let cells = texts.iter().enumerate().map(|(column, text)| cell(tag, column, text, style));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let body: String = view.rows.iter().map(|texts| row(texts, "td", "")).collect();
    format!(
        "<table style=\"border-collapse:collapse\">\n<caption style=\"text-align:left\">{}</caption>\n\
         <thead>\n{}{}</thead>\n<tbody>\n{body}</tbody>\n</table>\n",
        escape(&view.caption),
        row(&view.names, "th", ""),
        row(&view.kinds, "td", "opacity:0.6;font-size:85%;border-bottom:1px solid"),
    )
}

/// The table as aligned plain text.
pub fn table_text(table: &DataFrame) -> String {
    let view = View::of(table);
    let lines: Vec<&Vec<String>> =
        [&view.names, &view.kinds].into_iter().chain(&view.rows).collect();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..view.names.len()).map(width).collect();
    let cell = |(column, text): (usize, &String)| {
        let width = widths[column];
        if view.numeric[column] { format!("{text:>width$}") } else { format!("{text:<width$}") }
    };
    let mut text = format!("{}\n", view.caption);
    for line in lines {
        let cells: Vec<String> = line.iter().enumerate().map(cell).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// What of a table is shown.
struct View {
    caption: String,
    names: Vec<String>,
    kinds: Vec<String>,
    numeric: Vec<bool>,
    rows: Vec<Vec<String>>,
}

/// Where something is left out.
const FOLD: &str = "…";

impl View {
    fn of(table: &DataFrame) -> Self {
        let columns = kept(table.width(), COLUMNS - 4, 4);
        let rows = kept(table.height(), ENDS, ENDS);
        let each = |text: &dyn Fn(usize) -> String| -> Vec<String> {
            columns.iter().map(|column| column.map_or(FOLD.to_owned(), text)).collect()
        };
        let of = |index: usize| &table.columns()[index];
        let numeric = |index: usize| of(index).dtype().is_primitive_numeric();
        let value =
            |row: usize, index: usize| of(index).get(row).map_or(FOLD.to_owned(), |v| readable(&v));
        Self {
            caption: caption(table),
            names: each(&|index| of(index).name().to_string()),
            kinds: each(&|index| of(index).dtype().to_string()),
            numeric: columns.iter().map(|column| column.is_some_and(numeric)).collect(),
            rows: rows
                .iter()
                .map(|row| each(&|index| row.map_or(FOLD.to_owned(), |row| value(row, index))))
                .collect(),
        }
    }
}

fn caption(table: &DataFrame) -> String {
    let count = |count: usize, thing: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {thing}{plural}")
    };
    format!("{} × {}", count(table.height(), "row"), count(table.width(), "column"))
}

/// The places that are shown of `count`: all, or `first` and `last` around a fold. A fold that would
/// hide a single place shows it instead.
fn kept(count: usize, first: usize, last: usize) -> Vec<Option<usize>> {
    if count <= first + last + 1 {
        return (0..count).map(Some).collect();
    }
    let tail = (count - last..count).map(Some);
    (0..first).map(Some).chain([None]).chain(tail).collect()
}

/// The longest text that a cell shows.
const LONGEST: usize = 60;

/// A value as a reader wants it, on one line.
fn readable(value: &AnyValue<'_>) -> String {
    let text = written(value).replace('\n', " ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn written(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "null".to_owned(),
        AnyValue::Float64(number) => rounded(*number, 4),
        AnyValue::Float32(number) => rounded(f64::from(*number), 4),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// `number` in about so many digits.
pub(crate) fn rounded(number: f64, digits: i32) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "NaN".to_owned() } else { number.to_string() };
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let size = number.abs();
    if !(1e-4..1e7).contains(&size) {
        return format!("{number:.3e}");
    }
    let decimals = (digits - 1 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, df};

    #[test]
    fn numbers_are_rounded_for_reading() {
        let read: Vec<String> = [0.123_456, 96.537_1, 12_345.678, 0.0, 1e-9, 0.5, -2.0, f64::NAN]
            .map(|number| rounded(number, 4))
            .to_vec();
        assert_eq!(read, ["0.1235", "96.54", "12346", "0", "1.000e-9", "0.5", "-2", "NaN"]);
    }

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
        assert!(text.contains("c9") && text.contains("c26") && !text.contains("c10 "));
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
        assert!(text.ends_with("…\n") && text.lines().all(|line| line.chars().count() <= 60));
    }

    #[test]
    fn an_empty_table_shows_itself() {
        assert!(table_html(&DataFrame::empty()).contains("0 rows × 0 columns"));
    }
}

//! A small table to read: what a network, a study or a rule shows of itself.

use super::{Blocks, linked};

/// Where something is left out.
pub(crate) const FOLD: &str = "…";

/// Rows shown from each end of a longer table.
const ENDS: usize = 5;
/// A table of up to so many rows is shown whole: one of all rules and their controls is.
const WHOLE: usize = 24;

/// A caption, columns, rows of text, and sentences below. Structure carries the meaning: some
/// readers strip every style.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    caption: String,
    columns: Vec<Column>,
    kinds: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Column {
    head: String,
    side: Side,
}

/// What a column's cells are: names of their rows, texts, or numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A row's own head, at the left.
    Head,
    /// Text, at the left.
    Left,
    /// Numbers, at the right.
    Right,
}

impl Grid {
    /// A table without columns.
    pub(crate) fn new(caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), ..Self::default() }
    }

    /// A table of names and their values.
    pub(crate) fn facts(caption: impl Into<String>) -> Self {
        Self::new(caption).column("", Side::Head).column("", Side::Left)
    }

    /// One more column.
    pub(crate) fn column(mut self, head: impl Into<String>, side: Side) -> Self {
        self.columns.push(Column { head: head.into(), side });
        self
    }

    /// What the cells of each column are, in small print below the heads.
    pub(crate) fn kinds(self, kinds: Vec<String>) -> Self {
        Self { kinds: Some(kinds), ..self }
    }

    /// One more row; a missing cell stays empty.
    pub(crate) fn row<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        let mut cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        cells.resize(self.columns.len(), String::new());
        self.rows.push(cells);
        self
    }

    /// A name and its value.
    pub(crate) fn fact(self, name: &str, value: impl Into<String>) -> Self {
        self.row([name.to_owned(), value.into()])
    }

    /// The rows, or the first and last of many of them around a fold.
    pub(crate) fn folded(mut self) -> Self {
        let fold = vec![FOLD.to_owned(); self.columns.len()];
        let places = kept_rows(self.rows.len());
        let row = |place: &Option<usize>| place.map_or(fold.clone(), |row| self.rows[row].clone());
        self.rows = places.iter().map(row).collect();
        self
    }

    /// A sentence below the table.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The table in both forms.
    pub(crate) fn blocks(&self) -> Blocks {
        Blocks::text(self.text()).with_html(self.html())
    }

    /// The table as HTML with inline styles.
    pub(crate) fn html(&self) -> String {
        let body: String = self.rows.iter().map(|cells| self.html_row(cells, "td", "")).collect();
        let caption = if self.caption.is_empty() {
            String::new()
        } else {
            let caption = linked(&self.caption).replace('\n', "<br>");
            format!(
                "<caption align=\"left\" style=\"text-align:left;white-space:nowrap\">{caption}</caption>\n"
            )
        };
        let notes: String =
            self.notes.iter().map(|note| format!("<p>{}</p>\n", linked(note))).collect();
        format!(
            "<div style=\"overflow-x:auto\">\n<table style=\"border-collapse:collapse\">\n{caption}{}<tbody>\n{body}</tbody>\n</table>\n</div>\n{notes}",
            self.html_heads()
        )
    }

    fn html_heads(&self) -> String {
        if self.has_no_heads() {
            return String::new();
        }
        let heads: Vec<String> = self.columns.iter().map(|column| column.head.clone()).collect();
        let faint = "opacity:0.6;font-size:85%;border-bottom:1px solid;";
        let kinds =
            self.kinds.as_ref().map_or(String::new(), |kinds| self.html_row(kinds, "td", faint));
        format!("<thead>\n{}{kinds}</thead>\n", self.html_row(&heads, "th", ""))
    }

    fn html_row(&self, cells: &[String], tag: &str, style: &str) -> String {
        let cell = |(column, text): (&Column, &String)| {
            let tag = if column.side == Side::Head { "th" } else { tag };
            // The attribute is for readers that strip styles, the style for those that have their
            // own.
            let side = if column.side == Side::Right { "right" } else { "left" };
            format!(
                "<{tag} align=\"{side}\" style=\"text-align:{side};padding:2px 8px;{style}\">{}</{tag}>",
                linked(text)
            )
        };
        format!("<tr>{}</tr>\n", self.columns.iter().zip(cells).map(cell).collect::<String>())
    }

    /// The table as aligned plain text.
    pub(crate) fn text(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(|column| column.head.clone()).collect();
        let mut lines: Vec<&Vec<String>> = self.rows.iter().collect();
        if !self.has_no_heads() {
            lines.splice(0..0, [&heads].into_iter().chain(&self.kinds));
        }
        let width =
            |place: usize| lines.iter().map(|line| line[place].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..heads.len()).map(width).collect();
        let cell = |(place, text): (usize, &String)| {
            let width = widths[place];
            match self.columns[place].side {
                Side::Right => format!("{text:>width$}"),
                Side::Head | Side::Left => format!("{text:<width$}"),
            }
        };
        let written = lines.iter().map(|line| {
            let cells: Vec<String> = line.iter().enumerate().map(cell).collect();
            cells.join("  ").trim_end().to_owned()
        });
        let above = (!self.caption.is_empty()).then(|| self.caption.clone());
        let below = self.notes.iter().cloned();
        above.into_iter().chain(written).chain(below).map(|line| line + "\n").collect()
    }

    fn has_no_heads(&self) -> bool {
        self.columns.iter().all(|column| column.head.is_empty())
    }
}

/// The rows that are shown of `count`: all, or those at both ends of many.
pub(crate) fn kept_rows(count: usize) -> Vec<Option<usize>> {
    if count <= WHOLE { (0..count).map(Some).collect() } else { kept(count, ENDS, ENDS) }
}

/// The places that are shown of `count`: all, or `first` and `last` around a fold. A fold that
/// would hide a single place shows it instead.
pub(crate) fn kept(count: usize, first: usize, last: usize) -> Vec<Option<usize>> {
    if count <= first + last + 1 {
        return (0..count).map(Some).collect();
    }
    let tail = (count - last..count).map(Some);
    (0..first).map(Some).chain([None]).chain(tail).collect()
}

/// A count with its thing: `1 row`, `2 rows`.
pub(crate) fn count(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", super::grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_line_up_and_are_row_heads() {
        let grid =
            Grid::facts("a rule").fact("η", "0.1").fact("source", "a < b").note("That is all.");
        assert_eq!(grid.text(), "a rule\nη       0.1\nsource  a < b\nThat is all.\n");
        let html = grid.html();
        assert!(html.contains(">η</th>") && html.contains("a &lt; b</td>"), "{html}");
        assert!(!html.contains("<thead>") && html.contains("<p>That is all.</p>"), "{html}");
    }

    #[test]
    fn long_tables_are_folded_and_short_rows_filled() {
        let grid = Grid::new("").column("step", Side::Right).column("loss", Side::Right);
        let grid = (0..30).fold(grid, |grid, step| grid.row([step.to_string()])).folded();
        let text = grid.text();
        assert_eq!(text.lines().count(), 1 + 11, "{text}");
        assert!(text.ends_with("  29\n") && text.contains('…'), "{text}");
    }
}

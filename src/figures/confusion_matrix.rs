//! Which class was predicted for which, as a table.

use ndarray::Array2;

use super::drawing::axis::fixed;
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Type};
use super::drawing::figure::{Figure, PAGE, Picture};
use super::drawing::fonts;
use super::drawing::labels::label_of_rule;
use super::drawing::plot::faded;
use super::drawing::style::{Colour, SMALL, Weight, order_of_rules};
use crate::classification::ConfusionMatrix;
use crate::{Error, Result};

/// The colour of a full cell.
const FULL: Colour = Colour(0, 90, 150);
/// With more classes than this the cells are too small for counts.
const MOST_COUNTED: usize = 8;
/// With more than this cells are narrow, and the sign of per cent is left to the note.
const MOST_WIDE: usize = 10;
/// The widths of cells with counts, of those without, and of narrow ones.
const SIDES: [f64; 3] = [74.0, 52.0, 34.0];
/// Narrower cells have no room for a number, and a page has to scale the figure down.
const NARROWEST: f64 = 22.0;
const LINE: f64 = 1.25 * SMALL;
/// The least height of a row, for the name of its class.
const HIGH: f64 = 20.0;
/// More classes have cells too small for a number.
const MOST_DRAWN: usize = 100;

/// Draws how often each class (a row) was classified as each class (a column), shaded by its share of
/// the row. Known rules come first, in the order of their colours.
///
/// # Errors
/// [`Error::Figure`] if there is no class.
pub fn confusion_matrix(title: &str, confusion: &ConfusionMatrix) -> Result<Figure> {
    drawn(title, confusion, &order_of_rules(confusion.classes()))
}

/// As [`confusion_matrix`], with the classes in the order that the matrix has them, such as that of
/// its [hierarchy](ConfusionMatrix::hierarchy), which puts those that are confused with one another
/// side by side.
///
/// ```
/// use microlearners::prelude::*;
///
/// let names = ["backprop", "hebbian", "oja"].map(String::from).to_vec();
/// let confusion = ConfusionMatrix::new(names, vec![vec![6, 0, 4], vec![0, 9, 1], vec![2, 0, 8]])?;
/// let side_by_side = confusion.in_order(&confusion.hierarchy().order())?;
/// let figure = confusion_matrix_as_ordered("Backprop is confused with Oja's rule", &side_by_side)?;
/// assert!(figure.description().contains("backprop 60 %, Oja 80 %, Hebbian (template) 90 %"));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Figure`] if there is no class.
pub fn confusion_matrix_as_ordered(title: &str, confusion: &ConfusionMatrix) -> Result<Figure> {
    let order: Vec<usize> = (0..confusion.classes().len()).collect();
    drawn(title, confusion, &order)
}

fn drawn(title: &str, confusion: &ConfusionMatrix, order: &[usize]) -> Result<Figure> {
    let (classes, rows) = (confusion.classes(), confusion.counts());
    let counts = Array2::from_shape_fn((rows.len(), rows.len()), |(row, column)| {
        rows[order[row]][order[column]] as f64
    });
    if classes.is_empty() {
        return Err(Error::Figure("a confusion matrix needs at least one class".into()));
    }
    if classes.len() > MOST_DRAWN {
        let problem = format!(
            "the confusions of {} classes are too many to be read; draw at most {MOST_DRAWN}, or their shares by heat_map",
            classes.len()
        );
        return Err(Error::Figure(problem));
    }
    let labels: Vec<String> = order.iter().map(|class| label_of_rule(&classes[*class])).collect();
    let picture = Confusion { labels, counts };
    let description = picture.in_words();
    let size = picture.size();
    let counted =
        if classes.len() <= MOST_COUNTED { ", and below it how many predictions" } else { "" };
    let unit = if classes.len() > MOST_WIDE { " in per cent" } else { "" };
    let note = format!(
        "Each cell: share of its row{unit}, rounded{counted}. On the diagonal: identified."
    );
    Ok(Figure::new(title, size, picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Confusion {
    labels: Vec<String>,
    counts: Array2<f64>,
}

impl Confusion {
    /// Width and height with cells as wide as a page allows, all lower than wide.
    fn size(&self) -> (u32, u32) {
        let (count, widest) = (self.labels.len() as f64, self.widest());
        let usual = match self.labels.len() {
            count if count <= MOST_COUNTED => SIDES[0],
            count if count <= MOST_WIDE => SIDES[1],
            _ => SIDES[2],
        };
        let most = (f64::from(PAGE) - widest - 60.0) / count;
        let side = usual.min(most.max(NARROWEST));
        // Names that are turned take room above narrow cells.
        let above = if self.is_narrow(side) { widest } else { 0.0 };
        let width = (widest + 60.0 + side * count).max(420.0);
        let height = 130.0 + above + (0.78 * side).max(HIGH) * count;
        (width as u32, height as u32)
    }

    fn widest(&self) -> f64 {
        fonts::widest(self.labels.iter().map(String::as_str), SMALL)
    }

    /// Whether some word is wider than a column.
    fn is_narrow(&self, width: f64) -> bool {
        fonts::widest(self.labels.iter().flat_map(|label| label.split(' ')), SMALL) > width
    }

    /// The share of row `row` that is in column `column`; 0 in an empty row.
    fn share(&self, row: usize, column: usize) -> f64 {
        let total = self.counts.row(row).sum();
        if total > 0.0 { self.counts[[row, column]] / total } else { 0.0 }
    }

    fn in_words(&self) -> String {
        let right: Vec<String> = (0..self.labels.len())
            .map(|row| format!("{} {} %", self.labels[row], percent(self.share(row, row))))
            .collect();
        let mut wrong: Vec<(usize, usize)> = (0..self.labels.len())
            .flat_map(|row| (0..self.labels.len()).map(move |column| (row, column)))
            .filter(|(row, column)| row != column && self.share(*row, *column) > 0.0)
            .collect();
        wrong.sort_by(|a, b| self.share(b.0, b.1).total_cmp(&self.share(a.0, a.1)));
        let worst = wrong.first().map(|&(row, column)| {
            let (one, other) = (&self.labels[row], &self.labels[column]);
            let percent = percent(self.share(row, column));
            format!(" The commonest confusion: {one} classified as {other} ({percent} %).")
        });
        format!("Confusion matrix. Identified: {}.{}", right.join(", "), worst.unwrap_or_default())
    }

    fn write_columns(&self, canvas: &mut Canvas, cells: Area, width: f64) {
        for (index, label) in self.labels.iter().enumerate() {
            let middle = cells.left + (index as f64 + 0.5) * width;
            let lines = fonts::wrap(label, width, SMALL, Weight::Regular);
            for (line, text) in lines.iter().rev().enumerate() {
                let baseline = cells.top - 7.0 - line as f64 * LINE;
                canvas.text(
                    text.as_str(),
                    (middle, baseline),
                    Type::new(SMALL).anchor(Anchor::Middle),
                );
            }
        }
    }

    fn write_turned_columns(&self, canvas: &mut Canvas, cells: Area, width: f64) {
        for (index, label) in self.labels.iter().enumerate() {
            let x = cells.left + (index as f64 + 0.5) * width + 0.36 * SMALL;
            canvas.text(label.as_str(), (x, cells.top - 7.0), Type::new(SMALL).up());
        }
    }

    fn draw_row(&self, canvas: &mut Canvas, cells: Area, row: usize) {
        let count = self.labels.len() as f64;
        let (width, height) = (cells.width / count, cells.height / count);
        let top = cells.top + row as f64 * height;
        let at = (cells.left - 9.0, top + height / 2.0 + 0.36 * SMALL);
        canvas.text(self.labels[row].as_str(), at, Type::new(SMALL).anchor(Anchor::End));
        for column in 0..self.labels.len() {
            let cell = Area::new(cells.left + column as f64 * width, top, width, height);
            self.draw_cell(canvas, cell, (row, column));
        }
    }

    fn draw_cell(&self, canvas: &mut Canvas, cell: Area, (row, column): (usize, usize)) {
        let (share, count) = (self.share(row, column), self.counts[[row, column]]);
        let shade = FULL.lighter(1.0 - share.powf(0.8));
        let gap = cell.inside(1.0, 1.0, 1.0, 1.0);
        canvas.rectangle(gap, Fill::of(if count > 0.0 { shade } else { Colour(247, 247, 247) }));
        if count == 0.0 {
            return;
        }
        let ink = shade.ink();
        let (x, y) = (cell.left + cell.width / 2.0, cell.top + cell.height / 2.0);
        // The widest text of all decides, so that all cells are written alike.
        let longest = if self.labels.len() > MOST_WIDE { ">99" } else { "100 %" };
        let widest = fonts::width(longest, SMALL + 1.0, Weight::Bold);
        let size = (SMALL + 1.0) * ((cell.width - 5.0) / widest).clamp(0.6, 1.0);
        let large = Type::new(size).bold().colour(ink).anchor(Anchor::Middle);
        let small = Type::new(SMALL - 1.5).colour(ink).anchor(Anchor::Middle);
        let sign = if self.labels.len() > MOST_WIDE { "" } else { " %" };
        let text = format!("{}{sign}", percent(share));
        if self.labels.len() > MOST_COUNTED || cell.height < 2.4 * SMALL {
            canvas.text(text, (x, y + 0.36 * size), large);
            return;
        }
        canvas.text(text, (x, y - 0.5), large);
        let decimals = usize::from(count.fract() != 0.0);
        canvas.text(fixed(count, decimals), (x, y + 1.15 * SMALL), small);
    }
}

/// A share in per cent: neither none nor all where it is only nearly so.
fn percent(share: f64) -> String {
    match format!("{:.0}", 100.0 * share).as_str() {
        "0" if share > 0.0 => "<1".to_owned(),
        "100" if share < 1.0 => ">99".to_owned(),
        rounded => rounded.to_owned(),
    }
}

impl Picture for Confusion {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let count = self.labels.len() as f64;
        let beside = self.widest().max(90.0) + 10.0;
        let width = (area.width - beside) / count;
        let is_narrow = self.is_narrow(width);
        let lines =
            self.labels.iter().map(|label| fonts::wrap(label, width, SMALL, Weight::Regular).len());
        let above = if is_narrow { beside } else { lines.max().unwrap_or(1) as f64 * LINE + 8.0 };
        let cells = area.inside(beside, above + 18.0, 0.0, 0.0);
        canvas.text("predicted →", (cells.left, area.top + SMALL - 2.0), faded());
        canvas.text("actual ↓", (cells.left - 9.0, cells.top - 7.0), faded().anchor(Anchor::End));
        if is_narrow {
            self.write_turned_columns(canvas, cells, width);
        } else {
            self.write_columns(canvas, cells, width);
        }
        for row in 0..self.labels.len() {
            self.draw_row(canvas, cells, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_none_is_not_none_and_nearly_all_is_not_all() {
        let written = [0.0, 0.001, 0.02, 0.994, 0.997, 1.0].map(percent);
        assert_eq!(written, ["0", "<1", "2", "99", ">99", "100"]);
    }

    #[test]
    fn twenty_three_classes_fit_a_page() {
        let labels: Vec<String> =
            (0..23).map(|class| format!("a rule of the name {class}")).collect();
        let confusion = Confusion { labels, counts: Array2::eye(23) };
        assert!(confusion.size().0 <= PAGE, "{:?}", confusion.size());
    }
}

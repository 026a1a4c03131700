//! Several figures in one, for a cell that shows them together.

use super::canvas::{Area, Canvas};
use super::figure::{Figure, PAGE, Picture};
use super::legend::Legend;
use super::style::Palette;
use crate::{Error, Result};

/// The em of each figure's own title.
const OWN_TITLE: f64 = 14.0;
/// The height of the common title above the figures.
const TITLE: u32 = 40;

/// Puts figures side by side, `columns` in a row, under a common title.
///
/// All get the same size: that of the largest, but narrower where a row of them would be wider than
/// a notebook's page. A note or a legend that all figures share is drawn once.
///
/// # Errors
/// [`Error::Figure`] if there are no figures or no columns.
pub fn grid(title: &str, figures: &[Figure], columns: usize) -> Result<Figure> {
    if figures.is_empty() || columns == 0 {
        let count = figures.len();
        let problem =
            format!("a grid needs a figure and a column at least, not {count} and {columns}");
        return Err(Error::Figure(problem));
    }
    let columns = columns.min(figures.len());
    let rows = figures.len().div_ceil(columns);
    let widest = figures.iter().map(|figure| figure.size().0).max().unwrap_or(1);
    let width = widest.min(PAGE / columns as u32).max(1);
    let words: Vec<String> = figures.iter().map(Figure::to_string).collect();
    let note = common(figures, |figure| figure.note().to_owned()).unwrap_or_default();
    let mut own = figures.to_vec();
    if !note.is_empty() {
        own = own.into_iter().map(|figure| figure.noted("")).collect();
    }
    let heights = own.iter().map(|figure| figure.size_of_width(width, OWN_TITLE).1);
    let size = (width * columns as u32, heights.max().unwrap_or(1) * rows as u32 + TITLE);
    let picture = Grid { figures: own, columns, rows, legend: legend(figures) };
    Ok(Figure::new(title, size, picture).described(words.join("\n")).noted(note))
}

/// What several figures have in common, if they have.
fn common<T: PartialEq>(figures: &[Figure], what: impl Fn(&Figure) -> T) -> Option<T> {
    let (first, others) = figures.split_first()?;
    let shared = what(first);
    (!others.is_empty() && others.iter().all(|figure| what(figure) == shared)).then_some(shared)
}

/// The legend, and its colours, that all figures would draw.
fn legend(figures: &[Figure]) -> Option<(Legend, Palette)> {
    let (legend, palette) = common(figures, |figure| (figure.legend(), figure.palette().clone()))?;
    Some((legend?, palette))
}

/// The figure's content.
#[derive(Debug)]
struct Grid {
    figures: Vec<Figure>,
    columns: usize,
    rows: usize,
    legend: Option<(Legend, Palette)>,
}

impl Grid {
    /// Draws what all figures share; returns the area below.
    fn draw_legend(&self, canvas: &mut Canvas, area: Area) -> Area {
        let Some((legend, palette)) = &self.legend else { return area };
        let own = palette.within(&canvas.palette);
        let around = std::mem::replace(&mut canvas.palette, own);
        let below = legend.draw(canvas, area);
        canvas.palette = around;
        below
    }
}

impl Picture for Grid {
    fn legend(&self) -> Option<Legend> {
        self.legend.as_ref().map(|(legend, _)| legend.clone())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = self.draw_legend(canvas, area);
        let around = canvas.common.take();
        canvas.common = self.legend().map(|own| own.entries).or_else(|| around.clone());
        let (width, height) = (area.width / self.columns as f64, area.height / self.rows as f64);
        // All pictures get the same height, whatever is written below them.
        let below = self.figures.iter().map(|figure| figure.note_height(width)).fold(0.0, f64::max);
        for (index, figure) in self.figures.iter().enumerate() {
            let (row, column) = (index / self.columns, index % self.columns);
            let (left, top) = (area.left + column as f64 * width, area.top + row as f64 * height);
            figure.draw(canvas, Area::new(left, top, width, height), OWN_TITLE, below);
        }
        canvas.common = around;
    }
}

//! Several figures in one, for a cell that shows them together.

use super::canvas::{Area, Canvas};
use super::figure::{Figure, Picture};
use crate::{Error, Result};

/// The em of each figure's own title.
const OWN_TITLE: f64 = 14.0;
/// The height of the common title above the figures.
const TITLE: u32 = 40;

/// Puts figures side by side, `columns` in a row, under a common title.
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
    let width = figures.iter().map(|figure| figure.size().0).max().unwrap_or(1);
    let height = figures.iter().map(|figure| figure.size().1).max().unwrap_or(1);
    let size = (width * columns as u32, height * rows as u32 + TITLE);
    let words: Vec<String> = figures.iter().map(Figure::to_string).collect();
    let picture = Grid { figures: figures.to_vec(), columns, rows };
    Ok(Figure::new(title, size, picture).described(words.join("\n")))
}

/// The figure's content.
#[derive(Debug)]
struct Grid {
    figures: Vec<Figure>,
    columns: usize,
    rows: usize,
}

impl Picture for Grid {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let (width, height) = (area.width / self.columns as f64, area.height / self.rows as f64);
        for (index, figure) in self.figures.iter().enumerate() {
            let (row, column) = (index / self.columns, index % self.columns);
            let (left, top) = (area.left + column as f64 * width, area.top + row as f64 * height);
            figure.draw(canvas, Area::new(left, top, width, height), OWN_TITLE);
        }
    }
}

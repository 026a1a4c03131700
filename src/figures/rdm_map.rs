//! A representational dissimilarity matrix as a picture.

use ndarray::Array2;

use super::drawing::canvas::{Anchor, Area, Canvas, Raster, Stroke};
use super::drawing::colour_scale::ColourScale;
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts;
use super::drawing::labels::elided;
use super::drawing::plot::faded;
use super::drawing::style::{SMALL, WHITE};
use crate::representations::Rdm;
use crate::statistics::ranks;
use crate::{Error, Result};

/// The side of the matrix.
const SIDE: f64 = 300.0;

/// Draws an RDM as a square of coloured cells: for each pair of conditions the percentile of its
/// dissimilarity among all pairs, so that RDMs of different measures can be compared by eye. `groups`
/// has a name for each condition, such as its class; conditions of a group stand together, in the
/// order in which groups first appear.
///
/// ```
/// use microlearners::figures::rdm_map;
/// use microlearners::representations::Rdm;
///
/// let names = ["cat", "car", "dog"].map(String::from);
/// let rdm = Rdm::new(&names, vec![0.9, 0.2, 0.8], "correlation")?;
/// let groups = ["animal", "vehicle", "animal"].map(String::from);
/// let figure = rdm_map("Animals are alike", &rdm, &groups)?;
/// assert!(figure.description().contains("3 conditions in 2 groups (animal, vehicle)"));
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if there is not one group for each condition.
pub fn rdm_map(title: &str, rdm: &Rdm, groups: &[String]) -> Result<Figure> {
    let count = rdm.conditions.len();
    if groups.len() != count {
        let problem = format!(
            "the RDM has {count} conditions and {} groups are given; give the group of each",
            groups.len()
        );
        return Err(Error::Shape(problem));
    }
    let blocks = Blocks::of(groups);
    let scale = ColourScale::covering([0.0, 100.0].into_iter()).expect("a range of two numbers");
    let names: Vec<&str> = blocks.names.iter().map(String::as_str).collect();
    let what = format!("percentile of the {} distance among pairs", rdm.dissimilarity);
    let description = format!(
        "Representational dissimilarity matrix of {count} conditions in {} groups ({}): {what}.",
        names.len(),
        names.join(", ")
    );
    let beside = fonts::widest(names.iter().copied(), SMALL) + 10.0;
    let size = ((SIDE + beside + scale.width("") + 60.0) as u32, (SIDE + 90.0) as u32);
    let percentiles = percentiles(rdm, &blocks.order);
    let picture = Matrix { percentiles, blocks, scale, beside };
    let note = format!("Colours: {what}. Dark pairs are different. Grey: a condition with itself.");
    Ok(Figure::new(title, size, picture).described(description).noted(note))
}

/// The percentiles of the pairs, conditions × conditions; the diagonal has none.
fn percentiles(rdm: &Rdm, order: &[usize]) -> Array2<f64> {
    let n = rdm.conditions.len();
    let pairs = rdm.dissimilarities.len() as f64;
    let ranks = ranks(&rdm.dissimilarities);
    let percentile = |(row, column): (usize, usize)| {
        let (a, b) = (order[row].min(order[column]), order[row].max(order[column]));
        if a == b {
            return f64::NAN;
        }
        // The place of (a, b) in the upper triangle, row by row.
        100.0 * ranks[a * (2 * n - a - 1) / 2 + b - a - 1] / pairs
    };
    Array2::from_shape_fn((n, n), percentile)
}

/// Groups of conditions that stand together.
#[derive(Debug)]
struct Blocks {
    names: Vec<String>,
    /// Where each group ends, in the new order.
    ends: Vec<usize>,
    /// The conditions, group by group.
    order: Vec<usize>,
}

impl Blocks {
    fn of(groups: &[String]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for group in groups {
            if !names.contains(group) {
                names.push(group.clone());
            }
        }
        let (mut order, mut ends) = (Vec::new(), Vec::new());
        for name in &names {
            order.extend((0..groups.len()).filter(|&place| groups[place] == *name));
            ends.push(order.len());
        }
        Self { names: names.iter().map(|name| elided(name)).collect(), ends, order }
    }
}

#[derive(Debug)]
struct Matrix {
    percentiles: Array2<f64>,
    blocks: Blocks,
    scale: ColourScale,
    beside: f64,
}

impl Matrix {
    /// Lines of paper between groups, and their names.
    fn draw_groups(&self, canvas: &mut Canvas, cells: &Area) {
        let cell = cells.height / self.percentiles.nrows() as f64;
        let (mut start, mut free_from) = (0.0, f64::NEG_INFINITY);
        for (name, &end) in self.blocks.names.iter().zip(&self.blocks.ends) {
            let end = end as f64 * cell;
            let middle = cells.top + (start + end) / 2.0;
            if middle >= free_from {
                let at = (cells.left - 8.0, middle + 0.36 * SMALL);
                canvas.text(name.as_str(), at, faded().anchor(Anchor::End));
                free_from = middle + 1.1 * SMALL;
            }
            if end < cells.height - 0.5 {
                let (x, y) = (cells.left + end, cells.top + end);
                let line = Stroke::solid(WHITE, 1.0);
                canvas.line(vec![(cells.left, y), (cells.right(), y)], line);
                canvas.line(vec![(x, cells.top), (x, cells.bottom())], line);
            }
            start = end;
        }
    }
}

impl Picture for Matrix {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let inner = area.inside(self.beside, 22.0, self.scale.width("") + 22.0, 6.0);
        let side = inner.width.min(inner.height);
        let cells = Area::new(inner.left, inner.top, side, side);
        let colours = self.percentiles.iter().map(|value| self.scale.at(*value)).collect();
        canvas.raster(cells, Raster { width: self.percentiles.ncols(), colours });
        self.draw_groups(canvas, &cells);
        let right = area.right() - cells.right() - 22.0;
        let bar = Area::new(cells.right() + 22.0, area.top, right, cells.height + 22.0);
        self.scale.draw_bar(canvas, bar, "");
        let at = (area.right(), area.top + SMALL);
        canvas.text("percentile", at, faded().anchor(Anchor::End));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn groups_stand_together_and_pairs_keep_their_ranks() {
        let rdm = Rdm::new(&names(&["a", "b", "c"]), vec![3.0, 1.0, 2.0], "euclidean").unwrap();
        let blocks = Blocks::of(&names(&["x", "y", "x"]));
        assert_eq!(
            (blocks.order.as_slice(), blocks.ends.as_slice()),
            (&[0, 2, 1][..], &[2, 3][..])
        );
        let found = percentiles(&rdm, &blocks.order);
        // a-c is the smallest pair, b-c the next, a-b the largest.
        assert!((found[(0, 1)] - 100.0 / 3.0).abs() < 1e-9);
        assert!((found[(1, 2)] - 200.0 / 3.0).abs() < 1e-9);
        assert!((found[(2, 0)] - 100.0).abs() < 1e-9);
        assert!(found[(1, 1)].is_nan());
    }

    #[test]
    fn a_group_is_needed_for_each_condition() {
        let rdm = Rdm::new(&names(&["a", "b"]), vec![3.0], "euclidean").unwrap();
        let told = rdm_map("", &rdm, &names(&["x"])).unwrap_err().to_string();
        assert!(told.contains("2 conditions and 1 groups"), "{told}");
    }
}

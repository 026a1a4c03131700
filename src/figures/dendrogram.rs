//! Which classes are confused with one another, as a tree on its side.

use super::drawing::axis::{Axis, Scale};
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Point, Stroke, Type};
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts;
use super::drawing::labels::label_of_rule;
use super::drawing::plot::{faded, ticks_below};
use super::drawing::style::{Colour, FADED, INK, SMALL, colours_of};
use crate::classification::Hierarchy;
use crate::{Error, Result};

/// Draws a [`Hierarchy`]: classes at the left, and where two lines meet, how far apart the groups
/// are that join there.
///
/// ```
/// use microlearners::prelude::*;
///
/// let names = ["backprop", "hebbian", "oja"].map(String::from).to_vec();
/// let confusion = ConfusionMatrix::new(names, vec![vec![9, 1, 0], vec![0, 6, 4], vec![0, 2, 8]])?;
/// let figure = dendrogram("The Hebbian rules stand together", &confusion.hierarchy())?;
/// assert!(figure.description().contains("closest are hebbian and oja at 0.70"));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Figure`] if there are fewer than two classes.
pub fn dendrogram(title: &str, hierarchy: &Hierarchy) -> Result<Figure> {
    if hierarchy.labels.len() < 2 {
        let problem = format!("a tree of {} classes has no branches", hierarchy.labels.len());
        return Err(Error::Figure(problem));
    }
    let colours = colours_of(&hierarchy.labels);
    let labels: Vec<String> = hierarchy.labels.iter().map(|label| label_of_rule(label)).collect();
    let picture = Tree { hierarchy: hierarchy.clone(), labels, colours };
    let height = 110 + 21 * hierarchy.labels.len() as u32;
    let description = format!("Tree of classes: {hierarchy}.");
    let note = "Where lines meet: 1 less how often, in the mean, a class of one group is classified as one of the other. At 1 they never are; two classes that cannot be distinguished meet at 0.5.";
    Ok(Figure::new(title, (720, height), picture).described(description).noted(note.to_owned()))
}

#[derive(Debug)]
struct Tree {
    hierarchy: Hierarchy,
    labels: Vec<String>,
    colours: Vec<Colour>,
}

impl Tree {
    fn axis(&self) -> Axis {
        let nearest = self.hierarchy.merges.iter().map(|merge| merge.distance);
        let low = nearest.fold(0.9, f64::min).min(0.9);
        Axis::between(((10.0 * (low - 0.05)).floor() / 10.0).max(0.0), 1.0, Scale::Linear)
    }

    /// Where the line of each class begins.
    fn leaves(&self, inner: &Area) -> Vec<Point> {
        let mut leaves = vec![(inner.left, 0.0); self.labels.len()];
        let step = inner.height / self.labels.len() as f64;
        for (row, class) in self.hierarchy.order().into_iter().enumerate() {
            leaves[class].1 = inner.top + step * (row as f64 + 0.5);
        }
        leaves
    }

    fn draw_branches(&self, canvas: &mut Canvas, inner: &Area, axis: &Axis) {
        // Of each group: where it begins, and at which height.
        let mut ends = self.leaves(inner);
        for merge in &self.hierarchy.merges {
            let x = inner.left + axis.share(merge.distance) * inner.width;
            let ((from, above), (other, below)) = (ends[merge.first], ends[merge.second]);
            let line = vec![(from, above), (x, above), (x, below), (other, below)];
            canvas.line(line, Stroke::solid(FADED, 1.4));
            ends.push((x, (above + below) / 2.0));
        }
    }
}

impl Picture for Tree {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let widest = fonts::widest(self.labels.iter().map(String::as_str), SMALL);
        let inner = area.inside(widest + 16.0, 4.0, 16.0, 38.0);
        let axis = self.axis();
        ticks_below(canvas, &inner, &axis);
        let name = "distance: 1 − mutual confusion →";
        let below = (inner.right(), inner.bottom() + 34.0);
        canvas.text(name, below, faded().anchor(Anchor::End));
        self.draw_branches(canvas, &inner, &axis);
        for (class, (x, y)) in self.leaves(&inner).into_iter().enumerate() {
            let colour = canvas.colour(&self.labels[class], self.colours[class]);
            canvas.dot((x, y), 4.0, Fill::of(colour));
            let at = (x - 9.0, y + 0.36 * SMALL);
            canvas.text(&self.labels[class], at, Type::new(SMALL).colour(INK).anchor(Anchor::End));
        }
    }
}

//! One dot per network: how far each moved, by rule and by layer.

mod spec;
mod strips;

use polars::prelude::DataFrame;

use super::drawing::axis::{Axis, Scale};
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Stroke, Type};
use super::drawing::columns::left_out_note;
use super::drawing::estimate::{Estimate, meaning_of};
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts;
use super::drawing::labels::{label_of_rule, replicate_label};
use super::drawing::plot::{faded, ticks_below};
use super::drawing::style::{GRID, SMALL, WHITE};
use crate::{Error, Result};
use strips::{Strip, strips, values};

pub use spec::Dots;

/// The gap above a group, in units of a strip.
const GAP: f64 = 0.6;

/// Draws one faint dot per network, and the mean of each row with Student's 95 % confidence
/// interval.
///
/// # Errors
/// [`Error::Table`] if a column is missing, is not a number where one is needed, or if no row has a
/// value that the axis can show.
pub fn dots(table: &DataFrame, spec: &Dots) -> Result<Figure> {
    let mut values = values(table, spec)?;
    values.retain(|value| spec.scale.shows(value.value));
    if values.is_empty() {
        let column = &spec.value;
        let above = if spec.scale == Scale::Log {
            " and above 0, as a logarithmic axis needs it"
        } else {
            ""
        };
        let problem = format!("there is nothing to draw: no \"{column}\" is finite{above}");
        return Err(Error::Table(problem));
    }
    let strips = strips(&values);
    let counts = strips.iter().map(|strip| strip.estimate.count);
    let replicate = replicate_label(&spec.over);
    let lines = match meaning_of(counts, &replicate) {
        (mean, Some(interval)) => format!("Upright lines: {mean}; level lines: {interval}."),
        (mean, None) => format!("Upright lines: {mean}."),
    };
    let left_out = left_out_note(table.height() - values.len());
    let note = format!("Dots: one {replicate} each. {lines}{left_out}");
    let picture = Strips { strips, label: spec.label.clone(), scale: spec.scale };
    let description = picture.in_words(&note);
    let height = 130.0 + picture.height();
    Ok(Figure::new(&spec.title, (720, height as u32), picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Strips {
    strips: Vec<Strip>,
    label: String,
    scale: Scale,
}

/// The widths of the two columns of names beside the dots.
struct Names {
    groups: f64,
    parts: f64,
}

impl Strips {
    /// Whether the strip begins a group, and so carries its name and a gap above.
    fn begins_group(&self, index: usize) -> bool {
        index == 0 || self.strips[index - 1].group != self.strips[index].group
    }

    /// The heights of the strips, in units of an ordinary one.
    fn units(&self) -> f64 {
        let gaps = (0..self.strips.len()).filter(|index| self.begins_group(*index)).count();
        self.strips.len() as f64 + GAP * gaps as f64
    }

    fn height(&self) -> f64 {
        let row = if self.strips.iter().any(|strip| !strip.part.is_empty()) { 17.0 } else { 21.0 };
        row * self.units()
    }

    fn in_words(&self, note: &str) -> String {
        let means = self.strips.iter().map(|strip| {
            let name = format!("{} {}", label_of_rule(&strip.group), strip.part);
            format!("{} {}", name.trim(), strip.estimate)
        });
        let means: Vec<String> = means.collect();
        format!("Dot plot of {}: {}. {note}", self.label, means.join(", "))
    }

    fn names(&self) -> Names {
        let groups: Vec<String> = self.strips.iter().map(|s| label_of_rule(&s.group)).collect();
        let parts = fonts::widest(self.strips.iter().map(|s| s.part.as_str()), SMALL - 1.0);
        // The groups' names are bold, and bold is an eighth wider.
        Names { groups: 1.13 * fonts::widest(groups.iter().map(String::as_str), SMALL), parts }
    }

    fn draw_strip(
        &self,
        canvas: &mut Canvas,
        (left, right, y): (f64, f64, f64),
        work: (&Strip, &Axis),
    ) {
        let (strip, axis) = work;
        let across = |value: f64| left + axis.share(value) * (right - left);
        let colour = canvas.colour(&strip.group, strip.colour);
        canvas.line(vec![(left, y), (right, y)], Stroke::solid(GRID, 1.0));
        for value in &strip.values {
            canvas.dot((across(*value), y), 3.5, Fill::sheer(colour, 0.45));
        }
        let Estimate { mean, low, high, .. } = strip.estimate;
        let ends = [low, high].map(|end| if self.scale.shows(end) { across(end) } else { left });
        let (mean, dark) = (across(mean), colour.darker(0.35));
        canvas.line(vec![(ends[0], y), (ends[1], y)], Stroke::solid(dark, 2.0));
        canvas.line(vec![(mean, y - 6.0), (mean, y + 6.0)], Stroke::solid(WHITE, 3.0));
        canvas.line(vec![(mean, y - 6.0), (mean, y + 6.0)], Stroke::solid(dark, 1.5));
    }
}

impl Strips {
    /// The axis of values, with a line through the strips at each tick.
    fn draw_axis(&self, canvas: &mut Canvas, inner: &Area) -> Axis {
        let of_strip = |strip: &Strip| {
            let Estimate { mean, low, high, .. } = strip.estimate;
            strip.values.iter().copied().chain([mean, low, high]).collect::<Vec<f64>>()
        };
        let values = self.strips.iter().flat_map(of_strip);
        let axis = Axis::around(values, self.scale, 0.04);
        for (tick, _) in &axis.ticks {
            let x = inner.left + axis.share(*tick) * inner.width;
            canvas.line(vec![(x, inner.top), (x, inner.bottom())], Stroke::solid(GRID, 1.0));
        }
        ticks_below(canvas, inner, &axis);
        let label = (inner.right(), inner.bottom() + 34.0);
        let name = self.scale.named(&self.label);
        canvas.text(format!("{name} →"), label, faded().anchor(Anchor::End));
        axis
    }

    /// The middle of each strip, from top to bottom.
    fn heights(&self, inner: &Area) -> Vec<f64> {
        let unit = inner.height / self.units();
        let mut bottom = inner.top;
        let steps = (0..self.strips.len()).map(|index| {
            bottom += unit * if self.begins_group(index) { 1.0 + GAP } else { 1.0 };
            bottom - unit * (1.0 + GAP) / 2.0
        });
        steps.collect()
    }
}

impl Picture for Strips {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let names = self.names();
        let between = if names.parts > 0.0 { 14.0 } else { 0.0 };
        let inner = area.inside(names.groups + between + names.parts + 12.0, 0.0, 12.0, 38.0);
        let axis = self.draw_axis(canvas, &inner);
        for (index, y) in self.heights(&inner).into_iter().enumerate() {
            let strip = &self.strips[index];
            self.draw_strip(canvas, (inner.left, inner.right(), y), (strip, &axis));
            let baseline = y + 0.36 * SMALL;
            let part = Type { size: SMALL - 1.0, ..faded().anchor(Anchor::End) };
            canvas.text(strip.part.as_str(), (inner.left - 10.0, baseline), part);
            if self.begins_group(index) {
                let colour = canvas.colour(&strip.group, strip.colour);
                let kind = Type::new(SMALL).bold().colour(colour.darker(0.15));
                canvas.text(label_of_rule(&strip.group), (area.left, baseline), kind);
            }
        }
    }
}

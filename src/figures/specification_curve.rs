//! What a result depends on: many designs in order, and what each of them chose.

use polars::prelude::DataFrame;

use super::drawing::axis::{Axis, Scale, short};
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Raster, Stroke, Type};
use super::drawing::columns::{numbers, texts};
use super::drawing::figure::{Figure, PAGE, Picture};
use super::drawing::fonts;
use super::drawing::labels::{elided, label_of_column};
use super::drawing::plot::{faded, ticks_below};
use super::drawing::style::{Colour, FADED, GRID, PLAIN, RULE, SMALL, WHITE};
use crate::{Error, Result};

/// What [`specification_curve`] draws.
///
/// ```
/// use microlearners::figures::{SpecificationCurve, specification_curve};
/// use microlearners::prelude::*;
///
/// let table = df!("accuracy" => [0.5, 0.9], "pixels" => ["0 to 1", "standardised"])?;
/// let spec = SpecificationCurve::new("Pixels matter", "accuracy", &["pixels"])
///     .with_band("slides", 0.59, 0.86);
/// assert!(specification_curve(&table, &spec)?.description().contains("standardised"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SpecificationCurve {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The column of numbers by which designs are ordered.
    pub value: String,
    /// The columns that hold an option for each design, a block of rows each.
    pub choices: Vec<String>,
    /// A range of values to compare with, and what it is.
    pub band: Option<(String, f64, f64)>,
    /// Another column of numbers, drawn below in the same order.
    pub second: Option<String>,
    /// A level of the second column to compare with, and what it is.
    pub line: Option<(String, f64)>,
}

impl SpecificationCurve {
    /// Designs in the order of the column `value`, and what they have of each of `choices`.
    pub fn new(title: &str, value: &str, choices: &[&str]) -> Self {
        Self {
            title: title.into(),
            value: value.into(),
            choices: choices.iter().map(|&choice| choice.into()).collect(),
            band: None,
            second: None,
            line: None,
        }
    }

    /// Shades the values from `low` to `high`.
    pub fn with_band(self, name: &str, low: f64, high: f64) -> Self {
        Self { band: Some((name.into(), low, high)), ..self }
    }

    /// Draws another column below, with a line at `level`.
    pub fn with_second(self, column: &str, name: &str, level: f64) -> Self {
        Self { second: Some(column.into()), line: Some((name.into(), level)), ..self }
    }
}

crate::display::show_as_settings!(SpecificationCurve);

/// Draws a row of a table per design, from the smallest value to the largest: its value on top, and
/// below it which option of each choice it has. Where several designs share a place across, the
/// darkness is the share of them that have the option. Designs without a finite value are left out.
/// Simonsohn, Simmons & Nelson 2020, doi 10.1038/s41562-020-0912-z.
///
/// # Errors
/// [`Error::Table`] if a column is missing; [`Error::Figure`] if there is no choice, no finite value,
/// or more than 60 options.
pub fn specification_curve(table: &DataFrame, spec: &SpecificationCurve) -> Result<Figure> {
    let values = numbers(table, &spec.value)?;
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| values[row].is_finite()).collect();
    if order.is_empty() || spec.choices.is_empty() {
        return Err(Error::Figure(format!(
            "there is nothing to draw: {} designs with a finite {}, {} choices; give at least one of each",
            order.len(),
            elided(&spec.value),
            spec.choices.len()
        )));
    }
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let sorted = |values: Vec<f64>| order.iter().map(|&row| values[row]).collect::<Vec<f64>>();
    let second = spec.second.as_ref().map(|name| numbers(table, name)).transpose()?.map(sorted);
    let mut blocks = Vec::new();
    for choice in &spec.choices {
        blocks.push(Block::of(choice, &texts(table, choice)?, &order));
    }
    let rows: usize = blocks.iter().map(|block| block.options.len()).sum();
    if rows > MOST {
        let problem =
            format!("the choices have {rows} options, more than {MOST}; draw fewer choices");
        return Err(Error::Figure(problem));
    }
    let curve = Curve { spec: spec.clone(), values: sorted(values), second, blocks };
    let (note, description) = (curve.note(), curve.in_words());
    let size = (PAGE, curve.height() as u32);
    Ok(Figure::new(&spec.title, size, curve).described(description).noted(note))
}

/// More rows than these do not fit a page.
const MOST: usize = 60;
/// A row of an option, the gap between choices, the panels of numbers.
const ROW: f64 = 15.0;
const GAP: f64 = 7.0;
const PANEL: f64 = 170.0;
const SECOND: f64 = 100.0;
/// Places across; more designs than these share them.
const PLACES: usize = 150;

/// A choice, and for each of its options whether each design has it.
#[derive(Debug)]
struct Block {
    choice: String,
    options: Vec<(String, Vec<bool>)>,
}

impl Block {
    fn of(choice: &str, options: &[String], order: &[usize]) -> Self {
        let mut names: Vec<&String> = Vec::new();
        for option in options {
            if !names.contains(&option) && names.len() <= MOST {
                names.push(option);
            }
        }
        let has = |name: &String| order.iter().map(|&row| options[row] == *name).collect();
        let options = names.into_iter().map(|name| (elided(name), has(name))).collect();
        Self { choice: label_of_column(choice), options }
    }
}

/// The figure's content, designs in order.
#[derive(Debug)]
struct Curve {
    spec: SpecificationCurve,
    values: Vec<f64>,
    second: Option<Vec<f64>>,
    blocks: Vec<Block>,
}

impl Curve {
    fn height(&self) -> f64 {
        let second = if self.second.is_some() { SECOND + 34.0 } else { 0.0 };
        PANEL + second + self.rows_height() + 120.0
    }

    fn rows_height(&self) -> f64 {
        self.blocks.iter().map(|block| ROW * block.options.len() as f64 + GAP).sum()
    }

    fn places(&self) -> usize {
        self.values.len().min(PLACES)
    }

    fn note(&self) -> String {
        let count = self.values.len();
        match count > PLACES {
            true => format!(
                "{count} designs from left to right. Darkness: of the designs at this place, the share that has the option."
            ),
            false => {
                format!("{count} designs from left to right. Dark: the design has the option.")
            }
        }
    }

    fn in_words(&self) -> String {
        let Self { spec, values, .. } = self;
        let (low, high) = (short(values[0]), short(values[values.len() - 1]));
        let inside = spec.band.as_ref().map_or(String::new(), |(name, low, high)| {
            let count = values.iter().filter(|value| (*low..=*high).contains(*value)).count();
            format!("; {count} within {} ({} to {})", elided(name), short(*low), short(*high))
        });
        let options = |block: &Block| {
            let names: Vec<&str> = block.options.iter().map(|(name, _)| name.as_str()).collect();
            format!("{}: {}", block.choice, names.join("; "))
        };
        let blocks: Vec<String> = self.blocks.iter().map(options).collect();
        format!(
            "Specification curve of {}: {} designs from {low} to {high}{inside}. Choices: {}. {}",
            label_of_column(&spec.value),
            values.len(),
            blocks.join(" | "),
            self.note()
        )
    }

    /// The room for names on the left: that of a choice, and beside it those of its options.
    fn beside(&self) -> (f64, f64) {
        let choices = fonts::widest(self.blocks.iter().map(|block| block.choice.as_str()), SMALL);
        let options = self.blocks.iter().flat_map(|block| &block.options);
        let options = fonts::widest(options.map(|(name, _)| name.as_str()), SMALL);
        (choices.min(200.0), options.min(200.0))
    }

    /// Values over places, with the names of axis and line above.
    fn draw_numbers(
        &self,
        canvas: &mut Canvas,
        inner: &Area,
        axis: &Axis,
        (name, values, as_line): (&str, &[f64], bool),
    ) {
        for (tick, label) in &axis.ticks {
            let y = height_of(inner, axis, *tick);
            canvas.line(vec![(inner.left, y), (inner.right(), y)], Stroke::solid(GRID, 1.0));
            let at = (inner.left - 7.0, y + 0.36 * SMALL);
            canvas.text(label.as_str(), at, faded().anchor(Anchor::End));
        }
        canvas.text(format!("↑ {name}"), (inner.left, inner.top - 7.0), faded());
        let at = |(place, &value): (usize, &f64)| {
            let x = inner.left + (place as f64 + 0.5) / values.len() as f64 * inner.width;
            (x, height_of(inner, axis, value))
        };
        let shown = values.iter().enumerate().filter(|(_, value)| value.is_finite());
        if as_line && values.len() > PLACES {
            canvas.line(shown.map(at).collect(), Stroke::solid(PLAIN, 2.5));
        } else {
            let radius = if values.len() > PLACES { 1.3 } else { 2.5 };
            shown.map(at).for_each(|centre| canvas.dot(centre, radius, Fill::of(PLAIN)));
        }
    }

    fn draw_band(&self, canvas: &mut Canvas, inner: &Area, axis: &Axis) {
        let Some((name, low, high)) = &self.spec.band else { return };
        let [bottom, top] = [*low, *high].map(|end| height_of(inner, axis, end));
        let band = Area::new(inner.left, top.min(bottom), inner.width, (bottom - top).abs());
        canvas.rectangle(band, Fill::of(BAND));
        let name = format!("{}: {} to {}", elided(name), short(*low), short(*high));
        canvas.text(name, (inner.left + 6.0, band.top + SMALL + 2.0), faded());
    }

    fn draw_line(&self, canvas: &mut Canvas, inner: &Area, axis: &Axis) {
        let Some((name, level)) = self.spec.line.as_ref().filter(|line| line.1.is_finite()) else {
            return;
        };
        let y = height_of(inner, axis, *level);
        canvas.line(vec![(inner.left, y), (inner.right(), y)], Stroke::dashed(FADED, 1.5));
        let name = format!("dashed: {}, {}", elided(name), short(*level));
        canvas.text(name, (inner.right(), inner.top - 7.0), faded().anchor(Anchor::End));
    }

    fn draw_block(&self, canvas: &mut Canvas, area: &Area, block: &Block, options: f64) {
        let places = self.places();
        let share = |has: &[bool], place: usize| {
            let (from, to) = (place * has.len() / places, (place + 1) * has.len() / places);
            let count = has[from..to].iter().filter(|&&has| has).count();
            count as f64 / (to - from) as f64
        };
        for (row, (name, has)) in block.options.iter().enumerate() {
            let top = area.top + ROW * row as f64;
            let baseline = top + ROW / 2.0 + 0.36 * SMALL;
            let colours = (0..places).map(|place| WHITE.mixed(DARK, share(has, place))).collect();
            let cells = Area::new(area.left, top + 1.0, area.width, ROW - 2.0);
            canvas.raster(cells, Raster { width: places, colours });
            canvas.text(name.as_str(), (area.left - 7.0, baseline), faded().anchor(Anchor::End));
            if row == 0 {
                let at = (area.left - options - 19.0, baseline);
                canvas.text(block.choice.as_str(), at, Type::new(SMALL).anchor(Anchor::End));
            }
        }
        let y = area.top - GAP / 2.0;
        let left = area.left - options - 12.0;
        canvas.line(vec![(left, y), (area.right(), y)], Stroke::solid(GRID, 1.0));
    }
}

const BAND: Colour = Colour(225, 234, 241);
const DARK: Colour = Colour(30, 60, 90);

/// For some values, and what they are compared with.
fn axis_of(values: &[f64], compared: &[f64]) -> Axis {
    let all = values.iter().chain(compared).copied().filter(|value| value.is_finite());
    Axis::around(all, Scale::Linear, 0.05)
}

fn height_of(inner: &Area, axis: &Axis, value: f64) -> f64 {
    inner.bottom() - axis.share(value) * inner.height
}

impl Picture for Curve {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let (choices, options) = self.beside();
        let left = area.left + choices + options + 22.0;
        let width = (area.right() - left - 8.0).max(40.0);
        // What is left when the figure is drawn smaller is shared by the panels of numbers.
        let panels = (area.height - self.rows_height() - 80.0).max(60.0);
        let first = if self.second.is_some() { 0.63 * panels } else { panels };
        let inner = Area::new(left, area.top + 22.0, width, first - 10.0);
        let ends: Vec<f64> =
            self.spec.band.iter().flat_map(|(_, low, high)| [*low, *high]).collect();
        let axis = axis_of(&self.values, &ends);
        self.draw_band(canvas, &inner, &axis);
        let name = label_of_column(&self.spec.value);
        self.draw_numbers(canvas, &inner, &axis, (&name, &self.values, true));
        let mut top = inner.bottom() + 14.0;
        if let (Some(second), Some(column)) = (&self.second, &self.spec.second) {
            let inner = Area::new(left, top + 24.0, width, panels - first - 10.0);
            let level: Vec<f64> = self.spec.line.iter().map(|line| line.1).collect();
            let name = label_of_column(column);
            let axis = axis_of(second, &level);
            self.draw_numbers(canvas, &inner, &axis, (&name, second, false));
            self.draw_line(canvas, &inner, &axis);
            top = inner.bottom() + 14.0;
        }
        for block in &self.blocks {
            let height = ROW * block.options.len() as f64;
            self.draw_block(canvas, &Area::new(left, top, width, height), block, options);
            top += height + GAP;
        }
        canvas.line(vec![(left, top), (left + width, top)], Stroke::solid(RULE, 1.0));
        let ranks = Axis::between(0.0, self.values.len() as f64, Scale::Linear);
        ticks_below(canvas, &Area::new(left, top, width, 0.0), &ranks);
        let at = (left + width, top + 34.0);
        let name = format!("designs, by {} →", label_of_column(&self.spec.value));
        canvas.text(name, at, faded().anchor(Anchor::End));
    }
}

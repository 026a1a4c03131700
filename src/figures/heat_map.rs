//! A matrix as coloured cells.

use ndarray::{Array2, ArrayView1, Axis as Direction};
use polars::prelude::{Column, DataFrame};

use super::drawing::axis::{Axis, Scale, short};
use super::drawing::canvas::{Anchor, Area, Canvas, Raster, Stroke, Type};
use super::drawing::colour_scale::ColourScale;
use super::drawing::columns::{numbers, texts};
use super::drawing::figure::{Figure, PAGE, Picture};
use super::drawing::fonts;
use super::drawing::labels::{elided, label_of_column, label_of_rule};
use super::drawing::plot::faded;
use super::drawing::show::show_drawn;
use super::drawing::style::{SMALL, WHITE};
use crate::{Error, Result};

/// What [`heat_map`] draws.
///
/// ```
/// use microlearners::figures::{HeatMap, heat_map};
/// use microlearners::ndarray::array;
///
/// let map = HeatMap::new("Layers learn unequally", "weight change", &array![[0.1_f32, 0.4], [0.2, 0.9]])
///     .with_labels("layer", "rule")
///     .with_columns(&["1", "2"])
///     .with_rows(&["Hebbian", "backprop"]);
/// assert!(heat_map(&map)?.description().contains("0.9 (backprop, 2)"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeatMap {
    /// The finding, as the title of the figure.
    pub title: String,
    /// What the values are, with their unit.
    pub label: String,
    /// The values, rows × columns; row 0 is drawn on top.
    pub values: Array2<f64>,
    /// The names of the rows; numbers from 0 if there are none.
    pub rows: Vec<String>,
    /// The names of the columns; numbers from 0 if there are none.
    pub columns: Vec<String>,
    /// What the columns are.
    pub x_label: String,
    /// What the rows are.
    pub y_label: String,
    /// The values that the colours have to cover, instead of those of the cells: as far below 0 as
    /// above where they have both signs, and out to round numbers.
    pub range: Option<(f64, f64)>,
    /// Whether each cell says its value, with two decimals.
    pub numbers: bool,
}

impl HeatMap {
    /// The values of a matrix, rows × columns; `label` says what they are, with their unit.
    pub fn new<T: Copy + Into<f64>>(title: &str, label: &str, values: &Array2<T>) -> Self {
        Self {
            title: title.into(),
            label: label.into(),
            values: values.mapv(Into::into),
            rows: Vec::new(),
            columns: Vec::new(),
            x_label: "column".into(),
            y_label: "row".into(),
            range: None,
            numbers: false,
        }
    }

    /// Lets the colours cover these values instead of those of the cells, so that several maps can
    /// be compared.
    pub fn with_range(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// Writes into each cell its value, with two decimals.
    pub fn with_numbers(self) -> Self {
        Self { numbers: true, ..self }
    }

    /// The numbers of a table: a row for each of its rows, named by the column `rows`, and a column
    /// for each other column of numbers.
    ///
    /// # Errors
    /// [`Error::Table`] if there is no such column, or no other one with numbers.
    pub fn of_table(title: &str, label: &str, table: &DataFrame, rows: &str) -> Result<Self> {
        let names = texts(table, rows)?;
        let is_number =
            |column: &&Column| column.name() != rows && column.dtype().is_primitive_numeric();
        let columns: Vec<String> = table
            .columns()
            .iter()
            .filter(is_number)
            .map(|column| column.name().to_string())
            .collect();
        if columns.is_empty() {
            return Err(Error::Table(format!(
                "beside \"{rows}\" there is no column of numbers to draw"
            )));
        }
        let numbers =
            columns.iter().map(|name| numbers(table, name)).collect::<Result<Vec<_>>>()?;
        let values = Array2::from_shape_fn((table.height(), columns.len()), |(row, column)| {
            numbers[column][row]
        });
        let names: Vec<String> = names.iter().map(|name| label_of_rule(name)).collect();
        let columns: Vec<String> = columns.iter().map(|name| label_of_column(name)).collect();
        Ok(Self::new(title, label, &values).with_rows(&names).with_columns(&columns))
    }

    /// Says what the columns (`x`) and the rows (`y`) are.
    pub fn with_labels(self, x: &str, y: &str) -> Self {
        Self { x_label: x.into(), y_label: y.into(), ..self }
    }

    /// Names the rows, from top to bottom.
    pub fn with_rows<T: AsRef<str>>(self, names: &[T]) -> Self {
        Self { rows: names.iter().map(|name| elided(name.as_ref())).collect(), ..self }
    }

    /// Names the columns, from left to right.
    pub fn with_columns<T: AsRef<str>>(self, names: &[T]) -> Self {
        Self { columns: names.iter().map(|name| elided(name.as_ref())).collect(), ..self }
    }

    /// Orders the columns by the mean of their finite values, smallest first, which shows groups
    /// that an arbitrary order hides. Their names move along; numbers then count from the smallest.
    pub fn with_sorted_columns(mut self) -> Self {
        let mean = |column: ArrayView1<'_, f64>| {
            let finite = column.iter().filter(|value| value.is_finite());
            finite.clone().sum::<f64>() / finite.count() as f64
        };
        let means: Vec<f64> = self.values.columns().into_iter().map(mean).collect();
        let mut order: Vec<usize> = (0..means.len()).collect();
        order.sort_by(|a, b| means[*a].total_cmp(&means[*b]));
        self.values = self.values.select(Direction(1), &order);
        if self.columns.len() == order.len() {
            self.columns = order.iter().map(|column| self.columns[*column].clone()).collect();
        }
        self
    }

    /// Whether all values are 0 or 1, and so need no bar of colours.
    fn is_yes_or_no(&self) -> bool {
        self.range.is_none() && self.values.iter().all(|value| *value == 0.0 || *value == 1.0)
    }

    fn check(&self) -> Result<()> {
        let is_range = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite() && low < high;
        if let Some((low, high)) = self.range.filter(|range| !is_range(range)) {
            let problem = format!(
                "colours cannot go from {low} to {high}; give two finite values, the smaller first"
            );
            return Err(Error::Figure(problem));
        }
        let (rows, columns) = self.values.dim();
        let fits = |names: usize, count: usize| names == 0 || names == count;
        if fits(self.rows.len(), rows) && fits(self.columns.len(), columns) {
            return Ok(());
        }
        let (r, c) = (self.rows.len(), self.columns.len());
        let problem = format!(
            "the matrix is {rows} × {columns}, but {r} rows and {c} columns have names; name all of them, or none"
        );
        Err(Error::Shape(problem))
    }

    /// The name of a row or column, or its number.
    fn name(names: &[String], index: usize, kind: &str) -> String {
        names.get(index).cloned().unwrap_or_else(|| format!("{kind} {index}"))
    }

    fn in_words(&self, note: &str) -> String {
        let (rows, columns) = self.values.dim();
        let finite = self.values.indexed_iter().filter(|(_, value)| value.is_finite());
        let place = |extreme: Option<((usize, usize), &f64)>| {
            extreme.map_or(String::new(), |((row, column), value)| {
                let row = Self::name(&self.rows, row, &self.y_label);
                let column = Self::name(&self.columns, column, &self.x_label);
                format!("{} ({row}, {column})", short(*value))
            })
        };
        let low = place(finite.clone().min_by(|a, b| a.1.total_cmp(b.1)));
        let high = place(finite.max_by(|a, b| a.1.total_cmp(b.1)));
        let label = &self.label;
        format!("Heat map of {label}, {rows} × {columns}: from {low} to {high}. {note}")
    }
}

/// Draws one coloured cell per value, with a colour bar: blue, white and red around 0 when the
/// values have both signs, white to dark blue otherwise. Values that are all 0 or 1 have no bar.
///
/// # Errors
/// [`Error::Shape`] if some but not all rows or columns have names, [`Error::Figure`] if no value
/// is finite or the range of colours is empty.
pub fn heat_map(spec: &HeatMap) -> Result<Figure> {
    spec.check()?;
    let values = spec.values.iter().copied();
    let covered = match spec.range {
        Some((low, high)) => ColourScale::covering([low, high].into_iter()),
        None if spec.is_yes_or_no() => ColourScale::covering([0.0, 1.0].into_iter()),
        None => ColourScale::covering(values.clone()),
    };
    let Some(scale) = covered.filter(|_| values.clone().any(f64::is_finite)) else {
        let (rows, columns) = spec.values.dim();
        let problem =
            format!("there is nothing to draw: none of the {rows} × {columns} values is finite");
        return Err(Error::Figure(problem));
    };
    let missing = spec.values.iter().filter(|value| !value.is_finite()).count();
    let missing = match missing {
        0 => String::new(),
        count => format!(" Grey: no value ({count} of {}).", spec.values.len()),
    };
    let meaning = match spec.is_yes_or_no() {
        true => format!("Dark: {}; light: not.", spec.label),
        false => scale.in_words().to_owned(),
    };
    let note = format!("{meaning}{}{missing}", scale.about_values_beyond(values));
    let description = spec.in_words(&note);
    let picture = Cells { spec: spec.clone(), scale };
    let size = picture.size();
    Ok(Figure::new(&spec.title, size, picture).described(description).noted(note))
}

/// Smaller cells have no gaps between them.
const LEAST_APART: f64 = 10.0;

/// The figure's content.
#[derive(Debug)]
struct Cells {
    spec: HeatMap,
    scale: ColourScale,
}

impl Cells {
    /// Width and height of a figure whose cells are neither tiny nor huge.
    fn size(&self) -> (u32, u32) {
        let (rows, columns) = self.spec.values.dim();
        let around = self.beside() + self.after() + 28.0;
        let room = (f64::from(PAGE) - around).clamp(260.0, 520.0);
        let width = (room / columns as f64).min(52.0);
        let height = (380.0 / rows as f64).min(34.0);
        let across = (around + width * columns as f64).max(self.above() + 60.0);
        let down = self.below(width) + 110.0 + height * rows as f64;
        ((across as u32).max(360), (down as u32).max(220))
    }

    /// The room for the names of the rows.
    fn beside(&self) -> f64 {
        let names = marks(&self.spec.rows, self.spec.values.nrows());
        fonts::widest(names.iter().map(|(_, name)| name.as_str()), SMALL) + 10.0
    }

    /// The room for the bar beside the cells.
    fn after(&self) -> f64 {
        if self.spec.is_yes_or_no() {
            return 0.0;
        }
        self.scale.width("") + 22.0
    }

    /// The width of what stands above the cells: what the rows are, and what the colours are.
    fn above(&self) -> f64 {
        let names = [self.spec.y_label.as_str(), self.spec.label.as_str()];
        names.into_iter().map(|name| fonts::widest([name], SMALL)).sum()
    }

    /// Whether names of columns are turned, because cells of this width are too narrow for them.
    fn turns(&self, width: f64) -> bool {
        fonts::widest(self.spec.columns.iter().map(String::as_str), SMALL) + 6.0 > width
            && !self.spec.columns.is_empty()
    }

    /// The room below cells of this width: the names of columns and of the axis.
    fn below(&self, width: f64) -> f64 {
        let names = fonts::widest(self.spec.columns.iter().map(String::as_str), SMALL);
        28.0 + if self.turns(width) { names } else { SMALL }
    }

    fn write_values(&self, canvas: &mut Canvas, cells: &Area) {
        let (rows, columns) = self.spec.values.dim();
        let (width, height) = (cells.width / columns as f64, cells.height / rows as f64);
        for ((row, column), value) in self.spec.values.indexed_iter().filter(|(_, v)| v.is_finite())
        {
            let x = cells.left + (column as f64 + 0.5) * width;
            let y = cells.top + (row as f64 + 0.5) * height + 0.36 * SMALL;
            let text = if value.abs() < 1e4 { format!("{value:.2}") } else { short(*value) };
            let room = (width - 4.0) / fonts::widest([text.as_str()], SMALL);
            let size = SMALL * room.clamp(0.6, 1.0);
            let kind = Type::new(size).colour(self.scale.at(*value).ink());
            canvas.text(text, (x, y), kind.anchor(Anchor::Middle));
        }
    }

    /// Lines of paper between the cells, where these are large enough: blocks of one colour show
    /// how many they are.
    fn draw_gaps(&self, canvas: &mut Canvas, cells: &Area) {
        let (rows, columns) = self.spec.values.dim();
        let (width, height) = (cells.width / columns as f64, cells.height / rows as f64);
        if width < LEAST_APART || height < LEAST_APART {
            return;
        }
        for row in 1..rows {
            let y = cells.top + row as f64 * height;
            canvas.line(vec![(cells.left, y), (cells.right(), y)], Stroke::solid(WHITE, 1.0));
        }
        for column in 1..columns {
            let x = cells.left + column as f64 * width;
            canvas.line(vec![(x, cells.top), (x, cells.bottom())], Stroke::solid(WHITE, 1.0));
        }
    }

    fn write_rows(&self, canvas: &mut Canvas, cells: &Area) {
        let count = self.spec.values.nrows();
        let height = cells.height / count as f64;
        let mut free_from = f64::NEG_INFINITY;
        for (index, name) in marks(&self.spec.rows, count) {
            let y = cells.top + (index as f64 + 0.5) * height;
            if y >= free_from {
                let at = (cells.left - 8.0, y + 0.36 * SMALL);
                canvas.text(name, at, faded().anchor(Anchor::End));
                free_from = y + 1.1 * SMALL;
            }
        }
    }

    /// Level where they fit, else turned, and only as many as do not touch.
    fn write_columns(&self, canvas: &mut Canvas, cells: &Area) {
        let count = self.spec.values.ncols();
        let width = cells.width / count as f64;
        let turns = self.turns(width);
        let mut free_from = f64::NEG_INFINITY;
        for (index, name) in marks(&self.spec.columns, count) {
            let x = cells.left + (index as f64 + 0.5) * width;
            let length = fonts::widest([name.as_str()], SMALL);
            let half = if turns { 0.55 * SMALL } else { length / 2.0 };
            if x - half < free_from {
                continue;
            }
            free_from = x + half;
            let below = cells.bottom() + 7.0;
            if turns {
                let at = (x + 0.36 * SMALL, below);
                canvas.text(name, at, faded().anchor(Anchor::End).up());
            } else {
                canvas.text(name, (x, below + 0.8 * SMALL), faded().anchor(Anchor::Middle));
            }
        }
    }
}

/// The names to write along a side of `count` cells: all names there are, else round numbers.
fn marks(names: &[String], count: usize) -> Vec<(usize, String)> {
    if !names.is_empty() {
        return names.iter().cloned().enumerate().collect();
    }
    let last = count.saturating_sub(1) as f64;
    if last == 0.0 {
        return vec![(0, "0".to_owned())];
    }
    let whole = |(tick, label): (f64, String)| {
        (tick.fract() == 0.0 && tick <= last).then_some((tick as usize, label))
    };
    Axis::between(0.0, last, Scale::Linear).ticks.into_iter().filter_map(whole).collect()
}

impl Picture for Cells {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let values = &self.spec.values;
        let inner = area.inside(self.beside(), 22.0, self.after(), 0.0);
        let below = self.below(inner.width / values.ncols() as f64);
        let cells = inner.inside(0.0, 0.0, 0.0, below + 6.0);
        canvas.text(format!("↓ {}", self.spec.y_label), (area.left, area.top + SMALL), faded());
        let colours = values.iter().map(|value| self.scale.at(*value)).collect();
        canvas.raster(cells, Raster { width: values.ncols(), colours });
        if self.spec.is_yes_or_no() {
            self.draw_gaps(canvas, &cells);
        }
        if self.spec.numbers {
            self.write_values(canvas, &cells);
        }
        self.write_rows(canvas, &cells);
        self.write_columns(canvas, &cells);
        let at = (cells.right(), area.bottom() - 2.0);
        canvas.text(format!("{} →", self.spec.x_label), at, faded().anchor(Anchor::End));
        if !self.spec.is_yes_or_no() {
            let bar = Area::new(cells.right() + 22.0, area.top, self.after(), cells.height + 22.0);
            self.scale.draw_bar(canvas, bar, "");
            let at = (area.right(), area.top + SMALL);
            canvas.text(self.spec.label.as_str(), at, faded().anchor(Anchor::End));
        }
    }
}

show_drawn!(HeatMap, heat_map);

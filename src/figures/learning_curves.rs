//! How something changes while networks learn: one line per rule, with its interval over networks.

use polars::prelude::DataFrame;

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Canvas, Fill, Point, Stroke, Type};
use super::columns::{Names, Row, distinct, left_out_note, replicate_label, rows};
use super::estimate::{Estimate, estimate_over_replicates, meaning_of_intervals};
use super::figure::{Figure, Picture};
use super::fonts;
use super::plot::{Plot, SMALL, faded, on_paper, spread};
use super::style::{Colour, FADED, colours_of, label_of_rule};
use crate::Result;

/// What [`learning_curves`] draws from a table.
///
/// ```
/// use microlearners::figures::{LearningCurves, learning_curves};
/// use microlearners::polars::prelude::df;
///
/// let table = df!("rule" => ["oja", "oja"], "run" => [1, 1], "step" => [0, 10], "accuracy" => [0.1, 0.8])?;
/// let curves = LearningCurves::new("Oja's rule learns", "step", "accuracy").with_line("chance", 0.1);
/// let figure = learning_curves(&table, &curves)?;
/// assert!(figure.to_svg().contains("Oja"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LearningCurves {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The column along the bottom.
    pub x: String,
    /// The column of heights.
    pub y: String,
    /// The column that says which line a row belongs to.
    pub by: String,
    /// The column that tells networks apart; intervals are over its values.
    pub over: String,
    /// The name of the horizontal axis, with its unit.
    pub x_label: String,
    /// The name of the vertical axis, with its unit.
    pub y_label: String,
    /// The spacing of the vertical axis.
    pub scale: Scale,
    /// Horizontal lines to compare with, such as chance.
    pub lines: Vec<(String, f64)>,
}

impl LearningCurves {
    /// Column `y` against column `x`, by `rule` and over `run`s.
    pub fn new(title: &str, x: &str, y: &str) -> Self {
        Self {
            title: title.into(),
            x: x.into(),
            y: y.into(),
            by: "rule".into(),
            over: "run".into(),
            x_label: label_of_rule(x),
            y_label: label_of_rule(y),
            scale: Scale::Linear,
            lines: Vec::new(),
        }
    }

    /// One line per value of column `by`, instead of per `rule`.
    pub fn by(self, by: &str) -> Self {
        Self { by: by.into(), ..self }
    }

    /// Intervals over the values of column `over`, instead of over `run`s.
    pub fn over(self, over: &str) -> Self {
        Self { over: over.into(), ..self }
    }

    /// Names the axes, with their units.
    pub fn with_labels(self, x: &str, y: &str) -> Self {
        Self { x_label: x.into(), y_label: y.into(), ..self }
    }

    /// Spaces the vertical axis by ratios.
    pub fn with_log_scale(self) -> Self {
        Self { scale: Scale::Log, ..self }
    }

    /// Draws a dashed horizontal line to compare with, such as chance.
    pub fn with_line(mut self, name: &str, height: f64) -> Self {
        self.lines.push((name.into(), height));
        self
    }
}

/// Draws one line per rule through the means over networks, with their 95 % intervals.
///
/// Rows of the same network and the same `x` (one per layer, say) are averaged first.
///
/// # Errors
/// [`crate::Error::Table`] if a column is missing, is not a number where one is needed, or if no row
/// has finite values.
pub fn learning_curves(table: &DataFrame, curves: &LearningCurves) -> Result<Figure> {
    let names = Names { group: &curves.by, replicate: &curves.over, x: &curves.x, y: &curves.y };
    let rows = rows(table, names, curves.scale)?;
    let picture = Curves { lines: lines(&rows), look: curves.clone() };
    let counts = picture.lines.iter().flat_map(|line| line.points.iter().map(|(_, e)| e.count));
    let note = format!("Lines: {}.", meaning_of_intervals(counts, &replicate_label(&curves.over)));
    let note = format!("{note}{}", left_out_note(table.height() - rows.len()));
    let description = picture.in_words(&note);
    Ok(Figure::new(&curves.title, (760, 420), picture).described(description).noted(note))
}

/// One line of the figure.
#[derive(Debug)]
struct Line {
    name: String,
    colour: Colour,
    points: Vec<(f64, Estimate)>,
}

/// The figure's content.
#[derive(Debug)]
struct Curves {
    lines: Vec<Line>,
    look: LearningCurves,
}

fn lines(rows: &[Row]) -> Vec<Line> {
    let names = distinct(rows.iter().map(|row| &row.group));
    let colours = colours_of(&names);
    let line = |(name, colour): (String, Colour)| {
        let mut own: Vec<&Row> = rows.iter().filter(|row| row.group == name).collect();
        own.sort_by(|a, b| a.x.total_cmp(&b.x).then_with(|| a.replicate.cmp(&b.replicate)));
        let places = own.chunk_by(|a, b| a.x == b.x);
        let points = places.map(|place| (place[0].x, estimate_over_replicates(place))).collect();
        Line { name, colour, points }
    };
    names.into_iter().zip(colours).map(line).collect()
}

impl Curves {
    fn in_words(&self, note: &str) -> String {
        let ends = self.lines.iter().filter_map(|line| {
            let (_, end) = line.points.last()?;
            Some(format!("{} {end}", label_of_rule(&line.name)))
        });
        let ends: Vec<String> = ends.collect();
        let (x, y) = (&self.look.x_label, &self.look.y_label);
        format!("Line chart of {y} against {x}. At the end: {}. {note}", ends.join(", "))
    }

    fn axes(&self) -> (Axis, Axis) {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let heights: Vec<f64> = points().flat_map(|(_, e)| [e.low, e.high]).collect();
        let fixed = self.look.lines.iter().map(|(_, height)| *height);
        let means: Vec<f64> = points().map(|(_, e)| e.mean).chain(fixed.clone()).collect();
        // An interval may leave the range that an accuracy can have; the axis does not.
        let is_share = means.iter().all(|mean| (0.0..=1.0).contains(mean));
        let kept = |height: f64| if is_share { height.clamp(0.0, 1.0) } else { height };
        if is_share && self.look.scale == Scale::Linear && means.iter().any(|mean| *mean > 0.5) {
            return (self.floor(), Axis::between(0.0, 1.0, Scale::Linear));
        }
        let y =
            Axis::around(heights.into_iter().map(kept).chain(means.clone()), self.look.scale, 0.03);
        (self.floor(), y)
    }

    fn floor(&self) -> Axis {
        let points = self.lines.iter().flat_map(|line| &line.points);
        Axis::around(points.map(|(x, _)| *x), Scale::Linear, 0.0)
    }

    /// Names beside the ends of their lines, moved apart where lines meet.
    fn write_names(&self, canvas: &mut Canvas, plot: &Plot) {
        let ends: Vec<Point> = self
            .lines
            .iter()
            .filter_map(|line| line.points.last().map(|(x, end)| plot.at(*x, end.mean)))
            .collect();
        let wanted: Vec<f64> = ends.iter().map(|(_, y)| *y).collect();
        let places =
            spread(&wanted, 1.3 * SMALL, (plot.inner.top + 6.0, plot.inner.bottom() - 6.0));
        for ((line, end), place) in self.lines.iter().zip(&ends).zip(places) {
            let left = plot.inner.right() + 26.0;
            let leader =
                vec![(end.0 + 3.0, end.1), (plot.inner.right() + 8.0, end.1), (left - 4.0, place)];
            canvas.line(leader, Stroke::solid(line.colour.lighter(0.5), 1.0));
            let kind = Type::new(SMALL).bold().colour(line.colour.darker(0.15));
            canvas.text(label_of_rule(&line.name), (left, place + 0.36 * SMALL), kind);
        }
    }

    fn write_lines_to_compare(&self, canvas: &mut Canvas, plot: &Plot) {
        for (name, height) in self.look.lines.iter().filter(|(_, height)| plot.y.holds(*height)) {
            let (left, y) = plot.at(f64::NEG_INFINITY, *height);
            canvas.line(vec![(left, y), (plot.inner.right(), y)], Stroke::dashed(FADED, 1.5));
            let right = plot.inner.right();
            let (x, anchor) = match self.freer_end(plot, y) {
                Anchor::Start => (left + 8.0, Anchor::Start),
                _ => (right - 8.0, Anchor::End),
            };
            on_paper(canvas, name, (x, y - 5.0), faded().anchor(anchor));
        }
    }

    /// The end of a level at height `y` from which the curves stay away farther.
    fn freer_end(&self, plot: &Plot, y: f64) -> Anchor {
        let distance = |point: Option<&(f64, Estimate)>| {
            point.map_or(f64::INFINITY, |(x, e)| (plot.at(*x, e.mean).1 - (y - 10.0)).abs())
        };
        let nearest =
            |ends: &dyn Fn(&Line) -> f64| self.lines.iter().map(ends).fold(f64::INFINITY, f64::min);
        let left = nearest(&|line| distance(line.points.get(line.points.len().min(2) - 1)));
        let right = nearest(&|line| distance(line.points.last()));
        if left > right { Anchor::Start } else { Anchor::End }
    }
}

impl Picture for Curves {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let names: Vec<String> = self.lines.iter().map(|line| label_of_rule(&line.name)).collect();
        let right = 1.12 * fonts::widest(names.iter().map(String::as_str), SMALL) + 30.0;
        let labels = (self.look.x_label.as_str(), self.look.y_label.as_str());
        let plot = Plot::frame(canvas, area, self.axes(), labels, right);
        self.lines.iter().for_each(|line| line.draw_interval(canvas, &plot));
        self.lines.iter().for_each(|line| line.draw_mean(canvas, &plot));
        self.write_lines_to_compare(canvas, &plot);
        self.write_names(canvas, &plot);
    }
}

impl Line {
    fn draw_interval(&self, canvas: &mut Canvas, plot: &Plot) {
        if self.points.len() < 2 || self.points.iter().all(|(_, e)| e.count < 2) {
            return;
        }
        let lower = self.points.iter().map(|(x, e)| plot.at(*x, e.low));
        let upper = self.points.iter().rev().map(|(x, e)| plot.at(*x, e.high));
        canvas.shape(lower.chain(upper).collect(), Fill::sheer(self.colour, 0.18));
    }

    fn draw_mean(&self, canvas: &mut Canvas, plot: &Plot) {
        let points: Vec<Point> = self.points.iter().map(|(x, e)| plot.at(*x, e.mean)).collect();
        // Few points are shown as such: the line between them is only a guide.
        if points.len() <= 12 {
            points.iter().for_each(|point| canvas.dot(*point, 3.0, Fill::of(self.colour)));
        }
        canvas.line(points, Stroke::solid(self.colour, 2.0));
    }
}

//! Horizontal bars with intervals, such as accuracies beside chance.

use polars::prelude::DataFrame;

use super::drawing::axis::{Axis, Scale, alike, level_name, short};
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Point, Stroke, Type};
use super::drawing::columns::{numbers, texts};
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts;
use super::drawing::labels::{elided, label_of_rule};
use super::drawing::plot::{faded, ticks_below};
use super::drawing::show::show_drawn;
use super::drawing::style::{Colour, FADED, GRID, INK, PLAIN, RULE, SMALL, WHITE, fixed_colour};
use crate::classification::Estimate;
use crate::display::show_as_settings;
use crate::{Error, Result};

const ROW: f64 = 27.0;
/// However large the figure, bars remain bars.
const HIGHEST_ROW: f64 = 36.0;

/// What a mark on a bar says; each has a marker of its own, the same in every figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// What shuffled labels give: a diamond.
    Shuffled,
    /// What guessing gives, if that is not the same for all bars: a dashed upright line, as the one
    /// of [`Bars::with_line`].
    Chance,
    /// What the same networks give when their kind is in the training part: a ring.
    Familiar,
}

/// One bar: a value and the two ends of its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is the value of.
    pub name: String,
    /// How far the bar reaches.
    pub value: f64,
    /// The lower end of the interval; NaN for none.
    pub low: f64,
    /// The upper end of the interval; NaN for none.
    pub high: f64,
    /// Its colour, if not that of the rule it names, and slate if it names none.
    pub colour: Option<Colour>,
    /// Values to compare this bar with, such as its controls, with their names.
    pub marks: Vec<(Mark, String, f64)>,
}

/// What [`bars`] draws.
///
/// ```
/// use microlearners::figures::{Bars, bars};
///
/// let accuracies = Bars::new("Weights betray the rule", "share of networks identified")
///     .with_bar("weights", 0.84, 0.81, 0.87)
///     .with_bar("activity", 0.61, 0.55, 0.67)
///     .with_line("chance", 1.0 / 6.0);
/// let figure = bars(&accuracies)?;
/// assert!(figure.description().contains("weights 0.84"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bars {
    /// The finding, as the title of the figure.
    pub title: String,
    /// What the bars measure, with its unit.
    pub label: String,
    /// The bars from top to bottom.
    pub bars: Vec<Bar>,
    /// Vertical lines to compare with, such as chance.
    pub lines: Vec<(String, f64)>,
    /// What the intervals are.
    pub note: String,
    /// Whether the axis ends at 1, however small the values.
    pub whole: bool,
}

impl Bars {
    /// No bars yet; `label` says what they measure, with its unit.
    pub fn new(title: &str, label: &str) -> Self {
        let note = "Thin lines: intervals over splits.".to_owned();
        let (title, label) = (title.into(), label.into());
        Self { title, label, bars: Vec::new(), lines: Vec::new(), note, whole: false }
    }

    /// Adds a bar to `value` with an interval from `low` to `high`.
    pub fn with_bar(mut self, name: &str, value: f64, low: f64, high: f64) -> Self {
        self.bars.push(Bar {
            name: name.into(),
            value,
            low,
            high,
            colour: None,
            marks: Vec::new(),
        });
        self
    }

    /// Adds a bar for an estimate over splits, with its interval, if it has one.
    pub fn with_estimate(self, name: &str, estimate: &Estimate) -> Self {
        let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
        self.with_bar(name, estimate.mean, end(estimate.low()), end(estimate.high()))
    }

    /// Adds a bar for every row of a table, from its columns of names, values, and lower and upper
    /// ends of intervals.
    ///
    /// # Errors
    /// [`Error::Table`] if a column is missing, or holds no numbers where they are needed.
    pub fn with_rows(mut self, table: &DataFrame, columns: [&str; 4]) -> Result<Self> {
        let (names, values) = (texts(table, columns[0])?, numbers(table, columns[1])?);
        let (lows, highs) = (numbers(table, columns[2])?, numbers(table, columns[3])?);
        for ((name, value), (low, high)) in
            names.iter().zip(values).zip(lows.into_iter().zip(highs))
        {
            self = self.with_bar(name, value, low, high);
        }
        Ok(self)
    }

    /// Draws a dashed vertical line to compare with, such as chance or a permutation baseline.
    pub fn with_line(mut self, name: &str, value: f64) -> Self {
        self.lines.push((name.into(), value));
        self
    }

    /// Says below the bars what the intervals are.
    pub fn with_note(self, note: &str) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Gives the last bar the colour of a rule, or any other.
    pub fn in_colour(mut self, colour: Colour) -> Self {
        if let Some(bar) = self.bars.last_mut() {
            bar.colour = Some(colour);
        }
        self
    }

    /// Marks another value on the last bar, that of a control; a legend says which marker is which
    /// name's.
    pub fn with_mark(mut self, mark: Mark, name: &str, value: f64) -> Self {
        if let Some(bar) = self.bars.last_mut() {
            bar.marks.push((mark, name.into(), value));
        }
        self
    }

    /// Ends the axis at 1 however small the values, so that shares can be compared between figures.
    pub fn with_whole_axis(self) -> Self {
        Self { whole: true, ..self }
    }

    /// The largest bar on top, and only the first `count` of them.
    pub fn top(mut self, count: usize) -> Self {
        self.bars.sort_by(|a, b| b.value.total_cmp(&a.value));
        self.bars.truncate(count);
        self
    }
}

/// Draws horizontal bars with their intervals; bars without a finite value are left out.
///
/// # Errors
/// [`Error::Figure`] if no bar has a finite value, or one marker has two names.
pub fn bars(spec: &Bars) -> Result<Figure> {
    let mut shown = spec.clone();
    shown.bars.retain(|bar| bar.value.is_finite());
    if shown.bars.is_empty() {
        return Err(Error::Figure(format!("\"{}\" has no bar with a finite value", spec.title)));
    }
    shown.check_marks()?;
    let description = in_words(&shown);
    let height = 150.0 + shown.legend_height() + ROW * shown.bars.len() as f64;
    let note = shown.note.clone();
    Ok(Figure::new(&spec.title, (680, height as u32), shown).described(description).noted(note))
}

/// A rule's name as a person writes it; any other name, such as an observable's, as it stands in
/// the tables.
fn label(name: &str) -> String {
    if fixed_colour(name).is_some() { label_of_rule(name) } else { elided(name) }
}

fn in_words(bars: &Bars) -> String {
    let values: Vec<String> =
        bars.bars.iter().map(|bar| format!("{} {}", label(&bar.name), interval(bar))).collect();
    let lines: Vec<String> =
        bars.lines.iter().map(|line| format!("; {}", level_name(line))).collect();
    format!("Bar chart of {}: {}{}. {}", bars.label, values.join(", "), lines.concat(), bars.note)
}

/// The value of a bar with the ends of its interval, if it has one, and its marks.
fn interval(bar: &Bar) -> String {
    let [value, low, high] = [bar.value, bar.low, bar.high].map(short);
    let in_words = |(_, name, value): &(Mark, String, f64)| {
        format!("; {}", level_name(&(name.clone(), *value)))
    };
    let marks: String = bar.marks.iter().map(in_words).collect();
    if has_interval(bar) { format!("{value} ({low} to {high}){marks}") } else { value + &marks }
}

fn has_interval(bar: &Bar) -> bool {
    bar.low.is_finite() && bar.high.is_finite() && bar.high > bar.low
}

impl Bars {
    /// From 0, or from the lowest value below it, to the highest.
    fn axis(&self) -> Axis {
        let ends = self.bars.iter().flat_map(|bar| [bar.value, bar.low, bar.high]);
        let marks = self.bars.iter().flat_map(|bar| bar.marks.iter().map(|(_, _, value)| *value));
        let all = ends.chain(marks).chain(self.lines.iter().map(|(_, value)| *value)).chain([0.0]);
        let all: Vec<f64> = all.filter(|value| value.is_finite()).collect();
        let low = all.iter().copied().fold(0.0, f64::min);
        let high = all.iter().copied().fold(low, f64::max);
        // All of an interval is drawn, also where it ends beyond what an accuracy can be.
        let room = (low + 1.02 * (high - low)).clamp(high, f64::MAX);
        let are_shares = self.bars.iter().all(|bar| (0.0..=1.0).contains(&bar.value));
        if are_shares && (self.whole || high > 0.5) && high < MOST_BEYOND {
            return Axis::between(low, 1.0, Scale::Linear).reaching(if high > 1.0 {
                room
            } else {
                1.0
            });
        }
        Axis::between(low, room, Scale::Linear)
    }

    /// The kinds of marks with their names, in the order of their first appearance.
    fn marks(&self) -> Vec<(Mark, &str)> {
        let mut kinds: Vec<(Mark, &str)> = Vec::new();
        for (mark, name, _) in self.bars.iter().flat_map(|bar| &bar.marks) {
            if !kinds.contains(&(*mark, name)) {
                kinds.push((*mark, name));
            }
        }
        kinds
    }

    /// One marker cannot say two things.
    fn check_marks(&self) -> Result<()> {
        let kinds = self.marks();
        for (place, (mark, name)) in kinds.iter().enumerate() {
            let Some((_, other)) = kinds[..place].iter().find(|(known, _)| known == mark) else {
                continue;
            };
            let (name, other) = (elided(name), elided(other));
            return Err(Error::Figure(format!(
                "\"{other}\" and \"{name}\" would have the same marker, that of Mark::{mark:?}; give all of its marks one name"
            )));
        }
        Ok(())
    }

    /// The markers with their names, in one line from the top of `area`; returns what is left of
    /// it.
    fn draw_legend(&self, canvas: &mut Canvas, area: Area) -> Area {
        let mut left = area.left + 8.0;
        for (mark, name) in self.marks() {
            draw_mark(canvas, (left, area.top + SMALL / 2.0 + 2.0), mark);
            canvas.text(name, (left + 13.0, area.top + SMALL), Type::new(SMALL));
            left += 36.0 + fonts::widest([name], SMALL);
        }
        area.inside(0.0, self.legend_height(), 0.0, 0.0)
    }

    fn legend_height(&self) -> f64 {
        if self.bars.iter().all(|bar| bar.marks.is_empty()) { 0.0 } else { 2.0 * SMALL }
    }

    fn draw_grid(&self, canvas: &mut Canvas, inner: &Area, axis: &Axis) {
        for (tick, _) in &axis.ticks {
            let x = across(inner, axis, *tick);
            canvas.line(vec![(x, inner.top), (x, inner.bottom())], Stroke::solid(GRID, 1.0));
        }
        ticks_below(canvas, inner, axis);
        let at = (inner.right(), inner.bottom() + 34.0);
        canvas.text(format!("{} →", self.label), at, faded().anchor(Anchor::End));
    }

    /// Lines to compare with: names above the bars, each on a line of its own if they would touch.
    fn draw_lines(&self, canvas: &mut Canvas, inner: &Area, axis: &Axis) {
        let mut lines: Vec<&(String, f64)> = self.lines.iter().collect();
        // Names stand to the right of their lines, so a name must be below those of smaller values.
        lines.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        for (index, line) in lines.into_iter().enumerate() {
            let x = across(inner, axis, line.1);
            let above = inner.top - 7.0 - 15.0 * index as f64;
            canvas.line(vec![(x, above + 3.0), (x, inner.bottom())], Stroke::dashed(FADED, 1.5));
            let text = level_name(line);
            let fits = x + fonts::widest([text.as_str()], SMALL) < inner.right() + 60.0;
            let (x, anchor) = if fits { (x - 3.0, Anchor::Start) } else { (x + 3.0, Anchor::End) };
            canvas.text(text, (x, above), faded().anchor(anchor));
        }
    }

    fn draw_bar(&self, canvas: &mut Canvas, row: Area, (bar, axis, value): (&Bar, &Axis, &str)) {
        let middle = row.top + row.height / 2.0;
        let (zero, end) = (across(&row, axis, 0.0), across(&row, axis, bar.value));
        let (left, width) = (zero.min(end), (end - zero).abs());
        let usual = bar.colour.or_else(|| fixed_colour(&bar.name)).unwrap_or(PLAIN);
        let fill = Fill::of(canvas.colour(&bar.name, usual).lighter(0.25));
        canvas.rectangle(Area::new(left, row.top + 4.0, width, row.height - 8.0), fill);
        let baseline = middle + 0.36 * SMALL;
        let name = Type::new(SMALL).anchor(Anchor::End);
        canvas.text(label(&bar.name), (row.left - 8.0, baseline), name);
        canvas.text(value, (row.right() + 12.0, baseline), Type::new(SMALL).bold());
    }

    /// The marks of a bar and its interval, in front of the lines.
    fn draw_in_front(
        &self,
        canvas: &mut Canvas,
        (inner, middle): (&Area, f64),
        (bar, axis): (&Bar, &Axis),
    ) {
        for (mark, _, value) in bar.marks.iter().filter(|(_, _, value)| value.is_finite()) {
            draw_mark(canvas, (across(inner, axis, *value), middle), *mark);
        }
        // Above the marks, which would hide its ends.
        if has_interval(bar) {
            let ends = (across(inner, axis, bar.low), across(inner, axis, bar.high));
            draw_interval(canvas, ends, middle);
        }
    }
}

/// Where intervals end beyond this, 1 is no place that the axis can end near.
const MOST_BEYOND: f64 = 1.2;

/// The half of a mark's height.
const MARK: f64 = 5.5;

fn draw_mark(canvas: &mut Canvas, (x, y): Point, mark: Mark) {
    match mark {
        // Higher than the caps of intervals, which are upright, too.
        Mark::Chance => {
            let line = vec![(x, y - 1.8 * MARK), (x, y + 1.8 * MARK)];
            canvas.line(line.clone(), Stroke::solid(WHITE, 3.5));
            canvas.line(line, Stroke::dashed(FADED, 1.5));
        }
        Mark::Shuffled => {
            let diamond = |r: f64| vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
            canvas.shape(diamond(MARK + 1.5), Fill::of(WHITE));
            canvas.shape(diamond(MARK), Fill::of(INK));
        }
        Mark::Familiar => {
            canvas.dot((x, y), MARK + 1.0, Fill::of(WHITE));
            canvas.dot((x, y), MARK - 0.5, Fill::of(INK));
            canvas.dot((x, y), MARK - 2.5, Fill::of(WHITE));
        }
    }
}

/// A thin line, readable over the bar and beside it.
fn draw_interval(canvas: &mut Canvas, (low, high): (f64, f64), y: f64) {
    canvas.line(vec![(low, y), (high, y)], Stroke::solid(INK, 1.5));
    for x in [low, high] {
        canvas.line(vec![(x, y - 4.0), (x, y + 4.0)], Stroke::solid(INK, 1.5));
    }
}

fn across(inner: &Area, axis: &Axis, value: f64) -> f64 {
    inner.left + axis.share(value) * inner.width
}

impl Picture for Bars {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = self.draw_legend(canvas, area);
        let names: Vec<String> = self.bars.iter().map(|bar| label(&bar.name)).collect();
        let beside = fonts::widest(names.iter().map(String::as_str), SMALL) + 10.0;
        let above = 8.0 + 15.0 * self.lines.len() as f64;
        let values: Vec<f64> = self.bars.iter().map(|bar| bar.value).collect();
        let ends: Vec<f64> = self.bars.iter().flat_map(|bar| [bar.low, bar.high]).collect();
        let values = alike(&values, &ends);
        // Values are bold, which is wider than the measure by about a sixth.
        let after = 24.0 + 1.17 * fonts::widest(values.iter().map(String::as_str), SMALL);
        let (mut inner, axis) = (area.inside(beside, above, after, 38.0), self.axis());
        inner.height = inner.height.min(HIGHEST_ROW * self.bars.len() as f64);
        self.draw_grid(canvas, &inner, &axis);
        let height = inner.height / self.bars.len() as f64;
        for (index, bar) in self.bars.iter().enumerate() {
            let top = inner.top + index as f64 * height;
            self.draw_bar(canvas, Area { top, height, ..inner }, (bar, &axis, &values[index]));
        }
        let zero = across(&inner, &axis, 0.0);
        canvas.line(vec![(zero, inner.top), (zero, inner.bottom())], Stroke::solid(RULE, 1.0));
        self.draw_lines(canvas, &inner, &axis);
        for (index, bar) in self.bars.iter().enumerate() {
            let middle = inner.top + (index as f64 + 0.5) * height;
            self.draw_in_front(canvas, (&inner, middle), (bar, &axis));
        }
    }
}

show_drawn!(Bars, bars);
show_as_settings!(Bar, Mark);

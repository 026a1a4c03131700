//! How values are distributed, such as weights before and after learning.

use super::drawing::axis::{Axis, Scale, apart, fixed, share_between, short};
use super::drawing::canvas::{Area, Canvas, Fill, Point, Stroke};
use super::drawing::estimate::{deviation, mean};
use super::drawing::figure::{Figure, Picture};
use super::drawing::labels::label_of_rule;
use super::drawing::legend::Legend;
use super::drawing::plot::Plot;
use super::drawing::show::show_drawn;
use super::drawing::style::{Colour, FADED, WHITE, colours_of, fixed_colour};
use crate::network::Matrix;
use crate::{Error, Result};

const BINS: usize = 50;

/// What [`histogram`] draws: one outline per set of values, all with the same bins.
///
/// ```
/// use microlearners::figures::{Histogram, histogram};
///
/// let weights = Histogram::new("Learning widens the weights", "weight")
///     .with_values("before", &[-0.1, 0.0, 0.1])
///     .with_values("after", &[-0.9, 0.0, 0.9]);
/// let figure = histogram(&weights)?;
/// assert!(figure.description().contains("after"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    /// The finding, as the title of the figure.
    pub title: String,
    /// What the values are, with their unit.
    pub label: String,
    /// The sets of values, by name.
    pub sets: Vec<(String, Vec<f64>)>,
    /// The colours of sets that do not have the palette's, by name.
    pub colours: Vec<(String, Colour)>,
    /// The two ends of the horizontal axis, if not those of the values.
    pub range: Option<(f64, f64)>,
}

impl Histogram {
    /// No values yet; `label` says what they are, with their unit.
    pub fn new(title: &str, label: &str) -> Self {
        Self {
            title: title.into(),
            label: label.into(),
            sets: Vec::new(),
            colours: Vec::new(),
            range: None,
        }
    }

    /// Adds a set of values.
    pub fn with_values(mut self, name: &str, values: &[f64]) -> Self {
        self.sets.push((name.into(), values.to_vec()));
        self
    }

    /// Adds all entries of a matrix as a set of values, such as a layer's weights or its activity.
    pub fn with_matrix(mut self, name: &str, matrix: &Matrix) -> Self {
        self.sets.push((name.into(), matrix.iter().copied().map(f64::from).collect()));
        self
    }

    /// Gives the set of values that was added last the colour of a rule, or any other.
    pub fn in_colour(mut self, colour: Colour) -> Self {
        if let Some((name, _)) = self.sets.last() {
            self.colours.push((name.clone(), colour));
        }
        self
    }

    /// Draws the values between `low` and `high` alone, so that histograms side by side share their
    /// bins. The shares remain shares of all values; how many lie outside is said below.
    pub fn with_range(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// Grey for what comes first of several, as a ground for the others.
    fn all_colours(&self) -> Vec<Colour> {
        let names: Vec<String> = self.sets.iter().map(|(name, _)| name.clone()).collect();
        let mut colours = colours_of(&names);
        if names.len() > 1 && names.iter().all(|name| fixed_colour(name).is_none()) {
            colours.rotate_right(1);
            colours[0] = FADED;
        }
        let chosen = |name: &str| self.colours.iter().rev().find(|(own, _)| own == name);
        let with_choice =
            |(name, usual): (&String, Colour)| chosen(name).map_or(usual, |own| own.1);
        names.iter().zip(colours).map(with_choice).collect()
    }
}

/// Draws the share of each set's values that falls into each of 50 bins.
///
/// # Errors
/// [`Error::Figure`] if a set has no finite value, if there are no sets, or if the range is empty.
pub fn histogram(spec: &Histogram) -> Result<Figure> {
    let finite = |values: &[f64]| -> Vec<f64> {
        values.iter().copied().filter(|value| value.is_finite()).collect()
    };
    let sets: Vec<(String, Vec<f64>)> =
        spec.sets.iter().map(|(name, values)| (name.clone(), finite(values))).collect();
    if let Some((name, _)) = sets.iter().find(|(_, values)| values.is_empty()) {
        return Err(Error::Figure(format!(
            "there is nothing to draw: \"{name}\" has no finite value"
        )));
    }
    if sets.is_empty() {
        return Err(Error::Figure("a histogram needs a set of values; add one".into()));
    }
    if let Some((low, high)) = spec.range
        && !(low < high && low.is_finite() && high.is_finite())
    {
        let problem =
            format!("a histogram from {low} to {high} is empty; give the smaller end first");
        return Err(Error::Figure(problem));
    }
    let description = in_words(&spec.label, &sets);
    let range = spec.range.unwrap_or_else(|| range_of(&sets));
    let note = outside_note(&sets, range);
    let outlines =
        Outlines { label: spec.label.clone(), sets: outlines(&sets, spec.all_colours(), range) };
    Ok(Figure::new(&spec.title, (620, 340), outlines).described(description).noted(note))
}

fn in_words(label: &str, sets: &[(String, Vec<f64>)]) -> String {
    let words = sets.iter().map(|(name, values)| {
        let (count, mean, spread) = (values.len(), mean(values), deviation(values));
        let name = label_of_rule(name);
        format!(
            "{name} has mean {} and standard deviation {} ({count} values)",
            short(mean),
            short(spread)
        )
    });
    let words: Vec<String> = words.collect();
    format!("Histogram of {label}: {}.", words.join("; "))
}

/// One set of values, counted: the corners of its outline.
#[derive(Debug)]
struct Outline {
    name: String,
    colour: Colour,
    corners: Vec<(f64, f64)>,
}

/// The figure's content.
#[derive(Debug)]
struct Outlines {
    label: String,
    sets: Vec<Outline>,
}

fn range_of(sets: &[(String, Vec<f64>)]) -> (f64, f64) {
    let all = || sets.iter().flat_map(|(_, values)| values.iter().copied());
    let (low, high) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if low < high {
        return (low, high);
    }
    // A half is nothing beside the largest numbers.
    if low - 0.5 < low { (low - 0.5, high + 0.5) } else { apart(low, high, Scale::Linear) }
}

/// How many values the range leaves out.
fn outside_note(sets: &[(String, Vec<f64>)], (low, high): (f64, f64)) -> String {
    let outside = |(name, values): &(String, Vec<f64>)| {
        let count = values.iter().filter(|value| !(low..=high).contains(*value)).count();
        let percent = 100.0 * count as f64 / values.len() as f64;
        let percent = if percent < 0.1 { "less than 0.1".into() } else { fixed(percent, 1) };
        (count > 0).then(|| format!("{percent} % ({})", label_of_rule(name)))
    };
    let all: Vec<String> = sets.iter().filter_map(outside).collect();
    if all.is_empty() { String::new() } else { format!("Beyond the axis: {}.", all.join(", ")) }
}

fn outlines(
    sets: &[(String, Vec<f64>)],
    colours: Vec<Colour>,
    (low, high): (f64, f64),
) -> Vec<Outline> {
    let outline = |((name, values), colour): (&(String, Vec<f64>), Colour)| {
        let corners = corners(values, low, high);
        Outline { name: name.clone(), colour, corners }
    };
    sets.iter().zip(colours).map(outline).collect()
}

/// Two corners per bin: its share of the values, from its left side to its right.
fn corners(values: &[f64], low: f64, high: f64) -> Vec<(f64, f64)> {
    let bins = BINS as f64;
    let width = (high - low) / bins;
    let is_wide = !width.is_finite();
    let mut counts = [0_usize; BINS];
    for value in values.iter().filter(|value| (low..=high).contains(*value)) {
        let place =
            if is_wide { bins * share_between(*value, low, high) } else { (value - low) / width };
        counts[(place as usize).min(BINS - 1)] += 1;
    }
    let side = |index: usize| match is_wide {
        true => low * (1.0 - index as f64 / bins) + high * (index as f64 / bins),
        false => low + index as f64 * width,
    };
    let share = |count: usize| count as f64 / values.len() as f64;
    let bins = counts.iter().enumerate();
    bins.flat_map(|(i, count)| [(side(i), share(*count)), (side(i + 1), share(*count))]).collect()
}

impl Outlines {
    fn names(&self) -> Legend {
        Legend {
            entries: self.sets.iter().map(|set| (label_of_rule(&set.name), set.colour)).collect(),
        }
    }
}

impl Picture for Outlines {
    fn legend(&self) -> Option<Legend> {
        Some(self.names())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = self.names().draw(canvas, area);
        let corners = || self.sets.iter().flat_map(|set| &set.corners);
        let x = Axis::around(corners().map(|(x, _)| *x), Scale::Linear, 0.0);
        let highest = corners().map(|(_, share)| *share).fold(0.0, f64::max);
        let y = Axis::between(0.0, 1.05 * highest, Scale::Linear);
        let plot =
            Plot::frame(canvas, area, (x, y), (&self.label, "share of the values in a bin"), 14.0);
        for (index, set) in self.sets.iter().enumerate() {
            let mut points: Vec<Point> = set.corners.iter().map(|(x, y)| plot.at(*x, *y)).collect();
            let colour = canvas.colour(&set.name, set.colour);
            // What lies on an outline drawn before would hide it.
            let is_second = self.sets[..index].iter().any(|below| below.corners == set.corners);
            let stroke =
                if is_second { Stroke::dashed(WHITE, 1.5) } else { Stroke::solid(colour, 1.5) };
            canvas.line(points.clone(), stroke);
            points.extend([
                (plot.inner.right(), plot.inner.bottom()),
                (plot.inner.left, plot.inner.bottom()),
            ]);
            canvas.shape(points, Fill::sheer(colour, 0.2));
        }
    }
}

show_drawn!(Histogram, histogram);

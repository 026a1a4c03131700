//! Lines with their intervals in one frame: all curves of a figure, or those of a layer.

use std::collections::{BTreeMap, HashMap};

use super::spec::LearningCurves;
use crate::figures::drawing::axis::{Axis, level_name};
use crate::figures::drawing::canvas::{Anchor, Canvas, Dash, Fill, Point, Stroke, Type};
use crate::figures::drawing::columns::Row;
use crate::figures::drawing::estimate::{Estimate, estimate_over_replicates, mean};
use crate::figures::drawing::labels::label_of_rule;
use crate::figures::drawing::legend::Legend;
use crate::figures::drawing::plot::{Plot, faded, on_paper, spread};
use crate::figures::drawing::style::{Colour, FADED, SMALL};

/// So many lines are looked through for those that others hide.
const MOST_DASHED: usize = 50;

/// One line: the estimates of one group, from left to right.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) colour: Colour,
    pub(crate) points: Vec<(f64, Estimate)>,
    /// The values of each replicate, if these are to be drawn in place of an interval.
    pub(crate) each: Vec<Vec<(f64, f64)>>,
}

/// The lines of one frame.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

impl Line {
    /// The line through the means of `rows`, which need not be sorted; with the lines of `each`
    /// replicate, if they are wanted.
    pub(crate) fn new(
        name: &str,
        colour: Colour,
        mut rows: Vec<&Row>,
        spec: &LearningCurves,
    ) -> Self {
        let each = if spec.each { lines_of_each(&rows) } else { Vec::new() };
        rows.sort_by(|a, b| a.x.total_cmp(&b.x).then_with(|| a.replicate.cmp(&b.replicate)));
        let places = rows.chunk_by(|a, b| a.x == b.x);
        let estimate = |place: &[&Row]| (place[0].x, estimate_over_replicates(place, spec.overlap));
        let points = places.map(estimate).collect();
        Self { name: name.into(), colour, points, each }
    }

    fn draw_interval(&self, canvas: &mut Canvas, plot: &Plot) {
        if !self.each.is_empty()
            || self.points.len() < 2
            || self.points.iter().all(|(_, e)| e.count < 2)
        {
            return;
        }
        let lower = self.points.iter().map(|(x, e)| plot.at(*x, e.low));
        let upper = self.points.iter().rev().map(|(x, e)| plot.at(*x, e.high));
        let fill = Fill::sheer(canvas.colour(&self.name, self.colour), 0.18);
        canvas.shape(lower.chain(upper).collect(), fill);
    }

    /// A thin line through the values of each replicate, or a dot for one that was measured once.
    fn draw_each(&self, canvas: &mut Canvas, plot: &Plot) {
        let colour = canvas.colour(&self.name, self.colour).lighter(0.45);
        for values in &self.each {
            match values.as_slice() {
                [(x, y)] => canvas.dot(plot.at(*x, *y), 2.0, Fill::of(colour)),
                _ => {
                    let points = values.iter().map(|(x, y)| plot.at(*x, *y)).collect();
                    canvas.line(points, Stroke::solid(colour, 1.0));
                }
            }
        }
    }

    fn draw_mean(&self, canvas: &mut Canvas, plot: &Plot, dash: Dash) {
        let colour = canvas.colour(&self.name, self.colour);
        let points: Vec<Point> = self.points.iter().map(|(x, e)| plot.at(*x, e.mean)).collect();
        // Few points are shown as such: the line between them is only a guide.
        if points.len() <= 12 {
            points.iter().for_each(|point| canvas.dot(*point, 3.0, Fill::of(colour)));
        }
        canvas.line(points, Stroke { colour, width: 2.0, dash });
    }

    /// Whether this line, drawn over `below`, would hide most of it: then it is dashed, and both
    /// are seen.
    fn covers(&self, below: &Self, axis: &Axis) -> bool {
        let other: HashMap<u64, f64> =
            below.points.iter().map(|(x, e)| (x.to_bits(), e.mean)).collect();
        let both =
            self.points.iter().filter_map(|(x, e)| Some((e.mean, *other.get(&x.to_bits())?)));
        let gaps: Vec<f64> = both.map(|(a, b)| (axis.share(a) - axis.share(b)).abs()).collect();
        let hidden = gaps.iter().filter(|gap| **gap < 0.008).count();
        gaps.len() > 1 && 2 * hidden > below.points.len()
    }
}

impl Line {
    /// Whether the intervals of both lines end in the same places.
    fn has_band_of(&self, other: &Self, axis: &Axis) -> bool {
        let is_near = |a: f64, b: f64| (axis.share(a) - axis.share(b)).abs() < 0.008;
        let mut pairs = self.points.iter().zip(&other.points);
        self.points.len() == other.points.len()
            && pairs
                .all(|((x, a), (y, b))| x == y && is_near(a.low, b.low) && is_near(a.high, b.high))
    }
}

/// For every replicate its values from left to right; rows of the same place are averaged.
fn lines_of_each(rows: &[&Row]) -> Vec<Vec<(f64, f64)>> {
    let mut own: BTreeMap<&str, BTreeMap<u64, (f64, Vec<f64>)>> = BTreeMap::new();
    for row in rows {
        let places = own.entry(&row.replicate).or_default();
        places.entry(row.x.to_bits()).or_insert((row.x, Vec::new())).1.push(row.y);
    }
    let line = |places: BTreeMap<u64, (f64, Vec<f64>)>| {
        let mean = |(x, ys): (f64, Vec<f64>)| (x, mean(&ys));
        let mut line: Vec<(f64, f64)> = places.into_values().map(mean).collect();
        line.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        line
    };
    own.into_values().map(line).collect()
}

impl Panel {
    /// The names of its lines.
    pub(crate) fn legend(&self) -> Legend {
        let entry = |line: &Line| (label_of_rule(&line.name), line.colour);
        Legend { entries: self.lines.iter().map(entry).collect() }
    }

    /// What each line ends with.
    pub(crate) fn ends(&self) -> String {
        let ends = self.lines.iter().filter_map(|line| {
            let (_, end) = line.points.last()?;
            Some(format!("{} {end}", label_of_rule(&line.name)))
        });
        ends.collect::<Vec<String>>().join(", ")
    }

    /// All heights that are drawn: means, the ends of intervals, and the values of each replicate.
    pub(crate) fn heights(&self) -> impl Iterator<Item = f64> {
        let of_line = |line: &Line| -> Vec<f64> {
            let means = line.points.iter().map(|(_, e)| e.mean);
            match line.each.is_empty() {
                true => {
                    means.chain(line.points.iter().flat_map(|(_, e)| [e.low, e.high])).collect()
                }
                false => means.chain(line.each.iter().flatten().map(|(_, y)| *y)).collect(),
            }
        };
        self.lines.iter().flat_map(of_line)
    }

    /// Whether all means are from 0 to `whole`, as accuracies are, and the end of an interval is
    /// not.
    pub(crate) fn has_interval_beyond(&self, whole: f64) -> bool {
        let is_share = |height: &f64| (0.0..=whole).contains(height);
        let means = self.lines.iter().flat_map(|line| &line.points).map(|(_, e)| e.mean);
        means.into_iter().all(|mean| is_share(&mean)) && !self.heights().all(|h| is_share(&h))
    }

    pub(crate) fn draw_lines(&self, canvas: &mut Canvas, plot: &Plot) {
        for (index, line) in self.lines.iter().enumerate() {
            // Many sheer bands in one place are a block of no line's colour.
            let mut below = self.lines[..index].iter().take(MOST_DASHED);
            if !below.any(|below| line.has_band_of(below, &plot.y)) {
                line.draw_interval(canvas, plot);
            }
        }
        self.lines.iter().for_each(|line| line.draw_each(canvas, plot));
        for (index, line) in self.lines.iter().enumerate() {
            let dash = match self.hidden_below(index, &plot.y) {
                0 => Dash::Solid,
                1 => Dash::Dashed,
                _ => Dash::Dotted,
            };
            line.draw_mean(canvas, plot, dash);
        }
    }

    /// How many lines this one would hide.
    fn hidden_below(&self, index: usize, axis: &Axis) -> usize {
        // Among so many, dashes tell nothing apart, and every pair would have to be compared.
        if self.lines.len() > MOST_DASHED {
            return 0;
        }
        self.lines[..index].iter().filter(|below| self.lines[index].covers(below, axis)).count()
    }

    /// Whether some line would hide another and is dashed.
    pub(crate) fn has_dashed_lines(&self, axis: &Axis) -> bool {
        (0..self.lines.len()).any(|index| self.hidden_below(index, axis) > 0)
    }

    /// Names beside the ends of their lines and levels, moved apart where these meet.
    pub(crate) fn write_names(&self, canvas: &mut Canvas, plot: &Plot, levels: &[(String, f64)]) {
        let levels = levels.iter().filter(|(_, height)| plot.y.holds(*height));
        let lines = self.lines.iter().filter_map(|line| {
            let (x, end) = line.points.last()?;
            let colour = canvas.colour(&line.name, line.colour);
            let kind = Type::new(SMALL).bold().colour(colour.darker(0.15));
            Some((label_of_rule(&line.name), colour, kind, plot.at(*x, end.mean)))
        });
        let levels = levels
            .map(|level| (level_name(level), FADED, faded(), plot.at(f64::INFINITY, level.1)));
        let all: Vec<(String, Colour, Type, Point)> = lines.chain(levels).collect();
        let wanted: Vec<f64> = all.iter().map(|(_, _, _, end)| end.1).collect();
        let places =
            spread(&wanted, 1.3 * SMALL, (plot.inner.top + 6.0, plot.inner.bottom() - 6.0));
        for ((name, colour, kind, end), place) in all.into_iter().zip(places) {
            let left = plot.inner.right() + 26.0;
            let leader =
                vec![(end.0 + 3.0, end.1), (plot.inner.right() + 8.0, end.1), (left - 4.0, place)];
            canvas.line(leader, Stroke::solid(colour.lighter(0.5), 1.0));
            canvas.text(name, (left, place + 0.36 * SMALL), kind);
        }
    }

    /// Dashed levels to compare with.
    pub(crate) fn draw_levels(&self, canvas: &mut Canvas, plot: &Plot, levels: &[(String, f64)]) {
        for (_, height) in levels.iter().filter(|(_, height)| plot.y.holds(*height)) {
            let (left, y) = plot.at(f64::NEG_INFINITY, *height);
            canvas.line(vec![(left, y), (plot.inner.right(), y)], Stroke::dashed(FADED, 1.5));
        }
    }

    /// The names of levels inside the panel, where names beside it have no room.
    pub(crate) fn write_levels(&self, canvas: &mut Canvas, plot: &Plot, levels: &[(String, f64)]) {
        for level in levels.iter().filter(|(_, height)| plot.y.holds(*height)) {
            let (left, y) = plot.at(f64::NEG_INFINITY, level.1);
            let right = plot.inner.right();
            let (x, anchor) = match self.freer_end(plot, y) {
                Anchor::Start => (left + 8.0, Anchor::Start),
                _ => (right - 8.0, Anchor::End),
            };
            on_paper(canvas, &level_name(level), (x, y - 5.0), faded().anchor(anchor));
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

//! The content of learning curves: one panel for all, or one for each layer.

use super::panel::{Line, Panel};
use super::spec::{Axes, LearningCurves};
use crate::figures::drawing::axis::{Axis, level_name};
use crate::figures::drawing::canvas::{Area, Canvas, Type};
use crate::figures::drawing::columns::{Row, distinct, distinct_parts};
use crate::figures::drawing::estimate::Estimate;
use crate::figures::drawing::figure::{PAGE, Picture};
use crate::figures::drawing::fonts;
use crate::figures::drawing::labels::label_of_rule;
use crate::figures::drawing::legend::Legend;
use crate::figures::drawing::plot::Plot;
use crate::figures::drawing::style::{Colour, SMALL, colours_of};

/// With more panels they stand in several rows.
const MOST_SIDE_BY_SIDE: usize = 3;
/// The width of a panel where there is room for it, and the heights of wide and of narrow ones.
const WIDE: u32 = 380;
const HEIGHTS: (f64, f64) = (270.0, 235.0);
/// The height of a panel's name.
const HEADING: f64 = 20.0;
/// Beside a panel, so that the last tick's label and the next panel's labels do not meet.
const GAP: f64 = 22.0;

/// The figure's content.
#[derive(Debug)]
pub(crate) struct Curves {
    panels: Vec<Panel>,
    legend: Legend,
    /// Whether each panel has lines of its own, and so a legend of its own.
    is_split: bool,
    spec: LearningCurves,
}

impl Curves {
    pub(crate) fn new(rows: &[Row], spec: &LearningCurves) -> Self {
        let names = distinct(rows.iter().map(|row| &row.group));
        let groups: Vec<(String, Colour)> = names.iter().cloned().zip(colours_of(&names)).collect();
        let parts = distinct_parts(rows.iter().map(|row| &row.panel));
        let panels: Vec<Panel> =
            parts.into_iter().map(|part| panel(rows, part, &groups, spec)).collect();
        let named = |(name, colour): &(String, Colour)| (label_of_rule(name), *colour);
        let legend = Legend { entries: groups.iter().map(named).collect() };
        let lines: usize = panels.iter().map(|panel| panel.lines.len()).sum();
        let is_split = panels.len() > 1 && groups.len() > panels.len() && lines == groups.len();
        Self { panels, legend, is_split, spec: spec.clone() }
    }

    /// The legend above all panels, unless each has its own.
    fn common_legend(&self) -> Legend {
        if self.is_split { Legend { entries: Vec::new() } } else { self.legend.clone() }
    }

    /// The height of the legends in a row of panels of this width.
    fn height_of_legends(&self, row: &[Panel], width: f64) -> f64 {
        if !self.is_split {
            return 0.0;
        }
        row.iter().map(|panel| panel.legend().height(width)).fold(0.0, f64::max)
    }

    /// How many replicates each mean is over.
    pub(crate) fn counts(&self) -> impl Iterator<Item = usize> {
        self.points().map(|(_, estimate)| estimate.count)
    }

    fn points(&self) -> impl Iterator<Item = &(f64, Estimate)> {
        self.panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.points)
    }

    /// Whether lines coincide somewhere, and one of them is dashed.
    pub(crate) fn has_dashed_lines(&self) -> bool {
        self.panels.iter().any(|panel| panel.has_dashed_lines(&self.axes(panel).1))
    }

    fn columns(&self) -> usize {
        let rows = self.panels.len().div_ceil(MOST_SIDE_BY_SIDE);
        self.panels.len().div_ceil(rows.max(1))
    }

    /// Width and height that show all panels well.
    pub(crate) fn size(&self) -> (u32, u32) {
        if self.panels.len() < 2 {
            return (760, 420);
        }
        let columns = self.columns();
        let width = (40 + WIDE * columns as u32).min(PAGE);
        let inner = f64::from(width - 40);
        let panel = if columns < MOST_SIDE_BY_SIDE { HEIGHTS.0 } else { HEIGHTS.1 };
        let heights = self
            .panels
            .chunks(columns)
            .map(|row| panel + self.height_of_legends(row, inner / columns as f64 - GAP));
        let height = 100.0 + self.common_legend().height(inner) + heights.sum::<f64>();
        (width, height as u32)
    }

    pub(crate) fn in_words(&self, note: &str) -> String {
        let (x, y) = (&self.spec.x_label, &self.spec.y_label);
        let ends = self.panels.iter().map(|panel| match panel.name.as_str() {
            "" => format!("At the end: {}.", panel.ends()),
            name => format!("{name} at the end: {}.", panel.ends()),
        });
        let ends: Vec<String> = ends.collect();
        let y = if y.is_empty() { "each panel's measure" } else { y };
        format!("Line chart of {y} against {x}. {} {note}", ends.join(" "))
    }

    /// Of accuracies the largest that there can be, 1 or 100 %, if some interval ends beyond it or
    /// below 0.
    pub(crate) fn passed_by_intervals(&self) -> Option<&'static str> {
        let LearningCurves { y, y_label, .. } = &self.spec;
        let is_percent = y.contains("percent") || y_label.contains('%');
        let (whole, in_words) = if is_percent { (100.0, "100 %") } else { (1.0, "1") };
        let is_accuracy = [y, y_label].iter().any(|name| name.contains("accuracy"));
        let is_passed = self.panels.iter().any(|panel| panel.has_interval_beyond(whole));
        (is_accuracy && is_passed).then_some(in_words)
    }

    fn axes(&self, panel: &Panel) -> (Axis, Axis) {
        // All panels share the horizontal axis, even if a layer was not measured everywhere.
        let x = || self.points().map(|(x, _)| *x);
        let across = Axis::around(x(), self.spec.x_scale, 0.0).with_ticks_at(x());
        let levels = self.spec.lines.iter().map(|(_, height)| *height);
        let heights: Vec<f64> = match self.spec.axes {
            Axes::Shared => self.panels.iter().flat_map(Panel::heights).chain(levels).collect(),
            Axes::Own => panel.heights().chain(levels).collect(),
        };
        (across, Axis::around(heights, self.spec.scale, 0.03))
    }

    /// One panel in `area`, with `right` pixels left free beside it.
    fn draw_panel(&self, canvas: &mut Canvas, area: Area, panel: &Panel, right: f64) -> Plot {
        let x_label = self.spec.x_scale.named(&self.spec.x_label);
        let y_label = self.spec.scale.named(&self.spec.y_label);
        let labels = (x_label.as_str(), y_label.as_str());
        let plot = Plot::frame(canvas, area, self.axes(panel), labels, right);
        plot.draw_zero(canvas);
        panel.draw_lines(canvas, &plot);
        panel.draw_levels(canvas, &plot, &self.spec.lines);
        plot
    }
}

/// The lines of the rows of one part, in the order and the colours of the figure's groups.
fn panel(rows: &[Row], part: String, groups: &[(String, Colour)], spec: &LearningCurves) -> Panel {
    let own: Vec<&Row> = rows.iter().filter(|row| row.panel == part).collect();
    let line = |(name, colour): &(String, Colour)| {
        let of_group = own.iter().copied().filter(|row| row.group == *name).collect();
        Line::new(name, *colour, of_group, spec)
    };
    let lines = groups.iter().map(line).filter(|line| !line.points.is_empty()).collect();
    Panel { name: part, lines }
}

impl Curves {
    /// A row of panels with their names, and with their legends if each has its own.
    fn draw_row(&self, canvas: &mut Canvas, area: Area, row: &[Panel], width: f64) {
        let below = HEADING + self.height_of_legends(row, width - GAP);
        for (column, panel) in row.iter().enumerate() {
            let area = Area { left: area.left + column as f64 * width, width, ..area };
            let at = (area.left, area.top + SMALL);
            canvas.text(panel.name.as_str(), at, Type::new(SMALL).bold());
            if self.is_split {
                panel.legend().draw(canvas, area.inside(0.0, HEADING, GAP, 0.0));
            }
            let plot = self.draw_panel(canvas, area.inside(0.0, below, 0.0, 0.0), panel, GAP);
            panel.write_levels(canvas, &plot, &self.spec.lines);
        }
    }
}

impl Picture for Curves {
    fn legend(&self) -> Option<Legend> {
        // The names of a single panel's lines stand beside them.
        (self.panels.len() > 1 && !self.is_split).then(|| self.legend.clone())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        if let [panel] = self.panels.as_slice() {
            let levels: Vec<String> = self.spec.lines.iter().map(level_name).collect();
            let names = self.legend.entries.iter().map(|(name, _)| name.as_str());
            let names = names.chain(levels.iter().map(String::as_str));
            let right = 1.12 * fonts::widest(names, SMALL) + 30.0;
            let plot = self.draw_panel(canvas, area, panel, right);
            panel.write_names(canvas, &plot, &self.spec.lines);
            return;
        }
        let columns = self.columns();
        let area = if self.is_split { area } else { self.legend.draw(canvas, area) };
        let width = area.width / columns as f64;
        let rows: Vec<&[Panel]> = self.panels.chunks(columns).collect();
        let legends: Vec<f64> =
            rows.iter().map(|row| self.height_of_legends(row, width - GAP)).collect();
        // All panels are equally high, whatever stands above them.
        let plots = (area.height - legends.iter().sum::<f64>()) / rows.len() as f64;
        let mut top = area.top;
        for (row, legend) in rows.into_iter().zip(legends) {
            let height = plots + legend;
            self.draw_row(canvas, Area { top, height, ..area }, row, width);
            top += height;
        }
    }
}

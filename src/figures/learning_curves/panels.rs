//! The content of learning curves: one panel for all, or one for each layer.

use super::panel::{Line, Panel};
use super::spec::{Axes, LearningCurves};
use crate::figures::drawing::axis::{Axis, level_name};
use crate::figures::drawing::canvas::{Area, Canvas, Type};
use crate::figures::drawing::columns::{Row, distinct, distinct_parts};
use crate::figures::drawing::estimate::Estimate;
use crate::figures::drawing::figure::Picture;
use crate::figures::drawing::fonts;
use crate::figures::drawing::labels::label_of_rule;
use crate::figures::drawing::legend::Legend;
use crate::figures::drawing::plot::Plot;
use crate::figures::drawing::style::{Colour, SMALL, colours_of};

/// With more panels they stand in several rows.
const MOST_SIDE_BY_SIDE: usize = 3;
/// Beside a panel, so that the last tick's label and the next panel's labels do not meet.
const GAP: f64 = 22.0;

/// The figure's content.
#[derive(Debug)]
pub(crate) struct Curves {
    panels: Vec<Panel>,
    legend: Legend,
    spec: LearningCurves,
}

impl Curves {
    pub(crate) fn new(rows: &[Row], spec: &LearningCurves) -> Self {
        let names = distinct(rows.iter().map(|row| &row.group));
        let groups: Vec<(String, Colour)> = names.iter().cloned().zip(colours_of(&names)).collect();
        let parts = distinct_parts(rows.iter().map(|row| &row.panel));
        let panels = parts.into_iter().map(|part| panel(rows, part, &groups, spec)).collect();
        let named = |(name, colour): &(String, Colour)| (label_of_rule(name), *colour);
        let legend = Legend { entries: groups.iter().map(named).collect() };
        Self { panels, legend, spec: spec.clone() }
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
        let (columns, rows) =
            (self.columns() as u32, self.panels.len().div_ceil(self.columns()) as u32);
        (40 + 380 * columns, 120 + 270 * rows)
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
        let x = Axis::around(self.points().map(|(x, _)| *x), self.spec.x_scale, 0.0);
        let levels = self.spec.lines.iter().map(|(_, height)| *height);
        let heights: Vec<f64> = match self.spec.axes {
            Axes::Shared => self.panels.iter().flat_map(Panel::heights).chain(levels).collect(),
            Axes::Own => panel.heights().chain(levels).collect(),
        };
        (x, Axis::around(heights, self.spec.scale, 0.03))
    }

    /// One panel in `area`, with `right` pixels left free beside it.
    fn draw_panel(&self, canvas: &mut Canvas, area: Area, panel: &Panel, right: f64) -> Plot {
        let x_label = self.spec.x_scale.named(&self.spec.x_label);
        let y_label = self.spec.scale.named(&self.spec.y_label);
        let labels = (x_label.as_str(), y_label.as_str());
        let heading = if panel.name.is_empty() { 0.0 } else { 20.0 };
        if heading > 0.0 {
            let at = (area.left, area.top + SMALL);
            canvas.text(panel.name.as_str(), at, Type::new(SMALL).bold());
        }
        let area = area.inside(0.0, heading, 0.0, 0.0);
        let plot = Plot::frame(canvas, area, self.axes(panel), labels, right);
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

impl Picture for Curves {
    fn legend(&self) -> Option<Legend> {
        // The names of a single panel's lines stand beside them.
        (self.panels.len() > 1).then(|| self.legend.clone())
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
        let rows = self.panels.len().div_ceil(columns);
        let area = self.legend.draw(canvas, area);
        let (width, height) = (area.width / columns as f64, area.height / rows as f64);
        for (index, panel) in self.panels.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let (left, top) = (area.left + column as f64 * width, area.top + row as f64 * height);
            let area = Area::new(left, top, width, height);
            let plot = self.draw_panel(canvas, area, panel, GAP);
            panel.write_levels(canvas, &plot, &self.spec.lines);
        }
    }
}

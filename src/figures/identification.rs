//! How often the rule is identified, beside the controls.

use super::bars::{Bars, Mark, bars};
use super::drawing::estimate::meaning_over_splits;
use super::drawing::figure::Figure;
use crate::classification::{Baseline, Report};
use crate::{Error, Result};

/// Draws the accuracy of each named report with its interval over splits, and marks on it what
/// shuffled labels give, if the report has them: the value 95 % stay below where there are at least
/// 20, or the largest, if no report has so many. A line marks chance, which is also what networks
/// that share initial weights give before learning.
///
/// # Errors
/// [`Error::Figure`] if there is no report, or chance is not the same for all.
pub fn identification(title: &str, reports: &[(&str, &Report)]) -> Result<Figure> {
    let Some((_, first)) = reports.first() else {
        return Err(Error::Figure("a figure of identification needs at least one report".into()));
    };
    if let Some((name, other)) =
        reports.iter().find(|(_, report)| (report.chance - first.chance).abs() > 1e-9)
    {
        let (one, two) = (first.chance, other.chance);
        let problem = format!(
            "chance is {one:.3} in the first report and {two:.3} in \"{name}\"; draw them apart"
        );
        return Err(Error::Figure(problem));
    }
    let mut all = Bars::new(title, "share of held-out samples whose rule is identified")
        .with_line("chance", first.chance)
        .with_whole_axis()
        .with_note(&note(reports));
    let (label, mark) = shuffled(reports);
    for (name, report) in reports {
        all = all.with_estimate(name, &report.accuracy);
        if let Some(value) = report.baseline.as_ref().and_then(mark) {
            all = all.with_mark(Mark::Shuffled, &label, value);
        }
    }
    bars(&all)
}

/// What is marked of shuffled labels, one meaning for all bars.
fn shuffled(reports: &[(&str, &Report)]) -> (String, fn(&Baseline) -> Option<f64>) {
    let baselines: Vec<&Baseline> =
        reports.iter().filter_map(|(_, report)| report.baseline.as_ref()).collect();
    // The largest of one or two shuffles is no bound, and not to be compared with one of many.
    if baselines.iter().any(|one| one.quantile_95.is_some()) {
        return ("shuffled labels (95 % stay below)".into(), |one| one.quantile_95);
    }
    let counts = baselines.iter().map(|one| one.accuracies.len());
    let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let label = match least == most {
        true => format!("shuffled labels (the largest of {most})"),
        false => format!("shuffled labels (the largest of {least} to {most})"),
    };
    (label, |one| Some(one.largest))
}

/// What the thin lines are.
fn note(reports: &[(&str, &Report)]) -> String {
    let splits = reports.iter().map(|(_, report)| report.accuracies.len());
    let Some(lines) = meaning_over_splits(splits) else {
        return "One split each, so no intervals.".to_owned();
    };
    let alike = reports.iter().any(|(_, report)| {
        report.accuracies.len() > 1 && report.accuracies.windows(2).all(|pair| pair[0] == pair[1])
    });
    let without = if alike { " Without one, all splits scored the same." } else { "" };
    lines + without
}

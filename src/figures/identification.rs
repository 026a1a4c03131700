//! How often the rule was named, beside the controls.

use super::bars::{Bars, bars};
use super::estimate::meaning_over_splits;
use super::figure::Figure;
use crate::classification::Report;
use crate::{Error, Result};

/// Draws the accuracy of each named report with its interval over splits, and marks those of its controls on it: the same
/// classifier on shuffled labels, of which 95 % stay below the mark, and on the same networks before learning, as far as the
/// report has them. A line marks chance.
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
    let mut all = Bars::new(title, "share of held-out samples whose rule is named")
        .with_line("chance", first.chance)
        .with_note(&note(reports));
    for (name, report) in reports {
        all = all.with_estimate(name, &report.accuracy);
        if let Some(baseline) = &report.baseline {
            all = all.with_mark("shuffled labels (95 % stay below)", baseline.quantile_95);
        }
        if let Some(control) = &report.step_zero {
            all = all.with_mark("before learning", control.mean);
        }
    }
    bars(&all)
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

//! How often the rule was named, beside the controls.

use super::bars::{Bars, bars};
use super::figure::Figure;
use super::style::Colour;
use crate::classification::Report;
use crate::{Error, Result};

/// The colour of a control.
const GREY: Colour = Colour(150, 150, 150);

/// Draws the accuracy of each named report with its interval over splits and, in grey below it, of its controls: the same
/// classifier on shuffled labels, and on the same networks before learning, as far as the report has them. A
/// line marks chance.
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
    let mut all = Bars::new(title, "share of held-out networks whose rule is named")
        .with_line("chance", first.chance)
        .with_note("Thin lines: 95 % intervals over splits; for shuffled labels, up to where 95 % of shuffles stay. Grey: controls.");
    for (name, report) in reports {
        all = all.with_estimate(name, &report.accuracy);
        if let Some(baseline) = &report.baseline {
            all = all
                .with_bar(
                    "… with shuffled labels",
                    baseline.mean,
                    baseline.mean,
                    baseline.quantile_95,
                )
                .in_colour(GREY);
        }
        if let Some(control) = &report.step_zero {
            all = all.with_estimate("… before learning", control).in_colour(GREY);
        }
    }
    bars(&all)
}

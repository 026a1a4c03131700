//! Rules as tables: mechanism, equation, settings, source.

use std::fmt::Debug;

use super::{
    About, Family, Hyperparameter, Learner, LearningRule, Requirement, Schedule, StepReport,
};
use crate::display::{
    Blocks, EvcxrDisplay, Grid, show, show_as_settings, show_as_text, with_fields,
};

impl About {
    /// What is known of the rule, without its settings.
    fn grid(&self) -> Grid {
        let summary = Some(&self.summary).filter(|summary| !summary.is_empty());
        let grid = Grid::facts(&self.name).fact("family", self.family.to_string());
        summary
            .into_iter()
            .fold(grid, |grid, summary| grid.fact("mechanism", summary))
            .fact("equation", &self.equation)
            .fact("requires", self.requirements_in_words())
            .fact("learning rate", format!("{} by default", self.learning_rate))
            .fact("source", &self.citation)
    }

    fn with_settings(&self, grid: Grid) -> Grid {
        self.hyperparameters.iter().fold(grid, |grid, one| grid.fact(&one.name, one.to_string()))
    }
}

impl std::fmt::Display for Hyperparameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (", self.value)?;
        if self.value == self.default {
            write!(f, "the default; {})", self.range)
        } else {
            write!(f, "default {}; {})", self.default, self.range)
        }
    }
}

/// What a rule shows of itself: what it is about, and its hyperparameters. A rule that says nothing
/// of these shows its fields.
pub(super) fn rule(rule: &(impl LearningRule + ?Sized), fields: &dyn Debug) -> Blocks {
    let about = rule.about();
    if about.hyperparameters.is_empty() {
        return with_fields(about.grid(), fields).blocks();
    }
    about.with_settings(about.grid()).blocks()
}

/// A rule in one line.
pub(super) fn line(about: &About) -> String {
    format!("{} ({}): {}", about.name, about.family, about.equation)
}

impl EvcxrDisplay for About {
    fn evcxr_blocks(&self) -> Blocks {
        self.with_settings(self.grid()).blocks()
    }

    fn evcxr_item(&self) -> String {
        line(self)
    }
}

impl EvcxrDisplay for dyn LearningRule {
    fn evcxr_blocks(&self) -> Blocks {
        // A trait object is no `&dyn Debug`, but a reference to it is one.
        rule(self, &self)
    }

    fn evcxr_item(&self) -> String {
        line(&self.about())
    }
}

impl EvcxrDisplay for dyn Learner {
    fn evcxr_blocks(&self) -> Blocks {
        let text = format!("{self:?}");
        let name = text.split([' ', '(']).next().unwrap_or_default();
        Blocks::text(format!("a learning rule at work: {name}"))
    }
}

/// Lets a rule show what it is about.
macro_rules! show_rules {
    ($($rule:ty),+ $(,)?) => {$(
        impl $crate::display::EvcxrDisplay for $rule {
            fn evcxr_blocks(&self) -> $crate::display::Blocks {
                $crate::rules::show::rule(self, self)
            }

            fn evcxr_item(&self) -> String {
                $crate::rules::show::line(&$crate::rules::LearningRule::about(self))
            }
        }

        $crate::display::show!($rule);
    )+};
}

pub(super) use show_rules;

show!(About);
show_as_text!(Family, Requirement, Hyperparameter);
show_as_settings!(Schedule, StepReport);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::KolenPollack;

    #[test]
    fn a_rule_shows_its_settings_with_default_and_range() {
        let rule = KolenPollack { decay: 0.01, ..KolenPollack::default() };
        let text = rule.evcxr_blocks().plain().to_owned();
        assert!(text.starts_with("kolen_pollack\nfamily         feedback\n"), "{text}");
        assert!(text.contains("decay          0.01 (default 0.0001; "), "{text}");
        let html = rule.evcxr_blocks().html().unwrap_or_default().to_owned();
        assert!(html.contains("<a href=\"https://arxiv.org/abs/1904.05391\">"), "{html}");
    }

    #[test]
    fn every_rule_of_the_catalogue_names_all_its_fields() {
        for rule in crate::rules::all() {
            let fields = format!("{rule:?}");
            let about = rule.about();
            // A field that came later stays unsaid where it is the usual one, as in tables that are
            // older.
            let is_unsaid =
                |one: &&Hyperparameter| one.value == one.default && !fields.contains(&one.name);
            let unsaid = about.hyperparameters.iter().filter(is_unsaid).count();
            let count = fields.split_once(" { ").map_or(0, |_| with_fields_count(&*rule));
            assert_eq!(about.hyperparameters.len(), count + unsaid, "{fields}");
        }
    }

    fn with_fields_count(rule: &dyn LearningRule) -> usize {
        with_fields(Grid::facts(""), &rule).text().lines().count()
    }

    #[test]
    fn a_rule_in_a_list_is_a_line() {
        let text = crate::rules::all().evcxr_blocks().plain().to_owned();
        assert!(text.contains(" items\n") && text.contains("backprop (gradient): δ_l"), "{text}");
    }
}

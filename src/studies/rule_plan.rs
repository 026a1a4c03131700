//! A rule, as a study's file says it.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::error::Result;
use crate::rules::{self, Rule};
use crate::training::Optimizer;

/// A rule of the catalogue, its hyperparameters and learning rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePlan {
    /// The rule's name.
    pub name: String,
    /// One network at each of these learning rates; empty for the rule's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learning_rates: Vec<f64>,
    /// One network under each of these optimizers instead of the study's; empty for the study's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optimizers: Vec<Optimizer>,
    /// Hyperparameters that differ from the rule's default.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub settings: Table,
}

impl RulePlan {
    /// The rule called `name` with its default hyperparameters, at its own learning rate.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            learning_rates: Vec::new(),
            optimizers: Vec::new(),
            settings: Table::new(),
        }
    }

    /// The same with another hyperparameter.
    ///
    /// ```
    /// use microlearners::studies::RulePlan;
    ///
    /// let rule = RulePlan::named("kolen_pollack").with_setting("decay", 0.01);
    /// assert!(rule.rule()?.about().hyperparameters[0].value == "0.01");
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// The same at these learning rates.
    #[must_use]
    pub fn with_learning_rates(self, rates: &[f64]) -> Self {
        Self { learning_rates: rates.to_vec(), ..self }
    }

    /// The same under these optimizers instead of the study's.
    #[must_use]
    pub fn with_optimizers(self, optimizers: &[Optimizer]) -> Self {
        Self { optimizers: optimizers.to_vec(), ..self }
    }

    /// The rule itself.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error) if the catalogue does not have it; [`Error::Study`](crate::Error) if a setting is
    /// not one of its own or of another type; [`Error::Setting`](crate::Error) if one is meaningless.
    pub fn rule(&self) -> Result<Rule> {
        rules::read_table(&self.name, &self.settings)
    }
}

impl fmt::Display for RulePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.settings.is_empty() {
            let settings: Vec<String> =
                self.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            write!(f, " with {}", settings.join(", "))?;
        }
        if !self.learning_rates.is_empty() {
            let rates: Vec<String> = self.learning_rates.iter().map(f64::to_string).collect();
            write!(f, " at {}", rates.join(", "))?;
        }
        if !self.optimizers.is_empty() {
            let optimizers: Vec<String> = self.optimizers.iter().map(ToString::to_string).collect();
            write!(f, " by {}", optimizers.join(" and "))?;
        }
        Ok(())
    }
}

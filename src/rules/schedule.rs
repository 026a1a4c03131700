use serde::{Deserialize, Serialize};

use crate::error::{self, Result};

/// A factor that changes while a network learns: of a rule's coefficients, or of an optimizer's
/// learning rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// 1, always; the default.
    #[default]
    Constant,
    /// Rises linearly from 1/steps at the first step to 1, and stays there.
    WarmUp {
        /// How many steps it takes, at least 1.
        steps: usize,
    },
    /// Halves every so many steps, smoothly.
    Exponential {
        /// The number of steps, above 0.
        half_life: f64,
    },
    /// Is multiplied by a factor every so many steps; a factor of 0 ends it.
    Steps {
        /// How many steps it stays the same, at least 1.
        every: usize,
        /// The factor, from 0 to 1.
        factor: f64,
    },
}

impl Schedule {
    /// The factor at a step, counted from 0.
    ///
    /// ```
    /// use microlearners::rules::Schedule;
    ///
    /// assert_eq!(Schedule::WarmUp { steps: 4 }.at(0), 0.25);
    /// assert_eq!(Schedule::Exponential { half_life: 100.0 }.at(200), 0.25);
    /// assert_eq!(Schedule::Steps { every: 10, factor: 0.1 }.at(9), 1.0);
    /// ```
    pub fn at(self, step: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::WarmUp { steps } => ((step + 1) as f64 / steps as f64).min(1.0),
            Self::Exponential { half_life } => (-(step as f64) / half_life).exp2(),
            Self::Steps { every, factor } => factor.powf((step / every) as f64),
        }
    }

    /// Rejects what is no schedule.
    ///
    /// # Errors
    /// [`Setting`](crate::Error::Setting) naming the number, its value and what it must be.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Constant => Ok(()),
            Self::WarmUp { steps } => error::check_count("steps", steps),
            Self::Exponential { half_life } => error::check_positive("half_life", half_life),
            Self::Steps { every, factor } => {
                error::check_count("every", every)?;
                if (0.0..=1.0).contains(&factor) {
                    return Ok(());
                }
                Err(error::Error::setting("factor", factor, "it must be from 0 to 1"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_by_hand() {
        let at = |schedule: Schedule, steps: [usize; 3]| steps.map(|step| schedule.at(step));
        assert_eq!(at(Schedule::Constant, [0, 1, 99]), [1.0, 1.0, 1.0]);
        assert_eq!(at(Schedule::WarmUp { steps: 4 }, [1, 3, 4]), [0.5, 1.0, 1.0]);
        assert_eq!(at(Schedule::Exponential { half_life: 2.0 }, [0, 2, 4]), [1.0, 0.5, 0.25]);
        assert_eq!(at(Schedule::Steps { every: 5, factor: 0.0 }, [4, 5, 50]), [1.0, 0.0, 0.0]);
        assert_eq!(at(Schedule::Steps { every: 5, factor: 0.5 }, [4, 5, 10]), [1.0, 0.5, 0.25]);
    }

    #[test]
    fn what_never_rises_or_falls_is_refused() {
        for bad in [
            Schedule::WarmUp { steps: 0 },
            Schedule::Exponential { half_life: 0.0 },
            Schedule::Steps { every: 0, factor: 0.5 },
            Schedule::Steps { every: 5, factor: -0.5 },
            Schedule::Steps { every: 5, factor: 2.0 },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}

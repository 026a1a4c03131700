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
    /// Rises linearly during the first epochs, and is multiplied by a factor every so many epochs, as
    /// residual networks are trained (He, Zhang, Ren & Sun 2016, arXiv 1512.03385; the rise: Goyal et
    /// al. 2017, arXiv 1706.02677). Only of an optimizer: a rule does not know how long an epoch is.
    Epochs {
        /// How many epochs it rises, at least 0.
        warm_up: f64,
        /// How many epochs it then stays the same, counted from the first, above 0.
        every: f64,
        /// The factor, from 0 to 1.
        factor: f64,
    },
}

impl Schedule {
    /// The factor at a step, counted from 0; that of [`Epochs`](Self::Epochs) as if an epoch were one
    /// step.
    ///
    /// ```
    /// use microlearners::rules::Schedule;
    ///
    /// assert_eq!(Schedule::WarmUp { steps: 4 }.at(0), 0.25);
    /// assert_eq!(Schedule::Exponential { half_life: 100.0 }.at(200), 0.25);
    /// assert_eq!(Schedule::Steps { every: 10, factor: 0.1 }.at(9), 1.0);
    /// ```
    pub fn at(self, step: usize) -> f64 {
        self.at_step_of(step, 1)
    }

    /// The factor at a step, where an epoch has so many.
    pub(crate) fn at_step_of(self, step: usize, epoch: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::WarmUp { steps } => ((step + 1) as f64 / steps as f64).min(1.0),
            Self::Exponential { half_life } => (-(step as f64) / half_life).exp2(),
            Self::Steps { every, factor } => factor.powf((step / every) as f64),
            Self::Epochs { warm_up, every, factor } => {
                let (gone, rising) = (step as f64 / epoch as f64, warm_up * epoch as f64);
                let risen = if rising > 0.0 { ((step + 1) as f64 / rising).min(1.0) } else { 1.0 };
                risen * factor.powf((gone / every).floor())
            }
        }
    }

    /// Rejects what is no schedule of a rule's coefficients.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Setting`](crate::Error::Setting) for one in epochs.
    pub(super) fn check_of_rule(self) -> Result<()> {
        if let Self::Epochs { .. } = self {
            let requirement =
                "a rule does not know how long an epoch is; choose warm_up, exponential or steps";
            return Err(error::Error::setting("schedule", "epochs", requirement));
        }
        self.check()
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
                check_factor(factor)
            }
            Self::Epochs { warm_up, every, factor } => {
                error::check_not_negative("warm_up", warm_up)?;
                error::check_positive("every", every)?;
                check_factor(factor)
            }
        }
    }
}

fn check_factor(factor: f64) -> Result<()> {
    if (0.0..=1.0).contains(&factor) {
        return Ok(());
    }
    Err(error::Error::setting("factor", factor, "it must be from 0 to 1"))
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
    fn epochs_by_hand() {
        let schedule = Schedule::Epochs { warm_up: 0.5, every: 2.0, factor: 0.1 };
        let factors = [0, 1, 3, 4, 15, 16, 32].map(|step| schedule.at_step_of(step, 8));
        let expected = [0.25, 0.5, 1.0, 1.0, 1.0, 0.1, 0.01];
        assert!(factors.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-12), "{factors:?}");
        let at_once = Schedule::Epochs { warm_up: 0.0, every: 1.0, factor: 0.5 };
        assert_eq!([0, 7, 8].map(|step| at_once.at_step_of(step, 8)), [1.0, 1.0, 0.5]);
        assert!(at_once.check().is_ok() && at_once.check_of_rule().is_err());
    }

    #[test]
    fn what_never_rises_or_falls_is_refused() {
        for bad in [
            Schedule::WarmUp { steps: 0 },
            Schedule::Exponential { half_life: 0.0 },
            Schedule::Steps { every: 0, factor: 0.5 },
            Schedule::Steps { every: 5, factor: -0.5 },
            Schedule::Steps { every: 5, factor: 2.0 },
            Schedule::Epochs { warm_up: -1.0, every: 1.0, factor: 0.5 },
            Schedule::Epochs { warm_up: 1.0, every: 0.0, factor: 0.5 },
            Schedule::Epochs { warm_up: 1.0, every: 1.0, factor: f64::NAN },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}

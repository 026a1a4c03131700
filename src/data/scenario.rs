//! Tasks that change while a network learns.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Examples;
use crate::error::{self, Error, Result};
use crate::random;

/// How a task changes while a network learns: a non-stationary task. Every training image belongs
/// to one phase and is shown in no other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scenario {
    /// One group of classes after the other: with 2 phases of ten classes first 0 to 4, then 5 to
    /// 9. van de Ven & Tolias 2019, arXiv 1904.07734.
    #[serde(alias = "split_classes")]
    ClassIncremental {
        /// Into how many groups classes are split, at least 2.
        #[serde(alias = "stages")]
        phases: usize,
    },
    /// One class is missing from the first half of the images, and all of its own are in the
    /// second.
    #[serde(alias = "late_class")]
    NovelClass {
        /// The class, counted from 0.
        class: usize,
    },
    /// At every phase but the first some more pixels exchange their places, the same for all
    /// images: the input drifts away from what it was.
    #[serde(alias = "drifting_pixels")]
    InputDrift {
        /// At least 2.
        #[serde(alias = "stages")]
        phases: usize,
        /// The share of pixels that change places at each phase, above 0 and at most 1.
        fraction: f64,
    },
    /// In the second half of the images the labels of so many pairs of classes are exchanged: 0 is
    /// called 1 and 1 is called 0, then 2 and 3, and so on.
    #[serde(alias = "label_switch")]
    ReversalLearning {
        /// At least 1.
        pairs: usize,
    },
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClassIncremental { phases } => write!(f, "class-incremental {phases}"),
            Self::NovelClass { class } => write!(f, "novel class {class}"),
            Self::InputDrift { phases, fraction } => {
                write!(f, "input drift {phases} {fraction}")
            }
            Self::ReversalLearning { pairs } => write!(f, "reversal learning {pairs}"),
        }
    }
}

/// A time during which the task stays the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// Which of the task's training examples are shown.
    pub examples: Range<usize>,
    /// Which of the task's [groups](super::Task::groups) are of this phase.
    pub groups: Vec<usize>,
}

/// Test examples, and validation examples like them, that are scored by themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What it is called, as in the columns `accuracy_on_…` of a history.
    pub name: String,
    /// The examples.
    pub test: Arc<Examples>,
    /// Examples of the same kind that were set aside from training, if the task has a validation
    /// part.
    pub validation: Option<Arc<Examples>>,
}

impl Scenario {
    /// Rejects what is no change, or needs classes that a data set of so many does not have.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting, its value and what it must be.
    pub fn check(self, classes: usize) -> Result<()> {
        let at_least = |name: &str, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let requirement = format!("of {classes} classes it must be from {least} to {most}");
            Err(Error::setting(name, value, requirement))
        };
        match self {
            Self::ClassIncremental { phases } => at_least("phases", phases, 2, classes),
            Self::NovelClass { class } => at_least("class", class, 0, classes.saturating_sub(1)),
            Self::ReversalLearning { pairs } => at_least("pairs", pairs, 1, classes / 2),
            Self::InputDrift { phases, fraction } => {
                if phases < 2 {
                    let requirement = "a non-stationary task has at least 2 phases";
                    return Err(Error::setting("phases", phases, requirement));
                }
                if fraction > 1.0 {
                    return Err(Error::setting("fraction", fraction, "it must be at most 1"));
                }
                error::check_positive("fraction", fraction)
            }
        }
    }

    pub(super) fn phases(self) -> usize {
        match self {
            Self::ClassIncremental { phases } | Self::InputDrift { phases, .. } => phases,
            Self::NovelClass { .. } | Self::ReversalLearning { .. } => 2,
        }
    }

    /// Which phases show images of a class.
    pub(super) fn shown(self, class: usize, classes: usize) -> Range<usize> {
        match self {
            Self::ClassIncremental { phases } => {
                let phase = class * phases / classes;
                phase..phase + 1
            }
            Self::NovelClass { class: late } if class == late => 1..2,
            _ => 0..self.phases(),
        }
    }

    /// What a class is called at a phase.
    pub(super) fn label(self, class: u8, phase: usize) -> u8 {
        match self {
            Self::ReversalLearning { pairs } if phase == 1 && usize::from(class) < 2 * pairs => {
                class ^ 1
            }
            _ => class,
        }
    }

    /// Groups of test images: name, the phase they are seen in, which classes, and the phases that
    /// they belong to.
    pub(super) fn groups(self, names: &[String]) -> Vec<Kind> {
        let classes = names.len();
        let of = |name: String,
                  seen_at: usize,
                  phases: Range<usize>,
                  wanted: &dyn Fn(usize) -> bool| {
            Kind { name, seen_at, phases, classes: (0..classes).filter(|c| wanted(*c)).collect() }
        };
        match self {
            Self::ClassIncremental { phases } => (0..phases)
                .map(|phase| {
                    let is_own = |class: usize| self.shown(class, classes).start == phase;
                    let own: Vec<usize> = (0..classes).filter(|c| is_own(*c)).collect();
                    let (first, last) = (&names[own[0]], &names[own[own.len() - 1]]);
                    of(format!("{first}_to_{last}"), phase, phase..phase + 1, &is_own)
                })
                .collect(),
            Self::NovelClass { class } => vec![
                of("others".into(), 0, 0..2, &|other| other != class),
                of("late".into(), 1, 1..2, &|other| other == class),
            ],
            Self::InputDrift { phases, .. } => (0..phases)
                .map(|phase| of(format!("phase_{}", phase + 1), phase, phase..phase + 1, &|_| true))
                .collect(),
            Self::ReversalLearning { pairs } => {
                let is_switched = |class: usize| class < 2 * pairs;
                let mut groups = vec![
                    of("kept".into(), 0, 0..2, &|class| !is_switched(class)),
                    of("switched_before".into(), 0, 0..1, &is_switched),
                    of("switched_after".into(), 1, 1..2, &is_switched),
                ];
                groups.retain(|group| !group.classes.is_empty());
                groups
            }
        }
    }

    /// Where each pixel of an image comes from, at every phase.
    pub(super) fn orders(self, pixels: usize, seed: u64) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..pixels).collect();
        let mut orders = vec![order.clone(); self.phases()];
        if let Self::InputDrift { fraction, .. } = self {
            let mut rng = random::stream(seed, "drifting pixels");
            let count = ((fraction * pixels as f64).round() as usize).clamp(2.min(pixels), pixels);
            for later in orders.iter_mut().skip(1) {
                let chosen = rand::seq::index::sample(&mut rng, pixels, count).into_vec();
                let first = order[chosen[0]];
                for pair in chosen.windows(2) {
                    order[pair[0]] = order[pair[1]];
                }
                order[chosen[count - 1]] = first;
                later.clone_from(&order);
            }
        }
        orders
    }
}

/// A group before it has examples.
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) seen_at: usize,
    pub(super) phases: Range<usize>,
    pub(super) classes: Vec<usize>,
}

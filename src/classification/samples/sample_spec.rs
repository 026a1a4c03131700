//! Which part of an observed table is put to a classifier.

use serde::{Deserialize, Serialize};

use crate::display::show_as_settings;
use crate::{Error, Result};

/// What one sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SampleUnit {
    /// One layer of one network, with its depth as three columns `depth=early`, `depth=middle`,
    /// `depth=deep` (one of them 1): the published unit.
    #[default]
    OneLayer,
    /// One layer of one network, without being told how deep it lies.
    OneLayerWithoutDepth,
    /// One network: its first and its last layer side by side, named `first.…`, `last.…`, whatever
    /// lies between: for networks of different depth.
    FirstAndLastLayer,
    /// One network: its layers side by side, named `layer1.…`, `layer2.…`. All networks must then
    /// have equally many layers.
    WholeNetwork,
}

/// Which measurements of a network a sample holds, by the column `checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CheckpointSelection {
    /// The last measurement of each network: what a trained network looks like.
    #[default]
    Last,
    /// The first one, before any learning: the control in which nothing should be found.
    First,
    /// All of them side by side: the trajectory. A network that stopped early (divergence) has no
    /// later measurements; these count as not finite, see [`CLIP`](super::CLIP).
    All,
    /// These checkpoints, in this order.
    At(Vec<u32>),
}

impl CheckpointSelection {
    /// `count` checkpoints of `of`, the first and the last among them, the others evenly between.
    ///
    /// # Errors
    /// [`Error::Setting`] unless there are at least two, and no more than there are.
    pub fn spread(count: usize, of: usize) -> Result<Self> {
        Self::check(count, of)?;
        if count < 2 {
            return Err(Error::setting(
                "count",
                count,
                "it takes two checkpoints to have first and last",
            ));
        }
        let at = |index: usize| (index * (of - 1) + (count - 1) / 2) / (count - 1);
        Ok(Self::At((0..count).map(|index| at(index) as u32).collect()))
    }

    /// The first `count` checkpoints of `of`.
    ///
    /// # Errors
    /// [`Error::Setting`] if it is 0 or more than there are.
    pub fn early(count: usize, of: usize) -> Result<Self> {
        Self::consecutive(count, of, 0)
    }

    /// `count` consecutive checkpoints of `of`, in the middle.
    ///
    /// # Errors
    /// As [`early`](Self::early).
    pub fn middle(count: usize, of: usize) -> Result<Self> {
        Self::consecutive(count, of, of.saturating_sub(count) / 2)
    }

    /// The last `count` checkpoints of `of`.
    ///
    /// # Errors
    /// As [`early`](Self::early).
    pub fn late(count: usize, of: usize) -> Result<Self> {
        Self::consecutive(count, of, of.saturating_sub(count))
    }

    fn consecutive(count: usize, of: usize, first: usize) -> Result<Self> {
        Self::check(count, of)?;
        Ok(Self::At((first..first + count).map(|at| at as u32).collect()))
    }

    fn check(count: usize, of: usize) -> Result<()> {
        if (1..=of).contains(&count) {
            return Ok(());
        }
        Err(Error::setting(
            "count",
            count,
            format!("it must be 1 to {of}, the number of checkpoints"),
        ))
    }
}

/// Which label, which unit, which checkpoints, which observables.
///
/// ```
/// use microlearners::classification::{CheckpointSelection, SampleUnit, SampleSpec};
/// let trajectories_of_weights = SampleSpec {
///     checkpoints: CheckpointSelection::All,
///     observables: vec!["weight".into()],
///     ..SampleSpec::default()
/// };
/// assert_eq!(trajectories_of_weights.unit, SampleUnit::OneLayer);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleSpec {
    /// Key columns whose values make the class, joined by ` × `; default `["rule"]`. With `["rule",
    /// "optimizer"]` a class is for example `backprop × adam`. `family` (of the catalogue's rule)
    /// and `hidden_layers` (the architecture without inputs and outputs) and `algorithm` (the rule,
    /// with its optimizer where this is not plain gradient descent) are made of other columns.
    pub label: Vec<String>,
    /// What one sample is; default one layer with its depth.
    pub unit: SampleUnit,
    /// Which measurements it holds; default the last.
    pub checkpoints: CheckpointSelection,
    /// Observables by the words that studies' files understand too
    /// ([`ObservableSet::listed`](crate::observables::ObservableSet::listed)): sets (`weights`,
    /// `activity`, …), all of which the table must have; whole parts of names (`weight`, `act`,
    /// `gradavg`, `delta`, `weightsq`), which mean what the table has of them; and names, which may
    /// be those of any column of numbers that is no key, no context and not privileged. Empty, the
    /// default, means all that the table's study measured; then the table must have no other
    /// columns.
    pub observables: Vec<String>,
}

impl Default for SampleSpec {
    fn default() -> Self {
        Self {
            label: vec!["rule".into()],
            unit: SampleUnit::default(),
            checkpoints: CheckpointSelection::default(),
            observables: Vec::new(),
        }
    }
}

impl SampleSpec {
    /// The same view at all checkpoints side by side: the trajectory.
    pub fn over_time(&self) -> Self {
        Self { checkpoints: CheckpointSelection::All, ..self.clone() }
    }

    /// The same view of these observables alone; see [`observables`](Self::observables).
    ///
    /// ```
    /// use microlearners::classification::SampleSpec;
    ///
    /// let weights = SampleSpec::default().over_time().of_observables(&["weight"]);
    /// assert_eq!(weights.observables, ["weight"]);
    /// ```
    pub fn of_observables(&self, names: &[&str]) -> Self {
        let observables = names.iter().map(|name| (*name).to_owned()).collect();
        Self { observables, ..self.clone() }
    }

    /// The same view before any learning: the step-0 control.
    pub fn at_step_zero(&self) -> Self {
        Self { checkpoints: CheckpointSelection::First, ..self.clone() }
    }
}

show_as_settings!(CheckpointSelection, SampleSpec, SampleUnit);

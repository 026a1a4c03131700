//! What an experiment can record.

use polars::prelude::{DataFrame, IntoLazy, col, lit};

use crate::classification::samples::{CheckpointSelection, SampleSpec, SampleUnit};
use crate::display::show_as_settings;
use crate::observables::columns::numbers;
use crate::{Error, Result};

/// A way of recording, for [`power`](super::power): what is measured, of which share of the units, with
/// how much noise, and how often while animals learn. `noise` and `fraction` are those of an
/// [`InstrumentGrid`](crate::observables::InstrumentGrid), of whose table it takes its rows.
///
/// ```
/// use microlearners::prelude::*;
///
/// let imaging = RecordingMethod::two_photon();
/// assert_eq!((imaging.fraction, imaging.noise, imaging.sessions), (0.2, 0.3, 5));
/// let weekly = RecordingMethod { sessions: 3, ..imaging };
/// assert_eq!(weekly.spec(21)?.checkpoints, CheckpointSelection::At(vec![0, 10, 20]));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingMethod {
    /// What it is called in tables and figures.
    pub name: String,
    /// Names or sets of observables.
    pub observables: Vec<String>,
    /// The share of the units.
    pub fraction: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Recordings spread evenly over learning, the first before it and the last after it; 1 is the last
    /// alone.
    pub sessions: usize,
}

show_as_settings!(RecordingMethod);

impl RecordingMethod {
    /// Everything, of all units, without noise, at 21 checkpoints.
    pub fn everything() -> Self {
        Self {
            name: "everything".into(),
            observables: vec!["default".into()],
            fraction: 1.0,
            noise: 0.0,
            sessions: 21,
        }
    }

    /// Two-photon imaging of several hundred units of a layer of one or two thousand: activity of a fifth
    /// of the units, the same ones in five sessions, with noise of 0.3 standard deviations. The numbers
    /// are ours; change them to those of your experiment.
    pub fn two_photon() -> Self {
        Self {
            name: "two-photon imaging".into(),
            observables: vec!["act".into()],
            fraction: 0.2,
            noise: 0.3,
            sessions: 5,
        }
    }

    /// Silicon probes in trained animals: activity of a tenth of the units with noise of 0.1 standard
    /// deviations, once, as the same units are not found again over weeks. The numbers are ours; change
    /// them to those of your experiment.
    pub fn electrophysiology() -> Self {
        Self {
            name: "electrophysiology".into(),
            observables: vec!["act".into()],
            fraction: 0.1,
            noise: 0.1,
            sessions: 1,
        }
    }

    /// What it makes of a table whose networks have so many checkpoints: one sample per network.
    ///
    /// # Errors
    /// [`Error::Setting`] for no sessions, or more than there are checkpoints.
    pub fn spec(&self, checkpoints: usize) -> Result<SampleSpec> {
        let selection = match self.sessions {
            1 => CheckpointSelection::Last,
            sessions => CheckpointSelection::spread(sessions, checkpoints)?,
        };
        Ok(SampleSpec {
            observables: self.observables.clone(),
            unit: SampleUnit::WholeNetwork,
            checkpoints: selection,
            ..SampleSpec::default()
        })
    }

    /// The rows of a grid's table that were measured with its noise and its share of units.
    ///
    /// # Errors
    /// [`Error::Table`] if there are none, with those that there are.
    pub fn rows_of(&self, table: &DataFrame) -> Result<DataFrame> {
        let is_own = col("noise").eq(lit(self.noise)).and(col("fraction").eq(lit(self.fraction)));
        let (noise, fraction) = (distinct(table, "noise")?, distinct(table, "fraction")?);
        let own = table.clone().lazy().filter(is_own).collect()?;
        if own.height() > 0 {
            return Ok(own);
        }
        Err(Error::Table(format!(
            "{} has noise {} and fraction {}, with which nothing was measured; the table has noise {noise} and fraction {fraction}: change the method, or measure the study with such an instrument",
            self.name, self.noise, self.fraction
        )))
    }
}

/// The values of a column, in words.
fn distinct(table: &DataFrame, column: &str) -> Result<String> {
    let mut values = numbers(table, column)?.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(values.iter().map(f64::to_string).collect::<Vec<String>>().join(", "))
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn rows_are_those_of_its_instrument_or_it_is_said_which_there_are() {
        let table = df!(
            "run" => [0_u32, 0, 1, 1],
            "noise" => [0.0, 0.3, 0.0, 0.3],
            "fraction" => [1.0, 0.2, 1.0, 0.2],
        )
        .unwrap();
        let rows = RecordingMethod::two_photon().rows_of(&table).unwrap();
        assert_eq!(rows.height(), 2);
        let told = RecordingMethod::electrophysiology().rows_of(&table).unwrap_err().to_string();
        assert!(told.contains("noise 0, 0.3 and fraction 0.2, 1"), "{told}");
    }

    #[test]
    fn sessions_are_spread_over_learning() {
        let spec = RecordingMethod::electrophysiology().spec(21).unwrap();
        assert_eq!(spec.checkpoints, CheckpointSelection::Last);
        let none = RecordingMethod { sessions: 0, ..RecordingMethod::everything() };
        assert!(none.spec(21).is_err() && RecordingMethod::everything().spec(20).is_err());
    }
}

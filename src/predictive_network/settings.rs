//! What decides a network before it learns.

use serde::{Deserialize, Serialize};

use super::geometry::Geometry;
use crate::data::FeatureMaps;
use crate::error::{self, Error, Result};

/// One layer: a convolution, and the pooling of what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictiveLayer {
    /// The number of filters.
    pub filters: usize,
    /// Rows and columns of a filter, an odd number. Zeros around the maps keep their size.
    pub kernel: usize,
    /// The rows and columns of the squares of which the maximum is taken; 1 for no pooling.
    pub pooling: usize,
}

impl PredictiveLayer {
    /// So many filters of `kernel` × `kernel`, without pooling.
    pub fn new(filters: usize, kernel: usize) -> Self {
        Self { filters, kernel, pooling: 1 }
    }

    /// The same with the maximum of squares of so many rows and columns.
    #[must_use]
    pub fn pooled(self, pooling: usize) -> Self {
        Self { pooling, ..self }
    }
}

/// Which layers take part in one cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// A cycle descends from the top layer to the input and ascends again; the default.
    #[default]
    Global,
    /// Each layer runs all its cycles with the layer below, and then hands its activity on.
    Local,
}

/// Where the feedback weights come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackWeights {
    /// They are learned by themselves; the default.
    #[default]
    Own,
    /// They are the transposed feed-forward weights ("tied").
    Shared,
}

/// What the linear classifier reads of the top layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictiveReadOut {
    /// The mean of each map, as published.
    MeanOfMaps,
    /// Every unit; the default, for networks of few layers.
    #[default]
    AllUnits,
}

/// The architecture of a [`PredictiveNetwork`](super::PredictiveNetwork), and how it starts.
///
/// ```
/// use microlearners::predictive_network::{PredictiveLayer, PredictiveNetworkSettings, Recurrence};
///
/// let layers = vec![PredictiveLayer::new(16, 3).pooled(2), PredictiveLayer::new(32, 3).pooled(2)];
/// let settings = PredictiveNetworkSettings {
///     layers,
///     recurrence: Recurrence::Local,
///     cycles: 3,
///     ..PredictiveNetworkSettings::default()
/// };
/// assert!(settings.check((28, 28).into()).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictiveNetworkSettings {
    /// The layers, the lowest first; default 16 and 32 filters of 3 × 3, each with a pooling of 2.
    pub layers: Vec<PredictiveLayer>,
    /// Which layers take part in one cycle; default all.
    pub recurrence: Recurrence,
    /// The cycles of a network that learns; default 3. With 0 it is a feed-forward network.
    pub cycles: usize,
    /// Where the feedback weights come from; default [`FeedbackWeights::Own`].
    pub feedback: FeedbackWeights,
    /// What the classifier reads; default [`PredictiveReadOut::AllUnits`].
    pub read_out: PredictiveReadOut,
    /// a at the beginning: how far a prediction from above replaces activity in a cycle, learned
    /// for each channel; default 0.5. Networks with local recurrence have none.
    pub feedback_rate: f64,
    /// b at the beginning: how much of the error from below is added to activity in a cycle,
    /// learned for each channel; default 1.
    pub feedforward_rate: f64,
}

impl Default for PredictiveNetworkSettings {
    fn default() -> Self {
        let layer = |filters| PredictiveLayer::new(filters, 3).pooled(2);
        Self {
            layers: vec![layer(16), layer(32)],
            recurrence: Recurrence::Global,
            cycles: 3,
            feedback: FeedbackWeights::Own,
            read_out: PredictiveReadOut::AllUnits,
            feedback_rate: 0.5,
            feedforward_rate: 1.0,
        }
    }
}

/// More than any network needs: all of them are kept for the backward pass.
const MOST_CYCLES: usize = 50;
/// More layers, or filters, than a small network needs.
const MOST_LAYERS: usize = 20;
const MOST_FILTERS: usize = 1024;
/// The largest kernel and pool.
const MOST_ROWS: usize = 15;

impl PredictiveNetworkSettings {
    /// Rejects what is no network for images of this shape.
    ///
    /// # Errors
    /// [`Error::Setting`] for no or too many layers, filters or cycles; for a kernel that is even;
    /// for a pool that does not divide the rows and columns of its maps; for update rates below 0.
    pub fn check(&self, image: FeatureMaps) -> Result<()> {
        if self.layers.is_empty() {
            let requirement = "a predictive network needs at least 1; add a PredictiveLayer";
            return Err(Error::setting("layers", 0, requirement));
        }
        error::check_at_most("layers", self.layers.len(), MOST_LAYERS)?;
        check_cycles(self.cycles)?;
        error::check_not_negative("feedback_rate", self.feedback_rate)?;
        error::check_not_negative("feedforward_rate", self.feedforward_rate)?;
        let sizes =
            [("rows", image.rows), ("columns", image.columns), ("channels", image.channels)];
        sizes.iter().try_for_each(|(name, size)| error::check_count(name, *size))?;
        let mut maps = image;
        for (index, layer) in self.layers.iter().enumerate() {
            layer.check(index + 1, maps)?;
            maps = Geometry::of(layer, maps).output();
        }
        Ok(())
    }

    /// How each layer lies on the one below.
    pub(super) fn geometry(&self, image: FeatureMaps) -> Vec<Geometry> {
        let mut maps = image;
        let layer = |layer| {
            let geometry = Geometry::of(layer, maps);
            maps = geometry.output();
            geometry
        };
        self.layers.iter().map(layer).collect()
    }
}

impl PredictiveLayer {
    /// Rejects what does not fit on `maps`; `number` is that of the layer, from 1.
    fn check(&self, number: usize, maps: FeatureMaps) -> Result<()> {
        error::check_count("filters", self.filters)?;
        error::check_at_most("filters", self.filters, MOST_FILTERS)?;
        error::check_at_most("kernel", self.kernel, MOST_ROWS)?;
        if self.kernel.is_multiple_of(2) {
            let requirement = format!(
                "layer {number} needs an odd number of rows, so that feedback lies on the maps below; choose 1, 3 or 5"
            );
            return Err(Error::setting("kernel", self.kernel, requirement));
        }
        let fits = |side: usize| self.pooling > 0 && side.is_multiple_of(self.pooling);
        if self.pooling > MOST_ROWS || !fits(maps.rows) || !fits(maps.columns) {
            let requirement = format!(
                "layer {number} has maps of {} × {} places, and squares must fill them for feedback to lie on them; \
                 choose a divisor of both of at most {MOST_ROWS}, or 1 for no pooling",
                maps.rows, maps.columns
            );
            return Err(Error::setting("pooling", self.pooling, requirement));
        }
        Ok(())
    }
}

/// Accepts a sensible number of cycles.
pub(super) fn check_cycles(cycles: usize) -> Result<()> {
    if cycles <= MOST_CYCLES {
        return Ok(());
    }
    let requirement =
        format!("it must be at most {MOST_CYCLES}, because every cycle is kept in memory");
    Err(Error::setting("cycles", cycles, requirement))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(settings: &PredictiveNetworkSettings) -> String {
        let said = settings.check((28, 28).into()).unwrap_err().to_string();
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }

    #[test]
    fn the_default_fits_digits() {
        let settings = PredictiveNetworkSettings::default();
        settings.check((28, 28).into()).unwrap();
        let maps: Vec<_> =
            settings.geometry((28, 28).into()).iter().map(Geometry::output).collect();
        assert_eq!(maps, [FeatureMaps::from((14, 14, 16)), (7, 7, 32).into()]);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let usual = PredictiveNetworkSettings::default;
        let of = |layers: &[PredictiveLayer]| {
            told(&PredictiveNetworkSettings { layers: layers.to_vec(), ..usual() })
        };
        let layer = PredictiveLayer::new(4, 3);
        assert!(of(&[]).contains("layers is 0"));
        assert!(
            of(&[PredictiveLayer::new(4, 4)])
                .contains("kernel is 4, but layer 1 needs an odd number")
        );
        assert!(of(&[PredictiveLayer::new(4, 0)]).contains("kernel is 0"));
        assert!(of(&[PredictiveLayer::new(0, 3)]).contains("filters is 0"));
        assert!(of(&[layer.pooled(0)]).contains("pooling is 0"));
        let third = of(&[layer.pooled(2), layer.pooled(2), layer.pooled(2)]);
        assert!(third.contains("pooling is 2, but layer 3 has maps of 7 × 7"), "{third}");
        assert!(
            told(&PredictiveNetworkSettings { cycles: 51, ..usual() }).contains("cycles is 51")
        );
        let rate = PredictiveNetworkSettings { feedback_rate: f64::NAN, ..usual() };
        assert!(told(&rate).contains("feedback_rate is NaN"));
        let rate = PredictiveNetworkSettings { feedforward_rate: -1.0, ..usual() };
        assert!(told(&rate).contains("feedforward_rate is -1"));
    }
}

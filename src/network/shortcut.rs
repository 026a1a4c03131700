use ndarray::{ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use crate::data::FeatureMaps;

/// A residual connection: the outputs of an earlier layer, which are added to a layer's drive
/// before its nonlinearity. It has no weights, so that errors go back through it unchanged under
/// every rule.
///
/// Where the layer has fewer rows and columns, every second place is read, or every third; where it
/// has more channels, the further ones receive nothing (option A of He, Zhang, Ren & Sun 2016, arXiv
/// 1512.03385).
///
/// ```
/// use microlearners::data::FeatureMaps;
/// use microlearners::network::Shortcut;
///
/// let maps = FeatureMaps::from;
/// assert!(Shortcut::new(0, maps((32, 32, 16)), maps((32, 32, 16))).is_some());
/// assert!(Shortcut::new(0, maps((32, 32, 16)), maps((16, 16, 32))).is_some());
/// assert!(Shortcut::new(0, maps((32, 32, 16)), maps((30, 30, 16))).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortcut {
    from: usize,
    source: FeatureMaps,
    target: FeatureMaps,
}

impl Shortcut {
    /// From layer `from` (0 is the lowest), whose outputs lie so, to a layer whose outputs lie so;
    /// none if the ones cannot be laid over the others.
    pub fn new(from: usize, source: FeatureMaps, target: FeatureMaps) -> Option<Self> {
        let step = source.rows.div_ceil(target.rows.max(1));
        let fits = source.rows.div_ceil(step.max(1)) == target.rows
            && source.columns.div_ceil(step.max(1)) == target.columns
            && source.channels <= target.channels;
        fits.then_some(Self { from, source, target })
    }

    /// The layer whose outputs are added, 0 for the lowest.
    pub fn from(self) -> usize {
        self.from
    }

    /// How the outputs that are added lie.
    pub fn source(self) -> FeatureMaps {
        self.source
    }

    /// a += S h: `source` is examples × units of the earlier layer, `drive` of the later one.
    ///
    /// # Panics
    /// If the shapes differ.
    pub(crate) fn add(self, source: ArrayView2<'_, f32>, mut drive: ArrayViewMut2<'_, f32>) {
        if self.source == self.target {
            drive += &source;
            return;
        }
        for (source, mut drive) in source.rows().into_iter().zip(drive.rows_mut()) {
            self.units().for_each(|(from, to)| drive[to] += source[from]);
        }
    }

    /// δ += Sᵀ δ of the later layer.
    ///
    /// # Panics
    /// If the shapes differ.
    pub(crate) fn add_back(self, errors: ArrayView2<'_, f32>, mut below: ArrayViewMut2<'_, f32>) {
        if self.source == self.target {
            below += &errors;
            return;
        }
        for (errors, mut below) in errors.rows().into_iter().zip(below.rows_mut()) {
            self.units().for_each(|(from, to)| below[from] += errors[to]);
        }
    }

    /// The units that meet, of the earlier layer and of the later one.
    fn units(self) -> impl Iterator<Item = (usize, usize)> {
        let Self { source, target, .. } = self;
        let step = source.rows.div_ceil(target.rows);
        (0..target.places()).flat_map(move |place| {
            let (row, column) = (place / target.columns * step, place % target.columns * step);
            let from = (row * source.columns + column) * source.channels;
            (0..source.channels)
                .map(move |channel| (from + channel, place * target.channels + channel))
        })
    }
}

crate::display::show_as_settings!(Shortcut);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::network::Matrix;

    #[test]
    fn every_second_place_is_read_and_further_channels_receive_nothing() {
        let maps = FeatureMaps::from;
        let shortcut = Shortcut::new(0, maps((3, 4, 1)), maps((2, 2, 2))).unwrap();
        let source = Matrix::from_shape_fn((1, 12), |(_, unit)| unit as f32);
        let mut drive = Matrix::ones((1, 8));
        shortcut.add(source.view(), drive.view_mut());
        assert_eq!(drive, array![[1.0, 1.0, 3.0, 1.0, 9.0, 1.0, 11.0, 1.0]]);

        let errors = Matrix::from_shape_fn((1, 8), |(_, unit)| unit as f32);
        let mut below = Matrix::zeros((1, 12));
        shortcut.add_back(errors.view(), below.view_mut());
        let expected = array![[0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 6.0, 0.0]];
        assert_eq!(below, expected);
    }

    #[test]
    fn maps_that_cannot_be_laid_over_others_are_refused() {
        let maps = FeatureMaps::from;
        for (source, target) in [
            (maps((4, 4, 2)), maps((4, 4, 1))),
            (maps((4, 4, 1)), maps((4, 3, 1))),
            (maps((4, 4, 1)), maps((8, 8, 1))),
            (maps((5, 9, 1)), maps((3, 3, 1))),
        ] {
            assert_eq!(Shortcut::new(0, source, target), None, "{source} {target}");
        }
        assert!(Shortcut::new(0, maps((5, 9, 1)), maps((3, 5, 1))).is_some());
    }
}

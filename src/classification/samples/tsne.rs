//! t-SNE: neighbours stay neighbours, whatever becomes of distances.

use std::collections::BTreeSet;

use linfa::traits::Transformer as _;
use linfa_tsne::TSneParams;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::labelled_features::Samples;
use super::principal_components::spread_scores;
use crate::display::show_as_settings;
use crate::error::{check_count, check_positive};
use crate::statistics::Pca;
use crate::{Error, Result, random};

/// The number of principal components that distances are taken in, where features are more: as is
/// usual, for speed and against noise.
const COMPONENTS: usize = 50;

/// A map in two dimensions on which samples that are alike lie close together (van der Maaten &
/// Hinton 2008, Journal of Machine Learning Research 9; computed by linfa-tsne, exactly, in time
/// that grows with the square of the samples). Distances between groups and their sizes mean
/// nothing on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TSne {
    /// About how many neighbours a sample has; above 0, default 30. There must be more than three
    /// times as many samples.
    pub perplexity: f64,
    /// Steps of the descent, at least 1; default 1000.
    pub iterations: usize,
    /// Decides where the samples start.
    pub seed: u64,
}

impl Default for TSne {
    fn default() -> Self {
        Self { perplexity: 30.0, iterations: 1000, seed: 0 }
    }
}

impl TSne {
    /// Samples × 2 places, from z-scored features (their 50 first principal components, if they are
    /// more).
    ///
    /// # Errors
    /// [`Error::Setting`] for meaningless settings, or a perplexity too large for so many samples;
    /// [`Error::Samples`] if the samples are alike in all features, or so many of them that some
    /// find no place.
    pub fn project(&self, samples: &Samples) -> Result<Array2<f64>> {
        samples.check_values()?;
        check_positive("perplexity", self.perplexity)?;
        check_count("iterations", self.iterations)?;
        let (n, p) = samples.features.dim();
        if ((n - 1) as f64) < 3.0 * self.perplexity {
            let most = (n - 1) as f64 / 3.0;
            let requirement = format!("{n} samples allow {most:.1} at most, a third of the others");
            return Err(Error::setting("perplexity", self.perplexity, requirement));
        }
        let components = COMPONENTS.min(p).min(n - 1);
        let mut scores = spread_scores(samples)?;
        if p > components {
            scores = Pca { components }.fit_scores(&scores)?.scores;
        }
        if scores.ncols() < 2 {
            return Err(Error::setting(
                "features",
                p,
                "a map of two dimensions needs two at least",
            ));
        }
        // Without the approximation, whose tree of neighbours is drawn from a generator that nobody
        // can seed.
        let map = TSneParams::embedding_size_with_rng(2, random::stream(self.seed, "t-SNE"))
            .perplexity(self.perplexity)
            .approx_threshold(0.0)
            .max_iter(self.iterations)
            .transform(scores.as_standard_layout().into_owned())
            .map_err(|error| {
                Error::Samples(format!(
                    "the t-SNE map of {n} samples cannot be computed: {error}; try another perplexity than {}",
                    self.perplexity
                ))
            })?;
        self.checked(map, &scores)
    }

    /// A map on which every sample has a place.
    fn checked(&self, map: Array2<f64>, scores: &Array2<f64>) -> Result<Array2<f64>> {
        if map.iter().all(|place| place.is_finite()) {
            return Ok(map);
        }
        let distinct: BTreeSet<Vec<u64>> =
            scores.rows().into_iter().map(|row| row.mapv(f64::to_bits).to_vec()).collect();
        Err(Error::Samples(format!(
            "the t-SNE map of {} samples, {} of them distinct, found no place for some with a perplexity of {}; \
             leave out repeated samples, or try another perplexity",
            scores.nrows(),
            distinct.len(),
            self.perplexity
        )))
    }
}

show_as_settings!(TSne);

#[cfg(test)]
mod tests {
    use super::*;

    /// Three clouds far apart in five dimensions.
    fn clouds() -> Samples {
        let shift = |row: usize, column: usize| if row % 3 == column { 10.0 } else { 0.0 };
        let noise = |row: usize, column: usize| ((row * 37 + column * 101) % 53) as f64 / 53.0;
        let features =
            Array2::from_shape_fn((90, 5), |(row, column)| shift(row, column) + noise(row, column));
        let names = (0..5).map(|column| format!("f{column}")).collect();
        let classes = (0..3).map(|class| format!("c{class}")).collect();
        let labels = (0..90).map(|row| row % 3).collect();
        Samples::new(features, names, labels, classes, (0..90).collect()).unwrap()
    }

    #[test]
    fn neighbours_are_of_one_cloud_and_the_map_is_the_same_every_time() {
        let map = TSne { perplexity: 10.0, ..TSne::default() };
        let samples = clouds();
        let places = map.project(&samples).unwrap();
        assert_eq!(places, map.project(&samples).unwrap());
        let distance = |a: usize, b: usize| (&places.row(a) - &places.row(b)).mapv(|x| x * x).sum();
        for row in 0..90 {
            let others = (0..90).filter(|&other| other != row);
            let nearest = others.min_by(|&a, &b| distance(row, a).total_cmp(&distance(row, b)));
            assert_eq!(nearest.map(|other| other % 3), Some(row % 3));
        }
    }

    #[test]
    fn too_few_samples_and_meaningless_settings_are_told() {
        let error = |map: TSne| map.project(&clouds()).unwrap_err().to_string();
        assert!(error(TSne::default()).contains("29.7"), "{}", error(TSne::default()));
        assert!(error(TSne { perplexity: 0.0, ..TSne::default() }).contains("perplexity"));
        assert!(
            error(TSne { iterations: 0, perplexity: 5.0, ..TSne::default() })
                .contains("iterations")
        );
    }
}

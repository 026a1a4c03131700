//! Where samples lie along their two principal components.

use super::drawing::figure::Figure;
use super::scatter::{Scatter, scatter};
use crate::Result;
use crate::classification::{Pca, Samples, TSne};

/// Draws samples along the first two principal components of their z-scored features, coloured by
/// class.
///
/// For another projection to a plane, give its n × 2 coordinates to [`scatter`].
///
/// ```
/// use microlearners::classification::Samples;
/// use microlearners::figures::embedding;
/// use microlearners::ndarray::array;
///
/// let features = array![[0.0, 0.1], [1.0, 0.9], [5.0, 5.0], [6.0, 6.2]];
/// let names = ["weightraw_norm", "weightraw_mean"].map(str::to_owned).to_vec();
/// let classes = ["hebbian", "oja"].map(str::to_owned).to_vec();
/// let samples = Samples::new(features, names, vec![0, 0, 1, 1], classes, vec![0, 1, 2, 3])?;
/// let figure = embedding("The rules lie apart", &samples)?;
/// assert!(figure.description().contains("component 1 (100 % of the variance)"));
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`crate::Error::Setting`] if there are fewer than two features or three samples, and as for
/// [`Samples::check`].
pub fn embedding(title: &str, samples: &Samples) -> Result<Figure> {
    samples.check()?;
    let projection = Pca::default().project(samples)?;
    let axis = |component: usize| {
        let percent = 100.0 * projection.explained[component];
        format!("component {} ({percent:.0} % of the variance)", component + 1)
    };
    let features = samples.feature_names.len();
    let note =
        format!("{}. Components: principal, of {features} z-scored features.", counted(samples));
    let spec = Scatter::new(title, &projection.scores, &labels(samples));
    scatter(&spec.with_labels(&axis(0), &axis(1)).with_note(&note))
}

/// The class of each sample.
fn labels(samples: &Samples) -> Vec<String> {
    samples.labels.iter().map(|&label| samples.classes[label].clone()).collect()
}

/// What a dot is.
fn counted(samples: &Samples) -> String {
    format!("Dots: {} samples of {} networks", samples.len(), samples.networks())
}

/// Draws samples on a map on which those that are alike lie close together ([`TSne`]), coloured by
/// class.
///
/// # Errors
/// As [`TSne::project`].
pub fn neighbourhoods(title: &str, samples: &Samples, map: &TSne) -> Result<Figure> {
    let places = map.project(samples)?;
    let note = format!(
        "{}, by t-SNE of {} z-scored features (perplexity {}). Who lies beside whom means something; distances between groups do not.",
        counted(samples),
        samples.feature_names.len(),
        map.perplexity
    );
    let spec = Scatter::new(title, &places, &labels(samples));
    scatter(&spec.with_labels("first axis of the map", "second axis").with_note(&note))
}

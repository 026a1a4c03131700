//! What a classifier is shown: numbers, their names, and the label to predict.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};

use crate::{Error, Result};

/// The largest magnitude a feature keeps.
///
/// A diverged network is still a network, and the skew of constant weights is 0/0. Neither may drop
/// a sample, because losing exactly the networks that diverge would be a clue in itself. So a value
/// that is missing, not a number or beyond this bound becomes `CLIP` (`-CLIP` below). A tree sees
/// one more, very large value; linear classifiers leave clipped values out of their means and
/// standard deviations and place them ten standard deviations out.
pub const CLIP: f64 = 1e9;

/// The table as a classifier sees it; the only door to one.
///
/// Made from an observed table by [`SampleSpec::samples`](super::SampleSpec::samples), which drops
/// keys, context and everything privileged, or from arrays by [`Samples::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// The measurements, n samples × p features, finite and within ±[`CLIP`].
    pub features: Array2<f64>,
    /// The p names, such as `weightraw_norm`, `weightraw_norm@5` (checkpoint 5) or
    /// `layer2.weightraw_norm`.
    pub feature_names: Vec<String>,
    /// The n labels, as positions in `classes`.
    pub labels: Vec<usize>,
    /// The names of the labels, sorted.
    pub classes: Vec<String>,
    /// The network (`run`) each of the n samples was measured in.
    pub groups: Vec<u64>,
    /// The initial weights (`model_seed`) of the network each of the n samples was measured in;
    /// networks under different rules may share them.
    pub initialisations: Vec<u64>,
}

/// The observable behind a feature name: `layer2.weightraw_norm@5` is `weightraw_norm`, and the
/// three columns `depth=…` are one observable `depth`.
///
/// ```
/// use microlearners::classification::observable_of;
/// assert_eq!(observable_of("layer2.weightraw_norm@5"), "weightraw_norm");
/// ```
pub fn observable_of(feature: &str) -> &str {
    let bare = match feature.split_once('.') {
        Some((_, rest)) if layer_of(feature).is_some() => rest,
        _ => feature,
    };
    let bare = bare.split_once('@').map_or(bare, |(name, _)| name);
    bare.split_once('=').map_or(bare, |(name, _)| name)
}

/// The layer that a feature was measured in: a number, `first` or `last`; none where a sample is
/// one layer.
pub(in crate::classification) fn layer_of(feature: &str) -> Option<&str> {
    let (layer, _) = feature.split_once('.')?;
    layer.strip_prefix("layer").or_else(|| ["first", "last"].contains(&layer).then_some(layer))
}

/// A finite stand-in for `value`; see [`CLIP`].
pub(in crate::classification) fn clipped(value: f64) -> f64 {
    if value.is_nan() { CLIP } else { value.clamp(-CLIP, CLIP) }
}

impl Samples {
    /// Samples from arrays: `features` n × p, p names, n labels below `classes.len()`, n groups.
    /// Values that are not finite are clipped, see [`CLIP`].
    ///
    /// # Errors
    /// [`Error::Shape`] if the lengths disagree, [`Error::Samples`] as for [`Samples::check`].
    pub fn new(
        features: Array2<f64>,
        feature_names: Vec<String>,
        labels: Vec<usize>,
        classes: Vec<String>,
        groups: Vec<u64>,
    ) -> Result<Self> {
        let features = features.mapv_into(clipped);
        let initialisations = groups.clone();
        let samples = Self { features, feature_names, labels, classes, groups, initialisations };
        samples.check()?;
        Ok(samples)
    }

    /// The same samples with the initial weights of their networks, one number per sample;
    /// [`Samples::new`] takes them to be different for each network.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many numbers as samples.
    pub fn with_initialisations(self, initialisations: Vec<u64>) -> Result<Self> {
        let samples = Self { initialisations, ..self };
        samples.check_shape()?;
        Ok(samples)
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many samples each class has, in the order of `classes`.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.labels.iter().for_each(|&label| counts[label] += 1);
        counts
    }

    /// How many networks the samples come from.
    pub fn networks(&self) -> usize {
        self.groups.iter().collect::<std::collections::BTreeSet<_>>().len()
    }

    /// The samples at `rows`, in that order; classes and names stay.
    ///
    /// # Panics
    /// If a row is out of bounds.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            features: self.features.select(Axis(0), rows),
            feature_names: self.feature_names.clone(),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            classes: self.classes.clone(),
            groups: rows.iter().map(|&row| self.groups[row]).collect(),
            initialisations: rows.iter().map(|&row| self.initialisations[row]).collect(),
        }
    }

    /// Says whether these samples can be learned from at all.
    ///
    /// # Errors
    /// [`Error::Shape`] if lengths disagree; [`Error::Samples`] if there is no sample or no
    /// feature, a value is not finite, fewer than two classes occur, or a network carries two
    /// labels.
    pub fn check(&self) -> Result<()> {
        self.check_values()?;
        self.check_classes()?;
        self.check_networks()
    }

    /// Shapes and numbers alone.
    pub(super) fn check_values(&self) -> Result<()> {
        self.check_shape()?;
        if let Some((row, column)) = self.first_not_finite() {
            return Err(Error::Samples(format!(
                "feature {} of sample {row} is not finite; build samples with Samples::new or \
                 SampleSpec::samples, which clip such values",
                self.feature_names[column]
            )));
        }
        Ok(())
    }

    fn check_shape(&self) -> Result<()> {
        let (n, p) = self.features.dim();
        let lengths = [n, self.labels.len(), self.groups.len(), self.initialisations.len()];
        if lengths.iter().any(|&length| length != n) || p != self.feature_names.len() {
            return Err(Error::Shape(format!(
                "features are {n} × {p}, but there are {} labels, {} groups and {} names; give one \
                 label and group per row and one name per column",
                self.labels.len(),
                self.groups.len(),
                self.feature_names.len()
            )));
        }
        if n > 0 && p > 0 {
            return Ok(());
        }
        Err(Error::Samples(format!("features are {n} × {p}; at least one of each is needed")))
    }

    fn first_not_finite(&self) -> Option<(usize, usize)> {
        self.features.indexed_iter().find(|(_, value)| !value.is_finite()).map(|(place, _)| place)
    }

    fn check_classes(&self) -> Result<()> {
        let known = self.classes.len();
        if let Some(label) = self.labels.iter().find(|&&label| label >= known) {
            return Err(Error::Samples(format!(
                "label {label} does not exist: there are {known} classes, counted from 0"
            )));
        }
        let counts = self.class_counts();
        if counts.iter().filter(|&&count| count > 0).count() >= 2 {
            return Ok(());
        }
        Err(Error::Samples(format!(
            "all {} samples belong to one class ({}); to distinguish classes, at least two are \
             needed: train networks under another rule too",
            self.len(),
            self.classes[self.labels[0]]
        )))
    }

    fn check_networks(&self) -> Result<()> {
        let mut label_of = BTreeMap::new();
        for (&group, &label) in self.groups.iter().zip(&self.labels) {
            let first = *label_of.entry(group).or_insert(label);
            if first != label {
                return Err(Error::Samples(format!(
                    "network {group} is labelled both \"{}\" and \"{}\"; a label must belong to the \
                     whole network: choose a column that is constant within a run",
                    self.classes[first], self.classes[label]
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn names_reduce_to_observables() {
        for name in ["weightraw_norm", "weightraw_norm@5", "layer2.weightraw_norm@12"] {
            assert_eq!(observable_of(name), "weightraw_norm");
        }
        assert_eq!(observable_of("depth=early"), "depth");
        assert_eq!(layer_of("layer2.weightraw_norm@12"), Some("2"));
        assert_eq!((layer_of("last.actraw_mean"), layer_of("actraw_mean@5")), (Some("last"), None));
    }

    #[test]
    fn values_that_are_not_finite_are_clipped_and_kept() {
        let features = array![[f64::NAN, 1e300], [f64::NEG_INFINITY, 2.0]];
        let names = vec!["a".into(), "b".into()];
        let classes = vec!["x".into(), "y".into()];
        let samples = Samples::new(features, names, vec![0, 1], classes, vec![0, 1]).unwrap();
        assert_eq!(samples.features, array![[CLIP, CLIP], [-CLIP, 2.0]]);
    }
}

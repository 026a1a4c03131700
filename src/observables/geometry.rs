//! Observables of geometry: how the activity of a layer represents the probe stimuli.

use ndarray::Array2;

use super::{LayerView, Observable};
use crate::representations::{
    Cka, Decoder, Decoding, Sparseness, category_correlation, participation_ratio,
};

/// What an experimenter who records a population can compute of its responses to stimuli. Of the
/// activity on the probe stimuli, as the instrument shows it; null where it is undefined, as in a
/// layer that answers all stimuli alike, and where the classes of the stimuli are not known but
/// needed.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let trajectory = train(&Experiment::new(&task).batch_size(20))?;
/// let table = observe(&trajectory, &Instrument::perfect(), &ObservableSet::geometry())?;
/// let decoded = table.column("geometry_decoding")?.f64()?;
/// assert!(decoded.last() > decoded.get(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// The participation ratio, an effective number of dimensions; `geometry_participation_ratio`.
    ParticipationRatio,
    /// Population sparseness after Vinje & Gallant 2000 of the size of the activity, the mean over
    /// stimuli that excite any unit; `geometry_sparseness`.
    Sparseness,
    /// How well the class of a stimulus is decoded by the nearest class mean of the other stimuli, in
    /// five folds; `geometry_decoding`.
    Decoding,
    /// Spearman's correlation of the pairs' squared distances with whether the two are of different
    /// classes; `geometry_category`.
    Category,
    /// Debiased linear CKA with the same layer at the first checkpoint; `geometry_cka_with_start`.
    CkaWithStart,
}

crate::display::show_as_settings!(Geometry);

impl Geometry {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ParticipationRatio,
        Self::Sparseness,
        Self::Decoding,
        Self::Category,
        Self::CkaWithStart,
    ];

    /// What it is called in figures.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::ParticipationRatio => "participation ratio",
            Self::Sparseness => "population sparseness",
            Self::Decoding => "decoding of the class",
            Self::Category => "correlation with the categories",
            Self::CkaWithStart => "CKA with the first checkpoint",
        }
    }

    fn of(self, layer: &LayerView<'_>) -> Option<f64> {
        let activity = layer.activity();
        if activity.is_empty() {
            return None;
        }
        match self {
            Self::ParticipationRatio => participation_ratio(activity).ok(),
            Self::Sparseness => sparseness(activity),
            Self::Decoding => decoding(activity, layer.stimulus_classes()?),
            Self::Category => category_correlation(activity, layer.stimulus_classes()?).ok(),
            Self::CkaWithStart => Cka::default().compare(activity, layer.activity_at_start()).ok(),
        }
    }
}

impl Observable for Geometry {
    fn name(&self) -> String {
        let what = match self {
            Self::ParticipationRatio => "participation_ratio",
            Self::Sparseness => "sparseness",
            Self::Decoding => "decoding",
            Self::Category => "category",
            Self::CkaWithStart => "cka_with_start",
        };
        format!("geometry_{what}")
    }

    fn measure(&self, layer: &LayerView<'_>) -> f64 {
        self.of(layer).unwrap_or(f64::NAN)
    }

    fn needs_start(&self) -> bool {
        *self == Self::CkaWithStart
    }
}

/// Units with activities of both signs count by its size.
fn sparseness(activity: &Array2<f64>) -> Option<f64> {
    let sizes = activity.mapv(f64::abs);
    let of_stimuli = Sparseness::VinjeGallant.population(&sizes).ok()?;
    let known: Vec<f64> = of_stimuli.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

fn decoding(activity: &Array2<f64>, classes: &[u8]) -> Option<f64> {
    let labels: Vec<usize> = classes.iter().map(|&class| usize::from(class)).collect();
    let decoding = Decoding { decoder: Decoder::NearestCentroid, ..Decoding::default() };
    decoding.run(activity, &labels).ok().map(|decoded| decoded.accuracy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::observables::{Instrument, ObservableSet, observe, observe_recordings};
    use crate::recordings::{RecordedLayer, RecordedNetwork, Recording};
    use crate::training::{Experiment, train};
    use ndarray::array;

    #[test]
    fn names_are_those_of_the_set() {
        let names: Vec<String> = Geometry::ALL.iter().map(Observable::name).collect();
        assert_eq!(ObservableSet::geometry().names(), names);
    }

    #[test]
    fn a_learning_network_leaves_its_start_and_separates_classes() {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let trajectory = train(&Experiment::new(&task).batch_size(20)).unwrap();
        let table =
            observe(&trajectory, &Instrument::perfect(), &ObservableSet::geometry()).unwrap();
        let of = |name: &str, row: usize| table.column(name).unwrap().f64().unwrap().get(row);
        assert!((of("geometry_cka_with_start", 0).unwrap() - 1.0).abs() < 1e-12);
        let last = table.height() - 2;
        assert!(of("geometry_cka_with_start", last).unwrap() < 0.999);
        for name in ["geometry_decoding", "geometry_category"] {
            assert!(of(name, last + 1) > of(name, 1), "{name}");
        }
    }

    #[test]
    fn what_is_undefined_is_null() {
        let layer = |activity| RecordedLayer::new(array![[1.0, 0.0]]).with_activity(activity);
        let silent = Recording { step: 0, layers: vec![layer(array![[0.0], [0.0], [0.0]])] };
        let network = RecordedNetwork::new("silent", vec![silent]).unwrap();
        let told = network.clone().with_stimulus_classes(&[0, 1]).unwrap_err().to_string();
        assert!(told.contains("activity for 3 stimuli, and 2 classes"), "{told}");
        let (instrument, set) = (Instrument::perfect(), ObservableSet::geometry());
        let table = observe_recordings(&[network], &instrument, &set).unwrap();
        for name in set.names() {
            assert_eq!(table.column(&name).unwrap().null_count(), 1, "{name}");
        }
    }
}

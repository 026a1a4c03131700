use std::fmt;
use std::sync::{Arc, OnceLock};

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::augmentation::{Augmentation, Augmenter};
use super::dataset::stratified;
use super::{Dataset, FeatureMaps, Group, Images, Objective, Phase, SparseRows};
use crate::error::{self, Error, Result};

/// How pixels become inputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Normalisation {
    /// x/255, between 0 and 1.
    Unit,
    /// (x/255 − mean)/sd.
    Standard {
        /// The mean to subtract, in units of full white.
        mean: f32,
        /// The standard deviation to divide by, in units of full white.
        sd: f32,
    },
    /// The same with numbers for red, green and blue.
    PerChannel {
        /// The means to subtract, in units of full white.
        mean: [f32; 3],
        /// The standard deviations to divide by, in units of full white.
        sd: [f32; 3],
    },
}

impl Normalisation {
    /// (x/255 − 0.1307)/0.3081, MNIST's own mean and standard deviation.
    pub const MNIST: Self = Self::Standard { mean: 0.1307, sd: 0.3081 };

    /// (x/255 − (0.4914, 0.4822, 0.4465))/(0.2470, 0.2435, 0.2616), the means and standard
    /// deviations of CIFAR-10's training images.
    pub const CIFAR10: Self =
        Self::PerChannel { mean: [0.4914, 0.4822, 0.4465], sd: [0.2470, 0.2435, 0.2616] };

    /// The images at `indices` as inputs.
    pub(super) fn of(self, images: &Images, indices: &[usize]) -> Array2<f32> {
        let table = |channel| (0..=u8::MAX).map(move |pixel| self.apply(pixel, channel));
        let tables: Vec<Vec<f32>> =
            (0..self.channels()).map(|channel| table(channel).collect()).collect();
        let mut inputs = Array2::zeros((indices.len(), images.pixels.ncols()));
        for (mut row, &i) in inputs.rows_mut().into_iter().zip(indices) {
            let pixels = images.pixels.row(i);
            for (unit, (input, &pixel)) in row.iter_mut().zip(pixels).enumerate() {
                *input = tables[unit % tables.len()][usize::from(pixel)];
            }
        }
        inputs
    }

    /// What a pixel becomes, in each channel.
    pub(super) fn of_pixel(self, pixel: u8) -> Vec<f32> {
        (0..self.channels()).map(|channel| self.apply(pixel, channel)).collect()
    }

    /// How many channels have numbers of their own.
    fn channels(self) -> usize {
        match self {
            Self::Unit | Self::Standard { .. } => 1,
            Self::PerChannel { .. } => 3,
        }
    }

    fn apply(self, pixel: u8, channel: usize) -> f32 {
        let unit = f32::from(pixel) / 255.0;
        match self {
            Self::Unit => unit,
            Self::Standard { mean, sd } => (unit - mean) / sd,
            Self::PerChannel { mean, sd } => (unit - mean[channel]) / sd[channel],
        }
    }

    /// Rejects a scale that is none, or is for other images.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Error::Setting`] if the images do not have as many channels.
    pub(super) fn check_for(self, dataset: &Dataset) -> Result<()> {
        self.check()?;
        let (own, there) = (self.channels(), dataset.shape().channels);
        if own == 1 || own == there {
            return Ok(());
        }
        let requirement = format!(
            "it has numbers for {own} channels, and the images of {} have {there}; choose Unit or Standard (in a file unit or standard)",
            dataset.name()
        );
        Err(Error::setting("normalisation", "per_channel", requirement))
    }

    /// Rejects a scale that is none.
    ///
    /// # Errors
    /// [`Error::Setting`] if the mean is not finite or the deviation not above 0.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Unit => Ok(()),
            Self::Standard { mean, sd } if mean.is_finite() => {
                error::check_positive("sd", sd.into())
            }
            Self::Standard { mean, .. } => Err(Error::setting("mean", mean, "it must be finite")),
            Self::PerChannel { mean, sd } => (0..3).try_for_each(|channel| {
                Self::Standard { mean: mean[channel], sd: sd[channel] }.check()
            }),
        }
    }
}

/// Settings of [`Task::classification`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSettings {
    /// How pixels become inputs; default [`Normalisation::MNIST`].
    pub normalisation: Normalisation,
    /// Read-out and loss; default softmax + cross-entropy.
    pub objective: Objective,
    /// The fraction, in [0, 1), of the training images set aside for validation, each class in
    /// proportion; default 0, as in the published experiment.
    pub validation_fraction: f64,
    /// How many test images serve as probe stimuli, each class in proportion; default 200.
    pub probe_stimuli: usize,
    /// How training images are changed each time that they are shown; default not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// Chooses the validation images and the probe stimuli.
    pub seed: u64,
}

impl Default for TaskSettings {
    fn default() -> Self {
        Self {
            normalisation: Normalisation::MNIST,
            objective: Objective::SoftmaxCrossEntropy,
            validation_fraction: 0.0,
            probe_stimuli: 200,
            augmentation: None,
            seed: 0,
        }
    }
}

/// Inputs with what should come of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// Examples × input units.
    pub inputs: Array2<f32>,
    /// Examples × output units; one-hot for a classification, zeros where nothing is asked of
    /// single units.
    pub targets: Array2<f32>,
    /// The class of each example: in a classification the largest target's index; of images
    /// elsewhere what they show, though nobody asks; 0 where there is no class.
    pub labels: Vec<u8>,
    pub(super) supervision: Supervision,
    pub(super) sparse: Sparse,
}

/// What belongs to an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Supervision {
    /// A class that is asked for.
    Class,
    /// Numbers that are asked for.
    Regression,
    /// A partner: examples 0 and 1 are views of the same, 2 and 3, and so on.
    PositivePair,
}

/// The inputs once more without what most of them are, made when a network first reads them. It is
/// no part of their value.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse(OnceLock<Option<SparseRows>>);

impl PartialEq for Sparse {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Examples {
    /// The number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no examples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Whether the class is asked for, so that there is an accuracy.
    pub fn has_classes(&self) -> bool {
        self.supervision == Supervision::Class
    }

    /// What is asked beside targets, if it is not the class; for names that distinguish tasks.
    pub(crate) fn supervision_in_words(&self) -> Option<&'static str> {
        match self.supervision {
            Supervision::Class => None,
            Supervision::Regression => Some("numbers"),
            Supervision::PositivePair => Some("partners"),
        }
    }

    /// How many consecutive examples belong together, and come in one batch: 2 where they are
    /// partners.
    pub fn group_size(&self) -> usize {
        if self.supervision == Supervision::PositivePair { 2 } else { 1 }
    }

    /// How many batches of at most so many examples there are in a pass over all of them.
    pub(crate) fn batches(&self, batch_size: usize) -> usize {
        (self.len() / self.group_size()).div_ceil((batch_size / self.group_size()).max(1))
    }

    /// The inputs as a background and what differs from it, if that is little.
    pub(crate) fn sparse(&self) -> Option<&SparseRows> {
        self.sparse.0.get_or_init(|| SparseRows::of(&self.inputs)).as_ref()
    }

    pub(super) fn classification(
        images: &Images,
        indices: &[usize],
        classes: usize,
        scale: Normalisation,
    ) -> Self {
        let labels: Vec<u8> = indices.iter().map(|&i| images.labels[i]).collect();
        let inputs = scale.of(images, indices);
        Self::of_classes(inputs, labels, classes)
    }

    /// With the labels as one-hot targets.
    pub(super) fn of_classes(inputs: Array2<f32>, labels: Vec<u8>, classes: usize) -> Self {
        let targets = Array2::from_shape_fn((labels.len(), classes), |(i, class)| {
            f32::from(u8::from(usize::from(labels[i]) == class))
        });
        Self { inputs, targets, labels, supervision: Supervision::Class, sparse: Sparse::default() }
    }
}

/// What is asked of a network, ready to train on and shared by all networks; cheap to clone.
#[derive(Clone)]
pub struct Task {
    pub(super) name: String,
    pub(super) objective: Objective,
    pub(super) train: Arc<Examples>,
    pub(super) validation: Option<Arc<Examples>>,
    pub(super) test: Arc<Examples>,
    pub(super) probe: Arc<Array2<f32>>,
    pub(super) probe_labels: Arc<[u8]>,
    pub(super) maps: FeatureMaps,
    pub(super) augmentation: Option<Augmenter>,
    /// None if the task stays the same.
    pub(super) phases: Arc<[Phase]>,
    pub(super) groups: Arc<[Group]>,
}

impl Task {
    /// Asks for the class of each image.
    ///
    /// # Errors
    /// [`Error::Setting`] if the validation split would be empty or leave nothing to train on, if
    /// there are fewer test images than probe stimuli, if all training images are of one class, if
    /// the normalisation is meaningless, or if the objective has no targets.
    pub fn classification(dataset: &Dataset, settings: &TaskSettings) -> Result<Self> {
        check_classification(settings.objective)?;
        let classes = dataset.classes().len();
        let name = dataset.name().to_owned();
        let task = Self::of_images(name, dataset, settings, |_, images, indices| {
            Examples::classification(images, indices, classes, settings.normalisation)
        })?;
        check_two_classes(&task.train, |label| format!("{:?}", dataset.classes()[label]))?;
        Ok(task)
    }

    /// What `make` makes of the images of each part, given the part's name and which images it has.
    pub(super) fn of_images(
        name: String,
        dataset: &Dataset,
        settings: &TaskSettings,
        make: impl Fn(&str, &Images, &[usize]) -> Examples,
    ) -> Result<Self> {
        settings.normalisation.check_for(dataset)?;
        let augmentation = Augmenter::of(dataset, settings)?;
        let (kept, held_out) = validation_split(&dataset.train().labels, settings)?;
        let probes = probe_indices(&dataset.test().labels, settings)?;
        let all: Vec<usize> = (0..dataset.test().len()).collect();
        let validation = (!held_out.is_empty())
            .then(|| Arc::new(make("validation", dataset.train(), &held_out)));
        Ok(Self {
            name,
            objective: settings.objective,
            train: Arc::new(make("train", dataset.train(), &kept)),
            validation,
            probe: Arc::new(settings.normalisation.of(dataset.test(), &probes)),
            probe_labels: probes.iter().map(|&probe| dataset.test().labels[probe]).collect(),
            maps: dataset.shape(),
            augmentation,
            test: Arc::new(make("test", dataset.test(), &all)),
            phases: Arc::default(),
            groups: Arc::default(),
        })
    }

    /// Whether it is a clone of the other, which shares its data.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.objective == other.objective
            && Arc::ptr_eq(&self.train, &other.train)
            && Arc::ptr_eq(&self.test, &other.test)
            && Arc::ptr_eq(&self.probe, &other.probe)
    }

    /// What the task is called in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Read-out and loss.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The same task with another read-out and loss.
    #[must_use]
    pub fn with_objective(&self, objective: Objective) -> Self {
        Self { objective, ..self.clone() }
    }

    /// The same task under another name, with what `change` makes of the inputs of each part and of
    /// the probe stimuli.
    pub(crate) fn with_inputs(
        self,
        name: String,
        change: impl Fn(&Array2<f32>) -> Array2<f32>,
    ) -> Self {
        let of = |examples: &Arc<Examples>| {
            Arc::new(Examples {
                inputs: change(&examples.inputs),
                targets: examples.targets.clone(),
                labels: examples.labels.clone(),
                supervision: examples.supervision,
                sparse: Sparse::default(),
            })
        };
        let group = |group: &Group| Group {
            test: of(&group.test),
            validation: group.validation.as_ref().map(of),
            ..group.clone()
        };
        Self {
            name,
            train: of(&self.train),
            validation: self.validation.as_ref().map(of),
            test: of(&self.test),
            probe: Arc::new(change(&self.probe)),
            groups: self.groups.iter().map(group).collect(),
            ..self
        }
    }

    /// The examples to train on.
    pub fn train(&self) -> &Examples {
        &self.train
    }

    /// The examples to choose settings by, if some were set aside.
    pub fn validation(&self) -> Option<&Examples> {
        self.validation.as_deref()
    }

    /// The examples to judge by, at the very end.
    pub fn test(&self) -> &Examples {
        &self.test
    }

    /// The fixed stimuli, stimuli × input units, on which activity is measured.
    pub fn probe(&self) -> &Array2<f32> {
        &self.probe
    }

    /// The class of each probe stimulus; 0 where there is no class.
    pub fn probe_labels(&self) -> &[u8] {
        &self.probe_labels
    }

    /// How the numbers of an input lie: the rows, columns and channels of an image. Inputs that are
    /// no images lie at one place.
    pub fn input_maps(&self) -> FeatureMaps {
        self.maps
    }

    /// How training images are changed each time that they are shown, if they are.
    pub(crate) fn augmentation(&self) -> Option<&Augmenter> {
        self.augmentation.as_ref()
    }

    /// The times during which the task stays the same, in their order; empty if it always does
    /// ([`Task::in_phases`]).
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Test examples that are scored by themselves at every checkpoint, in a non-stationary task.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many weight updates each phase takes with so many epochs over its examples and batches
    /// of at most so many; one phase if the task stays the same.
    pub(crate) fn updates(&self, epochs: usize, batch_size: usize) -> Vec<usize> {
        if self.phases.is_empty() {
            return vec![epochs.saturating_mul(self.train.batches(batch_size))];
        }
        let of = |phase: &Phase| epochs.saturating_mul(phase.examples.len().div_ceil(batch_size));
        self.phases.iter().map(of).collect()
    }

    /// The number of input units the task needs.
    pub fn inputs(&self) -> usize {
        self.train.inputs.ncols()
    }

    /// The number of output units the task needs.
    pub fn outputs(&self) -> usize {
        self.train.targets.ncols()
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let validation = self.validation.as_ref().map_or(0, |part| part.len());
        write!(
            f,
            "{}: {} inputs, {} outputs ({}); {} training, {validation} validation, {} test examples; {} probe stimuli",
            self.name,
            self.inputs(),
            self.outputs(),
            self.objective,
            self.train.len(),
            self.test.len(),
            self.probe.nrows()
        )
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({self})")
    }
}

/// Rejects an objective without targets.
pub(crate) fn check_classification(objective: Objective) -> Result<()> {
    if objective.has_targets() {
        return Ok(());
    }
    let requirement = "a classification needs one that has targets, such as softmax_cross_entropy; this one is for \
        Task::contrastive (in a file kind = { contrastive = { outputs = 32 } })";
    Err(Error::setting("objective", objective, requirement))
}

/// Rejects examples that are all of one class: whatever a network has learned, it is right on all
/// of them.
pub(super) fn check_two_classes(examples: &Examples, name: impl Fn(usize) -> String) -> Result<()> {
    let Some(&first) = examples.labels.first() else { return Ok(()) };
    if examples.labels.iter().any(|&label| label != first) {
        return Ok(());
    }
    let requirement = format!(
        "all {} training examples are of it, so that every network is right; take examples of at least two classes",
        examples.len()
    );
    Err(Error::setting("classes", format!("{} alone", name(first.into())), requirement))
}

/// Indices to train on, in their original order, and indices to validate on.
pub(super) fn validation_split(
    labels: &[u8],
    settings: &TaskSettings,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let fraction = settings.validation_fraction;
    error::check_below_one("validation_fraction", fraction)?;
    let count = (fraction * labels.len() as f64).round() as usize;
    if fraction > 0.0 && !(1..labels.len()).contains(&count) {
        let requirement =
            format!("of {} training images it leaves one part empty; choose another", labels.len());
        return Err(Error::setting("validation_fraction", fraction, requirement));
    }
    let mut held_out = if count == 0 {
        Vec::new()
    } else {
        stratified(labels, count, settings.seed, "validation")
    };
    held_out.sort_unstable();
    let kept = (0..labels.len()).filter(|i| held_out.binary_search(i).is_err()).collect();
    Ok((kept, held_out))
}

pub(super) fn probe_indices(labels: &[u8], settings: &TaskSettings) -> Result<Vec<usize>> {
    let count = settings.probe_stimuli;
    if (1..=labels.len()).contains(&count) {
        return Ok(stratified(labels, count, settings.seed, "probe"));
    }
    let requirement = format!("it must be 1 to {}, the number of test images", labels.len());
    Err(Error::setting("probe_stimuli", count, requirement))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(validation_fraction: f64) -> TaskSettings {
        TaskSettings { validation_fraction, probe_stimuli: 40, ..TaskSettings::default() }
    }

    #[test]
    fn the_validation_split_is_stratified_disjoint_and_never_empty() {
        let data = Dataset::synthetic(0);
        let task = Task::classification(&data, &settings(0.1)).unwrap();
        let validation = task.validation().unwrap();
        assert_eq!((task.train().len(), validation.len()), (540, 60));
        assert!((0..4).all(|c| validation.labels.iter().filter(|&&l| l == c).count() == 15));
        let error = Task::classification(&data, &settings(1e-4)).unwrap_err().to_string();
        assert!(error.contains("600") && error.contains("0.0001"), "{error}");
    }

    #[test]
    fn normalisations_are_the_stated_ones() {
        assert_eq!(Normalisation::Unit.apply(255, 0), 1.0);
        assert!((Normalisation::MNIST.apply(0, 0) + 0.1307 / 0.3081).abs() < 1e-6);
        let bad = TaskSettings {
            normalisation: Normalisation::Standard { mean: 0.0, sd: 0.0 },
            ..settings(0.0)
        };
        assert!(Task::classification(&Dataset::synthetic(0), &bad).is_err());
    }

    #[test]
    fn probes_are_balanced_fixed_and_available() {
        let data = Dataset::synthetic(0);
        let task = Task::classification(&data, &settings(0.0)).unwrap();
        assert_eq!(task.probe().dim(), (40, 36));
        let again = Task::classification(&data, &settings(0.0)).unwrap();
        assert_eq!(task.probe(), again.probe());
        let many = TaskSettings { probe_stimuli: 201, ..settings(0.0) };
        assert!(Task::classification(&data, &many).unwrap_err().to_string().contains("1 to 200"));
    }
    #[test]
    fn images_of_one_class_alone_are_no_classification() {
        let data = Dataset::synthetic(0);
        let all_of_one =
            |images: &Images| Images { labels: vec![0; images.len()], ..images.clone() };
        let (train, test) = (all_of_one(data.train()), all_of_one(data.test()));
        for classes in [vec!["cat".to_owned()], vec!["cat".to_owned(), "dog".to_owned()]] {
            let (train, test) = (train.clone(), test.clone());
            let cats = Dataset::new("cats", data.shape(), classes, train, test).unwrap();
            let told = Task::classification(&cats, &settings(0.0)).unwrap_err().to_string();
            assert!(told.starts_with("classes is \"cat\" alone"), "{told}");
            assert!(told.contains("600 training examples"), "{told}");
            let objective = Objective::LinearSquaredError;
            let numbers = TaskSettings { objective, ..settings(0.0) };
            assert!(Task::autoencoding(&cats, &numbers).is_ok(), "nobody asks for classes");
        }
        let one = data.subset(1, 100, 0).unwrap();
        assert!(Task::classification(&one, &settings(0.0)).is_err());
    }
}

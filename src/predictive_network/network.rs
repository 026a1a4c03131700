use std::fmt;

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::course::Course;
use super::geometry::Geometry;
use super::read_out::ReadOutOf;
use super::settings::check_cycles;
use super::stack::Stack;
use super::weights::Weights;
use super::{PredictiveNetworkSettings, UpdateRates};
use crate::data::{Examples, FeatureMaps, Objective};
use crate::error::{self, Error, Result};
use crate::network::Matrix;

/// Examples that one thread works on at a time. Results depend on it in the last bit, and so it is
/// always the same.
pub(super) const GROUP: usize = 8;

/// A deep predictive coding network: a stack of convolutions, whose feedback connections predict
/// the layer below and whose feed-forward connections hand on what was not predicted. Activity goes
/// through cycles of feedback and feed-forward before a linear classifier reads the top layer.
///
/// Activity is r_l; the image is r_0. Feed-forward weights give FF_l(r_{l−1}), feedback weights the
/// prediction FB_l(r_l) of r_{l−1}. A first forward pass is followed by cycles; with global
/// recurrence each of them goes down, r_{l−1} ← φ((1 − a) r_{l−1} + a FB_l(r_l)), and up, r_l ←
/// φ(r_l + b FF_l(r_{l−1} − FB_l)), with update rates a and b of each channel. All weights and
/// rates are learned by backprop through the cycles.
///
/// Wen, Han, Shi, Zhang, Culurciello & Liu 2018, arXiv 1802.04762. It differs from theirs in what
/// is small: there is no batch normalisation between the layers of local recurrence, and the
/// classifier may read all units.
///
/// ```
/// use microlearners::data::{Dataset, Task, TaskSettings};
/// use microlearners::predictive_network::{
///     PredictiveLayer, PredictiveNetwork, PredictiveNetworkSettings, PredictiveTraining,
/// };
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let layers = vec![PredictiveLayer::new(4, 3).pooled(2), PredictiveLayer::new(4, 3)];
/// let settings = PredictiveNetworkSettings { layers, ..PredictiveNetworkSettings::default() };
/// let mut network = PredictiveNetwork::new(&settings, task.input_maps(), task.outputs(), 0)?;
/// let training = PredictiveTraining { epochs: 5, batch_size: 20, ..Default::default() };
/// network.train(&task, &training)?;
/// assert!(network.accuracy(task.test(), 3)? > 0.5);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PredictiveNetwork {
    settings: PredictiveNetworkSettings,
    image: FeatureMaps,
    classes: usize,
    pub(super) weights: Weights,
}

impl PredictiveNetwork {
    /// A network for images of this shape that has learned nothing; the seed decides its weights.
    ///
    /// # Errors
    /// As [`PredictiveNetworkSettings::check`]; [`Error::Setting`] for fewer than two classes.
    pub fn new(
        settings: &PredictiveNetworkSettings,
        image: FeatureMaps,
        classes: usize,
        seed: u64,
    ) -> Result<Self> {
        settings.check(image)?;
        if !(2..=256).contains(&classes) {
            return Err(Error::setting("classes", classes, "it must be from 2 to 256"));
        }
        let geometry = settings.geometry(image);
        let weights = Weights::draw(settings, &geometry, classes, seed);
        Ok(Self { settings: settings.clone(), image, classes, weights })
    }

    /// Its architecture.
    pub fn settings(&self) -> &PredictiveNetworkSettings {
        &self.settings
    }

    /// The shape of the images that it reads.
    pub fn image(&self) -> FeatureMaps {
        self.image
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What each layer gives, after pooling; the lowest first.
    pub fn maps(&self) -> Vec<FeatureMaps> {
        self.geometry().iter().map(Geometry::output).collect()
    }

    /// How many numbers it learns: weights, update rates, and the biases of the classifier.
    pub fn parameters(&self) -> usize {
        self.weights.count()
    }

    /// The feed-forward weights of a layer, counted from 1: filters × (kernel rows · kernel columns
    /// · channels below).
    ///
    /// # Errors
    /// [`Error::Setting`] if there is no such layer.
    pub fn feedforward_weights(&self, layer: usize) -> Result<Matrix> {
        Ok(self.weights.layers[self.index(layer)?].feedforward.clone())
    }

    /// The feedback weights of a layer, counted from 1, in the shape of its feed-forward weights:
    /// the prediction is a sum of filters, each times its unit's activity.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is no such layer.
    pub fn feedback_weights(&self, layer: usize) -> Result<Matrix> {
        Ok(self.weights.layers[self.index(layer)?].feedback().clone())
    }

    /// The update rates of each layer, the lowest first.
    pub fn update_rates(&self) -> Vec<UpdateRates> {
        let layers = self.weights.layers.iter().enumerate();
        layers.map(|(index, layer)| UpdateRates::of(index + 1, layer)).collect()
    }

    /// The probability of each class after so many cycles, examples × classes; `images` are
    /// examples × pixels, such as a task's inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] for images of another shape or none; [`Error::Samples`] for pixels that are
    /// not finite; [`Error::Setting`] for too many cycles.
    pub fn predict(&self, images: &Array2<f32>, cycles: usize) -> Result<Array2<f64>> {
        let each = self.by_group(images, cycles, |course| {
            let mut logits = self.reading().logits(&self.weights, course.top());
            Objective::SoftmaxCrossEntropy.apply_readout(logits.view_mut());
            Ok(logits.mapv(f64::from))
        })?;
        stacked(&each)
    }

    /// The share of examples that are classified correctly after so many cycles.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); [`Error::Setting`] if no class is asked for, and
    /// [`Error::Shape`] for a class that the network does not have.
    pub fn accuracy(&self, examples: &Examples, cycles: usize) -> Result<f64> {
        self.check_examples(examples)?;
        let logits = self.by_group(&examples.inputs, cycles, |course| {
            Ok(self.reading().logits(&self.weights, course.top()))
        })?;
        let answers = logits.iter().flat_map(|logits| logits.rows().into_iter().map(largest));
        let right =
            answers.zip(&examples.labels).filter(|(answer, label)| *answer == usize::from(**label));
        Ok(right.count() as f64 / examples.len() as f64)
    }

    /// What `measure` makes of the activity of each group of examples, in their order.
    pub(super) fn by_group<T: Send>(
        &self,
        images: &Array2<f32>,
        cycles: usize,
        measure: impl Fn(&Course<'_>) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        check_cycles(cycles)?;
        self.check_images(images)?;
        let (geometry, images) = (self.geometry(), images.as_standard_layout());
        let groups: Vec<ArrayView2<'_, f32>> = images.axis_chunks_iter(Axis(0), GROUP).collect();
        let run = |x: ArrayView2<'_, f32>| {
            let course =
                Course::run(self.settings.recurrence, self.stack(&geometry), x.view(), cycles);
            if course.top().iter().any(|x| !x.is_finite()) {
                let requirement =
                    "activity grows beyond all bounds over so many cycles; take fewer";
                return Err(Error::setting("cycles", cycles, requirement));
            }
            measure(&course)
        };
        groups.into_par_iter().map(run).collect()
    }

    pub(super) fn geometry(&self) -> Vec<Geometry> {
        self.settings.geometry(self.image)
    }

    pub(super) fn stack<'a>(&'a self, geometry: &'a [Geometry]) -> Stack<'a> {
        Stack { geometry, weights: &self.weights }
    }

    pub(super) fn reading(&self) -> ReadOutOf {
        let maps = *self.maps().last().expect("a network has layers");
        ReadOutOf { read_out: self.settings.read_out, maps }
    }

    /// Rejects examples that the network cannot be judged by.
    pub(super) fn check_examples(&self, examples: &Examples) -> Result<()> {
        if !examples.has_classes() {
            let requirement = "it asks for no classes; give a Task::classification";
            return Err(Error::setting("task", "another one", requirement));
        }
        match examples.labels.iter().find(|label| usize::from(**label) >= self.classes) {
            None => Ok(()),
            Some(label) => Err(Error::Shape(format!(
                "an example is of class {label}, counted from 0, and the network has {} classes; \
                 build it with as many as the task has outputs",
                self.classes
            ))),
        }
    }

    pub(super) fn check_images(&self, images: &Array2<f32>) -> Result<()> {
        let (examples, pixels) = images.dim();
        if examples == 0 || pixels != self.image.units() {
            return Err(Error::Shape(format!(
                "there are {examples} images of {pixels} numbers, but the network reads images of {}, \
                 which are {} numbers; give at least 1 of these",
                self.image,
                self.image.units()
            )));
        }
        match images.indexed_iter().find(|(_, pixel)| !pixel.is_finite()) {
            None => Ok(()),
            Some(((example, at), pixel)) => Err(Error::Samples(format!(
                "image {example} has {pixel} at pixel {at}; give finite numbers"
            ))),
        }
    }

    fn index(&self, layer: usize) -> Result<usize> {
        error::check_count("layer", layer)?;
        error::check_at_most("layer", layer, self.weights.layers.len())?;
        Ok(layer - 1)
    }
}

/// The rows of all matrices below one another.
pub(super) fn stacked(parts: &[Array2<f64>]) -> Result<Array2<f64>> {
    let views: Vec<_> = parts.iter().map(Array2::view).collect();
    ndarray::concatenate(Axis(0), &views)
        .map_err(|e| Error::Shape(format!("groups do not fit: {e}")))
}

/// The first of the largest numbers.
pub(super) fn largest(row: ndarray::ArrayView1<'_, f32>) -> usize {
    let best =
        |best: (usize, f32), (at, &x): (usize, &f32)| if x > best.1 { (at, x) } else { best };
    row.iter().enumerate().fold((0, f32::NEG_INFINITY), best).0
}

impl fmt::Display for PredictiveNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "predictive network: {}", self.image)?;
        self.maps().iter().try_for_each(|maps| write!(f, " → {maps}"))?;
        let PredictiveNetworkSettings { recurrence, cycles, .. } = &self.settings;
        let recurrence = format!("{recurrence:?}").to_lowercase();
        let (classes, parameters) = (self.classes, self.parameters());
        write!(
            f,
            " → {classes} classes; {recurrence} recurrence, {cycles} cycles, {parameters} parameters"
        )
    }
}

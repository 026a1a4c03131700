//! Learning by backprop through the cycles.

use ndarray::{ArrayView2, Axis};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::PredictiveNetwork;
use super::course::Course;
use super::geometry::Geometry;
use super::network::{GROUP, largest};
use super::weights::{Decay, Weights};
use crate::data::{Objective, Task};
use crate::error::{self, Error, Result};
use crate::network::Matrix;
use crate::random::{self, Rng};

/// How a [`PredictiveNetwork`] learns: gradient descent with momentum on the cross-entropy of a
/// softmax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictiveTraining {
    /// Passes through the training examples; default 3.
    pub epochs: usize,
    /// Examples of an update; default 128.
    pub batch_size: usize,
    /// The learning rate; default 0.01.
    pub learning_rate: f64,
    /// After how many epochs the learning rate is divided by 10, each time; default never.
    pub learning_rate_drops: Vec<usize>,
    /// The momentum; default 0.9.
    pub momentum: f64,
    /// How much of a weight is added to its gradient; default 0.0005. Update rates do not decay.
    pub weight_decay: f64,
    /// Decides the order of the examples, and how they are augmented if the task asks for it.
    pub seed: u64,
}

impl Default for PredictiveTraining {
    fn default() -> Self {
        Self {
            epochs: 3,
            batch_size: 128,
            learning_rate: 0.01,
            learning_rate_drops: Vec::new(),
            momentum: 0.9,
            weight_decay: 5e-4,
            seed: 0,
        }
    }
}

/// One pass through the training examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictiveEpoch {
    /// Counted from 1.
    pub epoch: usize,
    /// The mean loss of the examples, each before the update that it was part of.
    pub loss: f64,
    /// The share of examples that were classified correctly then.
    pub accuracy: f64,
}

impl PredictiveTraining {
    /// Rejects what is no way to learn.
    ///
    /// # Errors
    /// [`Error::Setting`] for no epochs or batches, a learning rate that is not above 0, a momentum
    /// outside [0, 1), or a negative weight decay.
    pub fn check(&self) -> Result<()> {
        error::check_count("epochs", self.epochs)?;
        error::check_count("batch_size", self.batch_size)?;
        error::check_positive("learning_rate", self.learning_rate)?;
        error::check_below_one("momentum", self.momentum)?;
        error::check_not_negative("weight_decay", self.weight_decay)
    }

    /// The learning rate of an epoch, counted from 0.
    fn rate(&self, epoch: usize) -> f64 {
        let drops = self.learning_rate_drops.iter().filter(|&&drop| epoch >= drop).count();
        self.learning_rate * 0.1_f64.powi(drops as i32)
    }
}

/// The gradient of the mean loss of some examples, with their part of loss and right answers.
pub(super) struct Slope {
    pub(super) gradient: Weights,
    pub(super) loss: f64,
    right: usize,
}

impl PredictiveNetwork {
    /// Learns the classes of a task's training examples, in the cycles of its settings.
    ///
    /// # Errors
    /// As [`PredictiveTraining::check`]; [`Error::Setting`] if the task asks for something else
    /// than classes by a softmax, or the network diverges; [`Error::Shape`] if its images or
    /// classes are others.
    pub fn train(
        &mut self,
        task: &Task,
        training: &PredictiveTraining,
    ) -> Result<Vec<PredictiveEpoch>> {
        training.check()?;
        self.check_task(task)?;
        let mut velocity = self.weights.zeros();
        let mut rng = random::stream(training.seed, "batches");
        let mut augmentation = random::stream(training.seed, "augmentation");
        let mut order: Vec<usize> = (0..task.train().len()).collect();
        let geometry = self.geometry();
        let mut history = Vec::new();
        for epoch in 0..training.epochs {
            order.shuffle(&mut rng);
            let (mut loss, mut right) = (0.0, 0);
            for chosen in order.chunks(training.batch_size) {
                let inputs = shown(task, chosen, &mut augmentation);
                let targets = task.train().targets.select(Axis(0), chosen);
                let mut slope = self.slope(&geometry, &inputs, &targets);
                if !slope.loss.is_finite() {
                    return Err(diverged(training, epoch));
                }
                loss += slope.loss * chosen.len() as f64;
                right += slope.right;
                self.step(&mut slope.gradient, &mut velocity, training, epoch);
            }
            if !self.weights.is_finite() {
                return Err(diverged(training, epoch));
            }
            let all = order.len() as f64;
            history.push(PredictiveEpoch {
                epoch: epoch + 1,
                loss: loss / all,
                accuracy: right as f64 / all,
            });
        }
        Ok(history)
    }

    /// The gradient of the mean loss of a batch; that of each group is summed by itself, and the
    /// sums are added in their order.
    pub(super) fn slope(&self, geometry: &[Geometry], inputs: &Matrix, targets: &Matrix) -> Slope {
        let share = 1.0 / inputs.nrows() as f32;
        let groups: Vec<_> = inputs
            .axis_chunks_iter(Axis(0), GROUP)
            .zip(targets.axis_chunks_iter(Axis(0), GROUP))
            .collect();
        let slopes: Vec<Slope> = groups
            .into_par_iter()
            .map(|(x, targets)| self.slope_of_group(geometry, x, targets, share))
            .collect();
        let nothing = Slope { gradient: self.weights.zeros(), loss: 0.0, right: 0 };
        slopes.into_iter().fold(nothing, |mut sum, mut slope| {
            sum.gradient.add(&mut slope.gradient);
            Slope { loss: sum.loss + slope.loss, right: sum.right + slope.right, ..sum }
        })
    }

    fn slope_of_group(
        &self,
        geometry: &[Geometry],
        x: ArrayView2<'_, f32>,
        targets: ArrayView2<'_, f32>,
        share: f32,
    ) -> Slope {
        let settings = self.settings();
        let course =
            Course::run(settings.recurrence, self.stack(geometry), x.view(), settings.cycles);
        let mut errors = self.reading().logits(&self.weights, course.top());
        let answers = errors.rows().into_iter().map(largest);
        let right =
            answers.zip(targets.rows()).filter(|(answer, target)| target[*answer] == 1.0).count();
        let part = share * x.nrows() as f32;
        let loss =
            Objective::SoftmaxCrossEntropy.error(errors.view_mut(), targets) * f64::from(part);
        errors *= part;
        let mut gradient = self.weights.zeros();
        let top = self.reading().backward(&self.weights, course.top(), &errors, &mut gradient);
        course.backward(top, &mut gradient);
        Slope { gradient, loss, right }
    }

    /// v ← μ v + g + λ w; w ← w − η v.
    fn step(
        &mut self,
        gradient: &mut Weights,
        velocity: &mut Weights,
        training: &PredictiveTraining,
        epoch: usize,
    ) {
        let (rate, momentum) = (training.rate(epoch) as f32, training.momentum as f32);
        let parts = self.weights.parts_mut().into_iter();
        for (((w, decay), (v, _)), (g, _)) in
            parts.zip(velocity.parts_mut()).zip(gradient.parts_mut())
        {
            let decay = if decay == Decay::Decays { training.weight_decay as f32 } else { 0.0 };
            for ((w, v), g) in w.iter_mut().zip(v).zip(g) {
                *v = momentum * *v + *g + decay * *w;
                *w -= rate * *v;
            }
        }
    }

    fn check_task(&self, task: &Task) -> Result<()> {
        if task.objective() != Objective::SoftmaxCrossEntropy || !task.phases().is_empty() {
            let requirement = "a predictive network learns classes by softmax + cross-entropy, in a task \
                 that stays the same; give a Task::classification with the default objective";
            return Err(Error::setting("task", task.name(), requirement));
        }
        self.check_examples(task.train())?;
        if task.input_maps() != self.image() || task.outputs() != self.classes() {
            return Err(Error::Shape(format!(
                "the network reads images of {} and has {} classes, and {} has images of {} and {} classes; \
                 build the network with the task's input_maps and outputs",
                self.image(),
                self.classes(),
                task.name(),
                task.input_maps(),
                task.outputs()
            )));
        }
        self.check_images(&task.train().inputs)
    }
}

/// The chosen training examples, augmented if the task asks for it.
fn shown(task: &Task, chosen: &[usize], rng: &mut Rng) -> Matrix {
    let all = &task.train().inputs;
    let Some(augmenter) = task.augmentation() else { return all.select(Axis(0), chosen) };
    let mut inputs = Matrix::zeros((chosen.len(), all.ncols()));
    for (into, &example) in inputs.rows_mut().into_iter().zip(chosen) {
        augmenter.show(all.row(example), into, rng);
    }
    inputs
}

fn diverged(training: &PredictiveTraining, epoch: usize) -> Error {
    let requirement = format!(
        "the network diverged in epoch {}; choose a smaller one, fewer cycles, or smaller update rates",
        epoch + 1
    );
    Error::setting("learning_rate", training.rate(epoch), requirement)
}

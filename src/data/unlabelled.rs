//! Tasks that ask for something else than classes.

use std::sync::Arc;

use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::change::{Warp, warped};
use super::task::{Sparse, Supervision};
use super::{
    Augmentation, Augmenter, Dataset, Examples, FeatureMaps, Images, Normalisation, Objective,
    Task, TaskSettings,
};
use crate::error::{self, Error, Result};
use crate::random::{self, Rng};

/// Settings of [`Task::teacher_student`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TeacherSettings {
    /// The number of input units; default 100.
    pub inputs: usize,
    /// The teacher's hidden units; default 30.
    pub hidden: usize,
    /// The number of output units; default 10.
    pub outputs: usize,
    /// Examples to train on; default 10,000.
    pub train_examples: usize,
    /// Examples to test on; default 2,000.
    pub test_examples: usize,
    /// The standard deviation of Gaussian noise on the targets to train on, whose own is about 1;
    /// default 0.
    pub noise: f64,
    /// How many test inputs serve as probe stimuli; default 200.
    pub probe_stimuli: usize,
    /// Decides the teacher, the inputs and the noise.
    pub seed: u64,
}

impl Default for TeacherSettings {
    fn default() -> Self {
        Self {
            inputs: 100,
            hidden: 30,
            outputs: 10,
            train_examples: 10_000,
            test_examples: 2_000,
            noise: 0.0,
            probe_stimuli: 200,
            seed: 0,
        }
    }
}

impl TeacherSettings {
    /// Rejects what is no task.
    ///
    /// # Errors
    /// [`Error::Setting`] if a number is 0, the noise negative, or there are fewer test inputs than
    /// probe stimuli.
    pub fn check(&self) -> Result<()> {
        for (name, count) in [
            ("inputs", self.inputs),
            ("hidden", self.hidden),
            ("outputs", self.outputs),
            ("train_examples", self.train_examples),
            ("test_examples", self.test_examples),
            ("probe_stimuli", self.probe_stimuli),
        ] {
            error::check_count(name, count)?;
        }
        let units = [self.inputs, self.hidden, self.outputs].into_iter().max().unwrap_or(0);
        error::check_at_most("units", units, MAX_UNITS)?;
        let examples = self.train_examples.max(self.test_examples);
        error::check_at_most(
            "train_examples times units",
            examples.saturating_mul(units),
            MAX_NUMBERS,
        )?;
        error::check_at_most(
            "inputs times hidden",
            self.inputs.saturating_mul(self.hidden),
            MAX_NUMBERS,
        )?;
        if self.probe_stimuli > self.test_examples {
            let requirement =
                format!("it must be 1 to {}, the number of test inputs", self.test_examples);
            return Err(Error::setting("probe_stimuli", self.probe_stimuli, requirement));
        }
        error::check_not_negative("noise", self.noise)
    }
}

/// More than any small network has; catches a mistyped number before it takes all memory.
const MAX_UNITS: usize = 100_000;
/// A gigabyte of numbers.
const MAX_NUMBERS: usize = 250_000_000;

/// Rejects no output units, or absurdly many.
pub(crate) fn check_outputs(outputs: usize) -> Result<()> {
    error::check_count("outputs", outputs)?;
    error::check_at_most("outputs", outputs, MAX_UNITS)
}

impl Task {
    /// Asks for the image itself: targets are pixels between 0 and 1, whatever the inputs'
    /// normalisation. There is a loss and no accuracy.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let objective = Objective::SigmoidCrossEntropy;
    /// let settings = TaskSettings { objective, ..TaskSettings::default() };
    /// let task = Task::autoencoding(&Dataset::synthetic(0), &settings)?;
    /// assert_eq!((task.name(), task.outputs()), ("synthetic autoencoding", 36));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Task::classification`]; [`Error::Setting`] for an objective that does not judge each
    /// output by itself.
    pub fn autoencoding(dataset: &Dataset, settings: &TaskSettings) -> Result<Self> {
        check_autoencoding(settings.objective)?;
        let name = format!("{} autoencoding", dataset.name());
        Self::of_images(name, dataset, settings, |_, images, indices| Examples {
            inputs: settings.normalisation.of(images, indices),
            targets: Normalisation::Unit.of(images, indices),
            labels: indices.iter().map(|&i| images.labels[i]).collect(),
            supervision: Supervision::Regression,
            sparse: Sparse::default(),
        })
    }

    /// Asks that two views of one image lead to like outputs, and views of different images to
    /// different ones: self-supervised learning by [`Objective::Contrastive`], which replaces the
    /// settings' objective. Each image is shown as two views, turned, scaled and shifted at random;
    /// they are drawn once ([`Task::simclr`] draws them anew in every epoch). There is a loss and no
    /// accuracy; labels tell what an image shows, for a read-out of your own. Batches count views,
    /// so that one of 128 has 64 images.
    ///
    /// # Errors
    /// As [`Task::classification`]; [`Error::Setting`] without outputs.
    pub fn contrastive(dataset: &Dataset, settings: &TaskSettings, outputs: usize) -> Result<Self> {
        check_outputs(outputs)?;
        let settings = TaskSettings { objective: Objective::Contrastive, ..settings.clone() };
        let name = format!("{} contrastive", dataset.name());
        let shape = dataset.shape();
        Self::of_images(name, dataset, &settings, |part, images, indices| {
            let mut rng = random::stream(settings.seed, &format!("views {part}"));
            let views = two_views(images, indices, shape, &mut rng);
            let all: Vec<usize> = (0..views.len()).collect();
            Examples {
                inputs: settings.normalisation.of(&views, &all),
                targets: Array2::zeros((views.len(), outputs)),
                labels: views.labels,
                supervision: Supervision::PositivePair,
                sparse: Sparse::default(),
            }
        })
    }

    /// The same with views that are drawn anew each time that an image is shown, as SimCLR has them
    /// (Chen, Kornblith, Norouzi & Hinton 2020, arXiv 2002.05709): by the settings' augmentation, or
    /// else by [`Augmentation::simclr`]. Those of validation and test images are drawn once.
    /// [`linear_read_out`](crate::performance::linear_read_out) says what a network has learned of
    /// the classes.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::simclr(&Dataset::synthetic(0), &TaskSettings::default(), 8)?;
    /// assert_eq!((task.name(), task.train().len()), ("synthetic simclr", 1200));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Task::contrastive`].
    pub fn simclr(dataset: &Dataset, settings: &TaskSettings, outputs: usize) -> Result<Self> {
        check_outputs(outputs)?;
        let augmentation = settings.augmentation.unwrap_or_else(Augmentation::simclr);
        let settings = TaskSettings {
            objective: Objective::Contrastive,
            augmentation: Some(augmentation),
            ..settings.clone()
        };
        settings.normalisation.check_for(dataset)?;
        let augmenter = Augmenter::new(augmentation, dataset.shape(), settings.normalisation)?;
        let name = format!("{} simclr", dataset.name());
        Self::of_images(name, dataset, &settings, |part, images, indices| {
            let twice: Vec<usize> = indices.iter().flat_map(|&i| [i; 2]).collect();
            let mut inputs = settings.normalisation.of(images, &twice);
            if part != "train" {
                let mut rng = random::stream(settings.seed, &format!("views {part}"));
                for mut input in inputs.rows_mut() {
                    let image = input.to_owned();
                    augmenter.show(image.view(), input.view_mut(), &mut rng);
                }
            }
            Examples {
                inputs,
                targets: Array2::zeros((twice.len(), outputs)),
                labels: twice.iter().map(|&i| images.labels[i]).collect(),
                supervision: Supervision::PositivePair,
                sparse: Sparse::default(),
            }
        })
    }

    /// Asks for what a random network says: inputs x ~ N(0, 1), targets V tanh(W x)/√hidden + noise
    /// with W ~ N(0, 4/inputs) and V ~ N(0, 1), linear outputs and squared error. Test targets have
    /// no noise. There is a loss and no accuracy.
    ///
    /// # Errors
    /// As [`TeacherSettings::check`].
    pub fn teacher_student(settings: &TeacherSettings) -> Result<Self> {
        settings.check()?;
        let mut rng = random::stream(settings.seed, "teacher");
        let spread = 2.0 / (settings.inputs as f64).sqrt();
        let below = normal(settings.hidden, settings.inputs, spread, &mut rng);
        let spread = 1.0 / (settings.hidden as f64).sqrt();
        let above = normal(settings.outputs, settings.hidden, spread, &mut rng);
        let teacher = [below, above];
        let train = taught(settings.train_examples, &teacher, settings.noise, &mut rng);
        let test = taught(settings.test_examples, &teacher, 0.0, &mut rng);
        let probe = test.inputs.slice(ndarray::s![..settings.probe_stimuli, ..]).to_owned();
        let probe_labels = vec![0; probe.nrows()];
        Ok(Self {
            name: "teacher".to_owned(),
            objective: Objective::LinearSquaredError,
            train: Arc::new(train),
            validation: None,
            test: Arc::new(test),
            probe: Arc::new(probe),
            probe_labels: probe_labels.into(),
            maps: FeatureMaps::vector(settings.inputs),
            augmentation: None,
            phases: std::sync::Arc::default(),
            groups: std::sync::Arc::default(),
        })
    }
}

/// Draws from N(0, sd²).
fn normal(rows: usize, columns: usize, sd: f64, rng: &mut Rng) -> Array2<f32> {
    Array2::from_shape_simple_fn((rows, columns), || {
        let draw: f64 = StandardNormal.sample(rng);
        (sd * draw) as f32
    })
}

/// Inputs x ~ N(0, 1), and V tanh(W x) + noise of the teacher [W, V] as targets.
fn taught(count: usize, [below, above]: &[Array2<f32>; 2], noise: f64, rng: &mut Rng) -> Examples {
    let inputs = normal(count, below.ncols(), 1.0, rng);
    let mut targets = inputs.dot(&below.t()).mapv(f32::tanh).dot(&above.t());
    targets += &normal(count, above.nrows(), noise, rng);
    Examples {
        inputs,
        targets,
        labels: vec![0; count],
        supervision: Supervision::Regression,
        sparse: Sparse::default(),
    }
}

/// Rejects an objective that does not judge each output by itself.
pub(crate) fn check_autoencoding(objective: Objective) -> Result<()> {
    if !matches!(objective, Objective::SoftmaxCrossEntropy | Objective::Contrastive) {
        return Ok(());
    }
    let requirement = "autoencoding asks for every pixel by itself: choose SigmoidCrossEntropy, SigmoidSquaredError or \
        LinearSquaredError (in a file sigmoid_cross_entropy and so on)";
    Err(Error::setting("objective", objective, requirement))
}

/// Each image twice, one after the other, at two places of its own.
fn two_views(images: &Images, indices: &[usize], shape: FeatureMaps, rng: &mut Rng) -> Images {
    let twice: Vec<usize> = indices.iter().flat_map(|&i| [i; 2]).collect();
    warped(&images.select(&twice), shape, || Warp::augmenting(shape, rng))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(objective: Objective) -> TaskSettings {
        TaskSettings { objective, probe_stimuli: 40, ..TaskSettings::default() }
    }

    #[test]
    fn an_autoencoders_targets_are_pixels() {
        let data = Dataset::synthetic(0);
        let task = Task::autoencoding(&data, &settings(Objective::LinearSquaredError)).unwrap();
        assert_eq!(task.train().targets[(7, 3)], f32::from(data.train().pixels[(7, 3)]) / 255.0);
        assert_ne!(task.train().inputs, task.train().targets);
        assert!(!task.train().has_classes() && task.train().group_size() == 1);
        let error = Task::autoencoding(&data, &settings(Objective::SoftmaxCrossEntropy));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("softmax") && error.contains("LinearSquaredError"), "{error}");
    }

    #[test]
    fn views_come_in_pairs_of_one_image() {
        let data = Dataset::synthetic(0);
        let task = Task::contrastive(&data, &TaskSettings::default(), 8).unwrap();
        assert_eq!((task.train().len(), task.outputs(), task.probe().nrows()), (1200, 8, 200));
        assert_eq!(task.train().group_size(), 2);
        let (inputs, labels) = (&task.train().inputs, &task.train().labels);
        let distance = |i: usize, j: usize| (&inputs.row(i) - &inputs.row(j)).mapv(|d| d * d).sum();
        let nearer =
            (0..600).filter(|i| distance(2 * i, 2 * i + 1) < distance(2 * i, (2 * i + 3) % 1200));
        assert!(nearer.count() > 400, "views of one image are more alike than those of two");
        assert!((0..600).all(|i| labels[2 * i] == labels[2 * i + 1]));
        assert_ne!(inputs.row(0), inputs.row(1));
        // Batches of 100 views are 50 images.
        assert_eq!((task.train().batches(100), task.train().batches(101)), (12, 12));
    }

    #[test]
    fn simclr_shows_two_other_views_of_each_image_every_time() {
        let data = Dataset::synthetic(0);
        let task = Task::simclr(&data, &TaskSettings::default(), 8).unwrap();
        let inputs = &task.train().inputs;
        assert_eq!(inputs.row(6), inputs.row(7));
        assert_eq!((task.train().group_size(), task.outputs()), (2, 8));
        let augmenter = task.augmentation().unwrap();
        let mut rng = random::stream(0, "augmentation");
        let mut view = || {
            let mut view = ndarray::Array1::zeros(36);
            augmenter.show(inputs.row(6), view.view_mut(), &mut rng);
            view
        };
        assert_ne!(view(), view());
        // Those to judge by stay the same, and a pair is of two views.
        let again = Task::simclr(&data, &TaskSettings::default(), 8).unwrap();
        assert_eq!(task.test(), again.test());
        assert_ne!(task.test().inputs.row(0), task.test().inputs.row(1));
        assert_eq!(task.test().labels[0], task.test().labels[1]);
    }

    #[test]
    fn a_teacher_can_be_learned_from() {
        let task = Task::teacher_student(&TeacherSettings::default()).unwrap();
        let variance = task.test().targets.var(0.0);
        assert!((0.3..1.5).contains(&variance), "{variance}");
        let noisy = TeacherSettings { noise: 0.5, ..TeacherSettings::default() };
        let noisy = Task::teacher_student(&noisy).unwrap();
        assert_eq!(noisy.train().inputs, task.train().inputs);
        let noise = (&noisy.train().targets - &task.train().targets).std(0.0);
        assert!((noise - 0.5).abs() < 0.01, "{noise}");
        let few = TeacherSettings { test_examples: 100, ..TeacherSettings::default() };
        assert!(Task::teacher_student(&few).unwrap_err().to_string().contains("1 to 100"));
        for absurd in [
            TeacherSettings { inputs: usize::MAX, ..few },
            TeacherSettings { train_examples: usize::MAX, ..few },
            TeacherSettings { inputs: 90_000, hidden: 90_000, ..few },
        ] {
            let told = Task::teacher_student(&absurd).unwrap_err().to_string();
            assert!(told.contains("at most"), "{told}");
        }
    }
}

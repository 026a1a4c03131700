//! A task, as a study's file says it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::data::{
    self, Augmentation, Change, Dataset, Normalisation, Objective, Scenario, SpokenDigits, Task,
    TaskSettings, TeacherSettings,
};
use crate::error::{self, Error, Result};
use crate::natural_images::{NaturalPatches, check_whitening};

/// The data sets that a plan can name.
const DATASETS: [&str; 5] = ["mnist", "synthetic", "cifar10", "fsdd", "natural_patches"];

/// What is asked about the images of a [`TaskPlan`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskKind {
    /// Their class; the default. [`Task::classification`]
    #[default]
    Classification,
    /// The image itself. [`Task::autoencoding`]
    Autoencoding,
    /// Which views are of one image. [`Task::contrastive`], [`Task::simclr`]
    Contrastive {
        /// The number of output units.
        outputs: usize,
        /// When views are drawn; default once.
        #[serde(default, skip_serializing_if = "is_once")]
        views: Views,
    },
    /// What a random network says of random inputs: there are no images. [`Task::teacher_student`]
    TeacherStudent(TeacherSettings),
}

/// When the views of a [`TaskKind::Contrastive`] are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// Before learning; the default. [`Task::contrastive`]
    #[default]
    Once,
    /// Each time that an image is shown, by the task's augmentation or else by
    /// [`Augmentation::simclr`]. [`Task::simclr`]
    EveryTime,
}

/// A task, as a file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskPlan {
    /// `mnist`, `synthetic`, `cifar10`, `fsdd`, the spoken digits, or `natural_patches`.
    pub dataset: String,
    /// What is asked of spoken digits, and what is heard behind them; default the word, and nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<SpokenDigits>,
    /// Which natural patches there are; default those of [`Dataset::natural_patches`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patches: Option<NaturalPatches>,
    /// What is asked; default the class.
    #[serde(skip_serializing_if = "is_usual_kind")]
    pub kind: TaskKind,
    /// How the task changes while networks learn, for classifications; default not at all.
    #[serde(skip_serializing_if = "Option::is_none", alias = "world")]
    pub scenario: Option<Scenario>,
    /// What is done to the images or their classes, one after the other; default nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// So many training images, with the classes in proportion; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_examples: Option<usize>,
    /// So many test images; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_examples: Option<usize>,
    /// Only these classes; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<usize>>,
    /// How pixels become inputs.
    pub normalisation: Normalisation,
    /// Read-out and loss.
    pub objective: Objective,
    /// The fraction of the training images held out.
    pub validation_fraction: f64,
    /// Test images that activity is recorded on.
    pub probe_stimuli: usize,
    /// How training images are changed each time that they are shown; not at all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// Inputs are whitened with this ridge ([`Task::whitened`]); not at all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whitening: Option<f64>,
    /// Whether inputs have one more channel for each class, for forward-forward's labels
    /// ([`Task::with_label_planes`]); default not.
    #[serde(skip_serializing_if = "is_false")]
    pub label_planes: bool,
    /// Decides which images are held out, chosen and shown as probes.
    pub seed: u64,
}

impl Default for TaskPlan {
    fn default() -> Self {
        let TaskSettings {
            normalisation,
            objective,
            validation_fraction,
            probe_stimuli,
            augmentation,
            seed,
        } = TaskSettings::default();
        Self {
            dataset: "mnist".into(),
            sound: None,
            patches: None,
            kind: TaskKind::default(),
            scenario: None,
            changes: Vec::new(),
            train_examples: None,
            test_examples: None,
            classes: None,
            normalisation,
            objective,
            validation_fraction,
            probe_stimuli,
            augmentation,
            whitening: None,
            label_planes: false,
            seed,
        }
    }
}

impl TaskPlan {
    /// The synthetic task for trying things out: four noisy patterns of 6 × 6 pixels.
    pub fn synthetic() -> Self {
        Self { dataset: "synthetic".into(), ..Self::default() }
    }

    /// Reads the data and makes the task.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a data set there is none of; [`Error::Data`] if its files are not
    /// what they must be; [`Error::Setting`] for a part that cannot be had.
    pub fn task(&self) -> Result<Task> {
        let settings = TaskSettings {
            normalisation: self.normalisation,
            objective: self.objective,
            validation_fraction: self.validation_fraction,
            probe_stimuli: self.probe_stimuli,
            augmentation: self.augmentation,
            seed: self.seed,
        };
        let task = match self.kind {
            TaskKind::TeacherStudent(teacher) => Task::teacher_student(&teacher),
            TaskKind::Classification => match self.scenario {
                None => Task::classification(&self.images()?, &settings),
                Some(scenario) => Task::in_phases(&self.images()?, scenario, &settings),
            },
            TaskKind::Autoencoding => Task::autoencoding(&self.images()?, &settings),
            TaskKind::Contrastive { outputs, views: Views::Once } => {
                Task::contrastive(&self.images()?, &settings, outputs)
            }
            TaskKind::Contrastive { outputs, views: Views::EveryTime } => {
                Task::simclr(&self.images()?, &settings, outputs)
            }
        }?;
        let task = match self.whitening {
            None => task,
            Some(ridge) => task.whitened(ridge)?,
        };
        if self.label_planes { task.with_label_planes() } else { Ok(task) }
    }

    /// Rejects what cannot be, before any data is read.
    pub(super) fn check(&self) -> Result<()> {
        self.normalisation.check()?;
        error::check_below_one("validation_fraction", self.validation_fraction)?;
        error::check_count("probe_stimuli", self.probe_stimuli)?;
        self.changes.iter().try_for_each(|change| change.check())?;
        self.augmentation.map_or(Ok(()), |own| own.check())?;
        if let Some(ridge) = self.whitening {
            let is_augmented = self.augmentation.is_some() || self.draws_views();
            check_whitening(ridge, is_augmented, self.scenario.is_some())?;
        }
        if self.scenario.is_some() && self.kind != TaskKind::Classification {
            let requirement = "only what is asked by classes changes in phases: leave it out, or the kind of task";
            return Err(Error::setting("scenario", "given", requirement));
        }
        if !DATASETS.contains(&self.dataset.as_str()) {
            return Err(unknown_dataset(&self.dataset));
        }
        if self.sound.is_some() && self.dataset != "fsdd" {
            let requirement =
                format!("{} are images: leave it out, or choose the data set fsdd", self.dataset);
            return Err(Error::setting("sound", "given", requirement));
        }
        self.sound.map_or(Ok(()), |sound| sound.check())?;
        if self.patches.is_some() && self.dataset != "natural_patches" {
            let requirement = format!(
                "{} are images of their own: leave it out, or choose the data set natural_patches",
                self.dataset
            );
            return Err(Error::setting("patches", "given", requirement));
        }
        self.patches.map_or(Ok(()), |patches| patches.check())?;
        match self.kind {
            TaskKind::TeacherStudent(teacher) => {
                let images = Self { kind: self.kind, ..Self::default() };
                if *self != images {
                    let requirement =
                        "it makes its own data: leave out everything else of this task";
                    return Err(Error::setting("kind", "teacher_student", requirement));
                }
                teacher.check()
            }
            TaskKind::Contrastive { outputs, .. } => data::check_outputs(outputs),
            TaskKind::Classification => data::check_classification(self.objective),
            TaskKind::Autoencoding => data::check_autoencoding(self.objective),
        }
    }

    /// Whether images are shown as other views each time.
    fn draws_views(&self) -> bool {
        matches!(self.kind, TaskKind::Contrastive { views: Views::EveryTime, .. })
    }

    /// The images, with what is done to them.
    fn images(&self) -> Result<Dataset> {
        let mut dataset = match self.dataset.as_str() {
            "mnist" => Dataset::mnist()?,
            "cifar10" => Dataset::cifar10()?,
            "synthetic" => Dataset::synthetic(0),
            "fsdd" => Dataset::spoken_digits(&self.sound.unwrap_or_default())?,
            "natural_patches" => Dataset::natural_patches(&self.patches.unwrap_or_default())?,
            name => return Err(unknown_dataset(name)),
        };
        if let Some(classes) = &self.classes {
            dataset = dataset.with_classes(classes)?;
        }
        if self.train_examples.is_some() || self.test_examples.is_some() {
            let train = self.train_examples.unwrap_or(dataset.train().len());
            let test = self.test_examples.unwrap_or(dataset.test().len());
            dataset = dataset.subset(train, test, self.seed).map_err(as_in_a_file)?;
        }
        for &change in &self.changes {
            dataset = dataset.changed(change, self.seed)?;
        }
        Ok(dataset)
    }
}

/// A plan has a name of its own for how many images there are of a part.
fn as_in_a_file(error: Error) -> Error {
    match error {
        Error::Setting { name, value, requirement } if ["train", "test"].contains(&&*name) => {
            Error::Setting { name: format!("{name}_examples"), value, requirement }
        }
        other => other,
    }
}

fn unknown_dataset(name: &str) -> Error {
    let known = DATASETS.map(String::from).to_vec();
    Error::UnknownName { kind: "data set", name: name.into(), known }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_once(views: &Views) -> bool {
    *views == Views::default()
}

fn is_usual_kind(kind: &TaskKind) -> bool {
    *kind == TaskKind::default()
}

impl fmt::Display for TaskPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let TaskKind::TeacherStudent(_) = self.kind {
            return f.write_str("teacher and student");
        }
        match self.sound {
            None => f.write_str(&self.dataset)?,
            Some(sound) => f.write_str(&sound.name())?,
        }
        self.changes.iter().try_for_each(|change| write!(f, " {change}"))?;
        match self.kind {
            TaskKind::Autoencoding => f.write_str(", autoencoding")?,
            TaskKind::Contrastive { views: Views::Once, .. } => f.write_str(", contrastive")?,
            TaskKind::Contrastive { views: Views::EveryTime, .. } => f.write_str(", simclr")?,
            TaskKind::Classification | TaskKind::TeacherStudent(_) => {}
        }
        if let Some(classes) = &self.classes {
            let classes: Vec<String> = classes.iter().map(usize::to_string).collect();
            write!(f, " of the classes {}", classes.join(" "))?;
        }
        if let Some(scenario) = self.scenario {
            write!(f, ", {scenario}")?;
        }
        if let Some(count) = self.train_examples {
            write!(f, " with {count} training examples")?;
        }
        if let Some(ridge) = self.whitening {
            write!(f, ", whitened {ridge}")?;
        }
        let objective = match self.kind {
            TaskKind::Contrastive { .. } => Objective::Contrastive,
            _ => self.objective,
        };
        write!(f, " ({objective})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_images_is_refused_by_the_name_it_has_in_a_file() {
        let plan = TaskPlan { train_examples: Some(1_000_000), ..TaskPlan::synthetic() };
        let told = plan.task().expect_err("too many").to_string();
        assert!(told.starts_with("train_examples is 1000000"), "{told}");
    }

    #[test]
    fn whitening_and_patches_are_read_and_said() {
        let plan: TaskPlan =
            toml::from_str("dataset = \"natural_patches\"\nwhitening = 0.1\npatches = { side = 6, train = 50, test = 25 }\nprobe_stimuli = 10\n").unwrap();
        plan.check().unwrap();
        let task = plan.task().unwrap();
        assert_eq!((task.name(), task.inputs()), ("natural patches whitened 0.1", 36));
        assert_eq!(plan.to_string(), "natural_patches, whitened 0.1 (softmax + cross-entropy)");
        let text = toml::to_string(&plan).unwrap();
        assert_eq!(toml::from_str::<TaskPlan>(&text).unwrap(), plan);
        assert!(!toml::to_string(&TaskPlan::default()).unwrap().contains("whitening"));
        let wrong = TaskPlan { patches: plan.patches, ..TaskPlan::synthetic() };
        assert!(wrong.check().unwrap_err().to_string().contains("natural_patches"));
    }
}

//! Tasks of several phases, assembled.

use std::ops::Range;
use std::sync::Arc;

use ndarray::Array2;
use rand::seq::SliceRandom as _;

use super::augmentation::Augmenter;
use super::change::of_places;
use super::scenario::{Group, Kind, Phase, Scenario};
use super::task::{check_classification, check_two_classes, probe_indices, validation_split};
use super::{Dataset, Examples, Images, Task, TaskSettings};
use crate::error::{self, Error, Result};
use crate::random;

impl Task {
    /// Asks for the class of each image in a non-stationary task. Training examples lie phase by
    /// phase ([`phases`](Self::phases)); the trainer shows those of one phase as often as the
    /// experiment has epochs, and then goes on to the next. Test and validation examples and probe
    /// stimuli are those of the last phase, of all classes; [`groups`](Self::groups) are scored at
    /// every checkpoint, on test and, if the task has them, on validation examples.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::in_phases(&Dataset::synthetic(0), Scenario::ClassIncremental { phases: 2 }, &TaskSettings::default())?;
    /// assert_eq!((task.phases().len(), task.groups()[1].name.as_str()), (2, "2_to_3"));
    /// let history = train(&Experiment::new(&task).batch_size(10))?.history()?;
    /// assert!(history.column("accuracy_on_0_to_1").is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Scenario::check`] and [`Task::classification`]; [`Error::Setting`] if a phase would
    /// have no images.
    pub fn in_phases(
        dataset: &Dataset,
        scenario: Scenario,
        settings: &TaskSettings,
    ) -> Result<Self> {
        let assembly = Assembly::of(dataset, scenario, settings)?;
        let groups = assembly.groups()?;
        check_group_names(&groups)?;
        let phases = assembly.phases(&groups);
        let train = assembly.examples(&assembly.shown());
        check_two_classes(&train, |label| format!("{:?}", dataset.classes()[label]))?;
        let test = dataset.test();
        let probes = assembly.later(test, &probe_indices(&test.labels, settings)?);
        let of_probes: Vec<usize> = (0..probes.len()).collect();
        Ok(Self {
            name: format!("{} {scenario}", dataset.name()),
            objective: settings.objective,
            train,
            validation: assembly.validation(),
            probe: Arc::new(settings.normalisation.of(&probes, &of_probes)),
            probe_labels: probes.labels.into(),
            maps: dataset.shape(),
            augmentation: Augmenter::of(dataset, settings)?,
            test: assembly.examples(&assembly.later(test, &all_of(test))),
            phases: phases.into(),
            groups: groups.into_iter().map(|(group, _)| group).collect(),
        })
    }
}

/// What a task of several phases is made of.
struct Assembly<'a> {
    dataset: &'a Dataset,
    scenario: Scenario,
    settings: &'a TaskSettings,
    /// The training images that are set aside for validation.
    held_out: Vec<usize>,
    /// The training images of each phase.
    drawn: Vec<Vec<usize>>,
    /// Where each pixel comes from, at every phase.
    orders: Vec<Vec<usize>>,
}

impl<'a> Assembly<'a> {
    fn of(dataset: &'a Dataset, scenario: Scenario, settings: &'a TaskSettings) -> Result<Self> {
        check_classification(settings.objective)?;
        settings.normalisation.check_for(dataset)?;
        scenario.check(dataset.classes().len())?;
        let train = dataset.train();
        let (kept, held_out) = validation_split(&train.labels, settings)?;
        // What is wrong with the probes is told before what is wrong with the phases.
        probe_indices(&dataset.test().labels, settings)?;
        let drawn = draw(dataset, scenario, &kept, settings.seed)?;
        let shape = dataset.shape();
        let orders = scenario.orders(shape.places(), settings.seed).into_iter();
        let orders = orders.map(|order| of_places(&order, shape.channels)).collect();
        Ok(Self { dataset, scenario, settings, held_out, drawn, orders })
    }

    /// Images as they are at a phase.
    fn images(&self, images: &Images, indices: &[usize], phase: usize) -> Images {
        let order = &self.orders[phase];
        let place = |(row, pixel): (usize, usize)| images.pixels[(indices[row], order[pixel])];
        let label = |&index: &usize| self.scenario.label(images.labels[index], phase);
        Images {
            pixels: Array2::from_shape_fn((indices.len(), order.len()), place),
            labels: indices.iter().map(label).collect(),
        }
    }

    /// Images as they are at the last phase.
    fn later(&self, images: &Images, indices: &[usize]) -> Images {
        self.images(images, indices, self.scenario.phases() - 1)
    }

    fn examples(&self, images: &Images) -> Arc<Examples> {
        let classes = self.dataset.classes().len();
        let scale = self.settings.normalisation;
        Arc::new(Examples::classification(images, &all_of(images), classes, scale))
    }

    fn validation(&self) -> Option<Arc<Examples>> {
        let images = || self.later(self.dataset.train(), &self.held_out);
        (!self.held_out.is_empty()).then(|| self.examples(&images()))
    }

    /// The training images of all phases, phase by phase.
    fn shown(&self) -> Images {
        let train = self.dataset.train();
        let parts = self.drawn.iter().enumerate();
        together(parts.map(|(phase, own)| self.images(train, own, phase)))
    }

    /// The groups, and the phases that each belongs to.
    fn groups(&self) -> Result<Vec<(Group, Range<usize>)>> {
        let (train, test) = (self.dataset.train(), self.dataset.test());
        let kinds = self.scenario.groups(self.dataset.classes()).into_iter();
        let group = |kind: Kind| {
            let of_test = self.of_kind(&kind, test, &all_of(test), "test")?;
            let validation = (!self.held_out.is_empty())
                .then(|| self.of_kind(&kind, train, &self.held_out, "validation"))
                .transpose()?;
            Ok((Group { name: kind.name, test: of_test, validation }, kind.phases))
        };
        kinds.map(group).collect()
    }

    /// Those of some images that belong to a group.
    fn of_kind(
        &self,
        kind: &Kind,
        images: &Images,
        among: &[usize],
        part: &str,
    ) -> Result<Arc<Examples>> {
        let is_own = |index: &usize| kind.classes.contains(&images.labels[*index].into());
        let own: Vec<usize> = among.iter().copied().filter(is_own).collect();
        if own.is_empty() {
            let requirement = format!("there are no {part} images of the group {}", kind.name);
            return Err(Error::setting("scenario", self.scenario, requirement));
        }
        Ok(self.examples(&self.images(images, &own, kind.seen_at)))
    }

    fn phases(&self, groups: &[(Group, Range<usize>)]) -> Vec<Phase> {
        let mut begin = 0;
        let phase = |(index, own): (usize, &Vec<usize>)| {
            let examples = begin..begin + own.len();
            begin = examples.end;
            let is_own = |place: &usize| groups[*place].1.contains(&index);
            let groups: Vec<usize> = (0..groups.len()).filter(is_own).collect();
            Phase { name: format!("phase {}", index + 1), examples, groups }
        };
        self.drawn.iter().enumerate().map(phase).collect()
    }
}

/// The numbers of all images.
fn all_of(images: &Images) -> Vec<usize> {
    (0..images.len()).collect()
}

/// Images one below the other.
fn together(parts: impl Iterator<Item = Images>) -> Images {
    let parts: Vec<Images> = parts.collect();
    let pixels: Vec<_> = parts.iter().map(|part| part.pixels.view()).collect();
    Images {
        pixels: ndarray::concatenate(ndarray::Axis(0), &pixels)
            .expect("all images have as many pixels"),
        labels: parts.iter().flat_map(|part| part.labels.iter().copied()).collect(),
    }
}

/// The images of each phase: those of a class in turn to the phases that show it, in a random
/// order.
fn draw(
    dataset: &Dataset,
    scenario: Scenario,
    kept: &[usize],
    seed: u64,
) -> Result<Vec<Vec<usize>>> {
    let (images, classes) = (dataset.train(), dataset.classes().len());
    let mut order = kept.to_vec();
    order.shuffle(&mut random::stream(seed, "stages"));
    let mut turns = vec![0; classes];
    let mut drawn = vec![Vec::new(); scenario.phases()];
    for index in order {
        let class = usize::from(images.labels[index]);
        let shown = scenario.shown(class, classes);
        drawn[shown.start + turns[class] % shown.len()].push(index);
        turns[class] += 1;
    }
    match drawn.iter().position(Vec::is_empty) {
        None => Ok(drawn),
        Some(empty) => {
            let requirement = format!(
                "phase {} would have none of the {} training images; take more of them, or fewer phases",
                empty + 1,
                kept.len()
            );
            Err(Error::setting("scenario", scenario, requirement))
        }
    }
}

/// Each group's accuracy is a column, which has the group's name.
fn check_group_names(groups: &[(Group, Range<usize>)]) -> Result<()> {
    let names: Vec<&str> = groups.iter().map(|(group, _)| group.name.as_str()).collect();
    match error::first_repeated(&names) {
        None => Ok(()),
        Some(name) => {
            let requirement = "two groups of classes have this name, which is made of their classes' names; rename a class";
            Err(Error::setting("the name of a group", format!("{name:?}"), requirement))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SCENARIOS: [Scenario; 4] = [
        Scenario::ClassIncremental { phases: 2 },
        Scenario::NovelClass { class: 3 },
        Scenario::InputDrift { phases: 3, fraction: 0.25 },
        Scenario::ReversalLearning { pairs: 1 },
    ];

    fn task(scenario: Scenario) -> Task {
        Task::in_phases(&Dataset::synthetic(0), scenario, &TaskSettings::default()).unwrap()
    }

    /// The labels that a phase shows, sorted, without repetition.
    fn labels(task: &Task, phase: usize) -> Vec<u8> {
        let mut labels = task.train().labels[task.phases()[phase].examples.clone()].to_vec();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    #[test]
    fn every_image_belongs_to_one_stage() {
        let data = Dataset::synthetic(0);
        for scenario in SCENARIOS {
            let task = task(scenario);
            let mut end = 0;
            for phase in task.phases() {
                assert_eq!(phase.examples.start, end);
                end = phase.examples.end;
            }
            assert_eq!(end, data.train().len());
            // Whatever became of places and labels, the same amounts of ink were shown.
            let ink = |rows: Vec<f64>| {
                let mut rows = rows;
                rows.sort_by(f64::total_cmp);
                rows
            };
            let before = data.train().pixels.rows().into_iter();
            let before = ink(before.map(|row| row.iter().map(|p| f64::from(*p)).sum()).collect());
            let plain = Task::in_phases(&data, scenario, &unit()).unwrap();
            let after = plain.train().inputs.rows().into_iter();
            let after = ink(after
                .map(|row| (255.0 * row.iter().map(|x| f64::from(*x)).sum::<f64>()).round())
                .collect());
            assert_eq!(before, after, "{scenario}");
        }
    }

    fn unit() -> TaskSettings {
        TaskSettings { normalisation: crate::data::Normalisation::Unit, ..TaskSettings::default() }
    }

    #[test]
    fn stages_show_what_they_say() {
        let split = task(SCENARIOS[0]);
        assert_eq!((labels(&split, 0), labels(&split, 1)), (vec![0, 1], vec![2, 3]));
        assert_eq!(split.phases()[1].groups, [1]);
        let late = task(SCENARIOS[1]);
        assert_eq!((labels(&late, 0), labels(&late, 1)), (vec![0, 1, 2], vec![0, 1, 2, 3]));
        let late_images = late.train().labels.iter().filter(|&&label| label == 3).count();
        assert_eq!(late_images, 150);
        assert_eq!(late.phases()[1].groups, [0, 1]);
        let names = |task: &Task| -> Vec<String> {
            task.groups().iter().map(|group| group.name.clone()).collect()
        };
        assert_eq!(names(&late), ["others", "late"]);
        assert_eq!(names(&task(SCENARIOS[2])), ["phase_1", "phase_2", "phase_3"]);
        assert_eq!(names(&task(SCENARIOS[3])), ["kept", "switched_before", "switched_after"]);
    }

    #[test]
    fn validation_examples_are_of_the_same_groups_and_of_no_stage() {
        let settings = TaskSettings { validation_fraction: 0.2, ..TaskSettings::default() };
        for scenario in SCENARIOS {
            let task = Task::in_phases(&Dataset::synthetic(0), scenario, &settings).unwrap();
            let shown: usize = task.phases().iter().map(|phase| phase.examples.len()).sum();
            let validation = task.validation().unwrap();
            assert_eq!(shown + validation.len(), 600, "{scenario}");
            for group in task.groups() {
                let own = group.validation.as_ref().unwrap();
                let kinds = |labels: &[u8]| labels.iter().copied().collect::<BTreeSet<u8>>();
                assert_eq!(kinds(&own.labels), kinds(&group.test.labels), "{}", group.name);
            }
        }
        assert!(task(SCENARIOS[0]).groups().iter().all(|group| group.validation.is_none()));
        // One image: some group has none.
        let settings = TaskSettings { validation_fraction: 1.0 / 600.0, ..settings };
        let told = Task::in_phases(&Dataset::synthetic(0), SCENARIOS[0], &settings).unwrap_err();
        assert!(told.to_string().contains("no validation images"), "{told}");
    }

    #[test]
    fn pixels_drift_further_and_further_and_labels_are_exchanged() {
        let orders = SCENARIOS[2].orders(36, 0);
        let moved = |order: &[usize]| order.iter().enumerate().filter(|(i, p)| i != *p).count();
        assert_eq!((moved(&orders[0]), moved(&orders[1])), (0, 9));
        assert!(moved(&orders[2]) > 9);
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..36).collect::<Vec<usize>>());
        }
        let switch = task(SCENARIOS[3]);
        let [before, after] = [1, 2].map(|group: usize| switch.groups()[group].test.clone());
        assert_eq!(before.inputs, after.inputs);
        assert!(before.labels.iter().zip(&after.labels).all(|(a, b)| a ^ 1 == *b));
        assert_eq!(switch.test().labels.len(), 200);
        assert_eq!(
            Scenario::ReversalLearning { pairs: 1 }
                .label(Scenario::ReversalLearning { pairs: 1 }.label(1, 1), 1),
            1
        );
    }

    #[test]
    fn impossible_worlds_are_refused() {
        let told = |scenario: Scenario| {
            let made = Task::in_phases(&Dataset::synthetic(0), scenario, &TaskSettings::default());
            made.unwrap_err().to_string()
        };
        assert!(told(Scenario::ClassIncremental { phases: 5 }).contains("from 2 to 4"));
        assert!(told(Scenario::NovelClass { class: 4 }).contains("from 0 to 3"));
        assert!(told(Scenario::ReversalLearning { pairs: 3 }).contains("from 1 to 2"));
        assert!(told(Scenario::InputDrift { phases: 1, fraction: 0.1 }).contains("at least 2"));
        assert!(told(Scenario::InputDrift { phases: 2, fraction: 1.5 }).contains("at most 1"));
        assert!(told(Scenario::InputDrift { phases: 601, fraction: 0.1 }).contains("600"));
    }
}

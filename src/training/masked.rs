//! Accuracy on some classes, with their own output units alone.

use std::collections::BTreeSet;

use ndarray::ArrayView1;
use polars::prelude::{Column, DataFrame};

use super::Trajectory;
use crate::error::{Error, Result};
use crate::network::{Inputs, Network, Scratch};

/// Examples answered at a time.
const CHUNK: usize = 500;

impl Trajectory {
    /// The accuracy on the test examples of these classes (counted from 0) at every checkpoint:
    /// `step`, `accuracy` with all output units, and `accuracy_among` with those of these classes
    /// alone (a masked read-out).
    ///
    /// A network with one read-out for all classes that learns some classes after others soon
    /// predicts only the later ones. If `accuracy_among` the earlier classes stays high where
    /// `accuracy` on them falls, what was forgotten is which classes there are, and not what
    /// distinguishes the earlier ones. van de Ven & Tolias 2019, arXiv 1904.07734, call the first
    /// class-incremental, the second task-incremental learning.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let scenario = Scenario::ClassIncremental { phases: 2 };
    /// let task = Task::in_phases(&Dataset::synthetic(0), scenario, &TaskSettings::default())?;
    /// let trajectory = train(&Experiment::new(&task).batch_size(10).checkpoints(Checkpoints::Count(5)))?;
    /// let first = trajectory.accuracy_among(&[0, 1])?;
    /// let end = |name: &str| first.column(name).unwrap().f64().unwrap().get(4).unwrap();
    /// assert!(end("accuracy_among") > end("accuracy"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for fewer than two classes, a class that the task does not have, or one
    /// that is given twice; [`Error::Samples`] if no class is asked for, or no test example is of
    /// these.
    pub fn accuracy_among(&self, classes: &[usize]) -> Result<DataFrame> {
        let task = &self.experiment.task;
        check(classes, task.outputs())?;
        if !task.test().has_classes() {
            return Err(Error::Samples(format!("{} asks for no class", task.name())));
        }
        let labels = task.test().labels.iter().enumerate();
        let own = labels.filter(|(_, label)| classes.contains(&usize::from(**label)));
        let rows: Vec<u32> = own.map(|(row, _)| row as u32).collect();
        if rows.is_empty() {
            return Err(Error::Samples(format!(
                "no test example of {} is of these classes",
                task.name()
            )));
        }
        let all: Vec<usize> = (0..task.outputs()).collect();
        let of = |among: &[usize]| -> Vec<f64> {
            self.snapshots.iter().map(|one| self.right(&one.network, &rows, among)).collect()
        };
        let steps: Vec<u32> = self.snapshots.iter().map(|one| one.step as u32).collect();
        let columns = vec![
            Column::new("step".into(), steps),
            Column::new("accuracy".into(), of(&all)),
            Column::new("accuracy_among".into(), of(classes)),
        ];
        Ok(DataFrame::new(self.snapshots.len(), columns)?)
    }

    /// The share of these test examples whose largest answer among these classes is at the label.
    fn right(&self, network: &Network, rows: &[u32], among: &[usize]) -> f64 {
        let examples = self.experiment.task.test();
        let mut scratch = Scratch::default();
        let mut right = 0;
        for some in rows.chunks(CHUNK) {
            let answers = self.answers(network, Inputs::select(examples, some, &mut scratch));
            let pairs = answers.rows().into_iter().zip(some);
            right += pairs
                .filter(|(answer, row)| {
                    largest(answer.view(), among) == Some(examples.labels[**row as usize].into())
                })
                .count();
        }
        right as f64 / rows.len() as f64
    }
}

/// The lowest class of the largest answer among these; none where they are not numbers.
fn largest(answer: ArrayView1<'_, f32>, among: &[usize]) -> Option<usize> {
    let most = among.iter().fold(f32::NEG_INFINITY, |most, &class| most.max(answer[class]));
    among.iter().copied().filter(|&class| answer[class] == most).min()
}

fn check(classes: &[usize], count: usize) -> Result<()> {
    let refused =
        |value: String, requirement: String| Err(Error::setting("classes", value, requirement));
    if classes.len() < 2 {
        let requirement = "one class alone is always right; name at least two".to_owned();
        return refused(format!("{classes:?}"), requirement);
    }
    if let Some(class) = classes.iter().find(|class| **class >= count) {
        let requirement = format!("the task has the classes 0 to {}", count - 1);
        return refused(format!("{classes:?} with {class}"), requirement);
    }
    let mut known = BTreeSet::new();
    match classes.iter().find(|class| !known.insert(**class)) {
        None => Ok(()),
        Some(class) => refused(format!("{classes:?}"), format!("it has {class} twice")),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::data::{Dataset, Scenario, Task, TaskSettings};
    use crate::training::{Checkpoints, Experiment, train};

    #[test]
    fn the_largest_answer_among_some() {
        let answer = array![0.9_f32, 0.1, 0.3, 0.3];
        assert_eq!(largest(answer.view(), &[0, 1, 2, 3]), Some(0));
        assert_eq!(largest(answer.view(), &[3, 1, 2]), Some(2));
        assert_eq!(largest(array![f32::NAN, f32::NAN].view(), &[0, 1]), None);
    }

    #[test]
    fn old_classes_are_forgotten_by_the_read_out_of_all_and_not_among_themselves() {
        let scenario = Scenario::ClassIncremental { phases: 2 };
        let task =
            Task::in_phases(&Dataset::synthetic(0), scenario, &TaskSettings::default()).unwrap();
        let experiment = Experiment::new(&task).batch_size(10).learning_rate(0.1).epochs(4);
        let trajectory = train(&experiment.checkpoints(Checkpoints::Count(5))).unwrap();
        let table = trajectory.accuracy_among(&[1, 0]).unwrap();
        let values = |name: &str| -> Vec<f64> {
            table.column(name).unwrap().f64().unwrap().iter().flatten().collect()
        };
        // With all classes it is what the history has of this group.
        let history = trajectory.history().unwrap();
        let known = history.column("accuracy_on_0_to_1").unwrap().f64().unwrap().clone();
        assert!(
            values("accuracy")
                .iter()
                .zip(known.iter().flatten())
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        assert!(values("accuracy")[4] < 0.2, "{table}");
        assert!(values("accuracy_among")[4] > 0.8, "{table}");
        let all = trajectory.accuracy_among(&[0, 1, 2, 3]).unwrap();
        assert_eq!(
            all.column("accuracy").unwrap().f64().unwrap().get(4),
            Some(trajectory.test.accuracy)
        );
        assert!(
            all.column("accuracy").unwrap().equals(
                &all.column("accuracy_among").unwrap().clone().with_name("accuracy".into())
            )
        );
        let told = |classes: &[usize]| trajectory.accuracy_among(classes).unwrap_err().to_string();
        assert!(told(&[]).contains("at least two") && told(&[1]).contains("at least two"));
        assert!(told(&[0, 4]).contains("the classes 0 to 3"));
        assert!(told(&[0, 1, 0]).contains("0 twice"));
    }
}

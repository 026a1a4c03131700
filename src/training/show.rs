//! Experiments, designs, studies and trajectories as tables.

use std::collections::BTreeSet;

use super::{
    Calibration, Checkpoints, ConstrainedLayers, Constraint, Design, Experiment, Method, Optimizer,
    Outcome, Score, Seeds, Snapshot, Study, Trajectory, UpdateNoise,
};
use crate::display::{
    Blocks, EvcxrDisplay, Grid, Side, aligned, count, show, show_as_settings, show_as_text,
    sparkline,
};
use crate::network::Bias;

impl EvcxrDisplay for Experiment {
    fn evcxr_blocks(&self) -> Blocks {
        let about = self.rule.about();
        let own = if self.learning_rate.is_none() { ", the rule's own" } else { "" };
        Grid::facts("experiment")
            .fact("rule", format!("{}: {}", about.name, about.equation))
            .fact("task", self.task.to_string())
            .fact("network", self.architecture.name(&self.task))
            .fact("initial weights", self.architecture.initialiser.to_string())
            .fact("optimizer", self.optimizer.to_string())
            .fact("learning rate", format!("{}{own}", self.effective_learning_rate()))
            .fact("batch size", self.batch_size.to_string())
            .fact("epochs", format!("{}, {}", self.epochs, count(self.steps(), "update")))
            .fact("seeds", format!("{} (model), {} (data)", self.seeds.model, self.seeds.data))
            .fact("checkpoints", self.checkpoints.words())
            .blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

impl Checkpoints {
    fn words(&self) -> String {
        match self {
            Self::Count(count) => format!("{count}, evenly spread"),
            Self::At(steps) => format!("before the first update, after the last, after {steps:?}"),
        }
    }
}

impl EvcxrDisplay for Checkpoints {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("checkpoints: {}", self.words()))
    }
}

impl EvcxrDisplay for Design {
    fn evcxr_blocks(&self) -> Blocks {
        let hidden = self.architecture.hidden_in_words();
        let rate = self.learning_rate.map_or("each rule's own".into(), |rate| {
            format!("{rate}, or a rule's own if that is smaller")
        });
        let bias = if self.architecture.bias == Bias::None { "none" } else { "yes" };
        let rules: Vec<String> = self.rules().iter().map(|rule| rule.about().name).collect();
        Grid::facts(format!("design {}", self.name))
            .fact("rules", rules.join(", "))
            .fact("hidden units", format!("{hidden}, {}", self.architecture.activation))
            .fact("biases", bias)
            .fact("initial weights", self.architecture.initialiser.to_string())
            .fact("feedback weights", format!("{:?}", self.feedback))
            .fact("inputs", format!("{:?}", self.normalisation))
            .fact("objective", self.objective.to_string())
            .fact("batch size", self.batch_size.to_string())
            .fact("learning rate", rate)
            .fact("epochs", self.epochs.to_string())
            .blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }
}

/// Values of a setting that are named; the rest are counted.
const NAMED: usize = 8;

impl EvcxrDisplay for Study {
    fn evcxr_blocks(&self) -> Blocks {
        let values = self.values();
        let (varied, shared): (Vec<_>, Vec<_>) =
            values.iter().partition(|(_, values)| values.len() > 1);
        let grid = Grid::new(format!("study of {}", count(self.experiments.len(), "network")))
            .column("setting", Side::Head)
            .column("values", Side::Right)
            .column("", Side::Left);
        varied
            .into_iter()
            .chain(shared)
            .fold(grid, |grid, (name, values)| {
                grid.row([name.clone(), values.len().to_string(), listed(values)])
            })
            .blocks()
    }
}

impl Study {
    /// The settings of all experiments, each with its different values in the order in which they
    /// come.
    fn values(&self) -> Vec<(String, Vec<String>)> {
        let mut settings: Vec<(String, Vec<String>)> = Vec::new();
        let mut seen: BTreeSet<(usize, String)> = BTreeSet::new();
        for experiment in &self.experiments {
            for (place, (name, value)) in experiment.settings().into_iter().enumerate() {
                if settings.len() <= place {
                    settings.push((name.to_owned(), Vec::new()));
                }
                if seen.insert((place, value.clone())) {
                    settings[place].1.push(value);
                }
            }
        }
        settings
    }
}

impl Experiment {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rule", self.rule.about().name),
            ("learning rate", self.effective_learning_rate().to_string()),
            ("model seed", self.seeds.model.to_string()),
            ("data seed", self.seeds.data.to_string()),
            ("network", self.architecture.name(&self.task)),
            ("initial weights", self.architecture.initialiser.to_string()),
            ("task", self.task.name().to_owned()),
            ("optimizer", self.optimizer.to_string()),
            ("batch size", self.batch_size.to_string()),
            ("epochs", self.epochs.to_string()),
        ]
    }
}

fn listed(values: &[String]) -> String {
    if values.len() <= NAMED {
        return values.join(", ");
    }
    format!("{}, … {}", values[..NAMED - 1].join(", "), values[values.len() - 1])
}

impl EvcxrDisplay for Trajectory {
    fn evcxr_blocks(&self) -> Blocks {
        let has_classes = self.experiment.task.test().has_classes();
        let (what, of): (&str, fn(&Snapshot) -> f64) = match has_classes {
            true => ("accuracy", |one| one.test.accuracy),
            false => ("loss", |one| one.test.loss),
        };
        let course: Vec<f64> = self.snapshots.iter().map(of).collect();
        let test = match self.test.accuracy_if_any() {
            Some(accuracy) => format!("accuracy {:.2} %", 100.0 * accuracy),
            None => self.test.to_string(),
        };
        let moved: Vec<String> = self.snapshots[self.snapshots.len() - 1]
            .weight_change
            .iter()
            .map(|change| format!("{:.1} %", 100.0 * change))
            .collect();
        let caption = format!(
            "{} on {}: {}, test {test}\n{what} {}",
            self.experiment.rule.about().name,
            self.experiment.task.name(),
            self.outcome,
            sparkline(&course)
        );
        let grid = snapshots(caption, &self.snapshots)
            .note(format!("Weights moved by {} of their norm.", moved.join(" and ")))
            .note(self.experiment.to_string());
        if self.settled < 1.0 {
            let share = 100.0 * self.settled;
            return grid.note(format!("States settled in {share:.1} % of the steps.")).blocks();
        }
        grid.blocks()
    }

    fn evcxr_item(&self) -> String {
        let rule = self.experiment.rule.about().name;
        match self.test.accuracy_if_any() {
            Some(accuracy) => {
                format!("{rule}, {}, test accuracy {:.2} %", self.outcome, 100.0 * accuracy)
            }
            None => format!("{rule}, {}, test {}", self.outcome, self.test),
        }
    }
}

/// A row per checkpoint: scores, and how far each layer's weights have moved.
fn snapshots(caption: String, snapshots: &[Snapshot]) -> Grid {
    let depth = snapshots.first().map_or(0, |first| first.weight_change.len());
    let has_accuracy = snapshots.iter().any(|one| one.test.accuracy_if_any().is_some());
    let mut names: Vec<String> = match has_accuracy {
        true => ["step", "loss", "accuracy", "test accuracy"].map(str::to_owned).to_vec(),
        false => ["step", "loss", "test loss"].map(str::to_owned).to_vec(),
    };
    names.extend((1..=depth).map(|layer| format!("moved, layer {layer}")));
    let numbers = |value: &dyn Fn(&Snapshot) -> f64| {
        aligned(&snapshots.iter().map(value).collect::<Vec<f64>>())
    };
    let mut columns = vec![
        snapshots.iter().map(|one| one.step.to_string()).collect::<Vec<String>>(),
        numbers(&|one| one.train.loss),
    ];
    match has_accuracy {
        true => {
            columns.extend([numbers(&|one| one.train.accuracy), numbers(&|one| one.test.accuracy)])
        }
        false => columns.push(numbers(&|one| one.test.loss)),
    }
    columns.extend((0..depth).map(|layer| numbers(&|one| one.weight_change[layer])));
    let grid =
        names.into_iter().fold(Grid::new(caption), |grid, name| grid.column(name, Side::Right));
    (0..snapshots.len())
        .fold(grid, |grid, row| grid.row(columns.iter().map(|column| column[row].clone())))
        .folded()
}

impl EvcxrDisplay for Snapshot {
    fn evcxr_blocks(&self) -> Blocks {
        let network = self.network.evcxr_item();
        snapshots(format!("step {}: {network}", self.step), std::slice::from_ref(self)).blocks()
    }

    fn evcxr_item(&self) -> String {
        format!("step {}, test {}", self.step, self.test)
    }
}

show!(Experiment, Checkpoints, Design, Study, Trajectory, Snapshot);
show_as_text!(Calibration, Optimizer, Outcome, Score);
show_as_settings!(ConstrainedLayers, Constraint, Method, Seeds, UpdateNoise);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::network::Architecture;

    fn experiment() -> Experiment {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        Experiment::new(&task)
            .architecture(Architecture::hidden(&[8]))
            .batch_size(20)
            .checkpoints(Checkpoints::Count(25))
    }

    #[test]
    fn a_study_says_first_what_is_varied() {
        let study = Study::of(experiment()).rules(&Design::microlearners().rules()).seeds(30);
        let text = study.evcxr_blocks().plain().to_owned();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "study of 180 networks");
        assert!(lines[2].starts_with("rule                  6  no_training, backprop, "), "{text}");
        assert!(lines[4].ends_with("30  0, 1, 2, 3, 4, 5, 6, … 29"), "{text}");
        assert!(text.contains("36-8-4 sigmoid"), "{text}");
    }

    #[test]
    fn a_trajectory_shows_its_course() {
        let trajectory = super::super::train(&experiment()).unwrap();
        let text = trajectory.evcxr_blocks().plain().to_owned();
        assert!(text.starts_with("backprop on synthetic: finished, test accuracy"), "{text}");
        assert!(
            text.contains("moved, layer 2") && text.contains('…') && text.contains('█'),
            "{text}"
        );
        assert!(trajectory.evcxr_blocks().html().unwrap().contains("<br>accuracy"));
        let task = Task::teacher_student(&crate::data::TeacherSettings::default()).unwrap();
        let trajectory = super::super::train(&Experiment { task, ..experiment() }).unwrap();
        let text = trajectory.evcxr_blocks().plain().to_owned();
        assert!(text.contains("test loss ") && !text.contains("NaN"), "{text}");
    }

    #[test]
    fn designs_and_experiments_are_tables() {
        let text = Design::microlearners().evcxr_blocks().plain().to_owned();
        assert!(
            text.starts_with("design microlearners\nrules             no_training, backprop,"),
            "{text}"
        );
        assert!(
            text.contains("learning rate     0.01, or a rule's own if that is smaller"),
            "{text}"
        );
        let text = experiment().evcxr_blocks().plain().to_owned();
        assert!(text.contains("learning rate    0.1, the rule's own\n"), "{text}");
        assert!(text.contains("epochs           3, 90 updates\n"), "{text}");
    }
}

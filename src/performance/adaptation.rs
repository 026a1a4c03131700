//! How does a network cope with a task that changes?

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, Expr, IdxCa, IdxSize, IntoLazy, col};
use serde::{Deserialize, Serialize};

use super::learning_quality::keys;
use crate::data::Task;
use crate::error::{self, Error, Result, check_column, shown};
use crate::observables::Networks;
use crate::observables::columns::{accuracies, accuracies_if_any, texts, whole_numbers};

/// What is asked of networks that learned a task [in phases](Task::in_phases). A checkpoint stands
/// for the updates since the one before it; what a network that diverged did not live to see counts
/// as chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptation {
    /// The accuracy on what is new in a phase that counts as having adapted to it, above 0 and at
    /// most 1; default 0.8.
    pub threshold: f64,
}

impl Default for Adaptation {
    fn default() -> Self {
        Self { threshold: 0.8 }
    }
}

impl Adaptation {
    /// One row per network of a table of [histories](crate::observables::Records::histories) of
    /// this task, with its keys and
    ///
    /// - `mean_current_accuracy`: on the task as it is at each time, the mean over updates
    /// - `mean_validation_accuracy`: the same on validation examples, by which a learning rate can
    ///   be [chosen](super::best_learning_rates_by); null for a task without
    /// - `diverged`: whether its history ends before the last phase does
    /// - `dynamic_regret`: how far the network's accuracy on the current phase lies below a
    ///   comparator, the mean over the updates **after the first phase**, so that learning from
    ///   scratch is not in it. The comparator changes with the task and is chosen with hindsight:
    ///   in each phase it is the best `current_accuracy` (on the test examples of that phase) that
    ///   any network of the table with the same initialisation (`model_seed`) has at any of its
    ///   checkpoints within that phase. So it depends on which rules, hyperparameters and
    ///   checkpoints are in the table. Zinkevich 2003; Besbes, Gur & Zeevi 2015, doi
    ///   10.1287/opre.2015.1408
    /// - `dynamic_regret_from_start`: the same over all updates; where a phase is long, most of it
    ///   is learning the first phase from scratch
    /// - `forgetting`: the mean over [groups](Self::groups) that have one
    /// - `final_accuracy`: after the last update, on the test examples of all classes as the last
    ///   phase has them; null where the table has none
    ///
    /// # Errors
    /// [`Error::Setting`] for a threshold out of range; [`Error::UnknownName`] if a column is
    /// missing; [`Error::Table`] for a task that stays as it is, histories of another task, an
    /// accuracy that is missing, networks that have the same number (see
    /// [`stack`](crate::observables::stack)), and checkpoints that are there twice or missing.
    pub fn of(&self, task: &Task, histories: &DataFrame) -> Result<DataFrame> {
        let runs = self.runs(task, histories)?;
        let best = comparators(&runs, task.phases().len());
        let regret = |run: &Run, point: &Point| best[&(run.start, point.phase)] - point.current;
        let number = |name: &str, of: &dyn Fn(&Run) -> Option<f64>| {
            Column::new(name.into(), runs.iter().map(of).collect::<Vec<Option<f64>>>())
        };
        let columns = [
            number("mean_current_accuracy", &|run| Some(run.mean(&|point| point.current))),
            number("mean_validation_accuracy", &Run::mean_validation),
            Column::new("diverged".into(), runs.iter().map(|run| run.diverged).collect::<Vec<_>>()),
            number("dynamic_regret", &|run| run.mean_after_the_first_stage(&|p| regret(run, p))),
            number("dynamic_regret_from_start", &|run| Some(run.mean(&|p| regret(run, p)))),
            number("forgetting", &|run| mean(run.forgetting(task).into_iter().flatten())),
            number("final_accuracy", &|run| run.end().test),
        ];
        let mut table = first_rows(histories)?;
        for column in columns {
            table.with_column(column)?;
        }
        Ok(table)
    }

    /// One row per network and phase: `phase` (from 1), `mean_accuracy` on its task while it
    /// lasted, `last_accuracy` at its end, `updates_to_threshold` and `examples_to_threshold`:
    /// updates since it began, and examples, up to the first checkpoint at which the accuracy on
    /// what is new in it (in the first phase, everything) reaches the threshold; null for a network
    /// that never does.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn phases(&self, task: &Task, histories: &DataFrame) -> Result<DataFrame> {
        let runs = self.runs(task, histories)?;
        let phases = task.phases().len();
        let places = (0..runs.len()).flat_map(|run| (0..phases).map(move |phase| (run, phase)));
        let places: Vec<(usize, usize)> = places.collect();
        let number = |name: &str, of: &dyn Fn(&Run, usize) -> Option<f64>| {
            let values = places.iter().map(|&(run, phase)| of(&runs[run], phase));
            Column::new(name.into(), values.collect::<Vec<Option<f64>>>())
        };
        let reached = |run: &Run, phase: usize| run.reached(task, phase, self.threshold);
        let columns = [
            Column::new("phase".into(), places.iter().map(|p| p.1 as u32 + 1).collect::<Vec<_>>()),
            number("mean_accuracy", &|run, phase| {
                mean_weighted(run.points.iter().filter(|point| point.phase == phase))
            }),
            number("last_accuracy", &|run, phase| {
                Some(run.points.iter().rfind(|point| point.phase == phase)?.current)
            }),
            number("updates_to_threshold", &reached),
            number("examples_to_threshold", &|run, phase| {
                Some(reached(run, phase)? * run.batch_size)
            }),
        ];
        repeated(histories, &places.iter().map(|place| place.0).collect::<Vec<_>>(), columns)
    }

    /// One row per network and group of test examples: `group`, `best_accuracy` up to the end of
    /// the last phase that has it, `final_accuracy`, and their difference, `forgetting` (Chaudhry
    /// et al. 2018, arXiv 1801.10532); null for groups of the last phase, which there was no time
    /// to forget.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn groups(&self, task: &Task, histories: &DataFrame) -> Result<DataFrame> {
        let runs = self.runs(task, histories)?;
        let groups = task.groups().len();
        let places: Vec<(usize, usize)> =
            (0..runs.len()).flat_map(|run| (0..groups).map(move |group| (run, group))).collect();
        let number = |name: &str, of: &dyn Fn(&Run, usize) -> Option<f64>| {
            let values = places.iter().map(|&(run, group)| of(&runs[run], group));
            Column::new(name.into(), values.collect::<Vec<Option<f64>>>())
        };
        let names = places.iter().map(|place| task.groups()[place.1].name.as_str());
        let columns = [
            Column::new("group".into(), names.collect::<Vec<&str>>()),
            number("best_accuracy", &|run, group| Some(run.best(task, group))),
            number("final_accuracy", &|run, group| Some(run.end().groups[group])),
            number("forgetting", &|run, group| run.forgetting(task)[group]),
        ];
        repeated(histories, &places.iter().map(|place| place.0).collect::<Vec<_>>(), columns)
    }

    fn runs(&self, task: &Task, histories: &DataFrame) -> Result<Vec<Run>> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            let requirement = "an accuracy must be above 0 and at most 1";
            return Err(Error::setting("threshold", self.threshold, requirement));
        }
        if task.phases().is_empty() {
            return Err(Error::Table(format!(
                "the task {} stays the same; make a task by Task::in_phases",
                task.name()
            )));
        }
        runs(task, histories)
    }
}

/// A network at one checkpoint.
#[derive(Clone)]
struct Point {
    step: f64,
    /// Updates since the checkpoint before.
    updates: f64,
    /// From 0.
    phase: usize,
    current: f64,
    validation: Option<f64>,
    test: Option<f64>,
    groups: Vec<f64>,
}

/// What one network did, in the order of time; the first point is before learning.
struct Run {
    start: u64,
    batch_size: f64,
    diverged: bool,
    /// The updates of the first phase.
    first_stage: f64,
    points: Vec<Point>,
}

impl Run {
    /// No network learns longer than was planned.
    fn check(&self, number: u64, task: &Task, epochs: usize) -> Result<()> {
        let planned: usize = task.updates(epochs, self.batch_size as usize).into_iter().sum();
        let (last, count) = (self.end().step, self.points.len());
        if last <= planned as f64 {
            return Ok(());
        }
        Err(Error::Table(format!(
            "run {number} has {count} checkpoints up to step {last}, and the task has {planned} updates in {epochs} epochs of batches of {}; give the task by \
             which it was trained",
            self.batch_size
        )))
    }

    fn end(&self) -> &Point {
        self.points.last().expect("a network has a row")
    }

    fn mean(&self, of: &dyn Fn(&Point) -> f64) -> f64 {
        let all: f64 = self.points.iter().map(|point| point.updates).sum();
        self.points.iter().map(|point| point.updates * of(point)).sum::<f64>() / all
    }

    /// Over the updates since the first change; of those that a checkpoint stands for, the ones
    /// after it.
    fn mean_after_the_first_stage(&self, of: &dyn Fn(&Point) -> f64) -> Option<f64> {
        let after = |point: &Point| point.updates.min(point.step - self.first_stage).max(0.0);
        let later = self.points.iter().filter(|point| point.phase > 0);
        let (sum, updates) = later.fold((0.0, 0.0), |(sum, updates), point| {
            (sum + after(point) * of(point), updates + after(point))
        });
        (updates > 0.0).then(|| sum / updates)
    }

    /// None if there were no validation examples.
    fn mean_validation(&self) -> Option<f64> {
        let is_known = self.points.iter().all(|point| point.validation.is_some());
        is_known.then(|| self.mean(&|point| point.validation.unwrap_or_default()))
    }

    /// Updates from the beginning of a phase until what is new in it is known.
    fn reached(&self, task: &Task, phase: usize, threshold: f64) -> Option<f64> {
        let before = phase.checked_sub(1).map_or(&[][..], |before| &task.phases()[before].groups);
        let own = task.phases()[phase].groups.iter();
        let new: Vec<usize> = own.copied().filter(|group| !before.contains(group)).collect();
        let count = |group: &usize| task.groups()[*group].test.len() as f64;
        let all: f64 = new.iter().map(count).sum();
        let of = |point: &Point| {
            new.iter().map(|group| point.groups[*group] * count(group)).sum::<f64>() / all
        };
        let begun = self.points.iter().rfind(|point| point.phase < phase).map_or(0.0, |p| p.step);
        let mut within = self.points.iter().filter(|point| point.phase == phase);
        Some(within.find(|point| of(point) >= threshold)?.step - begun)
    }

    /// Before the last phase that has the group is over.
    fn best(&self, task: &Task, group: usize) -> f64 {
        let last = last_stage(task, group);
        let seen = self.points.iter().filter(|point| point.phase <= last);
        seen.map(|point| point.groups[group]).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Of each group that an earlier phase has and the last one has not, or has had before.
    fn forgetting(&self, task: &Task) -> Vec<Option<f64>> {
        let end = task.phases().len() - 1;
        let of = |group: usize| {
            let is_old = task.phases()[..end].iter().any(|phase| phase.groups.contains(&group));
            is_old.then(|| self.best(task, group) - self.end().groups[group])
        };
        (0..task.groups().len()).map(of).collect()
    }
}

fn last_stage(task: &Task, group: usize) -> usize {
    let mut phases = task.phases().iter();
    phases.rposition(|phase| phase.groups.contains(&group)).unwrap_or_default()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Of the accuracy on the current phase, over updates.
fn mean_weighted<'a>(points: impl Iterator<Item = &'a Point>) -> Option<f64> {
    let (sum, updates) = points.fold((0.0, 0.0), |(sum, updates), point| {
        (sum + point.updates * point.current, updates + point.updates)
    });
    (updates > 0.0).then(|| sum / updates)
}

/// The best accuracy on a phase of any network of an initialisation.
fn comparators(runs: &[Run], phases: usize) -> BTreeMap<(u64, usize), f64> {
    let mut best = BTreeMap::new();
    for run in runs {
        (0..phases).for_each(|phase| {
            best.entry((run.start, phase)).or_insert(f64::NEG_INFINITY);
        });
        for point in &run.points {
            let known = best.entry((run.start, point.phase)).or_insert(f64::NEG_INFINITY);
            *known = known.max(point.current);
        }
    }
    best
}

/// What the rows of histories say.
struct Columns {
    steps: Vec<u64>,
    phases: Vec<u64>,
    current: Vec<f64>,
    validation: Vec<Option<f64>>,
    test: Vec<Option<f64>>,
    groups: Vec<Vec<f64>>,
}

impl Columns {
    fn of(task: &Task, histories: &DataFrame) -> Result<Self> {
        let of_group = |name: &str| accuracies(histories, &format!("accuracy_on_{name}"));
        let validation = match histories.column("current_validation_accuracy") {
            Ok(_) => accuracies_if_any(histories, "current_validation_accuracy")?,
            Err(_) => vec![None; histories.height()],
        };
        let columns = Self {
            steps: whole_numbers(histories, "step")?,
            phases: whole_numbers(histories, "phase")?,
            current: accuracies(histories, "current_accuracy")?,
            validation,
            test: accuracies_if_any(histories, "test_accuracy")?,
            groups: task.groups().iter().map(|one| of_group(&one.name)).collect::<Result<_>>()?,
        };
        columns.check_stages(task.phases().len() as u64)?;
        Ok(columns)
    }

    fn check_stages(&self, count: u64) -> Result<()> {
        match self.phases.iter().find(|phase| !(1..=count).contains(*phase)) {
            None => Ok(()),
            Some(phase) => Err(Error::Table(format!(
                "the histories have phase {phase}, and the task has phases 1 to {count}; give the task by which they were trained"
            ))),
        }
    }

    /// Of the networks at these rows, in the order of time.
    fn points(&self, rows: &[usize]) -> Vec<Point> {
        let mut before = 0;
        let mut point = |&row: &usize| {
            let updates = self.steps[row] - before;
            before = self.steps[row];
            Point {
                step: self.steps[row] as f64,
                updates: updates as f64,
                phase: self.phases[row] as usize - 1,
                current: self.current[row],
                validation: self.validation[row],
                test: self.test[row],
                groups: self.groups.iter().map(|group| group[row]).collect(),
            }
        };
        rows.iter().map(&mut point).collect()
    }
}

/// The networks in the order of the table.
fn runs(task: &Task, histories: &DataFrame) -> Result<Vec<Run>> {
    check_column(histories, "run")?;
    let networks = Networks::of(histories)?.in_time(histories)?;
    check_task(task, histories)?;
    let columns = Columns::of(task, histories)?;
    let (sizes, seeds) =
        (whole_numbers(histories, "batch_size")?, whole_numbers(histories, "model_seed")?);
    let epochs = whole_numbers(histories, "epochs")?;
    let run = |(number, rows): &(u64, Vec<usize>)| -> Result<Run> {
        let (size, epochs) = (sizes[rows[0]], epochs[rows[0]]);
        error::check_count("batch_size", size as usize)?;
        error::check_count("epochs", epochs as usize)?;
        let points = columns.points(rows);
        let run = Run {
            start: seeds[rows[0]],
            batch_size: size as f64,
            diverged: false,
            first_stage: 0.0,
            points,
        };
        run.check(*number, task, epochs as usize)?;
        Ok(to_the_end(run, task, epochs as usize))
    };
    networks.rows.iter().map(run).collect()
}

/// The histories are of this task, if they say of which.
fn check_task(task: &Task, histories: &DataFrame) -> Result<()> {
    if histories.column("task").is_err() {
        return Ok(());
    }
    match texts(histories, "task")?.iter().find(|name| *name != task.name()) {
        None => Ok(()),
        Some(other) => Err(Error::Table(format!(
            "the histories are of the task {}, and they are to be judged by {}; filter them to the networks of one task, and give that",
            shown(other),
            task.name()
        ))),
    }
}

/// With chance accuracy for every phase that a network that diverged did not live to see the end
/// of.
fn to_the_end(mut run: Run, task: &Task, epochs: usize) -> Run {
    let chance = 1.0 / task.outputs() as f64;
    let mut end = 0.0;
    for (phase, updates) in task.updates(epochs, run.batch_size as usize).into_iter().enumerate() {
        end += updates as f64;
        if phase == 0 {
            run.first_stage = end;
        }
        let seen = run.end().step;
        if seen < end {
            run.diverged = true;
            run.points.push(Point {
                step: end,
                updates: end - seen,
                phase,
                current: chance,
                validation: run.end().validation.map(|_| chance),
                test: run.end().test.map(|_| chance),
                groups: vec![chance; task.groups().len()],
            });
        }
    }
    run
}

/// The keys of each network.
fn first_rows(histories: &DataFrame) -> Result<DataFrame> {
    let keys: Vec<Expr> = keys(histories).iter().map(|name| col(*name).first()).collect();
    Ok(histories.clone().lazy().group_by_stable([col("run")]).agg(keys).collect()?)
}

/// The keys of the networks at these places, and more columns.
fn repeated<const N: usize>(
    histories: &DataFrame,
    places: &[usize],
    columns: [Column; N],
) -> Result<DataFrame> {
    let rows = places.iter().map(|place| *place as IdxSize).collect();
    let mut table = first_rows(histories)?.take(&IdxCa::from_vec("".into(), rows))?;
    for column in columns {
        table.with_column(column)?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::data::{Dataset, Scenario, TaskSettings};

    /// Of 300 images in each of two phases.
    fn task() -> Task {
        let scenario = Scenario::ClassIncremental { phases: 2 };
        Task::in_phases(&Dataset::synthetic(0), scenario, &TaskSettings::default()).unwrap()
    }

    /// One network that learns and forgets, and one that diverges in the first phase; 30 updates
    /// each, twice 15.
    fn histories() -> DataFrame {
        df!(
            "run" => [0_u32, 0, 0, 0, 1, 1],
            "rule" => ["a", "a", "a", "a", "b", "b"],
            "model_seed" => [7_u64; 6],
            "batch_size" => [20_u32; 6],
            "epochs" => [1_u32; 6],
            "step" => [0_u32, 15, 20, 30, 0, 5],
            "phase" => [1_u32, 1, 2, 2, 1, 1],
            "current_accuracy" => [0.25, 0.9, 0.4, 0.8, 0.25, 0.95],
            "test_accuracy" => [0.25, 0.45, 0.5, 0.55, 0.25, 0.5],
            // As stored studies have it.
            "current_validation_accuracy" => [0.25_f32, 0.75, 0.5, 0.625, 0.25, 0.875],
            "accuracy_on_0_to_1" => [0.25, 0.9, 0.6, 0.3, 0.25, 0.95],
            "accuracy_on_2_to_3" => [0.25, 0.0, 0.4, 0.8, 0.25, 0.0],
        )
        .unwrap()
    }

    fn values(table: &DataFrame, name: &str) -> Vec<Option<f64>> {
        table.column(name).unwrap().f64().unwrap().iter().collect()
    }

    fn close(found: &[Option<f64>], expected: &[Option<f64>]) -> bool {
        let same = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-12,
            (a, b) => a == b,
        };
        found.len() == expected.len() && found.iter().zip(expected).all(same)
    }

    #[test]
    fn networks_by_hand() {
        let table = Adaptation::default().of(&task(), &histories()).unwrap();
        let found = values(&table, "mean_current_accuracy");
        // The second guesses from update 5 on.
        let first = (15.0 * 0.9 + 5.0 * 0.4 + 10.0 * 0.8) / 30.0;
        let second = (5.0 * 0.95 + 25.0 * 0.25) / 30.0;
        assert!(close(&found, &[Some(first), Some(second)]), "{found:?}");
        let first_judged = (15.0 * 0.75 + 5.0 * 0.5 + 10.0 * 0.625) / 30.0;
        let second_judged = (5.0 * 0.875 + 25.0 * 0.25) / 30.0;
        let found = values(&table, "mean_validation_accuracy");
        assert!(close(&found, &[Some(first_judged), Some(second_judged)]), "{found:?}");
        let diverged: Vec<Option<bool>> =
            table.column("diverged").unwrap().bool().unwrap().iter().collect();
        assert_eq!(diverged, [Some(false), Some(true)]);
        let without = histories().drop("current_validation_accuracy").unwrap();
        let without = Adaptation::default().of(&task(), &without).unwrap();
        assert_eq!(values(&without, "mean_validation_accuracy"), [None, None]);
        // The comparator has 0.95, then 0.8.
        let best = (15.0 * 0.95 + 15.0 * 0.8) / 30.0;
        let found = values(&table, "dynamic_regret_from_start");
        assert!(close(&found, &[Some(best - first), Some(best - second)]), "{found:?}");
        // After the change: 0.8 less 0.4 for five updates, nothing for ten; and 0.8 less a guess.
        let found = values(&table, "dynamic_regret");
        assert!(close(&found, &[Some(5.0 * 0.4 / 15.0), Some(0.8 - 0.25)]), "{found:?}");
        let found = values(&table, "forgetting");
        assert!(close(&found, &[Some(0.9 - 0.3), Some(0.95 - 0.25)]), "{found:?}");
        assert!(close(&values(&table, "final_accuracy"), &[Some(0.55), Some(0.25)]));
    }

    /// A rule that learns the first phase slowly and one that learns it at once, which are equal
    /// from the change on.
    #[test]
    fn learning_the_first_phase_slowly_is_no_regret_after_the_change() {
        let slow_and_fast = df!(
            "run" => [0_u32, 0, 0, 0, 1, 1, 1, 1],
            "rule" => ["slow", "slow", "slow", "slow", "fast", "fast", "fast", "fast"],
            "model_seed" => [7_u64; 8],
            "batch_size" => [20_u32; 8],
            "epochs" => [1_u32; 8],
            "step" => [0_u32, 10, 20, 30, 0, 10, 20, 30],
            "phase" => [1_u32, 1, 2, 2, 1, 1, 2, 2],
            "current_accuracy" => [0.25, 0.3, 0.5, 0.9, 0.25, 1.0, 0.5, 0.9],
            "test_accuracy" => [0.25; 8],
            "accuracy_on_0_to_1" => [0.25; 8],
            "accuracy_on_2_to_3" => [0.25; 8],
        )
        .unwrap();
        let table = Adaptation::default().of(&task(), &slow_and_fast).unwrap();
        // The checkpoint at update 20 stands for ten updates, of which five are after the change at
        // 15.
        let found = values(&table, "dynamic_regret");
        let after = 5.0 * (0.9 - 0.5) / 15.0;
        assert!(close(&found, &[Some(after), Some(after)]), "{found:?}");
        let found = values(&table, "dynamic_regret_from_start");
        assert!(found[0].unwrap() > found[1].unwrap() + 0.2, "{found:?}");
    }

    #[test]
    fn stages_and_groups_by_hand() {
        let phases = Adaptation::default().phases(&task(), &histories()).unwrap();
        let found = values(&phases, "updates_to_threshold");
        assert!(close(&found, &[Some(15.0), Some(15.0), Some(5.0), None]), "{found:?}");
        let found = values(&phases, "examples_to_threshold");
        assert!(close(&found, &[Some(300.0), Some(300.0), Some(100.0), None]), "{found:?}");
        let found = values(&phases, "mean_accuracy");
        let diverged = (5.0 * 0.95 + 10.0 * 0.25) / 15.0;
        let second = (5.0 * 0.4 + 10.0 * 0.8) / 15.0;
        assert!(close(&found, &[Some(0.9), Some(second), Some(diverged), Some(0.25)]));
        let groups = Adaptation::default().groups(&task(), &histories()).unwrap();
        let found = values(&groups, "forgetting");
        assert!(close(&found, &[Some(0.6), None, Some(0.7), None]), "{found:?}");
        assert_eq!(groups.column("group").unwrap().str().unwrap().get(1), Some("2_to_3"));
        assert_eq!(groups.column("rule").unwrap().str().unwrap().get(2), Some("b"));
    }

    #[test]
    fn what_cannot_be_judged_is_told() {
        let still = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let told = Adaptation::default().of(&still, &histories()).unwrap_err().to_string();
        assert!(told.contains("Task::in_phases"), "{told}");
        let other = Column::new("phase".into(), vec![1_u32; 6]);
        let mut without = histories();
        without.drop_in_place("accuracy_on_2_to_3").unwrap();
        without.replace("phase", other).unwrap();
        let told = Adaptation::default().of(&task(), &without).unwrap_err().to_string();
        assert!(told.contains("accuracy_on_2_to_3"), "{told}");
        assert!(Adaptation { threshold: 1.5 }.of(&task(), &histories()).is_err());
    }

    #[test]
    fn histories_of_two_studies_with_the_same_runs_are_refused_by_all_three() {
        let mut other = histories();
        let rules = Column::new("rule".into(), ["b", "b", "b", "b", "a", "a"]);
        other.with_column(rules).unwrap();
        let both = histories().vstack(&other).unwrap();
        let adaptation = Adaptation::default();
        for result in [
            adaptation.of(&task(), &both),
            adaptation.phases(&task(), &both),
            adaptation.groups(&task(), &both),
        ] {
            let told = result.unwrap_err().to_string();
            assert!(told.contains("run 0 has two values of rule") && told.contains("stack("));
        }
        let both = crate::observables::stack(&[&histories(), &other]).unwrap();
        assert_eq!(adaptation.of(&task(), &both).unwrap().height(), 4);
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let turned = Adaptation::default().of(&task(), &histories().reverse()).unwrap().reverse();
        assert!(turned.equals_missing(&Adaptation::default().of(&task(), &histories()).unwrap()));
    }

    #[test]
    fn a_missing_stage_or_accuracy_is_told() {
        let told = |name: &str, values: [Option<f64>; 6]| {
            let mut table = histories();
            table.with_column(Column::new(name.into(), values)).unwrap();
            Adaptation::default().of(&task(), &table).unwrap_err().to_string()
        };
        let some = Some(0.5);
        let odd = [some, some, None, some, some, Some(f64::NAN)];
        let needed = ["current_accuracy", "accuracy_on_0_to_1", "phase", "step", "model_seed"];
        for name in needed.into_iter().chain(["batch_size", "epochs", "run"]) {
            let told = told(name, odd);
            assert!(told.contains(name), "{told}");
        }
        assert!(told("phase", [Some(0.0); 6]).contains("phases 1 to 2"));
        assert!(told("phase", [Some(9.0); 6]).contains("phases 1 to 2"));
        let mut table = histories();
        table.with_column(Column::new("task".into(), ["mnist"; 6])).unwrap();
        let told = Adaptation::default().of(&task(), &table).unwrap_err().to_string();
        assert!(told.contains("of the task mnist"), "{told}");
    }
}

//! How well and how fast did a network learn?

use polars::prelude::{Column, DataFrame, Expr, IntoLazy, col};
use serde::{Deserialize, Serialize};

use crate::error::{self, Error, Result, check_column};
use crate::observables::columns::{
    accuracies, accuracies_if_any, finite_numbers, nullable, numbers, positive_numbers,
    whole_numbers,
};
use crate::observables::{EXPERIMENT_COLUMNS, Networks, WHOLE_TEST_ACCURACY};

/// The examples by which learning is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationSplit {
    /// Those learned from.
    Training,
    /// Those set aside for choices
    /// ([`TaskSettings::validation_fraction`](crate::data::TaskSettings)); the default.
    #[default]
    Validation,
    /// The test set; not for model selection.
    Test,
}

impl EvaluationSplit {
    /// The column of histories that has it.
    fn column(self) -> &'static str {
        match self {
            Self::Training => "accuracy",
            Self::Validation => "validation_accuracy",
            Self::Test => "test_accuracy",
        }
    }
}

/// What is asked of a learning curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearningQuality {
    /// The accuracy that counts as having learned, above 0 and at most 1; default 0.9.
    pub threshold: f64,
    /// What a network that diverged is taken to reach from there on, in [0, 1): it counts as
    /// chance, and is not left out. Default 0.1, chance among ten classes.
    pub chance: f64,
    /// Which accuracy; default that on validation examples.
    pub judged_on: EvaluationSplit,
}

impl Default for LearningQuality {
    fn default() -> Self {
        Self { threshold: 0.9, chance: 0.1, judged_on: EvaluationSplit::default() }
    }
}

impl LearningQuality {
    /// One row per network of a table of [histories](crate::observables::Records::histories), with
    /// its keys and
    ///
    /// - `final_accuracy`: the accuracy judged, after the last update
    /// - `final_test_accuracy`: that on test examples; on all of them, if the table says so
    ///   (`whole_test_accuracy`, as stored histories do); null where the table has none
    /// - `area`: the area under the curve of accuracy over epochs, divided by the number of epochs:
    ///   the mean accuracy while learning
    /// - `epochs_to_threshold` and `examples_to_threshold`: epochs, and examples seen (updates ×
    ///   batch size), up to the first checkpoint that reaches the threshold; null for a network
    ///   that never does
    /// - `diverged`: whether it did; from its last checkpoint on such a network counts as chance
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let settings = TaskSettings { validation_fraction: 0.2, ..TaskSettings::default() };
    /// let task = Task::classification(&Dataset::synthetic(0), &settings)?;
    /// let records = Study::of(Experiment::new(&task).batch_size(20)).rules(&rules::all()[..2]).seeds(2).run()?;
    /// let quality = LearningQuality { chance: 0.25, ..LearningQuality::default() }.of(&records.histories)?;
    /// assert_eq!(quality.height(), 4);
    /// assert_eq!(quality.column("epochs_to_threshold")?.f64()?.get(0), None); // without training it is never reached
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a threshold or a chance out of range; [`Error::UnknownName`] if a
    /// column is missing; [`Error::Table`] if there is no accuracy to judge by, two networks have
    /// the same number (see [`stack`](crate::observables::stack)), or a checkpoint is there twice
    /// or missing.
    pub fn of(&self, histories: &DataFrame) -> Result<DataFrame> {
        self.check()?;
        let curves = curves(histories, self.judged_on)?;
        let keys = keys(histories);
        let keys: Vec<Expr> = keys.iter().map(|name| col(*name).first()).collect();
        let mut table =
            histories.clone().lazy().group_by_stable([col("run")]).agg(keys).collect()?;
        let column = |name: &str, of: &dyn Fn(&Curve) -> Option<f64>| {
            nullable(name, curves.iter().map(|curve| of(curve).unwrap_or(f64::NAN)))
        };
        let reached = |curve: &Curve| curve.reached(self.threshold).copied();
        let columns = [
            column("final_accuracy", &|curve| {
                Some(curve.or_chance(curve.end().judged, self.chance))
            }),
            column("final_test_accuracy", &|curve| {
                Some(curve.or_chance(curve.end().test?, self.chance))
            }),
            column("area", &|curve| Some(curve.area(self.chance))),
            column("epochs_to_threshold", &|curve| Some(reached(curve)?.epoch)),
            column("examples_to_threshold", &|curve| Some(reached(curve)?.examples)),
            Column::new("diverged".into(), curves.iter().map(Curve::diverged).collect::<Vec<_>>()),
        ];
        for column in columns {
            table.with_column(column)?;
        }
        Ok(table)
    }

    fn check(&self) -> Result<()> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            let requirement = "an accuracy must be above 0 and at most 1";
            return Err(Error::setting("threshold", self.threshold, requirement));
        }
        error::check_below_one("chance", self.chance)
    }
}

/// The columns that say which experiment it was.
pub(super) fn keys(histories: &DataFrame) -> Vec<&str> {
    EXPERIMENT_COLUMNS.iter().copied().filter(|name| histories.column(name).is_ok()).collect()
}

/// A network at one checkpoint.
#[derive(Clone, Copy)]
struct Point {
    epoch: f64,
    examples: f64,
    judged: f64,
    test: Option<f64>,
}

/// What one network did.
struct Curve {
    /// In the order of time.
    points: Vec<Point>,
    /// Passes that were planned.
    epochs: f64,
}

impl Curve {
    fn end(&self) -> Point {
        *self.points.last().expect("a group has a row")
    }

    /// Passes go on with updates, from 0 to as many as were planned.
    fn check(&self, run: u64) -> Result<()> {
        let passes: Vec<f64> = self.points.iter().map(|point| point.epoch).collect();
        // Stored histories are rounded.
        let is_in_order = passes.windows(2).all(|pair| pair[0] <= pair[1]);
        if is_in_order && passes[0] == 0.0 && self.end().epoch <= self.epochs * (1.0 + 1e-3) {
            return Ok(());
        }
        Err(Error::Table(format!(
            "the column epoch of run {run} must grow with step from 0 to at most {}, the planned epochs, and it goes from {} to {}; give its history as it was \
             recorded",
            self.epochs,
            passes[0],
            self.end().epoch
        )))
    }

    fn diverged(&self) -> bool {
        self.end().epoch < self.epochs * (1.0 - 1e-9)
    }

    fn or_chance(&self, last: f64, chance: f64) -> f64 {
        if self.diverged() { chance } else { last }
    }

    fn reached(&self, threshold: f64) -> Option<&Point> {
        self.points.iter().find(|point| point.judged >= threshold)
    }

    /// By trapezoids; what was not seen for divergence counts as chance.
    fn area(&self, chance: f64) -> f64 {
        let pairs = self.points.windows(2);
        let seen: f64 = pairs
            .map(|pair| (pair[1].epoch - pair[0].epoch) * 0.5 * (pair[0].judged + pair[1].judged))
            .sum();
        (seen + chance * (self.epochs - self.end().epoch)) / self.epochs
    }
}

/// One for each network, in the order of the table.
fn curves(histories: &DataFrame, judged_on: EvaluationSplit) -> Result<Vec<Curve>> {
    let judged = judged_on.column();
    let wanted = ["run", "step", "epoch", "epochs", "batch_size", "test_accuracy", judged];
    wanted.iter().try_for_each(|name| check_column(histories, name))?;
    let networks = Networks::of(histories)?.in_time(histories)?;
    let (steps, epochs) = (whole_numbers(histories, "step")?, finite_numbers(histories, "epoch")?);
    let planned = positive_numbers(histories, "epochs")?;
    let sizes = positive_numbers(histories, "batch_size")?;
    let has_whole = histories.column(WHOLE_TEST_ACCURACY).is_ok();
    let test = if has_whole { WHOLE_TEST_ACCURACY } else { "test_accuracy" };
    let test = accuracies_if_any(histories, test)?;
    let judged_by = judged_accuracies(histories, judged)?;
    let point = |&row: &usize| Point {
        epoch: epochs[row],
        examples: steps[row] as f64 * sizes[row],
        judged: judged_by[row],
        test: test[row],
    };
    let curve = |(run, rows): &(u64, Vec<usize>)| {
        let curve = Curve { points: rows.iter().map(point).collect(), epochs: planned[rows[0]] };
        curve.check(*run)?;
        Ok(curve)
    };
    networks.rows.iter().map(curve).collect()
}

/// The accuracies to judge by, which every row must have.
fn judged_accuracies(histories: &DataFrame, judged: &str) -> Result<Vec<f64>> {
    if let Some(row) = numbers(histories, judged)?.iter().position(|accuracy| accuracy.is_nan()) {
        return Err(Error::Table(format!(
            "{judged} is missing in row {row} of the histories; judge by another part, or give the task a validation_fraction"
        )));
    }
    accuracies(histories, judged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    /// One network that learns, and one that diverges after a pass of two.
    fn histories() -> DataFrame {
        df!(
            "run" => [0_u32, 0, 0, 1, 1],
            "rule" => ["a", "a", "a", "b", "b"],
            "learning_rate" => [0.1, 0.1, 0.1, 9.0, 9.0],
            "batch_size" => [10_u32; 5],
            "epochs" => [2_u32; 5],
            "step" => [0_u32, 5, 10, 0, 5],
            "epoch" => [0.0, 1.0, 2.0, 0.0, 1.0],
            "validation_accuracy" => [0.2, 0.8, 0.9, 0.2, 0.6],
            "test_accuracy" => [0.2, 0.7, 0.85, 0.2, 0.6],
        )
        .unwrap()
    }

    #[test]
    fn an_experiment_has_these_keys_in_this_order() {
        let settings = crate::data::TaskSettings::default();
        let data = crate::data::Dataset::synthetic(0);
        let task = crate::data::Task::classification(&data, &settings).unwrap();
        let columns = crate::training::Experiment::new(&task).key_columns(1);
        let names: Vec<&str> = columns.iter().map(|column| column.name().as_str()).collect();
        assert_eq!(names, EXPERIMENT_COLUMNS);
    }

    #[test]
    fn by_hand() {
        let quality = LearningQuality { threshold: 0.8, ..LearningQuality::default() };
        let table = quality.of(&histories()).unwrap();
        let column = |name: &str| -> Vec<Option<f64>> {
            table.column(name).unwrap().f64().unwrap().iter().collect()
        };
        assert_eq!(column("final_accuracy"), [Some(0.9), Some(0.1)]);
        assert_eq!(column("final_test_accuracy"), [Some(0.85), Some(0.1)]);
        assert_eq!(column("epochs_to_threshold"), [Some(1.0), None]);
        assert_eq!(column("examples_to_threshold"), [Some(50.0), None]);
        let areas = column("area");
        assert!((areas[0].unwrap() - (0.5 + 0.85) / 2.0).abs() < 1e-12);
        assert!((areas[1].unwrap() - (0.4 + 0.1) / 2.0).abs() < 1e-12);
        let diverged = table.column("diverged").unwrap().bool().unwrap().clone();
        assert_eq!(diverged.iter().collect::<Vec<_>>(), [Some(false), Some(true)]);
        assert_eq!(table.column("rule").unwrap().str().unwrap().get(1), Some("b"));
    }

    #[test]
    fn what_cannot_be_judged_is_told() {
        let bad = LearningQuality { threshold: 0.0, ..LearningQuality::default() };
        assert!(bad.of(&histories()).unwrap_err().to_string().contains("threshold is 0"));
        let training =
            LearningQuality { judged_on: EvaluationSplit::Training, ..LearningQuality::default() };
        assert!(training.of(&histories()).unwrap_err().to_string().contains("\"accuracy\""));
        let mut without = histories();
        let none = Column::new("validation_accuracy".into(), vec![None::<f64>; 5]);
        without.replace("validation_accuracy", none).unwrap();
        let told = LearningQuality::default().of(&without).unwrap_err().to_string();
        assert!(told.contains("validation_fraction"), "{told}");
    }

    fn with(name: &str, values: [Option<f64>; 5]) -> DataFrame {
        let mut table = histories();
        table.with_column(Column::new(name.into(), values)).unwrap();
        table
    }

    #[test]
    fn histories_of_two_studies_with_the_same_runs_are_refused_and_can_be_stacked() {
        let mut other = histories();
        other.with_column(Column::new("rule".into(), ["b", "b", "b", "a", "a"])).unwrap();
        let quality = LearningQuality::default();
        let told = quality.of(&histories().vstack(&other).unwrap()).unwrap_err().to_string();
        assert!(told.contains("run 0 has two values of rule") && told.contains("stack("), "{told}");
        let told = quality.of(&histories().vstack(&histories()).unwrap()).unwrap_err().to_string();
        assert!(told.contains("run 0 has step 0 twice"), "{told}");
        let both = crate::observables::stack(&[&histories(), &other]).unwrap();
        assert_eq!(quality.of(&both).unwrap().height(), 4);
    }

    #[test]
    fn a_missing_checkpoint_is_told_and_the_order_of_rows_does_not_matter() {
        let quality = LearningQuality::default();
        let late = histories().tail(Some(4));
        let told = quality.of(&late).unwrap_err().to_string();
        assert!(told.contains("run 0 begins at step 5"), "{told}");
        let turned = quality.of(&histories().reverse()).unwrap().reverse();
        assert!(turned.equals_missing(&quality.of(&histories()).unwrap()));
    }

    #[test]
    fn what_is_missing_or_no_accuracy_is_told_and_a_test_accuracy_may_be_null() {
        let told =
            |table: DataFrame| LearningQuality::default().of(&table).unwrap_err().to_string();
        let odd = [Some(0.0), Some(1.0), None, Some(0.0), Some(f64::NAN)];
        for name in ["step", "epoch", "epochs", "batch_size", "run"] {
            let told = told(with(name, odd));
            assert!(told.contains(name), "{told}");
        }
        assert!(told(with("validation_accuracy", odd)).contains("row 2"));
        let large = [Some(1e308), Some(0.1), Some(0.1), Some(0.1), Some(0.1)];
        assert!(told(with("validation_accuracy", large)).contains("from 0 to 1"));
        let table = LearningQuality::default().of(&with("test_accuracy", [None; 5])).unwrap();
        assert_eq!(table.column("final_test_accuracy").unwrap().null_count(), 2);
    }
}

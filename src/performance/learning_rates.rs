//! At which learning rate does a rule learn best, and how much does it matter?

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, DataType, IdxCa, IdxSize};

use crate::error::{self, Error, Result, check_column};
use crate::observables::columns::{accuracies, finite_numbers, nullable, numbers, texts};
use crate::observables::{EXPERIMENT_COLUMNS, Networks};
use crate::rules;
use crate::statistics::Estimate;
use crate::training::{Experiment, Optimizer, Study};

/// The key columns that compared networks share: all but the learning rate and the seeds.
fn alike() -> Vec<&'static str> {
    let differs = ["learning_rate", "model_seed", "data_seed"];
    EXPERIMENT_COLUMNS.iter().copied().filter(|name| !differs.contains(name)).collect()
}

/// Where each rule learns best, from a table of [`LearningQuality`](super::LearningQuality) over
/// several learning rates: one row per rule and optimizer with their settings, task, architecture,
/// initialiser, batch size and number of epochs, in the order of the table, with
///
/// - `learning_rate`: the one with the highest mean `final_accuracy` over networks (of equal ones
///   the smallest), `is_at_edge` if it is the smallest or largest that was tried
/// - `validation_accuracy`: that mean, by which it was chosen
/// - `test_accuracy`, `low`, `high`: the mean `final_test_accuracy` there, with Student's 95 %
///   interval over networks, of which there are `networks`
/// - `plateau_low`, `plateau_high`, `plateau_decades`: the range of neighbouring rates around the
///   best whose mean stays within `tolerance` of it (0.02 is two points), and its width in decades,
///   0 if it is the best alone: how little a rule needs to be tuned; null if it begins at the rate
///   0
/// - `diverged`: the share of its networks that diverged, at all rates; their accuracy counts as
///   chance
///
/// The choice is made on the part that was judged, validation by default, so that test accuracy is
/// that of networks nobody chose by it.
///
/// ```
/// use microlearners::prelude::*;
///
/// let settings = TaskSettings { validation_fraction: 0.2, ..TaskSettings::default() };
/// let task = Task::classification(&Dataset::synthetic(0), &settings)?;
/// let sweep = Study::of(Experiment::new(&task).batch_size(20)).learning_rates(&[1e-4, 0.01, 0.1]).seeds(2);
/// let quality = LearningQuality { chance: 0.25, ..LearningQuality::default() }.of(&sweep.run()?.histories)?;
/// let best = best_learning_rates(&quality, 0.02)?;
/// assert_eq!(best.column("learning_rate")?.f64()?.get(0), Some(0.1));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`best_learning_rates_by`].
pub fn best_learning_rates(quality: &DataFrame, tolerance: f64) -> Result<DataFrame> {
    best_learning_rates_by(quality, "final_accuracy", "final_test_accuracy", tolerance)
}

/// As [`best_learning_rates`], by other columns of a table with one row per network: `judged`, of
/// validation examples, chooses and gives `validation_accuracy`; `reported`, of test examples,
/// gives `test_accuracy`. So a rate can be chosen in a non-stationary task, of whose networks
/// [`Adaptation::of`](super::Adaptation::of) has `mean_validation_accuracy` and
/// `mean_current_accuracy`.
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) for a negative tolerance;
/// [`Error::UnknownName`](crate::Error::UnknownName) if a column is missing; [`Error::Table`] if a
/// network has no finite value of one of the two, no learning rate of at least 0 or an empty key,
/// or has several rows, or two networks have the same number (see
/// [`stack`](crate::observables::stack)).
pub fn best_learning_rates_by(
    table: &DataFrame,
    judged: &str,
    reported: &str,
    tolerance: f64,
) -> Result<DataFrame> {
    error::check_not_negative("tolerance", tolerance)?;
    let alike = alike();
    let sweeps = sweeps(table, &alike, judged, reported)?;
    let choices: Vec<Choice> = sweeps.iter().map(|(_, sweep)| sweep.choice(tolerance)).collect();
    let mut columns: Vec<Column> = alike
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let values: Vec<&str> = sweeps.iter().map(|(key, _)| key[place].as_str()).collect();
            Column::new((*name).into(), values)
        })
        .collect();
    let number = |name: &str, of: fn(&Choice) -> Option<f64>| {
        nullable(name, choices.iter().map(|choice| of(choice).unwrap_or(f64::NAN)))
    };
    columns.extend([
        number("learning_rate", |c| Some(c.rate)),
        Column::new("is_at_edge".into(), choices.iter().map(|c| c.is_at_edge).collect::<Vec<_>>()),
        number("validation_accuracy", |c| Some(c.judged)),
        number("test_accuracy", |c| Some(c.test.mean)),
        number("low", |c| c.test.low()),
        number("high", |c| c.test.high()),
        Column::new("networks".into(), choices.iter().map(|c| c.networks).collect::<Vec<u32>>()),
        number("plateau_low", |c| Some(c.plateau.0)),
        number("plateau_high", |c| Some(c.plateau.1)),
        number("plateau_decades", |c| {
            let (low, high) = c.plateau;
            if low == high { Some(0.0) } else { (low > 0.0).then(|| (high / low).log10()) }
        }),
        number("diverged", |c| Some(c.diverged)),
    ]);
    Ok(DataFrame::new(choices.len(), columns)?)
}

/// Of a table of [`best_learning_rates`] in which a rule has several settings the row of the one
/// with the highest validation accuracy (of equal ones the first), for each rule and everything
/// else, in the order of the table.
///
/// # Errors
/// [`Error::UnknownName`](crate::Error::UnknownName) if a column is missing; [`Error::Table`] if a
/// key or an accuracy is, or the same settings occur twice.
pub fn best_settings(best: &DataFrame) -> Result<DataFrame> {
    alike().iter().try_for_each(|name| check_column(best, name))?;
    let others: Vec<&str> = alike().into_iter().filter(|name| *name != "rule_settings").collect();
    let accuracies = accuracies(best, "validation_accuracy")?;
    check_settings_once(best)?;
    let mut rows: Vec<(Vec<String>, usize)> = Vec::new();
    for (row, key) in rows_as_text(best, &others)?.into_iter().enumerate() {
        match rows.iter_mut().find(|(other, _)| *other == key) {
            Some((_, kept)) if accuracies[row] > accuracies[*kept] => *kept = row,
            Some(_) => {}
            None => rows.push((key, row)),
        }
    }
    let kept = rows.iter().map(|(_, row)| *row as IdxSize).collect();
    Ok(best.take(&IdxCa::from_vec("".into(), kept))?)
}

/// A table of best rates has one row for the same settings.
fn check_settings_once(best: &DataFrame) -> Result<()> {
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (row, key) in rows_as_text(best, &alike())?.into_iter().enumerate() {
        if let Some(first) = seen.insert(key, row) {
            return Err(Error::Table(format!(
                "rows {first} and {row} of the best learning rates have the same rule, settings, task and architecture, so that neither is the best; \
                 take the best rates of all networks together, of tables put below one another by stack(&[&a, &b])"
            )));
        }
    }
    Ok(())
}

/// The rows of a table (of histories, or of anything else about the same networks) that are of
/// networks at the rates of [`best_learning_rates`].
///
/// # Errors
/// [`Error::UnknownName`](crate::Error::UnknownName) if a column is missing; [`Error::Table`] if a
/// key or a rate is, two networks have the same number (see [`stack`](crate::observables::stack)),
/// or no network is at the best rates.
pub fn rows_at_best_learning_rates(table: &DataFrame, best: &DataFrame) -> Result<DataFrame> {
    let names: Vec<&str> = alike().into_iter().chain(["learning_rate"]).collect();
    for name in &names {
        check_column(table, name)?;
        check_column(best, name)?;
    }
    if let Some(networks) = Networks::of_any(table)? {
        networks.check_repeated(table)?;
    }
    // As text, for the table of best rates has its keys so.
    let chosen: BTreeSet<Vec<String>> = rows_as_text(best, &names)?.into_iter().collect();
    let is_chosen = rows_as_text(table, &names)?.into_iter().map(|row| chosen.contains(&row));
    let rows = table.filter(&is_chosen.collect())?;
    if rows.height() == 0 {
        return Err(Error::Table(format!(
            "none of the {} rows is of a network at one of the {} best learning rates; give the table from which they were taken",
            table.height(),
            best.height()
        )));
    }
    Ok(rows)
}

/// An experiment under every rule of a table of [`best_learning_rates`], at its rate and under its
/// optimizer as that is by default, in the order of the table.
///
/// # Errors
/// [`Error::UnknownName`](crate::Error::UnknownName) if a column is missing, or a rule or an
/// optimizer that the table names is unknown; [`Error::Table`] if one of them or a rate is missing,
/// or a rule has the same optimizer and rate twice.
pub fn at_best_learning_rates(base: &Experiment, best: &DataFrame) -> Result<Study> {
    let names = ["rule", "optimizer", "learning_rate"];
    names.iter().try_for_each(|name| check_column(best, name))?;
    let (names, optimizers) = (texts(best, names[0])?, texts(best, names[1])?);
    let rates = learning_rates(best)?;
    let mut seen = BTreeSet::new();
    let at = |row: usize| -> Result<Experiment> {
        if !seen.insert((&names[row], &optimizers[row], rates[row].to_bits())) {
            return Err(Error::Table(format!(
                "row {row} of the best learning rates has {} under {} at {} again; keep one of them, as best_settings does",
                names[row], optimizers[row], rates[row]
            )));
        }
        let rule = rules::named(&names[row])?;
        let optimizer = Optimizer::named(&optimizers[row])?;
        let experiment = base.clone().rule_from(&rule).optimizer(optimizer);
        Ok(experiment.learning_rate(rates[row]))
    };
    Ok(Study { experiments: (0..best.height()).map(at).collect::<Result<_>>()? })
}

/// The learning rates of a table, finite and at least 0.
fn learning_rates(table: &DataFrame) -> Result<Vec<f64>> {
    let rates = finite_numbers(table, "learning_rate")?;
    match rates.iter().position(|&rate| rate < 0.0) {
        None => Ok(rates.into_iter().map(|rate| rate + 0.0).collect()),
        Some(row) => Err(Error::Table(format!(
            "column learning_rate has {} in row {row}, and a rate is at least 0; leave out such rows",
            rates[row]
        ))),
    }
}

/// One rule at all its rates.
#[derive(Default)]
struct Sweep {
    /// By the bits of the rate, which sort as positive numbers do.
    rates: BTreeMap<u64, Vec<Network>>,
}

/// How well one network did in the end.
struct Network {
    judged: f64,
    test: f64,
    diverged: bool,
}

/// The best rate, and what it brings.
struct Choice {
    rate: f64,
    is_at_edge: bool,
    judged: f64,
    test: Estimate,
    networks: u32,
    plateau: (f64, f64),
    diverged: f64,
}

impl Sweep {
    fn choice(&self, tolerance: f64) -> Choice {
        let rates: Vec<f64> = self.rates.keys().map(|bits| f64::from_bits(*bits)).collect();
        let means: Vec<f64> = self.rates.values().map(|of| mean(of, |one| one.judged)).collect();
        let best =
            (0..means.len()).fold(0, |best, i| if means[i] > means[best] { i } else { best });
        let is_near = |place: &usize| means[*place] >= means[best] - tolerance;
        let first = (0..best).rev().take_while(is_near).last().unwrap_or(best);
        let last = (best + 1..means.len()).take_while(is_near).last().unwrap_or(best);
        let chosen = &self.rates[&rates[best].to_bits()];
        let all: Vec<&Network> = self.rates.values().flatten().collect();
        let diverged = all.iter().filter(|one| one.diverged).count() as f64 / all.len() as f64;
        let tests: Vec<f64> = chosen.iter().map(|one| one.test).collect();
        Choice {
            rate: rates[best],
            is_at_edge: best == 0 || best + 1 == rates.len(),
            judged: means[best],
            test: Estimate::over_splits(&tests, 0.0),
            networks: chosen.len() as u32,
            plateau: (rates[first], rates[last]),
            diverged,
        }
    }
}

fn mean(networks: &[Network], of: fn(&Network) -> f64) -> f64 {
    Estimate::over_splits(&networks.iter().map(of).collect::<Vec<f64>>(), 0.0).mean
}

/// What these columns say of each row.
fn rows_as_text(table: &DataFrame, names: &[&str]) -> Result<Vec<Vec<String>>> {
    let mut rows = vec![Vec::with_capacity(names.len()); table.height()];
    for name in names {
        rows.iter_mut().zip(texts(table, name)?).for_each(|(row, text)| row.push(text));
    }
    Ok(rows)
}

/// The networks of each combination of what they are alike in, in the order of the table.
fn sweeps(
    table: &DataFrame,
    alike: &[&str],
    judged: &str,
    reported: &str,
) -> Result<Vec<(Vec<String>, Sweep)>> {
    let measured = ["learning_rate", judged, reported, "diverged"];
    alike.iter().chain(&measured).try_for_each(|name| check_column(table, name))?;
    if let Some(networks) = Networks::of_any(table)? {
        networks.check_once()?;
    }
    let rates = learning_rates(table)?;
    let (judged, test) = (scores(table, judged)?, scores(table, reported)?);
    let diverged = yes_or_no(table, "diverged")?;
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut sweeps: Vec<(Vec<String>, Sweep)> = Vec::new();
    for (row, key) in rows_as_text(table, alike)?.into_iter().enumerate() {
        let place = *places.entry(key.clone()).or_insert(sweeps.len());
        if place == sweeps.len() {
            sweeps.push((key, Sweep::default()));
        }
        let networks = sweeps[place].1.rates.entry(rates[row].to_bits());
        let network = Network { judged: judged[row], test: test[row], diverged: diverged[row] };
        networks.or_default().push(network);
    }
    Ok(sweeps)
}

/// How well networks did, which must be known of every one.
fn scores(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let scores = numbers(table, name)?;
    let missing = scores.iter().filter(|score| !score.is_finite()).count();
    if missing == 0 {
        return Ok(scores);
    }
    Err(Error::Table(format!(
        "{missing} of {} networks have no {name}; train with a validation part (validation_fraction), or leave these networks out",
        scores.len()
    )))
}

/// A column that is true or false in every row.
fn yes_or_no(table: &DataFrame, name: &str) -> Result<Vec<bool>> {
    let column = table.column(name)?;
    let values = match column.dtype() {
        DataType::Boolean => column.bool()?.iter().collect::<Option<Vec<bool>>>(),
        _ => None,
    };
    values.ok_or_else(|| {
        Error::Table(format!(
            "column {name} must be true or false in every row, as LearningQuality::of writes it; leave out the other rows"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    /// Two networks at each of four rates.
    fn quality() -> DataFrame {
        df!(
            "rule" => ["a"; 8],
            "rule_settings" => ["A { factor: 1.0 }"; 8],
            "optimizer" => ["sgd"; 8],
            "optimizer_settings" => ["Sgd"; 8],
            "task" => ["t"; 8],
            "architecture" => ["n"; 8],
            "initialiser" => ["i"; 8],
            "batch_size" => [10_u32; 8],
            "epochs" => [3_u32; 8],
            "learning_rate" => [0.001, 0.001, 0.01, 0.01, 0.1, 0.1, 1.0, 1.0],
            "final_accuracy" => [0.5, 0.5, 0.88, 0.90, 0.90, 0.90, 0.1, 0.9],
            "final_test_accuracy" => [0.5, 0.5, 0.9, 0.9, 0.8, 0.9, 0.1, 0.95],
            "diverged" => [false, false, false, false, false, false, true, false],
        )
        .unwrap()
    }

    #[test]
    fn the_best_rate_is_chosen_by_validation_and_its_plateau_measured() {
        let best = best_learning_rates(&quality(), 0.02).unwrap();
        let value = |name: &str| best.column(name).unwrap().f64().unwrap().get(0).unwrap();
        assert_eq!(value("learning_rate"), 0.1);
        assert!((value("test_accuracy") - 0.85).abs() < 1e-12);
        assert!(value("low") < 0.85 && value("high") > 0.85);
        assert_eq!((value("plateau_low"), value("plateau_high")), (0.01, 0.1));
        assert!((value("plateau_decades") - 1.0).abs() < 1e-12);
        assert_eq!(value("diverged"), 0.125);
        assert_eq!(best.column("is_at_edge").unwrap().bool().unwrap().get(0), Some(false));
        let narrow = best_learning_rates(&quality(), 0.0).unwrap();
        assert_eq!(narrow.column("plateau_decades").unwrap().f64().unwrap().get(0), Some(0.0));
    }

    #[test]
    fn other_settings_have_rates_of_their_own() {
        let mut other = quality();
        let settings = Column::new("rule_settings".into(), ["A { factor: 0.1 }"; 8]);
        other.with_column(settings).unwrap();
        let judged = [0.8, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
        other.with_column(Column::new("final_accuracy".into(), judged)).unwrap();
        let both = quality().vstack(&other).unwrap();
        let best = best_learning_rates(&both, 0.02).unwrap();
        let rates: Vec<Option<f64>> =
            best.column("learning_rate").unwrap().f64().unwrap().iter().collect();
        assert_eq!(rates, [Some(0.1), Some(0.001)]);
        assert_eq!(rows_at_best_learning_rates(&both, &best).unwrap().height(), 4);
        let settings = best_settings(&best).unwrap();
        let chosen = settings.column("rule_settings").unwrap().str().unwrap();
        assert_eq!((settings.height(), chosen.get(0)), (1, Some("A { factor: 1.0 }")));
        let other = best_settings(&best.reverse()).unwrap();
        assert_eq!(other.column("learning_rate").unwrap().f64().unwrap().get(0), Some(0.1));
        assert!(best_settings(&best.drop("rule_settings").unwrap()).is_err());
    }

    #[test]
    fn other_columns_can_choose_and_their_rows_be_taken() {
        let mut table = quality();
        let judged = [0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
        table.with_column(Column::new("mean".into(), judged)).unwrap();
        let best = best_learning_rates_by(&table, "mean", "final_accuracy", 0.02).unwrap();
        let value = |name: &str| best.column(name).unwrap().f64().unwrap().get(0).unwrap();
        assert_eq!((value("learning_rate"), value("test_accuracy")), (0.001, 0.5));
        let rows = rows_at_best_learning_rates(&table, &best).unwrap();
        let rates: Vec<Option<f64>> =
            rows.column("learning_rate").unwrap().f64().unwrap().iter().collect();
        assert_eq!(rates, [Some(0.001), Some(0.001)]);
        assert!(rows_at_best_learning_rates(&table.drop("task").unwrap(), &best).is_err());
        table.with_column(Column::new("mean".into(), vec![None::<f64>; 8])).unwrap();
        let told = best_learning_rates_by(&table, "mean", "final_accuracy", 0.02).unwrap_err();
        assert!(told.to_string().contains("8 of 8 networks have no mean"), "{told}");
    }

    #[test]
    fn the_best_rates_make_experiments() {
        let settings = crate::data::TaskSettings::default();
        let data = crate::data::Dataset::synthetic(0);
        let base = Experiment::new(&crate::data::Task::classification(&data, &settings).unwrap());
        let best = df!("rule" => ["backprop", "hebbian"], "optimizer" => ["adam", "sgd"], "learning_rate" => [0.01, 0.5]);
        let study = at_best_learning_rates(&base, &best.unwrap()).unwrap();
        let [first, second] = &study.experiments[..] else { panic!("two") };
        assert_eq!((first.optimizer, first.learning_rate), (Optimizer::adam(), Some(0.01)));
        assert_eq!(second.rule.about().name, "hebbian");
        let unknown = df!("rule" => ["ours"], "optimizer" => ["sgd"], "learning_rate" => [0.01]);
        assert!(at_best_learning_rates(&base, &unknown.unwrap()).is_err());
    }

    #[test]
    fn what_is_missing_is_told() {
        let told = best_learning_rates(&quality().drop("diverged").unwrap(), 0.02).unwrap_err();
        assert!(told.to_string().contains("\"diverged\""), "{told}");
        assert!(best_learning_rates(&quality(), -1.0).is_err());
    }

    fn with(name: &str, values: [Option<f64>; 8]) -> DataFrame {
        let mut table = quality();
        table.with_column(Column::new(name.into(), values)).unwrap();
        table
    }

    #[test]
    fn a_network_without_accuracy_or_rate_chooses_nothing() {
        let told = |table: &DataFrame| best_learning_rates(table, 0.02).unwrap_err().to_string();
        for bad in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            let values =
                [Some(0.5), Some(0.5), bad, Some(0.5), Some(0.5), Some(0.5), Some(0.5), Some(0.5)];
            for name in ["final_accuracy", "final_test_accuracy"] {
                assert!(
                    told(&with(name, values)).contains(&format!("1 of 8 networks have no {name}"))
                );
            }
            assert!(told(&with("learning_rate", values)).contains("learning_rate"));
        }
        assert!(told(&with("learning_rate", [Some(-0.1); 8])).contains("at least 0"));
        assert!(told(&with("diverged", [Some(0.0); 8])).contains("true or false"));
        let mut nameless = quality();
        nameless.with_column(Column::new("task".into(), vec![None::<&str>; 8])).unwrap();
        assert!(told(&nameless).contains("column task is empty in 8 rows"));
    }

    #[test]
    fn a_sweep_that_begins_at_zero_has_no_width_in_decades() {
        let rates = [0.0, -0.0, 0.01, 0.01, 0.1, 0.1, 1.0, 1.0];
        let flat = [0.9; 8];
        let mut table = with("learning_rate", rates.map(Some));
        table.with_column(Column::new("final_accuracy".into(), flat)).unwrap();
        let best = best_learning_rates(&table, 0.02).unwrap();
        assert_eq!(best.column("networks").unwrap().u32().unwrap().get(0), Some(2));
        assert_eq!(best.column("plateau_decades").unwrap().f64().unwrap().get(0), None);
    }

    #[test]
    fn networks_of_two_studies_with_the_same_runs_are_refused() {
        let runs = Column::new("run".into(), (0..8_u32).collect::<Vec<_>>());
        let mut one = quality();
        one.with_column(runs).unwrap();
        assert!(best_learning_rates(&one, 0.02).is_ok());
        let mut other = one.clone();
        other.with_column(Column::new("rule".into(), ["b"; 8])).unwrap();
        let told = best_learning_rates(&one.vstack(&other).unwrap(), 0.02).unwrap_err();
        assert!(told.to_string().contains("run 0 has two values of rule"), "{told}");
        let told = best_learning_rates(&one.vstack(&one).unwrap(), 0.02).unwrap_err().to_string();
        assert!(told.contains("run 0 has 2 rows"), "{told}");
        let both = crate::observables::stack(&[&one, &other]).unwrap();
        assert_eq!(best_learning_rates(&both, 0.02).unwrap().height(), 2);
    }

    #[test]
    fn the_best_of_nothing_is_told() {
        let best = best_learning_rates(&quality(), 0.02).unwrap();
        let told = best_settings(&best.vstack(&best).unwrap()).unwrap_err().to_string();
        assert!(told.contains("rows 0 and 1"), "{told}");
        for bad in [None, Some(f64::NAN)] {
            let mut odd = best.clone();
            odd.with_column(Column::new("validation_accuracy".into(), [bad])).unwrap();
            assert!(best_settings(&odd).unwrap_err().to_string().contains("validation_accuracy"));
            odd.with_column(Column::new("learning_rate".into(), [bad])).unwrap();
            assert!(rows_at_best_learning_rates(&quality(), &odd).is_err());
        }
        let mut other = best.clone();
        other.with_column(Column::new("task".into(), ["another"])).unwrap();
        let told = rows_at_best_learning_rates(&quality(), &other).unwrap_err().to_string();
        assert!(told.contains("none of the 8 rows"), "{told}");
        // The same number in another type is the same number.
        let mut whole = quality();
        whole.with_column(Column::new("batch_size".into(), [10.0; 8])).unwrap();
        assert_eq!(rows_at_best_learning_rates(&whole, &best).unwrap().height(), 2);
    }

    #[test]
    fn experiments_need_rules_and_rates_once_each() {
        let settings = crate::data::TaskSettings::default();
        let data = crate::data::Dataset::synthetic(0);
        let base = Experiment::new(&crate::data::Task::classification(&data, &settings).unwrap());
        let study = |rule: [Option<&str>; 2], rate: [Option<f64>; 2]| {
            let best = df!("rule" => rule, "optimizer" => ["sgd", "sgd"], "learning_rate" => rate);
            at_best_learning_rates(&base, &best.unwrap())
        };
        let told = |rule, rate| study(rule, rate).unwrap_err().to_string();
        let twice = [Some("hebbian"), Some("hebbian")];
        assert!(told(twice, [Some(0.1), Some(0.1)]).contains("row 1"));
        assert!(told(twice, [Some(0.1), None]).contains("learning_rate"));
        assert!(told([Some("hebbian"), None], [Some(0.1), Some(0.1)]).contains("rule is empty"));
        assert_eq!(study(twice, [Some(0.1), Some(0.2)]).unwrap().experiments.len(), 2);
    }
}

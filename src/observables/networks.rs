//! Which rows of a table are of which network: the one place that says so.
//!
//! A table tells its networks by the number in its column `run`. That number is worth nothing if
//! two networks have the same, as after [`vstack`](polars::prelude::DataFrame::vstack) of two
//! studies, so every function that takes a table asks here first.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, DataType};

use super::EXPERIMENT_COLUMNS;
use super::columns::{codes, empty_rows, whole_numbers};
use crate::error::{Error, Result, shown};

/// What to do about networks that have the same number.
const REMEDY: &str = "put tables below one another by stack(&[&a, &b]), which numbers their networks anew, and have every row once";

/// The networks of a table.
pub(crate) struct Networks {
    /// The number of each row's network.
    pub(crate) runs: Vec<u64>,
    /// The rows of each network, in the order of the table.
    pub(crate) rows: Vec<(u64, Vec<usize>)>,
}

impl Networks {
    /// The networks of a table with a column `run`.
    ///
    /// # Errors
    /// [`Error::Table`] if a run is no whole number, or one run has two rules, or two values of
    /// another column that says which experiment it was.
    pub(crate) fn of(table: &DataFrame) -> Result<Self> {
        let runs = whole_numbers(table, "run")?;
        let mut places: BTreeMap<u64, usize> = BTreeMap::new();
        let mut rows: Vec<(u64, Vec<usize>)> = Vec::new();
        for (row, &run) in runs.iter().enumerate() {
            let place = *places.entry(run).or_insert(rows.len());
            if place == rows.len() {
                rows.push((run, Vec::new()));
            }
            rows[place].1.push(row);
        }
        let networks = Self { runs, rows };
        let mut columns = EXPERIMENT_COLUMNS.iter().filter_map(|name| table.column(name).ok());
        columns.try_for_each(|column| networks.check_constant(column))?;
        Ok(networks)
    }

    /// The same where tables need not have a column `run`; none without.
    pub(crate) fn of_any(table: &DataFrame) -> Result<Option<Self>> {
        table.column("run").is_ok().then(|| Self::of(table)).transpose()
    }

    /// One network is one experiment.
    fn check_constant(&self, column: &Column) -> Result<()> {
        let two = match column.dtype() {
            DataType::String => {
                let cells = column.str()?;
                self.two_values(|row| cells.get(row))
            }
            kind if kind.is_float() => {
                let cells = column.cast(&DataType::Float64)?;
                let cells = cells.f64()?;
                self.two_values(|row| cells.get(row).map(|value| (value + 0.0).to_bits()))
            }
            _ => {
                let cells = column.cast(&DataType::String)?;
                let cells = cells.str()?;
                self.two_values(|row| cells.get(row))
            }
        };
        let Some((run, first, other)) = two else { return Ok(()) };
        let value = |row: usize| -> Result<String> {
            Ok(shown(column.get(row)?.to_string().trim_matches('"')))
        };
        Err(Error::Table(format!(
            "run {run} has two values of {} ({} in row {first}, {} in row {other}), so that two networks have the same number; {REMEDY}",
            column.name(),
            value(first)?,
            value(other)?
        )))
    }

    /// A network with two values, and rows that have them.
    fn two_values<T: PartialEq>(&self, cell: impl Fn(usize) -> T) -> Option<(u64, usize, usize)> {
        self.rows.iter().find_map(|(run, rows)| {
            let first = cell(rows[0]);
            let other = rows.iter().find(|&&row| cell(row) != first)?;
            Some((*run, rows[0], *other))
        })
    }

    /// Accepts one row per network.
    ///
    /// # Errors
    /// [`Error::Table`] if a run occurs twice.
    pub(crate) fn check_once(&self) -> Result<()> {
        match self.rows.iter().find(|(_, rows)| rows.len() > 1) {
            None => Ok(()),
            Some((run, rows)) => Err(Error::Table(format!(
                "run {run} has {} rows, and there must be one row per network; {REMEDY}, or choose one of its rows",
                rows.len()
            ))),
        }
    }

    /// Each network's rows by column `step`, of a table with a row per network × checkpoint.
    ///
    /// # Errors
    /// [`Error::Table`] if a step occurs twice, the first (0) or one in between is missing.
    pub(crate) fn in_time(mut self, table: &DataFrame) -> Result<Self> {
        let steps = whole_numbers(table, "step")?;
        for (run, rows) in &mut self.rows {
            rows.sort_by_key(|&row| steps[row]);
            let first = steps[rows[0]];
            if first != 0 {
                return Err(Error::Table(format!(
                    "run {run} begins at step {first}, and how it was before learning (step 0) is missing; give its whole history"
                )));
            }
            if let Some(pair) = rows.windows(2).find(|pair| steps[pair[0]] == steps[pair[1]]) {
                return Err(Error::Table(format!(
                    "run {run} has step {} twice; {REMEDY}",
                    steps[pair[0]]
                )));
            }
        }
        self.check_gaps(table, &steps)?;
        Ok(self)
    }

    /// A network whose steps are all among those of another of the same plan must have all that
    /// this one has, up to its own last.
    fn check_gaps(&self, table: &DataFrame, steps: &[u64]) -> Result<()> {
        let plan = ["task", "architecture", "batch_size", "epochs"];
        let plan = plan.into_iter().filter(|name| table.column(name).is_ok());
        let plan: Vec<Vec<Option<u32>>> =
            plan.map(|name| codes(table, name)).collect::<Result<_>>()?;
        let mut seen: BTreeMap<Vec<Option<u32>>, BTreeMap<BTreeSet<u64>, u64>> = BTreeMap::new();
        for (run, rows) in &self.rows {
            let key = plan.iter().map(|codes| codes[rows[0]]).collect();
            let steps = rows.iter().map(|&row| steps[row]).collect();
            seen.entry(key).or_default().entry(steps).or_insert(*run);
        }
        for schedules in seen.values() {
            for (few, run) in schedules {
                let last = few.last().copied().unwrap_or_default();
                let lacking = schedules.iter().filter(|(many, _)| few.is_subset(many));
                let lacking = lacking.flat_map(|(many, other)| {
                    many.range(..last).filter(|step| !few.contains(step)).map(move |s| (s, other))
                });
                if let Some((step, other)) = lacking.into_iter().next() {
                    return Err(Error::Table(format!(
                        "run {run} lacks step {step}, which run {other} has, although it goes on to step {last}; look at all networks at \
                         the same steps, and take tables with other checkpoints one by one"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Accepts a table with a row per network × checkpoint (or step) × layer × instrument, as far
    /// as it has these columns.
    ///
    /// # Errors
    /// [`Error::Table`] if one occurs twice.
    pub(crate) fn check_repeated(&self, table: &DataFrame) -> Result<()> {
        self.places(table).map(drop)
    }

    /// The same without a layer missing.
    ///
    /// # Errors
    /// As [`check_repeated`](Self::check_repeated); [`Error::Table`] if a network has a checkpoint
    /// of some of its layers only, or not all layers of its architecture that others have.
    pub(crate) fn check_measured(&self, table: &DataFrame) -> Result<()> {
        self.check_layers(table, &self.places(table)?)
    }

    /// Where each row belongs, in order.
    fn places(&self, table: &DataFrame) -> Result<Vec<Place>> {
        let has = |name: &str| table.column(name).is_ok();
        let Some(moment) = ["checkpoint", "step"].into_iter().find(|name| has(name)) else {
            return Ok(Vec::new());
        };
        let moments = whole_numbers(table, moment)?;
        let layers = match has("layer") {
            true => whole_numbers(table, "layer")?,
            false => vec![0; table.height()],
        };
        let instruments = instruments(table)?;
        let place = |row: usize| Place {
            run: self.runs[row],
            instrument: instruments.each_ref().map(|codes| codes.get(row).copied()),
            layer: layers[row],
            moment: moments[row],
        };
        let mut places: Vec<Place> = (0..table.height()).map(place).collect();
        places.sort_unstable();
        match places.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(places),
            Some(pair) => {
                let Place { run, layer, moment: at, .. } = &pair[0];
                let layer = if has("layer") { format!(", layer {layer}") } else { String::new() };
                let sentence = format!("run {run}{layer}, {moment} {at} occurs twice; {REMEDY}");
                Err(Error::Table(sentence))
            }
        }
    }

    /// All layers of a network are measured at the same time, and networks of one architecture have
    /// the same layers.
    fn check_layers(&self, table: &DataFrame, places: &[Place]) -> Result<()> {
        let architectures = match table.column("architecture") {
            Ok(_) => codes(table, "architecture")?,
            Err(_) => vec![None; table.height()],
        };
        let architectures: BTreeMap<u64, Option<u32>> =
            self.rows.iter().map(|(run, rows)| (*run, architectures[rows[0]])).collect();
        let mut known: BTreeMap<u32, (u64, Vec<u64>)> = BTreeMap::new();
        let of_one = |a: &Place, b: &Place| a.run == b.run && a.instrument == b.instrument;
        for network in places.chunk_by(of_one) {
            let run = network[0].run;
            let layers: Vec<&[Place]> = network.chunk_by(|a, b| a.layer == b.layer).collect();
            check_moments(&layers)?;
            let Some(architecture) = architectures[&run] else { continue };
            let layers: Vec<u64> = layers.iter().map(|layer| layer[0].layer).collect();
            let (other, others) =
                known.entry(architecture).or_insert_with(|| (run, layers.clone()));
            if *others != layers {
                return Err(Error::Table(format!(
                    "run {run} has layers {layers:?} but run {other} of the same architecture has {others:?}; rows are missing: take the same \
                     layers of every network"
                )));
            }
        }
        Ok(())
    }
}

/// Where a row belongs.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    run: u64,
    instrument: [Option<u32>; 2],
    layer: u64,
    moment: u64,
}

/// The noise and the fraction by which each row was measured; nothing in a table of one instrument.
fn instruments(table: &DataFrame) -> Result<[Vec<u32>; 2]> {
    let of = |name: &str| -> Result<Vec<u32>> {
        if table.column(name).is_err() {
            return Ok(Vec::new());
        }
        let codes = codes(table, name)?;
        let empty = codes.iter().filter(|code| code.is_none()).count();
        if empty > 0 {
            return Err(empty_rows(name, empty));
        }
        Ok(codes.into_iter().flatten().collect())
    };
    Ok([of("noise")?, of("fraction")?])
}

fn check_moments(layers: &[&[Place]]) -> Result<()> {
    let of = |layer: &[Place]| layer.iter().map(|place| place.moment).collect::<BTreeSet<u64>>();
    let all: BTreeSet<u64> = layers.iter().flat_map(|layer| of(layer)).collect();
    for layer in layers {
        if layer.len() == all.len() {
            continue;
        }
        let own = of(layer);
        let lacking = all.difference(&own).next().copied().unwrap_or_default();
        let Place { run, layer, .. } = &layer[0];
        return Err(Error::Table(format!(
            "run {run}, layer {layer} lacks checkpoint {lacking}, at which other layers of the network were measured; rows are missing: take all layers \
             of a checkpoint, or none"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn told<T>(result: Result<T>) -> String {
        match result {
            Ok(_) => panic!("this was accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn one_run_is_one_experiment() {
        let table = df!("run" => [0_u32, 1, 0], "rule" => ["a", "b", "b"]).unwrap();
        let said = told(Networks::of(&table));
        assert!(said.contains("run 0 has two values of rule (a in row 0, b in row 2)"), "{said}");
        assert!(said.contains("stack(&[&a, &b])"), "{said}");
        let seeds = df!("run" => [0_u32, 0], "model_seed" => [Some(1_u64), None]).unwrap();
        assert!(told(Networks::of(&seeds)).contains("two values of model_seed"));
        let rates = df!("run" => [0_u32, 0, 1], "learning_rate" => [0.1, 0.1, 0.2]).unwrap();
        assert_eq!(Networks::of(&rates).unwrap().rows, [(0, vec![0, 1]), (1, vec![2])]);
    }

    #[test]
    fn a_row_is_there_once() {
        let table = df!("run" => [0_u32, 0], "step" => [0_u32, 0], "layer" => [1_u32, 1]).unwrap();
        let networks = Networks::of(&table).unwrap();
        let said = told(networks.check_repeated(&table));
        assert!(said.contains("run 0, layer 1, step 0 occurs twice"), "{said}");
        assert!(told(networks.check_once()).contains("run 0 has 2 rows"));
        assert!(told(networks.in_time(&table)).contains("run 0 has step 0 twice"));
        let grid = df!("run" => [0, 0], "step" => [0, 0], "noise" => [0.0, 0.1]).unwrap();
        assert!(Networks::of(&grid).unwrap().check_measured(&grid).is_ok());
    }

    #[test]
    fn missing_rows_are_found() {
        let history = |runs: &[u32], steps: &[u32]| {
            let table = df!("run" => runs, "step" => steps).unwrap();
            Networks::of(&table).unwrap().in_time(&table)
        };
        assert!(told(history(&[0, 0], &[5, 10])).contains("begins at step 5"));
        let said = told(history(&[0, 0, 0, 1, 1], &[0, 5, 10, 10, 0]));
        assert!(said.contains("run 1 lacks step 5, which run 0 has"), "{said}");
        // One that diverged, and one that was looked at another time.
        assert!(history(&[0, 0, 0, 1, 1], &[0, 5, 10, 5, 0]).is_ok());
        assert!(history(&[0, 0, 0, 1, 1], &[0, 5, 10, 7, 0]).is_ok());
    }

    #[test]
    fn missing_layers_are_found() {
        let table = |runs: [u32; 5], layers: [u32; 5], checkpoints: [u32; 5]| {
            df!("run" => runs, "layer" => layers, "checkpoint" => checkpoints, "architecture" => ["4-3-2"; 5]).unwrap()
        };
        let check = |table: &DataFrame| Networks::of(table).unwrap().check_measured(table);
        let said = told(check(&table([0, 0, 0, 1, 1], [1, 2, 1, 1, 2], [0, 0, 1, 0, 0])));
        assert!(said.contains("run 0, layer 2 lacks checkpoint 1"), "{said}");
        let said = told(check(&table([0, 0, 0, 0, 1], [1, 2, 1, 2, 1], [0, 0, 1, 1, 0])));
        assert!(said.contains("run 1 has layers [1] but run 0"), "{said}");
    }
}

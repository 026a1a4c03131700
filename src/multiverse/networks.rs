//! The networks of many designs, each trained once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use polars::prelude::{DataFrame, IntoLazy, col, lit};

use super::SlidesDesign;
use super::cell::Cell;
use crate::data::Dataset;
use crate::error::Result;
use crate::observables::ObservableSet;
use crate::studies::RunOptions;
use crate::training::{Experiment, Study};

/// What was measured in each cell's networks before learning and after: a row for each network,
/// checkpoint and layer. One that diverged has no rows after learning.
pub(super) type Networks = BTreeMap<Cell, DataFrame>;

/// Trains what the designs need, a run directory for each way in which inputs and weights begin, and
/// goes on where it was interrupted.
pub(super) fn networks(
    designs: &[SlidesDesign],
    dataset: &Dataset,
    seeds: &Range<u64>,
    folder: &Path,
) -> Result<Networks> {
    let cells: BTreeSet<Cell> = designs.iter().flat_map(Cell::of).collect();
    let mut groups: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for &cell in &cells {
        groups.entry(cell.group()).or_default().push(cell);
    }
    let mut found = Networks::new();
    for (name, group) in groups {
        found.extend(trained(&group, dataset, seeds, &folder.join(name))?);
    }
    Ok(found)
}

fn trained(
    cells: &[Cell],
    dataset: &Dataset,
    seeds: &Range<u64>,
    folder: &Path,
) -> Result<Networks> {
    let study = Study { experiments: experiments(cells, dataset, seeds)? };
    let options = RunOptions { observables: ObservableSet::weights(), ..RunOptions::default() };
    let all = study.run_in_with(folder, &options)?.observations()?.collect()?;
    let of_cell = |(place, &cell): (usize, &Cell)| -> Result<(Cell, DataFrame)> {
        let count = seeds.end - seeds.start;
        let first = place as u64 * count;
        let own = col("run").gt_eq(lit(first)).and(col("run").lt(lit(first + count)));
        // So that the six of any design stand below one another.
        let run = col("run") - lit(first as u32) + lit((cell.place() as u64 * count) as u32);
        let named = [run.alias("run"), lit(cell.label()).alias("rule")];
        Ok((cell, all.clone().lazy().filter(own).with_columns(named).collect()?))
    };
    cells.iter().enumerate().map(of_cell).collect()
}

/// Cell by cell, so that a run's number tells its cell. Those of a group have one task.
fn experiments(cells: &[Cell], dataset: &Dataset, seeds: &Range<u64>) -> Result<Vec<Experiment>> {
    let task = cells[0].task(dataset)?;
    let of_cell = |cell: &Cell| {
        let cell = *cell;
        let task = &task;
        seeds.clone().map(move |seed| cell.experiment(task, seed))
    };
    Ok(cells.iter().flat_map(of_cell).collect())
}

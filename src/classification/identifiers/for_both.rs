//! What two tables have in common.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, DataType, IntoLazy, col};

use crate::classification::samples::{
    CheckpointSelection, SampleSpec, SampleUnit, chosen_observables,
};
use crate::error::check_column;
use crate::observables::columns::whole_numbers;
use crate::{Error, Result};

impl SampleSpec {
    /// The most that an identifier of `known` networks can look at in `unknown` ones:
    ///
    /// - the observables of `known` of which `unknown` has values;
    /// - whole networks where all have the same layers, first and last layers otherwise;
    /// - all checkpoints where every unknown network was measured at the same updates as some known
    ///   one, the last otherwise: what a network looks like after so many updates cannot be compared
    ///   with what it looks like after others. A network that stopped early, because it diverged, is
    ///   compared by the checkpoints that it has.
    ///
    /// The label is the default one.
    ///
    /// # Errors
    /// [`Error::Table`] if they have no observable in common, or a column that is needed is missing.
    pub fn for_both(known: &DataFrame, unknown: &DataFrame) -> Result<Self> {
        let all = chosen_observables(known, &[])?;
        let has = |name: &String| has_values(unknown, name);
        let observables: Vec<String> = all.iter().filter(|name| has(name)).cloned().collect();
        if observables.is_empty() {
            return Err(Error::Table(format!(
                "the unknown networks have values of none of the {} observables of the known ones, such as {}; measure some of these",
                all.len(),
                all[0]
            )));
        }
        let layers = [known, unknown].map(layers);
        let [Ok(known_layers), Ok(own_layers)] = layers else {
            return Err(Error::Table("both tables need the columns run and layer".into()));
        };
        let same_layers = known_layers.len() == 1 && known_layers == own_layers;
        let (learned, own) = (updates(known)?, updates(unknown)?);
        let (learned, own) = (uncut(&learned), uncut(&own));
        let counts: BTreeSet<usize> = learned.iter().map(|list| list.len()).collect();
        let same_updates = counts.len() == 1 && own.is_subset(&learned);
        Ok(Self {
            observables,
            unit: if same_layers {
                SampleUnit::WholeNetwork
            } else {
                SampleUnit::FirstAndLastLayer
            },
            checkpoints: match same_updates {
                true => CheckpointSelection::All,
                false => CheckpointSelection::Last,
            },
            ..Self::default()
        })
    }
}

fn has_values(table: &DataFrame, name: &str) -> bool {
    check_column(table, name).is_ok()
        && table.column(name).is_ok_and(|column| column.null_count() < column.len())
}

/// How many layers the networks have.
fn layers(table: &DataFrame) -> Result<BTreeSet<u64>> {
    let deepest = table
        .clone()
        .lazy()
        .group_by([col("run")])
        .agg([col("layer").max().cast(DataType::UInt64)])
        .collect()?;
    Ok(whole_numbers(&deepest, "layer")?.into_iter().collect())
}

/// The updates at which networks were measured, each list once.
fn updates(table: &DataFrame) -> Result<BTreeSet<Vec<u64>>> {
    let (runs, steps) = (whole_numbers(table, "run")?, whole_numbers(table, "step")?);
    let mut lists: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for (run, step) in runs.into_iter().zip(steps) {
        lists.entry(run).or_default().insert(step);
    }
    Ok(lists.into_values().map(|list| list.into_iter().collect()).collect())
}

/// Without those that are another one's beginning, of networks that stopped early.
fn uncut(lists: &BTreeSet<Vec<u64>>) -> BTreeSet<&Vec<u64>> {
    let is_cut = |list: &&Vec<u64>| {
        lists.iter().any(|other| other.len() > list.len() && other.starts_with(list))
    };
    lists.iter().filter(|list| !is_cut(list)).collect()
}

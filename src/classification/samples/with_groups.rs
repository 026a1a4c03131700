//! Which networks splits keep together.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame};

use super::derived_keys::key_texts;
use crate::{Error, Result};

/// The table with another `model_seed`, a number for each combination of these keys' values:
/// [`Grouping::ByInitialisation`](super::Grouping::ByInitialisation) then keeps the networks together
/// that agree in all of them. For studies in which many networks share few seeds: with all keys but
/// the rule's, these are the networks that differ in their rule alone.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("batch_size" => [32, 64, 32, 64], "model_seed" => [5, 5, 6, 6])?;
/// let grouped = with_groups(&table, &["batch_size", "model_seed"])?;
/// let groups: Vec<u32> = grouped.column("model_seed")?.u32()?.iter().flatten().collect();
/// assert_eq!(groups, [0, 1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] without a key; [`Error::Table`] if there is no such key, or it is empty
/// somewhere.
pub fn with_groups(table: &DataFrame, keys: &[&str]) -> Result<DataFrame> {
    if keys.is_empty() {
        return Err(Error::setting("keys", "empty", "name the keys that a group agrees in"));
    }
    let values: Vec<Vec<String>> =
        keys.iter().map(|key| key_texts(table, key)).collect::<Result<_>>()?;
    let mut known: BTreeMap<Vec<&str>, u32> = BTreeMap::new();
    let mut groups = Vec::with_capacity(table.height());
    for row in 0..table.height() {
        let next = known.len() as u32;
        let own = values.iter().map(|values| values[row].as_str()).collect();
        groups.push(*known.entry(own).or_insert(next));
    }
    let mut grouped = table.clone();
    grouped.with_column(Column::new("model_seed".into(), groups))?;
    Ok(grouped)
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn groups_agree_in_every_key() {
        let table = df!(
            "task" => ["a", "a", "b", "b", "a"],
            "architecture" => ["2-30-2 tanh", "2-30-2 tanh", "2-30-2 tanh", "2-20-2 tanh", "2-30-2 tanh"],
            "model_seed" => [1_u64, 1, 1, 1, 2],
        )
        .unwrap();
        let of = |keys: &[&str]| -> Vec<u32> {
            let grouped = with_groups(&table, keys).unwrap();
            grouped.column("model_seed").unwrap().u32().unwrap().iter().flatten().collect()
        };
        assert_eq!(of(&["task", "hidden_layers", "model_seed"]), [0, 0, 1, 2, 3]);
        assert_eq!(of(&["task"]), [0, 0, 1, 1, 0]);
        assert!(with_groups(&table, &[]).unwrap_err().to_string().contains("name the keys"));
        let told = with_groups(&table, &["batch_size"]).unwrap_err().to_string();
        assert!(told.contains("no column batch_size"), "{told}");
    }
}

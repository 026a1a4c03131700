//! Which tensors are which layer's, where nobody says so.

use super::checkpoint_file::Tensors;
use super::{LayerEntry, LayerTable};
use crate::error::{Error, Result, known_ones, shown};

/// How names of weights end: PyTorch's, and that of JAX and Keras.
const WEIGHTS: [&str; 2] = ["weight", "kernel"];

/// The layers of the table, or where it names none those that the names of tensors tell: `….weight`
/// (or `….kernel`), with `….bias`, `….change` and `….activity` beside it.
///
/// # Errors
/// [`Error::Data`] if the table names a tensor twice, or no name ends as that of weights.
pub(super) fn entries(table: &LayerTable, tensors: &Tensors) -> Result<Vec<LayerEntry>> {
    if !table.layers.is_empty() {
        check_different(&table.layers, tensors)?;
        return Ok(table.layers.clone());
    }
    let entries: Vec<LayerEntry> =
        tensors.names().filter_map(|name| by_name(name, tensors)).collect();
    if !entries.is_empty() {
        return Ok(entries);
    }
    let names: Vec<String> = tensors.names().map(str::to_owned).collect();
    Err(Error::Data {
        path: tensors.path.clone(),
        problem: format!(
            "none of its {} tensors has a name that ends in weight or kernel ({})",
            names.len(),
            known_ones("weight", &names)
        ),
        remedy: "name each layer's tensors in layers.toml".into(),
    })
}

fn by_name(name: &str, tensors: &Tensors) -> Option<LayerEntry> {
    let prefix = WEIGHTS.iter().find_map(|ending| name.strip_suffix(ending))?;
    if !(prefix.is_empty() || prefix.ends_with(['.', '/', '_', ':', '-'])) {
        return None;
    }
    let beside = |what: &str| Some(format!("{prefix}{what}")).filter(|name| tensors.has(name));
    Some(LayerEntry {
        bias: beside("bias"),
        change: beside("change"),
        activity: beside("activity"),
        ..LayerEntry::new(name)
    })
}

/// Weights that are two layers' would be a mistake in the table.
fn check_different(entries: &[LayerEntry], tensors: &Tensors) -> Result<()> {
    let names: Vec<&str> = entries.iter().map(|entry| entry.weight.as_str()).collect();
    match crate::error::first_repeated(&names) {
        None => Ok(()),
        Some(name) => Err(Error::Data {
            path: tensors.path.clone(),
            problem: format!(
                "layers.toml names the weights \"{}\" of two layers of {}",
                shown(name),
                entries.len()
            ),
            remedy: "give each layer weights of its own".into(),
        }),
    }
}

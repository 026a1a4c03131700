//! `cargo lab clean`: removes everything cargo lab made.

use crate::disk;
use crate::fail::{Fail, Outcome};
use crate::paths::Lab;
use crate::register;
use crate::slots;
use std::path::PathBuf;

pub(crate) fn clean(lab: &Lab) -> Outcome<()> {
    if let Some((directory, _)) =
        slots::list(&lab.kernels()?)?.into_iter().find(|(_, taken)| *taken)
    {
        return Err(Fail::new(format!(
            "a kernel is running in {}; shut it down first (in JupyterLab, or Ctrl-C there).",
            directory.display()
        )));
    }
    register::forget(lab)?;
    let made = made(lab);
    if made.is_empty() {
        println!("There is nothing to remove.");
    }
    for path in made {
        let size = disk::size(&path);
        disk::remove(&path)?;
        println!("Removed {} ({})", path.display(), disk::human(size));
    }
    // Others may keep things in the cache, too: it goes only if it is empty.
    let _ = std::fs::remove_dir(&lab.cache);
    Ok(())
}

/// What is there of what cargo lab makes; the cache is shared by all checkouts.
fn made(lab: &Lab) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&lab.cache).into_iter().flatten().flatten();
    let shared = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_ours))
        .map(|entry| entry.path());
    let mut made: Vec<PathBuf> =
        std::iter::once(lab.home()).filter(|home| home.exists()).chain(shared).collect();
    made.sort();
    made
}

fn is_ours(name: &str) -> bool {
    name == "kernels"
        || name == "setup.lock"
        || ["python-", "evcxr_jupyter-"].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_what_others_keep_in_the_cache() {
        assert!(
            is_ours("python-0123456789abcdef")
                && is_ours("evcxr_jupyter-0.21.0.build")
                && is_ours("kernels")
        );
        assert!(!is_ours("mnist") && !is_ours("experiments"));
    }
}

//! `cargo lab status`: what is set up, and where.

use crate::disk;
use crate::evcxr;
use crate::fail::Outcome;
use crate::paths::{EVCXR_VERSION, Lab};
use crate::python;
use crate::slots;
use crate::toolchain;
use std::path::PathBuf;

pub(crate) fn print(lab: &Lab) -> Outcome<()> {
    let version = toolchain::version()?;
    println!("compiler   {}", version.lines().next().unwrap_or_default());
    println!("python     {}", found(python::installed(lab)));
    println!(
        "kernel     {}",
        found(evcxr::installed(lab))
            .replace("not installed", &format!("evcxr_jupyter {EVCXR_VERSION} not installed"))
    );
    println!("checkout   {}", lab.checkout.display());
    println!("  in       {} ({})", lab.home().display(), disk::human(disk::size(&lab.home())));
    println!("cache      {} ({})", lab.cache.display(), disk::human(disk::size(&lab.cache)));
    let slots = slots::list(&lab.kernels()?)?;
    if slots.is_empty() {
        println!("library    not built for the kernel; `cargo lab setup` does");
    }
    for (directory, taken) in slots {
        let state = if taken { "a kernel is running" } else { "free" };
        println!("  slot     {} ({state})", directory.display());
    }
    Ok(())
}

fn found(path: Option<PathBuf>) -> String {
    path.map_or_else(
        || "not installed; `cargo lab setup` does".to_owned(),
        |path| path.display().to_string(),
    )
}

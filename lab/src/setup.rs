//! Everything that must be there before a notebook opens.

use crate::disk;
use crate::evcxr;
use crate::fail::{Fail, Outcome};
use crate::jupyter;
use crate::paths::{EVCXR_VERSION, Lab};
use crate::python;
use crate::ready::Ready;
use crate::runner;
use crate::toolchain::{self, Toolchain};
use crate::warm;

/// Makes what is missing, in an order in which each step needs only those before it.
pub(crate) fn everything(lab: &Lab) -> Outcome<Ready> {
    let toolchain = Toolchain::find()?;
    jupyter::install_launcher(lab)?;
    let _lock =
        disk::lock(&lab.lock_file(), "Waiting for another `cargo lab` to finish setting up.")?;
    let ready =
        Ready { lab: lab.clone(), python: python::ensure(lab)?, evcxr: evcxr::ensure(lab)? };
    warm::configure(lab)?;
    jupyter::configure(lab, &ready.evcxr)?;
    warm::build(lab, &toolchain)?;
    check_once(&ready)?;
    Ok(ready)
}

/// Starts a kernel once for every combination of compiler, kernel and dependencies.
fn check_once(ready: &Ready) -> Outcome<()> {
    let lab = &ready.lab;
    let stamp = lab.home().join("checked");
    let (compiler, kernel) = (toolchain::version()?, ready.evcxr.to_string_lossy());
    let kernels = lab.kernels()?;
    let now =
        warm::fingerprint(lab, &[EVCXR_VERSION, &compiler, &kernel, &kernels.to_string_lossy()])?;
    if std::fs::read_to_string(&stamp).is_ok_and(|then| then == now) || !lab.notebooks().is_dir() {
        return Ok(());
    }
    println!("Trying the kernel.");
    if !runner::check(ready)? {
        return Err(Fail::new(
            "the kernel does not work, for the reason above; `cargo lab clean` and `cargo lab setup` start from nothing.",
        ));
    }
    disk::write(&stamp, &now)
}

pub(crate) fn say_ready(ready: &Ready) {
    println!("Ready: `cargo lab` opens the notebooks, `cargo lab run` runs them.");
    println!("  this checkout  {}", ready.lab.home().display());
    println!("  shared         {}", ready.lab.cache.display());
}

//! `cargo lab register`: the kernel in the user's own Jupyter, for VS Code, the classic Notebook and
//! a JupyterLab that is there already.

use crate::disk;
use crate::fail::{Fail, Outcome};
use crate::jupyter;
use crate::paths::Lab;
use crate::ready::Ready;
use std::path::{Path, PathBuf};

/// The kernelspec's name, by which `unregister` finds it again.
const NAME: &str = "microlearners";
const TITLE: &str = "Rust (microlearners)";

/// Writes the kernelspec.
pub(crate) fn register(ready: &Ready) -> Outcome<()> {
    let place = place()?;
    for file in ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"] {
        let logo = ready.lab.kernelspec().join(file);
        if logo.is_file() {
            disk::copy(&logo, &place.join(file))?;
        }
    }
    let spec = jupyter::kernelspec(&ready.lab, &ready.evcxr, TITLE)?;
    disk::write(&place.join("kernel.json"), &spec)?;
    println!("Registered the kernel \"{TITLE}\" in {}.", place.display());
    println!(
        "Choose it in VS Code, the classic Notebook or JupyterLab; it runs from this checkout."
    );
    Ok(())
}

/// Removes it.
pub(crate) fn unregister() -> Outcome<()> {
    let place = place()?;
    if !place.is_dir() {
        println!("There is no kernel \"{TITLE}\" in {}.", place.display());
        return Ok(());
    }
    disk::remove(&place)?;
    println!("Removed the kernel \"{TITLE}\" from {}.", place.display());
    Ok(())
}

/// Removes it if it starts kernels of this checkout, which is being cleaned.
pub(crate) fn forget(lab: &Lab) -> Outcome<()> {
    let Ok(place) = place() else { return Ok(()) };
    let spec = std::fs::read_to_string(place.join("kernel.json")).unwrap_or_default();
    if spec.contains(&*lab.launcher().to_string_lossy()) { unregister() } else { Ok(()) }
}

fn place() -> Outcome<PathBuf> {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = data_directory(
        variable("JUPYTER_DATA_DIR"),
        variable("XDG_DATA_HOME"),
        variable("HOME").as_deref(),
    );
    let data = data.ok_or_else(|| {
        Fail::new("neither HOME nor JUPYTER_DATA_DIR is set; set JUPYTER_DATA_DIR to Jupyter's data directory, which `jupyter --paths` names.")
    })?;
    Ok(data.join("kernels").join(NAME))
}

/// Where Jupyter looks for a user's kernels; <https://docs.jupyter.org> says so.
fn data_directory(
    own: Option<PathBuf>,
    xdg: Option<PathBuf>,
    home: Option<&Path>,
) -> Option<PathBuf> {
    if own.is_some() {
        return own;
    }
    if cfg!(target_os = "macos") {
        return home.map(|home| home.join("Library").join("Jupyter"));
    }
    let share = || home.map(|home| home.join(".local").join("share"));
    xdg.or_else(share).map(|share| share.join("jupyter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_goes_where_jupyter_looks() {
        let path = |text: &str| Some(PathBuf::from(text));
        let home = Some(Path::new("/home/me"));
        assert_eq!(data_directory(path("/own"), path("/xdg"), home), path("/own"));
        assert_eq!(data_directory(None, None, None), None);
        if cfg!(target_os = "linux") {
            assert_eq!(data_directory(None, path("/xdg"), home), path("/xdg/jupyter"));
            assert_eq!(data_directory(None, None, home), path("/home/me/.local/share/jupyter"));
        }
    }
}

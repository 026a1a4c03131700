//! Where everything lives.

use crate::fail::{Fail, Outcome};
use std::path::{Path, PathBuf};

/// The kernel this checkout's notebooks are written for.
pub(crate) const EVCXR_VERSION: &str = "0.22.0";

/// The two places cargo lab writes to: the checkout's `target/lab` and the cache.
#[derive(Debug, Clone)]
pub(crate) struct Lab {
    pub(crate) checkout: PathBuf,
    pub(crate) cache: PathBuf,
}

impl Lab {
    pub(crate) fn find() -> Outcome<Self> {
        let lab = Self { checkout: checkout()?, cache: cache()? };
        for path in [&lab.checkout, &lab.cache] {
            // Such a path cannot be written into the kernel's `:dep` line or its configuration.
            if path.to_str().is_none_or(|text| text.contains(['"', '\\', '\n'])) {
                return Err(Fail::new(format!(
                    "the path {} holds a character the kernel cannot read; move the directory to a plainer path.",
                    path.display()
                )));
            }
        }
        lab.kernels()?;
        Ok(lab)
    }

    pub(crate) fn notebooks(&self) -> PathBuf {
        self.checkout.join("notebooks")
    }

    /// The file of a notebook.
    pub(crate) fn notebook(&self, name: &str) -> PathBuf {
        self.notebooks().join(format!("{name}.ipynb"))
    }

    /// What belongs to this checkout.
    pub(crate) fn home(&self) -> PathBuf {
        self.checkout.join("target").join("lab")
    }

    /// Jupyter's data directory, with the kernelspec.
    pub(crate) fn jupyter(&self) -> PathBuf {
        self.home().join("jupyter")
    }

    pub(crate) fn kernelspec(&self) -> PathBuf {
        self.jupyter().join("kernels").join("rust")
    }

    pub(crate) fn launcher(&self) -> PathBuf {
        self.home().join("bin").join("microlearners-kernel")
    }

    /// The `CARGO_HOME` in which the kernel finds what stands in for cargo.
    pub(crate) fn stand_in(&self) -> PathBuf {
        stand_in(&self.checkout)
    }

    pub(crate) fn runner(&self) -> PathBuf {
        self.home().join("run.py")
    }

    /// What JupyterLab prints while notebooks are looked at.
    pub(crate) fn inspection_log(&self) -> PathBuf {
        self.home().join("inspection.log")
    }

    /// What the kernel itself prints, which is not part of a notebook.
    pub(crate) fn kernel_log(&self) -> PathBuf {
        self.home().join("kernel.log")
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.cache.join("setup.lock")
    }

    /// The kernel's `EVCXR_CONFIG_DIR`, which loads the library before the first cell.
    pub(crate) fn evcxr_config(&self) -> PathBuf {
        evcxr_config(&self.checkout)
    }

    /// The same for a library that does not compile: the notebook's first cell then says why.
    pub(crate) fn evcxr_bare_config(&self) -> PathBuf {
        evcxr_bare_config(&self.checkout)
    }

    /// Where the kernel's build directories are.
    ///
    /// The kernel hands its child the path of each compiled cell separated by a
    /// space, so that a checkout whose own path has one keeps them in the cache.
    pub(crate) fn kernels(&self) -> Outcome<PathBuf> {
        if !has_space(&self.checkout) {
            return Ok(self.home().join("kernels"));
        }
        if !has_space(&self.cache) {
            let key = format!("{:016x}", hash(&[self.checkout.as_os_str().as_encoded_bytes()]));
            return Ok(self.cache.join("kernels").join(key));
        }
        Err(Fail::new(format!(
            "the kernel cannot build below a path with a space, and both {} and {} have one; set MICROLEARNERS_CACHE to a directory without.",
            self.checkout.display(),
            self.cache.display()
        )))
    }

    /// The kernel's own installation.
    pub(crate) fn evcxr_root(&self) -> PathBuf {
        self.cache.join(format!("evcxr_jupyter-{EVCXR_VERSION}"))
    }

    /// Where it is compiled, until it is installed.
    pub(crate) fn evcxr_build(&self) -> PathBuf {
        self.cache.join(format!("evcxr_jupyter-{EVCXR_VERSION}.build"))
    }
}

pub(crate) fn evcxr_config(checkout: &Path) -> PathBuf {
    checkout.join("target").join("lab").join("evcxr")
}

pub(crate) fn stand_in(checkout: &Path) -> PathBuf {
    checkout.join("target").join("lab").join("stand-in")
}

pub(crate) fn evcxr_bare_config(checkout: &Path) -> PathBuf {
    checkout.join("target").join("lab").join("evcxr-bare")
}

/// Cargo says where the package `lab` is; without it, a directory above the current one is the
/// checkout.
fn checkout() -> Outcome<PathBuf> {
    let from_cargo = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .and_then(|lab| lab.parent().map(Path::to_owned));
    let here = std::env::current_dir()
        .map_err(|error| Fail::file("find", Path::new("the current directory"), &error))?;
    from_cargo
        .iter()
        .map(PathBuf::as_path)
        .chain(here.ancestors())
        .find(|directory| is_checkout(directory))
        .and_then(|directory| directory.canonicalize().ok())
        .ok_or_else(|| {
            Fail::new(
                "this is no checkout of microlearners; change to one and run `cargo lab` there.",
            )
        })
}

fn is_checkout(directory: &Path) -> bool {
    std::fs::read_to_string(directory.join("Cargo.toml")).is_ok_and(|manifest| {
        manifest.lines().any(|line| line.trim() == "name = \"microlearners\"")
    })
}

fn cache() -> Outcome<PathBuf> {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = cache_from(variable("MICROLEARNERS_CACHE"), variable("XDG_CACHE_HOME"), variable("HOME"))
        .ok_or_else(|| Fail::new("neither HOME nor MICROLEARNERS_CACHE is set; set MICROLEARNERS_CACHE to a directory to keep the kernel in."))?;
    std::path::absolute(&cache).map_err(|error| Fail::file("find", &cache, &error))
}

fn cache_from(
    own: Option<PathBuf>,
    xdg: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    // The XDG specification has relative values ignored.
    let xdg = xdg
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join("microlearners"));
    own.or(xdg).or_else(|| home.map(|home| home.join(".cache").join("microlearners")))
}

fn has_space(path: &Path) -> bool {
    path.to_string_lossy().contains(char::is_whitespace)
}

/// A short name for content (FNV-1a): the same on every machine and in every release, unlike the
/// standard library's.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    parts
        .iter()
        .flat_map(|part| part.iter().chain([&0xff]))
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(checkout: &str, cache: &str) -> Lab {
        Lab { checkout: checkout.into(), cache: cache.into() }
    }

    #[test]
    fn the_cache_is_the_first_that_is_named() {
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(cache_from(path("/own"), path("/xdg"), path("/home")), path("/own"));
        assert_eq!(cache_from(None, path("/xdg"), path("/home")), path("/xdg/microlearners"));
        assert_eq!(
            cache_from(None, path("relative"), path("/home")),
            path("/home/.cache/microlearners")
        );
        assert_eq!(cache_from(None, None, None), None);
    }

    #[test]
    fn kernels_are_built_below_a_path_without_spaces() {
        assert_eq!(
            lab("/a/b", "/c d").kernels().expect("plain"),
            Path::new("/a/b/target/lab/kernels")
        );
        let elsewhere = lab("/a b", "/cache").kernels().expect("the cache");
        assert!(elsewhere.starts_with("/cache/kernels"), "{elsewhere:?}");
        assert_ne!(elsewhere, lab("/a c", "/cache").kernels().expect("the cache"));
        assert!(lab("/a b", "/c d").kernels().is_err());
    }

    #[test]
    fn the_hash_tells_parts_apart() {
        assert_eq!(hash(&[b"a", b"b"]), hash(&[b"a", b"b"]));
        assert_ne!(hash(&[b"a", b"b"]), hash(&[b"ab"]));
        assert_ne!(hash(&[b"jupyterlab==4.6.6"]), hash(&[b"jupyterlab==4.6.7"]));
    }
}

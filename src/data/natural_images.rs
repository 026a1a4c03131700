//! The grey photographs that ship with the project, as files.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::idx;
use super::places::place;
use crate::error::{Error, Result};

const FOLDER: &str = "natural_images";
/// datasets/natural_images/README.md has their sources and licences.
pub(crate) const NAMES: [&str; 5] = ["camera", "chelsea", "coffee", "astronaut", "rocket"];

/// The pixels of one of them, rows × columns; 0 is black.
///
/// # Errors
/// [`Error::Data`] if the folder is nowhere, or the file is damaged; [`Error::File`] if it cannot be
/// read.
pub(crate) fn pixels(name: &str) -> Result<Array2<u8>> {
    let folder = place(FOLDER).ok_or_else(|| Error::Data {
        path: PathBuf::from(FOLDER),
        problem: "there is no such folder".into(),
        remedy: "it is in datasets of the checkout: set MICROLEARNERS_DATA to that folder".into(),
    })?;
    pixels_of(&folder.join(format!("{name}-idx2-ubyte.gz")))
}

fn pixels_of(path: &Path) -> Result<Array2<u8>> {
    let (sizes, bytes) = idx::bytes(path, 2)?;
    // The reader has compared the sizes with the bytes.
    Array2::from_shape_vec((sizes[0], sizes[1]), bytes)
        .map_err(|error| Error::Shape(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_ship() {
        let sizes = NAMES.map(|name| pixels(name).unwrap().dim());
        assert_eq!(sizes, [(512, 512), (300, 451), (400, 600), (512, 512), (427, 640)]);
    }

    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("camera-idx2-ubyte.gz");
        std::fs::write(&path, b"no image at all").unwrap();
        let told = pixels_of(&path).unwrap_err().to_string();
        assert!(told.contains("not IDX of bytes in 2 dimensions"), "{told}");
    }
}

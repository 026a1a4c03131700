//! CIFAR-10H: how often people chose each class for each of CIFAR-10's test images.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::places::{nowhere, place};
use crate::data::hex;
use crate::error::{Error, Result};

/// The file as it is published.
pub(super) const FILE: &str = "cifar10h-counts.npy";
/// SHA-256 of the counts, each as four bytes with the lowest first, image by image. A sum of the file
/// would depend on how NumPy stores them.
const COUNTS_SUM: &str = "26e6ec5bf6ccdae37491c1c78c1cd1bfdfcad60d9fb2c4f74f10c1e648d00f25";
const IMAGES: usize = 10_000;
const CLASSES: usize = 10;

/// The counts, images × classes, in the order of CIFAR-10's test images, from where `microlearners
/// data cifar10h` puts them, or the folder in `MICROLEARNERS_DATA`.
///
/// # Errors
/// [`Error::Data`] if they are nowhere, or as [`counts_from`].
pub(crate) fn counts() -> Result<Array2<u32>> {
    counts_from(&place("cifar10h").ok_or_else(|| nowhere("cifar10h"))?)
}

/// The same from a file, or the folder that it is in.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if it is truncated, altered or another file.
pub(crate) fn counts_from(path: &Path) -> Result<Array2<u32>> {
    let path: PathBuf = if path.is_dir() { path.join(FILE) } else { path.into() };
    let content = fs::read(&path).map_err(|error| Error::file(&path, error))?;
    checked(&content).map_err(|problem| Error::Data {
        path,
        problem,
        remedy: format!("get {FILE} anew by `microlearners data cifar10h`"),
    })
}

/// Says why the file does not hold the counts, if it does not.
pub(super) fn verify(path: &Path) -> std::result::Result<(), String> {
    checked(&fs::read(path).map_err(|error| error.to_string())?).map(drop)
}

fn checked(content: &[u8]) -> std::result::Result<Array2<u32>, String> {
    let counts = parse(content).ok_or_else(|| {
        format!(
            "its {} bytes are no NumPy array of {IMAGES} × {CLASSES} counts of 8 bytes each",
            content.len()
        )
    })?;
    let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
    let found = hex(&Sha256::digest(&bytes));
    if found == COUNTS_SUM {
        return Ok(counts);
    }
    Err(format!("its counts are not the published ones (SHA-256 {}…)", &found[..12]))
}

/// The counts in NumPy's format `.npy`, version 1, as whole or as decimal numbers.
fn parse(content: &[u8]) -> Option<Array2<u32>> {
    let rest = content.strip_prefix(b"\x93NUMPY\x01\x00")?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (header, numbers) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let header = std::str::from_utf8(header).ok()?;
    let is_shaped = header.contains("(10000, 10)") && header.contains("'fortran_order': False");
    let (words, left) = numbers.as_chunks::<8>();
    if !is_shaped || words.len() != IMAGES * CLASSES || !left.is_empty() {
        return None;
    }
    let number: fn(&[u8; 8]) -> f64 = match header {
        header if header.contains("'<i8'") => |word| i64::from_le_bytes(*word) as f64,
        header if header.contains("'<f8'") => |word| f64::from_le_bytes(*word),
        _ => return None,
    };
    // What is no count becomes another number, which the sum shows.
    let counts = words.iter().map(|word| number(word) as u32).collect();
    Array2::from_shape_vec((IMAGES, CLASSES), counts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, numbers: usize) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (10000, 10), }}\n");
        let mut content = b"\x93NUMPY\x01\x00".to_vec();
        content.extend((header.len() as u16).to_le_bytes());
        content.extend(header.bytes());
        content.extend((0..numbers).flat_map(|number| ((number % 60) as i64).to_le_bytes()));
        content
    }

    #[test]
    fn a_file_of_the_format_is_read_and_other_counts_are_seen() {
        let counts = parse(&file("<i8", 100_000)).unwrap();
        assert_eq!((counts.dim(), counts[(6, 2)]), ((10_000, 10), 2));
        let told = checked(&file("<i8", 100_000)).unwrap_err();
        assert!(told.contains("not the published ones"), "{told}");
    }

    #[test]
    fn what_is_no_such_file_is_refused_in_one_sentence() {
        let whole = file("<i8", 100_000);
        let others =
            [&whole[..90_000], &whole[..20], b"", b"PK", &file("<i4", 100_000), &file("<i8", 99)];
        for content in others {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE), content).unwrap();
            let told = counts_from(folder.path()).unwrap_err().to_string();
            assert_eq!(told.lines().count(), 1, "{told}");
            assert!(told.contains("no NumPy array") && told.contains("data cifar10h"), "{told}");
        }
    }
}

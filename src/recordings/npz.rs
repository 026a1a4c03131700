//! Arrays by name in NumPy's format `.npz`: a zip of `.npy`, stored or deflated.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};

use super::checkpoint_file::Tensor;
use super::npy;
use crate::error::shown;

/// The arrays of a file's content, or what is wrong with it.
pub(super) fn read(content: &[u8]) -> Result<Vec<(String, Tensor)>, String> {
    let broken = |error: rawzip::Error| format!("it is no whole npz archive ({error})");
    let archive = ZipArchive::from_slice(content).map_err(broken)?;
    let mut entries = archive.entries();
    let mut all: Vec<(String, Tensor)> = Vec::new();
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let quoted = shown(&name);
        let is_stored = match entry.compression_method() {
            CompressionMethod::STORE => true,
            CompressionMethod::DEFLATE => false,
            other => {
                return Err(format!(
                    "its array \"{quoted}\" is compressed in a way that NumPy has not ({other:?})"
                ));
            }
        };
        let local = archive.get_entry(entry.wayfinder()).map_err(broken)?;
        let mut array = Vec::new();
        let whole = match is_stored {
            true => local.verifying_reader(local.data()).read_to_end(&mut array),
            false => {
                local.verifying_reader(DeflateDecoder::new(local.data())).read_to_end(&mut array)
            }
        };
        whole.map_err(|error| format!("its array \"{quoted}\" is damaged ({error})"))?;
        let tensor = npy::read(&array).map_err(|why| format!("its array \"{quoted}\": {why}"))?;
        if all.iter().any(|(known, _)| *known == name) {
            return Err(format!("its array \"{quoted}\" is there twice"));
        }
        all.push((name, tensor));
    }
    // A central directory that was cut ends early.
    match all.len() as u64 == archive.entries_hint() {
        true => Ok(all),
        false => Err(format!("{} of its {} arrays are there", all.len(), archive.entries_hint())),
    }
}

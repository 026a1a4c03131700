//! RDMs in a temporary file, so that memory does not grow with their number.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use crate::error::{Error, Result};

/// As many numbers for each RDM. The file has no name and is gone with this value, or with the
/// process.
#[derive(Debug)]
pub(super) struct RdmFile {
    /// The file, and how many RDMs are in it.
    kept: Mutex<(File, u64)>,
    /// The numbers of an RDM.
    length: usize,
}

impl RdmFile {
    /// # Errors
    /// [`Error::File`] if no temporary file can be made.
    pub(super) fn new(length: usize) -> Result<Self> {
        let file = tempfile::tempfile().map_err(told)?;
        Ok(Self { kept: Mutex::new((file, 0)), length })
    }

    /// Keeps an RDM, and says where.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, for want of room for example.
    pub(super) fn keep(&self, rdm: impl ExactSizeIterator<Item = f32>) -> Result<u64> {
        debug_assert_eq!(rdm.len(), self.length);
        let bytes: Vec<u8> = rdm.flat_map(f32::to_le_bytes).collect();
        let mut kept = self.kept.lock().expect("no thread panics while it holds the file");
        let (file, count) = &mut *kept;
        let at = *count;
        file.seek(SeekFrom::Start(at * bytes.len() as u64)).map_err(told)?;
        file.write_all(&bytes).map_err(told)?;
        *count += 1;
        Ok(at)
    }

    /// The RDM that was kept there.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read.
    pub(super) fn read(&self, at: u64) -> Result<Vec<f32>> {
        let mut bytes = vec![0; 4 * self.length];
        let mut kept = self.kept.lock().expect("no thread panics while it holds the file");
        let file = &mut kept.0;
        file.seek(SeekFrom::Start(at * bytes.len() as u64)).map_err(told)?;
        file.read_exact(&mut bytes).map_err(told)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}

fn told(source: std::io::Error) -> Error {
    Error::file(std::env::temp_dir(), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_in_any_order() {
        let file = RdmFile::new(3).unwrap();
        let rdms = [[0.5, -1.0, f32::MIN_POSITIVE], [1.0, 2.0, 3.0], [7.0, 8.0, 9.0]];
        let places = rdms.map(|rdm| file.keep(rdm.into_iter()).unwrap());
        for at in [2, 0, 1, 0] {
            assert_eq!(file.read(places[at]).unwrap(), rdms[at]);
        }
        assert!(file.read(3).is_err());
    }
}

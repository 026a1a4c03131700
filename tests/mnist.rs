//! The data that ships with the project, and what happens when it is not as it should be.

use std::fs;
use std::path::Path;

use microlearners::data::Dataset;

use crate::support;

fn copy_of_the_files() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/mnist");
    for entry in fs::read_dir(shipped).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

fn refusal(folder: &Path) -> String {
    let message = Dataset::mnist_from(folder).unwrap_err().to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("git checkout"), "{message}");
    message
}

#[test]
fn mnist_is_what_it_is_known_to_be() {
    let data = support::mnist();
    assert_eq!(
        (data.train().len(), data.test().len(), data.shape()),
        (60_000, 10_000, (28, 28).into())
    );
    assert_eq!(data.train().labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    let mean =
        data.train().pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / (255.0 * 60_000.0 * 784.0);
    assert!((mean - 0.1307).abs() < 1e-4);
}

#[test]
fn a_missing_file_is_named() {
    let copy = copy_of_the_files();
    fs::remove_file(copy.path().join("t10k-labels-idx1-ubyte.gz")).unwrap();
    let message = refusal(copy.path());
    assert!(
        message.contains("t10k-labels-idx1-ubyte.gz") && message.contains("missing"),
        "{message}"
    );
}

#[test]
fn a_truncated_file_is_named() {
    let copy = copy_of_the_files();
    let path = copy.path().join("train-images-idx3-ubyte.gz");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let message = refusal(copy.path());
    assert!(
        message.contains("train-images-idx3-ubyte.gz") && message.contains("truncated"),
        "{message}"
    );
}

#[test]
fn an_altered_file_is_named() {
    use std::io::{Read, Write};
    let copy = copy_of_the_files();
    let path = copy.path().join("train-labels-idx1-ubyte.gz");
    let mut labels = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()).read_to_end(&mut labels).unwrap();
    labels[100] ^= 1;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&labels).unwrap();
    fs::write(&path, packed.finish().unwrap()).unwrap();
    let message = refusal(copy.path());
    assert!(
        message.contains("train-labels-idx1-ubyte.gz") && message.contains("altered"),
        "{message}"
    );
}

//! CIFAR-10 from files of its format.

use std::fs;
use std::path::Path;

use microlearners::prelude::*;

use crate::support::archive;

/// The folder of the files in an archive.
const INSIDE: &str = "cifar-10-batches-bin";
const RECORD: usize = 3073;
const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// 10,000 images, of which image i has class i % 10, red i % 251, green 1 and, place by place, blue.
fn batch() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(10_000 * RECORD);
    for image in 0..10_000_usize {
        bytes.push((image % 10) as u8);
        bytes.extend(std::iter::repeat_n((image % 251) as u8, 1024));
        bytes.extend([1; 1024]);
        bytes.extend((0..1024).map(|place| (place % 256) as u8));
    }
    bytes
}

/// All six files are one.
fn folder(content: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join(NAMES[0]);
    fs::write(&first, content).unwrap();
    NAMES[1..].iter().for_each(|name| fs::hard_link(&first, folder.path().join(name)).unwrap());
    folder
}

fn told(path: impl AsRef<Path>) -> String {
    let told = Dataset::cifar10_from(path).unwrap_err().to_string();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains("cifar-10"), "{told}");
    told
}

#[test]
fn files_and_archives_are_read_and_planes_become_places() {
    let content = batch();
    let folder = folder(&content);
    let packed = tempfile::tempdir().unwrap();
    let path = packed.path().join("cifar-10-binary.tar.gz");
    let files = NAMES.map(|name| (name, content.as_slice()));
    archive(&files, INSIDE, &path);
    for from in [folder.path(), &path, packed.path()] {
        let data = Dataset::cifar10_from(from).unwrap();
        assert_eq!((data.train().len(), data.test().len()), (50_000, 10_000));
        assert_eq!(data.shape(), (32, 32, 3).into());
        assert_eq!((data.train().labels[13], data.classes()[3].as_str()), (3, "cat"));
        // Place 5 of image 40: red, green and blue side by side.
        assert_eq!(data.test().pixels.row(40).to_vec()[15..18], [40, 1, 5]);
    }
    let images = Dataset::cifar10_from(folder.path()).unwrap().subset(100, 50, 0).unwrap();
    let settings = TaskSettings {
        normalisation: Normalisation::CIFAR10,
        probe_stimuli: 20,
        ..TaskSettings::default()
    };
    let task = Task::classification(&images, &settings).unwrap();
    assert!((task.train().inputs[(0, 1)] - (1.0 / 255.0 - 0.4822) / 0.2435).abs() < 1e-5);
    assert_eq!(task.probe_labels().len(), 20);
}

#[test]
fn what_is_not_cifar10_is_refused_with_the_file_and_the_numbers() {
    let empty = tempfile::tempdir().unwrap();
    assert!(told(empty.path()).contains("neither"));
    assert!(told(empty.path().join("nothing")).contains("neither"));
    let content = batch();
    let change = |what: &dyn Fn(&mut Vec<u8>)| {
        let mut content = content.clone();
        what(&mut content);
        folder(&content)
    };
    for (folder, part) in [
        (change(&|content| content.truncate(30_000_000)), "30000000 bytes"),
        (change(&|content| content.clear()), "0 bytes"),
        (change(&|content| content.push(0)), "30730001 bytes"),
        (change(&|content| content[RECORD * 77] = 10), "image 77 has class 10"),
        (change(&|content| content[0] = 255), "image 0 has class 255"),
    ] {
        assert!(told(folder.path()).contains(part), "{}", told(folder.path()));
    }
    let part = folder(&content);
    fs::remove_file(part.path().join(NAMES[3])).unwrap();
    assert!(told(part.path()).contains("data_batch_4.bin"), "{}", told(part.path()));
}

#[test]
fn damaged_archives_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("cifar-10-binary.tar.gz");
    let few = vec![0; RECORD];
    archive(&[(NAMES[0], &few)], INSIDE, &path);
    assert!(told(&path).contains("3073 bytes"), "{}", told(&path));
    archive(&[("readme.html", b"text")], INSIDE, &path);
    assert!(told(&path).contains("no file data_batch_1.bin"), "{}", told(&path));
    // Numbers that do not compress, so that there is something to cut and to alter.
    let noise: Vec<u8> =
        (0..200_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    archive(&[(NAMES[0], &noise)], INSIDE, &path);
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, 10, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(told(&path).contains("truncated, damaged"), "{length}: {}", told(&path));
    }
    for place in [3, whole.len() / 3, whole.len() - 6] {
        let mut altered = whole.clone();
        altered[place] ^= 0xff;
        fs::write(&path, altered).unwrap();
        assert!(told(&path).contains("cifar-10-binary.tar.gz"), "{place}");
    }
    fs::write(&path, b"<html>not found</html>").unwrap();
    assert!(told(&path).contains("no gzipped tar archive"), "{}", told(&path));
}

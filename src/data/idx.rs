//! Data sets of MNIST's format: Fashion-MNIST, Kuzushiji-MNIST, EMNIST and others.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use ndarray::Array2;

use super::{Dataset, Images};
use crate::error::{Error, Result, shown};

/// The third and fourth bytes of a file: bytes in so many dimensions.
const BYTES: u8 = 8;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The numbers of a file: its dimensions, and the bytes in the order of rows.
struct Idx {
    dimensions: Vec<usize>,
    bytes: Vec<u8>,
}

impl Dataset {
    /// A data set of MNIST's format from the four files in `folder`: Fashion-MNIST,
    /// Kuzushiji-MNIST, EMNIST, or one of your own. Files are IDX (big-endian, bytes), gzipped or
    /// not, and called as MNIST's are, with a dash or a dot before `idx`, and with anything in
    /// front: `train-images-idx3-ubyte.gz`, `emnist-letters-test-labels.idx1-ubyte`. Test files are
    /// called `t10k-…` or `test-…`. The data set is called as the folder is. Classes are the labels
    /// that occur, in ascending order. No checksum is compared.
    ///
    /// EMNIST's images are transposed in its files, and stay so.
    ///
    /// ```no_run
    /// use microlearners::prelude::*;
    ///
    /// let clothes = Dataset::idx("fashion-mnist")?;
    /// let task = Task::classification(&clothes, &TaskSettings::default())?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] if a file is missing, there are two of a kind, one is not IDX of bytes or is
    /// cut short, images and labels differ in number, or training and test images in size;
    /// otherwise as [`Dataset::new`].
    pub fn idx(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let files = files(folder)?;
        let (train, side) = part(folder, &files, &["train"])?;
        let (test, other) = part(folder, &files, &["t10k", "test"])?;
        if side != other {
            let problem = format!(
                "training images have {} × {} pixels and test images {} × {}",
                side.0, side.1, other.0, other.1
            );
            return Err(broken(folder, &problem));
        }
        let labels: BTreeSet<u8> = train.labels.iter().chain(&test.labels).copied().collect();
        let labels: Vec<u8> = labels.into_iter().collect();
        let numbered = |images: Images| Images {
            labels: images.labels.iter().map(|label| place(&labels, *label)).collect(),
            ..images
        };
        let (train, test) = (numbered(train), numbered(test));
        let classes = labels.iter().map(u8::to_string).collect();
        let name = folder.canonicalize().ok();
        let name = name.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
        Self::new(name.unwrap_or("images"), side, classes, train, test)
    }
}

/// The number of a label among those that occur.
fn place(labels: &[u8], label: u8) -> u8 {
    labels.iter().take_while(|known| **known < label).count() as u8
}

/// The names of all files.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| Error::file(folder, error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// Images and labels of the training or the test part, and the images' height and width.
fn part(folder: &Path, files: &[PathBuf], parts: &[&str]) -> Result<(Images, (usize, usize))> {
    let images_path = file_of(folder, files, parts, "images", 3)?;
    let labels_path = file_of(folder, files, parts, "labels", 1)?;
    let (images, labels) = (read(images_path, 3)?, read(labels_path, 1)?);
    let (count, height, width) = (images.dimensions[0], images.dimensions[1], images.dimensions[2]);
    if count != labels.bytes.len() {
        let problem = format!(
            "{} has {count} images and {} has {} labels",
            in_short(images_path),
            in_short(labels_path),
            labels.bytes.len()
        );
        return Err(broken(folder, &problem));
    }
    let pixels = Array2::from_shape_vec((count, height * width), images.bytes)
        .map_err(|error| Error::Shape(format!("images of {}: {error}", folder.display())))?;
    Ok((Images { pixels, labels: labels.bytes }, (height, width)))
}

/// The one file of a part and a kind, such as training images.
fn file_of<'a>(
    folder: &Path,
    files: &'a [PathBuf],
    parts: &[&str],
    kind: &str,
    dimensions: usize,
) -> Result<&'a PathBuf> {
    let is_wanted = |path: &&PathBuf| {
        let name = in_short(path).to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        parts.iter().any(|part| {
            ["-", "."].iter().any(|mark| {
                let ending = format!("{part}-{kind}{mark}idx{dimensions}-ubyte");
                name.strip_suffix(&ending)
                    .is_some_and(|front| !front.ends_with(char::is_alphanumeric))
            })
        })
    };
    let found: Vec<&PathBuf> = files.iter().filter(is_wanted).collect();
    let name = format!("{}-{kind}-idx{dimensions}-ubyte", parts[0]);
    match found[..] {
        [one] => Ok(one),
        [] => Err(Error::Data {
            path: folder.into(),
            problem: format!("there is no file {name} or {name}.gz here"),
            remedy: "name the folder that holds the four files of the data set".into(),
        }),
        [one, other, ..] => Err(Error::Data {
            path: folder.into(),
            problem: format!("{} and {} are of one kind", in_short(one), in_short(other)),
            remedy: "keep one data set in a folder, and each file of it once".into(),
        }),
    }
}

fn in_short(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The sizes of a file of so many dimensions, gzipped or not, and its bytes.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if it is truncated or of another form.
pub(super) fn bytes(path: &Path, dimensions: usize) -> Result<(Vec<usize>, Vec<u8>)> {
    let Idx { dimensions, bytes } = read(path, dimensions)?;
    Ok((dimensions, bytes))
}

/// Reads a file, unpacks it if it is gzipped, and takes its head off.
fn read(path: &Path, dimensions: usize) -> Result<Idx> {
    let content = fs::read(path).map_err(|error| Error::file(path, error))?;
    let content = if content.starts_with(&GZIP) { unpacked(path, &content)? } else { content };
    let head = 4 + 4 * dimensions;
    if content.len() < head {
        return Err(broken(path, &format!("it is cut short at {} bytes", content.len())));
    }
    if content[..2] != [0, 0] || content[2] != BYTES || usize::from(content[3]) != dimensions {
        let start = shown(&format!("{:02x?}", &content[..4]));
        let problem =
            format!("it begins with {start}, which is not IDX of bytes in {dimensions} dimensions");
        return Err(broken(path, &problem));
    }
    let sizes: Vec<usize> = content[4..head]
        .chunks_exact(4)
        .map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]) as usize)
        .collect();
    let expected = sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(*size));
    let bytes = content[head..].to_vec();
    if expected != Some(bytes.len()) {
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        let problem =
            format!("it says that it holds {} bytes, and holds {}", sizes.join(" × "), bytes.len());
        return Err(broken(path, &problem));
    }
    Ok(Idx { dimensions: sizes, bytes })
}

fn unpacked(path: &Path, content: &[u8]) -> Result<Vec<u8>> {
    gunzip(content).map_err(|error| broken(path, &format!("it cannot be unpacked ({error})")))
}

/// What was gzipped.
pub(super) fn gunzip(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn broken(path: &Path, problem: &str) -> Error {
    Error::Data {
        path: path.into(),
        problem: problem.into(),
        remedy: "get the file again from where it came".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn idx(dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
        let mut content = vec![0, 0, BYTES, dimensions.len() as u8];
        dimensions.iter().for_each(|size| content.extend(size.to_be_bytes()));
        content.extend(bytes);
        content
    }

    fn gzipped(content: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(content).unwrap();
        packer.finish().unwrap()
    }

    /// Three training and two test images of 2 × 3 pixels, labelled from 1 as EMNIST's letters are.
    fn folder(mark: &str, front: &str, test: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |part: &str, kind: &str, content: &[u8]| {
            let dimensions = if kind == "images" { 3 } else { 1 };
            let name = format!("{front}{part}-{kind}{mark}idx{dimensions}-ubyte");
            match part {
                "train" => fs::write(folder.path().join(name), content).unwrap(),
                _ => fs::write(folder.path().join(name + ".gz"), gzipped(content)).unwrap(),
            }
        };
        write("train", "images", &idx(&[3, 2, 3], &(0..18).collect::<Vec<u8>>()));
        write("train", "labels", &idx(&[3], &[1, 4, 2]));
        write(test, "images", &idx(&[2, 2, 3], &(100..112).collect::<Vec<u8>>()));
        write(test, "labels", &idx(&[2], &[2, 1]));
        folder
    }

    #[test]
    fn files_with_a_dot_or_a_dash_gzipped_or_not_are_read() {
        for (mark, front, test) in
            [("-", "", "t10k"), (".", "", "t10k"), ("-", "emnist-letters-", "test")]
        {
            let folder = folder(mark, front, test);
            let data = Dataset::idx(folder.path()).unwrap();
            assert_eq!((data.train().len(), data.test().len()), (3, 2));
            assert_eq!(data.train().labels, [0, 2, 1]);
            assert_eq!(data.test().labels, [1, 0]);
            assert_eq!(data.train().pixels[(1, 2)], 8);
            assert_eq!(data.test().pixels[(1, 5)], 111);
        }
    }

    fn told(folder: &tempfile::TempDir) -> String {
        let told = Dataset::idx(folder.path()).unwrap_err().to_string();
        assert!(!told.contains('\n'), "{told}");
        told
    }

    #[test]
    fn what_is_no_data_set_is_refused_with_the_file_and_the_numbers() {
        let images = |folder: &tempfile::TempDir| folder.path().join("train-images-idx3-ubyte");
        let here = folder("-", "", "t10k");
        fs::remove_file(images(&here)).unwrap();
        assert!(told(&here).contains("no file train-images-idx3-ubyte"));
        let here = folder("-", "", "t10k");
        fs::copy(images(&here), here.path().join("train-images.idx3-ubyte")).unwrap();
        assert!(told(&here).contains("are of one kind"));
        for (content, part) in [
            (vec![0, 0, 8], "cut short at 3 bytes"),
            (idx(&[18], &[0; 18]), "not IDX of bytes in 3 dimensions"),
            (idx(&[3, 2, 3], &[0; 17]), "3 × 2 × 3 bytes, and holds 17"),
            (idx(&[u32::MAX, u32::MAX, u32::MAX], &[0; 17]), "and holds 17"),
            (gzipped(&[0; 100])[..20].to_vec(), "cannot be unpacked"),
            (idx(&[2, 3, 3], &[0; 18]), "2 images"),
        ] {
            let here = folder("-", "", "t10k");
            fs::write(images(&here), content).unwrap();
            assert!(told(&here).contains(part), "{}", told(&here));
        }
    }
}

//! Files of checkpoints as other programs write them.

use std::io::Write;
use std::path::{Path, PathBuf};

use microlearners::Error;
use microlearners::ndarray::{Array2, ArrayD, IxDyn};
use microlearners::recordings::RecordedFolder;
use safetensors::tensor::TensorView;

pub(super) use safetensors::Dtype;

/// A folder of files, which goes when it is dropped.
pub(super) struct Made {
    pub(super) folder: tempfile::TempDir,
}

impl Made {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A network of 4-3-2 units at steps 0 and 10, with changes and activity on 5 stimuli.
    pub(super) fn small() -> Self {
        let made = Self::new();
        for step in [0, 10] {
            made.file(&format!("step_{step:03}.npz"), &npz(&small(step), false));
        }
        made.file("layers.toml", SMALL.as_bytes());
        made
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file; sub-folders are made.
    pub(super) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(super) fn read(&self) -> Result<RecordedFolder, Error> {
        RecordedFolder::read(self.path())
    }
}

/// The layers of [`Made::small`].
pub(super) const SMALL: &str = r#"
[[layers]]
weight = "a.weight"
bias = "a.bias"
activation = "tanh"
change = "a.change"
activity = "a.activity"

[[layers]]
weight = "b.weight"
activation = "identity"
change = "b.change"
activity = "b.activity"
"#;

/// The arrays of [`Made::small`].
pub(super) fn small(step: usize) -> Vec<(&'static str, Vec<u8>)> {
    let at = |shape: &[usize], seed: usize| npy(&array(shape, seed + step));
    let mut all = vec![
        ("a.weight", at(&[3, 4], 1)),
        ("a.bias", at(&[3], 2)),
        ("a.activity", at(&[5, 3], 3)),
        ("b.weight", at(&[2, 3], 4)),
        ("b.activity", at(&[5, 2], 5)),
    ];
    if step > 0 {
        all.extend([("a.change", at(&[3, 4], 6)), ("b.change", at(&[2, 3], 7))]);
    }
    all
}

/// The arrays of [`Made::small`] with another one in place of that of its name, or besides.
pub(super) fn small_with(name: &'static str, content: Vec<u8>) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = small(10);
    all.retain(|(own, _)| *own != name);
    all.push((name, content));
    all
}

/// Some numbers between −1 and 1.
pub(super) fn array(shape: &[usize], seed: usize) -> ArrayD<f32> {
    let count: usize = shape.iter().product();
    let number = |i: usize| ((i * 37 + seed * 101 + i * i * 7) % 199) as f32 / 99.5 - 1.0;
    ArrayD::from_shape_vec(IxDyn(shape), (0..count).map(number).collect()).unwrap()
}

/// The same as a matrix.
pub(super) fn matrix(shape: (usize, usize), seed: usize) -> Array2<f32> {
    array(&[shape.0, shape.1], seed).into_dimensionality().unwrap()
}

/// A `.npy` of float32.
pub(super) fn npy(array: &ArrayD<f32>) -> Vec<u8> {
    let numbers: Vec<u8> = array.iter().flat_map(|number| number.to_le_bytes()).collect();
    npy_of("<f4", array.shape(), &numbers)
}

/// A `.npy` of anything.
pub(super) fn npy_of(descr: &str, shape: &[usize], numbers: &[u8]) -> Vec<u8> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sides}), }}\n");
    let mut content = b"\x93NUMPY\x01\x00".to_vec();
    content.extend((header.len() as u16).to_le_bytes());
    content.extend(header.bytes());
    content.extend(numbers);
    content
}

/// A `.npz`, stored as `numpy.savez` writes it or deflated as `numpy.savez_compressed` does.
pub(super) fn npz(arrays: &[(&str, Vec<u8>)], is_deflated: bool) -> Vec<u8> {
    use rawzip::{CompressionMethod, ZipArchiveWriter};
    let mut content = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut content);
    for (name, array) in arrays {
        let method =
            if is_deflated { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
        let file = archive.new_file(format!("{name}.npy"));
        let (mut entry, config) = file.compression_method(method).start().unwrap();
        let descriptor = if is_deflated {
            let encoder =
                flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast());
            let mut writer = config.wrap(encoder);
            writer.write_all(array).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(array).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    content
}

/// A safetensors file of tensors with their bytes.
pub(super) fn safetensors(tensors: &[(&str, Dtype, &[usize], Vec<u8>)]) -> Vec<u8> {
    let views = tensors.iter().map(|(name, kind, shape, bytes)| {
        (*name, TensorView::new(*kind, shape.to_vec(), bytes).unwrap())
    });
    ::safetensors::serialize(views, None).unwrap()
}

/// Bytes of numbers in this precision.
pub(super) fn bytes(array: &ArrayD<f32>, kind: Dtype) -> Vec<u8> {
    let number = |&x: &f32| match kind {
        Dtype::F16 => half::f16::from_f32(x).to_le_bytes().to_vec(),
        Dtype::BF16 => half::bf16::from_f32(x).to_le_bytes().to_vec(),
        Dtype::F64 => f64::from(x).to_le_bytes().to_vec(),
        Dtype::I64 => (x as i64).to_le_bytes().to_vec(),
        _ => x.to_le_bytes().to_vec(),
    };
    array.iter().flat_map(number).collect()
}

//! One array in NumPy's format `.npy`, versions 1 to 3.
//!
//! The header is a literal of three known keys, so that it is read here; crates that read all of
//! Python's literals for it bring a parser generator along.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use super::checkpoint_file::{Kind, Tensor, numbers};

const MAGIC: &[u8] = b"\x93NUMPY";

/// The array of a file's content, or what is wrong with it.
pub(super) fn read(content: &[u8]) -> Result<Tensor, String> {
    let (header, data) = split(content)?;
    let header = Header::parse(header)
        .ok_or("its header is damaged: it has no descr, fortran_order and shape")?;
    let count = header.shape.iter().try_fold(1_usize, |all, &side| all.checked_mul(side));
    let Some((kind, is_swapped)) = header.kind() else {
        return Ok(Tensor::Other { kind: header.words() });
    };
    let needed = count.and_then(|count| count.checked_mul(kind.bytes()));
    if needed != Some(data.len()) {
        let needed = needed.map_or("too many".into(), |needed| needed.to_string());
        return Err(format!(
            "it holds {} bytes of numbers where its shape {:?} needs {needed}",
            data.len(),
            header.shape
        ));
    }
    let shape = IxDyn(&header.shape).set_f(header.is_fortran);
    let array = ArrayD::from_shape_vec(shape, numbers(data, kind, is_swapped));
    array.map(Tensor::Numbers).map_err(|error| format!("its shape is damaged: {error}"))
}

/// Header and numbers.
fn split(content: &[u8]) -> Result<(&str, &[u8]), String> {
    let damaged = || "it is no .npy file, or ends within its header".to_owned();
    let rest = content.strip_prefix(MAGIC).ok_or_else(damaged)?;
    let (&[version, _], rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
    let (length, rest) = match version {
        1 => {
            let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        other => return Err(format!("it is of version {other} of the format; 1 to 3 are read")),
    };
    let (header, data) = rest.split_at_checked(length).ok_or_else(damaged)?;
    Ok((std::str::from_utf8(header).map_err(|_| damaged())?, data))
}

/// What a header says.
struct Header {
    /// Such as `<f4`.
    descr: String,
    is_fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Option<Self> {
        let after = |key: &str| {
            let place = text.find(&format!("'{key}'"))?;
            Some(text[place + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = after("descr")?;
        // A record of several fields is a list.
        let descr = match descr.strip_prefix('\'') {
            Some(descr) => descr.split('\'').next()?,
            None => "a record",
        };
        let is_fortran = after("fortran_order")?.starts_with("True");
        let inside = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
        let sides = inside.split(',').map(str::trim).filter(|side| !side.is_empty());
        let shape = sides.map(|side| side.parse().ok()).collect::<Option<Vec<usize>>>()?;
        Some(Self { descr: descr.into(), is_fortran, shape })
    }

    /// Which numbers these are, and whether their bytes are in the order of other processors.
    fn kind(&self) -> Option<(Kind, bool)> {
        let kind = match self.descr.get(1..)? {
            "f2" => Kind::Half,
            "f4" => Kind::Single,
            "f8" => Kind::Double,
            _ => return None,
        };
        Some((kind, self.descr.starts_with('>')))
    }

    /// What else it holds.
    fn words(&self) -> String {
        let kind = match self.descr.trim_start_matches(['<', '>', '|', '=']).chars().next() {
            Some('i' | 'u') => "whole numbers",
            Some('c') => "complex numbers",
            Some('b') => "true and false",
            Some('V') => "raw bytes, as which NumPy writes bfloat16",
            _ => "no numbers",
        };
        format!("{kind} ({})", self.descr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of version 1 with this header.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut content = MAGIC.to_vec();
        content.extend([1, 0]);
        content.extend((header.len() as u16).to_le_bytes());
        content.extend(header.bytes());
        content.extend(data);
        content
    }

    fn read_numbers(content: &[u8]) -> ArrayD<f32> {
        match read(content).unwrap() {
            Tensor::Numbers(array) => array,
            Tensor::Other { kind } => panic!("{kind}"),
        }
    }

    #[test]
    fn both_orders_and_all_floating_point_numbers_are_read() {
        let bytes =
            |numbers: &[f32]| -> Vec<u8> { numbers.iter().flat_map(|x| x.to_le_bytes()).collect() };
        let numbers = bytes(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let c = read_numbers(&file(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
            &numbers,
        ));
        assert_eq!(c, ndarray::array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]].into_dyn());
        let f = read_numbers(&file(
            "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n",
            &numbers,
        ));
        assert_eq!(f, ndarray::array![[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]].into_dyn());
        let big: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        let big =
            read_numbers(&file("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", &big));
        assert_eq!(big, ndarray::array![1.5, -2.0].into_dyn());
        // 1, −2, the smallest number above 0, and the largest, in half precision.
        let half: Vec<u8> =
            [0x3c00_u16, 0xc000, 0x0001, 0x7bff].iter().flat_map(|x| x.to_le_bytes()).collect();
        let half =
            read_numbers(&file("{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }", &half));
        assert_eq!(half, ndarray::array![1.0, -2.0, 2.0_f32.powi(-24), 65504.0].into_dyn());
    }

    #[test]
    fn damage_is_said() {
        let whole = file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", &[0; 24]);
        for end in 0..whole.len() {
            let told = read(&whole[..end]).expect_err("a part of a file is none");
            assert!(told.starts_with("it "), "{told}");
        }
        let huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }";
        assert!(read(&file(huge, &[])).expect_err("too many").contains("too many"));
        let whole = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }";
        assert!(
            matches!(read(&file(whole, &[0; 8])), Ok(Tensor::Other { kind }) if kind == "whole numbers (<i8)")
        );
    }
}

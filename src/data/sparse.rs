//! Inputs of which most are the same number, without that number.

use ndarray::Array2;

/// The columns of a block: their products with 100 units stay in the innermost cache.
pub(crate) const BLOCK: usize = 64;
/// The largest share of other numbers at which leaving the background out pays: at it, a batch of 128 takes a network of 100
/// hidden units as long both ways (`cargo bench --bench products` measures it).
const DENSEST: f64 = 0.4;

/// The bytes that come into the cache together.
const LINE: usize = 64;

/// Examples × columns as a background and what differs from it: x = background + z, with z zero in most places.
///
/// Of MNIST's pixels 81 % are black; normalised they are −0.42 and not 0, which costs a product of rank one.
#[derive(Clone, Debug)]
pub(crate) struct SparseRows {
    columns: usize,
    background: f32,
    blocks: usize,
    /// Where the entries of each example's each block start; one more at the end.
    starts: Vec<u32>,
    /// The column of each entry within its block.
    places: Vec<u8>,
    /// z of each entry.
    values: Vec<f32>,
}

impl SparseRows {
    /// What differs from the commonest number of `inputs`, if that is little enough.
    pub(crate) fn of(inputs: &Array2<f32>) -> Option<Self> {
        let background = majority(inputs)?;
        let count = inputs.iter().filter(|x| **x != background).count();
        if count as f64 > DENSEST * inputs.len() as f64 || u32::try_from(count).is_err() {
            return None;
        }
        let columns = inputs.ncols();
        let blocks = columns.div_ceil(BLOCK);
        let mut rows = Self {
            columns,
            background,
            blocks,
            starts: Vec::with_capacity(inputs.nrows() * blocks + 1),
            places: Vec::with_capacity(count),
            values: Vec::with_capacity(count),
        };
        rows.starts.push(0);
        for row in inputs.rows() {
            for block in 0..blocks {
                for place in 0..BLOCK.min(columns - block * BLOCK) {
                    rows.add(place, row[block * BLOCK + place]);
                }
                rows.starts.push(rows.places.len() as u32);
            }
        }
        Some(rows)
    }

    fn add(&mut self, place: usize, x: f32) {
        if x != self.background {
            self.places.push(place as u8);
            self.values.push(x - self.background);
        }
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The number that most entries are.
    pub(crate) fn background(&self) -> f32 {
        self.background
    }

    /// The number of blocks of each example.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Brings the entries of these rows into the cache, all at once: one after the other, when they are needed, half of the
    /// time would go by waiting.
    pub(crate) fn fetch(&self, rows: &[u32]) {
        let mut touched = 0;
        for row in rows {
            let at = *row as usize * self.blocks;
            let (start, end) = (self.starts[at] as usize, self.starts[at + self.blocks] as usize);
            let places = self.places[start..end].iter().step_by(LINE);
            let values = self.values[start..end].iter().step_by(LINE / size_of::<f32>());
            touched ^= places.fold(0, |all, place| all ^ u32::from(*place));
            touched ^= values.fold(0, |all, value| all ^ value.to_bits());
        }
        std::hint::black_box(touched);
    }

    /// Columns within `block` and values of what differs from the background in `row`.
    #[inline(always)]
    pub(crate) fn entries(&self, row: u32, block: usize) -> (&[u8], &[f32]) {
        let at = row as usize * self.blocks + block;
        let (start, end) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        (&self.places[start..end], &self.values[start..end])
    }
}

/// The number that more than half of all entries are, if there is one (Boyer & Moore 1981: whatever is left after pairs
/// of different numbers have cancelled is the only candidate).
fn majority(inputs: &Array2<f32>) -> Option<f32> {
    let (mut candidate, mut lead) = (0.0, 0_usize);
    for &x in inputs {
        if lead == 0 {
            (candidate, lead) = (x, 1);
        } else if x == candidate {
            lead += 1;
        } else {
            lead -= 1;
        }
    }
    let count = inputs.iter().filter(|x| **x == candidate).count();
    (2 * count > inputs.len()).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_and_entries_make_up_the_inputs() {
        let value = |(i, j): (usize, usize)| if (i + j) % 5 == 0 { (i * j) as f32 } else { -0.5 };
        let inputs = Array2::from_shape_fn((7, 150), value);
        let rows = SparseRows::of(&inputs).expect("a fifth differs");
        let mut again = Array2::from_elem(inputs.dim(), rows.background());
        for row in 0..7 {
            for block in 0..rows.blocks() {
                let (places, values) = rows.entries(row, block);
                for (place, z) in places.iter().zip(values) {
                    again[[row as usize, block * BLOCK + usize::from(*place)]] += z;
                }
            }
        }
        assert_eq!((rows.background(), rows.columns()), (-0.5, 150));
        assert_eq!(inputs, again);
    }

    #[test]
    fn dense_inputs_stay_dense() {
        assert!(SparseRows::of(&Array2::from_shape_fn((9, 9), |(i, j)| (i + j) as f32)).is_none());
        assert!(SparseRows::of(&Array2::from_elem((9, 9), f32::NAN)).is_none());
        assert!(SparseRows::of(&Array2::zeros((0, 9))).is_none());
    }
}

//! Inputs of which most are the same number, without that number.

use ndarray::Array2;

/// The columns of a block: their products with 100 units stay in the innermost cache.
pub(crate) const BLOCK: usize = 64;
/// The largest share of other numbers at which leaving the background out pays: at it, a batch of 128 takes a network of 100
/// hidden units as long both ways (`cargo bench --bench products` measures it).
const DENSEST: f64 = 0.4;

/// So many entries are copied at once, whether or not they are wanted.
const CHUNK: usize = 16;

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
            places: vec![0; count + CHUNK],
            values: vec![0.0; count + CHUNK],
        };
        rows.starts.push(0);
        let mut end = 0;
        for row in inputs.rows() {
            for block in 0..blocks {
                for place in 0..BLOCK.min(columns - block * BLOCK) {
                    let x = row[block * BLOCK + place];
                    // Written always and kept if it counts: a branch would be guessed wrong too often.
                    rows.places[end] = place as u8;
                    rows.values[end] = x - background;
                    end += usize::from(x != background);
                }
                rows.starts.push(end as u32);
            }
        }
        Some(rows)
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Copies the entries of these rows to where a product reads them one after the other, as often as it likes. Rows in random order are
    /// far apart: read in place, half of a product's time would go by waiting for them.
    pub(crate) fn pack(&self, rows: &[u32], packed: &mut Packed) {
        packed.rows = rows.len();
        packed.columns = self.columns;
        packed.background = self.background;
        packed.lay_out(self, rows);
        for (number, row) in rows.iter().enumerate() {
            let at = *row as usize * self.blocks;
            for block in 0..self.blocks {
                let mut to = packed.starts[block * (rows.len() + 1) + number] as usize;
                let mut from = self.starts[at + block] as usize;
                // What is copied beyond the end is overwritten by the next row, or is padding.
                while from < self.starts[at + block + 1] as usize {
                    packed.places[to..to + CHUNK].copy_from_slice(&self.places[from..from + CHUNK]);
                    packed.values[to..to + CHUNK].copy_from_slice(&self.values[from..from + CHUNK]);
                    (from, to) = (from + CHUNK, to + CHUNK);
                }
            }
        }
    }
}

/// The entries of some rows, block by block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    rows: usize,
    columns: usize,
    background: f32,
    /// For each block where each row's entries start, and where the last one's end.
    starts: Vec<u32>,
    places: Vec<u8>,
    values: Vec<f32>,
}

impl Packed {
    /// Decides where each row's entries go, and makes room for them.
    fn lay_out(&mut self, from: &SparseRows, rows: &[u32]) {
        self.starts.clear();
        let mut place = 0;
        for block in 0..from.blocks {
            self.starts.push(place);
            for row in rows {
                let at = *row as usize * from.blocks + block;
                place += from.starts[at + 1] - from.starts[at];
                self.starts.push(place);
            }
            place += CHUNK as u32;
        }
        let room = place as usize;
        if self.places.len() < room {
            self.places.resize(room, 0);
            self.values.resize(room, 0.0);
        }
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, of entries and of background.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The number that most entries are.
    pub(crate) fn background(&self) -> f32 {
        self.background
    }

    /// Columns within `block` and values of what differs from the background in a row.
    #[inline(always)]
    pub(crate) fn entries(&self, row: usize, block: usize) -> (&[u8], &[f32]) {
        let at = block * (self.rows + 1) + row;
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
        let mut packed = Packed::default();
        for chosen in [vec![0, 1, 2, 3, 4, 5, 6], vec![6, 6, 2], vec![]] {
            rows.pack(&chosen, &mut packed);
            assert_eq!((packed.background(), packed.columns()), (-0.5, 150));
            let mut again = Array2::from_elem((packed.rows(), 150), packed.background());
            for row in 0..chosen.len() {
                for block in 0..150_usize.div_ceil(BLOCK) {
                    let (places, values) = packed.entries(row, block);
                    for (place, z) in places.iter().zip(values) {
                        again[[row, block * BLOCK + usize::from(*place)]] += z;
                    }
                }
            }
            let chosen: Vec<usize> = chosen.iter().map(|row| *row as usize).collect();
            assert_eq!(inputs.select(ndarray::Axis(0), &chosen), again);
        }
    }

    #[test]
    fn dense_inputs_stay_dense() {
        assert!(SparseRows::of(&Array2::from_shape_fn((9, 9), |(i, j)| (i + j) as f32)).is_none());
        assert!(SparseRows::of(&Array2::from_elem((9, 9), f32::NAN)).is_none());
        assert!(SparseRows::of(&Array2::zeros((0, 9))).is_none());
    }
}

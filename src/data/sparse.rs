//! Inputs of which most are the same number, without that number.

use ndarray::Array2;

/// The columns of a block: their products with 100 units stay in the innermost cache.
pub(crate) const BLOCK: usize = 64;
/// The largest share of other numbers at which leaving the background out pays: at it, a batch of
/// 128 takes a network of 100 hidden units as long both ways (`cargo bench --bench products`
/// measures it).
const DENSEST: f64 = 0.4;

/// Examples × columns as a background and what differs from it: x = background + z, with z zero in
/// most places.
///
/// Of MNIST's pixels 81 % are black; normalised they are −0.42 and not 0, which costs a product of
/// rank one.
#[derive(Clone, Debug)]
pub(crate) struct SparseRows {
    columns: usize,
    background: f32,
    blocks: usize,
    /// Where the entries of each example start; one more at the end.
    starts: Vec<u32>,
    /// How many entries each example's each block has.
    counts: Vec<u8>,
    entries: Vec<Entry>,
}

/// Something other than the background. Its five bytes lie beside one another, so that all entries
/// of an example are one stretch of memory: examples in random order are far apart, and finding
/// three places for each of them took longer than either product.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    z: [u8; 4],
    place: u8,
}

impl Entry {
    /// What is added to the background.
    #[inline(always)]
    pub(crate) fn z(self) -> f32 {
        f32::from_le_bytes(self.z)
    }

    /// The column within its block.
    #[inline(always)]
    pub(crate) fn place(self) -> usize {
        usize::from(self.place) % BLOCK
    }
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
            starts: Vec::with_capacity(inputs.nrows() + 1),
            counts: Vec::with_capacity(inputs.nrows() * blocks),
            // One more, where what does not count is written.
            entries: vec![Entry::default(); count + 1],
        };
        rows.starts.push(0);
        let mut end = 0;
        for row in inputs.rows() {
            for block in 0..blocks {
                let start = end;
                for place in 0..BLOCK.min(columns - block * BLOCK) {
                    let x = row[block * BLOCK + place];
                    // Written always and kept if it counts: a branch would be guessed wrong too
                    // often.
                    rows.entries[end] =
                        Entry { z: (x - background).to_le_bytes(), place: place as u8 };
                    end += usize::from(x != background);
                }
                rows.counts.push((end - start) as u8);
            }
            rows.starts.push(end as u32);
        }
        Some(rows)
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Copies the entries of these rows to where both products read them, as often as they like.
    pub(crate) fn pack(&self, rows: &[u32], packed: &mut Packed) {
        packed.rows = rows.len();
        packed.columns = self.columns;
        packed.background = self.background;
        packed.starts.resize((self.blocks + 1) * rows.len(), 0);
        let mut end = 0;
        for (number, row) in rows.iter().enumerate() {
            let counts = &self.counts[*row as usize * self.blocks..][..self.blocks];
            packed.starts[number] = end;
            for (block, count) in counts.iter().enumerate() {
                end += u32::from(*count);
                packed.starts[(block + 1) * rows.len() + number] = end;
            }
        }
        if packed.entries.len() < end as usize {
            packed.entries.resize(end as usize, Entry::default());
        }
        let mut to = 0;
        for row in rows {
            let (from, end) = (self.starts[*row as usize], self.starts[*row as usize + 1]);
            let own = &self.entries[from as usize..end as usize];
            packed.entries[to..to + own.len()].copy_from_slice(own);
            to += own.len();
        }
    }
}

/// The entries of some rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    rows: usize,
    columns: usize,
    background: f32,
    /// For each block where each row's entries start; one more block at the end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Packed {
    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, of entries and of background.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.starts.last().map_or(0, |end| *end as usize)
    }

    /// The number that most entries are.
    pub(crate) fn background(&self) -> f32 {
        self.background
    }

    /// What differs from the background in each row of `block`.
    #[inline(always)]
    pub(crate) fn block(&self, block: usize) -> impl Iterator<Item = &[Entry]> {
        let starts = &self.starts[block * self.rows..(block + 2) * self.rows];
        let (starts, ends) = starts.split_at(self.rows);
        starts.iter().zip(ends).map(|(start, end)| &self.entries[*start as usize..*end as usize])
    }
}

/// The number that more than half of all entries are, if there is one (Boyer & Moore 1981: whatever
/// is left after pairs of different numbers have cancelled is the only candidate).
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
            for block in 0..150_usize.div_ceil(BLOCK) {
                for (row, entries) in packed.block(block).enumerate() {
                    for entry in entries {
                        again[[row, block * BLOCK + entry.place()]] += entry.z();
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

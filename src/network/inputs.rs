use std::cell::{OnceCell, RefCell};
use std::fmt;

use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::Matrix;
use crate::data::{Examples, Packed, SparseRows};
use crate::simd;

/// What a layer reads, examples × units: numbers in a matrix, or some of a task's examples, whose
/// products take less work when most of their numbers are the same.
///
/// Layers take either wherever they read; [`dense`](Self::dense) has the numbers. A matrix becomes
/// one by [`from`](Self::from).
///
/// ```
/// use microlearners::network::Inputs;
/// use microlearners::ndarray::array;
///
/// let matrix = array![[1.0_f32, 2.0]];
/// let inputs = Inputs::from(&matrix);
/// assert_eq!(inputs.nrows(), 1);
/// assert_eq!(inputs.dense(), matrix);
/// ```
#[derive(Clone, Copy)]
pub struct Inputs<'a>(Kind<'a>);

#[derive(Clone, Copy)]
enum Kind<'a> {
    Dense(ArrayView2<'a, f32>),
    Chosen { examples: &'a Examples, sparse: &'a SparseRows, rows: &'a [u32], scratch: &'a Scratch },
}

/// Where chosen examples are copied to when somebody asks for their numbers; it grows to the
/// largest choice, and then allocates nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    copied: Copied<Matrix>,
    packed: Copied<Packed>,
}

/// A copy of what was chosen last, if it was asked for, or the memory of an earlier one.
#[derive(Debug, Default)]
struct Copied<T> {
    last: OnceCell<T>,
    spare: RefCell<Option<T>>,
}

impl<T> Copied<T> {
    /// Forgets what was copied, and keeps its memory.
    fn renew(&mut self) {
        if let Some(copy) = self.last.take() {
            self.spare.replace(Some(copy));
        }
    }
}

crate::display::show_as_settings!(Scratch);

/// So many examples are on their way while one is copied.
const AHEAD: usize = 2;

impl Scratch {
    fn pack(&self, sparse: &SparseRows, rows: &[u32]) -> &Packed {
        self.packed.last.get_or_init(|| {
            let mut packed = self.packed.spare.take().unwrap_or_default();
            sparse.pack(rows, &mut packed);
            packed
        })
    }

    fn copy(&self, examples: &Examples, rows: &[u32]) -> ArrayView2<'_, f32> {
        let copied = self.copied.last.get_or_init(|| {
            let (count, columns) = (rows.len(), examples.inputs.ncols());
            let spare = self.copied.spare.take();
            let spare = spare.filter(|spare| spare.nrows() >= count && spare.ncols() == columns);
            let mut matrix = spare.unwrap_or_else(|| Matrix::zeros((count, columns)));
            let example = |row: u32| examples.inputs.row(row as usize);
            for (place, (mut to, &row)) in matrix.rows_mut().into_iter().zip(rows).enumerate() {
                // Examples in random order are far apart in memory.
                let next = rows.get(place + AHEAD).and_then(|next| example(*next).to_slice());
                next.into_iter().for_each(simd::prefetch);
                to.assign(&example(row));
            }
            matrix
        });
        copied.slice(s![..rows.len(), ..])
    }
}

impl<'a> Inputs<'a> {
    /// The examples `rows` of a task's part, in this order.
    ///
    /// ```
    /// use microlearners::prelude::*;
    /// use microlearners::network::{Inputs, Scratch};
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let mut scratch = Scratch::default();
    /// let inputs = Inputs::select(task.train(), &[5, 2], &mut scratch);
    /// assert_eq!(inputs.dense().row(1), task.train().inputs.row(2));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    /// When they are read, if there is no such example.
    pub fn select(examples: &'a Examples, rows: &'a [u32], scratch: &'a mut Scratch) -> Self {
        scratch.copied.renew();
        scratch.packed.renew();
        let scratch = &*scratch;
        Self(match examples.sparse() {
            Some(sparse) => Kind::Chosen { examples, sparse, rows, scratch },
            None => Kind::Dense(scratch.copy(examples, rows)),
        })
    }

    /// The same for a shorter while.
    pub(super) fn reborrow(&self) -> Inputs<'_> {
        Inputs(match self.0 {
            Kind::Dense(ref matrix) => Kind::Dense(matrix.view()),
            Kind::Chosen { examples, sparse, rows, scratch } => {
                Kind::Chosen { examples, sparse, rows, scratch }
            }
        })
    }

    /// The number of examples.
    pub fn nrows(&self) -> usize {
        match self.0 {
            Kind::Dense(matrix) => matrix.nrows(),
            Kind::Chosen { rows, .. } => rows.len(),
        }
    }

    /// The number of units that are read.
    pub fn ncols(&self) -> usize {
        match self.0 {
            Kind::Dense(matrix) => matrix.ncols(),
            Kind::Chosen { sparse, .. } => sparse.columns(),
        }
    }

    /// The numbers, examples × units. Examples of a task are copied when this is asked for the
    /// first time.
    pub fn dense(&self) -> ArrayView2<'a, f32> {
        match self.0 {
            Kind::Dense(matrix) => matrix,
            Kind::Chosen { examples, rows, scratch, .. } => scratch.copy(examples, rows),
        }
    }

    /// The numbers of the first units, as many as `into` has columns, without copying the others.
    pub(crate) fn leading(&self, mut into: ArrayViewMut2<'_, f32>) {
        let count = into.ncols();
        match self.0 {
            Kind::Dense(matrix) => into.assign(&matrix.slice(s![.., ..count])),
            Kind::Chosen { examples, rows, .. } => {
                for (mut into, &row) in into.rows_mut().into_iter().zip(rows) {
                    into.assign(&examples.inputs.slice(s![row as usize, ..count]));
                }
            }
        }
    }

    /// What differs from the number that most are, if that is little. Examples are copied when this
    /// is asked for the first time.
    pub(super) fn sparse(&self) -> Option<&'a Packed> {
        match self.0 {
            Kind::Dense(_) => None,
            Kind::Chosen { sparse, rows, scratch, .. } => Some(scratch.pack(sparse, rows)),
        }
    }
}

impl<'a> From<ArrayView2<'a, f32>> for Inputs<'a> {
    fn from(matrix: ArrayView2<'a, f32>) -> Self {
        Self(Kind::Dense(matrix))
    }
}

impl<'a> From<&'a Matrix> for Inputs<'a> {
    fn from(matrix: &'a Matrix) -> Self {
        matrix.view().into()
    }
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind =
            if matches!(self.0, Kind::Chosen { .. }) { "examples of a task" } else { "a matrix" };
        write!(f, "Inputs({} × {}, {kind})", self.nrows(), self.ncols())
    }
}

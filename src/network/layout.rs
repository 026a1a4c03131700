use ndarray::{Ix2, Shape, ShapeBuilder};

use super::Matrix;
use crate::data::Examples;

/// Which numbers of a matrix are neighbours in memory. It changes how long a product takes, and
/// nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Those of a row, as everywhere in this library but in a network that learns from sparse
    /// inputs.
    RowMajor,
    /// Those of a column: the weights that one input unit has to all units above.
    ColumnMajor,
}

impl Layout {
    /// That of a network which learns from these examples.
    pub(crate) fn for_examples(examples: &Examples) -> Self {
        if examples.sparse().is_some() { Self::ColumnMajor } else { Self::RowMajor }
    }

    /// That of weights from so many inputs. Rows that begin a multiple of 4,096 bytes after one
    /// another share a place in the innermost cache: products with them take twice as long.
    pub(super) fn for_width(inputs: usize) -> Self {
        if inputs > 0 && inputs.is_multiple_of(1024) { Self::ColumnMajor } else { Self::RowMajor }
    }

    pub(super) fn of(matrix: &Matrix) -> Self {
        if matrix.is_standard_layout() { Self::RowMajor } else { Self::ColumnMajor }
    }

    /// The shape of a matrix, to make another of.
    pub(super) fn shape(self, like: &Matrix) -> Shape<Ix2> {
        like.raw_dim().set_f(self == Self::ColumnMajor)
    }

    /// The same numbers in this order.
    pub(crate) fn arrange(self, matrix: &Matrix) -> Matrix {
        if Self::of(matrix) == self {
            return matrix.clone();
        }
        let mut arranged = Matrix::zeros(self.shape(matrix));
        arranged.assign(matrix);
        arranged
    }
}

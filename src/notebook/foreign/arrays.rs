//! Arrays of ndarray: shape, type, and the corners of what is large.

use ndarray::{ArrayBase, ArrayView2, Axis, Data, Dimension, Ix1, Ix2};
use std::fmt::Display;

use crate::display::{Blocks, EvcxrDisplay, FOLD, Grid, Side, aligned, kept};

/// Places shown from each end of a side of a matrix.
const CORNER: usize = 3;
/// Places shown from each end of a vector.
const VECTOR_ENDS: usize = 5;

impl<A: Display, S: Data<Elem = A>, D: Dimension> EvcxrDisplay for ArrayBase<S, D> {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = caption::<A>(self.shape());
        if let Ok(vector) = self.view().into_dimensionality::<Ix1>() {
            return grid(caption, vector.insert_axis(Axis(0)), VECTOR_ENDS).blocks();
        }
        match self.view().into_dimensionality::<Ix2>() {
            Ok(matrix) => grid(caption, matrix, CORNER).blocks(),
            // ndarray itself leaves out the middle of large arrays.
            Err(_) => Blocks::preformatted(format!("{caption}\n{self:.4}\n")),
        }
    }

    fn evcxr_item(&self) -> String {
        caption::<A>(self.shape())
    }
}

/// Such as `784 × 100 array of f32`.
fn caption<A>(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    let path = std::any::type_name::<A>();
    let kind = path.rsplit("::").next().unwrap_or(path);
    match shape {
        [] => format!("single value of {kind}"),
        [length] => format!("array of {length} values of {kind}"),
        _ => format!("{} array of {kind}", sides.join(" × ")),
    }
}

/// The corners of a matrix, each value at its place.
fn grid<A: Display>(caption: String, matrix: ArrayView2<'_, A>, columns: usize) -> Grid {
    let (across, down) =
        (kept(matrix.ncols(), columns, columns), kept(matrix.nrows(), CORNER, CORNER));
    let name = |place: &Option<usize>| place.map_or(FOLD.to_owned(), |place| place.to_string());
    let is_vector = matrix.nrows() == 1 && columns == VECTOR_ENDS;
    let values: Vec<String> = down
        .iter()
        .flatten()
        .flat_map(|&row| across.iter().flatten().map(move |&column| (row, column)))
        .map(|place| matrix[place].to_string())
        .collect();
    let mut values = readable(values).into_iter();
    let mut grid = Grid::new(caption);
    if !is_vector {
        grid = grid.column("", Side::Head);
    }
    grid = across.iter().fold(grid, |grid, place| grid.column(name(place), Side::Right));
    for row in &down {
        let cell = |column: &Option<usize>| {
            row.and(*column).map_or(FOLD.to_owned(), |_| values.next().unwrap_or_default())
        };
        let cells: Vec<String> = across.iter().map(cell).collect();
        let head = (!is_vector).then(|| name(row));
        grid = grid.row(head.into_iter().chain(cells));
    }
    grid
}

/// Numbers with a fraction as a column of numbers. How they print is all that is known of them.
fn readable(values: Vec<String>) -> Vec<String> {
    let numbers: Result<Vec<f64>, _> = values.iter().map(|value| value.parse::<f64>()).collect();
    match numbers {
        Ok(numbers) if values.iter().any(|value| value.contains(['.', 'N', 'i'])) => {
            aligned(&numbers)
        }
        _ => values,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{html, text};
    use ndarray::{Array0, Array1, Array2, Array3, array};

    #[test]
    fn a_matrix_shows_its_shape_type_and_places() {
        let expected = "1 × 2 array of f32\n     0    1\n0  0.5  2.0\n";
        assert_eq!(text(&array![[0.5_f32, 2.0]]), expected);
        assert!(html(&array![[0.5_f32, 2.0]]).contains(">0.5</td>"));
    }

    #[test]
    fn a_large_matrix_shows_its_corners() {
        let text = text(&Array2::from_shape_fn((100, 784), |(row, column)| row * 1000 + column));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 1 + 7);
        assert_eq!(lines[0], "100 × 784 array of usize");
        assert!(lines[2].starts_with("0 ") && lines[2].ends_with("783"), "{text}");
        assert!(lines[5].contains('…') && lines[8].ends_with("99783"), "{text}");
    }

    #[test]
    fn vectors_views_and_others_too() {
        let vector = Array1::linspace(0.0, 1.0, 5);
        assert_eq!(text(&vector).lines().count(), 3);
        assert!(text(&vector).contains("array of 5 values of f64"));
        assert!(text(&vector.view()).contains("0.25"));
        assert!(text(&Array1::<f64>::zeros(50)).contains("…"));
        assert!(text(&Array3::<f32>::zeros((2, 2, 2))).contains("2 × 2 × 2 array of f32"));
        assert!(text(&Array0::from_elem((), 3)).contains("single value of i32"));
        assert!(text(&Array2::<f32>::zeros((0, 3))).contains("0 × 3"));
        assert!(text(&array!["a".to_owned()]).contains("values of String"));
    }
}

//! Least squares for Gabor functions, by Levenberg and Marquardt's method.
//!
//! The search has A cos φ and A sin φ as coordinates instead of A and φ, in which the function is
//! linear, and the logarithms of the widths.

use std::f64::consts::TAU;

use ndarray::{Array2, ArrayView2};

use super::Gabor;

/// A cos φ, A sin φ, x₀, y₀, θ, ln σ_x, ln σ_y and f.
pub(super) const COORDINATES: usize = 8;
pub(super) type Point = [f64; COORDINATES];
type Square = [[f64; COORDINATES]; COORDINATES];

/// Steps of a search, and the relative gain at which it ends.
const MOST_STEPS: usize = 200;
const ENOUGH: f64 = 1e-12;
/// The narrowest envelope, in pixels, and the widest, in sides of the patch.
const NARROWEST: f64 = 0.3;
const WIDEST: f64 = 2.0;
/// How far outside of the patch a centre may lie, in sides.
const OUTSIDE: f64 = 0.5;

pub(super) fn gabor_at(point: &Point) -> Gabor {
    let [cosine, sine, x, y, orientation, log_x, log_y, frequency] = *point;
    Gabor {
        amplitude: cosine.hypot(sine),
        x,
        y,
        orientation,
        sigma_x: log_x.exp(),
        sigma_y: log_y.exp(),
        frequency,
        phase: sine.atan2(cosine),
    }
    .canonical()
}

/// The value and its derivatives at a column and a row.
fn derivatives(point: &Point, x: f64, y: f64) -> (f64, Point) {
    let [cosine, sine, x0, y0, orientation, log_x, log_y, frequency] = *point;
    let (sin, cos) = orientation.sin_cos();
    let (dx, dy) = (x - x0, y - y0);
    let (across, along) = (dx * cos + dy * sin, dy * cos - dx * sin);
    let (per_x, per_y) = ((-2.0 * log_x).exp(), (-2.0 * log_y).exp());
    let envelope = (-0.5 * (across * across * per_x + along * along * per_y)).exp();
    let (wave_sin, wave_cos) = (TAU * frequency * across).sin_cos();
    let wave = cosine * wave_cos - sine * wave_sin;
    let slope = -cosine * wave_sin - sine * wave_cos;
    let by_across = envelope * (TAU * frequency * slope - across * per_x * wave);
    let by_along = -envelope * along * per_y * wave;
    let gradient = [
        envelope * wave_cos,
        -envelope * wave_sin,
        -cos * by_across + sin * by_along,
        -sin * by_across - cos * by_along,
        along * by_across - across * by_along,
        envelope * wave * across * across * per_x,
        envelope * wave * along * along * per_y,
        envelope * slope * TAU * across,
    ];
    (envelope * wave, gradient)
}

/// The sum of squared differences of a point from a field.
fn misfit(point: &Point, field: ArrayView2<'_, f64>) -> f64 {
    let model = gabor_at(point);
    let square = |((row, column), value): ((usize, usize), &f64)| {
        (model.value(column as f64, row as f64) - value).powi(2)
    };
    field.indexed_iter().map(square).sum()
}

/// Half the second derivatives of the misfit (without curvature of the model), and minus half of
/// the first.
fn normal_equations(point: &Point, field: &Array2<f64>) -> (Square, Point) {
    let (mut square, mut right) = ([[0.0; COORDINATES]; COORDINATES], [0.0; COORDINATES]);
    for ((row, column), target) in field.indexed_iter() {
        let (value, gradient) = derivatives(point, column as f64, row as f64);
        for i in 0..COORDINATES {
            right[i] += gradient[i] * (target - value);
            for j in 0..=i {
                square[i][j] += gradient[i] * gradient[j];
            }
        }
    }
    (square, right)
}

/// Solves the damped equations by Cholesky's decomposition; none if they are singular.
fn damped(square: &Square, right: &Point, damping: f64) -> Option<Point> {
    let mut lower = [[0.0; COORDINATES]; COORDINATES];
    let mut solution = [0.0; COORDINATES];
    for i in 0..COORDINATES {
        for j in 0..=i {
            // A coordinate without effect stays where it is.
            let own = if i == j { square[i][i] * damping + 1e-300 } else { 0.0 };
            let inner: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let left = square[i][j] + own - inner;
            if i == j && !(left > 0.0 && left.is_finite()) {
                return None;
            }
            lower[i][j] = if i == j { left.sqrt() } else { left / lower[j][j] };
        }
        let inner: f64 = (0..i).map(|k| lower[i][k] * solution[k]).sum();
        solution[i] = (right[i] - inner) / lower[i][i];
    }
    for i in (0..COORDINATES).rev() {
        let inner: f64 = (i + 1..COORDINATES).map(|k| lower[k][i] * solution[k]).sum();
        solution[i] = (solution[i] - inner) / lower[i][i];
    }
    Some(solution)
}

/// Whether a point is a Gabor function that a patch of this size can show.
fn is_allowed(point: &Point, (rows, columns): (usize, usize)) -> bool {
    let side = rows.max(columns) as f64;
    let within =
        |at: f64, size: usize| (-OUTSIDE * side..=size as f64 - 1.0 + OUTSIDE * side).contains(&at);
    let widths = NARROWEST.ln()..=(WIDEST * side).ln();
    within(point[2], columns)
        && within(point[3], rows)
        && widths.contains(&point[5])
        && widths.contains(&point[6])
        && (0.0..=0.5).contains(&point[7].abs())
}

/// Descends from a start; the point that is reached, and its misfit.
pub(super) fn descend(start: &Point, field: &Array2<f64>) -> (Point, f64) {
    let (mut at, mut left) = (*start, misfit(start, field.view()));
    let mut damping = 1e-2;
    for _ in 0..MOST_STEPS {
        let (square, right) = normal_equations(&at, field);
        let before = left;
        while damping < 1e10 {
            let step = damped(&square, &right, damping);
            let moved = step.map(|step| std::array::from_fn(|i| at[i] + step[i]));
            let moved = moved.filter(|point| is_allowed(point, field.dim()));
            let found = moved.map(|point| (point, misfit(&point, field.view())));
            if let Some(better) = found.filter(|found| found.1 < left) {
                (at, left) = better;
                damping = (damping / 5.0).max(1e-12);
                break;
            }
            damping *= 4.0;
        }
        if before - left <= ENOUGH * before {
            break;
        }
    }
    (at, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_central_differences() {
        let point = [0.8, -0.5, 6.0, 5.0, 0.7, 0.6, 1.0, 0.17];
        let (value, gradient) = derivatives(&point, 7.3, 4.1);
        assert!((value - gabor_at(&point).value(7.3, 4.1)).abs() < 1e-12);
        for i in 0..COORDINATES {
            let moved = |by: f64| {
                let mut moved = point;
                moved[i] += by;
                derivatives(&moved, 7.3, 4.1).0
            };
            let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((gradient[i] - expected).abs() < 1e-8, "{i}: {} {expected}", gradient[i]);
        }
    }

    #[test]
    fn a_near_start_reaches_the_bottom() {
        let truth = [0.8, -0.5, 6.0, 5.0, 0.7, 0.6, 1.0, 0.17];
        let field = gabor_at(&truth).patch(12, 13);
        let start = [0.5, -0.1, 6.5, 5.4, 0.9, 0.8, 0.8, 0.14];
        let (found, misfit) = descend(&start, &field);
        assert!(misfit < 1e-18, "{misfit}");
        assert!(found.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-8), "{found:?}");
    }
}

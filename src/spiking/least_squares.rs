//! Small dense least squares: linear with non-negative coefficients, and Levenberg-Marquardt.

/// Solves a symmetric positive definite system by Cholesky; `None` if it is singular.
pub(super) fn solve(matrix: &[Vec<f64>], target: &[f64]) -> Option<Vec<f64>> {
    let n = target.len();
    // Scaled to a unit diagonal, so that a tiny column is not taken for a missing one.
    let scale: Vec<f64> = (0..n).map(|i| matrix[i][i].sqrt()).collect();
    if scale.iter().any(|&scale| !(scale > 0.0 && scale.is_finite())) {
        return None;
    }
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let left = matrix[i][j] / (scale[i] * scale[j]) - inner;
            if i == j && left < 1e-12 {
                return None;
            }
            lower[i][j] = if i == j { left.sqrt() } else { left / lower[j][j] };
        }
    }
    let mut solution: Vec<f64> = (0..n).map(|i| target[i] / scale[i]).collect();
    for i in 0..n {
        let inner: f64 = (0..i).map(|k| lower[i][k] * solution[k]).sum();
        solution[i] = (solution[i] - inner) / lower[i][i];
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|k| lower[k][i] * solution[k]).sum();
        solution[i] = (solution[i] - inner) / lower[i][i];
    }
    Some(solution.iter().zip(&scale).map(|(x, scale)| x / scale).collect())
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The products of all columns with one another.
pub(super) fn gram(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    columns.iter().map(|one| columns.iter().map(|other| dot(one, other)).collect()).collect()
}

/// What is left of `target` after so much of each column.
pub(super) fn residuals(columns: &[Vec<f64>], coefficients: &[f64], target: &[f64]) -> Vec<f64> {
    let mut left = target.to_vec();
    for (column, coefficient) in columns.iter().zip(coefficients) {
        left.iter_mut().zip(column).for_each(|(left, x)| *left -= coefficient * x);
    }
    left
}

pub(super) fn sum_of_squares(values: &[f64]) -> f64 {
    dot(values, values)
}

/// The coefficients of at least 0 that leave least of `target`. The problem is convex, so the best
/// of all supports is the solution; there are few columns.
pub(super) fn non_negative(columns: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let count = columns.len();
    let mut best = (sum_of_squares(target), vec![0.0; count]);
    for support in 1_usize..1 << count {
        let used: Vec<usize> = (0..count).filter(|at| support >> at & 1 == 1).collect();
        let chosen: Vec<&[f64]> = used.iter().map(|&at| columns[at].as_slice()).collect();
        let right: Vec<f64> = chosen.iter().map(|column| dot(column, target)).collect();
        let Some(solved) = solve(&gram(&chosen), &right) else { continue };
        if solved.iter().any(|&x| x < 0.0 || x.is_nan()) {
            continue;
        }
        let mut coefficients = vec![0.0; count];
        used.iter().zip(solved).for_each(|(&at, x)| coefficients[at] = x);
        let left = sum_of_squares(&residuals(columns, &coefficients, target));
        if left < best.0 {
            best = (left, coefficients);
        }
    }
    best.1
}

/// Steps of the search, the largest move of a coordinate in one, and the relative gain at which it
/// ends.
const MOST_STEPS: usize = 300;
const LARGEST_MOVE: f64 = 0.7;
const ENOUGH: f64 = 1e-13;
/// The half-width of central differences.
const SMALL: f64 = 1e-4;

/// The derivatives of `residuals` with respect to each coordinate, as columns.
pub(super) fn derivatives<F>(residuals: &F, at: &[f64]) -> Option<Vec<Vec<f64>>>
where
    F: Fn(&[f64]) -> Option<Vec<f64>>,
{
    let column = |i: usize| {
        let moved = |by: f64| {
            let mut moved = at.to_vec();
            moved[i] += by;
            residuals(&moved)
        };
        let (up, down) = (moved(SMALL)?, moved(-SMALL)?);
        Some(up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * SMALL)).collect())
    };
    (0..at.len()).map(column).collect()
}

/// Where the sum of squared residuals is least, by Levenberg-Marquardt from `start`; `residuals`
/// gives none where the model has no finite answer.
pub(super) fn levenberg_marquardt<F>(residuals: &F, start: &[f64]) -> Option<Vec<f64>>
where
    F: Fn(&[f64]) -> Option<Vec<f64>>,
{
    let mut at = start.to_vec();
    let mut left = residuals(&at)?;
    if at.is_empty() {
        return Some(at);
    }
    let mut damping = 1e-2;
    for _ in 0..MOST_STEPS {
        let columns = derivatives(residuals, &at)?;
        let before = sum_of_squares(&left);
        let mut improved = false;
        while damping < 1e12 {
            let Some(moved) = damped_step(&columns, &left, &at, damping) else { break };
            let found = residuals(&moved).filter(|found| sum_of_squares(found) < before);
            if let Some(found) = found {
                (at, left, improved) = (moved, found, true);
                damping = (damping / 5.0).max(1e-12);
                break;
            }
            damping *= 4.0;
        }
        if !improved || before - sum_of_squares(&left) < ENOUGH * before {
            break;
        }
    }
    Some(at)
}

fn damped_step(columns: &[Vec<f64>], left: &[f64], at: &[f64], damping: f64) -> Option<Vec<f64>> {
    let chosen: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut matrix = gram(&chosen);
    // A coordinate without effect stays where it is.
    (0..at.len()).for_each(|i| matrix[i][i] = matrix[i][i] * (1.0 + damping) + 1e-300);
    let right: Vec<f64> = chosen.iter().map(|column| -dot(column, left)).collect();
    let step = solve(&matrix, &right)?;
    let largest = step.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let shrink = (LARGEST_MOVE / largest.max(LARGEST_MOVE)).min(1.0);
    Some(at.iter().zip(&step).map(|(at, step)| at + shrink * step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_coefficient_is_held_at_zero() {
        let columns = vec![vec![1.0, 0.0, 1.0], vec![0.0, 1.0, 1.0]];
        let free = non_negative(&columns, &[1.0, 2.0, 3.0]);
        assert!((free[0] - 1.0).abs() < 1e-12 && (free[1] - 2.0).abs() < 1e-12);
        // Without the bound the second would be −1; alone, the first is 1.
        let held = non_negative(&columns, &[1.5, -1.0, 0.5]);
        assert!((held[0] - 1.0).abs() < 1e-12 && held[1] == 0.0, "{held:?}");
    }

    #[test]
    fn a_curve_is_found_from_afar() {
        let times: Vec<f64> = (0..20).map(f64::from).collect();
        let curve = |at: &[f64]| -> Vec<f64> {
            times.iter().map(|t| at[0].exp() * (-t / at[1].exp()).exp()).collect()
        };
        let data = curve(&[3f64.ln(), 5f64.ln()]);
        let residuals = |at: &[f64]| -> Option<Vec<f64>> {
            Some(curve(at).iter().zip(&data).map(|(model, data)| model - data).collect())
        };
        let found = levenberg_marquardt(&residuals, &[0.0, 3.0]).unwrap();
        assert!((found[0].exp() - 3.0).abs() < 1e-6 && (found[1].exp() - 5.0).abs() < 1e-6);
    }

    #[test]
    fn a_singular_system_has_no_solution() {
        assert_eq!(solve(&[vec![1.0, 1.0], vec![1.0, 1.0]], &[1.0, 1.0]), None);
        let solved = solve(&[vec![4.0, 1.0], vec![1.0, 3.0]], &[1.0, 2.0]).unwrap();
        assert!((solved[0] - 1.0 / 11.0).abs() < 1e-12 && (solved[1] - 7.0 / 11.0).abs() < 1e-12);
    }
}

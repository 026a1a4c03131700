//! Where searches for a Gabor function begin.

use std::f64::consts::{PI, TAU};

use ndarray::Array2;

use super::gabor_search::Point;

const ORIENTATIONS: usize = 8;
/// In cycles per pixel.
const FREQUENCIES: [f64; 7] = [0.03, 0.06, 0.1, 0.15, 0.21, 0.28, 0.37];
/// Of the envelope, in sides of the patch.
const WIDTHS: [f64; 4] = [0.06, 0.12, 0.22, 0.5];

/// The `count` best of a grid of Gabor functions for a field, best first. Centres are the largest
/// weight and the mean place of the squared weights; amplitude and phase are the best ones at each
/// point of the grid.
pub(super) fn starts(field: &Array2<f64>, count: usize) -> Vec<Point> {
    let side = field.nrows().max(field.ncols()) as f64;
    let mut found = Vec::new();
    for (x, y) in centres(field) {
        for width in WIDTHS.map(|share| (share * side).max(0.5)) {
            for turn in 0..ORIENTATIONS {
                let orientation = turn as f64 * PI / ORIENTATIONS as f64;
                for frequency in FREQUENCIES {
                    let place = [x, y, orientation, width.ln(), width.ln(), frequency];
                    found.extend(with_amplitude(field, place));
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(count);
    found.into_iter().map(|(_, point)| point).collect()
}

/// Columns and rows.
fn centres(field: &Array2<f64>) -> [(f64, f64); 2] {
    let (mut mean, mut total, mut largest) = ((0.0, 0.0), 0.0, (0.0, 0.0, 0.0));
    for ((row, column), value) in field.indexed_iter() {
        let (x, y, power) = (column as f64, row as f64, value * value);
        mean = (mean.0 + x * power, mean.1 + y * power);
        total += power;
        if power > largest.2 {
            largest = (x, y, power);
        }
    }
    [(largest.0, largest.1), (mean.0 / total, mean.1 / total)]
}

/// By how much the best amplitude and phase lower the misfit, and the point with them.
fn with_amplitude(field: &Array2<f64>, place: [f64; 6]) -> Option<(f64, Point)> {
    let [x, y, orientation, log_x, log_y, frequency] = place;
    let (sin, cos) = orientation.sin_cos();
    let per = -0.5 * (-2.0 * log_x).exp();
    let (mut cc, mut cs, mut ss, mut ct, mut st) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((row, column), target) in field.indexed_iter() {
        let (dx, dy) = (column as f64 - x, row as f64 - y);
        let envelope = (per * (dx * dx + dy * dy)).exp();
        let (wave_sin, wave_cos) = (TAU * frequency * (dx * cos + dy * sin)).sin_cos();
        let (c, s) = (envelope * wave_cos, -envelope * wave_sin);
        cc += c * c;
        cs += c * s;
        ss += s * s;
        ct += c * target;
        st += s * target;
    }
    let determinant = cc * ss - cs * cs;
    if determinant <= 1e-9 * cc * ss {
        return None;
    }
    let cosine = (ct * ss - st * cs) / determinant;
    let sine = (st * cc - ct * cs) / determinant;
    let gain = cosine * ct + sine * st;
    Some((gain, [cosine, sine, x, y, orientation, log_x, log_y, frequency]))
}

#[cfg(test)]
mod tests {
    use super::super::Gabor;
    use super::*;

    #[test]
    fn the_best_start_is_near() {
        let gabor = Gabor {
            x: 8.0,
            y: 5.0,
            orientation: 1.2,
            sigma_x: 2.0,
            sigma_y: 2.0,
            phase: 0.3,
            ..Gabor::default()
        };
        let best = starts(&gabor.patch(14, 16), 5)[0];
        assert!((best[2] - 8.0).abs() < 1.5 && (best[3] - 5.0).abs() < 1.5, "{best:?}");
        assert!((best[4] - 1.2).abs() < 0.3 && (best[7] - 0.15).abs() < 0.06, "{best:?}");
    }

    #[test]
    fn there_are_as_many_as_asked_for() {
        let field = Gabor::default().patch(5, 5);
        assert_eq!(starts(&field, 3).len(), 3);
        assert!(starts(&field, 100_000).len() <= 2 * 4 * 8 * 7);
    }
}

//! Gabor functions: a wave under a Gaussian envelope.

use std::f64::consts::{PI, TAU};

use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// A · exp(−x′²/2σ_x² − y′²/2σ_y²) · cos(2π f x′ + φ), with x′ = (x − x₀) cos θ + (y − y₀) sin θ
/// across the bars and y′ = −(x − x₀) sin θ + (y − y₀) cos θ along them. x counts columns and y
/// rows, in pixels from 0.
///
/// ```
/// use microlearners::natural_images::Gabor;
///
/// let gabor = Gabor { x: 7.0, y: 7.0, sigma_x: 2.0, sigma_y: 3.0, ..Gabor::default() };
/// assert_eq!(gabor.patch(15, 15)[[7, 7]], 1.0);
/// assert!((gabor.cycles_across() - 0.3).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gabor {
    /// A; default 1.
    pub amplitude: f64,
    /// x₀, the column of the centre; default 0.
    pub x: f64,
    /// y₀, the row of the centre; default 0.
    pub y: f64,
    /// θ in radians, the direction in which the wave travels, from the columns towards the rows;
    /// default 0, which is bars along the columns.
    pub orientation: f64,
    /// σ_x in pixels, the envelope's width across the bars; default 1.
    pub sigma_x: f64,
    /// σ_y in pixels, the envelope's width along the bars; default 1.
    pub sigma_y: f64,
    /// f in cycles per pixel; default 0.15.
    pub frequency: f64,
    /// φ in radians; default 0, which is symmetric.
    pub phase: f64,
}

impl Default for Gabor {
    fn default() -> Self {
        Self {
            amplitude: 1.0,
            x: 0.0,
            y: 0.0,
            orientation: 0.0,
            sigma_x: 1.0,
            sigma_y: 1.0,
            frequency: 0.15,
            phase: 0.0,
        }
    }
}

impl Gabor {
    /// The value at a column and a row.
    pub fn value(&self, x: f64, y: f64) -> f64 {
        let (sin, cos) = self.orientation.sin_cos();
        let (x, y) = (x - self.x, y - self.y);
        let (across, along) = (x * cos + y * sin, y * cos - x * sin);
        let (u, v) = (across / self.sigma_x, along / self.sigma_y);
        let wave = (TAU * self.frequency * across + self.phase).cos();
        self.amplitude * (-0.5 * (u * u + v * v)).exp() * wave
    }

    /// The values at all pixels, rows × columns.
    pub fn patch(&self, rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(row, column)| {
            self.value(column as f64, row as f64)
        })
    }

    /// n_x = σ_x f, the envelope's width across the bars in cycles of the wave. Ringach 2002, doi
    /// 10.1152/jn.00881.2001, places neurons by n_x and n_y.
    pub fn cycles_across(&self) -> f64 {
        self.sigma_x * self.frequency
    }

    /// n_y = σ_y f, the envelope's width along the bars in cycles of the wave.
    pub fn cycles_along(&self) -> f64 {
        self.sigma_y * self.frequency
    }

    /// The same function with A ≥ 0, f ≥ 0, positive widths, θ in [0, π) and φ in (−π, π].
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut same = *self;
        (same.sigma_x, same.sigma_y) = (self.sigma_x.abs(), self.sigma_y.abs());
        if same.frequency < 0.0 {
            (same.frequency, same.phase) = (-same.frequency, -same.phase);
        }
        if same.amplitude < 0.0 {
            (same.amplitude, same.phase) = (-same.amplitude, same.phase + PI);
        }
        // Half a turn mirrors the wave.
        let half_turns = (same.orientation / PI).floor();
        same.orientation -= half_turns * PI;
        if half_turns.rem_euclid(2.0) == 1.0 {
            same.phase = -same.phase;
        }
        same.phase = PI - (PI - same.phase).rem_euclid(TAU);
        same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2: rows 0, 6 and 8 of 16 × 16, to eight decimals.
    #[test]
    fn values_are_those_of_the_equation() {
        let gabor = Gabor {
            amplitude: 1.0,
            x: 7.2,
            y: 8.1,
            orientation: 0.6,
            sigma_x: 2.0,
            sigma_y: 3.0,
            frequency: 0.18,
            phase: 0.7,
        };
        let patch = gabor.patch(16, 16);
        let expected = [
            (0, [(0, 1.3e-7), (5, 0.00113777), (9, -0.01057316), (15, -0.00066022)]),
            (6, [(0, 0.00060938), (5, -0.28853918), (8, 0.73688206), (15, 0.00367803)]),
            (8, [(0, 0.00451894), (5, 0.09148456), (8, 0.17567594), (15, -0.00012658)]),
        ];
        for (row, values) in expected {
            for (column, value) in values {
                let found = patch[[row, column]];
                assert!((found - value).abs() < 6e-9, "{row} {column}: {found} {value}");
            }
        }
        assert!((gabor.cycles_across() - 0.36).abs() < 1e-12);
        assert!((gabor.cycles_along() - 0.54).abs() < 1e-12);
    }

    #[test]
    fn the_canonical_form_is_the_same_function() {
        for orientation in [-4.0, -1.0, 0.0, 2.0, 3.5, 7.0] {
            for (amplitude, frequency, phase) in
                [(2.0, 0.1, 5.0), (-2.0, 0.1, -1.0), (1.5, -0.2, 0.5), (-1.0, -0.2, 9.0)]
            {
                let gabor = Gabor {
                    amplitude,
                    x: 3.0,
                    y: 2.0,
                    orientation,
                    sigma_x: -1.5,
                    sigma_y: 2.5,
                    frequency,
                    phase,
                };
                let same = gabor.canonical();
                let difference = gabor.patch(6, 7) - same.patch(6, 7);
                assert!(difference.iter().all(|x| x.abs() < 1e-12), "{gabor:?} {same:?}");
                assert!(same.amplitude > 0.0 && same.frequency > 0.0 && same.sigma_x > 0.0);
                assert!((0.0..PI).contains(&same.orientation));
                assert!(same.phase > -PI && same.phase <= PI);
            }
        }
    }
}

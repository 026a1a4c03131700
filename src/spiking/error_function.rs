//! The error function.

/// erf(x), to about 1e-15: a power series near zero, and a continued fraction beyond 2.5.
pub(super) fn erf(x: f64) -> f64 {
    let z = x.abs();
    let scale = 2.0 / std::f64::consts::PI.sqrt() * (-z * z).exp();
    let value = if z < 2.5 { scale * series(z) } else { 1.0 - scale / fraction(z) };
    value.copysign(x)
}

/// Σ 2^k z^(2k+1) / (1·3·5…(2k+1)).
fn series(z: f64) -> f64 {
    let (mut term, mut sum) = (z, z);
    for k in 1..120 {
        term *= 2.0 * z * z / f64::from(2 * k + 1);
        sum += term;
    }
    sum
}

/// 2z + 2/(2z + 4/(2z + 6/(2z + …))), so that erfc(z) = 2/√π e^(−z²) / this.
fn fraction(z: f64) -> f64 {
    (1..=200).rev().fold(2.0 * z, |rest, k| 2.0 * z + 2.0 * f64::from(k) / rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's `math.erf`.
    #[test]
    fn it_equals_the_standard_library_of_python() {
        let expected = [
            (0.0, 0.0),
            (0.1, 0.1124629160182849),
            (1.0, 0.8427007929497149),
            (2.4, 0.999311486103355),
            (2.6, 0.9997639655834707),
            (4.0, 0.9999999845827421),
            (40.0, 1.0),
        ];
        for (x, expected) in expected {
            assert!((erf(x) - expected).abs() < 1e-14, "{x} {}", erf(x));
            assert_eq!(erf(-x), -erf(x));
        }
    }
}

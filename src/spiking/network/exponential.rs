//! An exponential that loops over slices can be vectorised with.

/// 1.5 · 2⁵²: adding it rounds a number to the nearest integer, in the low bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, the first with trailing zeros.
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x for x from −708 to 0 within two units of the last place, without branches or tables; smaller
/// x give e^(−708), which is 3e−308. Above 0 it holds up to 700.
#[inline]
pub(super) fn exponential(x: f64) -> f64 {
    let x = if x < -708.0 { -708.0 } else { x };
    let rounded = x * std::f64::consts::LOG2_E + ROUNDER;
    let power = rounded - ROUNDER;
    let rest = (x - power * LN2_HIGH) - power * LN2_LOW;
    let scale = f64::from_bits((rounded.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    series(rest) * scale
}

/// Taylor's series of e^x for |x| ≤ ln 2 / 2.
#[inline]
fn series(x: f64) -> f64 {
    const INVERSE_FACTORIALS: [f64; 14] = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    INVERSE_FACTORIALS.iter().fold(0.0, |sum, factor| sum * x + factor)
}

/// Below this a fading number is set to 0, before it becomes so small that processors slow down.
const GONE: f64 = 1e-100;

/// `value` after it has faded by `factor`.
#[inline]
pub(super) fn faded(value: f64, factor: f64) -> f64 {
    if value.abs() > GONE { value * factor } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_the_exponential_of_the_standard_library() {
        for at in 0..70_000 {
            let x = -f64::from(at) / 100.0 + 0.003;
            let (ours, theirs) = (exponential(x), x.exp());
            assert!((ours / theirs - 1.0).abs() < 5e-16, "{x}: {ours} {theirs}");
        }
        assert_eq!(exponential(0.0), 1.0);
        assert!(exponential(-1e9) < 1e-300);
        assert_eq!(faded(1e-120, 0.5), 0.0);
    }
}

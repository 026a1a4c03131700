//! Quantiles of the standard normal and of Student's t distribution.

/// The quantile of the standard normal distribution; infinite at 0 and 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    bisect(p, normal_cdf)
}

/// The quantile of Student's t with `freedom` degrees of freedom.
pub(crate) fn student_t(p: f64, freedom: f64) -> f64 {
    bisect(p, |t| student_t_above(-t, freedom))
}

/// The probability that Student's t with `freedom` degrees of freedom lies above `t`. It is exact to
/// its last digits in the tail, where 1 − P(below) has none.
pub(crate) fn student_t_above(t: f64, freedom: f64) -> f64 {
    let tail = incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5) / 2.0;
    if t > 0.0 { tail } else { 1.0 - tail }
}

/// Where a rising distribution function reaches `p`.
fn bisect(p: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-1e4, 1e4);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if cdf(middle) < p { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// Φ(x), by a power series near zero and a continued fraction in the tails.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    let z = x.abs();
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let upper = if z < 3.0 { 0.5 - density * series(z) } else { density / fraction(z) };
    if x > 0.0 { 1.0 - upper } else { upper }
}

/// Σ z^(2k+1) / (1·3·5…(2k+1)).
fn series(z: f64) -> f64 {
    let (mut term, mut sum) = (z, z);
    for k in 1..100 {
        term *= z * z / (2 * k + 1) as f64;
        sum += term;
    }
    sum
}

/// z + 1/(z + 2/(z + 3/(z + …))), Laplace's continued fraction.
fn fraction(z: f64) -> f64 {
    (1..=200).rev().fold(z, |rest, k| z + k as f64 / rest)
}

/// The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical
/// Recipes, 6.4).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for step in [even, odd] {
            d = 1.0 / away(1.0 + step * d);
            c = away(1.0 + step / c);
            product *= c * d;
        }
    }
    product
}

/// ln Γ(x) for x > 0 (Lanczos, g = 7).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let term = |(k, coefficient): (usize, &f64)| coefficient / (x + k as f64 + 1.0);
    let sum: f64 = 0.999_999_999_999_809_9 + COEFFICIENTS.iter().enumerate().map(term).sum::<f64>();
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9 * expected.abs().max(1.0), "{actual} {expected}");
    }

    /// `scipy.stats.norm.ppf([.975, .6, 1e-6]); scipy.stats.t.ppf(.975, [1, 9, 19])`
    #[test]
    fn quantiles_equal_scipy() {
        close(normal_quantile(0.975), 1.959963984540054);
        close(normal_quantile(0.6), 0.2533471031357997);
        close(normal_quantile(1e-6), -4.753424308822899);
        close(student_t(0.975, 1.0), 12.706204736174694);
        close(student_t(0.975, 9.0), 2.262157162798205);
        close(student_t(0.975, 19.0), 2.0930240544083087);
    }

    /// `scipy.stats.t.sf([2.5, -0.7, 40], [3, 12, 5])`
    #[test]
    fn tails_of_student_t_equal_scipy() {
        close(student_t_above(2.5, 3.0), 0.04385332350403278);
        close(student_t_above(-0.7, 12.0), 0.7513629231046463);
        assert!((student_t_above(40.0, 5.0) / 9.205981085886477e-08 - 1.0).abs() < 1e-9);
    }
}

//! Numbers for a reader.

/// `number` in about so many digits.
pub(crate) fn rounded(number: f64, digits: i32) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "NaN".to_owned() } else { number.to_string() };
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if !is_handy(number) {
        return format!("{number:.3e}");
    }
    let decimals = decimals_of(number, digits);
    trimmed(&format!("{number:.decimals$}")).to_owned()
}

/// Numbers of one column, with as many decimals each, so that their points stand below one another:
/// about four digits of the largest. Zero stays 0, and what is much smaller or larger is written
/// with an exponent.
pub(crate) fn aligned(numbers: &[f64]) -> Vec<String> {
    let handy = || numbers.iter().copied().filter(|&n| n != 0.0 && n.is_finite() && is_handy(n));
    let largest = handy().fold(0.0_f64, |most, number| most.max(number.abs()));
    if largest == 0.0 {
        return numbers.iter().map(|&number| rounded(number, DIGITS)).collect();
    }
    let most = decimals_of(largest, DIGITS) + 1;
    let needed = |number: f64| rounded(number, DIGITS).split_once('.').map_or(0, |(_, d)| d.len());
    let decimals = handy().map(needed).max().unwrap_or(0).min(most);
    let write = |&number: &f64| {
        let vanishes = number.abs() < 10.0 * 0.1_f64.powi(decimals as i32);
        if number == 0.0 || !is_handy(number) || (vanishes && needed(number) > decimals) {
            return rounded(number, DIGITS);
        }
        format!("{number:.decimals$}")
    };
    numbers.iter().map(write).collect()
}

/// Digits of a number in a table.
const DIGITS: i32 = 4;

/// Whether a number reads better without an exponent.
fn is_handy(number: f64) -> bool {
    (1e-4..1e7).contains(&number.abs())
}

/// The decimals that make `digits` digits of a number that is not 0.
fn decimals_of(number: f64, digits: i32) -> usize {
    (digits - 1 - number.abs().log10().floor() as i32).max(0) as usize
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The course of some numbers in a line of text, from the lowest to the highest of them.
///
/// ```text
/// ▁▃▅▇█
/// ```
pub(crate) fn sparkline(numbers: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let finite = || numbers.iter().copied().filter(|number| number.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    let bar = |&number: &f64| {
        let height = if high > low { (number - low) / (high - low) } else { 0.0 };
        if number.is_finite() {
            BARS[(height * 7.0).round().clamp(0.0, 7.0) as usize]
        } else {
            '·'
        }
    };
    numbers.iter().map(bar).collect()
}

/// A whole number with its thousands apart: 78,500.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_for_reading() {
        let read: Vec<String> = [0.123_456, 96.537_1, 12_345.678, 0.0, 1e-9, 0.5, -2.0, f64::NAN]
            .map(|number| rounded(number, 4))
            .to_vec();
        assert_eq!(read, ["0.1235", "96.54", "12346", "0", "1.000e-9", "0.5", "-2", "NaN"]);
    }

    #[test]
    fn the_points_of_a_column_stand_below_one_another() {
        assert_eq!(aligned(&[0.5, 0.925, 0.9675]), ["0.5000", "0.9250", "0.9675"]);
        assert_eq!(aligned(&[2.1, 0.012_34, f64::NAN]), ["2.1000", "0.0123", "NaN"]);
        assert_eq!(aligned(&[1234.5, 0.001_234, 0.0]), ["1234.5", "0.001234", "0"]);
        assert_eq!(aligned(&[1.0, 2.0]), ["1", "2"]);
        assert_eq!(aligned(&[1e-9, 0.01]), ["1.000e-9", "0.01"]);
        assert_eq!(aligned(&[0.0, 0.0]), ["0", "0"]);
        assert_eq!(aligned(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_sparkline_spans_its_numbers() {
        assert_eq!(sparkline(&[0.1, 0.5, f64::NAN, 0.9]), "▁▅·█");
        assert_eq!(sparkline(&[0.3, 0.3]), "▁▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([7, 100, 78_500, 1_000_000].map(grouped), ["7", "100", "78,500", "1,000,000"]);
    }
}

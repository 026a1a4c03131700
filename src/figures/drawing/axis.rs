//! From numbers to places along an axis, and the ticks that a person would choose.

use super::labels::elided;
use crate::display::show_as_settings;

/// How an axis spaces its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally long.
    #[default]
    Linear,
    /// Equal ratios are equally long; only numbers above zero have a place.
    Log,
}

impl Scale {
    /// Whether `value` has a place on the axis.
    pub(crate) fn shows(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }

    /// The name of an axis of this scale.
    pub(crate) fn named(self, name: &str) -> String {
        match self {
            Self::Linear => name.to_owned(),
            Self::Log => format!("{name} (logarithmic)"),
        }
    }

    fn apply(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.max(f64::MIN_POSITIVE).log10(),
        }
    }

    fn undo(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => 10_f64.powf(value).clamp(f64::MIN_POSITIVE, f64::MAX),
        }
    }
}

/// A stretch of numbers with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    scale: Scale,
    pub(crate) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From `low` to `high` exactly.
    pub(crate) fn between(low: f64, high: f64, scale: Scale) -> Self {
        let (low, high) = apart(low, high, scale);
        let ticks = match scale {
            Scale::Linear => linear_ticks(low, high),
            Scale::Log => log_ticks(low, high),
        };
        Self { low, high, scale, ticks }
    }

    /// All of `values`, with `room` (a share of the length) at both ends.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, scale: Scale, room: f64) -> Self {
        let shown = values.into_iter().filter(|value| scale.shows(*value)).map(|v| scale.apply(v));
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if low > high {
            return Self::between(scale.undo(0.0), scale.undo(1.0), scale);
        }
        if low == high {
            let (value, axis) =
                (scale.undo(low), Self::between(scale.undo(low), scale.undo(high), scale));
            return Self { ticks: vec![(value, short(value))], ..axis };
        }
        let room = if high - low < f64::INFINITY { room * (high - low) } else { 0.0 };
        let [low, high] =
            [low - room, high + room].map(|end| scale.undo(end).clamp(f64::MIN, f64::MAX));
        Self::between(low, high, scale)
    }

    /// The same axis, but reaching to `high` without further ticks.
    pub(crate) fn reaching(self, high: f64) -> Self {
        Self { high: self.high.max(high), ..self }
    }

    /// The same axis with its ticks at `values`, if there are few different ones: a reader looks
    /// for the places where something was measured.
    pub(crate) fn with_ticks_at(self, values: impl IntoIterator<Item = f64>) -> Self {
        let mut places: Vec<f64> = values.into_iter().filter(|v| self.scale.shows(*v)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        if !(1..=MOST_PLACES).contains(&places.len()) {
            return self;
        }
        let ticks = places.into_iter().map(|place| (place, short(place))).collect();
        Self { ticks, ..self }
    }

    /// Where `value` is between the two ends, 0 to 1; what lies beyond is put on the nearer end.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(|v| self.scale.apply(v));
        share_between(value, low, high).clamp(0.0, 1.0)
    }

    /// Whether `value` lies between the two ends.
    pub(crate) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// With more different places than this ticks are at round numbers.
const MOST_PLACES: usize = 8;

/// Where `value` is between `low`, which is 0, and `high`, which is 1, even where their difference
/// is no finite number.
pub(crate) fn share_between(value: f64, low: f64, high: f64) -> f64 {
    let whole = high - low;
    if whole.is_finite() {
        return (value - low) / whole;
    }
    (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
}

/// Two ends that are not the same place.
pub(crate) fn apart(low: f64, high: f64, scale: Scale) -> (f64, f64) {
    let (from, to) = (scale.apply(low), scale.apply(high));
    // Differences below the least normal number have no fifth part.
    if to - from > (1e-12 * to.abs().max(from.abs())).max(10.0 * f64::MIN_POSITIVE) {
        return (low, high);
    }
    let wider = |value: f64| (0.1 * value.abs()).max(100.0 * f64::MIN_POSITIVE);
    let (low, high) = match scale {
        Scale::Log => (low / 2.0, high * 2.0),
        Scale::Linear if low == 0.0 => (-0.5, 0.5),
        Scale::Linear => (low - wider(low), high + wider(high)),
    };
    (low.max(f64::MIN), high.min(f64::MAX))
}

fn linear_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let fifth = (high - low) / 5.0;
    let step = round_step(if fifth.is_finite() { fifth } else { high / 5.0 - low / 5.0 });
    // An end that all but touches a tick has it: outputs of a sigmoid begin just above 0.
    let (first, last) = ((low / step - 1e-3).ceil() as i64, (high / step + 1e-3).floor() as i64);
    let decimals = decimals_of(step);
    let is_plain = decimals < MOST_DECIMALS && low.abs().max(high.abs()) < 1e12;
    let label = |tick: f64| if is_plain { fixed(tick, decimals) } else { short(tick) };
    let ticks = (first..=last).map(|i| i as f64 * step).filter(|tick| tick.is_finite());
    ticks.map(|tick| (tick, label(tick))).collect()
}

/// More than these are written as a power of ten.
const MOST_DECIMALS: usize = 12;

/// The least of 1, 2, 2.5, 5 times a power of ten that is at least `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
    power * factors.into_iter().find(|factor| factor * power >= 0.999 * rough).unwrap_or(10.0)
}

/// The decimals that distinguish multiples of `step`.
fn decimals_of(step: f64) -> usize {
    let is_whole = |decimals: &usize| {
        let scaled = step * 10_f64.powi(*decimals as i32);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    (0..MOST_DECIMALS).find(is_whole).unwrap_or(MOST_DECIMALS)
}

/// Whole powers of ten; with fewer than four of them also 2 and 5 times.
fn log_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let between = |factors: &[f64], step: usize| -> Vec<f64> {
        let powers = (first..=last).filter(|power| power.rem_euclid(step as i32) == 0);
        let all = powers.flat_map(|power| factors.iter().map(move |f| f * 10_f64.powi(power)));
        all.filter(|tick| (0.999 * low..=1.001 * high).contains(tick)).collect()
    };
    let mut ticks = between(&[1.0], 1 + (last - first).unsigned_abs() as usize / 8);
    if ticks.len() < 4 {
        ticks = between(&[1.0, 2.0, 5.0], 1);
    }
    if ticks.len() < 2 {
        return linear_ticks(low, high);
    }
    ticks.into_iter().map(|tick| (tick, short(tick))).collect()
}

/// `value` with `decimals`, thousands set apart.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let grouped: Vec<&str> = if whole.len() < 4 {
        vec![whole]
    } else {
        let first = whole.len() % 3;
        let groups = (first..whole.len()).step_by(3).map(|start| &whole[start..start + 3]);
        (first > 0).then_some(&whole[..first]).into_iter().chain(groups).collect()
    };
    let is_zero = !text.contains(|digit: char| ('1'..='9').contains(&digit));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}{rest}", grouped.join(","))
}

/// `value` in about three digits, as a person writes it.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let power = value.abs().log10().floor() as i32;
    if (-4..6).contains(&power) {
        let text = fixed(value, (2 - power).max(0) as usize);
        let trimmed = text.trim_end_matches('0').trim_end_matches('.');
        return if text.contains('.') { trimmed.to_owned() } else { text };
    }
    // The power of the smallest numbers is 0 in this precision, and is divided by in two steps.
    let factor = short(match power {
        ..-300 => value * 1e300 / 10_f64.powi(power + 300),
        _ => value / 10_f64.powi(power),
    });
    let power = superscript(power);
    if factor == "1" { format!("10{power}") } else { format!("{factor}·10{power}") }
}

/// A level to compare with, such as chance, with its value.
pub(crate) fn level_name((name, value): &(String, f64)) -> String {
    format!("{} {}", elided(name), short(*value))
}

/// Values that are read beside one another: all with the decimals that give the largest of them,
/// and of what `beside` them says how precise they are, three digits.
pub(crate) fn alike(values: &[f64], beside: &[f64]) -> Vec<String> {
    let largest_of = |values: &[f64]| {
        let finite = values.iter().filter(|value| value.is_finite());
        finite.fold(0.0, |largest: f64, value| largest.max(value.abs()))
    };
    let largest = largest_of(values).max(largest_of(beside));
    let power = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    if !(-4..6).contains(&power) {
        return values.iter().map(|value| short(*value)).collect();
    }
    // A share of 1 is compared with 0.956, whatever ends its interval has.
    let least = if largest_of(values) <= 1.0 { 3 } else { 0 };
    let decimals = (2 - power).max(least) as usize;
    let write = |value: f64| if value.is_finite() { fixed(value, decimals) } else { short(value) };
    values.iter().copied().map(write).collect()
}

fn superscript(number: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.unsigned_abs().to_string();
    let raised = digits.bytes().map(|digit| DIGITS[usize::from(digit - b'0')]);
    (number < 0).then_some('⁻').into_iter().chain(raised).collect()
}

show_as_settings!(Scale);

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, scale: Scale) -> Vec<String> {
        Axis::between(low, high, scale).ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(0.0, 1.0, Scale::Linear), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-3.0, 17.0, Scale::Linear), ["0", "5", "10", "15"]);
        assert_eq!(
            labels(0.0, 20_000.0, Scale::Linear),
            ["0", "5,000", "10,000", "15,000", "20,000"]
        );
        assert_eq!(labels(0.001, 1.0, Scale::Log), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels(1e-9, 1e-6, Scale::Log), ["10⁻⁹", "10⁻⁸", "10⁻⁷", "10⁻⁶"]);
        assert_eq!(labels(0.3, 3.0, Scale::Log), ["0.5", "1", "2"]);
    }

    #[test]
    fn axes_of_extreme_numbers_have_places_and_few_ticks() {
        let (least, most) = (f64::MIN_POSITIVE, f64::MAX);
        for (scale, ends) in [
            (Scale::Linear, (-most, most)),
            (Scale::Linear, (-1e308, 1e308)),
            (Scale::Linear, (0.0, 5e-324)),
            (Scale::Linear, (most, most)),
            (Scale::Linear, (5e-324, 5e-324)),
            (Scale::Log, (1e-300, 1e300)),
            (Scale::Log, (5e-324, most)),
            (Scale::Log, (least, least)),
            (Scale::Log, (most, most)),
        ] {
            let axis = Axis::around([ends.0, ends.1], scale, 0.05);
            assert!((1..20).contains(&axis.ticks.len()), "{ends:?}: {axis:?}");
            let [low, high] = [ends.0, ends.1].map(|end| axis.share(end));
            assert!(low <= high && (0.0..=1.0).contains(&low), "{ends:?}: {low} {high} {axis:?}");
            assert!(axis.ticks.iter().all(|(tick, label)| tick.is_finite() && label.len() < 40));
        }
        assert_eq!(Axis::around([-most, most], Scale::Linear, 0.05).share(0.0), 0.5);
        assert_eq!([5e-324, f64::MAX].map(short), ["4.94·10⁻³²⁴", "1.8·10³⁰⁸"]);
    }

    #[test]
    fn one_number_makes_an_axis() {
        for value in [0.0, 5.0, -2.0, 1e-8] {
            let axis = Axis::around([value], Scale::Linear, 0.05);
            assert!((axis.share(value) - 0.5).abs() < 1e-9, "{value}: {axis:?}");
            assert!(!axis.ticks.is_empty());
        }
        assert!((Axis::around([3.0], Scale::Log, 0.1).share(3.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn numbers_side_by_side_have_the_same_decimals() {
        assert_eq!(alike(&[1.0, 0.956, 0.17], &[]), ["1.000", "0.956", "0.170"]);
        assert_eq!(alike(&[0.0083, -0.000556], &[0.0213, f64::NAN]), ["0.0083", "−0.0006"]);
        assert_eq!(alike(&[45.0, 3.25, f64::NAN], &[]), ["45.0", "3.2", "–"]);
        assert_eq!(alike(&[0.0], &[]), ["0.000"]);
        // The end of an interval beyond 1 takes no decimal from shares.
        assert_eq!(alike(&[0.999, 0.985], &[1.003]), ["0.999", "0.985"]);
    }

    #[test]
    fn numbers_read_well() {
        let read: Vec<String> =
            [0.0, 0.9234, -1234.5, 123_456.0, 1e-7, 0.5, 90.0].map(short).to_vec();
        assert_eq!(read, ["0", "0.923", "−1,234", "123,456", "10⁻⁷", "0.5", "90"]);
    }

    #[test]
    fn ticks_stand_at_a_few_places_and_at_round_numbers_among_many() {
        let at = |values: &[f64]| {
            let axis = Axis::around(values.iter().copied(), Scale::Linear, 0.0);
            let ticks = axis.with_ticks_at(values.iter().copied()).ticks;
            ticks.into_iter().map(|(_, label)| label).collect::<Vec<String>>()
        };
        assert_eq!(at(&[16.0, 4.0, 0.0, 4.0]), ["0", "4", "16"]);
        let many: Vec<f64> = (0..=20).map(f64::from).collect();
        assert_eq!(at(&many), ["0", "5", "10", "15", "20"]);
    }

    #[test]
    fn an_axis_reaches_beyond_its_last_tick() {
        let axis = Axis::between(0.0, 1.0, Scale::Linear).reaching(1.25);
        assert_eq!(axis.ticks.last().map(|(tick, _)| *tick), Some(1.0));
        assert_eq!(axis.share(1.0), 0.8);
    }
}

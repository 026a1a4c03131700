//! From a number to a colour, and the bar that explains it.

use super::axis::{Axis, Scale, share_between, short};
use super::canvas::{Anchor, Area, Canvas, Raster};
use super::fonts;
use super::plot::faded;
use super::style::{Colour, SMALL};

/// Values that are not finite.
const MISSING: Colour = Colour(190, 190, 190);
/// Low, middle and high of ColorBrewer's "RdBu" and "Blues" (Brewer & Harrower 2003), readable for
/// colour-blind people.
const DIVERGING: [Colour; 5] = [
    Colour(33, 102, 172),
    Colour(146, 197, 222),
    Colour(255, 255, 255),
    Colour(244, 165, 130),
    Colour(178, 24, 43),
];
const SEQUENTIAL: [Colour; 3] = [Colour(247, 251, 255), Colour(107, 174, 214), Colour(8, 48, 107)];
/// As many shades as a PNG's palette comfortably holds beside the greys of the letters.
const SHADES: f64 = 200.0;
/// The bar's width, and the gap between it and the numbers beside it.
const BAR: (f64, f64) = (13.0, 7.0);
/// The height of the scale's name above the bar.
const NAME: f64 = 22.0;

/// Colours for the numbers from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ColourScale {
    low: f64,
    high: f64,
    anchors: &'static [Colour],
}

impl ColourScale {
    /// A scale for all finite values, if there are any: diverging around 0 when they have both
    /// signs, else sequential.
    pub(crate) fn covering(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let (low, high) = range(values.clone())?;
        if low < 0.0 && high > 0.0 {
            return Self::symmetric(values);
        }
        let high = if low < high { high } else { low + low.abs().max(1.0) };
        // The two ends must stay apart, also of the largest numbers.
        let (low, high) = if high.is_finite() { (low, high) } else { (low / 2.0, f64::MAX) };
        let (low, high) = rounded(low, high);
        Some(Self { low, high, anchors: &SEQUENTIAL })
    }

    /// A diverging scale that reaches as far below 0 as above.
    pub(crate) fn symmetric(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = range(values)?;
        let limit = low.abs().max(high.abs());
        let limit = if limit > 0.0 { limit } else { 1.0 };
        Some(Self { low: -limit, high: limit, anchors: &DIVERGING })
    }

    /// What its colours mean, in words.
    pub(crate) fn in_words(&self) -> &'static str {
        if self.low < 0.0 && self.anchors.len() == DIVERGING.len() {
            "Blue: below 0; red: above; white: 0."
        } else {
            "The darker, the larger."
        }
    }

    /// What a note says about `values` that have the colour of an end of the scale without being
    /// there; empty if there are none.
    pub(crate) fn about_values_beyond(&self, values: impl Iterator<Item = f64> + Clone) -> String {
        let (low, high) = (short(self.low), short(self.high));
        let is_below = values.clone().any(|value| value.is_finite() && value < self.low);
        let is_above = values.into_iter().any(|value| value.is_finite() && value > self.high);
        let below = if is_below {
            format!(" Values below {low} have the colour of {low}.")
        } else {
            String::new()
        };
        let above = if is_above {
            format!(" Values beyond {high} have the colour of {high}.")
        } else {
            String::new()
        };
        below + &above
    }

    pub(crate) fn at(&self, value: f64) -> Colour {
        if !value.is_finite() {
            return MISSING;
        }
        let share = share_between(value, self.low, self.high).clamp(0.0, 1.0);
        let place = (share * SHADES).round() / SHADES * (self.anchors.len() - 1) as f64;
        let below = (place as usize).min(self.anchors.len() - 2);
        self.anchors[below].mixed(self.anchors[below + 1], place - below as f64)
    }

    fn axis(&self) -> Axis {
        Axis::between(self.low, self.high, Scale::Linear)
    }

    /// The width that the bar, its numbers and its name need.
    pub(crate) fn width(&self, name: &str) -> f64 {
        let axis = self.axis();
        let labels = fonts::widest(axis.ticks.iter().map(|(_, label)| label.as_str()), SMALL);
        (BAR.0 + BAR.1 + labels).max(fonts::widest([name], SMALL))
    }

    /// Draws the bar down the left side of `area`, under its name.
    pub(crate) fn draw_bar(&self, canvas: &mut Canvas, area: Area, name: &str) {
        canvas.text(name, (area.left, area.top + SMALL), faded());
        let area = area.inside(0.0, NAME, 0.0, 0.0);
        let bar = Area { width: BAR.0, ..area };
        let shades = (0..=SHADES as usize).rev().map(|shade| shade as f64 / SHADES);
        let value = |share: f64| self.low * (1.0 - share) + self.high * share;
        let colours = shades.map(|share| self.at(value(share))).collect();
        canvas.raster(bar, Raster { width: 1, colours });
        let axis = self.axis();
        for (tick, label) in &axis.ticks {
            let y = bar.bottom() - axis.share(*tick) * bar.height + 0.36 * SMALL;
            canvas.text(label.as_str(), (bar.right() + BAR.1, y), faded().anchor(Anchor::Start));
        }
    }
}

/// The same range up to the next ticks, where these are near: shares from 0.01 to 0.99 are read
/// against 0 and 1.
fn rounded(low: f64, high: f64) -> (f64, f64) {
    let axis = Axis::between(low, high, Scale::Linear);
    let [(first, _), (second, _), ..] = axis.ticks.as_slice() else { return (low, high) };
    let (step, near) = (second - first, 0.05 * (high - low));
    // An end that is a tick already stays as it is.
    let is_near = |distance: f64| distance > 1e-9 * step && distance < near && near.is_finite();
    let (below, above) = ((low / step).floor() * step, (high / step).ceil() * step);
    let low = if is_near(low - below) { below } else { low };
    (low, if is_near(above - high) { above } else { high })
}

/// The least and the largest finite value.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|value| value.is_finite());
    finite.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_signs_make_a_scale_around_zero() {
        let scale = ColourScale::covering([-1.0, 4.0].into_iter()).unwrap();
        assert_eq!((scale.low, scale.high), (-4.0, 4.0));
        assert_eq!(scale.at(0.0), Colour(255, 255, 255));
        assert_eq!(scale.at(-4.0), DIVERGING[0]);
        assert_eq!(scale.at(9.0), DIVERGING[4]);
        assert_eq!(scale.at(f64::NAN), MISSING);
    }

    #[test]
    fn one_sign_makes_a_sequential_scale() {
        let scale = ColourScale::covering([2.0, f64::INFINITY, 3.0].into_iter()).unwrap();
        assert_eq!((scale.low, scale.high), (2.0, 3.0));
        assert_eq!(scale.at(3.0), SEQUENTIAL[2]);
        let shares = ColourScale::covering([0.004, 0.993].into_iter()).unwrap();
        assert_eq!((shares.low, shares.high), (0.0, 1.0));
        assert!(ColourScale::covering([f64::NAN].into_iter()).is_none());
        assert!(ColourScale::covering([0.0].into_iter()).unwrap().at(0.0) == SEQUENTIAL[0]);
    }
}

//! Which colour is whose: a line of swatches with their names.

use super::canvas::{Area, Canvas, Fill, Type};
use super::fonts;
use super::style::{Colour, SMALL};

/// From one line of names to the next.
const LINE: f64 = 1.5 * SMALL;
/// The gaps around a swatch: to its name, and to the name before it.
const GAPS: (f64, f64) = (15.0, 18.0);

/// Names with their colours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Legend {
    pub(crate) entries: Vec<(String, Colour)>,
}

impl Legend {
    /// The places of the entries, from the upper left corner, in lines no wider than `width`.
    fn places(&self, width: f64) -> Vec<(f64, f64)> {
        let (mut left, mut top) = (0.0, 0.0);
        let place = |(name, _): &(String, Colour)| {
            let needed = GAPS.0 + fonts::widest([name.as_str()], SMALL);
            if left > 0.0 && left + needed > width {
                (left, top) = (0.0, top + LINE);
            }
            let here = (left, top);
            left += needed + GAPS.1;
            here
        };
        self.entries.iter().map(place).collect()
    }

    /// The height it needs in lines of this width.
    pub(crate) fn height(&self, width: f64) -> f64 {
        self.places(width).last().map_or(0.0, |(_, top)| top + LINE)
    }

    /// Writes it from the top of `area` down, unless it stands above already; returns what is left
    /// of the area below.
    pub(crate) fn draw(&self, canvas: &mut Canvas, area: Area) -> Area {
        if canvas.common.as_ref() == Some(&self.entries) {
            return area;
        }
        for ((name, colour), (left, top)) in self.entries.iter().zip(self.places(area.width)) {
            let (x, baseline) = (area.left + left, area.top + top + SMALL);
            let fill = Fill::of(canvas.colour(name, *colour));
            canvas.dot((x + 5.0, baseline - 0.36 * SMALL), 5.0, fill);
            canvas.text(name.as_str(), (x + GAPS.0, baseline), Type::new(SMALL));
        }
        area.inside(0.0, self.height(area.width) + 6.0, 0.0, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_legends_break_into_lines() {
        let entries = vec![("a rule".to_owned(), Colour(0, 0, 0)); 4];
        let legend = Legend { entries };
        assert_eq!(legend.height(1000.0), LINE);
        assert_eq!(legend.height(10.0), 4.0 * LINE);
    }
}

//! A drawing as a list of marks, before it becomes SVG or PNG.
//!
//! Both are made from the same list, so they look alike. Coordinates count logical pixels from the
//! upper left corner.

use super::style::{Colour, INK, Palette, Weight};

/// A place in the drawing: right, down.
pub(crate) type Point = (f64, f64);

/// A rectangle in the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self { left, top, width: width.max(0.0), height: height.max(0.0) }
    }

    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// What is left when each side moves in.
    pub(crate) fn inside(&self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        let (width, height) = (self.width - left - right, self.height - top - bottom);
        Self::new(self.left + left, self.top + top, width, height)
    }
}

/// Whether a drawing has this place: what has no finite place is not drawn.
fn is_place((x, y): &Point) -> bool {
    x.is_finite() && y.is_finite()
}

/// The text with a space for each character that no drawing can hold: XML has no control
/// characters, not even escaped.
pub(crate) fn visible(text: &str) -> String {
    let is_bad = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_bad(c) { ' ' } else { c }).collect()
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) colour: Colour,
    pub(crate) width: f64,
    pub(crate) dash: Dash,
}

/// Whether a line has gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dash {
    Solid,
    Dashed,
    Dotted,
}

impl Dash {
    /// The lengths of a stroke and of the gap after it, if there are gaps.
    pub(crate) fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Self::Solid => None,
            Self::Dashed => Some((5.0, 4.0)),
            Self::Dotted => Some((2.0, 7.0)),
        }
    }
}

impl Stroke {
    pub(crate) fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: Dash::Solid }
    }

    pub(crate) fn dashed(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: Dash::Dashed }
    }
}

/// How a surface is filled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fill {
    pub(crate) colour: Colour,
    pub(crate) opacity: f64,
}

impl Fill {
    pub(crate) fn of(colour: Colour) -> Self {
        Self { colour, opacity: 1.0 }
    }

    pub(crate) fn sheer(colour: Colour, opacity: f64) -> Self {
        Self { colour, opacity }
    }
}

/// Which point of a text its position means, along the line of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// The direction of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Level,
    Up,
}

/// How a text is set. `size` is the em in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) colour: Colour,
    pub(crate) weight: Weight,
    pub(crate) anchor: Anchor,
    pub(crate) direction: Direction,
}

impl Type {
    pub(crate) fn new(size: f64) -> Self {
        Self {
            size,
            colour: INK,
            weight: Weight::Regular,
            anchor: Anchor::Start,
            direction: Direction::Level,
        }
    }

    pub(crate) fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(crate) fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn up(self) -> Self {
        Self { direction: Direction::Up, ..self }
    }
}

/// Coloured cells, row by row from the upper left corner, `width` in a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) colours: Vec<Colour>,
}

impl Raster {
    /// The number of rows.
    pub(crate) fn height(&self) -> usize {
        self.colours.len() / self.width.max(1)
    }
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    Line(Vec<Point>, Stroke),
    Shape(Vec<Point>, Fill),
    Box(Area, Fill),
    Dot(Point, f64, Fill),
    Raster(Area, Raster),
    /// The point is on the baseline.
    Text(String, Point, Type),
}

/// The marks drawn so far, from back to front.
#[derive(Clone, Debug, Default)]
pub(crate) struct Canvas {
    pub(crate) marks: Vec<Mark>,
    /// Colours that the reader chose.
    pub(crate) palette: Palette,
    /// The names and colours of the legend that stands above all figures of a grid already.
    pub(crate) common: Option<Vec<(String, Colour)>>,
}

impl Canvas {
    /// The colour of what is called `name`: the reader's choice, or else the usual one.
    pub(crate) fn colour(&self, name: &str, usual: Colour) -> Colour {
        self.palette.colour(name).unwrap_or(usual)
    }

    pub(crate) fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        let points = points.into_iter().filter(is_place).collect();
        self.marks.push(Mark::Line(points, stroke));
    }

    pub(crate) fn shape(&mut self, points: Vec<Point>, fill: Fill) {
        let points = points.into_iter().filter(is_place).collect();
        self.marks.push(Mark::Shape(points, fill));
    }

    pub(crate) fn rectangle(&mut self, area: Area, fill: Fill) {
        self.marks.push(Mark::Box(area, fill));
    }

    pub(crate) fn dot(&mut self, centre: Point, radius: f64, fill: Fill) {
        if is_place(&centre) {
            self.marks.push(Mark::Dot(centre, radius, fill));
        }
    }

    pub(crate) fn raster(&mut self, area: Area, raster: Raster) {
        self.marks.push(Mark::Raster(area, raster));
    }

    pub(crate) fn text(&mut self, text: impl Into<String>, at: Point, kind: Type) {
        if is_place(&at) {
            self.marks.push(Mark::Text(visible(&text.into()), at, kind));
        }
    }

    /// How much a vector drawing would have to hold: every corner of a line counts. Cells are
    /// packed, and count less.
    pub(crate) fn weight(&self) -> usize {
        self.marks
            .iter()
            .map(|mark| match mark {
                Mark::Line(points, _) | Mark::Shape(points, _) => points.len(),
                Mark::Raster(_, raster) => 1 + raster.colours.len() / 64,
                Mark::Box(..) | Mark::Dot(..) | Mark::Text(..) => 1,
            })
            .sum()
    }
}

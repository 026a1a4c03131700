//! A drawing as SVG text: the same bytes for the same drawing.

use std::fmt::Write;

use super::canvas::{
    Anchor, Area, Canvas, Direction, Fill, Mark, Point, Raster, Stroke, Type, visible,
};
use super::fonts::FAMILIES;
use super::png;
use super::style::Weight;
use crate::display::escape;

/// What a reader who cannot see the picture is told.
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
}

/// A drawing of `width` × `height` pixels, which takes as many on a page as `shown` says.
pub(crate) fn document(
    canvas: &Canvas,
    (width, height): (u32, u32),
    shown: (u32, u32),
    words: &Words<'_>,
) -> String {
    let [title, description] = [words.title, words.description].map(|text| escape(&visible(text)));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FAMILIES}\">\n\
         <title>{title}</title>\n<desc>{description}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        shown.0, shown.1
    );
    for mark in &canvas.marks {
        svg.push_str(&element(mark));
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
}

fn element(mark: &Mark) -> String {
    match mark {
        Mark::Line(points, stroke) => line(points, stroke),
        Mark::Shape(points, fill) => {
            format!("<polygon points=\"{}\"{}/>", corners(points), filling(fill))
        }
        Mark::Box(area, fill) => rectangle(area, fill),
        Mark::Dot((x, y), radius, fill) => {
            let (x, y, radius) = (number(*x), number(*y), number(*radius));
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{}/>", filling(fill))
        }
        Mark::Raster(area, raster) => cells(area, raster),
        Mark::Text(text, at, kind) => writing(text, *at, kind),
    }
}

fn line(points: &[Point], stroke: &Stroke) -> String {
    let dashes = stroke
        .dash
        .lengths()
        .map_or(String::new(), |(stroke, gap)| format!(" stroke-dasharray=\"{stroke} {gap}\""));
    format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dashes}/>",
        corners(points),
        stroke.colour,
        number(stroke.width)
    )
}

fn rectangle(area: &Area, fill: &Fill) -> String {
    let [x, y, width, height] = [area.left, area.top, area.width, area.height].map(number);
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{}/>", filling(fill))
}

/// Cells as a small PNG inside the drawing, which is a fiftieth as long as a rectangle for each.
fn cells(area: &Area, raster: &Raster) -> String {
    use base64::Engine;
    let [x, y, width, height] = [area.left, area.top, area.width, area.height].map(number);
    let data = base64::engine::general_purpose::STANDARD.encode(png::packed(raster));
    format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
    )
}

fn writing(text: &str, (x, y): Point, kind: &Type) -> String {
    let anchor = match kind.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = match kind.weight {
        Weight::Regular => "",
        Weight::Bold => " font-weight=\"bold\"",
    };
    let (x, y) = (number(x), number(y));
    let turn = match kind.direction {
        Direction::Level => String::new(),
        Direction::Up => format!(" transform=\"rotate(-90 {x} {y})\""),
    };
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"{anchor}{weight}{turn}>{}</text>",
        number(kind.size),
        kind.colour,
        escape(text)
    )
}

fn filling(fill: &Fill) -> String {
    if fill.opacity >= 1.0 {
        return format!(" fill=\"{}\"", fill.colour);
    }
    format!(" fill=\"{}\" fill-opacity=\"{}\"", fill.colour, number(fill.opacity))
}

fn corners(points: &[Point]) -> String {
    let mut text = String::new();
    for (x, y) in points {
        let separator = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{separator}{},{}", number(*x), number(*y));
    }
    text
}

/// At most two decimals: a hundredth of a pixel cannot be seen.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let short: Vec<String> = [1.0, 0.5, 2.346, -0.001, 100.0].map(number).to_vec();
        assert_eq!(short, ["1", "0.5", "2.35", "0", "100"]);
    }
}

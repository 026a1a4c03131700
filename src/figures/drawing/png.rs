//! A drawing as a PNG file, at two pixels per logical pixel.
//!
//! plotters draws it twice as large again, and each pixel of the file is the mean of four of those:
//! its own lines have steps.

use flate2::{Compression, Crc, write::ZlibEncoder};
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color, FontTransform, RGBColor, ShapeStyle};
use std::io::Write;

use super::canvas::{
    Anchor, Area, Canvas, Dash, Direction, Fill, Mark, Point, Raster, Stroke, Type,
};
use super::fonts;
use super::indexed_colours::indexed;
use super::style::Colour;
use crate::{Error, Result};

/// Pixels of the file per logical pixel.
pub(crate) const PIXELS: u32 = 2;
/// Drawn pixels per pixel of the file.
const FINER: u32 = 2;
const SCALE: f64 = (PIXELS * FINER) as f64;

pub(crate) fn file(canvas: &Canvas, (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let fine = (width * PIXELS * FINER, height * PIXELS * FINER);
    let mut pixels = vec![255; 3 * fine.0 as usize * fine.1 as usize];
    draw(canvas, &mut BitMapBackend::with_buffer(&mut pixels, fine))
        .ok_or_else(|| Error::Figure("the picture could not be drawn as PNG".into()))?;
    encode(&averaged(&pixels, fine), (width * PIXELS, height * PIXELS))
        .map_err(|problem| Error::Figure(format!("the PNG could not be packed: {problem}")))
}

fn draw(canvas: &Canvas, to: &mut BitMapBackend<'_>) -> Option<()> {
    for mark in &canvas.marks {
        match mark {
            Mark::Line(points, stroke) => line(points, stroke, to),
            Mark::Shape(points, fill) => {
                to.fill_polygon(points.iter().copied().map(fine), &filled(fill)).ok()
            }
            Mark::Box(area, fill) => rectangle(area, fill, to),
            Mark::Dot(at, radius, fill) => {
                to.draw_circle(fine(*at), scaled(*radius) as u32, &filled(fill), true).ok()
            }
            Mark::Raster(area, raster) => cells(area, raster, to),
            Mark::Text(text, at, kind) => writing(text, *at, kind, to),
        }?;
    }
    to.present().ok()
}

/// Segment by segment with round joints: plotters' own thick lines tear at sharp corners.
fn line(points: &[Point], stroke: &Stroke, to: &mut BitMapBackend<'_>) -> Option<()> {
    let width = (scaled(stroke.width) as u32).max(1);
    let style = ShapeStyle { color: ink(stroke.colour, 1.0), filled: true, stroke_width: width };
    for pair in points.windows(2) {
        for (from, until) in pieces(pair[0], pair[1], stroke.dash) {
            to.draw_path([fine(from), fine(until)], &style).ok()?;
        }
    }
    if width > 4 && stroke.dash == Dash::Solid {
        for joint in points.iter().skip(1).rev().skip(1) {
            to.draw_circle(fine(*joint), width / 2, &style, true).ok()?;
        }
    }
    Some(())
}

/// The parts of a segment that are drawn.
fn pieces(from: Point, to: Point, dash: Dash) -> Vec<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let Some((stroke, gap)) = dash.lengths().filter(|_| length > 0.0) else {
        return vec![(from, to)];
    };
    let at = |distance: f64| (from.0 + dx * distance / length, from.1 + dy * distance / length);
    let count = (length / (stroke + gap)).ceil() as usize;
    let starts = (0..count).map(|i| i as f64 * (stroke + gap));
    starts.map(|start| (at(start), at((start + stroke).min(length)))).collect()
}

fn rectangle(area: &Area, fill: &Fill, to: &mut BitMapBackend<'_>) -> Option<()> {
    let (left, top) = fine((area.left, area.top));
    let (right, bottom) = fine((area.right(), area.bottom()));
    // plotters draws the last row and column too.
    to.draw_rect((left, top), ((right - 1).max(left), (bottom - 1).max(top)), &filled(fill), true)
        .ok()
}

/// Each cell reaches under the next ones, so that no paper shows between them.
fn cells(area: &Area, raster: &Raster, to: &mut BitMapBackend<'_>) -> Option<()> {
    let (columns, rows) = (raster.width.max(1), raster.height().max(1));
    let corner = |row: usize, column: usize| {
        let share = (column as f64 / columns as f64, row as f64 / rows as f64);
        fine((area.left + share.0 * area.width, area.top + share.1 * area.height))
    };
    for (index, colour) in raster.colours.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        let (from, until) = (corner(row, column), corner(row + 1, column + 1));
        to.draw_rect(from, until, &ink(*colour, 1.0), true).ok()?;
    }
    Some(())
}

fn writing(text: &str, (x, y): Point, kind: &Type, to: &mut BitMapBackend<'_>) -> Option<()> {
    let width = fonts::width(text, kind.size, kind.weight);
    let before = match kind.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let above = fonts::drop_to_baseline(kind.size);
    let (corner, turn) = match kind.direction {
        Direction::Level => ((x - before, y - above), FontTransform::None),
        Direction::Up => ((x - above, y + before), FontTransform::Rotate270),
    };
    let font = fonts::font(kind.size * SCALE, kind.weight).transform(turn);
    to.draw_text(text, &font.color(&ink(kind.colour, 1.0)), fine(corner)).ok()
}

fn scaled(length: f64) -> f64 {
    (length * SCALE).round()
}

fn fine((x, y): Point) -> (i32, i32) {
    (scaled(x) as i32, scaled(y) as i32)
}

fn filled(fill: &Fill) -> ShapeStyle {
    ink(fill.colour, fill.opacity).filled()
}

fn ink(Colour(red, green, blue): Colour, opacity: f64) -> plotters::style::RGBAColor {
    RGBColor(red, green, blue).mix(opacity)
}

/// Each output pixel is the mean of a square of `FINER` × `FINER` drawn ones.
fn averaged(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let (row, finer) = (3 * width as usize, FINER as usize);
    let mut means = Vec::with_capacity(pixels.len() / (finer * finer));
    for rows in pixels.chunks_exact(row * finer).take(height as usize / finer) {
        for column in (0..width as usize).step_by(finer) {
            for channel in 0..3 {
                let at = |i: usize| rows[(i / finer) * row + 3 * (column + i % finer) + channel];
                let sum: u32 = (0..finer * finer).map(|i| u32::from(at(i))).sum();
                means.push(((sum + FINER * FINER / 2) / (FINER * FINER)) as u8);
            }
        }
    }
    means
}

/// Cells as a file with one pixel for each.
pub(crate) fn packed(raster: &Raster) -> Vec<u8> {
    let pixels: Vec<u8> = raster.colours.iter().flat_map(|c| [c.0, c.1, c.2]).collect();
    // Writing to memory does not fail.
    encode(&pixels, (raster.width as u32, raster.height() as u32)).unwrap_or_default()
}

/// One byte per pixel, its place in a list of colours.
fn encode(pixels: &[u8], (width, height): (u32, u32)) -> std::io::Result<Vec<u8>> {
    let picture = indexed(pixels);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in picture.pixels.chunks_exact(width as usize) {
        // Every row begins with how it is coded: plainly.
        packed.write_all(&[0])?;
        packed.write_all(row)?;
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 3, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let colours = picture.colours.concat();
    let chunks =
        [(b"IHDR", header), (b"PLTE", colours), (b"IDAT", packed.finish()?), (b"IEND", Vec::new())];
    for (name, body) in chunks {
        file.extend(chunk(name, &body));
    }
    Ok(file)
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut check = Crc::new();
    check.update(name);
    check.update(body);
    let length = (body.len() as u32).to_be_bytes();
    [&length[..], name, body, &check.sum().to_be_bytes()].concat()
}

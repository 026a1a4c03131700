//! Can probabilities be taken at their word?

use super::drawing::axis::{Axis, Scale};
use super::drawing::canvas::{Area, Canvas, Fill, Point, Stroke};
use super::drawing::figure::{Figure, Picture};
use super::drawing::plot::Plot;
use super::drawing::style::{Colour, FADED, PLAIN, WHITE};
use crate::classification::{Reliability, ReliabilityBin};
use crate::{Error, Result};

/// Draws how often networks that are identified with some confidence are identified correctly: a dot
/// per bin of confidence with Wilson's 95 % interval, and the diagonal on which a calibrated
/// identifier lies.
///
/// # Errors
/// [`Error::Figure`] if no network was judged.
pub fn reliability(title: &str, found: &Reliability) -> Result<Figure> {
    if found.bins.is_empty() {
        return Err(Error::Figure("there is nothing to draw: no network was judged".into()));
    }
    let note = format!(
        "A dot: networks that were identified with about that probability, of {} known ones whose initial weights were not seen. Upright lines: 95 % confidence \
         intervals. Dashed: as often right as said.",
        found.networks
    );
    let bins = found.bins.iter().map(|bin| {
        format!(
            "{} networks at {:.2} are right in {:.2}",
            bin.networks, bin.confidence, bin.accuracy
        )
    });
    let bins: Vec<String> = bins.collect();
    let description = format!(
        "Reliability: {}; expected calibration error {:.3}, Brier score {:.3}. {note}",
        bins.join(", "),
        found.expected_calibration_error,
        found.brier
    );
    let picture = Bins { bins: found.bins.clone() };
    Ok(Figure::new(title, (520, 440), picture).described(description).noted(note))
}

#[derive(Debug)]
struct Bins {
    bins: Vec<ReliabilityBin>,
}

const COLOUR: Colour = PLAIN;

impl Picture for Bins {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let axis = || Axis::around([0.0, 1.0], Scale::Linear, 0.02);
        let names = ("largest probability", "share of networks that are identified correctly");
        let plot = Plot::frame(canvas, area, (axis(), axis()), names, 14.0);
        canvas.line(vec![plot.at(0.0, 0.0), plot.at(1.0, 1.0)], Stroke::dashed(FADED, 1.2));
        for bin in &self.bins {
            let at = |y: f64| -> Point { plot.at(bin.confidence, y) };
            let ends = vec![at(bin.interval.low), at(bin.interval.high)];
            canvas.line(ends, Stroke::solid(COLOUR, 1.4));
            canvas.dot(at(bin.accuracy), 5.0, Fill::of(WHITE));
            canvas.dot(at(bin.accuracy), 4.0, Fill::of(COLOUR));
        }
    }
}

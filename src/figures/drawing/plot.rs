//! The frame around data: grid, ticks and axis names.

use super::axis::Axis;
use super::canvas::{Anchor, Area, Canvas, Fill, Point, Stroke, Type};
use super::fonts;
use super::style::{FADED, GRID, RULE, SMALL, WHITE};

/// A region with two axes.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) inner: Area,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Plot {
    /// Draws the frame into `area`, with `right` pixels left free beside it. The names of the axes
    /// are written level, each where its axis ends.
    pub(crate) fn frame(
        canvas: &mut Canvas,
        area: Area,
        axes: (Axis, Axis),
        names: (&str, &str),
        right: f64,
    ) -> Self {
        let (x, y) = axes;
        let labels = fonts::widest(y.ticks.iter().map(|(_, label)| label.as_str()), SMALL);
        let above = if names.1.is_empty() { 8.0 } else { 24.0 };
        let plot = Self { inner: area.inside(labels + 10.0, above, right, 38.0), x, y };
        plot.levels(canvas);
        plot.floor(canvas, names.0, plot.inner.right() - area.left);
        if !names.1.is_empty() {
            let name = format!("↑ {}", names.1);
            let kind = fitting(&name, area.width);
            canvas.text(name, (area.left, area.top + SMALL), kind);
        }
        plot
    }

    /// Where a pair of numbers is drawn.
    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        let inner = &self.inner;
        (
            inner.left + self.x.share(x) * inner.width,
            inner.bottom() - self.y.share(y) * inner.height,
        )
    }

    fn levels(&self, canvas: &mut Canvas) {
        for (tick, label) in &self.y.ticks {
            let (left, y) = self.at(f64::NEG_INFINITY, *tick);
            canvas.line(vec![(left, y), (self.inner.right(), y)], Stroke::solid(GRID, 1.0));
            canvas.text(
                label.as_str(),
                (left - 7.0, y + 0.36 * SMALL),
                faded().anchor(Anchor::End),
            );
        }
    }

    /// A darker line at 0, which values of both signs are compared with.
    pub(crate) fn draw_zero(&self, canvas: &mut Canvas) {
        if (0.02..0.98).contains(&self.y.share(0.0)) {
            let (left, y) = self.at(f64::NEG_INFINITY, 0.0);
            canvas.line(vec![(left, y), (self.inner.right(), y)], Stroke::solid(RULE, 1.0));
        }
    }

    /// The horizontal axis, with its name in `room` pixels.
    fn floor(&self, canvas: &mut Canvas, name: &str, room: f64) {
        let (inner, bottom) = (&self.inner, self.inner.bottom());
        canvas.line(vec![(inner.left, bottom), (inner.right(), bottom)], Stroke::solid(RULE, 1.0));
        ticks_below(canvas, inner, &self.x);
        let at = (inner.right(), bottom + 34.0);
        let name = format!("{name} →");
        let kind = fitting(&name, room);
        canvas.text(name, at, kind.anchor(Anchor::End));
    }
}

/// The name of an axis, in smaller letters where it would run into the next panel.
fn fitting(name: &str, room: f64) -> Type {
    let needed = fonts::widest([name], SMALL).max(1.0);
    Type { size: SMALL * (room / needed).clamp(0.75, 1.0), ..faded() }
}

/// The ticks of a horizontal axis along the lower side of `inner`; labels that would touch are left
/// out.
pub(crate) fn ticks_below(canvas: &mut Canvas, inner: &Area, axis: &Axis) {
    let mut free_from = f64::NEG_INFINITY;
    for (tick, label) in &axis.ticks {
        let x = inner.left + axis.share(*tick) * inner.width;
        let half = fonts::widest([label.as_str()], SMALL) / 2.0;
        canvas.line(vec![(x, inner.bottom()), (x, inner.bottom() + 4.0)], Stroke::solid(RULE, 1.0));
        if x - half >= free_from {
            canvas.text(label.as_str(), (x, inner.bottom() + 17.0), faded().anchor(Anchor::Middle));
            free_from = x + half + 6.0;
        }
    }
}

/// Small and grey.
pub(crate) fn faded() -> Type {
    Type::new(SMALL).colour(FADED)
}

/// A text on a sheer patch of paper, so that lines below it do not cross it out, and are seen
/// through it.
pub(crate) fn on_paper(canvas: &mut Canvas, text: &str, (x, baseline): Point, kind: Type) {
    let width = fonts::width(text, kind.size, kind.weight);
    let left = match kind.anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    let patch = Area::new(left - 2.0, baseline - kind.size, width + 4.0, 1.3 * kind.size);
    canvas.rectangle(patch, Fill::sheer(WHITE, 0.55));
    canvas.text(text, (x, baseline), kind);
}

/// Moves `wanted` places (in ascending order of wish) apart, so that neighbours are `gap` away from
/// each other and all lie between `low` and `high`; as near to the wish as that allows.
pub(crate) fn spread(wanted: &[f64], gap: f64, (low, high): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut places = wanted.to_vec();
    // Push down from the top, then up from the bottom, a few times: few labels, quickly settled.
    for _ in 0..50 {
        for pair in order.windows(2) {
            let overlap = gap - (places[pair[1]] - places[pair[0]]);
            if overlap > 1e-6 {
                places[pair[0]] -= overlap / 2.0;
                places[pair[1]] += overlap / 2.0;
            }
        }
        for place in &mut places {
            *place = place.clamp(low, high.max(low));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_apart_and_stay_inside() {
        let places = spread(&[10.0, 10.5, 11.0, 80.0], 15.0, (5.0, 90.0));
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] > 14.0), "{places:?}");
        assert!(places.iter().all(|place| (5.0..=90.0).contains(place)));
        assert_eq!(places[3], 80.0);
    }
}

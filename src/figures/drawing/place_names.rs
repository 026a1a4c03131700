//! Where the names of dots go, so that each can be read and found.

use std::f64::consts::TAU;

use rand::seq::SliceRandom as _;

use super::canvas::{Area, Point};
use crate::random;

/// Where a name is written, and the line that leads there if it is not beside its dot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) room: Area,
    pub(crate) leader: Option<(Point, Point)>,
}

/// In units of distance. Names that lie on one another or on dots cannot be read: as good as
/// forbidden.
const HIDDEN: f64 = 1e4;
/// Lines through names, lines through lines and lines through dots mislead.
const LINE_IN_NAME: f64 = 400.0;
const LINES_CROSS: f64 = 200.0;
const LINE_ON_DOT: f64 = 150.0;
/// A line of ten times this length costs 100.
const LONG: f64 = 25.0;

const DOT: f64 = 4.5;
/// Between a dot and a name beside it.
const GAP: f64 = 7.0;
const DIRECTIONS: usize = 24;
/// How far a name may be without a line.
const BESIDE: f64 = 9.0;
/// How often names are placed anew, in another order, and how often each is moved then.
const ATTEMPTS: usize = 60;
const ROUNDS: usize = 12;
/// For how many dots: for more less often, since the work grows with the cube of their number, and
/// a crowd like that cannot be read in any order.
const FEW: usize = 30;

/// One place for the name of each dot, given the width of each name and their height, as near to
/// the dots as can be. Names are placed one after the other, and then moved one by one for as long
/// as that helps; of several orders the best is kept.
pub(crate) fn place_names(dots: &[Point], widths: &[f64], high: f64, inner: Area) -> Vec<Place> {
    let crowd = Crowd { dots, inner };
    let candidates: Vec<Vec<(f64, Place)>> =
        (0..dots.len()).map(|index| crowd.candidates(index, widths[index], high)).collect();
    let mut rng = random::stream(0, "names");
    let mut order: Vec<usize> = (0..dots.len()).collect();
    let mut best: Option<(f64, Vec<Place>)> = None;
    let attempts = ATTEMPTS * FEW.pow(3) / dots.len().max(FEW).pow(3);
    let rounds = if attempts == 0 { 1 } else { ROUNDS };
    for _ in 0..attempts.max(1) {
        let (cost, places) = crowd.settle(&order, &candidates, rounds);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, places));
        }
        order.shuffle(&mut rng);
    }
    best.map(|(_, places)| places).unwrap_or_default()
}

/// Dots that want names.
struct Crowd<'a> {
    dots: &'a [Point],
    inner: Area,
}

impl Crowd<'_> {
    /// Places all around a dot, each with what it costs whatever the other names do; the cheapest
    /// first.
    fn candidates(&self, index: usize, wide: f64, high: f64) -> Vec<(f64, Place)> {
        let dot = self.dots[index];
        let gaps = std::iter::successors(Some(GAP), |gap| Some(gap * 1.15 + 2.0));
        let mut places: Vec<(f64, Place)> = gaps
            .take_while(|gap| *gap < 320.0)
            .flat_map(|gap| (0..DIRECTIONS).map(move |turn| (gap, turn)))
            .map(|(gap, turn)| {
                let (sin, cos) = (TAU * turn as f64 / DIRECTIONS as f64).sin_cos();
                let middle = (dot.0 + (gap + wide / 2.0) * cos, dot.1 + (gap + high / 2.0) * sin);
                let room = Area::new(middle.0 - wide / 2.0, middle.1 - high / 2.0, wide, high);
                let end = nearest(&room, dot);
                let leader = (distance(dot, end) > BESIDE).then_some((dot, end));
                let place = Place { room, leader };
                (self.cost_alone(index, &place), place)
            })
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        places
    }

    fn cost_alone(&self, index: usize, Place { room, leader }: &Place) -> f64 {
        let (dot, inner) = (self.dots[index], self.inner);
        let is_inside = room.left > inner.left
            && room.right() < inner.right()
            && room.top > inner.top
            && room.bottom() < inner.bottom();
        let middle = (room.left + room.width / 2.0, room.top + room.height / 2.0);
        // Nearer than that is no better.
        let away = distance(dot, nearest(room, dot)).max(GAP);
        // A long line costs more than a crossing: across a plot the eye loses it.
        let mut cost = away + (away / LONG).powi(2);
        // Beside and to the right, as one reads.
        cost += 0.2 * (middle.1 - dot.1).abs();
        cost += if middle.0 < dot.0 { 3.0 } else { 0.0 };
        cost += if is_inside { 0.0 } else { HIDDEN };
        for other in self.dots {
            cost += if distance(*other, nearest(room, *other)) < DOT + 1.0 { HIDDEN } else { 0.0 };
            // Nothing can be done where dots lie on one another.
            let is_crossed = leader.is_some_and(|line| {
                distance(*other, dot) > DOT && distance_to_line(*other, line) < DOT
            });
            cost += if is_crossed { LINE_ON_DOT } else { 0.0 };
        }
        cost
    }

    /// Places in one order of the dots, and what they cost together.
    fn settle(
        &self,
        order: &[usize],
        candidates: &[Vec<(f64, Place)>],
        rounds: usize,
    ) -> (f64, Vec<Place>) {
        let mut places: Vec<Option<(f64, Place)>> = vec![None; self.dots.len()];
        for _ in 0..rounds {
            let before = places.clone();
            for &index in order {
                places[index] = None;
                let mut best = (f64::INFINITY, None);
                for &(alone, place) in &candidates[index] {
                    // The others cost at least as much alone.
                    if alone >= best.0 {
                        break;
                    }
                    let others =
                        places.iter().flatten().map(|(_, other)| cost_of_pair(&place, other));
                    let cost = alone + others.sum::<f64>();
                    if cost < best.0 {
                        best = (cost, Some((alone, place)));
                    }
                }
                places[index] = best.1;
            }
            if places == before {
                break;
            }
        }
        let places: Vec<(f64, Place)> = places.into_iter().flatten().collect();
        let pairs = places.iter().enumerate().flat_map(|(index, (_, one))| {
            places[..index].iter().map(move |(_, other)| cost_of_pair(one, other))
        });
        let cost = places.iter().map(|(alone, _)| alone).sum::<f64>() + pairs.sum::<f64>();
        (cost, places.into_iter().map(|(_, place)| place).collect())
    }
}

/// What two names cost one another.
fn cost_of_pair(one: &Place, other: &Place) -> f64 {
    let mut cost = 0.0;
    cost +=
        if overlap(&one.room.inside(-2.0, -1.0, -2.0, -1.0), &other.room) { HIDDEN } else { 0.0 };
    for (line, room) in [(one.leader, &other.room), (other.leader, &one.room)] {
        let is_through = line.is_some_and(|line| passes_through(line, room));
        cost += if is_through { LINE_IN_NAME } else { 0.0 };
    }
    match (one.leader, other.leader) {
        (Some(first), Some(second)) if cross(first, second) => cost + LINES_CROSS,
        _ => cost,
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Of a room, the point next to another.
fn nearest(room: &Area, to: Point) -> Point {
    (to.0.clamp(room.left, room.right()), to.1.clamp(room.top, room.bottom()))
}

fn overlap(a: &Area, b: &Area) -> bool {
    a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom()
}

fn distance_to_line(at: Point, (from, to): (Point, Point)) -> f64 {
    let (along, length) = ((to.0 - from.0, to.1 - from.1), distance(from, to).max(1e-9));
    let share = ((at.0 - from.0) * along.0 + (at.1 - from.1) * along.1) / (length * length);
    let share = share.clamp(0.0, 1.0);
    distance(at, (from.0 + share * along.0, from.1 + share * along.1))
}

/// Whether a line and a room have a point in common.
fn passes_through(line: (Point, Point), room: &Area) -> bool {
    let corners = [
        (room.left, room.top),
        (room.right(), room.top),
        (room.right(), room.bottom()),
        (room.left, room.bottom()),
    ];
    let is_within = |at: Point| nearest(room, at) == at;
    is_within(line.0)
        || is_within(line.1)
        || cross(line, (corners[0], corners[2]))
        || cross(line, (corners[1], corners[3]))
}

/// Whether two lines cross between their ends.
fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |from: Point, to: Point, at: Point| {
        (to.0 - from.0) * (at.1 - from.1) - (to.1 - from.1) * (at.0 - from.0)
    };
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: Area = Area { left: 0.0, top: 0.0, width: 600.0, height: 400.0 };

    #[test]
    fn a_dot_alone_has_its_name_to_the_right() {
        let places = place_names(&[(100.0, 100.0)], &[60.0], 12.0, INNER);
        assert_eq!(places[0].leader, None);
        assert_eq!((places[0].room.left, places[0].room.top), (107.0, 94.0));
        assert!(place_names(&[], &[], 12.0, INNER).is_empty());
    }

    #[test]
    fn names_of_a_crowd_lie_neither_on_one_another_nor_on_dots() {
        let dots: Vec<Point> =
            (0..16).map(|i| (40.0 + 9.0 * f64::from(i), 60.0 + f64::from(i % 3))).collect();
        let widths: Vec<f64> = (0..16).map(|i| 50.0 + 10.0 * f64::from(i % 5)).collect();
        let places = place_names(&dots, &widths, 12.0, INNER);
        assert_eq!(places.len(), 16);
        for (index, place) in places.iter().enumerate() {
            assert!(place.room.left > 0.0 && place.room.right() < 600.0, "{place:?}");
            for other in &places[..index] {
                assert!(!overlap(&place.room, &other.room), "{place:?} {other:?}");
            }
            for dot in &dots {
                assert!(distance(*dot, nearest(&place.room, *dot)) > DOT, "{place:?} {dot:?}");
            }
        }
    }

    #[test]
    fn lines_and_rooms_meet_or_not() {
        let room = Area::new(10.0, 10.0, 20.0, 5.0);
        assert!(passes_through(((0.0, 12.0), (50.0, 13.0)), &room));
        assert!(passes_through(((20.0, 0.0), (20.0, 50.0)), &room));
        assert!(passes_through(((15.0, 12.0), (50.0, 50.0)), &room));
        assert!(!passes_through(((0.0, 0.0), (50.0, 5.0)), &room));
        assert!(!passes_through(((0.0, 12.0), (9.0, 12.0)), &room));
        assert_eq!(distance_to_line((5.0, 3.0), ((0.0, 0.0), (10.0, 0.0))), 3.0);
        assert_eq!(distance_to_line((13.0, 4.0), ((0.0, 0.0), (10.0, 0.0))), 5.0);
    }
}

//! Samples as points in a plane, coloured by class.

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::drawing::axis::{Axis, Scale, short};
use super::drawing::canvas::{Area, Canvas, Fill, Point, Stroke, Type};
use super::drawing::columns::{distinct, left_out_note, numbers, texts};
use super::drawing::estimate::mean;
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts::width;
use super::drawing::labels::label_of_rule;
use super::drawing::legend::Legend;
use super::drawing::place_names::place_names;
use super::drawing::plot::{Plot, on_paper};
use super::drawing::show::show_drawn;
use super::drawing::style::{Colour, FADED, WHITE, Weight, colours_of};
use crate::display::show_as_settings;
use crate::{Error, Result};

/// What [`scatter`] draws: any two numbers per sample, such as a projection of its features.
///
/// ```
/// use microlearners::figures::{Scatter, scatter};
/// use microlearners::ndarray::array;
///
/// let labels = ["oja", "oja", "hebbian"].map(str::to_owned);
/// let points = Scatter::new("Oja's rule stands apart", &array![[0.0, 1.0], [0.1, 1.2], [3.0, 0.0]], &labels)
///     .with_labels("first feature", "second feature");
/// assert!(scatter(&points)?.description().contains("2 of Oja around (0.05, 1.1)"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scatter {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The places, n × 2: to the right, up.
    pub points: Array2<f64>,
    /// The n classes that give the colours.
    pub labels: Vec<String>,
    /// The name of the horizontal axis, with its unit.
    pub x_label: String,
    /// The name of the vertical axis, with its unit.
    pub y_label: String,
    /// What a dot is.
    pub note: String,
    /// Where classes are named.
    pub naming: Naming,
    /// How the horizontal axis is spaced.
    pub x_scale: Scale,
}

/// Where a scatter plot names its classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Above the dots; the default.
    #[default]
    Legend,
    /// Beside each dot, for classes of one dot each.
    BesideDots,
}

impl Scatter {
    /// One dot per row of `points` (n × 2), coloured by its label.
    pub fn new(title: &str, points: &Array2<f64>, labels: &[String]) -> Self {
        Self {
            title: title.into(),
            points: points.clone(),
            labels: labels.to_vec(),
            x_label: "first coordinate".into(),
            y_label: "second coordinate".into(),
            note: "Dots: one sample each.".into(),
            naming: Naming::default(),
            x_scale: Scale::Linear,
        }
    }

    /// One dot per row of a table, from its columns of classes and of numbers to the right and up;
    /// named beside the dots.
    ///
    /// # Errors
    /// [`Error::Table`] if a column is missing, and the known columns are listed.
    pub fn of_table(title: &str, table: &DataFrame, [class, x, y]: [&str; 3]) -> Result<Self> {
        let (right, up) = (numbers(table, x)?, numbers(table, y)?);
        let at = |(row, axis): (usize, usize)| if axis == 0 { right[row] } else { up[row] };
        let points = Array2::from_shape_fn((right.len(), 2), at);
        Ok(Self::new(title, &points, &texts(table, class)?).with_names().with_labels(x, y))
    }

    /// Names every dot beside it, in place of a legend.
    pub fn with_names(self) -> Self {
        Self { naming: Naming::BesideDots, ..self }
    }

    /// Spaces the horizontal axis by ratios; dots at 0 and below are left out.
    pub fn with_log_x(self) -> Self {
        Self { x_scale: Scale::Log, ..self }
    }

    /// Names the axes, with their units.
    pub fn with_labels(self, x: &str, y: &str) -> Self {
        Self { x_label: x.into(), y_label: y.into(), ..self }
    }

    /// Says below the picture what a dot is.
    pub fn with_note(self, note: &str) -> Self {
        Self { note: note.into(), ..self }
    }

    fn check(&self) -> Result<()> {
        let (n, dimensions) = self.points.dim();
        if dimensions != 2 || n != self.labels.len() {
            let labels = self.labels.len();
            let problem = format!(
                "points are {n} × {dimensions} and there are {labels} labels; a plane needs n × 2 points and n labels"
            );
            return Err(Error::Shape(problem));
        }
        Ok(())
    }
}

/// Draws one small dot per sample, with a legend of the classes or their names beside the dots;
/// where classes lie on one another, each is in front of the other half of the time. Points that
/// are not finite are left out.
///
/// # Errors
/// [`Error::Shape`] if points are not n × 2 or there are not n labels; [`Error::Figure`] if no
/// point is finite, or more than 200 are to have their names beside them.
pub fn scatter(spec: &Scatter) -> Result<Figure> {
    spec.check()?;
    let picture = Points::new(spec);
    if picture.dots.is_empty() {
        let count = spec.labels.len();
        let problem = format!("there is nothing to draw: none of {count} points is finite");
        return Err(Error::Figure(problem));
    }
    let count = picture.dots.len();
    if spec.naming == Naming::BesideDots && count > MOST_NAMED {
        let problem = format!(
            "{count} names beside their dots would cover one another; draw at most {MOST_NAMED}, or explain the \
             colours by a legend (`naming: Naming::Legend`)"
        );
        return Err(Error::Figure(problem));
    }
    let left_out = left_out_note(spec.labels.len() - count);
    let note = format!("{}{left_out}", spec.note);
    let description = picture.in_words(&note);
    // Names need room.
    let size = if spec.naming == Naming::BesideDots { (720, 520) } else { (620, 480) };
    Ok(Figure::new(&spec.title, size, picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Points {
    /// A place and the class of what lies there.
    dots: Vec<([f64; 2], usize)>,
    legend: Legend,
    labels: (String, String),
    naming: Naming,
    x_scale: Scale,
}

impl Points {
    fn new(spec: &Scatter) -> Self {
        let classes = distinct(&spec.labels);
        let colours: Vec<Colour> = colours_of(&classes);
        // One of each class in turn, so that no class covers the others.
        let mut ranks = vec![0; classes.len()];
        let mut ranked = Vec::new();
        for (point, label) in spec.points.rows().into_iter().zip(&spec.labels) {
            let class = classes.iter().position(|class| class == label).unwrap_or_default();
            if point.iter().all(|value| value.is_finite()) && spec.x_scale.shows(point[0]) {
                ranked.push((ranks[class], ([point[0], point[1]], class)));
                ranks[class] += 1;
            }
        }
        // Forwards and backwards in turn, so that of twins each is in front half of the time.
        ranked.sort_by_key(|(rank, (_, class))| {
            (*rank, if rank % 2 == 0 { *class } else { classes.len() - class })
        });
        let entries = classes.iter().map(|class| label_of_rule(class)).zip(colours).collect();
        Self {
            dots: ranked.into_iter().map(|(_, dot)| dot).collect(),
            legend: Legend { entries },
            labels: (spec.x_label.clone(), spec.y_label.clone()),
            naming: spec.naming,
            x_scale: spec.x_scale,
        }
    }

    /// Writes each dot's name where nothing else is, as near as can be.
    fn write_names(&self, canvas: &mut Canvas, plot: &Plot) {
        let dots: Vec<Point> = self.dots.iter().map(|([x, y], _)| plot.at(*x, *y)).collect();
        let names = self.dots.iter().map(|(_, class)| &self.legend.entries[*class]);
        let widths: Vec<f64> =
            names.clone().map(|(name, _)| width(name, NAME_SIZE, Weight::Regular)).collect();
        let places = place_names(&dots, &widths, NAME_SIZE + 2.0, plot.inner);
        for (place, (name, colour)) in places.iter().zip(names.clone()) {
            if let Some((from, to)) = place.leader {
                let colour = canvas.colour(name, *colour);
                canvas.line(vec![from, to], Stroke::solid(colour, 0.8));
            }
        }
        for (place, (name, _)) in places.iter().zip(names) {
            let at = (place.room.left, place.room.bottom() - 3.0);
            on_paper(canvas, name, at, Type::new(NAME_SIZE).colour(FADED));
        }
    }

    fn in_words(&self, note: &str) -> String {
        let class = |(class, (name, _)): (usize, &(String, Colour))| {
            let own: Vec<[f64; 2]> =
                self.dots.iter().filter(|(_, of)| *of == class).map(|(at, _)| *at).collect();
            let written = |i: usize| {
                let mean = mean(&own.iter().map(|at| at[i]).collect::<Vec<f64>>());
                // Three decimals of a large number would be hundreds of digits.
                let text =
                    if mean.abs() < 1e6 { format!("{mean:.3}") } else { return short(mean) };
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            };
            (!own.is_empty())
                .then(|| format!("{} of {name} around ({}, {})", own.len(), written(0), written(1)))
        };
        let classes: Vec<String> =
            self.legend.entries.iter().enumerate().filter_map(class).collect();
        let (x, y) = &self.labels;
        format!("Scatter plot of {y} against {x}: {}. {note}", classes.join(", "))
    }
}

const NAME_SIZE: f64 = 10.5;
/// More names leave no room for one another, and take minutes to place.
const MOST_NAMED: usize = 200;

impl Picture for Points {
    fn legend(&self) -> Option<Legend> {
        (self.naming == Naming::Legend).then(|| self.legend.clone())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = match self.naming {
            Naming::Legend => self.legend.draw(canvas, area),
            Naming::BesideDots => area,
        };
        let axis = |i: usize| {
            let scale = if i == 0 { self.x_scale } else { Scale::Linear };
            Axis::around(self.dots.iter().map(|(at, _)| at[i]), scale, 0.05)
        };
        let labels = (self.labels.0.as_str(), self.labels.1.as_str());
        let plot = Plot::frame(canvas, area, (axis(0), axis(1)), labels, 14.0);
        if self.naming == Naming::BesideDots {
            self.write_names(canvas, &plot);
        }
        for ([x, y], class) in &self.dots {
            let (name, colour) = &self.legend.entries[*class];
            let colour = canvas.colour(name, *colour);
            // Sheer dots on one another would have a colour that no legend explains.
            canvas.dot(plot.at(*x, *y), 4.5, Fill::of(WHITE));
            canvas.dot(plot.at(*x, *y), 3.5, Fill::of(colour));
        }
    }
}

show_drawn!(Scatter, scatter);
show_as_settings!(Naming);

//! Samples as points in a plane, coloured by class.

use ndarray::Array2;

use super::axis::{Axis, Scale};
use super::canvas::{Area, Canvas, Fill};
use super::columns::{distinct, left_out_note};
use super::figure::{Figure, Picture};
use super::legend::Legend;
use super::plot::Plot;
use super::style::{Colour, WHITE, colours_of, label_of_rule};
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
        }
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

/// Draws one small dot per sample, with a legend of the classes; where classes lie on one another, each is in front of the other
/// half of the time. Points that are not finite are left out.
///
/// # Errors
/// [`Error::Shape`] if points are not n × 2 or there are not n labels, [`Error::Figure`] if no point is finite.
pub fn scatter(look: &Scatter) -> Result<Figure> {
    look.check()?;
    let picture = Points::new(look);
    if picture.dots.is_empty() {
        let count = look.labels.len();
        let problem = format!("there is nothing to draw: none of {count} points is finite");
        return Err(Error::Figure(problem));
    }
    let left_out = left_out_note(look.labels.len() - picture.dots.len());
    let note = format!("{}{left_out}", look.note);
    let description = picture.in_words(&note);
    Ok(Figure::new(&look.title, (620, 480), picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Points {
    /// A place and the class of what lies there.
    dots: Vec<([f64; 2], usize)>,
    legend: Legend,
    labels: (String, String),
}

impl Points {
    fn new(look: &Scatter) -> Self {
        let classes = distinct(&look.labels);
        let colours: Vec<Colour> = colours_of(&classes);
        // One of each class in turn, so that no class covers the others.
        let mut ranks = vec![0; classes.len()];
        let mut ranked = Vec::new();
        for (point, label) in look.points.rows().into_iter().zip(&look.labels) {
            let class = classes.iter().position(|class| class == label).unwrap_or_default();
            if point.iter().all(|value| value.is_finite()) {
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
            labels: (look.x_label.clone(), look.y_label.clone()),
        }
    }

    fn in_words(&self, note: &str) -> String {
        let class = |(class, (name, _)): (usize, &(String, Colour))| {
            let own: Vec<[f64; 2]> =
                self.dots.iter().filter(|(_, of)| *of == class).map(|(at, _)| *at).collect();
            let mean = |i: usize| own.iter().map(|at| at[i]).sum::<f64>() / own.len() as f64;
            let [x, y] = [mean(0), mean(1)].map(|mean| format!("{mean:.3}"));
            let [x, y] = [&x, &y].map(|text| text.trim_end_matches('0').trim_end_matches('.'));
            (!own.is_empty()).then(|| format!("{} of {name} around ({x}, {y})", own.len()))
        };
        let classes: Vec<String> =
            self.legend.entries.iter().enumerate().filter_map(class).collect();
        let (x, y) = &self.labels;
        format!("Scatter plot of {y} against {x}: {}. {note}", classes.join(", "))
    }
}

impl Picture for Points {
    fn legend(&self) -> Option<Legend> {
        Some(self.legend.clone())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = self.legend.draw(canvas, area);
        let axis =
            |i: usize| Axis::around(self.dots.iter().map(|(at, _)| at[i]), Scale::Linear, 0.05);
        let labels = (self.labels.0.as_str(), self.labels.1.as_str());
        let plot = Plot::frame(canvas, area, (axis(0), axis(1)), labels, 14.0);
        for ([x, y], class) in &self.dots {
            let (name, colour) = &self.legend.entries[*class];
            let colour = canvas.colour(name, *colour);
            // Sheer dots on one another would have a colour that no legend explains.
            canvas.dot(plot.at(*x, *y), 4.5, Fill::of(WHITE));
            canvas.dot(plot.at(*x, *y), 3.5, Fill::of(colour));
        }
    }
}

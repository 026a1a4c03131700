//! Stimuli as small images at their places on a map.

use ndarray::Array2;

use super::drawing::axis::{Axis, Scale};
use super::drawing::canvas::{Area, Canvas, Fill, Raster};
use super::drawing::colour_scale::ColourScale;
use super::drawing::columns::distinct;
use super::drawing::figure::{Figure, Picture};
use super::drawing::labels::label_of_rule;
use super::drawing::legend::Legend;
use super::drawing::plot::Plot;
use super::drawing::show::show_drawn;
use super::drawing::style::{Colour, colours_of};
use crate::data::FeatureMaps;
use crate::{Error, Result};

/// The side of an image, and the width of its frame.
const IMAGE: f64 = 26.0;
const FRAME: f64 = 2.0;

/// What [`stimulus_map`] draws: where stimuli lie, such as by multidimensional scaling of their
/// dissimilarities, with the image of each.
///
/// ```
/// use microlearners::figures::{StimulusMap, stimulus_map};
/// use microlearners::ndarray::{Array2, array};
///
/// let images = Array2::from_shape_fn((3, 16), |(image, pixel)| ((image + pixel) % 3) as f32);
/// let classes = ["0", "1", "1"].map(String::from);
/// let places = array![[0.0, 0.0], [1.0, 0.2], [0.9, 0.8]];
/// let map = StimulusMap::new("Ones lie together", &places, &images, &classes);
/// assert!(stimulus_map(&map)?.description().contains("3 of 3 stimuli"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StimulusMap {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The places, stimuli × 2: to the right, up.
    pub places: Array2<f64>,
    /// The images, stimuli × pixels, row by row.
    pub images: Array2<f32>,
    /// What the pixels are; `None` for a square of grey ones.
    pub maps: Option<FeatureMaps>,
    /// The class of each stimulus, which gives its frame's colour.
    pub classes: Vec<String>,
    /// The name of the horizontal axis.
    pub x_label: String,
    /// The name of the vertical axis.
    pub y_label: String,
    /// What the map shows.
    pub note: String,
}

impl StimulusMap {
    /// One image per row of `places` (stimuli × 2) and of `images` (stimuli × pixels).
    pub fn new(
        title: &str,
        places: &Array2<f64>,
        images: &Array2<f32>,
        classes: &[String],
    ) -> Self {
        Self {
            title: title.into(),
            places: places.clone(),
            images: images.clone(),
            maps: None,
            classes: classes.to_vec(),
            x_label: "first axis of the map".into(),
            y_label: "second axis".into(),
            note: String::new(),
        }
    }

    /// Says what the pixels are: colour images have three channels.
    pub fn with_maps(self, maps: FeatureMaps) -> Self {
        Self { maps: Some(maps), ..self }
    }

    /// Names the axes, with their units.
    pub fn with_labels(self, x: &str, y: &str) -> Self {
        Self { x_label: x.into(), y_label: y.into(), ..self }
    }

    /// Says below the picture what the map shows.
    pub fn with_note(self, note: &str) -> Self {
        Self { note: note.into(), ..self }
    }

    fn check(&self) -> Result<()> {
        let ((n, dimensions), (images, _)) = (self.places.dim(), self.images.dim());
        if dimensions == 2 && images == n && self.classes.len() == n {
            return Ok(());
        }
        Err(Error::Shape(format!(
            "places are {n} × {dimensions}, and there are {images} images and {} classes; give n × 2 places, n images and n classes",
            self.classes.len()
        )))
    }

    /// The image that a row of pixels is.
    fn size(&self) -> Result<FeatureMaps> {
        let pixels = self.images.ncols();
        if let Some(maps) = self.maps {
            if maps.units() == pixels && (maps.channels == 1 || maps.channels == 3) {
                return Ok(maps);
            }
            return Err(Error::Figure(format!(
                "images of {pixels} numbers are no {maps} with one channel or three"
            )));
        }
        let side = pixels.isqrt();
        if pixels == 0 || side * side != pixels {
            return Err(Error::Figure(format!(
                "images of {pixels} numbers are no squares; say what they are by with_maps"
            )));
        }
        Ok((side, side).into())
    }
}

/// Draws each stimulus as its image at its place, in a frame of its class's colour. Where an image
/// would cover another, a dot of the class's colour stands in its place: the first of the list are
/// drawn as images.
///
/// # Errors
/// [`Error::Shape`] if there are not as many places, images and classes; [`Error::Figure`] if the
/// pixels make no image, or no place is finite.
pub fn stimulus_map(spec: &StimulusMap) -> Result<Figure> {
    spec.check()?;
    let maps = spec.size()?;
    let is_finite = |row: &usize| spec.places.row(*row).iter().all(|place| place.is_finite());
    let shown: Vec<usize> = (0..spec.places.nrows()).filter(is_finite).collect();
    let pixels = spec.images.iter().map(|&pixel| f64::from(pixel));
    let pixels: Vec<f64> = pixels.filter(|pixel| pixel.is_finite()).collect();
    // From the darkest pixel: standardised images have negative ones, which are no other colour.
    let darkest = pixels.iter().copied().fold(f64::INFINITY, f64::min);
    let Some(scale) = ColourScale::covering(pixels.iter().map(|pixel| pixel - darkest)) else {
        return Err(Error::Figure("there is nothing to draw: no pixel is finite".into()));
    };
    if shown.is_empty() {
        let count = spec.places.nrows();
        let problem = format!("there is nothing to draw: none of {count} places is finite");
        return Err(Error::Figure(problem));
    }
    let mut classes = distinct(&spec.classes);
    if classes.iter().all(|class| class.parse::<u64>().is_ok()) {
        classes.sort_by_key(|class| class.parse::<u64>().ok());
    }
    let colours: Vec<Colour> = colours_of(&classes);
    let entries = classes.iter().map(|class| label_of_rule(class)).zip(colours).collect();
    let what = "Images: the stimuli at their places, framed in the colour of their class. Dots: stimuli whose image would cover another.";
    let note = if spec.note.is_empty() { what.into() } else { format!("{what} {}", spec.note) };
    let (count, all) = (shown.len(), spec.places.nrows());
    let description = format!(
        "Map of {count} of {all} stimuli in {} classes ({}). {note}",
        classes.len(),
        classes.join(", ")
    );
    let picture = Stimuli {
        spec: spec.clone(),
        maps,
        scale,
        darkest,
        shown,
        classes,
        legend: Legend { entries },
    };
    Ok(Figure::new(&spec.title, (680, 560), picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Stimuli {
    spec: StimulusMap,
    maps: FeatureMaps,
    scale: ColourScale,
    darkest: f64,
    shown: Vec<usize>,
    classes: Vec<String>,
    legend: Legend,
}

impl Stimuli {
    fn colours(&self, stimulus: usize) -> Vec<Colour> {
        let pixels: Vec<f64> = self.spec.images.row(stimulus).mapv(f64::from).to_vec();
        if self.maps.channels == 1 {
            return pixels.iter().map(|&pixel| self.scale.at(pixel - self.darkest)).collect();
        }
        let finite = pixels.iter().copied().filter(|pixel| pixel.is_finite());
        let (low, high) =
            finite.fold((f64::MAX, f64::MIN), |(a, b), pixel| (a.min(pixel), b.max(pixel)));
        let part = |pixel: f64| (255.0 * (pixel - low) / (high - low).max(1e-12)).round() as u8;
        pixels
            .chunks(3)
            .map(|place| Colour(part(place[0]), part(place[1]), part(place[2])))
            .collect()
    }

    fn draw_image(&self, canvas: &mut Canvas, image: Area, (stimulus, colour): (usize, Colour)) {
        canvas.rectangle(image.inside(-FRAME, -FRAME, -FRAME, -FRAME), Fill::of(colour));
        canvas.raster(image, Raster { width: self.maps.columns, colours: self.colours(stimulus) });
    }
}

impl Picture for Stimuli {
    fn legend(&self) -> Option<Legend> {
        Some(self.legend.clone())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = self.legend.draw(canvas, area);
        let places = &self.spec.places;
        let axis = |axis: usize| {
            Axis::around(self.shown.iter().map(|&row| places[(row, axis)]), Scale::Linear, 0.08)
        };
        let labels = (self.spec.x_label.as_str(), self.spec.y_label.as_str());
        let plot = Plot::frame(canvas, area, (axis(0), axis(1)), labels, 14.0);
        let side = IMAGE + 2.0 * FRAME;
        let mut free: Vec<(f64, f64)> = Vec::new();
        let mut images: Vec<(Area, (usize, Colour))> = Vec::new();
        for &row in &self.shown {
            let class = self.classes.iter().position(|class| *class == self.spec.classes[row]);
            let (name, usual) = &self.legend.entries[class.unwrap_or_default()];
            let colour = canvas.colour(name, *usual);
            let (x, y) = plot.at(places[(row, 0)], places[(row, 1)]);
            if free.iter().any(|at| (at.0 - x).abs() < side && (at.1 - y).abs() < side) {
                canvas.dot((x, y), 2.5, Fill::of(colour));
                continue;
            }
            free.push((x, y));
            let image = Area::new(x - IMAGE / 2.0, y - IMAGE / 2.0, IMAGE, IMAGE);
            images.push((image, (row, colour)));
        }
        for (image, stimulus) in images {
            self.draw_image(canvas, image, stimulus);
        }
    }
}

show_drawn!(StimulusMap, stimulus_map);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::figures::drawing::canvas::Mark;

    fn map(places: &Array2<f64>) -> StimulusMap {
        let images = Array2::from_shape_fn((places.nrows(), 4), |(a, b)| (a + b) as f32);
        let classes: Vec<String> = (0..places.nrows()).map(|row| (row % 2).to_string()).collect();
        StimulusMap::new("", places, &images, &classes)
    }

    #[test]
    fn images_that_would_cover_one_another_are_dots() {
        let spec = map(&array![[0.0, 0.0], [0.0001, 0.0], [1.0, 1.0]]);
        let figure = stimulus_map(&spec).unwrap();
        assert!(figure.description().contains("3 of 3 stimuli in 2 classes (0, 1)"), "{figure}");
        let mut canvas = Canvas::default();
        let area = Area::new(0.0, 0.0, 680.0, 560.0);
        figure.draw(&mut canvas, area, 16.0, 20.0);
        let rasters = canvas.marks.iter().filter(|mark| matches!(mark, Mark::Raster(..))).count();
        assert_eq!(rasters, 2);
    }

    #[test]
    fn places_images_and_classes_must_match() {
        let mut spec = map(&array![[0.0, 0.0], [1.0, 1.0]]);
        spec.classes.pop();
        let told = stimulus_map(&spec).unwrap_err().to_string();
        assert!(told.contains("2 images and 1 classes"), "{told}");
        let mut spec = map(&array![[0.0, 0.0], [1.0, 1.0]]);
        spec.images = Array2::zeros((2, 5));
        assert!(stimulus_map(&spec).unwrap_err().to_string().contains("no squares"));
        let nowhere = map(&array![[f64::NAN, 0.0], [f64::INFINITY, 1.0]]);
        assert!(stimulus_map(&nowhere).unwrap_err().to_string().contains("none of 2 places"));
    }
}

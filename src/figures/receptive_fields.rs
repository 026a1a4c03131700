//! The weights of single units, as images of what they read.

use super::drawing::axis::short;
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Raster, Type};
use super::drawing::colour_scale::ColourScale;
use super::drawing::figure::{Figure, Picture};
use super::drawing::plot::faded;
use super::drawing::show::show_drawn;
use super::drawing::style::{Colour, RULE};
use crate::data::FeatureMaps;
use crate::network::{Connectivity, Convolution, Layer, Matrix};
use crate::{Error, Result};

const UNITS: usize = 24;
/// Between images: to the right, and below for the next one's number.
const GAPS: (f64, f64) = (8.0, 16.0);
const NUMBER: f64 = 10.0;

/// What [`receptive_fields`] draws.
///
/// ```
/// use microlearners::figures::{ReceptiveFields, receptive_fields};
/// use microlearners::prelude::{Dataset, Experiment, Task, TaskSettings, train};
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let network = train(&Experiment::new(&task).batch_size(20))?.network().clone();
/// let spec = ReceptiveFields::new("Units read patches", &network.layers()[0]).with_units(&[0, 5]);
/// assert!(receptive_fields(&spec)?.description().contains("6 × 6 inputs"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReceptiveFields {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The weights, units × inputs; of a convolution filters × taps.
    pub weights: Matrix,
    /// What the units of a convolution read; `None` for a square of inputs.
    pub maps: Option<FeatureMaps>,
    /// The units to draw, counted from 0.
    pub units: Vec<usize>,
}

impl ReceptiveFields {
    /// The first 24 units of a layer, or all if it has fewer.
    pub fn new(title: &str, layer: &Layer) -> Self {
        let weights = layer.weights.clone();
        let maps = match layer.connectivity() {
            Connectivity::Dense => None,
            Connectivity::Convolution(Convolution { input, kernel: (rows, columns), .. }) => {
                Some(FeatureMaps { rows, columns, ..input })
            }
        };
        Self { title: title.into(), weights, maps, units: Vec::new() }.with_first(UNITS)
    }

    /// The first `count` units, or all if there are fewer.
    pub fn with_first(self, count: usize) -> Self {
        Self { units: (0..count.min(self.weights.nrows())).collect(), ..self }
    }

    /// These units, counted from 0.
    pub fn with_units(self, units: &[usize]) -> Self {
        Self { units: units.to_vec(), ..self }
    }

    /// The image that the units read.
    fn maps(&self) -> Result<FeatureMaps> {
        let (units, inputs) = self.weights.dim();
        if let Some(unit) = self.units.iter().find(|unit| **unit >= units) {
            let problem = format!("there is no unit {unit}: the layer has {units}, counted from 0");
            return Err(Error::Figure(problem));
        }
        if let Some(maps) = self.maps {
            if maps.units() == inputs {
                return Ok(maps);
            }
            let problem = format!(
                "maps of {maps} are {} numbers, and the units have {inputs} inputs",
                maps.units()
            );
            return Err(Error::Figure(problem));
        }
        let side = inputs.isqrt();
        if side * side != inputs || inputs == 0 {
            let problem = format!(
                "the units have {inputs} inputs, which make no square image; draw a layer that reads n × n pixels, or use heat_map"
            );
            return Err(Error::Figure(problem));
        }
        Ok((side, side).into())
    }

    fn values(&self) -> impl Iterator<Item = f64> + Clone {
        self.units.iter().flat_map(|unit| self.weights.row(*unit)).map(|weight| f64::from(*weight))
    }
}

/// Draws the weights of each unit as an image of its inputs, all on one scale: blue below 0, white
/// at 0, red above.
///
/// The first layer's inputs are the pixels, row by row: 784 are drawn as 28 × 28. Filters of a
/// convolution are drawn in the size of their kernel; those of colour images in colour, with grey
/// for 0, and those of any other number of channels as the mean over these.
///
/// # Errors
/// [`Error::Figure`] if the number of inputs is not a square, a unit does not exist, or no unit
/// with a finite weight is asked for.
pub fn receptive_fields(spec: &ReceptiveFields) -> Result<Figure> {
    let maps = spec.maps()?;
    let Some(scale) = ColourScale::symmetric(spec.values()) else {
        let count = spec.units.len();
        let problem = format!("there is nothing to draw: {count} units with no finite weight");
        return Err(Error::Figure(problem));
    };
    let what = if spec.maps.is_some() { "filters" } else { "units" };
    let of = match maps.channels {
        1 => format!(
            "its weights from the {} × {} inputs. {}",
            maps.rows,
            maps.columns,
            scale.in_words()
        ),
        3 => "its weights from red, green and blue. Grey is 0.".into(),
        channels => format!("the mean over its {channels} channels. {}", scale.in_words()),
    };
    let (count, all) = (spec.units.len(), spec.weights.nrows());
    let note = format!("{count} of {all} {what}, each under its number: {of}");
    let picture = Fields { spec: spec.clone(), maps, scale };
    let (description, size) = (picture.in_words(&note), picture.size());
    Ok(Figure::new(&spec.title, size, picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Fields {
    spec: ReceptiveFields,
    maps: FeatureMaps,
    scale: ColourScale,
}

impl Fields {
    /// Columns and rows of images: somewhat wider than high.
    fn shape(&self) -> (usize, usize) {
        let count = self.spec.units.len();
        let columns = (1.6 * count as f64).sqrt().ceil() as usize;
        let columns = columns.clamp(1, count.max(1));
        (columns, count.div_ceil(columns))
    }

    fn size(&self) -> (u32, u32) {
        let (columns, rows) = self.shape();
        let image = (560.0 / columns as f64 - GAPS.0).clamp(36.0, 150.0);
        let width = columns as f64 * (image + GAPS.0) + self.scale.width("weight") + 42.0;
        let height = rows as f64 * (image + GAPS.1) + 90.0;
        ((width as u32).max(360), (height as u32).max(200))
    }

    fn in_words(&self, note: &str) -> String {
        let most = self.spec.values().filter(|w| w.is_finite()).map(f64::abs).fold(0.0, f64::max);
        let (count, units) = (self.spec.units.len(), self.spec.weights.nrows());
        format!(
            "Receptive fields of {count} of {units} units; the largest weight is {} in magnitude. {note}",
            short(most)
        )
    }

    fn draw_unit(&self, canvas: &mut Canvas, image: Area, unit: usize) {
        let number = (image.left + image.width / 2.0, image.top - 4.0);
        let kind = Type { size: NUMBER, ..faded().anchor(Anchor::Middle) };
        canvas.text(unit.to_string(), number, kind);
        let colours = self.colours(unit);
        // White weights would melt into the paper.
        canvas.rectangle(image.inside(-0.5, -0.5, -0.5, -0.5), Fill::of(RULE));
        canvas.raster(image, Raster { width: self.maps.columns, colours });
    }
}

impl Fields {
    /// A colour for each place that a unit reads.
    fn colours(&self, unit: usize) -> Vec<Colour> {
        let weights: Vec<f64> = self.spec.weights.row(unit).mapv(f64::from).to_vec();
        let places = weights.chunks(self.maps.channels);
        if self.maps.channels == 3 {
            let most = self.spec.values().map(f64::abs).filter(|w| w.is_finite());
            let most = most.fold(f64::MIN_POSITIVE, f64::max);
            let part = |weight: f64| (127.5 + 127.5 * weight / most).round() as u8;
            return places
                .map(|place| Colour(part(place[0]), part(place[1]), part(place[2])))
                .collect();
        }
        let mean = |place: &[f64]| place.iter().sum::<f64>() / place.len() as f64;
        places.map(|place| self.scale.at(mean(place))).collect()
    }
}

impl Picture for Fields {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let (columns, rows) = self.shape();
        let beside = self.scale.width("weight") + 14.0;
        let (width, height) = ((area.width - beside) / columns as f64, area.height / rows as f64);
        let image = (width - GAPS.0).min(height - GAPS.1).max(1.0);
        for (index, unit) in self.spec.units.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let left = area.left + column as f64 * (image + GAPS.0);
            let top = area.top + row as f64 * (image + GAPS.1) + GAPS.1;
            self.draw_unit(canvas, Area::new(left, top, image, image), *unit);
        }
        let right = area.left + columns as f64 * (image + GAPS.0) + 6.0;
        let height = (rows as f64 * (image + GAPS.1)).min(280.0);
        let bar = Area::new(right, area.top, beside, height);
        if self.maps.channels != 3 {
            self.scale.draw_bar(canvas, bar, "weight");
        }
    }
}

show_drawn!(ReceptiveFields, receptive_fields);

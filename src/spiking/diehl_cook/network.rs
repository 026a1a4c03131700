//! Diehl and Cook's network as a whole.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::presentation::{Learning, Stage};
use super::{DiehlCookSettings, NeuronLabels, SpikingAccuracy};
use crate::error::check_count;
use crate::{Error, Result};

/// So many images are shown to one copy of the network, whatever the number of threads.
const CHUNK: usize = 20;

/// A network that learns images without labels, by spikes.
///
/// Images are rows of pixels from 0 to 255. Training goes image after image. Responses are those of
/// a network that has stopped learning; it is at rest before each image, and the input spikes of an
/// image depend on the seed and its place, so that they are computed in parallel.
///
/// ```
/// use microlearners::ndarray::Array2;
/// use microlearners::spiking::{DiehlCook, DiehlCookSettings};
///
/// // Two classes: the upper or the lower half of 64 pixels.
/// let labels: Vec<usize> = (0..20).map(|at| at % 2).collect();
/// let images = Array2::from_shape_fn((20, 64), |(at, pixel)| {
///     if pixel / 32 == labels[at] { 255u8 } else { 0 }
/// });
/// let settings =
///     DiehlCookSettings { neurons: 4, weight_sum: 24.0, ..DiehlCookSettings::default() };
/// let mut network = DiehlCook::new(64, &settings, 1)?;
/// network.train(&images)?;
/// let assigned = network.assign(&images, &labels)?;
/// let found = network.accuracy(&assigned, &images, &labels)?;
/// assert!(found.accuracy > 0.9);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DiehlCook {
    settings: DiehlCookSettings,
    seed: u64,
    pixels: usize,
    stage: Stage,
}

impl DiehlCook {
    /// A network for images of so many pixels that has learned nothing.
    ///
    /// # Errors
    /// [`Error::Setting`] if a hyperparameter is refused or there are no pixels.
    pub fn new(pixels: usize, settings: &DiehlCookSettings, seed: u64) -> Result<Self> {
        check_count("pixels", pixels)?;
        settings.check()?;
        let stage = Stage::new(pixels, settings, seed, Learning::On)?;
        Ok(Self { settings: settings.clone(), seed, pixels, stage })
    }

    /// Shows each image once, in their order, and learns.
    ///
    /// # Errors
    /// [`Error::Shape`] if the images have another number of pixels.
    pub fn train(&mut self, images: &Array2<u8>) -> Result<()> {
        self.check(images)?;
        let sum = self.settings.weight_sum;
        for image in images.rows() {
            self.stage.network.normalise_weights(self.stage.plastic, sum)?;
            self.stage.show(image)?;
        }
        Ok(())
    }

    /// How often each excitatory neuron fires while an image is shown, images × neurons; nothing is
    /// learned.
    ///
    /// # Errors
    /// [`Error::Shape`] if the images have another number of pixels.
    pub fn responses(&self, images: &Array2<u8>) -> Result<Array2<f64>> {
        self.check(images)?;
        let frozen = self.frozen()?;
        let chunks: Vec<_> = images.axis_chunks_iter(Axis(0), CHUNK).collect();
        let parts: Result<Vec<Vec<f64>>> = chunks
            .into_par_iter()
            .enumerate()
            .map(|(chunk, images)| {
                let mut stage = frozen.clone();
                let mut counts = Vec::new();
                for (at, image) in images.rows().into_iter().enumerate() {
                    stage.network.rest();
                    stage.network.reseed(stage.inputs, self.seed_of(chunk * CHUNK + at))?;
                    counts.extend(stage.show(image)?.iter().map(|&count| count as f64));
                }
                Ok(counts)
            })
            .collect();
        let shape = (images.nrows(), self.settings.neurons);
        Array2::from_shape_vec(shape, parts?.concat())
            .map_err(|error| Error::Shape(error.to_string()))
    }

    /// Another seed for each image.
    fn seed_of(&self, image: usize) -> u64 {
        self.seed.wrapping_add((image as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn frozen(&self) -> Result<Stage> {
        let mut frozen = Stage::new(self.pixels, &self.settings, self.seed, Learning::Off)?;
        let weights = self.stage.network.weights(self.stage.plastic)?;
        frozen.network.set_weights(frozen.plastic, &weights)?;
        let raised = self.stage.network.raised_thresholds_mv(self.stage.excitatory)?;
        frozen.network.set_raised_thresholds_mv(frozen.excitatory, &raised)?;
        Ok(frozen)
    }

    /// Assigns each neuron the class to whose images it responds most. Give training images only.
    ///
    /// # Errors
    /// [`Error::Shape`] if images, labels and pixels do not fit; [`Error::Samples`] if there are no
    /// images.
    pub fn assign(&self, images: &Array2<u8>, labels: &[usize]) -> Result<NeuronLabels> {
        NeuronLabels::from_responses(&self.responses(images)?, labels)
    }

    /// How many images are identified by the neurons' assigned classes.
    ///
    /// # Errors
    /// [`Error::Shape`] if images, labels and pixels do not fit; [`Error::Samples`] if there are no
    /// images.
    pub fn accuracy(
        &self,
        assigned: &NeuronLabels,
        images: &Array2<u8>,
        labels: &[usize],
    ) -> Result<SpikingAccuracy> {
        SpikingAccuracy::of(assigned.predict(&self.responses(images)?)?, labels)
    }

    /// The learned weights, pixels × neurons.
    ///
    /// # Errors
    /// None in practice.
    pub fn weights(&self) -> Result<Array2<f64>> {
        self.stage.network.weight_matrix(self.stage.plastic)
    }

    /// By how much the threshold of each excitatory neuron is raised, in mV.
    ///
    /// # Errors
    /// None in practice.
    pub fn raised_thresholds_mv(&self) -> Result<Vec<f64>> {
        self.stage.network.raised_thresholds_mv(self.stage.excitatory)
    }

    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.pixels, self.settings.neurons)
    }

    fn check(&self, images: &Array2<u8>) -> Result<()> {
        if images.ncols() == self.pixels {
            return Ok(());
        }
        Err(Error::Shape(format!(
            "images of {} pixels for a network of {}; give images × pixels",
            images.ncols(),
            self.pixels
        )))
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::super::DiehlCookStdp;
    use super::*;
    use crate::random;

    /// Noisy images of 100 pixels with a bright row in one of `classes` places.
    fn bars(count: usize, classes: usize, seed: u64) -> (Array2<u8>, Vec<usize>) {
        let mut rng = random::stream(seed, "bars");
        let labels: Vec<usize> = (0..count).map(|at| at % classes).collect();
        let images = Array2::from_shape_fn((count, 100), |(at, pixel)| {
            let bright = pixel / 25 == labels[at];
            if rng.r#gen::<f64>() < 0.1 { 100 } else { u8::from(bright) * 230 }
        });
        (images, labels)
    }

    /// Eight neurons that learn fast, and synapses that are strong enough for a few bright pixels.
    fn bar_settings() -> DiehlCookSettings {
        let rule = DiehlCookStdp { potentiation: 0.05, ..DiehlCookStdp::default() };
        DiehlCookSettings { neurons: 8, weight_sum: 24.0, rule, ..DiehlCookSettings::default() }
    }

    #[test]
    fn it_learns_classes_of_bars_without_labels() {
        let settings = bar_settings();
        let mut network = DiehlCook::new(100, &settings, 4).unwrap();
        let (images, labels) = bars(120, 4, 1);
        let before = network.raised_thresholds_mv().unwrap();
        network.train(&images).unwrap();
        let assigned = network.assign(&images, &labels).unwrap();
        let (new, truth) = bars(60, 4, 2);
        let found = network.accuracy(&assigned, &new, &truth).unwrap();
        assert!(found.accuracy > 0.9, "{found}");
        assert!(found.interval.low < found.accuracy && found.total == 60);
        let raised = network.raised_thresholds_mv().unwrap();
        assert!(raised.iter().zip(&before).any(|(after, before)| after > before));
        // Neurons look like the images that they respond to; by chance it would be a quarter.
        let weights = network.weights().unwrap();
        let (mut own, mut all) = (0.0, 0.0);
        for (weights, class) in weights.columns().into_iter().zip(&assigned.labels) {
            let Some(class) = class else { continue };
            own += weights.iter().skip(25 * class).take(25).sum::<f64>();
            all += weights.sum();
        }
        assert!(own / all > 0.4, "{own} of {all}");
    }

    #[test]
    fn responses_do_not_depend_on_threads_and_change_nothing() {
        let settings = bar_settings();
        let network = DiehlCook::new(100, &settings, 4).unwrap();
        let (images, _) = bars(22, 4, 1);
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let one = pool(1).install(|| network.responses(&images)).unwrap();
        let two = pool(2).install(|| network.responses(&images)).unwrap();
        assert_eq!(one, two);
        assert_eq!(one, network.responses(&images).unwrap());
    }

    #[test]
    fn blank_images_and_wrong_sizes() {
        let settings = DiehlCookSettings { neurons: 3, ..DiehlCookSettings::default() };
        let mut network = DiehlCook::new(9, &settings, 4).unwrap();
        network.train(&Array2::zeros((1, 9))).unwrap();
        assert_eq!(network.responses(&Array2::zeros((2, 9))).unwrap().sum(), 0.0);
        let said = network.train(&Array2::zeros((1, 8))).unwrap_err().to_string();
        assert!(said.starts_with("images of 8 pixels for a network of 9"), "{said}");
        assert!(network.assign(&Array2::zeros((0, 9)), &[]).is_err());
        let one = DiehlCookSettings { neurons: 1, ..settings };
        assert!(DiehlCook::new(9, &one, 0).is_err());
    }
}

use ndarray::Array2;
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};

use super::{Dataset, Images};
use crate::random::{self, Rng};

const SIDE: usize = 6;
const CLASSES: usize = 4;

impl Dataset {
    /// Four noisy random patterns of 6 × 6 pixels, 600 images to train on and 200 to test on: a
    /// task small enough for tests, which a linear classifier solves and chance does not.
    pub fn synthetic(seed: u64) -> Self {
        let mut rng = random::stream(seed, "synthetic");
        let patterns =
            Array2::from_shape_simple_fn((CLASSES, SIDE * SIDE), || rng.gen_range(30.0..225.0_f32));
        let train = noisy(&patterns, 600, &mut rng);
        let test = noisy(&patterns, 200, &mut rng);
        let classes = (0..CLASSES).map(|class| class.to_string()).collect();
        Self::new("synthetic", (SIDE, SIDE), classes, train, test)
            .expect("patterns and labels are made to fit one another")
    }
}

/// `count` copies of the patterns in turn, with Gaussian noise of 40 grey levels.
fn noisy(patterns: &Array2<f32>, count: usize, rng: &mut Rng) -> Images {
    let labels: Vec<u8> = (0..count).map(|i| (i % CLASSES) as u8).collect();
    let pixels = Array2::from_shape_fn((count, SIDE * SIDE), |(image, pixel)| {
        let noise: f32 = StandardNormal.sample(rng);
        let level: f32 = patterns[(image % CLASSES, pixel)] + 40.0 * noise;
        level.clamp(0.0, 255.0) as u8
    });
    Images { pixels, labels }
}

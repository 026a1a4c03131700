//! A small perceptron and how it learns.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand_distr::{Distribution, StandardNormal};

use crate::random::Rng;

/// How fast Adam's running means forget, and what keeps its divisor above 0 (Kingma & Ba 2014,
/// arXiv 1412.6980).
const DECAY: [f64; 2] = [0.9, 0.999];
const TINY: f64 = 1e-8;

/// One hidden layer of tanh and a linear output: weights and biases of both.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Perceptron([Array2<f64>; 4]);

impl Perceptron {
    /// With normal weights of variance 1 / inputs of each unit, and biases of 0.
    pub(super) fn drawn(inputs: usize, hidden: usize, rng: &mut Rng) -> Self {
        let mut weights = |rows: usize, columns: usize| {
            let spread = 1.0 / (rows as f64).sqrt();
            Array2::from_shape_simple_fn((rows, columns), || {
                let normal: f64 = StandardNormal.sample(rng);
                spread * normal
            })
        };
        let (first, second) = (weights(inputs, hidden), weights(hidden, 1));
        Self([first, Array2::zeros((1, hidden)), second, Array2::zeros((1, 1))])
    }

    /// The output for every row.
    pub(super) fn outputs(&self, inputs: &Array2<f64>) -> Array1<f64> {
        self.forward(inputs).1
    }

    fn forward(&self, inputs: &Array2<f64>) -> (Array2<f64>, Array1<f64>) {
        let [first, first_bias, second, second_bias] = &self.0;
        let hidden = (inputs.dot(first) + first_bias).mapv(f64::tanh);
        let outputs = (hidden.dot(second) + second_bias).remove_axis(Axis(1));
        (hidden, outputs)
    }

    /// Of half the mean squared error.
    pub(super) fn gradients(&self, x: &Array2<f64>, y: &Array1<f64>) -> [Array2<f64>; 4] {
        let (hidden, outputs) = self.forward(x);
        let error = ((outputs - y) / y.len() as f64).insert_axis(Axis(1));
        let back = error.dot(&self.0[2].t()) * hidden.mapv(|h| 1.0 - h * h);
        let sum = |of: ArrayView2<'_, f64>| of.sum_axis(Axis(0)).insert_axis(Axis(0));
        [x.t().dot(&back), sum(back.view()), hidden.t().dot(&error), sum(error.view())]
    }
}

/// Adam's running means.
#[derive(Debug)]
pub(super) struct Adam {
    means: [Array2<f64>; 4],
    squares: [Array2<f64>; 4],
    steps: i32,
}

impl Adam {
    pub(super) fn new(perceptron: &Perceptron) -> Self {
        let zeros = || perceptron.0.each_ref().map(|one| Array2::zeros(one.dim()));
        Self { means: zeros(), squares: zeros(), steps: 0 }
    }

    /// The steps so far.
    pub(super) fn steps(&self) -> i32 {
        self.steps
    }

    pub(super) fn step(
        &mut self,
        perceptron: &mut Perceptron,
        gradients: &[Array2<f64>; 4],
        rate: f64,
    ) {
        self.steps += 1;
        let correction = DECAY.map(|decay| 1.0 - decay.powi(self.steps));
        for (index, gradient) in gradients.iter().enumerate() {
            let (mean, square) = (&mut self.means[index], &mut self.squares[index]);
            *mean = &*mean * DECAY[0] + gradient * (1.0 - DECAY[0]);
            *square = &*square * DECAY[1] + gradient.pow2() * (1.0 - DECAY[1]);
            let divisor = (&*square / correction[1]).sqrt() + TINY;
            perceptron.0[index] -= &(&*mean / correction[0] / divisor * rate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn gradients_are_finite_differences() {
        let mut rng = random::stream(3, "test");
        let perceptron = Perceptron::drawn(3, 4, &mut rng);
        let x = Perceptron::drawn(5, 3, &mut rng).0[0].clone();
        let y = Array1::from(vec![0.3, -0.2, 1.0, 0.5, -0.7]);
        let error = |of: &Perceptron| {
            let left = of.outputs(&x) - &y;
            left.dot(&left) / 2.0 / y.len() as f64
        };
        for (part, gradient) in perceptron.gradients(&x, &y).iter().enumerate() {
            for (place, slope) in gradient.indexed_iter() {
                let moved = |by: f64| {
                    let mut changed = perceptron.clone();
                    changed.0[part][place] += by;
                    error(&changed)
                };
                let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((expected - slope).abs() < 1e-8, "{part} {place:?}");
            }
        }
    }
}

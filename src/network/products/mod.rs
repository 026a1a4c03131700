//! The three products of a layer of synapses, W x, Wᵀ δ and δ xᵀ, for each way of connecting units.
//! Nothing else in the library multiplies weights.

mod convolution;
mod dense;
mod direct;
#[cfg(test)]
pub(crate) mod loops;
mod pooling;
mod sparse;
mod strips;
mod winners;

use dense::{has_processors_to_spare, multiply};
use ndarray::{ArrayView2, ArrayViewMut2};

pub use convolution::Convolution;
pub(super) use convolution::{Given, Left, NOTHING};
pub use pooling::Pooling;
pub(super) use pooling::Winners;

use super::Inputs;

/// What becomes of the numbers that a product is written over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Store {
    /// They are forgotten, NaN included.
    Overwrite,
    /// The product times this number is added to them.
    Add(f32),
}

impl Store {
    /// Puts a product where it belongs.
    fn put(self, product: &[f32], numbers: &mut [f32]) {
        match self {
            Self::Overwrite => numbers.copy_from_slice(product),
            Self::Add(scale) => {
                numbers.iter_mut().zip(product).for_each(|(to, from)| *to += scale * from);
            }
        }
    }
}

/// Which inputs each unit reads, and which units share their weights. It has the three products,
/// with any weights of the right shape: a layer's own, feedback weights, changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connectivity {
    /// Each unit reads every input; weights are output units × input units.
    Dense,
    /// Units read a part of the inputs, and the units of a map share their weights; these are
    /// filters × (kernel rows · kernel columns · input channels).
    Convolution(Convolution),
}

impl Connectivity {
    /// y ← W x, or y += s W x: `x` is examples × inputs, `y` examples × outputs (of a convolution,
    /// places · filters, before pooling).
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward<'a>(
        self,
        x: impl Into<Inputs<'a>>,
        weights: ArrayView2<'_, f32>,
        store: Store,
        mut y: ArrayViewMut2<'_, f32>,
    ) {
        let x = x.into();
        match self {
            Self::Convolution(c) => c.forward(x.dense(), weights, store, y, NOTHING),
            Self::Dense => match (x.sparse(), store) {
                (Some(inputs), Store::Overwrite) => sparse::forward(inputs, weights, y),
                _ => multiply(&x.dense(), &weights.t(), store, &mut y),
            },
        }
    }

    /// x ← Wᵀ y, or x += s Wᵀ y: `dy` is examples × outputs (of a convolution, places · filters,
    /// before pooling), `dx` examples × inputs.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn backward(
        self,
        dy: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
        store: Store,
        mut dx: ArrayViewMut2<'_, f32>,
    ) {
        match self {
            Self::Convolution(c) => c.backward(Given::places(dy), weights, store, dx, NOTHING),
            Self::Dense => multiply(&dy, &weights, store, &mut dx),
        }
    }

    /// G += `scale` Σ dy xᵀ, the sum over examples and over the places of a map: `x` is examples ×
    /// inputs, `dy` examples × outputs (of a convolution, places · filters, before pooling), `g` in
    /// the shape of the weights.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn outer<'a>(
        self,
        x: impl Into<Inputs<'a>>,
        dy: ArrayView2<'_, f32>,
        scale: f32,
        mut g: ArrayViewMut2<'_, f32>,
    ) {
        let x = x.into();
        match self {
            Self::Convolution(c) => c.outer(x.dense(), Given::places(dy), scale, g),
            Self::Dense => match x.sparse() {
                Some(inputs) => sparse::outer(inputs, dy, scale, g),
                None => multiply(&dy.t(), &x.dense(), Store::Add(scale), &mut g),
            },
        }
    }

    /// How often one weight is used on one example: once, or at every place of its filter's map.
    pub fn uses(self) -> usize {
        match self {
            Self::Dense => 1,
            Self::Convolution(c) => c.output().places(),
        }
    }

    /// ⟨‖x‖²⟩ of what a unit reads: the mean over examples, and over the places of a map.
    pub(crate) fn mean_square_norm(self, x: ArrayView2<'_, f32>) -> f64 {
        match self {
            Self::Dense => mean_square_norm(x),
            Self::Convolution(c) => c.mean_square_patch(x),
        }
    }

    /// At most so many units read one number of the input by one filter (each through another
    /// weight): 1, or as many as there are taps of a kernel over one place.
    pub fn overlap(self) -> usize {
        match self {
            Self::Dense => 1,
            Self::Convolution(c) => c.kernel.0.div_ceil(c.stride) * c.kernel.1.div_ceil(c.stride),
        }
    }
}

/// The mean over examples of the squared norm.
pub(crate) fn mean_square_norm(numbers: ArrayView2<'_, f32>) -> f64 {
    let squares = numbers.iter().map(|&x| f64::from(x) * f64::from(x));
    squares.sum::<f64>() / numbers.nrows() as f64
}

crate::display::show_as_settings!(Store, Connectivity);

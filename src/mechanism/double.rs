//! Recorded steps in double precision.

use ndarray::{Array2, ArrayView2};

use crate::error::{Error, Result};
use crate::training::RecordedBatch;

/// A recorded step.
#[derive(Clone, Debug)]
pub(super) struct Double {
    pub(super) step: usize,
    pub(super) inputs: Array2<f64>,
    pub(super) error: Array2<f64>,
    pub(super) layers: Vec<Layer>,
}

/// One of its layers.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) outputs: Array2<f64>,
    pub(super) slopes: Array2<f64>,
    pub(super) weights: Array2<f64>,
    pub(super) change: Array2<f64>,
}

impl Double {
    /// Steps in order, all of one network.
    ///
    /// # Errors
    /// [`Error::Samples`] if there are none, [`Error::Shape`] if sizes do not fit one another.
    pub(super) fn all(batches: &[RecordedBatch]) -> Result<Vec<Self>> {
        let Some(first) = batches.first() else {
            return Err(Error::Samples(
                "there is no recorded batch; record some steps first".into(),
            ));
        };
        let sizes = |batch: &RecordedBatch| {
            let layers = batch.layers.iter().map(|layer| layer.weights.dim());
            (batch.inputs.ncols(), batch.error.ncols(), layers.collect::<Vec<_>>())
        };
        for batch in batches {
            if sizes(batch) != sizes(first) {
                return Err(Error::Shape(format!(
                    "the batch of step {} is of a network of other sizes than that of step {}; give the steps of one network",
                    batch.step, first.step
                )));
            }
            batch.check()?;
        }
        let mut all: Vec<Self> = batches.iter().map(Self::of).collect();
        all.sort_by_key(|batch| batch.step);
        Ok(all)
    }

    fn of(batch: &RecordedBatch) -> Self {
        let double = |matrix: &Array2<f32>| matrix.mapv(f64::from);
        let layers = batch.layers.iter().map(|layer| Layer {
            outputs: double(&layer.outputs),
            slopes: double(&layer.slopes),
            weights: double(&layer.weights),
            change: double(&layer.change),
        });
        Self {
            step: batch.step,
            inputs: double(&batch.inputs),
            error: double(&batch.error),
            layers: layers.collect(),
        }
    }

    /// What a layer reads, examples × inputs.
    pub(super) fn below(&self, layer: usize) -> ArrayView2<'_, f64> {
        match layer {
            0 => self.inputs.view(),
            _ => self.layers[layer - 1].outputs.view(),
        }
    }

    /// ⟨e hᵀ⟩, output units × units below.
    pub(super) fn read_out_gradient(&self) -> Array2<f64> {
        let below = self.below(self.layers.len() - 1);
        self.error.t().dot(&below) / self.error.nrows() as f64
    }
}

//! What rules whose states settle have in common.

use ndarray::{ArrayView2, ArrayViewMut2, Zip};

use crate::network::{
    Activity, Inputs, Layer, LayerUpdate, Matrix, Network, Pooling, Store, Units,
};
use crate::simd::{self, Vectorised};

/// All numbers of one layer's activity.
///
/// # Panics
/// If they do not lie side by side, as those of [`Activity`] do.
pub(super) fn contiguous<'a>(units: &'a mut ArrayViewMut2<'_, f32>) -> &'a mut [f32] {
    units.as_slice_mut().expect("activity is contiguous")
}

/// Gives each state the value that `moved` makes of it and its goal, with how far it had to go;
/// returns the largest of these distances, infinite if one is not a number.
///
/// # Panics
/// If the views are not contiguous.
pub(super) fn advance(
    mut states: ArrayViewMut2<'_, f32>,
    goals: ArrayView2<'_, f32>,
    moved: impl Fn(f32, f32) -> (f32, f32),
) -> f32 {
    let mut largest = 0.0;
    let states = contiguous(&mut states);
    let goals = goals.as_slice().expect("activity is contiguous");
    simd::dispatch(Advance { states, goals, moved, largest: &mut largest });
    largest
}

/// `by` in units of `size`, where that is above 1.
#[inline(always)]
pub(super) fn relative(by: f32, size: f32) -> f32 {
    let size = size.abs();
    by.abs() / if size > 1.0 { size } else { 1.0 }
}

struct Advance<'a, F> {
    states: &'a mut [f32],
    goals: &'a [f32],
    moved: F,
    largest: &'a mut f32,
}

impl<F: Fn(f32, f32) -> (f32, f32)> Vectorised for Advance<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        /// Maxima side by side: one alone would be waited for at every unit.
        const LANES: usize = 16;
        let (mut largest, mut lost) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        let chunks = self.states.chunks_mut(LANES).zip(self.goals.chunks(LANES));
        for (states, goals) in chunks {
            let lanes = largest.iter_mut().zip(&mut lost);
            for ((x, &goal), (largest, lost)) in states.iter_mut().zip(goals).zip(lanes) {
                let (moved, distance) = (self.moved)(*x, goal);
                *largest = if distance > *largest { distance } else { *largest };
                // NaN from what is not finite, and 0 from all else.
                *lost += 0.0 * distance;
                *x = moved;
            }
        }
        let is_lost = lost.iter().any(|lost| lost.is_nan());
        *self.largest =
            if is_lost { f32::INFINITY } else { largest.into_iter().fold(0.0, f32::max) };
    }
}

/// One settling of a network, and the buffers it needs.
#[derive(Clone, Debug)]
pub(super) struct States {
    /// The states, examples × units in each layer.
    pub(super) states: Activity,
    /// What the states would become next.
    pub(super) goals: Activity,
    /// W_1 x + b_1, which does not change while the network settles.
    pub(super) drive: Activity,
}

impl States {
    pub(super) fn new(network: &Network) -> Self {
        Self {
            states: Activity::new(network, 0),
            goals: Activity::new(network, 0),
            drive: Activity::of_widths(&[network.layers()[0].outputs()]),
        }
    }

    pub(super) fn set_rows(&mut self, rows: usize) {
        self.states.set_rows(rows);
        self.goals.set_rows(rows);
        self.drive.set_rows(rows);
    }

    /// Takes up new inputs.
    pub(super) fn drive_by(&mut self, network: &Network, inputs: Inputs<'_>) {
        self.set_rows(inputs.nrows());
        network.layers()[0].forward(inputs, self.drive.units_mut(0));
        self.goals.take_traces(&self.drive, 1);
    }

    /// Begins where another settling ended, in the lowest `layers` layers.
    pub(super) fn begin_at(&mut self, other: &Self, layers: usize) {
        self.set_rows(other.states.rows());
        self.drive.out_mut(0).assign(&other.drive.out(0));
        self.goals.take_traces(&other.goals, layers);
        for index in 0..layers {
            self.states.out_mut(index).assign(&other.states.out(index));
        }
    }

    /// Sets the goal of layer `index` to what the layer below makes of it, before its nonlinearity.
    pub(super) fn pull_from_below(&mut self, network: &Network, index: usize) {
        match index {
            0 => self.goals.out_mut(0).assign(&self.drive.out(0)),
            _ => {
                let goal = self.goals.units_mut(index);
                network.layers()[index].forward(self.states.out(index - 1), goal);
            }
        }
    }

    /// Adds to the goal of layer `index` what comes back from the layer above.
    pub(super) fn pull_from_above(&mut self, network: &Network, index: usize, gain: f32) {
        let above = &network.layers()[index + 1];
        let (goal, trace) = self.goals.out_mut_below(index + 1);
        let states = Units::new(self.states.out(index + 1), trace);
        above.backward_into(states, &above.weights, Store::Add(gain), goal);
    }

    /// Before a settling from silence: windows of a maximum have winners, those of a forward pass of
    /// the drive through clipped units, for after silence all of their places are alike.
    pub(super) fn begin_traces(&mut self, network: &Network) {
        let pools = |layer: &Layer| matches!(layer.pooling(), Some(Pooling::Max(_)));
        if !network.layers().iter().skip(1).any(pools) {
            return;
        }
        let clipped = |a: f32| {
            if a > 1.0 {
                1.0
            } else if a > 0.0 {
                a
            } else {
                0.0
            }
        };
        let mut below = self.drive.out(0).mapv(clipped);
        for index in 1..network.depth() {
            let mut goal = self.goals.units_mut(index);
            network.layers()[index].forward(&below, goal.reborrow());
            below = goal.numbers().mapv(clipped);
        }
    }

    /// Ends a settling: from now on the states go through the traces of the last goals.
    pub(super) fn keep_traces(&mut self) {
        self.states.take_traces(&self.goals, self.goals.depth());
    }

    /// The states of layer `index`, and what the layer below makes of them, for energies.
    pub(super) fn with_drive(
        &self,
        network: &Network,
        index: usize,
    ) -> (ArrayView2<'_, f32>, Matrix) {
        let states = self.states.out(index);
        let driven = match index {
            0 => self.drive.out(0).to_owned(),
            _ => {
                let mut driven = Matrix::zeros(states.dim());
                let below = self.states.out(index - 1);
                network.layers()[index].forward(below, driven.view_mut());
                driven
            }
        };
        (states, driven)
    }
}

/// Two settled states of one network and input, whose difference is learned from.
pub(super) struct Contrast<'a> {
    /// Learned.
    pub(super) plus: &'a Activity,
    /// Unlearned.
    pub(super) minus: &'a Activity,
    /// A buffer for the difference of the lowest layer.
    pub(super) difference: &'a mut Activity,
}

impl Contrast<'_> {
    /// Adds −scale (post preᵀ of `plus` less that of `minus`) to the updates of the lowest layers;
    /// `scale` gives each layer's.
    pub(super) fn propose(
        self,
        network: &Network,
        inputs: Inputs<'_>,
        updates: &mut [LayerUpdate],
        scale: impl Fn(usize) -> f32,
    ) {
        let (plus, minus) = (self.plus, self.minus);
        for (index, (layer, update)) in network.layers().iter().zip(updates).enumerate() {
            let scale = scale(index);
            if index == 0 {
                // Both phases see the same input, so one product of the states' difference does,
                // and does not subtract two large products.
                let difference = subtract(plus.out(0), minus.out(0), self.difference);
                layer.outer(inputs, plus.through(0, difference), -scale, update);
            } else {
                layer.outer(plus.out(index - 1), plus.units(index), -scale, update);
                layer.outer(minus.out(index - 1), minus.units(index), scale, update);
            }
        }
    }
}

/// a − b, in the one layer of `into`.
fn subtract<'a>(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    into: &'a mut Activity,
) -> ArrayView2<'a, f32> {
    into.set_rows(a.nrows());
    Zip::from(into.out_mut(0)).and(a).and(b).for_each(|d, &a, &b| *d = a - b);
    into.out(0)
}

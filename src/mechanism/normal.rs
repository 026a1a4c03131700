//! Least squares for the weights through which an error reaches each unit.
//!
//! A layer's change in one step is modelled as
//!
//! −ΔW_i ≈ (1/B) Σ_n φ′_{ni} (K_i · e_n) x_n
//!
//! with i a unit, n an example of B, x its input to the layer, e an error above, and K_i what is
//! wanted: how much of each error unit i is told, times the learning rate. That is linear in K_i, so
//! that one batch gives each unit as many equations as it has inputs.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};

use super::solve::{solve, solve_all};

/// The ridge of speeds, which are small differences.
const SPEED_RIDGE: f64 = 1e-8;

/// The normal equations of all units of a layer, summed over batches.
#[derive(Clone, Debug)]
pub(super) struct Normal {
    /// For each unit: errors × errors.
    squares: Vec<Array2<f64>>,
    /// Units × errors.
    products: Array2<f64>,
    /// ‖ΔW‖² of each unit.
    sizes: Array1<f64>,
}

/// What a layer did in one step, in double precision.
pub(super) struct Step<'a> {
    /// Examples × inputs.
    pub(super) inputs: ArrayView2<'a, f64>,
    /// φ′, examples × units.
    pub(super) slopes: ArrayView2<'a, f64>,
    /// Errors that come from above, examples × errors.
    pub(super) errors: ArrayView2<'a, f64>,
    /// −ΔW, units × inputs.
    pub(super) descent: ArrayView2<'a, f64>,
}

impl Normal {
    /// Those of one step.
    pub(super) fn of(step: &Step<'_>) -> Self {
        let examples = step.inputs.nrows() as f64;
        let kernel = step.inputs.dot(&step.inputs.t()) / (examples * examples);
        let seen = step.inputs.dot(&step.descent.t()) / examples;
        let units = step.slopes.ncols();
        let mut products = Array2::zeros((units, step.errors.ncols()));
        let mut squares = Vec::with_capacity(units);
        for unit in 0..units {
            let gated = &step.errors * &step.slopes.column(unit).insert_axis(Axis(1));
            squares.push(gated.t().dot(&kernel.dot(&gated)));
            products.row_mut(unit).assign(&gated.t().dot(&seen.column(unit)));
        }
        let sizes = step.descent.map_axis(Axis(1), |row| row.dot(&row));
        Self { squares, products, sizes }
    }

    /// Those of several steps, at least one.
    pub(super) fn sum(steps: impl IntoIterator<Item = Self>) -> Self {
        let added = |mut sum: Self, other: Self| {
            sum.squares.iter_mut().zip(&other.squares).for_each(|(own, other)| *own += other);
            sum.products += &other.products;
            sum.sizes += &other.sizes;
            sum
        };
        steps.into_iter().reduce(added).expect("a moment has at least one step")
    }

    /// K, units × errors, with a ridge of this share of the mean square.
    pub(super) fn solve(&self, ridge: f64) -> Array2<f64> {
        let mut found = Array2::zeros(self.products.dim());
        for (unit, squares) in self.squares.iter().enumerate() {
            let mean = squares.diag().mean().unwrap_or_default();
            let mut squares = squares.clone();
            squares.diag_mut().mapv_inplace(|x| x + ridge * mean);
            found.row_mut(unit).assign(&solve(squares, self.products.row(unit)));
        }
        found
    }

    /// Of errors that came twice, once as they are and once times the time, what says how the weights
    /// moved: the same equations for their speed alone, the weights themselves solved for.
    pub(super) fn of_speed(&self) -> Self {
        let half = self.products.ncols() / 2;
        let mut products = Array2::zeros((self.products.nrows(), half));
        let mut squares = Vec::with_capacity(self.squares.len());
        for (unit, all) in self.squares.iter().enumerate() {
            let (rest, cross) = (all.slice(s![..half, ..half]), all.slice(s![..half, half..]));
            let mut rest = rest.to_owned();
            let ridge = 1e-12 * rest.diag().sum();
            rest.diag_mut().mapv_inplace(|x| x + ridge);
            let right = self.products.row(unit);
            let mut schur = all.slice(s![half.., half..]).to_owned();
            schur -= &cross.t().dot(&solve_all(rest.clone(), cross));
            let own = solve(rest, right.slice(s![..half]));
            products.row_mut(unit).assign(&(&right.slice(s![half..]) - &cross.t().dot(&own)));
            squares.push(schur);
        }
        let mut speed = Self { squares, products, sizes: self.sizes.clone() };
        // What the best speed explains is all that there is to explain.
        let best = speed.solve(SPEED_RIDGE);
        let of = |(unit, k): (usize, ArrayView1<'_, f64>)| k.dot(&speed.products.row(unit));
        speed.sizes = best.rows().into_iter().enumerate().map(of).collect();
        speed
    }

    /// The share of the change that the best sum of some weights explains: `all` of them are units ×
    /// errors.
    pub(super) fn explained_by_sum(&self, all: &[Array2<f64>]) -> f64 {
        let size = self.sizes.sum();
        let inner = |a: &Array2<f64>, b: &Array2<f64>| -> f64 {
            let rows = a.rows().into_iter().zip(b.rows()).zip(&self.squares);
            rows.map(|((a, b), squares)| a.dot(&squares.dot(&b))).sum()
        };
        let norms: Vec<f64> = all.iter().map(|one| inner(one, one).max(0.0).sqrt()).collect();
        let used: Vec<usize> = (0..all.len()).filter(|&k| norms[k] > 0.0).collect();
        let entry = |(i, j): (usize, usize)| {
            let (i, j) = (used[i], used[j]);
            inner(&all[i], &all[j]) / (norms[i] * norms[j]) + if i == j { 1e-12 } else { 0.0 }
        };
        let squares = Array2::from_shape_fn((used.len(), used.len()), entry);
        let product = |&k: &usize| (&all[k] * &self.products).sum() / norms[k];
        let products: Array1<f64> = used.iter().map(product).collect();
        solve(squares, products.view()).dot(&products) / size
    }

    /// The size of some weights by what they make: ‖what K makes‖.
    pub(super) fn made(&self, weights: &Array2<f64>) -> f64 {
        let of = |(unit, k): (usize, ArrayView1<'_, f64>)| k.dot(&self.squares[unit].dot(&k));
        weights.rows().into_iter().enumerate().map(of).sum::<f64>().max(0.0).sqrt()
    }

    /// ‖what as many parameters as these make of noise alone‖, where noise has this share of the
    /// square of the change and so many synapses have an equation in so many steps.
    pub(super) fn noise(&self, share: f64, parameters: usize, equations: usize) -> f64 {
        (share * self.sizes.sum() * parameters as f64 / equations as f64).sqrt()
    }

    /// By how much what these weights make must be multiplied to be most like the change.
    pub(super) fn gain(&self, weights: &Array2<f64>) -> f64 {
        (weights * &self.products).sum() / self.made(weights).powi(2)
    }

    /// How much of the change these weights explain: 1 − residual/size; below 0 where they make it
    /// worse.
    pub(super) fn explained(&self, weights: &Array2<f64>) -> f64 {
        let of = |(unit, k): (usize, ArrayView1<'_, f64>)| {
            k.dot(&self.squares[unit].dot(&k)) - 2.0 * k.dot(&self.products.row(unit))
        };
        let gain: f64 = weights.rows().into_iter().enumerate().map(of).sum();
        -gain / self.sizes.sum()
    }

    /// The cosine of the angle between the change and what these weights would make, whatever the
    /// learning rate.
    pub(super) fn cosine(&self, weights: &Array2<f64>) -> f64 {
        (weights * &self.products).sum() / (self.made(weights) * self.sizes.sum().sqrt())
    }
}

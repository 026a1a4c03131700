//! The solver of one pair of classes: sequential minimal optimisation.
//!
//! The dual, min ½ αᵀQα − Σα with 0 ≤ α ≤ C and Σ yα = 0, Q = yᵢyⱼ⟨xᵢ, xⱼ⟩, two αs at a time,
//! chosen by second-order information (Fan, Chen & Lin 2005, Journal of Machine Learning Research
//! 6; libsvm's rule). Step by step that of linfa-svm, bit for bit, which cannot be told to stop
//! before its ten millionth step and does not say whether it did.

use ndarray::{Array1, Array2, ArrayView1, Zip};

/// A curvature below this counts as this.
const FLAT: f64 = 1e-10;

/// What the solver needs to know besides the samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Price of a margin violation.
    pub(super) c: f64,
    /// Violation of optimality at which it stops.
    pub(super) tolerance: f64,
    /// Steps at most.
    pub(super) steps: usize,
}

/// A line between two classes.
#[derive(Debug)]
pub(super) struct Machine {
    weights: Array1<f64>,
    rho: f64,
    /// Whether it was found before the steps ran out.
    pub(super) is_optimal: bool,
}

impl Machine {
    /// Positive on the side of the first class.
    pub(super) fn margin(&self, sample: ArrayView1<'_, f64>) -> f64 {
        (&self.weights * &sample).sum() - self.rho
    }

    /// Learns from n × p `samples`, of which those of the first class are marked.
    pub(super) fn fit(samples: &Array2<f64>, is_first: &[bool], limits: Limits) -> Self {
        let n = is_first.len();
        let products = products(samples);
        let mut solver = Solver {
            squares: products.diag().to_vec(),
            products,
            signs: is_first.iter().map(|&first| if first { 1.0 } else { -1.0 }).collect(),
            alpha: vec![0.0; n],
            gradient: vec![-1.0; n],
            limits,
        };
        let is_optimal = solver.run();
        let mut weights = Array1::zeros(samples.ncols());
        for (row, sample) in samples.outer_iter().enumerate() {
            weights.scaled_add(solver.signs[row] * solver.alpha[row], &sample);
        }
        Self { weights, rho: solver.rho(), is_optimal }
    }
}

/// All inner products, n × n.
fn products(samples: &Array2<f64>) -> Array2<f64> {
    let n = samples.nrows();
    let mut products = Array2::zeros((n, n));
    let mut terms = Array1::zeros(samples.ncols());
    for i in 0..n {
        for j in 0..=i {
            let (one, other) = (samples.row(i), samples.row(j));
            Zip::from(&mut terms).and(one).and(other).for_each(|term, a, b| *term = a * b);
            let product = terms.sum();
            (products[[i, j]], products[[j, i]]) = (product, product);
        }
    }
    products
}

/// Of the dual along a pair, from the squared lengths of both samples and their product.
fn curvature(squares: [f64; 2], product: f64) -> f64 {
    let curvature = squares[0] + squares[1] - 2.0 * product;
    if curvature > 0.0 { curvature } else { FLAT }
}

struct Solver {
    products: Array2<f64>,
    /// Squared lengths, the diagonal of the products.
    squares: Vec<f64>,
    /// 1 for the first class, −1 for the second.
    signs: Vec<f64>,
    alpha: Vec<f64>,
    /// Of the dual, by α.
    gradient: Vec<f64>,
    limits: Limits,
}

impl Solver {
    /// Steps until nothing violates optimality by the tolerance, or the steps run out.
    fn run(&mut self) -> bool {
        for _ in 0..self.limits.steps {
            match self.pair() {
                Some((i, j)) => self.step(i, j),
                None => return true,
            }
        }
        self.pair().is_none()
    }

    /// Whether y·α can still grow.
    fn can_rise(&self, i: usize) -> bool {
        if self.signs[i] > 0.0 { self.alpha[i] < self.limits.c } else { self.alpha[i] != 0.0 }
    }

    /// Whether y·α can still shrink.
    fn can_fall(&self, i: usize) -> bool {
        if self.signs[i] > 0.0 { self.alpha[i] != 0.0 } else { self.alpha[i] < self.limits.c }
    }

    fn curvature(&self, i: usize, j: usize) -> f64 {
        let products = &self.products;
        curvature([products[[i, i]], products[[j, j]]], products[[i, j]])
    }

    /// The one that violates optimality most and the other with which that gains most; none if
    /// optimal.
    fn pair(&self) -> Option<(usize, usize)> {
        let (mut up, mut down) = ((f64::NEG_INFINITY, None), f64::NEG_INFINITY);
        for (i, &gradient) in self.gradient.iter().enumerate() {
            let slope = -self.signs[i] * gradient;
            if self.can_rise(i) && slope >= up.0 {
                up = (slope, Some(i));
            }
            if self.can_fall(i) && -slope >= down {
                down = -slope;
            }
        }
        let first = up.1?;
        let (mut least, mut second) = (f64::INFINITY, None);
        let products = self.products.row(first);
        for (j, (&gradient, &product)) in self.gradient.iter().zip(products).enumerate() {
            let violation = up.0 + self.signs[j] * gradient;
            if violation > 0.0 && self.can_fall(j) {
                let squares = [self.squares[first], self.squares[j]];
                let gain = -(violation * violation) / curvature(squares, product);
                if gain <= least {
                    (least, second) = (gain, Some(j));
                }
            }
        }
        if up.0 + down < self.limits.tolerance { None } else { Some((first, second?)) }
    }

    /// Moves two αs to their joint optimum within the bounds.
    fn step(&mut self, i: usize, j: usize) {
        let before = (self.alpha[i], self.alpha[j]);
        let curvature = self.curvature(i, j);
        if self.signs[i] == self.signs[j] {
            self.exchange(i, j, curvature);
        } else {
            self.together(i, j, curvature);
        }
        let (di, dj) = (self.alpha[i] - before.0, self.alpha[j] - before.1);
        let (sign_i, sign_j) = (self.signs[i], self.signs[j]);
        let rows = self.products.row(i).into_iter().zip(self.products.row(j));
        for ((gradient, sign), (a, b)) in self.gradient.iter_mut().zip(&self.signs).zip(rows) {
            *gradient += sign_i * sign * a * di + sign_j * sign * b * dj;
        }
    }

    /// αs of different classes rise or fall together.
    fn together(&mut self, i: usize, j: usize, curvature: f64) {
        let c = self.limits.c;
        let delta = -(self.gradient[i] + self.gradient[j]) / curvature;
        let difference = self.alpha[i] - self.alpha[j];
        let (mut a, mut b) = (self.alpha[i] + delta, self.alpha[j] + delta);
        if difference > 0.0 {
            if b < 0.0 {
                (a, b) = (difference, 0.0);
            }
            if a > c {
                (a, b) = (c, c - difference);
            }
        } else {
            if a < 0.0 {
                (a, b) = (0.0, -difference);
            }
            if b > c {
                (a, b) = (c + difference, c);
            }
        }
        (self.alpha[i], self.alpha[j]) = (a, b);
    }

    /// αs of one class pass to one another.
    fn exchange(&mut self, i: usize, j: usize, curvature: f64) {
        let c = self.limits.c;
        let delta = (self.gradient[i] - self.gradient[j]) / curvature;
        let sum = self.alpha[i] + self.alpha[j];
        let (mut a, mut b) = (self.alpha[i] - delta, self.alpha[j] + delta);
        if sum > c {
            if a > c {
                (a, b) = (c, sum - c);
            }
            if b > c {
                (a, b) = (sum - c, c);
            }
        } else {
            if b < 0.0 {
                (a, b) = (sum, 0.0);
            }
            if a < 0.0 {
                (a, b) = (0.0, sum);
            }
        }
        (self.alpha[i], self.alpha[j]) = (a, b);
    }

    /// The threshold: the mean slope of the αs between their bounds, or the middle of what the
    /// others allow.
    fn rho(&self) -> f64 {
        let (mut free, mut sum) = (0_u32, 0.0);
        let (mut upper, mut lower) = (f64::INFINITY, f64::NEG_INFINITY);
        for (i, &gradient) in self.gradient.iter().enumerate() {
            let slope = self.signs[i] * gradient;
            match (self.can_rise(i), self.can_fall(i)) {
                (true, true) => {
                    free += 1;
                    sum += slope;
                }
                (false, _) => lower = lower.max(slope),
                (true, false) => upper = upper.min(slope),
            }
        }
        if free > 0 { sum / f64::from(free) } else { (upper + lower) / 2.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use linfa::ParamGuard as _;
    use linfa::dataset::DatasetBase;
    use linfa::traits::Fit as _;
    use linfa_svm::Svm;
    use rand::Rng as _;

    /// Two clouds that overlap by how little they are shifted.
    fn clouds(n: usize, p: usize, shift: f64) -> (Array2<f64>, Vec<bool>) {
        let mut rng = random::stream(3, "clouds");
        let is_first: Vec<bool> = (0..n).map(|row| row % 3 == 0).collect();
        let samples = Array2::from_shape_fn((n, p), |(row, _)| {
            rng.gen_range(-1.0..1.0) + if is_first[row] { shift } else { 0.0 }
        });
        (samples, is_first)
    }

    #[test]
    fn lines_are_those_of_linfa_bit_for_bit() {
        for (n, p, shift, c) in [(40, 3, 0.5, 1.0), (60, 8, 0.2, 3.0), (30, 50, 0.1, 1e6)] {
            let (samples, is_first) = clouds(n, p, shift);
            let limits = Limits { c, tolerance: 1e-3, steps: 1_000_000 };
            let ours = Machine::fit(&samples, &is_first, limits);
            let data = DatasetBase::new(samples.clone(), Array1::from_vec(is_first));
            let recipe = Svm::<f64, bool>::params().pos_neg_weights(c, c).eps(1e-3);
            let theirs = recipe.check().unwrap().fit(&data).unwrap();
            assert!(ours.is_optimal && theirs.to_string().starts_with("Exited after"));
            assert_eq!(ours.rho, theirs.rho);
            for sample in samples.outer_iter() {
                assert_eq!(ours.margin(sample), theirs.weighted_sum(&sample) - theirs.rho);
            }
        }
    }

    #[test]
    fn steps_run_out_and_are_told() {
        let (samples, is_first) = clouds(96, 24, 0.0);
        let limits = |steps: usize| Limits { c: 1e5, tolerance: 1e-3, steps };
        assert!(!Machine::fit(&samples, &is_first, limits(50)).is_optimal);
        assert!(!Machine::fit(&samples, &is_first, limits(0)).is_optimal);
    }
}

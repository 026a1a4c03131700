//! What weights must be after every update.

use std::fmt;
use std::ops::Range;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::Optimizer;
use crate::error::{Error, Result};
use crate::network::{Connectivity, Layer, Matrix, Network};
use crate::rate_rules::Decorrelation;

/// Squared lengths and products so near to what they must be are left alone: single precision has
/// no more digits.
const ROUNDING: f64 = 1e-6;

/// What holds for the weights of a network before its first update and after each. The learning
/// rule proposes, the optimizer makes a change of it, and the constraint then moves the weights to
/// where they must be. It is no part of what is proposed, so that any rule can have it. Biases are
/// free.
///
/// A unit's weights are its row of the weight matrix. In a convolution the units of a map share one
/// row, their filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Constraint {
    /// Nothing; the default.
    #[default]
    None,
    /// Each unit's weights have length 1. A unit whose weights are all 0 keeps them.
    UnitNorm,
    /// Each unit's weights have length 1 and those of two units are orthogonal: W becomes
    /// (W Wᵀ)^(−1/2) W, which treats all units alike. No layer may have more units than inputs. A
    /// run whose weights become linearly dependent ends as diverged.
    Decorrelated,
    /// Each weight keeps the sign of its initialisation, and becomes 0 where it would cross 0. One
    /// that starts at 0 counts as positive.
    FixedSigns,
    /// Dale's principle: all weights from one unit have one sign. Initial weights of the other sign
    /// change it, so that their magnitudes stay; later ones become 0 where they would cross it.
    /// Inputs are units too. Networks with convolutions have no such constraint.
    Dale {
        /// The fraction, in [0, 1], of each layer's inputs that inhibit. They are evenly spread
        /// over their numbers.
        inhibitory: f64,
    },
    /// No weight is negative. Initial weights are replaced by their magnitudes, and later ones
    /// become 0 where they would cross it.
    NonNegative,
}

/// Which layers a [`Constraint`] holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstrainedLayers {
    /// All of them; the default.
    #[default]
    All,
    /// All but the last, the read-out.
    Hidden,
}

impl Constraint {
    /// What a study's file calls it.
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::UnitNorm => "unit_norm",
            Self::Decorrelated => "decorrelated",
            Self::FixedSigns => "fixed_signs",
            Self::Dale { .. } => "dale",
            Self::NonNegative => "non_negative",
        }
    }

    /// Rejects a fraction that is none.
    ///
    /// # Errors
    /// [`Error::Setting`] if the inhibitory fraction is not in [0, 1].
    pub fn check(self) -> Result<()> {
        match self {
            Self::Dale { inhibitory } if !(0.0..=1.0).contains(&inhibitory) => {
                let requirement = "it must be a fraction of the inputs, from 0 to 1";
                Err(Error::setting("inhibitory", inhibitory, requirement))
            }
            _ => Ok(()),
        }
    }

    /// Rejects a layer that cannot have it.
    fn check_for(self, layer: &Layer, number: usize) -> Result<()> {
        let (units, inputs) = layer.weights.dim();
        let refused =
            |requirement: String| Err(Error::setting("constraint", self.name(), requirement));
        match self {
            Self::Decorrelated if units > inputs => refused(format!(
                "layer {number} has {units} units and {inputs} weights into each, and at most {inputs} can be orthogonal; choose fewer units, constrain the hidden layers alone, or choose unit_norm"
            )),
            Self::Dale { .. } if layer.connectivity() != Connectivity::Dense => refused(format!(
                "layer {number} is a convolution, whose units share their weights; choose fixed_signs, or a network without convolutions"
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no constraint"),
            Self::UnitNorm => f.write_str("weights of unit norm"),
            Self::Decorrelated => f.write_str("orthogonal weights of unit norm"),
            Self::FixedSigns => f.write_str("fixed signs"),
            Self::Dale { inhibitory } => {
                write!(f, "Dale's principle with {inhibitory} of the inputs inhibitory")
            }
            Self::NonNegative => f.write_str("no negative weights"),
        }
    }
}

impl ConstrainedLayers {
    fn of(self, depth: usize) -> Range<usize> {
        match self {
            Self::All => 0..depth,
            Self::Hidden => 0..depth.saturating_sub(1),
        }
    }
}

/// A constraint at work on one network.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    constraint: Constraint,
    layers: Range<usize>,
    /// Of each constrained layer +1 or −1 for every weight, where signs are fixed.
    signs: Vec<Matrix>,
}

impl Bounds {
    /// For a network as it was initialised.
    pub(super) fn new(optimizer: &Optimizer, network: &Network) -> Self {
        let layers = optimizer.constrained_layers.of(network.depth());
        let constraint = optimizer.constraint;
        let signs = network.layers()[layers.clone()].iter();
        let signs = signs.filter_map(|layer| signs_of(constraint, &layer.weights)).collect();
        Self { constraint, layers, signs }
    }

    /// Rejects a network that cannot have it.
    ///
    /// # Errors
    /// [`Error::Setting`] with the layer that is in the way.
    pub(super) fn check(optimizer: &Optimizer, network: &Network) -> Result<()> {
        optimizer.constrained_layers.of(network.depth()).try_for_each(|index| {
            optimizer.constraint.check_for(&network.layers()[index], index + 1)
        })
    }

    pub(super) fn is_none(&self) -> bool {
        self.constraint == Constraint::None
    }

    /// Initial weights as they must be.
    pub(super) fn begin(&self, network: &mut Network) {
        if let Constraint::Dale { .. } | Constraint::NonNegative = self.constraint {
            let layers = &mut network.layers_mut()[self.layers.clone()];
            for (layer, signs) in layers.iter_mut().zip(&self.signs) {
                layer.weights.zip_mut_with(signs, |w, sign| *w = w.abs() * sign);
            }
        }
        self.hold(network);
    }

    /// Weights after an update as they must be.
    pub(super) fn hold(&self, network: &mut Network) {
        let layers = network.layers_mut()[self.layers.clone()].iter_mut();
        match self.constraint {
            Constraint::None => {}
            Constraint::UnitNorm => layers.for_each(|layer| normalise(&mut layer.weights)),
            Constraint::Decorrelated => layers.for_each(|layer| decorrelate(&mut layer.weights)),
            Constraint::FixedSigns | Constraint::Dale { .. } | Constraint::NonNegative => {
                for (layer, signs) in layers.zip(&self.signs) {
                    layer.weights.zip_mut_with(signs, |w, sign| {
                        if *w * sign < 0.0 {
                            *w = 0.0;
                        }
                    });
                }
            }
        }
    }
}

/// +1 or −1 for every weight, for a constraint of signs.
fn signs_of(constraint: Constraint, weights: &Matrix) -> Option<Matrix> {
    match constraint {
        Constraint::None | Constraint::UnitNorm | Constraint::Decorrelated => None,
        Constraint::FixedSigns => Some(weights.mapv(|w| if w < 0.0 { -1.0 } else { 1.0 })),
        Constraint::NonNegative => Some(Matrix::ones(weights.dim())),
        Constraint::Dale { inhibitory } => {
            // The count of inhibitory inputs up to each: one of them where it rises.
            let count = |inputs: usize| (inputs as f64 * inhibitory).floor();
            Some(Matrix::from_shape_fn(weights.dim(), |(_, input)| {
                if count(input + 1) > count(input) { -1.0 } else { 1.0 }
            }))
        }
    }
}

fn normalise(weights: &mut Matrix) {
    for mut row in weights.rows_mut() {
        let square: f64 = row.iter().map(|&w| f64::from(w).powi(2)).sum();
        if square > 0.0 && (square - 1.0).abs() > ROUNDING {
            let scale = (1.0 / square.sqrt()) as f32;
            row.mapv_inplace(|w| w * scale);
        }
    }
}

fn decorrelate(weights: &mut Matrix) {
    let precise = weights.mapv(f64::from);
    let off = precise.dot(&precise.t()) - Array2::<f64>::eye(weights.nrows());
    if off.iter().all(|x| x.abs() <= ROUNDING) {
        return;
    }
    match Decorrelation::Symmetric.constrain(&precise) {
        Ok(orthogonal) => weights.zip_mut_with(&orthogonal, |w, &x| *w = x as f32),
        // There are no orthogonal weights near these: the run ends, as one that diverged.
        Err(_) => weights.fill(f32::NAN),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::data::{Dataset, Objective, Task, TaskSettings};
    use crate::network::{Activation, Architecture, ConvolutionLayer};
    use crate::rules;
    use crate::training::{Experiment, Outcome, Trajectory, train};

    fn network(weights: Matrix) -> Network {
        let layer = Layer::dense(weights, Activation::Identity);
        Network::new(vec![layer], Objective::LinearSquaredError)
    }

    /// The weights at the start, and after a change that adds to all.
    fn held(constraint: Constraint, weights: Matrix, change: &Matrix) -> [Matrix; 2] {
        let mut network = network(weights);
        let optimizer = Optimizer::sgd().with_constraint(constraint);
        let bounds = Bounds::new(&optimizer, &network);
        bounds.begin(&mut network);
        let start = network.layers()[0].weights.clone();
        network.layers_mut()[0].weights += change;
        bounds.hold(&mut network);
        [start, network.layers()[0].weights.clone()]
    }

    fn assert_near(found: &Matrix, expected: &Matrix) {
        assert!(found.abs_diff_eq(expected, 1e-6), "{found} is not {expected}");
    }

    #[test]
    fn lengths_and_signs_by_hand() {
        let weights = array![[3.0, -4.0], [0.0, 0.0]];
        let change = array![[0.4, 0.8], [0.0, 2.0]];
        let found = |constraint| held(constraint, weights.clone(), &change);
        let [start, end] = found(Constraint::UnitNorm);
        assert_near(&start, &array![[0.6, -0.8], [0.0, 0.0]]);
        assert_near(&end, &array![[1.0, 0.0], [0.0, 1.0]]);
        let change = array![[-5.0, 1.0], [-1.0, 1.0]];
        let found = |constraint| held(constraint, weights.clone(), &change);
        assert_eq!(
            found(Constraint::FixedSigns),
            [weights.clone(), array![[0.0, -3.0], [0.0, 1.0]]]
        );
        assert_eq!(
            found(Constraint::NonNegative),
            [array![[3.0, 4.0], [0.0, 0.0]], array![[0.0, 5.0], [0.0, 1.0]]]
        );
        // Of two inputs the second inhibits.
        assert_eq!(
            found(Constraint::Dale { inhibitory: 0.5 }),
            [array![[3.0, -4.0], [0.0, 0.0]], array![[0.0, -3.0], [0.0, 0.0]]]
        );
        assert_eq!(found(Constraint::None)[1], &weights + &change);
    }

    #[test]
    fn the_fraction_of_inhibitory_inputs_is_met() {
        for (inhibitory, expected) in [(0.0, 0), (0.2, 20), (0.5, 50), (1.0, 100)] {
            let signs =
                signs_of(Constraint::Dale { inhibitory }, &Matrix::zeros((3, 100))).unwrap();
            assert_eq!(signs.row(2).iter().filter(|&&sign| sign < 0.0).count(), expected);
            assert_eq!(signs.row(0), signs.row(1));
        }
    }

    #[test]
    fn decorrelated_weights_are_the_nearest_orthogonal_ones() {
        let [start, end] = held(
            Constraint::Decorrelated,
            array![[2.0, 0.0], [0.0, 0.5]],
            &array![[0.0, 1.0], [0.0, 0.0]],
        );
        assert_near(&start, &Matrix::eye(2));
        // (1, 1) and (0, 1): by symmetry each turns by half of what is missing to a right angle,
        // weighted by the lengths; orthogonal all the same.
        assert_near(&end.dot(&end.t()), &Matrix::eye(2));
        let [_, dependent] =
            held(Constraint::Decorrelated, Matrix::eye(2), &array![[0.0, 0.0], [1.0, -1.0]]);
        assert!(dependent.iter().all(|w| w.is_nan()));
    }

    fn trained(optimizer: Optimizer, rule: &str) -> Trajectory {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let experiment = Experiment::new(&task)
            .architecture(Architecture::hidden(&[8]))
            .optimizer(optimizer)
            .rule_from(&rules::named(rule).unwrap())
            .batch_size(20);
        train(&experiment).unwrap()
    }

    #[test]
    fn every_checkpoint_has_it_under_any_optimizer_and_rule() {
        for base in [Optimizer::sgd(), Optimizer::adam().with_weight_decay(0.01)] {
            for rule in ["backprop", "kolen_pollack", "node_perturbation", "frozen_hidden"] {
                let of = |constraint| trained(base.with_constraint(constraint), rule).snapshots;
                for snapshot in of(Constraint::Decorrelated) {
                    for layer in snapshot.network.layers() {
                        let products = layer.weights.dot(&layer.weights.t());
                        assert_near(&products, &Matrix::eye(layer.weights.nrows()));
                    }
                }
                for snapshot in of(Constraint::NonNegative) {
                    let mut layers = snapshot.network.layers().iter();
                    assert!(layers.all(|layer| layer.weights.iter().all(|&w| w >= 0.0)));
                }
            }
        }
    }

    #[test]
    fn hidden_layers_alone_leave_the_read_out_free() {
        let run =
            trained(Optimizer::sgd().with_hidden_constraint(Constraint::UnitNorm), "backprop");
        let lengths = |layer: usize| {
            let weights = &run.network().layers()[layer].weights;
            weights.rows().into_iter().map(|row| row.dot(&row)).collect::<Vec<f32>>()
        };
        assert!(lengths(0).iter().all(|square| (square - 1.0).abs() < 1e-5), "{:?}", lengths(0));
        assert!(lengths(1).iter().all(|square| (square - 1.0).abs() > 1e-3), "{:?}", lengths(1));
        assert!(run.test.accuracy > 0.9, "{}", run.test);
    }

    #[test]
    fn what_does_not_learn_stays_where_the_constraint_put_it() {
        for constraint in [Constraint::UnitNorm, Constraint::Decorrelated] {
            let run = trained(Optimizer::sgd().with_constraint(constraint), "no_training");
            assert_eq!(run.outcome, Outcome::Finished);
            assert_eq!(run.snapshots[0].network, *run.network());
            let row = run.network().layers()[0].weights.row(0).to_owned();
            assert!((row.dot(&row) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn without_a_constraint_nothing_changes() {
        let plain = trained(Optimizer::sgd(), "backprop");
        let none = trained(Optimizer::sgd().with_hidden_constraint(Constraint::None), "backprop");
        assert_eq!(plain.network(), none.network());
    }

    #[test]
    fn what_cannot_be_constrained_is_refused() {
        for inhibitory in [-0.1, 1.1, f64::NAN] {
            let told = Constraint::Dale { inhibitory }.check().unwrap_err().to_string();
            assert!(told.starts_with("inhibitory is"), "{told}");
        }
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let told = |architecture, constraint| {
            let optimizer = Optimizer::sgd().with_constraint(constraint);
            let experiment = Experiment::new(&task).architecture(architecture).optimizer(optimizer);
            experiment.check().unwrap_err().to_string()
        };
        let many = told(Architecture::hidden(&[40]), Constraint::Decorrelated);
        assert!(many.contains("layer 1 has 40 units and 36 weights"), "{many}");
        let few = told(Architecture::hidden(&[3]), Constraint::Decorrelated);
        assert!(few.contains("layer 2 has 4 units and 3 weights"), "{few}");
        let shared = Architecture::hidden(&[8]).with_convolutions(&[ConvolutionLayer::new(2, 3)]);
        let shared = told(shared, Constraint::Dale { inhibitory: 0.2 });
        assert!(shared.contains("layer 1 is a convolution"), "{shared}");
    }
}

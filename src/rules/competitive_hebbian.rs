//! Competing hidden units: the unit that responds most to an input moves towards it, and the k-th
//! away from it. Each unit becomes a prototype of some inputs.
//!
//! I = Σ_j |w_j|^(p−1) sign(w_j) x_j for each unit, and G ∝ −⟨g (x − I w)⟩ with g = 1 for the unit of
//! the largest I, −Δ for the k-th, and 0 for all others; scaled so that the largest entry of a layer
//! is γ. Weights converge to Σ_j |w_j|^p = 1.
//!
//! γ is the rate of hidden layers over the experiment's. The last layer is a read-out that follows
//! the gradient; biases of hidden layers stay. A layer of fewer than k units has none that moves
//! away. In a convolution the filters compete at each place.
//!
//! # Biological requirements
//! Activity at the two ends of the synapse, and the ranks of the units, which they settle by
//! inhibiting one another. The read-out needs labels.
//!
//! Krotov & Hopfield 2019, doi 10.1073/pnas.1820458116.

use ndarray::{Array1, ArrayViewMut2, Axis};
use serde::{Deserialize, Serialize};

use super::local_pass::{LocalPass, READ_OUT, WHY};
use super::{About, Family, Learner, LearningRule, Requirement, StepReport, check_plain};
use crate::error::{self, Error, Result};
use crate::network::{Batch, Layer, Matrix, Network, Updates};
use crate::random::Rng;

/// Units that compete for inputs, and a read-out by the gradient. Krotov & Hopfield 2019, doi
/// 10.1073/pnas.1820458116.
///
/// G ∝ −⟨g (x − I w)⟩, g = 1 for the first unit, −Δ for the k-th
///
/// [`rate_rules::CompetitiveHebbian`](crate::rate_rules::CompetitiveHebbian) is the same rule as a
/// function of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompetitiveHebbian {
    /// Δ, the strength of anti-Hebbian learning, at least 0; default 0.4.
    pub anti_hebbian: f64,
    /// p, the norm that weights converge to, at least 1; default 2.
    pub norm: f64,
    /// k, the place of the unit that moves away, at least 2; default 2.
    pub rank: usize,
    /// γ, at least 0: the largest entry of a proposal for a hidden layer; default 0.02, which at a
    /// learning rate of 0.1 is a tenth of the source's first step of 0.02. Larger ones want inputs
    /// of one length and many epochs, as there.
    pub hidden_rate: f64,
}

impl Default for CompetitiveHebbian {
    fn default() -> Self {
        Self { anti_hebbian: 0.4, norm: 2.0, rank: 2, hidden_rate: 0.02 }
    }
}

super::show::show_rules!(CompetitiveHebbian);

impl LearningRule for CompetitiveHebbian {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "competitive_hebbian",
            format!(
                "G ∝ −⟨g (x − I w)⟩, g = 1 for the unit of the largest I, −Δ for the k-th{READ_OUT}"
            ),
            "Krotov & Hopfield 2019, doi 10.1073/pnas.1820458116",
        )
        .family(Family::Hebbian)
        .summary("The unit that responds most moves towards the input, and the k-th away from it.")
        .requirements(&[Requirement::Labels, Requirement::NonLocalSignals])
        .learning_rate(0.1)
        .hyperparameter("anti_hebbian", &self.anti_hebbian, &usual.anti_hebbian, "Δ, at least 0")
        .hyperparameter("norm", &self.norm, &usual.norm, "p, at least 1")
        .hyperparameter("rank", &self.rank, &usual.rank, "k, at least 2")
        .hyperparameter(
            "hidden_rate",
            &self.hidden_rate,
            &usual.hidden_rate,
            "γ, at least 0",
        )
    }

    fn check(&self) -> Result<()> {
        error::check_not_negative("anti_hebbian", self.anti_hebbian)?;
        error::check_positive("norm", self.norm)?;
        if self.norm < 1.0 {
            return Err(Error::setting("norm", self.norm, "it must be at least 1, such as 2"));
        }
        if self.rank < 2 {
            let requirement = "it must be at least 2, since unit 1 moves towards the input";
            return Err(Error::setting("rank", self.rank, requirement));
        }
        error::check_not_negative("hidden_rate", self.hidden_rate)
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(network, "competitive_hebbian", WHY)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(CompetitiveHebbianLearner { rule: *self, pass: LocalPass::new(network) })
    }
}

#[derive(Clone, Debug)]
struct CompetitiveHebbianLearner {
    rule: CompetitiveHebbian,
    pass: LocalPass,
}

impl Learner for CompetitiveHebbianLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        _rng: &mut Rng,
    ) -> StepReport {
        let rule = self.rule;
        self.pass.step(network, batch, updates, |pass, index, updates| {
            let layer = &network.layers()[index];
            let totals = rule.total_inputs(layer, pass, index, batch);
            let mut factors = pass.factors(network, index);
            factors.assign(&layer.output_maps().by_channel(totals.view()));
            let decays = rule.compete(factors);
            pass.correlate(network, batch, index, -1.0, updates);
            let update = &mut updates.layers_mut()[index].weights;
            rule.finish(&layer.weights, &decays, update);
        })
    }
}

impl CompetitiveHebbian {
    /// I of every unit on every example.
    fn total_inputs(
        self,
        layer: &Layer,
        pass: &LocalPass,
        index: usize,
        batch: &Batch<'_>,
    ) -> Matrix {
        let mut effective = layer.clone();
        effective.bias = None;
        let power = (self.norm - 1.0) as f32;
        if self.norm != 2.0 {
            // The sign of 0 is 0, also for p = 1.
            effective.weights.mapv_inplace(|w| match w == 0.0 {
                true => 0.0,
                false => w.abs().powf(power).copysign(w),
            });
        }
        let mut totals = Matrix::zeros((batch.len(), layer.outputs()));
        effective.forward(pass.below(index, &batch.inputs), totals.view_mut());
        totals
    }

    /// Replaces I by g; returns ⟨g I⟩ of each unit.
    fn compete(self, mut totals: ArrayViewMut2<'_, f32>) -> Array1<f32> {
        let (rows, units) = totals.dim();
        let mut decays = Array1::zeros(units);
        let mut order: Vec<usize> = Vec::with_capacity(units);
        for mut row in totals.axis_iter_mut(Axis(0)) {
            order.clear();
            order.extend(0..units);
            order.sort_unstable_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
            let winner = order[0];
            let loser = order.get(self.rank - 1).copied();
            decays[winner] += row[winner];
            if let Some(loser) = loser {
                decays[loser] -= self.anti_hebbian as f32 * row[loser];
            }
            row.fill(0.0);
            row[winner] = 1.0;
            if let Some(loser) = loser {
                row[loser] = -self.anti_hebbian as f32;
            }
        }
        decays / rows as f32
    }

    /// From −⟨g xᵀ⟩ to G.
    fn finish(self, weights: &Matrix, decays: &Array1<f32>, update: &mut Matrix) {
        for ((mut row, weights), decay) in
            update.rows_mut().into_iter().zip(weights.rows()).zip(decays)
        {
            row.scaled_add(*decay, &weights);
        }
        let largest = update.iter().fold(0.0, |most: f32, g| most.max(g.abs()));
        if largest > 0.0 {
            let scale = self.hidden_rate as f32 / largest;
            update.mapv_inplace(|g| g * scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Owned, hand, network, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::rate_rules;
    use crate::rules::FrozenHidden;
    use ndarray::array;

    #[test]
    fn proposals_are_those_of_the_function_of_patterns() {
        let mut network = network(&[3, 4, 2], Activation::Sigmoid, Objective::LinearSquaredError);
        network.layers_mut()[0].weights =
            array![[0.5, -0.2, 0.3], [0.1, 0.9, -0.4], [-0.3, 0.6, 0.7], [0.8, 0.1, 0.2]];
        let inputs = array![[0.6, 0.8, 0.0], [0.1, 0.2, 0.97], [-0.5, 0.5, 0.7], [0.9, -0.3, 0.3]];
        let batch = Owned::new(inputs.clone(), Matrix::zeros((4, 2)));
        for (norm, rank) in [(2.0, 2), (3.0, 3), (1.0, 4)] {
            let rule = CompetitiveHebbian {
                norm,
                rank,
                hidden_rate: 0.2,
                ..CompetitiveHebbian::default()
            };
            let on_patterns = rate_rules::CompetitiveHebbian {
                learning_rate: 0.2,
                norm,
                rank,
                ..rate_rules::CompetitiveHebbian::default()
            };
            let weights = network.layers()[0].weights.mapv(f64::from);
            let expected = on_patterns.update(&weights, &inputs.mapv(f64::from)).unwrap();
            let found = propose(&rule, &network, &batch).1;
            let found = found.layers()[0].weights.mapv(|g| f64::from(-g));
            assert!(found.abs_diff_eq(&expected, 1e-6), "{found} {expected}");
        }
    }

    #[test]
    fn the_read_out_is_that_of_frozen_layers_and_few_units_only_learn() {
        let rule = CompetitiveHebbian { rank: 3, ..CompetitiveHebbian::default() };
        let (step, updates) = propose(&rule, &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        let (_, control) = propose(&FrozenHidden, &hand::network(), &hand::batch());
        assert_eq!(updates.layers()[1], control.layers()[1]);
        // The second of two units wins, and there is no third.
        assert!(updates.layers()[0].weights.row(0).iter().all(|&g| g == 0.0));
        assert!(updates.layers()[0].weights.row(1).iter().any(|&g| g != 0.0));
    }

    #[test]
    fn what_cannot_compete_is_refused() {
        let told = |rule: CompetitiveHebbian| rule.check().unwrap_err().to_string();
        let usual = CompetitiveHebbian::default();
        assert!(told(CompetitiveHebbian { rank: 1, ..usual }).contains("rank is 1"));
        assert!(told(CompetitiveHebbian { norm: 0.5, ..usual }).contains("norm is 0.5"));
    }
}

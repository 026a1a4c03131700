use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{self, Result};
use crate::network::{Network, Updates};

/// What turns a rule's proposal G into a change ΔW.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Optimizer {
    /// The method; default plain gradient descent.
    pub method: Method,
    /// Adds this (at least 0) times W to G, for weights and biases, as PyTorch's optimizers do; default 0.
    pub weight_decay: f64,
}

/// Methods of optimization.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// ΔW = −ηG.
    Sgd,
    /// V ← μV + G, ΔW = −ηV. Polyak 1964, doi 10.1016/0041-5553(64)90137-5.
    Momentum {
        /// μ, in [0, 1).
        momentum: f64,
    },
    /// V ← μV + G, ΔW = −η(G + μV), as PyTorch has it. Nesterov 1983; Sutskever et al. 2013.
    Nesterov {
        /// μ, in [0, 1).
        momentum: f64,
    },
    /// M ← β₁M + (1 − β₁)G, S ← β₂S + (1 − β₂)G², ΔW = −η M̂/(√Ŝ + ε), with M̂ = M/(1 − β₁ᵗ) and Ŝ = S/(1 − β₂ᵗ). Kingma & Ba
    /// 2015, arXiv 1412.6980.
    Adam {
        /// β₁, of the mean, in [0, 1).
        beta1: f64,
        /// β₂, of the mean square, in [0, 1).
        beta2: f64,
        /// ε, above 0, added to the root mean square.
        epsilon: f64,
    },
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::sgd()
    }
}

impl Optimizer {
    /// Plain stochastic gradient descent.
    pub fn sgd() -> Self {
        Self { method: Method::Sgd, weight_decay: 0.0 }
    }

    /// Momentum; 0.9 is usual.
    pub fn momentum(momentum: f64) -> Self {
        Self { method: Method::Momentum { momentum }, weight_decay: 0.0 }
    }

    /// Nesterov's momentum; 0.9 is usual.
    pub fn nesterov(momentum: f64) -> Self {
        Self { method: Method::Nesterov { momentum }, weight_decay: 0.0 }
    }

    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn adam() -> Self {
        Self { method: Method::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }, weight_decay: 0.0 }
    }

    /// The same with weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// What the optimizer is called in tables.
    pub fn name(&self) -> &'static str {
        match self.method {
            Method::Sgd => "sgd",
            Method::Momentum { .. } => "momentum",
            Method::Nesterov { .. } => "nesterov",
            Method::Adam { .. } => "adam",
        }
    }

    /// Rejects meaningless settings.
    ///
    /// # Errors
    /// [`Setting`](crate::Error::Setting) naming the setting, its value and what it must be.
    pub fn check(&self) -> Result<()> {
        error::check_not_negative("weight_decay", self.weight_decay)?;
        match self.method {
            Method::Sgd => Ok(()),
            Method::Momentum { momentum } | Method::Nesterov { momentum } => {
                error::check_fraction("momentum", momentum)
            }
            Method::Adam { beta1, beta2, epsilon } => {
                error::check_fraction("beta1", beta1)?;
                error::check_fraction("beta2", beta2)?;
                error::check_positive("epsilon", epsilon)
            }
        }
    }
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if self.weight_decay > 0.0 {
            write!(f, ", weight decay {}", self.weight_decay)?;
        }
        Ok(())
    }
}

/// An optimizer at work on one network: its moments, and its count of steps.
#[derive(Debug)]
pub(super) struct Descent {
    optimizer: Optimizer,
    learning_rate: f32,
    first: Option<Updates>,
    second: Option<Updates>,
    step: i32,
}

impl Descent {
    pub(super) fn new(optimizer: Optimizer, learning_rate: f64, network: &Network) -> Self {
        let (first, second) = match optimizer.method {
            Method::Sgd => (false, false),
            Method::Momentum { .. } | Method::Nesterov { .. } => (true, false),
            Method::Adam { .. } => (true, true),
        };
        Self {
            optimizer,
            learning_rate: learning_rate as f32,
            first: first.then(|| Updates::new(network)),
            second: second.then(|| Updates::new(network)),
            step: 0,
        }
    }

    /// Replaces G by ΔW, in place, and makes this change.
    pub(super) fn descend(&mut self, network: &mut Network, updates: &mut Updates) {
        if self.optimizer == Optimizer::sgd() {
            // The commonest case, in one pass over the synapses instead of two.
            network.apply_scaled(updates, -self.learning_rate);
        } else {
            self.transform(network, updates);
            network.apply(updates);
        }
    }

    /// Replaces G by ΔW, in place.
    fn transform(&mut self, network: &Network, updates: &mut Updates) {
        self.step += 1;
        if self.optimizer.weight_decay > 0.0 {
            add_weight_decay(self.optimizer.weight_decay as f32, network, updates);
        }
        let rate = self.learning_rate;
        match (self.optimizer.method, &mut self.first, &mut self.second) {
            (Method::Momentum { momentum }, Some(velocity), _) => {
                let mu = momentum as f32;
                zip(updates, velocity, |g, v| {
                    *v = mu * *v + *g;
                    *g = -rate * *v;
                });
            }
            (Method::Nesterov { momentum }, Some(velocity), _) => {
                let mu = momentum as f32;
                zip(updates, velocity, |g, v| {
                    *v = mu * *v + *g;
                    *g = -rate * (*g + mu * *v);
                });
            }
            (Method::Adam { beta1, beta2, epsilon }, Some(mean), Some(square)) => {
                adam([beta1, beta2, epsilon], (rate, self.step), updates, (mean, square));
            }
            _ => updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -rate)),
        }
    }
}

fn add_weight_decay(decay: f32, network: &Network, updates: &mut Updates) {
    for (layer, update) in network.layers().iter().zip(updates.layers_mut()) {
        update.weights.scaled_add(decay, &layer.weights);
        if let (Some(g), Some(bias)) = (&mut update.bias, &layer.bias) {
            g.scaled_add(decay, bias);
        }
    }
}

fn zip(updates: &mut Updates, other: &mut Updates, mut change: impl FnMut(&mut f32, &mut f32)) {
    for (update, other) in updates.layers_mut().iter_mut().zip(other.layers_mut()) {
        ndarray::Zip::from(&mut update.weights).and(&mut other.weights).for_each(&mut change);
        if let (Some(bias), Some(other)) = (&mut update.bias, &mut other.bias) {
            ndarray::Zip::from(bias).and(other).for_each(&mut change);
        }
    }
}

fn adam(
    [beta1, beta2, epsilon]: [f64; 3],
    (rate, step): (f32, i32),
    updates: &mut Updates,
    (mean, square): (&mut Updates, &mut Updates),
) {
    let (b1, b2, epsilon) = (beta1 as f32, beta2 as f32, epsilon as f32);
    // Taken in double precision, as PyTorch does: 1 − 0.999 has lost four digits in single.
    let (c1, c2) = ((1.0 - beta1) as f32, (1.0 - beta2) as f32);
    let rate = rate / (1.0 - beta1.powi(step)) as f32;
    let correction = (1.0 / (1.0 - beta2.powi(step))) as f32;
    zip(updates, square, |g, s| *s = b2 * *s + c2 * *g * *g);
    zip(updates, mean, |g, m| {
        *m = b1 * *m + c1 * *g;
        *g = -rate * *m;
    });
    zip(updates, square, |g, s| *g /= (*s * correction).sqrt() + epsilon);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Objective;
    use crate::network::{Activation, Layer};
    use ndarray::array;

    /// The changes three equal proposals G = 2 become at η = 0.1, for a weight of 1 that stays.
    fn changes(optimizer: Optimizer) -> Vec<f32> {
        let layer = Layer { weights: array![[1.0]], bias: None, activation: Activation::Identity };
        let network = Network::new(vec![layer], Objective::LinearSquaredError);
        let mut descent = Descent::new(optimizer, 0.1, &network);
        let step = |_| {
            let mut updates = Updates::new(&network);
            updates.layers_mut()[0].weights[(0, 0)] = 2.0;
            descent.transform(&network, &mut updates);
            updates.layers()[0].weights[(0, 0)]
        };
        (0..3).map(step).collect()
    }

    fn assert_changes(optimizer: Optimizer, expected: [f32; 3]) {
        let found = changes(optimizer);
        assert!(
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6),
            "{found:?} is not {expected:?}"
        );
    }

    #[test]
    fn steps_by_hand() {
        assert_changes(Optimizer::sgd(), [-0.2; 3]);
        assert_changes(Optimizer::momentum(0.5), [-0.2, -0.3, -0.35]);
        assert_changes(Optimizer::nesterov(0.5), [-0.3, -0.35, -0.375]);
        // A constant gradient has mean 2 and root mean square 2 once corrected: the step is the learning rate.
        assert_changes(Optimizer::adam(), [-0.1; 3]);
        assert_changes(Optimizer::sgd().with_weight_decay(0.5), [-0.25; 3]);
    }

    #[test]
    fn meaningless_settings_are_refused() {
        for bad in [
            Optimizer::momentum(1.0),
            Optimizer::momentum(f64::NAN),
            Optimizer::sgd().with_weight_decay(-1.0),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}

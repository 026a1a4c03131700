use std::fmt;

use ndarray::Zip;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::constraint::Bounds;
use super::{ConstrainedLayers, Constraint};
use crate::error::{self, Error, Result};
use crate::network::{Network, Updates};
use crate::random::Rng;
use crate::rules::Schedule;

/// What turns a rule's proposal G into a change ΔW. In this order: G is clipped, weight decay is
/// added, the method makes ΔW of it at the scheduled learning rate, and noise is added. Then the
/// weights are moved to where a constraint wants them, which counts as a part of ΔW.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Optimizer {
    /// The method; default plain gradient descent.
    pub method: Method,
    /// Adds this (at least 0) times W to G, for weights and biases, as PyTorch's optimizers do;
    /// default 0.
    pub weight_decay: f64,
    /// A factor of the learning rate that changes with the steps; default none.
    #[serde(skip_serializing_if = "is_usual")]
    pub schedule: Schedule,
    /// A G whose norm over all layers is larger is shortened to this, above 0; default none.
    /// Pascanu, Mikolov & Bengio 2013, arXiv 1211.5063.
    #[serde(skip_serializing_if = "is_usual")]
    pub clip: Option<f64>,
    /// Gaussian noise on every change; default none.
    #[serde(skip_serializing_if = "is_usual")]
    pub noise: UpdateNoise,
    /// What weights must be after every update; default nothing.
    #[serde(skip_serializing_if = "is_usual")]
    pub constraint: Constraint,
    /// Which layers the constraint holds for; default all.
    #[serde(skip_serializing_if = "is_usual")]
    pub constrained_layers: ConstrainedLayers,
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Gaussian noise that is added to ΔW: biological updates are not exact. Feedback weights that
/// receive the forward weights' changes receive the noise too (Kolen-Pollack); those that learn by
/// themselves do so without noise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateNoise {
    /// None; the default.
    #[default]
    None,
    /// Standard deviation relative to the root mean square of the layer's update (of its biases,
    /// theirs). It vanishes when the update does.
    Relative(f64),
    /// Of this standard deviation, at every step.
    Absolute(f64),
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
    /// M ← β₁M + (1 − β₁)G, S ← β₂S + (1 − β₂)G², ΔW = −η M̂/(√Ŝ + ε), with M̂ = M/(1 − β₁ᵗ) and Ŝ
    /// = S/(1 − β₂ᵗ). Kingma & Ba 2015, arXiv 1412.6980.
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
        Self::of(Method::Sgd)
    }

    /// Momentum; 0.9 is usual.
    pub fn momentum(momentum: f64) -> Self {
        Self::of(Method::Momentum { momentum })
    }

    /// Nesterov's momentum; 0.9 is usual.
    pub fn nesterov(momentum: f64) -> Self {
        Self::of(Method::Nesterov { momentum })
    }

    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn adam() -> Self {
        Self::of(Method::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
    }

    /// The optimizer that tables call `name`, as it is by default: `sgd`, `momentum` and `nesterov`
    /// of 0.9, `adam`.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn named(name: &str) -> Result<Self> {
        let known = [Self::sgd(), Self::momentum(0.9), Self::nesterov(0.9), Self::adam()];
        known.into_iter().find(|one| one.name() == name).ok_or_else(|| Error::UnknownName {
            kind: "optimizer",
            name: name.into(),
            known: known.iter().map(|one| one.name().to_owned()).collect(),
        })
    }

    /// A method and nothing else.
    fn of(method: Method) -> Self {
        Self {
            method,
            weight_decay: 0.0,
            schedule: Schedule::Constant,
            clip: None,
            noise: UpdateNoise::None,
            constraint: Constraint::None,
            constrained_layers: ConstrainedLayers::All,
        }
    }

    /// The same with weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// The same with a learning rate that changes.
    #[must_use]
    pub fn with_schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The same with proposals of at most this norm.
    #[must_use]
    pub fn with_clip(self, norm: f64) -> Self {
        Self { clip: Some(norm), ..self }
    }

    /// The same with noise on every change.
    #[must_use]
    pub fn with_noise(self, noise: UpdateNoise) -> Self {
        Self { noise, ..self }
    }

    /// The same with weights of all layers that keep to a constraint.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let optimizer = Optimizer::sgd().with_constraint(Constraint::Dale { inhibitory: 0.2 });
    /// let trained = train(&Experiment::new(&task).optimizer(optimizer).batch_size(20))?;
    /// let weights = &trained.network().layers()[1].weights;
    /// assert!(weights.column(0).iter().all(|w| *w >= 0.0));
    /// assert!(weights.column(4).iter().all(|w| *w <= 0.0));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_constraint(self, constraint: Constraint) -> Self {
        Self { constraint, constrained_layers: ConstrainedLayers::All, ..self }
    }

    /// The same with weights of the hidden layers that keep to a constraint.
    #[must_use]
    pub fn with_hidden_constraint(self, constraint: Constraint) -> Self {
        Self { constraint, constrained_layers: ConstrainedLayers::Hidden, ..self }
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
        self.schedule.check()?;
        self.clip.map_or(Ok(()), |norm| error::check_positive("clip", norm))?;
        if let UpdateNoise::Relative(sigma) | UpdateNoise::Absolute(sigma) = self.noise {
            error::check_not_negative("noise", sigma)?;
        }
        self.constraint.check()?;
        match self.method {
            Method::Sgd => Ok(()),
            Method::Momentum { momentum } | Method::Nesterov { momentum } => {
                error::check_below_one("momentum", momentum)
            }
            Method::Adam { beta1, beta2, epsilon } => {
                error::check_below_one("beta1", beta1)?;
                error::check_below_one("beta2", beta2)?;
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
        if self.schedule != Schedule::Constant {
            write!(f, ", learning rate {:?}", self.schedule)?;
        }
        if let Some(norm) = self.clip {
            write!(f, ", clipped at {norm}")?;
        }
        match self.noise {
            UpdateNoise::None => {}
            UpdateNoise::Relative(sigma) => write!(f, ", noise of {sigma} of each change")?,
            UpdateNoise::Absolute(sigma) => write!(f, ", noise of {sigma}")?,
        }
        match (self.constraint, self.constrained_layers) {
            (Constraint::None, _) => Ok(()),
            (constraint, ConstrainedLayers::All) => write!(f, ", {constraint}"),
            (constraint, ConstrainedLayers::Hidden) => write!(f, ", {constraint} in hidden layers"),
        }
    }
}

impl fmt::Debug for Optimizer {
    /// What is not in use stays unsaid: this is a column of every table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Optimizer");
        fields.field("method", &self.method).field("weight_decay", &self.weight_decay);
        if !is_usual(&self.schedule) {
            fields.field("schedule", &self.schedule);
        }
        if let Some(norm) = self.clip {
            fields.field("clip", &norm);
        }
        if !is_usual(&self.noise) {
            fields.field("noise", &self.noise);
        }
        if !is_usual(&self.constraint) {
            fields.field("constraint", &self.constraint);
            fields.field("constrained_layers", &self.constrained_layers);
        }
        fields.finish()
    }
}

/// An optimizer at work on one network: its moments, and its count of steps.
#[derive(Debug)]
pub(crate) struct OptimizerState {
    optimizer: Optimizer,
    learning_rate: f32,
    first: Option<Updates>,
    second: Option<Updates>,
    step: i32,
    /// The steps of an epoch.
    epoch: usize,
    rng: Rng,
    bounds: Bounds,
}

impl OptimizerState {
    /// Where an epoch has one step; see [`with_epoch`](Self::with_epoch).
    pub(crate) fn new(
        optimizer: Optimizer,
        learning_rate: f64,
        network: &Network,
        rng: Rng,
    ) -> Self {
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
            epoch: 1,
            rng,
            bounds: Bounds::new(&optimizer, network),
        }
    }

    /// The same where an epoch has so many steps.
    pub(super) fn with_epoch(self, steps: usize) -> Self {
        Self { epoch: steps.max(1), ..self }
    }

    /// Forgets what it remembers of earlier updates; a schedule of the learning rate begins anew.
    pub(super) fn restart(&mut self) {
        self.first.iter_mut().chain(&mut self.second).for_each(Updates::clear);
        self.step = 0;
    }

    /// Replaces G by ΔW, in place, and makes this change.
    pub(crate) fn descend(&mut self, network: &mut Network, updates: &mut Updates) {
        if self.optimizer == Optimizer::sgd() {
            // The commonest case, in one pass over the synapses instead of two.
            network.apply_scaled(updates, -self.learning_rate);
        } else if self.bounds.is_none() {
            self.transform(network, updates);
            network.apply(updates);
        } else {
            self.descend_within_bounds(network, updates);
        }
    }

    /// The change is what became of the weights, constraint and decay included.
    fn descend_within_bounds(&mut self, network: &mut Network, updates: &mut Updates) {
        let before = network.clone();
        self.transform(network, updates);
        network.apply(updates);
        self.bounds.hold(network);
        updates.decay = 0.0;
        let layers = network.layers().iter().zip(before.layers()).zip(updates.layers_mut());
        for ((now, then), change) in layers {
            Zip::from(&mut change.weights)
                .and(&now.weights)
                .and(&then.weights)
                .for_each(|change, now, then| *change = now - then);
        }
    }

    /// Replaces G by ΔW, in place.
    fn transform(&mut self, network: &Network, updates: &mut Updates) {
        let factor = self.optimizer.schedule.at_step_of(self.step as usize, self.epoch);
        self.step += 1;
        if let Some(norm) = self.optimizer.clip {
            clip(norm, updates);
        }
        if self.optimizer.weight_decay > 0.0 {
            add_weight_decay(self.optimizer.weight_decay as f32, network, updates);
        }
        let rate = factor as f32 * self.learning_rate;
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
        add_noise(self.optimizer.noise, updates, &mut self.rng);
    }
}

/// Σ of squares, in double precision.
fn squares(slice: &[f32]) -> f64 {
    slice.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

fn clip(norm: f64, updates: &mut Updates) {
    let mut sum = 0.0;
    updates.for_each_slice(|slice| sum += squares(slice));
    if sum.sqrt() > norm {
        let scale = (norm / sum.sqrt()) as f32;
        updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= scale));
    }
}

fn add_noise(noise: UpdateNoise, updates: &mut Updates, rng: &mut Rng) {
    if noise == UpdateNoise::None {
        return;
    }
    updates.for_each_slice(|slice| {
        let sigma = match noise {
            UpdateNoise::None => 0.0,
            UpdateNoise::Relative(sigma) => sigma * (squares(slice) / slice.len() as f64).sqrt(),
            UpdateNoise::Absolute(sigma) => sigma,
        };
        for change in slice {
            let draw: f32 = StandardNormal.sample(rng);
            *change += sigma as f32 * draw;
        }
    });
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
        Zip::from(&mut update.weights).and(&mut other.weights).for_each(&mut change);
        if let (Some(bias), Some(other)) = (&mut update.bias, &mut other.bias) {
            Zip::from(bias).and(other).for_each(&mut change);
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
        let layer = Layer::dense(array![[1.0]], Activation::Identity);
        let network = Network::new(vec![layer], Objective::LinearSquaredError);
        let rng = crate::random::stream(0, "update noise");
        let mut descent = OptimizerState::new(optimizer, 0.1, &network, rng);
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
        // A constant gradient has mean 2 and root mean square 2 once corrected: the step is the
        // learning rate.
        assert_changes(Optimizer::adam(), [-0.1; 3]);
        assert_changes(Optimizer::sgd().with_weight_decay(0.5), [-0.25; 3]);
        let halved = Schedule::Exponential { half_life: 1.0 };
        assert_changes(Optimizer::sgd().with_schedule(halved), [-0.2, -0.1, -0.05]);
        assert_changes(Optimizer::momentum(0.5).with_schedule(halved), [-0.2, -0.15, -0.0875]);
        assert_changes(Optimizer::sgd().with_clip(0.5), [-0.05; 3]);
        assert_changes(Optimizer::sgd().with_clip(5.0), [-0.2; 3]);
        // The decay is added to what was clipped.
        assert_changes(Optimizer::sgd().with_clip(0.5).with_weight_decay(0.5), [-0.1; 3]);
    }

    #[test]
    fn noise_has_the_stated_deviation() {
        let weights = ndarray::Array2::zeros((100, 200));
        let layer = Layer::dense(weights, Activation::Identity);
        let network = Network::new(vec![layer], Objective::LinearSquaredError);
        let moments = |noise: UpdateNoise| {
            let rng = crate::random::stream(0, "update noise");
            let mut descent =
                OptimizerState::new(Optimizer::sgd().with_noise(noise), 0.1, &network, rng);
            let mut updates = Updates::new(&network);
            updates.layers_mut()[0].weights.fill(2.0);
            descent.transform(&network, &mut updates);
            let changes = &updates.layers()[0].weights;
            (changes.mean().unwrap(), changes.std(0.0))
        };
        let near = |found: (f32, f32), sd: f32| {
            (found.0 + 0.2).abs() < 0.03 * sd && (found.1 / sd - 1.0).abs() < 0.03
        };
        assert!(near(moments(UpdateNoise::Relative(0.5)), 0.1));
        assert!(near(moments(UpdateNoise::Absolute(0.5)), 0.5));
        assert_eq!(moments(UpdateNoise::None).1, 0.0);
    }

    #[test]
    fn what_is_not_in_use_stays_unsaid() {
        assert_eq!(
            format!("{:?}", Optimizer::sgd()),
            "Optimizer { method: Sgd, weight_decay: 0.0 }"
        );
        let noisy = Optimizer::adam().with_noise(UpdateNoise::Relative(0.1)).with_clip(1.0);
        assert!(format!("{noisy:?}").ends_with("clip: 1.0, noise: Relative(0.1) }"), "{noisy:?}");
        assert_eq!(noisy.to_string(), "adam, clipped at 1, noise of 0.1 of each change");
        let bound = Optimizer::sgd().with_hidden_constraint(Constraint::UnitNorm);
        assert_eq!(bound.to_string(), "sgd, weights of unit norm in hidden layers");
        assert!(
            format!("{bound:?}").ends_with("constraint: UnitNorm, constrained_layers: Hidden }")
        );
    }

    #[test]
    fn files_without_a_constraint_have_none_and_others_come_back() {
        let old: Optimizer = toml::from_str("method = \"sgd\"\nweight_decay = 0.0\n").unwrap();
        assert_eq!(old, Optimizer::sgd());
        assert!(!toml::to_string(&old).unwrap().contains("constr"));
        for constraint in [
            Constraint::UnitNorm,
            Constraint::Decorrelated,
            Constraint::FixedSigns,
            Constraint::Dale { inhibitory: 0.2 },
            Constraint::NonNegative,
        ] {
            for one in [
                Optimizer::adam().with_constraint(constraint),
                Optimizer::sgd().with_hidden_constraint(constraint),
            ] {
                let text = toml::to_string(&one).unwrap();
                assert_eq!(toml::from_str::<Optimizer>(&text).unwrap(), one, "{text}");
            }
        }
    }

    #[test]
    fn meaningless_settings_are_refused() {
        for bad in [
            Optimizer::momentum(1.0),
            Optimizer::momentum(f64::NAN),
            Optimizer::sgd().with_weight_decay(-1.0),
            Optimizer::sgd().with_clip(0.0),
            Optimizer::sgd().with_noise(UpdateNoise::Absolute(-1.0)),
            Optimizer::sgd().with_schedule(Schedule::WarmUp { steps: 0 }),
            Optimizer::sgd().with_constraint(Constraint::Dale { inhibitory: 2.0 }),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}

//! Forward-forward: two forward passes instead of a forward and a backward one. Each hidden layer
//! has an objective of its own, to be active when the label written into the input is the true one
//! (positive) and quiet when it is another, drawn at random (negative); lengths are taken out
//! between layers, so that no layer can lean on how active the one below was. A network answers
//! with the label under which its layers are most active.
//!
//! ẑ_0 = x with the label written in, z_l = φ(W_l ẑ_{l−1} + b_l), ẑ_l = z_l/(‖z_l‖/√n_l + ε)
//!
//! g_l = ‖z_l‖², θ_l = threshold · n_l, p_l = σ(k (g_l − θ_l)/n_l), L_l = −⟨ln p_l⁺ + ln(1 − p_l⁻)⟩
//!
//! G_l = ⟨δ_l⁺ ẑ_{l−1}⁺ᵀ + δ_l⁻ ẑ_{l−1}⁻ᵀ⟩, δ_l⁺ = −(1 − p_l⁺) (2k/n_l) z_l⁺ ⊙ φ′, δ_l⁻ = p_l⁻
//! (2k/n_l) z_l⁻ ⊙ φ′
//!
//! The label stands in the first inputs, one for each class, in place of what was there: the
//! amplitude A in the one of the class, 0 in the others; labels beyond the number of inputs are not
//! written. The last layer of synapses has no goodness: it learns by the delta rule to read the
//! classes from ẑ of the highest hidden layer while every class is written in as A/K, K classes
//! (Hinton's one-pass classification). It gives the answers if asked to, always in a network
//! without hidden layers, and the loss that is reported with a proposal.
//!
//! Positive phases lift a layer's goodness as a whole before it differs between labels, and
//! rectified units overshoot in large steps: the default learning rate is for these under plain
//! gradient descent. Sigmoid units bear ten times as much, and Adam at 1e-3 is far better for both.
//!
//! # Biological requirements
//! Labels, two phases (each may teach by itself: memory of the first is not needed), and the
//! derivative of a unit's own nonlinearity. p_l is a number of the layer's own; nothing comes from
//! above.
//!
//! Hinton 2022, *The forward-forward algorithm: some preliminary investigations*, arXiv 2212.13345.

mod pass;
mod stimulus;

use ndarray::{ArrayView2, s};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use self::pass::{Pass, Pushed, per_unit};
use self::stimulus::{Labels, Planes, Stimulus};
use super::{About, Family, Learner, LearningRule, Requirement, StepReport, check_plain};
use crate::data::Objective;
use crate::error::{self, Error, Result};
use crate::network::{Batch, Connectivity, Inputs, Layer, LayerUpdate, Matrix, Network, Updates};
use crate::random::Rng;

/// How a network that learned by goodness answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadOut {
    /// Each label is tried, in a pass of its own: ŷ is the softmax over labels of Σ k g_l/n_l, the
    /// sum over all hidden layers; the default. Hinton leaves the lowest out where there are
    /// several, which in networks as small as 784-100-100-10 costs accuracy.
    #[default]
    Goodness,
    /// The output layer reads the highest hidden layer while no label is preferred. One pass.
    OnePass,
}

/// Layers that learn to tell true labels from wrong ones by their own activity. Hinton 2022, arXiv
/// 2212.13345.
///
/// L_l = −⟨ln σ(k (‖z_l⁺‖²/n_l − threshold)) + ln(1 − σ(k (‖z_l⁻‖²/n_l − threshold)))⟩, and G_l its
/// gradient with what comes from below held fixed
///
/// ```
/// use microlearners::prelude::*;
/// use microlearners::rules::ReadOut;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rule = ForwardForward { read_out: ReadOut::OnePass, ..ForwardForward::default() };
/// let trajectory = train(&Experiment::new(&task).rule(rule).batch_size(20))?;
/// assert!(trajectory.test.accuracy > 0.5);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardForward {
    /// θ per unit, above 0; default 0.5, half of Hinton's, which sigmoid units could never reach.
    pub threshold: f64,
    /// k, how sharply p turns with the goodness per unit, above 0; default 30. With the number of
    /// units it is Hinton's own, which has the sum over units without a factor; a factor of its own
    /// makes layers of all sizes alike.
    pub sharpness: f64,
    /// A, what stands in the input of the label's class, above 0, in units of the inputs; default
    /// 20, so that the label is about as long as a standardised image of MNIST (28).
    pub label_amplitude: f64,
    /// Where answers come from; default [`ReadOut::Goodness`].
    pub read_out: ReadOut,
}

impl Default for ForwardForward {
    fn default() -> Self {
        Self { threshold: 0.5, sharpness: 30.0, label_amplitude: 20.0, read_out: ReadOut::Goodness }
    }
}

super::show::show_rules!(ForwardForward);
crate::display::show_as_settings!(ReadOut);

impl LearningRule for ForwardForward {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "forward_forward",
            "G_l = ∂L_l/∂W_l, L_l = −⟨ln p_l⁺ + ln(1 − p_l⁻)⟩, p_l = σ(k (‖z_l‖²/n_l − threshold))",
            "Hinton 2022, arXiv 2212.13345",
        )
        .family(Family::Local)
        .summary("Each layer learns to be active under true labels and quiet under wrong ones.")
        .requirements(&[Requirement::Labels, Requirement::SeparatePhases, Requirement::Derivatives])
        .learning_rate(0.01)
        .hyperparameter("threshold", &self.threshold, &usual.threshold, "θ per unit, above 0")
        .hyperparameter("sharpness", &self.sharpness, &usual.sharpness, "k, above 0")
        .hyperparameter(
            "label_amplitude",
            &self.label_amplitude,
            &usual.label_amplitude,
            "A, above 0, in units of the inputs",
        )
        .hyperparameter("read_out", &self.read_out, &usual.read_out, "Goodness or OnePass")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("threshold", self.threshold)?;
        error::check_positive("sharpness", self.sharpness)?;
        error::check_positive("label_amplitude", self.label_amplitude)
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        match objective {
            Objective::SoftmaxCrossEntropy
            | Objective::SigmoidCrossEntropy
            | Objective::SigmoidSquaredError => Ok(()),
            Objective::LinearSquaredError | Objective::Contrastive => {
                let requirement = "forward_forward writes the label of a class into the input, of which that has none; choose a \
                                   classification, or a rule that uses a gradient or feedback";
                Err(Error::setting("objective", objective, requirement))
            }
        }
    }

    fn suits(&self, network: &Network) -> Result<()> {
        let why = "it normalises what each layer passes to the next by itself";
        check_plain(network, "forward_forward", why)?;
        match network.layers()[0].connectivity() {
            Connectivity::Convolution(c) if Planes::of(network).is_none() => {
                let requirement = format!(
                    "the rule writes labels into channels of their own where the lowest layer is a convolution, and the \
                     inputs have {}: give the task one more for each class by Task::with_label_planes (in a file \
                     label_planes = true), or choose another rule",
                    c.input
                );
                Err(Error::setting("rule", "forward_forward", requirement))
            }
            _ => Ok(()),
        }
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(ForwardForwardLearner {
            rule: *self,
            stimulus: Stimulus::new(network),
            positive: Pass::new(network),
            negative: Pass::new(network),
            neutral: Pass::new(network),
            labels: Vec::new(),
            wrong: Vec::new(),
        })
    }
}

#[derive(Clone, Debug)]
struct ForwardForwardLearner {
    rule: ForwardForward,
    stimulus: Stimulus,
    positive: Pass,
    negative: Pass,
    neutral: Pass,
    /// The classes of the batch.
    labels: Vec<usize>,
    /// Other classes than these.
    wrong: Vec<usize>,
}

impl Learner for ForwardForwardLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport {
        self.stimulus.present(network, batch.inputs, &self.rule);
        if has_goodness(network) {
            self.label(batch.targets, rng);
            self.positive.run(network, &self.stimulus, Labels::Each(&self.labels));
            self.negative.run(network, &self.stimulus, Labels::Each(&self.wrong));
            self.contrast(network, batch.inputs, updates);
        }
        self.read(network, batch, updates)
    }

    fn predict(&self, network: &Network, inputs: Inputs<'_>) -> Matrix {
        let (mut stimulus, mut pass) = (Stimulus::new(network), Pass::new(network));
        stimulus.present(network, inputs, &self.rule);
        if self.rule.read_out == ReadOut::Goodness && has_goodness(network) {
            return by_goodness(network, &stimulus, &mut pass, &self.rule);
        }
        pass.read(network, &stimulus, inputs);
        let mut answers = pass.out.out(network.depth() - 1).to_owned();
        network.objective().apply_readout(answers.view_mut());
        answers
    }
}

impl ForwardForwardLearner {
    /// Takes the classes from the targets, the first of the largest, and draws another for each.
    fn label(&mut self, targets: ArrayView2<'_, f32>, rng: &mut Rng) {
        self.labels.clear();
        self.wrong.clear();
        for row in targets.rows() {
            let label = (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
            self.labels.push(label);
            self.wrong.push(another(label, row.len(), rng));
        }
    }

    /// The hidden layers' proposals.
    fn contrast(&mut self, network: &Network, inputs: Inputs<'_>, updates: &mut Updates) {
        let scale = 1.0 / self.labels.len() as f32;
        let layers = network.layers().iter().zip(updates.layers_mut()).enumerate();
        for (index, (layer, update)) in layers.take(network.depth() - 1) {
            self.positive.teach(index, layer.activation, &self.rule, Pushed::Up);
            self.negative.teach(index, layer.activation, &self.rule, Pushed::Down);
            if index == 0 && self.stimulus.planes.is_none() {
                self.contrast_lowest((layer, inputs), scale, update);
                continue;
            }
            for pass in [&self.positive, &self.negative] {
                let below = match index {
                    0 => pass.labelled.out(0),
                    _ => pass.scaled.out(index - 1),
                };
                layer.outer(below, pass.out.units(index), scale, update);
            }
        }
    }

    /// Both phases share all of the lowest layer's input but the label, so that one product does
    /// for it.
    fn contrast_lowest(
        &mut self,
        (layer, inputs): (&Layer, Inputs<'_>),
        scale: f32,
        update: &mut LayerUpdate,
    ) {
        let amplitude = scale * self.rule.label_amplitude as f32;
        for (pass, labels) in [(&self.positive, &self.labels), (&self.negative, &self.wrong)] {
            for (row, &label) in pass.out.out(0).rows().into_iter().zip(labels) {
                if label < self.stimulus.written.nrows() {
                    update.weights.column_mut(label).scaled_add(amplitude, &row);
                }
            }
        }
        let mut both = self.positive.out.out_mut(0);
        both += &self.negative.out.out(0);
        layer.outer(inputs, both.view(), scale, update);
        // As if there had been 0 where labels were written.
        let overwritten = update.weights.slice_mut(s![.., ..self.stimulus.written.nrows()]);
        let leading = self.stimulus.leading();
        Connectivity::Dense.outer(leading, both.view(), -scale, overwritten);
    }

    /// The output layer's proposal, by the delta rule; its loss is that of the step.
    fn read(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) -> StepReport {
        self.neutral.read(network, &self.stimulus, batch.inputs);
        let last = network.depth() - 1;
        let loss = network.objective().error(self.neutral.out.out_mut(last), batch.targets);
        let below = self.neutral.scaled.below(last, &batch.inputs);
        let update = &mut updates.layers_mut()[last];
        network.layers()[last].outer(below, self.neutral.out.out(last), 1.0, update);
        StepReport::of_loss(loss)
    }
}

/// Whether any layer tells true labels from wrong ones: there must be a hidden layer, and another
/// class than the true one.
fn has_goodness(network: &Network) -> bool {
    network.depth() > 1 && network.layers()[network.depth() - 1].outputs() > 1
}

/// A class other than `label`, each as likely.
fn another(label: usize, classes: usize, rng: &mut Rng) -> usize {
    let other = rng.gen_range(0..classes - 1);
    if other < label { other } else { other + 1 }
}

/// The softmax over labels of what the layers' goodness says for each.
fn by_goodness(
    network: &Network,
    stimulus: &Stimulus,
    pass: &mut Pass,
    rule: &ForwardForward,
) -> Matrix {
    let hidden = network.depth() - 1;
    let mut answers = Matrix::zeros((stimulus.rows(), network.layers()[hidden].outputs()));
    for (label, mut answers) in answers.columns_mut().into_iter().enumerate() {
        pass.run(network, stimulus, Labels::All(label));
        for index in 0..hidden {
            let rows = pass.out.out(index);
            for (answer, row) in answers.iter_mut().zip(rows.rows()) {
                *answer += rule.sharpness as f32 * per_unit(row);
            }
        }
    }
    Objective::SoftmaxCrossEntropy.apply_readout(answers.view_mut());
    answers
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, Owned, assert_slope, nonlinearity, propose};
    use super::pass::TINY;
    use super::*;
    use crate::network::Activation;
    use crate::random;
    use crate::rules::Backprop;
    use ndarray::{Array1, Array2, array};

    fn rule() -> ForwardForward {
        ForwardForward {
            threshold: 0.7,
            sharpness: 1.5,
            label_amplitude: 2.0,
            ..ForwardForward::default()
        }
    }

    fn deep(activation: Activation) -> (Network, Owned) {
        let network = testing::network(&[6, 5, 4, 3], activation, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        (network, batch)
    }

    /// One weight, or one bias where the column is `None`, of a layer: (layer, row, column).
    type Place = (usize, usize, Option<usize>);

    /// What layer `index` makes of inputs, in double precision, after shifting one number.
    fn layer(
        network: &Network,
        index: usize,
        x: &Array2<f64>,
        shifted: (Place, f64),
    ) -> Array2<f64> {
        let layer = &network.layers()[index];
        let mut weights = layer.weights.mapv(f64::from);
        let mut bias = layer.bias.as_ref().unwrap().mapv(f64::from);
        let ((at, row, column), shift) = shifted;
        if at == index {
            match column {
                Some(column) => weights[(row, column)] += shift,
                None => bias[row] += shift,
            }
        }
        (x.dot(&weights.t()) + bias).mapv(|a| nonlinearity(layer.activation, a))
    }

    /// The loss of the shifted number's own layer, in double precision: layers below are as they
    /// are. Labels are rows of what is written in.
    fn local_loss(
        network: &Network,
        batch: &Owned,
        [positive, negative, neutral]: &[Array2<f64>; 3],
        shifted: (Place, f64),
    ) -> f64 {
        let (rule, own, last) = (rule(), shifted.0.0, network.depth() - 1);
        let reach = |labels: &Array2<f64>| {
            let mut x = batch.batch().inputs.dense().mapv(f64::from);
            x.slice_mut(s![.., ..3]).assign(&(labels * rule.label_amplitude));
            for index in 0..own {
                x = layer(network, index, &x, shifted);
                for mut row in x.rows_mut() {
                    let length = row.mapv(|z| z * z).mean().unwrap().sqrt() + f64::from(TINY);
                    row /= length;
                }
            }
            layer(network, own, &x, shifted)
        };
        let of_rows = |z: Array2<f64>, loss: &dyn Fn(Array1<f64>, usize) -> f64| {
            z.rows().into_iter().enumerate().map(|(i, row)| loss(row.to_owned(), i)).sum::<f64>()
                / z.nrows() as f64
        };
        if own == last {
            let targets = batch.batch().targets.mapv(f64::from);
            return of_rows(reach(neutral), &|o, i| {
                o.mapv(f64::exp).sum().ln() - o.dot(&targets.row(i))
            });
        }
        let p = |z: Array1<f64>| {
            let per_unit = z.dot(&z) / z.len() as f64;
            1.0 / (1.0 + (-rule.sharpness * (per_unit - rule.threshold)).exp())
        };
        of_rows(reach(positive), &|z, _| -p(z).ln())
            + of_rows(reach(negative), &|z, _| -(1.0 - p(z)).ln())
    }

    #[test]
    fn every_layers_proposal_is_the_gradient_of_its_own_loss() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Sigmoid] {
            let (network, batch) = deep(activation);
            let (_, updates) = propose(&rule(), &network, &batch);
            let positive = batch.batch().targets.mapv(f64::from);
            let mut negative = Array2::zeros(positive.dim());
            let mut rng = random::stream(14, "rule");
            for (mut wrong, right) in negative.rows_mut().into_iter().zip(positive.rows()) {
                let label = right.iter().position(|&y| y == 1.0).unwrap();
                wrong[another(label, 3, &mut rng)] = 1.0;
            }
            let labels = [positive, negative, Array2::from_elem((8, 3), 1.0 / 3.0)];
            let at = |place| {
                let (network, batch, labels) = (&network, &batch, &labels);
                move |shift| local_loss(network, batch, labels, (place, shift))
            };
            for (index, update) in updates.layers().iter().enumerate() {
                for ((row, column), &g) in update.weights.indexed_iter() {
                    let place = (index, row, Some(column));
                    assert_slope(at(place), g, &format!("{activation} weight {place:?}"));
                }
                for (row, &g) in update.bias.iter().flatten().enumerate() {
                    let place = (index, row, None);
                    assert_slope(at(place), g, &format!("{activation} bias {place:?}"));
                }
            }
        }
    }

    #[test]
    fn wrong_labels_are_never_the_true_one_and_all_others_alike() {
        let mut rng = random::stream(1, "rule");
        for classes in [2, 3, 10] {
            for label in 0..classes {
                let mut counts = vec![0; classes];
                (0..9000).for_each(|_| counts[another(label, classes, &mut rng)] += 1);
                assert_eq!(counts.remove(label), 0);
                let expected = 9000.0 / (classes - 1) as f64;
                let off = |count: &i32| (f64::from(*count) - expected).abs() / expected.sqrt();
                assert!(counts.iter().all(|count| off(count) < 5.0), "{counts:?}");
            }
        }
    }

    #[test]
    fn a_layer_does_not_see_how_active_the_one_below_is() {
        let (mut network, batch) = deep(Activation::Relu);
        let run = |network: &Network| {
            let (mut stimulus, mut pass) = (Stimulus::new(network), Pass::new(network));
            stimulus.present(network, batch.batch().inputs, &rule());
            pass.run(network, &stimulus, Labels::All(1));
            [0, 1].map(|index| pass.out.out(index).to_owned())
        };
        let [lower, upper] = run(&network);
        let lowest = &mut network.layers_mut()[0];
        lowest.weights *= 3.0;
        *lowest.bias.as_mut().unwrap() *= 3.0;
        let [louder, same] = run(&network);
        assert!(louder.abs_diff_eq(&(lower * 3.0), 1e-5));
        assert!(same.abs_diff_eq(&upper, 1e-5));
    }

    #[test]
    fn a_silent_layer_stays_finite() {
        let (mut network, batch) = deep(Activation::Relu);
        *network.layers_mut()[0].bias.as_mut().unwrap() -= 100.0;
        let (step, updates) = propose(&rule(), &network, &batch);
        assert!(step.loss.is_finite());
        assert!(updates.layers().iter().all(|update| update.weights.iter().all(|g| g.is_finite())));
    }

    #[test]
    fn answers_by_hand_prefer_the_label_of_larger_goodness() {
        let layer = Layer::dense;
        let network = Network::new(
            vec![
                layer(array![[1.0, 0.0, 0.0], [0.0, 2.0, 1.0]], Activation::Relu),
                layer(array![[5.0, 5.0], [0.0, 0.0]], Activation::Identity),
            ],
            Objective::SoftmaxCrossEntropy,
        );
        let learner = ForwardForward { label_amplitude: 1.0, sharpness: 1.0, ..rule() }
            .start(&network, &mut random::stream(1, "feedback"));
        // Under label 0, z = (1, 1), under label 1, z = (0, 3), whatever stands in the labels'
        // places.
        let inputs = array![[7.0, -7.0, 1.0]];
        let answers = learner.predict(&network, (&inputs).into());
        let odds = (4.5_f32 - 1.0).exp();
        let expected = array![[1.0 / (1.0 + odds), odds / (1.0 + odds)]];
        assert!(answers.abs_diff_eq(&expected, 1e-6), "{answers}");
    }

    #[test]
    fn nothing_comes_from_above() {
        let (mut network, batch) = deep(Activation::Tanh);
        let before = propose(&rule(), &network, &batch).1;
        network.layers_mut()[1].weights *= -2.0;
        network.layers_mut()[2].weights *= 5.0;
        let after = propose(&rule(), &network, &batch).1;
        assert_eq!(before.layers()[0], after.layers()[0]);
        assert_ne!(before.layers()[1], after.layers()[1]);
    }

    #[test]
    fn without_a_hidden_layer_it_is_the_delta_rule() {
        let network =
            testing::network(&[6, 3], Activation::Sigmoid, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 9);
        assert_eq!(propose(&rule(), &network, &batch), propose(&Backprop, &network, &batch));
        let learner = rule().start(&network, &mut random::stream(1, "feedback"));
        let inputs = batch.batch().inputs;
        assert_eq!(learner.predict(&network, inputs), network.predict(inputs));
    }

    #[test]
    fn networks_without_room_for_the_labels_and_with_a_single_class_are_survived() {
        for (sizes, objective) in [
            (&[2, 4, 3], Objective::SoftmaxCrossEntropy),
            (&[5, 4, 1], Objective::SigmoidCrossEntropy),
        ] {
            let network = testing::network(sizes, Activation::Relu, objective);
            let batch = testing::batch(&network, 7);
            let (step, _) = propose(&rule(), &network, &batch);
            assert!(step.loss.is_finite());
            let learner = rule().start(&network, &mut random::stream(1, "feedback"));
            assert!(learner.predict(&network, batch.batch().inputs).iter().all(|y| y.is_finite()));
        }
    }

    #[test]
    fn what_has_no_classes_is_refused() {
        for objective in [Objective::LinearSquaredError, Objective::Contrastive] {
            let told = rule().supports(objective).unwrap_err().to_string();
            assert!(told.contains("choose a classification"), "{told}");
        }
    }
}

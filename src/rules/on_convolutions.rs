//! The limiting cases of each family of rules, on convolutions.

use ndarray::{Array2, Axis};

use super::testing::{self, Owned, propose};
use super::*;
use crate::data::{FeatureMaps, Objective};
use crate::network::{
    Activation, Convolution, Initialiser, Layer, LocalResponse, Normaliser, Pooling,
};
use crate::random;

const POOLINGS: [Option<Pooling>; 3] = [None, Some(Pooling::Mean(2)), Some(Pooling::Max(2))];
/// Those under which a layer is linear before its nonlinearity.
const LINEAR: [Option<Pooling>; 2] = [None, Some(Pooling::Mean(2))];

fn network(pooling: Option<Pooling>, hidden: Activation) -> Network {
    testing::convolutional(pooling, hidden, Objective::SoftmaxCrossEntropy)
}

fn assert_near(found: &Updates, expected: &Updates, most: f32, what: &str) {
    for (index, (found, expected)) in found.layers().iter().zip(expected.layers()).enumerate() {
        let size = expected.weights.iter().fold(1e-3_f32, |most, g| most.max(g.abs()));
        let close = found.weights.abs_diff_eq(&expected.weights, most * size);
        assert!(close, "{what}, layer {index}: {} {}", found.weights, expected.weights);
        let biases = found.bias.as_ref().zip(expected.bias.as_ref());
        let close = biases.is_none_or(|(found, expected)| {
            let size = expected.iter().fold(1e-3_f32, |most, g| most.max(g.abs()));
            found.abs_diff_eq(expected, most * size)
        });
        assert!(close, "{what}, biases of layer {index}");
    }
}

#[test]
fn backprop_equals_central_finite_differences() {
    for pooling in POOLINGS {
        for hidden in
            [Activation::Identity, Activation::Sigmoid, Activation::Tanh, Activation::Relu]
        {
            let network = network(pooling, hidden);
            let batch = testing::batch(&network, 5);
            let (_, updates) = propose(&Backprop, &network, &batch);
            testing::assert_is_gradient(&network, &batch, &updates);
        }
    }
}

/// No normaliser, that of a layer, and a local one that is strong enough to be seen.
fn normalisers() -> [Option<Normaliser>; 3] {
    let local = Normaliser::LocalResponse(LocalResponse::divisive(3));
    [None, Some(Normaliser::Layer), Some(local)]
}

#[test]
fn backprop_through_residual_connections_and_normalisers_equals_finite_differences() {
    for normaliser in normalisers() {
        for hidden in [Activation::Tanh, Activation::Relu] {
            let network = testing::residual(normaliser, hidden);
            let batch = testing::batch(&network, 5);
            let (_, updates) = propose(&Backprop, &network, &batch);
            testing::assert_is_gradient(&network, &batch, &updates);
        }
    }
}

#[test]
fn limiting_cases_hold_through_residual_connections_and_normalisers() {
    for normaliser in normalisers() {
        let network = testing::residual(normaliser, Activation::Tanh);
        let batch = testing::batch(&network, 6);
        let exact = propose(&Backprop, &network, &batch).1;
        assert_forward_weights_are_backprop(&network, &batch);
        let fixed =
            PredictiveCoding { steps: 5, step_size: 1.0, ..PredictiveCoding::fixed_prediction() };
        assert_near(&propose(&fixed, &network, &batch).1, &exact, 1e-5, "predictive coding");
        // The other kinds of inference descend from the loss to less.
        for rule in [PredictiveCoding::default(), PredictiveCoding::incremental()] {
            let (step, _) = propose(&rule, &network, &batch);
            assert!(step.settled, "{}", rule.about().name);
        }
        if normaliser != Some(Normaliser::Layer) {
            continue; // Thousands of draws take seconds.
        }
        let nodes = NodePerturbation { draws: 20_000, noise: 1e-2, ..NodePerturbation::default() };
        let weights = WeightPerturbation { draws: 40_000, ..WeightPerturbation::default() };
        let noisy: [&dyn LearningRule; 2] = [&nodes, &weights];
        for rule in noisy {
            for (found, exact) in
                propose(rule, &network, &batch).1.layers().iter().zip(exact.layers())
            {
                let cosine = found.cosine(exact);
                assert!(cosine > 0.9, "{}: {cosine}", rule.about().name);
            }
        }
    }
}

#[test]
fn direct_feedback_through_all_forward_weights_goes_through_residual_connections() {
    let network = testing::residual(None, Activation::Identity);
    let batch = testing::batch(&network, 6);
    let exact = propose(&Backprop, &network, &batch).1;
    let rule = DirectFeedbackAlignment { feedback: FeedbackInit::ForwardWeights };
    assert_near(&propose(&rule, &network, &batch).1, &exact, 1e-4, "direct feedback alignment");
}

#[test]
fn the_local_difference_learns_the_gradient_through_residual_connections() {
    let network = testing::residual(None, Activation::Identity);
    let batch = testing::batch(&network, 128);
    let rule = DirectDifferenceTargetPropagation {
        feedback_rate: 0.02,
        ..DirectDifferenceTargetPropagation::local_difference()
    };
    let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
    let mut rng = random::stream(1, "rule");
    let mut updates = Updates::new(&network);
    for _ in 0..3000 {
        updates.clear();
        learner.propose(&network, &batch.batch(), &mut updates, &mut rng);
    }
    let exact = propose(&Backprop, &network, &batch).1;
    for (found, exact) in updates.layers().iter().zip(exact.layers()) {
        assert!(found.cosine(exact) > 0.97, "{}", found.cosine(exact));
    }
}

#[test]
fn rules_without_a_place_for_them_say_so() {
    for network in [
        testing::residual(None, Activation::Sigmoid),
        Network::new(
            vec![
                Layer::dense(Matrix::zeros((3, 4)), Activation::Sigmoid)
                    .with_normaliser(Some(Normaliser::Layer)),
                Layer::dense(Matrix::zeros((2, 3)), Activation::Identity),
            ],
            Objective::SoftmaxCrossEntropy,
        ),
    ] {
        for rule in all() {
            let told = rule.suits(&network).map_err(|error| error.to_string());
            let name = rule.about().name;
            let refused = ["equilibrium", "contrastive_hebbian", "target_prop", "forward_forward"];
            let is_refused = refused.iter().any(|part| name.contains(part))
                && name != "direct_difference_target_propagation";
            match told {
                Ok(()) => assert!(!is_refused, "{name}"),
                Err(told) => assert!(is_refused && told.contains(&name), "{told}"),
            }
        }
    }
}

/// A rule proposes what it proposes for the dense network of the same connections, summed over the
/// weights that these share.
fn assert_as_dense(rule: &dyn LearningRule, network: &Network, batch: &Owned, most: f32) {
    let found = propose(rule, network, batch);
    let dense = propose(rule, &testing::as_dense(network), batch);
    let name = rule.about().name;
    assert_eq!(found.0.settled, dense.0.settled, "{name}");
    assert!((found.0.loss - dense.0.loss).abs() < 1e-5, "{name}");
    assert_near(&found.1, &testing::shared(network, &dense.1), most, &name);
}

#[test]
fn rules_that_settle_or_guess_do_as_in_the_dense_network_of_the_same_connections() {
    for pooling in LINEAR {
        let network = network(pooling, Activation::Tanh);
        let batch = testing::batch(&network, 5);
        let rules: [&dyn LearningRule; 5] = [
            &Backprop,
            &FrozenHidden,
            &PredictiveCoding::default(),
            &PredictiveCoding::fixed_prediction(),
            &PredictiveCoding::incremental(),
        ];
        rules.iter().for_each(|rule| assert_as_dense(*rule, &network, &batch, 2e-4));
        // Losses that differ by rounding are divided by the noise; a larger one hides it.
        for rule in [NodePerturbation::default(), NodePerturbation::post_activation()] {
            let rule = NodePerturbation { noise: 0.1, ..rule };
            assert_as_dense(&rule, &network, &batch, 2e-3);
        }
    }
}

/// Weights and inputs that keep the states of energy-based rules within their range.
fn central(pooling: Option<Pooling>, objective: Objective) -> (Network, Owned) {
    let mut network = testing::convolutional(pooling, Activation::Relu, objective);
    let mut rng = random::stream(5, "init");
    for layer in network.layers_mut() {
        let fans = (layer.fan_in(), layer.fan_out());
        Initialiser::Normal { sd: 0.08 }.redraw(&mut layer.weights, fans, &mut rng);
        layer.bias.as_mut().unwrap().fill(0.4);
    }
    let drawn = testing::batch(&network, 4);
    let inputs = drawn.batch().inputs.dense().mapv(f32::abs);
    let targets = drawn.batch().targets.to_owned();
    (network, Owned::new(inputs, targets))
}

#[test]
fn equilibrium_propagation_settles_as_in_the_dense_network_and_tends_to_the_gradient() {
    // Of the dense network the limit β → 0 is tested in the rule's own file.
    for pooling in LINEAR {
        for objective in [Objective::SoftmaxCrossEntropy, Objective::LinearSquaredError] {
            let (network, batch) = central(pooling, objective);
            for nudging in [Nudging::Symmetric, Nudging::OneSided] {
                let rule = EquilibriumPropagation {
                    nudging,
                    free_steps: 200,
                    nudged_steps: 200,
                    tolerance: 1e-7,
                    ..Default::default()
                };
                assert_as_dense(&rule, &network, &batch, 2e-3);
            }
        }
    }
}

#[test]
fn equilibrium_propagation_settles_under_the_maximum_too() {
    let (network, batch) = central(Some(Pooling::Max(2)), Objective::SoftmaxCrossEntropy);
    let rule = EquilibriumPropagation {
        nudge: 0.02,
        free_steps: 300,
        nudged_steps: 300,
        tolerance: 1e-6,
        ..Default::default()
    };
    let (step, updates) = propose(&rule, &network, &batch);
    assert!(step.settled);
    assert!(updates.layers().iter().all(|layer| layer.weights.iter().any(|g| *g != 0.0)));
}

#[test]
fn contrastive_hebbian_learning_does_as_in_the_dense_network_and_tends_to_the_gradient() {
    for pooling in LINEAR {
        let network = network(pooling, Activation::Sigmoid);
        let batch = testing::batch(&network, 5);
        let rule = |feedback_gain| ContrastiveHebbian { feedback_gain, ..Default::default() };
        assert_as_dense(&rule(0.3), &network, &batch, 2e-3);
        let exact = propose(&Backprop, &network, &batch).1;
        let found = propose(&rule(0.01), &network, &batch).1;
        for (found, exact) in found.layers().iter().zip(exact.layers()) {
            assert!(found.cosine(exact) > 0.999, "{}", found.cosine(exact));
        }
    }
}

#[test]
fn fixed_predictions_and_whole_steps_are_backprop() {
    for pooling in POOLINGS {
        let network = network(pooling, Activation::Tanh);
        let batch = testing::batch(&network, 6);
        let rule =
            PredictiveCoding { steps: 3, step_size: 1.0, ..PredictiveCoding::fixed_prediction() };
        let (found, exact) =
            (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
        assert_near(&found, &exact, 1e-5, "predictive coding");
    }
}

#[test]
fn random_feedback_does_as_in_the_dense_network_of_the_same_connections() {
    for pooling in LINEAR {
        let network = network(pooling, Activation::Tanh);
        let batch = testing::batch(&network, 5);
        let feedback = FeedbackInit::Glorot.draw(&network, &mut random::stream(3, "feedback"));
        let of_dense = testing::feedback_as_dense(&network, &feedback);
        let rule = |feedback| FeedbackAlignment { feedback: testing::given(feedback) };
        let found = propose(&rule(feedback), &network, &batch).1;
        let dense = propose(&rule(of_dense), &testing::as_dense(&network), &batch).1;
        assert_near(&found, &testing::shared(&network, &dense), 1e-5, "feedback alignment");
    }
}

/// Rules with a feedback pathway propose what backprop does if it has the forward weights.
fn assert_forward_weights_are_backprop(network: &Network, batch: &Owned) {
    let exact = propose(&Backprop, network, batch).1;
    let feedback = FeedbackInit::ForwardWeights;
    let rules: [&dyn LearningRule; 3] = [
        &FeedbackAlignment { feedback },
        &KolenPollack { feedback, decay: 0.0 },
        &Alignment { feedback, ..Alignment::default() },
    ];
    for rule in rules {
        assert_eq!(propose(rule, network, batch).1, exact, "{}", rule.about().name);
    }
}

#[test]
fn with_the_forward_weights_as_feedback_feedback_rules_are_backprop() {
    for pooling in POOLINGS {
        let network = network(pooling, Activation::Tanh);
        assert_forward_weights_are_backprop(&network, &testing::batch(&network, 6));
    }
}

#[test]
fn direct_feedback_through_all_forward_weights_is_backprop_in_a_linear_network() {
    for pooling in LINEAR {
        let network = network(pooling, Activation::Identity);
        let batch = testing::batch(&network, 6);
        let rule = DirectFeedbackAlignment { feedback: FeedbackInit::ForwardWeights };
        let (found, exact) =
            (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
        assert_near(&found, &exact, 1e-4, "direct feedback alignment");
    }
}

#[test]
fn sign_symmetry_with_the_forward_weights_magnitudes_is_backprop() {
    for pooling in POOLINGS {
        let mut network = network(pooling, Activation::Tanh);
        let batch = testing::batch(&network, 6);
        let mut learner =
            SignSymmetry::fixed_random().start(&network, &mut random::stream(13, "rule"));
        for (index, feedback) in learner.feedback().unwrap().iter().enumerate().skip(1) {
            network.layers_mut()[index].weights.assign(feedback);
        }
        let found = testing::propose_with(learner.as_mut(), &network, &batch);
        assert_eq!(found, propose(&Backprop, &network, &batch));
    }
}

fn cosine(a: &Matrix, b: &Matrix) -> f64 {
    let dot = |a: &Matrix, b: &Matrix| (a * b).mapv(f64::from).sum();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn ratio(a: &Matrix, b: &Matrix) -> f64 {
    let square = |m: &Matrix| m.mapv(f64::from).mapv(|x| x * x).sum();
    (square(a) / square(b)).sqrt()
}

/// Feedback after so many proposals for one network.
fn learned(rule: &dyn LearningRule, network: &Network, steps: usize) -> Vec<Matrix> {
    let batch = testing::batch(network, 64);
    let mut learner = rule.start(network, &mut random::stream(1, "feedback"));
    let mut rng = random::stream(1, "rule");
    let mut updates = Updates::new(network);
    for _ in 0..steps {
        updates.clear();
        learner.propose(network, &batch.batch(), &mut updates, &mut rng);
    }
    learner.feedback().unwrap().to_vec()
}

#[test]
fn the_mirror_tends_to_the_weights_and_not_to_so_many_times_them() {
    for pooling in POOLINGS {
        let network = network(pooling, Activation::Tanh);
        for (index, found) in learned(&WeightMirror::default(), &network, 600).iter().enumerate() {
            let weights = &network.layers()[index].weights;
            if index > 0 {
                assert!(cosine(found, weights) > 0.99, "{}", cosine(found, weights));
                assert!((ratio(found, weights) - 1.0).abs() < 0.05, "{}", ratio(found, weights));
            }
        }
    }
}

#[test]
fn alignment_by_the_weights_and_by_activity_tends_to_the_weights() {
    let network = network(Some(Pooling::Max(2)), Activation::Tanh);
    let by = |rule: Alignment, by: f64| Alignment {
        decay: by * rule.decay,
        amp: by * rule.amp,
        sparse: by * rule.sparse,
        self_: by * rule.self_,
        ..rule
    };
    for (rule, steps) in
        [(by(Alignment::symmetric(), 50.0), 300), (by(Alignment::activation(), 500.0), 6000)]
    {
        for (index, found) in learned(&rule, &network, steps).iter().enumerate().skip(1) {
            let weights = &network.layers()[index].weights;
            let name = rule.about().name;
            assert!(cosine(found, weights) > 0.99, "{name} {index}: {}", cosine(found, weights));
            assert!(
                (ratio(found, weights) - 1.0).abs() < 0.05,
                "{name}: {}",
                ratio(found, weights)
            );
        }
    }
}

#[test]
fn information_alignment_never_overshoots_however_patches_overlap() {
    let network = network(None, Activation::Tanh);
    let rule = Alignment { null: 100.0, amp: 1.0, decay: 1.0, ..Alignment::information() };
    for feedback in learned(&rule, &network, 300).iter().skip(1) {
        assert!(feedback.iter().all(|b| b.abs() < 10.0), "{feedback}");
    }
}

#[test]
fn the_local_difference_learns_the_gradient_of_a_linear_convolution() {
    for pooling in LINEAR {
        let network =
            testing::convolutional(pooling, Activation::Identity, Objective::LinearSquaredError);
        let batch = testing::batch(&network, 128);
        let rule = DirectDifferenceTargetPropagation {
            feedback_rate: 0.02,
            ..DirectDifferenceTargetPropagation::local_difference()
        };
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        let mut rng = random::stream(1, "rule");
        let mut updates = Updates::new(&network);
        for _ in 0..1500 {
            updates.clear();
            learner.propose(&network, &batch.batch(), &mut updates, &mut rng);
        }
        let exact = propose(&Backprop, &network, &batch).1;
        for (found, exact) in updates.layers().iter().zip(exact.layers()) {
            assert!(found.cosine(exact) > 0.99, "{}", found.cosine(exact));
        }
    }
}

#[test]
fn feedback_of_target_propagation_learns_to_undo_a_convolution() {
    // At each place three channels become three others, which can be undone.
    let input = FeatureMaps::from((3, 3, 3));
    let c = Convolution { input, filters: 3, kernel: (1, 1), stride: 1, padding: 0 };
    let mut rng = random::stream(3, "init");
    let mut drawn = || {
        let mut weights = Initialiser::Normal { sd: 0.3 }.draw(3, 3, &mut rng);
        weights.diag_mut().mapv_inplace(|w| w + 1.0);
        Layer::convolution(c, weights, Activation::Identity)
    };
    let top = testing::network(&[27, 3], Activation::Identity, Objective::LinearSquaredError);
    let layers = [vec![drawn(), drawn()], top.layers().to_vec()].concat();
    let network = Network::new(layers, Objective::LinearSquaredError);
    let rule = TargetPropagation { feedback_rate: 0.99, noise: 1.0, ..Default::default() };
    let feedback = learned(&rule, &network, 3000);
    let product = network.layers()[1].weights.t().dot(&feedback[1]);
    assert!(product.abs_diff_eq(&Matrix::eye(3), 0.03), "{product}");
}

#[test]
fn ojas_rule_finds_the_first_principal_component_of_patches() {
    // Patches of 2 × 2 places that are all alike but for a little noise.
    let input = FeatureMaps::from((6, 6));
    let c = Convolution { input, filters: 1, kernel: (2, 2), stride: 2, padding: 0 };
    let mut rng = random::stream(4, "data");
    let coarse = Initialiser::Normal { sd: 1.0 }.draw(9, 200, &mut rng);
    let noise = Initialiser::Normal { sd: 0.2 }.draw(36, 200, &mut rng);
    let images = Array2::from_shape_fn((200, 36), |(image, place)| {
        coarse[(image, place / 12 * 3 + place % 6 / 2)] + noise[(image, place)]
    });
    let weights = Initialiser::Normal { sd: 0.3 }.draw(4, 1, &mut rng);
    let layer = Layer::convolution(c, weights, Activation::Identity);
    let mut network = Network::new(vec![layer], Objective::LinearSquaredError);
    let batch = Owned::new(images, Matrix::zeros((200, 9)));
    for _ in 0..2000 {
        let (_, mut updates) = propose(&Hebbian::oja(), &network, &batch);
        updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -0.02));
        network.apply(&updates);
    }
    let weights = network.layers()[0].weights.index_axis(Axis(0), 0).to_owned();
    let along = weights.sum().abs() / 2.0;
    assert!((along - 1.0).abs() < 0.02, "{weights}");
}

/// The mean over examples of −ln p if `sign` is 1, and of −ln(1 − p) if it is −1, with p = σ(k (goodness
/// per unit − threshold)) of a layer of tanh units.
fn loss_of_goodness(
    layer: &Layer,
    weights: &Matrix,
    inputs: &Matrix,
    (rule, sign): (&ForwardForward, f64),
) -> f64 {
    let [weights, inputs] = [weights, inputs].map(|numbers| numbers.mapv(f64::from));
    let a = crate::network::loops::pooled_product(layer, &weights, &inputs);
    let losses = a.rows().into_iter().map(|row| {
        let goodness = row.iter().map(|a| a.tanh().powi(2)).sum::<f64>() / row.len() as f64;
        let logit = rule.sharpness * (goodness - rule.threshold);
        (1.0 + (-sign * logit).exp()).ln()
    });
    losses.sum::<f64>() / a.nrows() as f64
}

/// The wrong labels that forward-forward draws for examples i of class i modulo `classes`, by the same
/// draws.
fn wrong_labels(examples: usize, classes: usize) -> Vec<usize> {
    let mut rng = random::stream(14, "rule");
    let draw = |i: usize| {
        let other = rand::Rng::gen_range(&mut rng, 0..classes - 1);
        if other < i % classes { other } else { other + 1 }
    };
    (0..examples).map(draw).collect()
}

#[test]
fn the_lowest_filters_of_forward_forward_follow_the_gradient_of_their_own_loss() {
    // 6 × 6 images of one channel, with three for labels; at every place of a map the label is seen.
    let input = FeatureMaps::from((6, 6, 4));
    let c = Convolution { input, filters: 2, kernel: (3, 3), stride: 1, padding: 0 };
    let weights = Initialiser::Normal { sd: 0.4 }.draw(36, 2, &mut random::stream(2, "init"));
    let lower = Layer::convolution(c, weights, Activation::Tanh).with_pooling(Pooling::Max(2));
    let top = testing::network(&[8, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
    let layers = [vec![lower], top.layers().to_vec()].concat();
    let network = Network::new(layers, Objective::SoftmaxCrossEntropy);
    let mut images = Initialiser::Normal { sd: 1.0 }.draw(144, 6, &mut random::stream(3, "data"));
    images.indexed_iter_mut().for_each(|((_, unit), x)| *x *= f32::from(u8::from(unit % 4 == 0)));
    let targets = Array2::from_shape_fn((6, 3), |(i, j)| f32::from(u8::from(i % 3 == j)));
    let rule = ForwardForward { label_amplitude: 1.5, ..ForwardForward::default() };
    let batch = Owned::new(images.clone(), targets);
    let found = propose(&rule, &network, &batch).1;
    let wrong = wrong_labels(6, 3);
    let loss = |weights: &Matrix| -> f64 {
        let layer = network.layers()[0].clone().with_weights(weights.clone());
        let part = |label: &dyn Fn(usize) -> usize, sign: f64| -> f64 {
            let mut labelled = images.clone();
            for (i, mut row) in labelled.rows_mut().into_iter().enumerate() {
                (0..36).for_each(|place| row[place * 4 + 1 + label(i)] = 1.5);
            }
            loss_of_goodness(&layer, weights, &labelled, (&rule, sign))
        };
        part(&|i| i % 3, 1.0) + part(&|i| wrong[i], -1.0)
    };
    for place in [(0, 0), (0, 9), (1, 17), (1, 35), (0, 22)] {
        let at = |shift: f32| {
            let mut shifted = network.layers()[0].weights.clone();
            shifted[place] += shift;
            loss(&shifted)
        };
        let slope = (at(1e-3) - at(-1e-3)) / 2e-3;
        let g = f64::from(found.layers()[0].weights[place]);
        assert!((slope - g).abs() < 1e-3 * (1.0 + slope.abs()), "{place:?}: {g} is not {slope}");
    }
}

#[test]
fn hebbian_means_are_over_the_places_that_share_a_weight() {
    for pooling in LINEAR {
        let network = network(pooling, Activation::Tanh);
        let batch = testing::batch(&network, 5);
        let found = propose(&Hebbian::plain(), &network, &batch).1;
        let dense = propose(&Hebbian::plain(), &testing::as_dense(&network), &batch).1;
        let mut expected = testing::shared(&network, &dense);
        for (layer, update) in network.layers().iter().zip(expected.layers_mut()) {
            let places = layer.output_maps().places() as f32;
            update.weights /= places;
            *update.bias.as_mut().unwrap() /= places;
        }
        assert_near(&found, &expected, 1e-5, "hebbian");
    }
}

#[test]
fn the_mean_of_weight_perturbation_is_the_gradient() {
    let network = network(Some(Pooling::Max(2)), Activation::Tanh);
    let batch = testing::batch(&network, 5);
    let rule = WeightPerturbation { draws: 40_000, ..WeightPerturbation::default() };
    let (found, exact) =
        (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
    for (found, exact) in found.layers().iter().zip(exact.layers()) {
        assert!(found.cosine(exact) > 0.97, "{}", found.cosine(exact));
    }
}

//! Networks that convolve, from experiment to table and back.

use std::path::Path;
use std::process::Command;

use microlearners::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::program::{Place, plan, tables, undisturbed};
use crate::support;

/// 6 × 6 images through 4 filters of 3 × 3, pooled, and 5 of 2 × 2.
fn architecture(pooling: Pooling) -> Architecture {
    let lower = ConvolutionLayer::new(4, 3).with_padding(1).with_pooling(pooling);
    Architecture::hidden(&[7])
        .with_convolutions(&[lower, ConvolutionLayer::new(5, 2)])
        .with_activation(Activation::Relu)
        .with_initialiser(Initialiser::HeUniform)
        .with_bias(Bias::Zero)
}

/// The same images through three convolutions with normalisers, of which the upper two add the
/// outputs of the layers below them.
fn residual() -> Architecture {
    let layer = |filters| ConvolutionLayer::new(filters, 3).with_padding(1);
    let divisive = Normaliser::LocalResponse(LocalResponse::divisive(3));
    let convolutions = [
        layer(4).with_normaliser(Normaliser::Layer),
        layer(4).with_normaliser(Normaliser::Layer).adding(1),
        layer(5).with_stride(2).with_normaliser(divisive).adding(2),
    ];
    architecture(Pooling::Max(2)).with_convolutions(&convolutions)
}

#[test]
fn residual_connections_and_normalisers_have_a_name_and_a_file() {
    let (task, own) = (support::small(), residual().with_normaliser(Normaliser::Layer));
    assert_eq!(own.name(&task), "6x6x1-4c3p1l-4c3p1l+1-5c3s2p1n3+2-7l-4 relu bias");
    let plan = Plan { architectures: vec![own], ..plan(2) };
    let text = plan.to_toml();
    assert!(text.contains("adds = 1") && text.contains("normaliser = \"layer\""), "{text}");
    assert_eq!(Plan::from_toml(&text).unwrap(), plan);
}

#[test]
fn rules_train_networks_with_residual_connections_and_normalisers() {
    for rule in rules::all() {
        let name = rule.about().name;
        let experiment = support::small_experiment().architecture(residual()).rule_from(&rule);
        let trajectory = match train(&experiment) {
            Ok(trajectory) => trajectory,
            Err(error) => {
                assert!(error.to_string().contains("residual connections"), "{name}: {error}");
                continue;
            }
        };
        assert_eq!(trajectory.outcome, Outcome::Finished, "{name}");
        let table = observe(&trajectory, &Instrument::perfect(), &ObservableSet::standard());
        assert_eq!(table.unwrap().height(), trajectory.snapshots.len() * 5, "{name}");
        let end = trajectory.snapshots.last().unwrap();
        assert!(name != "backprop" || end.test.accuracy > 0.5, "{}", end.test.accuracy);
    }
}

#[test]
fn every_rule_of_the_catalogue_trains_a_network_that_convolves() {
    for rule in rules::all() {
        let name = rule.about().name;
        for pooling in [Pooling::Max(2), Pooling::Mean(2)] {
            // Under ReLU nothing holds the states of contrastive Hebbian learning once a layer and
            // its feedback amplify more than they lose, as overlapping patches do.
            let activation = match name.as_str() {
                "contrastive_hebbian" => Activation::Tanh,
                _ => Activation::Relu,
            };
            let architecture = architecture(pooling).with_activation(activation);
            let mut experiment = support::small_experiment().architecture(architecture);
            if name == "forward_forward" {
                experiment.task = experiment.task.with_label_planes().unwrap();
            }
            let experiment = experiment.rule_from(&rule);
            let trajectory = train(&experiment).unwrap();
            assert_eq!(trajectory.outcome, Outcome::Finished, "{name}");
            let table =
                observe(&trajectory, &Instrument::perfect(), &ObservableSet::standard()).unwrap();
            assert_eq!(table.height(), trajectory.snapshots.len() * 4, "{name}");
            let end = trajectory.snapshots.last().unwrap();
            if let Some(angles) = &end.feedback_angle {
                assert!(angles[1..].iter().all(|angle| angle.is_finite()), "{name}: {angles:?}");
            }
            assert!(name != "backprop" || end.test.accuracy > 0.5, "{}", end.test.accuracy);
        }
    }
}

#[test]
fn an_architecture_has_a_name_and_a_file() {
    let task = support::small();
    let own = architecture(Pooling::Max(2));
    assert_eq!(own.name(&task), "6x6x1-4c3p1m2-5c2-7-4 relu bias");
    let plan = Plan { architectures: vec![own], ..plan(2) };
    let text = plan.to_toml();
    assert!(text.contains("kernel = 3") && text.contains("max = 2"), "{text}");
    assert_eq!(Plan::from_toml(&text).unwrap(), plan);
    for (name, _) in Architecture::convolutional_ones() {
        assert!(!Architecture::named(name).unwrap().convolutions.is_empty());
    }
}

#[test]
fn a_study_is_the_same_killed_and_continued_and_on_any_number_of_threads() {
    let plan = Plan {
        architectures: vec![architecture(Pooling::Max(2)), Architecture::hidden(&[12])],
        ..plan(6)
    };
    let expected = undisturbed(&plan);
    let place = Place::new(&plan);
    // One part of the networks now, and all that is missing then.
    let mut part = place.train();
    assert!(part.args(["--shard", "1/2"]).status().unwrap().success());
    assert!(place.train().args(["--threads", "1"]).status().unwrap().success());
    assert_eq!(tables(&place.out()), expected);
}

/// An interpreter that has PyTorch: `MICROLEARNERS_PYTHON`, or `python3`.
fn pytorch() -> Option<String> {
    let python = std::env::var("MICROLEARNERS_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import torch"]).output();
    found.is_ok_and(|found| found.status.success()).then_some(python)
}

fn write_tensors(path: &Path, tensors: &[(&str, &Array2<f32>)]) {
    let numbers: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, tensor)| tensor.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&numbers).map(|((name, tensor), numbers)| {
        (*name, TensorView::new(Dtype::F32, tensor.shape().to_vec(), numbers).unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn saved_weights_are_those_of_pytorch() {
    for architecture in [architecture(Pooling::Max(2)), residual()] {
        let plan = Plan {
            architectures: vec![architecture],
            rules: vec![RulePlan::named("backprop")],
            weights: SavedWeights::Last,
            ..plan(2)
        };
        let folder = tempfile::tempdir().unwrap();
        let directory = plan.run_in(folder.path().join("study")).unwrap();
        let saved = directory.weights(0).unwrap().remove(0);
        let trained = train(&plan.study().unwrap().experiments[0]).unwrap();
        assert_eq!(&saved.network, trained.network());
        let file = folder.path().join("study/networks/000/0000000.last.safetensors");
        let content = std::fs::read(&file).unwrap();
        let name = format!("step{}.layer1.weights", saved.step);
        let tensors = SafeTensors::deserialize(&content).unwrap();
        assert_eq!(tensors.tensor(&name).unwrap().shape(), [4, 1, 3, 3]);
        compare_with_pytorch(&saved.network, &file);
    }
}

/// Where there is a PyTorch: its predictions with the weights of this file.
fn compare_with_pytorch(network: &Network, file: &Path) {
    let inputs = support::small().test().inputs.slice(s![..50, ..]).to_owned();
    let predictions = network.predict(&inputs);
    let case = file.with_file_name("case.safetensors");
    write_tensors(&case, &[("inputs", &inputs), ("predictions", &predictions)]);
    let Some(python) = pytorch() else {
        println!("not compared with PyTorch, which python3 does not have here");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/convolution/predictions.py");
    let done = Command::new(python).arg(script).arg(file).arg(case).output().unwrap();
    println!("{}", String::from_utf8_lossy(&done.stdout));
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn gains_go_back_through_places() {
    // The layer-wise activity change by differences: what every input, a little larger, changes in
    // the mean of a layer's outputs.
    let normalised = architecture(Pooling::Mean(2)).with_normaliser(Normaliser::Layer);
    for form in [architecture(Pooling::Max(2)), architecture(Pooling::Mean(2)), normalised] {
        let experiment =
            support::small_experiment().architecture(form.with_activation(Activation::Tanh));
        let trajectory = train(&experiment).unwrap();
        let set = ObservableSet::named(&["gradavgraw_id"]).unwrap();
        let table = observe(&trajectory, &Instrument::perfect(), &set).unwrap();
        let network = trajectory.network();
        let found = table.column("gradavgraw_id").unwrap().f64().unwrap();
        let rows = table.height();
        let probe = experiment.task.probe();
        let below = network.activities(probe.view());
        for (layer, x) in [probe.clone(), below[0].clone(), below[1].clone()].iter().enumerate() {
            let mean = |shift: f32| {
                let layer = &network.layers()[layer];
                let mut out = Array2::zeros((x.nrows(), layer.outputs()));
                layer.forward(&(x + shift), out.view_mut());
                layer.activation.apply(out.view_mut());
                out.mapv(f64::from).mean().unwrap()
            };
            let expected = (mean(5e-3) - mean(-5e-3)) / 1e-2;
            let found = found.get(rows - 4 + layer).unwrap();
            assert!(
                (found - expected).abs() < 5e-3 * (1.0 + expected.abs()),
                "{layer}: {found} is not {expected}"
            );
        }
    }
}

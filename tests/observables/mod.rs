//! Observables against numpy and scipy, and what instruments do to them.

use microlearners::data::{Dataset, Images, Normalisation, Objective, Task, TaskSettings};
use microlearners::ndarray::Array2;
use microlearners::network::{Activation, Layer, LayerUpdate, Network, Updates};
use microlearners::observables::{
    Instrument, LayerView, Noise, Observable, ObservableSet, observe,
};
use microlearners::polars::prelude::{Column, DataFrame};
use microlearners::training::{Experiment, Score, Snapshot, Trajectory};

use crate::support;

/// The formulas of reference.py.
fn formula(
    rows: usize,
    columns: usize,
    (a, b): (usize, usize),
    modulus: usize,
    scale: f32,
) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        (((a * i + b * j + i * j) % modulus) as f32 - (modulus / 2) as f32) / scale
    })
}

fn trajectory() -> Trajectory {
    let pixels = Array2::from_shape_fn((12, 6), |(i, j)| ((i * 37 + j * 71 + 5) % 256) as u8);
    let images = Images { pixels, labels: (0..12).map(|i| i % 3).collect() };
    let classes = ["a", "b", "c"].map(String::from).to_vec();
    let data = Dataset::new("formula", (2, 3), classes, images.clone(), images).unwrap();
    let settings = TaskSettings {
        normalisation: Normalisation::Unit,
        probe_stimuli: 12,
        ..TaskSettings::default()
    };
    let task = Task::classification(&data, &settings).unwrap();
    let layer = Layer::dense;
    let layers = vec![
        layer(formula(5, 6, (7, 13), 23, 10.0), Activation::Sigmoid),
        layer(formula(3, 5, (5, 3), 17, 8.0), Activation::Identity),
    ];
    let network = Network::new(layers, Objective::SoftmaxCrossEntropy);
    let mut delta = Updates::new(&network);
    let changes = [formula(5, 6, (3, 11), 19, 1000.0), formula(3, 5, (2, 7), 13, 900.0)];
    for (update, weights) in delta.layers_mut().iter_mut().zip(changes) {
        *update = LayerUpdate { weights, bias: None };
    }
    let score = Score { loss: 0.0, accuracy: 0.0 };
    let snapshot = Snapshot {
        step: 1,
        network,
        delta: Some(delta),
        train: score,
        validation: None,
        test: score,
        groups: Vec::new(),
        validation_groups: Vec::new(),
        weight_change: vec![0.0; 2],
        gradient_angle: vec![f64::NAN; 2],
        energy: None,
        feedback_angle: None,
        feedback_ratio: None,
    };
    let experiment = Experiment::new(&task);
    Trajectory::of(experiment, vec![snapshot], score).unwrap()
}

fn value(table: &DataFrame, column: &str, row: usize) -> f64 {
    table.column(column).unwrap().f64().unwrap().get(row).unwrap_or(f64::NAN)
}

#[test]
fn every_observable_equals_numpys() {
    let table =
        observe(&trajectory(), &Instrument::perfect(), &ObservableSet::everything()).unwrap();
    let reference = include_str!("reference.csv");
    assert_eq!(reference.lines().count(), 2 * 93);
    for line in reference.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let (row, expected) =
            (fields[0].parse::<usize>().unwrap() - 1, fields[2].parse::<f64>().unwrap());
        let found = value(&table, fields[1], row);
        // Weights are exact in both; the forward pass is in single precision here.
        let tolerance = 2e-5 * expected.abs().max(0.05);
        assert!((found - expected).abs() < tolerance, "{line}: {found}");
    }
}

#[test]
fn before_learning_there_is_no_change_and_rules_are_indistinguishable() {
    use microlearners::rules;
    let table = |name: &str| {
        let experiment = support::small_experiment().rule_from(&rules::named(name).unwrap());
        let trajectory = microlearners::training::train(&experiment).unwrap();
        observe(&trajectory, &Instrument::perfect(), &ObservableSet::default()).unwrap()
    };
    let (backprop, hebbian) = (table("backprop"), table("hebbian"));
    let mut numbers = 0;
    for name in ObservableSet::default().names() {
        for row in 0..2 {
            let (a, b) = (value(&backprop, &name, row), value(&hebbian, &name, row));
            // Of a change there is none yet.
            let is_of_a_change = name.starts_with("delta");
            assert!(
                if is_of_a_change { a.is_nan() && b.is_nan() } else { a == b },
                "{name}: {a} {b}"
            );
            numbers += usize::from(!is_of_a_change);
        }
    }
    assert!(numbers > 50, "{numbers}");
    assert!(value(&backprop, "deltaraw_norm", 0).is_nan());
    assert!(value(&backprop, "deltaraw_norm", 2) > 0.0);
}

#[test]
fn a_part_of_the_units_is_seen_and_noise_is_added_before_the_transform() {
    let set = ObservableSet::named(&["weightraw_norm", "weightsq_mean", "actraw_norm"]).unwrap();
    let see = |instrument: Instrument| observe(&trajectory(), &instrument, &set).unwrap();
    let all = see(Instrument::perfect());
    let part = see(Instrument::perfect().with_fraction(0.2));
    assert!(value(&part, "weightraw_norm", 0) < value(&all, "weightraw_norm", 0));
    assert!(value(&part, "actraw_norm", 0) < value(&all, "actraw_norm", 0));
    // Noise of k standard deviations adds about k² variances to the mean square; 30 synapses give
    // it roughly.
    let noisy = see(Instrument::perfect().with_noise(10.0));
    assert!(value(&noisy, "weightsq_mean", 0) > 30.0 * value(&all, "weightsq_mean", 0));
}

#[test]
fn noise_in_units_of_the_start_does_not_grow_with_the_weights() {
    let mut trajectory = trajectory();
    let mut grown = trajectory.snapshots[0].clone();
    let five_fold = |layer: &Layer| Layer::dense(&layer.weights * 5.0, layer.activation);
    let layers = grown.network.layers().iter().map(five_fold).collect();
    grown.network = Network::new(layers, Objective::SoftmaxCrossEntropy);
    trajectory.snapshots.push(grown);
    let set = ObservableSet::named(&["weightraw_var"]).unwrap();
    let added = |noise: Noise| {
        let see =
            |noise| observe(&trajectory, &Instrument { noise, ..Instrument::perfect() }, &set);
        let (clean, noisy) = (see(Noise::None).unwrap(), see(noise).unwrap());
        [0, 2].map(|row| value(&noisy, "weightraw_var", row) - value(&clean, "weightraw_var", row))
    };
    // Of 30 weights, variances of noise scatter by a quarter.
    let [first, last] = added(Noise::RelativeToStart(10.0));
    assert!((0.4..2.5).contains(&(last / first)), "{first} {last}");
    let [first, last] = added(Noise::Relative(10.0));
    assert!((10.0..60.0).contains(&(last / first)), "{first} {last}");
}

#[derive(Debug)]
struct Largest;

impl Observable for Largest {
    fn name(&self) -> String {
        "weight_largest".into()
    }

    fn measure(&self, layer: &LayerView<'_>) -> f64 {
        layer.weights().iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

#[test]
fn an_observable_of_your_own_is_one_column_more() {
    let table =
        observe(&trajectory(), &Instrument::perfect(), &ObservableSet::weights().with(Largest))
            .unwrap();
    assert!((value(&table, "weight_largest", 0) - 1.1).abs() < 1e-6);
}

#[test]
fn an_observable_of_your_own_is_a_feature_also_after_a_file() {
    use microlearners::prelude::{
        Backprop, Hebbian, LearningRule as _, ParquetReader, ParquetWriter, SampleSpec, SampleUnit,
        SerReader, Study,
    };
    let rules = [Backprop.shared(), Hebbian::default().shared()];
    let study = Study::of(crate::support::small_experiment()).rules(&rules).seeds(2);
    let observables = ObservableSet::named(&["actraw_mean"]).unwrap().with(Largest);
    let mut table = study.run_with(&Instrument::perfect(), &observables).unwrap().observations;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.parquet");
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut table).unwrap();
    let mut again = ParquetReader::new(std::fs::File::open(&path).unwrap()).finish().unwrap();
    let view = SampleSpec { unit: SampleUnit::OneLayerWithoutDepth, ..SampleSpec::default() };
    let names = view.samples(&again).unwrap().feature_names;
    assert_eq!(names, ["actraw_mean", "weight_largest"]);
    let of = |word: &str| SampleSpec { observables: vec![word.into()], ..view.clone() };
    assert_eq!(of("weight").samples(&again).unwrap().feature_names, ["weight_largest"]);
    // A column that nobody measured is none, though the table has observables of its own.
    let numbers: Vec<u32> = (0..again.height() as u32).collect();
    again.with_column(Column::new("rule_index".into(), numbers)).unwrap();
    let told = view.samples(&again).unwrap_err().to_string();
    assert!(told.contains("rule_index") && told.contains("SampleSpec.observables"), "{told}");
    // Without the column that names them they can still be asked for.
    let bare = again.drop("own_observables").unwrap();
    assert_eq!(of("weight_largest").samples(&bare).unwrap().feature_names, ["weight_largest"]);
    assert!(view.samples(&bare).unwrap_err().to_string().contains("weight_largest"));
}

//! Recordings of the library's own networks.

use microlearners::prelude::*;

use crate::support::{small, small_experiment};

/// The table of recordings without the names of networks, which a trajectory has not.
fn without_names(mut table: DataFrame) -> DataFrame {
    table.drop_in_place("network").unwrap();
    table
}

#[test]
fn recordings_of_a_trajectory_are_measured_bit_by_bit_as_it_is() {
    let instruments = [
        Instrument::perfect(),
        Instrument { seed: 3, ..Instrument::perfect().with_noise(0.5).with_fraction(0.3) },
        Instrument { noise: Noise::RelativeToStart(0.5), seed: 4, ..Instrument::perfect() },
    ];
    let everything = ObservableSet::everything();
    let deep = Architecture::hidden(&[8, 6]).with_activation(Activation::Tanh);
    let filters = ConvolutionLayer::new(3, 3).with_pooling(Pooling::Max(2));
    let normalised = ConvolutionLayer::new(4, 2).with_normaliser(Normaliser::Layer);
    let seeing = Architecture::hidden(&[6]).with_convolutions(&[filters, normalised]);
    for (rule, architecture) in [("kolen_pollack", deep), ("backprop", seeing)] {
        let rule = rules::named(rule).unwrap();
        let experiment = small_experiment().rule_from(&rule).architecture(architecture);
        let trajectory = train(&experiment).unwrap();
        let recorded = [RecordedNetwork::of(&trajectory).unwrap()];
        for instrument in &instruments {
            let table = observe_recordings(&recorded, instrument, &everything).unwrap();
            let expected = observe(&trajectory, instrument, &everything).unwrap();
            assert!(without_names(table).equals_missing(&expected), "{rule:?} by {instrument:?}");
        }
        // The study measures while it trains.
        let study = Study { experiments: vec![experiment] };
        let records = study.run_with(&Instrument::perfect(), &everything).unwrap();
        let table = observe_recordings(&recorded, &Instrument::perfect(), &everything).unwrap();
        assert!(without_names(table).equals_missing(&records.observations));
    }
}

#[test]
fn rules_that_settle_give_their_states() {
    let equilibrium = EquilibriumPropagation::default().shared();
    let contrastive = ContrastiveHebbian::default().shared();
    for rule in rules::all() {
        let deep = Architecture::hidden(&[8, 6]);
        let experiment = small_experiment().architecture(deep).rule_from(&rule);
        let name = rule.about().name;
        if experiment.check().is_err() {
            continue;
        }
        let trajectory = train(&experiment).unwrap();
        let forward = RecordedNetwork::of(&trajectory).unwrap();
        let settled =
            RecordedNetwork::with_activity_of(&trajectory, ActivityOf::SettledStates).unwrap();
        let activity = |network: &RecordedNetwork, layer: usize| {
            network.recordings().last().unwrap().layers[layer].activity.clone().unwrap()
        };
        let is_settling = [&equilibrium, &contrastive].iter().any(|one| one.about().name == name);
        for layer in 0..3 {
            let differ = activity(&forward, layer) != activity(&settled, layer);
            assert_eq!(differ, is_settling, "{name}, layer {layer}");
        }
        // The answers are made of the last states.
        let answers = trajectory.predict(trajectory.experiment.task.probe()).unwrap();
        let mut states = activity(&settled, 2);
        match name.as_str() {
            "contrastive_hebbian" => assert_eq!(states, answers),
            "equilibrium_propagation" => {
                Objective::SoftmaxCrossEntropy.apply_readout(states.view_mut());
                assert_eq!(states, answers);
            }
            _ => {}
        }
    }
}

#[test]
fn a_run_directory_is_recorded_from_its_weights() {
    let plan = Plan {
        name: "small".into(),
        tasks: vec![TaskPlan::synthetic()],
        architectures: vec![Architecture::hidden(&[8])],
        weights: SavedWeights::Checkpoints,
        observables: vec!["everything".into()],
        checkpoints: Checkpoints::Count(3),
        epochs: 1,
        rules: vec![RulePlan::named("backprop"), RulePlan::named("hebbian")],
        ..Plan::of(&Design::moving(), 1)
    };
    let folder = tempfile::tempdir().unwrap();
    let directory = plan.run_in(folder.path().join("study")).unwrap();
    let recorded = directory.recorded(&[0, 1]).unwrap();
    let everything = ObservableSet::everything();
    let table = observe_recordings(&recorded, &Instrument::perfect(), &everything).unwrap();
    let stored = directory.observations().unwrap().collect().unwrap();
    for name in ["run", "rule", "model_seed", "step", "layer", "depth"] {
        assert_eq!(table.column(name).unwrap(), stored.column(name).unwrap(), "{name}");
    }
    for name in everything.names() {
        let column = table.column(&name).unwrap();
        if name.starts_with("delta") {
            assert_eq!(column.null_count(), table.height(), "{name}");
        } else {
            assert!(column.equals_missing(stored.column(&name).unwrap()), "{name}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_numbers() {
    let layer = |rows, columns| RecordedLayer::new(Array2::zeros((rows, columns)));
    let at = |step, layers| Recording { step, layers };
    let told = |recordings| RecordedNetwork::new("mine", recordings).unwrap_err().to_string();
    assert!(told(vec![]).contains("mine has no checkpoint"));
    assert!(told(vec![at(0, vec![])]).contains("no checkpoint with a layer"));
    let twice = told(vec![at(5, vec![layer(2, 3)]), at(5, vec![layer(2, 3)])]);
    assert!(twice.contains("step 5 after step 5"), "{twice}");
    let fewer = told(vec![at(0, vec![layer(2, 3); 2]), at(1, vec![layer(2, 3)])]);
    assert!(fewer.contains("2 layers at step 0 and 1 at step 1"), "{fewer}");
    let other = told(vec![at(0, vec![layer(2, 3)]), at(1, vec![layer(3, 2)])]);
    assert!(other.contains("3 × 2, but 2 × 3"), "{other}");
    let change = layer(2, 3).with_change(Array2::zeros((3, 3)));
    assert!(told(vec![at(0, vec![change])]).contains("the change is 3 × 3"));
    let spec = LayerSpec::dense(Activation::Relu);
    let activity = layer(2, 3).with_activity(Array2::zeros((9, 3))).with_spec(spec);
    let activity = told(vec![at(0, vec![activity])]);
    assert!(activity.contains("3 columns, but the layer has 2 units"), "{activity}");
    let nothing = observe_recordings(&[], &Instrument::perfect(), &ObservableSet::default());
    assert!(nothing.unwrap_err().to_string().contains("no network"));
}

#[test]
fn a_table_of_recordings_is_classified_like_any_other() {
    let recorded: Vec<RecordedNetwork> = (0..12)
        .map(|seed| {
            let rule = rules::named(["backprop", "hebbian"][seed as usize % 2]).unwrap();
            let seeds = Seeds { model: seed, data: seed };
            let experiment = Experiment { seeds, ..Experiment::new(&small()).batch_size(50) };
            RecordedNetwork::of(&train(&experiment.rule_from(&rule)).unwrap()).unwrap()
        })
        .collect();
    let table =
        observe_recordings(&recorded, &Instrument::perfect(), &ObservableSet::weights()).unwrap();
    let protocol = Protocol { splits: 3, permutations: 2, ..Protocol::default() };
    let report =
        classify_table(&table, &SampleSpec::default(), &RandomForest::default(), &protocol);
    assert!(report.unwrap().accuracy.mean > 0.8);
}

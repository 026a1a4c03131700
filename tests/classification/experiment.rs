//! The virtual experiment: networks of another kind, other labels, other instruments, networks that
//! do equally well.

use microlearners::prelude::*;

use super::tables::observed;
use crate::support;

/// 2 architectures × 3 rules × 8 seeds on the small task.
fn records() -> Records {
    Study::of(support::small_experiment())
        .architectures(&[Architecture::hidden(&[8]), Architecture::hidden(&[16])])
        .rules(&["backprop", "hebbian", "no_training"].map(|name| rules::named(name).unwrap()))
        .seeds(8)
        .run()
        .unwrap()
}

fn protocol() -> Protocol {
    Protocol { splits: 3, permutations: 5, importance_repeats: 0, ..Protocol::default() }
}

#[test]
fn a_held_out_architecture_is_judged_by_what_never_saw_it_nor_its_initial_weights() {
    let table = records().observations;
    let (view, forest) = (SampleSpec::default(), RandomForest::default());
    let wide = col("architecture").eq(lit("36-16-4 sigmoid"));
    let found = hold_out(&table, &view, &forest, &protocol(), &wide).unwrap();
    assert_eq!((found.networks, found.held_out_networks), (24, 24));
    // Per split two of the eight initialisations are judged: 3 rules × 2 layers of each, of the
    // held-out kind too.
    assert_eq!(found.confusion.total(), 3 * 2 * 3 * 2);
    assert!((found.chance - 1.0 / 3.0).abs() < 1e-12);
    let baseline = found.baseline.as_ref().unwrap();
    assert!(found.within.mean > 0.6 && baseline.mean < 0.6, "{found}");
    // As often, after learning from as many networks of both kinds; the cost is the difference of
    // pairs.
    assert!(found.familiar.mean > 0.6, "{found}");
    assert!((found.cost.mean - (found.familiar.mean - found.held_out.mean)).abs() < 0.3, "{found}");
    assert!(found.to_string().contains("the cost of being unseen"));

    let each = hold_out_each(&table, &view, &forest, &protocol(), "architecture").unwrap();
    assert_eq!(each.height(), 2);
    let same = each.column("held_out").unwrap().f64().unwrap().get(0);
    assert_eq!(same, Some(found.held_out.mean), "36-16-4 comes first");
    let forms = hold_out_each(&table, &view, &forest, &protocol(), "hidden_layers").unwrap();
    let names = forms.column("hidden_layers").unwrap().str().unwrap();
    assert_eq!((names.get(0), names.get(1)), (Some("16 sigmoid"), Some("8 sigmoid")));
    assert_eq!(forms.column("held_out").unwrap().f64().unwrap().get(0), same);
}

/// The larger rate of every rule, though one rule's rates are a thousandth of the others'.
#[test]
fn the_largest_learning_rate_of_every_rule_is_held_out() {
    let hebbian = when(col("rule").eq(lit("hebbian"))).then(lit(1e-3)).otherwise(lit(1.0));
    let rate = (lit(0.1) * hebbian * (col("run") % lit(2) + lit(1)).cast(DataType::Float64))
        .alias("learning_rate");
    let table = records().observations.lazy().with_column(rate).collect().unwrap();
    let forest = RandomForest::default();
    let each =
        hold_out_each(&table, &SampleSpec::default(), &forest, &protocol(), "learning_rate_index")
            .unwrap();
    let ranks = each.column("learning_rate_index").unwrap().str().unwrap();
    assert!(ranks.iter().eq([Some("0"), Some("1")]), "{each}");
    assert!(each.column("networks").unwrap().u32().unwrap().iter().all(|n| n == Some(24)));
    let named = with_key(&table, "learning_rate_index").unwrap();
    let largest = col("learning_rate_index").eq(lit("1"));
    let found = hold_out(&named, &SampleSpec::default(), &forest, &protocol(), &largest).unwrap();
    let same = each.column("held_out").unwrap().f64().unwrap().get(1);
    assert_eq!(same, Some(found.held_out.mean));
}

#[test]
fn what_cannot_be_held_out_is_refused() {
    let table = records().observations;
    let told = |kind: Expr| {
        let forest = RandomForest::default();
        hold_out(&table, &SampleSpec::default(), &forest, &protocol(), &kind)
            .unwrap_err()
            .to_string()
    };
    assert!(told(col("task").eq(lit("synthetic"))).contains("48 of the 48 networks"));
    assert!(told(col("task").eq(lit("nothing"))).contains("0 of the 48 networks"));
    assert!(told(col("layer").eq(lit(1))).contains("a part of network 0"));
    assert!(told(col("learning_rate")).contains("true or false"));
    // A rule that was never learned from cannot be named, and one alone cannot be mistaken.
    assert!(told(col("rule").eq(lit("hebbian"))).contains("all networks of class \"hebbian\""));
    assert!(told(col("run").eq(lit(3))).contains("nothing to distinguish"));
    assert!(told(col("rule").eq(lit("hebbian")).unique()).contains("for 2 rows"));
    let forest = RandomForest::default();
    let error =
        hold_out_each(&table, &SampleSpec::default(), &forest, &protocol(), "animal").unwrap_err();
    assert!(error.to_string().contains("no column animal"));
}

#[test]
fn families_and_the_labels_of_2020() {
    let view = SampleSpec { label: vec!["family".into()], ..SampleSpec::default() };
    let samples = view.samples(&records().observations).unwrap();
    assert_eq!(samples.classes, ["Hebbian", "control", "gradient"]);
    let table = records().observations;
    let mine = table.lazy().with_column(lit("alignment_amp_null").alias("rule")).collect().unwrap();
    assert!(view.samples(&mine).unwrap_err().to_string().contains("one class (feedback)"));
    let mine = mine.lazy().with_column(lit("my_rule").alias("rule")).collect().unwrap();
    assert!(view.samples(&mine).unwrap_err().to_string().contains("my_rule"));

    let study = Study::of(support::small_experiment())
        .rules(
            &["backprop", "feedback_alignment", "information_alignment", "sign_symmetry"]
                .map(|name| rules::named(name).unwrap()),
        )
        .optimizers(&[Optimizer::momentum(0.9), Optimizer::adam(), Optimizer::sgd()])
        .learning_rates(&[0.01]);
    let table = study.run().unwrap().observations;
    let kept = table.lazy().filter(published::nayebi_networks()).collect().unwrap();
    let view =
        SampleSpec { label: vec!["rule".into(), "optimizer".into()], ..SampleSpec::default() };
    let classes = view.samples(&kept).unwrap().classes;
    assert_eq!(classes[..2], ["backprop × adam", "backprop × momentum"]);
    assert_eq!(classes.len(), 2 + 2 * 3);
}

#[test]
fn checkpoints_are_spread_or_consecutive() {
    assert_eq!(
        CheckpointSelection::spread(5, 21).unwrap(),
        CheckpointSelection::At(vec![0, 5, 10, 15, 20])
    );
    assert_eq!(CheckpointSelection::spread(2, 21).unwrap(), CheckpointSelection::At(vec![0, 20]));
    assert_eq!(
        CheckpointSelection::spread(4, 21).unwrap(),
        CheckpointSelection::At(vec![0, 7, 13, 20])
    );
    assert_eq!(
        CheckpointSelection::spread(21, 21).unwrap(),
        CheckpointSelection::At((0..21).collect())
    );
    assert_eq!(CheckpointSelection::early(3, 21).unwrap(), CheckpointSelection::At(vec![0, 1, 2]));
    assert_eq!(
        CheckpointSelection::middle(3, 21).unwrap(),
        CheckpointSelection::At(vec![9, 10, 11])
    );
    assert_eq!(
        CheckpointSelection::late(3, 21).unwrap(),
        CheckpointSelection::At(vec![18, 19, 20])
    );
    for bad in [
        CheckpointSelection::spread(1, 21),
        CheckpointSelection::early(0, 21),
        CheckpointSelection::late(22, 21),
    ] {
        assert!(bad.is_err());
    }
}

#[test]
fn importances_by_measure_statistic_and_checkpoint() {
    let table = records().observations;
    let view =
        SampleSpec { checkpoints: CheckpointSelection::At(vec![0, 3]), ..SampleSpec::default() };
    let names = |importance_by| {
        let protocol = Protocol {
            splits: 2,
            permutations: 0,
            importance_repeats: 1,
            importance_by,
            ..Protocol::default()
        };
        let samples = view.samples(&table).unwrap();
        let report = classify(&samples, &RandomForest::default(), &protocol).unwrap();
        let mut names: Vec<String> =
            report.importance.iter().map(|one| one.observable.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(ImportanceBy::Measure), ["act", "delta", "depth", "gradavg", "weight"]);
    assert_eq!(names(ImportanceBy::Checkpoint), ["@0", "@3", "depth"]);
    assert_eq!(names(ImportanceBy::Transform), ["abs", "depth", "raw", "sq"]);
    let statistics = names(ImportanceBy::Statistic);
    assert_eq!(statistics.len(), 9);
    assert!(statistics.contains(&"thirdquartile".into()) && statistics.contains(&"id".into()));
    assert_eq!(names(ImportanceBy::ObservableAtCheckpoint).len(), 2 * 66 + 1);
}

#[test]
fn networks_matched_in_accuracy_have_the_same_accuracies_under_every_rule() {
    let table = records().observations;
    let view = SampleSpec::default();
    let told = matched_in_accuracy(&table, &view, &[], (0.01, 0)).unwrap_err().to_string();
    assert!(told.contains("backprop 0.") && told.contains("width 0.01"), "{told}");
    // Accuracies of my own: every class has 0, 1/8, … 7/8 in each architecture, and backprop 1/16
    // more.
    let more = when(col("rule").eq(lit("backprop"))).then(lit(0.0625)).otherwise(lit(0.0));
    let own = (col("run") % lit(8)).cast(DataType::Float64) / lit(8.0) + more;
    let mine = table.lazy().with_column(own.alias("test_accuracy")).collect().unwrap();
    let matched = matched_in_accuracy(&mine, &view, &["hidden_layers"], (0.125, 0)).unwrap();
    assert_eq!(view.samples(&matched).unwrap().class_counts(), [32, 32, 32]);
    // In narrower intervals backprop is alone.
    assert!(matched_in_accuracy(&mine, &view, &[], (0.0625, 0)).is_err());
    let few = mine.clone().lazy().filter(col("run").neq(lit(3))).collect().unwrap();
    let matched = matched_in_accuracy(&few, &view, &["hidden_layers"], (0.125, 0)).unwrap();
    assert_eq!(view.samples(&matched).unwrap().class_counts(), [30, 30, 30]);
    assert!(matched.equals_missing(
        &matched_in_accuracy(&few, &view, &["hidden_layers"], (0.125, 0)).unwrap()
    ));
    assert!(matched_in_accuracy(&mine, &view, &[], (0.0, 0)).is_err());
    assert!(matched_in_accuracy(&mine, &view, &["colour"], (0.125, 0)).is_err());
    // What is left of an initialisation differs from one to the next, and can still be split by
    // initialisation.
    let gaps = col("run").neq(lit(3)).and(col("run").neq(lit(12))).and(col("run").neq(lit(21)));
    let few = mine.lazy().filter(gaps).collect().unwrap();
    let matched = matched_in_accuracy(&few, &view, &[], (0.125, 1)).unwrap();
    let report = classify(&view.samples(&matched).unwrap(), &RandomForest::default(), &protocol());
    assert!(report.unwrap().sizes.networks < 45);
    assert!(matched_in_accuracy(&observed(2), &view, &[], (0.1, 0)).is_err());
}

#[test]
fn one_training_serves_a_grid_of_instruments() {
    let study = Study::of(support::small_experiment())
        .rules(&["backprop", "no_training"].map(|name| rules::named(name).unwrap()))
        .seeds(4);
    let (noise, fraction) = (vec![0.0, 1.0], vec![1.0, 0.1]);
    let grid = InstrumentGrid { noise, fraction, ..InstrumentGrid::default() };
    let (records, plain) =
        (study.run_grid(&grid, &ObservableSet::default()).unwrap(), study.run().unwrap());
    assert_eq!(records.networks, plain.networks);
    let part = |noise: f64, fraction: f64| {
        let rows = col("noise").eq(lit(noise)).and(col("fraction").eq(lit(fraction)));
        records.observations.clone().lazy().filter(rows).collect().unwrap()
    };
    let perfect = part(0.0, 1.0).drop_many(["noise", "fraction"]);
    assert!(perfect.equals_missing(&plain.observations));
    let instrument = Instrument::perfect().with_noise(1.0).with_fraction(0.1);
    let single = study.run_with(&instrument, &ObservableSet::default()).unwrap();
    assert!(part(1.0, 0.1).drop_many(["noise", "fraction"]).equals_missing(&single.observations));
    // All of them at once are no samples; each by itself is.
    let told = SampleSpec::default().samples(&records.observations).unwrap_err().to_string();
    assert!(told.contains("occurs twice") && told.contains("noise and fraction"), "{told}");
    let forest = RandomForest::default();
    let by = ["noise", "fraction"];
    let table =
        classify_each(&records.observations, &by, &SampleSpec::default(), &forest, &protocol())
            .unwrap();
    assert_eq!(table.height(), 4);
    let report = classify(
        &SampleSpec::default().samples(&plain.observations).unwrap(),
        &forest,
        &protocol(),
    )
    .unwrap();
    // Sorted: no noise, and of that the smaller fraction first.
    assert_eq!(table.column("accuracy").unwrap().f64().unwrap().get(1), Some(report.accuracy.mean));
    assert_eq!(table.column("fraction").unwrap().f64().unwrap().get(1), Some(1.0));
    assert!(
        classify_each(&plain.observations, &by, &SampleSpec::default(), &forest, &protocol())
            .is_err()
    );
}

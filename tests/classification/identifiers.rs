//! Naming networks of which nobody has said: right, calibrated, or refused, and never by a guess.

use std::fs;

use microlearners::classification::{
    CheckpointSelection, Identifier, IdentifierProtocol, RandomForest, SampleSpec, SampleUnit,
    identify, left_out,
};
use microlearners::polars::prelude::{DataFrame, IntoLazy, col, lit};
use microlearners::prelude::*;
use microlearners::studies::StoredStudy;

/// Networks of a stored study, those of some seeds.
fn stored(name: &str, seeds: std::ops::Range<u32>) -> DataFrame {
    let study = StoredStudy::open(format!("datasets/studies/{name}.toml")).unwrap();
    let seed = col("model_seed");
    let chosen = seed.clone().gt_eq(lit(seeds.start)).and(seed.lt(lit(seeds.end)));
    study.observations().unwrap().lazy().filter(chosen).collect().unwrap()
}

/// Some rules of it.
fn of_rules(table: &DataFrame, rules: &[&str]) -> DataFrame {
    let is_one = rules.iter().map(|rule| col("rule").eq(lit(*rule))).reduce(|a, b| a.or(b));
    table.clone().lazy().filter(is_one.unwrap()).collect().unwrap()
}

fn spec() -> SampleSpec {
    SampleSpec {
        observables: vec!["weight".into()],
        unit: SampleUnit::WholeNetwork,
        checkpoints: CheckpointSelection::At(vec![5, 20]),
        ..SampleSpec::default()
    }
}

const FIVE: [&str; 5] =
    ["backprop", "feedback_alignment", "kolen_pollack", "hebbian", "predictive_coding"];

fn small() -> Identifier {
    let known = of_rules(&stored("all_rules", 0..12), &FIVE);
    Identifier::fit(&known, &spec(), &RandomForest::default()).unwrap()
}

#[test]
fn networks_of_initial_weights_never_seen_are_named_and_the_label_is_not_read() {
    let identifier = small();
    let unknown = of_rules(&stored("all_rules", 30..36), &FIVE);
    let found = identify(&identifier, &unknown).unwrap();
    assert_eq!(found.networks.len(), 30);
    let truth = unknown.column("rule").unwrap().str().unwrap();
    let runs = unknown.column("run").unwrap().u32().unwrap();
    let right = found.networks.iter().filter(|one| {
        let row = runs.iter().position(|run| run == Some(one.run as u32)).unwrap();
        one.ranked[0].0 == truth.get(row).unwrap()
    });
    assert!(right.count() >= 28, "{found}");
    let probabilities =
        found.networks.iter().map(|one| one.ranked.iter().map(|r| r.1).sum::<f64>());
    assert!(probabilities.into_iter().all(|sum| (sum - 1.0).abs() < 1e-9));
    assert!(found.networks.iter().all(|one| one.ranked.windows(2).all(|two| two[0].1 >= two[1].1)));
    let told = lit("hebbian").alias("rule");
    let relabelled = unknown.clone().lazy().with_column(told).collect().unwrap();
    assert_eq!(identify(&identifier, &relabelled).unwrap(), found);
    let unnamed = unknown.drop_many(["rule", "optimizer", "model_seed", "learning_rate"]);
    let again = identify(&identifier, &unnamed).unwrap();
    assert_eq!(again.networks[3].ranked, found.networks[3].ranked);
}

#[test]
fn an_identifier_comes_back_from_its_file_bit_for_bit_and_a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.identifier");
    let identifier = small();
    identifier.save(&path).unwrap();
    let unknown = of_rules(&stored("all_rules", 30..32), &FIVE);
    let again = Identifier::load(&path).unwrap();
    assert_eq!(identify(&again, &unknown).unwrap(), identify(&identifier, &unknown).unwrap());
    assert_eq!(again.to_string(), identifier.to_string());
    let whole = fs::read(&path).unwrap();
    let told = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        Identifier::load(&path).unwrap_err().to_string()
    };
    assert!(told(&whole[..whole.len() / 2]).contains("is truncated or altered"));
    assert!(told(&whole[..40]).contains("is truncated"));
    let mut altered = whole.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(told(&altered).contains("is truncated or altered"));
    assert!(told(b"run,rule\n0,backprop\n").contains("is not an identifier"));
    let later = [b"microlearners identifier 9\n", &whole[27..]].concat();
    assert!(told(&later).contains("was written by a later version"));
    assert!(told(b"").contains("is not an identifier; learn again"));
}

#[test]
fn what_was_not_measured_is_named_with_what_to_learn_from_instead() {
    let identifier = small();
    let unknown = of_rules(&stored("all_rules", 30..32), &FIVE);
    let told = |table: &DataFrame| identify(&identifier, table).unwrap_err().to_string();
    let lacking = unknown.drop("weightraw_norm").unwrap();
    let sentence = told(&lacking);
    assert!(
        sentence.contains("lack 1 of the") && sentence.contains("such as weightraw_norm"),
        "{sentence}"
    );
    assert!(sentence.contains("SampleSpec::for_both"), "{sentence}");
    let nothing = lit(f64::NAN).alias("weightraw_norm");
    let empty = unknown.clone().lazy().with_column(nothing).collect().unwrap();
    assert!(told(&empty).contains("such as weightraw_norm"));
    let early = unknown.clone().lazy().filter(col("checkpoint").lt(lit(10))).collect().unwrap();
    assert!(told(&early).contains("20"), "{}", told(&early));
    let shallow = unknown.clone().lazy().filter(col("layer").lt(lit(3))).collect().unwrap();
    assert!(told(&shallow).contains("they lack layer3.weight"), "{}", told(&shallow));
    assert!(told(&unknown.drop("layer").unwrap()).contains("lacks 1 of the columns"));
    // What both have can be learned from.
    let known = of_rules(&stored("all_rules", 0..6), &FIVE);
    let both = SampleSpec::for_both(&known, &lacking).unwrap();
    assert!(!both.observables.contains(&"weightraw_norm".to_owned()));
    assert_eq!(both.checkpoints, CheckpointSelection::All);
    let identifier = Identifier::fit(&known, &both, &RandomForest::default()).unwrap();
    assert_eq!(identify(&identifier, &lacking).unwrap().networks.len(), 10);
}

#[test]
fn networks_unlike_all_known_ones_are_said_to_be() {
    let identifier = small();
    let unknown = of_rules(&stored("all_rules", 30..31), &FIVE);
    assert!(
        identify(&identifier, &unknown).unwrap().networks.iter().all(|one| one.remarks.is_empty())
    );
    let change = [
        lit("784-50-50-10 relu").alias("architecture"),
        lit(0.5).alias("learning_rate"),
        (col("step") * lit(10)).alias("step"),
    ];
    let other = unknown.clone().lazy().with_columns(change).collect().unwrap();
    let found = identify(&identifier, &other).unwrap();
    let remarks = found.networks[0].remarks.join("; ");
    assert!(remarks.contains("architecture 784-50-50-10 relu is none of the 1"), "{remarks}");
    assert!(
        remarks.contains("its learning rate, 0.5, is outside the 0.00005 to 0.05"),
        "{remarks}"
    );
    assert!(remarks.contains("the number of its updates"), "{remarks}");
    let larger: Vec<_> =
        identifier.observables().iter().map(|name| col(name) * lit(50.0)).collect();
    let larger = unknown.lazy().with_columns(larger).collect().unwrap();
    let found = identify(&identifier, &larger).unwrap();
    assert!(found.to_string().contains("measurements lie far outside the range"), "{found}");
}

/// A rule that nobody showed it, and how often one that it knows is refused.
#[test]
fn a_rule_left_out_is_recognised_and_known_ones_are_refused_as_often_as_stated() {
    let known = of_rules(&stored("all_rules", 0..20), &FIVE);
    let protocol = IdentifierProtocol { folds: 5, ..IdentifierProtocol::default() };
    let table = left_out(&known, &spec(), &RandomForest::default(), &protocol).unwrap();
    assert_eq!(table.height(), 5);
    let mean = |name: &str| table.column(name).unwrap().f64().unwrap().mean().unwrap();
    assert!(mean("refused") <= 0.08, "{table}");
    assert!(mean("recognised") >= 0.5, "{table}");
    let two = of_rules(&known, &["backprop", "hebbian"]);
    let error = left_out(&two, &spec(), &RandomForest::default(), &protocol).unwrap_err();
    assert!(error.to_string().contains("2 classes leave fewer than two"), "{error}");
}

#[test]
fn what_cannot_be_calibrated_is_refused() {
    let known = of_rules(&stored("all_rules", 0..1), &FIVE);
    let told = Identifier::fit(&known, &spec(), &RandomForest::default()).unwrap_err().to_string();
    assert!(told.contains("all 5 networks share one set of initial weights"), "{told}");
    for (protocol, name) in [
        (IdentifierProtocol { folds: 1, ..IdentifierProtocol::default() }, "folds is 1"),
        (IdentifierProtocol { folds: 0, ..IdentifierProtocol::default() }, "folds is 0"),
        (
            IdentifierProtocol { false_alarms: 0.0, ..IdentifierProtocol::default() },
            "false_alarms is 0",
        ),
        (
            IdentifierProtocol { false_alarms: f64::NAN, ..IdentifierProtocol::default() },
            "false_alarms is NaN",
        ),
    ] {
        let told = protocol.fit(&known, &spec(), &RandomForest::default()).unwrap_err().to_string();
        assert!(told.contains(name), "{told}");
    }
    let known = of_rules(&stored("all_rules", 0..3), &FIVE);
    let search = microlearners::classification::named("forest_search").unwrap();
    let identifier = Identifier::fit(&known, &spec(), search.as_ref());
    let folder = tempfile::tempdir().unwrap();
    if let Ok(identifier) = identifier {
        let told = identifier.save(folder.path().join("a")).unwrap_err().to_string();
        assert!(told.contains("no file can hold the classifier best of"), "{told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// 2,760 networks with rate, architecture, task and batch size varied.
#[test]
fn probabilities_of_networks_where_all_is_varied_are_calibrated() {
    if !crate::support::is_full() {
        return;
    }
    let [first, more] =
        ["virtual_experiment", "virtual_experiment_more"].map(|name| stored(name, 0..120));
    let all = microlearners::observables::stack(&[&first, &more]).unwrap();
    let seed = || col("model_seed") * lit(7919) % lit(120);
    let part = |which| all.clone().lazy().filter(which).collect().unwrap();
    let (known, unknown) = (part(seed().lt(lit(80))), part(seed().gt_eq(lit(80))));
    let mut spec = SampleSpec::for_both(&known, &unknown).unwrap();
    spec.label = vec!["algorithm".into()];
    let identifier = Identifier::fit(&known, &spec, &RandomForest::default()).unwrap();
    let labels = with_key(&unknown, "algorithm").unwrap();
    let truth = labels.column("algorithm").unwrap().str().unwrap().clone();
    let runs = unknown.column("run").unwrap().cast(&DataType::UInt64).unwrap();
    let runs = runs.u64().unwrap();
    let found = identify(&identifier, &unknown).unwrap();
    let mut bins = [(0.0, 0.0); 10];
    for one in &found.networks {
        let row = runs.iter().position(|run| run == Some(one.run)).unwrap();
        let (name, q) = &one.ranked[0];
        let bin = &mut bins[((q * 10.0) as usize).min(9)];
        bin.0 += q;
        bin.1 += f64::from(u8::from(truth.get(row) == Some(name)));
    }
    let error: f64 = bins.iter().map(|(q, right)| (q - right).abs()).sum();
    let error = error / found.networks.len() as f64;
    println!("expected calibration error {error:.3} on {} networks", found.networks.len());
    assert!(error <= 0.05, "{error}");
}

/// Twelve networks of NumPy and PyTorch, at learning rates that the study does not have.
#[test]
fn networks_from_elsewhere_are_named_right_or_refused() {
    let file = std::fs::File::open("tests/elsewhere/observed.parquet").unwrap();
    let unknown = microlearners::polars_io::parquet::read::ParquetReader::new(file);
    let unknown = microlearners::polars_io::SerReader::finish(unknown).unwrap();
    let known = stored("all_rules", 0..40);
    let spec = SampleSpec::for_both(&known, &unknown).unwrap();
    assert_eq!(spec.unit, SampleUnit::WholeNetwork);
    let identifier = Identifier::fit(&known, &spec, &RandomForest::default()).unwrap();
    let found = identify(&identifier, &unknown).unwrap();
    assert_eq!(found.networks.len(), 12);
    let truth = unknown.column("note_true_rule").unwrap().str().unwrap();
    let names = unknown.column("network").unwrap().str().unwrap();
    for one in &found.networks {
        let row = names.iter().position(|name| name == one.name.as_deref()).unwrap();
        let named = one.answer();
        assert!(named.is_none() || named == truth.get(row), "{found}");
    }
    assert!(found.networks.iter().any(|one| one.answer().is_some()), "{found}");
}

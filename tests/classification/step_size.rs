//! Is it the rule, or the step size? What compares rules with learning rates.

use microlearners::polars::prelude::{DataFrame, Expr, IntoLazy, col, lit};
use microlearners::prelude::*;

/// Backprop at eight learning rates, and two more rules, of a stored study.
fn networks() -> DataFrame {
    let study = StoredStudy::open("datasets/studies/step_size.toml").unwrap();
    let rules = ["backprop", "feedback_alignment", "kolen_pollack"];
    let is_one = rules.iter().map(|rule| col("rule").eq(lit(*rule))).reduce(|a, b| a.or(b));
    let plain = "Optimizer { method: Sgd, weight_decay: 0.0 }";
    let chosen = is_one.unwrap().and(col("optimizer_settings").eq(lit(plain)));
    study.observations_of(8).unwrap().lazy().filter(chosen).collect().unwrap()
}

fn at(rule: &str, rate: f64) -> Expr {
    col("rule").eq(lit(rule)).and(col("learning_rate").eq(lit(rate)))
}

fn spec() -> SampleSpec {
    SampleSpec { unit: SampleUnit::WholeNetwork, ..SampleSpec::default() }.over_time()
}

fn protocol() -> Protocol {
    Protocol { splits: 4, test_fraction: 0.25, permutations: 0, ..Protocol::default() }
}

#[test]
fn twice_the_learning_rate_is_seen_and_a_network_beside_itself_is_not() {
    let table = networks();
    let accuracy = |pair: [&Expr; 2]| {
        let report = tell_apart(&table, pair, &spec(), &RandomForest::default(), &protocol());
        report.unwrap().accuracy.mean
    };
    assert!(accuracy([&at("backprop", 0.05), &at("backprop", 0.1)]) > 0.95);
    assert!(accuracy([&at("backprop", 0.05), &at("kolen_pollack", 0.05)]) > 0.95);
    // Halves of one kind.
    let odd = |place: u64| at("backprop", 0.05).and((col("model_seed") % lit(2)).eq(lit(place)));
    let halves = accuracy([&odd(0), &odd(1)]);
    assert!((0.1..0.9).contains(&halves), "{halves}");
}

#[test]
fn the_label_of_the_spec_does_not_matter() {
    let table = networks();
    let pair = [&at("backprop", 0.05), &at("backprop", 0.1)];
    let of = |label: &str| {
        let spec = SampleSpec { label: vec![label.into()], ..spec() };
        tell_apart(&table, pair, &spec, &RandomForest::default(), &protocol()).unwrap().accuracies
    };
    assert_eq!(of("rule"), of("no_such_column"));
}

#[test]
fn sides_that_cannot_be_compared_are_refused() {
    let table = networks();
    let told = |one: Expr, other: Expr| {
        let forest = RandomForest::default();
        tell_apart(&table, [&one, &other], &spec(), &forest, &protocol()).unwrap_err().to_string()
    };
    let backprop = || at("backprop", 0.05);
    assert!(told(backprop(), at("backprop", 7.0)).contains("the other side marks none"));
    assert!(told(backprop(), col("rule").eq(lit("backprop"))).contains("is on both sides"));
    assert!(told(col("rule"), backprop()).contains("true or false"));
    assert!(told(col("nothing").eq(lit(1)), backprop()).contains("the one side"));
}

#[test]
fn rates_are_matched_in_movement() {
    let table = networks();
    let reference = at("backprop", 0.05);
    let (matched, chosen) =
        matched_over_time(&table, &spec(), &reference, &MOVEMENT_AND_ACCURACY).unwrap();
    assert_eq!(chosen.height(), 3 * 8);
    let own = chosen.clone().lazy().filter(col("class").eq(lit("backprop"))).collect().unwrap();
    assert_eq!(own.column("distance").unwrap().f64().unwrap().max(), Some(0.0));
    assert_eq!(matched.height(), table.height() / 8, "one of eight rates of each");
}

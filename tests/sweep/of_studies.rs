//! Questions about the tables of a study.

use microlearners::classification::MOVEMENT_AND_ACCURACY;
use microlearners::polars;
use microlearners::prelude::*;

use super::asking::{Ask, Care, ask, drawn, rows, samples};
use super::{phases, plain, quality, records, three_rules};

pub(super) fn reference() -> Expr {
    col("rule").eq(lit("backprop")).and(col("learning_rate").eq(lit(0.5)))
}

fn protocol() -> Protocol {
    Protocol { splits: 2, permutations: 0, importance_repeats: 0, ..Protocol::default() }
}

fn in_movement() -> Matching {
    Matching { by: "weight_change".into(), width: 0.5, ..Matching::default() }
}

fn weights(unit: SampleUnit) -> SampleSpec {
    SampleSpec {
        unit,
        observables: vec!["weightraw_norm".into(), "weightabs_mean".into()],
        ..SampleSpec::default()
    }
}

const NORMS: &[&str] = &["weightraw_norm", "weightabs_mean"];

pub(super) fn of_observations() -> Vec<Ask> {
    let classified: &[&str] = &["weightraw_norm", "weightabs_mean", "weight_change"];
    let mut asks = vec![
        ask("samples", Care::Gaps, NORMS, |t| {
            Ok(samples(weights(SampleUnit::OneLayer).samples(t)?))
        }),
        ask("samples before learning", Care::Gaps, NORMS, |t| {
            Ok(samples(weights(SampleUnit::FirstAndLastLayer).at_step_zero().samples(t)?))
        }),
        ask("trajectories of samples", Care::Gaps, NORMS, |t| {
            Ok(samples(weights(SampleUnit::WholeNetwork).over_time().samples(t)?))
        }),
        ask("classify_table", Care::Gaps, classified, |t| {
            let view = weights(SampleUnit::WholeNetwork);
            let report = classify_table(t, &view, &DecisionTree::default(), &protocol())?;
            Ok(vec![format!("{:.6}", report.accuracy.mean)])
        }),
        ask("classify_each", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            Ok(rows(&classify_each(t, &["optimizer"], &view, &tree, &protocol())?, &[]))
        }),
        ask("hold_out", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            let found = hold_out(t, &view, &tree, &protocol(), &col("learning_rate").gt(lit(0.1)))?;
            Ok(vec![format!("{:.6} {}", found.held_out.mean, found.held_out_networks)])
        }),
        ask("hold_out_each", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            Ok(rows(&hold_out_each(t, &view, &tree, &protocol(), "learning_rate")?, &[]))
        }),
        ask("separate_pairs", Care::Gaps, NORMS, |t| {
            let pairs = separate_pairs(&weights(SampleUnit::WholeNetwork).samples(t)?)?;
            Ok(rows(&pairs.pairs, &[]))
        }),
        ask("matched_in_accuracy", Care::Gaps, &["test_accuracy"], |t| {
            let matched = matched_in_accuracy(t, &SampleSpec::default(), &["task"], (0.5, 0))?;
            Ok(vec![matched.height().to_string()])
        }),
        ask("matched_by", Care::Gaps, &["weight_change"], |t| {
            Ok(vec![matched_by(t, &SampleSpec::default(), &in_movement())?.height().to_string()])
        }),
        ask("random_subset_like", Care::Networks, &["weight_change"], |t| {
            let matched =
                matched_by(&records().observations, &SampleSpec::default(), &in_movement())?;
            let drawn = random_subset_like(t, &matched, &SampleSpec::default(), &in_movement())?;
            Ok(vec![drawn.height().to_string()])
        }),
        ask("matched_over_time", Care::Networks, &["weight_change", "accuracy"], |t| {
            let by = MOVEMENT_AND_ACCURACY;
            let (_, chosen) = matched_over_time(t, &SampleSpec::default(), &reference(), &by)?;
            Ok(rows(&chosen, &["class", "distance"]))
        }),
        ask("tell_apart", Care::Gaps, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::WholeNetwork), DecisionTree::default());
            let rule = |name: &str| col("rule").eq(lit(name));
            let sides = [rule("backprop"), rule("feedback_alignment")];
            let report = tell_apart(t, [&sides[0], &sides[1]], &view, &tree, &protocol())?;
            Ok(vec![format!("{:.6}", report.accuracy.mean)])
        }),
        ask("with_key", Care::None, &[], |t| Ok(rows(&with_key(t, "algorithm")?, &["algorithm"]))),
        ask("trajectories", Care::None, &[""], |t| drawn(trajectories("T", t, "weightraw_norm"))),
        ask("dots", Care::None, &[""], |t| drawn(dots(t, &Dots::new("T", "weightraw_norm")))),
        ask("small_multiples", Care::None, &[""], |t| {
            drawn(small_multiples("T", t, "rule", &["weightraw_norm"]))
        }),
    ];
    asks.extend(of_observations_and_by_loops());
    asks.extend(of_all_observables());
    asks
}

fn of_observations_and_by_loops() -> [Ask; 3] {
    [
        Ask {
            plain: Some(plain::features),
            ..ask("samples of networks", Care::Gaps, NORMS, |t| {
                Ok(samples(weights(SampleUnit::WholeNetwork).samples(t)?))
            })
        },
        Ask {
            plain: Some(plain::mean),
            ..ask("mean_over", Care::Networks, &["weightraw_norm"], |t| {
                let means = mean_over(t, "weightraw_norm", &["rule"], "run")?;
                Ok(rows(&means, &["rule", "count", "mean"]))
            })
        },
        Ask {
            plain: Some(plain::twins),
            ..ask("matched_differences", Care::Networks, &["weight", "gradavg"], |t| {
                Ok(rows(&matched_differences(t, &reference())?, &["rule", "weightraw_norm"]))
            })
        },
    ]
}

const OBSERVABLES: &[&str] = &["weightraw", "weightabs", "weightsq", "gradavg"];

fn of_all_observables() -> Vec<Ask> {
    vec![
        ask("variance_shares", Care::Gaps, OBSERVABLES, |t| {
            let shares = variance_shares(t, &["rule", "learning_rate"])?;
            // What rounding leaves of a share of 0 depends on the order of rows.
            let rounded = shares
                .lazy()
                .with_columns([col("share").round(9, polars::prelude::RoundMode::default())]);
            Ok(rows(&rounded.collect()?, &[]))
        }),
        ask("without_scale by the first checkpoint", Care::Networks, OBSERVABLES, |t| {
            let scaled = without_scale(t, DividedBy::FirstCheckpoint)?;
            Ok(rows(&scaled, &["rule", "layer", "weightraw_norm"]))
        }),
        Ask {
            plain: Some(plain::shapes),
            ..ask("without_scale by the root mean square", Care::None, OBSERVABLES, |t| {
                let weights = t.drop_many(["gradavgraw_id"]);
                let scaled = without_scale(&weights, DividedBy::RootMeanSquare)?;
                Ok(rows(&scaled, &["weightabs_mean", "weightraw_norm"]))
            })
        },
        ask("stack", Care::Networks, &["layer"], |t| Ok(rows(&stack(&[t])?, &["rule", "layer"]))),
        ask("SampleSpec::for_both, known", Care::None, &["weight", "gradavg"], |t| {
            // A number of the user's own must be dropped before anything learns.
            let known = t.drop_many(["rule_index"]);
            Ok(vec![format!("{:?}", SampleSpec::for_both(&known, &records().observations)?)])
        }),
        ask("SampleSpec::for_both, unknown", Care::None, &["weight", "gradavg"], |t| {
            Ok(vec![format!("{:?}", SampleSpec::for_both(&records().observations, t)?)])
        }),
    ]
}

/// Of rows of one layer at one moment.
pub(super) fn of_one_layer() -> Vec<Ask> {
    vec![
        ask("effect_sizes", Care::Networks, &["weight", "gradavg"], |t| {
            Ok(rows(&effect_sizes(t, &reference(), "rule")?, &[]))
        }),
        ask("RecordingMethod::rows_of", Care::None, &["noise", "fraction"], |t| {
            let instrument = [lit(0.3).alias("noise"), lit(0.2).alias("fraction")];
            let measured = t.clone().lazy().with_columns(instrument).collect()?;
            Ok(vec![RecordingMethod::two_photon().rows_of(&measured)?.height().to_string()])
        }),
    ]
}

/// Of three rules' networks.
pub(super) fn of_three_rules() -> Vec<Ask> {
    vec![
        ask("left_out", Care::Networks, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::OneLayer), DecisionTree::default());
            Ok(rows(&left_out(t, &view, &tree, &halves())?, &[]))
        }),
        ask("power", Care::Networks, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::OneLayer), DecisionTree::default());
            let protocol =
                PowerProtocol { most: 2, draws: 20, identifier: halves(), ..Default::default() };
            Ok(rows(&power(t, &view, &tree, &protocol)?, &["class", "networks"]))
        }),
        ask("IdentifierProtocol::fit", Care::Networks, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::OneLayer), DecisionTree::default());
            Ok(named(&identify(&halves().fit(t, &view, &tree)?, three_rules())?))
        }),
        ask("Identifier::fit", Care::Networks, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::OneLayer), DecisionTree::default());
            Ok(named(&identify(&Identifier::fit(t, &view, &tree)?, three_rules())?))
        }),
        ask("identify", Care::Networks, NORMS, |t| {
            let (view, tree) = (weights(SampleUnit::OneLayer), DecisionTree::default());
            Ok(named(&identify(&halves().fit(three_rules(), &view, &tree)?, t)?))
        }),
    ]
}

fn halves() -> IdentifierProtocol {
    IdentifierProtocol { folds: 2, ..IdentifierProtocol::default() }
}

/// The most probable rule of every network.
fn named(found: &Identification) -> Vec<String> {
    let mut names: Vec<String> =
        found.networks.iter().map(|network| network.ranked[0].0.clone()).collect();
    names.sort();
    names
}

pub(super) fn of_histories() -> Vec<Ask> {
    vec![
        Ask {
            plain: Some(plain::quality),
            ..ask("LearningQuality", Care::Gaps, &["epoch", "validation_acc", "test_acc"], |t| {
                let quality = LearningQuality::default().of(t)?;
                Ok(rows(&quality, &["rule", "final_accuracy", "area"]))
            })
        },
        ask("rows_at_best_learning_rates", Care::Networks, &[], |t| {
            let best = best_learning_rates(&quality(), 0.02)?;
            Ok(rows(&rows_at_best_learning_rates(t, &best)?, &["rule", "learning_rate"]))
        }),
        ask("learning_curves", Care::None, &[""], |t| {
            drawn(learning_curves(t, &LearningCurves::new("T", "step", "validation_accuracy")))
        }),
    ]
}

pub(super) fn of_histories_in_stages() -> Vec<Ask> {
    const NEEDS: &[&str] = &["phase", "current_", "test_accuracy", "accuracy_on_"];
    vec![
        ask("Adaptation::of", Care::Gaps, NEEDS, |t| {
            Ok(rows(&Adaptation::default().of(phases(), t)?, &[]))
        }),
        ask("Adaptation::phases", Care::Gaps, NEEDS, |t| {
            Ok(rows(&Adaptation::default().phases(phases(), t)?, &[]))
        }),
        ask("Adaptation::groups", Care::Gaps, NEEDS, |t| {
            Ok(rows(&Adaptation::default().groups(phases(), t)?, &[]))
        }),
    ]
}

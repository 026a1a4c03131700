//! Questions about tables that are made of a study's: networks in a row each, means, scores, pairs.

use microlearners::display::{table_html, table_text};
use microlearners::multiverse::CHOICES;
use microlearners::polars::prelude::{BooleanChunked, NewChunkedArray};
use microlearners::prelude::*;

use super::asking::{Ask, Care, ask, drawn, rows};
use super::of_studies::reference;
use super::quality;

/// Of tables with one row per network.
pub(super) fn of_quality() -> Vec<Ask> {
    let mut asks = vec![
        Ask {
            plain: Some(super::plain::best),
            ..ask("best_learning_rates", Care::Networks, &["final_", "diverged"], |t| {
                let best = best_learning_rates(t, 0.02)?;
                Ok(rows(&best, &["rule", "learning_rate", "validation_accuracy"]))
            })
        },
        ask("best_learning_rates_by", Care::Networks, &["final_", "diverged", "area"], |t| {
            Ok(rows(&best_learning_rates_by(t, "area", "final_test_accuracy", 0.02)?, &[]))
        }),
        ask("best_settings", Care::Networks, &["final_", "diverged"], |t| {
            Ok(rows(&best_settings(&best_learning_rates(t, 0.02)?)?, &[]))
        }),
        ask("paired_differences", Care::Copies, &["final_accuracy"], |t| {
            let by = ["rule"];
            Ok(rows(
                &paired_differences(t, "final_accuracy", &reference(), &by, "model_seed")?,
                &[],
            ))
        }),
        ask("NetworkSimilarities::from_pairs", Care::Copies, &[], |t| {
            Ok(rows(
                &NetworkSimilarities::from_pairs(&pairs_of(t), &of_one_rate(t))?.over_seeds()?,
                &[],
            ))
        }),
        ask("NetworkSimilarities::of", Care::Copies, &[], |t| {
            let networks = of_one_rate(t);
            let rdms: Vec<Rdm> = (0..networks.height()).map(rdm).collect();
            let found = NetworkSimilarities::of(&networks, &rdms, Comparison::Spearman)?;
            Ok(vec![found.rules().len().to_string()])
        }),
    ];
    asks.extend(of_any_rows());
    asks
}

/// Of tables whose rows need not be networks.
fn of_any_rows() -> Vec<Ask> {
    vec![
        ask("rank_correlation", Care::None, &["final_accuracy", "area"], |t| {
            let found = rank_correlation(t, "final_accuracy", "area", 0)?;
            Ok(vec![format!("{:.9} {}", found.rho, found.pairs)])
        }),
        Ask {
            plain: Some(super::plain::slope),
            ..ask("slope", Care::None, &["final_accuracy", "area"], |t| {
                Ok(vec![format!("{:.8e}", slope(t, "area", "final_accuracy")?)])
            })
        },
        ask("in_percent", Care::None, &["final_accuracy"], |t| {
            Ok(rows(&in_percent(t, &["final_accuracy"])?, &["final_accuracy"]))
        }),
        ask("only", Care::None, &["rule"], |t| {
            Ok(vec![only(t, "rule", &["backprop"])?.height().to_string()])
        }),
        ask("without", Care::None, &["rule"], |t| {
            Ok(vec![without(t, "rule", &["backprop"])?.height().to_string()])
        }),
        ask("with_groups", Care::None, &["rule", "model_seed"], |t| {
            let grouped = with_groups(t, &["rule", "model_seed"])?;
            let groups = grouped.column("model_seed")?.n_unique()?;
            Ok(vec![groups.to_string()])
        }),
        ask("table_html", Care::None, &[""], |t| {
            table_html(t);
            Ok(Vec::new())
        }),
        ask("table_text", Care::None, &[""], |t| {
            table_text(t);
            Ok(Vec::new())
        }),
    ]
}

fn of_one_rate(table: &DataFrame) -> DataFrame {
    let Ok(rates) = table.column("learning_rate").and_then(|rates| rates.cast(&DataType::Float64))
    else {
        return table.clone();
    };
    let is_own: Vec<bool> = rates.f64().unwrap().iter().map(|rate| rate == Some(0.5)).collect();
    table.filter(&BooleanChunked::from_slice("own".into(), &is_own)).unwrap()
}

/// Two networks of one rule are more similar; as the numbers of the networks are, if they have some.
fn pairs_of(table: &DataFrame) -> DataFrame {
    let numbered = |table: &DataFrame| {
        let runs = table.column("run").ok()?.cast(&DataType::Float64).ok()?;
        let runs: Vec<f64> = runs.f64().ok()?.iter().collect::<Option<_>>()?;
        runs.iter().all(|run| run.fract() == 0.0 && *run >= 0.0).then_some(runs)
    };
    let changed = of_one_rate(table);
    let original = of_one_rate(&quality());
    let (table, runs) = match numbered(&changed) {
        Some(runs) => (changed, runs),
        None => (original.clone(), numbered(&original).unwrap()),
    };
    let rules = table.column("rule").ok().and_then(|rules| Some(rules.str().ok()?.clone()));
    let mut pairs: [Vec<u64>; 2] = Default::default();
    let mut similarity = Vec::new();
    for i in 0..runs.len() {
        for j in 0..i {
            pairs[0].push(runs[i] as u64);
            pairs[1].push(runs[j] as u64);
            let is_same = rules.as_ref().is_some_and(|rules| rules.get(i) == rules.get(j));
            similarity.push(if is_same { 0.9 } else { 0.5 });
        }
    }
    let [first, second] = pairs;
    df!("run" => first, "other_run" => second, "similarity" => similarity).unwrap()
}

/// Of three conditions.
fn rdm(network: usize) -> Rdm {
    let at = network as f64;
    let conditions = ["a", "b", "c"].map(String::from);
    Rdm::new(&conditions, vec![at.sin(), at.cos(), 1.0 / (1.0 + at)], "correlation").unwrap()
}

/// The pairs of the networks of one rate, a table of its own.
pub(super) fn pairs() -> DataFrame {
    pairs_of(&quality())
}

pub(super) fn of_pairs() -> [Ask; 1] {
    [ask("pairs of from_pairs", Care::None, &["other_run", "similarity"], |t| {
        let networks = of_one_rate(&quality());
        Ok(rows(&NetworkSimilarities::from_pairs(t, &networks)?.over_seeds()?, &[]))
    })]
}

/// Of tables with one row per setting, which have no networks to tell apart.
pub(super) fn of_best() -> Vec<Ask> {
    vec![
        ask("best_settings of best", Care::None, &["validation_accuracy"], |t| {
            Ok(rows(&best_settings(t)?, &["rule", "rule_settings"]))
        }),
        ask("rows at best of best", Care::None, &[], |t| {
            Ok(rows(&rows_at_best_learning_rates(&quality(), t)?, &["rule", "learning_rate"]))
        }),
        ask("at_best_learning_rates", Care::None, &[], |t| {
            let study = at_best_learning_rates(&Experiment::new(super::task()), t)?;
            Ok(study.experiments.iter().map(ToString::to_string).collect())
        }),
    ]
}

/// Means over networks by rule and rate.
pub(super) fn means() -> DataFrame {
    mean_over(&quality(), "final_accuracy", &["rule", "learning_rate"], "model_seed").unwrap()
}

pub(super) fn of_means() -> Vec<Ask> {
    vec![
        ask("pivot", Care::None, &["rule", "learning_rate", "mean"], |t| {
            Ok(rows(&pivot(t, "rule", "learning_rate", "mean")?, &[]))
        }),
        ask("Bars::with_rows", Care::None, &[""], |t| {
            drawn(bars(&Bars::new("T", "accuracy").with_rows(t, ["rule", "mean", "low", "high"])?))
        }),
        ask("Scatter::of_table", Care::None, &[""], |t| {
            drawn(scatter(&Scatter::of_table("T", t, ["rule", "learning_rate", "mean"])?))
        }),
        ask("HeatMap::of_table", Care::None, &[""], |t| {
            drawn(heat_map(&HeatMap::of_table("T", "accuracy", t, "rule")?))
        }),
    ]
}

/// What classifiers are scored by: a table per question.
pub(super) fn held_out_table() -> DataFrame {
    df!("task" => ["a", "b", "c"], "held_out" => [0.5, 0.6, 0.7], "low" => [0.4, 0.5, 0.6],
        "high" => [0.6, 0.7, 0.8], "familiar" => [0.8, 0.9, 0.9], "shuffled" => [0.1, 0.2, 0.1],
        "chance" => [0.2, 0.2, 0.2])
    .unwrap()
}

pub(super) fn of_held_out() -> [Ask; 1] {
    [ask("held_out", Care::None, &[""], |t| drawn(held_out("T", t)))]
}

/// By noise and the share of units.
pub(super) fn instruments() -> DataFrame {
    df!("noise" => [0.0, 0.0, 0.3, 0.3], "fraction" => [1.0, 0.1, 1.0, 0.1],
        "accuracy" => [0.9, 0.8, 0.7, 0.5])
    .unwrap()
}

pub(super) fn of_instruments() -> [Ask; 1] {
    [ask("robustness", Care::None, &[""], |t| drawn(robustness("T", t, "noise")))]
}

pub(super) fn power_table() -> DataFrame {
    df!("class" => ["a", "a", "a", "all", "all", "all"], "networks" => [1_u32, 2, 3, 1, 2, 3],
        "right" => [0.5, 0.96, 0.97, 0.4, 0.6, 0.7], "low" => [0.4; 6], "high" => [0.99; 6],
        "probability" => [0.5; 6], "experiments" => [100_u32; 6])
    .unwrap()
}

pub(super) fn of_power() -> [Ask; 1] {
    [ask("networks_needed", Care::None, &["class", "networks", "right"], |t| {
        Ok(rows(&networks_needed(t, 0.95)?, &[]))
    })]
}

/// Designs of the slides, with made-up scores.
pub(super) fn scores() -> DataFrame {
    let designs = SlidesDesign::some(12, 0).unwrap();
    let options = |place: usize| designs.iter().map(move |design| design.options()[place]);
    let columns = CHOICES.iter().enumerate().map(|(place, choice)| {
        Column::new((*choice).into(), options(place).collect::<Vec<&str>>())
    });
    let scores = (0..12).map(|at| 0.5 + f64::from(at) / 30.0);
    let mut columns: Vec<Column> = columns.collect();
    columns.push(Column::new("accuracy".into(), scores.clone().collect::<Vec<f64>>()));
    columns
        .push(Column::new("log_likelihood".into(), scores.map(|x| -7.0 - x).collect::<Vec<f64>>()));
    DataFrame::new(12, columns).unwrap()
}

pub(super) fn of_scores() -> Vec<Ask> {
    let all: &[&str] = &[""];
    vec![
        ask("by_option", Care::None, all, |t| Ok(rows(&by_option(t)?, &[]))),
        ask("SlidesDesign::of_rows", Care::None, all, |t| {
            Ok(SlidesDesign::of_rows(t)?.iter().map(|design| format!("{design:?}")).collect())
        }),
        ask("specification_curve", Care::None, all, |t| {
            drawn(specification_curve(t, &SpecificationCurve::new("T", "accuracy", &CHOICES)))
        }),
    ]
}

//! What some functions must find, by loops over the rows that nobody could misread.

use std::collections::BTreeMap;

use microlearners::classification::CLIP;
use microlearners::polars::prelude::AnyValue;
use microlearners::prelude::*;

use super::asking::cell;

fn number(table: &DataFrame, name: &str, row: usize) -> f64 {
    match table.column(name).unwrap().get(row).unwrap() {
        AnyValue::Null => f64::NAN,
        value => value.try_extract().unwrap(),
    }
}

fn text(table: &DataFrame, name: &str, row: usize) -> String {
    table.column(name).unwrap().get(row).unwrap().to_string()
}

fn told(value: f64) -> String {
    if value.is_finite() { cell(&AnyValue::Float64(value)) } else { "null".into() }
}

/// The rows of each network.
fn networks(table: &DataFrame) -> Vec<Vec<usize>> {
    let mut networks: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for row in 0..table.height() {
        networks.entry(number(table, "run", row) as u64).or_default().push(row);
    }
    networks.into_values().collect()
}

fn largest(table: &DataFrame, name: &str, rows: &[usize]) -> f64 {
    rows.iter().map(|&row| number(table, name, row)).fold(f64::NEG_INFINITY, f64::max)
}

/// Two observables of two layers at each network's last checkpoint.
pub(super) fn features(table: &DataFrame) -> Vec<String> {
    let mut rows = Vec::new();
    for network in networks(table) {
        let last = largest(table, "checkpoint", &network);
        let mut cells = Vec::new();
        for layer in [1.0, 2.0] {
            let row = network.iter().copied().find(|&row| {
                number(table, "checkpoint", row) == last && number(table, "layer", row) == layer
            });
            for name in ["weightraw_norm", "weightabs_mean"] {
                let value = number(table, name, row.unwrap());
                let value = if value.is_nan() { CLIP } else { value.clamp(-CLIP, CLIP) };
                cells.push(format!("{value:.8e}"));
            }
        }
        let rule = text(table, "rule", network[0]);
        rows.push(format!("{} | {}", quoted(&rule), cells.join(" | ")));
    }
    rows.sort();
    let names = ["layer1.weightraw_norm", "layer1.weightabs_mean", "layer2.weightraw_norm"];
    rows.push(format!("{} | layer2.weightabs_mean", names.join(" | ")));
    rows
}

/// A text without the quotes around it.
fn quoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// Of each rule the number of networks and the mean over them of means over rows.
pub(super) fn mean(table: &DataFrame) -> Vec<String> {
    let mut rules: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for network in networks(table) {
        let values: Vec<f64> = network
            .iter()
            .map(|&row| number(table, "weightraw_norm", row))
            .filter(|value| value.is_finite())
            .collect();
        if values.is_empty() {
            continue;
        }
        let n = values.len() as f64;
        let mean = values.iter().map(|value| value / n).sum::<f64>();
        rules.entry(text(table, "rule", network[0])).or_default().push(mean);
    }
    let row = |(rule, means): (String, Vec<f64>)| {
        let n = means.len() as f64;
        let mean = means.iter().map(|mean| mean / n).sum::<f64>();
        format!("{rule} | {} | {}", means.len(), told(mean))
    };
    let mut rows: Vec<String> = rules.into_iter().map(row).collect();
    rows.sort();
    rows
}

/// Each norm less that of backprop at the rate 0.5 from the same seed.
pub(super) fn twins(table: &DataFrame) -> Vec<String> {
    let same = ["task", "architecture", "initialiser", "batch_size", "epochs", "model_seed"];
    let same: Vec<&str> = same.into_iter().chain(["data_seed", "checkpoint", "layer"]).collect();
    let same: Vec<&str> = same.into_iter().filter(|name| table.column(name).is_ok()).collect();
    let start = |row: usize| -> Vec<String> {
        let key = |name: &&str| match text(table, name, row).parse::<f64>() {
            Ok(number) => number.to_string(),
            Err(_) => text(table, name, row),
        };
        same.iter().map(key).collect()
    };
    let is_reference = |&row: &usize| {
        quoted(&text(table, "rule", row)) == "backprop"
            && number(table, "learning_rate", row) == 0.5
    };
    let reference: Vec<usize> = (0..table.height()).filter(is_reference).collect();
    let starts: Vec<Vec<String>> = (0..table.height()).map(start).collect();
    let mut rows = Vec::new();
    for row in 0..table.height() {
        let Some(&twin) = reference.iter().find(|&&twin| starts[twin] == starts[row]) else {
            continue;
        };
        let of = |row| number(table, "weightraw_norm", row);
        rows.push(format!("{} | {}", text(table, "rule", row), told(of(row) - of(twin))));
    }
    rows.sort();
    rows
}

/// The last accuracy of each network, and the mean accuracy while it learned.
pub(super) fn quality(table: &DataFrame) -> Vec<String> {
    let mut rows = Vec::new();
    for mut network in networks(table) {
        network.sort_by(|&a, &b| number(table, "step", a).total_cmp(&number(table, "step", b)));
        let at = |name: &str, place: usize| number(table, name, network[place]);
        let planned = at("epochs", 0);
        let end = network.len() - 1;
        let diverged = at("epoch", end) < planned * (1.0 - 1e-9);
        let last = if diverged { 0.1 } else { at("validation_accuracy", end) };
        let mut area = 0.1 * (planned - at("epoch", end));
        for place in 1..network.len() {
            let both = at("validation_accuracy", place - 1) + at("validation_accuracy", place);
            area += (at("epoch", place) - at("epoch", place - 1)) * both / 2.0;
        }
        let rule = text(table, "rule", network[0]);
        rows.push(format!("{rule} | {} | {}", told(last), told(area / planned)));
    }
    rows.sort();
    rows
}

/// What networks that differ in rate and seeds alone have in common.
const SETTINGS: [&str; 9] = [
    "rule",
    "rule_settings",
    "optimizer",
    "optimizer_settings",
    "task",
    "architecture",
    "initialiser",
    "batch_size",
    "epochs",
];

/// The rate with the highest mean accuracy, for each setting; of equal ones the smallest.
pub(super) fn best(table: &DataFrame) -> Vec<String> {
    let mut settings: BTreeMap<Vec<String>, Vec<(f64, f64)>> = BTreeMap::new();
    for row in 0..table.height() {
        let key = SETTINGS.iter().map(|name| text(table, name, row)).collect();
        let network = (number(table, "learning_rate", row), number(table, "final_accuracy", row));
        settings.entry(key).or_default().push(network);
    }
    let mut rows = Vec::new();
    for (key, networks) in settings {
        let mut rates: Vec<f64> = networks.iter().map(|network| network.0).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        let mean = |rate: f64| {
            let own: Vec<f64> =
                networks.iter().filter(|network| network.0 == rate).map(|n| n.1).collect();
            own.iter().map(|value| value / own.len() as f64).sum::<f64>()
        };
        let better =
            |best: f64, rate: &f64| if mean(*rate) > mean(best) + 1e-12 { *rate } else { best };
        let best = rates.iter().fold(rates[0], better);
        rows.push(format!("{} | {} | {}", key[0], told(best), told(mean(best))));
    }
    rows.sort();
    rows
}

/// Norms and mean sizes of weights over the root mean square.
pub(super) fn shapes(table: &DataFrame) -> Vec<String> {
    let row = |row: usize| {
        let size = number(table, "weightsq_mean", row).sqrt();
        let of = |name: &str| told(number(table, name, row) / size);
        format!("{} | {}", of("weightraw_norm"), of("weightabs_mean"))
    };
    let mut rows: Vec<String> = (0..table.height()).map(row).collect();
    rows.sort();
    rows
}

/// The slope of accuracy on area, by the two sums.
pub(super) fn slope(table: &DataFrame) -> Vec<String> {
    let points = (0..table.height())
        .map(|row| (number(table, "area", row), number(table, "final_accuracy", row)))
        .filter(|(x, y)| x.is_finite() && y.is_finite());
    let points: Vec<(f64, f64)> = points.collect();
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let below: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    vec![format!("{:.8e}", above / below)]
}

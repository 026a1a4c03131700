//! What a person calls rules, columns and their values.

use crate::observables::Summary;

/// How a person writes the name of a rule, class or column: `feedback_alignment` is "feedback
/// alignment".
pub fn label_of_rule(rule: &str) -> String {
    // Their underscore stands for a hyphen.
    match rule {
        // One of many Hebbian rules: the one of the Neuromatch template.
        "hebbian" => return "Hebbian (template)".to_owned(),
        "kolen_pollack" => return "Kolen-Pollack".to_owned(),
        "forward_forward" => return "forward-forward".to_owned(),
        _ => {}
    }
    let words: Vec<&str> = rule.split(['_', ' ']).map(as_written).collect();
    elided(&words.join(" "))
}

/// A name that leaves room for the data: of a longer one its beginning and its end.
pub(crate) fn elided(name: &str) -> String {
    const LONGEST: usize = 60;
    const END: usize = 20;
    let length = name.chars().count();
    if length <= LONGEST {
        return name.to_owned();
    }
    let first: String = name.chars().take(LONGEST - END - 1).collect();
    let last: String = name.chars().skip(length - END).collect();
    format!("{first}…{last}")
}

/// Names of people and abbreviations have capitals.
fn as_written(word: &str) -> &str {
    match word {
        "hebbian" => "Hebbian",
        "oja" => "Oja",
        "sanger" => "Sanger",
        "bcm" => "BCM",
        "stdp" => "STDP",
        "nmf" => "NMF",
        "adam" => "Adam",
        other => other,
    }
}

/// How a person calls a column or feature: an observable in words, with its layer and checkpoint,
/// anything else without underscores.
pub(crate) fn label_of_column(name: &str) -> String {
    let (layer, rest) = match name.split_once('.') {
        Some((layer, rest)) => (layer.strip_prefix("layer").unwrap_or(layer), rest),
        None => ("", name),
    };
    let (observable, checkpoint) = rest.split_once('@').unwrap_or((rest, ""));
    let Ok(summary) = Summary::named(observable) else { return label_of_rule(name) };
    let layer = match layer {
        "" => String::new(),
        "first" | "last" => format!(", {layer} layer"),
        number => format!(", layer {number}"),
    };
    let moment =
        if checkpoint.is_empty() { String::new() } else { format!(", checkpoint {checkpoint}") };
    format!("{}{layer}{moment}", summary.in_words())
}

/// How a person calls a statistic as it stands at the end of an observable's name, or what else is no
/// part of one: the depth of a layer.
pub(crate) fn label_of_statistic(name: &str) -> String {
    if name == "id" {
        // The one statistic of the one number that is the gain.
        return "gain".to_owned();
    }
    let summary = Summary::named(&format!("weightraw_{name}"));
    summary
        .map_or_else(|_| label_of_column(name), |summary| summary.statistic.in_words().to_owned())
}

/// What a reader calls the things that a column distinguishes: the table's runs are networks.
pub(crate) fn replicate_label(column: &str) -> String {
    match column {
        "run" => "network".to_owned(),
        "model_seed" => "initialisation".to_owned(),
        _ => label_of_rule(column),
    }
}

/// A number needs its column's name to be understood: "layer 1", but "early".
pub(crate) fn part_label(column: &str, part: &str) -> String {
    if part.parse::<f64>().is_ok() { format!("{column} {part}") } else { label_of_rule(part) }
}

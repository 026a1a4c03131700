//! Every public type that a variable of a notebook can hold has a method `evcxr_display` of its
//! own, from one of the macros `show…!`, beside the type or in its room's `show.rs`.

use std::collections::BTreeSet;

use microlearners::polars::prelude::DataFrame;

use crate::support::sources;

/// Types that borrow, so that no variable of a notebook can hold them.
const BORROWING: [&str; 8] =
    ["AtSpike", "Batch", "Feedback", "Inputs", "LayerView", "Passing", "Units", "UnitsMut"];

#[test]
fn no_public_type_is_forgotten() {
    let sources = sources();
    let shown: BTreeSet<String> = sources.iter().flat_map(|text| shown_in(text)).collect();
    let found: Vec<String> = sources.iter().flat_map(|text| public_in(text)).collect();
    assert!(found.len() > 80, "{found:?}");
    let forgotten: Vec<String> = found
        .into_iter()
        .filter(|name| !shown.contains(name) && !BORROWING.contains(&name.as_str()))
        .collect();
    assert_eq!(
        forgotten,
        Vec::<String>::new(),
        "give these an evcxr_display, by show_as_settings!"
    );
}

/// The names of public structs and enums.
fn public_in(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let rest = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "))?;
        let end = rest.find(|letter: char| !letter.is_alphanumeric())?;
        Some(rest[..end].to_owned())
    };
    text.lines().filter_map(name).collect()
}

/// The names between the brackets of `show!(…)` and its like.
fn shown_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let macro_calls = [
        "show!(",
        "show_as_text!(",
        "show_as_settings!(",
        "show_rules!(",
        "show_classifiers!(",
        "show_fitted!(",
        "show_drawn!(",
    ];
    for macro_call in macro_calls {
        for (start, _) in text.match_indices(macro_call) {
            let inside = &text[start + macro_call.len()..];
            let inside = &inside[..inside.find(')').unwrap_or(0)];
            let name = |name: &str| name.trim().split('<').next().unwrap_or_default().to_owned();
            names.extend(inside.split(',').map(name));
        }
    }
    names
}

/// The types of others, and lists of ours, through the trait that the prelude brings.
mod through_the_prelude {
    use super::DataFrame;
    use microlearners::ndarray::{Array1, Array2};
    use microlearners::prelude::*;

    const _: () = {
        let _: fn(&DataFrame) = |value| value.evcxr_display();
        let _: fn(&LazyFrame) = |value| value.evcxr_display();
        let _: fn(&Series) = |value| value.evcxr_display();
        let _: fn(&Array1<f32>) = |value| value.evcxr_display();
        let _: fn(&Array2<f64>) = |value| value.evcxr_display();
        let _: fn(&Rule) = |value| value.evcxr_display();
        let _: fn(&Vec<Rule>) = |value| value.evcxr_display();
        let _: fn(&Box<dyn Classifier>) = |value| value.evcxr_display();
        let _: fn(&Box<dyn Fitted>) = |value| value.evcxr_display();
        let _: fn(&Result<Trajectory, Error>) = |value| value.evcxr_display();
        let _: fn(&Result<Figure, Error>) = |value| value.evcxr_display();
        let _: fn(&Option<&Snapshot>) = |value| value.evcxr_display();
        let _: fn(&(Network, f64)) = |value| value.evcxr_display();
        let _: fn(&[Layer]) = |value| value.evcxr_display();
        let _: fn(&Vec<(String, f64)>) = |value| value.evcxr_display();
    };
}

//! Which notebooks a name on the command line means.

use crate::fail::{Fail, Outcome};
use std::path::Path;

/// The notebooks of a directory, without their extension, sorted.
pub(crate) fn known(notebooks: &Path) -> Outcome<Vec<String>> {
    let entries =
        std::fs::read_dir(notebooks).map_err(|error| Fail::file("read", notebooks, &error))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".ipynb").map(str::to_owned))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err(Fail::new(format!("there is no notebook in {}.", notebooks.display())));
    }
    Ok(names)
}

/// The notebooks meant by `asked`, in that order and once each; all when nothing was asked for.
pub(crate) fn choose(asked: &[String], known: &[String]) -> Outcome<Vec<String>> {
    if asked.is_empty() {
        return Ok(known.to_vec());
    }
    let mut chosen: Vec<String> = Vec::new();
    for name in asked {
        let meant = known
            .iter()
            .find(|candidate| means(name, candidate))
            .ok_or_else(|| unknown(name, known))?;
        if !chosen.contains(meant) {
            chosen.push(meant.clone());
        }
    }
    Ok(chosen)
}

fn means(asked: &str, notebook: &str) -> bool {
    let asked = asked.rsplit('/').next().unwrap_or(asked);
    let asked = asked.strip_suffix(".ipynb").unwrap_or(asked);
    let number = notebook.split('_').next().unwrap_or_default();
    asked == notebook || asked == number || same_number(asked, number)
}

fn same_number(left: &str, right: &str) -> bool {
    matches!((left.parse::<u32>(), right.parse::<u32>()), (Ok(left), Ok(right)) if left == right)
}

fn unknown(name: &str, known: &[String]) -> Fail {
    Fail::usage(format!("there is no notebook `{name}`; known are {}.", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebooks() -> Vec<String> {
        ["01_experiment_design", "02_rules", "10_more"].map(str::to_owned).to_vec()
    }

    fn chosen(asked: &[&str]) -> Outcome<Vec<String>> {
        choose(&asked.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &notebooks())
    }

    #[test]
    fn nothing_means_all() {
        assert_eq!(chosen(&[]).expect("all"), notebooks());
    }

    #[test]
    fn a_name_may_be_a_number_a_stem_or_a_file() {
        for name in [
            "01",
            "1",
            "01_experiment_design",
            "01_experiment_design.ipynb",
            "notebooks/01_experiment_design.ipynb",
        ] {
            assert_eq!(chosen(&[name]).expect(name), ["01_experiment_design"], "{name}");
        }
        assert_eq!(chosen(&["10", "02", "2"]).expect("two"), ["10_more", "02_rules"]);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        for name in ["3", "0", "rules", "01_experiment"] {
            let fail = chosen(&[name]).expect_err(name);
            assert!(fail.is_usage());
            assert!(fail.to_string().contains("01_experiment_design, 02_rules, 10_more"), "{fail}");
        }
    }
}

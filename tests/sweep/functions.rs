//! Which functions take a table, by the sources.

use crate::support::sources;

/// What no user's table comes to, or only says whether a column is there.
const NOT_ASKED: [&str; 1] = ["check_column"];

/// The names of public functions with a table among their parameters.
pub(super) fn that_take_a_table() -> Vec<String> {
    let mut names: Vec<String> = sources().iter().flat_map(|source| of_source(source)).collect();
    names.sort();
    names.dedup();
    names.retain(|name| !NOT_ASKED.contains(&name.as_str()));
    assert!(names.len() > 50, "{} functions", names.len());
    names
}

fn of_source(source: &str) -> Vec<String> {
    let one = |rest: &str| {
        let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        let head = rest.split('{').next()?;
        let parameters = head.rsplit_once("->").map_or(head, |(parameters, _)| parameters);
        parameters.contains("&DataFrame").then(|| name.to_owned())
    };
    source.split("pub fn ").skip(1).filter_map(one).collect()
}

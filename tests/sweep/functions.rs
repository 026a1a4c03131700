//! Which functions take a table, by the sources.

use std::path::Path;

/// What no user's table comes to, or only says whether a column is there.
const NOT_ASKED: [&str; 1] = ["check_column"];

/// The names of public functions with a table among their parameters.
pub(super) fn that_take_a_table() -> Vec<String> {
    let mut names = Vec::new();
    of_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    names.sort();
    names.dedup();
    names.retain(|name| !NOT_ASKED.contains(&name.as_str()));
    assert!(names.len() > 50, "{} functions", names.len());
    names
}

fn of_folder(folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            of_folder(&path, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            of_source(&std::fs::read_to_string(&path).unwrap(), names);
        }
    }
}

fn of_source(source: &str, names: &mut Vec<String>) {
    for rest in source.split("pub fn ").skip(1) {
        let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap();
        let Some(head) = rest.split('{').next() else { continue };
        let parameters = head.rsplit_once("->").map_or(head, |(parameters, _)| parameters);
        if parameters.contains("&DataFrame") {
            names.push(name.to_owned());
        }
    }
}

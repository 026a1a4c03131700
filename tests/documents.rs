//! What the README says is true.

use std::fs;
use std::path::Path;

use microlearners::rules;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// What a text in Markdown links to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn the_rules_table_is_the_registrys() {
    let mut table = String::from("| rule | family | asks for | source |\n|---|---|---|---|\n");
    for about in rules::all().iter().map(|rule| rule.about()) {
        let row = [
            format!("`{}`", about.name),
            about.family.to_string(),
            about.requirements_in_words(),
            about.citation,
        ];
        table.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    assert!(readme().contains(&table), "the README's table of rules should be:\n\n{table}");
}

#[test]
fn every_figure_and_notebook_it_shows_is_there() {
    let readme = readme();
    let is_ours = |link: &&str| !link.starts_with("http") && !link.starts_with('#');
    assert!(links(&readme).filter(is_ours).count() > 20);
    for link in links(&readme).filter(is_ours) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
        assert!(path.exists(), "the README links to {link}, which is not there");
    }
}

/// The notebooks' paths and texts.
fn notebooks() -> Vec<(String, String)> {
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/notebooks")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"));
    let all: Vec<(String, String)> = paths
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    assert!(all.len() >= 15, "{} notebooks", all.len());
    all
}

#[test]
fn every_notebook_has_one_dependency_line_and_the_rust_kernel() {
    for (path, text) in notebooks() {
        assert_eq!(text.matches(":dep ").count(), 1, "{path}");
        assert!(text.contains(r#""name": "rust""#), "{path}");
        assert!(!text.contains(r#""output_type": "error""#), "{path}");
    }
}

#[test]
fn no_table_of_a_notebook_is_a_debug_dump() {
    for (path, text) in notebooks() {
        // What the kernel falls back to when it compiles a cell again, such as one that moves a
        // variable.
        assert!(!text.contains("┌──"), "{path} shows a table as polars prints it");
    }
}

#[test]
fn notebooks_link_to_notebooks_that_are_there() {
    let mut found = 0;
    for (path, text) in notebooks() {
        for link in links(&text).filter(|link| link.ends_with(".ipynb")) {
            found += 1;
            let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks").join(link);
            assert!(target.exists(), "{path} links to {link}, which is not there");
        }
    }
    assert!(found > 10, "{found} links");
}

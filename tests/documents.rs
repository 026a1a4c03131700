//! What the documents say is true, and in the field's words.

use std::fs;
use std::path::{Path, PathBuf};

use microlearners::prelude::*;
use serde_json::Value;

use crate::support::{files, root};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The texts in Markdown: the front page, and what it points to.
fn documents() -> Vec<PathBuf> {
    let mut all = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    all.extend([root().join("CHANGELOG.md"), root().join("notebooks/CLAIMS.md")]);
    all.extend(files("docs", "md"));
    all
}

/// What a text in Markdown links to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn the_rules_table_is_the_registrys() {
    let page = read("docs/rules.md");
    let tables = [table_of(&rules::all()), table_of(&rules::plasticity())];
    let is_missing = |table: &&String| !page.contains(table.as_str());
    let missing: Vec<&String> = tables.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "docs/rules.md should have:\n\n{}", missing[0]);
}

/// Rules as a table in Markdown.
fn table_of(rules: &[Rule]) -> String {
    let mut table = String::from("| rule | family | requires | source |\n|---|---|---|---|\n");
    for about in rules.iter().map(|rule| rule.about()) {
        let row = [
            format!("`{}`", about.name),
            about.family.to_string(),
            about.requirements_in_words(),
            about.citation,
        ];
        table.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    table
}

#[test]
fn all_documents_are_there_and_link_to_what_is_there() {
    let pages = ["setup", "rules", "studies", "results", "performance", "comparison", "glossary"];
    let pages = pages.into_iter().chain(["elsewhere"]);
    for page in pages {
        assert!(root().join("docs").join(page).with_extension("md").exists(), "docs/{page}.md");
    }
    let mut found = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let is_ours = |link: &&str| !link.starts_with("http") && !link.starts_with('#');
        for link in links(&text).filter(is_ours) {
            found += 1;
            let file = link.split('#').next().unwrap();
            let target = path.parent().unwrap().join(file);
            assert!(target.exists(), "{} links to {link}, which is not there", path.display());
        }
    }
    assert!(found > 100, "{found} links");
}

#[test]
fn the_front_page_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 120, "README.md has {lines} lines; the most is 120, and the rest is for docs");
}

#[test]
fn the_front_page_lists_every_notebook() {
    let readme = read("README.md");
    for path in files("notebooks", "ipynb") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !path.components().any(|part| part.as_os_str() == ".ipynb_checkpoints") {
            assert!(readme.contains(&format!("| [{}](notebooks/{name}) |", &name[..2])), "{name}");
        }
    }
}

/// The code of the front page. It is compiled here and not run, for it trains 180 networks.
fn example() -> Result<Figure, Error> {
    let digits = Dataset::mnist()?;
    let records = Design::moving().study(&digits, 30)?.run()?;
    let view = SampleSpec { observables: vec!["weight".into()], ..SampleSpec::default() };
    let view = SampleSpec { unit: SampleUnit::WholeNetwork, ..view }.over_time();
    let protocol = Protocol { test_fraction: 0.2, ..Protocol::default() };
    let report = classify_table(&records.observations, &view, &RandomForest::default(), &protocol)?;
    confusion_matrix("Which rule trained this network?", &report.confusion)
}

#[test]
fn the_code_of_the_front_page_compiles() {
    let _: fn() -> Result<Figure, Error> = example;
    let readme = read("README.md");
    let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    let lines = shown.lines().filter(|line| !line.starts_with(":dep") && !line.starts_with("use "));
    let code: String = lines.map(|line| line.split("//").next().unwrap()).collect();
    // Here the last line is what the function returns.
    let code = without_spaces(&code);
    let code = code.strip_suffix('?').unwrap();
    let here = without_spaces(include_str!("documents.rs"));
    assert!(here.contains(code), "the README's code is not that of `example`:\n{code}");
}

/// The notebooks' paths and texts.
fn notebooks() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("notebooks")).unwrap();
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

/// Outputs are those of one run from top to bottom, each beside its own cell.
#[test]
fn the_cells_of_a_notebook_are_numbered_in_their_order() {
    for (name, text) in notebooks() {
        let notebook: Value = serde_json::from_str(&text).expect("a notebook is JSON");
        let cells = notebook["cells"].as_array().expect("cells");
        let code = cells.iter().filter(|cell| cell["cell_type"] == "code");
        let numbers: Vec<u64> =
            code.map(|cell| cell["execution_count"].as_u64().expect("a cell that ran")).collect();
        // A kernel's own first cell is the first.
        let expected: Vec<u64> = (2..numbers.len() as u64 + 2).collect();
        assert_eq!(numbers, expected, "{name}: run it again with `cargo lab run --update`");
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
            let target = root().join("notebooks").join(link);
            assert!(target.exists(), "{path} links to {link}, which is not there");
        }
    }
    assert!(found > 10, "{found} links");
}

/// Words of our own, and the field's: in small letters, whole words. A line that needs one, as a
/// quotation or a name in a file, has it between quotation marks or backticks.
const WORDS: [(&str, &str); 57] = [
    ("told apart", "distinguished"),
    ("tell apart", "distinguish"),
    ("tells apart", "distinguishes"),
    ("telling apart", "distinguishing"),
    ("taken for", "confused with"),
    ("whoever", "those who, or the reader"),
    ("as it were", "nothing"),
    ("twin", "matched network"),
    ("twins", "matched networks"),
    ("beside_twins", "matched_differences"),
    ("guessing rule", "perturbation rule"),
    ("guessing rules", "perturbation rules"),
    ("error path", "backward pass"),
    ("error paths", "backward passes"),
    ("error carrier", "feedback pathway"),
    ("carries the error down", "sends the error back"),
    ("carries an error down", "sends an error back"),
    ("carries errors down", "sends errors back"),
    ("carry the error down", "send the error back"),
    ("carry an error down", "send an error back"),
    ("carry errors down", "send errors back"),
    ("late class", "novel class"),
    ("late classes", "novel classes"),
    ("drifting pixels", "input drift"),
    ("label switch", "reversal learning"),
    ("label switches", "reversal learning"),
    ("switched labels", "reversal learning"),
    ("split classes", "class-incremental"),
    ("world that changes", "non-stationary task"),
    ("worlds that change", "non-stationary tasks"),
    ("world that does not hold still", "task that changes"),
    ("initial state", "initialisation"),
    ("initial states", "initialisations"),
    ("demands", "requirements"),
    ("asks of a brain", "requires of a brain"),
    ("ask of a brain", "require of a brain"),
    ("asks of the brain", "requires of the brain"),
    ("partner's sign", "sign transport"),
    ("partner's strength", "weight transport to the feedback"),
    ("paired plasticity", "shared weight changes"),
    ("global scalar", "global reward signal"),
    ("stored noise", "perturbation trace"),
    ("learning from passes", "learning by epochs"),
    ("told feedback", "the rule's own name"),
    ("local goodness", "the rule's own name"),
    ("form of network", "architecture"),
    ("form of networks", "architecture"),
    ("form of the network", "architecture"),
    ("form of the networks", "architecture"),
    ("form of a network", "architecture"),
    ("forms of network", "architectures"),
    ("forms of networks", "architectures"),
    ("many animals", "many architectures"),
    ("one animal", "one architecture"),
    ("dealt", "assigned, split or permuted"),
    ("kept weights", "saved weights"),
    ("kept networks", "saved networks"),
];

/// A text's lines of prose; those that are none are empty, so that their numbers stay.
type Prose = Vec<String>;

/// A document in Markdown without its code.
fn markdown(text: &str) -> Prose {
    let mut in_code = false;
    let line = |line: &str| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        if in_code || is_fence { String::new() } else { line.to_owned() }
    };
    text.lines().map(line).collect()
}

/// The doc comments of a source.
fn doc_comments(text: &str) -> Prose {
    let comment = |line: &str| {
        let line = line.trim_start();
        line.strip_prefix("///").or(line.strip_prefix("//!")).unwrap_or_default().to_owned()
    };
    let comments: Vec<String> = text.lines().map(comment).collect();
    markdown(&comments.join("\n"))
}

/// A line without what is quoted in it.
fn unquoted(line: &str) -> String {
    let line = line.replace(['“', '”'], "\"");
    let outside = |text: &str, mark: char| -> String {
        text.split(mark).step_by(2).collect::<Vec<&str>>().join(&format!("{mark}{mark}"))
    };
    outside(&outside(&line, '`'), '"').to_lowercase()
}

/// Whether `text` has this word, with no letter before or after it, before byte `end`.
fn has_word(text: &str, word: &str, end: usize) -> bool {
    let is_of_a_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        start < end && ![before, after].into_iter().flatten().any(is_of_a_word)
    })
}

/// The words of `WORDS` in a text, each as a line of a message. A phrase may go on in the next line.
fn words_in(name: &str, prose: &[String]) -> Vec<String> {
    let lines: Vec<String> = prose.iter().map(|line| unquoted(line)).collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let next = lines.get(number + 1).map_or("", |next| next.trim());
        let both = format!("{} {next}", line.trim_end());
        for (word, better) in WORDS {
            if has_word(&both, word, line.len()) {
                found.push(format!("{name}:{}: \"{word}\": write {better}", number + 1));
            }
        }
    }
    found
}

/// The cells of a notebook that are in Markdown, with their names.
fn cells(path: &str, text: &str) -> Vec<(String, Prose)> {
    let notebook: Value = serde_json::from_str(text).unwrap();
    let cells = notebook["cells"].as_array().unwrap().iter().enumerate();
    let prose = cells.filter(|(_, cell)| cell["cell_type"] == "markdown").map(|(number, cell)| {
        let source = &cell["source"];
        let lines = source.as_array().into_iter().flatten().filter_map(Value::as_str);
        let text = source.as_str().map_or_else(|| lines.collect(), str::to_owned);
        (format!("{path} [{number}]"), markdown(&text))
    });
    prose.collect()
}

#[test]
fn words_are_found_but_where_they_are_quoted() {
    let found = |text: &str| words_in("text", &markdown(text)).len();
    assert_eq!(found("Rules are told apart, as Twins are."), 2);
    assert_eq!(found("Rules are told\n  apart."), 1);
    assert_eq!(found("Entwined, and \"told apart\", and `twins`, and “dealt”."), 0);
    assert_eq!(found("```\nlet twins = 2;\n```\n"), 0);
    assert_eq!(words_in("source", &doc_comments("let twins = 2;\n/// Twins.\n")).len(), 1);
}

#[test]
fn the_fields_words_are_used() {
    let short = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    let mut found = Vec::new();
    for path in documents().into_iter().filter(|path| !path.ends_with("CHANGELOG.md")) {
        found.extend(words_in(&short(&path), &markdown(&fs::read_to_string(&path).unwrap())));
    }
    for path in files("src", "rs") {
        found.extend(words_in(&short(&path), &doc_comments(&fs::read_to_string(&path).unwrap())));
    }
    for (path, text) in notebooks() {
        let cells = cells(&short(Path::new(&path)), &text);
        found.extend(cells.iter().flat_map(|(name, prose)| words_in(name, prose)));
    }
    assert!(found.is_empty(), "{} words of our own:\n{}", found.len(), found.join("\n"));
}

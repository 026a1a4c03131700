//! What the kernel's rust-analyzer reads.
//!
//! The kernel has rust-analyzer infer the types of variables, and rust-analyzer reads and resolves the sources of every
//! package that `cargo metadata` lists. Most of them can never matter to a notebook: a third is not even compiled (cargo
//! lists whatever an optional dependency might need), and of most others no type reaches a variable. Reading them
//! all took two thirds of a kernel's start.
//!
//! So the kernel runs with a `CARGO_HOME` in which this program stands in for cargo. It hands everything on to the real
//! one, and leaves out of what `cargo metadata` answers the packages that the library does not list under
//! `[package.metadata.notebook]` in its `Cargo.toml`. What is built, and from what, stays the same; so does all that a
//! cell's own `:dep` brings.

use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::paths::Lab;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The caller's `CARGO_HOME`, kept here while the variable leads rust-analyzer to the stand-in; empty for none.
const CALLERS_HOME: &str = "MICROLEARNERS_CARGO_HOME";
/// The packages of the standard library whose types have a path in it.
const STANDARD: [&str; 6] = ["alloc", "core", "proc_macro", "std", "sysroot", "test"];

/// Makes the stand-in: a second name of the launcher's program.
pub(crate) fn install(lab: &Lab) -> Outcome<()> {
    disk::copy(&lab.launcher(), &stand_in(&lab.analyzer()))
}

fn stand_in(analyzer: &Path) -> PathBuf {
    analyzer.join("bin").join("cargo")
}

/// Leads a kernel's rust-analyzer to the stand-in, if it is there.
pub(crate) fn lead(kernel: &mut Command, analyzer: &Path) {
    if stand_in(analyzer).is_file() {
        kernel
            .env(CALLERS_HOME, std::env::var_os("CARGO_HOME").unwrap_or_default())
            .env("CARGO_HOME", analyzer);
    }
}

/// The kernel command that gives its builds the caller's `CARGO_HOME` back.
pub(crate) fn build_environment() -> Option<String> {
    let home = environment::cargo_home()?;
    home.to_str().map(|home| format!(":build_env CARGO_HOME={home}\n"))
}

/// Whether this program was started under the name of cargo.
pub(crate) fn is_stand_in() -> bool {
    std::env::var_os(CALLERS_HOME).is_some()
        && std::env::args_os()
            .next()
            .is_some_and(|program| Path::new(&program).file_stem() == Some("cargo".as_ref()))
}

/// Does what cargo would, but for what `metadata` answers.
pub(crate) fn stand_in_for_cargo() -> Outcome<i32> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut cargo = environment::the_cargo();
    match std::env::var_os(CALLERS_HOME).filter(|home| !home.is_empty()) {
        Some(home) => cargo.env("CARGO_HOME", home),
        None => cargo.env_remove("CARGO_HOME"),
    };
    cargo.env_remove(CALLERS_HOME).args(&arguments);
    if arguments.first().is_none_or(|first| first != "metadata") {
        return cargo.status().map(code).map_err(Fail::no_cargo);
    }
    let output = cargo.stderr(Stdio::inherit()).output().map_err(Fail::no_cargo)?;
    let answer = shortened(&output.stdout).unwrap_or(output.stdout);
    // Who asked may have gone; there is nobody to tell then.
    let _ = std::io::stdout().write_all(&answer);
    Ok(code(output.status))
}

fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(101)
}

/// What `cargo metadata` says without the packages no variable can have a type of; none if it is not understood.
fn shortened(answer: &[u8]) -> Option<Vec<u8>> {
    let mut metadata: Value = serde_json::from_slice(answer).ok()?;
    let kept = kept(&metadata)?;
    let is_kept = |id: &Value| id.as_str().is_some_and(|id| kept.contains(id));
    metadata["packages"].as_array_mut()?.retain(|package| is_kept(&package["id"]));
    let nodes = metadata["resolve"]["nodes"].as_array_mut()?;
    nodes.retain(|node| is_kept(&node["id"]));
    for node in nodes {
        node["dependencies"].as_array_mut()?.retain(is_kept);
        node["deps"].as_array_mut()?.retain(|dependency| is_kept(&dependency["pkg"]));
    }
    serde_json::to_vec(&metadata).ok()
}

/// The packages to keep. Without one that lists what to keep there is nothing to leave out.
fn kept(metadata: &Value) -> Option<HashSet<String>> {
    let packages: HashMap<&str, &Value> = metadata["packages"]
        .as_array()?
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let named = |name: &str| packages.iter().find(|(_, package)| package["name"] == name);
    if named("sysroot").is_some() && named("std").is_some() {
        let standard = packages.iter().filter(|(_, package)| {
            package["name"].as_str().is_some_and(|name| STANDARD.contains(&name))
        });
        return Some(standard.map(|(id, _)| (*id).to_owned()).collect());
    }
    let dependencies: HashMap<&str, &Vec<Value>> = metadata["resolve"]["nodes"]
        .as_array()?
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node["dependencies"].as_array()?)))
        .collect();
    let root = metadata["resolve"]["root"].as_str()?;
    let mut kept = HashSet::from([root.to_owned()]);
    let mut seen = HashSet::new();
    // A package and the list that holds for what it depends on.
    let mut open = vec![(root, None)];
    while let Some((id, inherited)) = open.pop() {
        if !seen.insert((id, inherited.is_some())) {
            continue;
        }
        let list = inherited.or_else(|| packages.get(id).and_then(|package| types(package)));
        for next in dependencies.get(id)?.iter().filter_map(Value::as_str) {
            let name = &packages.get(next)?["name"];
            if list.is_none_or(|list: &Vec<Value>| list.contains(name)) {
                kept.insert(next.to_owned());
                open.push((next, list));
            }
        }
    }
    Some(kept)
}

/// The list in `[package.metadata.notebook]`.
fn types(package: &Value) -> Option<&Vec<Value>> {
    package["metadata"]["notebook"]["types"].as_array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(edges: &[(&str, &[&str])], listed: &[&str]) -> Value {
        let packages: Vec<Value> = edges
            .iter()
            .map(|(name, _)| match *name {
                "library" => {
                    json!({"id": name, "name": name, "metadata": {"notebook": {"types": listed}}})
                }
                _ => json!({"id": name, "name": name, "metadata": null}),
            })
            .collect();
        let nodes: Vec<Value> = edges
            .iter()
            .map(|(name, next)| {
                let deps: Vec<Value> = next.iter().map(|next| json!({"pkg": next})).collect();
                json!({"id": name, "dependencies": next, "deps": deps})
            })
            .collect();
        json!({"packages": packages, "resolve": {"root": edges[0].0, "nodes": nodes}})
    }

    fn names(metadata: &Value) -> Vec<String> {
        let answer = shortened(metadata.to_string().as_bytes()).expect("an answer");
        let metadata: Value = serde_json::from_slice(&answer).expect("JSON");
        let mut names: Vec<String> = metadata["packages"]
            .as_array()
            .expect("packages")
            .iter()
            .map(|package| package["name"].as_str().expect("a name").to_owned())
            .collect();
        let known: HashSet<&str> = names.iter().map(String::as_str).collect();
        for node in metadata["resolve"]["nodes"].as_array().expect("nodes") {
            assert!(known.contains(node["id"].as_str().expect("an id")));
            for next in node["dependencies"].as_array().expect("dependencies") {
                assert!(known.contains(next.as_str().expect("an id")), "{next} is left out");
            }
        }
        names.sort();
        names
    }

    #[test]
    fn below_the_library_only_what_it_lists_is_kept() {
        let edges: &[(&str, &[&str])] = &[
            ("ctx", &["library"]),
            ("library", &["frames", "hidden"]),
            ("frames", &["columns", "hidden"]),
            ("columns", &[]),
            ("hidden", &["columns", "deep"]),
            ("deep", &[]),
        ];
        let all = metadata(edges, &["frames", "columns"]);
        assert_eq!(names(&all), ["columns", "ctx", "frames", "library"]);
    }

    #[test]
    fn what_a_cell_depends_on_itself_is_kept_whole() {
        let edges: &[(&str, &[&str])] = &[
            ("ctx", &["library", "other"]),
            ("library", &["hidden", "secret"]),
            ("hidden", &["deep"]),
            ("deep", &[]),
            ("secret", &[]),
            ("other", &["hidden"]),
        ];
        assert_eq!(names(&metadata(edges, &[])), ["ctx", "deep", "hidden", "library", "other"]);
    }

    #[test]
    fn without_the_library_everything_is_kept() {
        let edges: &[(&str, &[&str])] = &[("ctx", &["other"]), ("other", &["deep"]), ("deep", &[])];
        assert_eq!(names(&metadata(edges, &[])), ["ctx", "deep", "other"]);
    }

    #[test]
    fn an_answer_of_another_kind_is_left_as_it_is() {
        assert!(shortened(b"{\"packages\": []}").is_none());
        assert!(shortened(b"error: no").is_none());
    }

    #[test]
    fn of_the_standard_library_its_inner_packages_are_left_out() {
        let edges: &[(&str, &[&str])] =
            &[("sysroot", &["std"]), ("std", &["core", "gimli"]), ("core", &[]), ("gimli", &[])];
        assert_eq!(names(&metadata(edges, &[])), ["core", "std", "sysroot"]);
    }

    /// A name that no longer occurs would leave a variable without a type, unnoticed.
    #[test]
    fn every_listed_package_is_one_the_library_uses() {
        let (manifest, lock) = (include_str!("../../Cargo.toml"), include_str!("../../Cargo.lock"));
        let list = manifest.split_once("[package.metadata.notebook]").expect("the list").1;
        let list = list.split_once("types = [").and_then(|(_, rest)| rest.split_once(']'));
        let names: Vec<&str> = list
            .expect("an array")
            .0
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        assert!(names.contains(&"\"polars-core\"") && names.contains(&"\"ndarray\""));
        for name in names {
            assert!(lock.contains(&format!("\nname = {name}\n")), "{name} is in no lock file");
        }
    }
}

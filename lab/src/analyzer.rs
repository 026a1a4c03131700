//! What the kernel's rust-analyzer reads.
//!
//! The kernel has rust-analyzer infer the types of variables, and rust-analyzer reads and resolves
//! the sources of every package that `cargo metadata` lists. Most of them can never matter to a
//! notebook: a third is not even compiled (cargo lists whatever an optional dependency might need),
//! and of most others no type reaches a variable. Reading them all took two thirds of a kernel's
//! start.
//!
//! So the stand-in for cargo ([`crate::stand_in`]) leaves out of what `cargo metadata` answers the
//! packages that the library does not list under `[package.metadata.notebook]` in its `Cargo.toml`.
//! What is built, and from what, stays the same; so does all that a cell's own `:dep` brings.

use crate::outlines;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The packages of the standard library whose types have a path in it.
pub(crate) const STANDARD: [&str; 6] = ["alloc", "core", "proc_macro", "std", "sysroot", "test"];

/// What `cargo metadata` says without the packages no variable can have a type of, and with the
/// copies of sources below `copies` in the place of the sources; none if it is not understood.
pub(crate) fn shortened(answer: &[u8], copies: Option<&Path>) -> Option<Vec<u8>> {
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
    if let Some(copies) = copies {
        outlines::lead(&mut metadata, copies);
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
        let answer = shortened(metadata.to_string().as_bytes(), None).expect("an answer");
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
        assert!(shortened(b"{\"packages\": []}", None).is_none());
        assert!(shortened(b"error: no", None).is_none());
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

//! Sources without what is inside their functions, for the kernel's rust-analyzer.
//!
//! rust-analyzer infers the types of a notebook's variables, and for that it reads all sources of
//! the packages it is told of. Most of a source is the inside of functions on which no type outside
//! depends. So it is led to copies without it. Nothing is built from the copies: rustc reads the
//! sources themselves.

use crate::analyzer;
use crate::disk;
use crate::fail::{Fail, Outcome};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use serde_json::{Map, Value, json};
use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// Directories of a package that rust-analyzer does not read either.
const LEFT_OUT: [&str; 5] = [".git", "benches", "examples", "target", "tests"];

/// Says of each copy of a directory which state of which file it was made from.
const INDEX: &str = ".outlines.json";

/// Leads rust-analyzer to the copies, in an answer of `cargo metadata`. A package that cannot be
/// copied keeps its path, as does the one that was asked about, which is the cell itself.
pub(crate) fn lead(metadata: &mut Value, home: &Path) {
    let Some(root) = metadata["resolve"]["root"].as_str().map(str::to_owned) else { return };
    for package in metadata["packages"].as_array_mut().into_iter().flatten() {
        if package["id"] != root.as_str() {
            let _ = lead_to(package, home);
        }
    }
}

fn lead_to(package: &mut Value, home: &Path) -> Option<()> {
    let is_library = |target: &Value| {
        let kinds = target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str);
        kinds.into_iter().any(|kind| kind.ends_with("lib") || kind == "proc-macro")
    };
    let library = package["targets"].as_array()?.iter().find(|target| is_library(target))?;
    let file = PathBuf::from(library["src_path"].as_str()?);
    let manifest = PathBuf::from(package["manifest_path"].as_str()?);
    let sources = manifest.parent()?;
    if !file.starts_with(sources) {
        return None;
    }
    follow(sources, &place(home, sources), Part::of).ok()?;
    let mut library = library.clone();
    library["src_path"] = json!(place(home, &file).to_str()?);
    package["targets"] = json!([library]);
    package["manifest_path"] = json!(place(home, &manifest).to_str()?);
    Some(())
}

/// The copy of the standard library's sources, if they are there.
pub(crate) fn of_the_standard_library(libraries: &Path, home: &Path) -> Option<PathBuf> {
    let sources = standard_library(libraries)?;
    let copy = place(home, &sources);
    follow(&sources, &copy, Part::of_the_standard_library).ok()?;
    Some(copy)
}

/// The standard library's sources, from `<toolchain>/lib/rustlib/<host>/lib`.
fn standard_library(libraries: &Path) -> Option<PathBuf> {
    let sources = libraries.ancestors().nth(2)?.join("src/rust/library");
    sources.join("core").is_dir().then_some(sources)
}

/// Where the copy of a path is. All of them lie as they do in the file system, so that what one names
/// relatively to another is found.
fn place(home: &Path, path: &Path) -> PathBuf {
    let names = path.components().filter(|part| matches!(part, Component::Normal(_)));
    names.fold(home.join("outlines"), |place, name| place.join(name))
}

/// What a copy has of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All: of what cargo reads.
    Whole,
    /// What is outside functions.
    Outline,
    /// That it is there.
    Name,
}

impl Part {
    /// By the path below the directory that is copied.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        match name {
            "Cargo.toml" | "Cargo.lock" => Some(Self::Whole),
            _ => name.ends_with(".rs").then_some(Self::Outline),
        }
    }

    /// The same in the standard library: cargo must find all of its packages, and rust-analyzer
    /// reads those whose types have a path in it.
    fn of_the_standard_library(path: &Path) -> Option<Self> {
        let package = path.iter().next()?.to_str()?;
        match Self::of(path)? {
            Self::Outline if analyzer::STANDARD.contains(&package) => Some(Self::Outline),
            Self::Outline => {
                let name = path.file_name()?;
                (name == "lib.rs" || name == "build.rs").then_some(Self::Name)
            }
            part => Some(part),
        }
    }

    fn text(self, source: &Path) -> Outcome<String> {
        match self {
            Self::Name => Ok(String::new()),
            Self::Whole => disk::read(source),
            Self::Outline => disk::read(source).map(|text| outline(&text).unwrap_or(text)),
        }
    }
}

/// Brings the copy of a directory to the state of the sources.
fn follow(from: &Path, to: &Path, part: fn(&Path) -> Option<Part>) -> Outcome<()> {
    let mut found = Map::new();
    list(from, Path::new(""), part, &mut found)?;
    let index = to.join(INDEX);
    let before = fs::read(&index).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let before: Map<String, Value> = before.unwrap_or_default();
    if found == before {
        return Ok(());
    }
    for (name, _) in found.iter().filter(|(name, state)| before.get(*name) != Some(state)) {
        let part = part(Path::new(name)).unwrap_or(Part::Whole);
        disk::write(&to.join(name), &part.text(&from.join(name))?)?;
    }
    for name in before.keys().filter(|name| !found.contains_key(*name)) {
        disk::remove(&to.join(name))?;
    }
    disk::write(&index, &Value::Object(found).to_string())
}

/// The files that a copy has a part of, each with its time and size.
fn list(
    root: &Path,
    below: &Path,
    part: fn(&Path) -> Option<Part>,
    found: &mut Map<String, Value>,
) -> Outcome<()> {
    let directory = root.join(below);
    let fail = |error| Fail::file("read", &directory, &error);
    for entry in fs::read_dir(&directory).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = below.join(entry.file_name());
        let metadata = fs::metadata(entry.path()).map_err(fail)?;
        if metadata.is_dir() && entry.path().is_symlink() {
            // It may lead back to where it is.
            return Err(Fail::new(format!("{} is a linked directory.", entry.path().display())));
        }
        if metadata.is_dir() {
            if !LEFT_OUT.iter().any(|name| path == Path::new(name)) {
                list(root, &path, part, found)?;
            }
        } else if let (Some(_), Some(name)) = (part(&path), path.to_str()) {
            found.insert(name.to_owned(), json!(disk::changed(&metadata)));
        }
    }
    Ok(())
}

/// A source without what is inside its functions; none if it cannot be read as Rust.
fn outline(source: &str) -> Option<String> {
    let tokens = TokenStream::from_str(source).ok()?;
    let mut insides = Vec::new();
    find(tokens, &mut insides);
    let mut outline = String::with_capacity(source.len());
    let mut from = 0;
    for inside in insides {
        outline.push_str(source.get(from..inside.start)?);
        from = inside.end;
    }
    outline.push_str(source.get(from..)?);
    // Positions are counted on from one source to the next.
    proc_macro2::extra::invalidate_current_thread_spans();
    Some(outline)
}

/// Where the insides of functions are; not in what macros are given, which may be anything.
fn find(tokens: TokenStream, insides: &mut Vec<Range<usize>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut began = 0;
    for (at, token) in tokens.iter().enumerate() {
        let item = &tokens[began..at];
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ';' => began = at + 1,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                match item.windows(2).position(is_function) {
                    Some(_) if is_constant(item) => continue,
                    Some(function) if is_known_by_its_inside(item, function) => {}
                    Some(_) => insides.push(inside(group)),
                    None if defines_a_macro(item) => find_in_templates(group, insides),
                    None if calls_a_macro(item) || may_be_constant(item) => {}
                    None => find(group.stream(), insides),
                }
                began = at + 1;
            }
            // What a macro repeats.
            TokenTree::Group(group) if item.last().is_some_and(|last| is_mark(last, '$')) => {
                find(group.stream(), insides);
            }
            _ => {}
        }
    }
}

/// The same in what a macro's rules expand to.
fn find_in_templates(rules: &Group, insides: &mut Vec<Range<usize>>) {
    let tokens: Vec<TokenTree> = rules.stream().into_iter().collect();
    for part in tokens.windows(3) {
        if let [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Group(template)] = part
            && (a.as_char(), b.as_char()) == ('=', '>')
        {
            find(template.stream(), insides);
        }
    }
}

/// Whether a function begins here; `fn(f64)` is a type.
fn is_function(pair: &[TokenTree]) -> bool {
    let is_name = matches!(pair[1], TokenTree::Ident(_)) || is_mark(&pair[1], '$');
    is_word(&pair[0], "fn") && is_name
}

fn inside(group: &Group) -> Range<usize> {
    group.span_open().byte_range().end..group.span_close().byte_range().start
}

/// Whether braces after these tokens are between angle brackets and hold a constant, as in
/// `Array<{ N + 1 }>`.
fn is_constant(item: &[TokenTree]) -> bool {
    let is_arrow =
        |at: usize| at > 0 && (is_mark(&item[at - 1], '-') || is_mark(&item[at - 1], '='));
    let opened = item.iter().filter(|token| is_mark(token, '<')).count();
    let closed = (0..item.len()).filter(|&at| is_mark(&item[at], '>') && !is_arrow(at)).count();
    opened > closed
}

/// Whether a type may follow from what is inside a function: it returns `impl Trait`, or may compute
/// the length of an array.
fn is_known_by_its_inside(item: &[TokenTree], function: usize) -> bool {
    let (qualifiers, signature) = item.split_at(function);
    let arrow =
        signature.windows(2).position(|pair| is_mark(&pair[0], '-') && is_mark(&pair[1], '>'));
    qualifiers.iter().any(|token| is_word(token, "const"))
        || arrow.is_some_and(|at| signature[at..].iter().any(|token| is_word(token, "impl")))
}

/// Whether the functions of a trait, or of an implementation of one, may compute the length of an
/// array, as in `impl const Trait for Type`.
fn may_be_constant(item: &[TokenTree]) -> bool {
    let is_of_a_trait = item.iter().any(|token| is_word(token, "impl") || is_word(token, "trait"));
    let is_parameter =
        |at: usize| at > 0 && (is_mark(&item[at - 1], '<') || is_mark(&item[at - 1], ','));
    is_of_a_trait && (0..item.len()).any(|at| is_word(&item[at], "const") && !is_parameter(at))
}

/// Whether braces after these tokens hold the rules of a macro.
fn defines_a_macro(before: &[TokenTree]) -> bool {
    matches!(before, [.., word, mark, TokenTree::Ident(_)] if is_word(word, "macro_rules") && is_mark(mark, '!'))
}

/// Whether braces after these tokens are given to a macro, or are those of a `macro`.
fn calls_a_macro(before: &[TokenTree]) -> bool {
    match before {
        [.., mark] if is_mark(mark, '!') => true,
        [.., word, TokenTree::Ident(_)] | [.., word, TokenTree::Ident(_), TokenTree::Group(_)] => {
            is_word(word, "macro")
        }
        _ => false,
    }
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(own) if own.as_char() == mark)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(own) if own == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::tests::Scratch;
    use quote::ToTokens;
    use syn::visit_mut::{self, VisitMut};

    fn outlined(source: &str) -> String {
        outline(source).expect("Rust")
    }

    #[test]
    fn what_is_inside_functions_is_left_out_and_all_else_kept() {
        let source = "\
//! Module.
use a::{B, C};
/// Said where it is looked up: fn f() { }.
pub fn sum(numbers: &[f64]) -> f64 { let s = '}'; numbers.iter().sum() }
pub struct S<const N: usize> { each: fn(f64) -> f64, all: [u8; { N + 1 }] }
impl<T> Tr for S<3> where T: Fn() -> u8 { const K: u8 = { 3 }; fn a(&self); async fn b() { w().await } }
mod inner { pub(super) fn three() -> usize { 3 } }
";
        let expected = source
            .replace(" let s = '}'; numbers.iter().sum() ", "")
            .replace(" w().await ", "")
            .replace("usize { 3 }", "usize {}");
        assert_eq!(outlined(source), expected);
        assert_eq!(outlined(&expected), expected);
    }

    #[test]
    fn a_function_whose_type_follows_from_its_inside_keeps_it() {
        let hidden = "fn odd(n: u8) -> impl Iterator<Item = u8> { (0..n).step_by(2) }";
        assert_eq!(outlined(hidden), hidden);
        let taken = "fn all(one: impl Into<f64>) -> f64 { one.into() }";
        assert_eq!(outlined(taken), "fn all(one: impl Into<f64>) -> f64 {}");
    }

    #[test]
    fn what_may_compute_the_length_of_an_array_is_kept() {
        for kept in [
            "pub const unsafe fn three<const N: usize>() -> usize { N }",
            "impl<T> const Double for T { fn double(self) -> T { self + self } }",
            "pub const trait Double { fn double(self) -> Self { self + self } }",
        ] {
            assert_eq!(outlined(kept), kept);
        }
        let parameter = "impl<const N: usize, const M: usize> A for B<N> { fn f() { g() } }";
        assert_eq!(outlined(parameter), parameter.replace(" g() ", ""));
        let after = "const A: u8 = 1; fn f() { g() }";
        assert_eq!(outlined(after), after.replace(" g() ", ""));
    }

    #[test]
    fn braces_of_a_signature_are_none_of_its_function() {
        let source = "fn f(x: A<{ N }>) -> B<{ N + 1 }, { N }> where C<T>: Fn() -> D { x.into() }";
        assert_eq!(outlined(source), source.replace(" x.into() ", ""));
        let comma = "fn f<T>() where T: A<u8>, { g() } impl A<u8> for B { const C: u8 = 1; }";
        assert_eq!(outlined(comma), comma.replace(" g() ", ""));
    }

    #[test]
    fn what_macros_are_given_stays_and_what_they_expand_to_is_outlined() {
        let given =
            "make! { fn f() { 1 } }\nmake!(fn f() { 1 });\nmacro m($x:expr) { fn f() { 1 } }";
        assert_eq!(outlined(given), given);
        let rules = "\
macro_rules! make {
    ($($t:ty)*; fn f() { 1 }) => { $(impl F for $t { fn f() { other! { fn g() { 2 } } } })* };
    ($name:ident) => (pub fn $name() -> u8 { 3 });
}
";
        let expected = rules.replace(" other! { fn g() { 2 } } ", "").replace("{ 3 }", "{}");
        assert_eq!(outlined(rules), expected);
    }

    #[test]
    fn what_is_no_rust_is_left_as_it_is() {
        assert_eq!(outline("fn f() { \"never closed }"), None);
        assert_eq!(outline("fn f( {"), None);
    }

    /// What rustc's grammar makes of a source, without what an outline may leave out.
    struct Bodies;

    impl VisitMut for Bodies {
        fn visit_item_mut(&mut self, item: &mut syn::Item) {
            match item {
                syn::Item::Fn(function) => empty(&function.sig, &mut function.block),
                _ => visit_mut::visit_item_mut(self, item),
            }
        }

        fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
            empty(&function.sig, &mut function.block);
        }

        fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
            if let Some(block) = &mut function.default {
                empty(&function.sig, block);
            }
        }

        fn visit_macro_mut(&mut self, given: &mut syn::Macro) {
            given.tokens = TokenStream::new();
        }
    }

    fn empty(signature: &syn::Signature, block: &mut syn::Block) {
        let returned = signature.output.to_token_stream().to_string();
        if signature.constness.is_none() && !returned.split(' ').any(|word| word == "impl") {
            block.stmts.clear();
        }
    }

    /// The tokens of a source whose functions are empty; none if it has what only the newest
    /// compilers know.
    fn emptied(source: &str) -> Option<String> {
        let mut file = syn::parse_file(source).ok()?;
        Bodies.visit_file_mut(&mut file);
        Some(file.to_token_stream().to_string())
    }

    /// How many of the sources below a directory could be compared.
    fn compare(sources: &Path) -> usize {
        let mut found = Map::new();
        list(sources, Path::new(""), Part::of, &mut found).expect("sources");
        let texts = found.keys().filter(|name| name.ends_with(".rs")).filter_map(|name| {
            let text = disk::read(&sources.join(name)).expect("a source");
            Some((name, emptied(&text)?, emptied(&outline(&text)?)?))
        });
        texts.inspect(|(name, whole, outline)| assert_eq!(whole, outline, "{name}")).count()
    }

    #[test]
    fn an_outline_declares_what_its_source_does() {
        assert!(compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")) > 100);
    }

    #[test]
    fn so_do_those_of_the_standard_library_where_it_can_be_read() {
        let libraries = crate::toolchain::Toolchain::find().expect("a toolchain").libraries;
        if let Some(sources) = standard_library(&libraries) {
            assert!(compare(&sources.join("core")) + compare(&sources.join("alloc")) > 100);
        }
    }

    #[test]
    fn the_checkouts_own_sources_have_outlines() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
        let mut found = Map::new();
        list(&sources, Path::new(""), Part::of, &mut found).expect("sources");
        assert!(found.len() > 100, "{} sources", found.len());
        let (mut whole, mut outlines) = (0, 0);
        for name in found.keys() {
            let text = disk::read(&sources.join(name)).expect("a source");
            let outline = outlined(&text);
            assert_eq!(outlined(&outline), outline, "{name}");
            (whole, outlines) = (whole + text.len(), outlines + outline.len());
        }
        assert!(2 * outlines < whole, "{outlines} of {whole} bytes are left");
    }

    #[test]
    fn a_copy_follows_its_sources() {
        let scratch = Scratch::new("outlines");
        let (from, to) = (scratch.0.join("from"), scratch.0.join("to"));
        for (name, text) in [
            ("a.rs", "fn a() { 1 }"),
            ("b/tests/c.rs", "fn c() { 1 }"),
            ("tests/d.rs", ""),
            ("e.txt", ""),
        ] {
            disk::write(&from.join(name), text).expect("written");
        }
        let copy = |name: &str| fs::read_to_string(to.join(name)).ok();
        follow(&from, &to, Part::of).expect("a copy");
        assert_eq!(copy("a.rs").as_deref(), Some("fn a() {}"));
        assert_eq!(copy("b/tests/c.rs").as_deref(), Some("fn c() {}"));
        assert_eq!((copy("tests/d.rs"), copy("e.txt")), (None, None));
        disk::write(&from.join("a.rs"), "fn another() { 1 }").expect("written");
        disk::remove(&from.join("b/tests/c.rs")).expect("removed");
        follow(&from, &to, Part::of).expect("a copy");
        assert_eq!(
            (copy("a.rs").as_deref(), copy("b/tests/c.rs")),
            (Some("fn another() {}"), None)
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_directory_that_may_lead_back_to_itself_is_not_copied() {
        let scratch = Scratch::new("linked");
        let from = scratch.0.join("from");
        disk::write(&from.join("src/lib.rs"), "fn a() { 1 }").expect("written");
        std::os::unix::fs::symlink(&from, from.join("src/again")).expect("a link");
        assert!(follow(&from, &scratch.0.join("to"), Part::of).is_err());
    }

    #[test]
    fn of_the_standard_library_other_packages_keep_their_names_alone() {
        let part = |path: &str| Part::of_the_standard_library(Path::new(path));
        assert_eq!(part("core/src/num/mod.rs"), Some(Part::Outline));
        assert_eq!(part("stdarch/crates/core_arch/Cargo.toml"), Some(Part::Whole));
        assert_eq!(part("stdarch/crates/core_arch/src/lib.rs"), Some(Part::Name));
        assert_eq!(part("stdarch/crates/core_arch/src/x86/avx.rs"), None);
        assert_eq!(part("core/README.md"), None);
    }

    #[test]
    fn packages_are_led_to_their_copies_but_for_the_one_asked_about() {
        let scratch = Scratch::new("led");
        let (source, home) = (scratch.0.join("pack/src/lib.rs"), scratch.0.join("home"));
        disk::write(&source, "pub fn f() { 1 }").expect("written");
        let package = |id: &str| {
            let target = |kind: &str, path: &Path| json!({"kind": [kind], "src_path": path});
            json!({
                "id": id,
                "manifest_path": scratch.0.join("pack/Cargo.toml"),
                "targets": [target("bin", &source.with_file_name("main.rs")), target("rlib", &source)],
            })
        };
        let (asked, other) = (package("asked"), package("other"));
        let mut metadata = json!({"resolve": {"root": "asked"}, "packages": [asked, other]});
        lead(&mut metadata, &home);
        assert_eq!(metadata["packages"][0], asked);
        let led = &metadata["packages"][1];
        let path = PathBuf::from(led["targets"][0]["src_path"].as_str().expect("a path"));
        assert_eq!(led["targets"].as_array().map(Vec::len), Some(1));
        assert!(path.starts_with(&home), "{}", path.display());
        assert_eq!(disk::read(&path).expect("a copy"), "pub fn f() {}");
        assert_eq!(
            json!(path.ancestors().nth(2).map(|pack| pack.join("Cargo.toml"))),
            led["manifest_path"]
        );
    }
}

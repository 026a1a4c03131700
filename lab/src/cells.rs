//! Compiling a cell without cargo's part in it.
//!
//! A cell is a crate of one file, and for every cell cargo reads some 300 manifests and index
//! entries only to find that nothing changed but that file: a third of what a reader waits for. So
//! rustc's command is noted when cargo has it run, together with all that cargo concluded it from,
//! and while none of that changes the next cell is compiled by that command ([`quick`] says with
//! what difference). Anything else goes to cargo as ever: other dependencies than the library, a
//! changed source, manifest, lock file, configuration, compiler or variable of the environment, and
//! a cell that does not compile for another reason than errors in its text.

use crate::disk;
use crate::fail::{Fail, Outcome};
use crate::paths;
use crate::stand_in::{self, NOTE, Role, STUB};
use serde_json::{Value, json};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

/// Set, and neither empty nor 0, in a quick run.
const QUICK_RUN: &str = "MICROLEARNERS_QUICK";
/// The variable that names cargo's home.
const HOME: &str = "CARGO_HOME";

/// How rustc's allocator takes memory. A cell takes some 300 MB for a third of a second, and to have
/// them in pages of 4 kB took a sixth of that time.
const ALLOCATOR: &str = "MALLOC_CONF";
const FEW_LARGE_PAGES: &str = "thp:always,narenas:1";

/// The crate every cell is.
const CRATE: &str = "ctx";
/// The kernel's own build directory: nothing that is built elsewhere is a cell.
pub(crate) const KERNELS_DIRECTORY: &str = "EVCXR_TMPDIR";
/// What was noted, in the kernel's build directory. It holds for that directory alone.
pub(crate) const FILE: &str = "cell-command.json";
/// One byte for every time that the kernel had something compiled, in its build directory.
const PASSES: &str = "cell-passes";
/// Variables that cargo, or rustup before it, sets for rustc; and families of them.
const ADDED: [&str; 8] = [
    "CARGO",
    "CARGO_CRATE_NAME",
    "CARGO_HOME",
    "CARGO_PRIMARY_PACKAGE",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "OUT_DIR",
    "PATH",
];
const ADDED_FAMILIES: [&str; 3] = ["CARGO_MANIFEST_", "CARGO_PKG_", "RUSTUP_"];

/// `cargo build`, as the kernel asks for it.
pub(crate) fn build(arguments: &[OsString]) -> Outcome<i32> {
    let Some(request) = Request::of_this_process(arguments) else {
        return stand_in::hand_on(stand_in::cargo().args(arguments));
    };
    count(&request.directory.join(PASSES));
    let note = request.directory.join(FILE);
    if let Some(answer) = read(&note).and_then(|noted| recompile(&noted, &request)) {
        println!("{}", answer.text);
        return Ok(answer.code);
    }
    build_and_note(arguments, &request, &note)
}

/// `cargo check`, as the kernel asks for it where it cannot tell a variable's type, most often of a
/// cell with an error in it.
///
/// Cargo would first compile the library anew, as far as a check goes, and that takes longer than a
/// minute. The library as it was built says the same.
pub(crate) fn check(arguments: &[OsString]) -> Outcome<i32> {
    let mut as_built = arguments.to_vec();
    as_built[0] = "build".into();
    let checked = Request::of_this_process(&as_built).and_then(|request| {
        let noted = read(&request.directory.join(FILE))?;
        let output = compile(&noted, &request, For::Errors)?;
        errors(&output.stderr)
            .or_else(|| output.status.success().then_some(Answer { text: String::new(), code: 0 }))
    });
    match checked {
        Some(answer) => {
            println!("{}", answer.text);
            Ok(answer.code)
        }
        None => stand_in::hand_on(stand_in::cargo().args(arguments)),
    }
}

/// One pass more. `cargo lab run` tells from it which cells the kernel compiled twice; a cell does
/// not fail for want of it.
fn count(passes: &Path) {
    let file = File::options().create(true).append(true).open(passes);
    let _ = file.and_then(|mut file| file.write_all(b"."));
}

/// Whether cargo is asked for nothing but whether the library can be depended on, and it was built
/// that way before.
///
/// The kernel asks at every `:dep` line, in a package it makes up, which also has cargo forget the
/// versions it had chosen.
pub(crate) fn is_known_dependency(arguments: &[OsString]) -> bool {
    let known = || {
        let directory = own_directory()?;
        let manifest = disk::read(&directory.join("Cargo.toml")).ok()?;
        let library = stamp(&only_dependency(&manifest)?.join("Cargo.toml"))?;
        let noted = read(&directory.join(FILE))?;
        let is_noted = noted["inputs"]["sources"].as_array()?.contains(&library);
        Some(manifest.contains("name = \"evcxr_dummy_validate_dep\"") && is_noted)
    };
    arguments == ["metadata", "--format-version=1"] && known().unwrap_or(false)
}

/// The directory this process is in, if it is the one the kernel builds cells in.
fn own_directory() -> Option<PathBuf> {
    let directory = std::env::current_dir().ok()?;
    let kernels = PathBuf::from(std::env::var_os(KERNELS_DIRECTORY)?);
    kernels.canonicalize().is_ok_and(|kernels| kernels == directory).then_some(directory)
}

/// What a build of a cell is asked with.
#[derive(Debug)]
struct Request {
    directory: PathBuf,
    /// Cargo's own home, which the kernel names when it builds and not when it checks.
    home: Option<PathBuf>,
    /// Arguments and environment, by which two requests are the same.
    text: Value,
}

impl Request {
    fn of_this_process(arguments: &[OsString]) -> Option<Self> {
        let directory = own_directory()?;
        let home = stand_in::callers_home();
        // A wrapper of the caller's own has to see every call of rustc.
        let is_wrapped = ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        if is_wrapped
            || configurations(&directory, home.as_deref()).any(|file| names_a_wrapper(&file))
        {
            return None;
        }
        let arguments = texts(arguments)?;
        let mut environment: Vec<(OsString, OsString)> =
            std::env::vars_os().filter(|(name, _)| name != HOME && !is_the_kernels(name)).collect();
        environment.extend(home.clone().map(|home| (HOME.into(), home.into())));
        environment.sort();
        let environment: Vec<&[u8]> = environment
            .iter()
            .flat_map(|(name, value)| [name.as_encoded_bytes(), value.as_encoded_bytes()])
            .collect();
        // By its hash alone: what else a reader keeps in the environment is nobody's business.
        let text = json!({"arguments": arguments, "environment": paths::hash(&environment)});
        Some(Self { directory, home, text })
    }
}

/// Whether a variable is the kernel's own, of which it has more when it builds than when it checks.
fn is_the_kernels(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("EVCXR_"))
}

/// Arguments that can be written down.
fn texts(arguments: &[OsString]) -> Option<Vec<&str>> {
    arguments.iter().map(|word| word.to_str()).collect()
}

/// The files that cargo reads its configuration from, whether they are there or not.
fn configurations(directory: &Path, home: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    let home = home.map(Path::to_owned);
    let places = directory.ancestors().map(|above| above.join(".cargo")).chain(home);
    places.flat_map(|place| ["config.toml", "config"].map(|name| place.join(name)))
}

fn names_a_wrapper(configuration: &Path) -> bool {
    let text = fs::read_to_string(configuration).unwrap_or_default();
    ["rustc-wrapper", "rustc-workspace-wrapper"].iter().any(|key| text.contains(key))
}

/// What cargo, and rustup before it, may have added to rustc's environment; none if it cannot be
/// written down.
fn added_environment() -> Option<Vec<[String; 2]>> {
    let is_added = |name: &str| {
        ADDED.contains(&name) || ADDED_FAMILIES.iter().any(|family| name.starts_with(family))
    };
    std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(is_added))
        .map(|(name, value)| Some([name.into_string().ok()?, value.into_string().ok()?]))
        .collect()
}

fn read(note: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(note).ok()?).ok()
}

/// What cargo would print, and end with.
struct Answer {
    text: String,
    code: i32,
}

/// What a cell is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Running,
    Errors,
}

/// Compiles with the noted command, and leaves the cell where cargo would; none if the command does
/// not hold any more, or fails for another reason than errors in the cell.
fn recompile(noted: &Value, request: &Request) -> Option<Answer> {
    let named = Path::new(noted["artifact"]["filenames"][0].as_str()?);
    // As cargo does while it builds: whoever copies the directory waits for this lock.
    let lock = File::open(named.with_file_name(".cargo-lock")).ok()?;
    lock.lock().ok()?;
    let output = compile(noted, request, For::Running)?;
    if !output.status.success() {
        return errors(&output.stderr);
    }
    // Moved, not linked: some linkers write into the file that is there, and the kernel has loaded
    // it.
    fs::rename(artifact(&output.stderr)?, named).ok()?;
    Some(Answer { text: noted["artifact"].to_string(), code: 0 })
}

/// Carries the noted command out; none if it does not hold any more.
fn compile(noted: &Value, request: &Request, purpose: For) -> Option<Output> {
    if noted["request"] != request.text
        || Some(&noted["inputs"]) != inputs(request, &noted["command"]).as_ref()
    {
        return None;
    }
    let (program, arguments) = words(&noted["command"])?;
    let mut arguments: Vec<OsString> =
        quick(&arguments, is_quick_run(), purpose).into_iter().map(OsString::from).collect();
    let stub = stub(&request.directory);
    let linker = stand_in::program(Role::Linker).ok().filter(|_| stub.is_file());
    arguments.extend(
        linker.map(|linker| [OsStr::new("-Clinker="), linker.as_os_str()].into_iter().collect()),
    );
    let variables = noted["environment"].as_array()?.iter();
    let variables: Option<Vec<(&str, &str)>> =
        variables.map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?))).collect();
    let mut rustc = Command::new(program);
    if cfg!(target_os = "linux") && std::env::var_os(ALLOCATOR).is_none() {
        rustc.env(ALLOCATOR, FEW_LARGE_PAGES);
    }
    rustc
        .args(arguments)
        .envs(variables?)
        .env(STUB, &stub)
        .current_dir(&request.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .ok()
}

/// What rustc said of a cell, as cargo passes it on; none if it found no error in the cell's text.
fn errors(messages: &[u8]) -> Option<Answer> {
    let said: Vec<Value> =
        lines(messages).filter(|message| message["$message_type"] == "diagnostic").collect();
    let is_of_the_text = |message: &Value| {
        message["level"] == "error" && message["spans"].as_array().is_some_and(|at| !at.is_empty())
    };
    if !said.iter().any(is_of_the_text) {
        return None;
    }
    let lines = said.into_iter().map(|message| {
        let target = json!({"kind": ["cdylib"], "name": CRATE});
        json!({"reason": "compiler-message", "target": target, "message": message}).to_string()
    });
    Some(Answer { text: lines.collect::<Vec<_>>().join("\n"), code: stand_in::FAILURE })
}

fn stub(directory: &Path) -> PathBuf {
    directory.join("stub").join(format!(
        "{}microlearners{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ))
}

/// Makes a library of the library's name with nothing in it.
///
/// The library exports some 200,000 symbols, and a linker that reads them to find the few that a
/// cell uses takes longer than all else it does. That they are there is certain, as rustc wrote
/// both sides, and the loader looks them up in any case.
fn make_stub(directory: &Path) -> Option<()> {
    let stub = stub(directory);
    let name = stub.file_name()?.to_str()?;
    disk::make_directory(stub.parent()?).ok()?;
    let mut linker = Command::new("cc");
    linker.args(["-shared", "-nostdlib", "-x", "c", "/dev/null", "-o"]).arg(&stub);
    linker
        .arg(format!("-Wl,-soname,{name}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    linker.status().is_ok_and(|status| status.success()).then_some(())
}

/// Links a cell against the library's name alone, and if that fails as rustc asked for it.
pub(crate) fn link(arguments: &[OsString]) -> Outcome<i32> {
    let stub = PathBuf::from(std::env::var_os(STUB).unwrap_or_default());
    let is_library = |argument: &OsString| Path::new(argument).file_name() == stub.file_name();
    let stub_alone = [
        OsString::from("-Wl,--no-as-needed"),
        stub.clone().into_os_string(),
        "-Wl,--as-needed".into(),
    ];
    let short = arguments.iter().flat_map(|argument| {
        if is_library(argument) { stub_alone.to_vec() } else { vec![argument.clone()] }
    });
    let mut linker = Command::new("cc");
    let linked = linker.args(short).arg("-Wl,--unresolved-symbols=ignore-all").output();
    if linked.is_ok_and(|output| output.status.success()) {
        return Ok(0);
    }
    Command::new("cc")
        .args(arguments)
        .status()
        .map(|status| status.code().unwrap_or(1))
        .map_err(|error| Fail::new(format!("cannot start the linker cc ({error}).")))
}

/// Whether notebooks take their small settings.
fn is_quick_run() -> bool {
    std::env::var_os(QUICK_RUN).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The same command without incremental compilation, whose records take longer to check than a cell
/// to compile, and without the optimisation across the parts of a crate that rustc adds to its
/// compilation in parts. In a quick run nothing of the cell is optimised, which takes half the time;
/// what it calls in the library is. For a cell's errors alone there is nothing to link.
fn quick<'a>(arguments: &[&'a str], is_quick_run: bool, purpose: For) -> Vec<&'a str> {
    let mut quick: Vec<&str> = Vec::with_capacity(arguments.len() + 2);
    for argument in arguments {
        if argument.starts_with("incremental=") && quick.last() == Some(&"-C") {
            quick.pop();
        } else if argument.starts_with("--emit=") && purpose == For::Errors {
            quick.push("--emit=metadata");
        } else {
            quick.push(argument);
        }
    }
    quick.push("-Clto=off");
    if is_quick_run {
        quick.push("-Copt-level=0");
    }
    quick
}

fn words(command: &Value) -> Option<(&str, Vec<&str>)> {
    let words: Option<Vec<&str>> = command.as_array()?.iter().map(Value::as_str).collect();
    let words = words?;
    let (program, arguments) = words.split_first()?;
    Some((program, arguments.to_vec()))
}

/// The library that rustc says it wrote.
fn artifact(messages: &[u8]) -> Option<String> {
    lines(messages).find_map(|message| {
        (message["$message_type"] == "artifact" && message["emit"] == "link")
            .then(|| message["artifact"].as_str().map(str::to_owned))?
    })
}

fn lines(text: &[u8]) -> impl Iterator<Item = Value> {
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

/// Has cargo build, and notes how if that can be relied on the next time.
fn build_and_note(arguments: &[OsString], request: &Request, note: &Path) -> Outcome<i32> {
    // What was noted may still hold when this cell does not compile, and says itself whether it
    // does.
    let before = fs::read_to_string(note).ok();
    let _ = fs::remove_file(note);
    let started = SystemTime::now();
    let output = stand_in::cargo()
        .args(arguments)
        .env("RUSTC_WRAPPER", stand_in::program(Role::Rustc)?)
        .env(NOTE, note)
        .stderr(Stdio::inherit())
        .output()
        .map_err(Fail::no_cargo)?;
    // The kernel may have gone; there is nobody to tell then.
    let _ = std::io::stdout().write_all(&output.stdout);
    if !output.status.success() || complete(note, request, &output.stdout, started).is_none() {
        let _ = fs::remove_file(note);
        before.and_then(|before| disk::write(note, &before).ok());
    }
    Ok(stand_in::code(output.status))
}

/// Adds to a noted command what it follows from.
fn complete(note: &Path, request: &Request, messages: &[u8], started: SystemTime) -> Option<()> {
    let mut noted = read(note)?;
    let artifact = lines(messages).find(|message| {
        message["reason"] == "compiler-artifact" && message["target"]["name"] == CRATE
    })?;
    if artifact["filenames"].as_array()?.len() != 1 {
        return None;
    }
    let inputs = inputs(request, &noted["command"])?;
    // What changed while cargo was looking may be newer than what it built.
    let started = disk::nanoseconds(started)?;
    if sources(&inputs).any(|changed| changed >= started) {
        return None;
    }
    let has_its_linker = words(&noted["command"])?.1.iter().any(|word| word.contains("linker="));
    if !cfg!(target_os = "linux") || has_its_linker || make_stub(&request.directory).is_none() {
        let _ = disk::remove(&stub(&request.directory));
    }
    noted["request"] = request.text.clone();
    noted["artifact"] = artifact;
    noted["inputs"] = inputs;
    disk::write(note, &noted.to_string()).ok()
}

/// Stands in for rustc: notes the command if it compiles a cell, and carries it out.
pub(crate) fn note_and_compile(arguments: &[OsString]) -> Outcome<i32> {
    let Some((rustc, rest)) = arguments.split_first() else {
        return Err(Fail::usage("cargo names rustc first"));
    };
    let is_cell = rest.windows(2).any(|pair| pair[0] == "--crate-name" && pair[1] == CRATE);
    let note = std::env::var_os(NOTE).map(PathBuf::from);
    if is_cell
        && let Some(note) = note
        && let Some(command) = noted(arguments)
    {
        // Without a note the next cell is built by cargo again.
        let _ = disk::write(&note, &command.to_string());
    }
    let status =
        Command::new(rustc).args(rest).env_remove(NOTE).env_remove("RUSTC_WRAPPER").status();
    status.map(stand_in::code).map_err(|error| {
        Fail::new(format!("cannot start {} ({error}).", Path::new(rustc).display()))
    })
}

fn noted(arguments: &[OsString]) -> Option<Value> {
    Some(json!({"command": texts(arguments)?, "environment": added_environment()?}))
}

/// All that rustc's command follows from: what the kernel and cargo keep rewriting by its content,
/// the rest by time and size; none where it cannot be known.
fn inputs(request: &Request, command: &Value) -> Option<Value> {
    let directory = &request.directory;
    let (rustc, arguments) = words(command)?;
    let manifest = directory.join("Cargo.toml");
    let checkout = only_dependency(&disk::read(&manifest).ok()?)?;
    let mut built = vec![PathBuf::from(rustc)];
    let rewritten = [manifest, directory.join("Cargo.lock"), directory.join(".cargo/config.toml")];
    let mut sources = vec![checkout.join("Cargo.toml")];
    let settings = configurations(directory, request.home.as_deref());
    sources.extend(settings.filter(|file| !rewritten.contains(file)));
    for library in arguments.windows(2).filter(|pair| pair[0] == "--extern") {
        let library = PathBuf::from(library[1].split_once('=')?.1);
        let stem = library.file_stem()?.to_str()?.trim_start_matches("lib");
        let read = dependencies(&library.with_file_name(format!("{stem}.d")))?;
        sources.extend(read.into_iter().map(|source| checkout.join(source)));
        built.push(library);
    }
    // rustc is told of the library twice, by its static and by its shared file.
    sources.sort();
    sources.dedup();
    let stamps = |files: Vec<PathBuf>| -> Option<Vec<Value>> {
        files.iter().map(|file| stamp(file)).collect()
    };
    let contents = rewritten.map(|file| fs::read(file).ok().map(|text| paths::hash(&[&text])));
    Some(json!({"rewritten": contents, "built": stamps(built)?, "sources": stamps(sources)?}))
}

/// The path of the library if a cell depends on nothing else. Of other packages it is cargo that
/// knows what they are made from.
fn only_dependency(manifest: &str) -> Option<PathBuf> {
    let (_, dependencies) = manifest.split_once("[dependencies]")?;
    let mut lines = dependencies.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines.next()?.strip_prefix("microlearners = { path = \"")?.strip_suffix("\" }")?;
    (lines.next().is_none() && !line.contains('"')).then(|| PathBuf::from(line))
}

/// The sources rustc says it read, from the file it writes beside a library.
fn dependencies(file: &Path) -> Option<Vec<PathBuf>> {
    let text = fs::read_to_string(file).ok()?;
    let (_, sources) = text.lines().next()?.split_once(": ")?;
    // A space that belongs to a name has a backslash before it.
    let sources = sources.replace("\\ ", "\0");
    Some(sources.split_whitespace().map(|name| PathBuf::from(name.replace('\0', " "))).collect())
}

/// Name, time and size of a file; a file that is not there has neither.
fn stamp(file: &Path) -> Option<Value> {
    let name = file.to_str()?;
    let Ok(metadata) = fs::metadata(file) else { return Some(json!([name, null, null])) };
    let (changed, size) = disk::changed(&metadata);
    Some(json!([name, changed?, size]))
}

/// When each source that is there was last changed.
fn sources(inputs: &Value) -> impl Iterator<Item = u64> {
    let sources = inputs["sources"].as_array().into_iter().flatten();
    sources.filter_map(|stamp| stamp[1].as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::tests::Scratch;

    const LIBRARY: &str = "microlearners = { path = \"/a b/c\" }";

    #[test]
    fn only_the_library_alone_is_a_dependency_whose_sources_are_known() {
        let manifest =
            |lines: &str| format!("[package]\nname = \"ctx\"\n\n[dependencies]\n{lines}\n\n");
        assert_eq!(only_dependency(&manifest(LIBRARY)), Some(PathBuf::from("/a b/c")));
        for others in [
            "",
            "rand = \"0.8\"",
            "microlearners = { path = \"/c\", features = [\"x\"] }",
            &format!("{LIBRARY}\nmine = {{ path = \"/mine\" }}"),
        ] {
            assert_eq!(only_dependency(&manifest(others)), None, "{others}");
        }
    }

    #[test]
    fn sources_may_have_spaces_in_their_names() {
        let scratch = Scratch::new("dep-info");
        let file = scratch.0.join("library.d");
        fs::create_dir_all(&scratch.0).expect("a directory");
        fs::write(&file, "/t/library.d: /a\\ b/lib.rs src/data.bin\n\n/t/lib: /x.rs\n")
            .expect("a file");
        let sources = dependencies(&file).expect("sources");
        assert_eq!(sources, [PathBuf::from("/a b/lib.rs"), PathBuf::from("src/data.bin")]);
        assert_eq!(dependencies(&scratch.0.join("none.d")), None);
    }

    #[test]
    fn a_file_that_comes_goes_or_changes_is_another_input() {
        let scratch = Scratch::new("stamps");
        fs::create_dir_all(&scratch.0).expect("a directory");
        let file = scratch.0.join("config.toml");
        let missing = stamp(&file);
        fs::write(&file, "a").expect("a file");
        let there = stamp(&file);
        fs::write(&file, "ab").expect("a file");
        assert!(missing.is_some() && missing != there && there != stamp(&file));
    }

    #[test]
    fn a_quick_run_does_not_optimise_cells() {
        let noted = ["-C", "opt-level=1", "-C", "incremental=/t", "-C", "rpath"];
        let expected = ["-C", "opt-level=1", "-C", "rpath", "-Clto=off", "-Copt-level=0"];
        assert_eq!(quick(&noted, true, For::Running), expected);
        assert_eq!(quick(&noted, false, For::Running), expected[..5]);
    }

    #[test]
    fn for_its_errors_a_cell_is_not_linked() {
        let noted = ["--emit=dep-info,link", "--crate-name", "ctx"];
        let expected = ["--emit=metadata", "--crate-name", "ctx", "-Clto=off"];
        assert_eq!(quick(&noted, false, For::Errors), expected);
    }

    #[test]
    fn only_errors_of_the_text_are_passed_on() {
        let said = |level: &str, spans: &str| {
            format!(
                "{{\"$message_type\":\"diagnostic\",\"level\":\"{level}\",\"spans\":[{spans}]}}\n"
            )
        };
        let (warning, linker) = (said("warning", "1"), said("error", ""));
        assert!(errors(format!("{warning}{linker}").as_bytes()).is_none());
        let answer = errors((warning + &said("error", "2")).as_bytes()).expect("an error");
        assert_eq!((answer.code, answer.text.lines().count()), (101, 2));
        let last: Value =
            serde_json::from_str(answer.text.lines().last().expect("a line")).expect("JSON");
        assert_eq!(
            (&last["reason"], &last["message"]["spans"]),
            (&json!("compiler-message"), &json!([2]))
        );
    }

    #[test]
    fn the_library_is_the_artifact_of_the_link() {
        let messages = concat!(
            "warning: unused\n",
            "{\"$message_type\":\"artifact\",\"artifact\":\"/t/ctx.d\",\"emit\":\"dep-info\"}\n",
            "{\"$message_type\":\"artifact\",\"artifact\":\"/t/libctx.so\",\"emit\":\"link\"}\n",
        );
        assert_eq!(artifact(messages.as_bytes()).as_deref(), Some("/t/libctx.so"));
        assert_eq!(artifact(b""), None);
    }
}

//! The stand-in for cargo, started as a kernel starts it, on a library of one line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A kernel's build directory with a cell in it, a library beside it, and the stand-ins.
struct Kernel {
    home: PathBuf,
}

impl Kernel {
    fn new(name: &str) -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("cells-{name}-{}", std::process::id()));
        let home = match fs::remove_dir_all(&home) {
            Ok(()) | Err(_) => home,
        };
        let kernel = Self { home };
        for role in ["cargo", "rustup", "rustc-noted", "cell-linker"] {
            let file = kernel.home.join("stand-in/bin").join(role);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
            fs::copy(env!("CARGO_BIN_EXE_lab"), file).expect("a stand-in");
        }
        kernel.write(
            "library/Cargo.toml",
            "[package]\nname = \"microlearners\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
             [lib]\ncrate-type = [\"rlib\", \"dylib\"]\n[workspace]\n",
        );
        kernel.write("library/src/lib.rs", "pub fn answer() -> u8 { 41 }\n");
        let library = kernel.home.join("library");
        kernel.write(
            "slot/Cargo.toml",
            &format!(
                "[package]\nname = \"ctx\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
                 [workspace]\n[dependencies]\nmicrolearners = {{ path = \"{}\" }}\n",
                library.display()
            ),
        );
        kernel.cell("microlearners::answer()");
        kernel
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.home.join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
        fs::write(file, text).expect("a file");
    }

    fn cell(&self, value: &str) {
        let code =
            format!("#[unsafe(no_mangle)]\npub extern \"C\" fn cell() -> u8 {{ {value} }}\n");
        self.write("slot/src/lib.rs", &code);
    }

    /// What the kernel runs for a cell, with another cargo than the real one if `cargo` says so.
    fn build(&self, cargo: &str) -> Output {
        self.ask("build", cargo)
    }

    /// What it runs for the errors of a cell.
    fn check(&self, cargo: &str) -> Output {
        self.ask("check", cargo)
    }

    fn ask(&self, command: &str, cargo: &str) -> Output {
        let stand_ins = self.home.join("stand-in");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            std::iter::once(stand_ins.join("bin")).chain(std::env::split_paths(&path)),
        );
        let mut stand_in = Command::new(stand_ins.join("bin/cargo"));
        // The kernel says more when it builds than when it checks.
        if command == "build" {
            stand_in.env("CARGO_HOME", own_home()).env("EVCXR_EXECUTION_SO_PATH", "somewhere");
        } else {
            stand_in.env("CARGO_HOME", &stand_ins);
        }
        stand_in
            .args([command, "--offline", "--message-format=json"])
            .current_dir(self.home.join("slot"))
            .env("PATH", path.expect("a path"))
            .env("CARGO", cargo)
            .env("EVCXR_TMPDIR", self.home.join("slot"))
            .env("MICROLEARNERS_CARGO_HOME", std::env::var_os("CARGO_HOME").unwrap_or_default())
            .env("CARGO_TARGET_DIR", "target")
            .env("CARGO_REGISTRY_TOKEN", "a-secret")
            .env("MY_KEY", "another-secret")
            .env("CARGO_BUILD_BUILD_DIR", "target")
            .env_remove("RUSTC_WRAPPER")
            .env("RUSTFLAGS", "-Cprefer-dynamic")
            .output()
            .expect("the stand-in starts")
    }

    /// What the compiled cell holds, moved away as the kernel does.
    fn compiled(&self, output: &Output) -> Vec<u8> {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8_lossy(&output.stdout);
        let last = messages.lines().rfind(|line| line.contains("\"compiler-artifact\""));
        let (_, file) =
            last.and_then(|line| line.split_once("\"filenames\":[\"")).expect("an artifact");
        let file = Path::new(file.split_once('"').expect("a name").0);
        let library = fs::read(file).expect("the compiled cell");
        fs::remove_file(file).expect("the kernel moves it away");
        library
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn own_home() -> PathBuf {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home")
}

/// The real cargo notes its start in a file; that it was asked again is what these tests look for.
fn counting(kernel: &Kernel) -> String {
    let file = kernel.home.join("counting-cargo");
    let count = kernel.home.join("count");
    let script =
        format!("#!/bin/sh\necho x >> '{}'\nexec '{}' \"$@\"\n", count.display(), env!("CARGO"));
    fs::write(&file, script).expect("a script");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    file.to_str().expect("a path").to_owned()
}

fn count(kernel: &Kernel) -> usize {
    fs::read_to_string(kernel.home.join("count")).map_or(0, |text| text.lines().count())
}

#[test]
#[cfg(unix)]
fn cargo_is_asked_again_only_when_something_but_the_cell_changed() {
    let kernel = Kernel::new("again");
    let cargo = counting(&kernel);
    let first = kernel.compiled(&kernel.build(&cargo));
    let asked = count(&kernel);
    kernel.cell("microlearners::answer() + 1");
    kernel.compiled(&kernel.build(&cargo));
    kernel.cell("microlearners::answer() + 2");
    let third = kernel.compiled(&kernel.build(&cargo));
    assert_eq!(count(&kernel), asked, "rustc alone compiles a further cell");
    assert_ne!(first, third, "and compiles it indeed");
    for cell in [&first, &third] {
        let name = b"libmicrolearners.so";
        let is_needed = cell.windows(name.len()).any(|bytes| bytes == name);
        assert!(
            is_needed || !cfg!(target_os = "linux"),
            "the cell asks the loader for the library"
        );
    }

    let noted = fs::read_to_string(kernel.home.join("slot/cell-command.json")).expect("a note");
    assert!(
        !noted.contains("secret"),
        "what a reader keeps in the environment is not written down"
    );

    kernel.write("library/src/lib.rs", "pub fn answer() -> u8 { 40 + 2 }\npub fn another() {}\n");
    kernel.cell("microlearners::another(); microlearners::answer()");
    kernel.compiled(&kernel.build(&cargo));
    assert_eq!(count(&kernel), asked + 1, "a changed library is cargo's to build");
}

#[test]
#[cfg(unix)]
fn the_errors_of_a_cell_are_told_as_cargo_tells_them_without_asking_it() {
    let kernel = Kernel::new("errors");
    let cargo = counting(&kernel);
    for value in ["microlearners::answer()", "1 + microlearners::answer()"] {
        kernel.cell(value);
        kernel.compiled(&kernel.build(&cargo));
    }
    let asked = count(&kernel);
    kernel.cell("microlearners::no_such_thing()");
    let output = kernel.build(&cargo);
    assert_eq!((output.status.code(), count(&kernel)), (Some(101), asked));
    let messages = String::from_utf8_lossy(&output.stdout);
    assert!(
        messages.contains("\"reason\":\"compiler-message\"") && messages.contains("no_such_thing")
    );
    kernel.cell("microlearners::answer()");
    kernel.compiled(&kernel.build(&cargo));
}

#[test]
#[cfg(unix)]
fn a_check_takes_the_library_as_it_was_built() {
    let kernel = Kernel::new("check");
    let cargo = counting(&kernel);
    assert!(kernel.check(&cargo).status.success(), "before anything was built it is cargo's");
    kernel.compiled(&kernel.build(&cargo));
    let asked = count(&kernel);
    kernel.cell("microlearners::no_such_thing()");
    let output = kernel.check(&cargo);
    assert_eq!((output.status.code(), count(&kernel)), (Some(101), asked));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no_such_thing"));
    kernel.cell("microlearners::answer()");
    assert!(kernel.check(&cargo).status.success());
    assert_eq!(count(&kernel), asked);
    kernel.compiled(&kernel.build(&cargo));
}

//! Jupyter's own files, its environment, and JupyterLab itself.

use crate::cli::OpenOptions;
use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::paths::Lab;
use crate::ready::Ready;
use crate::stand_in;
use std::path::Path;
use std::process::Command;

const SERVER: &str = include_str!("../python/jupyter_server_config.py");
const PAGE: &str = r#"{"buildAvailable": false, "buildCheck": false}
"#;
const SETTINGS: &str = r#"{
 "@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "fetchNews": "false"}
}
"#;

/// Writes the kernelspec and Jupyter's settings.
pub(crate) fn configure(lab: &Lab, evcxr: &Path) -> Outcome<()> {
    install_logos(lab, evcxr)?;
    disk::write(&lab.kernelspec().join("kernel.json"), &kernelspec(lab, evcxr, "Rust")?)?;
    configure_server(lab)
}

/// Writes the settings alone, which is all that reading a notebook needs.
pub(crate) fn configure_server(lab: &Lab) -> Outcome<()> {
    let config = lab.jupyter().join("config");
    disk::write(&config.join("jupyter_server_config.py"), SERVER)?;
    disk::write(&config.join("labconfig").join("page_config.json"), PAGE)?;
    disk::write(&config.join("labconfig").join("default_setting_overrides.json"), SETTINGS)
}

/// Kernels are started by a copy of this program, which building it anew does not touch. It is made
/// before anything that takes time, because then another cargo may have replaced the program.
pub(crate) fn install_launcher(lab: &Lab) -> Outcome<()> {
    let program = std::env::current_exe()
        .map_err(|error| Fail::file("find", Path::new("cargo lab itself"), &error))?;
    disk::copy(&program, &lab.launcher())?;
    stand_in::install(lab)
}

/// The kernel knows how to install itself, logos and all; only the kernelspec is not ours.
fn install_logos(lab: &Lab, evcxr: &Path) -> Outcome<()> {
    if lab.kernelspec().join("logo-64x64.png").is_file() {
        return Ok(());
    }
    disk::make_directory(&lab.kernelspec())?;
    let _ =
        environment::command(evcxr).arg("--install").env("JUPYTER_PATH", lab.jupyter()).output();
    Ok(())
}

/// The kernelspec as JSON, under the name that Jupyter shows.
pub(crate) fn kernelspec(lab: &Lab, evcxr: &Path, title: &str) -> Outcome<String> {
    let (launcher, kernels) = (lab.launcher(), lab.kernels()?);
    let paths = [
        &launcher,
        Path::new("kernel"),
        &lab.checkout,
        &kernels,
        evcxr,
        Path::new("{connection_file}"),
    ];
    let argv = paths.map(|path| json_string(&path.to_string_lossy())).join(", ");
    Ok(format!(
        "{{\n \"argv\": [{argv}],\n \"display_name\": \"{title}\",\n \"interrupt_mode\": \"message\",\n \"language\": \"rust\"\n}}\n"
    ))
}

/// Text as JSON; control characters cannot occur in the paths written here.
fn json_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The environment's Python, led to this checkout's Jupyter files and no others.
pub(crate) fn python(lab: &Lab, python: &Path) -> Command {
    let mut command = environment::command(python);
    let jupyter = lab.jupyter();
    command
        .env("PYTHONNOUSERSITE", "1")
        .env("JUPYTER_PATH", &jupyter)
        .env("JUPYTER_DATA_DIR", &jupyter)
        .env("JUPYTER_CONFIG_DIR", jupyter.join("config"))
        .env("JUPYTER_RUNTIME_DIR", jupyter.join("runtime"))
        .env("JUPYTERLAB_SETTINGS_DIR", jupyter.join("settings"))
        .env("JUPYTERLAB_WORKSPACES_DIR", jupyter.join("workspaces"))
        .env("IPYTHONDIR", jupyter.join("ipython"));
    command
}

/// Opens JupyterLab and becomes it, so that Ctrl-C reaches it and nothing else.
pub(crate) fn open(ready: &Ready, options: &OpenOptions) -> Outcome<()> {
    let lab = &ready.lab;
    if !lab.notebooks().is_dir() {
        return Err(Fail::new(format!("there is no directory {}.", lab.notebooks().display())));
    }
    println!("Opening JupyterLab on {}; Ctrl-C twice ends it.", lab.notebooks().display());
    println!(
        "A kernel takes about a quarter of a minute to load the library; cells run meanwhile wait for it."
    );
    let mut command = python(lab, &ready.python);
    command.args([
        "-m",
        "jupyterlab",
        "--log-level=WARN",
        "--LabApp.log_level=WARN",
        "--ServerApp.ip=localhost",
    ]);
    command.args([
        "--ServerApp.default_url=/lab/tree/notebooks",
        "--LabApp.default_url=/lab/tree/notebooks",
    ]);
    command
        .arg(option("ServerApp.root_dir", &lab.checkout))
        .arg(option("FileContentsManager.preferred_dir", &lab.notebooks()));
    if options.no_browser {
        command.arg("--no-browser");
    }
    if let Some(port) = options.port {
        command.arg(format!("--port={port}"));
    }
    if is_root() {
        command.arg("--allow-root");
    }
    command.current_dir(&lab.checkout);
    replace_with(command)
}

fn option(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

/// Jupyter refuses to run as root unless told to, and is told only then.
fn is_root() -> bool {
    environment::command("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Becomes another program.
#[cfg(unix)]
pub(crate) fn replace_with(mut command: Command) -> Outcome<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(Fail::file("start", Path::new(command.get_program()), &error))
}

#[cfg(not(unix))]
pub(crate) fn replace_with(mut command: Command) -> Outcome<()> {
    let status = command
        .status()
        .map_err(|error| Fail::file("start", Path::new(command.get_program()), &error))?;
    std::process::exit(status.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernelspec_names_the_launcher_and_quotes_paths() {
        let lab = Lab { checkout: "/a b".into(), cache: "/cache".into() };
        let spec =
            kernelspec(&lab, Path::new("/cache/x/evcxr_jupyter"), "Rust").expect("a kernelspec");
        assert!(spec.contains("\"argv\": [\"/a b/target/lab/bin/microlearners-kernel\", \"kernel\", \"/a b\", \"/cache/kernels/"), "{spec}");
        assert!(spec.contains("\"{connection_file}\"]"), "{spec}");
        assert_eq!(json_string("a\"b\\"), "\"a\\\"b\\\\\"");
    }
}

//! The command line.

use crate::fail::{Fail, Outcome};
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
cargo lab: the notebooks of microlearners, in JupyterLab with a Rust kernel.

usage: cargo lab [command] [options]

  cargo lab                  set up what is missing, then open JupyterLab on notebooks/
      --no-browser           print the address and leave the browser alone
      --port <number>        listen there (Jupyter takes the next free port otherwise)
  cargo lab run [names]      run notebooks from top to bottom without a browser; all of
                             them by default, or some: 01, 01_experiment_design
      --update               write the outputs back into the notebooks that passed
      --quick                shrink the studies (sets MICROLEARNERS_QUICK=1)
      --timeout <seconds>    give up on a cell after that long (never, by default)
      --jobs <number>        run so many notebooks at a time (by default two, or one on a
                             single processor)
  cargo lab inspect [names]  look at notebooks in a headless Chromium, as a reader does:
                             in JupyterLab, and as nbconvert's HTML
      --run                  also run all their cells there, with shrunk studies
      --run=01,04            look at all that are named (or at all), and run these
      --keep <directory>     keep screenshots of them, from top to bottom
  cargo lab setup            set up what is missing and stop
  cargo lab register         offer the kernel, Rust (microlearners), in your own Jupyter:
                             VS Code, the classic Notebook, JupyterLab
  cargo lab unregister       take it away again
  cargo lab status           say what is set up, and where
  cargo lab clean            remove everything cargo lab made
  cargo lab help             this text

The first set-up takes ten to twenty minutes: it installs JupyterLab into an
environment of its own, builds the kernel, and builds the library as the kernel
will load it. Later ones take seconds, or as long as the library needs to build.

A run is strict: a panic, a failing `?`, a compile error or anything else on
stderr fails it, and names the notebook and the cell. A cell tagged
`raises-exception` is expected to do so.

An inspection fails, too, where a figure or a table is missing or wider than the page,
or raw content is shown. Without a Chromium on the path it is skipped.

environment:
  MICROLEARNERS_CACHE        where the Python environment and the kernel are kept
                             (else $XDG_CACHE_HOME/microlearners or ~/.cache/microlearners)
  MICROLEARNERS_PYTHON       the Python, 3.11 or newer, to make the environment with
";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Open(OpenOptions),
    Setup,
    Run(RunOptions),
    Inspect(InspectOptions),
    Register,
    Unregister,
    Status,
    Clean,
    Help,
    Kernel(KernelRequest),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OpenOptions {
    pub(crate) no_browser: bool,
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RunOptions {
    pub(crate) names: Vec<String>,
    pub(crate) update: bool,
    pub(crate) quick: bool,
    pub(crate) timeout: Option<u64>,
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct InspectOptions {
    pub(crate) names: Vec<String>,
    pub(crate) run: Option<Running>,
    pub(crate) keep: Option<PathBuf>,
}

/// Which of the notebooks that are looked at are run as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Running {
    All,
    These(Vec<String>),
}

/// What Jupyter asks of the launcher; nobody types this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KernelRequest {
    pub(crate) checkout: PathBuf,
    pub(crate) kernels: PathBuf,
    pub(crate) evcxr: PathBuf,
    pub(crate) connection: PathBuf,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Outcome<Command> {
    let args: Vec<String> = args.into_iter().collect();
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        return Ok(Command::Help);
    }
    match args.split_first() {
        None => Ok(Command::Open(OpenOptions::default())),
        Some((first, rest)) => match first.as_str() {
            "help" => none(rest, "help", Command::Help),
            "setup" => none(rest, "setup", Command::Setup),
            "register" => none(rest, "register", Command::Register),
            "unregister" => none(rest, "unregister", Command::Unregister),
            "status" => none(rest, "status", Command::Status),
            "clean" => none(rest, "clean", Command::Clean),
            "run" => run(rest),
            "inspect" | "look" => inspect(rest),
            "open" => open(rest),
            "kernel" => kernel(rest),
            option if option.starts_with('-') => open(&args),
            unknown => Err(Fail::usage(format!(
                "`{unknown}` is not a command of cargo lab, which knows open, run, inspect, setup, register, unregister, status, clean and help."
            ))),
        },
    }
}

fn none(rest: &[String], name: &str, command: Command) -> Outcome<Command> {
    match rest.first() {
        None => Ok(command),
        Some(arg) => Err(Fail::usage(format!(
            "`cargo lab {name}` takes no arguments, and was given `{arg}`."
        ))),
    }
}

fn open(args: &[String]) -> Outcome<Command> {
    let mut options = OpenOptions::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, inline) = split_option(arg);
        match name {
            "--no-browser" if inline.is_none() => options.no_browser = true,
            "--port" => options.port = Some(number("--port", inline, &mut args)?),
            _ => {
                return Err(Fail::usage(format!(
                    "`cargo lab` knows the options --no-browser and --port, and was given `{arg}`."
                )));
            }
        }
    }
    Ok(Command::Open(options))
}

fn run(args: &[String]) -> Outcome<Command> {
    let mut options = RunOptions::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, inline) = split_option(arg);
        match name {
            "--update" if inline.is_none() => options.update = true,
            "--quick" if inline.is_none() => options.quick = true,
            "--timeout" => options.timeout = Some(number("--timeout", inline, &mut args)?),
            "--jobs" => options.jobs = Some(number("--jobs", inline, &mut args)?),
            option if option.starts_with('-') => {
                return Err(Fail::usage(format!(
                    "`cargo lab run` knows the options --update, --quick, --timeout and --jobs, and was given `{arg}`."
                )));
            }
            _ => options.names.push(arg.clone()),
        }
    }
    if options.update && options.quick {
        return Err(Fail::usage(
            "--update writes the outputs of the full studies, so leave out --quick.",
        ));
    }
    Ok(Command::Run(options))
}

fn inspect(args: &[String]) -> Outcome<Command> {
    let mut options = InspectOptions::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, inline) = split_option(arg);
        match name {
            "--run" => options.run = Some(running(inline)?),
            "--keep" => options.keep = Some(directory("--keep", inline, &mut args)?),
            option if option.starts_with('-') => {
                return Err(Fail::usage(format!(
                    "`cargo lab inspect` knows the options --run and --keep, and was given `{arg}`."
                )));
            }
            _ => options.names.push(arg.clone()),
        }
    }
    Ok(Command::Inspect(options))
}

fn running(names: Option<&str>) -> Outcome<Running> {
    let Some(names) = names else { return Ok(Running::All) };
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err(Fail::usage(
            "--run= wants names of notebooks with commas between them, such as --run=01,04.",
        ));
    }
    Ok(Running::These(names))
}

fn kernel(args: &[String]) -> Outcome<Command> {
    match args {
        [checkout, kernels, evcxr, connection] => Ok(Command::Kernel(KernelRequest {
            checkout: checkout.into(),
            kernels: kernels.into(),
            evcxr: evcxr.into(),
            connection: connection.into(),
        })),
        _ => Err(Fail::usage(
            "`cargo lab kernel` is what Jupyter calls to start a kernel; use `cargo lab`.",
        )),
    }
}

fn split_option(arg: &str) -> (&str, Option<&str>) {
    match arg.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ => (arg, None),
    }
}

fn directory<'a>(
    option: &str,
    inline: Option<&str>,
    args: &mut impl Iterator<Item = &'a String>,
) -> Outcome<PathBuf> {
    let value = inline.or_else(|| args.next().map(String::as_str));
    value
        .filter(|value| !value.is_empty() && !value.starts_with('-'))
        .map(PathBuf::from)
        .ok_or_else(|| Fail::usage(format!("{option} wants a directory, and was given none.")))
}

fn number<'a, N: std::str::FromStr>(
    option: &str,
    inline: Option<&str>,
    args: &mut impl Iterator<Item = &'a String>,
) -> Outcome<N> {
    let value = inline.or_else(|| args.next().map(String::as_str));
    value.and_then(|value| value.parse().ok()).ok_or_else(|| {
        let given = value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"));
        Fail::usage(format!("{option} wants a number, and was given {given}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Outcome<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    fn command(line: &str) -> Command {
        parsed(line).expect(line)
    }

    #[test]
    fn opens_by_default() {
        assert_eq!(command(""), Command::Open(OpenOptions::default()));
        let asked = OpenOptions { no_browser: true, port: Some(8899) };
        assert_eq!(command("--no-browser --port 8899"), Command::Open(asked.clone()));
        assert_eq!(command("open --port=8899 --no-browser"), Command::Open(asked));
    }

    #[test]
    fn runs_named_notebooks() {
        let Command::Run(options) = command("run 01 02_rules --update --timeout 60") else {
            panic!("not a run")
        };
        assert_eq!(options.names, ["01", "02_rules"]);
        assert!(options.update && !options.quick);
        assert_eq!((options.timeout, options.jobs), (Some(60), None));
    }

    #[test]
    fn runs_as_many_notebooks_at_a_time_as_asked_and_never_none() {
        let Command::Run(options) = command("run --jobs 3") else { panic!("not a run") };
        assert_eq!(options.jobs.map(NonZeroUsize::get), Some(3));
        for line in ["run --jobs 0", "run --jobs", "run --jobs=-1", "run --jobs two"] {
            let told = parsed(line).expect_err(line).to_string();
            assert!(told.contains("--jobs wants a number"), "{told}");
        }
    }

    #[test]
    fn looks_at_named_notebooks() {
        let asked = InspectOptions {
            names: vec!["01".into()],
            run: Some(Running::All),
            keep: Some("shots".into()),
        };
        assert_eq!(command("inspect 01 --run --keep shots"), Command::Inspect(asked.clone()));
        assert_eq!(command("inspect --keep=shots --run 01"), Command::Inspect(asked));
        assert_eq!(command("inspect"), Command::Inspect(InspectOptions::default()));
    }

    #[test]
    fn looks_at_all_notebooks_and_runs_some() {
        let these = Running::These(vec!["01".into(), "04".into()]);
        let asked = InspectOptions { run: Some(these), ..InspectOptions::default() };
        assert_eq!(command("inspect --run=01,04"), Command::Inspect(asked));
        for line in ["inspect --run=", "inspect --run=01,,04"] {
            let told = parsed(line).expect_err(line).to_string();
            assert!(told.contains("such as --run=01,04"), "{told}");
        }
    }

    #[test]
    fn help_wins_wherever_it_stands() {
        assert_eq!(command("run --help"), Command::Help);
        assert_eq!(command("-h"), Command::Help);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in [
            "dance",
            "--dance",
            "run --dance",
            "setup now",
            "--port",
            "--port x",
            "--port 70000",
            "run --update --quick",
            "inspect --dance",
            "inspect --keep",
            "inspect --keep --run",
            "kernel",
        ] {
            let fail = parsed(line).expect_err(line);
            assert!(fail.is_usage(), "{line}");
            assert!(!fail.to_string().contains('\n'), "{line}");
        }
    }
}

//! `slurm`: a job array whose tasks share a study.

use std::fs;
use std::path::Path;
use std::process::Command;

use microlearners::{Error, error};

use crate::arguments::Slurm;
use crate::train::plan_of;
use crate::{End, FAILED, out};

/// More than any Slurm is set up for (`MaxArraySize`, 1001 by default); catches a mistyped number.
const MOST_TASKS: usize = 1_000_000;

pub(crate) fn slurm(options: &Slurm) -> Result<u8, End> {
    let plan = plan_of(&options.study)?;
    check(options).map_err(End::not_understood)?;
    let folder =
        std::path::absolute(&options.out).map_err(|source| Error::file(&options.out, source))?;
    check_folder(&folder).map_err(End::not_understood)?;
    plan.begin_in(&folder)?;
    let logs = folder.join("logs");
    fs::create_dir_all(&logs).map_err(|source| Error::file(&logs, source))?;
    let path = folder.join("slurm.sh");
    fs::write(&path, script(options, &folder, &logs)?)
        .map_err(|source| Error::file(&path, source))?;
    if options.submit {
        submit(&path)
    } else {
        out::say(&format!(
            "{}: {} tasks for {} networks; submit it with\n  sbatch {}\nThe last task makes the tables; `microlearners merge` does if it did not.",
            path.display(),
            options.array,
            plan.networks(),
            quoted(&path)
        ))?;
        Ok(0)
    }
}

fn check(options: &Slurm) -> Result<(), Error> {
    error::check_count("--array", options.array)?;
    error::check_count("--cpus", options.cpus)?;
    if options.array > MOST_TASKS {
        let requirement = format!("an array has at most {MOST_TASKS} tasks");
        return Err(Error::setting("--array", options.array, requirement));
    }
    let is_option = |line: &&String| line.starts_with('-') && !line.contains(['\n', '\r']);
    // The shards are counted by it.
    let is_array = |line: &&String| line.starts_with("-a") || line.starts_with("--array");
    if options.options.iter().any(|line| is_array(&line)) {
        let requirement = "the tasks are counted by --array alone; leave it out of --sbatch";
        return Err(Error::setting("--sbatch", "--array", requirement));
    }
    match options.options.iter().find(|line| !is_option(line)) {
        None => Ok(()),
        Some(line) => {
            let requirement = "it must be one option of sbatch, such as --time=02:00:00";
            Err(Error::setting("--sbatch", line, requirement))
        }
    }
}

/// sbatch takes a backslash in the name of a log for a wish of its own, whatever stands around it.
fn check_folder(folder: &Path) -> Result<(), Error> {
    if !folder.to_string_lossy().contains(['\\', '\n']) {
        return Ok(());
    }
    let requirement = "sbatch cannot write logs below a name with a backslash or a line break; choose another directory";
    Err(Error::setting("--out", folder.display(), requirement))
}

/// What sbatch runs. A task that is requeued, because its machine failed or somebody else's job
/// came first, goes on where it was.
fn script(options: &Slurm, folder: &Path, logs: &Path) -> Result<String, Error> {
    let program = std::env::current_exe().map_err(|error| Error::file("microlearners", error))?;
    let lines: String = options.options.iter().map(|line| format!("#SBATCH {line}\n")).collect();
    Ok(format!(
        "#!/bin/sh\n\
         #SBATCH --job-name=microlearners\n\
         #SBATCH --array=1-{tasks}\n\
         #SBATCH --ntasks=1\n\
         #SBATCH --cpus-per-task={cpus}\n\
         #SBATCH --requeue\n\
         #SBATCH --open-mode=append\n\
         #SBATCH --output={logs}\n\
         {lines}\
         exec {program} train {study} --out {folder} \\\n    \
         --shard \"$SLURM_ARRAY_TASK_ID/{tasks}\" --threads \"${{SLURM_CPUS_PER_TASK:-{cpus}}}\" --quiet\n",
        tasks = options.array,
        cpus = options.cpus,
        logs = for_sbatch(logs, "%A_%a.txt"),
        program = quoted(&program),
        study = quoted(&folder.join("study.toml")),
        folder = quoted(folder),
    ))
}

fn submit(script: &Path) -> Result<u8, End> {
    let output = Command::new("sbatch").arg(script).output().map_err(|error| {
        let message = format!(
            "sbatch cannot be started ({error}); run this where Slurm is, or submit {} there",
            script.display()
        );
        End::Error(message, FAILED)
    })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        out::say(&said)?;
        return Ok(0);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    let why = why.split_whitespace().collect::<Vec<&str>>().join(" ");
    Err(End::Error(format!("sbatch refuses {}: {why}", script.display()), FAILED))
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

/// A path as one word of a line for sbatch, which puts a job's numbers in place of `%A` and the
/// like.
fn for_sbatch(folder: &Path, file: &str) -> String {
    let folder = folder.to_string_lossy().replace('%', "%%").replace('"', "\\\"");
    format!("\"{folder}/{file}\"")
}

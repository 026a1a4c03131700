//! Plans as text: TOML, with the line of whatever is wrong.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::plan::check_format;
use super::{Combinations, Plan};
use crate::data::Task;
use crate::error::{Error, Result};
use crate::files;
use crate::rules::{self, Unread};

/// A plan is a page or two; a file of many megabytes is something else.
const LARGEST: u64 = 16 << 20;

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be read; [`Error::Study`], with the file and the line, if
    /// it is not TOML, has an unknown key, a value of the wrong type, or one that cannot be run.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let (text, name) = text_of(path.as_ref())?;
        parse(&text, &name)
    }

    /// The same, tried with its data: refuses, with the line, more images, classes, probe stimuli
    /// or checkpoints than there are.
    ///
    /// # Errors
    /// As [`read`](Self::read), and [`Error::Data`] if the data are not there.
    pub fn read_and_try(path: impl AsRef<Path>) -> Result<Self> {
        let (text, name) = text_of(path.as_ref())?;
        let plan = parse(&text, &name)?;
        let told = |error: Error, task: Option<usize>| match error {
            Error::Setting { .. } => located(&error, task, &text, &name),
            other => other,
        };
        let tasks = plan.tasks.iter().enumerate();
        let tasks =
            tasks.map(|(index, task)| task.task().map_err(|error| told(error, Some(index))));
        plan.study_of(&tasks.collect::<Result<Vec<Task>>>()?).map_err(|error| told(error, None))?;
        Ok(plan)
    }

    /// Reads a plan from text.
    ///
    /// # Errors
    /// [`Error::Study`], with the line, as [`read`](Self::read).
    pub fn from_toml(text: &str) -> Result<Self> {
        parse(text, "the study")
    }

    /// The plan as text that [`read`](Self::read) understands.
    pub fn to_toml(&self) -> String {
        let body = toml::to_string(self).unwrap_or_default();
        let which = match self.combinations {
            Combinations::All => "every combination of what is listed",
            Combinations::Balanced => {
                "of what is listed, one combination for each seed, and every rule there"
            }
        };
        format!("# A study for microlearners: {which}.\n{body}")
    }

    /// Writes the plan to a file; never half of it.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write(path.as_ref(), self.to_toml().as_bytes())
    }
}

/// What a file says, and its name.
fn text_of(path: &Path) -> Result<(String, String)> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    if path.is_dir() {
        let message = format!(
            "{name} is a directory; name the file that describes the study, such as study.toml"
        );
        return Err(Error::Study(message));
    }
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| Error::file(path, error))?;
    if bytes.len() as u64 > LARGEST {
        let message = format!(
            "{name} has more than the {LARGEST} bytes of the largest study's file; name the file that describes the study"
        );
        return Err(Error::Study(message));
    }
    if bytes.starts_with(b"PAR1") {
        let message = format!(
            "{name} is a Parquet table; name the file that describes the study, which ends in .toml"
        );
        return Err(Error::Study(message));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..position].iter().filter(|&&b| b == b'\n').count();
        Error::Study(format!("{name}, line {line}: it is not text in UTF-8; save it as such"))
    })?;
    Ok((text, name))
}

fn parse(text: &str, name: &str) -> Result<Plan> {
    let wrong = |error: &toml::de::Error| complaint(text, name, error.message(), error.span());
    let table = DeTable::parse(text).map_err(|error| wrong(&error))?;
    // Before anything else is understood: another format may have other keys.
    if let Some(DeValue::Integer(format)) = table.get_ref().get("format").map(Spanned::get_ref)
        && let Ok(format) = format.as_str().parse()
    {
        check_format(format).map_err(|error| located(&error, None, text, name))?;
    }
    let plan: Plan = toml::from_str(text).map_err(|error| wrong(&error))?;
    check_settings(&plan, table.get_ref(), &wrong)?;
    plan.check().map_err(|error| located(&error, None, text, name))?;
    Ok(plan)
}

/// An error with the line of the value that it is about, which may be known to be one of a task's.
fn located(error: &Error, task: Option<usize>, text: &str, name: &str) -> Error {
    let span = DeTable::parse(text).ok().and_then(|table| {
        let tasks = table.get_ref().get("tasks").and_then(|tasks| tasks.get_ref().as_array());
        match task.and_then(|task| tasks?.get(task)) {
            Some(own) => {
                let table = own.get_ref().as_table()?;
                culprit(error, table).or_else(|| Some(own.span()))
            }
            None => culprit(error, table.get_ref()),
        }
    });
    complaint(text, name, &error.to_string(), span)
}

/// The settings of rules, each by the rule's own fields, with their places in the text.
fn check_settings(
    plan: &Plan,
    table: &DeTable<'_>,
    wrong: &dyn Fn(&toml::de::Error) -> Error,
) -> Result<()> {
    let entries = table.get("rules").and_then(|value| value.get_ref().as_array());
    let settings = entries.into_iter().flatten().map(|entry| entry.get_ref().get("settings"));
    for (rule, settings) in plan.rules.iter().zip(settings) {
        if let Some(value) = settings {
            // What the catalogue does not know is complained of with its own line by `check`.
            if let Err(Unread::Settings(error)) = rules::read(&rule.name, Some(value)) {
                return Err(wrong(&error));
            }
        }
    }
    Ok(())
}

/// One sentence, with the line if there is one.
fn complaint(text: &str, name: &str, message: &str, span: Option<Range<usize>>) -> Error {
    let line = span.map_or(String::new(), |span| {
        let before = text.as_bytes().iter().take(span.start);
        format!(", line {}", 1 + before.filter(|&&byte| byte == b'\n').count())
    });
    let sentence = message.split_whitespace().collect::<Vec<&str>>().join(" ");
    Error::Study(format!("{name}{line}: {}", without_types(&sentence)))
}

/// What the parser expects, in words instead of the names of types.
fn without_types(sentence: &str) -> String {
    let Some((before, expected)) = sentence.rsplit_once("expected ") else {
        return sentence.to_owned();
    };
    let words = match expected {
        "usize" | "u64" | "u32" | "u16" | "u8" => "a whole number of at least 0",
        "isize" | "i64" | "i32" => "a whole number",
        "f64" | "f32" => "a number",
        "a sequence" => "a list in square brackets",
        "a map" => "a table of keys",
        "a boolean" => "true or false",
        "a string" => "a text in quotation marks",
        _ => expected.strip_prefix("struct ").map_or(expected, |_| "a table of keys"),
    };
    format!("{before}expected {words}")
}

/// Where the value stands that an error is about.
fn culprit(error: &Error, table: &DeTable<'_>) -> Option<Range<usize>> {
    match error {
        Error::Setting { name, value, .. } => {
            // What an experiment has one of, a plan may have a list of.
            let name = match name.as_str() {
                "batch_size" => "batch_sizes",
                steps if steps.starts_with("steps") => "epochs",
                name => name,
            };
            find(table, &|key, found| key == name && says(found, value))
                .or_else(|| find(table, &|key, _| key == name))
        }
        Error::UnknownName { kind, name, .. } => {
            let place = match *kind {
                "learning rule" => "rules",
                "observable" => "observables",
                _ => "tasks",
            };
            find_in(place, table.get(place)?, &|_, found| says(found, name))
        }
        Error::Study(_) => find(table, &|key, _| key == "format"),
        _ => None,
    }
}

/// The first value, in the order of the text, that `is_it` accepts with its key.
fn find(table: &DeTable<'_>, is_it: &dyn Fn(&str, &DeValue<'_>) -> bool) -> Option<Range<usize>> {
    let spans = table.iter().filter_map(|(key, value)| find_in(key.get_ref(), value, is_it));
    spans.min_by_key(|span| span.start)
}

fn find_in(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    is_it: &dyn Fn(&str, &DeValue<'_>) -> bool,
) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::Table(table) => {
            find(table, is_it).or_else(|| is_it(key, value.get_ref()).then(|| value.span()))
        }
        DeValue::Array(values) => {
            let mut inside = values.iter().filter_map(|value| find_in(key, value, is_it));
            inside.next().or_else(|| is_it(key, value.get_ref()).then(|| value.span()))
        }
        one => is_it(key, one).then(|| value.span()),
    }
}

/// Whether a value of the file is what an error quotes, `1e-3` as well as `0.001`.
fn says(value: &DeValue<'_>, quoted: &str) -> bool {
    // Some settings are kept in single precision, and quoted as they are kept.
    let number =
        |text: &str| text.replace('_', "").parse::<f64>().ok().map(|x| (x as f32).to_bits());
    let same_number = |text: &str| number(text).is_some_and(|bits| number(quoted) == Some(bits));
    match value {
        DeValue::String(text) => text == quoted,
        DeValue::Integer(integer) => same_number(integer.as_str()),
        DeValue::Float(float) => same_number(float.as_str()),
        DeValue::Array(values) => values.is_empty() && quoted == "empty",
        _ => false,
    }
}

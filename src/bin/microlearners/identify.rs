//! `identify`: which rule trained this network?

use std::fs::File;
use std::path::Path;

use microlearners::classification::{
    self, Identification, Identifier, IdentifierProtocol, SampleSpec, identify as named_by,
};
use microlearners::observables::stack;
use microlearners::polars::prelude::DataFrame;
use microlearners::polars_io::SerReader;
use microlearners::polars_io::parquet::read::ParquetReader;
use microlearners::studies::{RunDirectory, StoredStudy};
use microlearners::{Error, Result};

use crate::arguments::Identify;
use crate::{End, out};

pub(crate) fn identify(options: &Identify) -> std::result::Result<u8, End> {
    let classifier = classification::named(&options.classifier).map_err(End::not_understood)?;
    let protocol = IdentifierProtocol {
        folds: options.folds,
        false_alarms: options.false_alarms,
        seed: options.seed,
    };
    protocol.check().map_err(End::not_understood)?;
    let unknown = table(&options.networks)?;
    let identifier = match &options.known[..] {
        [one] if is_identifier(one) => Identifier::load(one)?,
        studies => {
            let known = known(studies)?;
            let spec = spec(options, &known, &unknown)?;
            protocol.fit(&known, &spec, classifier.as_ref())?
        }
    };
    let identifier = identifier.with_false_alarms(options.false_alarms)?;
    if let Some(path) = &options.save {
        identifier.save(path)?;
    }
    let found = named_by(&identifier, &unknown)?;
    say(&identifier, &found, options)?;
    Ok(0)
}

fn say(
    identifier: &Identifier,
    found: &Identification,
    options: &Identify,
) -> std::result::Result<(), End> {
    if options.json {
        return out::say_json(found);
    }
    let spec = identifier.spec();
    out::tell(&format!(
        "note: looked at {} observables, {:?}, checkpoints {:?}",
        identifier.observables().len(),
        spec.unit,
        spec.checkpoints
    ));
    out::tell(&format!("note: {}", identifier.reliability().to_string().replace('\n', "; ")));
    out::say(&found.to_string())
}

/// What both tables have, unless it was said.
fn spec(options: &Identify, known: &DataFrame, unknown: &DataFrame) -> Result<SampleSpec> {
    let mut spec = SampleSpec::for_both(known, unknown)?;
    spec.label = vec![options.label.clone()];
    if !options.observables.is_empty() {
        spec.observables = options.observables.clone();
    }
    Ok(spec)
}

/// The known networks, of one or more studies.
fn known(paths: &[std::path::PathBuf]) -> Result<DataFrame> {
    let tables: Vec<DataFrame> = paths.iter().map(|path| table(path)).collect::<Result<_>>()?;
    match &tables[..] {
        [one] => Ok(one.clone()),
        _ => stack(&tables.iter().collect::<Vec<&DataFrame>>()),
    }
}

fn is_identifier(path: &Path) -> bool {
    path.is_file() && !has_ending(path, "parquet") && !has_ending(path, "toml")
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending))
}

/// The observations in a table, of a study that ships with its file, or of a directory.
fn table(path: &Path) -> Result<DataFrame> {
    if path.is_dir() {
        return Ok(RunDirectory::open(path)?.observations()?.collect()?);
    }
    if has_ending(path, "toml") {
        return StoredStudy::open(path)?.observations();
    }
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    ParquetReader::new(file).finish().map_err(|error| Error::Data {
        path: path.into(),
        problem: format!("is not a table in Parquet: {error}"),
        remedy: "give what `microlearners observe --out` wrote, the directory of a study, or a study's file".into(),
    })
}

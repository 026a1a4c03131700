//! `design` and `rules`: what there is to choose from.

use microlearners::Error;
use microlearners::rules;
use microlearners::studies::Plan;
use microlearners::training;
use serde::Serialize;

use crate::arguments::{Design, Rules};
use crate::{End, out};

pub(crate) fn design(options: &Design) -> Result<u8, End> {
    let design = training::Design::named(&options.name).map_err(End::not_understood)?;
    let plan = Plan { weights: options.weights, ..Plan::of(&design, options.seeds) };
    plan.check().map_err(|error| End::not_understood(of_option(error)))?;
    let Some(path) = &options.out else {
        out::say(&plan.to_toml())?;
        return Ok(0);
    };
    if path.exists() {
        let message =
            format!("{} is there already; name another file, or remove it", path.display());
        return Err(Error::Study(message).into());
    }
    plan.write(path)?;
    out::say(&format!("{}: {} networks", path.display(), plan.networks()))?;
    Ok(0)
}

/// What a file calls `count` is an option here.
fn of_option(error: Error) -> Error {
    match error {
        Error::Setting { name, value, requirement } if name == "count" => {
            Error::Setting { name: "--seeds".into(), value, requirement }
        }
        other => other,
    }
}

#[derive(Serialize)]
struct RuleLine {
    name: String,
    family: String,
    learning_rate: f64,
    summary: String,
    requires: String,
    equation: String,
    source: String,
    settings: Vec<SettingLine>,
}

#[derive(Serialize)]
struct SettingLine {
    name: String,
    default: String,
    range: String,
}

pub(crate) fn rules(options: &Rules) -> Result<u8, End> {
    let lines: Vec<RuleLine> = rules::all().iter().map(|rule| line(rule.as_ref())).collect();
    if options.json {
        out::say_json(&lines)?;
        return Ok(0);
    }
    let texts: Vec<String> = lines.iter().map(in_words).collect();
    out::say(&texts.join("\n"))?;
    Ok(0)
}

fn line(rule: &dyn rules::LearningRule) -> RuleLine {
    let about = rule.about();
    let requires = about.requirements_in_words();
    let settings = about.hyperparameters.into_iter();
    RuleLine {
        name: about.name,
        family: about.family.to_string(),
        learning_rate: about.learning_rate,
        summary: about.summary,
        requires,
        equation: about.equation,
        source: about.citation,
        settings: settings
            .map(|one| SettingLine { name: one.name, default: one.default, range: one.range })
            .collect(),
    }
}

fn in_words(line: &RuleLine) -> String {
    let mut text = format!(
        "{} ({})\n  {}\n  {}\n  requires: {}\n  learning rate: {}\n",
        line.name, line.family, line.summary, line.equation, line.requires, line.learning_rate
    );
    for SettingLine { name, default, range } in &line.settings {
        text.push_str(&format!("  {name}: {default} ({range})\n"));
    }
    text + &format!("  {}\n", line.source)
}

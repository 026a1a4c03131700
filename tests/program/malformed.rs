//! Whatever is written in a study's file or on the command line: one sentence and an exit code,
//! never a panic.

use microlearners::prelude::*;
use toml::{Table, Value};

use super::{plan, program, text};

/// A plan in which every key of the format stands.
fn full() -> Table {
    let plan = Plan {
        tasks: vec![TaskPlan {
            train_examples: Some(100),
            test_examples: Some(100),
            classes: Some(vec![0, 1]),
            probe_stimuli: 20,
            augmentation: Some(Augmentation { crop: 1, flip: true, ..Augmentation::default() }),
            changes: vec![
                Change::Parity,
                Change::Rotated { degrees: 20.0 },
                Change::Noisy { sd: 0.1 },
            ],
            ..TaskPlan::synthetic()
        }],
        architectures: vec![
            Architecture::hidden(&[4]).with_convolutions(&[
                ConvolutionLayer { kernel: (3, 2), ..ConvolutionLayer::new(2, 3) }
                    .with_padding(1)
                    .with_pooling(Pooling::Max(2)),
                ConvolutionLayer::new(3, 2).with_stride(2).with_pooling(Pooling::Mean(1)),
            ]),
        ],
        grid: Some(InstrumentGrid {
            noise: vec![0.0, 0.5],
            fraction: vec![1.0],
            noise_unit: NoiseUnit::Start,
        }),
        rules: vec![
            RulePlan::named("kolen_pollack")
                .with_setting("decay", 0.01)
                .with_learning_rates(&[0.1]),
            RulePlan::named("hebbian").with_setting("plasticity", "oja"),
            RulePlan::named("contrastive_hebbian").with_setting("max_sweeps", 5),
            RulePlan::named("information_alignment").with_setting("null", 0.01),
            RulePlan::named("backprop").with_optimizers(&[
                Optimizer::adam().with_clip(1.0).with_noise(UpdateNoise::Relative(0.1)),
                Optimizer::momentum(0.9).with_schedule(Schedule::WarmUp { steps: 10 }),
                Optimizer::sgd().with_hidden_constraint(Constraint::FixedSigns),
            ]),
        ],
        ..plan(4)
    };
    plan.to_toml().parse().unwrap()
}

/// Every place in a table: the path of keys and positions that leads there.
fn places(value: &Value, path: &[String], found: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(values) => {
            values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path: Vec<String> = path.iter().cloned().chain([key]).collect();
        places(child, &path, found);
        found.push(path);
    }
}

fn parent<'a>(root: &'a mut Value, path: &[String]) -> &'a mut Value {
    path[..path.len() - 1].iter().fold(root, |value, key| match value {
        Value::Table(table) => table.get_mut(key).unwrap(),
        Value::Array(values) => &mut values[key.parse::<usize>().unwrap()],
        _ => unreachable!("only tables and arrays have places"),
    })
}

fn with(root: &Value, path: &[String], value: Value) -> String {
    let mut root = root.clone();
    let key = &path[path.len() - 1];
    match parent(&mut root, path) {
        Value::Table(table) => drop(table.insert(key.clone(), value)),
        Value::Array(values) => values[key.parse::<usize>().unwrap()] = value,
        _ => unreachable!("only tables and arrays have places"),
    }
    toml::to_string(&root).unwrap()
}

/// Every value of the file replaced by every sort of other value, every key misspelt, doubled and
/// left out, and texts that are no TOML.
fn mutants() -> Vec<String> {
    let root = Value::Table(full());
    let mut paths = Vec::new();
    places(&root, &[], &mut paths);
    let wrong = [
        Value::String("nonsense".into()),
        Value::String(String::new()),
        Value::Boolean(true),
        Value::Integer(-1),
        Value::Integer(0),
        Value::Integer(i64::MAX),
        Value::Float(-0.5),
        Value::Float(f64::NAN),
        Value::Float(f64::INFINITY),
        Value::Array(Vec::new()),
        Value::Array(vec![Value::Array(Vec::new())]),
        Value::Table(Table::new()),
    ];
    let mut texts = Vec::new();
    for path in &paths {
        texts.extend(wrong.iter().map(|value| with(&root, path, value.clone())));
        let mut misspelt = root.clone();
        if let Value::Table(table) = parent(&mut misspelt, path) {
            let value = table.remove(&path[path.len() - 1]).unwrap();
            texts.push(toml::to_string(&misspelt).unwrap());
            if let Value::Table(table) = parent(&mut misspelt, path) {
                table.insert(format!("{}_", path[path.len() - 1]), value);
            }
            texts.push(toml::to_string(&misspelt).unwrap());
        }
    }
    let whole = toml::to_string(&root).unwrap();
    // Cut anywhere, and with a character of its own anywhere.
    for place in (0..whole.len()).step_by(41) {
        texts.push(whole[..place].to_owned());
        texts.push(format!("{}]{}", &whole[..place], &whole[place..]));
        texts.push(format!("{}\u{0}{}", &whole[..place], &whole[place..]));
    }
    texts.push(format!("{whole}{whole}"));
    texts.push("[".repeat(100_000));
    texts.push(format!("x = {}", "[".repeat(100_000)));
    texts
}

#[test]
fn malformed_studies_get_a_sentence_with_the_line() {
    let (mut refused, mut sentences) = (0, Vec::new());
    for text in mutants() {
        match Plan::from_toml(&text) {
            // Not every change is a mistake; what is accepted is a plan that can be written and
            // read.
            Ok(plan) => assert_eq!(Plan::from_toml(&plan.to_toml()).unwrap(), plan),
            Err(error) => {
                let sentence = error.to_string();
                assert!(!sentence.contains('\n') && sentence.len() < 2000, "{sentence}");
                assert!(sentence.contains("the study"), "{sentence}");
                refused += 1;
                sentences.push((sentence, text));
            }
        }
    }
    assert!(refused > 300, "{refused}");
    let without: Vec<_> = sentences.iter().filter(|(s, _)| !s.contains(", line ")).collect();
    assert!(without.len() * 20 < refused, "{} of {refused}: {:?}", without.len(), without[0]);

    // A sample of them through the program; it never comes to training.
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("study.toml"), folder.path().join("out"));
    for (sentence, text_of_it) in sentences.iter().step_by(refused / 150) {
        std::fs::write(&file, text_of_it).unwrap();
        let output = program().arg("train").arg(&file).arg("--out").arg(&out).output().unwrap();
        one_sentence(&output, &[sentence]);
        assert!(!out.exists());
    }
}

#[test]
fn wrong_values_are_told_with_line_and_what_is_allowed() {
    let base = "format = 1\nname = \"x\"\n";
    let cases = [
        ("[[rules]]\nname = \"backprop\"\n[tasks]\n", "line 5"),
        (
            "[[rules]]\nname = \"bakprop\"\n",
            "line 4: there is no learning rule called \"bakprop\"; the known ones are no_training",
        ),
        (
            "epoch = 3\n[[rules]]\nname = \"backprop\"\n",
            "line 3: unknown field `epoch`, expected one of `format`",
        ),
        ("epochs = 0\n[[rules]]\nname = \"backprop\"\n", "line 3: epochs is 0"),
        (
            "[[rules]]\nname = \"kolen_pollack\"\nsettings = { decai = 0.1 }\n",
            "line 5: unknown field `decai`, expected `decay` or `feedback`",
        ),
        (
            "[[rules]]\nname = \"kolen_pollack\"\nsettings = { decay = 1.5 }\n",
            "line 5: decay is 1.5, but it must be at least 0 and below 1",
        ),
        (
            "[[rules]]\nname = \"backprop\"\nsettings = { decay = 0.1 }\n",
            "line 5: unknown field `decay`",
        ),
        (
            "[[rules]]\nname = \"backprop\"\nlearning_rates = [0.1, -0.1]\n",
            "line 5: learning_rates is -0.1",
        ),
        (
            "[[tasks]]\nobjective = \"softmax\"\n[[rules]]\nname = \"backprop\"\n",
            "line 4: unknown variant `softmax`, expected one of `softmax_cross_entropy`",
        ),
        (
            "[[tasks]]\ndataset = \"cifar\"\n[[rules]]\nname = \"backprop\"\n",
            "line 4: there is no data set called \"cifar\"; the known ones are mnist, synthetic",
        ),
        (
            "observables = [\"weightra\"]\n[[rules]]\nname = \"backprop\"\n",
            "line 3: there is no observable called \"weightra\"",
        ),
        ("rules = []\n", "line 3: rules is empty"),
        (
            "[[tasks]]\ndataset = \"x\"\n[[rules]]\nname = \"backprop\"\n",
            "line 4: there is no data set called \"x\"",
        ),
        (
            "[[tasks]]\nnormalisation = { standard = { mean = 0.1, sd = -0.1 } }\n[[rules]]\nname = \"backprop\"\n",
            "line 4: sd is -0.1",
        ),
        (
            "[[optimizers]]\nconstraint = \"unit_length\"\n[[rules]]\nname = \"backprop\"\n",
            "line 4: unknown variant `unit_length`, expected one of `none`, `unit_norm`",
        ),
        (
            "[[optimizers]]\nmethod = \"sgd\"\nconstraint = { dale = { inhibitory = 1.5 } }\n[[rules]]\nname = \"backprop\"\n",
            "line 5: inhibitory is 1.5, but it must be a fraction of the inputs, from 0 to 1",
        ),
        (
            "[[tasks]]\ndataset = \"synthetic\"\nwhitening = -0.5\n[[rules]]\nname = \"backprop\"\n",
            "line 5: whitening is -0.5, but its ridge must be a finite number of at least 0",
        ),
        (
            "[[tasks]]\nwhitening = 0.1\naugmentation = { flip = true }\n[[rules]]\nname = \"backprop\"\n",
            "line 4: whitening is 0.1, but images are changed each time that they are shown",
        ),
        (
            "[[tasks]]\nwhitening = 0.1\nscenario = { class_incremental = { phases = 2 } }\n[[rules]]\nname = \"backprop\"\n",
            "line 4: whitening is 0.1, but it is fitted to all training examples",
        ),
        (
            "[[tasks]]\ndataset = \"natural_patches\"\npatches = { side = 0 }\n[[rules]]\nname = \"backprop\"\n",
            "line 5: side is 0",
        ),
        ("[seeds]\ncount = 0\n[[rules]]\nname = \"backprop\"\n", "line 4: count is 0"),
        (
            "weights = \"first\"\n[[rules]]\nname = \"backprop\"\n",
            "line 3: unknown variant `first`, expected one of `none`, `last`, `checkpoints`",
        ),
    ];
    for (rest, expected) in cases {
        let error = Plan::from_toml(&format!("{base}{rest}")).unwrap_err().to_string();
        assert!(error.contains(expected), "{rest}: {error}");
    }
    let other = Plan::from_toml("format = 2\nnames = [\"x\"]\n[[rules]]\nname = \"backprop\"\n");
    let other = other.unwrap_err().to_string();
    assert!(other.contains("line 1") && other.contains("format 2"), "{other}");
}

/// What only the data tell, of which the synthetic ones have 600 examples to learn from.
#[test]
fn more_than_the_data_have_is_told_with_the_line() {
    let base = "format = 1\nname = \"x\"\n";
    let rules = "[[rules]]\nname = \"backprop\"\n";
    let task = "[[tasks]]\ndataset = \"synthetic\"\n";
    let cases = [
        (
            format!("{task}train_examples = 50\n{task}train_examples = 5000\n{rules}"),
            "line 8: train_examples is 5000",
        ),
        (format!("{task}probe_stimuli = 100000\n{rules}"), "line 5: probe_stimuli is 100000"),
        (format!("{task}classes = [0, 11]\n{rules}"), "line 5: classes is [0, 11]"),
        (format!("checkpoints = {{ count = 5000 }}\n{task}{rules}"), "line 3: checkpoints is 5000"),
        (
            format!("checkpoints = {{ at = [5, 5000] }}\n{task}{rules}"),
            "line 3: checkpoints is 5000",
        ),
        (format!("epochs = 999999999\n{task}{rules}"), "line 3: steps (epochs times batches)"),
        (
            format!("[[tasks]]\ndataset = \"mnist\"\ntrain_examples = 300\nwhitening = 0\n{rules}"),
            "line 6: whitening is 0, but the training inputs vary in",
        ),
        (
            format!("{task}{rules}[[optimizers]]\nconstraint = \"decorrelated\"\n"),
            "line 8: constraint is decorrelated, but layer 1 has 100 units and 36 weights",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (content, expected) in cases {
        let study = folder.path().join("study.toml");
        std::fs::write(&study, format!("{base}{content}")).unwrap();
        let out = folder.path().join("out");
        let output = program().arg("train").arg(&study).arg("--out").arg(&out).output().unwrap();
        let told = text(&output.stderr);
        assert!(told.contains(expected), "{content}: {told}");
        assert_eq!((output.status.code(), told.trim().lines().count()), (Some(2), 1), "{told}");
        assert!(!out.exists(), "nothing is begun");
    }
}

fn one_sentence(output: &std::process::Output, command: &[&str]) {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{command:?}: {output:?}");
    assert!(
        told.starts_with("error: ") && told.trim_end().lines().count() == 1,
        "{command:?}: {told}"
    );
    assert!(!told.contains("panicked"), "{told}");
}

#[test]
fn malformed_command_lines_get_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("study.toml");
    plan(4).write(&study).unwrap();
    let study = study.to_str().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let whole: [&[&str]; 7] = [
        &["design", "moving", "--seeds", "2"],
        &["train", study, "--out", out, "--shard", "1/2", "--threads", "1"],
        &["status", out],
        &["merge", out],
        &["classify", out, "--splits", "2", "--seed", "1", "--checkpoints", "all"],
        &["rules"],
        &["slurm", study, "--out", out, "--array", "2", "--cpus", "1"],
    ];
    let bad_values =
        ["", "-1", "nonsense", "1.5", "99999999999999999999999", "0/0", "\u{1F41C}", "true", " "];
    let mut commands: Vec<Vec<&str>> =
        vec![vec!["nonsense"], vec!["--nonsense"], vec!["train"], vec![""]];
    for command in whole {
        commands.push([command, &["--nonsense"]].concat());
        commands.push([command, &["-x"]].concat());
        commands.push([&command[..1], &["--json=maybe"], &command[1..]].concat());
        for (place, option) in command.iter().enumerate().filter(|(_, text)| text.starts_with("--"))
        {
            // It takes any number of directories.
            if command[0] != "classify" {
                commands.push([&command[..place], &command[place + 1..], &["surplus"; 2]].concat());
            }
            commands.push([command, &[*option]].concat());
            if *option != "--out" {
                for bad in bad_values {
                    let mut command = command.to_vec();
                    command[place + 1] = bad;
                    commands.push(command);
                }
            }
        }
    }
    assert!(commands.len() > 100, "{}", commands.len());
    for command in &commands {
        one_sentence(&program().args(command).output().unwrap(), command);
        assert!(!std::path::Path::new(out).exists(), "{command:?}");
    }
}

#[test]
fn files_that_are_none_get_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("study.toml");
    let train =
        || program().arg("train").arg(&file).arg("--out").arg(folder.path()).output().unwrap();
    one_sentence(&train(), &["missing"]);
    std::fs::create_dir(&file).unwrap();
    one_sentence(&train(), &["a directory"]);
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, b"name = \"\xff\xfe\"\n").unwrap();
    let told = train();
    one_sentence(&told, &["not UTF-8"]);
    assert!(text(&told.stderr).contains("line 1: it is not text in UTF-8"), "{told:?}");
    for command in ["status", "merge", "classify"] {
        let output = program().arg(command).arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("no study was carried out here"), "{output:?}");
    }
}

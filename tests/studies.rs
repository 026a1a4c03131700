//! Studies that survive: interruption, damage, company, other studies.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use microlearners::Error;
use microlearners::observables::ObservableSet;
use microlearners::prelude::*;
use microlearners::studies::Watch;

/// Twelve small networks of two depths.
fn plan() -> Plan {
    Plan {
        name: "small".into(),
        tasks: vec![TaskPlan::synthetic()],
        architectures: vec![Architecture::hidden(&[8]), Architecture::hidden(&[8, 6])],
        observables: vec!["weights".into()],
        weights: SavedWeights::Last,
        checkpoints: Checkpoints::Count(3),
        epochs: 1,
        rules: vec![RulePlan::named("backprop"), RulePlan::named("hebbian")],
        ..Plan::of(&Design::moving(), 3)
    }
}

fn uninterrupted() -> (tempfile::TempDir, RunDirectory) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = plan().run_in(folder.path().join("study")).expect("a study");
    (folder, directory)
}

fn tables(directory: &RunDirectory) -> Vec<Vec<u8>> {
    ["observations", "histories", "networks"]
        .map(|name| {
            fs::read(directory.path().join("tables").join(format!("{name}.parquet"))).expect(name)
        })
        .to_vec()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Counts what is begun and what was damaged.
#[derive(Default)]
struct Counter {
    begun: AtomicUsize,
    damaged: AtomicUsize,
}

impl Watch for Counter {
    fn begins(&self, to_train: usize, _: usize) {
        self.begun.store(to_train, Ordering::Relaxed);
    }

    fn damaged(&self, _: &str) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_directory_holds_what_the_study_gives_in_memory() {
    let (_folder, directory) = uninterrupted();
    let in_memory = plan()
        .study()
        .expect("a study")
        .run_with(&Instrument::perfect(), &ObservableSet::weights())
        .expect("records");
    let kept = directory.records().expect("records");
    assert!(kept.observations.equals_missing(&in_memory.observations));
    assert!(kept.histories.equals_missing(&in_memory.histories));
    assert!(kept.networks.equals_missing(&in_memory.networks));
    assert_eq!(directory.plan().expect("a plan"), Some(plan()));
}

#[test]
fn what_is_finished_is_not_trained_again_and_what_is_missing_is() {
    let (_folder, directory) = uninterrupted();
    let before = tables(&directory);
    let parts: Vec<PathBuf> = files(directory.path())
        .into_iter()
        .filter(|p| p.extension() == Some("part".as_ref()))
        .collect();
    assert_eq!(parts.len(), 12);
    for part in &parts[3..8] {
        fs::remove_file(part).expect("a part");
    }
    fs::remove_dir_all(directory.path().join("tables")).expect("the tables");
    let status = directory.status().expect("a status");
    assert_eq!((status.finished(), status.is_complete(), status.has_tables), (7, false, false));
    let counter = Counter::default();
    let again = plan().run_in_watched(directory.path(), Shard::WHOLE, &counter).expect("a study");
    assert_eq!(counter.begun.into_inner(), 5);
    assert_eq!(tables(&again), before);
}

#[test]
fn the_rows_of_an_unfinished_study_are_read_from_its_networks() {
    let (_folder, directory) = uninterrupted();
    fs::remove_dir_all(directory.path().join("tables")).expect("the tables");
    let part = directory.path().join("networks/000/0000003.part");
    fs::remove_file(part).expect("a part");
    let runs = |table: LazyFrame| {
        let table = table.select([col("run"), col("test_accuracy")]).collect().expect("a table");
        assert_eq!(table.width(), 2);
        let runs = table.column("run").expect("runs").u32().expect("numbers").clone();
        let mut runs: Vec<u32> = runs.into_no_null_iter().collect();
        runs.dedup();
        runs
    };
    let expected: Vec<u32> = (0..12).filter(|&run| run != 3).collect();
    assert_eq!(runs(directory.observations().expect("a table")), expected);
    assert_eq!(runs(directory.network_table().expect("a table")), expected);
}

#[test]
fn a_lazy_table_reads_filters_and_limits() {
    let (_folder, directory) = uninterrupted();
    let table = directory.observations().expect("a table");
    let deep = table
        .clone()
        .filter(col("layer").eq(lit(3)).and(col("step").gt(lit(0))))
        .select([col("weightraw_norm"), col("run")])
        .collect()
        .expect("a table");
    assert_eq!((deep.height(), deep.width()), (6 * 2, 2));
    assert_eq!(table.limit(5).collect().expect("a table").height(), 5);
}

#[test]
fn a_lazy_table_filters_as_a_table_in_memory_does() {
    let (_folder, directory) = uninterrupted();
    let of_file = directory.observations().expect("a table");
    let (_other, unmerged) = uninterrupted();
    fs::remove_dir_all(unmerged.path().join("tables")).expect("the tables");
    let of_parts = unmerged.observations().expect("a table");
    let whole = of_file.clone().collect().expect("a table");
    let top = |table: &LazyFrame| {
        let sorted = table.clone().sort(["weightraw_norm"], Default::default()).limit(3);
        sorted.select([col("weightraw_norm")]).collect().expect("a table")
    };
    assert!(top(&of_file).equals_missing(&top(&whole.clone().lazy())));
    assert!(top(&of_parts).equals_missing(&top(&whole.clone().lazy())));
    let conditions = [
        col("run").eq(lit(4)).and(col("layer").eq(lit(1))),
        col("rule").eq(lit("hebbian")),
        // Compares each row with all others.
        col("weightraw_norm").gt(col("weightraw_norm").mean()),
        col("test_accuracy").eq(col("test_accuracy").max().over([col("rule")]).expect("it")),
        col("weightraw_norm").is_null(),
        lit(true),
        lit(false),
    ];
    for condition in conditions {
        let expected = whole.clone().lazy().filter(condition.clone());
        for table in [&of_file, &of_parts] {
            let found = table.clone().filter(condition.clone()).collect().expect("a table");
            assert!(found.equals_missing(&expected.clone().collect().expect("a table")));
        }
        let few = |table: &LazyFrame| {
            table.clone().filter(condition.clone()).limit(3).select([col("run")]).collect()
        };
        let expected = few(&whole.clone().lazy()).expect("a table");
        assert!(few(&of_file).expect("a table").equals_missing(&expected));
        assert!(few(&of_parts).expect("a table").equals_missing(&expected));
        let sorted = |table: &LazyFrame| {
            let by = SortMultipleOptions::default().with_order_descending(true);
            let table = table.clone().filter(condition.clone());
            table.sort(["weightraw_norm"], by).limit(4).select([col("weightraw_norm")]).collect()
        };
        let expected = sorted(&whole.clone().lazy()).expect("a table");
        assert!(sorted(&of_file).expect("a table").equals_missing(&expected));
        assert!(sorted(&of_parts).expect("a table").equals_missing(&expected));
        let first = |table: &LazyFrame| table.clone().limit(50).filter(condition.clone()).collect();
        let expected = first(&whole.clone().lazy()).expect("a table");
        assert!(first(&of_file).expect("a table").equals_missing(&expected));
        assert!(first(&of_parts).expect("a table").equals_missing(&expected));
    }
}

#[test]
fn networks_are_kept_on_request() {
    let (folder, directory) = uninterrupted();
    let study = plan().study().expect("a study");
    let trajectories: Vec<_> =
        study.experiments.iter().map(|each| train(each).expect("a run")).collect();
    for (run, trajectory) in trajectories.iter().enumerate() {
        let [last] = &directory.weights(run).expect("weights")[..] else { panic!("one network") };
        assert_eq!(&last.network, trajectory.network());
        assert_eq!(last.step, trajectory.snapshots[2].step);
    }
    let without = Plan { weights: SavedWeights::None, ..plan() };
    let bare = without.run_in(folder.path().join("bare")).expect("a study");
    let told = |run| bare.weights(run).unwrap_err().to_string();
    assert!(told(3).contains("were not kept") && told(3).contains("weights = \"last\""));
    assert!(told(12).contains("this study has 12, counted from 0"));
    // Less is there already, and more is trained anew; the tables are the same.
    let counter = Counter::default();
    without.run_in_watched(directory.path(), Shard::WHOLE, &counter).expect("a study");
    assert_eq!(counter.begun.into_inner(), 0);
    let all = Plan { weights: SavedWeights::Checkpoints, ..plan() };
    let counter = Counter::default();
    let more = all.run_in_watched(bare.path(), Shard::WHOLE, &counter).expect("a study");
    assert_eq!(counter.begun.into_inner(), 12);
    for (run, trajectory) in trajectories.iter().enumerate() {
        let kept = more.weights(run).expect("weights");
        let seen = trajectory.snapshots.iter().map(|seen| (seen.step, &seen.network));
        assert!(kept.iter().map(|kept| (kept.step, &kept.network)).eq(seen));
    }
    let kept: Vec<String> = files(bare.path())
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .filter(|path| path.ends_with("safetensors"))
        .collect();
    assert_eq!(kept.len(), 12);
    assert!(kept.iter().all(|path| path.ends_with(".checkpoints.safetensors")), "{kept:?}");
    assert_eq!(tables(&more), tables(&directory));
    let file = bare.path().join("networks/000/0000004.checkpoints.safetensors");
    let mut content = fs::read(&file).expect("a file");
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&file, content).expect("a file");
    assert!(more.weights(4).unwrap_err().to_string().contains("its checksum is wrong"));
    fs::remove_file(&file).expect("a file");
    assert!(more.weights(4).is_err());
    let status = more.status_with_weights().expect("a status");
    assert_eq!((status.finished(), status.damaged.len()), (11, 1));
    assert!(more.status().expect("a status").is_complete());
}

#[test]
fn shards_share_the_work_and_make_the_same_tables() {
    let (_folder, whole) = uninterrupted();
    let other = tempfile::tempdir().expect("a folder");
    let plan = plan();
    for index in [2, 3, 1] {
        let shard = Shard::new(index, 3).expect("a shard");
        let counter = Counter::default();
        let directory = plan.run_in_watched(other.path(), shard, &counter).expect("a shard");
        assert_eq!(counter.begun.into_inner(), 4);
        assert_eq!(directory.status().expect("a status").has_tables, index == 1);
    }
    assert_eq!(tables(&RunDirectory::open(other.path()).expect("it")), tables(&whole));
}

/// Every file is truncated, and then has a byte flipped, at several places: what is read is what
/// was there, or an error says why nothing is; and running the study again mends it.
#[test]
fn nothing_wrong_is_ever_read() {
    let (_folder, directory) = uninterrupted();
    let right = directory.records().expect("records");
    let right_tables = tables(&directory);
    let (mut damages, mut reads) = (0, [0, 0]);
    for file in files(directory.path()) {
        let content = fs::read(&file).expect("content");
        if content.is_empty() {
            continue;
        }
        let flipped = |place: usize| {
            let mut content = content.clone();
            content[place] ^= 1 << (place % 7);
            content
        };
        let broken = [
            content[..content.len() / 2].to_vec(),
            content[..content.len() - 1].to_vec(),
            Vec::new(),
            flipped(0),
            flipped(content.len() / 3),
            flipped(content.len() / 2),
            flipped(content.len() - 1),
        ];
        for damage in broken {
            fs::write(&file, &damage).expect("a file");
            // Without its tables, so that parts are read as well.
            reads[0] += usize::from(is_read_and_right(&directory, &right));
            let [tables, elsewhere] = ["tables", "elsewhere"].map(|n| directory.path().join(n));
            fs::rename(&tables, &elsewhere).expect("tables");
            reads[1] += usize::from(is_read_and_right(&directory, &right));
            fs::rename(&elsewhere, &tables).expect("tables");
            damages += 1;
            fs::write(&file, &content).expect("a file");
        }
        // The last damage once more, and the study again.
        fs::write(&file, flipped(content.len() / 2)).expect("a file");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let again =
            plan().run_in(directory.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tables(&again), right_tables, "{name}");
        assert_eq!(again.plan().expect("a plan"), Some(plan()));
        assert!(again.status().expect("a status").damaged.is_empty());
    }
    assert!(damages > 100, "{damages}");
    // Most files are of one network alone: the tables stay readable, and so do the other networks.
    assert!(
        reads.iter().all(|&read| damages / 4 < read && read < damages),
        "{reads:?} of {damages}"
    );
}

/// What is read is right, or an error of one sentence; of a study whose parts are read, some
/// networks may be missing.
fn is_read_and_right(directory: &RunDirectory, right: &Records) -> bool {
    let read = RunDirectory::open(directory.path()).and_then(|opened| opened.records());
    let read = match read {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    let runs = read.networks.column("run").expect("runs").u32().expect("numbers").clone();
    let runs: Vec<u32> = runs.into_no_null_iter().collect();
    for (found, right) in [
        (&read.observations, &right.observations),
        (&read.histories, &right.histories),
        (&read.networks, &right.networks),
    ] {
        let all = right.column("run").expect("runs").u32().expect("numbers");
        let wanted = all.into_no_null_iter().map(|run| runs.contains(&run)).collect();
        let wanted = right.filter(&wanted).expect("a table");
        assert!(found.equals_missing(&wanted), "{found} {wanted}");
    }
    true
}

#[test]
fn a_directory_of_another_study_is_refused() {
    let (_folder, directory) = uninterrupted();
    let before = tables(&directory);
    let augmentation = Some(Augmentation { crop: 1, ..Augmentation::default() });
    let shown_otherwise = TaskPlan { augmentation, ..TaskPlan::synthetic() };
    let others = [
        Plan { seeds: Seeding::new(1, 3), ..plan() },
        Plan { seeds: Seeding::new(0, 4), ..plan() },
        Plan { epochs: 2, ..plan() },
        Plan { observables: vec!["standard".into()], ..plan() },
        Plan { instrument: Instrument::perfect().with_noise(0.1), ..plan() },
        Plan { tasks: vec![TaskPlan { seed: 1, ..TaskPlan::synthetic() }], ..plan() },
        Plan { tasks: vec![shown_otherwise], ..plan() },
        Plan {
            rules: vec![
                RulePlan::named("backprop").with_learning_rates(&[0.05]),
                RulePlan::named("hebbian"),
            ],
            ..plan()
        },
    ];
    for other in others {
        let error = other.run_in(directory.path()).unwrap_err().to_string();
        assert!(error.contains("another study") && error.contains("another directory"), "{error}");
    }
    assert_eq!(tables(&directory), before);
    // Not even if the manifest, which says whose it is, is damaged or gone.
    let manifest = directory.path().join("manifest.toml");
    let other = Plan { epochs: 2, ..plan() };
    for damage in [Some("nothing"), None] {
        match damage {
            Some(text) => fs::write(&manifest, text).expect("a file"),
            None => fs::remove_file(&manifest).expect("a file"),
        }
        let error = other.run_in(directory.path()).unwrap_err().to_string();
        assert!(error.contains("belong to another study"), "{error}");
        plan().run_in(directory.path()).expect("the same study");
    }
    // A name is no setting.
    assert!(Plan { name: "renamed".into(), ..plan() }.run_in(directory.path()).is_ok());
}

#[test]
fn a_directory_of_another_version_is_read_and_not_continued() {
    let (_folder, directory) = uninterrupted();
    let manifest = directory.path().join("manifest.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let version = env!("CARGO_PKG_VERSION");
    // As the other version would have written it, its checksum and all.
    let content = text.split("[content]\n").nth(1).expect("content");
    let content = content.replace(version, "0.0.9");
    let checksum: String = {
        use sha2::Digest;
        sha2::Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    fs::write(&manifest, format!("checksum = \"{checksum}\"\n\n[content]\n{content}")).expect("it");
    let error = plan().run_in(directory.path()).unwrap_err().to_string();
    assert!(error.contains("0.0.9") && error.contains(version), "{error}");
    let opened = RunDirectory::open(directory.path()).expect("the same format");
    assert!(opened.status().expect("a status").is_complete());
}

#[test]
fn directories_that_are_none_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = RunDirectory::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no study was carried out here"), "{error}");
    fs::write(folder.path().join("thesis.tex"), "\\documentclass{article}").expect("a file");
    let error = plan().run_in(folder.path()).unwrap_err().to_string();
    assert!(error.contains("thesis.tex") && error.contains("empty directory"), "{error}");
    let error = plan().run_in(folder.path().join("thesis.tex")).unwrap_err().to_string();
    assert!(error.contains("is a file"), "{error}");
    assert_eq!(files(folder.path()).len(), 1);
    // A plan in a folder of one's own stays as it is.
    let own = tempfile::tempdir().expect("a folder");
    fs::write(own.path().join("study.toml"), "# mine").expect("a file");
    let error = plan().run_in(own.path()).unwrap_err().to_string();
    assert!(error.contains("study.toml") && error.contains("empty directory"), "{error}");
}

#[test]
fn a_study_that_is_made_by_hand_runs_in_a_directory_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let task = TaskPlan::synthetic().task().expect("a task");
    let experiment = Experiment::new(&task).architecture(Architecture::hidden(&[5])).epochs(1);
    let experiment = experiment.checkpoints(Checkpoints::Count(2));
    let study = Study::of(experiment).rules(&[Backprop.shared()]).seeds(2);
    let directory = study.run_in(folder.path()).expect("a study");
    assert_eq!(directory.plan().expect("none"), None);
    assert_eq!(directory.records().expect("records").networks.height(), 2);
    let error = Study { experiments: Vec::new() }.run_in(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Samples(_)));
}

#[test]
fn what_killed_writers_left_is_removed_by_whom_it_belongs_to() {
    let (_folder, directory) = uninterrupted();
    let networks = directory.path().join("networks/000");
    let left: Vec<PathBuf> =
        (0..2).map(|run| networks.join(format!(".unfinished-000000{run}.part-x"))).collect();
    let elsewhere = directory.path().join("tables/.unfinished-networks.parquet-x");
    left.iter().chain([&elsewhere]).for_each(|path| fs::write(path, "half").expect("a file"));
    plan().run_shard_in(directory.path(), Shard::new(2, 2).expect("a shard")).expect("it");
    assert!(left[0].exists() && !left[1].exists() && elsewhere.exists());
    directory.merge().expect("tables");
    assert!(!left[0].exists() && !elsewhere.exists());
}

/// A plan's file in a folder of its own.
fn stored() -> (tempfile::TempDir, StoredStudy) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small.toml");
    plan().write(&path).expect("a plan");
    (folder, StoredStudy::open(path).expect("a study"))
}

#[test]
fn a_stored_table_is_the_studys_in_fewer_bits() {
    let (folder, study) = stored();
    study.train_again(folder.path().join("results")).expect("a table");
    let table = study.observations().expect("a table");
    let whole = RunDirectory::open(folder.path().join("results")).expect("a directory");
    let whole = whole.observations().expect("a table").collect().expect("a table");
    assert_eq!(table.height(), whole.height());
    for name in ["run", "rule", "learning_rate", "checkpoint"] {
        assert_eq!(table.column(name).unwrap(), whole.column(name).unwrap());
    }
    assert!(table.get_column_names().iter().all(|name| !name.starts_with("privileged_")));
    let numbers = |table: &DataFrame| -> Vec<f64> {
        let column = table.column("weightraw_norm").unwrap().cast(&DataType::Float64).unwrap();
        column.f64().unwrap().iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    };
    assert!(numbers(&whole).iter().all(|number| number.is_finite()));
    for (short, long) in numbers(&table).into_iter().zip(numbers(&whole)) {
        assert!((short / long - 1.0).abs() < 1.0001 / 4096.0, "{short} {long}");
    }
    // A smaller study of the same kind.
    let two = study.observations_of(2).expect("a table");
    assert_eq!(two.column("model_seed").unwrap().n_unique().unwrap(), 2);
    assert!(study.observations_of(4).unwrap_err().to_string().contains("1 to 3"));
    // What was observed beyond the plan is left out.
    let less = Plan { observables: vec!["weightraw_norm".into()], ..plan() };
    let path = folder.path().join("less.toml");
    less.write(&path).unwrap();
    let less = StoredStudy::open(path).unwrap();
    less.store(&RunDirectory::open(folder.path().join("results")).unwrap()).unwrap();
    let narrow = less.observations().unwrap();
    assert!(narrow.column("weightraw_mean").is_err() && narrow.column("weightraw_norm").is_ok());
}

#[test]
fn a_table_of_another_study_is_not_confused_with_this_one() {
    let (folder, study) = stored();
    let lacking = study.observations().unwrap_err().to_string();
    assert!(lacking.contains("small.parquet"), "{lacking}");
    let results = folder.path().join("results");
    plan().run_shard_in(&results, Shard::new(1, 2).unwrap()).unwrap();
    let half = study.store(&RunDirectory::open(&results).unwrap()).unwrap_err().to_string();
    assert!(half.contains("finish the study") && !study.table_path().exists(), "{half}");
    study.train_again(&results).unwrap();
    Plan { epochs: 2, ..plan() }.write(folder.path().join("small.toml")).unwrap();
    let edited = StoredStudy::open(folder.path().join("small.toml")).unwrap();
    let error = edited.observations().unwrap_err().to_string();
    assert!(error.contains("another study") && error.contains("microlearners store"), "{error}");
    let error = edited.store(&RunDirectory::open(&results).unwrap()).unwrap_err().to_string();
    assert!(error.contains("is not the study"), "{error}");
    let wider = Plan { observables: vec!["standard".into()], ..plan() };
    wider.write(folder.path().join("small.toml")).unwrap();
    let wider = StoredStudy::open(folder.path().join("small.toml")).unwrap();
    let error = wider.store(&RunDirectory::open(&results).unwrap()).unwrap_err().to_string();
    assert!(error.contains("was not observed"), "{error}");
    // A damaged table is told, whatever is damaged.
    let content = fs::read(study.table_path()).unwrap();
    for damaged in [&content[..content.len() / 2], &content[1..], b"", b"PAR1PAR1"] {
        fs::write(study.table_path(), damaged).unwrap();
        let error = study.observations().unwrap_err().to_string();
        assert!(error.contains("small.parquet") && error.contains("no Parquet table"), "{error}");
    }
}

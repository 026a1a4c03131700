//! Tasks besides the classification of images as they are, from the value to the table, under every
//! rule that supports them.

use std::collections::BTreeMap;

use microlearners::prelude::*;

use crate::support;

fn settings(objective: Objective) -> TaskSettings {
    TaskSettings { objective, probe_stimuli: 40, ..TaskSettings::default() }
}

/// Every kind of task, small.
fn kinds() -> Vec<Task> {
    let data = Dataset::synthetic(0);
    let changed = |change| {
        let data = data.changed(change, 0).unwrap();
        Task::classification(&data, &settings(Objective::SoftmaxCrossEntropy)).unwrap()
    };
    let teacher = TeacherSettings {
        inputs: 20,
        hidden: 10,
        outputs: 3,
        train_examples: 600,
        ..TeacherSettings::default()
    };
    vec![
        changed(Change::Parity),
        changed(Change::PermutedPixels),
        changed(Change::Rotated { degrees: 30.0 }),
        changed(Change::Noisy { sd: 0.2 }),
        changed(Change::RandomLabels),
        changed(Change::HalfSize),
        Task::autoencoding(&data, &settings(Objective::SigmoidCrossEntropy)).unwrap(),
        Task::contrastive(&data, &settings(Objective::SoftmaxCrossEntropy), 8).unwrap(),
        Task::teacher_student(&teacher).unwrap(),
    ]
}

fn experiment(task: &Task, rule: &Rule) -> Experiment {
    Experiment { task: task.clone(), ..support::small_experiment().rule_from(rule) }
}

#[test]
fn every_task_runs_under_every_rule_that_serves_it_and_gives_a_table() {
    for task in kinds() {
        for rule in rules::all() {
            let experiment = experiment(&task, &rule).learning_rate(0.01);
            if rule.supports(task.objective()).is_err() {
                continue;
            }
            let records = Study::of(experiment).run().unwrap();
            let name = (task.name(), rule.about().name);
            assert_eq!(records.observations.height(), 8, "{name:?}");
            let outcome = records.networks.column("outcome").unwrap().str().unwrap().get(0);
            assert_eq!(outcome, Some("finished"), "{name:?}");
            // There is an accuracy where a class is asked for, and nowhere else.
            let lacking = usize::from(!task.train().has_classes());
            assert_eq!(records.networks.column("test_accuracy").unwrap().null_count(), lacking);
            assert_eq!(records.histories.column("accuracy").unwrap().null_count(), 4 * lacking);
            assert_eq!(records.histories.column("loss").unwrap().null_count(), 0);
        }
    }
}

#[test]
fn an_impossible_pairing_is_refused_with_a_sentence() {
    let task = Task::contrastive(&Dataset::synthetic(0), &TaskSettings::default(), 8).unwrap();
    let mut refused = BTreeMap::new();
    for rule in rules::all() {
        let told = train(&experiment(&task, &rule)).err().map(|error| error.to_string());
        assert_eq!(told.is_some(), rule.supports(task.objective()).is_err(), "{rule:?}");
        refused.extend(told.map(|told| (rule.about().name, told)));
    }
    assert_eq!(
        refused["contrastive_hebbian"],
        "objective is linear + contrast, but contrastive_hebbian holds the output units to targets, of which that has none; choose \
         another task, or a rule that uses a gradient or feedback"
    );
    for (name, reason) in [
        ("hebbian", "holds the output units to targets"),
        ("equilibrium_propagation", "holds the output units to targets"),
        ("node_perturbation", "the loss of each example by itself"),
        ("forward_forward", "forward_forward writes the label"),
    ] {
        assert!(refused.get(name).is_some_and(|told| told.contains(reason)), "{name}: {refused:?}");
    }
    let lonely =
        Experiment { batch_size: 2, ..experiment(&task, &rules::named("backprop").unwrap()) };
    assert!(train(&lonely).unwrap_err().to_string().contains("another pair"));
    // Another objective does not make pairs, nor unmake them.
    let digits = kinds()[0].with_objective(Objective::Contrastive);
    let told = train(&experiment(&digits, &rules::named("backprop").unwrap())).unwrap_err();
    assert!(told.to_string().contains("Task::contrastive"), "{told}");
    let pairs = task.with_objective(Objective::LinearSquaredError);
    let told = train(&experiment(&pairs, &rules::named("backprop").unwrap())).unwrap_err();
    assert!(told.to_string().contains("pairs of views"), "{told}");
    let error = Task::classification(&Dataset::synthetic(0), &settings(Objective::Contrastive));
    assert!(error.unwrap_err().to_string().contains("Task::contrastive"));
}

#[test]
fn backprop_learns_what_can_be_learned() {
    let rule = rules::named("backprop").unwrap();
    for task in kinds() {
        // At larger steps than these a regression diverges, and contrast drives sigmoid units into
        // saturation.
        let is_linear = |o| matches!(o, Objective::LinearSquaredError | Objective::Contrastive);
        let rate = if is_linear(task.objective()) { 0.1 } else { 0.5 };
        let experiment = experiment(&task, &rule).learning_rate(rate).epochs(20);
        let trajectory = train(&experiment).unwrap();
        let (first, last) = (&trajectory.snapshots[0], trajectory.snapshots.last().unwrap());
        if task.name().ends_with("random labels") {
            assert!(
                last.train.accuracy > last.test.accuracy,
                "examples can only be learned by heart"
            );
        } else {
            assert!(
                last.test.loss < 0.97 * first.test.loss,
                "{}: {} {}",
                task.name(),
                first.test,
                last.test
            );
        }
    }
}

#[test]
fn a_task_of_images_is_learned_the_same_with_all_pixels_permuted() {
    let digits = support::mnist().subset(2000, 1000, 0).unwrap();
    let accuracy = |data: &Dataset| {
        let task = Task::classification(data, &TaskSettings::default()).unwrap();
        train(&Experiment::new(&task).epochs(2)).unwrap().test.accuracy
    };
    let (plain, permuted) =
        (accuracy(&digits), accuracy(&digits.changed(Change::PermutedPixels, 0).unwrap()));
    assert!((plain - permuted).abs() < 0.05, "{plain} {permuted}");
}

#[test]
fn contrastive_learning_brings_digits_of_one_class_together() {
    let digits = support::mnist().subset(2000, 500, 0).unwrap();
    let task = Task::contrastive(&digits, &TaskSettings::default(), 16).unwrap();
    let experiment = Experiment::new(&task).learning_rate(0.5).epochs(5);
    let trajectory = train(&experiment).unwrap();
    // The nearest other image, by the cosine of the outputs, of each of the test images' first
    // views.
    let right = |network: &microlearners::network::Network| {
        let views = task.test().inputs.slice(s![..;2, ..]);
        let mut outputs = network.predict(views);
        outputs.rows_mut().into_iter().for_each(|mut row| row /= row.dot(&row).sqrt());
        let alike = outputs.dot(&outputs.t());
        let labels: Vec<u8> = task.test().labels.iter().step_by(2).copied().collect();
        let hits = (0..labels.len()).filter(|&i| {
            let others = (0..labels.len()).filter(|&j| j != i);
            let nearest = others.max_by(|&a, &b| alike[(i, a)].total_cmp(&alike[(i, b)]));
            labels[nearest.unwrap()] == labels[i]
        });
        hits.count() as f64 / labels.len() as f64
    };
    let (before, after) = (right(&trajectory.snapshots[0].network), right(trajectory.network()));
    assert!(after > before + 0.1, "{before} {after}");
}

#[test]
fn a_file_says_every_kind_of_task_and_optimizers_by_rule() {
    let of = |kind| TaskPlan { kind, probe_stimuli: 20, ..TaskPlan::synthetic() };
    let pixels =
        TaskPlan { objective: Objective::SigmoidCrossEntropy, ..of(TaskKind::Autoencoding) };
    let parity = TaskPlan { changes: vec![Change::Parity], ..of(TaskKind::Classification) };
    let teacher = TeacherSettings { train_examples: 300, ..TeacherSettings::default() };
    let teacher = TaskPlan { kind: TaskKind::TeacherStudent(teacher), ..TaskPlan::default() };
    let plan = Plan {
        tasks: vec![
            pixels,
            parity,
            of(TaskKind::Contrastive { outputs: 8, views: Views::Once }),
            teacher,
        ],
        architectures: ["narrow_tanh", "deep_relu"].map(|n| Architecture::named(n).unwrap()).into(),
        batch_sizes: vec![20, 40],
        rules: vec![
            RulePlan::named("sign_symmetry"),
            RulePlan::named("backprop")
                .with_learning_rates(&[0.001])
                .with_optimizers(&[Optimizer::adam(), Optimizer::momentum(0.9)]),
        ],
        ..Plan::of(&Design::moving(), 2)
    };
    assert_eq!(plan.networks(), 4 * 2 * 2 * 3 * 2);
    let again = Plan::from_toml(&plan.to_toml()).unwrap();
    assert_eq!(again, plan);
    let study = again.study().unwrap();
    assert_eq!(study.experiments.len(), plan.networks());
    let names: std::collections::BTreeSet<(String, &str)> =
        study.experiments.iter().map(|e| (e.rule.about().name, e.optimizer.name())).collect();
    let expected = [("backprop", "adam"), ("backprop", "momentum"), ("sign_symmetry", "sgd")];
    assert!(names.iter().map(|(rule, optimizer)| (rule.as_str(), *optimizer)).eq(expected));
}

#[test]
fn combinations_are_dealt_evenly_and_shared_by_all_rules() {
    let plan = Plan {
        combinations: Combinations::Balanced,
        tasks: vec![
            TaskPlan { probe_stimuli: 20, ..TaskPlan::synthetic() },
            TaskPlan { probe_stimuli: 20, changes: vec![Change::Parity], ..TaskPlan::synthetic() },
        ],
        architectures: [8, 12, 16].map(|units| Architecture::hidden(&[units])).into(),
        batch_sizes: vec![20, 40],
        rules: vec![
            RulePlan::named("sign_symmetry").with_learning_rates(&[0.1, 0.2]),
            RulePlan::named("backprop")
                .with_learning_rates(&[0.01, 0.02])
                .with_optimizers(&[Optimizer::adam(), Optimizer::momentum(0.9)]),
        ],
        ..Plan::of(&Design::moving(), 12)
    };
    assert_eq!(plan.networks(), 36);
    let plan = Plan::from_toml(&plan.to_toml()).unwrap();
    let study = plan.study().unwrap();
    assert_eq!(study.experiments.len(), 36);
    let count = |holds: &dyn Fn(&Experiment) -> bool| {
        study.experiments.iter().filter(|experiment| holds(experiment)).count()
    };
    assert_eq!(count(&|e| e.task.name() == "synthetic parity"), 18);
    assert_eq!(count(&|e| e.architecture.hidden == [12]), 12);
    assert_eq!(count(&|e| e.batch_size == 40), 18);
    assert_eq!(count(&|e| e.learning_rate == Some(0.02)), 12);
    for seed in study.experiments.chunks(3) {
        let same = |of: &dyn Fn(&Experiment) -> String| seed.iter().all(|e| of(e) == of(&seed[0]));
        assert!(same(&|e| format!("{:?} {:?} {}", e.seeds, e.architecture, e.task.name())));
        let is_second = |e: &Experiment| [Some(0.2), Some(0.02)].contains(&e.learning_rate);
        assert!(seed.iter().all(|e| is_second(e) == is_second(&seed[0])));
    }
    // More seeds leave the first as they are.
    let more = Plan { seeds: Seeding::new(0, 20), ..plan.clone() }.study().unwrap();
    let key = |e: &Experiment| format!("{e}");
    let beginning = more.experiments.iter().take(36).map(key);
    assert!(beginning.eq(study.experiments.iter().map(key)));
    let mut uneven = plan;
    uneven.rules[0].learning_rates.pop();
    let told = Plan::from_toml(&uneven.to_toml()).unwrap_err().to_string();
    assert!(told.contains("backprop has 2 where sign_symmetry has 1"), "{told}");
}

#[test]
fn files_that_pair_or_ask_the_impossible_are_refused_with_a_line() {
    let complaint = |task: &str, rule: &str| {
        let text = format!(
            "format = 1\nname = \"mine\"\n\n[[tasks]]\n{task}\n\n[[rules]]\nname = \"{rule}\"\n"
        );
        let plan = Plan::from_toml(&text).and_then(|plan| plan.study());
        plan.unwrap_err().to_string()
    };
    let teacher = "kind = { teacher_student = { inputs = 0 } }";
    assert!(
        complaint(teacher, "backprop").contains("line 5"),
        "{}",
        complaint(teacher, "backprop")
    );
    let both = "dataset = \"synthetic\"\nkind = { teacher_student = {} }";
    assert!(complaint(both, "backprop").contains("makes its own data"));
    let angle = "dataset = \"synthetic\"\nchanges = [{ rotated = { degrees = 999 } }]";
    let told = complaint(angle, "backprop");
    assert!(told.contains("line 6") && told.contains("at most 180"), "{told}");
    let pair = "dataset = \"synthetic\"\nkind = { contrastive = { outputs = 8 } }";
    assert!(complaint(pair, "contrastive_hebbian").contains("holds the output units to targets"));
    let pixels = "dataset = \"synthetic\"\nkind = \"autoencoding\"";
    assert!(complaint(pixels, "backprop").contains("choose SigmoidCrossEntropy"));
}

#[test]
fn the_study_that_ships_is_understood() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/studies/virtual_experiment.toml");
    let plan = Plan::read_and_try(file).unwrap();
    assert_eq!(plan.networks(), 1680);
    assert_eq!((plan.tasks.len(), plan.architectures.len(), plan.rules.len()), (5, 12, 14));
}

const SCENARIOS: [Scenario; 4] = [
    Scenario::ClassIncremental { phases: 2 },
    Scenario::NovelClass { class: 3 },
    Scenario::InputDrift { phases: 3, fraction: 0.25 },
    Scenario::ReversalLearning { pairs: 1 },
];

fn changing(scenario: Scenario) -> Task {
    let settings = settings(Objective::SoftmaxCrossEntropy);
    Task::in_phases(&Dataset::synthetic(0), scenario, &settings).unwrap()
}

#[test]
fn every_rule_lives_in_a_world_that_changes_and_learns_from_single_examples() {
    for scenario in SCENARIOS {
        let task = changing(scenario);
        for rule in rules::all().into_iter().chain(rules::variants()) {
            let experiment = experiment(&task, &rule).learning_rate(0.01).batch_size(1).epochs(1);
            let trajectory = train(&experiment.checkpoints(Checkpoints::Count(7))).unwrap();
            assert_eq!(trajectory.snapshots[6].step, 600, "{scenario} {}", rule.about().name);
            let history = trajectory.history().unwrap();
            let phases = history.column("phase").unwrap().u32().unwrap().max();
            assert_eq!(phases, Some(task.phases().len() as u32));
        }
    }
}

#[test]
fn classes_that_are_no_longer_shown_are_forgotten() {
    let task = changing(Scenario::ClassIncremental { phases: 2 });
    let base = experiment(&task, &Backprop.shared()).learning_rate(0.1).batch_size(10).epochs(4);
    let records = Study::of(base.checkpoints(Checkpoints::Count(9))).seeds(2).run().unwrap();
    let groups = Adaptation::default().groups(&task, &records.histories).unwrap();
    let forgotten = groups.column("forgetting").unwrap().f64().unwrap();
    assert!(forgotten.get(0).unwrap() > 0.5 && forgotten.get(1).is_none(), "{groups:?}");
    // Who is shown everything all the time forgets nothing, and regrets less.
    let table = Adaptation::default().of(&task, &records.histories).unwrap();
    let regret = table.column("dynamic_regret").unwrap().f64().unwrap();
    let regrets: Vec<f64> = regret.iter().flatten().collect();
    assert_eq!(regrets.len(), table.height());
    assert!(regrets.iter().all(|regret| (0.0..0.6).contains(regret)), "{table:?}");
    let phases = Adaptation::default().phases(&task, &records.histories).unwrap();
    assert_eq!(phases.height(), 4);
    assert!(phases.column("updates_to_threshold").unwrap().null_count() < 4);
}

#[test]
fn a_world_is_shown_stage_by_stage_and_a_file_says_it() {
    let plan = Plan {
        tasks: vec![TaskPlan { scenario: Some(SCENARIOS[2]), ..TaskPlan::synthetic() }],
        batch_sizes: vec![20],
        ..Plan::of(&Design::moving(), 1)
    };
    let text = plan.to_toml();
    assert!(
        text.contains("scenario = { input_drift = { phases = 3, fraction = 0.25 } }")
            || text.contains("[tasks.scenario.input_drift]"),
        "{text}"
    );
    assert_eq!(Plan::from_toml(&text).unwrap(), plan);
    let study = plan.study().unwrap();
    assert_eq!(study.experiments[0].task.name(), "synthetic input drift 3 0.25");
    let impossible = TaskPlan {
        scenario: Some(SCENARIOS[0]),
        kind: TaskKind::Autoencoding,
        ..TaskPlan::synthetic()
    };
    let plan = Plan { tasks: vec![impossible], ..plan };
    assert!(plan.check().unwrap_err().to_string().contains("changes in phases"));
    // Not a word of it in files of tasks that stay as they are.
    assert!(!Plan::of(&Design::moving(), 1).to_toml().contains("scenario"));
}

//! Makes the two tables of notebook 22, "Who sees like us?":
//!
//!     cargo run --release --example human_likeness
//!
//! It trains ten kinds of networks, four initialisations each, on 20,000 images of CIFAR-10, and
//! compares their answers to the 10,000 test images with people's choices in CIFAR-10H. It writes
//! `datasets/studies/human_likeness.csv` (a row for each checkpoint and layer, and for people) and
//! `datasets/studies/human_confusions.csv` (confusion matrices). It takes about ten processor
//! minutes. Tables that are there already are replaced, at the end.
//!
//! Neither data set ships with the library. `microlearners data cifar10` and `microlearners data
//! cifar10h` download them; `MICROLEARNERS_DATA` names another folder that has them. The stored
//! tables were made from JPEG copies of CIFAR-10, whose pixels differ slightly from the official
//! ones, so that networks of the official images give slightly other numbers.
//!
//! Both tables hold results computed from CIFAR-10H (Peterson, Battleday, Griffiths & Russakovsky
//! 2019, CC BY-NC-SA 4.0), none of its counts.
#![allow(missing_docs)]

use std::fs::File;
use std::path::Path;

use microlearners::prelude::*;
use microlearners::representations::human::confusion_dissimilarities;

/// The initialisations of each rule.
const SEEDS: u64 = 4;
const EPOCHS: usize = 6;

fn main() -> Result<(), Error> {
    // People first: if a data set is missing, this says so before anything is computed.
    let people = HumanChoices::cifar10h()?;
    let data = images()?;
    compute(&[task_of(&data)?, nmf_task(&data)?], &people)
}

/// A subset of the training images, and all test images in their order.
fn images() -> Result<Dataset, Error> {
    let all = Dataset::cifar10()?;
    // A subset would also shuffle the test images, whose order must be that of the choices.
    let train = all.subset(20_000, 10_000, 0)?.train().clone();
    let (shape, names, test) = (all.shape(), all.classes().to_vec(), all.test().clone());
    Dataset::new("cifar10", shape, names, train, test)
}

fn task_of(data: &Dataset) -> Result<Task, Error> {
    let (normalisation, validation_fraction) = (Normalisation::CIFAR10, 0.1);
    let settings = TaskSettings { normalisation, validation_fraction, ..TaskSettings::default() };
    Task::classification(data, &settings)
}

/// The controls: a softmax of pixels, and one of the codes of the factorisation.
fn controls(tasks: &[Task; 2], seed: u64) -> [(&'static str, Experiment); 2] {
    let of = |task: &Task, rate| {
        experiment(task, &Backprop.shared(), rate, seed)
            .architecture(Architecture::hidden(&[]).with_bias(Bias::Zero))
    };
    [("pixels", of(&tasks[0], 0.0003)), ("nmf", of(&tasks[1], 0.01))]
}

/// The codes of 49 parts of the images at half size, each divided by its standard deviation.
fn nmf_task(data: &Dataset) -> Result<Task, Error> {
    let half = data.changed(Change::HalfSize, 0)?;
    let unit = |images: &Images| images.pixels.mapv(|pixel| f64::from(pixel) / 255.0);
    let fit = Nmf::default().fit(&unit(half.train()).slice_move(s![..4000, ..]))?;
    let codes = |images: &Images| fit.encode(&unit(images)).map(|found| found.codes);
    let (train, test) = (codes(half.train())?, codes(half.test())?);
    let sd = train.std_axis(Axis(0), 0.0);
    let [train, test] = [train / &sd, test / &sd].map(|codes| codes.mapv(|code| code as f32));
    let [seen, held_out] = [half.train(), half.test()].map(|images| images.labels.clone());
    Task::of_arrays("nmf", (train, seen), (test, held_out), 10, 200)
}

/// Rules with the best learning rates of notebook 16.
fn rules_and_rates() -> Result<Vec<(&'static str, Rule, f64)>, Error> {
    let usual = [
        ("backprop", 0.003),
        ("kolen_pollack", 0.003),
        ("sign_symmetry", 0.001),
        ("direct_difference_target_propagation", 0.001),
        ("feedback_alignment", 0.001),
        ("frozen_hidden", 0.003),
    ];
    let named = |(name, rate)| Ok((name, rules::named(name)?, rate));
    let mut all = usual.into_iter().map(named).collect::<Result<Vec<_>, Error>>()?;
    let mirror = WeightMirror { rate: 0.1, decay: 0.1, ..WeightMirror::default() };
    let (still, learns) = (NoTraining.shared(), Backprop.shared());
    let frozen = Combination::layers(&[still.clone(), still, learns.clone(), learns]).shared();
    all.extend([("weight_mirror", mirror.shared(), 0.001), ("frozen convolutions", frozen, 0.003)]);
    Ok(all)
}

fn experiment(task: &Task, rule: &Rule, rate: f64, seed: u64) -> Experiment {
    let filters = |count| ConvolutionLayer::new(count, 5).with_stride(2);
    let network = Architecture::hidden(&[64])
        .with_convolutions(&[filters(8), filters(16)])
        .with_activation(Activation::Relu)
        .with_bias(Bias::Zero);
    // After a tenth of an epoch to six epochs, of 141 updates each.
    let at = [14, 35, 70, 105, 141, 211, 282, 423, 564, 705].into_iter();
    let checkpoints = Checkpoints::At(at.filter(|&step| step < 141 * EPOCHS).collect());
    Experiment { evaluation_examples: 2000, ..Experiment::new(task) }
        .architecture(network)
        .rule_from(rule)
        .optimizer(Optimizer::adam())
        .learning_rate(rate)
        .seed(seed)
        .epochs(EPOCHS)
        .checkpoints(checkpoints)
}

fn experiments(tasks: &[Task; 2], seed: u64) -> Result<Vec<(&'static str, Experiment)>, Error> {
    let rules = rules_and_rates()?.into_iter();
    let of = |(name, rule, rate): (&'static str, Rule, f64)| {
        (name, experiment(&tasks[0], &rule, rate, seed))
    };
    Ok(rules.map(of).chain(controls(tasks, seed)).collect())
}

fn best(row: ArrayView1<'_, f64>) -> usize {
    (0..row.len()).fold(0, |a, b| if row[b] > row[a] { b } else { a })
}

fn accuracy(shares: &Array2<f64>, labels: &[u8]) -> f64 {
    let right = shares.rows().into_iter().zip(labels);
    right.filter(|(row, label)| best(*row) == usize::from(**label)).count() as f64
        / labels.len() as f64
}

/// Per wrong choice of a person: the cross-entropy of the network's nine wrong classes.
fn error_cross_entropy(people: &HumanChoices, own: &Array2<f64>, labels: &[u8]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for ((counts, row), &label) in people.counts().rows().into_iter().zip(own.rows()).zip(labels) {
        let wrong = (0..row.len()).filter(|&class| class != usize::from(label));
        let all: f64 = wrong.clone().map(|class| row[class]).sum();
        sum -= wrong
            .clone()
            .map(|class| f64::from(counts[class]) * (row[class] / all).max(1e-12).ln())
            .sum::<f64>();
        count += wrong.map(|class| f64::from(counts[class])).sum::<f64>();
    }
    sum / count
}

/// Where both are wrong: the share of wrong judgements that are the network's wrong class.
fn error_agreement(people: &HumanChoices, own: &Array2<f64>, labels: &[u8]) -> f64 {
    let images = people.counts().rows().into_iter().zip(own.rows()).zip(labels);
    let shares: Vec<f64> = images
        .filter_map(|((counts, row), &label)| {
            let (chosen, label) = (best(row), usize::from(label));
            let wrong = counts.sum() - counts[label];
            (chosen != label && wrong > 0).then(|| f64::from(counts[chosen]) / f64::from(wrong))
        })
        .collect();
    shares.iter().sum::<f64>() / shares.len() as f64
}

/// Where the errors of each class go: the shares of the nine wrong classes, class by class.
fn errors(confusion: &Array2<f64>) -> Vec<f64> {
    let beside = confusion.indexed_iter().filter(|((i, j), _)| i != j);
    beside.map(|((i, _), share)| share / (1.0 - confusion[(i, i)])).collect()
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let centred = |x: &[f64]| Array1::from(x.to_vec()) - x.iter().sum::<f64>() / x.len() as f64;
    let (a, b) = (centred(a), centred(b));
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}

fn class_rdm(confusion: &Array2<f64>) -> Result<Rdm, Error> {
    let names: Vec<String> = (0..confusion.nrows()).map(|class| class.to_string()).collect();
    Rdm::from_matrix(&names, &confusion_dissimilarities(confusion)?, "confusion")
}

/// Of two confusion matrices: how alike their RDMs are, and where their errors go.
fn of_confusions(people: &Array2<f64>, own: &Array2<f64>) -> Result<[f64; 2], Error> {
    let rdms = Comparison::Spearman.similarity(&class_rdm(people)?, &class_rdm(own)?)?;
    Ok([rdms, pearson(&errors(people), &errors(own))])
}

/// A row's measures, in the order of [`OUTPUT`].
fn likeness(people: &HumanChoices, own: &Array2<f64>, labels: &[u8]) -> Result<Vec<f64>, Error> {
    let found = people.compare(own, labels)?;
    let some = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let confusions = [people.confusion(labels)?, network_confusion(own, labels)?];
    let [rdms, wrong] = of_confusions(&confusions[0], &confusions[1])?;
    Ok(vec![
        accuracy(own, labels),
        found.cross_entropy,
        some(found.entropy_correlation),
        some(found.second_best_accuracy),
        some(found.confusion_correlation),
        rdms,
        error_cross_entropy(people, own, labels),
        error_agreement(people, own, labels),
        wrong,
    ])
}

/// The RDM of the 500 images of which people are least certain, from patterns or choices.
fn image_rdm(people: &HumanChoices, of: &Array2<f64>, by: Dissimilarity) -> Result<Rdm, Error> {
    let entropies = people.entropies();
    let mut images: Vec<usize> = (0..entropies.len()).collect();
    images.sort_by(|&a, &b| entropies[b].total_cmp(&entropies[a]));
    images.truncate(500);
    let names: Vec<String> = images.iter().map(usize::to_string).collect();
    by.rdm(&of.select(Axis(0), &images), &names)
}

/// How alike a layer's RDMs are to those of people, over classes and over images.
fn layer_likeness(people: &HumanChoices, layer: &Array2<f64>, labels: &[u8]) -> [f64; 2] {
    let (spearman, by) = (Comparison::Spearman, Dissimilarity::Correlation);
    let classes: Vec<String> = labels.iter().map(u8::to_string).collect();
    let theirs = people.confusion(labels).and_then(|confusion| class_rdm(&confusion));
    let of_classes = theirs.and_then(|one| spearman.similarity(&one, &by.rdm(layer, &classes)?));
    let theirs = image_rdm(people, &people.probabilities(), Dissimilarity::Euclidean);
    let of_images =
        theirs.and_then(|one| spearman.similarity(&one, &image_rdm(people, layer, by)?));
    [of_classes, of_images].map(|found| found.unwrap_or(f64::NAN))
}

const OUTPUT: [&str; 9] = [
    "accuracy",
    "cross_entropy",
    "entropy_correlation",
    "second_choice",
    "confusion_correlation",
    "rdm_correlation",
    "error_cross_entropy",
    "error_agreement",
    "error_confusion",
];
const OTHERS: [&str; 6] = ["step", "layer", "layers", "validation", "class_rdm", "image_rdm"];

fn as_table(rule: &str, seed: u64, rows: &[Vec<f64>]) -> Result<DataFrame, Error> {
    let count = rows.len();
    let mut table = df!("rule" => vec![rule; count], "model_seed" => vec![seed; count])?;
    for (place, name) in OTHERS.iter().chain(&OUTPUT).enumerate() {
        let values = rows.iter().map(|row| row[place]).map(|x| (x * 1e4).round() / 1e4);
        let values: Vec<Option<f64>> = values.map(|x| Some(x).filter(|x| x.is_finite())).collect();
        table.with_column(Column::new((*name).into(), values))?;
    }
    Ok(table)
}

type Rows = Vec<LazyFrame>;

/// The accuracy by which the best checkpoint is chosen: on the images set aside, or, for the codes of
/// the factorisation, which have none, on the training images.
fn judged(one: &Snapshot) -> f64 {
    one.validation.unwrap_or(one.train).accuracy
}

fn output_row(one: &Snapshot, task: &Task, people: &HumanChoices) -> Result<Vec<f64>, Error> {
    let (test, depth) = (task.test(), one.network.depth() as f64);
    let answers = one.network.predict(&test.inputs).mapv(f64::from);
    let first = vec![one.step as f64, depth, depth, judged(one), f64::NAN, f64::NAN];
    Ok([first, likeness(people, &answers, &test.labels)?].concat())
}

fn layer_rows(one: &Snapshot, task: &Task, people: &HumanChoices) -> Vec<Vec<f64>> {
    let (test, depth) = (task.test(), one.network.depth() as f64);
    let layers = [vec![test.inputs.clone()], one.network.activities(test.inputs.view())].concat();
    layers
        .iter()
        .enumerate()
        .map(|(layer, patterns)| {
            let [classes, images] = layer_likeness(people, &patterns.mapv(f64::from), &test.labels);
            let first = vec![one.step as f64, layer as f64, depth, judged(one), classes, images];
            [first, vec![f64::NAN; 9]].concat()
        })
        .collect()
}

type Found = Result<(Rows, Array2<f64>), Error>;

/// Every checkpoint's output, and the layers of the first and the best; the best one's confusions.
fn measured(rule: &str, of: &Experiment, people: &HumanChoices) -> Found {
    let (all, test) = (train(of)?.snapshots, of.task.test());
    let best = all.iter().max_by(|a, b| judged(a).total_cmp(&judged(b))).expect("the first");
    let rows = all.iter().map(|one| output_row(one, &of.task, people));
    let mut rows = rows.collect::<Result<Vec<Vec<f64>>, Error>>()?;
    for one in [&all[0], best] {
        rows.extend(layer_rows(one, &of.task, people));
    }
    let answers = best.network.predict(&test.inputs).mapv(f64::from);
    let table = as_table(rule, of.seeds.model, &rows)?;
    Ok((vec![table.lazy()], network_confusion(&answers, &test.labels)?))
}

fn confusion_table(rule: &str, seed: u64, confusion: &Array2<f64>) -> Result<LazyFrame, Error> {
    let label: Vec<u32> = (0..10).collect();
    let mut table = df!("rule" => [rule; 10], "model_seed" => [seed; 10], "label" => label)?;
    for (class, column) in confusion.columns().into_iter().enumerate() {
        let shares: Vec<f64> = column.iter().map(|p| (p * 1e5).round() / 1e5).collect();
        table.with_column(Column::new(class.to_string().into(), shares))?;
    }
    Ok(table.lazy())
}

/// A random half of an image's judgements (each is taken with the chance that is needed).
fn half(counts: ArrayView1<'_, u32>, state: &mut u64) -> Vec<u32> {
    let (mut left, mut needed) = (counts.sum(), counts.sum() / 2);
    let mut take = |_| {
        // A linear congruential generator (Knuth's MMIX).
        *state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let taken = u32::from((*state >> 33) % u64::from(left) < u64::from(needed));
        (needed, left) = (needed - taken, left - 1);
        taken
    };
    counts.iter().map(|&count| (0..count).map(&mut take).sum()).collect()
}

/// One half of the judgements stands for a network: its shares, as if one more judgement were spread
/// over all classes, are the network's probabilities. The other half stands for the people.
fn halves(people: &HumanChoices, seed: u64) -> Result<(HumanChoices, Array2<f64>), Error> {
    let (counts, mut state) = (people.counts(), seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let drawn = counts.rows().into_iter().flat_map(|row| half(row, &mut state)).collect();
    let one = Array2::from_shape_vec(counts.dim(), drawn).expect("a count for each");
    let other = HumanChoices::new(counts - &one)?;
    let more = one.mapv(f64::from) + 0.1;
    let sums = more.sum_axis(Axis(1)).insert_axis(Axis(1));
    Ok((other, more / sums))
}

fn people_rows(people: &HumanChoices, labels: &[u8]) -> Result<Rows, Error> {
    let mut rows = Rows::new();
    for seed in 0..20 {
        let (other, own) = halves(people, seed)?;
        let [a, b] = [&other.probabilities(), &own]
            .map(|of| image_rdm(people, of, Dissimilarity::Euclidean));
        let first = [0.0, 0.0, 0.0, 1.0, f64::NAN, Comparison::Spearman.similarity(&a?, &b?)?];
        let row = [first.to_vec(), likeness(&other, &own, labels)?].concat();
        rows.push(as_table("people", seed, &[row])?.lazy());
    }
    Ok(rows)
}

/// How often people choose the label, in the order of the test images and one image later.
fn order_rows(people: &HumanChoices, labels: &[u8]) -> Result<Rows, Error> {
    let later = [&labels[1..], &labels[..1]].concat();
    let (right, wrong) = (people.agreement(labels)?, people.agreement(&later)?);
    let found = [
        ("majority of people", right.majority_accuracy),
        ("one judgement", right.judgement_accuracy),
        ("one image later", wrong.majority_accuracy),
    ];
    found
        .iter()
        .map(|(name, accuracy)| {
            let row = [vec![0.0; 6], vec![*accuracy], vec![f64::NAN; 8]].concat();
            Ok(as_table(name, 0, &[row])?.lazy())
        })
        .collect()
}

/// Of two people who both err on an image: how often they give the same wrong answer.
fn two_people(people: &HumanChoices, labels: &[u8]) -> Result<Rows, Error> {
    let pairs = |n: u32| f64::from(n) * (f64::from(n) - 1.0);
    let shares: Vec<f64> = people
        .counts()
        .rows()
        .into_iter()
        .zip(labels)
        .filter_map(|image| {
            let (counts, &label) = image;
            let wrong = || counts.iter().enumerate().filter(|at| at.0 != usize::from(label));
            let all: u32 = wrong().map(|at| at.1).sum();
            (all > 1).then(|| wrong().map(|at| pairs(*at.1)).sum::<f64>() / pairs(all))
        })
        .collect();
    let found = shares.iter().sum::<f64>() / shares.len() as f64;
    let row = [vec![f64::NAN; 13], vec![found, f64::NAN]].concat();
    Ok(vec![as_table("two people", 0, &[row])?.lazy()])
}

/// A model that knows each image's label and how people confuse the classes.
fn class_rows(people: &HumanChoices, labels: &[u8]) -> Result<Rows, Error> {
    let label_of: Vec<usize> = labels.iter().map(|&label| usize::from(label)).collect();
    let shares = people.confusion(labels)?.select(Axis(0), &label_of);
    let row = [vec![0.0; 6], likeness(people, &shares, labels)?].concat();
    Ok(vec![as_table("class confusions", 0, &[row])?.lazy()])
}

fn all_people(people: &HumanChoices, labels: &[u8]) -> Result<Rows, Error> {
    let rows = [order_rows, people_rows, class_rows, two_people].map(|of| of(people, labels));
    Ok(rows.into_iter().collect::<Result<Vec<Rows>, Error>>()?.concat())
}

fn write(name: &str, rows: &Rows) -> Result<(), Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/studies");
    let path = folder.join(name).with_extension("csv");
    let mut table = concat(rows.clone(), UnionArgs::default())?.collect()?;
    let file = File::create(&path).map_err(|source| Error::File { path, source })?;
    Ok(CsvWriter::new(file).finish(&mut table)?)
}

fn compute(tasks: &[Task; 2], people: &HumanChoices) -> Result<(), Error> {
    let labels = &tasks[0].test().labels;
    let mut all = all_people(people, labels)?;
    let mut shares = vec![confusion_table("people", 0, &people.confusion(labels)?)?];
    for seed in 0..SEEDS {
        for (name, one) in experiments(tasks, seed)? {
            let (rows, confusion) = measured(name, &one, people)?;
            all.extend(rows);
            shares.push(confusion_table(name, one.seeds.model, &confusion)?);
            println!("{name}, initialisation {} of {SEEDS}", seed + 1);
        }
    }
    // Only now, so that a stopped run leaves the stored tables as they are.
    write("human_likeness", &all)?;
    write("human_confusions", &shares)
}

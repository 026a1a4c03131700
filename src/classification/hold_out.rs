//! Does what was learned hold for networks of another kind?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use polars::prelude::{Column, DataFrame, Expr};
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::convergence::{self, Convergence};
use super::evaluate::seed_for;
use super::importance::accuracy;
use super::null::{self, Null, Shuffles};
use super::table::{self, whole_numbers};
use super::{
    Baseline, Classifier, ConfusionMatrix, Estimate, Grouping, Protocol, SampleSpec, Samples, Split,
};
use crate::display::Progress;
use crate::observables::columns::{check_free, column_of};
use crate::observables::marked;
use crate::random::Rng;
use crate::{Error, Result, random};

/// How a classifier that never saw networks of some kind (an architecture, a task, a batch size)
/// does on these, beside how it does on networks of the kinds it learned from. Nayebi et al. 2020
/// (arXiv 2010.11765) call it generalising to new "animals" and "training curricula".
#[derive(Debug, Clone, PartialEq)]
pub struct HoldOut {
    /// The classifier, by its name.
    pub classifier: String,
    /// Networks of the other kinds, of which each split's training part is learned from.
    pub networks: usize,
    /// Networks of the held-out kind.
    pub held_out_networks: usize,
    /// The accuracy on networks of the other kinds that were not learned from either; its interval
    /// is that over splits.
    pub within: Estimate,
    /// The accuracy on networks of the same kind, when as many networks were learned from and these
    /// were among them; its interval is as that of `held_out`; not a number if no split of so few
    /// judges any.
    pub familiar: Estimate,
    /// What it costs that the kind was never seen: `familiar` less `held_out`, paired by
    /// initialisation.
    pub cost: Estimate,
    /// The accuracy on networks of the held-out kind. Each initialisation has its mean over the
    /// splits in which it is judged; this is the mean of these means. Its interval is Student's
    /// over initialisations.
    pub held_out: Estimate,
    /// Confusions among these, pooled over splits.
    pub confusion: ConfusionMatrix,
    /// The accuracy of always naming the class that most of the held-out samples have.
    pub chance: f64,
    /// The accuracy on the held-out kind after learning from shuffled labels, unless the protocol
    /// leaves it out, or no shuffle could be learned from.
    pub baseline: Option<Baseline>,
    /// How many fits of each classifier that learns step by step converged.
    pub convergence: Vec<Convergence>,
    /// Which controls are left out, wholly or in part, and why; a sentence each.
    pub remarks: Vec<String>,
}

/// Learns from the networks of `table` where `kind` is false, by the protocol's splits, and judges
/// both their rest and the networks where it is true. Grouped by initialisation, these are judged
/// in the splits in which their initial weights were not learned from under another kind, either;
/// with few splits some may never be. Some kinds are harder than others, seen or not: what being
/// unseen costs is told by the same networks' score after learning from networks of all kinds, as
/// many.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let records = Study::of(Experiment::new(&task).batch_size(50).checkpoints(Checkpoints::Count(2)))
///     .architectures(&[Architecture::hidden(&[10]), Architecture::hidden(&[20])])
///     .rules(&[Backprop.shared(), Hebbian::default().shared()])
///     .seeds(8).run()?;
/// let wide = col("architecture").eq(lit("36-20-4 sigmoid"));
/// let protocol = Protocol { splits: 2, permutations: 2, ..Protocol::default() };
/// let found = hold_out(&records.observations, &SampleSpec::default(), &RandomForest::default(), &protocol, &wide)?;
/// assert_eq!((found.networks, found.held_out_networks), (16, 16));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] if the expression holds for all networks, for none, or for a part of one
/// network's rows, if the held-out networks are of one class, or of a class that no other network
/// has; otherwise as [`classify`](super::classify).
pub fn hold_out(
    table: &DataFrame,
    view: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    kind: &Expr,
) -> Result<HoldOut> {
    let samples = view.samples(table)?;
    let held = networks_where(table, &marked(table, "the kind to hold out", kind)?)?;
    Ok(judge_each(&samples, &[held], classifier, protocol)?.remove(0))
}

/// [`hold_out`] for every value of a key column (`task`, `batch_size`, …), of `hidden_layers`, the
/// architecture without the inputs and outputs that belong to the task, or of
/// `learning_rate_index`, the rank of a learning rate among its algorithm's own
/// ([`with_key`](super::with_key)): one row per value, with `held_out`, its interval's ends `low`
/// and `high`, and the same of `within`, `familiar` and `cost`; `chance`, the numbers of networks,
/// and of so many `shuffles` of the labels the mean `shuffled`, the `shuffled_largest` and, of at
/// least 20, what 95 % stay below, `shuffled_95`; `unconverged`, the fits that ran out of steps.
///
/// # Errors
/// As [`hold_out`]; [`Error::Table`] if there is no such column, or it is empty somewhere;
/// [`Error::Setting`] if the result has a column of its name.
pub fn hold_out_each(
    table: &DataFrame,
    view: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    key: &str,
) -> Result<DataFrame> {
    check_free("key", &[key], &[&RESULTS[..], &null::COLUMNS, &[convergence::COLUMN]].concat())?;
    let rows = table::key(table, key)?;
    let mut values: Vec<&str> = rows.iter().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    // Numbers in their own order.
    if values.iter().all(|value| value.parse::<f64>().is_ok()) {
        values.sort_by(|a, b| {
            let number = |value: &str| value.parse().unwrap_or(f64::NAN);
            number(a).total_cmp(&number(b))
        });
    }
    let samples = view.samples(table)?;
    let kinds: Vec<BTreeSet<u64>> = values
        .iter()
        .map(|value| {
            let marks: Vec<bool> = rows.iter().map(|row| row == value).collect();
            networks_where(table, &marks)
        })
        .collect::<Result<_>>()?;
    let found = judge_each(&samples, &kinds, classifier, protocol)?;
    let networks: Vec<u32> = found.iter().map(|one| one.held_out_networks as u32).collect();
    let mut columns =
        vec![Column::new(key.into(), values), Column::new("networks".into(), networks)];
    let estimate = |name: &str, prefix: &str, of: fn(&HoldOut) -> &Estimate| {
        [
            column_of(name, &found, |one| Some(of(one).mean)),
            column_of(&format!("{prefix}low"), &found, |one| of(one).low()),
            column_of(&format!("{prefix}high"), &found, |one| of(one).high()),
        ]
    };
    columns.extend(estimate("held_out", "", |one| &one.held_out));
    columns.extend(estimate("within", "within_", |one| &one.within));
    columns.extend(estimate("familiar", "familiar_", |one| &one.familiar));
    columns.extend(estimate("cost", "cost_", |one| &one.cost));
    columns.extend([column_of("chance", &found, |one| Some(one.chance))]);
    columns.extend(null::columns(&found, |one| one.baseline.as_ref()));
    columns.push(convergence::column(&found, |one| &one.convergence));
    Ok(DataFrame::new(found.len(), columns)?)
}

/// The columns of [`hold_out_each`], besides its key and those of shuffled labels and of
/// convergence.
const RESULTS: [&str; 14] = [
    "networks",
    "held_out",
    "low",
    "high",
    "within",
    "within_low",
    "within_high",
    "familiar",
    "familiar_low",
    "familiar_high",
    "cost",
    "cost_low",
    "cost_high",
    "chance",
];

/// The networks all of whose rows are marked.
fn networks_where(table: &DataFrame, marks: &[bool]) -> Result<BTreeSet<u64>> {
    let runs = whole_numbers(table, "run")?;
    let marked = runs.iter().zip(marks).filter(|&(_, &mark)| mark);
    let held: BTreeSet<u64> = marked.map(|(&run, _)| run).collect();
    if let Some(row) = (0..runs.len()).find(|&row| !marks[row] && held.contains(&runs[row])) {
        return Err(Error::Samples(format!(
            "the kind to hold out takes a part of network {}; it must hold for all rows of a network or for none: use key columns \
             that are constant within a run",
            runs[row]
        )));
    }
    Ok(held)
}

/// How often networks of all kinds are drawn for some that can be learned from.
const ATTEMPTS: usize = 100;

/// Of each initialisation that is judged, the samples named right, and all.
type Judged = BTreeMap<u64, (usize, usize)>;

/// One split's accuracy, and what it says of the held-out networks.
struct Outcome {
    within: f64,
    confusion: ConfusionMatrix,
    judged: Judged,
    overlap: f64,
    convergence: Vec<Convergence>,
}

/// Judges each kind after learning without it, and all of them after learning from all.
fn judge_each(
    samples: &Samples,
    kinds: &[BTreeSet<u64>],
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<Vec<HoldOut>> {
    classifier.check()?;
    protocol.check()?;
    let parts: Vec<(Samples, Samples)> =
        kinds.iter().map(|held| parts(samples, held)).collect::<Result<_>>()?;
    let per_kind = protocol.splits + protocol.permutations;
    let progress = Progress::new("fits", parts.len() * per_kind + protocol.splits);
    let familiar: Vec<Vec<Judged>> = (0..protocol.splits)
        .into_par_iter()
        .map(|index| {
            let judged = one_familiar_split(samples, kinds, &parts, classifier, protocol, index);
            progress.advance(1);
            judged
        })
        .collect::<Result<_>>()?;
    let found = parts.iter().enumerate().map(|(place, (inside, outside))| {
        let familiar = shares(familiar.iter().map(|split| &split[place]));
        let found = judge(inside, outside, &familiar, classifier, protocol);
        progress.advance(per_kind);
        found
    });
    let found = found.collect();
    progress.finish();
    found
}

/// The networks that are held out, and the others.
fn parts(samples: &Samples, held: &BTreeSet<u64>) -> Result<(Samples, Samples)> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..samples.len()).partition(|&row| held.contains(&samples.groups[row]));
    let (inside, outside) = (samples.select(&inside), samples.select(&outside));
    if inside.is_empty() || outside.is_empty() {
        return Err(Error::Samples(format!(
            "the kind to hold out has {} of the {} networks; it must be some and not all",
            inside.networks(),
            samples.networks()
        )));
    }
    outside.check()?;
    check_classes(&inside, &outside)?;
    Ok((inside, outside))
}

fn judge(
    inside: &Samples,
    outside: &Samples,
    familiar: &BTreeMap<u64, f64>,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<HoldOut> {
    let outcomes: Vec<Outcome> = (0..protocol.splits)
        .into_par_iter()
        .map(|index| one_split(outside, inside, classifier, protocol, index))
        .collect::<Result<_>>()?;
    let within: Vec<f64> = outcomes.iter().map(|outcome| outcome.within).collect();
    let held = shares(outcomes.iter().map(|outcome| &outcome.judged));
    let pairs = familiar.iter().filter_map(|(one, seen)| Some(seen - held.get(one)?));
    let costs: Vec<f64> = pairs.collect();
    let mut confusion = outcomes[0].confusion.clone();
    outcomes[1..].iter().for_each(|outcome| confusion.add(&outcome.confusion));
    // Initialisations are independent, as splits are not.
    let over_initialisations = |of: &[f64]| match of {
        [] => Estimate { mean: f64::NAN, sem: None, interval: None },
        values => Estimate::over_splits(values, 0.0),
    };
    let values = |of: &BTreeMap<u64, f64>| of.values().copied().collect::<Vec<f64>>();
    let held_out = over_initialisations(&values(&held));
    let largest = inside.class_counts().into_iter().max().unwrap_or(0);
    let judged = |shuffled: &Samples, split: &Split| {
        unseen(inside, &shuffled.select(&split.train), protocol)
    };
    let null = Null { samples: outside, classifier, protocol };
    let Shuffles { baseline, convergence, remark } = null.shuffles(&judged, held_out.mean, &|| ());
    let overlap = outcomes[0].overlap;
    let fits = outcomes.into_iter().flat_map(|outcome| outcome.convergence);
    Ok(HoldOut {
        classifier: classifier.name(),
        networks: outside.networks(),
        held_out_networks: inside.networks(),
        within: Estimate::over_splits(&within, overlap),
        familiar: over_initialisations(&values(familiar)),
        cost: over_initialisations(&costs),
        confusion,
        chance: largest as f64 / inside.len() as f64,
        baseline,
        convergence: Convergence::sum(fits.chain(convergence)),
        remarks: remark.into_iter().collect(),
        held_out,
    })
}

/// The share of samples named right, of each initialisation, over all splits that judge it.
fn shares<'a>(splits: impl Iterator<Item = &'a Judged>) -> BTreeMap<u64, f64> {
    let mut sums = Judged::new();
    for (&initialisation, &(right, all)) in splits.flatten() {
        let sum = sums.entry(initialisation).or_default();
        *sum = (sum.0 + right, sum.1 + all);
    }
    sums.into_iter().map(|(one, (right, all))| (one, right as f64 / all as f64)).collect()
}

/// What is judged must be something that could have been learned, and two classes to distinguish.
fn check_classes(inside: &Samples, outside: &Samples) -> Result<()> {
    let (held, known) = (inside.class_counts(), outside.class_counts());
    let names = |counts: &[usize]| -> Vec<&str> {
        let present = inside.classes.iter().zip(counts).filter(|&(_, &count)| count > 0);
        present.map(|(name, _)| name.as_str()).collect()
    };
    if let Some(class) = (0..held.len()).find(|&class| held[class] > 0 && known[class] == 0) {
        return Err(Error::Samples(format!(
            "the kind to hold out has all networks of class \"{}\", which then cannot be learned; hold out a kind that every class has \
             networks of, and others",
            inside.classes[class]
        )));
    }
    match names(&held)[..] {
        [only] => Err(Error::Samples(format!(
            "the kind to hold out has networks of class \"{only}\" alone, so that there is nothing to distinguish; hold out a kind that \
             several classes share"
        ))),
        _ => Ok(()),
    }
}

/// The held-out networks that may be judged by what learned from `train`.
fn unseen(inside: &Samples, train: &Samples, protocol: &Protocol) -> Result<Samples> {
    let seen: BTreeSet<u64> = train.initialisations.iter().copied().collect();
    let may = |&row: &usize| {
        protocol.grouping != Grouping::ByInitialisation
            || !seen.contains(&inside.initialisations[row])
    };
    let rows: Vec<usize> = (0..inside.len()).filter(may).collect();
    if rows.is_empty() {
        return Err(Error::Samples(
            "every held-out network shares its initial weights with one that was learned from; train with more seeds, or group by \
             network"
                .into(),
        ));
    }
    Ok(inside.select(&rows))
}

fn one_split(
    outside: &Samples,
    inside: &Samples,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    index: usize,
) -> Result<Outcome> {
    let split = protocol.split(outside, index)?;
    let train = outside.select(&split.train);
    let fitted = classifier.fit(&train, seed_for(protocol, "fit", index))?;
    let judged = unseen(inside, &train, protocol)?;
    let guesses = fitted.predict(&judged.features)?;
    let confusion = ConfusionMatrix::count(judged.classes.clone(), &judged.labels, &guesses);
    Ok(Outcome {
        within: accuracy(fitted.as_ref(), &outside.select(&split.test))?,
        confusion,
        judged: by_initialisation(&judged, &guesses),
        overlap: split.test.len() as f64 / split.train.len() as f64,
        convergence: fitted.convergence(),
    })
}

fn by_initialisation(judged: &Samples, guesses: &[usize]) -> Judged {
    let mut sums = Judged::new();
    for (row, guess) in guesses.iter().enumerate() {
        let (right, all) = sums.entry(judged.initialisations[row]).or_default();
        *right += usize::from(*guess == judged.labels[row]);
        *all += 1;
    }
    sums
}

/// Each kind, judged after learning from networks of all kinds: as many as there are when a kind is
/// left out.
fn one_familiar_split(
    samples: &Samples,
    kinds: &[BTreeSet<u64>],
    parts: &[(Samples, Samples)],
    classifier: &dyn Classifier,
    protocol: &Protocol,
    index: usize,
) -> Result<Vec<Judged>> {
    let split = protocol.split(samples, index)?;
    let train = samples.select(&split.train);
    let share =
        |(_, outside): &(Samples, Samples)| outside.networks() as f64 / samples.networks() as f64;
    let least = parts.iter().map(share).fold(1.0, f64::min);
    let mut rng = random::stream(protocol.seed, &format!("familiar {index}"));
    let can_learn = |train: &Samples| classifier.check_samples(train).is_ok();
    let mut draws = (0..ATTEMPTS).map(|_| some_networks(&train, least, &mut rng));
    let Some(train) = draws.find(can_learn) else {
        // So few cannot be learned from: this split judges nothing.
        return Ok(vec![Judged::new(); kinds.len()]);
    };
    let fitted = classifier.fit(&train, seed_for(protocol, "fit", index))?;
    let test = samples.select(&split.test);
    let judged = kinds.iter().map(|kind| {
        let rows: Vec<usize> =
            (0..test.len()).filter(|&row| kind.contains(&test.groups[row])).collect();
        let own = test.select(&rows);
        Ok(by_initialisation(&own, &fitted.predict(&own.features)?))
    });
    judged.collect()
}

/// A random share of the networks of `train`.
fn some_networks(train: &Samples, share: f64, rng: &mut Rng) -> Samples {
    let mut networks: Vec<u64> =
        train.groups.iter().copied().collect::<BTreeSet<u64>>().into_iter().collect();
    networks.shuffle(rng);
    networks.truncate((share * networks.len() as f64).round() as usize);
    let kept: BTreeSet<u64> = networks.into_iter().collect();
    let rows: Vec<usize> =
        (0..train.len()).filter(|&row| kept.contains(&train.groups[row])).collect();
    train.select(&rows)
}

impl fmt::Display for HoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, learned from {} networks, judged on {} of a kind it never saw",
            self.classifier, self.networks, self.held_out_networks
        )?;
        writeln!(f, "held out: accuracy {}", self.held_out)?;
        writeln!(f, "familiar: accuracy {}", self.familiar)?;
        writeln!(f, "the cost of being unseen: {}", self.cost)?;
        writeln!(f, "the other kinds: accuracy {}", self.within)?;
        write!(f, "chance {:.3}", self.chance)?;
        if let Some(baseline) = &self.baseline {
            write!(f, "; {baseline}")?;
        }
        let warning = convergence::warning(&self.convergence);
        warning.iter().chain(&self.remarks).try_for_each(|sentence| write!(f, "\n{sentence}"))
    }
}

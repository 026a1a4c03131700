//! Does what was learned hold for networks of another kind?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use polars::prelude::{DataFrame, Expr};
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::confusion_matrix::ConfusionMatrix;
use super::protocol::Protocol;
use super::shuffled_labels::{Baseline, Shuffles, shuffles};
use super::trial::Trial;
use crate::classification::classifiers::{Classifier, Convergence, accuracy, convergence_warning};
use crate::classification::samples::{Grouping, SampleSpec, Samples, Split};
use crate::display::{Progress, show_as_text};
use crate::observables::columns::whole_numbers;
use crate::observables::marked;
use crate::random::Rng;
use crate::statistics::Estimate;
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
/// has; otherwise as [`classify`](crate::classification::classify).
pub fn hold_out(
    table: &DataFrame,
    view: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    kind: &Expr,
) -> Result<HoldOut> {
    let samples = view.samples(table)?;
    let held = networks_where(table, &marked(table, "the kind to hold out", kind)?)?;
    let trial = Trial { samples: &samples, classifier, protocol };
    Ok(judge_each(&trial, &[held])?.remove(0))
}

/// The networks all of whose rows are marked.
pub(super) fn networks_where(table: &DataFrame, marks: &[bool]) -> Result<BTreeSet<u64>> {
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

/// Of each initialisation that is judged, the samples identified correctly, and all.
type Judged = BTreeMap<u64, (usize, usize)>;

/// One split's accuracy, and what it says of the held-out networks.
struct Outcome {
    within: f64,
    confusion: ConfusionMatrix,
    judged: Judged,
    overlap: f64,
    convergence: Vec<Convergence>,
}

/// The networks that are held out, and the others.
struct Kind {
    held: BTreeSet<u64>,
    inside: Samples,
    outside: Samples,
}

/// Judges each kind after learning without it, and all of them after learning from all.
pub(super) fn judge_each(trial: &Trial<'_>, kinds: &[BTreeSet<u64>]) -> Result<Vec<HoldOut>> {
    trial.check()?;
    let kinds: Vec<Kind> =
        kinds.iter().map(|held| kind(trial.samples, held)).collect::<Result<_>>()?;
    let splits = trial.protocol.splits;
    let per_kind = splits + trial.protocol.permutations;
    let progress = Progress::new("fits", kinds.len() * per_kind + splits);
    let familiar: Vec<Vec<Judged>> = (0..splits)
        .into_par_iter()
        .map(|index| {
            let judged = one_familiar_split(trial, &kinds, index);
            progress.advance(1);
            judged
        })
        .collect::<Result<_>>()?;
    let found = kinds.iter().enumerate().map(|(place, kind)| {
        let familiar = shares(familiar.iter().map(|split| &split[place]));
        let found = judge(trial, kind, &familiar);
        progress.advance(per_kind);
        found
    });
    let found = found.collect();
    progress.finish();
    found
}

/// The samples of the networks that are held out, and of the others.
fn kind(samples: &Samples, held: &BTreeSet<u64>) -> Result<Kind> {
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
    Ok(Kind { held: held.clone(), inside, outside })
}

/// What is learned without a kind, put to it; `familiar` are its scores where it was learned from.
fn judge(trial: &Trial<'_>, kind: &Kind, familiar: &BTreeMap<u64, f64>) -> Result<HoldOut> {
    let Kind { inside, outside, .. } = kind;
    let without = Trial { samples: outside, ..*trial };
    let outcomes: Vec<Outcome> = (0..trial.protocol.splits)
        .into_par_iter()
        .map(|index| one_split(&without, inside, index))
        .collect::<Result<_>>()?;
    let within: Vec<f64> = outcomes.iter().map(|outcome| outcome.within).collect();
    let held = shares(outcomes.iter().map(|outcome| &outcome.judged));
    let costs = familiar.iter().filter_map(|(one, seen)| Some(seen - held.get(one)?));
    let held_out = over_initialisations(held.values().copied());
    let judged = |shuffled: &Samples, split: &Split| {
        unseen(inside, &shuffled.select(&split.train), trial.protocol)
    };
    let Shuffles { baseline, convergence, remark } =
        shuffles(&without, &judged, held_out.mean, &|| ());
    Ok(HoldOut {
        classifier: trial.classifier.name(),
        networks: outside.networks(),
        held_out_networks: inside.networks(),
        within: Estimate::over_splits(&within, outcomes[0].overlap),
        familiar: over_initialisations(familiar.values().copied()),
        cost: over_initialisations(costs),
        held_out,
        confusion: pooled(&outcomes),
        chance: largest_share(inside),
        baseline,
        convergence: Convergence::sum(fits(outcomes).chain(convergence)),
        remarks: remark.into_iter().collect(),
    })
}

/// Initialisations are independent, as splits are not. Not a number without any.
fn over_initialisations(values: impl Iterator<Item = f64>) -> Estimate {
    match values.collect::<Vec<f64>>()[..] {
        [] => Estimate { mean: f64::NAN, sem: None, interval: None },
        ref values => Estimate::over_splits(values, 0.0),
    }
}

/// The confusions of all splits.
fn pooled(outcomes: &[Outcome]) -> ConfusionMatrix {
    let mut confusion = outcomes[0].confusion.clone();
    outcomes[1..].iter().for_each(|outcome| confusion.add(&outcome.confusion));
    confusion
}

/// The share of the samples that have the most frequent class.
fn largest_share(samples: &Samples) -> f64 {
    let largest = samples.class_counts().into_iter().max().unwrap_or(0);
    largest as f64 / samples.len() as f64
}

fn fits(outcomes: Vec<Outcome>) -> impl Iterator<Item = Convergence> {
    outcomes.into_iter().flat_map(|outcome| outcome.convergence)
}

/// The share of samples identified correctly, of each initialisation, over all splits that judge it.
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

/// Learns from the others' training part, and judges their test part and the networks held out.
fn one_split(without: &Trial<'_>, inside: &Samples, index: usize) -> Result<Outcome> {
    let outside = without.samples;
    let split = without.split(index)?;
    let train = outside.select(&split.train);
    let fitted = without.fit(&train, index)?;
    let judged = unseen(inside, &train, without.protocol)?;
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
fn one_familiar_split(trial: &Trial<'_>, kinds: &[Kind], index: usize) -> Result<Vec<Judged>> {
    let samples = trial.samples;
    let split = trial.split(index)?;
    let train = samples.select(&split.train);
    let share = |kind: &Kind| kind.outside.networks() as f64 / samples.networks() as f64;
    let least = kinds.iter().map(share).fold(1.0, f64::min);
    let mut rng = random::stream(trial.protocol.seed, &format!("familiar {index}"));
    let can_learn = |train: &Samples| trial.classifier.check_samples(train).is_ok();
    let mut draws = (0..ATTEMPTS).map(|_| some_networks(&train, least, &mut rng));
    let Some(train) = draws.find(can_learn) else {
        // So few cannot be learned from: this split judges nothing.
        return Ok(vec![Judged::new(); kinds.len()]);
    };
    let fitted = trial.fit(&train, index)?;
    let test = samples.select(&split.test);
    let judged = kinds.iter().map(|kind| {
        let rows: Vec<usize> =
            (0..test.len()).filter(|&row| kind.held.contains(&test.groups[row])).collect();
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
        let warning = convergence_warning(&self.convergence);
        warning.iter().chain(&self.remarks).try_for_each(|sentence| write!(f, "\n{sentence}"))
    }
}

show_as_text!(HoldOut);

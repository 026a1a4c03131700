use std::sync::{Arc, Mutex};

use ndarray::{ArrayView2, s};
use rand::seq::SliceRandom;

use super::constraint::Bounds;
use super::evaluation::{self, Score};
use super::optimizer::{Optimizer, OptimizerState};
use super::recorded_batch::{RecordedBatch, Recorder};
use super::witnesses::{Witnessed, Witnesses};
use super::{Experiment, Outcome, Snapshot, Trajectory};
use crate::data::{Augmenter, Examples, Phase};
use crate::error::Result;
use crate::network::{
    BackwardPass, Batch, Feedback, Inputs, Layout, Matrix, Network, Scratch, Updates,
};
use crate::random::{self, Rng};
use crate::rules::{Family, Learner, Rule};

/// Carries an experiment out. The first snapshot is taken before learning; a run whose loss or
/// weights stop being finite ends early with [`Outcome::Diverged`], and keeps what was seen before.
///
/// # Errors
/// [`Setting`](crate::Error::Setting) if a setting of the experiment is meaningless.
pub fn train(experiment: &Experiment) -> Result<Trajectory> {
    train_seen(experiment, Keep::All, &mut |_| ())
}

/// Which networks a trajectory keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// That of every checkpoint.
    All,
    /// The last one; of the others the scores and what else is known of them.
    Last,
}

/// [`train`], and shows each snapshot as it is taken, before its network is forgotten. What is known
/// only at the next proposal (the angle to the gradient, the energy) is not there yet.
pub(crate) fn train_seen<'a>(
    experiment: &'a Experiment,
    keep: Keep,
    see: &'a mut dyn FnMut(&Snapshot),
) -> Result<Trajectory> {
    experiment.check()?;
    let steps = experiment.checkpoints.steps(experiment.steps())?;
    let mut run = Run { keep, see: Some(see), ..Run::new(experiment) };
    let outcome = run.through(&steps);
    let test = run.score(experiment.task.test(), usize::MAX);
    let calibration =
        evaluation::calibration(&run.network, run.learner.as_ref(), experiment.task.test());
    Ok(Trajectory {
        experiment: experiment.clone(),
        snapshots: run.snapshots,
        outcome,
        test,
        calibration,
        learner: Arc::new(Mutex::new(run.learner)),
        settled: 1.0 - run.unsettled as f64 / run.proposals.max(1) as f64,
    })
}

/// Carries an experiment out once more, before witnesses: the networks at its checkpoints, and what
/// the learners of other rules had become by then.
pub(crate) fn train_before(experiment: &Experiment, rules: &[Rule]) -> Result<Witnessed> {
    experiment.check()?;
    // What networks are scored on does not change them.
    let experiment = &Experiment { evaluation_examples: 1, ..experiment.clone() };
    let steps = experiment.checkpoints.steps(experiment.steps())?;
    let mut run = Run::new(experiment);
    run.witnesses = Witnesses::new(rules, &run.network, experiment.seeds.model);
    run.through(&steps);
    let networks = run.snapshots.into_iter().map(|snapshot| snapshot.network).collect();
    Ok(Witnessed { networks, learners: run.witnesses.into_kept() })
}

/// Carries an experiment out as far as the recorder wants, and returns what it wrote down.
pub(super) fn train_recorded(experiment: &Experiment, recorder: Recorder) -> Vec<RecordedBatch> {
    let experiment = &Experiment { evaluation_examples: 1, ..experiment.clone() };
    let end = recorder.last() + 1;
    let mut run = Run { recorder: Some(recorder), keep: Keep::Last, ..Run::new(experiment) };
    // A network that diverged leaves what was written down before.
    let _ = run.advance(end);
    run.recorder.map_or_else(Vec::new, Recorder::into_batches)
}

/// One network in training.
struct Run<'a> {
    experiment: &'a Experiment,
    network: Network,
    initial: Network,
    learner: Box<dyn Learner>,
    witnesses: Witnesses,
    recorder: Option<Recorder>,
    descent: OptimizerState,
    batches: Batches<'a>,
    rng: Rng,
    updates: Updates,
    step: usize,
    proposals: usize,
    unsettled: usize,
    snapshots: Vec<Snapshot>,
    keep: Keep,
    see: Option<&'a mut dyn FnMut(&Snapshot)>,
}

impl<'a> Run<'a> {
    fn new(experiment: &'a Experiment) -> Self {
        let seeds = experiment.seeds;
        // What never learns does not decay either.
        let about = experiment.rule.about();
        let never_learns = about.family == Family::Control && !about.learns;
        let optimizer = if never_learns { Optimizer::sgd() } else { experiment.optimizer };
        let mut network = experiment
            .architecture
            .build(&experiment.task, &mut random::stream(seeds.model, "init"))
            .laid_out(Layout::for_examples(experiment.task.train()));
        Bounds::new(&experiment.optimizer, &network).begin(&mut network);
        let learner = experiment.rule.start(&network, &mut random::stream(seeds.model, "feedback"));
        Self {
            experiment,
            descent: OptimizerState::new(
                optimizer,
                experiment.effective_learning_rate(),
                &network,
                random::stream(seeds.model, "update noise"),
            )
            .with_epoch(experiment.task.train().batches(experiment.batch_size)),
            batches: Batches::new(experiment),
            rng: random::stream(seeds.model, "rule"),
            updates: Updates::new(&network),
            initial: network.clone(),
            network,
            learner,
            witnesses: Witnesses::default(),
            recorder: None,
            step: 0,
            proposals: 0,
            unsettled: 0,
            snapshots: Vec::new(),
            keep: Keep::All,
            see: None,
        }
    }

    /// Runs from checkpoint to checkpoint.
    fn through(&mut self, checkpoints: &[usize]) -> Outcome {
        let total = self.experiment.steps();
        let mut delta = None;
        for (index, &checkpoint) in checkpoints.iter().enumerate() {
            self.take(delta.take());
            let next = checkpoints.get(index + 1).copied().unwrap_or(total);
            if next == checkpoint {
                // What the rule proposes at the end is looked at and not applied.
                self.propose(Look::At);
                break;
            }
            match self.advance(next) {
                Ok(last) => delta = Some(last),
                Err(outcome) => return outcome,
            }
        }
        Outcome::Finished
    }

    /// Trains until `end` updates have been made; returns the last change.
    fn advance(&mut self, end: usize) -> std::result::Result<Updates, Outcome> {
        let mut look = Look::At;
        loop {
            let loss = self.propose(look);
            look = Look::Away;
            if !loss.is_finite() {
                return Err(Outcome::Diverged { step: self.step });
            }
            let before = (self.step + 1 == end).then(|| self.network.clone());
            if self.learner.resets_optimizer() {
                self.descent.restart();
            }
            self.descent.descend(&mut self.network, &mut self.updates);
            self.learner.after_update(&self.network, &self.updates);
            self.witnesses.after_update(&self.network, &self.updates);
            if let Some(recorder) = &mut self.recorder {
                recorder.after(self.step, &self.updates);
            }
            self.step += 1;
            if let Some(before) = before {
                return self.last_change(&before);
            }
        }
    }

    /// The whole of the last change, decay included, if the weights are still finite.
    fn last_change(&self, before: &Network) -> std::result::Result<Updates, Outcome> {
        if !self.network.is_finite() {
            return Err(Outcome::Diverged { step: self.step });
        }
        let mut change = self.updates.clone();
        change.decay = 0.0;
        let layers = self.network.layers().iter().zip(before.layers());
        for ((now, then), change) in layers.zip(change.layers_mut()) {
            change.weights.assign(&(&now.weights - &then.weights));
        }
        Ok(change)
    }

    /// Lets the rule look at the next batch; returns the loss.
    fn propose(&mut self, look: Look) -> f64 {
        self.updates.clear();
        let batch = self.batches.next();
        if let Some(recorder) = &mut self.recorder {
            recorder.before(self.step, &self.network, &batch);
        }
        let step = self.learner.propose(&self.network, &batch, &mut self.updates, &mut self.rng);
        self.witnesses.propose(&self.network, &batch);
        self.proposals += 1;
        self.unsettled += usize::from(!step.settled);
        if look == Look::At {
            let angles = gradient_angles(&self.network, &batch, &self.updates);
            let energy = self.learner.energy(&self.network);
            if let Some(snapshot) = self.snapshots.last_mut() {
                (snapshot.gradient_angle, snapshot.energy) = (angles, energy);
            }
        }
        step.loss
    }

    /// Takes a snapshot, shows it, and forgets the network of the one before if it is not to be
    /// kept.
    fn take(&mut self, delta: Option<Updates>) {
        let snapshot = self.snapshot(delta);
        if let Some(see) = &mut self.see {
            see(&snapshot);
        }
        if let (Keep::Last, Some(before)) = (self.keep, self.snapshots.last_mut()) {
            before.forget_network();
        }
        self.snapshots.push(snapshot);
    }

    fn snapshot(&mut self, delta: Option<Updates>) -> Snapshot {
        self.witnesses.keep();
        let task = &self.experiment.task;
        let limit = self.experiment.evaluation_examples;
        let of_feedback = |measure: fn(&Matrix, &Matrix) -> f64| {
            self.learner.feedback().map(|kernels| beside_forward(&self.network, kernels, measure))
        };
        Snapshot {
            step: self.step,
            network: self.network.laid_out(Layout::RowMajor),
            delta: delta.map(|delta| delta.laid_out(Layout::RowMajor)),
            train: self.score(task.train(), limit),
            validation: task.validation().map(|examples| self.score(examples, limit)),
            test: self.score(task.test(), limit),
            groups: task.groups().iter().map(|group| self.score(&group.test, limit)).collect(),
            validation_groups: task
                .groups()
                .iter()
                .filter_map(|group| Some(self.score(group.validation.as_ref()?, limit)))
                .collect(),
            weight_change: weight_changes(&self.initial, &self.network),
            gradient_angle: vec![f64::NAN; self.network.depth()],
            energy: None,
            feedback_angle: of_feedback(feedback_angle),
            feedback_ratio: of_feedback(feedback_ratio),
        }
    }

    fn score(&self, examples: &Examples, limit: usize) -> Score {
        evaluation::score(&self.network, self.learner.as_ref(), examples, limit)
    }
}

/// Whether a proposal is compared with the true gradient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    At,
    Away,
}

/// The training examples in random order, one batch after the other, one epoch after the other, one
/// phase after the other.
struct Batches<'a> {
    examples: &'a Examples,
    phases: &'a [Phase],
    /// The phase, and how many of its epochs are left; without phases it cycles forever.
    phase: usize,
    passes: usize,
    epochs: usize,
    size: usize,
    rng: Rng,
    order: Vec<u32>,
    position: usize,
    chosen: Vec<u32>,
    scratch: Scratch,
    targets: Matrix,
    augmented: Option<Augmented<'a>>,
}

/// What changes examples each time that they are shown, and where it puts them.
struct Augmented<'a> {
    augmenter: &'a Augmenter,
    rng: Rng,
    inputs: Matrix,
}

impl Augmented<'_> {
    fn show(&mut self, examples: &Examples, chosen: &[u32]) -> Inputs<'_> {
        for (into, &index) in self.inputs.rows_mut().into_iter().zip(chosen) {
            self.augmenter.show(examples.inputs.row(index as usize), into, &mut self.rng);
        }
        self.inputs.slice(s![..chosen.len(), ..]).into()
    }
}

impl<'a> Batches<'a> {
    fn new(experiment: &'a Experiment) -> Self {
        let (task, size) = (&experiment.task, experiment.batch_size);
        let examples = task.train();
        let rows = size.max(examples.group_size()).min(examples.len());
        let first = task.phases().first().map_or(0..examples.len(), |one| one.examples.clone());
        // Of what belongs together the first.
        let order: Vec<u32> =
            (first.start as u32..first.end as u32).step_by(examples.group_size()).collect();
        Self {
            examples,
            phases: task.phases(),
            phase: 0,
            passes: experiment.epochs,
            epochs: experiment.epochs,
            size,
            rng: random::stream(experiment.seeds.data, "batches"),
            position: order.len(),
            order,
            chosen: Vec::with_capacity(rows),
            scratch: Scratch::default(),
            targets: Matrix::zeros((rows, examples.targets.ncols())),
            augmented: task.augmentation().map(|augmenter| Augmented {
                augmenter,
                rng: random::stream(experiment.seeds.data, "augmentation"),
                inputs: Matrix::zeros((rows, examples.inputs.ncols())),
            }),
        }
    }

    fn next(&mut self) -> Batch<'_> {
        if self.position == self.order.len() {
            self.begin_pass();
        }
        let together = self.examples.group_size();
        let end = (self.position + (self.size / together).max(1)).min(self.order.len());
        self.chosen.clear();
        for &first in &self.order[self.position..end] {
            self.chosen.extend(first..first + together as u32);
        }
        let chosen = &self.chosen[..];
        for (row, &index) in chosen.iter().enumerate() {
            self.targets.row_mut(row).assign(&self.examples.targets.row(index as usize));
        }
        self.position = end;
        let inputs = match &mut self.augmented {
            Some(augmented) => augmented.show(self.examples, chosen),
            None => Inputs::select(self.examples, chosen, &mut self.scratch),
        };
        Batch { inputs, targets: self.targets.slice(s![..chosen.len(), ..]) }
    }
}

impl Batches<'_> {
    /// Over the examples of the phase once more, or of the next one.
    fn begin_pass(&mut self) {
        if self.passes == 0
            && let Some(next) = self.phases.get(self.phase + 1)
        {
            self.order = (next.examples.start as u32..next.examples.end as u32).collect();
            (self.phase, self.passes) = (self.phase + 1, self.epochs);
        }
        self.passes = self.passes.saturating_sub(1);
        self.order.shuffle(&mut self.rng);
        self.position = 0;
    }
}

/// ‖W − W₀‖/‖W₀‖ of each layer.
fn weight_changes(initial: &Network, network: &Network) -> Vec<f64> {
    let pairs = network.layers().iter().zip(initial.layers());
    pairs
        .map(|(now, then)| {
            distance(now.weights.view(), then.weights.view()) / norm(then.weights.view())
        })
        .collect()
}

fn distance(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}

fn norm(a: ArrayView2<'_, f32>) -> f64 {
    a.iter().map(|&a| f64::from(a).powi(2)).sum::<f64>().sqrt()
}

fn gradient_angles(network: &Network, batch: &Batch<'_>, proposed: &Updates) -> Vec<f64> {
    let mut gradient = Updates::new(network);
    BackwardPass::new(network).propose(network, batch, Feedback::Symmetric, &mut gradient);
    let pairs = proposed.layers().iter().zip(gradient.layers());
    pairs.map(|(g, exact)| degrees(g.cosine(exact))).collect()
}

/// A measure of each layer's feedback weights beside its forward weights; the lowest layer's
/// feedback is not used.
fn beside_forward(
    network: &Network,
    kernels: &[Matrix],
    measure: fn(&Matrix, &Matrix) -> f64,
) -> Vec<f64> {
    let pairs = kernels.iter().zip(network.layers()).enumerate();
    let measured = pairs.map(|(index, (kernel, layer))| match index {
        0 => f64::NAN,
        _ => measure(kernel, &layer.weights),
    });
    measured.collect()
}

/// In degrees.
fn feedback_angle(kernel: &Matrix, weights: &Matrix) -> f64 {
    let dot: f64 = kernel.iter().zip(weights).map(|(&b, &w)| f64::from(b) * f64::from(w)).sum();
    degrees(dot / (norm(kernel.view()) * norm(weights.view())))
}

fn feedback_ratio(kernel: &Matrix, weights: &Matrix) -> f64 {
    norm(kernel.view()) / norm(weights.view())
}

fn degrees(cosine: f64) -> f64 {
    // Rounding may leave the cosine of equal directions just above 1; NaN stays NaN.
    cosine.clamp(-1.0, 1.0).acos().to_degrees()
}

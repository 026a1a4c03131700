//! A rule at one network: what it proposes for some batches, beside the gradient.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use ndarray::Axis;
use rayon::prelude::*;

use super::GradientQuality;
use super::draws::{Beside, Blocks, Margins, Running, cosine, dot, over, squared_distance};
use crate::data::Examples;
use crate::network::{BackwardPass, Batch, Feedback, Inputs, Layout, Network, Scratch, Updates};
use crate::random;
use crate::rules::{Learner, Rule};
use crate::training::Copied;

/// What every proposal begins from.
pub(super) struct Start<'a> {
    /// Where a rule is started that has seen nothing.
    pub(super) network: &'a Network,
    /// Decides what it then draws, such as feedback weights.
    pub(super) seed: u64,
    /// A learner with what it has learned so far, which is copied instead.
    pub(super) seen: Copied,
}

/// One row of the table.
pub(super) struct Row {
    pub(super) layer: String,
    pub(super) cosine: Option<f64>,
    pub(super) cosine_of_one: Option<f64>,
    pub(super) norm_ratio: Option<f64>,
    /// Relative to the gradient's, as all that follow.
    pub(super) squared_bias: Option<f64>,
    pub(super) variance: Option<f64>,
    /// Of the two before.
    pub(super) margins: Option<Margins>,
    pub(super) variance_over_batches: Option<f64>,
    pub(super) gradient_variance_over_batches: Option<f64>,
    pub(super) signal_to_noise: Option<f64>,
    pub(super) signal_to_noise_cosine: Option<f64>,
}

/// A rule at one network, and the examples it is shown.
pub(super) struct Bench<'a> {
    protocol: GradientQuality,
    rule: &'a Rule,
    examples: &'a Examples,
    network: Network,
    /// What the rule is started at.
    first: Network,
    feedback_seed: u64,
    seen: Option<Mutex<Box<dyn Learner>>>,
    parts: Vec<(String, Range<usize>)>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        protocol: GradientQuality,
        rule: &'a Rule,
        examples: &'a Examples,
        network: &Network,
        start: Start<'_>,
    ) -> Self {
        // As in training.
        let layout = Layout::for_examples(examples);
        Self {
            protocol,
            rule,
            examples,
            network: network.laid_out(layout),
            first: start.network.laid_out(layout),
            feedback_seed: start.seed,
            seen: start.seen.map(Mutex::new),
            parts: parts(network),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let fixed = self.batch(0);
        let gradient = self.gradient(&fixed);
        let (draws, blocks) = self.draws(&fixed, &gradient);
        let batches = self.over_batches(|chosen, stream| self.proposal(chosen, stream));
        let gradients = self.over_batches(|chosen, _| self.gradient(chosen));
        let singles = self.singles(&fixed, &gradient);
        let row = |(index, (layer, part)): (usize, &(String, Range<usize>))| {
            let exact = &gradient[part.clone()];
            let power = dot(exact, exact);
            let mean = &draws.running.mean[part.clone()];
            let variance = draws.variance(part);
            let squared_bias = variance.map(|variance| {
                squared_distance(mean, exact) - variance / draws.running.count as f64
            });
            let margins = squared_bias.and_then(|squared_bias| match &blocks {
                None => Some(Margins::exact(squared_bias)),
                Some(blocks) => blocks.margins(part, exact, squared_bias),
            });
            Row {
                layer: layer.clone(),
                cosine: cosine(mean, exact),
                cosine_of_one: draws.cosines[index].value(),
                norm_ratio: over(draws.norms[index].value(), power.sqrt()),
                squared_bias: over(squared_bias, power),
                variance: over(variance, power),
                margins: margins.and_then(|margins| margins.over(power)),
                variance_over_batches: over(batches.variance(part), power),
                gradient_variance_over_batches: over(gradients.variance(part), power),
                signal_to_noise: singles.as_ref().and_then(|all| all.running.signal_to_noise(part)),
                signal_to_noise_cosine: singles.as_ref().and_then(|all| all.cosines[index].value()),
            }
        };
        self.parts.iter().enumerate().map(row).collect()
    }

    /// Proposals for one batch over the rule's own randomness; no blocks of a rule that has none.
    fn draws(&self, batch: &[u32], gradient: &[f64]) -> (Beside<'_>, Option<Blocks>) {
        let draw = |index: usize| self.proposal(batch, &format!("rule {index}"));
        let mut draws = Beside::new(gradient, &self.parts);
        draws.is_exact = draw(0) == draw(1);
        let count = if draws.is_exact { 1 } else { self.protocol.draws };
        let mut blocks = Blocks::for_draws(count);
        in_order(count, draw, |proposal| {
            blocks.add(draws.running.count, &proposal);
            draws.add(proposal);
        });
        let is_exact = draws.is_exact;
        (draws, (!is_exact).then_some(blocks))
    }

    /// What `of` makes of each batch and a name for a stream of its own.
    fn over_batches(&self, of: impl Fn(&[u32], &str) -> Vec<f64> + Sync) -> Running {
        let mut running = Running::default();
        let make = |index: usize| of(&self.batch(index), &format!("rule over batches {index}"));
        in_order(self.protocol.batches, make, |one| running.add(&one));
        running
    }

    /// Proposals for each example by itself; none where examples are judged together.
    fn singles(&self, batch: &[u32], gradient: &[f64]) -> Option<Beside<'_>> {
        if self.examples.group_size() > 1 {
            return None;
        }
        let mut singles = Beside::new(gradient, &self.parts);
        let one = |index: usize| {
            self.proposal(&batch[index..=index], &format!("rule over examples {index}"))
        };
        in_order(batch.len(), one, |proposal| singles.add(proposal));
        Some(singles)
    }

    /// The examples of a batch; the first is the fixed one.
    fn batch(&self, index: usize) -> Vec<u32> {
        let together = self.examples.group_size();
        let mut rng = random::stream(self.protocol.seed, &format!("gradient quality {index}"));
        let groups = self.examples.len() / together;
        let chosen = rand::seq::index::sample(&mut rng, groups, self.protocol.examples / together);
        let members = |group: usize| (group * together) as u32..((group + 1) * together) as u32;
        chosen.into_iter().flat_map(members).collect()
    }

    /// G of the rule, always from the same state, which draws from the stream of this name.
    fn proposal(&self, chosen: &[u32], stream: &str) -> Vec<f64> {
        let mut learner = self.learner();
        let rng = &mut random::stream(self.protocol.seed, stream);
        self.show(chosen, |batch, updates| {
            learner.propose(&self.network, batch, updates, rng);
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        // Copying changes nothing, so that one that panicked left no harm.
        let seen =
            self.seen.as_ref().map(|seen| seen.lock().unwrap_or_else(PoisonError::into_inner));
        seen.and_then(|seen| seen.copied()).unwrap_or_else(|| {
            let feedback = &mut random::stream(self.feedback_seed, "feedback");
            self.rule.start(&self.first, feedback)
        })
    }

    fn gradient(&self, chosen: &[u32]) -> Vec<f64> {
        self.show(chosen, |batch, updates| {
            let mut path = BackwardPass::new(&self.network);
            path.propose(&self.network, batch, Feedback::Symmetric, updates);
        })
    }

    /// What is written for these examples, as one list of numbers.
    fn show(&self, chosen: &[u32], write: impl FnOnce(&Batch<'_>, &mut Updates)) -> Vec<f64> {
        let mut scratch = Scratch::default();
        let rows: Vec<usize> = chosen.iter().map(|&index| index as usize).collect();
        let targets = self.examples.targets.select(Axis(0), &rows);
        let inputs = Inputs::select(self.examples, chosen, &mut scratch);
        let mut updates = Updates::new(&self.network);
        write(&Batch { inputs, targets: targets.view() }, &mut updates);
        let mut all = Vec::with_capacity(self.network.parameters());
        updates.for_each_slice(|some| all.extend(some.iter().map(|&one| f64::from(one))));
        all
    }
}

/// Where each layer's numbers are in the list of all, in the order of [`Updates::for_each_slice`],
/// and all.
fn parts(network: &Network) -> Vec<(String, Range<usize>)> {
    let mut end = 0;
    let layers = network.layers().iter().enumerate().map(|(index, layer)| {
        let begin = end;
        end += layer.parameters();
        ((index + 1).to_string(), begin..end)
    });
    let mut parts: Vec<_> = layers.collect();
    parts.push(("all".into(), 0..end));
    parts
}

/// Proposals that are in memory at one time.
const AT_ONCE: usize = 16;

/// Makes many things on all processors and takes them one by one in their order, so that sums do
/// not depend on the number of threads.
fn in_order(count: usize, make: impl Fn(usize) -> Vec<f64> + Sync, mut take: impl FnMut(Vec<f64>)) {
    for first in (0..count).step_by(AT_ONCE) {
        let some = first..count.min(first + AT_ONCE);
        let made: Vec<Vec<f64>> = some.into_par_iter().map(&make).collect();
        made.into_iter().for_each(&mut take);
    }
}

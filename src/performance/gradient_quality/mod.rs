//! How good the changes are that a rule proposes, beside the exact gradient.

mod bench;
mod draws;

use std::collections::BTreeSet;

use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame};

use self::bench::{Bench, Row, Start};
use self::draws::at_least_0;
use crate::data::{Objective, Task};
use crate::error::{self, Error, Result};
use crate::network::{Layout, Network};
use crate::rules::Rule;
use crate::training::{Trajectory, Witnessed, train_before};

/// How a rule's proposals are compared with the exact gradient of the same loss on the same
/// examples: a protocol.
///
/// All it measures is privileged: no experimenter has the gradient, so that the tables are for
/// looking at, not for identification.
///
/// Of a rule's proposal G and the gradient ∇, with weights and biases alike counted as parameters,
/// the table has one row for each layer (`layer` is `1`, `2`, …, lowest first) and one for all
/// layers together (`all`), and the columns
///
/// - `rule`, `layer`
/// - `cosine`: of ⟨G⟩ with ∇, ⟨⟩ the mean over `draws` draws of the rule's own randomness at one
///   fixed batch
/// - `cosine_of_one`: of G with ∇, the mean over these draws
/// - `norm_ratio`: ‖G‖/‖∇‖, the mean over these draws
/// - `squared_bias`: ‖E G − ∇‖²/‖∇‖² at the fixed batch, estimated without bias. The mean over K
///   draws is off by tr Cov/K even where there is no bias, which is subtracted: (‖⟨G⟩ − ∇‖² − tr
///   Cov/K)/‖∇‖². It is negative about as often as positive where the truth is 0; take means over
///   networks of this one
/// - `bias`, `bias_low`, `bias_high`: ‖E G − ∇‖/‖∇‖, the root of `squared_bias`, and of the ends of
///   its 95 % interval over the draws, each 0 where that is negative. A `bias_low` of 0 says that
///   the draws do not show a bias, and `bias_high` how large one they could have missed. The half
///   width in `squared_bias` is about 2.8 · variance/K for a rule without bias whose draws scatter
///   in one direction, and about 2.8 · variance/(K√N) where they scatter alike in N
/// - `variance`, `variance_low`, `variance_high`: tr Cov/‖∇‖², Cov the covariance of G over these
///   draws, and its 95 % interval over them
/// - `variance_over_batches`: the same over `batches` batches, each with a draw of its own, ‖∇‖²
///   that of the fixed batch
/// - `gradient_variance_over_batches`: the same of the exact gradient
/// - `signal_to_noise`: of the proposals for each example of the fixed batch by itself, with one
///   draw each, the mean over parameters of |mean|/(sd + 1e-7), after the Neuromatch Academy's
///   tutorial W2D3 (sd is numpy's, of the examples and not of what they were drawn from)
/// - `signal_to_noise_cosine`: of these proposals with the gradient of the fixed batch, the mean
///   over examples
///
/// Variances are those of samples (n − 1). Means of cosines are over the proposals that have a
/// direction. Null is what does not exist: the cosine of a rule that proposes zero, a variance of
/// one, what is divided by a gradient of zero, and single examples of a contrast, which is between
/// pairs.
///
/// Intervals are Student's, from up to 20 blocks of draws, and null for fewer than 6 draws; a rule
/// that draws nothing is known exactly. They hold for these draws at this network and batch, and
/// say nothing of other networks. The cosine of a mean grows with the number of draws it is over.
///
/// # What a rule's own randomness is
/// Every proposal is made from the same state of the rule, which is given another stream of random
/// numbers to draw from. If two draws propose the same, the rule has no randomness, more draws are
/// not made, and the variance is exactly 0. So feedback weights are no part of the randomness.
/// [`of`](Self::of) has a network alone, which does not tell what had become of feedback weights
/// that learn: there they are as the rule starts. [`along`](Self::along) and
/// [`of_rules_along`](Self::of_rules_along) have them as they had become by then. What a rule would
/// shrink weights by, besides its proposal, is left out.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let network = Architecture::hidden(&[10]).build(&task, &mut microlearners::random::stream(0, "init"));
/// let protocol = GradientQuality { examples: 20, draws: 50, ..GradientQuality::default() };
/// let estimate = protocol.of(&NodePerturbation::default().shared(), &network, &task)?;
/// let feedback = protocol.of(&FeedbackAlignment::default().shared(), &network, &task)?;
/// assert_eq!(feedback.column("variance")?.f64()?.max(), Some(0.0));
/// assert!(estimate.column("variance")?.f64()?.min() > Some(1.0));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GradientQuality {
    /// Examples of a batch, at least 1, at least 4 of a contrast; default 128. Of pairs an odd one
    /// is left out.
    pub examples: usize,
    /// Draws of the rule's own randomness at the fixed batch, at least 1; default 100. The interval
    /// of `squared_bias` narrows as 1/draws for a rule without bias, as 1/√draws for one with.
    pub draws: usize,
    /// Batches, each drawn from all training examples, at least 1; default 20.
    pub batches: usize,
    /// Decides the batches, what the rule draws and, other than [along](Self::along) a trajectory,
    /// its feedback weights; default 0.
    pub seed: u64,
}

impl Default for GradientQuality {
    fn default() -> Self {
        Self { examples: 128, draws: 100, batches: 20, seed: 0 }
    }
}

crate::display::show_as_settings!(GradientQuality);

impl GradientQuality {
    /// The rule at this network on the task's training examples: a row per layer, and one for all.
    ///
    /// # Errors
    /// [`Error::Setting`] for no examples, draws or batches, a meaningless rule, an objective that
    /// the rule does not serve, or one that is not the network's; [`Error::Shape`] for a network of
    /// another width than the task's; [`Error::Samples`] if the task has fewer training examples
    /// than asked for.
    pub fn of(&self, rule: &Rule, network: &Network, task: &Task) -> Result<DataFrame> {
        self.table(rule, task, network, Start { network, seed: self.seed, seen: None })
    }

    /// The trajectory's own rule at each of its checkpoints, all with the same batches and draws:
    /// `step` (weight updates so far), then as [`of`](Self::of). Feedback weights, fixed or
    /// learned, are those that the network had at that checkpoint.
    ///
    /// # Errors
    /// As [`of_rules_along`](Self::of_rules_along).
    pub fn along(&self, trajectory: &Trajectory) -> Result<DataFrame> {
        self.of_rules_along(trajectory, std::slice::from_ref(&trajectory.experiment.rule))
    }

    /// Several rules on one path: each of them at every checkpoint of a trajectory that one rule
    /// (backprop, say) was trained for, all with the same batches and draws. One row per rule,
    /// checkpoint and layer: `step`, then as [`of`](Self::of). What differs between rules is then
    /// not where their own updates led them.
    ///
    /// Some rules learn more than the network: feedback weights (weight mirror, Kolen-Pollack, the
    /// alignment family), inverses (target propagation), or they change with time (combinations).
    /// The experiment is therefore trained once more, and every rule's learner goes with it from
    /// the network before learning: at each step it makes a proposal for the network and batch as
    /// they are, **which is not applied**, and it is told the change that the trajectory's rule did
    /// make. At a checkpoint it is what it has become by then. Feedback that follows the change of
    /// the weights, as Kolen-Pollack's, thus follows the path's change, with the path's weight
    /// decay and not its own. A rule of one's own is copied by
    /// [`Learner::copied`](crate::rules::Learner::copied); without that it is measured as it
    /// starts.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let path = train(&Experiment::new(&task).batch_size(50).checkpoints(Checkpoints::Count(2)))?;
    /// let rules = [Backprop.shared(), SignSymmetry::default().shared()];
    /// let meter = GradientQuality { examples: 20, draws: 10, batches: 2, seed: 0 };
    /// let table = meter.of_rules_along(&path, &rules)?;
    /// assert_eq!(table.height(), 2 * 2 * 3); // rules, checkpoints, two layers and all
    /// let cosine = table.column("cosine")?.f64()?;
    /// assert!(cosine.get(0) == Some(1.0) && cosine.get(6) < Some(1.0));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`of`](Self::of); [`Error::Setting`] if there is no rule or two of one name;
    /// [`Error::Samples`] if the experiment, trained once more, does not give the trajectory's
    /// networks, as those of [`Trajectory::of`].
    pub fn of_rules_along(&self, trajectory: &Trajectory, rules: &[Rule]) -> Result<DataFrame> {
        let (experiment, first) = (&trajectory.experiment, &trajectory.snapshots[0].network);
        check_names(rules)?;
        rules.iter().try_for_each(|rule| self.check(rule, first, &experiment.task))?;
        let Witnessed { networks, mut learners } = train_before(experiment, rules)?;
        check_same(trajectory, &networks)?;
        let mut tables = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            for (snapshot, learners) in trajectory.snapshots.iter().zip(&mut learners) {
                let seed = experiment.seeds.model;
                let start = Start { network: first, seed, seen: learners[index].take() };
                let mut table = self.table(rule, &experiment.task, &snapshot.network, start)?;
                let steps = vec![snapshot.step as u32; table.height()];
                table.insert_column(0, Column::new("step".into(), steps))?;
                tables.push(table);
            }
        }
        Ok(concat_df_diagonal(&tables)?)
    }

    fn table(
        &self,
        rule: &Rule,
        task: &Task,
        network: &Network,
        start: Start<'_>,
    ) -> Result<DataFrame> {
        self.check(rule, network, task)?;
        let rows = Bench::new(*self, rule, task.train(), network, start).rows();
        let column = |name: &str, of: fn(&Row) -> Option<f64>| {
            Column::new(name.into(), rows.iter().map(of).collect::<Vec<Option<f64>>>())
        };
        let layers: Vec<&str> = rows.iter().map(|row| row.layer.as_str()).collect();
        let columns = vec![
            Column::new("rule".into(), vec![rule.about().name; rows.len()]),
            Column::new("layer".into(), layers),
            column("cosine", |row| row.cosine),
            column("cosine_of_one", |row| row.cosine_of_one),
            column("norm_ratio", |row| row.norm_ratio),
            column("squared_bias", |row| row.squared_bias),
            column("bias", |row| Some(at_least_0(row.squared_bias?).sqrt())),
            column("bias_low", |row| Some(row.margins?.low.sqrt())),
            column("bias_high", |row| Some(row.margins?.high.sqrt())),
            column("variance", |row| row.variance),
            column("variance_low", |row| Some(at_least_0(row.variance? - row.margins?.variance))),
            column("variance_high", |row| Some(row.variance? + row.margins?.variance)),
            column("variance_over_batches", |row| row.variance_over_batches),
            column("gradient_variance_over_batches", |row| row.gradient_variance_over_batches),
            column("signal_to_noise", |row| row.signal_to_noise),
            column("signal_to_noise_cosine", |row| row.signal_to_noise_cosine),
        ];
        Ok(DataFrame::new(rows.len(), columns)?)
    }

    fn check(&self, rule: &Rule, network: &Network, task: &Task) -> Result<()> {
        error::check_count("examples", self.examples)?;
        error::check_count("draws", self.draws)?;
        error::check_count("batches", self.batches)?;
        rule.check()?;
        rule.supports(task.objective())?;
        check_fit(network, task)?;
        let (examples, has_pairs) = (task.train(), task.train().group_size() > 1);
        if has_pairs != (task.objective() == Objective::Contrastive) {
            let requirement = "the contrastive objective and examples in pairs go together: make the task by Task::contrastive";
            return Err(Error::setting("objective", task.objective(), requirement));
        }
        if has_pairs && self.examples < 4 {
            let requirement = "a contrast needs another pair beside one: it must be at least 4";
            return Err(Error::setting("examples", self.examples, requirement));
        }
        if examples.len() < self.examples {
            return Err(Error::Samples(format!(
                "a batch of {} examples was asked for, and the task has {} to train on; ask for fewer examples",
                self.examples,
                examples.len()
            )));
        }
        Ok(())
    }
}

fn check_fit(network: &Network, task: &Task) -> Result<()> {
    if network.objective() != task.objective() {
        let requirement =
            format!("the task's is {}; give one of them the other's", task.objective());
        return Err(Error::setting("the network's objective", network.objective(), requirement));
    }
    let ends = |network: &Network| {
        (network.layers()[0].inputs(), network.layers()[network.depth() - 1].outputs())
    };
    let (inputs, outputs) = ends(network);
    if (inputs, outputs) == (task.inputs(), task.outputs()) {
        return Ok(());
    }
    Err(Error::Shape(format!(
        "the network has {inputs} inputs and {outputs} outputs, but the task asks for {} and {}; build the network for this task",
        task.inputs(),
        task.outputs()
    )))
}

fn check_names(rules: &[Rule]) -> Result<()> {
    if rules.is_empty() {
        return Err(Error::setting("rules", "empty", "name at least one rule to be measured"));
    }
    let mut known = BTreeSet::new();
    match rules.iter().map(|rule| rule.about().name).find(|name| !known.insert(name.clone())) {
        None => Ok(()),
        Some(name) => {
            let requirement = "rows of two rules of one name could not be distinguished: give each rule once, or measure them one by one";
            Err(Error::setting("rules", format!("a list with {name} twice"), requirement))
        }
    }
}

/// Whether these are the networks of the trajectory.
fn check_same(trajectory: &Trajectory, networks: &[Network]) -> Result<()> {
    let snapshots = &trajectory.snapshots;
    let mut pairs = snapshots.iter().zip(networks);
    let other =
        pairs.find(|(snapshot, network)| snapshot.network.laid_out(Layout::RowMajor) != **network);
    let step = match other {
        Some((snapshot, _)) => snapshot.step,
        None if snapshots.len() == networks.len() => return Ok(()),
        None => snapshots[snapshots.len() - 1].step,
    };
    Err(Error::Samples(format!(
        "the trajectory's experiment, trained once more, gives other networks (at step {step}), so that what a rule learned along it is not known; \
         measure its networks one by one, by GradientQuality::of"
    )))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::data::{Dataset, TaskSettings, TeacherSettings};
    use crate::network::{Activation, Architecture, Layer};
    use crate::random;
    use crate::rules::{
        self, Backprop, FeedbackAlignment, Hebbian, KolenPollack, LearningRule, NoTraining,
        NodePerturbation, WeightPerturbation,
    };
    use crate::training::{Checkpoints, Experiment, train};

    fn task() -> Task {
        Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap()
    }

    /// 36-3-4 with biases, 127 parameters.
    fn network() -> Network {
        Architecture::hidden(&[3]).build(&task(), &mut random::stream(0, "init"))
    }

    fn few() -> GradientQuality {
        GradientQuality { examples: 10, draws: 5, batches: 4, seed: 0 }
    }

    fn of(rule: impl LearningRule + 'static, draws: usize) -> DataFrame {
        GradientQuality { draws, ..few() }.of(&rule.shared(), &network(), &task()).unwrap()
    }

    fn values(table: &DataFrame, column: &str) -> Vec<Option<f64>> {
        table.column(column).unwrap().f64().unwrap().iter().collect()
    }

    fn value(table: &DataFrame, column: &str, row: usize) -> f64 {
        values(table, column)[row].unwrap()
    }

    const ALL: usize = 2;

    #[test]
    fn backprop_is_the_gradient() {
        let table = of(Backprop, 5);
        let layers = table.column("layer").unwrap().str().unwrap();
        assert!(layers.iter().eq([Some("1"), Some("2"), Some("all")]));
        for (column, expected) in [
            ("cosine", 1.0),
            ("cosine_of_one", 1.0),
            ("norm_ratio", 1.0),
            ("squared_bias", 0.0),
            ("bias", 0.0),
            ("bias_low", 0.0),
            ("bias_high", 0.0),
            ("variance", 0.0),
            ("variance_high", 0.0),
        ] {
            assert_eq!(values(&table, column), [Some(expected); 3], "{column}");
        }
        assert_eq!(
            values(&table, "variance_over_batches"),
            values(&table, "gradient_variance_over_batches")
        );
        assert!(value(&table, "variance_over_batches", ALL) > 0.0);
    }

    #[test]
    fn weight_perturbation_has_no_bias_and_the_variance_of_theory() {
        let table = of(WeightPerturbation::default(), 2000);
        let count = network().parameters() as f64;
        let variance = value(&table, "variance", ALL);
        assert!((variance / (count + 1.0) - 1.0).abs() < 0.25, "{variance} of {count}");
        // With a variance of 128 the mean of 2000 is off by a quarter of the gradient; what of that
        // is not subtracted is its scatter.
        assert!(value(&table, "bias", ALL) < 0.2, "{table}");
        assert!(value(&table, "cosine", ALL) > 0.95, "{table}");
        // Of a variance of 128 in as many directions the mean of 2000 draws leaves 2.8 ·
        // 128/2000/√128 in the square.
        assert_eq!(values(&table, "bias_low"), [Some(0.0); 3], "{table}");
        let missed = value(&table, "bias_high", ALL);
        assert!(missed > 0.03 && missed < 0.3, "{table}");
        let (low, high) = (value(&table, "variance_low", ALL), value(&table, "variance_high", ALL));
        assert!(low < count + 1.0 && count + 1.0 < high && high - low < count / 2.0, "{table}");
        // ⟨(∇·ξ)/‖∇‖‖ξ‖⟩ of either sign.
        assert!(value(&table, "cosine_of_one", ALL) < 0.2, "{table}");
    }

    /// With 50 draws, as few as would leave a bias of 0.8 in the plain mean.
    #[test]
    fn the_interval_of_weight_perturbations_bias_holds_zero_in_nineteen_of_twenty_networks() {
        let (rule, task) = (WeightPerturbation::default().shared(), task());
        let mut squares = Vec::new();
        let mut holds = 0;
        for seed in 0..60 {
            let network =
                Architecture::hidden(&[3]).build(&task, &mut random::stream(seed, "init"));
            let table = GradientQuality { draws: 50, batches: 1, seed, ..few() };
            let table = table.of(&rule, &network, &task).unwrap();
            squares.push(value(&table, "squared_bias", ALL));
            holds += u32::from(value(&table, "bias_low", ALL) == 0.0);
        }
        // From one side 97.5 %: fewer than 54 of 60 come once in 2000 times.
        assert!(holds >= 54, "{holds}");
        let mean = squares.iter().sum::<f64>() / 60.0;
        let sd = squares.iter().map(|square| (square - mean).powi(2)).sum::<f64>() / 59.0;
        assert!(mean.abs() < 3.5 * (sd / 60.0).sqrt(), "{mean} {squares:?}");
        assert!(squares.iter().any(|square| *square < 0.0));
    }

    #[test]
    fn node_perturbation_varies_less_than_weight_perturbation() {
        // One layer and one example: n + 1 for n units beside N + 1 for N synapses. (Of more
        // layers, one with long inputs and small errors takes up the noise of the others.)
        let network = Architecture::hidden(&[]).build(&task(), &mut random::stream(0, "init"));
        let protocol = GradientQuality { examples: 1, draws: 2000, ..few() };
        let variance =
            |rule: Rule| value(&protocol.of(&rule, &network, &task()).unwrap(), "variance", 1);
        let node = variance(NodePerturbation::default().shared());
        let weight = variance(WeightPerturbation::default().shared());
        assert!((node / 5.0 - 1.0).abs() < 0.25, "{node}");
        assert!((weight / 149.0 - 1.0).abs() < 0.25, "{weight}");
    }

    #[test]
    fn noise_after_the_nonlinearity_biases_node_perturbation() {
        let bias = |rule: NodePerturbation| value(&of(rule, 2000), "bias", 0);
        let (node, post) =
            (bias(NodePerturbation::default()), bias(NodePerturbation::post_activation()));
        // The slope of a sigmoid is at most a quarter, so that without it the lower layer's
        // proposals are about four times too long.
        assert!(node < 0.5 && post > 2.0, "{node} {post}");
        let low = |rule: NodePerturbation| value(&of(rule, 2000), "bias_low", 0);
        assert_eq!(low(NodePerturbation::default()), 0.0);
        assert!(low(NodePerturbation::post_activation()) > 1.0);
    }

    #[test]
    fn feedback_alignment_is_biased_and_does_not_vary() {
        let table = of(FeedbackAlignment::default(), 5);
        assert!(value(&table, "bias", 0) > 0.1, "{table}");
        assert_eq!(value(&table, "bias", 1), 0.0);
        assert_eq!(values(&table, "variance"), [Some(0.0); 3]);
    }

    #[test]
    fn what_proposes_nothing_has_no_direction() {
        let table = of(NoTraining, 5);
        for column in ["cosine", "cosine_of_one", "signal_to_noise_cosine"] {
            assert_eq!(values(&table, column), [None; 3], "{column}");
        }
        assert_eq!(values(&table, "bias"), [Some(1.0); 3]);
        assert_eq!(values(&table, "norm_ratio"), [Some(0.0); 3]);
    }

    #[test]
    fn signal_to_noise_by_hand() {
        let task = Task::teacher_student(&TeacherSettings {
            inputs: 1,
            outputs: 1,
            train_examples: 20,
            ..TeacherSettings::default()
        })
        .unwrap();
        let only = Layer::dense(array![[0.5]], Activation::Identity);
        let network = Network::new(vec![only], Objective::LinearSquaredError);
        let table = GradientQuality { examples: 20, ..few() };
        let table = table.of(&Backprop.shared(), &network, &task).unwrap();
        // The slope of ½ (w x − y)².
        let examples = task.train().inputs.iter().zip(&task.train().targets);
        let slopes: Vec<f64> = examples.map(|(&x, &y)| f64::from((0.5 * x - y) * x)).collect();
        let mean = slopes.iter().sum::<f64>() / 20.0;
        let sd = (slopes.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / 20.0).sqrt();
        let found = value(&table, "signal_to_noise", 0);
        assert!((found - mean.abs() / (sd + 1e-7)).abs() < 1e-5, "{found} {mean} {sd}");
        let agree = slopes.iter().map(|g| g.signum() * mean.signum()).sum::<f64>() / 20.0;
        assert!((value(&table, "signal_to_noise_cosine", 1) - agree).abs() < 1e-12);
        // All batches are all examples.
        assert!(value(&table, "gradient_variance_over_batches", 1) < 1e-10);
    }

    #[test]
    fn every_rule_is_measured_and_threads_do_not_matter() {
        let (task, network) = (task(), network());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        for rule in rules::all().into_iter().chain(rules::variants()) {
            let table = few().of(&rule, &network, &task).unwrap();
            let alone = pool.install(|| few().of(&rule, &network, &task)).unwrap();
            assert!(table.equals_missing(&alone), "{table} {alone}");
            let numbers = &table.columns()[2..];
            let is_number = |one: Option<f64>| one.is_none_or(f64::is_finite);
            assert!(numbers.iter().all(|c| c.f64().unwrap().iter().all(is_number)), "{table}");
        }
    }

    #[test]
    fn a_trajectory_has_its_own_feedback() {
        let experiment = Experiment::new(&task())
            .rule(FeedbackAlignment::default())
            .architecture(Architecture::hidden(&[3]))
            .checkpoints(Checkpoints::Count(2))
            .seed(3);
        let trajectory = train(&experiment).unwrap();
        let protocol = GradientQuality { seed: 3, ..few() };
        let table = protocol.along(&trajectory).unwrap();
        assert_eq!((table.height(), table.get_column_names()[0].as_str()), (6, "step"));
        let first = &trajectory.snapshots[0].network;
        let before = protocol.of(&experiment.rule, first, &experiment.task).unwrap();
        assert!(table.head(Some(3)).drop("step").unwrap().equals_missing(&before), "{table}");
        let elsewhere = GradientQuality { seed: 4, ..few() };
        let other = elsewhere.of(&experiment.rule, first, &experiment.task).unwrap();
        assert!(!other.equals_missing(&before));
    }

    fn path(rule: impl LearningRule + 'static) -> Trajectory {
        let experiment = Experiment::new(&task())
            .rule(rule)
            .architecture(Architecture::hidden(&[3]))
            .batch_size(50)
            .epochs(1)
            .checkpoints(Checkpoints::Count(3));
        train(&experiment).unwrap()
    }

    #[test]
    fn backprop_is_the_gradient_along_every_path_and_measured_beside_others() {
        let rules = [Backprop.shared(), FeedbackAlignment::default().shared()];
        for path in [path(Backprop), path(FeedbackAlignment::default()), path(Hebbian::default())] {
            let table = few().of_rules_along(&path, &rules).unwrap();
            assert_eq!(table.height(), 2 * 3 * 3);
            let (own, other) = (table.head(Some(9)), table.tail(Some(9)));
            assert_eq!(values(&own, "cosine"), [Some(1.0); 9], "{own}");
            assert_eq!(values(&own, "bias"), [Some(0.0); 9], "{own}");
            assert_eq!(
                other.column("rule").unwrap().str().unwrap().get(0),
                Some("feedback_alignment")
            );
            // Rules do not disturb one another.
            let alone = few().of_rules_along(&path, &rules[1..]).unwrap();
            assert!(alone.equals_missing(&other), "{alone} {other}");
        }
    }

    #[test]
    fn learned_feedback_is_measured_as_it_had_become() {
        let rule = KolenPollack { decay: 0.1, ..KolenPollack::default() };
        let experiment = Experiment { epochs: 10, ..path(rule).experiment };
        let trajectory = train(&experiment).unwrap();
        let table = few().along(&trajectory).unwrap();
        // Of what feedback and forward weights do not have in common 0.9¹²⁰ is left at the end.
        let (start, end) = (value(&table, "cosine", 0), value(&table, "cosine", 6));
        assert!(start < 0.9 && end > 0.999, "{table}");
        // Before learning it is as the rule starts.
        let first = &trajectory.snapshots[0].network;
        let start = few().of(&rule.shared(), first, &task()).unwrap();
        assert!(table.head(Some(3)).drop("step").unwrap().equals_missing(&start), "{start}");
    }

    #[test]
    fn rules_that_cannot_go_along_a_path_are_told() {
        let own = path(Backprop);
        let told = |path: &Trajectory, rules: &[Rule]| {
            few().of_rules_along(path, rules).unwrap_err().to_string()
        };
        assert!(told(&own, &[]).contains("at least one rule"));
        let twice = told(&own, &[Backprop.shared(), Backprop.shared()]);
        assert!(twice.contains("backprop twice"), "{twice}");
        let mut snapshots = own.snapshots.clone();
        snapshots[1].network = snapshots[0].network.clone();
        let elsewhere = Trajectory::of(own.experiment.clone(), snapshots, own.test).unwrap();
        let other = told(&elsewhere, &[Backprop.shared()]);
        assert!(other.contains("other networks (at step 6)"), "{other}");
    }

    #[test]
    fn a_contrast_is_between_pairs() {
        let settings = TaskSettings::default();
        let task = Task::contrastive(&Dataset::synthetic(0), &settings, 3).unwrap();
        let network = Architecture::hidden(&[5]).build(&task, &mut random::stream(0, "init"));
        let protocol = GradientQuality { examples: 9, ..few() };
        let table = protocol.of(&Backprop.shared(), &network, &task).unwrap();
        assert!(value(&table, "bias", ALL) < 1e-12, "{table}");
        assert_eq!(values(&table, "signal_to_noise"), [None; 3]);
        let told = |protocol: GradientQuality, rule: Rule| {
            protocol.of(&rule, &network, &task).unwrap_err().to_string()
        };
        let few_views = GradientQuality { examples: 3, ..protocol };
        assert!(told(few_views, Backprop.shared()).contains("at least 4"));
        let node = NodePerturbation::default().shared();
        assert!(told(protocol, node).contains("node_perturbation"));
    }

    #[test]
    fn errors_say_what_to_do() {
        let told = |protocol: GradientQuality, network: &Network| {
            protocol.of(&Backprop.shared(), network, &task()).unwrap_err()
        };
        for protocol in [
            GradientQuality { examples: 0, ..few() },
            GradientQuality { draws: 0, ..few() },
            GradientQuality { batches: 0, ..few() },
        ] {
            assert!(matches!(told(protocol, &network()), Error::Setting { .. }));
        }
        let many = GradientQuality { examples: 601, ..few() };
        let error = told(many, &network());
        assert!(matches!(error, Error::Samples(_)) && error.to_string().contains("600"));
        let other = task().with_objective(Objective::SigmoidSquaredError);
        let build =
            |task: &Task| Architecture::hidden(&[3]).build(task, &mut random::stream(0, "init"));
        assert!(matches!(told(few(), &build(&other)), Error::Setting { .. }));
        let narrow = Dataset::synthetic(0).with_classes(&[0, 1]).unwrap();
        let narrow = Task::classification(
            &narrow,
            &TaskSettings { probe_stimuli: 20, ..TaskSettings::default() },
        );
        assert!(matches!(told(few(), &build(&narrow.unwrap())), Error::Shape(_)));
    }

    #[test]
    fn one_draw_or_batch_has_no_variance() {
        let table = GradientQuality { draws: 1, batches: 1, ..few() };
        let table = table.of(&WeightPerturbation::default().shared(), &network(), &task()).unwrap();
        for column in ["variance", "bias", "bias_low", "variance_high", "variance_over_batches"] {
            assert_eq!(values(&table, column), [None; 3], "{column}");
        }
        // Five have a variance and no interval.
        let table = of(WeightPerturbation::default(), 5);
        assert!(value(&table, "variance", ALL) > 0.0);
        assert_eq!(values(&table, "bias_high"), [None; 3]);
    }
}

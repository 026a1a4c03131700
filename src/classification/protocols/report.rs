//! What came out, in full and in print.

use std::collections::BTreeSet;
use std::fmt;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::confusion_matrix::{ClassScore, ConfusionMatrix, score_grid};
use super::importance::Importance;
use super::protocol::Protocol;
use super::shuffled_labels::Baseline;
use super::weight_change::{self, WeightChange};
use crate::classification::classifiers::{Convergence, convergence_warning};
use crate::classification::samples::{Grouping, Samples, Split};
use crate::display::{Blocks, EvcxrDisplay, escape, show, show_as_settings};
use crate::observables::columns::column_of;
use crate::statistics::{Estimate, Interval};
use crate::{Error, Result};

/// How many samples and networks there were (in the first split; the others differ at most by what
/// networks differ in size).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// All samples.
    pub samples: usize,
    /// All networks.
    pub networks: usize,
    /// Features per sample.
    pub features: usize,
    /// Samples learned from.
    pub train_samples: usize,
    /// Networks learned from.
    pub train_networks: usize,
    /// Samples judged.
    pub test_samples: usize,
    /// Networks judged.
    pub test_networks: usize,
}

impl Sizes {
    pub(super) fn of(samples: &Samples, split: &Split) -> Self {
        let networks = |rows: &[usize]| {
            rows.iter().map(|&row| samples.groups[row]).collect::<BTreeSet<_>>().len()
        };
        Self {
            samples: samples.len(),
            networks: samples.networks(),
            features: samples.feature_names.len(),
            train_samples: split.train.len(),
            train_networks: networks(&split.train),
            test_samples: split.test.len(),
            test_networks: networks(&split.test),
        }
    }

    /// Judged over learned from, for the correction of intervals.
    pub(super) fn overlap(&self) -> f64 {
        self.test_samples as f64 / self.train_samples as f64
    }
}

/// How well the rules were distinguished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The classifier, by its name.
    pub classifier: String,
    /// The test it was put to.
    pub protocol: Protocol,
    /// How many samples and networks.
    pub sizes: Sizes,
    /// Accuracy on held-out samples, one per split.
    pub accuracies: Vec<f64>,
    /// Their mean, standard error and interval.
    pub accuracy: Estimate,
    /// The mean recall over classes, over splits; chance is 1 / classes.
    pub balanced_accuracy: Estimate,
    /// Wilson's 95 % interval (1927, doi 10.1080/01621459.1927.10502953) on the pooled predictions.
    /// It takes them for independent, which holds for one split and one sample per network only;
    /// otherwise it is too narrow.
    pub wilson: Interval,
    /// The confusions, pooled over splits; precision, recall, F1 and d′ follow from it.
    pub confusion: ConfusionMatrix,
    /// The observables, the most important first; empty if the protocol left them out.
    pub importance: Vec<Importance>,
    /// The accuracy of always naming the largest class.
    pub chance: f64,
    /// The label-permutation baseline, unless the protocol left it out, or no shuffle could be
    /// learned from.
    pub baseline: Option<Baseline>,
    /// Accuracy before any learning, if [`classify_table`](super::classify_table) was asked.
    pub step_zero: Option<Estimate>,
    /// Accuracy of a forest on the training samples its trees have not seen, mean over splits.
    /// Layers of one network do fall on both sides here, so with several samples per network it
    /// flatters.
    pub out_of_bag: Option<f64>,
    /// How far the weights of each class and layer had moved, if
    /// [`classify_table`](super::classify_table) was asked: where they hardly did, final weights
    /// cannot identify rules.
    pub movement: Vec<WeightChange>,
    /// What a search settled on in each split; empty without one.
    pub chosen: Vec<String>,
    /// How many fits of each classifier that learns step by step converged, those of a search's
    /// candidates and on shuffled labels too.
    #[serde(default)]
    pub convergence: Vec<Convergence>,
    /// Which controls are left out, wholly or in part, and why; a sentence each.
    #[serde(default)]
    pub remarks: Vec<String>,
}

impl Report {
    /// By how much its accuracy is ahead of another's, as a share (0.05 are five points): the mean
    /// difference over splits, in which both were judged on the same samples, with its interval
    /// corrected for the overlap of splits (Nadeau & Bengio 2003, doi 10.1023/A:1024068626366).
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let both = [Backprop.shared(), NoTraining.shared()];
    /// let table = Study::of(Experiment::new(&task).batch_size(50)).rules(&both).seeds(4).run()?.observations;
    /// let quick = Protocol { splits: 3, permutations: 0, ..Protocol::default() };
    /// let spec = SampleSpec::default();
    /// let forest = classify_table(&table, &spec, &RandomForest::default(), &quick)?;
    /// let svm = classify_table(&table, &spec, &LinearSvm::default(), &quick)?;
    /// let ahead = forest.ahead_of(&svm)?;
    /// assert!((ahead.mean - (forest.accuracy.mean - svm.accuracy.mean)).abs() < 1e-12);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Samples`] if the two were not judged on the same splits: of another number of
    /// splits, samples or networks, or another seed, share or grouping.
    pub fn ahead_of(&self, other: &Self) -> Result<Estimate> {
        let splits = |report: &Self| {
            let Protocol { splits, test_fraction, grouping, seed, .. } = &report.protocol;
            let Sizes { samples, networks, .. } = report.sizes;
            format!(
                "{splits} splits of {samples} samples of {networks} networks, {grouping:?}, of which {test_fraction} are held out, seed {seed}"
            )
        };
        let (own, others) = (splits(self), splits(other));
        if own != others || self.accuracies.len() != other.accuracies.len() {
            return Err(Error::Samples(format!(
                "accuracies can be compared split by split if both reports have the same splits, not {own}, and {others}: \
                 classify the same networks twice by one protocol"
            )));
        }
        let pairs = self.accuracies.iter().zip(&other.accuracies);
        let differences: Vec<f64> = pairs.map(|(own, other)| own - other).collect();
        Ok(Estimate::over_splits(&differences, self.sizes.overlap()))
    }

    /// The scores of each class, then their macro and weighted mean.
    pub fn scores(&self) -> Vec<ClassScore> {
        let mut scores = self.confusion.scores();
        scores.extend([self.confusion.macro_mean(), self.confusion.weighted_mean()]);
        scores
    }

    /// The scores as a table, in the form of the published one: `rule`, `precision`, `recall`,
    /// `f1`, `support`, and `d_prime`; one row per class, then the macro and the weighted mean.
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars), which would be a bug.
    pub fn table(&self) -> Result<DataFrame> {
        let scores = self.scores();
        let of = |field: fn(&ClassScore) -> f64| scores.iter().map(field).collect::<Vec<f64>>();
        let names: Vec<&str> = scores.iter().map(|score| score.name.as_str()).collect();
        let support: Vec<u64> = scores.iter().map(|score| score.support).collect();
        Ok(DataFrame::new(
            scores.len(),
            vec![
                Column::new("rule".into(), names),
                Column::new("precision".into(), of(|score| score.precision)),
                Column::new("recall".into(), of(|score| score.recall)),
                Column::new("f1".into(), of(|score| score.f1)),
                Column::new("support".into(), support),
                Column::new("d_prime".into(), of(|score| score.d_prime)),
            ],
        )?)
    }

    /// The observables: `observable`, `lost_accuracy`, `low`, `high` (the interval over splits,
    /// empty for one split) and `forest_share` (empty unless a forest or tree was used).
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars), which would be a bug.
    pub fn importances(&self) -> Result<DataFrame> {
        let all = &self.importance;
        let names: Vec<&str> = all.iter().map(|one| one.observable.as_str()).collect();
        Ok(DataFrame::new(
            all.len(),
            vec![
                Column::new("observable".into(), names),
                column_of("lost_accuracy", all, |one| Some(one.lost_accuracy.mean)),
                column_of("low", all, |one| one.lost_accuracy.low()),
                column_of("high", all, |one| one.lost_accuracy.high()),
                column_of("forest_share", all, |one| one.forest_share),
            ],
        )?)
    }

    fn write_accuracy(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Estimate { mean, sem, interval } = self.accuracy;
        write!(f, "accuracy {mean:.3}")?;
        if let Some(sem) = sem {
            write!(f, " ± {sem:.3} (s.e.m. over {} splits)", self.accuracies.len())?;
        }
        // One split has no interval over splits; its predictions have Wilson's.
        let Interval { low, high } = interval.unwrap_or(self.wilson);
        writeln!(f, ", 95 % interval {:.3} to {:.3}", low.max(0.0), high.min(1.0))?;
        write!(f, "chance {:.3}", self.chance)?;
        if let Some(baseline) = &self.baseline {
            write!(f, "; {baseline}")?;
        }
        if let Some(control) = &self.step_zero {
            write!(f, "; before learning {:.3}", control.mean)?;
        }
        if let Some(score) = self.out_of_bag {
            write!(f, "; out of bag {score:.3}")?;
        }
        writeln!(f)
    }

    fn write_sizes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = &self.sizes;
        writeln!(
            f,
            "{} on {} samples of {} networks × {} features; learned from {} networks ({} samples), \
             judged on {} ({} samples)",
            self.classifier,
            sizes.samples,
            sizes.networks,
            sizes.features,
            sizes.train_networks,
            sizes.train_samples,
            sizes.test_networks,
            sizes.test_samples
        )?;
        match self.protocol.grouping {
            Grouping::ByInitialisation | Grouping::ByNetwork => Ok(()),
            Grouping::BySample => writeln!(
                f,
                "SAMPLE-WISE: layers of one network may be on both sides; for comparison only"
            ),
        }
    }

    fn write_scores(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scores = self.scores();
        let width = scores.iter().map(|score| score.name.chars().count()).max().unwrap_or(0);
        write!(f, "{:width$}  precision  recall     f1  support     d′", "rule")?;
        for ClassScore { name, precision, recall, f1, support, d_prime } in &scores {
            write!(
                f,
                "\n{name:width$}  {precision:9.2}  {recall:6.2}  {f1:5.2}  {support:7}  {d_prime:5.2}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_sizes(f)?;
        self.write_accuracy(f)?;
        let warnings =
            [weight_change::warning(&self.movement), convergence_warning(&self.convergence)];
        for sentence in warnings.iter().flatten().chain(&self.remarks) {
            writeln!(f, "{sentence}")?;
        }
        self.write_scores(f)
    }
}

impl EvcxrDisplay for Report {
    fn evcxr_blocks(&self) -> Blocks {
        let text = self.to_string();
        let heading: Vec<String> =
            text.lines().take_while(|line| !line.starts_with("rule")).map(escape).collect();
        let table = score_grid(&self.scores()).html();
        Blocks::text(text).with_html(format!("<p>{}</p>\n{table}", heading.join("<br>")))
    }

    fn evcxr_item(&self) -> String {
        format!("{}: accuracy {}", self.classifier, self.accuracy)
    }
}

show!(Report);
show_as_settings!(Sizes);

//! How well rules are identified in each design.

use std::fmt;
use std::path::Path;

use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame, IntoLazy, col, lit};

use super::cell::Cell;
use super::networks::{Networks, networks};
use super::{SampleForm, SlidesDesign, log_likelihood};
use crate::classification::{
    CheckpointSelection, Protocol, RandomForest, Report, SampleSpec, SampleUnit, Samples, classify,
    published,
};
use crate::data::Dataset;
use crate::display::Progress;
use crate::error::{Result, check_count};

/// Designs, and how they are put to the test.
///
/// ```
/// use microlearners::multiverse::{Multiverse, SlidesDesign};
///
/// let one = Multiverse { designs: vec![SlidesDesign::first()], ..Multiverse::default() };
/// assert_eq!((one.seeds, one.splits), (30, 20));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiverse {
    /// The designs; default all of them.
    pub designs: Vec<SlidesDesign>,
    /// Networks under each of the six rules; default 30, which makes 180.
    pub seeds: u64,
    /// The first of their seeds; default 0. From another one the same designs are scored on networks of
    /// their own.
    pub first_seed: u64,
    /// Random splits with a fifth of the networks held out, 36 of 180; default 20.
    pub splits: usize,
}

impl Default for Multiverse {
    fn default() -> Self {
        Self { designs: SlidesDesign::all(), seeds: 30, first_seed: 0, splits: 20 }
    }
}

impl fmt::Display for Multiverse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { designs, seeds, first_seed: _, splits } = self;
        write!(
            f,
            "multiverse of {} designs, {} networks each, {splits} splits",
            designs.len(),
            6 * seeds
        )
    }
}

impl Multiverse {
    /// Trains every network that the designs need, once for all designs that share it, and scores a
    /// random forest of 100 trees in every design: a row per design, with the option of each choice
    /// ([`CHOICES`](super::CHOICES)), `accuracy`, its `low` and `high` (the 95 % interval over
    /// splits), `sd` over splits, `inside` (the share of splits within Wilson's interval of the
    /// slides' accuracy), `log_likelihood` ([`log_likelihood`]) and `recall_…` of each rule.
    ///
    /// The networks are kept in `folder`; started again, it goes on where it was interrupted.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) without designs, seeds or splits;
    /// [`Error::Samples`](crate::Error::Samples) if there are too few networks to split; otherwise
    /// as [`Study::run_in`](crate::training::Study::run_in).
    pub fn score(&self, dataset: &Dataset, folder: impl AsRef<Path>) -> Result<DataFrame> {
        check_count("designs", self.designs.len())?;
        check_count("seeds", self.seeds as usize)?;
        check_count("splits", self.splits)?;
        let seeds = self.first_seed..self.first_seed + self.seeds;
        let networks = networks(&self.designs, dataset, &seeds, folder.as_ref())?;
        let progress = Progress::new("designs", self.designs.len());
        // One after the other: splits are judged side by side, and a thread that waited for its own
        // would begin further designs on top of one another, until its stack is full.
        let reports = self.designs.iter().map(|design| self.report(design, &networks));
        let reports: Vec<Report> =
            reports.inspect(|_| progress.advance(1)).collect::<Result<_>>()?;
        progress.finish();
        let mut columns = SlidesDesign::columns(&self.designs);
        columns.extend(result_columns(&reports)?);
        Ok(DataFrame::new(self.designs.len(), columns)?)
    }

    fn report(&self, design: &SlidesDesign, networks: &Networks) -> Result<Report> {
        let protocol = Protocol {
            splits: self.splits,
            test_fraction: 0.2,
            grouping: design.splits.grouping(),
            permutations: 0,
            importance_repeats: 0,
            ..Protocol::default()
        };
        classify(&samples(design, networks)?, &RandomForest::default(), &protocol)
    }
}

/// What the forest is shown of the six rules' networks after learning. What a network that diverged
/// would show is not finite.
pub(super) fn samples(design: &SlidesDesign, networks: &Networks) -> Result<Samples> {
    let tables = Cell::of(design).map(|cell| networks[&cell].clone());
    let table = concat_df_diagonal(&tables)?;
    let layer = match design.sample {
        SampleForm::FirstLayer => Some(1),
        SampleForm::SecondLayer => Some(2),
        SampleForm::BothLayers | SampleForm::OneLayer => None,
    };
    let table = match layer {
        Some(layer) => table.lazy().filter(col("layer").eq(lit(layer))).collect()?,
        None => table,
    };
    let unit = match design.sample {
        SampleForm::OneLayer => SampleUnit::OneLayer,
        _ => SampleUnit::WholeNetwork,
    };
    SampleSpec {
        observables: vec!["weight".into()],
        unit,
        checkpoints: CheckpointSelection::At(vec![1]),
        ..SampleSpec::default()
    }
    .samples(&table)
}

fn result_columns(reports: &[Report]) -> Result<Vec<Column>> {
    let theirs = published::confusion().wilson();
    let column = |name: &str, of: &dyn Fn(&Report) -> f64| {
        let rounded = reports.iter().map(|report| (1e4 * of(report)).round() / 1e4);
        Column::new(name.into(), rounded.collect::<Vec<f64>>())
    };
    let within = |report: &Report| {
        let inside = report.accuracies.iter().filter(|&&a| theirs.low <= a && a <= theirs.high);
        inside.count() as f64 / report.accuracies.len() as f64
    };
    let likelihoods: Vec<f64> =
        reports.iter().map(|report| log_likelihood(&report.confusion)).collect::<Result<_>>()?;
    let likelihoods = likelihoods.iter().map(|one| (1e4 * one).round() / 1e4);
    let mut columns = vec![
        column("accuracy", &|report| report.accuracy.mean),
        column("low", &|report| report.accuracy.low().unwrap_or(f64::NAN)),
        column("high", &|report| report.accuracy.high().unwrap_or(f64::NAN)),
        column("sd", &|report| {
            report.accuracy.sem.unwrap_or(f64::NAN) * (report.accuracies.len() as f64).sqrt()
        }),
        column("inside", &within),
        Column::new("log_likelihood".into(), likelihoods.collect::<Vec<f64>>()),
    ];
    for rule in published::confusion().classes() {
        let recall = |report: &Report| {
            let scores = report.confusion.scores();
            scores.iter().find(|one| one.name == *rule).map_or(f64::NAN, |one| one.recall)
        };
        columns.push(column(&format!("recall_{rule}"), &recall));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::multiverse::{
        ContrastiveForm, FeedbackScale, HebbianForm, Initialisation, KolenPollackForm, Pixels,
        Units, by_option,
    };
    use crate::network::{Activation, Initialiser};
    use crate::observables::{Instrument, ObservableSet};
    use crate::training::{Checkpoints, Design};

    const SEEDS: u64 = 3;

    /// The features of each rule and initialisation.
    fn by_network(samples: &Samples) -> BTreeMap<(String, u64), Vec<f64>> {
        let rows = samples.labels.iter().zip(&samples.initialisations).enumerate();
        rows.map(|(row, (&label, &seed))| {
            ((samples.classes[label].clone(), seed), samples.features.row(row).to_vec())
        })
        .collect()
    }

    fn of_designs(designs: &[SlidesDesign]) -> Networks {
        let folder = tempfile::tempdir().unwrap();
        networks(designs, &Dataset::synthetic(0), &(0..SEEDS), folder.path()).unwrap()
    }

    fn direct(design: &Design) -> Samples {
        let mut study = design.study(&Dataset::synthetic(0), SEEDS).unwrap();
        // An epoch of so few examples has too few updates for 21.
        study.experiments.iter_mut().for_each(|one| one.checkpoints = Checkpoints::Count(3));
        let spec = SampleSpec {
            observables: vec!["weight".into()],
            unit: SampleUnit::WholeNetwork,
            ..SampleSpec::default()
        };
        let records = study.run_with(&Instrument::perfect(), &ObservableSet::weights()).unwrap();
        spec.samples(&records.observations).unwrap()
    }

    #[test]
    fn the_first_design_is_that_of_the_notebook() {
        let design = SlidesDesign::first();
        let ours = by_network(&samples(&design, &of_designs(&[design])).unwrap());
        assert_eq!(ours.len(), 6 * SEEDS as usize);
        assert_eq!(ours, by_network(&direct(&Design::microlearners())));
    }

    #[test]
    fn designs_that_share_networks_have_those_of_a_study_of_their_own() {
        let changed = SlidesDesign {
            initialisation: Initialisation::VarianceOverInputs,
            pixels: Pixels::Unit,
            units: Units::ReluCrossEntropy,
            ..SlidesDesign::first()
        };
        let other = SlidesDesign {
            feedback: FeedbackScale::AsForward,
            kolen_pollack: KolenPollackForm::DeltaRule,
            hebbian: HebbianForm::ClampedFast,
            contrastive: ContrastiveForm::WeakWithoutFactor,
            ..changed
        };
        let shared = of_designs(&[changed, other, SlidesDesign::first()]);
        // No training, backprop; two forms of four rules; of the first design six, of which none is
        // shared, as the weights begin otherwise.
        assert_eq!(shared.len(), 2 + 8 + 6);
        let stated = Design::microlearners();
        let architecture = stated.architecture.clone().with_activation(Activation::Relu);
        let design = Design {
            architecture: architecture.with_initialiser(Initialiser::NormalFanIn { variance: 0.1 }),
            normalisation: crate::data::Normalisation::Unit,
            ..stated
        };
        let ours = by_network(&samples(&changed, &shared).unwrap());
        assert_eq!(ours, by_network(&direct(&design)));
        let others = by_network(&samples(&other, &shared).unwrap());
        let differs = |rule: &str| {
            let key = (rule.to_owned(), 0);
            others[&key] != ours[&key]
        };
        assert!(!differs("backprop") && !differs("no_training"));
        for rule in ["feedback_alignment", "kolen_pollack", "hebbian", "contrastive_hebbian"] {
            assert!(differs(rule), "{rule}");
        }
    }

    #[test]
    fn the_delta_rule_leaves_the_hidden_layer_and_the_factor_changes_nothing_above_it() {
        let first = SlidesDesign::first();
        let delta = SlidesDesign { kolen_pollack: KolenPollackForm::DeltaRule, ..first };
        let plain = SlidesDesign { contrastive: ContrastiveForm::WeakWithoutFactor, ..first };
        let shared = of_designs(&[first, delta, plain]);
        let lower = |design: SlidesDesign| {
            let design = SlidesDesign { sample: SampleForm::FirstLayer, ..design };
            by_network(&samples(&design, &shared).unwrap())
        };
        let named = |rule: &str| (rule.to_owned(), 1);
        let found = lower(delta);
        assert_eq!(found[&named("kolen_pollack")], found[&named("no_training")]);
        assert_ne!(lower(first)[&named("kolen_pollack")], found[&named("no_training")]);
        let moved = |design| lower(design)[&named("contrastive_hebbian")].clone();
        assert_ne!(moved(first), moved(plain));
    }

    #[test]
    fn a_table_has_a_row_per_design_and_goes_on_where_it_was() {
        let first = SlidesDesign::first();
        let layers = SlidesDesign { sample: SampleForm::OneLayer, ..first };
        let rate = SlidesDesign { hebbian: HebbianForm::Own, ..layers };
        let all = Multiverse {
            designs: vec![first, layers, rate],
            seeds: 5,
            splits: 2,
            ..Multiverse::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let table = all.score(&Dataset::synthetic(0), folder.path()).unwrap();
        let again = all.score(&Dataset::synthetic(0), folder.path()).unwrap();
        assert_eq!(table.height(), 3);
        assert!(table.equals_missing(&again));
        let options = by_option(&table).unwrap();
        let count = |row: usize| options.column("designs").unwrap().u32().unwrap().get(row);
        // One option of the first five choices; two of Hebbian learning; one; two samples; one.
        assert_eq!(options.height(), 5 + 2 + 1 + 2 + 1);
        assert_eq!((count(5), count(6)), (Some(2), Some(1)));
    }

    #[test]
    fn what_cannot_be_scored_is_refused() {
        let told = |all: Multiverse| {
            let folder = tempfile::tempdir().unwrap();
            all.score(&Dataset::synthetic(0), folder.path()).unwrap_err().to_string()
        };
        let one = || Multiverse {
            designs: vec![SlidesDesign::first()],
            seeds: 2,
            splits: 1,
            ..Multiverse::default()
        };
        assert!(told(Multiverse { designs: vec![], ..one() }).starts_with("designs is 0"));
        assert!(told(Multiverse { seeds: 0, ..one() }).starts_with("seeds is 0"));
        assert!(told(Multiverse { splits: 0, ..one() }).starts_with("splits is 0"));
        let message = told(Multiverse { seeds: 1, ..one() });
        assert!(message.contains("seeds"), "{message}");
        let table = polars::prelude::df!("accuracy" => [0.5]).unwrap();
        assert!(by_option(&table).unwrap_err().to_string().contains("log_likelihood"));
    }
}

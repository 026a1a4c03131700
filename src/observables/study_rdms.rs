//! The representational dissimilarity matrices of many networks, of which nothing else is kept.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame, Expr, IdxCa, IntoLazy};
use rayon::prelude::*;

use super::layer_view::{Place, Spread};
use super::rdm_file::RdmFile;
use super::{Instrument, LayerView, NetworkSimilarities};
use crate::display::{Progress, show_as_settings, show_as_text};
use crate::error::{Error, Result};
use crate::recordings::Recording;
use crate::representations::{Comparison, Dissimilarity, Rdm};
use crate::training::{Experiment, Keep, Snapshot, Study, Trajectory, train_seen};

/// How [`StudyRdms`] measures networks.
#[derive(Debug, Clone, PartialEq)]
pub struct RdmSpec {
    /// How different two patterns are; default one less their correlation.
    pub dissimilarity: Dissimilarity,
    /// What records the activity; default a perfect one. Its unit of noise may not be that before
    /// learning.
    pub instrument: Instrument,
    /// The checkpoints, from 0 for that before learning; default none named, which is the last one.
    pub checkpoints: Vec<usize>,
}

impl Default for RdmSpec {
    fn default() -> Self {
        let (dissimilarity, instrument) = (Dissimilarity::default(), Instrument::perfect());
        Self { dissimilarity, instrument, checkpoints: Vec::new() }
    }
}

/// The RDMs of the layers of many networks on their task's probe stimuli. Networks are let go once
/// they have been measured, and the RDMs are kept in a temporary file with 4 bytes for each pair of
/// stimuli, so that memory does not grow with the networks. The file is gone with the last clone.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let study = Study::of(Experiment::new(&task).batch_size(50)).seeds(3);
/// let rdms = StudyRdms::of(&study, &RdmSpec::default())?;
/// assert_eq!(rdms.table().height(), 3 * 2);                // networks × layers
/// let alike = rdms.similarities(2, Comparison::Spearman)?; // of the upper layer
/// assert_eq!(alike.height(), 3);                           // pairs of networks
/// let upper = rdms.filter(col("layer").eq(lit(2u32)))?;    // any expression over the table
/// assert_eq!(upper.rdms()?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct StudyRdms {
    table: DataFrame,
    /// Where each row's is in the file; none where the measure is undefined.
    rdms: Vec<Option<u64>>,
    file: Arc<RdmFile>,
    conditions: Vec<String>,
    classes: Vec<String>,
    dissimilarity: Dissimilarity,
}

impl fmt::Display for StudyRdms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undefined = self.rdms.iter().filter(|rdm| rdm.is_none()).count();
        let (count, conditions) = (self.rdms.len(), self.conditions.len());
        write!(f, "{count} RDMs of {conditions} stimuli, {} distance", self.dissimilarity.name())?;
        if undefined > 0 {
            write!(f, "; {undefined} are undefined")?;
        }
        Ok(())
    }
}

show_as_settings!(RdmSpec);
show_as_text!(StudyRdms);

/// Which layer of which network at which checkpoint an RDM is of.
struct Measured {
    checkpoint: usize,
    layer: usize,
    rdm: Option<u64>,
}

impl StudyRdms {
    /// Trains every network, several at a time, and measures it. The results do not depend on the
    /// number of threads.
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting of an experiment, of the instrument or a checkpoint is
    /// meaningless; [`Error::Samples`] if there is no experiment, or the networks do not see the same
    /// stimuli; [`Error::File`] if there is no room for the RDMs where temporary files are.
    pub fn of(study: &Study, spec: &RdmSpec) -> Result<Self> {
        study.check_experiments()?;
        spec.instrument.check()?;
        let task = &study.experiments[0].task;
        if study.experiments.iter().any(|one| one.task.probe() != task.probe()) {
            let told = "the networks have different probe stimuli, so that their RDMs cannot be compared; give all the same task";
            return Err(Error::Samples(told.into()));
        }
        let classes: Vec<String> = task.probe_labels().iter().map(u8::to_string).collect();
        let conditions: Vec<String> =
            classes.iter().enumerate().map(|(place, class)| format!("{class} {place}")).collect();
        let pairs = conditions.len() * conditions.len().saturating_sub(1) / 2;
        let file = Arc::new(RdmFile::new(pairs)?);
        let progress = Progress::new("networks", study.experiments.len());
        let measure = |(run, experiment): (usize, &Experiment)| {
            let measured = measure(experiment, run, spec, (&conditions, &file))?;
            progress.advance(1);
            Ok(measured)
        };
        let measured: Vec<(DataFrame, Vec<Option<u64>>)> =
            study.experiments.par_iter().enumerate().map(measure).collect::<Result<_>>()?;
        progress.finish();
        let (tables, rdms): (Vec<DataFrame>, Vec<_>) = measured.into_iter().unzip();
        let mut table = concat_df_diagonal(&tables)?;
        table.rechunk_mut();
        let rdms = rdms.into_iter().flatten().collect();
        Ok(Self { table, rdms, file, conditions, classes, dissimilarity: spec.dissimilarity })
    }

    /// A row for each RDM: the keys of its network, `run`, `checkpoint`, `step`, `layer` and
    /// `test_accuracy`.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// The class of each condition, in their order, as the number of its label.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The RDM of a row.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is no such row; [`Error::Samples`] if the measure is undefined
    /// there, as the correlation of a silent pattern is; [`Error::File`] if it cannot be read.
    pub fn rdm(&self, row: usize) -> Result<Rdm> {
        let Some(own) = self.rdms.get(row) else {
            let requirement = format!("there are rows 0 to {}", self.rdms.len().saturating_sub(1));
            return Err(Error::setting("row", row, requirement));
        };
        let Some(place) = own else {
            return Err(Error::Samples(format!(
                "the {} distance is undefined in row {row}, where a stimulus has a constant pattern; take another layer, or SquaredEuclidean",
                self.dissimilarity.name()
            )));
        };
        let values = self.file.read(*place)?.into_iter().map(f64::from).collect();
        Rdm::new(&self.conditions, values, self.dissimilarity.name())
    }

    /// All of them, in the order of the table's rows.
    ///
    /// # Errors
    /// As [`StudyRdms::rdm`], of the first undefined one.
    pub fn rdms(&self) -> Result<Vec<Rdm>> {
        (0..self.rdms.len()).map(|row| self.rdm(row)).collect()
    }

    /// Those of the rows for which an expression over the table is true.
    ///
    /// # Errors
    /// polars' error if the expression does not fit the table; [`Error::Samples`] if it is true
    /// nowhere.
    pub fn filter(&self, wanted: Expr) -> Result<Self> {
        let rows = self.table.clone().lazy().with_row_index("row", None);
        self.of_rows(&rows.filter(wanted).collect()?)
    }

    /// Of each network and layer that at the checkpoint whose test accuracy (0 to 1) is nearest to a
    /// target, the earliest if several are: networks at equal accuracy.
    ///
    /// # Errors
    /// [`Error::Setting`] if the target is not between 0 and 1; [`Error::Samples`] if no network has
    /// an accuracy.
    pub fn nearest_to_accuracy(&self, target: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&target) {
            return Err(Error::setting("target", target, "a test accuracy lies between 0 and 1"));
        }
        let (runs, layers) = (self.whole("run")?, self.whole("layer")?);
        let accuracies = super::columns::accuracies_if_any(&self.table, "test_accuracy")?;
        let mut nearest: BTreeMap<(u64, u64), (usize, f64)> = BTreeMap::new();
        for (row, accuracy) in accuracies.into_iter().enumerate() {
            let Some(away) = accuracy.map(|accuracy| (accuracy - target).abs()) else { continue };
            let best = nearest.entry((runs[row], layers[row])).or_insert((row, away));
            if away < best.1 {
                *best = (row, away);
            }
        }
        let rows: Vec<u32> = nearest.values().map(|&(row, _)| row as u32).collect();
        let index = IdxCa::from_vec("row".into(), rows);
        self.of_rows(&self.table.clone().with_row_index("row".into(), None)?.take(&index)?)
    }

    /// The similarity of each two networks, of which there must be one RDM each.
    ///
    /// # Errors
    /// As [`StudyRdms::rdms`] and [`NetworkSimilarities::of`].
    pub fn network_similarities(&self, comparison: Comparison) -> Result<NetworkSimilarities> {
        NetworkSimilarities::of(&self.table, &self.rdms()?, comparison)
    }

    /// `rows` is a part of the table with the places of its rows in `row`.
    fn of_rows(&self, rows: &DataFrame) -> Result<Self> {
        if rows.height() == 0 {
            return Err(Error::Samples(format!(
                "none of the {} RDMs is among those asked for; look at `table()` for what there is",
                self.rdms.len()
            )));
        }
        let own = super::columns::whole_numbers(rows, "row")?;
        let rdms = own.iter().map(|&row| self.rdms[row as usize]).collect();
        Ok(Self { table: rows.drop("row")?, rdms, ..self.clone() })
    }

    /// The similarity of each two networks in one layer (from 1) at each checkpoint: `checkpoint`,
    /// `run` and `other_run`, `rule` and `other_rule`, `model_seed` and `other_model_seed`, and
    /// `similarity`. Networks without an RDM there are left out.
    ///
    /// # Errors
    /// [`Error::Setting`] if no network has such a layer; as [`Comparison::similarities`].
    pub fn similarities(&self, layer: usize, comparison: Comparison) -> Result<DataFrame> {
        let (layers, checkpoints) = (self.whole("layer")?, self.whole("checkpoint")?);
        if !layers.contains(&(layer as u64)) {
            return Err(Error::setting("layer", layer, "no network has such a layer"));
        }
        let mut known: Vec<u64> = checkpoints.clone();
        known.sort_unstable();
        known.dedup();
        let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
        for checkpoint in known {
            let is_own = |&row: &usize| {
                layers[row] == layer as u64
                    && checkpoints[row] == checkpoint
                    && self.rdms[row].is_some()
            };
            let rows: Vec<usize> = (0..self.rdms.len()).filter(is_own).collect();
            let rdms = rows.iter().map(|&row| self.rdm(row)).collect::<Result<Vec<_>>>()?;
            if rdms.is_empty() {
                continue;
            }
            let found = comparison.similarities(&rdms, &rdms)?;
            for (i, &row) in rows.iter().enumerate() {
                pairs.extend((i + 1..rows.len()).map(|j| (row, rows[j], found[(i, j)])));
            }
        }
        self.table_of_pairs(&pairs)
    }

    fn table_of_pairs(&self, pairs: &[(usize, usize, f64)]) -> Result<DataFrame> {
        let take = |name: &str, as_name: String, first: bool| -> Result<Column> {
            let rows = pairs.iter().map(|pair| if first { pair.0 } else { pair.1 } as u32);
            let rows: Vec<u32> = rows.collect();
            let index = IdxCa::from_vec("row".into(), rows);
            Ok(self.table.column(name)?.take(&index)?.with_name(as_name.into()))
        };
        let mut columns = vec![take("checkpoint", "checkpoint".into(), true)?];
        for name in ["run", "rule", "model_seed"] {
            columns.push(take(name, name.to_owned(), true)?);
            columns.push(take(name, format!("other_{name}"), false)?);
        }
        let similarities: Vec<f64> = pairs.iter().map(|pair| pair.2).collect();
        columns.push(Column::new("similarity".into(), similarities));
        Ok(DataFrame::new(pairs.len(), columns)?)
    }

    fn whole(&self, name: &str) -> Result<Vec<u64>> {
        super::columns::whole_numbers(&self.table, name)
    }
}

/// The RDMs of one network and their rows.
fn measure(
    experiment: &Experiment,
    run: usize,
    spec: &RdmSpec,
    (conditions, file): (&[String], &RdmFile),
) -> Result<(DataFrame, Vec<Option<u64>>)> {
    let steps = experiment.checkpoints.steps(experiment.steps())?;
    let wanted = match spec.checkpoints.as_slice() {
        [] => vec![steps.len() - 1],
        named => named.to_vec(),
    };
    if let Some(missing) = wanted.iter().find(|&&one| one >= steps.len()) {
        let requirement = format!("the networks have checkpoints 0 to {}", steps.len() - 1);
        return Err(Error::setting("checkpoints", missing, requirement));
    }
    let (mut checkpoint, mut measured, mut problem) = (0, Vec::new(), None);
    let see = &mut |snapshot: &Snapshot| {
        if wanted.contains(&checkpoint) && problem.is_none() {
            let recording = Recording::of_snapshot(snapshot, &experiment.task);
            match of_layers(&recording, (run, checkpoint), spec, (conditions, file)) {
                Ok(layers) => measured.extend(layers),
                Err(error) => problem = Some(error),
            }
        }
        checkpoint += 1;
    };
    let trajectory = train_seen(experiment, Keep::Last, see)?;
    if let Some(error) = problem {
        return Err(error);
    }
    let table = rows(&trajectory, run, &measured)?;
    Ok((table, measured.iter().map(|one| one.rdm).collect()))
}

fn of_layers(
    recording: &Recording,
    (run, checkpoint): (usize, usize),
    spec: &RdmSpec,
    (conditions, file): (&[String], &RdmFile),
) -> Result<Vec<Measured>> {
    let layers = recording.layers.iter().enumerate();
    let measure = |(layer, recorded)| {
        let place = Place { run, checkpoint, layer };
        let view = LayerView::new(recorded, (&spec.instrument, Spread::default()), place);
        let rdm = spec.dissimilarity.rdm(view.activity(), conditions).ok();
        let keep = |rdm: Rdm| file.keep(rdm.dissimilarities.iter().map(|&value| value as f32));
        Ok(Measured { checkpoint, layer, rdm: rdm.map(keep).transpose()? })
    };
    layers.map(measure).collect()
}

fn rows(trajectory: &Trajectory, run: usize, measured: &[Measured]) -> Result<DataFrame> {
    let count = measured.len();
    let mut columns = vec![Column::new("run".into(), vec![run as u32; count])];
    columns.extend(trajectory.experiment.key_columns(count));
    let whole = |name: &str, of: &dyn Fn(&Measured) -> u32| {
        Column::new(name.into(), measured.iter().map(of).collect::<Vec<u32>>())
    };
    let snapshots = &trajectory.snapshots;
    columns.push(whole("checkpoint", &|one| one.checkpoint as u32));
    columns.push(whole("step", &|one| snapshots[one.checkpoint].step as u32));
    columns.push(whole("layer", &|one| one.layer as u32 + 1));
    let accuracy = |one: &Measured| snapshots[one.checkpoint].test.accuracy_if_any();
    let accuracies: Vec<Option<f64>> = measured.iter().map(accuracy).collect();
    columns.push(Column::new("test_accuracy".into(), accuracies));
    Ok(DataFrame::new(count, columns)?)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{col, lit};

    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};

    fn study(seeds: u64) -> Study {
        let settings = TaskSettings { probe_stimuli: 20, ..TaskSettings::default() };
        let task = Task::classification(&Dataset::synthetic(0), &settings).unwrap();
        Study::of(Experiment::new(&task).batch_size(50)).seeds(seeds)
    }

    #[test]
    fn an_rdm_is_that_of_the_networks_activity() {
        let study = study(1);
        let spec = RdmSpec { checkpoints: vec![0, 20], ..RdmSpec::default() };
        let rdms = StudyRdms::of(&study, &spec).unwrap();
        assert_eq!(rdms.table().height(), 2 * 2);
        let trajectory = crate::train(&study.experiments[0]).unwrap();
        let task = &study.experiments[0].task;
        let recording = Recording::of_snapshot(&trajectory.snapshots[20], task);
        let activity = recording.layers[1].activity.as_ref().unwrap().mapv(f64::from);
        let names = rdms.conditions.clone();
        let expected = Dissimilarity::Correlation.rdm(&activity, &names).unwrap();
        let found = rdms.rdm(3).unwrap();
        for (a, b) in found.dissimilarities.iter().zip(&expected.dissimilarities) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn networks_are_compared_layer_by_layer() {
        let rdms = StudyRdms::of(&study(3), &RdmSpec::default()).unwrap();
        let pairs = rdms.similarities(1, Comparison::Spearman).unwrap();
        assert_eq!(pairs.height(), 3);
        let others = pairs.column("other_model_seed").unwrap();
        assert_ne!(pairs.column("model_seed").unwrap(), others);
        assert!(rdms.similarities(3, Comparison::Spearman).is_err());
    }

    #[test]
    fn some_of_the_rdms_are_taken_with_their_rows() {
        let spec = RdmSpec { checkpoints: (0..=20).collect(), ..RdmSpec::default() };
        let all = StudyRdms::of(&study(3), &spec).unwrap();
        let last = all.filter(col("layer").eq(lit(2u32)).and(col("checkpoint").eq(lit(20u32))));
        let last = last.unwrap();
        assert_eq!(last.table().height(), 3);
        assert_eq!(last.rdm(1).unwrap(), all.rdm(2 * 21 * 2 - 1).unwrap());
        let told = all.filter(col("layer").eq(lit(3u32))).unwrap_err().to_string();
        assert!(told.contains("none of the 126 RDMs"), "{told}");
    }

    #[test]
    fn networks_are_taken_at_the_checkpoint_of_the_nearest_accuracy() {
        let spec = RdmSpec { checkpoints: (0..=20).collect(), ..RdmSpec::default() };
        let all = StudyRdms::of(&study(2), &spec).unwrap();
        let near = all.nearest_to_accuracy(0.5).unwrap();
        assert_eq!(near.table().height(), 2 * 2);
        let accuracies = |of: &StudyRdms, run: u32, layer: u32| -> Vec<f64> {
            let own = col("run").eq(lit(run)).and(col("layer").eq(lit(layer)));
            let table = of.table().clone().lazy().filter(own).collect().unwrap();
            crate::observables::columns::numbers(&table, "test_accuracy").unwrap()
        };
        for (run, layer) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
            let away = |accuracy: &f64| (accuracy - 0.5).abs();
            let least = accuracies(&all, run, layer).iter().map(away).fold(1.0, f64::min);
            assert_eq!(accuracies(&near, run, layer).iter().map(away).collect::<Vec<_>>(), [least]);
        }
        assert!(all.nearest_to_accuracy(85.0).is_err());
    }

    #[test]
    fn checkpoints_that_are_not_there_are_refused() {
        let spec = RdmSpec { checkpoints: vec![21], ..RdmSpec::default() };
        let told = StudyRdms::of(&study(1), &spec).unwrap_err().to_string();
        assert!(told.contains("checkpoints 0 to 20"), "{told}");
    }
}

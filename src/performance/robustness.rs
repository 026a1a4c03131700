//! What does noise take from a network that has learned?

use ndarray::{Array2, Axis};
use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::display::Progress;
use crate::error::{self, Error, Result};
use crate::network::{Inputs, Matrix, Network, Scratch};
use crate::observables::columns::{check_distinct, nullable};
use crate::random::{self, draw_normal};
use crate::training::{Score, Study, Trajectory, evaluate, train};

/// Gaussian noise on inputs and on weights, at several levels, each from the clean ones: nothing
/// accumulates. All levels scale the same draws, and all networks of one form meet the same noise.
///
/// Noise on updates acts while a network learns: see [`UpdateNoise`](crate::training::UpdateNoise).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Robustness {
    /// Standard deviations of the noise on inputs, in units of that of all test inputs, at least 0;
    /// default 0, 0.3, 1, 2 and 3.
    pub inputs: Vec<f64>,
    /// Standard deviations of the noise on weights, in units of the root mean square of a layer's
    /// weights (of its biases, theirs), at least 0; default 0, 0.1, 0.3, 1 and 3.
    pub weights: Vec<f64>,
    /// At most so many test examples, evenly spread; default 1000.
    pub examples: usize,
    /// So many times each, with other draws; default 3.
    pub repeats: usize,
    /// Decides the draws.
    pub seed: u64,
}

impl Default for Robustness {
    fn default() -> Self {
        Self {
            inputs: vec![0.0, 0.3, 1.0, 2.0, 3.0],
            weights: vec![0.0, 0.1, 0.3, 1.0, 3.0],
            examples: 1000,
            repeats: 3,
            seed: 0,
        }
    }
}

/// Where noise comes in.
#[derive(Clone, Copy)]
enum Site {
    Inputs,
    Weights,
}

impl Site {
    fn name(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Weights => "weights",
        }
    }
}

impl Robustness {
    /// How the network at a trajectory's last checkpoint does: one row per place of the noise
    /// (`noise`: `inputs` or `weights`), `level` and `repeat`, with the experiment's keys, `loss`
    /// and `accuracy` on test examples (null where no class is asked for).
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let table = Robustness::default().of(&train(&Experiment::new(&task).batch_size(20))?)?;
    /// assert_eq!(table.height(), 10 * 3);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a level below 0 or named twice, and if nothing is asked for.
    pub fn of(&self, trajectory: &Trajectory) -> Result<DataFrame> {
        self.check()?;
        let mut turns: Vec<(Site, f64, usize)> = Vec::new();
        for (site, levels) in [(Site::Inputs, &self.inputs), (Site::Weights, &self.weights)] {
            for &level in levels {
                turns.extend((0..self.repeats).map(|repeat| (site, level, repeat)));
            }
        }
        let scores: Vec<Score> = turns
            .iter()
            .map(|&(site, level, repeat)| match site {
                Site::Inputs => self.with_noisy_inputs(trajectory, level, repeat),
                Site::Weights => self.with_noisy_weights(trajectory, level, repeat),
            })
            .collect();
        let mut columns = trajectory.experiment.key_columns(turns.len());
        columns.extend([
            Column::new("noise".into(), turns.iter().map(|t| t.0.name()).collect::<Vec<_>>()),
            Column::new("level".into(), turns.iter().map(|turn| turn.1).collect::<Vec<_>>()),
            Column::new("repeat".into(), turns.iter().map(|t| t.2 as u32).collect::<Vec<_>>()),
            nullable("loss", scores.iter().map(|score| score.loss)),
            Column::new(
                "accuracy".into(),
                scores.iter().map(|s| s.accuracy_if_any()).collect::<Vec<_>>(),
            ),
        ]);
        Ok(DataFrame::new(turns.len(), columns)?)
    }

    /// The same of every network of a study, which is trained for it, several at a time; `run`
    /// counts them.
    ///
    /// # Errors
    /// As [`of`](Self::of) and [`Study::run`].
    pub fn across(&self, study: &Study) -> Result<DataFrame> {
        self.check()?;
        study.check_experiments()?;
        let progress = Progress::new("networks", study.experiments.len());
        let one = |(run, experiment)| {
            let mut table = self.of(&train(experiment)?)?;
            let runs = vec![run as u32; table.height()];
            table.insert_column(0, Column::new("run".into(), runs))?;
            progress.advance(1);
            Ok(table)
        };
        let tables: Result<Vec<DataFrame>> =
            study.experiments.par_iter().enumerate().map(one).collect();
        progress.finish();
        Ok(concat_df_diagonal(&tables?)?)
    }

    fn check(&self) -> Result<()> {
        if self.inputs.len() + self.weights.len() == 0 {
            let requirement = "name at least one level of noise on inputs or weights";
            return Err(Error::setting("inputs and weights", "empty", requirement));
        }
        for level in self.inputs.iter().chain(&self.weights) {
            error::check_not_negative("level", *level)?;
        }
        check_distinct("inputs", &self.inputs)?;
        check_distinct("weights", &self.weights)?;
        error::check_count("examples", self.examples)?;
        error::check_count("repeats", self.repeats)
    }

    fn with_noisy_inputs(&self, trajectory: &Trajectory, level: f64, repeat: usize) -> Score {
        let examples = trajectory.experiment.task.test();
        let sd = (level * deviation(&examples.inputs)) as f32;
        let mut rng = random::stream(self.seed, &format!("robustness inputs {repeat}"));
        evaluate(trajectory.network(), examples, self.examples, |rows| {
            let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
            let mut inputs = examples.inputs.select(Axis(0), &rows);
            let mut noise = Array2::zeros(inputs.dim());
            noise.as_slice_mut().into_iter().for_each(|noise| draw_normal(noise, &mut rng));
            inputs.scaled_add(sd, &noise);
            trajectory.answers(trajectory.network(), (&inputs).into())
        })
    }

    fn with_noisy_weights(&self, trajectory: &Trajectory, level: f64, repeat: usize) -> Score {
        let examples = trajectory.experiment.task.test();
        let mut rng = random::stream(self.seed, &format!("robustness weights {repeat}"));
        let network = shaken(trajectory.network(), level, &mut rng);
        let mut scratch = Scratch::default();
        evaluate(&network, examples, self.examples, |rows| {
            trajectory.answers(&network, Inputs::select(examples, rows, &mut scratch))
        })
    }
}

/// The standard deviation of all numbers, not 0.
fn deviation(inputs: &Matrix) -> f64 {
    let count = inputs.len() as f64;
    let mean = inputs.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    (inputs.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// With noise on every weight and bias.
fn shaken(network: &Network, level: f64, rng: &mut random::Rng) -> Network {
    let mut network = network.clone();
    let mut shake = |numbers: &mut [f32]| {
        let squares: f64 = numbers.iter().map(|&x| f64::from(x).powi(2)).sum();
        let sd = (level * (squares / numbers.len() as f64).sqrt()) as f32;
        let mut noise = vec![0.0; numbers.len()];
        draw_normal(&mut noise, rng);
        numbers.iter_mut().zip(noise).for_each(|(x, draw)| *x += sd * draw);
    };
    for layer in network.layers_mut() {
        layer.weights.as_slice_memory_order_mut().map(&mut shake);
        layer.bias.as_mut().and_then(|bias| bias.as_slice_mut()).map(&mut shake);
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::training::Experiment;

    fn trajectory() -> Trajectory {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        train(&Experiment::new(&task).batch_size(20)).unwrap()
    }

    #[test]
    fn noise_costs_accuracy_and_none_costs_nothing() {
        let trajectory = trajectory();
        let table = Robustness::default().of(&trajectory).unwrap();
        let accuracy: Vec<f64> =
            table.column("accuracy").unwrap().f64().unwrap().iter().flatten().collect();
        for clean in [0..3, 15..18] {
            assert!(accuracy[clean].iter().all(|&found| found == trajectory.test.accuracy));
        }
        for loud in [12..15, 27..30] {
            assert!(accuracy[loud].iter().all(|&found| found < trajectory.test.accuracy));
        }
    }

    #[test]
    fn a_level_does_not_depend_on_those_before_it() {
        let trajectory = trajectory();
        let only = |levels: &[f64]| Robustness {
            inputs: levels.to_vec(),
            weights: levels.to_vec(),
            repeats: 1,
            ..Robustness::default()
        };
        let losses = |levels: &[f64]| -> Vec<f64> {
            let table = only(levels).of(&trajectory).unwrap();
            table.column("loss").unwrap().f64().unwrap().iter().flatten().collect()
        };
        let (alone, after) = (losses(&[1.0]), losses(&[0.5, 1.0]));
        assert_eq!((alone[0], alone[1]), (after[1], after[3]));
    }

    #[test]
    fn what_cannot_be_is_told() {
        let trajectory = trajectory();
        let none = Robustness { inputs: vec![], weights: vec![], ..Robustness::default() };
        assert!(none.of(&trajectory).unwrap_err().to_string().contains("at least one level"));
        let negative = Robustness { weights: vec![-1.0], ..Robustness::default() };
        assert!(negative.of(&trajectory).unwrap_err().to_string().contains("-1"));
        let twice = Robustness { inputs: vec![0.3, 0.3], ..Robustness::default() };
        assert!(twice.of(&trajectory).unwrap_err().to_string().contains("0.3 twice"));
    }
}

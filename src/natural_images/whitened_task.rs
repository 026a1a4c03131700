//! Tasks whose inputs are whitened.

use ndarray::{Array1, Array2, Axis};

use super::Whitening;
use crate::data::Task;
use crate::error::{Error, Result};

/// Examples that are whitened at a time.
const CHUNK: usize = 1024;

impl Task {
    /// The same task with whitened inputs: [`Whitening`], zero-phase component analysis, fitted to
    /// the training examples and applied to those of every part and to the probe stimuli. `ridge` is
    /// its ε, relative to the mean variance; pixels that are the same in all images need it above 0.
    /// Inputs keep their places, so that convolutions still fit.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let white = task.whitened(0.01)?;
    /// assert_eq!((white.name(), white.inputs()), ("synthetic whitened 0.01", 36));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] if `ridge` is negative, or is 0 where the training examples vary in fewer
    /// directions than there are inputs; if all training examples are the same or there is but one;
    /// if images are augmented as they are shown, or the task has phases.
    pub fn whitened(self, ridge: f64) -> Result<Self> {
        check_whitening(ridge, self.augmentation().is_some(), !self.phases().is_empty())?;
        let refused = |requirement: String| Error::setting("whitening", ridge, requirement);
        let inputs = &self.train().inputs;
        if inputs.nrows() < 2 {
            return Err(refused("it needs at least two training examples, and there is 1".into()));
        }
        let (mean, covariance) = moments(inputs);
        let whitening = Whitening::of_moments(mean, &covariance, ridge).map_err(|error| {
            let told = error.to_string();
            refused(
                told.replace("the patterns", "the training inputs")
                    .replace("an epsilon", "a ridge"),
            )
        })?;
        let name = format!("{} whitened {ridge}", self.name());
        Ok(self.with_inputs(name, |inputs| white(&whitening, inputs)))
    }
}

/// Rejects a ridge that is none, and tasks whose inputs cannot be whitened once and for all.
pub(crate) fn check_whitening(ridge: f64, is_augmented: bool, has_phases: bool) -> Result<()> {
    let refused = |requirement: &str| Err(Error::setting("whitening", ridge, requirement));
    if !(ridge.is_finite() && ridge >= 0.0) {
        return refused("its ridge must be a finite number of at least 0, such as 0.1");
    }
    if is_augmented {
        return refused(
            "images are changed each time that they are shown, and whitened ones no longer have pixels to change: leave the augmentation or the whitening out",
        );
    }
    if has_phases {
        return refused(
            "it is fitted to all training examples, of which later phases have not come yet: leave the scenario or the whitening out",
        );
    }
    Ok(())
}

/// Mean and covariance in double precision.
fn moments(inputs: &Array2<f32>) -> (Array1<f64>, Array2<f64>) {
    let (count, units) = inputs.dim();
    let mean = inputs.fold_axis(Axis(0), 0.0, |sum: &f64, &x| sum + f64::from(x)) / count as f64;
    let mut covariance = Array2::zeros((units, units));
    for chunk in inputs.axis_chunks_iter(Axis(0), CHUNK) {
        let centred = chunk.mapv(f64::from) - &mean;
        ndarray::linalg::general_mat_mul(
            1.0 / count as f64,
            &centred.t(),
            &centred,
            1.0,
            &mut covariance,
        );
    }
    (mean, covariance)
}

fn white(whitening: &Whitening, inputs: &Array2<f32>) -> Array2<f32> {
    let mut all = Array2::zeros(inputs.dim());
    let chunks = inputs.axis_chunks_iter(Axis(0), CHUNK);
    for (mut to, chunk) in all.axis_chunks_iter_mut(Axis(0), CHUNK).zip(chunks) {
        let centred = chunk.mapv(f64::from) - &whitening.mean;
        to.assign(&centred.dot(&whitening.whitener).mapv(|x| x as f32));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Augmentation, Dataset, Objective, Scenario, TaskSettings};

    fn task() -> Task {
        let settings = TaskSettings { validation_fraction: 0.2, ..TaskSettings::default() };
        Task::classification(&Dataset::synthetic(0), &settings).unwrap()
    }

    #[test]
    fn training_inputs_become_white_and_others_follow_them() {
        let (plain, white) = (task(), task().whitened(0.0).unwrap());
        let (mean, covariance) = moments(&white.train().inputs);
        assert!(mean.iter().all(|x| x.abs() < 1e-5));
        assert!(covariance.abs_diff_eq(&Array2::eye(36), 1e-4));
        // Test inputs are transformed alike, and are not white themselves.
        let (_, of_test) = moments(&white.test().inputs);
        assert!(!of_test.abs_diff_eq(&Array2::eye(36), 1e-2));
        let patterns = plain.train().inputs.mapv(f64::from);
        let whitening = Whitening::fit(&patterns, 0.0).unwrap();
        for (found, inputs) in [
            (&white.test().inputs, &plain.test().inputs),
            (&white.validation().unwrap().inputs, &plain.validation().unwrap().inputs),
            (white.probe(), plain.probe()),
        ] {
            let expected = whitening.apply(&inputs.mapv(f64::from)).unwrap();
            assert!(found.mapv(f64::from).abs_diff_eq(&expected, 1e-4));
        }
        assert_eq!(white.train().labels, plain.train().labels);
        assert_eq!(white.train().targets, plain.train().targets);
        assert_eq!(white.input_maps(), plain.input_maps());
        assert!(!white.is_same_as(&plain));
    }

    #[test]
    fn a_task_of_pixels_is_whitened_and_its_targets_stay() {
        let objective = Objective::SigmoidCrossEntropy;
        let settings = TaskSettings { objective, ..TaskSettings::default() };
        let plain = Task::autoencoding(&Dataset::synthetic(0), &settings).unwrap();
        let white = plain.clone().whitened(0.1).unwrap();
        assert_eq!(white.train().targets, plain.train().targets);
        assert_ne!(white.train().inputs, plain.train().inputs);
    }

    #[test]
    fn what_cannot_be_whitened_is_refused() {
        let told = |task: Task, ridge: f64| task.whitened(ridge).unwrap_err().to_string();
        for ridge in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(told(task(), ridge).starts_with("whitening is"), "{ridge}");
        }
        let flat = task().with_inputs("flat".into(), |inputs| {
            let mut inputs = inputs.clone();
            inputs.column_mut(3).fill(1.0);
            inputs
        });
        let sentence = told(flat.clone(), 0.0);
        assert_eq!(
            sentence,
            "whitening is 0, but the training inputs vary in 35 of 36 directions; give a ridge above 0"
        );
        assert!(flat.whitened(0.1).is_ok());
        let same = task().with_inputs("same".into(), |inputs| Array2::ones(inputs.dim()));
        assert!(told(same, 0.1).contains("vary in 0 of 36 directions; give patterns that differ"));
        let augmentation = Some(Augmentation { flip: true, ..Augmentation::default() });
        let settings = TaskSettings { augmentation, ..TaskSettings::default() };
        let augmented = Task::classification(&Dataset::synthetic(0), &settings).unwrap();
        assert!(told(augmented, 0.1).contains("leave the augmentation or the whitening out"));
        let scenario = Scenario::ClassIncremental { phases: 2 };
        let phased =
            Task::in_phases(&Dataset::synthetic(0), scenario, &TaskSettings::default()).unwrap();
        assert!(told(phased, 0.1).contains("leave the scenario or the whitening out"));
    }
}

//! Tasks of your own numbers.

use std::sync::Arc;

use ndarray::{Array2, s};

use super::task::check_two_classes;
use super::{Examples, FeatureMaps, Objective, Task};
use crate::error::{Error, Result};

impl Task {
    /// Asks for the class of examples of your own, by softmax and cross-entropy: for each part
    /// examples × inputs, as the network is to see them, and a label each, below `classes`. The
    /// first `probe_stimuli` test examples are the probe stimuli.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let part = || (array![[0.0_f32, 1.0], [1.0, 0.0]], vec![0, 1]);
    /// let task = Task::of_arrays("mine", part(), part(), 2, 2)?;
    /// assert_eq!((task.inputs(), task.outputs(), task.train().len()), (2, 2, 2));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if labels do not fit examples or classes, the parts do not fit one another,
    /// or one is empty; [`Error::Setting`] if there are fewer test examples than probe stimuli,
    /// fewer than two classes, more than 256, or all training examples are of one.
    pub fn of_arrays(
        name: impl std::convert::Into<String>,
        train: (Array2<f32>, Vec<u8>),
        test: (Array2<f32>, Vec<u8>),
        classes: usize,
        probe_stimuli: usize,
    ) -> Result<Self> {
        let task = Self::of_any_classes(name.into(), train, test, classes, probe_stimuli)?;
        check_two_classes(&task.train, |label| label.to_string())?;
        Ok(task)
    }

    /// The same, also of examples that are all of one class, as a part of a classifier's samples
    /// may be.
    pub(crate) fn of_any_classes(
        name: String,
        train: (Array2<f32>, Vec<u8>),
        test: (Array2<f32>, Vec<u8>),
        classes: usize,
        probe_stimuli: usize,
    ) -> Result<Self> {
        if !(2..=256).contains(&classes) {
            return Err(Error::setting("classes", classes, "it must be 2 to 256"));
        }
        check_part(&name, "training", &train, classes)?;
        check_part(&name, "test", &test, classes)?;
        if train.0.ncols() != test.0.ncols() {
            return Err(Error::Shape(format!(
                "the training part of {name} has {} inputs and its test part {}; give both the same columns",
                train.0.ncols(),
                test.0.ncols()
            )));
        }
        if !(1..=test.1.len()).contains(&probe_stimuli) {
            let requirement =
                format!("it must be 1 to {}, the number of test examples", test.1.len());
            return Err(Error::setting("probe_stimuli", probe_stimuli, requirement));
        }
        let train = Examples::of_classes(train.0, train.1, classes);
        Ok(Self {
            name,
            objective: Objective::SoftmaxCrossEntropy,
            probe: Arc::new(test.0.slice(s![..probe_stimuli, ..]).to_owned()),
            probe_labels: test.1[..probe_stimuli].into(),
            maps: FeatureMaps::vector(test.0.ncols()),
            augmentation: None,
            train: Arc::new(train),
            validation: None,
            test: Arc::new(Examples::of_classes(test.0, test.1, classes)),
            phases: std::sync::Arc::default(),
            groups: std::sync::Arc::default(),
        })
    }
}

impl Task {
    /// The same task, of inputs that are images: for each place the numbers of its channels, row by
    /// row. Convolutions need it where a task was made of arrays.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let part = || (Array2::from_shape_fn((8, 36), |(i, j)| (i * j % 5) as f32), vec![0, 1, 0, 1, 0, 1, 0, 1]);
    /// let task = Task::of_arrays("mine", part(), part(), 2, 2)?.with_input_maps((6, 6))?;
    /// assert_eq!(task.input_maps().rows, 6);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if an input has more or fewer numbers.
    pub fn with_input_maps(self, maps: impl Into<FeatureMaps>) -> Result<Self> {
        let maps = maps.into();
        if maps.units() == self.inputs() {
            return Ok(Self { maps, ..self });
        }
        Err(Error::Shape(format!(
            "maps of {maps} are {} numbers, and the inputs of {} have {}; give rows, columns and channels whose product that is",
            maps.units(),
            self.name,
            self.inputs()
        )))
    }
}

fn check_part(
    name: &str,
    part: &str,
    (inputs, labels): &(Array2<f32>, Vec<u8>),
    classes: usize,
) -> Result<()> {
    let wrong = |what: String| Err(Error::Shape(format!("the {part} part of {name} {what}")));
    if inputs.is_empty() {
        return wrong("is empty; give it at least one example and one input".into());
    }
    if inputs.nrows() != labels.len() {
        return wrong(format!("has {} examples but {} labels", inputs.nrows(), labels.len()));
    }
    if let Some(((row, column), value)) = inputs.indexed_iter().find(|(_, x)| !x.is_finite()) {
        return wrong(format!("has {value} at example {row}, input {column}; all must be finite"));
    }
    match labels.iter().find(|&&label| usize::from(label) >= classes) {
        Some(label) => wrong(format!("has the label {label}, but there are {classes} classes")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_must_fit() {
        let part = |rows: usize, label: u8| (Array2::zeros((rows, 3)), vec![label; rows]);
        let two = (Array2::zeros((4, 3)), vec![0, 1, 1, 1]);
        assert!(Task::of_arrays("mine", two, part(2, 0), 2, 2).is_ok());
        let told = |train, test, classes, probes| {
            Task::of_arrays("mine", train, test, classes, probes).unwrap_err().to_string()
        };
        assert!(told(part(4, 2), part(2, 0), 2, 2).contains("label 2"));
        assert!(told(part(4, 1), part(2, 0), 2, 2).contains("classes is 1 alone"));
        assert!(told(part(0, 0), part(2, 0), 2, 2).contains("empty"));
        assert!(told(part(4, 1), part(2, 0), 2, 3).contains("1 to 2"));
        assert!(told(part(4, 1), part(2, 0), 1, 1).contains("2 to 256"));
        assert!(told((Array2::zeros((4, 3)), vec![0; 3]), part(2, 0), 2, 1).contains("3 labels"));
        assert!(told((Array2::zeros((4, 2)), vec![0; 4]), part(2, 0), 2, 1).contains("2 inputs"));
        let broken = (Array2::from_elem((4, 3), f32::NAN), vec![0; 4]);
        assert!(told(broken, part(2, 0), 2, 1).contains("NaN"));
    }
}

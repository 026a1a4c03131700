//! Room for labels beside an image, for rules that write labels into their inputs.

use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use super::task::Sparse;
use super::{Examples, FeatureMaps, Group, Task};
use crate::error::{Error, Result};

impl Task {
    /// The same classification with one more channel for each class, all 0. Forward-forward writes
    /// its labels there where the lowest layer is a convolution: a filter sees them at every place,
    /// where labels in some pixels would be a pattern in a corner of the image.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// assert_eq!(task.with_label_planes()?.input_maps(), (6, 6, 5).into());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] if the task asks for no classes.
    pub fn with_label_planes(self) -> Result<Self> {
        if !self.train.has_classes() {
            let requirement = "it asks for no classes, so that there are no labels to write: leave it out, or choose a classification";
            return Err(Error::setting("label_planes", self.name, requirement));
        }
        let (maps, classes) = (self.maps, self.outputs());
        let of = |examples: &Arc<Examples>| Arc::new(extended(examples, maps, classes));
        let group = |group: &Group| Group {
            test: of(&group.test),
            validation: group.validation.as_ref().map(of),
            ..group.clone()
        };
        Ok(Self {
            train: of(&self.train),
            validation: self.validation.as_ref().map(of),
            test: of(&self.test),
            probe: Arc::new(with_planes(&self.probe, maps, classes)),
            groups: self.groups.iter().map(group).collect(),
            augmentation: self.augmentation.map(|own| own.with_planes(classes)),
            maps: FeatureMaps { channels: maps.channels + classes, ..maps },
            ..self
        })
    }
}

fn extended(examples: &Examples, maps: FeatureMaps, classes: usize) -> Examples {
    Examples {
        inputs: with_planes(&examples.inputs, maps, classes),
        targets: examples.targets.clone(),
        labels: examples.labels.clone(),
        supervision: examples.supervision,
        sparse: Sparse::default(),
    }
}

fn with_planes(inputs: &Array2<f32>, maps: FeatureMaps, classes: usize) -> Array2<f32> {
    let channels = maps.channels + classes;
    let mut all = Array2::zeros((inputs.nrows(), maps.places() * channels));
    for (mut to, from) in all.rows_mut().into_iter().zip(inputs.rows()) {
        let from: ArrayView1<'_, f32> = from;
        for (unit, x) in from.iter().enumerate() {
            to[unit / maps.channels * channels + unit % maps.channels] = *x;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Objective, TaskSettings};

    #[test]
    fn images_keep_their_places_and_planes_are_empty() {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let more = task.clone().with_label_planes().unwrap();
        assert_eq!((more.inputs(), more.outputs()), (36 * 5, 4));
        for (all, own) in
            [(&more.train().inputs, &task.train().inputs), (more.probe(), task.probe())]
        {
            assert!((0..36).all(|place| all[(7, place * 5)] == own[(7, place)]));
            assert!((0..180).filter(|unit| unit % 5 > 0).all(|unit| all[(7, unit)] == 0.0));
        }
        let settings =
            TaskSettings { objective: Objective::LinearSquaredError, ..TaskSettings::default() };
        let told = Task::autoencoding(&Dataset::synthetic(0), &settings).unwrap();
        let told = told.with_label_planes().unwrap_err().to_string();
        assert!(told.contains("no classes"), "{told}");
    }
}

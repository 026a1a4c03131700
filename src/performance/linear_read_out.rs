//! What a linear classifier reads from a layer.

use ndarray::{Array2, ArrayView2, Axis};

use crate::data::{Examples, Task};
use crate::error::{Error, Result};
use crate::network::{Activity, Architecture, Bias, Network};
use crate::rules::Backprop;
use crate::training::{Experiment, Optimizer, train};

/// Epochs and learning rate of the classifier, under Adam.
const EPOCHS: usize = 30;
const RATE: f64 = 0.003;
/// Examples that a network sees at once.
const CHUNK: usize = 250;

/// How well a linear classifier of a layer's outputs tells the classes of `task`, whether or not the
/// network was asked for them: the accuracy on the test examples of a softmax on z-scored outputs,
/// learned from the training examples (by Adam at 0.003 for 30 epochs). `layer` counts from 1, the
/// lowest. What self-supervised learning is judged by: Chen, Kornblith, Norouzi & Hinton 2020, arXiv
/// 2002.05709, take the layer below the outputs.
///
/// ```
/// use microlearners::prelude::*;
///
/// let data = Dataset::synthetic(0);
/// let settings = TaskSettings::default();
/// let without_labels = Task::contrastive(&data, &settings, 8)?;
/// let network = train(&Experiment::new(&without_labels).batch_size(40))?.network().clone();
/// let classes = Task::classification(&data, &settings)?;
/// assert!(linear_read_out(&network, &classes, 1)? > 0.5);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if there is no such layer or `task` asks for no classes; [`Error::Shape`] if the
/// network reads other inputs than the task has.
pub fn linear_read_out(network: &Network, task: &Task, layer: usize) -> Result<f64> {
    if !(1..=network.depth()).contains(&layer) {
        let requirement = format!("the network has layers 1 to {}", network.depth());
        return Err(Error::setting("layer", layer, requirement));
    }
    if !task.train().has_classes() {
        let requirement =
            "it asks for no classes, so that there are no labels to learn; give a classification";
        return Err(Error::setting("task", task.name(), requirement));
    }
    let inputs = network.layers()[0].inputs();
    if inputs != task.inputs() {
        return Err(Error::Shape(format!(
            "the network reads {inputs} inputs, and {} has {}; give the task that the network saw, asked for classes",
            task.name(),
            task.inputs()
        )));
    }
    let outputs = |examples: &Examples| outputs(network, examples.inputs.view(), layer - 1);
    let (mut seen, mut judged) = (outputs(task.train()), outputs(task.test()));
    standardise(&mut seen, &mut judged);
    let parts = [(seen, task.train()), (judged, task.test())];
    let [train_part, test_part] = parts.map(|(seen, part)| (seen, part.labels.clone()));
    let read_out = Task::of_arrays("read-out", train_part, test_part, task.outputs(), 1)?;
    let classifier = Experiment::new(&read_out)
        .architecture(Architecture { bias: Bias::Zero, ..Architecture::hidden(&[]) })
        .rule(Backprop)
        .optimizer(Optimizer::adam())
        .learning_rate(RATE)
        .epochs(EPOCHS);
    Ok(train(&classifier)?.test.accuracy)
}

/// What layer `index` gives, examples × units.
fn outputs(network: &Network, inputs: ArrayView2<'_, f32>, index: usize) -> Array2<f32> {
    let units = network.layers()[index].outputs();
    let mut all = Array2::zeros((inputs.nrows(), units));
    let mut activity = Activity::new(network, CHUNK.min(inputs.nrows()));
    let chunks = inputs.axis_chunks_iter(Axis(0), CHUNK);
    for (inputs, mut rows) in chunks.zip(all.axis_chunks_iter_mut(Axis(0), CHUNK)) {
        network.forward(inputs, &mut activity);
        rows.assign(&activity.out(index));
    }
    all
}

/// Takes the mean out of each unit and divides by its spread, both of the training examples; a unit that
/// never changes becomes 0.
fn standardise(train: &mut Array2<f32>, test: &mut Array2<f32>) {
    for (mut train, mut test) in train.columns_mut().into_iter().zip(test.columns_mut()) {
        let count = train.len() as f64;
        let mean = train.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let squares = train.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>();
        let sd = (squares / count).sqrt();
        // What rounding leaves of a unit that never changes.
        let is_constant = sd <= 1e-6 * mean.abs();
        let scored = |x: f32| ((f64::from(x) - mean) / sd) as f32;
        let of = |x: f32| if is_constant { 0.0 } else { scored(x) };
        train.mapv_inplace(of);
        test.mapv_inplace(of);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::data::{Dataset, TaskSettings};
    use crate::random;

    fn classes() -> Task {
        Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap()
    }

    #[test]
    fn a_trained_layer_is_read_as_well_as_the_network_answers() {
        let task = classes();
        let trained = train(&Experiment::new(&task).rule(Backprop).batch_size(20)).unwrap();
        let read = linear_read_out(trained.network(), &task, 1).unwrap();
        assert!(read > trained.test.accuracy - 0.02, "{read} {}", trained.test.accuracy);
    }

    #[test]
    fn columns_are_scored_by_the_training_part_and_constant_ones_are_nothing() {
        let mut train = array![[1.0, 5.0], [3.0, 5.0]];
        let mut test = array![[2.0, 9.0], [5.0, 5.0]];
        standardise(&mut train, &mut test);
        assert_eq!(train, array![[-1.0, 0.0], [1.0, 0.0]]);
        assert_eq!(test, array![[0.0, 0.0], [3.0, 0.0]]);
    }

    #[test]
    fn layers_and_tasks_that_do_not_fit_are_refused() {
        let task = classes();
        let network = Architecture::hidden(&[5]).build(&task, &mut random::stream(0, "init"));
        let told = linear_read_out(&network, &task, 3).unwrap_err().to_string();
        assert!(told.contains("layers 1 to 2"), "{told}");
        let data = Dataset::synthetic(0);
        let pairs = Task::contrastive(&data, &TaskSettings::default(), 4).unwrap();
        let told = linear_read_out(&network, &pairs, 1).unwrap_err().to_string();
        assert!(told.contains("asks for no classes"), "{told}");
        let part = || (array![[0.0_f32, 1.0], [1.0, 0.0]], vec![0, 1]);
        let other = Task::of_arrays("mine", part(), part(), 2, 2).unwrap();
        let told = linear_read_out(&network, &other, 1).unwrap_err().to_string();
        assert!(told.contains("36 inputs, and mine has 2"), "{told}");
    }
}

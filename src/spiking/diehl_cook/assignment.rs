//! Which class each neuron stands for.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The class of each neuron: the one to whose images it responds most on average.
///
/// ```
/// use microlearners::ndarray::array;
/// use microlearners::spiking::NeuronLabels;
///
/// let responses = array![[9.0, 0.0, 0.0], [0.0, 4.0, 0.0]];
/// let assigned = NeuronLabels::from_responses(&responses, &[1, 0])?;
/// assert_eq!(assigned.labels, [Some(1), Some(0), None]);
/// assert_eq!(assigned.predict(&array![[0.0, 1.0, 5.0]])?, [Some(0)]);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuronLabels {
    /// The class of each neuron; none of a silent one.
    pub labels: Vec<Option<usize>>,
}

impl NeuronLabels {
    /// From the responses to labelled images, images × neurons. Of equal means the lowest class
    /// counts.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many labels as images; [`Error::Samples`] if there are
    /// none.
    pub fn from_responses(responses: &Array2<f64>, labels: &[usize]) -> Result<Self> {
        check_labels(responses.nrows(), labels)?;
        let classes = labels.iter().max().map_or(0, |largest| largest + 1);
        let mut counts = vec![0.0; classes];
        let mut sums = Array2::<f64>::zeros((classes, responses.ncols()));
        for (response, &label) in responses.rows().into_iter().zip(labels) {
            counts[label] += 1.0;
            let mut sum = sums.row_mut(label);
            sum += &response;
        }
        let means = |neuron: usize| {
            let sums = &sums;
            (0..classes).map(|of| sums[[of, neuron]] / f64::max(counts[of], 1.0)).collect()
        };
        Ok(Self { labels: (0..responses.ncols()).map(|at| most(means(at))).collect() })
    }

    /// The class whose neurons fire most on average, for each image; none if all are silent.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are other than the assigned neurons.
    pub fn predict(&self, responses: &Array2<f64>) -> Result<Vec<Option<usize>>> {
        let (given, neurons) = (responses.ncols(), self.labels.len());
        if given != neurons {
            return Err(Error::Shape(format!(
                "responses of {given} neurons for labels of {neurons}; give images × neurons"
            )));
        }
        let classes = self.labels.iter().flatten().max().map_or(0, |largest| largest + 1);
        let predict = |response: ndarray::ArrayView1<'_, f64>| {
            let (mut sums, mut counts) = (vec![0.0; classes], vec![0.0; classes]);
            for (label, response) in self.labels.iter().zip(response) {
                if let Some(class) = *label {
                    sums[class] += response;
                    counts[class] += 1.0;
                }
            }
            let means = sums.iter().zip(&counts).map(|(sum, &count)| sum / f64::max(count, 1.0));
            most(means.collect())
        };
        Ok(responses.rows().into_iter().map(predict).collect())
    }
}

/// The index of the first largest mean above 0.
fn most(means: Vec<f64>) -> Option<usize> {
    let best = |best: Option<usize>, (at, &mean): (usize, &f64)| match best {
        Some(other) if means[other] >= mean => best,
        _ if mean > 0.0 => Some(at),
        _ => best,
    };
    means.iter().enumerate().fold(None, best)
}

pub(super) fn check_labels(images: usize, labels: &[usize]) -> Result<()> {
    if labels.len() != images {
        let given = labels.len();
        return Err(Error::Shape(format!("{given} labels for {images} images; give one for each")));
    }
    if labels.is_empty() {
        return Err(Error::Samples("no images; give at least one with its label".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn means_count_not_sums() {
        // Class 0 has three images, class 1 one.
        let responses = array![[2.0, 1.0], [2.0, 1.0], [2.0, 0.0], [3.0, 1.0]];
        let assigned = NeuronLabels::from_responses(&responses, &[0, 0, 0, 1]).unwrap();
        assert_eq!(assigned.labels, [Some(1), Some(1)]);
        let three = NeuronLabels { labels: vec![Some(0), Some(0), Some(2)] };
        let predicted = three.predict(&array![[3.0, 3.0, 4.0], [0.0, 0.0, 0.0]]).unwrap();
        assert_eq!(predicted, [Some(2), None]);
        assert!(three.predict(&array![[1.0]]).is_err());
        assert!(NeuronLabels::from_responses(&responses, &[0]).is_err());
    }
}

//! How often people choose the labels.

use super::HumanChoices;
use super::choices::check_labels;
use crate::Result;

/// How often people chose the labels of the images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelAgreement {
    /// The share of judgements for the label, averaged over images.
    pub label_probability: f64,
    /// The share of all judgements that are the label.
    pub judgement_accuracy: f64,
    /// The share of images whose label nothing was chosen more often than. Labels that tie for the
    /// first place count.
    pub majority_accuracy: f64,
    /// The number of images where classes tie for the first place.
    pub tied_majorities: usize,
    /// The number of images whose label nobody chose.
    pub never_chosen: usize,
}

/// The agreement of all images.
pub(super) fn agreement(choices: &HumanChoices, labels: &[u8]) -> Result<LabelAgreement> {
    let counts = choices.counts();
    check_labels(labels, counts.dim())?;
    let (images, judgements) = (choices.images() as f64, choices.judgements());
    let (mut shares, mut chosen, mut majorities) = (0.0, 0, 0);
    let (mut tied_majorities, mut never_chosen) = (0, 0);
    for ((row, &label), &all) in counts.rows().into_iter().zip(labels).zip(&judgements) {
        let own = row[usize::from(label)];
        let most = row.iter().copied().max().unwrap_or(0);
        shares += f64::from(own) / all as f64;
        chosen += u64::from(own);
        majorities += usize::from(own == most);
        tied_majorities += usize::from(row.iter().filter(|&&count| count == most).count() > 1);
        never_chosen += usize::from(own == 0);
    }
    Ok(LabelAgreement {
        label_probability: shares / images,
        judgement_accuracy: chosen as f64 / judgements.iter().sum::<u64>() as f64,
        majority_accuracy: majorities as f64 / images,
        tied_majorities,
        never_chosen,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn agreement_by_hand() {
        let counts = array![[3, 1, 0], [2, 2, 0], [0, 5, 5], [1, 0, 9]];
        let choices = HumanChoices::new(counts).unwrap();
        let agreement = choices.agreement(&[0, 1, 0, 2]).unwrap();
        assert!((agreement.label_probability - (0.75 + 0.5 + 0.0 + 0.9) / 4.0).abs() < 1e-15);
        assert!((agreement.judgement_accuracy - 14.0 / 28.0).abs() < 1e-15);
        assert_eq!(agreement.majority_accuracy, 0.75);
        assert_eq!((agreement.tied_majorities, agreement.never_chosen), (2, 1));
    }
}

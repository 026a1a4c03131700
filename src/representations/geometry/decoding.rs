//! Decoding with held-out stimuli.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::decoder::Decoder;
use crate::Result;
use crate::display::show_as_settings;
use crate::representations::patterns::check_patterns;

/// Which stimuli a decoder is judged by, none of which it was fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldOut {
    /// Each of some folds in turn. They are drawn so that each holds its share of every class.
    StratifiedFolds {
        /// At least 2, at most the stimuli of the smallest class.
        folds: usize,
        /// Draws the folds.
        seed: u64,
    },
    /// Each stimulus in turn; every class needs two.
    LeaveOneOut,
}

impl Default for HeldOut {
    fn default() -> Self {
        Self::StratifiedFolds { folds: 5, seed: 0 }
    }
}

/// How well a class is decoded from patterns.
///
/// ```
/// use microlearners::representations::{Decoder, Decoding, HeldOut};
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [0.5, 1.5], [0.2, 0.9], [3.0, 0.0], [3.5, 0.5], [3.1, 0.2]];
/// let decoding = Decoding { decoder: Decoder::NearestCentroid, held_out: HeldOut::LeaveOneOut };
/// assert_eq!(decoding.run(&x, &[4, 4, 4, 9, 9, 9])?.accuracy, 1.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Decoding {
    /// The decoder; default a ridge classifier of penalty 1.
    pub decoder: Decoder,
    /// The stimuli that judge it; default five stratified folds.
    pub held_out: HeldOut,
}

/// What was decoded from stimuli that the decoder had not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The share of stimuli that were classified correctly.
    pub accuracy: f64,
    /// The share of stimuli in the largest class, which is the accuracy of always naming it.
    pub chance: f64,
    /// For each stimulus, the label that was decoded.
    pub predicted: Vec<usize>,
    /// For each stimulus, the fold in which it was held out, from 0.
    pub folds: Vec<usize>,
}

show_as_settings!(Decoded, Decoding, HeldOut);

impl Decoding {
    /// Decodes patterns, n × p, with one label for each stimulus.
    ///
    /// # Errors
    /// As [`Decoder::fit`]; [`Error::Setting`](crate::Error::Setting) if there are more folds than
    /// stimuli of a class.
    pub fn run(&self, x: &Array2<f64>, labels: &[usize]) -> Result<Decoded> {
        check_patterns("patterns", x, 2)?;
        let classes = Classes::of(labels, x.nrows())?;
        let n = x.nrows();
        let (folds, count) = match self.held_out {
            HeldOut::StratifiedFolds { folds, seed } => (classes.folds(folds, seed)?, folds),
            HeldOut::LeaveOneOut => {
                classes.folds(2, 0)?;
                ((0..n).collect(), n)
            }
        };
        let of_fold = |fold: usize| {
            let (held, seen): (Vec<usize>, Vec<usize>) =
                (0..n).partition(|&stimulus| folds[stimulus] == fold);
            let seen_labels: Vec<usize> = seen.iter().map(|&stimulus| labels[stimulus]).collect();
            let fitted = self.decoder.fit(&x.select(Axis(0), &seen), &seen_labels)?;
            let decoded = fitted.predict(&x.select(Axis(0), &held))?;
            Ok(held.into_iter().zip(decoded).collect::<Vec<_>>())
        };
        let found: Result<Vec<_>> = (0..count).into_par_iter().map(of_fold).collect();
        let mut predicted = vec![0; n];
        found?.into_iter().flatten().for_each(|(stimulus, label)| predicted[stimulus] = label);
        let right = predicted.iter().zip(labels).filter(|(found, known)| found == known).count();
        let largest = classes.sizes().into_iter().max().unwrap_or(0);
        let [accuracy, chance] = [right, largest].map(|count| count as f64 / n as f64);
        Ok(Decoded { accuracy, chance, predicted, folds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::test_patterns::{CLASSES, normal, x};

    /// numpy 2.4.6: the closed form, fitted ten times.
    #[test]
    fn leaving_one_out_decodes_all_ten_stimuli() {
        let decoding = Decoding { held_out: HeldOut::LeaveOneOut, ..Decoding::default() };
        let decoded = decoding.run(&x(), &CLASSES).unwrap();
        assert_eq!(decoded.predicted, CLASSES);
        assert_eq!((decoded.accuracy, decoded.chance), (1.0, 0.4));
    }

    #[test]
    fn noise_is_decoded_at_chance_though_it_can_be_fitted() {
        let (noise, labels) =
            (normal(200, 150, "noise"), (0..200).map(|at| at % 2).collect::<Vec<_>>());
        let fitted = Decoder::default().fit(&noise, &labels).unwrap().predict(&noise).unwrap();
        assert!(fitted.iter().zip(&labels).filter(|(a, b)| a == b).count() > 190);
        for decoder in [Decoder::default(), Decoder::NearestCentroid] {
            let decoded = Decoding { decoder, ..Decoding::default() }.run(&noise, &labels).unwrap();
            // Three standard errors of 200 coin flips.
            assert!((decoded.accuracy - 0.5).abs() < 0.107, "{}", decoded.accuracy);
            assert_eq!(
                decoded,
                Decoding { decoder, ..Decoding::default() }.run(&noise, &labels).unwrap()
            );
        }
    }

    #[test]
    fn more_folds_than_stimuli_of_a_class_are_refused() {
        let told = Decoding::default().run(&x(), &CLASSES).unwrap_err().to_string();
        assert!(told.contains("folds is 5") && told.contains("at most 3"), "{told}");
        let single = Decoding { held_out: HeldOut::LeaveOneOut, ..Decoding::default() };
        assert!(single.run(&normal(3, 2, "a"), &[0, 0, 1]).is_err());
    }
}

//! Which class a unit prefers, and how well it tells it from the others.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::classes::{Classes, first_largest};
use super::unit::{Responses, UnitSelectivity};
use crate::Result;
use crate::display::show_as_settings;
use crate::representations::patterns::check_patterns;

/// From which stimuli the preferred class of a unit, that of the largest mean activity, is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreferredFrom {
    /// From one half of each class, drawn by a seed. The other half measures the selectivity, so
    /// that units without any have d′ of 0 and AUC of ½ in the mean.
    OtherHalf {
        /// Draws the halves.
        seed: u64,
    },
    /// From the stimuli that measure the selectivity too. The largest of noisy means is too large:
    /// indices are biased upward, the more the fewer the stimuli.
    SameStimuli,
}

impl Default for PreferredFrom {
    fn default() -> Self {
        Self::OtherHalf { seed: 0 }
    }
}

show_as_settings!(PreferredFrom);

/// For each unit of patterns, n × p, its preferred class and its selectivity for it; `labels` are
/// the classes of the stimuli.
///
/// ```
/// use microlearners::representations::{PreferredFrom, selectivity};
/// use microlearners::ndarray::array;
///
/// let x = array![[5.0], [6.0], [5.5], [6.0], [1.0], [0.0], [0.5], [1.0]];
/// let labels = [3, 3, 3, 3, 8, 8, 8, 8];
/// let units = selectivity(&x, &labels, PreferredFrom::OtherHalf { seed: 1 })?;
/// assert_eq!(units[0].preferred, 3);
/// assert_eq!(units[0].auc, 1.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if there is not one label for each stimulus;
/// [`Error::Samples`](crate::Error::Samples) if a number is not finite or all labels are equal;
/// [`Error::Setting`](crate::Error::Setting) if halves are asked for of a class of one stimulus.
pub fn selectivity(
    x: &Array2<f64>,
    labels: &[usize],
    preferred: PreferredFrom,
) -> Result<Vec<UnitSelectivity>> {
    check_patterns("patterns", x, 2)?;
    let classes = Classes::of(labels, x.nrows())?;
    let all: Vec<usize> = (0..x.nrows()).collect();
    let (choosing, measuring) = match preferred {
        PreferredFrom::SameStimuli => (all.clone(), all.clone()),
        PreferredFrom::OtherHalf { seed } => {
            let half = classes.folds(2, seed)?;
            all.iter().partition(|&&stimulus| half[stimulus] == 0)
        }
    };
    let of_unit = |unit: usize| {
        // In units of the largest activity, so that no square leaves the range of numbers.
        let column = x.column(unit);
        let largest = column.iter().fold(f64::MIN_POSITIVE, |most, r| most.max(r.abs()));
        let responses = |stimuli: &[usize]| Responses {
            activities: stimuli.iter().map(|&stimulus| column[stimulus] / largest).collect(),
            places: stimuli.iter().map(|&stimulus| classes.places[stimulus]).collect(),
            classes: classes.count(),
        };
        let place = first_largest(&responses(&choosing).class_means());
        let selectivity = responses(&measuring).for_class(place, &classes.labels);
        UnitSelectivity { eta_squared: responses(&all).eta_squared(), ..selectivity }
    };
    Ok((0..x.ncols()).map(of_unit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::test_patterns::{CLASSES, all_close, normal, rectified, table, x};

    /// numpy 2.4.6, and `roc_auc_score` of scikit-learn 1.9.1.
    #[test]
    fn indices_equal_scikit_learn() {
        let units = selectivity(&rectified(), &CLASSES, PreferredFrom::SameStimuli).unwrap();
        let all = |of: fn(&UnitSelectivity) -> f64| units.iter().map(of).collect::<Vec<f64>>();
        let expected = table(
            7,
            "0.5340117836100695 1.0 0.6069802731411228 0.8182837913628715 0.7360594795539034 \
             0.9952184307759182 0.8789974070872946",
        );
        all_close(&all(|unit| unit.index_of_classes.unwrap()), &expected);
        let expected = table(
            7,
            "0.5868291910717113 1.0 0.5775696956799319 0.7949853673969786 0.7694181326116374 \
             0.9952184307759182 0.8789974070872946",
        );
        all_close(&all(|unit| unit.index_of_stimuli.unwrap()), &expected);
        let expected = table(
            7,
            "0.9047619047619048 1.0 0.8571428571428571 0.9523809523809524 0.9047619047619049 1.0 \
             0.7083333333333334",
        );
        all_close(&all(|unit| unit.auc), &expected);
        let expected = table(
            7,
            "1.1642317207467785 3.86351359085015 1.7638295179150678 2.9764758294275766 \
             1.924738042954363 1.7723360939111297 1.1269114863591865",
        );
        all_close(&all(|unit| unit.d_prime.unwrap()), &expected);
        let expected = table(
            7,
            "0.4098722659257641 0.8565422797313033 0.4554978449805744 0.7249804281763266 \
             0.6064368252292527 0.5568290207290673 0.33814909929354836",
        );
        all_close(&all(|unit| unit.eta_squared.unwrap()), &expected);
        let preferred: Vec<usize> = units.iter().map(|unit| unit.preferred).collect();
        assert_eq!(preferred, [2, 1, 2, 0, 2, 1, 1]);
    }

    /// Units of noise: only the preferred class of the same stimuli makes them seem selective.
    #[test]
    fn noise_is_selective_only_on_the_stimuli_that_chose_the_class() {
        let (noise, labels) =
            (normal(40, 400, "noise"), (0..40).map(|at| at % 5).collect::<Vec<_>>());
        let auc = |preferred| {
            let units = selectivity(&noise, &labels, preferred).unwrap();
            units.iter().map(|unit| unit.auc).sum::<f64>() / 400.0
        };
        assert!(auc(PreferredFrom::SameStimuli) > 0.6);
        // The standard error over units is 0.0077.
        let held_out = auc(PreferredFrom::OtherHalf { seed: 2 });
        assert!((held_out - 0.5).abs() < 0.025, "{held_out}");
    }

    #[test]
    fn what_is_undefined_is_none() {
        let units = selectivity(&x(), &CLASSES, PreferredFrom::SameStimuli).unwrap();
        assert_eq!(units[0].index_of_classes, None);
        assert!(units[0].d_prime.is_some());
        let tiny = selectivity(&(x() * 1e-200), &CLASSES, PreferredFrom::SameStimuli).unwrap();
        assert!((tiny[0].d_prime.unwrap() - units[0].d_prime.unwrap()).abs() < 1e-12);
        let silent = Array2::zeros((10, 1));
        let unit = selectivity(&silent, &CLASSES, PreferredFrom::SameStimuli).unwrap()[0];
        assert_eq!((unit.index_of_stimuli, unit.d_prime, unit.eta_squared), (None, None, None));
        assert_eq!(unit.auc, 0.5);
    }

    #[test]
    fn classes_of_one_stimulus_have_no_halves() {
        let told =
            selectivity(&normal(3, 2, "a"), &[0, 0, 1], PreferredFrom::default()).unwrap_err();
        assert!(told.to_string().contains("the number of stimuli of class 1"), "{told}");
    }
}

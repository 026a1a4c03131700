//! How unevenly activity is shared among units or stimuli.

use ndarray::{Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

use crate::display::show_as_settings;
use crate::representations::patterns::check_patterns;
use crate::{Error, Result};

/// A measure of the sparseness of activities r of length n. All but the kurtosis need activities of
/// at least 0, such as rates or rectified outputs.
///
/// | measure | one active | all equal |
/// |---|---|---|
/// | Treves-Rolls | 1/n | 1 |
/// | Vinje-Gallant, Hoyer | 1 | 0 |
/// | Gini | 1 − 1/n | 0 |
///
/// ```
/// use microlearners::representations::Sparseness;
///
/// assert_eq!(Sparseness::VinjeGallant.of(&[0.0, 3.0, 0.0])?, Some(1.0));
/// assert_eq!(Sparseness::VinjeGallant.of(&[0.0, 0.0, 0.0])?, None);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sparseness {
    /// The activity fraction a = (Σr/n)² / (Σr²/n) of Treves and Rolls 1991. The sparser, the
    /// smaller.
    TrevesRolls,
    /// (1 − a) / (1 − 1/n), with a of Treves and Rolls: Vinje and Gallant 2000, doi
    /// 10.1126/science.287.5456.1273.
    #[default]
    VinjeGallant,
    /// (√n − Σr / √Σr²) / (√n − 1): Hoyer 2004 (Journal of Machine Learning Research 5).
    Hoyer,
    /// The Gini index 1 − 2 Σ r₍ₖ₎ (n − k + ½) / (n Σr), with r₍ₖ₎ the kth smallest: Hurley and
    /// Rickard 2009, arXiv 0811.4706.
    Gini,
    /// The fourth central moment over the squared variance, less 3: for activities of both signs.
    ExcessKurtosis,
}

show_as_settings!(Sparseness);

impl Sparseness {
    /// The sparseness of at least two activities. None if they are all 0; for the kurtosis if they
    /// are all equal.
    ///
    /// # Errors
    /// [`Error::Shape`] of fewer than two activities; [`Error::Samples`] if one is not finite, or
    /// is negative where the measure needs activities of at least 0.
    pub fn of(&self, activities: &[f64]) -> Result<Option<f64>> {
        let row = ArrayView1::from(activities).insert_axis(Axis(0)).to_owned();
        Ok(self.population(&row)?[0])
    }

    /// For each stimulus, the sparseness over units of patterns, stimuli × units.
    ///
    /// # Errors
    /// As [`Sparseness::of`], of units.
    pub fn population(&self, x: &Array2<f64>) -> Result<Vec<Option<f64>>> {
        self.along(x, Axis(1))
    }

    /// For each unit, the sparseness over stimuli of patterns, stimuli × units.
    ///
    /// # Errors
    /// As [`Sparseness::of`], of stimuli.
    pub fn lifetime(&self, x: &Array2<f64>) -> Result<Vec<Option<f64>>> {
        self.along(x, Axis(0))
    }

    fn along(&self, x: &Array2<f64>, axis: Axis) -> Result<Vec<Option<f64>>> {
        check_patterns("patterns", x, 1)?;
        if x.len_of(axis) < 2 {
            return Err(Error::Shape(format!(
                "the patterns are {} stimuli × {} units, and sparseness needs at least 2 \
                 activities to compare",
                x.nrows(),
                x.ncols()
            )));
        }
        if *self != Self::ExcessKurtosis {
            check_not_negative(x)?;
        }
        let lanes = x.lanes(axis).into_iter();
        Ok(lanes.map(|lane| self.measure(lane.to_vec())).collect())
    }

    fn measure(&self, mut r: Vec<f64>) -> Option<f64> {
        if *self == Self::ExcessKurtosis {
            return excess_kurtosis(&r);
        }
        // All are ratios: the largest as unit keeps squares in range.
        let largest = r.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return None;
        }
        r.iter_mut().for_each(|value| *value /= largest);
        let n = r.len() as f64;
        let sum: f64 = r.iter().sum();
        let squares: f64 = r.iter().map(|value| value * value).sum();
        let fraction = sum * sum / (n * squares);
        Some(match self {
            Self::TrevesRolls => fraction,
            Self::VinjeGallant => ((1.0 - fraction) / (1.0 - 1.0 / n)).max(0.0),
            Self::Hoyer => ((n.sqrt() - sum / squares.sqrt()) / (n.sqrt() - 1.0)).max(0.0),
            Self::Gini | Self::ExcessKurtosis => gini(r, sum),
        })
    }
}

fn gini(mut r: Vec<f64>, sum: f64) -> f64 {
    r.sort_unstable_by(f64::total_cmp);
    let n = r.len() as f64;
    let weighted = r.iter().enumerate().map(|(k, value)| value * (n - k as f64 - 0.5));
    (1.0 - 2.0 * weighted.sum::<f64>() / (n * sum)).max(0.0)
}

fn excess_kurtosis(r: &[f64]) -> Option<f64> {
    let n = r.len() as f64;
    let mean = r.iter().sum::<f64>() / n;
    let scale = r.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
    if scale <= 1e-13 * mean.abs() {
        return None;
    }
    let moment =
        |power| r.iter().map(|value| ((value - mean) / scale).powi(power)).sum::<f64>() / n;
    Some(moment(4) / moment(2).powi(2) - 3.0)
}

fn check_not_negative(x: &Array2<f64>) -> Result<()> {
    match x.indexed_iter().find(|(_, value)| **value < 0.0) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::Samples(format!(
            "the activity of unit {column} is {value} at stimulus {row}, and this sparseness is \
             that of activities of at least 0; rectify them, or take Sparseness::ExcessKurtosis"
        ))),
    }
}

/// For each unit, the share of stimuli at which its activity is above 0, of patterns, stimuli ×
/// units.
///
/// # Errors
/// [`Error::Shape`] without stimuli or units; [`Error::Samples`] if a number is not finite.
pub fn fraction_active(x: &Array2<f64>) -> Result<Vec<f64>> {
    check_patterns("patterns", x, 1)?;
    let share = |column: ArrayView1<'_, f64>| {
        column.iter().filter(|value| **value > 0.0).count() as f64 / column.len() as f64
    };
    Ok(x.columns().into_iter().map(share).collect())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::Sparseness::{ExcessKurtosis, Gini, Hoyer, TrevesRolls, VinjeGallant};
    use super::*;
    use crate::representations::test_patterns::{all_close, rectified, table, y};

    /// Fails unless no sparseness is undefined and all are as expected.
    #[track_caller]
    fn all_are(found: Result<Vec<Option<f64>>>, expected: &str) {
        let found: Vec<f64> = found.unwrap().into_iter().map(Option::unwrap).collect();
        all_close(&found, &table(found.len(), expected));
    }

    /// numpy 2.4.6.
    #[test]
    fn population_sparseness_equals_numpy() {
        all_are(
            VinjeGallant.population(&rectified()),
            "0.6689839768307774 0.9033806791873873 0.6955588529134017 0.9170930867650304 \
             0.7588134556710482 0.6999596724422387 1.0 0.6511686051419925 0.7536694043046767 \
             0.656353250350956",
        );
        all_are(
            Hoyer.population(&rectified()),
            "0.557629125109935 0.843920826206309 0.5860471303054738 0.8640742909031619 \
             0.6571006244582608 0.590829824679406 1.0 0.5390011938527536 0.6511251579064317 \
             0.544388641585701",
        );
        all_are(
            Gini.population(&rectified()),
            "0.5871813371813371 0.7879715356951564 0.625164581961817 0.7885366912722536 \
             0.6799653912709094 0.6349466776045939 0.8571428571428572 0.5965986394557823 \
             0.666998506719761 0.6033062301437726",
        );
    }

    /// numpy 2.4.6.
    #[test]
    fn lifetime_sparseness_equals_numpy() {
        all_are(
            TrevesRolls.lifetime(&rectified()),
            "0.34856763227826454 0.36347418295799366 0.45300285474528296 0.37882160917949265 \
             0.34697914858362344 0.27309002144229466 0.2343414885160031",
        );
        all_are(
            VinjeGallant.lifetime(&rectified()),
            "0.7238137419130395 0.7072509078244514 0.6077746058385746 0.6901982120227859 \
             0.725578723795974 0.8076777539530059 0.8507316794266632",
        );
        all_are(
            Hoyer.lifetime(&rectified()),
            "0.5990354888777594 0.5807661955542973 0.4781491792027622 0.5623438974316862 \
             0.6010051586169948 0.6982147246721163 0.7545081064024104",
        );
        all_are(
            Gini.lifetime(&rectified()),
            "0.6807993049522154 0.6684018264840182 0.5907400232468035 0.6518265952264978 \
             0.6814997263273126 0.7493650276782807 0.7815436241610738",
        );
        assert_eq!(fraction_active(&rectified()).unwrap(), [0.5, 0.4, 0.6, 0.4, 0.4, 0.5, 0.3]);
    }

    /// `scipy.stats.kurtosis`, scipy 1.17.1.
    #[test]
    fn kurtosis_equals_scipy() {
        all_are(
            ExcessKurtosis.population(&y()),
            "-1.722733878030737 -0.21753043868743127 -1.4774509099539002 0.022446961712263125 \
             -1.2984972319430748 -0.9070273114686311 0.6747459431890714 -1.314210754572812 \
             -1.4775499326079249 -1.3880327015604648",
        );
    }

    #[test]
    fn one_active_unit_and_equal_units_are_the_limits() {
        let one = [0.0, 0.0, 0.0, 2.5, 0.0, 0.0, 0.0, 0.0];
        let limits = [(TrevesRolls, 0.125, 1.0), (VinjeGallant, 1.0, 0.0), (Hoyer, 1.0, 0.0)];
        for (measure, sparse, dense) in limits.into_iter().chain([(Gini, 0.875, 0.0)]) {
            assert!((measure.of(&one).unwrap().unwrap() - sparse).abs() < 1e-12);
            assert!((measure.of(&[0.7; 8]).unwrap().unwrap() - dense).abs() < 1e-12);
            assert_eq!(measure.of(&[0.0; 8]).unwrap(), None);
        }
        assert_eq!(ExcessKurtosis.of(&[0.1; 8]).unwrap(), None);
    }

    #[test]
    fn negative_and_single_activities_are_refused() {
        let told = Hoyer.population(&array![[1.0, -0.5]]).unwrap_err().to_string();
        assert!(told.contains("unit 1 is -0.5 at stimulus 0"), "{told}");
        assert!(Hoyer.lifetime(&array![[1.0, 0.5]]).is_err());
        assert!(Hoyer.of(&[]).is_err());
    }
}

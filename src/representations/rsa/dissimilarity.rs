//! How different are two patterns of activity?

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::gram::squared_distances_of;
use super::panels::{Panels, Preparation};
use super::patterns::{Conditions, check_finite, check_patterns, check_shape, unit_means};
use super::rdm::Rdm;
use crate::error::shown;
use crate::{Error, Result};

/// The dissimilarity of two patterns of activity over P units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Dissimilarity {
    /// Σ (a − b)² / P: the squared Euclidean distance, as a mean over units, so that layers of
    /// different size compare. rsatoolbox calls it `euclidean`.
    SquaredEuclidean,
    /// √(Σ (a − b)² / P): the root of [`Dissimilarity::SquaredEuclidean`], so also divided by √P.
    Euclidean,
    /// 1 − r, with Pearson's correlation r over units: from 0 (proportional after taking out the
    /// mean over units) to 2.
    #[default]
    Correlation,
    /// 1 − cos of the angle between the patterns: from 0 (the same direction) to 2.
    Cosine,
}

impl Dissimilarity {
    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::SquaredEuclidean => "squared_euclidean",
            Self::Euclidean => "euclidean",
            Self::Correlation => "correlation",
            Self::Cosine => "cosine",
        }
    }

    /// The RDM of patterns of activity, stimuli × units. `conditions` names the condition of each
    /// row; rows of the same condition are averaged first. The conditions of the RDM keep the order
    /// of their first appearance.
    ///
    /// ```
    /// use microlearners::ndarray::array;
    /// use microlearners::representations::Dissimilarity;
    ///
    /// let patterns = array![[1.0, 0.0, 2.0], [2.0, 1.0, 3.0], [2.0, 0.0, 1.0]];
    /// let names = ["cat", "dog", "car"].map(String::from);
    /// let rdm = Dissimilarity::Correlation.rdm(&patterns, &names)?;
    /// assert!(rdm.dissimilarities[0] < 1e-12);
    /// assert!((rdm.dissimilarities[1] - 0.5).abs() < 1e-12);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one condition for each row, or there are no units;
    /// [`Error::Samples`] for fewer than two conditions, activity that is not finite, a pattern
    /// without variation over units ([`Dissimilarity::Correlation`]) or of zeros
    /// ([`Dissimilarity::Cosine`]).
    pub fn rdm(self, patterns: &Array2<f64>, conditions: &[String]) -> Result<Rdm> {
        self.rdm_into(patterns, conditions, (&Conditions::of(conditions), &mut Panels::default()))
    }

    /// The RDMs of many networks, layers or time steps that saw the same stimuli, each as
    /// [`Dissimilarity::rdm`]; several at once.
    ///
    /// # Errors
    /// The first of [`Dissimilarity::rdm`].
    pub fn rdms(self, patterns: &[Array2<f64>], conditions: &[String]) -> Result<Vec<Rdm>> {
        let groups = Conditions::of(conditions);
        let of = |panels: &mut Panels, patterns: &Array2<f64>| {
            self.rdm_into(patterns, conditions, (&groups, panels))
        };
        let all: Vec<Result<Rdm>> = patterns.par_iter().map_init(Panels::default, of).collect();
        all.into_iter().collect()
    }

    /// [`Dissimilarity::rdm`] for what many RDMs share: conditions, and memory for patterns.
    fn rdm_into(
        self,
        patterns: &Array2<f64>,
        conditions: &[String],
        (groups, panels): (&Conditions, &mut Panels),
    ) -> Result<Rdm> {
        check_shape(patterns, conditions)?;
        if groups.are_distinct() {
            self.fill(patterns, conditions, panels)?;
        } else {
            check_patterns(patterns, conditions)?;
            self.fill(&groups.means(patterns), &groups.names, panels)?;
        }
        let scale = match self {
            Self::SquaredEuclidean | Self::Euclidean => 1.0 / patterns.ncols() as f64,
            // For patterns of length 1, ½‖a − b‖² = 1 − a·b.
            Self::Correlation | Self::Cosine => 0.5,
        };
        let mut dissimilarities = squared_distances_of(panels);
        dissimilarities.iter_mut().for_each(|value| *value *= scale);
        if self == Self::Euclidean {
            dissimilarities.iter_mut().for_each(|value| *value = value.sqrt());
        }
        Rdm::new(&groups.names, dissimilarities, self.name())
    }

    /// Patterns as their squared distances want them: finite, and centred or of length 1.
    fn fill(
        self,
        patterns: &Array2<f64>,
        conditions: &[String],
        panels: &mut Panels,
    ) -> Result<()> {
        let preparation = match self {
            Self::SquaredEuclidean | Self::Euclidean => {
                let means = unit_means(patterns);
                // The sum of finite numbers is finite, unless it is too large to be one.
                if !means.sum().is_finite() {
                    check_finite(patterns, conditions)?;
                }
                panels.fill(patterns.view(), Preparation::Without(&means.to_vec()));
                return Ok(());
            }
            Self::Correlation => Preparation::CentredUnit,
            Self::Cosine => Preparation::Unit,
        };
        let Some(place) = panels.fill(patterns.view(), preparation) else { return Ok(()) };
        check_finite(patterns, conditions)?;
        Err(self.undefined(&shown(&conditions[place]), patterns.ncols()))
    }

    /// Why a pattern has no dissimilarity.
    fn undefined(self, name: &str, units: usize) -> Error {
        let other = "leave the condition out, or use SquaredEuclidean";
        Error::Samples(match self {
            Self::Correlation => format!(
                "the pattern of condition {name} is the same in all {units} units, so that it has no correlation; {other}"
            ),
            _ => format!(
                "the pattern of condition {name} is 0 in all {units} units, so that it has no direction; {other}"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, all_close, close, names};
    use super::*;
    use ndarray::{Axis, array, concatenate};

    /// rsatoolbox 0.3.2 (`euclidean`, its root, `correlation`); numpy 2.4.6 for the cosine.
    #[test]
    fn all_dissimilarities_equal_rsatoolbox() {
        let (a, b) = (fixtures::a(), fixtures::b());
        let of = |kind: Dissimilarity, x: &Array2<f64>| kind.rdm(x, &names(10)).unwrap();
        let found = of(Dissimilarity::SquaredEuclidean, &a).dissimilarities;
        all_close(&found, &fixtures::EUCLIDEAN_A);
        let roots: Vec<f64> = fixtures::EUCLIDEAN_A.iter().map(|value| value.sqrt()).collect();
        all_close(&of(Dissimilarity::Euclidean, &a).dissimilarities, &roots);
        all_close(&of(Dissimilarity::SquaredEuclidean, &b).dissimilarities, &fixtures::EUCLIDEAN_B);
        all_close(&of(Dissimilarity::Correlation, &a).dissimilarities, &fixtures::CORRELATION_A);
        all_close(&of(Dissimilarity::Correlation, &b).dissimilarities, &fixtures::CORRELATION_B);
        all_close(&of(Dissimilarity::Cosine, &a).dissimilarities, &fixtures::COSINE_A);
    }

    #[test]
    fn repeats_are_averaged_as_rsatoolbox_does() {
        let repeats = fixtures::repeats();
        let views: Vec<_> = repeats.iter().map(|repeat| repeat.view()).collect();
        let patterns = concatenate(Axis(0), &views).unwrap();
        let conditions = [names(10), names(10), names(10)].concat();
        let rdm = Dissimilarity::SquaredEuclidean.rdm(&patterns, &conditions).unwrap();
        all_close(&rdm.dissimilarities[..3], &fixtures::EUCLIDEAN_OF_MEAN_FIRST);
        assert_eq!(rdm.conditions, names(10));
    }

    #[test]
    fn invariances() {
        let a = fixtures::a();
        let names = names(10);
        // A rotation of two units, and all units in another order.
        let (sin, cos) = 0.7_f64.sin_cos();
        let mut rotation = Array2::eye(5);
        rotation[[1, 1]] = cos;
        rotation[[1, 4]] = -sin;
        rotation[[4, 1]] = sin;
        rotation[[4, 4]] = cos;
        let rotated = a.dot(&rotation);
        let reordered = a.select(Axis(1), &[3, 0, 4, 2, 1]);
        let scaled = &a * 3.5 + 2.0;
        let of = |kind: Dissimilarity, x: &Array2<f64>| kind.rdm(x, &names).unwrap();
        use Dissimilarity::{Correlation, Cosine, Euclidean, SquaredEuclidean};
        for kind in [SquaredEuclidean, Euclidean, Correlation, Cosine] {
            all_close(&of(kind, &a).dissimilarities, &of(kind, &reordered).dissimilarities);
        }
        for kind in [SquaredEuclidean, Euclidean, Cosine] {
            all_close(&of(kind, &a).dissimilarities, &of(kind, &rotated).dissimilarities);
        }
        all_close(&of(Correlation, &a).dissimilarities, &of(Correlation, &scaled).dissimilarities);
        close(
            of(Euclidean, &(&a * 2.0)).dissimilarities[5],
            2.0 * of(Euclidean, &a).dissimilarities[5],
        );
    }

    #[test]
    fn limits_and_what_is_undefined() {
        let patterns = array![[1.0, 2.0], [1.0, 2.0], [-2.0, -4.0]];
        let rdm = Dissimilarity::Cosine.rdm(&patterns, &names(3)).unwrap();
        all_close(&rdm.dissimilarities, &[0.0, 2.0, 2.0]);
        let told = |kind: Dissimilarity, patterns: &Array2<f64>| {
            kind.rdm(patterns, &names(2)).unwrap_err().to_string()
        };
        let constant = told(Dissimilarity::Correlation, &array![[1.0, 2.0], [0.3, 0.3]]);
        assert!(constant.contains("condition s1 is the same in all 2 units"), "{constant}");
        let zero = told(Dissimilarity::Cosine, &array![[0.0, 0.0], [0.3, 0.3]]);
        assert!(zero.contains("condition s0 is 0 in all 2 units"), "{zero}");
        assert!(told(Dissimilarity::Euclidean, &array![[1.0]]).contains("1 patterns"));
    }

    #[test]
    fn many_at_once_equal_one_by_one() {
        let repeats = fixtures::repeats();
        let together = Dissimilarity::default().rdms(&repeats, &names(10)).unwrap();
        for (rdm, patterns) in together.iter().zip(&repeats) {
            assert_eq!(*rdm, Dissimilarity::default().rdm(patterns, &names(10)).unwrap());
        }
    }
}

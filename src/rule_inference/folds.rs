//! Networks in groups, each judged by a rule that was fitted to the others.

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::moments::Moments;
use super::subset::{best_subsets, fit};
use crate::random;

/// Some terms and their coefficients.
type Fitted = (Vec<usize>, Vec<f64>);

/// Networks assigned at random to groups, with the sums over all networks outside of each.
#[derive(Debug)]
pub(super) struct Folds<'a> {
    parts: &'a [Moments],
    members: Vec<Vec<usize>>,
    training: Vec<Moments>,
}

impl<'a> Folds<'a> {
    /// At most as many groups as networks.
    pub(super) fn new(parts: &'a [Moments], count: usize, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.shuffle(&mut random::stream(seed, "rule_inference folds"));
        let count = count.min(parts.len());
        let fold = |k: usize| order.iter().copied().skip(k).step_by(count).collect();
        let members: Vec<Vec<usize>> = (0..count).map(fold).collect();
        let outside = |fold: &Vec<usize>| {
            let others = (0..parts.len()).filter(|index| !fold.contains(index));
            Moments::sum(others.map(|index| &parts[index]))
        };
        let training = members.iter().map(outside).collect();
        Self { parts, members, training }
    }

    /// How many candidate terms there are.
    pub(super) fn terms(&self) -> usize {
        self.parts[0].products.len()
    }

    /// For every network the errors of the best rules of 0 to `most` terms. All have as many sizes
    /// as the fold with the fewest.
    pub(super) fn errors_by_size(&self, most: usize) -> Vec<Vec<f64>> {
        let rules = |train: &Moments| {
            let fitted = |set: Vec<usize>| fit(train, &set).map(|by| (set, by));
            best_subsets(train, most).into_iter().map_while(fitted).collect()
        };
        let all = self.judged(&self.training.par_iter().map(rules).collect::<Vec<_>>());
        let sizes = all.iter().map(Vec::len).min().unwrap_or(0);
        all.into_iter().map(|errors| errors[..sizes].to_vec()).collect()
    }

    /// For every network the error of these terms; none if they depend on one another.
    pub(super) fn errors_of(&self, support: &[usize]) -> Option<Vec<f64>> {
        let rule = |train: &Moments| fit(train, support).map(|by| vec![(support.to_vec(), by)]);
        let rules = self.training.iter().map(rule).collect::<Option<Vec<_>>>()?;
        Some(self.judged(&rules).concat())
    }

    /// Errors of each fold's rules on its own members, in the order of the networks.
    fn judged(&self, rules: &[Vec<Fitted>]) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::new(); self.parts.len()];
        for (members, rules) in self.members.iter().zip(rules) {
            for &member in members {
                let error = |(set, by): &Fitted| self.parts[member].error(set, by);
                all[member] = rules.iter().map(error).collect();
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Networks whose one term has coefficients 1, 2 and 3.
    fn parts() -> Vec<Moments> {
        let of = |by: f64| Moments {
            gram: array![[1.0]],
            products: array![by],
            square: by * by,
            rows: 1.0,
        };
        [1.0, 2.0, 3.0].map(of).into()
    }

    #[test]
    fn each_network_is_judged_by_the_others() {
        let parts = parts();
        let folds = Folds::new(&parts, 10, 0);
        let errors = folds.errors_by_size(4);
        assert!(errors.iter().all(|of| of.len() == 2));
        // The others say 2.5, 2 and 1.5.
        for ((of, null), one) in errors.iter().zip([1.0, 4.0, 9.0]).zip([2.25, 0.0, 2.25]) {
            assert!((of[0] - null).abs() < 1e-12 && (of[1] - one).abs() < 1e-12, "{of:?}");
        }
        let one: Vec<f64> = errors.iter().map(|of| of[1]).collect();
        assert_eq!(folds.errors_of(&[0]).unwrap(), one);
        assert!(folds.errors_of(&[0, 0]).is_none());
    }
}

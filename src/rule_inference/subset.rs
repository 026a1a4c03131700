//! The best small sets of terms, by exchange.

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Axis};

use super::moments::Moments;
use super::tableau::Tableau;

/// An exchange must lower the error by more than this share of what it gains, so that they end.
const BETTER: f64 = 1e-9;
/// Rounds of exchanges at each size.
const ROUNDS: usize = 20;

/// The coefficients of least squares on the terms of `support`; none if they depend on one another.
pub(super) fn fit(moments: &Moments, support: &[usize]) -> Option<Vec<f64>> {
    if support.is_empty() {
        return Some(Vec::new());
    }
    let mut gram = moments.gram.select(Axis(0), support).select(Axis(1), support);
    let scale: Array1<f64> = gram.diag().mapv(f64::sqrt);
    if scale.iter().any(|&scale| scale <= 0.0) {
        return None;
    }
    for ((i, j), value) in gram.indexed_iter_mut() {
        *value /= scale[i] * scale[j];
    }
    let mut right = (moments.products.select(Axis(0), support) / &scale).insert_axis(Axis(1));
    gram.solvec_inplace(&mut right).ok()?;
    Some((right.remove_axis(Axis(1)) / scale).to_vec())
}

/// The same for all terms: 0 for those that are not in `support`, and for all if they depend on one
/// another.
pub(super) fn coefficients(moments: &Moments, support: &[usize]) -> Vec<f64> {
    let mut by_term = vec![0.0; moments.products.len()];
    let fitted = fit(moments, support).unwrap_or_default();
    support.iter().zip(&fitted).for_each(|(&term, &by)| by_term[term] = by);
    by_term
}

/// Those of some terms that do not depend on the ones before them.
pub(super) fn independent(moments: &Moments, terms: &[usize]) -> Vec<usize> {
    let mut tableau = Tableau::new(&moments.normalised());
    let mut kept = terms.to_vec();
    kept.retain(|&term| {
        let is_new = tableau.gain(term) >= 0.0;
        if is_new {
            tableau.sweep(term);
        }
        is_new
    });
    kept
}

/// For every size from 0 to at most `most` the set of terms with the smallest error that is found
/// by adding, exchanging and removing one at a time. Fewer sizes if all other terms depend on those
/// taken. Of terms that are equally good the first is taken.
///
/// Sets grow up to the largest and shrink again. Exchanges find what addition alone misses: a term
/// that stood in for two others leaves again. Shrinking finds pairs of which neither term helps
/// alone.
pub(super) fn best_subsets(moments: &Moments, most: usize) -> Vec<Vec<usize>> {
    let empty = Tableau::new(&moments.normalised());
    let mut sets = vec![Candidate { set: Vec::new(), left: empty.left() }];
    for _ in 0..most {
        let last = &sets.last().expect("it starts with one").set;
        let tableau = empty.with(last);
        let Some(added) = best_addition(&tableau, None) else { break };
        let set = last.iter().copied().chain([added]).collect();
        sets.push(Candidate::exchanged(&empty, set));
    }
    for size in (1..sets.len().saturating_sub(1)).rev() {
        let larger = &sets[size + 1].set;
        let tableau = empty.with(larger);
        let by_loss = |a: &&usize, b: &&usize| tableau.loss(**a).total_cmp(&tableau.loss(**b));
        let least = larger.iter().min_by(by_loss).copied();
        let set = larger.iter().copied().filter(|&term| Some(term) != least).collect();
        let smaller = Candidate::exchanged(&empty, set);
        if sets[size].left - smaller.left > BETTER * (empty.left() - smaller.left) {
            sets[size] = smaller;
        }
    }
    let sorted = |candidate: Candidate| {
        let mut set = candidate.set;
        set.sort_unstable();
        set
    };
    sets.into_iter().map(sorted).collect()
}

/// A set of terms, and how much of the target's square it leaves.
struct Candidate {
    set: Vec<usize>,
    left: f64,
}

impl Candidate {
    /// Replaces one term by another as long as the error falls.
    fn exchanged(empty: &Tableau, mut set: Vec<usize>) -> Self {
        let mut tableau = empty.with(&set);
        for _ in 0..ROUNDS {
            let before = set.clone();
            for term in &mut set {
                tableau.sweep(*term);
                if let Some(new) = best_addition(&tableau, Some(*term)) {
                    *term = new;
                }
                tableau.sweep(*term);
            }
            if set == before {
                break;
            }
        }
        Self { left: empty.with(&set).left(), set }
    }
}

/// The term that lowers the error most. `keep` wins unless another is better by more than rounding.
fn best_addition(tableau: &Tableau, keep: Option<usize>) -> Option<usize> {
    let known = |term: usize| Some((term, tableau.gain(term))).filter(|&(_, gain)| gain >= 0.0);
    let better = |best: Option<(usize, f64)>, next: (usize, f64)| match best {
        Some((_, gain)) if next.1 <= gain * (1.0 + BETTER) => best,
        _ => Some(next),
    };
    let all = (0..tableau.terms()).filter_map(known);
    all.fold(keep.and_then(known), better).map(|(term, _)| term)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of columns that are given row by row, the last of which is the target.
    fn moments(rows: &[&[f64]]) -> Moments {
        let terms = rows[0].len() - 1;
        let mut sums = Moments::zeros(terms);
        for row in rows {
            let x = Array1::from(row[..terms].to_vec());
            let gram = x.view().insert_axis(Axis(1)).dot(&x.view().insert_axis(Axis(0)));
            let square = row[terms] * row[terms];
            sums.add(&Moments { gram, products: &x * row[terms], square, rows: 1.0 });
        }
        sums
    }

    #[test]
    fn a_first_term_that_stood_in_for_two_leaves_again() {
        // The third column is nearly the sum of the first two, and the best single one.
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|i| {
                let (a, b) = ((f64::from(i) * 0.7).sin(), (f64::from(i) * 1.3).cos());
                vec![a, b, a + b + 0.3 * (f64::from(i) * 2.9).sin(), a + b]
            })
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let sets = best_subsets(&moments(&rows), 2);
        assert_eq!(sets, [vec![], vec![2], vec![0, 1]]);
    }

    #[test]
    fn pairs_that_help_only_together_are_found_by_shrinking() {
        // The target is the small difference of two columns that are nearly equal; the others are
        // better one at a time, and as a pair.
        let rows: Vec<Vec<f64>> = (0..80)
            .map(|i| {
                let wave = |speed: f64| (f64::from(i) * speed).sin();
                let (a, d) = (wave(0.71), wave(1.37));
                vec![a, a + 0.01 * d, d + 0.5 * wave(2.3), d + 0.5 * wave(3.1), d]
            })
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        assert_eq!(best_subsets(&moments(&rows), 4)[2], [0, 1]);
    }

    #[test]
    fn dependent_terms_are_never_taken_together() {
        let rows: [&[f64]; 4] = [
            &[1.0, 2.0, 0.0, 1.0],
            &[2.0, 4.0, 0.0, 2.0],
            &[0.5, 1.0, 0.0, 3.0],
            &[1.0, 2.0, 0.0, 0.0],
        ];
        let sets = best_subsets(&moments(&rows), 3);
        assert_eq!(sets, [vec![], vec![0]]);
        assert_eq!(independent(&moments(&rows), &[2, 1, 0]), [1]);
        assert!(fit(&moments(&rows), &[2]).is_none());
        let only = fit(&moments(&rows), &[0]).unwrap();
        assert!((only[0] - 6.5 / 6.25).abs() < 1e-12);
    }
}

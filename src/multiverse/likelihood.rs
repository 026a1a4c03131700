//! How likely the published confusions are where a forest confuses rules as it does in a design.

use crate::classification::{ConfusionMatrix, published};
use crate::error::{Error, Result};

/// What is added to each count before it becomes a probability: Jeffreys' prior, a symmetric
/// Dirichlet distribution for each rule.
pub const PRIOR: f64 = 0.5;

/// How far below [`best_log_likelihood`] a design may be to count as near: half the 95 % quantile
/// of χ² with the 6 degrees of freedom that three rows of three classes have. About 95 % of tables
/// of the design that is true would be as near.
pub const NEAR: f64 = 6.3;

/// The natural logarithm of the probability of the published table on 36 networks, both confusion
/// matrices that fit it added up, if each rule's networks are drawn independently with the shares
/// that `found` has of it. The shares are (n + [`PRIOR`]) / (Σn + 6 · [`PRIOR`]).
///
/// # Errors
/// [`Error::Samples`] unless the classes of `found` are the slides' six rules.
pub fn log_likelihood(found: &ConfusionMatrix) -> Result<f64> {
    let matrices = published::confusions();
    let place = |rule: &String| found.classes().iter().position(|class| class == rule);
    let rules = matrices[0].classes();
    let order: Option<Vec<usize>> = rules.iter().map(place).collect();
    let Some(order) = order.filter(|order| order.len() == found.classes().len()) else {
        return Err(Error::Samples(format!(
            "the classes are {}, but those of the slides' table are {}; judge networks of these six rules",
            found.classes().join(", "),
            rules.join(", ")
        )));
    };
    let found = found.in_order(&order)?;
    let smoothed = found.counts().iter().map(|row| {
        let total = row.iter().sum::<u64>() as f64 + PRIOR * row.len() as f64;
        row.iter().map(|&count| (count as f64 + PRIOR) / total).collect()
    });
    Ok(under(&matrices, &smoothed.collect::<Vec<Vec<f64>>>()))
}

/// The largest value there can be: under the shares of the likelier published matrix itself.
pub fn best_log_likelihood() -> f64 {
    let matrices = published::confusions();
    let under_own = matrices.each_ref().map(|matrix| under(&matrices, &matrix.fractions()));
    under_own[0].max(under_own[1])
}

fn under(matrices: &[ConfusionMatrix], shares: &[Vec<f64>]) -> f64 {
    let of_row = |(row, shares): (&Vec<u64>, &Vec<f64>)| {
        let seen = row.iter().zip(shares).filter(|&(&count, _)| count > 0);
        let cells = seen.map(|(&count, share)| count as f64 * share.ln() - log_factorial(count));
        log_factorial(row.iter().sum()) + cells.sum::<f64>()
    };
    let of_matrix =
        |matrix: &ConfusionMatrix| -> f64 { matrix.counts().iter().zip(shares).map(of_row).sum() };
    let all: Vec<f64> = matrices.iter().map(of_matrix).collect();
    let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + all.iter().map(|one| (one - most).exp()).sum::<f64>().ln()
}

fn log_factorial(count: u64) -> f64 {
    (2..=count).map(|factor| (factor as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(counts: Vec<Vec<u64>>) -> ConfusionMatrix {
        ConfusionMatrix::new(published::confusion().classes().to_vec(), counts).unwrap()
    }

    #[test]
    fn the_likelihood_under_equal_shares_is_that_by_hand() {
        // Of 36 networks each has the share 1/6. Ways to arrange the first matrix:
        // 7!/6! · 5!/3! · 5!/(2! 2!), the second: 7!/6! · 5!/(2! 2!) · 5!/3!.
        let ways: f64 = 7.0 * 20.0 * 30.0 + 7.0 * 30.0 * 20.0;
        let expected = ways.ln() - 36.0 * 6.0_f64.ln();
        let found = log_likelihood(&matrix(vec![vec![10; 6]; 6])).unwrap();
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn shares_are_smoothed_by_half_a_network() {
        // Never confused: (20 + 1/2)/23 on the diagonal, (1/2)/23 elsewhere; 27 right, 9 wrong.
        let counts = (0..6).map(|row| (0..6).map(|c| if c == row { 20 } else { 0 }).collect());
        let found = log_likelihood(&matrix(counts.collect())).unwrap();
        let ways: f64 = 8400.0;
        let expected = ways.ln() + 27.0 * (20.5_f64 / 23.0).ln() + 9.0 * (0.5_f64 / 23.0).ln();
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn nothing_is_likelier_than_the_published_shares() {
        let best = best_log_likelihood();
        for matrix in published::confusions() {
            let many: Vec<Vec<u64>> =
                matrix.counts().iter().map(|row| row.iter().map(|n| 1000 * n).collect()).collect();
            let near = log_likelihood(&self::matrix(many)).unwrap();
            assert!(near < best && near > best - 0.1, "{near} {best}");
        }
    }

    #[test]
    fn a_matrix_without_the_slides_rules_is_refused() {
        let other = ConfusionMatrix::new(vec!["oja".into()], vec![vec![3]]).unwrap();
        assert!(log_likelihood(&other).unwrap_err().to_string().contains("backprop"));
    }
}

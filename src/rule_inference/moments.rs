//! What a regression needs of the data: sums of products, one set for each recording.

use ndarray::{Array1, Array2, Axis};

use crate::statistics::quantile;
use crate::{Error, Result};

/// The sums of products of terms with one another and with the target.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Terms × terms.
    pub(super) gram: Array2<f64>,
    /// Of each term with the target.
    pub(super) products: Array1<f64>,
    /// Of the target with itself.
    pub(super) square: f64,
    /// How many numbers the sums run over.
    pub(super) rows: f64,
}

impl Moments {
    pub(super) fn zeros(terms: usize) -> Self {
        let (gram, products) = (Array2::zeros((terms, terms)), Array1::zeros(terms));
        Self { gram, products, square: 0.0, rows: 0.0 }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.gram += &other.gram;
        self.products += &other.products;
        self.square += other.square;
        self.rows += other.rows;
    }

    /// The sum of at least one of them, in that order.
    pub(super) fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut parts = parts.into_iter();
        let mut sum = parts.next().expect("there is at least one").clone();
        parts.for_each(|part| sum.add(part));
        sum
    }

    /// The same, so weighted that no network counts for much more than another: divided by its mean
    /// square plus that of a typical network.
    pub(super) fn weighted(parts: &[Self]) -> Vec<Self> {
        let mean_square = |part: &Self| part.square / part.rows.max(1.0);
        let positive: Vec<f64> =
            parts.iter().map(mean_square).filter(|&square| square > 0.0).collect();
        let typical = if positive.is_empty() { 1.0 } else { quantile(&positive, 0.5) };
        let weighted = |part: &Self| {
            let unit = part.rows.max(1.0) * (mean_square(part) + typical);
            Self {
                gram: &part.gram / unit,
                products: &part.products / unit,
                square: part.square / unit,
                rows: 1.0,
            }
        };
        parts.iter().map(weighted).collect()
    }

    /// Accepts sums that are finite.
    ///
    /// # Errors
    /// [`Error::Samples`] otherwise.
    pub(super) fn check_finite(&self) -> Result<()> {
        let mut numbers = self.gram.iter().chain(&self.products).chain([&self.square]);
        if numbers.all(|value| value.is_finite()) {
            return Ok(());
        }
        let said = "the products of activities and weights are too large to compute with; scale \
                    them to about 1";
        Err(Error::Samples(said.into()))
    }

    /// The squared error per row of a rule, at least 0.
    pub(super) fn error(&self, support: &[usize], coefficients: &[f64]) -> f64 {
        let some = |&index: &usize, by: f64| {
            let row = support.iter().zip(coefficients).map(|(&j, &b)| b * self.gram[[index, j]]);
            by * (row.sum::<f64>() - 2.0 * self.products[index])
        };
        let parts = support.iter().zip(coefficients).map(|(index, &by)| some(index, by));
        (self.square + parts.sum::<f64>()).max(0.0) / self.rows.max(1.0)
    }

    /// The same in units in which every term and the target have square 1; what is 0 throughout
    /// stays 0.
    pub(super) fn normalised(&self) -> Self {
        let unit = |&x: &f64| if x > 0.0 { x.sqrt() } else { 1.0 };
        let units: Array1<f64> = self.gram.diag().iter().map(unit).collect();
        let own = unit(&self.square);
        let columns = units.view().insert_axis(Axis(0));
        let lines = units.view().insert_axis(Axis(1));
        let gram = &(&self.gram / &lines) / &columns;
        let products = &self.products / &units / own;
        Self { gram, products, square: self.square / own / own, rows: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn moments(scale: f64) -> Moments {
        Moments {
            gram: array![[4.0, 1.0], [1.0, 9.0]] * scale,
            products: array![2.0, 3.0] * scale,
            square: 16.0 * scale,
            rows: 2.0,
        }
    }

    #[test]
    fn errors_by_hand() {
        // 16 − 2 (2 · 1 + 3 · ½) + 4 + 2 · ½ + 9 / 4, over two rows.
        assert!((moments(1.0).error(&[0, 1], &[1.0, 0.5]) - 16.25 / 2.0).abs() < 1e-12);
        assert_eq!(moments(1.0).error(&[], &[]), 8.0);
    }

    #[test]
    fn units_do_not_matter() {
        let normal = moments(1.0).normalised();
        assert_eq!(normal.gram, array![[1.0, 1.0 / 6.0], [1.0 / 6.0, 1.0]]);
        assert_eq!(normal.products, array![0.25, 0.25]);
        assert_eq!(normal.square, 1.0);
    }

    #[test]
    fn no_network_outweighs_the_others() {
        let all = [moments(1.0), moments(1.0), moments(1e6)];
        let weighted = Moments::weighted(&all);
        assert!((weighted[0].square - 0.5).abs() < 1e-12);
        assert!((weighted[2].square - 1.0).abs() < 1e-5);
    }
}

//! A plasticity rule as an equation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::moments::Moments;
use super::monomial::{Monomial, Trace};
use super::recording::{PlasticityRecording, check_recordings, check_weights};
use super::sums::{Formulation, Sums};
use crate::{Error, Result};

/// Δw as a sum of terms with their coefficients.
///
/// ```
/// use microlearners::rule_inference::{Monomial, PlasticityRule};
///
/// let oja = PlasticityRule {
///     terms: vec![(Monomial::new(1, 1, 0), 0.05), (Monomial::new(0, 2, 1), -0.05)],
///     traces: vec![],
/// };
/// assert_eq!(oja.to_string(), "Δw = 0.0500 pre post − 0.0500 post² w");
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlasticityRule {
    /// The terms, each with its coefficient.
    pub terms: Vec<(Monomial, f64)>,
    /// The traces that the terms use.
    pub traces: Vec<Trace>,
}

impl PlasticityRule {
    /// The terms as a basis.
    pub fn basis(&self) -> Basis {
        let monomials = self.terms.iter().map(|(monomial, _)| monomial.clone()).collect();
        Basis { monomials, traces: self.traces.clone() }
    }

    /// The coefficients, in the order of the terms.
    pub fn coefficients(&self) -> Vec<f64> {
        self.terms.iter().map(|&(_, coefficient)| coefficient).collect()
    }

    /// The names of the terms, in alphabetical order.
    pub fn support(&self) -> Vec<String> {
        let mut names = self.basis().names();
        names.sort();
        names
    }

    /// The share of the squared weight changes that it predicts, for each recording; below 0 if no
    /// prediction at all were better. Noise of measurement counts as change, so that it lowers
    /// this.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule is invalid; [`Error::Samples`] and [`Error::Shape`] for
    /// recordings without weights, or that do not fit.
    pub fn explained(&self, recordings: &[PlasticityRecording]) -> Result<Vec<f64>> {
        self.check()?;
        check_recordings(recordings, 1)?;
        check_weights(recordings)?;
        let basis = self.basis();
        basis.check_factor(recordings)?;
        let formulation = Formulation::Differences;
        let sums = Sums { basis: &basis, formulation, skip: 0, by_term: None };
        let all: Vec<usize> = (0..self.terms.len()).collect();
        let one = |sums: &Moments| {
            let null = (sums.square / sums.rows).max(f64::MIN_POSITIVE);
            1.0 - sums.error(&all, &self.coefficients()) / null
        };
        Ok(sums.of_each(recordings).iter().map(one).collect())
    }

    /// # Errors
    /// [`Error::Setting`] if a coefficient is not finite, a term stands twice, or a trace is
    /// missing.
    pub(super) fn check(&self) -> Result<()> {
        if let Some((monomial, odd)) = self.terms.iter().find(|(_, value)| !value.is_finite()) {
            let name = format!("the coefficient of {}", monomial.name(&self.traces));
            return Err(Error::setting(name, odd, "it must be a finite number"));
        }
        if self.terms.is_empty() { Ok(()) } else { self.basis().check() }
    }
}

impl fmt::Display for PlasticityRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Δw =")?;
        if self.terms.is_empty() {
            return write!(f, " 0");
        }
        for (index, (monomial, coefficient)) in self.terms.iter().enumerate() {
            let sign = match (index, *coefficient < 0.0) {
                (0, false) => "",
                (0, true) => "−",
                (_, false) => "+ ",
                (_, true) => "− ",
            };
            let name = monomial.name(&self.traces);
            write!(f, " {sign}{} {name}", digits(coefficient.abs(), 3))?;
        }
        Ok(())
    }
}

/// A positive number with so many significant digits, at least one.
pub(super) fn digits(value: f64, significant: usize) -> String {
    if value == 0.0 || !(1e-4..1e4).contains(&value) {
        return format!("{value:.*e}", significant - 1);
    }
    let places = significant as i32 - 1 - value.log10().floor() as i32;
    format!("{value:.*}", places.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_have_signs_and_three_digits() {
        assert_eq!(PlasticityRule::default().to_string(), "Δw = 0");
        let terms = vec![(Monomial::new(0, 0, 1), -0.02), (Monomial::new(2, 1, 0), 12.34)];
        let rule = PlasticityRule { terms, traces: vec![] };
        assert_eq!(rule.to_string(), "Δw = −0.0200 w + 12.3 pre² post");
        assert_eq!(rule.support(), ["pre² post", "w"]);
        assert_eq!(digits(0.000_012_34, 3), "1.23e-5");
        assert_eq!(digits(0.0, 3), "0.00e0");
    }

    #[test]
    fn coefficients_that_are_none_are_refused() {
        let terms = vec![(Monomial::new(1, 1, 0), f64::NAN)];
        let said = PlasticityRule { terms, traces: vec![] }.check().unwrap_err().to_string();
        assert_eq!(said, "the coefficient of pre post is NaN, but it must be a finite number");
    }
}

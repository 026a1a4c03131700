//! Which terms a rule may have.

use serde::{Deserialize, Serialize};

use super::monomial::{Monomial, Trace};
use super::recording::PlasticityRecording;
use crate::error::first_repeated;
use crate::{Error, Result};

/// The largest powers of a [`Basis`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Powers {
    /// Of the presynaptic activity; default 2.
    pub pre: u32,
    /// Of the postsynaptic activity; default 2.
    pub post: u32,
    /// Of the weight; default 2.
    pub weight: u32,
    /// Of the third factor; default 0: there is none.
    pub factor: u32,
    /// Of all traces together; default 1.
    pub traces: u32,
    /// Of all together, where a trace counts as many as its inner powers; default 6.
    pub degree: u32,
}

impl Default for Powers {
    fn default() -> Self {
        Self { pre: 2, post: 2, weight: 2, factor: 0, traces: 1, degree: 6 }
    }
}

/// The candidate terms of a rule, and the traces that they use.
///
/// The default is a Taylor series up to the square of pre, post and weight: 27 terms, as in Mehta
/// and others 2024.
///
/// ```
/// use microlearners::rule_inference::{Basis, Monomial, Powers, Trace};
///
/// assert_eq!(Basis::default().names().len(), 27);
/// let powers = Powers { degree: 4, ..Powers::default() };
/// let with_threshold = Basis::new(&powers, &[Trace::default()]);
/// assert!(with_threshold.names().contains(&"⟨post²⟩₁₀ pre post".to_owned()));
/// let mine = Basis { monomials: vec![Monomial::new(1, 1, 0)], traces: vec![] };
/// assert_eq!(mine.names(), ["pre post"]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The candidate terms. Of several that the data cannot distinguish, the first is taken.
    pub monomials: Vec<Monomial>,
    /// The traces that the terms use.
    pub traces: Vec<Trace>,
}

impl Default for Basis {
    fn default() -> Self {
        Self::new(&Powers::default(), &[])
    }
}

impl Basis {
    /// All products within the largest powers, from the lowest degree to the highest.
    pub fn new(powers: &Powers, traces: &[Trace]) -> Self {
        let own = [powers.pre, powers.post, powers.weight, powers.factor];
        let mut all: Vec<Vec<u32>> = vec![Vec::new()];
        for most in own.into_iter().chain(traces.iter().map(|_| powers.traces)) {
            all = all.iter().flat_map(|head| (0..=most).map(|last| extended(head, last))).collect();
        }
        let monomial = |powers: Vec<u32>| Monomial {
            pre: powers[0],
            post: powers[1],
            weight: powers[2],
            factor: powers[3],
            traces: powers[4..].to_vec(),
        };
        let is_allowed = |monomial: &Monomial| {
            monomial.traces.iter().sum::<u32>() <= powers.traces
                && monomial.degree(traces) <= powers.degree
        };
        let mut monomials: Vec<Monomial> =
            all.into_iter().map(monomial).filter(is_allowed).map(|one| one.trimmed()).collect();
        monomials.sort_by_key(|monomial| monomial.degree(traces));
        Self { monomials, traces: traces.to_vec() }
    }

    /// The name of every term, such as `pre post`.
    pub fn names(&self) -> Vec<String> {
        self.monomials.iter().map(|monomial| monomial.name(&self.traces)).collect()
    }

    /// Some of its terms, with all of its traces.
    pub(super) fn some(&self, terms: &[usize]) -> Self {
        let monomials = terms.iter().map(|&term| self.monomials[term].clone()).collect();
        Self { monomials, traces: self.traces.clone() }
    }

    /// Accepts terms that are there and all different, with traces that exist.
    ///
    /// # Errors
    /// [`Error::Setting`] otherwise.
    pub fn check(&self) -> Result<()> {
        self.traces.iter().try_for_each(Trace::check)?;
        let terms: Vec<Monomial> = self.monomials.iter().map(Monomial::trimmed).collect();
        if terms.is_empty() {
            return Err(Error::setting("basis", "empty", "it must have at least one term"));
        }
        let missing = |monomial: &&Monomial| monomial.traces.len() > self.traces.len();
        if let Some(monomial) = terms.iter().find(missing) {
            let requirement = format!(
                "a term uses trace {}, counted from 0; add it to the basis",
                monomial.traces.len() - 1
            );
            let traces = format!("a basis of {} traces", self.traces.len());
            return Err(Error::setting("basis", traces, requirement));
        }
        match first_repeated(&terms) {
            Some(twice) => {
                let name = twice.name(&self.traces);
                Err(Error::setting("basis", format!("with {name} twice"), "a term may stand once"))
            }
            None => Ok(()),
        }
    }

    /// Accepts a recording that has the third factor, if a term or a trace reads it.
    pub(super) fn check_factor(&self, recordings: &[PlasticityRecording]) -> Result<()> {
        let reads = self.monomials.iter().any(|monomial| monomial.factor > 0)
            || self.traces.iter().any(|trace| trace.factor > 0);
        match recordings.iter().position(|recording| recording.factor.is_none()) {
            Some(index) if reads => Err(Error::Samples(format!(
                "the basis reads a third factor, and recording {index} has none; give it, or \
                 set the factor's power to 0"
            ))),
            _ => Ok(()),
        }
    }
}

fn extended(head: &[u32], last: u32) -> Vec<u32> {
    head.iter().copied().chain([last]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_has_27_terms_from_the_simplest() {
        let names = Basis::default().names();
        assert_eq!(names.len(), 27);
        assert_eq!(names[0], "1");
        assert_eq!(names[26], "pre² post² w²");
        assert!(Basis::default().check().is_ok());
    }

    #[test]
    fn traces_enter_together_up_to_their_power() {
        let traces = [Trace::default(), Trace { post: 1, ..Trace::default() }];
        let basis =
            Basis::new(&Powers { pre: 1, post: 1, weight: 0, ..Powers::default() }, &traces);
        assert_eq!(basis.monomials.len(), 4 * 3);
        let lower = Powers { pre: 1, post: 1, weight: 0, degree: 2, ..Powers::default() };
        assert_eq!(Basis::new(&lower, &traces).monomials.len(), 4 + 1 + 3);
    }

    #[test]
    fn a_basis_without_sense_is_refused() {
        let of = |monomials| Basis { monomials, traces: vec![] };
        let said = of(vec![]).check().unwrap_err().to_string();
        assert_eq!(said, "basis is empty, but it must have at least one term");
        let twice = of(vec![Monomial::new(1, 1, 0); 2]);
        assert!(twice.check().unwrap_err().to_string().contains("pre post twice"));
        let trace = of(vec![Monomial::new(1, 0, 0).times_trace(1)]);
        assert!(trace.check().unwrap_err().to_string().contains("uses trace 1"));
    }
}

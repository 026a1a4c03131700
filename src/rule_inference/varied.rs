//! Signals that never vary, of which powers cannot be distinguished from a constant.

use super::basis::Basis;
use super::recording::{Factor, PlasticityRecording};
use crate::{Error, Result};

impl Basis {
    /// Accepts recordings in which every signal that the basis reads takes more than one value.
    pub(super) fn check_varied(&self, recordings: &[PlasticityRecording]) -> Result<()> {
        let reads = |own: fn(&[u32; 3]) -> u32| {
            let of_terms = self.monomials.iter().map(|one| [one.pre, one.post, one.factor]);
            let of_traces = self.traces.iter().map(|one| [one.pre, one.post, one.factor]);
            of_terms.chain(of_traces).any(|powers| own(&powers) > 0)
        };
        let pre = || recordings.iter().flat_map(|one| one.pre.iter().copied());
        let post = || recordings.iter().flat_map(|one| one.post.iter().copied());
        let factor = || recordings.iter().filter_map(|one| one.factor.as_ref()).flat_map(values);
        let signals = [
            ("presynaptic activity", reads(|powers| powers[0]), constant(pre())),
            ("postsynaptic activity", reads(|powers| powers[1]), constant(post())),
            ("third factor", reads(|powers| powers[2]), constant(factor())),
        ];
        match signals.iter().find(|(_, is_read, constant)| *is_read && constant.is_some()) {
            Some(&(name, _, Some(value))) => Err(Error::Samples(format!(
                "the {name} is {value} throughout all recordings, so that its powers are \
                 constants; vary it, or leave its powers out of the basis"
            ))),
            _ => Ok(()),
        }
    }
}

fn values(factor: &Factor) -> Vec<f64> {
    match factor {
        Factor::PerStep(values) => values.to_vec(),
        Factor::PerOutput(values) => values.iter().copied().collect(),
    }
}

/// The one value that all have; none if they differ or there are none.
fn constant(mut values: impl Iterator<Item = f64>) -> Option<f64> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{FactorSource, Monomial, PlasticityRule, PlasticitySimulation};
    use ndarray::Array1;

    fn recordings() -> Vec<PlasticityRecording> {
        let simulation = PlasticitySimulation {
            networks: 2,
            factor: FactorSource::Reward,
            ..PlasticitySimulation::default()
        };
        simulation.run(&PlasticityRule::default()).unwrap()
    }

    fn said(seen: &[PlasticityRecording], monomial: Monomial) -> Option<String> {
        let basis = Basis { monomials: vec![monomial], traces: vec![] };
        basis.check_varied(seen).err().map(|error| error.to_string())
    }

    #[test]
    fn a_constant_signal_is_refused_if_it_is_read() {
        let mut seen = recordings();
        assert_eq!(said(&seen, Monomial::new(1, 1, 0).times_factor()), None);
        seen.iter_mut().for_each(|one| one.post.fill(2.0));
        let post = said(&seen, Monomial::new(1, 1, 0)).unwrap();
        assert!(post.starts_with("the postsynaptic activity is 2 throughout all"), "{post}");
        assert!(post.contains("leave its powers out of the basis"));
        assert_eq!(said(&seen, Monomial::new(1, 0, 1)), None);
        seen[1].factor = Some(Factor::PerStep(Array1::ones(100)));
        assert_eq!(said(&seen, Monomial::new(1, 0, 0).times_factor()), None);
        seen[0].factor = Some(Factor::PerStep(Array1::ones(100)));
        let factor = said(&seen, Monomial::new(1, 0, 0).times_factor()).unwrap();
        assert!(factor.starts_with("the third factor is 1 throughout"), "{factor}");
    }

    #[test]
    fn a_single_silent_unit_is_accepted() {
        let mut seen = recordings();
        seen.iter_mut().for_each(|one| one.post.column_mut(0).fill(0.0));
        assert_eq!(said(&seen, Monomial::new(1, 1, 0)), None);
    }
}

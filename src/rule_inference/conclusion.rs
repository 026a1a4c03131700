//! What sums of products say about a rule.

use super::bootstrap::Bootstrap;
use super::collinear::Collinearity;
use super::folds::Folds;
use super::infer::InferRule;
use super::inferred::{InferredRule, InferredTerm};
use super::moments::Moments;
use super::selection::{SizeError, Tolerance};
use super::subset::{best_subsets, fit};
use super::sums::Formulation;
use crate::{Error, Result};

/// The chosen terms, and the errors of all sizes.
pub(super) struct Choice {
    pub(super) support: Vec<usize>,
    sizes: Vec<SizeError>,
}

impl InferRule {
    /// The terms that cross-validation over networks chooses.
    pub(super) fn choose(&self, parts: &[Moments]) -> Result<Choice> {
        let all = Moments::sum(parts);
        check(&all)?;
        let folds = Folds::new(parts, self.folds, self.seed);
        let (size, sizes) = self.tolerance().select(&folds, self.most_terms);
        let sets = best_subsets(&all, self.most_terms);
        let support = sets.into_iter().take(size + 1).next_back().unwrap_or_default();
        Ok(Choice { support, sizes })
    }

    /// The rule, from the sums of each network.
    pub(super) fn conclude(
        &self,
        parts: &[Moments],
        formulation: Option<Formulation>,
    ) -> Result<InferredRule> {
        let Choice { support, sizes } = self.choose(parts)?;
        let all = Moments::sum(parts);
        let collinearity = Collinearity::of(&all)?;
        let folds = Folds::new(parts, self.folds, self.seed);
        let bootstrap = Bootstrap::of(parts, &support, self.most_terms, (self.draws, self.seed));
        let others = alternatives(&folds, &support, &sizes, self.tolerance());
        let names = self.basis.names();
        let named = |group: &Vec<usize>| group.iter().map(|&index| names[index].clone()).collect();
        let mut rule = InferredRule {
            terms: self.terms(&all, &support, &bootstrap)?,
            traces: self.basis.traces.clone(),
            formulation,
            explained: 1.0 - sizes[support.len()].error / sizes[0].error,
            frequencies: frequencies(&names, &bootstrap),
            indistinguishable: collinearity.groups.iter().map(named).collect(),
            absent: named(&collinearity.absent),
            sizes,
            recordings: parts.len(),
        };
        for ((term, index), others) in rule.terms.iter_mut().zip(&support).zip(&others) {
            term.inflation = collinearity.inflation[*index];
            term.alternatives = named(others);
        }
        Ok(rule)
    }

    fn tolerance(&self) -> Tolerance {
        Tolerance { standard_errors: self.standard_errors, least_share: self.least_share }
    }

    /// The chosen terms, without what the other terms say of them.
    fn terms(
        &self,
        all: &Moments,
        support: &[usize],
        bootstrap: &Bootstrap,
    ) -> Result<Vec<InferredTerm>> {
        let coefficients = fit(all, support).ok_or_else(|| {
            let said = "the chosen terms depend on one another; leave some out of the basis, or \
                        record more varied activity";
            Error::Samples(said.into())
        })?;
        let term = |(place, &index): (usize, &usize)| {
            let monomial = self.basis.monomials[index].clone();
            InferredTerm {
                name: monomial.name(&self.basis.traces),
                order: monomial.degree(&self.basis.traces),
                monomial,
                coefficient: coefficients[place],
                interval: bootstrap.interval(place, coefficients[place]),
                selected: bootstrap.frequencies[index],
                inflation: 1.0,
                alternatives: Vec::new(),
            }
        };
        Ok(support.iter().enumerate().map(term).collect())
    }
}

/// Accepts sums that are finite and a target that is not 0 throughout.
fn check(all: &Moments) -> Result<()> {
    all.check_finite()?;
    if all.square <= 0.0 {
        let said = "no weight ever changes, so that there is nothing to infer; record while the \
                    network learns";
        return Err(Error::Samples(said.into()));
    }
    Ok(())
}

/// The terms that were ever drawn, the most frequent first.
fn frequencies(names: &[String], bootstrap: &Bootstrap) -> Vec<(String, f64)> {
    let all = names.iter().cloned().zip(bootstrap.frequencies.iter().copied());
    let mut drawn: Vec<(String, f64)> = all.filter(|&(_, frequency)| frequency > 0.0).collect();
    drawn.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    drawn
}

/// For each term of the rule the others that could stand in its place without loss.
fn alternatives(
    folds: &Folds<'_>,
    support: &[usize],
    sizes: &[SizeError],
    tolerance: Tolerance,
) -> Vec<Vec<usize>> {
    let Some(chosen) = folds.errors_of(support) else { return vec![Vec::new(); support.len()] };
    let stands_in = |place: usize, other: usize| {
        let mut swapped = support.to_vec();
        swapped[place] = other;
        let errors = folds.errors_of(&swapped);
        errors.is_some_and(|errors| tolerance.is_as_good(&errors, &chosen, sizes[0].error))
    };
    let of_place = |place: usize| {
        let others = (0..folds.terms()).filter(|other| !support.contains(other));
        others.filter(|&other| stands_in(place, other)).collect()
    };
    (0..support.len()).map(of_place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{
        Basis, KnownRule, Measurement, PlasticityRecording, PlasticitySimulation, Powers, Trace,
    };
    use ndarray::Array3;

    fn recordings(known: KnownRule, networks: usize) -> Vec<PlasticityRecording> {
        let simulation = PlasticitySimulation { networks, ..PlasticitySimulation::default() };
        let recordings = simulation.run(&known.rule()).unwrap();
        let measurement = Measurement { weight_noise: 0.5, ..Measurement::default() };
        measurement.apply(&recordings).unwrap()
    }

    fn settings() -> InferRule {
        InferRule { draws: 30, ..InferRule::default() }
    }

    #[test]
    fn binary_inputs_cannot_be_distinguished_from_their_squares() {
        let mut seen = recordings(KnownRule::AntiHebb { rate: 0.02 }, 8);
        for recording in &mut seen {
            recording.pre.mapv_inplace(|x| f64::from(u8::from(x > 0.5)));
        }
        let found = settings().infer(&seen).unwrap();
        assert!(found.indistinguishable.contains(&vec!["pre".to_owned(), "pre²".to_owned()]));
        assert_eq!(found.indistinguishable.len(), 9);
        let hebb = found.terms.iter().find(|term| term.name == "pre post").unwrap();
        assert!(hebb.inflation.is_infinite());
        assert!(hebb.alternatives.contains(&"pre² post".to_owned()));
    }

    #[test]
    fn time_constants_close_to_one_another_are_alternatives() {
        let seen = recordings(KnownRule::Bcm { rate: 0.02, time_constant: 10.0 }, 6);
        let traces =
            [10.0, 11.0, 40.0].map(|time_constant| Trace { time_constant, ..Trace::default() });
        let powers = Powers { pre: 1, weight: 1, degree: 4, ..Powers::default() };
        let infer =
            InferRule { basis: Basis::new(&powers, &traces), least_share: 0.02, ..settings() };
        let found = infer.infer(&seen).unwrap();
        assert_eq!(found.rule().support(), ["pre post²", "⟨post²⟩₁₀ pre post"]);
        let threshold = found.terms.iter().find(|term| term.name.contains('⟨')).unwrap();
        assert_eq!(threshold.alternatives, ["⟨post²⟩₁₁ pre post"]);
    }

    #[test]
    fn weights_that_never_change_or_are_too_large_are_refused() {
        let mut seen = recordings(KnownRule::AntiHebb { rate: 0.02 }, 3);
        seen.iter_mut().for_each(|one| one.weights = Some(Array3::zeros((101, 3, 10))));
        let said = settings().infer(&seen).unwrap_err().to_string();
        assert!(said.contains("no weight ever changes"), "{said}");
        seen[0].pre[[0, 0]] = 1e200;
        let said = settings().infer(&seen).unwrap_err().to_string();
        assert!(said.contains("scale them to about 1"), "{said}");
    }
}

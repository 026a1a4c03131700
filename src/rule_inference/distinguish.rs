//! Which candidate terms recordings could distinguish at all, before any rule is inferred.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::collinear::Collinearity;
use super::moments::Moments;
use super::recording::{PlasticityRecording, check_recordings, check_weights};
use super::sums::{Formulation, Sums};
use crate::Result;

/// A candidate term beside all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateTerm {
    /// Such as `pre post`.
    pub name: String,
    /// The sum of its powers.
    pub order: u32,
    /// The variance inflation: 1 if the term is orthogonal to all others, infinite if these make it
    /// up or it is 0 throughout.
    pub inflation: f64,
    /// The other term that is most like it; none if it is 0 throughout or the only one.
    pub closest: Option<String>,
    /// The cosine of the two over all steps and synapses, from −1 to 1; 0 without a closest one.
    pub cosine: f64,
}

/// Which terms recordings can distinguish.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distinguishability {
    /// All candidates, in the order of the basis.
    pub terms: Vec<CandidateTerm>,
    /// Groups of candidates of which a weighted sum is 0 throughout. No number of such recordings
    /// could distinguish them.
    pub groups: Vec<Vec<String>>,
    /// Candidates that are 0 throughout, so that nothing is known about them.
    pub absent: Vec<String>,
}

/// Which terms of a basis these recordings can distinguish, at every step and observed synapse.
///
/// Noise makes terms with a large variance inflation hard to distinguish too: the variance of a
/// coefficient is larger by that factor than if all other terms were orthogonal.
///
/// ```
/// use microlearners::rule_inference::{Basis, KnownRule, PlasticitySimulation, distinguish_terms};
///
/// let simulation = PlasticitySimulation { networks: 3, ..PlasticitySimulation::default() };
/// let mut recordings = simulation.run(&KnownRule::Oja { rate: 0.05 }.rule())?;
/// for recording in &mut recordings {
///     recording.pre.mapv_inplace(|rate| if rate > 0.5 { 1.0 } else { 0.0 });
/// }
/// let found = distinguish_terms(&recordings, &Basis::default())?;
/// assert_eq!(found.groups[0], ["pre", "pre²"]);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) for an invalid basis;
/// [`Error::Shape`](crate::Error::Shape) and [`Error::Samples`](crate::Error::Samples) for
/// recordings that do not fit, or without weights or a factor that the basis reads.
pub fn distinguish_terms(
    recordings: &[PlasticityRecording],
    basis: &Basis,
) -> Result<Distinguishability> {
    basis.check()?;
    check_recordings(recordings, 1)?;
    check_weights(recordings)?;
    basis.check_factor(recordings)?;
    let sums = Sums { basis, formulation: Formulation::Differences, skip: 0, by_term: None };
    let all = Moments::sum(&Moments::weighted(&sums.of_each(recordings)));
    all.check_finite()?;
    let found = Collinearity::of(&all)?;
    let names = basis.names();
    let cosines = all.normalised().gram;
    let term = |(index, name): (usize, &String)| {
        let others = (0..names.len()).filter(|&other| other != index);
        let by_size = |a: &usize, b: &usize| {
            cosines[[index, *a]].abs().total_cmp(&cosines[[index, *b]].abs())
        };
        let closest = others.max_by(by_size).filter(|_| !found.absent.contains(&index));
        CandidateTerm {
            name: name.clone(),
            order: basis.monomials[index].degree(&basis.traces),
            inflation: found.inflation[index],
            closest: closest.map(|other| names[other].clone()),
            cosine: closest.map_or(0.0, |other| cosines[[index, other]].clamp(-1.0, 1.0)),
        }
    };
    let named = |group: &Vec<usize>| group.iter().map(|&index| names[index].clone()).collect();
    Ok(Distinguishability {
        terms: names.iter().enumerate().map(term).collect(),
        groups: found.groups.iter().map(named).collect(),
        absent: named(&found.absent),
    })
}

impl fmt::Display for Distinguishability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (groups, absent) = (self.groups.len(), self.absent.len());
        write!(
            f,
            "{} terms, {groups} indistinguishable groups, {absent} absent",
            self.terms.len()
        )?;
        for group in &self.groups {
            write!(f, "\nindistinguishable: {}", group.join(", "))?;
        }
        if absent > 0 {
            write!(f, "\n0 throughout: {}", self.absent.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, Monomial, PlasticitySimulation};
    use ndarray::{Array3, array};

    fn recordings() -> Vec<PlasticityRecording> {
        let simulation = PlasticitySimulation { networks: 4, ..PlasticitySimulation::default() };
        simulation.run(&KnownRule::AntiHebb { rate: 0.02 }.rule()).unwrap()
    }

    #[test]
    fn varied_activity_distinguishes_all_terms() {
        let found = distinguish_terms(&recordings(), &Basis::default()).unwrap();
        assert!(found.groups.is_empty() && found.absent.is_empty(), "{found}");
        assert!(found.terms.iter().all(|term| term.inflation.is_finite() && term.inflation > 1.0));
        assert_eq!(found.to_string(), "27 terms, 0 indistinguishable groups, 0 absent");
    }

    #[test]
    fn a_constant_unit_is_a_constant_and_a_silent_one_is_absent() {
        let mut seen = recordings();
        seen.iter_mut().for_each(|recording| recording.post.fill(2.0));
        let found = distinguish_terms(&seen, &Basis::default()).unwrap();
        let group = ["1", "post", "post²"].map(ToOwned::to_owned).to_vec();
        assert!(found.groups.contains(&group), "{found}");
        assert!((found.terms[0].cosine.abs() - 1.0).abs() < 1e-12);
        seen.iter_mut().for_each(|recording| recording.post.fill(0.0));
        let found = distinguish_terms(&seen, &Basis::default()).unwrap();
        assert_eq!(found.absent.len(), 18);
        let hebb = found.terms.iter().find(|term| term.name == "pre post").unwrap();
        assert!(hebb.closest.is_none() && hebb.inflation.is_infinite());
    }

    /// pre is 3, 4 and post is 4, 3: their cosine is 24 / 25.
    #[test]
    fn cosines_by_hand() {
        let seen = PlasticityRecording::new(array![[3.0], [4.0]], array![[4.0], [3.0]])
            .with_weights(Array3::from_shape_vec((3, 1, 1), vec![0.0, 1.0, 3.0]).unwrap());
        let monomials = vec![Monomial::new(1, 0, 0), Monomial::new(0, 1, 0)];
        let found = distinguish_terms(&[seen], &Basis { monomials, traces: vec![] }).unwrap();
        assert!((found.terms[0].cosine - 0.96).abs() < 1e-12);
        assert_eq!(found.terms[0].closest.as_deref(), Some("post"));
        assert!((found.terms[1].inflation - 1.0 / (1.0 - 0.96 * 0.96)).abs() < 1e-9);
    }
}

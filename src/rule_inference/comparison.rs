//! An inferred equation beside a perceptron, on recordings that neither has seen.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::infer::InferRule;
use super::perceptron::PerceptronRule;
use super::recording::{PlasticityRecording, check_recordings};
use crate::Result;
use crate::statistics::Estimate;

/// What share of the squared weight changes of held-out recordings two rules predict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PerceptronComparison {
    /// The inferred equation.
    pub equation: String,
    /// The mean share that the equation predicts.
    pub equation_explained: f64,
    /// The mean share that the perceptron predicts.
    pub perceptron_explained: f64,
    /// Equation minus perceptron: the mean over held-out recordings.
    pub difference: f64,
    /// The lower end of its 95 % interval, by Student's t over held-out recordings.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The recordings that both rules were fitted to.
    pub recordings: usize,
    /// The held-out recordings.
    pub held_out: usize,
}

/// Fits an equation and a perceptron to the same recordings, and compares how they predict others.
///
/// The perceptron reads pre, post, weight, factor and the traces of the basis. Where it predicts
/// better, the basis lacks a term. Noise of measurement in the held-out recordings lowers both
/// shares; without it, they are 1 for the true rule.
///
/// ```
/// use microlearners::rule_inference::{
///     Basis, KnownRule, PerceptronRule, PlasticitySimulation, compare_with_perceptron,
/// };
///
/// let recordings = PlasticitySimulation::default().run(&KnownRule::Oja { rate: 0.05 }.rule())?;
/// let perceptron = PerceptronRule { samples: 2000, ..PerceptronRule::default() };
/// let (seen, held_out) = recordings.split_at(12);
/// let found = compare_with_perceptron(seen, held_out, &Basis::default(), &perceptron)?;
/// assert!(found.low > 0.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// As [`infer_rule`](super::infer_rule) and [`PerceptronRule::fit`], and
/// [`Error::Samples`](crate::Error::Samples) for fewer than two held-out recordings.
pub fn compare_with_perceptron(
    recordings: &[PlasticityRecording],
    held_out: &[PlasticityRecording],
    basis: &Basis,
    perceptron: &PerceptronRule,
) -> Result<PerceptronComparison> {
    check_recordings(held_out, 2)?;
    let infer = InferRule { basis: basis.clone(), ..InferRule::default() };
    let rule = infer.equation(recordings)?;
    let traces = basis.traces.clone();
    let fitted = PerceptronRule { traces, ..perceptron.clone() }.fit(recordings)?;
    let (by_equation, by_perceptron) = (rule.explained(held_out)?, fitted.explained(held_out)?);
    let paired: Vec<f64> = by_equation.iter().zip(&by_perceptron).map(|(a, b)| a - b).collect();
    let difference = Estimate::over_splits(&paired, 0.0);
    let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
    Ok(PerceptronComparison {
        equation: rule.to_string(),
        equation_explained: mean(&by_equation),
        perceptron_explained: mean(&by_perceptron),
        difference: difference.mean,
        low: difference.low().expect("there are at least two held-out recordings"),
        high: difference.high().expect("there are at least two held-out recordings"),
        recordings: recordings.len(),
        held_out: held_out.len(),
    })
}

impl fmt::Display for PerceptronComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: explains {:.4} of held-out changes, the perceptron {:.4}; difference {:.4}, 95 % \
             interval {:.4} to {:.4} (n = {})",
            self.equation,
            self.equation_explained,
            self.perceptron_explained,
            self.difference,
            self.low,
            self.high,
            self.held_out
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, Monomial, PlasticityRule, PlasticitySimulation};

    fn compared(rule: &PlasticityRule, samples: usize) -> PerceptronComparison {
        let simulation = PlasticitySimulation { networks: 16, ..PlasticitySimulation::default() };
        let recordings = simulation.run(rule).unwrap();
        let (seen, held_out) = recordings.split_at(10);
        let settings = PerceptronRule { samples, ..PerceptronRule::default() };
        compare_with_perceptron(seen, held_out, &Basis::default(), &settings).unwrap()
    }

    #[test]
    fn the_perceptron_is_better_only_where_the_basis_lacks_a_term() {
        let oja = compared(&KnownRule::Oja { rate: 0.05 }.rule(), 2000);
        assert!(oja.equation_explained > 0.999 && oja.low > 0.0, "{oja}");
        assert!(oja.low <= oja.difference && oja.difference <= oja.high);
        let terms = vec![(Monomial::new(1, 1, 0), 0.01), (Monomial::new(0, 0, 3), -0.1)];
        let cubic = compared(&PlasticityRule { terms, traces: vec![] }, 10_000);
        assert!(cubic.perceptron_explained > 0.98 && cubic.high < 0.0, "{cubic}");
    }

    #[test]
    fn one_held_out_recording_is_refused() {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let recordings = PlasticitySimulation::default().run(&rule).unwrap();
        let settings = PerceptronRule::default();
        let (seen, one) = recordings.split_at(19);
        let refused = compare_with_perceptron(seen, one, &Basis::default(), &settings);
        let said = refused.unwrap_err().to_string();
        assert!(said.starts_with("there is 1 recording, but this needs at least 2"), "{said}");
    }
}

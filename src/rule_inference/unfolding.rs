//! What a rule makes of weights, step by step.

use ndarray::{Array1, Array2, Array3, Axis};

use super::columns::{Exponents, power};
use super::recording::PlasticityRecording;
use super::response::Response;
use super::rule::PlasticityRule;
use super::simulation::FactorSource;
use crate::{Error, Result};

/// What a network meets besides its own activity.
pub(super) struct Drive {
    /// Steps × inputs.
    pub(super) pre: Array2<f64>,
    /// Initial ones, outputs × inputs.
    pub(super) weights: Array2<f64>,
    pub(super) response: Response,
    pub(super) factor: FactorSource,
    /// For each step.
    pub(super) rewards: Array1<f64>,
    /// Steps × outputs: what an error is measured from.
    pub(super) targets: Array2<f64>,
    /// Steps × outputs × inputs: what is added to the changes.
    pub(super) noise: Array3<f64>,
}

impl PlasticityRule {
    /// What the rule makes of a network with these inputs, steps × inputs, and initial weights,
    /// outputs × inputs. The rule may not read a third factor.
    ///
    /// # Errors
    /// [`Error::Setting`] for an invalid rule; [`Error::Shape`] for inputs that do not fit;
    /// [`Error::Samples`] if the rule reads a third factor, an input is not finite, or weights grow
    /// beyond all bounds.
    pub fn unfold(
        &self,
        pre: &Array2<f64>,
        start: &Array2<f64>,
        response: Response,
    ) -> Result<PlasticityRecording> {
        self.check()?;
        if pre.ncols() != start.ncols() {
            return Err(Error::Shape(format!(
                "there are {} inputs and weights of {}; give outputs × inputs",
                pre.ncols(),
                start.ncols()
            )));
        }
        let (steps, (outputs, inputs)) = (pre.nrows(), start.dim());
        let recording = self.run(Drive {
            pre: pre.clone(),
            weights: start.clone(),
            response,
            factor: FactorSource::None,
            rewards: Array1::zeros(steps),
            targets: Array2::zeros((steps, outputs)),
            noise: Array3::zeros((steps, outputs, inputs)),
        });
        self.basis().check_factor(std::slice::from_ref(&recording))?;
        recording.check()?;
        Ok(recording)
    }

    /// The rule must be checked before.
    pub(super) fn run(&self, drive: Drive) -> PlasticityRecording {
        let Drive { pre, weights: start, response, factor: source, rewards, targets, noise } =
            drive;
        let (steps, outputs) = targets.dim();
        let mut network = Network::new(self, &start);
        let mut post = Array2::zeros((steps, outputs));
        let mut factors = Array2::zeros((steps, outputs));
        let mut weights = Array3::zeros((steps + 1, outputs, start.ncols()));
        weights.index_axis_mut(Axis(0), 0).assign(&start);
        for step in 0..steps {
            let x = pre.row(step);
            let y = network.weights.dot(&x).mapv(|input| response.of(input));
            let factor = match source {
                FactorSource::None => Array1::zeros(outputs),
                FactorSource::Reward => Array1::from_elem(outputs, rewards[step]),
                FactorSource::Error => &targets.row(step) - &y,
            };
            network.learn(&x.to_owned(), &y, &factor);
            network.weights += &noise.index_axis(Axis(0), step);
            post.row_mut(step).assign(&y);
            factors.row_mut(step).assign(&factor);
            weights.index_axis_mut(Axis(0), step + 1).assign(&network.weights);
        }
        source.recorded(PlasticityRecording::new(pre, post).with_weights(weights), rewards, factors)
    }
}

/// The weights and traces of a network at work.
struct Network<'a> {
    rule: &'a PlasticityRule,
    exponents: Exponents,
    weights: Array2<f64>,
    traces: Vec<Array2<f64>>,
}

impl<'a> Network<'a> {
    fn new(rule: &'a PlasticityRule, start: &Array2<f64>) -> Self {
        let trace = |trace: &super::Trace| Array2::from_elem(start.dim(), trace.initial);
        let traces = rule.traces.iter().map(trace).collect();
        Self { rule, exponents: Exponents::of(&rule.basis()), weights: start.clone(), traces }
    }

    /// One step of the rule, then of the traces.
    fn learn(&mut self, pre: &Array1<f64>, post: &Array1<f64>, factor: &Array1<f64>) {
        for ((output, input), weight) in self.weights.indexed_iter_mut() {
            let at = [output, input];
            let mut signals = vec![pre[input], post[output], *weight, factor[output]];
            signals.extend(self.traces.iter().map(|trace| trace[at]));
            let term = |(term, (_, by)): (&Vec<(usize, u32)>, &(_, f64))| {
                by * term.iter().map(|&(signal, to)| power(signals[signal], to)).product::<f64>()
            };
            *weight += self.exponents.terms().iter().zip(&self.rule.terms).map(term).sum::<f64>();
            for (trace, values) in self.rule.traces.iter().zip(&mut self.traces) {
                values[at] = trace.after(values[at], pre[input], post[output], factor[output]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, Monomial};
    use ndarray::array;

    #[test]
    fn a_step_of_oja_by_hand() {
        let rule = KnownRule::Oja { rate: 0.1 }.rule();
        let found =
            rule.unfold(&array![[1.0, 2.0]], &array![[0.5, 1.0]], Response::Linear).unwrap();
        // post is 2.5; the changes are 0.1 · 2.5 (1 − 1.25) and 0.1 · 2.5 (2 − 2.5).
        assert_eq!(found.post, array![[2.5]]);
        let weights = found.weights.unwrap();
        assert!((weights[[1, 0, 0]] - (0.5 - 0.0625)).abs() < 1e-12);
        assert!((weights[[1, 0, 1]] - (1.0 - 0.125)).abs() < 1e-12);
    }

    /// With two alternating patterns BCM becomes selective for one. Its activity there solves
    /// θ = y, where θ is the trace at that step: y = (1 − (1 − 1/τ)²) / ((1/τ)(1 − 1/τ)) = 19/9.
    #[test]
    fn bcm_becomes_selective_at_the_activity_that_its_threshold_sets() {
        let mut rule = KnownRule::Bcm { rate: 0.02, time_constant: 10.0 }.rule();
        rule.traces[0].initial = 0.5;
        let patterns = [[1.0, 0.2], [0.3, 1.0]];
        let pre = Array2::from_shape_fn((20_000, 2), |(step, input)| patterns[step % 2][input]);
        let found = rule.unfold(&pre, &array![[0.5, 0.4]], Response::Linear).unwrap();
        let last = [found.post[[19_998, 0]], found.post[[19_999, 0]]];
        assert!((last[0] - 19.0 / 9.0).abs() < 1e-9 && last[1].abs() < 1e-9, "{last:?}");
    }

    #[test]
    fn oja_finds_the_first_principal_component() {
        let rule = KnownRule::Oja { rate: 0.01 }.rule();
        let point = |step: usize| {
            let (a, b) = ((step as f64 * 0.7).sin(), 0.3 * (step as f64 * 1.9).cos());
            [(a + b) / 2.0_f64.sqrt(), (a - b) / 2.0_f64.sqrt()]
        };
        let pre = Array2::from_shape_fn((8000, 2), |(step, input)| point(step)[input]);
        let found = rule.unfold(&pre, &array![[0.3, -0.1]], Response::Linear).unwrap();
        let end = found.weights.unwrap().index_axis(Axis(0), 8000).to_owned();
        let length = (&end * &end).sum().sqrt();
        assert!((length - 1.0).abs() < 0.02 && (end[[0, 0]] - end[[0, 1]]).abs() < 0.02, "{end}");
    }

    #[test]
    fn what_cannot_be_unfolded_is_refused() {
        let rule = KnownRule::Oja { rate: 0.1 }.rule();
        let said = rule.unfold(&array![[1.0, 2.0]], &array![[0.5]], Response::Linear).unwrap_err();
        assert_eq!(said.to_string(), "there are 2 inputs and weights of 1; give outputs × inputs");
        let grows = PlasticityRule { terms: vec![(Monomial::new(0, 0, 3), 9.0)], traces: vec![] };
        assert!(grows.unfold(&Array2::ones((99, 1)), &array![[1.0]], Response::Linear).is_err());
        let rewarded = KnownRule::RewardHebb { rate: 0.1 }.rule();
        let said = rewarded.unfold(&array![[1.0]], &array![[0.5]], Response::Linear).unwrap_err();
        assert!(said.to_string().contains("reads a third factor"), "{said}");
    }
}

//! A step chosen by a stated accuracy.

use crate::error::{check_count, check_positive};
use crate::{Error, Result};

/// A step, and what halving it would change.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenStep {
    /// The step in ms.
    pub step_ms: f64,
    /// The largest change of a result by halving this step once or twice, relative to the largest
    /// result.
    pub change: f64,
    /// The results with this step.
    pub results: Vec<f64>,
    /// The steps that were tried, from the largest on, each with its change.
    pub tried: Vec<(f64, f64)>,
}

/// Halves a step, at most `halvings` times, until halving it once or twice more changes no result
/// by more than `accuracy` of the largest. `run` gives the results, such as final weights or rates,
/// of a network with a given step. Poisson inputs are the same for all steps.
///
/// Two halvings are compared because spike times on a grid may agree by chance. Give more than one
/// result for the same reason.
///
/// ```
/// use microlearners::spiking::{CurrentLif, SpikingNetwork, choose_step};
///
/// let rates = |step_ms| {
///     let mut network = SpikingNetwork::new(step_ms, 1)?;
///     let neurons = network.add_neurons(2, &CurrentLif::default())?;
///     network.set_drive(neurons, &[500.0, 800.0])?;
///     network.run(4000.0)?;
///     Ok(network.spike_counts(neurons)?.iter().map(|&count| count as f64 / 4.0).collect())
/// };
/// let chosen = choose_step(1.0, 0.01, 8, rates)?;
/// assert!(chosen.step_ms < 1.0 && chosen.change <= 0.01);
/// assert!((chosen.results[1] / CurrentLif::default().rate_hz(800.0) - 1.0).abs() < 0.01);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if a setting is refused; [`Error::Samples`] if no step is accurate enough, or
/// results are none, not finite or of changing number; errors of `run`.
pub fn choose_step(
    largest_step_ms: f64,
    accuracy: f64,
    halvings: usize,
    mut run: impl FnMut(f64) -> Result<Vec<f64>>,
) -> Result<ChosenStep> {
    check_positive("largest_step_ms", largest_step_ms)?;
    check_positive("accuracy", accuracy)?;
    check_count("halvings", halvings)?;
    let (mut step_ms, mut tried) = (largest_step_ms, Vec::new());
    let (mut results, mut half) = (run(step_ms)?, run(step_ms / 2.0)?);
    for _ in 0..halvings {
        let quarter = run(step_ms / 4.0)?;
        let change = relative_change(&results, &half)?.max(relative_change(&results, &quarter)?);
        tried.push((step_ms, change));
        if change <= accuracy {
            return Ok(ChosenStep { step_ms, change, results, tried });
        }
        (step_ms, results, half) = (step_ms / 2.0, half, quarter);
    }
    let (last_ms, change) = tried[tried.len() - 1];
    Err(Error::Samples(format!(
        "halving the step of {last_ms} ms still changes the results by {change:.2e}, more than \
         {accuracy}; allow more halvings or less accuracy"
    )))
}

fn relative_change(coarse: &[f64], fine: &[f64]) -> Result<f64> {
    let finite = coarse.iter().chain(fine).all(|result| result.is_finite());
    if coarse.len() != fine.len() || fine.is_empty() || !finite {
        return Err(Error::Samples(format!(
            "{} and {} results of two steps; results must be finite, at least one, and as many for \
             every step",
            coarse.len(),
            fine.len()
        )));
    }
    let largest = fine.iter().fold(0.0f64, |largest, result| largest.max(result.abs()));
    let pairs = coarse.iter().zip(fine);
    let change = pairs.fold(0.0f64, |change, (coarse, fine)| change.max((coarse - fine).abs()));
    Ok(if change == 0.0 { 0.0 } else { change / largest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_that_is_accurate_enough_is_chosen() {
        let chosen = choose_step(1.0, 0.04, 9, |step| Ok(vec![10.0 + step, -3.0])).unwrap();
        assert_eq!(chosen.step_ms, 0.5);
        assert_eq!(chosen.tried.len(), 2);
        let said = choose_step(1.0, 1e-9, 2, |step| Ok(vec![10.0 + step])).unwrap_err();
        assert!(said.to_string().contains("allow more halvings"), "{said}");
        // An agreement of one halving by chance is not enough.
        let by_chance = |step: f64| Ok(vec![if step > 0.4 { 10.0 } else { 11.0 }]);
        assert_eq!(choose_step(1.0, 0.01, 9, by_chance).unwrap().step_ms, 0.25);
        assert!(choose_step(1.0, 0.1, 2, |_| Ok(vec![f64::NAN])).is_err());
        assert!(choose_step(1.0, 0.1, 2, |_| Ok(Vec::new())).is_err());
        assert_eq!(choose_step(1.0, 0.1, 2, |_| Ok(vec![0.0])).unwrap().change, 0.0);
    }
}

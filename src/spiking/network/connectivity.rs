//! Which neurons are connected, with which weights and delays.

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::error::check_not_negative;
use crate::random::Rng;
use crate::{Error, Result};

/// Which neurons of two populations are connected.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Connectivity {
    /// Every presynaptic with every postsynaptic neuron.
    #[default]
    AllToAll,
    /// Every neuron with all but the one of the same index.
    AllButSame,
    /// Neurons of the same index.
    OneToOne,
    /// Each pair independently with this probability.
    Random(f64),
    /// These pairs of a presynaptic and a postsynaptic index.
    Pairs(Vec<(usize, usize)>),
}

/// The weights of a projection, in the order of its pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Weights {
    /// The same for all.
    Same(f64),
    /// Drawn uniformly between the two.
    Uniform(f64, f64),
    /// One for each pair.
    Each(Vec<f64>),
}

/// The axonal delays of a projection in ms, rounded to whole steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Delays {
    /// The same for all; 0 acts in the step of the spike.
    Same(f64),
    /// Drawn uniformly between the two.
    Uniform(f64, f64),
    /// One for each pair.
    Each(Vec<f64>),
}

impl Connectivity {
    /// The connected pairs, by presynaptic, then postsynaptic neuron; given pairs in their order.
    pub(super) fn pairs(&self, [pre, post]: [usize; 2], rng: &mut Rng) -> Result<Vec<[u32; 2]>> {
        let all = || (0..pre).flat_map(|from| (0..post).map(move |to| [from as u32, to as u32]));
        match self {
            Self::AllToAll => Ok(all().collect()),
            Self::AllButSame => Ok(all().filter(|[from, to]| from != to).collect()),
            Self::OneToOne if pre == post => Ok((0..pre as u32).map(|at| [at, at]).collect()),
            Self::OneToOne => Err(Error::Shape(format!(
                "{pre} presynaptic and {post} postsynaptic neurons cannot be connected one to one; \
                 use populations of the same size"
            ))),
            Self::Random(probability) if (0.0..=1.0).contains(probability) => {
                Ok(all().filter(|_| rng.r#gen::<f64>() < *probability).collect())
            }
            Self::Random(probability) => {
                Err(Error::setting("probability", probability, "it must be from 0 to 1"))
            }
            Self::Pairs(pairs) => given(pairs, [pre, post]),
        }
    }
}

/// Given pairs, which must exist and be given once.
fn given(pairs: &[(usize, usize)], [pre, post]: [usize; 2]) -> Result<Vec<[u32; 2]>> {
    if let Some((from, to)) = pairs.iter().find(|pair| pair.0 >= pre || pair.1 >= post) {
        return Err(Error::Shape(format!(
            "a synapse from neuron {from} to neuron {to} of {pre} and {post}; indices count from 0"
        )));
    }
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::Shape(format!(
            "the synapse from neuron {} to neuron {} is given twice; give each pair once",
            pair[0].0, pair[0].1
        )));
    }
    Ok(pairs.iter().map(|&(from, to)| [from as u32, to as u32]).collect())
}

impl Weights {
    pub(super) fn draw(&self, count: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        let weights = match self {
            Self::Same(weight) => vec![*weight; count],
            Self::Uniform(low, high) => uniform(*low, *high, count, rng),
            Self::Each(weights) => each("weights", weights, count)?,
        };
        check_weights(&weights)?;
        Ok(weights)
    }
}

/// Refuses weights that are not finite.
pub(super) fn check_weights(weights: &[f64]) -> Result<()> {
    match weights.iter().position(|weight| !weight.is_finite()) {
        Some(at) => {
            Err(Error::setting(format!("weight {at}"), weights[at], "weights must be finite"))
        }
        None => Ok(()),
    }
}

impl Delays {
    /// The delays in steps.
    pub(super) fn draw(&self, count: usize, step_ms: f64, rng: &mut Rng) -> Result<Vec<u32>> {
        let delays = match self {
            Self::Same(delay) => vec![*delay; count],
            Self::Uniform(low, high) => uniform(*low, *high, count, rng),
            Self::Each(delays) => each("delays", delays, count)?,
        };
        let steps = |&delay_ms: &f64| {
            check_not_negative("a delay in ms", delay_ms)?;
            match (delay_ms / step_ms).round() {
                steps if steps <= 1e6 => Ok(steps as u32),
                _ => Err(Error::setting("a delay in ms", delay_ms, "at most a million steps")),
            }
        };
        delays.iter().map(steps).collect()
    }
}

fn uniform(low: f64, high: f64, count: usize, rng: &mut Rng) -> Vec<f64> {
    (0..count).map(|_| low + (high - low) * rng.r#gen::<f64>()).collect()
}

fn each(what: &str, given: &[f64], count: usize) -> Result<Vec<f64>> {
    if given.len() == count {
        return Ok(given.to_vec());
    }
    let given = given.len();
    Err(Error::Shape(format!("{given} {what} for {count} synapses; give one for each pair")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn pairs_are_those_asked_for() {
        let mut rng = random::stream(1, "test");
        let mut count = |by: Connectivity| by.pairs([4, 4], &mut rng).map(|pairs| pairs.len());
        assert_eq!(count(Connectivity::AllToAll).unwrap(), 16);
        assert_eq!(count(Connectivity::AllButSame).unwrap(), 12);
        assert_eq!(count(Connectivity::OneToOne).unwrap(), 4);
        assert_eq!(count(Connectivity::Random(1.0)).unwrap(), 16);
        assert_eq!(count(Connectivity::Random(0.0)).unwrap(), 0);
        assert_eq!(count(Connectivity::Pairs(vec![(3, 0)])).unwrap(), 1);
        for bad in [vec![(4, 0)], vec![(1, 2), (1, 2)]] {
            assert!(count(Connectivity::Pairs(bad)).is_err());
        }
        assert!(count(Connectivity::Random(f64::NAN)).is_err());
        assert!(Connectivity::OneToOne.pairs([4, 3], &mut random::stream(1, "test")).is_err());
    }

    #[test]
    fn weights_and_delays_are_checked() {
        let mut rng = random::stream(1, "test");
        assert!(Weights::Each(vec![1.0]).draw(2, &mut rng).is_err());
        assert!(Weights::Same(f64::NAN).draw(2, &mut rng).is_err());
        let drawn = Weights::Uniform(0.2, 0.3).draw(50, &mut rng).unwrap();
        assert!(drawn.iter().all(|weight| (0.2..0.3).contains(weight)));
        assert_eq!(Delays::Each(vec![0.0, 1.04]).draw(2, 0.1, &mut rng).unwrap(), [0, 10]);
        assert!(Delays::Same(-1.0).draw(2, 0.1, &mut rng).is_err());
    }
}

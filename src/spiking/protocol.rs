//! What an experimenter does to a synapse: pairs, triplets, quadruplets, bursts, Poisson trains.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{PairedTrains, SpikeTrain};
use crate::Result;

/// A pairing protocol. Times are Δt = t_post − t_pre in ms, rates in Hz.
///
/// ```
/// use microlearners::spiking::Protocol;
///
/// let pairs = Protocol::Pairs { rate_hz: 10.0, delta_ms: -10.0, count: 60 };
/// let trains = pairs.trains()?;
/// assert_eq!(trains.post.times_ms()[..2], [0.0, 100.0]);
/// assert_eq!(trains.pre.times_ms()[..2], [10.0, 110.0]);
/// assert_eq!(pairs.to_string(), "60 pairs at 10 Hz, Δt −10 ms");
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Protocol {
    /// One pre and one post spike per repetition.
    Pairs {
        /// Repetitions per second.
        rate_hz: f64,
        /// Δt of the pair.
        delta_ms: f64,
        /// Repetitions.
        count: usize,
    },
    /// Pre, post, pre: Δt of the first pre spike is positive, that of the second negative.
    PrePostPre {
        /// t_post − t_pre of the first pre spike, above 0.
        first_ms: f64,
        /// t_post − t_pre of the second pre spike, below 0.
        second_ms: f64,
        /// Repetitions per second.
        rate_hz: f64,
        /// Repetitions.
        count: usize,
    },
    /// Post, pre, post: Δt of the first post spike is negative, that of the second positive.
    PostPrePost {
        /// t_post − t_pre of the first post spike, below 0.
        first_ms: f64,
        /// t_post − t_pre of the second post spike, above 0.
        second_ms: f64,
        /// Repetitions per second.
        rate_hz: f64,
        /// Repetitions.
        count: usize,
    },
    /// A pre-post and a post-pre pair. Their centres are `apart_ms` apart: the post-pre pair comes
    /// first where this is positive, the pre-post pair where it is negative.
    Quadruplets {
        /// |Δt| of both pairs, above 0.
        delta_ms: f64,
        /// T, from the centre of the post-pre pair to that of the pre-post pair.
        apart_ms: f64,
        /// Repetitions per second.
        rate_hz: f64,
        /// Repetitions.
        count: usize,
    },
    /// Short trains of pairs with long pauses between them, such as 5 pairs 15 times every 10 s.
    Sweeps {
        /// Pairs per second within a sweep.
        rate_hz: f64,
        /// Δt of each pair.
        delta_ms: f64,
        /// Pairs of a sweep.
        pairs: usize,
        /// From the beginning of a sweep to that of the next.
        sweep_ms: f64,
        /// Sweeps.
        count: usize,
    },
    /// One pre spike and a burst of post spikes per repetition.
    PostBursts {
        /// Δt of the first post spike.
        delta_ms: f64,
        /// Post spikes of a burst.
        spikes: usize,
        /// The interval within a burst.
        interval_ms: f64,
        /// Repetitions per second.
        rate_hz: f64,
        /// Repetitions.
        count: usize,
    },
    /// Independent Poisson trains.
    Poisson {
        /// The rate of the pre neuron.
        pre_hz: f64,
        /// The rate of the post neuron.
        post_hz: f64,
        /// How long they fire.
        duration_ms: f64,
        /// The seed of both trains.
        seed: u64,
    },
    /// Given trains.
    Trains(PairedTrains),
}

impl Protocol {
    /// Pairs at many Δt, which measure the STDP window.
    pub fn window(deltas_ms: &[f64], rate_hz: f64, count: usize) -> Vec<Self> {
        let pairs = |&delta_ms: &f64| Self::Pairs { rate_hz, delta_ms, count };
        deltas_ms.iter().map(pairs).collect()
    }

    /// Pairs at many rates, which measure the frequency dependence.
    pub fn frequency_dependence(rates_hz: &[f64], delta_ms: f64, count: usize) -> Vec<Self> {
        let pairs = |&rate_hz: &f64| Self::Pairs { rate_hz, delta_ms, count };
        rates_hz.iter().map(pairs).collect()
    }

    /// The spike trains of the whole protocol, the first spike at 0 where it is periodic.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) as [`Protocol::cycle`], or if a Poisson rate or
    /// duration is refused.
    pub fn trains(&self) -> Result<PairedTrains> {
        match self {
            Self::Trains(trains) => Ok(trains.clone()),
            &Self::Poisson { pre_hz, post_hz, duration_ms, seed } => Ok(PairedTrains {
                pre: SpikeTrain::poisson(pre_hz, duration_ms, seed, "pre")?,
                post: SpikeTrain::poisson(post_hz, duration_ms, seed, "post")?,
            }),
            _ => match self.cycle()? {
                Some(cycle) => cycle.trains(),
                None => Ok(PairedTrains::default()),
            },
        }
    }
}

/// A time with its sign.
fn signed(time_ms: f64) -> String {
    if time_ms < 0.0 { format!("−{}", -time_ms) } else { format!("+{time_ms}") }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pairs { rate_hz, delta_ms, count } => {
                write!(f, "{count} pairs at {rate_hz} Hz, Δt {} ms", signed(*delta_ms))
            }
            Self::PrePostPre { first_ms, second_ms, rate_hz, count } => {
                let (first, second) = (signed(*first_ms), signed(*second_ms));
                write!(f, "{count} pre-post-pre at {rate_hz} Hz, Δt {first}, {second} ms")
            }
            Self::PostPrePost { first_ms, second_ms, rate_hz, count } => {
                let (first, second) = (signed(*first_ms), signed(*second_ms));
                write!(f, "{count} post-pre-post at {rate_hz} Hz, Δt {first}, {second} ms")
            }
            Self::Quadruplets { delta_ms, apart_ms, rate_hz, count } => {
                let apart = signed(*apart_ms);
                write!(f, "{count} quadruplets at {rate_hz} Hz, |Δt| {delta_ms} ms, T {apart} ms")
            }
            Self::Sweeps { rate_hz, delta_ms, pairs, sweep_ms, count } => {
                let (delta, seconds) = (signed(*delta_ms), sweep_ms / 1000.0);
                write!(
                    f,
                    "{count} × {pairs} pairs at {rate_hz} Hz every {seconds} s, Δt {delta} ms"
                )
            }
            Self::PostBursts { delta_ms, spikes, rate_hz, count, .. } => {
                let delta = signed(*delta_ms);
                write!(f, "{count} post bursts of {spikes} at {rate_hz} Hz, Δt {delta} ms")
            }
            Self::Poisson { pre_hz, post_hz, duration_ms, .. } => {
                write!(f, "Poisson, pre {pre_hz} Hz, post {post_hz} Hz, {} s", duration_ms / 1000.0)
            }
            Self::Trains(trains) => {
                write!(f, "{} pre and {} post spikes", trains.pre.len(), trains.post.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(protocol: Protocol) -> (Vec<f64>, Vec<f64>) {
        let trains = protocol.trains().unwrap();
        (trains.pre.times_ms().to_vec(), trains.post.times_ms().to_vec())
    }

    #[test]
    fn spikes_lie_where_the_protocols_say() {
        let (rate_hz, count) = (1.0, 1);
        let triplet = Protocol::PrePostPre { first_ms: 5.0, second_ms: -15.0, rate_hz, count };
        assert_eq!(times(triplet), (vec![0.0, 20.0], vec![5.0]));
        let triplet = Protocol::PostPrePost { first_ms: -5.0, second_ms: 15.0, rate_hz, count };
        assert_eq!(times(triplet), (vec![5.0], vec![0.0, 20.0]));
        let quadruplet =
            |apart_ms| Protocol::Quadruplets { delta_ms: 5.0, apart_ms, rate_hz, count };
        assert_eq!(times(quadruplet(20.0)), (vec![5.0, 20.0], vec![0.0, 25.0]));
        assert_eq!(times(quadruplet(-20.0)), (vec![0.0, 25.0], vec![5.0, 20.0]));
        let burst =
            Protocol::PostBursts { delta_ms: 10.0, spikes: 2, interval_ms: 11.5, rate_hz, count };
        assert_eq!(times(burst), (vec![0.0], vec![10.0, 21.5]));
        let (pairs, sweep_ms, count) = (2, 1e4, 2);
        let sweeps = Protocol::Sweeps { rate_hz: 10.0, delta_ms: -10.0, pairs, sweep_ms, count };
        let post = vec![0.0, 100.0, 1e4, 10_100.0];
        assert_eq!(times(sweeps), (vec![10.0, 110.0, 10_010.0, 10_110.0], post));
    }

    #[test]
    fn meaningless_protocols_are_refused() {
        let said = |protocol: Protocol| protocol.trains().unwrap_err().to_string();
        let pairs = |rate_hz, delta_ms| Protocol::Pairs { rate_hz, delta_ms, count: 60 };
        assert_eq!(said(pairs(0.0, 1.0)), "rate_hz is 0, but it must be a finite number above 0");
        assert!(said(pairs(1.0, f64::NAN)).contains("finite time"));
        let (rate_hz, count) = (100.0, 3);
        let wrong = Protocol::PrePostPre { first_ms: -5.0, second_ms: 5.0, rate_hz, count };
        assert!(said(wrong).contains("second_ms below 0 below first_ms"));
        let long = Protocol::PrePostPre { first_ms: 5.0, second_ms: -15.0, rate_hz, count };
        assert!(said(long).contains("lower the rate"));
        assert_eq!(
            Protocol::Pairs { rate_hz, delta_ms: 1.0, count: 0 }.trains().unwrap().pre.len(),
            0
        );
    }
}

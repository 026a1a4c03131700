//! When a neuron fires: spike times in milliseconds.

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::Side;
use crate::error::{check_not_negative, check_positive};
use crate::random;
use crate::{Error, Result};

/// More spikes than this are not drawn for one train.
const MOST_SPIKES: f64 = 1e7;

/// The spike times of one neuron, in ms: finite, not negative, strictly ascending.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct SpikeTrain {
    times_ms: Vec<f64>,
}

impl SpikeTrain {
    /// A train of spikes at `times_ms`; none is a silent neuron.
    ///
    /// ```
    /// use microlearners::spiking::SpikeTrain;
    ///
    /// assert_eq!(SpikeTrain::new(&[1.0, 5.0])?.times_ms(), [1.0, 5.0]);
    /// assert!(SpikeTrain::new(&[5.0, 1.0]).is_err());
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Samples`] if a time is negative or not finite, or not later than the one before it.
    pub fn new(times_ms: &[f64]) -> Result<Self> {
        for (at, &time) in times_ms.iter().enumerate() {
            if !time.is_finite() || time < 0.0 {
                return Err(Error::Samples(format!(
                    "spike {at} is at {time} ms; spike times must be finite and at least 0"
                )));
            }
            if at > 0 && time <= times_ms[at - 1] {
                return Err(Error::Samples(format!(
                    "spike {at} at {time} ms does not follow spike {} at {} ms; sort the times and \
                     drop repeated ones",
                    at - 1,
                    times_ms[at - 1]
                )));
            }
        }
        Ok(Self { times_ms: times_ms.to_vec() })
    }

    /// A Poisson train: independent exponential intervals at `rate_hz` from 0 to `duration_ms`. A
    /// seed has one train for each `stream` name, whatever the rate of another.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rate is negative or the duration not positive, or if more than ten
    /// million spikes are expected.
    pub fn poisson(rate_hz: f64, duration_ms: f64, seed: u64, stream: &str) -> Result<Self> {
        check_not_negative("rate_hz", rate_hz)?;
        check_positive("duration_ms", duration_ms)?;
        let expected = rate_hz * duration_ms / 1000.0;
        if expected > MOST_SPIKES {
            let requirement = format!("{expected:.0} spikes are expected; at most {MOST_SPIKES}");
            return Err(Error::setting("duration_ms", duration_ms, requirement));
        }
        let mut rng = random::stream(seed, stream);
        let (mut times_ms, mut time) = (Vec::new(), 0.0);
        if rate_hz == 0.0 {
            return Ok(Self { times_ms });
        }
        loop {
            let uniform: f64 = rng.r#gen();
            time -= (1.0 - uniform).ln() * 1000.0 / rate_hz;
            if time >= duration_ms {
                break;
            }
            if times_ms.last().is_none_or(|&last| time > last) {
                times_ms.push(time);
            }
        }
        Ok(Self { times_ms })
    }

    /// The spike times, in ms, ascending.
    pub fn times_ms(&self) -> &[f64] {
        &self.times_ms
    }

    /// How many spikes there are.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Whether the neuron is silent.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }

    /// The same train later by `delay_ms`.
    ///
    /// # Errors
    /// [`Error::Setting`] if the delay is negative or not finite.
    pub fn delayed(&self, delay_ms: f64) -> Result<Self> {
        check_not_negative("delay_ms", delay_ms)?;
        Self::new(&self.times_ms.iter().map(|time| time + delay_ms).collect::<Vec<f64>>())
    }
}

impl TryFrom<Vec<f64>> for SpikeTrain {
    type Error = Error;

    fn try_from(times_ms: Vec<f64>) -> Result<Self> {
        Self::new(&times_ms)
    }
}

impl From<SpikeTrain> for Vec<f64> {
    fn from(train: SpikeTrain) -> Self {
        train.times_ms
    }
}

/// What the two neurons of one synapse fire, as seen at the synapse.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PairedTrains {
    /// Of the presynaptic neuron.
    pub pre: SpikeTrain,
    /// Of the postsynaptic neuron.
    pub post: SpikeTrain,
}

impl PairedTrains {
    /// Trains at `pre_ms` and `post_ms`.
    ///
    /// # Errors
    /// [`Error::Samples`] as [`SpikeTrain::new`].
    pub fn new(pre_ms: &[f64], post_ms: &[f64]) -> Result<Self> {
        Ok(Self { pre: SpikeTrain::new(pre_ms)?, post: SpikeTrain::new(post_ms)? })
    }

    /// The trains as they arrive at a synapse: pre spikes later by the axonal delay, post spikes
    /// later by the dendritic delay. A delay shifts the STDP window. NEST counts a connection's
    /// whole delay as dendritic; Brian's `on_pre` pathway makes it axonal.
    ///
    /// # Errors
    /// [`Error::Setting`] if a delay is negative or not finite.
    pub fn delayed(&self, axonal_ms: f64, dendritic_ms: f64) -> Result<Self> {
        Ok(Self { pre: self.pre.delayed(axonal_ms)?, post: self.post.delayed(dendritic_ms)? })
    }

    /// All spikes in the order of their times; of coincident ones the post spike comes first, as in
    /// NEST. The order of coincident spikes matters only where the change depends on the weight.
    pub fn spikes(&self) -> Vec<(f64, Side)> {
        let of = |train: &SpikeTrain, side| {
            train.times_ms.iter().map(move |&time| (time, side)).collect::<Vec<_>>()
        };
        let mut spikes = of(&self.post, Side::Post);
        spikes.extend(of(&self.pre, Side::Pre));
        spikes.sort_by(|one, other| one.0.total_cmp(&other.0));
        spikes
    }

    /// The time of the last spike in ms, 0 without spikes.
    pub fn end_ms(&self) -> f64 {
        let last = |train: &SpikeTrain| train.times_ms.last().copied().unwrap_or(0.0);
        last(&self.pre).max(last(&self.post))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_times_are_refused_in_a_sentence() {
        let said = |times: &[f64]| SpikeTrain::new(times).unwrap_err().to_string();
        assert_eq!(
            said(&[5.0, 3.0]),
            "spike 1 at 3 ms does not follow spike 0 at 5 ms; sort the times and drop repeated ones"
        );
        assert!(said(&[2.0, 2.0]).contains("does not follow"));
        assert!(said(&[f64::NAN]).contains("finite"));
        assert!(said(&[-1.0]).contains("-1 ms"));
        assert!(serde_json::from_str::<SpikeTrain>("[2.0, 1.0]").is_err());
        assert!(SpikeTrain::poisson(f64::NAN, 10.0, 0, "pre").is_err());
        assert!(SpikeTrain::poisson(1e9, 1e9, 0, "pre").is_err());
        assert!(PairedTrains::default().delayed(-1.0, 0.0).is_err());
    }

    #[test]
    fn a_poisson_train_has_its_rate_and_its_variability() {
        let train = SpikeTrain::poisson(20.0, 1e6, 3, "pre").unwrap();
        assert!((train.len() as f64 - 20_000.0).abs() < 4.0 * 20_000f64.sqrt());
        let gaps: Vec<f64> = train.times_ms().windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.03);
        assert!(SpikeTrain::poisson(0.0, 1e3, 3, "pre").unwrap().is_empty());
    }

    #[test]
    fn coincident_spikes_come_post_first() {
        let trains = PairedTrains::new(&[1.0, 3.0], &[2.0, 3.0]).unwrap();
        let sides: Vec<Side> = trains.spikes().into_iter().map(|spike| spike.1).collect();
        assert_eq!(sides, [Side::Pre, Side::Post, Side::Post, Side::Pre]);
    }
}

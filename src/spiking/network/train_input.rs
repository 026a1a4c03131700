//! Given spike trains as an input.

use super::super::SpikeTrain;
use crate::{Error, Result};

/// Spikes at the steps nearest to their times.
#[derive(Debug, Clone)]
pub(super) struct TrainInput {
    /// Steps and inputs, in the order of steps, then inputs.
    spikes: Vec<(u64, u32)>,
    next: usize,
}

impl TrainInput {
    pub(super) fn new(trains: &[SpikeTrain], step_ms: f64) -> Result<Self> {
        let mut spikes = Vec::new();
        for (input, train) in trains.iter().enumerate() {
            let mut last = 0;
            for &time in train.times_ms() {
                let step = (time / step_ms).round() as u64;
                if step == last {
                    return Err(Error::Samples(format!(
                        "the spike of input {input} at {time} ms falls into step {step} of \
                         {step_ms} ms, {}",
                        if step == 0 {
                            "which is before the first; let the trains begin later"
                        } else {
                            "as the one before it; use a smaller step"
                        }
                    )));
                }
                last = step;
                spikes.push((step, input as u32));
            }
        }
        spikes.sort_unstable();
        Ok(Self { spikes, next: 0 })
    }

    /// Appends the inputs that fire in `step`, ascending.
    pub(super) fn fire(&mut self, step: u64, fired: &mut Vec<u32>) {
        while let Some(&(at, input)) = self.spikes.get(self.next) {
            if at > step {
                break;
            }
            self.next += 1;
            if at == step {
                fired.push(input);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_fire_at_the_nearest_steps() {
        let trains = [[1.0, 2.04], [0.96, 5.0]].map(|times| SpikeTrain::new(&times).unwrap());
        let mut input = TrainInput::new(&trains, 0.1).unwrap();
        let mut all = Vec::new();
        for step in 0..60 {
            let mut fired = Vec::new();
            input.fire(step, &mut fired);
            all.extend(fired.into_iter().map(|at| (step, at)));
        }
        assert_eq!(all, [(10, 0), (10, 1), (20, 0), (50, 1)]);
    }

    #[test]
    fn spikes_that_share_a_step_are_refused() {
        let said = |times: &[f64]| {
            TrainInput::new(&[SpikeTrain::new(times).unwrap()], 0.1).unwrap_err().to_string()
        };
        assert!(said(&[0.0]).contains("before the first"));
        assert!(said(&[1.0, 1.01]).contains("use a smaller step"));
    }
}

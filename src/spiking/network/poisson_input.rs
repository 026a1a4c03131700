//! Poisson spikes of many inputs.

use rand::Rng as _;

use crate::error::check_not_negative;
use crate::random::{self, Rng};
use crate::{Error, Result};

/// Independent Poisson inputs, drawn as one train of the summed rate whose spikes fall to an input
/// in proportion to its rate. The spikes are drawn in continuous time, so that they are the same
/// for every step of the network, and their number costs time, not the number of inputs.
#[derive(Debug, Clone)]
pub(super) struct PoissonInput {
    /// Sums of the rates in Hz up to each input.
    sums_hz: Vec<f64>,
    rng: Rng,
    now_ms: f64,
    next_ms: f64,
}

impl PoissonInput {
    pub(super) fn new(rates_hz: &[f64], seed: u64, stream: &str) -> Result<Self> {
        let rng = random::stream(seed, stream);
        let mut input = Self { sums_hz: Vec::new(), rng, now_ms: 0.0, next_ms: f64::INFINITY };
        input.set_rates(rates_hz)?;
        Ok(input)
    }

    /// Other rates from now on.
    pub(super) fn set_rates(&mut self, rates_hz: &[f64]) -> Result<()> {
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(rates_hz.len());
        for (at, &rate) in rates_hz.iter().enumerate() {
            if rate.is_nan() || rate < 0.0 {
                check_not_negative(&format!("the rate of input {at}"), rate)?;
            }
            sum += rate;
            sums.push(sum);
        }
        if !sum.is_finite() {
            return Err(Error::setting("rates_hz", sum, "their sum must be finite"));
        }
        self.sums_hz = sums;
        self.next_ms = self.now_ms + self.interval_ms();
        Ok(())
    }

    /// Begins the random numbers anew, under another name.
    pub(super) fn restart(&mut self, seed: u64, stream: &str) {
        self.rng = random::stream(seed, stream);
        self.next_ms = self.now_ms + self.interval_ms();
    }

    fn interval_ms(&mut self) -> f64 {
        let total = self.sums_hz.last().copied().unwrap_or(0.0);
        if total == 0.0 {
            return f64::INFINITY;
        }
        let uniform: f64 = self.rng.r#gen();
        -(1.0 - uniform).ln() * 1000.0 / total
    }

    /// Appends the inputs that fire until `end_ms`, ascending and each once.
    pub(super) fn fire_until(&mut self, end_ms: f64, fired: &mut Vec<u32>) {
        let first = fired.len();
        while self.next_ms <= end_ms {
            let total = self.sums_hz.last().copied().unwrap_or(0.0);
            let drawn = self.rng.r#gen::<f64>() * total;
            let input = self.sums_hz.partition_point(|&sum| sum <= drawn);
            fired.push(input.min(self.sums_hz.len() - 1) as u32);
            self.next_ms += self.interval_ms();
        }
        self.now_ms = end_ms;
        if fired.len() > first + 1 {
            fired[first..].sort_unstable();
            fired.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(step_ms: f64) -> Vec<u32> {
        let mut input = PoissonInput::new(&[10.0, 0.0, 40.0], 5, "test").unwrap();
        let mut counts = vec![0; 3];
        for step in 1..=(100_000.0 / step_ms) as u32 {
            let mut fired = Vec::new();
            input.fire_until(f64::from(step) * step_ms, &mut fired);
            fired.iter().for_each(|&at| counts[at as usize] += 1);
        }
        counts
    }

    #[test]
    fn inputs_fire_at_their_rates_whatever_the_step() {
        let fine = counts(0.1);
        assert!((f64::from(fine[0]) - 1000.0).abs() < 130.0, "{fine:?}");
        assert_eq!(fine[1], 0);
        assert!((f64::from(fine[2]) - 4000.0).abs() < 260.0, "{fine:?}");
        // Spikes of one input within a step become one.
        let coarse = counts(0.5);
        assert!(coarse[2] <= fine[2] && coarse[2] > fine[2] - 120);
    }

    #[test]
    fn rates_without_a_meaning_are_refused() {
        let said = PoissonInput::new(&[1.0, -2.0], 0, "test").unwrap_err().to_string();
        assert!(said.starts_with("the rate of input 1 is -2"), "{said}");
        let mut silent = PoissonInput::new(&[0.0], 0, "test").unwrap();
        let mut fired = Vec::new();
        silent.fire_until(1e9, &mut fired);
        assert!(fired.is_empty());
    }
}

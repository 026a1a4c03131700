//! Which neurons are refractory.

use std::collections::VecDeque;

/// The refractory neurons, in the order in which they fired; the period is the same for all.
#[derive(Debug, Clone)]
pub(super) struct Refractory {
    steps: u64,
    now: u64,
    /// Neurons with the last step in which they are held.
    held: VecDeque<(u32, u64)>,
}

impl Refractory {
    /// A period that is rounded to whole steps.
    pub(super) fn new(period_ms: f64, step_ms: f64) -> Self {
        let steps = (period_ms / step_ms).round() as u64;
        Self { steps, now: 0, held: VecDeque::new() }
    }

    /// Begins the next step; neurons whose period is over are released.
    pub(super) fn next_step(&mut self) {
        self.now += 1;
        while self.held.front().is_some_and(|&(_, last)| last < self.now) {
            self.held.pop_front();
        }
    }

    /// The neurons that are held in this step.
    pub(super) fn held(&self) -> impl Iterator<Item = usize> + '_ {
        self.held.iter().map(|&(neuron, _)| neuron as usize)
    }

    pub(super) fn fired(&mut self, neurons: &[u32]) {
        if self.steps > 0 {
            let last = self.now + self.steps;
            self.held.extend(neurons.iter().map(|&neuron| (neuron, last)));
        }
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neuron_is_held_for_the_whole_period() {
        let mut refractory = Refractory::new(0.3, 0.1);
        refractory.next_step();
        refractory.fired(&[7]);
        let held: Vec<usize> = (0..5)
            .map(|_| {
                refractory.next_step();
                refractory.held().count()
            })
            .collect();
        assert_eq!(held, [1, 1, 1, 0, 0]);
        let mut none = Refractory::new(0.0, 0.1);
        none.fired(&[1]);
        none.next_step();
        assert_eq!(none.held().count(), 0);
    }
}

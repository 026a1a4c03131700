//! The traces of many neurons on a grid of steps.

use super::super::Interaction;
use super::TraceShape;

/// So many factors of fading are kept in a table.
const TABLE: usize = 4096;

/// By how much a trace fades in a number of steps.
#[derive(Debug, Clone)]
struct Fading {
    table: Vec<f64>,
    steps_per_tau: f64,
}

impl Fading {
    fn new(tau_ms: f64, step_ms: f64) -> Self {
        let steps_per_tau = tau_ms / step_ms;
        let table = (0..TABLE).map(|steps| (-(steps as f64) / steps_per_tau).exp()).collect();
        Self { table, steps_per_tau }
    }

    fn of(&self, steps: u64) -> f64 {
        match self.table.get(steps as usize) {
            Some(&factor) => factor,
            None => (-(steps as f64) / self.steps_per_tau).exp(),
        }
    }
}

fn after_spike(interaction: Interaction, before: f64) -> f64 {
    match interaction {
        Interaction::AllToAll => before + 1.0,
        Interaction::Nearest => 1.0,
    }
}

/// Traces that fade when they are read, for those that are seldom read.
#[derive(Debug, Clone)]
pub(super) struct LazyTraces {
    interaction: Interaction,
    fading: Fading,
    /// Values just after the latest spike, and its step.
    latest: Vec<(f64, u64)>,
}

impl LazyTraces {
    pub(super) fn new(shape: TraceShape, count: usize, step_ms: f64) -> Self {
        let fading = Fading::new(shape.time_constant_ms, step_ms);
        Self { interaction: shape.interaction, fading, latest: vec![(0.0, 0); count] }
    }

    /// The value at `step`, with the spikes before it.
    pub(super) fn read(&self, entry: usize, step: u64) -> f64 {
        let (value, at) = self.latest[entry];
        if value == 0.0 { 0.0 } else { value * self.fading.of(step - at) }
    }

    pub(super) fn spike(&mut self, entry: usize, step: u64) {
        let before = self.read(entry, step);
        self.latest[entry] = (after_spike(self.interaction, before), step);
    }

    pub(super) fn clear(&mut self) {
        self.latest.fill((0.0, 0));
    }
}

/// Traces that fade together, for those that are read together.
#[derive(Debug, Clone)]
pub(super) struct CommonTraces {
    interaction: Interaction,
    fading: Fading,
    step: u64,
    values: Vec<f64>,
}

impl CommonTraces {
    pub(super) fn new(shape: TraceShape, count: usize, step_ms: f64) -> Self {
        let fading = Fading::new(shape.time_constant_ms, step_ms);
        Self { interaction: shape.interaction, fading, step: 0, values: vec![0.0; count] }
    }

    /// Fades all traces to `step`.
    pub(super) fn move_to(&mut self, step: u64) {
        if step > self.step {
            let factor = self.fading.of(step - self.step);
            self.values.iter_mut().for_each(|value| *value = super::faded(*value, factor));
            self.step = step;
        }
    }

    /// The values at the step to which they were moved.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn spike(&mut self, neuron: usize) {
        self.values[neuron] = after_spike(self.interaction, self.values[neuron]);
    }

    pub(super) fn clear(&mut self) {
        self.values.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_fade_alike() {
        for interaction in [Interaction::AllToAll, Interaction::Nearest] {
            let shape = TraceShape { time_constant_ms: 20.0, interaction };
            let mut lazy = LazyTraces::new(shape, 2, 0.1);
            let mut common = CommonTraces::new(shape, 2, 0.1);
            for step in [3, 50, 51, 9000] {
                lazy.spike(1, step);
                common.move_to(step);
                common.spike(1);
            }
            common.move_to(9100);
            assert!((lazy.read(1, 9100) - common.values()[1]).abs() < 1e-13);
            assert!((common.values()[1] - (-0.5f64).exp()).abs() < 1e-13);
            assert_eq!((lazy.read(0, 9100), common.values()[0]), (0.0, 0.0));
        }
    }
}

//! Adaptive exponential integrate-and-fire neurons at work.

use super::exponential::faded;
use super::refractory::Refractory;
use super::{AdaptiveExponential, Neurons, Receptor};

/// Voltages, adaptation currents and conductances.
#[derive(Debug, Clone)]
pub(super) struct AdaptiveExponentialNeurons {
    model: AdaptiveExponential,
    step_ms: f64,
    refractory: Refractory,
    held: Vec<bool>,
    voltages_mv: Vec<f64>,
    adaptation_pa: Vec<f64>,
    drive_pa: Vec<f64>,
    conductances_ns: [Vec<f64>; 2],
}

impl AdaptiveExponentialNeurons {
    pub(super) fn new(model: &AdaptiveExponential, neurons: usize, step_ms: f64) -> Self {
        let zeros = || vec![0.0; neurons];
        Self {
            model: model.clone(),
            step_ms,
            refractory: Refractory::new(model.refractory_ms, step_ms),
            held: vec![false; neurons],
            voltages_mv: vec![model.rest_mv; neurons],
            adaptation_pa: zeros(),
            drive_pa: zeros(),
            conductances_ns: [zeros(), zeros()],
        }
    }

    /// One step of one neuron.
    fn moved(&self, neuron: usize) -> [f64; 4] {
        let [excitatory, inhibitory] = &self.conductances_ns;
        let state = [
            self.voltages_mv[neuron],
            self.adaptation_pa[neuron],
            excitatory[neuron],
            inhibitory[neuron],
        ];
        let current_pa = self.drive_pa[neuron];
        let voltage_moves = if self.held[neuron] { 0.0 } else { 1.0 };
        runge_kutta(state, self.step_ms, |state| {
            let mut slope = self.model.derivatives(state, current_pa);
            slope[0] *= voltage_moves;
            slope
        })
    }
}

/// One step of the classical method of order 4.
fn runge_kutta(state: [f64; 4], step: f64, derivatives: impl Fn([f64; 4]) -> [f64; 4]) -> [f64; 4] {
    let along = |slope: [f64; 4], by: f64| -> [f64; 4] {
        std::array::from_fn(|at| state[at] + by * slope[at])
    };
    let first = derivatives(state);
    let second = derivatives(along(first, step / 2.0));
    let third = derivatives(along(second, step / 2.0));
    let fourth = derivatives(along(third, step));
    let slope = |at: usize| first[at] + 2.0 * (second[at] + third[at]) + fourth[at];
    std::array::from_fn(|at| state[at] + step / 6.0 * slope(at))
}

impl Neurons for AdaptiveExponentialNeurons {
    fn step(&mut self, fired: &mut Vec<u32>) {
        self.refractory.next_step();
        self.held.fill(false);
        for neuron in self.refractory.held() {
            self.held[neuron] = true;
        }
        for neuron in 0..self.voltages_mv.len() {
            let [voltage, adaptation, excitation, inhibition] = self.moved(neuron);
            self.voltages_mv[neuron] = voltage;
            self.adaptation_pa[neuron] = adaptation;
            self.conductances_ns[0][neuron] = faded(excitation, 1.0);
            self.conductances_ns[1][neuron] = faded(inhibition, 1.0);
            if voltage > self.model.peak_mv {
                fired.push(neuron as u32);
            }
        }
    }

    fn reset(&mut self, fired: &[u32]) {
        for &neuron in fired {
            self.voltages_mv[neuron as usize] = self.model.reset_mv;
            self.adaptation_pa[neuron as usize] += self.model.spike_adaptation_pa;
        }
        self.refractory.fired(fired);
    }

    fn receptor_mut(&mut self, receptor: Receptor) -> &mut [f64] {
        &mut self.conductances_ns[receptor as usize]
    }

    fn drive_mut(&mut self) -> &mut [f64] {
        &mut self.drive_pa
    }

    fn voltages_mv(&self) -> &[f64] {
        &self.voltages_mv
    }

    fn voltages_mv_mut(&mut self) -> &mut [f64] {
        &mut self.voltages_mv
    }

    fn rest(&mut self) {
        self.voltages_mv.fill(self.model.rest_mv);
        self.adaptation_pa.fill(0.0);
        self.conductances_ns.iter_mut().for_each(|conductances| conductances.fill(0.0));
        self.refractory.clear();
    }

    fn boxed(&self) -> Box<dyn Neurons> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::NeuronModel;
    use super::*;

    fn spikes_ms(model: &AdaptiveExponential, current_pa: f64, step_ms: f64) -> Vec<f64> {
        let mut neuron = model.start(1, step_ms);
        neuron.drive_mut()[0] = current_pa;
        let mut times = Vec::new();
        for step in 1..=(500.0 / step_ms) as u32 {
            let mut fired = Vec::new();
            neuron.step(&mut fired);
            neuron.reset(&fired);
            times.extend(fired.iter().map(|_| f64::from(step) * step_ms));
        }
        times
    }

    #[test]
    fn without_the_upswing_the_decay_is_that_of_the_leak() {
        let model = AdaptiveExponential {
            threshold_mv: 10.0,
            adaptation_ns: 0.0,
            ..AdaptiveExponential::default()
        };
        let mut neuron = model.start(1, 0.1);
        neuron.voltages_mv_mut()[0] = -60.6;
        (0..100).for_each(|_| neuron.step(&mut Vec::new()));
        let exact = -70.6 + 10.0 * (-10.0 * 30.0 / 281.0f64).exp();
        assert!((neuron.voltages_mv()[0] - exact).abs() < 1e-9);
    }

    #[test]
    fn spikes_space_out_and_their_times_converge_with_the_step() {
        let model = AdaptiveExponential::default();
        let [coarse, fine] = [0.1, 0.0125].map(|step_ms| spikes_ms(&model, 1000.0, step_ms));
        assert!(coarse.len() > 5 && coarse.len() == fine.len());
        for (coarse, fine) in coarse.iter().zip(&fine) {
            assert!((coarse - fine).abs() < 1.5, "{coarse} {fine}");
        }
        let gaps: Vec<f64> = fine.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.windows(2).all(|pair| pair[1] > pair[0] - 0.1), "{gaps:?}");
        assert!(fine.iter().all(|time| time.is_finite()));
    }
}

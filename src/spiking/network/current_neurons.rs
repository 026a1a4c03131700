//! Leaky integrate-and-fire neurons with synaptic currents at work.

use super::exponential::faded;
use super::neuron_model::above;
use super::refractory::Refractory;
use super::{CurrentLif, Neurons, Receptor};

/// Voltages, currents, and by how much a step changes them.
#[derive(Debug, Clone)]
pub(super) struct CurrentNeurons {
    rest_mv: f64,
    threshold_mv: f64,
    reset_mv: f64,
    /// What remains of v − E after a step, and of both currents.
    voltage_left: f64,
    left: [f64; 2],
    /// What a step makes in mV of 1 pA of constant current, and of both synaptic currents.
    constant_mv: f64,
    synaptic_mv: [f64; 2],
    refractory: Refractory,
    voltages_mv: Vec<f64>,
    drive_pa: Vec<f64>,
    currents_pa: [Vec<f64>; 2],
}

impl CurrentNeurons {
    pub(super) fn new(model: &CurrentLif, neurons: usize, step_ms: f64) -> Self {
        let (tau, rest_mv) = (model.membrane_time_constant_ms, model.rest_mv);
        let resistance = model.membrane_resistance_mohm / 1000.0;
        let taus = [model.excitatory_time_constant_ms, model.inhibitory_time_constant_ms];
        Self {
            rest_mv,
            threshold_mv: model.threshold_mv,
            reset_mv: model.reset_mv,
            voltage_left: (-step_ms / tau).exp(),
            left: taus.map(|synaptic| (-step_ms / synaptic).exp()),
            constant_mv: -resistance * (-step_ms / tau).exp_m1(),
            synaptic_mv: taus.map(|synaptic| resistance * response(step_ms, tau, synaptic)),
            refractory: Refractory::new(model.refractory_ms, step_ms),
            voltages_mv: vec![rest_mv; neurons],
            drive_pa: vec![0.0; neurons],
            currents_pa: [vec![0.0; neurons], vec![0.0; neurons]],
        }
    }
}

/// What the membrane makes in one step of a current of 1 that fades, in units of R: τ_s / (τ_s − τ)
/// (e^(−h/τ_s) − e^(−h/τ)), in a form that also holds for equal time constants.
fn response(step_ms: f64, tau_ms: f64, synaptic_ms: f64) -> f64 {
    let difference = step_ms * (synaptic_ms - tau_ms) / (tau_ms * synaptic_ms);
    let ratio = if difference == 0.0 { 1.0 } else { difference.exp_m1() / difference };
    step_ms / tau_ms * (-step_ms / tau_ms).exp() * ratio
}

impl Neurons for CurrentNeurons {
    fn step(&mut self, fired: &mut Vec<u32>) {
        self.refractory.next_step();
        let (rest, left, constant) = (self.rest_mv, self.voltage_left, self.constant_mv);
        let ([by_excitation, by_inhibition], [excitation_left, inhibition_left]) =
            (self.synaptic_mv, self.left);
        let [excitatory, inhibitory] = &mut self.currents_pa;
        let inputs = excitatory.iter_mut().zip(inhibitory).zip(&self.drive_pa);
        for (voltage, ((excitation, inhibition), drive)) in self.voltages_mv.iter_mut().zip(inputs)
        {
            let by_synapses = by_excitation * *excitation - by_inhibition * *inhibition;
            *voltage = rest + (*voltage - rest) * left + constant * drive + by_synapses;
            *excitation = faded(*excitation, excitation_left);
            *inhibition = faded(*inhibition, inhibition_left);
        }
        for neuron in self.refractory.held() {
            self.voltages_mv[neuron] = self.reset_mv;
        }
        above(&self.voltages_mv, self.threshold_mv, fired);
    }

    fn reset(&mut self, fired: &[u32]) {
        fired.iter().for_each(|&neuron| self.voltages_mv[neuron as usize] = self.reset_mv);
        self.refractory.fired(fired);
    }

    fn receptor_mut(&mut self, receptor: Receptor) -> &mut [f64] {
        &mut self.currents_pa[receptor as usize]
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
        self.voltages_mv.fill(self.rest_mv);
        self.currents_pa.iter_mut().for_each(|currents| currents.fill(0.0));
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

    fn spikes_ms(current_pa: f64) -> Vec<f64> {
        let mut neuron = CurrentLif::default().start(1, 0.1);
        neuron.drive_mut()[0] = current_pa;
        let mut times = Vec::new();
        for step in 1..=1000 {
            let mut fired = Vec::new();
            neuron.step(&mut fired);
            neuron.reset(&fired);
            times.extend(fired.iter().map(|_| f64::from(step) / 10.0));
        }
        times
    }

    /// Computed with numpy by exact steps of 0.1 ms.
    #[test]
    fn spikes_on_a_grid_of_exact_steps() {
        assert_eq!(spikes_ms(500.0), [13.9, 29.8, 45.7, 61.6, 77.5, 93.4]);
        assert_eq!(spikes_ms(400.0), [27.8, 57.6, 87.4]);
    }

    #[test]
    fn sub_threshold_decay_and_postsynaptic_potentials_are_exact_for_every_step() {
        for synaptic in [2.0, 10.0, 10.0 + 1e-9, 35.0] {
            let model = CurrentLif { excitatory_time_constant_ms: synaptic, ..Default::default() };
            let after = |step_ms: f64| {
                let mut neuron = model.start(1, step_ms);
                neuron.voltages_mv_mut()[0] = -60.0;
                neuron.receptor_mut(Receptor::Excitatory)[0] = 100.0;
                (0..(20.0 / step_ms).round() as u32).for_each(|_| neuron.step(&mut Vec::new()));
                neuron.voltages_mv()[0]
            };
            let by_current = 100.0 * 0.04 * response(20.0, 10.0, synaptic);
            let exact = -70.0 + 10.0 * (-2f64).exp() + by_current;
            for step_ms in [0.1, 1.0, 20.0] {
                assert!((after(step_ms) - exact).abs() < 1e-11, "{step_ms} {synaptic}");
            }
        }
        let closed = 2.0 / (2.0 - 10.0) * ((-10f64).exp() - (-2f64).exp());
        assert!((response(20.0, 10.0, 2.0) - closed).abs() < 1e-15);
    }

    #[test]
    fn excitation_and_inhibition_cancel() {
        let mut neuron = CurrentLif::default().start(1, 0.1);
        neuron.receptor_mut(Receptor::Excitatory)[0] = 100.0;
        neuron.receptor_mut(Receptor::Inhibitory)[0] = 100.0;
        neuron.step(&mut Vec::new());
        assert_eq!(neuron.voltages_mv(), [-70.0]);
    }
}

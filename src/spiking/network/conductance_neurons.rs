//! Leaky integrate-and-fire neurons with synaptic conductances at work.

use super::exponential::{exponential, faded};
use super::neuron_model::above;
use super::refractory::Refractory;
use super::{ConductanceLif, FrozenAt, Neurons, Receptor};

/// Voltages, conductances, raised thresholds, and by how much a step changes them.
#[derive(Debug, Clone)]
pub(super) struct ConductanceNeurons {
    model: ConductanceLif,
    /// The step in units of the membrane's time constant.
    step: f64,
    /// What remains of both conductances after a step.
    left: [f64; 2],
    /// The conductances of a step in units of their values at its beginning.
    read: [f64; 2],
    threshold_left: f64,
    refractory: Refractory,
    voltages_mv: Vec<f64>,
    drive_mv: Vec<f64>,
    conductances: [Vec<f64>; 2],
    /// Empty without an adaptive threshold.
    raised_mv: Vec<f64>,
}

impl ConductanceNeurons {
    pub(super) fn new(model: &ConductanceLif, neurons: usize, step_ms: f64) -> Self {
        let taus = [model.excitatory_time_constant_ms, model.inhibitory_time_constant_ms];
        let read = |tau_ms: f64| match model.frozen_at {
            FrozenAt::Mean => -(-step_ms / tau_ms).exp_m1() * tau_ms / step_ms,
            FrozenAt::Beginning => 1.0,
        };
        let threshold = model.adaptive_threshold.as_ref();
        Self {
            model: model.clone(),
            step: step_ms / model.membrane_time_constant_ms,
            left: taus.map(|tau_ms| (-step_ms / tau_ms).exp()),
            read: taus.map(read),
            threshold_left: threshold.map_or(1.0, |of| (-step_ms / of.time_constant_ms).exp()),
            refractory: Refractory::new(model.refractory_ms, step_ms),
            voltages_mv: vec![model.rest_mv; neurons],
            drive_mv: vec![0.0; neurons],
            conductances: [vec![0.0; neurons], vec![0.0; neurons]],
            raised_mv: threshold.map_or(Vec::new(), |of| vec![of.first_mv; neurons]),
        }
    }

    fn move_voltages(&mut self) {
        let model = &self.model;
        let (step, rest) = (self.step, model.rest_mv);
        let reversals = [model.excitatory_reversal_mv, model.inhibitory_reversal_mv];
        let ([read_excitation, read_inhibition], [excitation_left, inhibition_left]) =
            (self.read, self.left);
        let [excitatory, inhibitory] = &mut self.conductances;
        let inputs = excitatory.iter_mut().zip(inhibitory).zip(&self.drive_mv);
        for (voltage, ((excitation, inhibition), drive)) in self.voltages_mv.iter_mut().zip(inputs)
        {
            let (g_e, g_i) = (read_excitation * *excitation, read_inhibition * *inhibition);
            let total = 1.0 + g_e + g_i;
            let target = (rest + drive + g_e * reversals[0] + g_i * reversals[1]) / total;
            *voltage = target + (*voltage - target) * exponential(-step * total);
            *excitation = faded(*excitation, excitation_left);
            *inhibition = faded(*inhibition, inhibition_left);
        }
    }
}

impl Neurons for ConductanceNeurons {
    fn step(&mut self, fired: &mut Vec<u32>) {
        self.refractory.next_step();
        self.move_voltages();
        for neuron in self.refractory.held() {
            self.voltages_mv[neuron] = self.model.reset_mv;
        }
        if self.raised_mv.is_empty() {
            return above(&self.voltages_mv, self.model.threshold_mv, fired);
        }
        let (left, threshold) = (self.threshold_left, self.model.threshold_mv);
        for (at, (raised, voltage)) in self.raised_mv.iter_mut().zip(&self.voltages_mv).enumerate()
        {
            *raised *= left;
            if *voltage > threshold + *raised {
                fired.push(at as u32);
            }
        }
    }

    fn reset(&mut self, fired: &[u32]) {
        let jump = self.model.adaptive_threshold.as_ref().map(|of| of.jump_mv);
        for &neuron in fired {
            self.voltages_mv[neuron as usize] = self.model.reset_mv;
            if let Some(jump) = jump {
                self.raised_mv[neuron as usize] += jump;
            }
        }
        self.refractory.fired(fired);
    }

    fn receptor_mut(&mut self, receptor: Receptor) -> &mut [f64] {
        &mut self.conductances[receptor as usize]
    }

    fn drive_mut(&mut self) -> &mut [f64] {
        &mut self.drive_mv
    }

    fn voltages_mv(&self) -> &[f64] {
        &self.voltages_mv
    }

    fn voltages_mv_mut(&mut self) -> &mut [f64] {
        &mut self.voltages_mv
    }

    fn raised_thresholds_mv(&self) -> &[f64] {
        &self.raised_mv
    }

    fn raised_thresholds_mv_mut(&mut self) -> &mut [f64] {
        &mut self.raised_mv
    }

    fn rest(&mut self) {
        self.voltages_mv.fill(self.model.rest_mv);
        self.conductances.iter_mut().for_each(|conductances| conductances.fill(0.0));
        self.refractory.clear();
    }

    fn boxed(&self) -> Box<dyn Neurons> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AdaptiveThreshold, NeuronModel};
    use super::*;

    /// The voltage 20 ms after an excitatory and an inhibitory spike.
    fn after(frozen_at: FrozenAt, step_ms: f64) -> f64 {
        let mut neuron = ConductanceLif { frozen_at, ..Default::default() }.start(1, step_ms);
        neuron.receptor_mut(Receptor::Excitatory)[0] = 0.6;
        neuron.receptor_mut(Receptor::Inhibitory)[0] = 0.4;
        (0..(20.0 / step_ms).round() as u32).for_each(|_| neuron.step(&mut Vec::new()));
        neuron.voltages_mv()[0]
    }

    #[test]
    fn halving_the_step_quarters_the_error_of_mean_conductances() {
        let exact = after(FrozenAt::Mean, 1.0 / 1024.0);
        let error = |frozen_at, step_ms| (after(frozen_at, step_ms) - exact).abs();
        let mean = error(FrozenAt::Mean, 1.0) / error(FrozenAt::Mean, 0.5);
        let beginning = error(FrozenAt::Beginning, 0.5) / error(FrozenAt::Beginning, 0.25);
        assert!((mean - 4.0).abs() < 0.3, "{mean}");
        assert!((beginning - 2.0).abs() < 0.2, "{beginning}");
        assert!(error(FrozenAt::Mean, 0.5) < 1e-3);
    }

    #[test]
    fn without_conductances_the_decay_is_exact() {
        let mut neuron = ConductanceLif::default().start(1, 7.0);
        neuron.voltages_mv_mut()[0] = -55.0;
        neuron.step(&mut Vec::new());
        assert!((neuron.voltages_mv()[0] + 70.0 - 15.0 * (-0.35f64).exp()).abs() < 1e-12);
    }

    #[test]
    fn every_spike_raises_the_threshold() {
        let adaptive_threshold =
            Some(AdaptiveThreshold { jump_mv: 3.0, time_constant_ms: 50.0, first_mv: 1.0 });
        let mut neuron = ConductanceLif { adaptive_threshold, ..Default::default() }.start(1, 0.1);
        neuron.drive_mut()[0] = 30.0;
        let mut gaps = Vec::new();
        for step in 0..3000 {
            let mut fired = Vec::new();
            neuron.step(&mut fired);
            neuron.reset(&fired);
            gaps.extend(fired.iter().map(|_| step));
        }
        gaps = gaps.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps[0] < gaps[1] && gaps[1] < gaps[2], "{gaps:?}");
        assert!(neuron.raised_thresholds_mv()[0] > 3.0);
        neuron.rest();
        assert!(neuron.raised_thresholds_mv()[0] > 3.0);
    }
}

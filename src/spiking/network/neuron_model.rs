//! The seam of neuron models in networks.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Through which receptors the spikes of a projection act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Receptor {
    /// Depolarising ones.
    #[default]
    Excitatory,
    /// Hyperpolarising ones; weights stay positive.
    Inhibitory,
}

/// A recipe of neurons: plain parameters.
///
/// ```
/// use microlearners::spiking::{CurrentLif, NeuronModel};
///
/// let mut neurons = CurrentLif::default().start(3, 0.1);
/// neurons.drive_mut().fill(500.0);
/// let mut fired = Vec::new();
/// (0..139).for_each(|_| neurons.step(&mut fired));
/// assert_eq!(fired, [0, 1, 2]);
/// ```
pub trait NeuronModel: Debug + Send + Sync {
    /// Refuses parameters without a meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] with the parameter, its value and what it must be.
    fn check(&self) -> Result<()>;

    /// So many neurons at rest, which move in steps of `step_ms`.
    fn start(&self, neurons: usize, step_ms: f64) -> Box<dyn Neurons>;
}

/// Neurons at work: their voltages and what their receptors feel.
pub trait Neurons: Debug + Send + Sync {
    /// Moves all neurons by one step and appends the indices of those that fire, ascending.
    fn step(&mut self, fired: &mut Vec<u32>);

    /// Resets the neurons that fired in the step, and begins their refractory period.
    fn reset(&mut self, fired: &[u32]);

    /// What presynaptic spikes add to, one number per neuron; its unit is the model's.
    fn receptor_mut(&mut self, receptor: Receptor) -> &mut [f64];

    /// The constant input of each neuron; its unit is the model's.
    fn drive_mut(&mut self) -> &mut [f64];

    /// The membrane voltages in mV.
    fn voltages_mv(&self) -> &[f64];

    /// The membrane voltages in mV, to be set.
    fn voltages_mv_mut(&mut self) -> &mut [f64];

    /// By how much each threshold is raised, in mV; empty for models of constant thresholds.
    fn raised_thresholds_mv(&self) -> &[f64] {
        &[]
    }

    /// The raised thresholds, to be set.
    fn raised_thresholds_mv_mut(&mut self) -> &mut [f64] {
        &mut []
    }

    /// Back to rest: voltages, receptors and refractoriness; raised thresholds and drives stay.
    fn rest(&mut self);

    /// The neurons on their own, for a copy of the network.
    fn boxed(&self) -> Box<dyn Neurons>;
}

impl Clone for Box<dyn Neurons> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// Refuses voltages that are not finite, and a threshold that is not above the reset.
pub(super) fn check_voltages(rest_mv: f64, threshold_mv: f64, reset_mv: f64) -> Result<()> {
    let named = [("rest_mv", rest_mv), ("threshold_mv", threshold_mv), ("reset_mv", reset_mv)];
    for (name, value) in named {
        if !value.is_finite() {
            return Err(Error::setting(name, value, "it must be finite, in mV"));
        }
    }
    if reset_mv < threshold_mv {
        return Ok(());
    }
    let requirement = format!("it must be below the threshold of {threshold_mv} mV");
    Err(Error::setting("reset_mv", reset_mv, requirement))
}

/// Appends the indices of the voltages above `threshold_mv`, ascending.
pub(super) fn above(voltages_mv: &[f64], threshold_mv: f64, fired: &mut Vec<u32>) {
    const AT_ONCE: usize = 16;
    for (block, voltages) in voltages_mv.chunks(AT_ONCE).enumerate() {
        if !voltages.iter().fold(false, |any, &voltage| any | (voltage > threshold_mv)) {
            continue;
        }
        let over = voltages.iter().enumerate().filter(|&(_, &voltage)| voltage > threshold_mv);
        fired.extend(over.map(|(at, _)| (block * AT_ONCE + at) as u32));
    }
}

//! Digits by spikes: the network of Diehl and Cook.
//!
//! P. U. Diehl and M. Cook, Unsupervised learning of digit recognition using spike-timing-dependent
//! plasticity, Frontiers in Computational Neuroscience 9 (2015), doi 10.3389/fncom.2015.00099.
//! Images are Poisson rates. Excitatory neurons with adaptive thresholds learn them by STDP, and
//! inhibit one another through as many inhibitory neurons. Labels play no part in learning: each
//! neuron is assigned the class to which it responds most, on training images only. The abstract
//! states 95 % on MNIST with 6,400 neurons.

mod assignment;
mod network;
mod outcome;
mod presentation;
mod rule;
mod settings;
mod show;

pub use assignment::NeuronLabels;
pub use network::DiehlCook;
pub use outcome::SpikingAccuracy;
pub use rule::DiehlCookStdp;
pub use settings::DiehlCookSettings;

//! Deep predictive coding networks: object recognition in recurrent cycles.
//!
//! A [`PredictiveNetwork`] is a small convolutional network whose feedback connections predict the
//! layer below, and whose feed-forward connections hand on the error of the prediction. Its
//! activity goes through cycles before it answers. Update rates of each channel say how much a
//! cycle changes; they are learned with the weights, by backprop through the cycles. It is a model
//! of recurrent inference, and not a learning rule;
//! [`PredictiveCoding`](crate::rules::PredictiveCoding) is one.
//!
//! [`PredictiveNetwork::accuracy`] says how accuracy depends on the number of cycles,
//! [`PredictiveNetwork::representations`] gives activity by layer and cycle for
//! [`representations`](crate::representations), and [`PredictiveNetwork::prediction_errors`] says
//! how well each layer predicts the one below.
//!
//! Wen, Han, Shi, Zhang, Culurciello & Liu 2018, arXiv 1802.04762.

mod course;
mod geometry;
mod global;
mod local;
mod measures;
mod network;
mod rates;
mod read_out;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod refusal_tests;
mod settings;
mod show;
mod stack;
#[cfg(test)]
mod tests;
mod training;
mod upsampling;
mod weights;

pub use measures::{CycleRepresentation, PredictionError, UpdateRates};
pub use network::PredictiveNetwork;
pub use settings::{
    FeedbackWeights, PredictiveLayer, PredictiveNetworkSettings, PredictiveReadOut, Recurrence,
};
pub use training::{PredictiveEpoch, PredictiveTraining};

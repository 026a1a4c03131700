//! How the room's values show themselves, as text and under a notebook's cell.

use std::fmt;

use super::{
    CycleRepresentation, FeedbackWeights, PredictionError, PredictiveEpoch, PredictiveLayer,
    PredictiveNetwork, PredictiveNetworkSettings, PredictiveReadOut, PredictiveTraining,
    Recurrence, UpdateRates,
};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for CycleRepresentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stimuli, units) = self.patterns.dim();
        write!(
            f,
            "layer {} after {} cycles: {stimuli} stimuli × {units} units",
            self.layer, self.cycle
        )
    }
}

impl fmt::Display for PredictiveEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, loss, accuracy } = self;
        write!(f, "epoch {epoch}: loss {loss:.4}, accuracy {accuracy:.4} on training examples")
    }
}

show_as_text!(CycleRepresentation, PredictiveEpoch, PredictiveNetwork);
show_as_settings!(FeedbackWeights, PredictionError, PredictiveLayer, PredictiveNetworkSettings);
show_as_settings!(PredictiveReadOut, PredictiveTraining, Recurrence, UpdateRates);

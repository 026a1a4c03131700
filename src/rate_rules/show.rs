//! How the room's values show themselves under a notebook's cell.

use super::{
    Annealing, Bcm, BcmForm, BcmLearning, BcmPoint, BcmResponse, CompetitiveHebbian,
    ConvallisSurrogate, Decorrelation, FiCurve, LearnedWeights, LearningPoint, LearningSchedule,
    NeuronModel, NonlinearHebbian, Nonlinearity, PiecewiseLinear, PlasticityFunction,
    PresentationOrder, SlowThreshold, StepScale,
};
use crate::display::show_as_settings;

show_as_settings!(Annealing, Bcm, BcmForm, BcmLearning, BcmPoint, BcmResponse);
show_as_settings!(CompetitiveHebbian, ConvallisSurrogate, Decorrelation, FiCurve, LearnedWeights);
show_as_settings!(LearningPoint, LearningSchedule, NeuronModel, NonlinearHebbian, Nonlinearity);
show_as_settings!(PiecewiseLinear, PlasticityFunction, PresentationOrder, SlowThreshold, StepScale);

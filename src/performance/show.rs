//! Settings as text.

use super::{Adaptation, EvaluationSplit, LearningQuality, RankCorrelation, Robustness};
use crate::display::{show_as_settings, show_as_text};

show_as_settings!(Adaptation, EvaluationSplit, LearningQuality, Robustness);
show_as_text!(RankCorrelation);

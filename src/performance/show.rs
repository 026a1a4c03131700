//! Settings as text.

use super::{Adaptation, JudgedOn, LearningQuality, RankCorrelation, Robustness};
use crate::display::{show_as_settings, show_as_text};

show_as_settings!(Adaptation, JudgedOn, LearningQuality, Robustness);
show_as_text!(RankCorrelation);

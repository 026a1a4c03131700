//! Settings as text.

use super::{JudgedOn, LearningQuality, Robustness};
use crate::display::show_as_settings;

show_as_settings!(JudgedOn, LearningQuality, Robustness);

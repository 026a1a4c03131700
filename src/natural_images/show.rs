//! How the room's values show themselves under a notebook's cell.

use super::{
    Gabor, GaborFit, GaborFitSettings, GreyImage, Localisation, NaturalPatches, OlshausenField,
    PatchMean, PatchSampler, ReceptiveFieldFits, Whitening,
};
use crate::display::show_as_settings;

show_as_settings!(Gabor, GaborFit, GaborFitSettings, GreyImage, Localisation, OlshausenField);
show_as_settings!(NaturalPatches, PatchMean, PatchSampler, ReceptiveFieldFits, Whitening);

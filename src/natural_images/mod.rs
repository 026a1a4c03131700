//! Natural images, patches of them, and receptive fields that are learned from them.
//!
//! A [`GreyImage`] is a photograph. [`PatchSampler`] draws square patches, and [`Whitening`] takes
//! their second-order statistics out; [`OlshausenField`] does so for whole images. What a unit has
//! learned from patches is a receptive field: [`gabor_fit`] describes one by a [`Gabor`] function,
//! and [`ReceptiveFieldFits`] says how many of many are localised.
//!
//! For networks, [`Dataset::natural_patches`](crate::data::Dataset::natural_patches) makes a data set
//! of patches, and [`Task::whitened`](crate::data::Task::whitened) whitens the inputs of any task.

mod gabor;
mod gabor_fit;
mod gabor_search;
mod gabor_starts;
mod grey_image;
mod natural_patches;
mod olshausen_field;
mod patch_sampler;
mod receptive_field_fits;
mod shipped;
mod show;
mod whitened_task;
mod whitening;

pub use gabor::Gabor;
pub use gabor_fit::{GaborFit, GaborFitSettings, gabor_fit};
pub use grey_image::GreyImage;
pub use natural_patches::NaturalPatches;
pub use olshausen_field::OlshausenField;
pub use patch_sampler::{PatchMean, PatchSampler};
pub use receptive_field_fits::{Localisation, ReceptiveFieldFits};
pub use shipped::natural_images;
pub(crate) use whitened_task::check_whitening;
pub use whitening::Whitening;

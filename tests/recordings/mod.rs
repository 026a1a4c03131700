//! What was trained here and elsewhere, measured alike.

mod convolution;
mod elsewhere;
mod made;
mod observed;
mod refused;
mod trained_here;

//! Networks that convolve, and images in colour, as a user has them.

mod accuracy;
mod bad_input;
mod cifar10;
mod networks;

//! What a network is shown.
//!
//! A [`Dataset`] is a set of labelled images as they come (8-bit pixels); a [`Task`] is what is
//! asked of a network about them: normalised inputs, targets, an [`Objective`], the split into
//! training, validation and test [`Examples`], and the fixed probe stimuli on which activity is
//! measured. [`Change`]s make other tasks of the same images; [`Task::autoencoding`],
//! [`Task::contrastive`] and [`Task::teacher_student`] ask for something else than classes. In a
//! [`Scenario`] that changes a task has [`Phase`]s, one after the other.
//!
//! ```no_run
//! use microlearners::data::{Dataset, Task, TaskSettings};
//!
//! let digits = Dataset::mnist()?;
//! let task = Task::classification(&digits, &TaskSettings::default())?;
//! assert_eq!(task.train().len(), 60_000);
//! # Ok::<(), microlearners::Error>(())
//! ```

mod archive;
mod arrays;
mod augmentation;
mod change;
mod cifar10;
pub(crate) mod cifar10h;
mod colour_jitter;
mod contrast;
mod dataset;
mod fetch;
mod idx;
mod label_planes;
mod maps;
mod mnist;
pub(crate) mod natural_images;
mod objective;
mod phases;
mod places;
mod scenario;
mod show;
mod sparse;
mod spoken_digits;
mod synthetic;
mod task;
mod unlabelled;

pub use augmentation::Augmentation;
pub(crate) use augmentation::Augmenter;
pub use change::Change;
pub use dataset::{Dataset, Images};
pub use fetch::{
    CIFAR10_ADDRESSES, CIFAR10H_ADDRESSES, FSDD_ADDRESSES, MNIST_ADDRESSES, fetch_cifar10,
    fetch_cifar10h, fetch_fsdd, fetch_mnist,
};
pub(crate) use maps::ChannelNumbers;
pub use maps::FeatureMaps;
pub(crate) use mnist::hex;
pub use objective::Objective;
pub use scenario::{Group, Phase, Scenario};
pub(crate) use sparse::{BLOCK, Packed, SparseRows};
pub use spoken_digits::{Background, Spoken, SpokenDigits};
pub(crate) use task::check_classification;
pub use task::{Examples, Normalisation, Task, TaskSettings};
pub use unlabelled::TeacherSettings;
pub(crate) use unlabelled::{check_autoencoding, check_outputs};

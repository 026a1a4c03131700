//! The photographs that ship with the project.

use super::GreyImage;
use crate::Result;
use crate::data::natural_images::{NAMES, pixels};

/// Five grey photographs of people and things, in the public domain or under CC0;
/// datasets/natural_images has their sources.
///
/// ```no_run
/// use microlearners::natural_images::natural_images;
///
/// let images = natural_images()?;
/// assert_eq!((images.len(), images[0].name.as_str()), (5, "camera"));
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) if they are not found, as outside the checkout without
/// `MICROLEARNERS_DATA`, or a file is damaged; [`Error::File`](crate::Error::File) if one cannot be read.
pub fn natural_images() -> Result<Vec<GreyImage>> {
    NAMES.iter().map(|name| GreyImage::new(*name, pixels(name)?)).collect()
}

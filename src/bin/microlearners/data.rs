//! `data`: data sets for a library that is used outside its checkout.

use microlearners::data::{MNIST_ADDRESSES, fetch_mnist};

use crate::arguments::Data;
use crate::{End, out};

pub(crate) fn data(options: &Data) -> Result<u8, End> {
    let own: Vec<&str> = options.from.iter().map(String::as_str).collect();
    let folder = fetch_mnist(if own.is_empty() { &MNIST_ADDRESSES } else { &own })?;
    out::say(&format!("MNIST is in {}", folder.display()))?;
    Ok(0)
}

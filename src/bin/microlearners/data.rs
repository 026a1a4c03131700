//! `data`: data sets for a library that is used outside its checkout.

use microlearners::data::{
    CIFAR10_ADDRESSES, CIFAR10H_ADDRESSES, FSDD_ADDRESSES, MNIST_ADDRESSES, fetch_cifar10,
    fetch_cifar10h, fetch_fsdd, fetch_mnist,
};

use crate::arguments::Data;
use crate::{End, out};

pub(crate) fn data(options: &Data) -> Result<u8, End> {
    let own: Vec<&str> = options.from.iter().map(String::as_str).collect();
    let from = |usual: &'static [&'static str]| if own.is_empty() { usual } else { &own[..] };
    let (name, folder) = match options.name.as_str() {
        "cifar10" => ("CIFAR-10", fetch_cifar10(from(&CIFAR10_ADDRESSES))?),
        "cifar10h" => ("CIFAR-10H", fetch_cifar10h(from(&CIFAR10H_ADDRESSES))?),
        "fsdd" => ("The Free Spoken Digit Dataset", fetch_fsdd(from(&FSDD_ADDRESSES))?),
        _ => ("MNIST", fetch_mnist(from(&MNIST_ADDRESSES))?),
    };
    out::say(&format!("{name} is in {}", folder.display()))?;
    Ok(0)
}

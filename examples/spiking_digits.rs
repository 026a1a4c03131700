//! Trains the spiking network of Diehl & Cook 2015 on digits of MNIST, one by one and without their
//! labels, and prints how many test digits it identifies after every 10,000:
//!
//!     cargo run --release --example spiking_digits -- 400 60000
//!
//! The arguments are the number of excitatory neurons and of training digits, and then, if they are
//! given, the number of test digits (10,000) and the seed (0). Neurons are assigned classes by the
//! last 10,000 training digits shown, or all of them if they are fewer. `docs/results.md` has what
//! came out.
#![allow(missing_docs)]

use std::time::Instant;

use microlearners::ndarray::{Array2, s};
use microlearners::prelude::*;
use microlearners::spiking::{DiehlCook, DiehlCookSettings};

const STAGE: usize = 10_000;

fn main() -> Result<(), Error> {
    let [neurons, training, test, seed] = arguments([400, 60_000, 10_000, 0])?;
    let dataset = Dataset::mnist()?;
    let (images, labels) = part(dataset.train(), training);
    let (tests, truth) = part(dataset.test(), test);
    let settings = DiehlCookSettings { neurons, ..DiehlCookSettings::default() };
    let mut network = DiehlCook::new(images.ncols(), &settings, seed as u64)?;
    println!("neurons,seed,shown,accuracy,low,high,tested,training_seconds");
    let mut seconds = 0.0;
    for start in (0..images.nrows()).step_by(STAGE) {
        let end = (start + STAGE).min(images.nrows());
        let began = Instant::now();
        network.train(&images.slice(s![start..end, ..]).to_owned())?;
        seconds += began.elapsed().as_secs_f64();
        let last = end.saturating_sub(STAGE)..end;
        let shown = images.slice(s![last.clone(), ..]).to_owned();
        let assigned = network.assign(&shown, &labels[last])?;
        let found = network.accuracy(&assigned, &tests, &truth)?;
        let (low, high) = (found.interval.low, found.interval.high);
        let accuracy = found.accuracy;
        println!(
            "{neurons},{seed},{end},{accuracy:.4},{low:.4},{high:.4},{},{seconds:.0}",
            found.total
        );
    }
    Ok(())
}

fn arguments<const N: usize>(defaults: [usize; N]) -> Result<[usize; N], Error> {
    let mut numbers = defaults;
    for (number, text) in numbers.iter_mut().zip(std::env::args().skip(1)) {
        *number = text.parse().map_err(|_| {
            Error::setting("argument", &text, "give whole numbers: neurons, digits, tests, seed")
        })?;
    }
    Ok(numbers)
}

/// The first images and their classes.
fn part(images: &Images, count: usize) -> (Array2<u8>, Vec<usize>) {
    let count = count.min(images.labels.len());
    let pixels = images.pixels.slice(s![..count, ..]).to_owned();
    (pixels, images.labels[..count].iter().map(|&label| usize::from(label)).collect())
}

//! Prints what tests/scikit/forest.py prints for scikit-learn; run by it.
//!
//! `cargo bench --bench forest`

use std::time::Instant;

use microlearners::classification::{Classifier as _, RandomForest};

#[path = "../tests/classification/tables.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod tables;

use tables::Shape;

const LARGE: Shape = Shape { rows: 15_000, columns: 507, classes: 4, strength: 0.4 };

fn main() -> Result<(), microlearners::Error> {
    let (train, test) = tables::halves(&LARGE);
    let whole = tables::table(&LARGE);
    let started = Instant::now();
    RandomForest::default().fit(&whole, 0)?;
    let seconds = started.elapsed().as_secs_f64();
    let fitted = RandomForest::default().fit(&train, 0)?;
    let started = Instant::now();
    let guesses = fitted.predict(&test.features)?;
    let predicting = started.elapsed().as_secs_f64();
    let right = guesses.iter().zip(&test.labels).filter(|(guess, label)| guess == label).count();
    println!(
        "ours: fit {seconds:.2} s, predict {predicting:.2} s, accuracy {:.4}, out of bag {:.4}",
        right as f64 / test.len() as f64,
        fitted.out_of_bag().unwrap_or(f64::NAN)
    );
    Ok(())
}

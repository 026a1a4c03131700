//! The same seeds give the same bits, whatever the number of threads.

use microlearners::observables::{Instrument, ObservableSet, Records};
use microlearners::polars::prelude::DataFrame;
use microlearners::rules;
use microlearners::training::Study;

use crate::support;

fn run_with(threads: usize) -> Records {
    let study = Study::of(support::small_experiment()).rules(&rules::all()).seeds(3);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let instrument = Instrument::perfect().with_noise(0.1).with_fraction(0.5);
    pool.install(|| study.run_with(&instrument, &ObservableSet::everything())).unwrap()
}

#[test]
fn tables_are_the_same_bits_with_one_and_two_threads() {
    let (one, two) = (run_with(1), run_with(2));
    let pairs: [(&DataFrame, &DataFrame); 3] = [
        (&one.observations, &two.observations),
        (&one.histories, &two.histories),
        (&one.networks, &two.networks),
    ];
    for (a, b) in pairs {
        assert!(a.equals_missing(b));
    }
    assert_eq!(one.observations.height(), rules::all().len() * 3 * 4 * 2);
}

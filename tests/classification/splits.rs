//! Splits keep networks whole and classes in proportion.

use std::collections::BTreeSet;

use microlearners::classification::{Grouping, Protocol, Samples};
use microlearners::ndarray::Array2;

use super::tables::uniform;

/// Networks of random size (1 to 6 layers) and rule, drawn from `seed`; every rule has at least
/// two.
fn networks(seed: u64) -> Samples {
    let draw =
        |index: usize, most: usize| (uniform(100 + seed, index as u64) * most as f64) as usize;
    let (mut labels, mut groups) = (Vec::new(), Vec::new());
    for network in 0..20 + draw(0, 40) {
        let label = if network < 8 { network % 4 } else { draw(1 + 2 * network, 4) };
        for _ in 0..1 + draw(2 + 2 * network, 6) {
            labels.push(label);
            groups.push(1000 - network as u64);
        }
    }
    let features = Array2::zeros((labels.len(), 1));
    let classes = ["a", "b", "c", "d"].map(String::from).to_vec();
    Samples::new(features, vec!["x".into()], labels, classes, groups).unwrap()
}

fn networks_of_class(samples: &Samples, rows: &[usize], class: usize) -> usize {
    let of_class = rows.iter().filter(|&&row| samples.labels[row] == class);
    of_class.map(|&row| samples.groups[row]).collect::<BTreeSet<_>>().len()
}

#[test]
fn no_network_is_on_both_sides_and_every_class_keeps_its_share() {
    for seed in 0..100 {
        let samples = networks(seed);
        let protocol = Protocol { seed, ..Protocol::default() };
        for index in 0..3 {
            let split = protocol.split(&samples, index).unwrap();
            let side = |rows: &[usize]| -> BTreeSet<u64> {
                rows.iter().map(|&row| samples.groups[row]).collect()
            };
            assert!(side(&split.train).is_disjoint(&side(&split.test)));
            assert_eq!(split.train.len() + split.test.len(), samples.len());
            for class in 0..4 {
                let test = networks_of_class(&samples, &split.test, class);
                let all = test + networks_of_class(&samples, &split.train, class);
                let wanted = ((all as f64 / 4.0).round() as usize).clamp(1, all - 1);
                assert_eq!(test, wanted, "class {class} of {all}");
            }
        }
    }
}

#[test]
fn splits_differ_by_index_and_not_by_call() {
    let samples = networks(1);
    let protocol = Protocol::default();
    let split = |index| protocol.split(&samples, index).unwrap();
    assert_eq!(split(0), split(0));
    assert_ne!(split(0), split(1));
}

#[test]
fn sample_wise_splits_tear_networks_apart() {
    let samples = networks(2);
    let protocol = Protocol { grouping: Grouping::BySample, ..Protocol::default() };
    let split = protocol.split(&samples, 0).unwrap();
    let trained: BTreeSet<u64> = split.train.iter().map(|&row| samples.groups[row]).collect();
    assert!(split.test.iter().any(|&row| trained.contains(&samples.groups[row])));
}

/// The published test part: 36 of 180 networks, 6 of each of 6 rules.
#[test]
fn one_split_of_a_fifth() {
    let labels: Vec<usize> = (0..180).map(|network| network % 6).collect();
    let classes = (0..6).map(|class| format!("rule {class}")).collect();
    let features = Array2::zeros((180, 1));
    let samples =
        Samples::new(features, vec!["x".into()], labels, classes, (0..180).collect()).unwrap();
    let protocol = Protocol { splits: 1, test_fraction: 0.2, ..Protocol::default() };
    assert_eq!(protocol.split(&samples, 0).unwrap().test.len(), 36);
}

//! The networks of tests/elsewhere, which NumPy and PyTorch trained.

use std::collections::BTreeSet;
use std::fs::File;

use microlearners::prelude::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/elsewhere/observed.parquet");

#[test]
fn twelve_networks_from_elsewhere_are_observed() {
    let table = ParquetReader::new(File::open(TABLE).unwrap()).finish().unwrap();
    let different = |name: &str| {
        let column = table.column(name).unwrap().str().unwrap().clone();
        column.iter().flatten().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    assert_eq!(different("network").len(), 12);
    assert_eq!(different("rule"), BTreeSet::from(["unknown".to_owned()]));
    assert_eq!(different("note_trained_with"), ["numpy", "pytorch"].map(String::from).into());
    for rule in different("note_true_rule") {
        assert!(rules::named(&rule).is_ok(), "{rule}");
    }
    // 21 checkpoints of three layers, as the study all_rules has them.
    assert_eq!(table.height(), 12 * 21 * 3);
    let steps: BTreeSet<u32> =
        table.column("step").unwrap().u32().unwrap().iter().flatten().collect();
    let study =
        StoredStudy::open(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/studies/all_rules.toml"));
    let known = study.unwrap().observations_of(1).unwrap();
    let theirs: BTreeSet<u32> =
        known.column("step").unwrap().u32().unwrap().iter().flatten().collect();
    assert_eq!(steps, theirs);
    for name in ObservableSet::standard().names() {
        let empty = table.column(&name).unwrap().null_count();
        let expected = if name.starts_with("delta") { 12 * 3 } else { 0 };
        assert_eq!(empty, expected, "{name}");
    }
    assert!(std::fs::metadata(TABLE).unwrap().len() < 1 << 20);
    // Before learning all are alike, in what the initialisation decides.
    let start = table.clone().lazy().filter(col("step").eq(lit(0)).and(col("layer").eq(lit(1))));
    let norms = start.collect().unwrap().column("weightraw_norm").unwrap().f64().unwrap().clone();
    let (low, high) = (norms.min().unwrap(), norms.max().unwrap());
    assert!(high / low < 1.02, "{low} to {high}");
}

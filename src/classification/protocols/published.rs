//! The published results, to set ours against.
//!
//! The Microlearners experiment: six rules, 180 networks of 784-100-10 trained on MNIST for 3
//! epochs at batch 128 and learning rate 0.01, a random forest on 21 statistics of the final
//! weights, 36 networks held out, accuracy 0.75. Its slides print precision, recall, F1 and support
//! for each rule; these determine the confusion matrix up to one swap, which a test enumerates.

use polars::prelude::{Column, DataFrame, Expr, col, lit};

use super::confusion_matrix::{ClassScore, ConfusionMatrix};
use super::report::Report;
use crate::Result;

/// The rules, in the order of the published table, with precision, recall and F1 in per cent, and
/// support.
const TABLE: [(&str, [f64; 3], u64); 6] = [
    ("backprop", [67.0, 86.0, 75.0], 7),
    ("no_training", [25.0, 20.0, 22.0], 5),
    ("contrastive_hebbian", [100.0, 100.0, 100.0], 7),
    ("feedback_alignment", [25.0, 20.0, 22.0], 5),
    ("hebbian", [100.0, 100.0, 100.0], 5),
    ("kolen_pollack", [100.0, 100.0, 100.0], 7),
];

/// The networks whose rules Nayebi et al. 2020 (arXiv 2010.11765) distinguished, to filter a table
/// by: gradient descent with momentum, Adam, feedback alignment and information alignment. The
/// label is then `["rule", "optimizer"]`.
///
/// ```
/// use microlearners::classification::{SampleSpec, published};
///
/// let networks = published::nayebi_networks();
/// let view = SampleSpec { label: vec!["rule".into(), "optimizer".into()], ..SampleSpec::default() };
/// ```
pub fn nayebi_networks() -> Expr {
    let (rule, optimizer) = (|name: &'static str| col("rule").eq(lit(name)), col("optimizer"));
    let by_backprop = optimizer.clone().eq(lit("momentum")).or(optimizer.eq(lit("adam")));
    let by_backprop = rule("backprop").and(by_backprop);
    by_backprop.or(rule("feedback_alignment")).or(rule("information_alignment"))
}

/// The published accuracy on 36 held-out networks, as printed.
pub const ACCURACY: f64 = 0.75;

/// The published table: `rule`, `precision`, `recall`, `f1` in per cent, `support` in networks.
///
/// # Errors
/// [`Error::Polars`](crate::Error::Polars), which would be a bug.
pub fn table() -> Result<DataFrame> {
    let score = |index: usize| TABLE.iter().map(|row| row.1[index]).collect::<Vec<f64>>();
    let columns = vec![
        Column::new("rule".into(), TABLE.map(|row| row.0)),
        Column::new("precision".into(), score(0)),
        Column::new("recall".into(), score(1)),
        Column::new("f1".into(), score(2)),
        Column::new("support".into(), TABLE.map(|row| row.2)),
    ];
    Ok(DataFrame::new(TABLE.len(), columns)?)
}

/// One of the two confusion matrices that the published table allows; in the other, backprop is
/// once classified as feedback alignment instead of no training, and the rest follows. Rows are actual.
pub fn confusion() -> ConfusionMatrix {
    let classes = TABLE.map(|row| row.0.to_owned()).to_vec();
    let counts = vec![
        vec![6, 1, 0, 0, 0, 0],
        vec![1, 1, 0, 3, 0, 0],
        vec![0, 0, 7, 0, 0, 0],
        vec![2, 2, 0, 1, 0, 0],
        vec![0, 0, 0, 0, 5, 0],
        vec![0, 0, 0, 0, 0, 7],
    ];
    ConfusionMatrix::new(classes, counts).expect("the matrix is square")
}

/// Both confusion matrices that the published table allows, [`confusion`] first. Rows are actual.
pub fn confusions() -> [ConfusionMatrix; 2] {
    let one = confusion();
    let mut counts = one.counts().to_vec();
    counts[0] = vec![6, 0, 0, 1, 0, 0];
    counts[1] = vec![2, 1, 0, 2, 0, 0];
    counts[3] = vec![1, 3, 0, 1, 0, 0];
    let other = ConfusionMatrix::new(one.classes().to_vec(), counts);
    [one, other.expect("the matrix is square")]
}

/// The published table with a report's beside it: `rule`, then `published_…` and `ours_…` for
/// precision, recall and F1, in per cent, and both supports; null where the report has no such
/// rule. Ours pools all splits.
///
/// # Errors
/// [`Error::Polars`](crate::Error::Polars), which would be a bug.
pub fn beside(report: &Report) -> Result<DataFrame> {
    let scores = report.confusion.scores();
    let ours = TABLE.map(|row| scores.iter().find(|score| score.name == row.0));
    let published = |index: usize| TABLE.iter().map(|row| row.1[index]).collect::<Vec<f64>>();
    let per_cent = |value: fn(&ClassScore) -> f64| {
        ours.iter()
            .map(|score| score.map(|score| 100.0 * value(score)))
            .collect::<Vec<Option<f64>>>()
    };
    let columns = vec![
        Column::new("rule".into(), TABLE.map(|row| row.0)),
        Column::new("published_precision".into(), published(0)),
        Column::new("ours_precision".into(), per_cent(|score| score.precision)),
        Column::new("published_recall".into(), published(1)),
        Column::new("ours_recall".into(), per_cent(|score| score.recall)),
        Column::new("published_f1".into(), published(2)),
        Column::new("ours_f1".into(), per_cent(|score| score.f1)),
        Column::new("published_support".into(), TABLE.map(|row| row.2)),
        Column::new(
            "ours_support".into(),
            ours.map(|score| score.map(|score| score.support)).to_vec(),
        ),
    ];
    Ok(DataFrame::new(TABLE.len(), columns)?)
}

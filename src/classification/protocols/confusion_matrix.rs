//! How often each class was classified as each, and everything that follows from it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::display::{Blocks, EvcxrDisplay, Grid, Side, count, show};
use crate::statistics::{Interval, normal_quantile, wilson};
use crate::{Error, Result};

/// z-scores in d′ are clipped to ± this, as in the published analysis; a perfect class has d′ = 10.
const Z_LIMIT: f64 = 5.0;

/// Counts of actual (rows) against predicted (columns) classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    counts: Vec<Vec<u64>>,
}

/// How well one class, or a mean over classes, was recognised; all but `support` and `d_prime` lie
/// in \[0, 1\].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class, or `macro mean`, or `weighted mean`.
    pub name: String,
    /// Of those called so, the share that was; 0 if none was called so.
    pub precision: f64,
    /// Of those that were, the share that was called so; 0 if there were none.
    pub recall: f64,
    /// Harmonic mean of the two; 0 if both are.
    pub f1: f64,
    /// How many there were.
    pub support: u64,
    /// z(hit rate) − z(false alarm rate), z the standard normal quantile (Green & Swets 1966), each
    /// clipped to ±5.
    pub d_prime: f64,
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn z(share: f64) -> f64 {
    normal_quantile(share).clamp(-Z_LIMIT, Z_LIMIT)
}

impl ConfusionMatrix {
    /// A matrix from `counts`, rows actual, columns predicted, in the order of `classes`.
    ///
    /// # Errors
    /// [`Error::Shape`] if `counts` is not square with one row per class, or there is no class.
    pub fn new(classes: Vec<String>, counts: Vec<Vec<u64>>) -> Result<Self> {
        let n = classes.len();
        if n == 0 || counts.len() != n || counts.iter().any(|row| row.len() != n) {
            return Err(Error::Shape(format!(
                "a confusion matrix of {n} classes needs {n} rows of {n} counts, not {} rows of {:?}",
                counts.len(),
                counts.iter().map(Vec::len).collect::<Vec<_>>()
            )));
        }
        Ok(Self { classes, counts })
    }

    /// Counts pairs of `actual` and `predicted` classes.
    ///
    /// # Panics
    /// If the lengths differ or a number is not below `classes.len()`.
    pub fn count(classes: Vec<String>, actual: &[usize], predicted: &[usize]) -> Self {
        assert_eq!(actual.len(), predicted.len(), "one prediction per sample");
        let mut counts = vec![vec![0; classes.len()]; classes.len()];
        actual.iter().zip(predicted).for_each(|(&row, &column)| counts[row][column] += 1);
        Self { classes, counts }
    }

    /// Adds the counts of another matrix of the same classes.
    ///
    /// # Panics
    /// If the classes differ.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.classes, other.classes, "the same classes");
        for (row, more) in self.counts.iter_mut().zip(&other.counts) {
            row.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
    }

    /// The names, in the order of rows and columns.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The counts, rows actual.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Each row as shares of its sum; a row without samples stays 0.
    pub fn fractions(&self) -> Vec<Vec<f64>> {
        let shares = |row: &Vec<u64>| {
            let total = row.iter().sum::<u64>() as f64;
            row.iter().map(|&count| ratio(count as f64, total)).collect()
        };
        self.counts.iter().map(shares).collect()
    }

    /// How many predictions were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    fn right(&self) -> u64 {
        (0..self.classes.len()).map(|class| self.counts[class][class]).sum()
    }

    fn support(&self, class: usize) -> u64 {
        self.counts[class].iter().sum()
    }

    fn called(&self, class: usize) -> u64 {
        self.counts.iter().map(|row| row[class]).sum()
    }

    /// The share of right predictions; 0 without any.
    pub fn accuracy(&self) -> f64 {
        ratio(self.right() as f64, self.total() as f64)
    }

    /// Wilson's 95 % interval (1927, doi 10.1080/01621459.1927.10502953) of the accuracy, as if all
    /// predictions were independent. They are not when several layers of one network were judged,
    /// or one network in several splits: then it is too narrow, and the interval over splits is the
    /// one to quote.
    pub fn wilson(&self) -> Interval {
        wilson(self.right(), self.total())
    }

    /// The mean recall over classes that occur (chance: 1 / classes).
    pub fn balanced_accuracy(&self) -> f64 {
        let occur: Vec<f64> = (0..self.classes.len())
            .filter(|&class| self.support(class) > 0)
            .map(|class| self.score(class).recall)
            .collect();
        ratio(occur.iter().sum(), occur.len() as f64)
    }

    /// The scores of the class in row `class`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn score(&self, class: usize) -> ClassScore {
        let hits = self.counts[class][class] as f64;
        let (support, called) = (self.support(class), self.called(class));
        let precision = ratio(hits, called as f64);
        let recall = ratio(hits, support as f64);
        let others = (self.total() - support) as f64;
        let false_alarms = ratio(called as f64 - hits, others);
        ClassScore {
            name: self.classes[class].clone(),
            precision,
            recall,
            f1: ratio(2.0 * precision * recall, precision + recall),
            support,
            d_prime: z(recall) - z(false_alarms),
        }
    }

    /// The scores of all classes, in order.
    pub fn scores(&self) -> Vec<ClassScore> {
        (0..self.classes.len()).map(|class| self.score(class)).collect()
    }

    /// The plain mean of the scores over classes.
    pub fn macro_mean(&self) -> ClassScore {
        self.mean("macro mean", |_| 1.0)
    }

    /// The mean of the scores over classes, weighted by support.
    pub fn weighted_mean(&self) -> ClassScore {
        self.mean("weighted mean", |score| score.support as f64)
    }

    fn mean(&self, name: &str, weight: impl Fn(&ClassScore) -> f64) -> ClassScore {
        let scores = self.scores();
        let total: f64 = scores.iter().map(&weight).sum();
        let mean = |field: fn(&ClassScore) -> f64| {
            ratio(scores.iter().map(|score| weight(score) * field(score)).sum(), total)
        };
        ClassScore {
            name: name.into(),
            precision: mean(|score| score.precision),
            recall: mean(|score| score.recall),
            f1: mean(|score| score.f1),
            support: self.total(),
            d_prime: mean(|score| score.d_prime),
        }
    }
}

impl fmt::Display for ConfusionMatrix {
    /// Counts, rows actual, the predicted classes numbered like the rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.classes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        write!(f, "{:>width$}   ", "actual \\ predicted".get(..width.min(18)).unwrap_or(""))?;
        (1..=self.classes.len()).try_for_each(|number| write!(f, "{number:>6}"))?;
        for (place, (name, row)) in self.classes.iter().zip(&self.counts).enumerate() {
            write!(f, "\n{name:>width$} {:>2}", place + 1)?;
            row.iter().try_for_each(|count| write!(f, "{count:>6}"))?;
        }
        Ok(())
    }
}

/// A table of scores, a row each.
pub(super) fn score_grid(scores: &[ClassScore]) -> Grid {
    // Rates of 0 and 1 have no finite z-score; a class never taken for another has precision 1.
    let is_extreme =
        |score: &ClassScore| score.precision == 1.0 || [0.0, 1.0].contains(&score.recall);
    let is_cut = scores.iter().any(is_extreme);
    let caption = if is_cut { "d′: z-scores are cut off at ±5" } else { "" };
    let grid = Grid::new(caption).column("rule", Side::Head);
    let grid = ["precision", "recall", "f1", "support", "d′"]
        .into_iter()
        .fold(grid, |grid, name| grid.column(name, Side::Right));
    scores.iter().fold(grid, |grid, score| {
        let ClassScore { name, precision, recall, f1, support, d_prime } = score;
        grid.row([
            name.clone(),
            format!("{precision:.2}"),
            format!("{recall:.2}"),
            format!("{f1:.2}"),
            support.to_string(),
            format!("{d_prime:.2}"),
        ])
    })
}

impl EvcxrDisplay for ClassScore {
    fn evcxr_blocks(&self) -> Blocks {
        score_grid(std::slice::from_ref(self)).blocks()
    }

    fn evcxr_item(&self) -> String {
        format!("{}: F1 {:.2} of {}", self.name, self.f1, self.support)
    }
}

impl EvcxrDisplay for ConfusionMatrix {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = format!(
            "{}, accuracy {:.3}; rows are actual, columns predicted",
            count(self.total() as usize, "prediction"),
            self.accuracy()
        );
        let grid = Grid::new(caption).column("actual", Side::Head);
        let grid = self.classes().iter().fold(grid, |grid, class| grid.column(class, Side::Right));
        let row = |grid: Grid, (class, counts): (&String, &Vec<u64>)| {
            grid.row(std::iter::once(class.clone()).chain(counts.iter().map(u64::to_string)))
        };
        let html = self.classes().iter().zip(self.counts()).fold(grid, row).html();
        // The text numbers the predicted classes, and so stays narrow.
        Blocks::text(self.to_string()).with_html(html)
    }

    fn evcxr_item(&self) -> String {
        format!("{} classes, accuracy {:.3}", self.classes().len(), self.accuracy())
    }
}

show!(ClassScore, ConfusionMatrix);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_by_hand() {
        let classes = vec!["a".into(), "b".into()];
        let matrix = ConfusionMatrix::new(classes, vec![vec![3, 1], vec![2, 4]]).unwrap();
        let a = matrix.score(0);
        assert_eq!((a.precision, a.recall, a.support), (0.6, 0.75, 4));
        assert!((a.f1 - 2.0 / 3.0).abs() < 1e-15);
        assert!((matrix.accuracy() - 0.7).abs() < 1e-15);
        assert!((matrix.balanced_accuracy() - (0.75 + 4.0 / 6.0) / 2.0).abs() < 1e-15);
        // norm.ppf(3/4) - norm.ppf(2/6)
        assert!((a.d_prime - 1.105_217_049_643_7).abs() < 1e-9, "{}", a.d_prime);
        assert_eq!(matrix.fractions()[0], [0.75, 0.25]);
    }

    #[test]
    fn empty_classes_count_as_zero_and_perfect_ones_are_clipped() {
        let classes = vec!["a".into(), "b".into(), "c".into()];
        let matrix = ConfusionMatrix::count(classes, &[0, 0, 1], &[0, 0, 1]);
        assert_eq!(matrix.score(2).f1, 0.0);
        assert_eq!(matrix.score(0).d_prime, 10.0);
        assert_eq!(matrix.balanced_accuracy(), 1.0);
    }

    #[test]
    fn a_matrix_must_be_square() {
        let error = ConfusionMatrix::new(vec!["a".into()], vec![vec![1, 2]]).unwrap_err();
        assert!(error.to_string().contains("1 rows of 1"), "{error}");
    }

    #[test]
    fn a_confusion_matrix_names_rows_and_columns() {
        let classes = vec!["oja".to_owned(), "<b>".to_owned()];
        let matrix = ConfusionMatrix::new(classes, vec![vec![3, 1], vec![0, 4]]).unwrap();
        let html = matrix.evcxr_blocks().html().unwrap().to_owned();
        assert!(html.contains("rows are actual") && html.contains("&lt;b&gt;</th>"), "{html}");
        assert!(
            html.contains(">3</td>") && html.contains("8 predictions, accuracy 0.875"),
            "{html}"
        );
    }
}

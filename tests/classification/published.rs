//! The arithmetic of the published results table (six rules, 36 test networks, accuracy 0.75).

use microlearners::classification::{ConfusionMatrix, published};

const RULES: [&str; 6] = [
    "backprop",
    "no_training",
    "contrastive_hebbian",
    "feedback_alignment",
    "hebbian",
    "kolen_pollack",
];

/// Precision, recall and F1 in percent, and support, as printed.
const PRINTED: [[u64; 4]; 6] = [
    [67, 86, 75, 7],
    [25, 20, 22, 5],
    [100, 100, 100, 7],
    [25, 20, 22, 5],
    [100, 100, 100, 5],
    [100, 100, 100, 7],
];

/// Backprop, no training and feedback alignment: the places of the rules that are confused.
const CONFUSED: [usize; 3] = [0, 1, 3];

/// The matrix with `inner` among the confused rules and no other error.
fn matrix(inner: [[u64; 3]; 3]) -> ConfusionMatrix {
    let mut counts = vec![vec![0; 6]; 6];
    for (rule, row) in counts.iter_mut().enumerate() {
        row[rule] = PRINTED[rule][3];
    }
    for (from, &row) in CONFUSED.iter().enumerate() {
        for (to, &column) in CONFUSED.iter().enumerate() {
            counts[row][column] = inner[from][to];
        }
    }
    ConfusionMatrix::new(RULES.map(String::from).to_vec(), counts).unwrap()
}

fn percent(share: f64) -> u64 {
    (100.0 * share).round() as u64
}

fn prints_as_published(matrix: &ConfusionMatrix) -> bool {
    let same = |(rule, row): (usize, &[u64; 4])| {
        let score = matrix.score(rule);
        let ours = [percent(score.precision), percent(score.recall), percent(score.f1)];
        ours == row[..3] && score.support == row[3]
    };
    PRINTED.iter().enumerate().all(same)
}

/// All rows of three counts with the given sum.
fn rows(sum: u64) -> Vec<[u64; 3]> {
    let pairs = (0..=sum).flat_map(|a| (0..=sum - a).map(move |b| [a, b, sum - a - b]));
    pairs.collect()
}

/// Rows: backprop, no training, feedback alignment.
const SOLUTIONS: [[[u64; 3]; 3]; 2] =
    [[[6, 0, 1], [2, 1, 2], [1, 3, 1]], [[6, 1, 0], [1, 1, 3], [2, 2, 1]]];

#[test]
fn two_matrices_print_the_published_table() {
    for inner in SOLUTIONS {
        let matrix = matrix(inner);
        assert!(prints_as_published(&matrix), "{matrix}");
        assert_eq!(matrix.total(), 36);
        assert_eq!(matrix.accuracy(), 0.75);
    }
}

#[test]
fn the_library_has_both() {
    let [one, other] = published::confusions();
    assert_eq!((&one, &other), (&matrix(SOLUTIONS[1]), &matrix(SOLUTIONS[0])));
    assert_eq!(one, published::confusion());
}

/// So the printed numbers determine who was confused with whom up to one exchange of roles between
/// no training and feedback alignment.
#[test]
fn no_other_confusion_among_the_three_prints_it() {
    let mut found = Vec::new();
    for backprop in rows(7) {
        for none in rows(5) {
            for feedback in rows(5) {
                let inner = [backprop, none, feedback];
                if prints_as_published(&matrix(inner)) {
                    found.push(inner);
                }
            }
        }
    }
    found.sort_unstable();
    assert_eq!(found, SOLUTIONS);
}

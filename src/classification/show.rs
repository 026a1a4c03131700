//! Samples, classifiers and what came of them, as tables.

use std::fmt::Debug;

use super::{
    Baseline, CheckpointSelection, ClassScore, Classifier, ConfusionMatrix, Convergence,
    DecisionTree, Fitted, FittedForest, FittedLinfaForest, FittedTree, GridSearch, Grouping,
    Hierarchy, HoldOut, Importance, ImportanceBy, LinearSvm, LinfaForest, LogisticRegression,
    Matching, MaxFeatures, Merge, NeuralNetwork, PairSeparation, Protocol, Question, RandomForest,
    Report, SampleSpec, SampleUnit, Samples, Sizes, Split, TSne, TreeNode, WeightChange,
};
use crate::display::{
    Blocks, EvcxrDisplay, Grid, Side, count, escape, grouped, rounded, show, show_as_settings,
    show_as_text, with_fields,
};

/// A table of scores, a row each.
fn scores(scores: &[ClassScore]) -> Grid {
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

impl EvcxrDisplay for Report {
    fn evcxr_blocks(&self) -> Blocks {
        let text = self.to_string();
        let heading: Vec<String> =
            text.lines().take_while(|line| !line.starts_with("rule")).map(escape).collect();
        let table = scores(&self.scores()).html();
        Blocks::text(text).with_html(format!("<p>{}</p>\n{table}", heading.join("<br>")))
    }

    fn evcxr_item(&self) -> String {
        format!("{}: accuracy {}", self.classifier, self.accuracy)
    }
}

impl EvcxrDisplay for ClassScore {
    fn evcxr_blocks(&self) -> Blocks {
        scores(std::slice::from_ref(self)).blocks()
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

impl EvcxrDisplay for Samples {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = format!(
            "{} of {}, {} of {}",
            count(self.len(), "sample"),
            count(self.networks(), "network"),
            count(self.feature_names.len(), "feature"),
            count(self.parts(ImportanceBy::Observable).len(), "observable"),
        );
        let grid = Grid::new(caption).column("class", Side::Head).column("samples", Side::Right);
        let counts = self.class_counts();
        let grid = self
            .classes
            .iter()
            .zip(counts)
            .fold(grid, |grid, (class, count)| grid.row([class.clone(), grouped(count)]));
        let few: Vec<&str> = self.feature_names.iter().take(5).map(String::as_str).collect();
        let more = if self.feature_names.len() > few.len() { ", …" } else { "" };
        grid.note(format!("Features: {}{more}.", few.join(", "))).blocks()
    }
}

impl EvcxrDisplay for Importance {
    fn evcxr_blocks(&self) -> Blocks {
        let share = self
            .forest_share
            .map_or(String::new(), |share| format!("; share of the forest {}", rounded(share, 3)));
        Blocks::text(format!("{}: lost accuracy {}{share}", self.observable, self.lost_accuracy))
    }
}

impl EvcxrDisplay for WeightChange {
    fn evcxr_blocks(&self) -> Blocks {
        let (class, layer, percent) = (&self.class, self.layer, 100.0 * self.weight_change);
        Blocks::text(format!(
            "{class}, layer {layer}: weights moved by {percent:.1} % of their norm"
        ))
    }
}

impl EvcxrDisplay for FittedTree {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::preformatted(self.to_string())
    }
}

/// What a classifier shows of itself: its name and its fields.
pub(super) fn classifier(name: String, fields: &dyn Debug) -> Blocks {
    with_fields(Grid::facts(name), fields).blocks()
}

impl EvcxrDisplay for dyn Classifier {
    fn evcxr_blocks(&self) -> Blocks {
        classifier(self.name(), &self)
    }

    fn evcxr_item(&self) -> String {
        self.name()
    }
}

impl EvcxrDisplay for GridSearch {
    fn evcxr_blocks(&self) -> Blocks {
        let grid = Grid::new(Classifier::name(self)).column("candidate", Side::Left);
        let row = |grid: Grid, one: &std::sync::Arc<dyn Classifier>| grid.row([one.name()]);
        self.candidates.iter().fold(grid, row).blocks()
    }
}

/// What a classifier that has learned shows of itself.
fn fitted(out_of_bag: Option<f64>, chosen: Option<String>) -> Blocks {
    let mut text = "a classifier that has learned".to_owned();
    if let Some(chosen) = chosen {
        text.push_str(&format!(": {chosen}"));
    }
    if let Some(score) = out_of_bag {
        text.push_str(&format!(", accuracy out of bag {score:.3}"));
    }
    Blocks::text(text)
}

impl EvcxrDisplay for dyn Fitted {
    fn evcxr_blocks(&self) -> Blocks {
        fitted(self.out_of_bag(), self.chosen())
    }
}

/// Classifiers show their names and hyperparameters.
macro_rules! show_classifiers {
    ($($kind:ty),*) => {$(
        impl EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> Blocks {
                classifier(Classifier::name(self), self)
            }

            fn evcxr_item(&self) -> String {
                Classifier::name(self)
            }
        }

        show!($kind);
    )*};
}

/// Classifiers that have learned show how well.
macro_rules! show_fitted {
    ($($kind:ty),*) => {$(
        impl EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> Blocks {
                fitted(Fitted::out_of_bag(self), Fitted::chosen(self))
            }
        }

        show!($kind);
    )*};
}

impl EvcxrDisplay for FittedLinfaForest {
    fn evcxr_blocks(&self) -> Blocks {
        self.forest.evcxr_blocks()
    }
}

show_classifiers!(RandomForest, DecisionTree, LogisticRegression, LinearSvm, NeuralNetwork);
show_fitted!(FittedForest);
show!(
    Report,
    ClassScore,
    ConfusionMatrix,
    Samples,
    Importance,
    WeightChange,
    FittedTree,
    GridSearch,
    FittedLinfaForest
);
show_as_text!(Baseline, Convergence, Hierarchy, HoldOut, PairSeparation);
show_as_settings!(
    Grouping,
    ImportanceBy,
    LinfaForest,
    Matching,
    Merge,
    MaxFeatures,
    TSne,
    Protocol,
    Question,
    Sizes,
    Split,
    TreeNode,
    SampleUnit,
    SampleSpec,
    CheckpointSelection
);

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &(impl EvcxrDisplay + ?Sized)) -> String {
        value.evcxr_blocks().plain().to_owned()
    }

    #[test]
    fn classifiers_and_protocols_show_their_settings() {
        let forest = RandomForest { trees: 20, ..RandomForest::default() };
        assert!(text(&forest).contains("trees             20\n"), "{}", text(&forest));
        let boxed: Box<dyn Classifier> = Box::new(forest.clone());
        assert_eq!(text(&boxed), text(&forest));
        assert!(text(&GridSearch::svms()).starts_with("best of 8 in 5-fold search\ncandidate\n"));
        assert!(text(&Protocol::default()).contains("grouping            ByInitialisation\n"));
    }

    #[test]
    fn samples_count_their_classes() {
        let samples = Samples::new(
            ndarray::Array2::zeros((3, 2)),
            vec!["weightraw_norm".into(), "layer2.weightraw_norm".into()],
            vec![0, 1, 1],
            vec!["a".into(), "b".into()],
            vec![0, 1, 2],
        );
        let expected = "3 samples of 3 networks, 2 features of 1 observable\n\
                        class  samples\na            1\nb            2\n\
                        Features: weightraw_norm, layer2.weightraw_norm.\n";
        assert_eq!(text(&samples.unwrap()), expected);
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

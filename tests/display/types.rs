//! Every public type that a variable of a notebook can hold has a method `evcxr_display` of its
//! own. Only the compiler is asked: the trait that other types get theirs from is not in scope
//! here.

use microlearners::classification::*;
use microlearners::data::*;
use microlearners::display::{Blocks, Progress};
use microlearners::figures::*;
use microlearners::network::*;
use microlearners::notebook::Session;
use microlearners::observables::*;
use microlearners::performance::*;
use microlearners::rules::{
    About, Alignment, Backprop, Combination, Combining, ContrastiveHebbian,
    DirectDifferenceTargetPropagation, DirectFeedbackAlignment, EquilibriumPropagation, Family,
    FeedbackAlignment, FeedbackInit, FeedbackLoss, FeedbackOrder, ForwardForward, FrozenHidden,
    Hebbian, Hyperparameter, Inference, InputScale, KolenPollack, Magnitudes, NoTraining,
    NodePerturbation, Nudging, OutputActivity, Part, Plasticity, PredictiveCoding, ReadOut,
    Requirement, Schedule, SignSymmetry, Site, StepReport, TargetPropagation, WeightMirror,
    WeightPerturbation,
};
use microlearners::studies::*;
use microlearners::training::*;
use microlearners::{Error, polars::prelude::DataFrame};

macro_rules! show_themselves {
    ($($kind:ident),+ $(,)?) => {
        /// The types, by name.
        const TYPES: &[&str] = &[$(stringify!($kind)),+];
        const _: () = {
            $(let _: fn(&$kind) = $kind::evcxr_display;)+
        };
    };
}

show_themselves!(
    About,
    Activation,
    Activity,
    Alignment,
    Architecture,
    Axes,
    Backprop,
    Bar,
    Bars,
    Baseline,
    Bias,
    Blocks,
    Change,
    Checkpoints,
    ClassScore,
    Colour,
    Combinations,
    ConfusionMatrix,
    Convergence,
    ContrastiveHebbian,
    Dataset,
    DecisionTree,
    Requirement,
    Design,
    DirectFeedbackAlignment,
    Dots,
    EquilibriumPropagation,
    BackwardPass,
    Error,
    Estimate,
    Examples,
    Experiment,
    Family,
    FeedbackAlignment,
    FeedbackInit,
    Figure,
    FittedForest,
    FittedLinfaForest,
    FittedTree,
    ForwardForward,
    GradientQuality,
    GridSearch,
    Grouping,
    HeatMap,
    Hebbian,
    Histogram,
    HoldOut,
    Hyperparameter,
    Images,
    Importance,
    ImportanceBy,
    Initialiser,
    InputScale,
    Instrument,
    InstrumentGrid,
    Interval,
    SavedNetwork,
    SavedWeights,
    KolenPollack,
    OutputActivity,
    Layer,
    LayerUpdate,
    LearningCurves,
    LinearSvm,
    Magnitudes,
    LinfaForest,
    LogisticRegression,
    Matching,
    MaxFeatures,
    Measure,
    Method,
    Moments,
    WeightChange,
    Network,
    NeuralNetwork,
    NoTraining,
    Noise,
    NoiseUnit,
    Normalisation,
    Nudging,
    Objective,
    ObservableSet,
    Optimizer,
    Outcome,
    Pca,
    Plan,
    Plasticity,
    Progress,
    Projection,
    Protocol,
    Quantiles,
    Question,
    RandomForest,
    ReadOut,
    ReceptiveFields,
    Records,
    Report,
    Scratch,
    RulePlan,
    RunDirectory,
    RunOptions,
    Samples,
    Adaptation,
    Hierarchy,
    Merge,
    PairSeparation,
    Group,
    Naming,
    Phase,
    Scenario,
    Scale,
    Scatter,
    Schedule,
    Score,
    Seeding,
    Seeds,
    Session,
    Shard,
    SignSymmetry,
    Sizes,
    Snapshot,
    Split,
    Statistic,
    Status,
    StoredStudy,
    StepReport,
    Study,
    Summary,
    TSne,
    Task,
    TaskKind,
    TaskPlan,
    TaskSettings,
    TeacherSettings,
    Trajectory,
    Transform,
    TreeNode,
    SampleUnit,
    UpdateNoise,
    Updates,
    SampleSpec,
    WeightMirror,
    Combination,
    Combining,
    Part,
    WeightPerturbation,
    NodePerturbation,
    PredictiveCoding,
    TargetPropagation,
    DirectDifferenceTargetPropagation,
    FeedbackLoss,
    FeedbackOrder,
    Inference,
    Site,
    CheckpointSelection,
    Calibration,
    FrozenHidden,
    EvaluationSplit,
    LearningQuality,
    RankCorrelation,
    Robustness,
    StoredTable,
);

/// Types that borrow, so that no variable of a notebook can hold them.
const BORROWING: [&str; 4] = ["Batch", "Feedback", "Inputs", "LayerView"];

#[test]
fn no_public_type_is_forgotten() {
    let mut found = Vec::new();
    collect(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    assert!(found.len() > 80, "{found:?}");
    let known =
        |name: &String| TYPES.contains(&name.as_str()) || BORROWING.contains(&name.as_str());
    found.retain(|name| !known(name));
    assert_eq!(found, Vec::<String>::new(), "give these an evcxr_display and list them above");
}

/// The names of the public structs and enums below `folder`.
fn collect(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = |line: &str| {
                let rest = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "))?;
                let end = rest.find(|letter: char| !letter.is_alphanumeric())?;
                Some(rest[..end].to_owned())
            };
            found.extend(text.lines().filter_map(name));
        }
    }
}

/// The types of others, and lists of ours, through the trait that the prelude brings.
mod through_the_prelude {
    use super::DataFrame;
    use microlearners::ndarray::{Array1, Array2};
    use microlearners::prelude::*;

    const _: () = {
        let _: fn(&DataFrame) = |value| value.evcxr_display();
        let _: fn(&LazyFrame) = |value| value.evcxr_display();
        let _: fn(&Series) = |value| value.evcxr_display();
        let _: fn(&Array1<f32>) = |value| value.evcxr_display();
        let _: fn(&Array2<f64>) = |value| value.evcxr_display();
        let _: fn(&Rule) = |value| value.evcxr_display();
        let _: fn(&Vec<Rule>) = |value| value.evcxr_display();
        let _: fn(&Box<dyn Classifier>) = |value| value.evcxr_display();
        let _: fn(&Box<dyn Fitted>) = |value| value.evcxr_display();
        let _: fn(&Result<Trajectory, Error>) = |value| value.evcxr_display();
        let _: fn(&Result<Figure, Error>) = |value| value.evcxr_display();
        let _: fn(&Option<&Snapshot>) = |value| value.evcxr_display();
        let _: fn(&(Network, f64)) = |value| value.evcxr_display();
        let _: fn(&[Layer]) = |value| value.evcxr_display();
        let _: fn(&Vec<(String, f64)>) = |value| value.evcxr_display();
    };
}

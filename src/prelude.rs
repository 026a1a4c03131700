//! What a notebook imports: `use microlearners::prelude::*;`
//!
//! ```
//! use microlearners::prelude::*;
//!
//! let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
//! let trajectory = train(&Experiment::new(&task).rule(Backprop).batch_size(20))?;
//! println!("{}", trajectory.test);
//! # Ok::<(), Error>(())
//! ```

pub use crate::classification::{
    Classifier, ConfusionMatrix, DecisionTree, Fitted, GridSearch, Grouping, LinearSvm,
    LogisticRegression, MaxFeatures, Pca, Protocol, RandomForest, Report, Samples, Unit, View,
    When, classify, classify_table, published,
};
pub use crate::data::{Dataset, Examples, Images, Normalisation, Objective, Task, TaskSettings};
pub use crate::display::Progress;
pub use crate::error::Error;
pub use crate::figures::*;
pub use crate::network::{
    Activation, Activity, Architecture, Bias, Carrier, ErrorPath, Initialiser, Layer, Matrix,
    Network, Updates,
};
pub use crate::notebook::{
    EvcxrDisplay, is_quick, setting_count, setting_number, setting_seed, start,
};
pub use crate::observables::{
    Instrument, LayerView, Measure, Noise, Observable, ObservableSet, Records, Statistic, Summary,
    Transform, observe,
};
pub use crate::random::Rng;
pub use crate::rules::{
    self, About, Backprop, Batch, ContrastiveHebbian, Demand, Family, FeedbackAlignment,
    FeedbackInit, Hebbian, KolenPollack, Learner, LearningRule, NoTraining, Rule, Step,
};
pub use crate::training::{
    Checkpoints, Design, Experiment, Optimizer, Outcome, Score, Seeds, Snapshot, Study, Trajectory,
    train,
};
pub use crate::{ndarray, polars};

// The frames and expressions that a notebook filters and groups tables with.
pub use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoLazy, LazyFrame, NamedFrom, Series, SortMultipleOptions,
    col, lit,
};

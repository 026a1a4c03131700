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
//!
//! Tables are polars frames, filtered and grouped with its expressions, joined, and kept as CSV or
//! Parquet; arrays are ndarray's. What else these libraries have is one `use
//! microlearners::polars::prelude::*;` away.
//!
//! ```
//! use microlearners::prelude::*;
//!
//! let mut scores = df!("rule" => ["backprop", "hebbian"], "accuracy" => [0.9, 0.1])?;
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("scores.csv");
//! CsvWriter::new(std::fs::File::create(&file)?).finish(&mut scores)?;
//! let again = CsvReadOptions::default().try_into_reader_with_file_path(Some(file))?.finish()?;
//! assert_eq!(again.column("accuracy")?.f64()?.max(), Some(0.9));
//!
//! let matrix = array![[1.0, 2.0], [3.0, 4.0]];
//! assert_eq!(matrix.slice(s![.., 0]).sum(), 4.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::classification::{
    CheckpointSelection, Classifier, ConfusionMatrix, DecisionTree, EquivalentChange, Estimate,
    Fitted, GridSearch, Grouping, Hierarchy, HoldOut, Identification, Identified, Identifier,
    IdentifierProtocol, ImportanceBy, LinearSvm, LogisticRegression, MOVEMENT_AND_ACCURACY,
    Matching, MaxFeatures, NeuralNetwork, Pca, PowerProtocol, Protocol, RandomForest,
    RecordingMethod, Reliability, Report, SampleSpec, SampleUnit, Samples, TSne,
    TemporalConvolution, TimePooling, accuracy_by_size, classify, classify_each, classify_table,
    hold_out, hold_out_each, identify, left_out, matched_by, matched_in_accuracy,
    matched_over_time, mean_over, networks_needed, power, published, random_subset_like,
    separate_pair, separate_pairs, tell_apart, with_groups, with_key,
};
pub use crate::data::{
    Augmentation, Background, Change, Dataset, Examples, FeatureMaps, Images, Normalisation,
    Objective, Scenario, Spoken, SpokenDigits, Task, TaskSettings, TeacherSettings,
};
pub use crate::display::Progress;
pub use crate::error::Error;
pub use crate::figures::*;
pub use crate::mechanism::{
    Access, FeedbackEstimate, Measures, NamedByMechanism, Route, feedback_weights, mechanisms,
};
pub use crate::multiverse::{Multiverse, SlidesDesign, by_option};
pub use crate::natural_images::NaturalPatches;
pub use crate::network::{
    Activation, Activity, Architecture, BackwardPass, Batch, Bias, Connectivity, Convolution,
    ConvolutionLayer, Feedback, Initialiser, Inputs, Layer, LocalResponse, Matrix, Network,
    Normaliser, Pooling, Shortcut, Updates,
};
pub use crate::notebook::{
    EvcxrDisplay, Mystery, is_quick, setting_count, setting_number, setting_seed, start,
};
pub use crate::observables::{
    DividedBy, Geometry, Instrument, InstrumentGrid, LayerView, Measure, NetworkSimilarities,
    Noise, NoiseUnit, Observable, ObservableSet, RdmSpec, Records, Statistic, StudyRdms, Summary,
    Transform, effect_sizes, matched_differences, observe, observe_grid, observe_recordings, stack,
    variance_shares, without_scale,
};
pub use crate::performance::{
    Adaptation, EvaluationSplit, GradientQuality, LearningQuality, RankCorrelation, Robustness,
    at_best_learning_rates, best_learning_rates, best_learning_rates_by, best_settings, in_percent,
    linear_read_out, only, paired_differences, pivot, rank_correlation, rank_correlation_of,
    rows_at_best_learning_rates, slope, without,
};
pub use crate::random::Rng;
pub use crate::recordings::{
    ActivityOf, LayerEntry, LayerSpec, LayerTable, RecordedFolder, RecordedLayer, RecordedNetwork,
    Recording, WeightOrder,
};
pub use crate::representations::factorisation::{Nmf, NmfInitialisation, NmfObjective};
pub use crate::representations::human::{HumanChoices, SplitHalf, network_confusion};
pub use crate::representations::{
    Cka, Comparison, Decoder, Decoding, Dissimilarity, HeldOut, NoiseEstimator, PreferredFrom, Rdm,
    RdmBootstrap, RdmCrossValidation, RdmModel, Smacof, Sparseness, Svcca, category_correlation,
    cca, classical_mds, cross_validate, crossnobis, dimensionality, evaluate,
    evaluate_by_bootstrap, mahalanobis, noise_ceiling, participation_ratio, principal_components,
    procrustes, pwcca, rv_coefficient, selectivity,
};
pub use crate::rules::types::*;
pub use crate::rules::{
    self, About, Family, Learner, LearningRule, Requirement, Rule, Schedule, StepReport,
};
pub use crate::studies::{
    Combinations, Pairs, Plan, RulePlan, RunDirectory, RunOptions, SavedNetwork, SavedWeights,
    Seeding, Shard, Status, StoredStudy, StoredTable, TaskKind, TaskPlan, Views,
};
pub use crate::training::{
    Calibration, Checkpoints, ConstrainedLayers, Constraint, Design, Experiment, Optimizer,
    Outcome, RecordedBatch, RecordedSynapses, Score, Seeds, Snapshot, Study, Trajectory,
    UpdateNoise, record_batches, train,
};
pub use crate::{
    natural_images, ndarray, polars, predictive_network, rate_rules, representations, spiking,
};

// Named one by one: all of these libraries would bury this one's names under the Tab key.
pub use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, array, s};
pub use polars::prelude::{
    ChunkAgg, Column, DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame,
    NamedFrom, Series, SortMultipleOptions, UnionArgs, col, concat, df, lit, when,
};
pub use polars_io::prelude::{
    CsvReadOptions, CsvReader, CsvWriter, ParquetReader, ParquetWriter, SerReader, SerWriter,
};

//! The command line, and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use microlearners::classification::NAMES;
use microlearners::studies::{SavedWeights, Shard};

/// Which learning rule is a network using? Trains many small networks under many learning rules,
/// records what an experimenter could observe in them, and identifies the rule.
///
/// A study is a file; its networks are trained into a directory, where every finished one is on
/// disk before it counts. Stopped at any moment and started again, a study goes on where it was.
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "The usual way:\n  \
        microlearners design microlearners --seeds 30 --out study.toml   # a study's file, to be edited\n  \
        microlearners train study.toml --out results                     # 180 networks; again to go on\n  \
        microlearners classify results                                   # which rule was it?\n\n\
        Exit codes: 0 done; 1 it could not be done; 2 not understood; 3 (status) not complete."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print or write the file of a study, to be edited
    Design(Design),
    /// Train the networks of a study into a directory; again, to go on where it stopped
    Train(Train),
    /// Say how far a study has come, after a look at every file; exit code 3 if it is not complete
    Status(Directory),
    /// Make the tables of a finished study, if they are not there
    Merge(Directory),
    /// Write the observations of a finished study beside its file, rounded and compressed, to be
    /// shared
    Store(Store),
    /// Identify the learning rules from what was observed
    Classify(Classify),
    /// Measure networks that were trained elsewhere, such as in PyTorch, JAX or NumPy
    Observe(Observe),
    /// Name the rules of networks of which nobody has said, with probabilities
    Identify(Identify),
    /// List the learning rules
    Rules(Rules),
    /// Write, and submit on request, a Slurm job array that shares a study among machines
    Slurm(Slurm),
    /// Download a data set into the user's cache, for the library outside its checkout
    Data(Data),
}

#[derive(Debug, Args)]
pub(crate) struct Data {
    /// The data set
    #[arg(value_parser = ["mnist", "cifar10", "cifar10h", "fsdd"])]
    pub(crate) name: String,
    /// An address that has its files; may be given several times, which are then tried in turn
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Vec<String>,
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Design {
    /// A published or own set of settings: microlearners, neuromatch_project, neuromatch_w2d3,
    /// moving
    #[arg(default_value = "microlearners")]
    pub(crate) name: String,
    /// Networks for each rule
    #[arg(long, default_value_t = 30)]
    pub(crate) seeds: u64,
    /// Weights kept besides the tables: none, last or checkpoints
    #[arg(long, default_value_t = SavedWeights::None)]
    pub(crate) weights: SavedWeights,
    /// Write it to this file, which must not exist, instead of printing it
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Train {
    /// The study's file, as `design` writes it
    pub(crate) study: PathBuf,
    /// The directory for what comes out
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Only this part of the work, such as 2/8; other processes take the others
    #[arg(long, default_value_t = Shard::WHOLE, allow_hyphen_values = true)]
    pub(crate) shard: Shard,
    /// Networks trained at a time [default: as many as there are processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress bar
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Directory {
    /// The directory of a study
    pub(crate) directory: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Store {
    /// The directory of the study
    pub(crate) directory: PathBuf,
    /// The study's file; the table gets its name, with the ending .parquet
    pub(crate) study: PathBuf,
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Classify {
    /// Directories of studies; several are taken together
    #[arg(required = true)]
    pub(crate) directories: Vec<PathBuf>,
    /// What is to be named: a key column such as rule or optimizer, or several joined by commas
    #[arg(long, value_delimiter = ',', default_value = "rule")]
    pub(crate) label: Vec<String>,
    /// What one sample is
    #[arg(long, value_enum, default_value_t = Sample::Layer)]
    pub(crate) sample: Sample,
    /// Which measurements it holds
    #[arg(long, value_enum, default_value_t = Checkpoints::Last)]
    pub(crate) checkpoints: Checkpoints,
    /// Observables by names, whole parts of names (weight, weightsq) or sets (weights, activity),
    /// joined by commas [default: all]
    #[arg(long, value_delimiter = ',')]
    pub(crate) observables: Vec<String>,
    /// Of a study with a grid of instruments, the measurements with this noise
    #[arg(long)]
    pub(crate) noise: Option<f64>,
    /// Of a study with a grid of instruments, the measurements of this fraction of the units
    #[arg(long)]
    pub(crate) fraction: Option<f64>,
    /// Who judges
    #[arg(long, default_value = NAMES[0], value_parser = NAMES)]
    pub(crate) classifier: String,
    /// Random splits into networks learned from and networks judged
    #[arg(long, default_value_t = 10)]
    pub(crate) splits: usize,
    /// Decides splits, shuffles and trees
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Identify {
    /// The unknown networks: a table in Parquet, or the directory of a study
    pub(crate) networks: PathBuf,
    /// The known ones: a study's file with its table beside it, a directory, a table in Parquet, or
    /// an identifier that --save wrote; may be given several times
    #[arg(long, required = true)]
    pub(crate) known: Vec<PathBuf>,
    /// What to name: a column of the known networks, such as rule, algorithm or family
    #[arg(long, default_value = "rule")]
    pub(crate) label: String,
    /// Sets of observables, parts of their names, or names, with commas between; default: all that
    /// both have
    #[arg(long, value_delimiter = ',')]
    pub(crate) observables: Vec<String>,
    /// What learns
    #[arg(long, default_value = "forest", value_parser = NAMES)]
    pub(crate) classifier: String,
    /// The share of known networks that may be refused as unknown
    #[arg(long, default_value_t = 0.05)]
    pub(crate) false_alarms: f64,
    /// Parts of the known networks, each judged after learning from the others
    #[arg(long, default_value_t = 10)]
    pub(crate) folds: usize,
    /// Decides parts and trees
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Write what was learned to a file, which --known takes
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Observe {
    /// A folder with a file per checkpoint (.safetensors, .npz or .npy), whose name holds the step;
    /// or with such a folder for each network; or the directory of a study that saves weights
    pub(crate) folder: PathBuf,
    /// Which tensors are which layer's, in TOML [default: layers.toml in the folder, or else by names
    /// that end in weight]
    #[arg(long)]
    pub(crate) layers: Option<PathBuf>,
    /// Observables by names, whole parts of names (weight, weightsq) or sets (weights, activity),
    /// joined by commas
    #[arg(long, value_delimiter = ',', default_value = "default")]
    pub(crate) observables: Vec<String>,
    /// Stimuli, a .npy file of stimuli × input units, by which activity is computed
    #[arg(long)]
    pub(crate) stimuli: Option<PathBuf>,
    /// The file for the table, which must not exist; it ends in .parquet or .csv
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// What one sample is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sample {
    /// One layer of one network, and how deep it lies
    Layer,
    /// One layer of one network
    LayerWithoutDepth,
    /// One network, its first and last layer side by side
    Ends,
    /// One network, its layers side by side
    Network,
}

/// Which measurements of a network.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Checkpoints {
    /// The last
    Last,
    /// The first, before learning: the control
    First,
    /// All of them: the trajectory
    All,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Slurm {
    /// The study's file, as `design` writes it
    pub(crate) study: PathBuf,
    /// The directory for what comes out, on a file system that all nodes see
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// The number of tasks that share the work
    #[arg(long)]
    pub(crate) array: usize,
    /// Processors for each task
    #[arg(long, default_value_t = 2)]
    pub(crate) cpus: usize,
    /// Lines for Slurm, such as "--time=02:00:00"; may be given several times
    #[arg(long = "sbatch", value_name = "OPTION", allow_hyphen_values = true)]
    pub(crate) options: Vec<String>,
    /// Submit it with sbatch
    #[arg(long)]
    pub(crate) submit: bool,
}

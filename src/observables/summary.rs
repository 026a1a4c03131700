use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::selection::{self, Chosen};
use super::{Geometry, LayerView, catalogue, columns, is_measured};
use crate::error::{Error, Result, shown};

/// A number that can be measured of one layer at one moment.
pub trait Observable: Debug + Send + Sync {
    /// The column it fills.
    fn name(&self) -> String;

    /// Its value; NaN, written as null, where it has none.
    fn measure(&self, layer: &LayerView<'_>) -> f64;

    /// Whether it compares a layer with the same layer at the first checkpoint
    /// ([`LayerView::activity_at_start`]), which is kept only if an observable asks for it; default
    /// no.
    fn needs_start(&self) -> bool {
        false
    }
}

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The layer's forward weights, all of them together; `weight`.
    Weight,
    /// The layer's output after its own activation, on the probe stimuli: statistics over units,
    /// averaged over stimuli; `act`. Always the forward pass, also for a rule that answers with
    /// settled states. A softmax belongs to the read-out, so a softmax network's output layer shows
    /// its logits.
    Activity,
    /// The layer-wise activity change, the layer's gain: G = (1/n_out) Σ_i Σ_j ∂y_j/∂x_i through
    /// the forward weights, x the layer's input and y its output, for each probe stimulus;
    /// `gradavg`. The transform is taken of each stimulus's G, then the mean over stimuli, so its
    /// only statistic is [`Statistic::Id`].
    ActivityChange,
    /// The last change of the layer's weights, whatever made it; `delta`. Null before the first.
    Delta,
}

/// What is done to each number before the statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// t.
    Raw,
    /// |t|.
    Abs,
    /// t².
    Sq,
}

impl Transform {
    pub(super) fn of(self, t: f64) -> f64 {
        match self {
            Self::Raw => t,
            Self::Abs => t.abs(),
            Self::Sq => t * t,
        }
    }
}

/// One number made of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The L2 norm over all numbers (Frobenius for weights; the 2020 code mixes this with norms per
    /// row).
    Norm,
    /// The mean.
    Mean,
    /// The population variance.
    Var,
    /// The third standardised moment.
    Skew,
    /// Pearson's second coefficient, 3 (mean − median)/sd with the interpolated median, which the
    /// 2020 code calls skew.
    SkewPearson,
    /// The fourth standardised moment, 3 for a Gaussian.
    Kurtosis,
    /// The median, interpolated between samples (type 7, numpy's default).
    Median,
    /// The median as the nearest sample, as the 2020 code takes it.
    MedianNearest,
    /// The third quartile, interpolated between samples (type 7, numpy's default).
    ThirdQuartile,
    /// The third quartile as the nearest sample, as the 2020 code takes it.
    ThirdQuartileNearest,
    /// The number itself, for the one measure that is a single number: activity change.
    Id,
}

impl Statistic {
    /// What a person calls it.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Norm => "norm",
            Self::Mean => "mean",
            Self::Var => "variance",
            Self::Skew => "skew",
            Self::SkewPearson => "Pearson's skew",
            Self::Kurtosis => "kurtosis",
            Self::Median => "median",
            Self::MedianNearest => "median (nearest sample)",
            Self::ThirdQuartile => "third quartile",
            Self::ThirdQuartileNearest => "third quartile (nearest sample)",
            Self::Id => "the number itself",
        }
    }
}

/// A measure, a transform and a statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Summary {
    /// What is recorded.
    pub measure: Measure,
    /// What is done to each number.
    pub transform: Transform,
    /// What is made of them all.
    pub statistic: Statistic,
}

impl Observable for Summary {
    fn name(&self) -> String {
        self.to_string()
    }

    fn measure(&self, layer: &LayerView<'_>) -> f64 {
        layer.summary(*self)
    }
}

const TRANSFORMS: [Transform; 3] = [Transform::Raw, Transform::Abs, Transform::Sq];
const STATISTICS: [Statistic; 7] = [
    Statistic::Norm,
    Statistic::Mean,
    Statistic::Var,
    Statistic::Skew,
    Statistic::Kurtosis,
    Statistic::Median,
    Statistic::ThirdQuartile,
];
const VARIANTS: [Statistic; 3] =
    [Statistic::SkewPearson, Statistic::MedianNearest, Statistic::ThirdQuartileNearest];

impl Summary {
    /// The summary called `name`, such as `weightsq_norm` or `gradavgabs_id`.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn named(name: &str) -> Result<Self> {
        let known = Self::catalogue();
        known.iter().find(|summary| summary.to_string() == name).copied().ok_or_else(|| {
            Error::UnknownName {
                kind: "observable",
                name: name.into(),
                known: known.iter().map(Self::to_string).collect(),
            }
        })
    }

    /// What a person calls it: `weightraw_norm` is the "norm of the weights", `actsq_var` the
    /// "variance of activity²".
    ///
    /// ```
    /// use microlearners::observables::Summary;
    ///
    /// assert_eq!(Summary::named("weightabs_median")?.in_words(), "median of |weight|");
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    pub fn in_words(self) -> String {
        let (all, one) = match self.measure {
            Measure::Weight => ("the weights", "weight"),
            Measure::Activity => ("the activity", "activity"),
            Measure::ActivityChange => ("the gain", "gain"),
            Measure::Delta => ("the last weight change", "last weight change"),
        };
        let of = match self.transform {
            Transform::Raw => all.to_owned(),
            Transform::Abs => format!("|{one}|"),
            Transform::Sq => format!("{one}²"),
        };
        match self.statistic {
            Statistic::Id => of.trim_start_matches("the ").to_owned(),
            statistic => format!("{} of {of}", statistic.in_words()),
        }
    }

    /// Every summary there is, all variants of the statistics included.
    pub fn catalogue() -> Vec<Self> {
        let statistics: Vec<Statistic> = STATISTICS.into_iter().chain(VARIANTS).collect();
        let many = [Measure::Weight, Measure::Activity, Measure::Delta];
        let mut all: Vec<Self> = many.into_iter().flat_map(|m| Self::of(m, &statistics)).collect();
        all.extend(Self::of(Measure::ActivityChange, &[Statistic::Id]));
        all
    }

    fn of(measure: Measure, statistics: &[Statistic]) -> Vec<Self> {
        let with = |&statistic: &Statistic| {
            TRANSFORMS.map(|transform| Self { measure, transform, statistic })
        };
        statistics.iter().flat_map(with).collect()
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weight => "weight",
            Self::Activity => "act",
            Self::ActivityChange => "gradavg",
            Self::Delta => "delta",
        })
    }
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::Abs => "abs",
            Self::Sq => "sq",
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (measure, transform) = (self.measure, self.transform);
        let statistic = match self.statistic {
            Statistic::Norm => "norm",
            Statistic::Mean => "mean",
            Statistic::Var => "var",
            Statistic::Skew => "skew",
            Statistic::SkewPearson => "skewpearson",
            Statistic::Kurtosis => "kurtosis",
            Statistic::Median => "median",
            Statistic::MedianNearest => "mediannearest",
            Statistic::ThirdQuartile => "thirdquartile",
            Statistic::ThirdQuartileNearest => "thirdquartilenearest",
            Statistic::Id => "id",
        };
        write!(f, "{measure}{transform}_{statistic}")
    }
}

/// Sets and parts first, for there are few of them.
fn unknown(name: &str) -> Error {
    let all = catalogue::catalogue();
    let known = selection::words().into_iter().chain(all.iter().map(|one| one.name()));
    Error::UnknownName { kind: "observable", name: name.into(), known: known.collect() }
}

/// A list of observables to measure together.
#[derive(Clone, Debug)]
pub struct ObservableSet {
    /// The observables, in the order of the columns.
    pub observables: Vec<Arc<dyn Observable>>,
}

impl Default for ObservableSet {
    /// The 45 observables and the 21 of the last weight change.
    fn default() -> Self {
        let delta = Summary::of(Measure::Delta, &STATISTICS);
        Self::from_summaries(Self::standard_summaries().into_iter().chain(delta))
    }
}

impl ObservableSet {
    /// The 45 observables of the catalogue: 21 of weights, 21 of activity, 3 of activity change.
    pub fn standard() -> Self {
        Self::from_summaries(Self::standard_summaries())
    }

    /// The 21 weight observables of the Microlearners experiment.
    pub fn weights() -> Self {
        Self::from_summaries(Summary::of(Measure::Weight, &STATISTICS))
    }

    /// The 21 activity observables.
    pub fn activity() -> Self {
        Self::from_summaries(Summary::of(Measure::Activity, &STATISTICS))
    }

    /// The 45 with the 2020 study's conventions: Pearson's skew, and quantiles as the nearest
    /// sample.
    pub fn nayebi() -> Self {
        let convention = |summary: Summary| Summary {
            statistic: match summary.statistic {
                Statistic::Skew => Statistic::SkewPearson,
                Statistic::Median => Statistic::MedianNearest,
                Statistic::ThirdQuartile => Statistic::ThirdQuartileNearest,
                other => other,
            },
            ..summary
        };
        Self::from_summaries(Self::standard_summaries().into_iter().map(convention))
    }

    /// The five observables of geometry, which say how the activity of a layer represents the probe
    /// stimuli.
    pub fn geometry() -> Self {
        let make = |one: Geometry| Arc::new(one) as Arc<dyn Observable>;
        Self { observables: Geometry::ALL.map(make).to_vec() }
    }

    /// Every summary in the catalogue, in every convention; without those of geometry.
    pub fn everything() -> Self {
        Self::from_summaries(Summary::catalogue())
    }

    /// The observables with these names.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn named(names: &[&str]) -> Result<Self> {
        Self::of_names(names)
    }

    fn of_names(names: &[impl AsRef<str>]) -> Result<Self> {
        let known: BTreeMap<String, Arc<dyn Observable>> =
            catalogue::catalogue().into_iter().map(|one| (one.name(), one)).collect();
        let one = |name: &str| known.get(name).cloned().ok_or_else(|| unknown(name));
        let observables = names.iter().map(|name| one(name.as_ref())).collect::<Result<_>>()?;
        Ok(Self { observables })
    }

    /// Observables by the words that a [`SampleSpec`](crate::classification::SampleSpec) and the
    /// program understand too: sets by their names (`default`, `standard`, `weights`, `activity`,
    /// `nayebi`, `geometry` and `everything`), whole parts of names (`weight`, `weightraw`: all there are in
    /// the catalogue, in every convention), and whole names; none twice.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known words and names.
    pub fn listed(names: &[String]) -> Result<Self> {
        let mut chosen: Vec<String> = Vec::new();
        for name in names {
            let of_this_word = match Chosen::by(name) {
                Chosen::Set(set) | Chosen::Part(set) => set,
                Chosen::Name => vec![name.clone()],
            };
            for name in of_this_word {
                if !chosen.contains(&name) {
                    chosen.push(name);
                }
            }
        }
        Self::of_names(&chosen)
    }

    /// Rejects what cannot be measured together.
    ///
    /// # Errors
    /// [`Error::Setting`] if two have the same name, one has that of another column or of several
    /// observables (`weights`, `weight`), or one that features cannot be named by: empty, or with
    /// `@`, `=` or control characters.
    pub fn check(&self) -> Result<()> {
        let names = self.names();
        columns::check_distinct("observables", &names)?;
        let taken = |name: &str| {
            !is_measured(name) && !name.starts_with(super::PRIVILEGED_PREFIX)
                || selection::words().iter().any(|word| word == name)
        };
        let is_odd = |name: &str| {
            name.trim().is_empty()
                || name.contains(|c: char| c.is_control() || c == '@' || c == '=')
        };
        for name in &names {
            let requirement = match name.as_str() {
                name if taken(name) => "that name means something else in a table; choose another",
                name if is_odd(name) => "it needs letters, and no control characters, @ or =",
                _ => continue,
            };
            let value = format!("called \"{}\"", shown(name));
            return Err(Error::setting("an observable", value, requirement));
        }
        Ok(())
    }

    /// The same with one more, which may be your own.
    #[must_use]
    pub fn with(mut self, observable: impl Observable + 'static) -> Self {
        self.observables.push(Arc::new(observable));
        self
    }

    /// The columns the set fills.
    pub fn names(&self) -> Vec<String> {
        self.observables.iter().map(|observable| observable.name()).collect()
    }

    /// The number of observables.
    pub fn len(&self) -> usize {
        self.observables.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.observables.is_empty()
    }

    fn standard_summaries() -> Vec<Summary> {
        let mut all = Summary::of(Measure::Weight, &STATISTICS);
        all.extend(Summary::of(Measure::Activity, &STATISTICS));
        all.extend(Summary::of(Measure::ActivityChange, &[Statistic::Id]));
        all
    }

    fn from_summaries(summaries: impl IntoIterator<Item = Summary>) -> Self {
        let observables =
            summaries.into_iter().map(|summary| Arc::new(summary) as Arc<dyn Observable>);
        Self { observables: observables.collect() }
    }
}

impl fmt::Display for ObservableSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} observables: {}", self.len(), self.names().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_have_the_published_sizes_and_names() {
        assert_eq!(ObservableSet::standard().names().len(), 45);
        assert_eq!(ObservableSet::weights().names().len(), 21);
        assert_eq!(ObservableSet::default().names().len(), 66);
        assert!(ObservableSet::standard().names().contains(&"gradavgabs_id".into()));
        assert!(ObservableSet::nayebi().names().contains(&"actraw_mediannearest".into()));
        let mut all = ObservableSet::everything().names();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 93);
    }

    #[test]
    fn unknown_observables_are_told_the_known_ones() {
        let error = ObservableSet::named(&["weight_norm"]).unwrap_err().to_string();
        assert!(error.contains("weight_norm") && error.contains("weightraw_norm"), "{error}");
    }

    #[test]
    fn a_word_is_a_set_a_whole_part_of_names_or_a_name() {
        let names = |words: &[&str]| -> Vec<String> {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            ObservableSet::listed(&words).unwrap().names()
        };
        assert_eq!(names(&["weights"]), ObservableSet::weights().names());
        assert_eq!(names(&["activity"]).len(), 21);
        assert_eq!((names(&["weight"]).len(), names(&["weightsq"]).len()), (30, 10));
        assert_eq!(names(&["gradavg", "weightraw_norm", "gradavg"]).len(), 4);
        for prefix in ["weights_", "weightra", "we", "", "weightraw_nor", "norm"] {
            let told = ObservableSet::listed(&[prefix.into()]).unwrap_err().to_string();
            assert!(told.contains(&format!("\"{prefix}\"")) && told.len() < 600, "{told}");
        }
    }
}

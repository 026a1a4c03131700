//! Parameters of a synaptic rule fitted to measured weight changes.

use super::fit_bootstrap::bootstrap;
use super::fit_problem::Problem;
use super::{Comparison, Parameter, PlasticityData, SynapticRule, compare};
use crate::error::first_repeated;
use crate::statistics::Interval;
use crate::{Error, Result};

/// How the intervals of a fit are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitIntervals {
    /// From the derivatives at the best fit: ± 1.96 standard errors of an amplitude, or of the
    /// logarithm of any other parameter. The standard errors of the data are taken as they are, or
    /// enlarged by √(χ² per degree of freedom) where the rule misses the data by more. Where two
    /// parameters can stand in for each other, the bootstrap is more trustworthy.
    Derivatives,
    /// The 2.5 % and 97.5 % quantiles of refits to data points drawn with replacement.
    Bootstrap {
        /// How many refits, at least 20.
        resamples: usize,
        /// The seed of the draws.
        seed: u64,
    },
}

/// A fitted parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedParameter {
    /// Which.
    pub parameter: Parameter,
    /// Its best value.
    pub value: f64,
    /// Its 95 % interval; none for an amplitude that the fit holds at 0, and none where the data do
    /// not determine it.
    pub interval: Option<Interval>,
}

/// A fit of some parameters of a rule.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The fitted parameters, in the order that was asked for.
    pub parameters: Vec<FittedParameter>,
    /// The rule with these values.
    pub rule: Box<dyn SynapticRule>,
    /// Its predictions beside the data, with E.
    pub comparison: Comparison,
}

/// Fits the `free` parameters of a rule by least squares, weighted by the standard errors of the
/// data; the others, and where the search starts, are those of `rule`.
///
/// The weight change of an unbounded additive rule is linear in its amplitudes. These are solved
/// exactly, with values of at least 0, at each step of a Levenberg-Marquardt search over the
/// logarithms of all other parameters.
///
/// ```
/// use microlearners::spiking::{FitIntervals, Parameter, PairStdp, PlasticityData, fit};
///
/// let free = [Parameter::PotentiationByPairs, Parameter::DepressionByPairs];
/// let rule = PairStdp { tau_plus_ms: 16.8, tau_minus_ms: 33.7, ..PairStdp::default() };
/// let data = PlasticityData::visual_cortex();
/// let fitted = fit(&rule, &free, &data, FitIntervals::Derivatives)?;
/// assert!((fitted.comparison.error - 7.582).abs() < 1e-3);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if the rule is refused, has no such parameter, if one is named twice, or if
/// the search starts at a value not above 0; [`Error::Samples`] if there are not more points than
/// parameters, or if the rule has no finite prediction.
pub fn fit(
    rule: &dyn SynapticRule,
    free: &[Parameter],
    data: &PlasticityData,
    intervals: FitIntervals,
) -> Result<Fitted> {
    check_free(rule, free, data)?;
    let problem = Problem::new(rule, free, data)?;
    let all = vec![1.0; data.points.len()];
    let best = problem.solve(&all, None).ok_or_else(|| {
        let name = rule.about().name;
        Error::Samples(format!("{name} has no finite prediction near its values; start elsewhere"))
    })?;
    let found = match intervals {
        FitIntervals::Derivatives => problem.intervals_by_derivatives(&best),
        FitIntervals::Bootstrap { resamples, seed } => bootstrap(&problem, &best, resamples, seed)?,
    };
    let values = problem.values(&best);
    let parameters = free.iter().zip(&values).zip(found);
    let parameters = parameters
        .map(|((&parameter, &value), interval)| FittedParameter { parameter, value, interval })
        .collect();
    let rule = problem.rule_with(&values);
    let comparison = compare(rule.as_ref(), data)?;
    Ok(Fitted { parameters, rule, comparison })
}

fn check_free(rule: &dyn SynapticRule, free: &[Parameter], data: &PlasticityData) -> Result<()> {
    rule.check()?;
    data.check()?;
    if let Some(twice) = first_repeated(free) {
        return Err(Error::setting("free", twice, "each parameter is named once"));
    }
    if free.is_empty() {
        return Err(Error::setting("free", "empty", "name at least one parameter to fit"));
    }
    let about = rule.about();
    if let Some(unknown) = free.iter().find(|&&free| rule.with(free, 1.0).is_none()) {
        let known: Vec<&str> = about.parameters.iter().map(|(known, _)| known.symbol()).collect();
        let requirement = format!("{} has {}", about.name, known.join(", "));
        return Err(Error::setting("free", unknown, requirement));
    }
    if data.points.len() <= free.len() {
        return Err(Error::Samples(format!(
            "{} points cannot determine {} parameters; fit fewer",
            data.points.len(),
            free.len()
        )));
    }
    Ok(())
}

//! One cycle of a periodic protocol: where its spikes lie.

use super::{PairedTrains, Protocol};
use crate::error::{check_at_most, check_count, check_positive};
use crate::{Error, Result};

/// More repetitions than this are refused.
const MOST_REPETITIONS: usize = 1_000_000;

/// One cycle of a periodic protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycle {
    /// Pre spikes within a cycle, in ms, the first spike of either side at 0.
    pub pre_ms: Vec<f64>,
    /// Post spikes within a cycle, in ms.
    pub post_ms: Vec<f64>,
    /// From one cycle to the next, in ms.
    pub period_ms: f64,
    /// How many cycles there are.
    pub count: usize,
}

/// Pre and post spikes of a cycle, in ms from anywhere.
type Spikes = (Vec<f64>, Vec<f64>);

impl Protocol {
    /// The spikes of one cycle; `None` for protocols without one.
    ///
    /// # Errors
    /// [`Error::Setting`] if a time, a rate or a count has no meaning in the protocol.
    pub fn cycle(&self) -> Result<Option<Cycle>> {
        let Some((period_ms, count)) = self.period()? else { return Ok(None) };
        let (pre, post) = self.spikes_of_a_cycle()?;
        Ok(Some(Cycle::new(pre, post, period_ms, count)?))
    }

    /// From one cycle to the next in ms, and how many there are.
    fn period(&self) -> Result<Option<(f64, usize)>> {
        let (period_ms, count) = match *self {
            Self::Pairs { rate_hz, count, .. }
            | Self::PrePostPre { rate_hz, count, .. }
            | Self::PostPrePost { rate_hz, count, .. }
            | Self::Quadruplets { rate_hz, count, .. }
            | Self::PostBursts { rate_hz, count, .. } => {
                check_positive("rate_hz", rate_hz)?;
                (1000.0 / rate_hz, count)
            }
            Self::Sweeps { sweep_ms, count, .. } => (sweep_ms, count),
            Self::Poisson { .. } | Self::Trains(_) => return Ok(None),
        };
        check_positive("the period in ms", period_ms)?;
        check_at_most("count", count, MOST_REPETITIONS)?;
        Ok(Some((period_ms, count)))
    }

    fn spikes_of_a_cycle(&self) -> Result<Spikes> {
        match *self {
            Self::Pairs { delta_ms, .. } => Ok((vec![0.0], vec![finite("delta_ms", delta_ms)?])),
            Self::PrePostPre { first_ms, second_ms, .. } => {
                ordered(-second_ms, -first_ms, "second_ms below 0 below first_ms")?;
                Ok((vec![-first_ms, -second_ms], vec![0.0]))
            }
            Self::PostPrePost { first_ms, second_ms, .. } => {
                ordered(second_ms, first_ms, "first_ms below 0 below second_ms")?;
                Ok((vec![0.0], vec![first_ms, second_ms]))
            }
            Self::Quadruplets { delta_ms, apart_ms, .. } => quadruplet(delta_ms, apart_ms),
            Self::Sweeps { rate_hz, delta_ms, pairs, .. } => {
                check_positive("rate_hz", rate_hz)?;
                let pre = equally_spaced("pairs", pairs, 1000.0 / rate_hz)?;
                finite("delta_ms", delta_ms)?;
                let post = pre.iter().map(|time| time + delta_ms).collect();
                Ok((pre, post))
            }
            Self::PostBursts { delta_ms, spikes, interval_ms, .. } => {
                finite("delta_ms", delta_ms)?;
                check_positive("interval_ms", interval_ms)?;
                let post = equally_spaced("spikes", spikes, interval_ms)?;
                Ok((vec![0.0], post.iter().map(|time| time + delta_ms).collect()))
            }
            Self::Poisson { .. } | Self::Trains(_) => Ok((Vec::new(), Vec::new())),
        }
    }
}

/// The post-pre pair around −T/2, and the pre-post pair around T/2.
fn quadruplet(delta_ms: f64, apart_ms: f64) -> Result<Spikes> {
    check_positive("delta_ms", delta_ms)?;
    let (half, from_centre) = (finite("apart_ms", apart_ms)? / 2.0, delta_ms / 2.0);
    let pre = ascending(vec![-half + from_centre, half - from_centre]);
    Ok((pre, ascending(vec![-half - from_centre, half + from_centre])))
}

fn equally_spaced(name: &str, count: usize, interval_ms: f64) -> Result<Vec<f64>> {
    check_count(name, count)?;
    check_at_most(name, count, MOST_REPETITIONS)?;
    Ok((0..count).map(|at| at as f64 * interval_ms).collect())
}

impl Cycle {
    fn new(pre: Vec<f64>, post: Vec<f64>, period_ms: f64, count: usize) -> Result<Self> {
        for train in [&pre, &post] {
            let span = train.last().zip(train.first()).map_or(0.0, |(last, first)| last - first);
            if span >= period_ms {
                let requirement = format!(
                    "the spikes of one neuron span {span} ms, which must be less than the period \
                     of {period_ms} ms; lower the rate"
                );
                return Err(Error::setting("rate_hz", 1000.0 / period_ms, requirement));
            }
        }
        let first = pre.iter().chain(&post).copied().fold(f64::INFINITY, f64::min);
        let from_first = |train: Vec<f64>| train.into_iter().map(|time| time - first).collect();
        Ok(Self { pre_ms: from_first(pre), post_ms: from_first(post), period_ms, count })
    }

    /// All cycles, one after the other.
    pub(super) fn trains(&self) -> Result<PairedTrains> {
        let repeat = |within: &[f64]| -> Vec<f64> {
            let cycle =
                |at: usize| within.iter().map(move |time| at as f64 * self.period_ms + time);
            (0..self.count).flat_map(cycle).collect()
        };
        PairedTrains::new(&repeat(&self.pre_ms), &repeat(&self.post_ms))
    }
}

fn finite(name: &str, value: f64) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::setting(name, value, "it must be a finite time in ms"))
}

/// Refuses a triplet whose outer spikes are not on both sides of the inner one.
fn ordered(after: f64, before: f64, requirement: &str) -> Result<()> {
    if after > 0.0 && before < 0.0 && after.is_finite() && before.is_finite() {
        return Ok(());
    }
    let value = format!("{before} and {after} ms around the middle spike");
    Err(Error::setting("the triplet", value, format!("it needs {requirement}")))
}

fn ascending(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

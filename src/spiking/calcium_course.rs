//! The course of calcium: for how long it is above the two thresholds.

use super::{CalciumRule, Cycle, PairedTrains};

/// Times, or shares of time, above the two thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct TimeAbove {
    pub(super) depression: f64,
    pub(super) potentiation: f64,
}

/// A stretch of time in which calcium stays on its sides of both thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) duration_ms: f64,
    pub(super) depresses: bool,
    pub(super) potentiates: bool,
}

/// For how long calcium that decays from `calcium` is above the thresholds within `duration_ms`.
fn decay_above(rule: &CalciumRule, calcium: f64, duration_ms: f64) -> TimeAbove {
    let above = |threshold: f64| {
        if calcium <= threshold {
            return 0.0;
        }
        (rule.tau_calcium_ms * (calcium / threshold).ln()).min(duration_ms)
    };
    TimeAbove {
        depression: above(rule.depression_threshold),
        potentiation: above(rule.potentiation_threshold),
    }
}

/// The three stretches of a decay: above both thresholds, above one, above none.
pub(super) fn stretches(rule: &CalciumRule, calcium: f64, duration_ms: f64) -> [Stretch; 3] {
    let above = decay_above(rule, calcium, duration_ms);
    let (short, long) =
        (above.depression.min(above.potentiation), above.depression.max(above.potentiation));
    let of = |duration_ms, by_both, by_one| Stretch {
        duration_ms,
        depresses: by_both || (by_one && above.depression >= above.potentiation),
        potentiates: by_both || (by_one && above.potentiation > above.depression),
    };
    [of(short, true, true), of(long - short, false, true), of(duration_ms - long, false, false)]
}

/// The spikes as jumps of calcium (time in ms, size), in the order of time.
fn jumps(rule: &CalciumRule, pre_ms: &[f64], post_ms: &[f64]) -> Vec<(f64, f64)> {
    let pre = pre_ms.iter().map(|time| (time + rule.pre_delay_ms, rule.calcium_of_pre));
    let post = post_ms.iter().map(|&time| (time, rule.calcium_of_post));
    let mut jumps: Vec<(f64, f64)> = pre.chain(post).collect();
    jumps.sort_by(|one, other| one.0.total_cmp(&other.0));
    jumps
}

/// The shares of time above the thresholds in the steady state of a periodic protocol.
pub(super) fn time_above_per_cycle(rule: &CalciumRule, cycle: &Cycle) -> TimeAbove {
    let period = cycle.period_ms;
    let mut jumps = jumps(rule, &cycle.pre_ms, &cycle.post_ms);
    jumps.iter_mut().for_each(|jump| jump.0 = jump.0.rem_euclid(period));
    jumps.sort_by(|one, other| one.0.total_cmp(&other.0));
    let Some(&(first, _)) = jumps.first() else { return TimeAbove::default() };
    // What all earlier cycles left just before the first jump.
    let tau = rule.tau_calcium_ms;
    let left = |&(time, size): &(f64, f64)| size * ((time - first - period) / tau).exp();
    let mut calcium = jumps.iter().map(left).sum::<f64>() / -(-period / tau).exp_m1();
    let mut total = TimeAbove::default();
    for (at, &(time, size)) in jumps.iter().enumerate() {
        calcium += size;
        let next = jumps.get(at + 1).map_or(first + period, |jump| jump.0);
        let above = decay_above(rule, calcium, next - time);
        total.depression += above.depression / period;
        total.potentiation += above.potentiation / period;
        calcium *= ((time - next) / tau).exp();
    }
    total
}

/// The times in ms above the thresholds, from no calcium until the last has gone.
pub(super) fn time_above(rule: &CalciumRule, trains: &PairedTrains) -> TimeAbove {
    let mut total = TimeAbove::default();
    for stretch in course(rule, trains) {
        total.depression += if stretch.depresses { stretch.duration_ms } else { 0.0 };
        total.potentiation += if stretch.potentiates { stretch.duration_ms } else { 0.0 };
    }
    total
}

/// All stretches of given trains, from no calcium until the last has fallen below the thresholds.
pub(super) fn course(rule: &CalciumRule, trains: &PairedTrains) -> Vec<Stretch> {
    let jumps = jumps(rule, trains.pre.times_ms(), trains.post.times_ms());
    let mut all = Vec::with_capacity(3 * jumps.len());
    let mut calcium = 0.0;
    for (at, &(time, size)) in jumps.iter().enumerate() {
        calcium += size;
        let next = jumps.get(at + 1).map_or(f64::INFINITY, |jump| jump.0);
        all.extend(stretches(rule, calcium, next - time));
        calcium *= ((time - next) / rule.tau_calcium_ms).exp();
    }
    all.retain(|stretch| stretch.duration_ms > 0.0 && stretch.duration_ms.is_finite());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decay_crosses_the_thresholds_where_the_logarithm_says() {
        let rule = CalciumRule::dp();
        let [both, one, none] = stretches(&rule, 2.0, 100.0);
        assert!((both.duration_ms - 20.0 * (2.0f64 / 1.3).ln()).abs() < 1e-12);
        assert!((both.duration_ms + one.duration_ms - 20.0 * 2f64.ln()).abs() < 1e-12);
        assert!((both.duration_ms + one.duration_ms + none.duration_ms - 100.0).abs() < 1e-12);
        assert!(both.potentiates && both.depresses && one.depresses && !one.potentiates);
        assert!(!none.potentiates && !none.depresses);
    }

    #[test]
    fn without_spikes_there_is_no_calcium() {
        assert!(course(&CalciumRule::dp(), &PairedTrains::default()).is_empty());
    }
}

//! One synapse of the calcium rule at work, and simulated populations of them.

use std::collections::VecDeque;

use rand::Rng as _;
use rand_distr::StandardNormal;

use super::calcium_course::{Stretch, course, stretches};
use super::{CalciumRule, Plastic, Protocol, Side, SynapticRule};
use crate::error::{check_at_most, check_count};
use crate::random::Rng;
use crate::{Result, random};

/// The mean efficacy of many synapses, which follows a linear equation between crossings.
#[derive(Debug)]
pub(super) struct CalciumSynapse {
    rule: CalciumRule,
    efficacy: f64,
    calcium: f64,
    time_ms: f64,
    /// When the calcium of pre spikes will arrive.
    due_ms: VecDeque<f64>,
}

impl CalciumSynapse {
    pub(super) fn new(rule: CalciumRule, weight: f64) -> Self {
        let efficacy = ((weight - 1.0) / (rule.up_weight - 1.0)).clamp(0.0, 1.0);
        Self { rule, efficacy, calcium: 0.0, time_ms: 0.0, due_ms: VecDeque::new() }
    }

    fn decay_until(&mut self, time_ms: f64) {
        let duration_ms = (time_ms - self.time_ms).max(0.0);
        for stretch in stretches(&self.rule, self.calcium, duration_ms) {
            let (target, rate) = relaxation(&self.rule, &stretch);
            if rate > 0.0 {
                let kept = (-rate * stretch.duration_ms).exp();
                self.efficacy = target + (self.efficacy - target) * kept;
            }
        }
        self.calcium *= (-duration_ms / self.rule.tau_calcium_ms).exp();
        self.time_ms = self.time_ms.max(time_ms);
    }
}

/// Where the efficacy goes in a stretch, and how fast, per ms.
fn relaxation(rule: &CalciumRule, stretch: &Stretch) -> (f64, f64) {
    let up = if stretch.potentiates { rule.potentiation_rate } else { 0.0 };
    let down = if stretch.depresses { rule.depression_rate } else { 0.0 };
    let rate = up + down;
    (if rate > 0.0 { up / rate } else { 0.0 }, rate / (1000.0 * rule.tau_efficacy_s))
}

impl Plastic for CalciumSynapse {
    fn spike(&mut self, time_ms: f64, side: Side) {
        self.advance(time_ms);
        match side {
            Side::Pre if self.rule.pre_delay_ms > 0.0 => {
                self.due_ms.push_back(time_ms + self.rule.pre_delay_ms);
            }
            Side::Pre => self.calcium += self.rule.calcium_of_pre,
            Side::Post => self.calcium += self.rule.calcium_of_post,
        }
    }

    fn advance(&mut self, time_ms: f64) {
        while let Some(due) = self.due_ms.front().copied().filter(|&due| due <= time_ms) {
            self.due_ms.pop_front();
            self.decay_until(due);
            self.calcium += self.rule.calcium_of_pre;
        }
        self.decay_until(time_ms);
    }

    fn weight(&self) -> f64 {
        1.0 + self.efficacy * (self.rule.up_weight - 1.0)
    }
}

impl CalciumRule {
    /// The relative weight change of a simulated population of `synapses`, with the noise and the
    /// double well that the closed form leaves out; synapses above ρ* at the end count as UP.
    /// Its standard error falls with the root of their number (about 0.01 for 1000).
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if the rule or the protocol is refused, or if
    /// there are no synapses or more than a million.
    pub fn simulate(&self, protocol: &Protocol, synapses: usize, seed: u64) -> Result<f64> {
        self.check()?;
        check_count("synapses", synapses)?;
        check_at_most("synapses", synapses, 1_000_000)?;
        let course = course(self, &protocol.trains()?);
        let mut rng = random::stream(seed, "calcium");
        let mut share_up = |start: f64| {
            let ends_up = |_: &usize| self.end_of(&course, start, &mut rng) > self.boundary;
            (0..synapses).filter(ends_up).count() as f64 / synapses as f64
        };
        let (up, kept) = (share_up(0.0), share_up(1.0));
        Ok(self.ratio(up, 1.0 - kept) - 1.0)
    }

    /// The efficacy at the end: exact steps of the linear equation with noise, between half steps
    /// of the double well, which is slow.
    fn end_of(&self, course: &[Stretch], start: f64, rng: &mut Rng) -> f64 {
        let mut efficacy = start;
        for stretch in course {
            let half = stretch.duration_ms / (2000.0 * self.tau_efficacy_s);
            let well = |rho: f64| rho - half * rho * (1.0 - rho) * (self.boundary - rho);
            efficacy = well(efficacy);
            let (target, rate) = relaxation(self, stretch);
            let thresholds = f64::from(u8::from(stretch.depresses) + u8::from(stretch.potentiates));
            if rate > 0.0 {
                let kept = (-rate * stretch.duration_ms).exp();
                let per_ms = self.noise.powi(2) * thresholds / (1000.0 * self.tau_efficacy_s);
                let sd = (per_ms / (2.0 * rate) * (1.0 - kept * kept)).sqrt();
                let normal: f64 = rng.sample(StandardNormal);
                efficacy = target + (efficacy - target) * kept + sd * normal;
            }
            efficacy = well(efficacy);
        }
        efficacy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The simulations of the authors' repository, of 1000 runs each.
    #[test]
    fn simulated_populations_agree_with_the_closed_form_and_with_the_authors() {
        let cases = [
            (CalciumRule::dp(), -25.0, 0.719),
            (CalciumRule::dp(), 10.0, 1.227),
            (CalciumRule::d(), 0.0, 0.659),
            (CalciumRule::d_prime(), -10.0, 0.739),
        ];
        for (rule, delta_ms, authors) in cases {
            let pairs = Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 60 };
            let simulated = 1.0 + rule.simulate(&pairs, 4000, 1).unwrap();
            let closed = 1.0 + rule.weight_change(&pairs).unwrap();
            assert!((simulated - authors).abs() < 0.03, "{delta_ms} {simulated} {authors}");
            assert!((simulated - closed).abs() < 0.04, "{delta_ms} {simulated} {closed}");
        }
    }

    #[test]
    fn the_mean_efficacy_of_a_synapse_is_that_of_the_closed_form() {
        let rule = CalciumRule::dp();
        let pairs = Protocol::Pairs { rate_hz: 1.0, delta_ms: 10.0, count: 60 };
        let outcome = rule.outcome(&pairs).unwrap();
        let mut synapse = rule.start(1.0);
        for (time, side) in pairs.trains().unwrap().spikes() {
            synapse.spike(time, side);
        }
        synapse.advance(60_000.0);
        let rates = rule.potentiation_rate * outcome.above_potentiation
            + rule.depression_rate * outcome.above_depression;
        let mean = outcome.mean_efficacy.unwrap() * (1.0 - (-60.0 * rates / 150.0).exp());
        // The two differ because depression and potentiation alternate in time.
        assert!(((synapse.weight() - 1.0) / 4.0 - mean).abs() < 0.02 * mean);
    }
}

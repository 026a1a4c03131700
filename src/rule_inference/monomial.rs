//! The terms of which a plasticity rule is made.

use serde::{Deserialize, Serialize};

use crate::error::check_not_negative;
use crate::{Error, Result};

/// A running mean over past steps, as BCM's sliding threshold is of post².
///
/// It starts at [`initial`](Self::initial). After every step it moves by 1 / time constant towards
/// preᵃ postᵇ factorᶜ of that step. A rule reads it before that move, so that it never contains the
/// present step.
///
/// A basis may have traces of several time constants. If the true one lies between two of them, the
/// rule contains both, and their coefficients interpolate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The power of the presynaptic activity; default 0.
    pub pre: u32,
    /// The power of the postsynaptic activity; default 2.
    pub post: u32,
    /// The power of the third factor; default 0.
    pub factor: u32,
    /// In steps, at least 1; default 10.
    pub time_constant: f64,
    /// The value at the first step; default 0.
    pub initial: f64,
}

impl Default for Trace {
    fn default() -> Self {
        Self { pre: 0, post: 2, factor: 0, time_constant: 10.0, initial: 0.0 }
    }
}

impl Trace {
    /// Such as `⟨post²⟩₁₀`, with the time constant below.
    pub fn name(&self) -> String {
        let inner = product(&[("pre", self.pre), ("post", self.post), ("factor", self.factor)]);
        let below = |letter: char| match letter.to_digit(10) {
            Some(digit) => char::from_u32('₀' as u32 + digit).expect("ten digits follow ₀"),
            None => letter,
        };
        let time: String = self.time_constant.to_string().chars().map(below).collect();
        format!("⟨{inner}⟩{time}")
    }

    /// # Errors
    /// [`Error::Setting`] for a time constant below 1 or an initial value that is not finite.
    pub(super) fn check(&self) -> Result<()> {
        check_not_negative("time_constant", self.time_constant)?;
        if self.time_constant < 1.0 {
            let requirement = "it must be at least 1 step, or the trace overshoots";
            return Err(Error::setting("time_constant", self.time_constant, requirement));
        }
        check_not_negative("initial", self.initial.abs())
    }
}

/// A product of powers: preᵃ postᵇ wᶜ factorᵈ and of traces.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Monomial {
    /// The power of the presynaptic activity.
    pub pre: u32,
    /// The power of the postsynaptic activity.
    pub post: u32,
    /// The power of the weight.
    pub weight: u32,
    /// The power of the third factor.
    pub factor: u32,
    /// The powers of the traces of the [`Basis`](super::Basis), in its order; those that are
    /// missing are 0.
    pub traces: Vec<u32>,
}

impl Monomial {
    /// preᵃ postᵇ wᶜ.
    pub fn new(pre: u32, post: u32, weight: u32) -> Self {
        Self { pre, post, weight, ..Self::default() }
    }

    /// The same times the third factor.
    #[must_use]
    pub fn times_factor(self) -> Self {
        Self { factor: self.factor + 1, ..self }
    }

    /// The same times a trace of the basis, counted from 0.
    #[must_use]
    pub fn times_trace(mut self, index: usize) -> Self {
        self.traces.resize(self.traces.len().max(index + 1), 0);
        self.traces[index] += 1;
        self
    }

    /// The sum of all powers; a trace counts as many as its inner powers.
    pub fn degree(&self, traces: &[Trace]) -> u32 {
        let inner =
            |(power, trace): (&u32, &Trace)| power * (trace.pre + trace.post + trace.factor);
        let of_traces: u32 = self.traces.iter().zip(traces).map(inner).sum();
        self.pre + self.post + self.weight + self.factor + of_traces
    }

    /// Such as `pre post` or `post² w`; `1` for the constant.
    pub fn name(&self, traces: &[Trace]) -> String {
        let names: Vec<String> = traces.iter().map(Trace::name).collect();
        let mut factors: Vec<(&str, u32)> = vec![("factor", self.factor)];
        factors.extend(names.iter().zip(&self.traces).map(|(name, &power)| (name.as_str(), power)));
        factors.extend([("pre", self.pre), ("post", self.post), ("w", self.weight)]);
        product(&factors)
    }

    /// The powers of pre, post, weight, factor, and of the traces.
    pub(super) fn powers(&self, traces: usize) -> Vec<u32> {
        let of_trace = |index| self.traces.get(index).copied().unwrap_or(0);
        let own = [self.pre, self.post, self.weight, self.factor];
        own.into_iter().chain((0..traces).map(of_trace)).collect()
    }

    /// The same monomial, written in one way only.
    pub(super) fn trimmed(&self) -> Self {
        let kept = self.traces.iter().rposition(|&power| power > 0).map_or(0, |last| last + 1);
        Self { traces: self.traces[..kept].to_vec(), ..*self }
    }
}

fn product(factors: &[(&str, u32)]) -> String {
    let shown = |&(name, power): &(&str, u32)| match power {
        0 => None,
        1 => Some(name.to_owned()),
        2 => Some(format!("{name}²")),
        3 => Some(format!("{name}³")),
        _ => Some(format!("{name}^{power}")),
    };
    let shown: Vec<String> = factors.iter().filter_map(shown).collect();
    if shown.is_empty() { "1".into() } else { shown.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_products() {
        let traces = [Trace::default()];
        assert_eq!(Monomial::default().name(&traces), "1");
        assert_eq!(Monomial::new(1, 1, 0).name(&[]), "pre post");
        assert_eq!(Monomial::new(0, 2, 1).name(&[]), "post² w");
        assert_eq!(Monomial::new(1, 1, 0).times_trace(0).name(&traces), "⟨post²⟩₁₀ pre post");
        assert_eq!(Monomial::new(1, 0, 4).times_factor().name(&[]), "factor pre w^4");
        assert_eq!(Monomial::new(1, 1, 0).times_trace(0).degree(&traces), 4);
    }

    #[test]
    fn time_constants_below_a_step_are_refused() {
        let trace = Trace { time_constant: 0.5, ..Trace::default() };
        assert!(trace.check().unwrap_err().to_string().contains("at least 1 step"));
        assert!(Trace { initial: f64::NAN, ..Trace::default() }.check().is_err());
    }
}

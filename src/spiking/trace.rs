//! The memory that a spike leaves and that fades exponentially.

/// What a spike adds to a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accumulation {
    /// Every spike adds 1: all earlier spikes count.
    Sum,
    /// A spike sets the trace to 1: only the latest counts.
    Latest,
}

/// An exponentially fading trace. It is read *just before* the increments at the time of reading,
/// so that coincident spikes do not see one another in whatever order they are handed over.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    tau_ms: f64,
    accumulation: Accumulation,
    /// The time of the latest change.
    at_ms: f64,
    /// The value just before that time.
    before: f64,
    /// What of it is kept after that time.
    kept: f64,
    /// The increment at that time.
    fresh: f64,
}

impl Trace {
    pub(super) fn new(tau_ms: f64, accumulation: Accumulation) -> Self {
        let at_ms = f64::NEG_INFINITY;
        Self { tau_ms, accumulation, at_ms, before: 0.0, kept: 0.0, fresh: 0.0 }
    }

    /// The value just before `time_ms`.
    pub(super) fn read(&self, time_ms: f64) -> f64 {
        if time_ms <= self.at_ms {
            return self.before;
        }
        let after = self.kept + self.fresh;
        if after == 0.0 { 0.0 } else { after * ((self.at_ms - time_ms) / self.tau_ms).exp() }
    }

    fn move_to(&mut self, time_ms: f64) {
        if time_ms > self.at_ms {
            self.before = self.read(time_ms);
            (self.kept, self.fresh, self.at_ms) = (self.before, 0.0, time_ms);
        }
    }

    /// A spike at `time_ms`.
    pub(super) fn spike(&mut self, time_ms: f64) {
        self.move_to(time_ms);
        self.fresh = 1.0;
        if self.accumulation == Accumulation::Latest {
            self.kept = 0.0;
        }
    }

    /// Forgets all spikes before `time_ms`, and keeps one at that very time.
    pub(super) fn forget_before(&mut self, time_ms: f64) {
        self.move_to(time_ms);
        self.kept = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_read_before_its_own_increment() {
        let mut trace = Trace::new(10.0, Accumulation::Sum);
        assert_eq!(trace.read(5.0), 0.0);
        trace.spike(5.0);
        assert_eq!(trace.read(5.0), 0.0);
        assert!((trace.read(15.0) - (-1f64).exp()).abs() < 1e-15);
        trace.spike(15.0);
        assert!((trace.read(15.0) - (-1f64).exp()).abs() < 1e-15);
        assert!((trace.read(25.0) - ((-1f64).exp() + 1.0) * (-1f64).exp()).abs() < 1e-15);
    }

    #[test]
    fn a_latest_spike_replaces_the_earlier_ones() {
        let mut trace = Trace::new(10.0, Accumulation::Latest);
        trace.spike(0.0);
        trace.spike(10.0);
        assert!((trace.read(20.0) - (-1f64).exp()).abs() < 1e-15);
    }

    #[test]
    fn forgetting_keeps_a_coincident_spike() {
        let mut trace = Trace::new(10.0, Accumulation::Sum);
        trace.spike(0.0);
        trace.spike(10.0);
        trace.forget_before(10.0);
        assert!((trace.read(20.0) - (-1f64).exp()).abs() < 1e-15);
        trace.forget_before(20.0);
        trace.spike(20.0);
        assert!((trace.read(30.0) - (-1f64).exp()).abs() < 1e-15);
        trace.forget_before(30.0);
        assert_eq!(trace.read(40.0), 0.0);
    }
}

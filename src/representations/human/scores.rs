//! Correlations and scores of halves of the judgements, over splits.

use serde::{Deserialize, Serialize};

/// A correlation between two halves of the judgements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The correlation of the halves, averaged over splits.
    pub half: f64,
    /// Its standard deviation over splits, which share all judgements.
    pub spread: f64,
    /// The correlation that is expected with as many new judgements as there are in all, by
    /// Spearman and Brown's 2 r / (1 + r). It is exact for Pearson's correlation of halves that
    /// differ by independent noise, and an approximation for ranks and entropies.
    pub full: f64,
}

/// A score of one half of the judgements for the other, in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeopleScore {
    /// The mean over splits.
    pub mean: f64,
    /// The standard deviation over splits, which share all judgements.
    pub spread: f64,
}

impl Reliability {
    pub(super) fn of(correlations: &[f64]) -> Self {
        let PeopleScore { mean: half, spread } = PeopleScore::of(correlations);
        // Halves of opposite order have no reliability.
        let full = if half > -0.5 { 2.0 * half / (1.0 + half) } else { -1.0 };
        Self { half, spread, full: full.max(-1.0) }
    }

    /// The correlation with the judgements that a model without noise would reach: the square root
    /// of [`Reliability::full`]; 0 if that is negative.
    pub fn ceiling(&self) -> f64 {
        self.full.max(0.0).sqrt()
    }
}

impl PeopleScore {
    pub(super) fn of(scores: &[f64]) -> Self {
        let n = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / n;
        let squares = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>();
        Self { mean, spread: (squares / (n - 1.0)).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spearman_and_brown_by_hand() {
        let reliability = Reliability::of(&[0.4, 0.6]);
        assert!((reliability.half - 0.5).abs() < 1e-15);
        assert!((reliability.spread - 0.02_f64.sqrt()).abs() < 1e-15);
        assert!((reliability.full - 2.0 / 3.0).abs() < 1e-15);
        assert!((reliability.ceiling() - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(Reliability::of(&[-1.0, -1.0]).ceiling(), 0.0);
    }
}

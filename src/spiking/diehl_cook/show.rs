//! How the network and its results show themselves, as text and under a notebook cell.

use std::fmt;

use super::{DiehlCook, DiehlCookSettings, DiehlCookStdp, NeuronLabels, SpikingAccuracy};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for DiehlCook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pixels, neurons) = self.sizes();
        write!(f, "{neurons} excitatory neurons for images of {pixels} pixels")
    }
}

impl fmt::Display for NeuronLabels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silent = self.labels.iter().filter(|label| label.is_none()).count();
        write!(f, "the classes of {} neurons, of which {silent} are silent", self.labels.len())
    }
}

impl fmt::Display for SpikingAccuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (100.0 * self.interval.low, 100.0 * self.interval.high);
        let percent = 100.0 * self.accuracy;
        write!(f, "{percent:.1} % of {} images, 95 % interval {low:.1} to {high:.1} %", self.total)
    }
}

show_as_text!(DiehlCook, NeuronLabels, SpikingAccuracy);
show_as_settings!(DiehlCookSettings, DiehlCookStdp);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    #[test]
    fn an_accuracy_reads_as_a_sentence() {
        let found = SpikingAccuracy {
            predictions: Vec::new(),
            right: 9,
            total: 10,
            accuracy: 0.9,
            interval: Interval { low: 0.596, high: 0.982 },
        };
        assert_eq!(found.to_string(), "90.0 % of 10 images, 95 % interval 59.6 to 98.2 %");
        let labels = NeuronLabels { labels: vec![Some(1), None] };
        assert_eq!(labels.to_string(), "the classes of 2 neurons, of which 1 are silent");
    }
}

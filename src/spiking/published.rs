//! Weight changes that were measured and published, beside which the rules are shown.

use serde::{Deserialize, Serialize};

use super::Protocol;
use crate::error::check_positive;
use crate::{Error, Result};

/// One measured weight change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataPoint {
    /// What was done to the synapse.
    pub protocol: Protocol,
    /// The mean relative change of the weight.
    pub change: f64,
    /// Its standard error.
    pub sem: f64,
}

/// The weight changes of one study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlasticityData {
    /// A short name, in `snake_case`.
    pub name: String,
    /// Authors, year, journal.
    pub source: String,
    /// What was measured.
    pub points: Vec<DataPoint>,
}

impl PlasticityData {
    /// Pairs of layer-5 neurons of rat visual cortex at Δt ±10 ms and five rates, from Sjöström,
    /// Turrigiano and Nelson, Neuron 32 (2001).
    ///
    /// The protocol is that of the models, 60 pairs at the rate. The experiment repeated 5 pairs
    /// 15 times at 0.1 Hz, or 50 single pairs at 0.1 Hz.
    pub fn visual_cortex() -> Self {
        let rates_hz = [0.1, 10.0, 20.0, 40.0, 50.0];
        let before = [(-0.04, 0.05), (0.14, 0.10), (0.29, 0.14), (0.53, 0.11), (0.56, 0.26)];
        let after = [(-0.29, 0.08), (-0.41, 0.11), (-0.34, 0.10), (0.56, 0.32), (0.75, 0.19)];
        let mut points = Vec::new();
        for (delta_ms, measured) in [(10.0, before), (-10.0, after)] {
            for (rate_hz, (change, sem)) in rates_hz.into_iter().zip(measured) {
                let protocol = Protocol::Pairs { rate_hz, delta_ms, count: 60 };
                points.push(DataPoint { protocol, change, sem });
            }
        }
        let source = "Sjöström, Turrigiano and Nelson, Neuron 32, 2001".into();
        Self { name: "visual_cortex".into(), source, points }
    }

    /// Pairs, triplets and quadruplets in hippocampal cultures, 60 repetitions at 1 Hz, from Wang,
    /// Gerkin, Nauen and Bi, Nat. Neurosci. 8 (2005).
    pub fn hippocampal_culture() -> Self {
        let mut points = Vec::new();
        for (delta_ms, change, sem) in [(10.0, 0.25, 0.05), (-10.0, -0.17, 0.05)] {
            points.push(DataPoint { protocol: pairs(delta_ms), change, sem });
        }
        let pre_post_pre = [
            (5.0, -5.0, -0.01, 0.04),
            (10.0, -10.0, 0.03, 0.04),
            (15.0, -5.0, 0.01, 0.03),
            (5.0, -15.0, 0.24, 0.06),
        ];
        for (first_ms, second_ms, change, sem) in pre_post_pre {
            let protocol = Protocol::PrePostPre { first_ms, second_ms, rate_hz: 1.0, count: 60 };
            points.push(DataPoint { protocol, change, sem });
        }
        let post_pre_post = [
            (-5.0, 5.0, 0.33, 0.04),
            (-10.0, 10.0, 0.34, 0.04),
            (-5.0, 15.0, 0.22, 0.08),
            (-15.0, 5.0, 0.29, 0.05),
        ];
        for (first_ms, second_ms, change, sem) in post_pre_post {
            let protocol = Protocol::PostPrePost { first_ms, second_ms, rate_hz: 1.0, count: 60 };
            points.push(DataPoint { protocol, change, sem });
        }
        for (apart_ms, change, sem) in
            [(-89.0, -0.003, 0.03), (20.0, 0.21, 0.04), (84.0, 0.06, 0.04)]
        {
            let (delta_ms, rate_hz, count) = (5.0, 1.0, 60);
            let protocol = Protocol::Quadruplets { delta_ms, apart_ms, rate_hz, count };
            points.push(DataPoint { protocol, change, sem });
        }
        let source = "Wang, Gerkin, Nauen and Bi, Nat. Neurosci. 8, 2005".into();
        Self { name: "hippocampal_culture".into(), source, points }
    }

    /// Refuses data without points, and points that are not numbers.
    ///
    /// # Errors
    /// [`Error::Samples`] without points or with a change that is not finite; [`Error::Setting`] if
    /// a standard error is not above 0.
    pub fn check(&self) -> Result<()> {
        if self.points.is_empty() {
            return Err(Error::Samples(format!("the data \"{}\" have no points", self.name)));
        }
        for point in &self.points {
            check_positive("sem", point.sem)?;
            if !point.change.is_finite() {
                return Err(Error::Samples(format!(
                    "the measured change by {} is {}; leave the point out",
                    point.protocol, point.change
                )));
            }
        }
        Ok(())
    }

    /// The protocols, in the order of the points.
    pub fn protocols(&self) -> Vec<Protocol> {
        self.points.iter().map(|point| point.protocol.clone()).collect()
    }
}

fn pairs(delta_ms: f64) -> Protocol {
    Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 60 }
}

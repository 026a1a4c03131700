//! The protocols of an experiment, each with a short name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::Protocol;
use crate::{Error, Result};

/// A protocol with a short name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedProtocol {
    /// Such as "pairs +10 ms, 20 Hz"; unique in its battery.
    pub name: String,
    /// What is done to the synapse.
    pub protocol: Protocol,
}

/// The protocols of an experiment, each of which other synapses undergo.
///
/// ```
/// use microlearners::spiking::ProtocolBattery;
///
/// let battery = ProtocolBattery::standard();
/// assert_eq!(battery.len(), 28);
/// assert!(battery.names().contains(&"pairs +10 ms, 20 Hz".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProtocolBattery {
    /// The protocols, in the order of all results.
    pub protocols: Vec<NamedProtocol>,
}

/// Repetitions of every periodic protocol of the standard battery, as in the published models.
const COUNT: usize = 60;

impl Default for ProtocolBattery {
    /// The standard battery.
    fn default() -> Self {
        Self::standard()
    }
}

impl ProtocolBattery {
    /// Given protocols, each under its own words.
    pub fn of(protocols: &[Protocol]) -> Self {
        let named = |protocol: &Protocol| NamedProtocol {
            name: protocol.to_string(),
            protocol: protocol.clone(),
        };
        Self { protocols: protocols.iter().map(named).collect() }
    }

    /// 28 protocols of slice experiments: pairs at Δt ±10 ms and five rates (Sjöström et al. 2001),
    /// pairs at four other Δt, triplets and quadruplets at 1 Hz (Wang et al. 2005), and Poisson
    /// spikes for 3 s at five pairs of rates. Periodic protocols have 60 repetitions.
    pub fn standard() -> Self {
        let mut protocols = Self::pairs_at_rates(&[0.1, 10.0, 20.0, 40.0, 50.0]).protocols;
        for delta_ms in [-25.0, -5.0, 5.0, 25.0] {
            protocols.push(pairs(delta_ms, 1.0));
        }
        protocols.extend(triplets_and_quadruplets());
        for (pre_hz, post_hz) in
            [(10.0, 10.0), (10.0, 40.0), (40.0, 10.0), (25.0, 25.0), (40.0, 40.0)]
        {
            let protocol = Protocol::Poisson { pre_hz, post_hz, duration_ms: 3000.0, seed: 1 };
            protocols.push(named(format!("Poisson, pre {pre_hz} Hz, post {post_hz} Hz"), protocol));
        }
        Self { protocols }
    }

    /// 60 pairs at Δt +10 and −10 ms, at each rate.
    pub fn pairs_at_rates(rates_hz: &[f64]) -> Self {
        let of = |delta_ms: f64| rates_hz.iter().map(move |&rate_hz| pairs(delta_ms, rate_hz));
        Self { protocols: of(10.0).chain(of(-10.0)).collect() }
    }

    /// The protocols at these places, in their order.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is no such place.
    pub fn subset(&self, places: &[usize]) -> Result<Self> {
        let at = |&place: &usize| {
            self.protocols.get(place).cloned().ok_or_else(|| {
                let most = format!("there are {} protocols, counted from 0", self.len());
                Error::setting("the place of a protocol", place, most)
            })
        };
        Ok(Self { protocols: places.iter().map(at).collect::<Result<_>>()? })
    }

    /// The number of protocols.
    pub fn len(&self) -> usize {
        self.protocols.len()
    }

    /// Whether there are no protocols.
    pub fn is_empty(&self) -> bool {
        self.protocols.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        self.protocols.iter().map(|one| one.name.clone()).collect()
    }

    /// Refuses a battery without protocols, repeated names, and protocols without a meaning.
    ///
    /// # Errors
    /// [`Error::Samples`] without protocols or with a repeated name; as [`Protocol::trains`].
    pub fn check(&self) -> Result<()> {
        if self.is_empty() {
            return Err(Error::Samples("the battery has no protocols; give at least one".into()));
        }
        let mut names = BTreeSet::new();
        for NamedProtocol { name, protocol } in &self.protocols {
            if !names.insert(name) {
                return Err(Error::Samples(format!(
                    "two protocols of the battery are called \"{name}\"; rename one"
                )));
            }
            protocol.trains()?;
        }
        Ok(())
    }
}

fn named(name: String, protocol: Protocol) -> NamedProtocol {
    NamedProtocol { name, protocol }
}

fn signed(time_ms: f64) -> String {
    if time_ms < 0.0 { format!("−{}", -time_ms) } else { format!("+{time_ms}") }
}

fn pairs(delta_ms: f64, rate_hz: f64) -> NamedProtocol {
    let name = format!("pairs {} ms, {rate_hz} Hz", signed(delta_ms));
    named(name, Protocol::Pairs { rate_hz, delta_ms, count: COUNT })
}

/// Six triplets and three quadruplets of Wang et al. 2005, at 1 Hz.
fn triplets_and_quadruplets() -> Vec<NamedProtocol> {
    let (rate_hz, count) = (1.0, COUNT);
    let mut protocols = Vec::new();
    for (first_ms, second_ms) in [(5.0, -5.0), (10.0, -10.0), (5.0, -15.0)] {
        let name = format!("pre-post-pre {}, {} ms", signed(first_ms), signed(second_ms));
        protocols.push(named(name, Protocol::PrePostPre { first_ms, second_ms, rate_hz, count }));
    }
    for (first_ms, second_ms) in [(-5.0, 5.0), (-10.0, 10.0), (-15.0, 5.0)] {
        let name = format!("post-pre-post {}, {} ms", signed(first_ms), signed(second_ms));
        protocols.push(named(name, Protocol::PostPrePost { first_ms, second_ms, rate_hz, count }));
    }
    for apart_ms in [-89.0, 20.0, 84.0] {
        let name = format!("quadruplets T {} ms", signed(apart_ms));
        let delta_ms = 5.0;
        protocols.push(named(name, Protocol::Quadruplets { delta_ms, apart_ms, rate_hz, count }));
    }
    protocols
}

#[cfg(test)]
mod tests {
    use super::super::super::PlasticityData;
    use super::*;

    #[test]
    fn the_standard_battery_has_every_kind_of_protocol() {
        let battery = ProtocolBattery::standard();
        battery.check().unwrap();
        let kinds = ["pairs", "pre-post-pre", "post-pre-post", "quadruplets", "Poisson"];
        let count = |kind: &str| battery.names().iter().filter(|it| it.starts_with(kind)).count();
        assert_eq!(kinds.map(count), [14, 3, 3, 3, 5]);
        let published = ProtocolBattery::of(&PlasticityData::visual_cortex().protocols());
        let same = |one: &NamedProtocol| {
            published.protocols.iter().any(|other| other.protocol == one.protocol)
        };
        assert_eq!(battery.protocols.iter().filter(|one| same(one)).count(), 10);
    }

    #[test]
    fn meaningless_batteries_are_refused() {
        let said = |battery: ProtocolBattery| battery.check().unwrap_err().to_string();
        assert!(said(ProtocolBattery::of(&[])).contains("no protocols"));
        let pair = Protocol::Pairs { rate_hz: 1.0, delta_ms: 10.0, count: 60 };
        assert!(said(ProtocolBattery::of(&[pair.clone(), pair])).contains("rename one"));
        assert!(said(ProtocolBattery::pairs_at_rates(&[0.0])).contains("rate_hz is 0"));
        let standard = ProtocolBattery::standard();
        assert_eq!(standard.subset(&[0, 3]).unwrap().len(), 2);
        let beyond = standard.subset(&[28]).unwrap_err().to_string();
        assert!(beyond.contains("there are 28 protocols"), "{beyond}");
    }
}

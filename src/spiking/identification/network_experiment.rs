//! Which plasticity rule does a whole network follow? What an experimenter records of it.

use polars::prelude::DataFrame;
use rand::Rng as _;
use rayon::prelude::*;

use super::super::{
    CurrentLif, NamedRule, ProjectionRule, SpikingNetwork, Synapses, SynapticRule, Weights,
};
use super::candidates::candidate_rules;
use super::network_sessions::{Sessions, table};
use super::scatter::Factors;
use crate::display::{Progress, show_as_settings};
use crate::error::{check_count, check_not_negative, check_positive};
use crate::{Error, Result, random};

/// The step of the simulations in ms.
const STEP_MS: f64 = 0.5;
/// Weights are kept in this range, under all rules alike.
const BOUNDS: [f64; 2] = [0.0, 1.0];

/// A network whose plastic synapses follow one rule, and what is recorded of it: the weights of
/// some synapses in several sessions, with noise, and how often each input and each neuron fires
/// between two sessions. No spike time is recorded.
///
/// Poisson inputs, each with a rate of its own, reach leaky integrate-and-fire neurons
/// ([`CurrentLif`]) through plastic synapses, all to all. Weights start at numbers drawn uniformly
/// from 0.2 to 0.8, and are kept between 0 and 1. Networks of one number share inputs, first
/// weights and noise under every rule. The parameters of a network's rule are scattered, and its
/// amplitudes are all multiplied by one factor: what is identified is then neither one parameter set
/// nor the size of the steps.
///
/// ```
/// use microlearners::prelude::*;
/// use microlearners::spiking::{NetworkExperiment, network_candidates};
///
/// let experiment = NetworkExperiment { inputs: 20, neurons: 3, session_ms: 500.0, ..Default::default() };
/// let recorded = experiment.run(&network_candidates()[..2], 4)?;
/// assert_eq!(recorded.height(), 2 * 4 * experiment.sessions);
/// let weights = SampleSpec { observables: NetworkExperiment::weight_names(), ..SampleSpec::default() };
/// assert_eq!(weights.samples(&recorded)?.labels.len(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkExperiment {
    /// Inputs, at least 3; default 50.
    pub inputs: usize,
    /// Neurons, at least 3; default 10.
    pub neurons: usize,
    /// The lowest and the highest rate of an input in Hz; default 5 and 40.
    pub rates_hz: [f64; 2],
    /// What a weight of 1 adds to a neuron's current at each spike, in pA; default 250, with which
    /// neurons fire at about 10 Hz at first.
    pub gain_pa: f64,
    /// Sessions after the first one, at which weights are measured again; default 4.
    pub sessions: usize,
    /// The time between two sessions in ms; default 2,000, in which the published amplitudes change
    /// weights by some tenths.
    pub session_ms: f64,
    /// The share of synapses whose weights are measured; default 0.5.
    pub observed: f64,
    /// The standard deviation of the noise on a measured weight; default 0.02.
    pub weight_noise: f64,
    /// The coefficient of variation of each parameter among networks; default 0.2.
    pub scatter: f64,
    /// All amplitudes of a network's rule are multiplied by one factor between 1 over this number
    /// and this number, at least 1, uniform in its logarithm; default 2.
    pub amplitude: f64,
    /// Decides all draws.
    pub seed: u64,
}

impl Default for NetworkExperiment {
    fn default() -> Self {
        Self {
            inputs: 50,
            neurons: 10,
            rates_hz: [5.0, 40.0],
            gain_pa: 250.0,
            sessions: 4,
            session_ms: 2_000.0,
            observed: 0.5,
            weight_noise: 0.02,
            scatter: 0.2,
            amplitude: 2.0,
            seed: 0,
        }
    }
}

show_as_settings!(NetworkExperiment);

/// The candidates of [`candidate_rules`] that a network can follow: those of pairs and triplets of
/// spikes, 12 in two families.
///
/// ```
/// assert_eq!(microlearners::spiking::network_candidates().len(), 12);
/// ```
pub fn network_candidates() -> Vec<NamedRule> {
    let is_possible = |one: &NamedRule| {
        one.rule.for_network().is_some_and(|rule| rule.check_projection().is_ok())
    };
    candidate_rules().into_iter().filter(is_possible).collect()
}

impl NetworkExperiment {
    /// Simulates so many networks under each rule: a row for each network and session, with `run`,
    /// `rule`, `family`, `model_seed` (the network's number, the same under all rules), `layer` (1), `depth`,
    /// `checkpoint` (the session, from 0), `step` (ms since the beginning), the factor of its amplitudes
    /// as `privileged_amplitude`, and what was recorded since the session before
    /// ([`weight_names`](Self::weight_names), [`activity_names`](Self::activity_names)). So the table is
    /// one for [`classify_table`](crate::classification::classify_table) and its kind. Null where a
    /// correlation has no meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting has no meaning, there are no rules or networks, two rules share a
    /// name, or a rule cannot be that of a network.
    pub fn run(&self, rules: &[NamedRule], networks: usize) -> Result<DataFrame> {
        self.check(rules)?;
        check_count("networks", networks)?;
        let all: Vec<(usize, usize)> =
            (0..rules.len()).flat_map(|rule| (0..networks).map(move |at| (rule, at))).collect();
        let progress = Progress::new("networks", all.len());
        let recorded: Vec<Sessions> = all
            .par_iter()
            .map(|&(rule, network)| {
                let sessions = self.one(rules[rule].rule.as_ref(), network);
                progress.advance(1);
                sessions
            })
            .collect::<Result<_>>()?;
        let families: Vec<String> = rules.iter().map(|one| one.rule.about().name).collect();
        let names: Vec<(&str, &str, usize)> = all
            .iter()
            .map(|&(rule, network)| (&*rules[rule].name, &*families[rule], network))
            .collect();
        table(&names, &recorded)
    }

    fn check(&self, rules: &[NamedRule]) -> Result<()> {
        for (name, count) in [("inputs", self.inputs), ("neurons", self.neurons)] {
            if count < 3 {
                return Err(Error::setting(name, count, "correlations take at least 3"));
            }
        }
        check_count("sessions", self.sessions)?;
        check_positive("session_ms", self.session_ms)?;
        check_positive("gain_pa", self.gain_pa)?;
        check_not_negative("weight_noise", self.weight_noise)?;
        check_not_negative("scatter", self.scatter)?;
        let [low, high] = self.rates_hz;
        if !(low > 0.0 && high >= low && high.is_finite()) {
            let value = format!("{low} to {high}");
            return Err(Error::setting(
                "rates_hz",
                value,
                "give a rate above 0, and one not below it",
            ));
        }
        if !(self.observed > 0.0 && self.observed <= 1.0) {
            return Err(Error::setting(
                "observed",
                self.observed,
                "it must be above 0 and at most 1",
            ));
        }
        if !(self.amplitude >= 1.0 && self.amplitude.is_finite()) {
            return Err(Error::setting("amplitude", self.amplitude, "it must be at least 1"));
        }
        check_rules(rules)
    }

    /// What is recorded of one network.
    fn one(&self, rule: &dyn SynapticRule, network: usize) -> Result<Sessions> {
        let seed = self.seed.wrapping_add((network as u64).wrapping_mul(0x9e37_79b9));
        let mut rng = random::stream(seed, "network experiment");
        let factor = self.amplitude.powf(rng.gen_range(-1.0..=1.0));
        let [low, high] = self.rates_hz;
        let rates: Vec<f64> = (0..self.inputs).map(|_| rng.gen_range(low..=high)).collect();
        let observed = random::some_of(self.inputs * self.neurons, self.observed, &mut rng);
        let noise = random::stream(seed, "network experiment noise");
        let own = self.scattered(rule, factor, seed)?;
        let mut simulated = SpikingNetwork::new(STEP_MS, seed)?;
        let inputs = simulated.add_poisson(&rates)?;
        let neurons = simulated.add_neurons(self.neurons, &CurrentLif::default())?;
        let weights = Weights::Uniform(0.2, 0.8);
        let synapses =
            Synapses { weights, gain: self.gain_pa, bounds: Some(BOUNDS), ..Synapses::default() };
        let plastic = simulated.connect(inputs, neurons, &synapses.plastic(own.as_ref()))?;
        let pairs = simulated.pairs(plastic)?;
        let mut sessions =
            Sessions::new(observed.iter().map(|&at| pairs[at]).collect(), self.weight_noise, noise);
        sessions.amplitude = factor;
        let measured = |simulated: &SpikingNetwork| -> Result<Vec<f64>> {
            let weights = simulated.weights(plastic)?;
            Ok(observed.iter().map(|&at| weights[at]).collect())
        };
        sessions.begin(&measured(&simulated)?);
        for _ in 0..self.sessions {
            simulated.run(self.session_ms)?;
            let counts = [simulated.spike_counts(inputs)?, simulated.spike_counts(neurons)?];
            sessions.add(&measured(&simulated)?, counts, self.session_ms);
        }
        Ok(sessions)
    }

    /// The rule with scattered parameters, and all amplitudes multiplied by a factor.
    fn scattered(
        &self,
        rule: &dyn SynapticRule,
        factor: f64,
        seed: u64,
    ) -> Result<Box<dyn ProjectionRule>> {
        let mut rng = random::stream(seed, "network experiment scatter");
        let mut factors = Factors::published(rule).scattered(self.scatter, &mut rng);
        for (by, (parameter, _)) in factors.0.iter_mut().zip(rule.about().parameters) {
            if parameter.is_amplitude() {
                *by *= factor;
            }
        }
        in_network(&rule.about().name, factors.rule(rule)?.as_ref())
    }
}

fn check_rules(rules: &[NamedRule]) -> Result<()> {
    let refused = |value: &str, requirement: &str| Err(Error::setting("rules", value, requirement));
    if rules.is_empty() {
        return refused("empty", "give at least one, such as network_candidates()");
    }
    for (at, one) in rules.iter().enumerate() {
        if rules[..at].iter().any(|other| other.name == one.name) {
            return refused(&one.name, "two rules have this name; rename one");
        }
        in_network(&one.name, one.rule.as_ref())?.check_projection()?;
    }
    Ok(())
}

/// The rule for the synapses of a network.
fn in_network(name: &str, rule: &dyn SynapticRule) -> Result<Box<dyn ProjectionRule>> {
    let requirement = "it cannot be that of a network; take one of network_candidates()";
    rule.for_network().ok_or_else(|| Error::setting("rules", name, requirement))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short() -> NetworkExperiment {
        NetworkExperiment {
            inputs: 10,
            neurons: 3,
            // So few inputs must be strong ones.
            gain_pa: 1500.0,
            session_ms: 1000.0,
            sessions: 2,
            ..NetworkExperiment::default()
        }
    }

    fn column(table: &DataFrame, name: &str) -> Vec<f64> {
        crate::observables::columns::numbers(table, name).unwrap()
    }

    #[test]
    fn networks_of_one_number_share_all_but_the_rule() {
        let rules = &network_candidates()[..2];
        let same = [0, 1].map(|_| NamedRule { name: String::new(), rule: rules[0].rule.boxed() });
        let mut same = same.to_vec();
        (same[0].name, same[1].name) = ("one".into(), "other".into());
        let twice = short().run(&same, 2).unwrap();
        let changes = column(&twice, "weights_change_mean");
        assert_eq!(changes[..4], changes[4..]);
        let two = short().run(rules, 2).unwrap();
        let changes = column(&two, "weights_change_mean");
        assert_ne!(changes[..4], changes[4..]);
        let factors = column(&two, "privileged_amplitude");
        assert!(factors.iter().all(|factor| (0.5..=2.0).contains(factor)));
    }

    #[test]
    fn one_thread_records_the_same() {
        let rules = &network_candidates()[..2];
        let all = short().run(rules, 3).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert!(pool.install(|| short().run(rules, 3)).unwrap().equals_missing(&all));
    }

    #[test]
    fn without_plasticity_only_noise_changes_weights() {
        let mut still = network_candidates().swap_remove(0);
        for (parameter, _) in still.rule.about().parameters {
            if parameter.is_amplitude() {
                still.rule = still.rule.with(parameter, 0.0).unwrap();
            }
        }
        let exact = NetworkExperiment { weight_noise: 0.0, ..short() };
        let table = exact.run(&[still], 2).unwrap();
        assert!(column(&table, "weights_change_sd").iter().all(|sd| *sd == 0.0));
        assert!(column(&table, "weights_change_with_pre").iter().all(|x| x.is_nan()));
        assert!(column(&table, "activity_mean_hz").iter().all(|rate| *rate > 0.0));
    }

    #[test]
    fn settings_without_a_meaning_are_refused() {
        let rules = network_candidates();
        let told = |experiment: NetworkExperiment, rules: &[NamedRule], networks: usize| {
            experiment.run(rules, networks).unwrap_err().to_string()
        };
        assert!(told(short(), &rules, 0).contains("networks"));
        assert!(told(short(), &[], 1).contains("rules is empty"));
        assert!(told(NetworkExperiment { inputs: 2, ..short() }, &rules, 1).contains("at least 3"));
        let rates_hz = [5.0, 1.0];
        let told_rates = told(NetworkExperiment { rates_hz, ..short() }, &rules, 1);
        assert!(told_rates.contains("5 to 1"), "{told_rates}");
        let amplitude = NetworkExperiment { amplitude: f64::NAN, ..short() };
        assert!(told(amplitude, &rules, 1).contains("amplitude"));
        let voltage = candidate_rules().into_iter().find(|one| one.rule.for_network().is_none());
        let voltage = told(short(), &[voltage.unwrap()], 1);
        assert!(voltage.contains("cannot be that of a network"), "{voltage}");
        let twice = [rules[0].clone(), rules[0].clone()];
        assert!(told(short(), &twice, 1).contains("two rules have this name"));
    }
}

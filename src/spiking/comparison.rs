//! What rules predict beside what was measured.

use rayon::prelude::*;

use super::{NamedRule, PlasticityData, Protocol, SynapticRule};
use crate::Result;

/// A measured weight change and what a rule predicts.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedPoint {
    /// What was done to the synapse.
    pub protocol: Protocol,
    /// The measured relative change.
    pub data: f64,
    /// Its standard error.
    pub sem: f64,
    /// The predicted relative change.
    pub model: f64,
}

/// A rule against the data of one study.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Point by point, in the order of the data.
    pub points: Vec<ComparedPoint>,
    /// E, the mean of ((model − data) / s.e.m.)².
    pub error: f64,
}

/// A rule of the catalogue against the data of one study.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleComparison {
    /// The name of the rule with its parameter set.
    pub rule: String,
    /// Its predictions beside the data, with E.
    pub comparison: Comparison,
}

/// The weight change of one rule by one protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtocolChange {
    /// The name of the rule with its parameter set.
    pub rule: String,
    /// What was done to the synapse.
    pub protocol: Protocol,
    /// The relative change of the weight.
    pub change: f64,
}

/// Compares the predictions of a rule with measured weight changes.
///
/// ```
/// use microlearners::spiking::{PlasticityData, TripletStdp, compare};
///
/// let rule = TripletStdp::visual_cortex_full();
/// let comparison = compare(&rule, &PlasticityData::visual_cortex())?;
/// assert!((comparison.error - 0.3416).abs() < 1e-4);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) if the rule, a protocol or a standard error is
/// refused; [`Error::Samples`](crate::Error::Samples) without points.
pub fn compare(rule: &dyn SynapticRule, data: &PlasticityData) -> Result<Comparison> {
    data.check()?;
    let predicted = |point: &super::DataPoint| {
        let protocol = point.protocol.clone();
        let model = rule.weight_change(&protocol)?;
        Ok(ComparedPoint { protocol, data: point.change, sem: point.sem, model })
    };
    let points: Vec<ComparedPoint> = data.points.iter().map(predicted).collect::<Result<_>>()?;
    let squares = points.iter().map(|point| ((point.model - point.data) / point.sem).powi(2));
    let error = squares.sum::<f64>() / points.len() as f64;
    Ok(Comparison { points, error })
}

/// The relative weight changes of one rule by many protocols, in their order.
///
/// ```
/// use microlearners::spiking::{Protocol, TripletStdp, weight_changes};
///
/// let rates_hz = [1.0, 20.0, 50.0];
/// let curve = Protocol::frequency_dependence(&rates_hz, -10.0, 60);
/// let changes = weight_changes(&TripletStdp::visual_cortex_full(), &curve)?;
/// assert!(changes[0] < 0.0 && changes[2] > 0.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// As [`SynapticRule::weight_change`].
pub fn weight_changes(rule: &dyn SynapticRule, protocols: &[Protocol]) -> Result<Vec<f64>> {
    protocols.par_iter().map(|protocol| rule.weight_change(protocol)).collect()
}

/// Compares every rule with measured weight changes, in the order of the rules.
///
/// # Errors
/// As [`compare`].
pub fn compare_rules(rules: &[NamedRule], data: &PlasticityData) -> Result<Vec<RuleComparison>> {
    let of = |named: &NamedRule| {
        let comparison = compare(named.rule.as_ref(), data)?;
        Ok(RuleComparison { rule: named.name.clone(), comparison })
    };
    rules.par_iter().map(of).collect()
}

/// The weight change of every rule by every protocol: rules in their order, and for each all
/// protocols in theirs.
///
/// ```
/// use microlearners::spiking::{PlasticityData, protocol_table, synaptic_rules};
///
/// let protocols = PlasticityData::hippocampal_culture().protocols();
/// let table = protocol_table(&synaptic_rules(), &protocols)?;
/// assert_eq!(table.len(), synaptic_rules().len() * protocols.len());
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// As [`SynapticRule::weight_change`].
pub fn protocol_table(rules: &[NamedRule], protocols: &[Protocol]) -> Result<Vec<ProtocolChange>> {
    let pairs: Vec<(&NamedRule, &Protocol)> =
        rules.iter().flat_map(|rule| protocols.iter().map(move |of| (rule, of))).collect();
    let change = |&(named, protocol): &(&NamedRule, &Protocol)| {
        let change = named.rule.weight_change(protocol)?;
        Ok(ProtocolChange { rule: named.name.clone(), protocol: protocol.clone(), change })
    };
    pairs.par_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_numbers;
    use super::super::{DataPoint, PairStdp, TripletStdp, synaptic_rules};
    use super::*;

    /// Computed with numpy 2 by explicit traces: predictions and E of the eight parameter sets.
    #[test]
    fn the_parameter_sets_against_their_data() {
        let (visual, hippocampal) =
            (PlasticityData::visual_cortex(), PlasticityData::hippocampal_culture());
        let errors = [
            (TripletStdp::visual_cortex_full(), &visual, 0.3416203847),
            (TripletStdp::visual_cortex_minimal(), &visual, 0.3559692516),
            (TripletStdp::visual_cortex_nearest_full(), &visual, 0.2321931536),
            (TripletStdp::visual_cortex_nearest_minimal(), &visual, 0.3481768933),
            (TripletStdp::hippocampal_full(), &hippocampal, 2.829211185),
            (TripletStdp::hippocampal_minimal(), &hippocampal, 3.267514153),
            (TripletStdp::hippocampal_nearest_full(), &hippocampal, 2.715928073),
            (TripletStdp::hippocampal_nearest_minimal(), &hippocampal, 2.711524178),
        ];
        for (rule, data, expected) in errors {
            let error = compare(&rule, data).unwrap().error;
            assert!((error / expected - 1.0).abs() < 1e-9, "{rule:?} {error} {expected}");
        }
    }

    fn models(rule: &TripletStdp, data: &PlasticityData) -> Vec<f64> {
        compare(rule, data).unwrap().points.into_iter().map(|point| point.model).collect()
    }

    #[test]
    fn the_predictions_of_the_full_sets() {
        let data = PlasticityData::visual_cortex();
        let expected = "1.654293771e-08 0.1320534122 0.2469619694 0.5337226687 0.7409055201
            -0.3121609144 -0.3336229963 -0.3516220997 0.1547949563 0.7272471749";
        assert_numbers(&models(&TripletStdp::visual_cortex_full(), &data), expected, 1e-9);
        let expected = "2.911557037e-09 0.103587228 0.3231634851 0.5602917531 0.6242548719
            -0.2943232603 -0.4112858286 -0.3382307718 0.2597947676 0.6193494861";
        assert_numbers(&models(&TripletStdp::visual_cortex_nearest_full(), &data), expected, 1e-9);
        let data = PlasticityData::hippocampal_culture();
        let expected = "0.2018238401 -0.103746591 0.04260821906 0.00523331147 -0.07816195337
            0.1023023926 0.3575668815 0.2037633356 0.1080122238 0.3246664652 0.03558933334
            0.2447700665 0.102964997";
        assert_numbers(&models(&TripletStdp::hippocampal_full(), &data), expected, 1e-9);
    }

    #[test]
    fn the_frequency_curve_crosses_from_depression_to_potentiation() {
        let rates = [1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0];
        let pairs = Protocol::frequency_dependence(&rates, -10.0, 60);
        let curve = weight_changes(&TripletStdp::visual_cortex_full(), &pairs).unwrap();
        let expected = "-0.31216142 -0.3145892222 -0.3336229963 -0.3558839084 -0.3516220997
            -0.3036977921 -0.2047066955 -0.05200684654 0.1547949563 0.4149799469 0.7272471749";
        assert_numbers(&curve, expected, 1e-9);
    }

    #[test]
    fn the_window_of_60_pairs_at_1_hz() {
        let deltas = [-50.0, -20.0, -10.0, -5.0, 5.0, 10.0, 20.0, 50.0];
        let pairs = Protocol::window(&deltas, 1.0, 60);
        let window = |rule: TripletStdp| weight_changes(&rule, &pairs).unwrap();
        let expected = "-0.03165853184 -0.07710864457 -0.103746591 -0.1203397814 0.2717858081
            0.2018238401 0.1112919739 0.01866113198";
        assert_numbers(&window(TripletStdp::hippocampal_full()), expected, 1e-9);
        let expected = "-0.0952568384 -0.2320109389 -0.31216142 -0.3620883991 9.117649757e-05
            6.770622421e-05 3.733532827e-05 6.260284905e-06";
        assert_numbers(&window(TripletStdp::visual_cortex_full()), expected, 1e-9);
    }

    #[test]
    fn pair_stdp_cannot_distinguish_the_two_triplets_that_the_data_do() {
        let (first_ms, second_ms, rate_hz, count) = (5.0, -5.0, 1.0, 60);
        let one = Protocol::PrePostPre { first_ms, second_ms, rate_hz, count };
        let other = Protocol::PostPrePost { first_ms: -5.0, second_ms: 5.0, rate_hz, count };
        let change = |rule: &dyn SynapticRule, of| rule.weight_change(of).unwrap();
        let pair = PairStdp::default();
        assert!((change(&pair, &one) - change(&pair, &other)).abs() < 1e-9);
        let triplet = TripletStdp::hippocampal_full();
        assert!(change(&triplet, &other) - change(&triplet, &one) > 0.3);
    }

    #[test]
    fn the_table_has_a_finite_change_for_every_rule_and_protocol() {
        let rules = synaptic_rules();
        let mut protocols = PlasticityData::visual_cortex().protocols();
        protocols.extend(PlasticityData::hippocampal_culture().protocols());
        let table = protocol_table(&rules, &protocols).unwrap();
        assert_eq!(table.len(), rules.len() * protocols.len());
        assert!(table.iter().all(|row| row.change.is_finite()));
        let compared = compare_rules(&rules, &PlasticityData::visual_cortex()).unwrap();
        for (rule, compared) in rules.iter().zip(&compared) {
            assert_eq!(rule.name, compared.rule);
            let row = table.iter().find(|row| row.rule == rule.name).unwrap();
            assert_eq!(row.change, compared.comparison.points[0].model);
        }
    }

    #[test]
    fn data_without_points_or_errors_are_refused() {
        let none = PlasticityData { points: Vec::new(), ..PlasticityData::visual_cortex() };
        let said = compare(&PairStdp::default(), &none).unwrap_err().to_string();
        assert_eq!(said, "the data \"visual_cortex\" have no points");
        let mut data = PlasticityData::visual_cortex();
        data.points = vec![DataPoint { sem: 0.0, ..data.points[0].clone() }];
        let said = compare(&PairStdp::default(), &data).unwrap_err().to_string();
        assert!(said.starts_with("sem is 0"), "{said}");
    }
}

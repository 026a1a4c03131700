//! The published parameter sets of the calcium rule (Graupner and Brunel 2012).
//!
//! Six are named by the shape of the STDP curve, with D for depression and P for potentiation in
//! the order of rising Δt. Three were fitted to data.

use super::CalciumRule;

impl Default for CalciumRule {
    fn default() -> Self {
        Self::dp()
    }
}

impl CalciumRule {
    /// Sets with τ_Ca 20 ms, τ 150 s, θ_d 1, β 0.5 and b 5: C_pre and C_post; θ_p; γ_d and γ_p;
    /// D in ms.
    fn of(calcium: [f64; 2], threshold: f64, rates: [f64; 2], pre_delay_ms: f64) -> Self {
        Self {
            tau_calcium_ms: 20.0,
            calcium_of_pre: calcium[0],
            calcium_of_post: calcium[1],
            depression_threshold: 1.0,
            potentiation_threshold: threshold,
            depression_rate: rates[0],
            potentiation_rate: rates[1],
            noise: 2.8284,
            tau_efficacy_s: 150.0,
            pre_delay_ms,
            boundary: 0.5,
            share_down: 0.5,
            up_weight: 5.0,
        }
    }

    /// Depression for Δt < 0, potentiation for Δt > 0.
    pub fn dp() -> Self {
        Self::of([1.0, 2.0], 1.3, [200.0, 321.808], 13.7)
    }

    /// Depression on both sides of potentiation.
    pub fn dpd() -> Self {
        Self::of([0.9, 0.9], 1.3, [250.0, 550.0], 4.6)
    }

    /// Depression on both sides of potentiation, with a high potentiation threshold.
    pub fn dpd_prime() -> Self {
        Self::of([1.0, 2.0], 2.5, [50.0, 600.0], 2.2)
    }

    /// Potentiation only.
    pub fn p() -> Self {
        Self::of([2.0, 2.0], 1.3, [160.0, 257.447], 0.0)
    }

    /// Depression only, near Δt = 0.
    pub fn d() -> Self {
        Self { noise: 5.6568, ..Self::of([0.6, 0.6], 1.3, [500.0, 550.0], 0.0) }
    }

    /// Depression only, at all Δt.
    pub fn d_prime() -> Self {
        Self::of([1.0, 2.0], 3.5, [60.0, 600.0], 0.0)
    }

    /// Hippocampal slices.
    pub fn hippocampal_slices() -> Self {
        Self {
            tau_calcium_ms: 48.8373,
            noise: 9.1844,
            tau_efficacy_s: 688.355,
            share_down: 0.7,
            up_weight: 5.28145,
            ..Self::of([1.0, 0.275865], 1.3, [313.0965, 1645.59], 18.8008)
        }
    }

    /// Hippocampal cultures.
    pub fn hippocampal_cultures() -> Self {
        Self {
            tau_calcium_ms: 11.9536,
            noise: 2.5654,
            tau_efficacy_s: 33.7596,
            up_weight: 36.0263,
            ..Self::of([0.58156, 1.76444], 1.3, [61.141, 113.6545], 10.0)
        }
    }

    /// Cortical slices.
    pub fn cortical_slices() -> Self {
        Self {
            tau_calcium_ms: 22.6936,
            noise: 3.3501,
            tau_efficacy_s: 346.3615,
            up_weight: 5.40988,
            ..Self::of([0.5617539, 1.23964], 1.3, [331.909, 725.085], 4.6098)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_numbers;
    use super::super::{Protocol, SynapticRule};
    use super::*;

    fn change(rule: &CalciumRule, protocol: &Protocol) -> f64 {
        rule.weight_change(protocol).unwrap()
    }

    fn assert_curve(rule: &CalciumRule, expected: &str) {
        let deltas = [-50.0, -25.0, -20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0, 25.0, 50.0];
        let pairs = |delta_ms| Protocol::Pairs { rate_hz: 1.0, delta_ms, count: 60 };
        let ratios = deltas.map(|delta_ms| 1.0 + change(rule, &pairs(delta_ms)));
        assert_numbers(&ratios, expected, 1e-9);
    }

    /// The closed form for 60 pairs at 1 Hz, computed with numpy 2 and scipy 1.17.1.
    #[test]
    fn the_curves_of_60_pairs_at_1_hz() {
        assert_curve(
            &CalciumRule::dp(),
            "0.905199786 0.729027352 0.7642633081 0.8817979961 0.9431754915 1.007903577
             1.240469635 1.221361877 1.172210259 1.147820414 1.055243355",
        );
        assert_curve(
            &CalciumRule::dpd(),
            "1.0 0.9999963822 0.9983421344 0.859161754 0.8461289141 0.996608521 1.193305477
             0.9607273969 0.8674892565 0.974462477 1.0",
        );
        assert_curve(
            &CalciumRule::dpd_prime(),
            "0.9137429263 0.8363110555 0.8106580259 0.7714045696 0.8013091564 1.041209959
             1.138935381 0.9712408925 0.9003158551 0.9107595078 0.9374890366",
        );
        assert_curve(
            &CalciumRule::p(),
            "1.029431077 1.082563866 1.098275162 1.229888485 1.256025639 1.237641315
             1.256025639 1.229888485 1.098275162 1.082563866 1.029431077",
        );
        assert_curve(
            &CalciumRule::d(),
            "1.0 1.0 1.0 1.0 0.9941525401 0.6370843849 0.9941525401 1.0 1.0 1.0 1.0",
        );
        assert_curve(
            &CalciumRule::d_prime(),
            "0.8741455187 0.7674116023 0.7348802511 0.7191584486 0.7530029973 0.783722505
             0.8106649542 0.8335979634 0.8681403279 0.8805739379 0.9127730225",
        );
    }

    #[test]
    fn the_curves_of_the_fits_to_data() {
        assert_curve(
            &CalciumRule::hippocampal_slices(),
            "0.9991642815 0.991650329 0.9881990057 0.9783999475 0.9718789871 0.9642057111
             0.9553648142 0.9453730771 0.9358817474 0.9769809172 1.0",
        );
        assert_curve(
            &CalciumRule::hippocampal_cultures(),
            "1.000000678 1.000000678 1.000000678 1.000000678 0.9128909964 0.7738559942
             1.114742112 1.211937499 1.1154574 1.080556005 1.010821956",
        );
        assert_curve(
            &CalciumRule::cortical_slices(),
            "0.9990721349 0.9990721349 0.9990721349 0.8601065024 0.734926945 0.7722941093
             1.129688317 1.040666231 0.9643668878 0.9630073723 0.989908863",
        );
    }

    #[test]
    fn cortical_slices_depend_on_the_rate() {
        let rates = [0.1, 5.0, 10.0, 20.0, 40.0, 50.0];
        let before = "1.061330201 1.061591568 1.083003501 1.253017444 1.5526281 1.636808856";
        let after = "0.6907557602 0.689875545 0.621375877 0.6348511753 1.585067141 1.636808856";
        for (delta_ms, expected) in [(10.0, before), (-10.0, after)] {
            let pairs = |rate_hz| Protocol::Pairs { rate_hz, delta_ms, count: 75 };
            let rule = CalciumRule::cortical_slices();
            let ratios = rates.map(|rate_hz| 1.0 + change(&rule, &pairs(rate_hz)));
            assert_numbers(&ratios, expected, 1e-9);
        }
    }

    #[test]
    fn slices_need_bursts_to_potentiate() {
        let rule = CalciumRule::hippocampal_slices();
        let deltas = [-40.0, -20.0, -10.0, 0.0, 10.0, 20.0, 40.0];
        let rate_hz = 5.0;
        let single = deltas.map(|delta_ms| {
            1.0 + change(&rule, &Protocol::Pairs { rate_hz, delta_ms, count: 200 })
        });
        let expected = "0.8829892288 0.8232040617 0.791041224 0.759080866 0.7286464904 0.7026817077
                        0.9976076392";
        assert_numbers(&single, expected, 1e-9);
        let bursts = deltas.map(|delta_ms| {
            let (spikes, interval_ms, count) = (2, 11.5, 100);
            let burst = Protocol::PostBursts { delta_ms, spikes, interval_ms, rate_hz, count };
            1.0 + change(&rule, &burst)
        });
        let expected = "0.8864676099 0.8419587195 1.174692128 1.564766105 1.545468218 0.7067930011
                        0.9953270242";
        assert_numbers(&bursts, expected, 1e-9);
    }

    #[test]
    fn a_periodic_protocol_and_its_trains_agree() {
        let rule = CalciumRule::dp();
        let pairs = Protocol::Pairs { rate_hz: 1.0, delta_ms: 10.0, count: 60 };
        let trains = Protocol::Trains(pairs.trains().unwrap());
        assert!((change(&rule, &pairs) - change(&rule, &trains)).abs() < 1e-9);
    }

    #[test]
    fn meaningless_settings_are_refused() {
        let said = |rule: CalciumRule| rule.check().unwrap_err().to_string();
        let rule = CalciumRule { share_down: 1.5, ..CalciumRule::dp() };
        assert_eq!(said(rule), "share_down is 1.5, but it must lie between 0 and 1");
        assert!(said(CalciumRule { up_weight: 1.0, ..CalciumRule::dp() }).contains("above 1"));
        assert!(said(CalciumRule { tau_calcium_ms: -2.0, ..CalciumRule::dp() }).contains("-2"));
    }
}

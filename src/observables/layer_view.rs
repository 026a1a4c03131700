use std::cell::OnceCell;

use ndarray::{Array2, ArrayView1, Axis};

use super::instrument::standard_deviation;
use super::{Instrument, Measure, Moments, Noise, Quantiles, Statistic, Summary};
use crate::network::{Matrix, Units};
use crate::recordings::{LayerSpec, RecordedLayer};

/// One layer at one moment, as an instrument shows it. Numbers are computed when first asked for,
/// and kept: many observables share one pass.
#[derive(Debug)]
pub struct LayerView<'a> {
    layer: &'a RecordedLayer,
    instrument: &'a Instrument,
    at_start: Spread,
    stimuli: Stimuli<'a>,
    /// Which run, checkpoint and layer this is, so that each has its own noise; and which run and
    /// layer, to follow units.
    noise_purpose: String,
    unit_purpose: String,
    weights: Samples,
    deltas: Samples,
    activity: Samples,
    gains: OnceCell<Vec<f64>>,
    /// What stands for activity that was not recorded.
    nothing: Array2<f64>,
}

/// The numbers of one measure, a row for each set that statistics are taken over, and what was
/// computed of them.
#[derive(Debug, Default)]
struct Samples {
    numbers: OnceCell<Option<Array2<f64>>>,
    /// By transform.
    statistics: OnceCell<[[f64; STATISTICS]; 3]>,
}

/// What is known of the probe stimuli beside a layer's activity now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stimuli<'a> {
    /// The class of each.
    pub(super) classes: Option<&'a [u8]>,
    /// What the instrument saw of the layer's activity at the first checkpoint.
    pub(super) start: Option<&'a Array2<f64>>,
}

/// How widely the noiseless numbers of one layer scatter: standard deviations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    weights: f64,
    activity: f64,
    pub(super) deltas: f64,
    gains: f64,
}

/// norm, mean, var, skew, kurtosis, skewpearson; median, third quartile, and both nearest.
const STATISTICS: usize = 10;

/// Which layer of which run at which checkpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) run: usize,
    pub(super) checkpoint: usize,
    pub(super) layer: usize,
}

impl<'a> LayerView<'a> {
    pub(super) fn new(
        layer: &'a RecordedLayer,
        (instrument, at_start): (&'a Instrument, Spread),
        place: Place,
    ) -> Self {
        let unit_purpose = format!("run {} layer {}", place.run, place.layer);
        Self {
            layer,
            instrument,
            at_start,
            stimuli: Stimuli::default(),
            noise_purpose: format!("{unit_purpose} checkpoint {}", place.checkpoint),
            unit_purpose,
            weights: Samples::default(),
            deltas: Samples::default(),
            activity: Samples::default(),
            gains: OnceCell::new(),
            nothing: Array2::zeros((0, 0)),
        }
    }

    /// The same with what is known of the stimuli.
    pub(super) fn with_stimuli(self, stimuli: Stimuli<'a>) -> Self {
        Self { stimuli, ..self }
    }

    /// How widely the numbers that the instrument sees scatter; 0 for what was not recorded.
    pub(super) fn spread(&self) -> Spread {
        let of = |numbers: &Array2<f64>| {
            standard_deviation(numbers.as_slice().expect("records are in standard layout"))
        };
        let gains = |(spec, units): (LayerSpec, Units<'a>)| {
            let outputs = self.kept(spec.units(&self.layer.weights).1, "outputs");
            of(&self.gains_of_inputs(spec, units, &outputs))
        };
        Spread {
            weights: of(self.weights()),
            activity: self.numbers(Measure::Activity).map_or(0.0, of),
            deltas: self.deltas().map_or(0.0, of),
            gains: self.layer.for_gains().map_or(0.0, gains),
        }
    }

    /// The weights that the instrument sees, one row.
    pub fn weights(&self) -> &Array2<f64> {
        self.numbers(Measure::Weight).expect("a layer always has weights")
    }

    /// The units' outputs that the instrument sees, stimuli × units; 0 × 0 where activity was not
    /// recorded, which a trajectory's always is.
    pub fn activity(&self) -> &Array2<f64> {
        self.numbers(Measure::Activity).unwrap_or(&self.nothing)
    }

    /// The same at the first checkpoint, of the same units with noise of its own; at that checkpoint,
    /// and where no observable needs it ([`Observable::needs_start`](super::Observable::needs_start)),
    /// the activity itself.
    pub fn activity_at_start(&self) -> &Array2<f64> {
        self.stimuli.start.unwrap_or_else(|| self.activity())
    }

    /// The class of each probe stimulus, if it is known.
    pub fn stimulus_classes(&self) -> Option<&[u8]> {
        self.stimuli.classes
    }

    /// The last changes of the weights that the instrument sees, one row; none before the first.
    pub fn deltas(&self) -> Option<&Array2<f64>> {
        self.numbers(Measure::Delta)
    }

    /// The layer-wise activity change for each probe stimulus; none where it cannot be had
    /// ([`RecordedLayer::has_activity_change`]).
    pub fn gains(&self) -> &[f64] {
        self.gains.get_or_init(|| self.measure_gains())
    }

    /// The value of a summary.
    pub fn summary(&self, summary: Summary) -> f64 {
        if summary.measure == Measure::ActivityChange {
            let gains = self.gains().iter().map(|&gain| summary.transform.of(gain));
            return gains.sum::<f64>() / self.gains().len() as f64;
        }
        let Some(numbers) = self.numbers(summary.measure) else { return f64::NAN };
        let cell = &self.samples(summary.measure).statistics;
        cell.get_or_init(|| averaged_statistics(numbers))[summary.transform as usize]
            [position(summary.statistic)]
    }

    fn samples(&self, measure: Measure) -> &Samples {
        match measure {
            Measure::Activity => &self.activity,
            Measure::Delta => &self.deltas,
            Measure::Weight | Measure::ActivityChange => &self.weights,
        }
    }

    fn numbers(&self, measure: Measure) -> Option<&Array2<f64>> {
        let record = || match measure {
            Measure::Activity => self.layer.activity.as_ref().map(|out| self.record_activity(out)),
            Measure::Delta => {
                let change = self.layer.change.as_ref()?;
                Some(self.record_synapses(change, (self.at_start.deltas, "delta")))
            }
            Measure::Weight | Measure::ActivityChange => {
                let weights = &self.layer.weights;
                Some(self.record_synapses(weights, (self.at_start.weights, "weight")))
            }
        };
        self.samples(measure).numbers.get_or_init(record).as_ref()
    }

    fn record_synapses(&self, matrix: &Matrix, (at_start, what): (f64, &str)) -> Array2<f64> {
        let matrix = matrix.as_standard_layout();
        let weights = matrix.as_slice().expect("the standard layout is a slice");
        let mut values: Vec<f64> = weights.iter().map(|&w| f64::from(w)).collect();
        let purpose = format!("{what} {}", self.noise_purpose);
        self.instrument.disturb(&mut values, at_start, &purpose);
        // Weights and their changes are recorded at the same synapses.
        if let Some(kept) =
            self.instrument.choose(values.len(), &format!("synapses {}", self.unit_purpose))
        {
            values = kept.into_iter().map(|i| values[i]).collect();
        }
        Array2::from_shape_vec((1, values.len()), values).expect("one row of all values")
    }

    fn record_activity(&self, out: &Matrix) -> Array2<f64> {
        let mut activity = out.mapv(f64::from);
        if let Some(values) = activity.as_slice_mut() {
            let purpose = format!("act {}", self.noise_purpose);
            self.instrument.disturb(values, self.at_start.activity, &purpose);
        }
        match self.instrument.choose(activity.ncols(), &format!("outputs {}", self.unit_purpose)) {
            Some(kept) => activity.select(Axis(1), &kept),
            None => activity,
        }
    }

    /// For each stimulus (1/n_out) Σ_i Σ_j f′(z_j) W_ji over the inputs i and outputs j that are
    /// seen, with noise on the gain of each input.
    fn measure_gains(&self) -> Vec<f64> {
        let Some((spec, units)) = self.layer.for_gains() else { return Vec::new() };
        let (inputs, outputs) = spec.units(&self.layer.weights);
        let (inputs, outputs) = (self.kept(inputs, "inputs"), self.kept(outputs, "outputs"));
        if self.instrument.noise == Noise::None {
            return self.noiseless_gains((spec, units), &inputs, &outputs);
        }
        let mut gains = self.gains_of_inputs(spec, units, &outputs);
        if let Some(values) = gains.as_slice_mut() {
            let purpose = format!("gradavg {}", self.noise_purpose);
            self.instrument.disturb(values, self.at_start.gains, &purpose);
        }
        gains.rows().into_iter().map(|row| inputs.iter().map(|&i| row[i]).sum()).collect()
    }

    /// The gain of every input for each stimulus, over these outputs: stimuli × inputs.
    fn gains_of_inputs(&self, spec: LayerSpec, units: Units<'_>, outputs: &[usize]) -> Array2<f64> {
        if !spec.is_plain() {
            return self.gains_through_places(spec, units, outputs);
        }
        let (out, all) = (units.numbers(), &self.layer.weights);
        let slope = |(stimulus, j): (usize, usize)| {
            f64::from(spec.activation.slope(out[(stimulus, outputs[j])]))
        };
        let slopes = Array2::from_shape_fn((out.nrows(), outputs.len()), slope);
        let weights = |(j, i): (usize, usize)| f64::from(all[(outputs[j], i)]);
        let weights = Array2::from_shape_fn((outputs.len(), all.ncols()), weights);
        slopes.dot(&weights) / outputs.len() as f64
    }

    /// The same of a convolution, or of a normalised layer: the slopes of these outputs go back to
    /// the places that they came from, and through the weights.
    fn gains_through_places(
        &self,
        spec: LayerSpec,
        units: Units<'_>,
        outputs: &[usize],
    ) -> Array2<f64> {
        let out = units.numbers();
        let mut slopes = Matrix::zeros(out.dim());
        for (mut slopes, out) in slopes.rows_mut().into_iter().zip(out.rows()) {
            outputs.iter().for_each(|&j| slopes[j] = spec.activation.slope(out[j]));
        }
        let layer = spec.layer(self.layer.weights.clone());
        let mut gains = Matrix::zeros((out.nrows(), layer.inputs()));
        layer.backward(units.with_numbers(slopes.view()), &layer.weights, gains.view_mut());
        gains.mapv(f64::from) / outputs.len() as f64
    }

    /// Without noise on each input's gain, the sum over inputs comes first.
    fn noiseless_gains(
        &self,
        (spec, units): (LayerSpec, Units<'_>),
        inputs: &[usize],
        outputs: &[usize],
    ) -> Vec<f64> {
        if !spec.is_plain() {
            let gains = self.gains_of_inputs(spec, units, outputs);
            let sum = |row: ArrayView1<'_, f64>| inputs.iter().map(|&i| row[i]).sum();
            return gains.rows().into_iter().map(sum).collect();
        }
        let weights = &self.layer.weights;
        let sum = |&j: &usize| -> f64 { inputs.iter().map(|&i| f64::from(weights[(j, i)])).sum() };
        let sums: Vec<f64> = outputs.iter().map(sum).collect();
        let gain = |row: ArrayView1<'_, f32>| {
            let slopes = outputs.iter().map(|&j| f64::from(spec.activation.slope(row[j])));
            slopes.zip(&sums).map(|(slope, sum)| slope * sum).sum::<f64>() / outputs.len() as f64
        };
        units.numbers().rows().into_iter().map(gain).collect()
    }

    fn kept(&self, count: usize, what: &str) -> Vec<usize> {
        let chosen = self.instrument.choose(count, &format!("{what} {}", self.unit_purpose));
        chosen.unwrap_or_else(|| (0..count).collect())
    }
}

/// The statistics of each row under each transform, averaged over the rows that have them.
fn averaged_statistics(numbers: &Array2<f64>) -> [[f64; STATISTICS]; 3] {
    let (mut sums, mut counts) = ([[0.0; STATISTICS]; 3], [[0_u32; STATISTICS]; 3]);
    let numbers = numbers.as_standard_layout();
    for (row, quantiles) in numbers.rows().into_iter().zip(Quantiles::of_rows(numbers.view())) {
        let values = row.to_slice().expect("rows of the standard layout are slices");
        for (t, moments) in Moments::of_each(values).into_iter().enumerate() {
            for (index, value) in listed(moments, quantiles[t]).into_iter().enumerate() {
                if !value.is_nan() {
                    sums[t][index] += value;
                    counts[t][index] += 1;
                }
            }
        }
    }
    // 0/0 is NaN: a statistic that no row has is no number.
    let mean = |t: usize, index: usize| sums[t][index] / f64::from(counts[t][index]);
    std::array::from_fn(|t| std::array::from_fn(|index| mean(t, index)))
}

fn listed(m: Moments, q: Quantiles) -> [f64; STATISTICS] {
    let pearson =
        if m.skewness.is_nan() { f64::NAN } else { 3.0 * (m.mean - q.median) / m.variance.sqrt() };
    [
        m.norm,
        m.mean,
        m.variance,
        m.skewness,
        m.kurtosis,
        pearson,
        q.median,
        q.third_quartile,
        q.median_nearest,
        q.third_quartile_nearest,
    ]
}

fn position(statistic: Statistic) -> usize {
    match statistic {
        Statistic::Norm => 0,
        Statistic::Mean | Statistic::Id => 1,
        Statistic::Var => 2,
        Statistic::Skew => 3,
        Statistic::Kurtosis => 4,
        Statistic::SkewPearson => 5,
        Statistic::Median => 6,
        Statistic::ThirdQuartile => 7,
        Statistic::MedianNearest => 8,
        Statistic::ThirdQuartileNearest => 9,
    }
}

//! The same network in double precision by nested loops, from the published equations, to hold
//! losses and gradients against.

use super::{PredictiveNetworkSettings, PredictiveReadOut, Recurrence};
use crate::data::FeatureMaps;

/// Numbers of one image's maps, channels last.
type Maps = Vec<f64>;

/// The network and its numbers: those of each layer (FF, FB, bypass, a, b; without what it does not
/// have) and of the classifier, as `Weights` lists them.
pub(super) struct Reference<'a> {
    pub(super) settings: &'a PredictiveNetworkSettings,
    pub(super) image: FeatureMaps,
    pub(super) parts: Vec<Vec<f64>>,
}

struct LayerOf<'a> {
    input: FeatureMaps,
    filters: usize,
    kernel: usize,
    pooling: usize,
    forward: &'a [f64],
    feedback: &'a [f64],
    bypass: &'a [f64],
    a: &'a [f64],
    b: &'a [f64],
}

impl LayerOf<'_> {
    /// Calls `with` for each place of the output, input number and tap that meet.
    fn meetings(&self, mut with: impl FnMut(usize, usize, usize)) {
        let (rows, columns, channels) = (self.input.rows, self.input.columns, self.input.channels);
        let half = self.kernel / 2;
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |c| (row, c))) {
            for (down, right) in
                (0..self.kernel).flat_map(|d| (0..self.kernel).map(move |r| (d, r)))
            {
                let (y, x) = (row + down, column + right);
                if y < half || x < half || y - half >= rows || x - half >= columns {
                    continue;
                }
                for channel in 0..channels {
                    let from = ((y - half) * columns + x - half) * channels + channel;
                    with(
                        row * columns + column,
                        from,
                        (down * self.kernel + right) * channels + channel,
                    );
                }
            }
        }
    }

    fn taps(&self) -> usize {
        self.kernel * self.kernel * self.input.channels
    }

    fn convolve(&self, x: &[f64]) -> Maps {
        let mut y = vec![0.0; self.input.places() * self.filters];
        self.meetings(|place, from, tap| {
            for filter in 0..self.filters {
                y[place * self.filters + filter] +=
                    self.forward[filter * self.taps() + tap] * x[from];
            }
        });
        y
    }

    fn transposed(&self, y: &[f64]) -> Maps {
        let mut x = vec![0.0; self.input.units()];
        self.meetings(|place, from, tap| {
            for filter in 0..self.filters {
                x[from] +=
                    self.feedback[filter * self.taps() + tap] * y[place * self.filters + filter];
            }
        });
        x
    }

    fn pool(&self, y: &[f64]) -> Maps {
        let (rows, columns) = (self.input.rows / self.pooling, self.input.columns / self.pooling);
        let mut pooled = vec![f64::NEG_INFINITY; rows * columns * self.filters];
        for (at, &value) in y.iter().enumerate() {
            let (place, filter) = (at / self.filters, at % self.filters);
            let (row, column) = (place / self.input.columns, place % self.input.columns);
            let square = row / self.pooling * columns + column / self.pooling;
            let best = &mut pooled[square * self.filters + filter];
            *best = best.max(value);
        }
        pooled
    }

    /// Bilinear, at half-places.
    fn upsample(&self, r: &[f64]) -> Maps {
        let (rows, columns) = (self.input.rows / self.pooling, self.input.columns / self.pooling);
        let mut filled = vec![0.0; self.input.places() * self.filters];
        let weight = |filled: usize, place: usize, count: usize| {
            let at = (filled as f64 + 0.5) / self.pooling as f64 - 0.5;
            (1.0 - (at.clamp(0.0, count as f64 - 1.0) - place as f64).abs()).max(0.0)
        };
        for (at, value) in filled.iter_mut().enumerate() {
            let (place, filter) = (at / self.filters, at % self.filters);
            let (y, x) = (place / self.input.columns, place % self.input.columns);
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |c| (row, c))) {
                let share = weight(y, row, rows) * weight(x, column, columns);
                *value += share * r[(row * columns + column) * self.filters + filter];
            }
        }
        filled
    }

    fn forward(&self, x: &[f64]) -> Maps {
        self.pool(&self.convolve(x))
    }

    fn predict(&self, r: &[f64]) -> Maps {
        self.transposed(&self.upsample(r))
    }

    fn bypass(&self, x: &[f64]) -> Maps {
        let channels = self.input.channels;
        let product = |at: usize| {
            let (place, filter) = (at / self.filters, at % self.filters);
            let weights = &self.bypass[filter * channels..][..channels];
            weights.iter().zip(&x[place * channels..]).map(|(w, x)| w * x).sum()
        };
        (0..self.input.places() * self.filters).map(product).collect()
    }
}

fn relu(x: f64) -> f64 {
    x.max(0.0)
}

fn zipped(one: &[f64], other: &[f64], f: impl Fn(usize, f64, f64) -> f64) -> Maps {
    one.iter().zip(other).enumerate().map(|(at, (&one, &other))| f(at, one, other)).collect()
}

impl Reference<'_> {
    fn layers(&self) -> Vec<LayerOf<'_>> {
        let mut parts = self.parts.iter().map(Vec::as_slice);
        let mut next = || parts.next().expect("as many parts as the network has");
        let (mut input, mut layers) = (self.image, Vec::new());
        let is_local = self.settings.recurrence == Recurrence::Local;
        let is_own = self.settings.feedback == super::FeedbackWeights::Own;
        for layer in &self.settings.layers {
            let forward = next();
            let feedback = if is_own { next() } else { forward };
            let bypass = if is_local { next() } else { &[] };
            let (a, b) = (next(), next());
            let &super::PredictiveLayer { filters, kernel, pooling } = layer;
            layers.push(LayerOf {
                input,
                filters,
                kernel,
                pooling,
                forward,
                feedback,
                bypass,
                a,
                b,
            });
            let (rows, columns) = (input.rows / pooling, input.columns / pooling);
            input = FeatureMaps { rows, columns, channels: filters };
        }
        layers
    }

    fn top_of_global(&self, x: &[f64]) -> Maps {
        let layers = self.layers();
        let mut r: Vec<Maps> = vec![x.to_vec()];
        for layer in &layers {
            r.push(layer.forward(&r[r.len() - 1]).into_iter().map(relu).collect());
        }
        for _ in 0..self.settings.cycles {
            let mut p = r.clone();
            for l in (2..=layers.len()).rev() {
                p[l - 1] = layers[l - 1].predict(&r[l]);
                let a = layers[l - 2].a;
                r[l - 1] = zipped(&r[l - 1], &p[l - 1], |at, r, p| {
                    let a = relu(a[at % a.len()]);
                    relu(a * p + (1.0 - a) * r)
                });
            }
            p[0] = layers[0].predict(&r[1]);
            for l in 1..=layers.len() {
                let error = zipped(&r[l - 1], &p[l - 1], |_, r, p| r - p);
                let b = layers[l - 1].b;
                r[l] = zipped(&r[l], &layers[l - 1].forward(&error), |at, r, u| {
                    relu(relu(b[at % b.len()]) * u + r)
                });
            }
        }
        r.pop().expect("a network has layers")
    }

    fn top_of_local(&self, x: &[f64]) -> Maps {
        let mut x = x.to_vec();
        for layer in self.layers() {
            let mut y: Maps = layer.convolve(&x).into_iter().map(relu).collect();
            for _ in 0..self.settings.cycles {
                let error = zipped(&x, &layer.transposed(&y), |_, x, p| relu(x - p));
                let b = layer.b;
                y = zipped(&y, &layer.convolve(&error), |at, y, u| relu(b[at % b.len()]) * u + y);
            }
            x = layer.pool(&zipped(&y, &layer.bypass(&x), |_, y, z| y + z));
        }
        x
    }

    /// −ln of the probability of `label` for one image.
    pub(super) fn loss(&self, x: &[f64], label: usize) -> f64 {
        let top: Maps = match self.settings.recurrence {
            Recurrence::Global => self.top_of_global(x),
            Recurrence::Local => self.top_of_local(x).into_iter().map(relu).collect(),
        };
        let filters = self.settings.layers.last().map_or(0, |layer| layer.filters);
        let read: Maps = match self.settings.read_out {
            PredictiveReadOut::AllUnits => top,
            PredictiveReadOut::MeanOfMaps => (0..filters)
                .map(|filter| {
                    let map = top.iter().skip(filter).step_by(filters);
                    map.sum::<f64>() * filters as f64 / top.len() as f64
                })
                .collect(),
        };
        let [.., weights, bias] = self.parts.as_slice() else { panic!("a classifier") };
        let logits: Vec<f64> = bias
            .iter()
            .zip(weights.chunks(read.len()))
            .map(|(bias, w)| bias + w.iter().zip(&read).map(|(w, x)| w * x).sum::<f64>())
            .collect();
        logits.iter().map(|z| z.exp()).sum::<f64>().ln() - logits[label]
    }
}

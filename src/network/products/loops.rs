//! Convolution and pooling as five nested loops in double precision, and tests that the products
//! are the same.

use ndarray::{Array1, Array2, ArrayView2};
use rand::Rng as _;

use super::{Connectivity, Convolution, Left, Pooling, Store};
use crate::data::FeatureMaps;
use crate::network::{Activation, Layer, Matrix, Normaliser, Trace, Units, UnitsMut};
use crate::random;

/// Of each number of the output which number of the input meets which weight: (output, input, tap)
/// for each filter-free place; channels of the output come last.
fn meetings(c: &Convolution) -> Vec<(usize, usize, usize)> {
    let (output, input) = (c.output(), c.input);
    let mut all = Vec::new();
    for row in 0..output.rows {
        for column in 0..output.columns {
            for (down, right) in
                (0..c.kernel.0).flat_map(|down| (0..c.kernel.1).map(move |right| (down, right)))
            {
                for channel in 0..input.channels {
                    let (y, x) = (row * c.stride + down, column * c.stride + right);
                    let (Some(y), Some(x)) = (y.checked_sub(c.padding), x.checked_sub(c.padding))
                    else {
                        continue;
                    };
                    if y < input.rows && x < input.columns {
                        let from = (y * input.columns + x) * input.channels + channel;
                        let tap = (down * c.kernel.1 + right) * input.channels + channel;
                        all.push((row * output.columns + column, from, tap));
                    }
                }
            }
        }
    }
    all
}

fn forward(c: &Convolution, x: &Matrix, w: &Matrix) -> Array2<f64> {
    in_double(c, &x.mapv(f64::from), &w.mapv(f64::from))
}

fn in_double(c: &Convolution, x: &Array2<f64>, w: &Array2<f64>) -> Array2<f64> {
    let mut y = Array2::zeros((x.nrows(), c.output().units()));
    for (place, from, tap) in meetings(c) {
        for example in 0..x.nrows() {
            for filter in 0..c.filters {
                y[(example, place * c.filters + filter)] += w[(filter, tap)] * x[(example, from)];
            }
        }
    }
    y
}

/// P(W ∗ x) of a layer in double precision, with other weights in its place.
pub(crate) fn pooled_product(layer: &Layer, weights: &Array2<f64>, x: &Array2<f64>) -> Array2<f64> {
    let Connectivity::Convolution(c) = layer.connectivity() else {
        return x.dot(&weights.t());
    };
    let all = in_double(&c, x, weights);
    layer.pooling().map_or_else(|| all.clone(), |pooling| pool(c.output(), pooling, &all).0)
}

/// N(z) of a layer in double precision.
pub(crate) fn normalised(layer: &Layer, mut z: Array2<f64>) -> Array2<f64> {
    let channels = layer.output_maps().channels;
    for mut row in z.rows_mut() {
        match layer.normaliser() {
            None => {}
            Some(Normaliser::Layer) => {
                let (mean, variance) = (row.mean().unwrap(), row.var(0.0));
                row.mapv_inplace(|z| (z - mean) / (variance + 1e-5).sqrt());
            }
            Some(Normaliser::LocalResponse(local)) => {
                let before = row.to_owned();
                for (unit, z) in row.iter_mut().enumerate() {
                    let squares = before.iter().enumerate().filter(|(other, _)| {
                        let low = unit % channels + channels - local.channels / 2;
                        let near = low..low + local.channels;
                        other / channels == unit / channels
                            && near.contains(&(other % channels + channels))
                    });
                    let sum: f64 = squares.map(|(_, z)| z * z).sum();
                    let divisor = local.offset + local.alpha * sum / local.channels as f64;
                    *z /= divisor.powf(local.beta);
                }
            }
        }
    }
    z
}

/// Adds S h of an earlier layer, in double precision.
pub(crate) fn add_shortcut(layer: &Layer, outputs: &[Array2<f64>], drive: &mut Array2<f64>) {
    let Some(shortcut) = layer.shortcut() else { return };
    let (from, to) = (shortcut.source(), layer.output_maps());
    let step = from.rows.div_ceil(to.rows);
    for ((example, unit), a) in drive.indexed_iter_mut() {
        let (place, channel) = (unit / to.channels, unit % to.channels);
        let (row, column) = (place / to.columns * step, place % to.columns * step);
        if channel < from.channels {
            let source = (row * from.columns + column) * from.channels + channel;
            *a += outputs[shortcut.from()][(example, source)];
        }
    }
}

fn backward(c: &Convolution, dy: &Matrix, w: &Matrix) -> Array2<f64> {
    let mut dx = Array2::zeros((dy.nrows(), c.input.units()));
    for (place, from, tap) in meetings(c) {
        for example in 0..dy.nrows() {
            for filter in 0..c.filters {
                dx[(example, from)] += f64::from(w[(filter, tap)])
                    * f64::from(dy[(example, place * c.filters + filter)]);
            }
        }
    }
    dx
}

fn outer(c: &Convolution, x: &Matrix, dy: &Matrix) -> Array2<f64> {
    let mut g = Array2::zeros((c.filters, c.taps()));
    for (place, from, tap) in meetings(c) {
        for example in 0..dy.nrows() {
            for filter in 0..c.filters {
                g[(filter, tap)] += f64::from(x[(example, from)])
                    * f64::from(dy[(example, place * c.filters + filter)]);
            }
        }
    }
    g
}

/// The pooled numbers, and where each came from: the places, with a share each.
fn pool(
    maps: FeatureMaps,
    pooling: Pooling,
    of: &Array2<f64>,
) -> (Array2<f64>, Vec<Vec<Vec<usize>>>) {
    let (side, output) = (pooling.side(), pooling.output(maps));
    let mut pooled = Array2::zeros((of.nrows(), output.units()));
    let mut sources = vec![vec![Vec::new(); output.units()]; of.nrows()];
    for example in 0..of.nrows() {
        for unit in 0..output.units() {
            let (place, channel) = (unit / maps.channels, unit % maps.channels);
            let (row, column) = (place / output.columns * side, place % output.columns * side);
            let square: Vec<usize> = (0..side * side)
                .map(|at| {
                    ((row + at / side) * maps.columns + column + at % side) * maps.channels
                        + channel
                })
                .collect();
            let value = |at: &usize| of[(example, *at)];
            (pooled[(example, unit)], sources[example][unit]) = match pooling {
                Pooling::Mean(_) => {
                    (square.iter().map(value).sum::<f64>() / square.len() as f64, square)
                }
                Pooling::Max(_) => {
                    let best = square.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
                    let first = square.iter().find(|at| value(at) == best).copied();
                    (best, first.into_iter().collect())
                }
            };
        }
    }
    (pooled, sources)
}

fn matrix(rows: usize, columns: usize, purpose: &str) -> Matrix {
    let mut rng = random::stream(7, purpose);
    Array2::from_shape_simple_fn((rows, columns), || rng.gen_range(-1.0..1.0))
}

/// Small cases of everything that there is to choose.
pub(in crate::network) fn cases() -> Vec<Convolution> {
    let mut cases = Vec::new();
    for channels in [1, 3, 16] {
        for kernel in [(1, 1), (3, 3), (2, 3), (3, 1), (7, 6)] {
            for (stride, padding) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 2)] {
                for filters in [1, 5] {
                    let input = FeatureMaps { rows: 7, columns: 6, channels };
                    cases.push(Convolution { input, filters, kernel, stride, padding });
                }
            }
        }
    }
    cases
}

fn assert_near(found: &Matrix, expected: &Array2<f64>, what: &str) {
    let found = found.mapv(f64::from);
    let largest = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
    assert!(found.abs_diff_eq(expected, 2e-6 * largest), "{what}: {}", &found - expected);
}

#[test]
fn the_three_products_are_five_nested_loops() {
    for c in cases() {
        let connectivity = Connectivity::Convolution(c);
        let (x, w) = (matrix(3, c.input.units(), "x"), matrix(c.filters, c.taps(), "w"));
        let dy = matrix(3, c.output().units(), "dy");
        let mut y = Matrix::from_elem(dy.dim(), f32::NAN);
        connectivity.forward(&x, w.view(), Store::Overwrite, y.view_mut());
        assert_near(&y, &forward(&c, &x, &w), &format!("forward, {c:?}"));
        connectivity.forward(&x, w.view(), Store::Add(-0.5), y.view_mut());
        assert_near(&y, &(0.5 * forward(&c, &x, &w)), &format!("forward, {c:?}"));

        let mut dx = Matrix::from_elem(x.dim(), f32::NAN);
        connectivity.backward(dy.view(), w.view(), Store::Overwrite, dx.view_mut());
        assert_near(&dx, &backward(&c, &dy, &w), &format!("backward, {c:?}"));
        connectivity.backward(dy.view(), w.view(), Store::Add(2.0), dx.view_mut());
        assert_near(&dx, &(3.0 * backward(&c, &dy, &w)), &format!("backward, {c:?}"));

        let mut g = Matrix::ones(w.dim());
        connectivity.outer(&x, dy.view(), 0.5, g.view_mut());
        assert_near(&g, &(1.0 + 0.5 * outer(&c, &x, &dy)), &format!("outer, {c:?}"));
    }
}

#[test]
fn pooled_products_are_nested_loops() {
    for c in cases() {
        for side in 1..=3 {
            let maps = c.output();
            if side > maps.rows.min(maps.columns) {
                continue;
            }
            for pooling in [Pooling::Max(side), Pooling::Mean(side)] {
                pooled_case(&c, pooling);
            }
        }
    }
}

fn pooled_case(c: &Convolution, pooling: Pooling) {
    let what = format!("{pooling:?}, {c:?}");
    let (x, w) = (matrix(3, c.input.units(), "x"), matrix(c.filters, c.taps(), "w"));
    let layer = Layer::convolution(*c, w.clone(), Activation::Identity).with_pooling(pooling);
    let (mut a, mut trace) = (Matrix::zeros((3, layer.outputs())), Trace::default());
    layer.forward(&x, UnitsMut::new(a.view_mut(), &mut trace));
    let (expected, sources) = pool(c.output(), pooling, &forward(c, &x, &w));
    assert_near(&a, &expected, &what);

    let dy = matrix(3, layer.outputs(), "dy");
    let mut spread = Matrix::zeros((3, c.output().units()));
    for (example, units) in sources.iter().enumerate() {
        for (unit, places) in units.iter().enumerate() {
            for place in places {
                spread[(example, *place)] += dy[(example, unit)] / places.len() as f32;
            }
        }
    }
    let mut dx = Matrix::zeros(x.dim());
    layer.backward(Units::new(dy.view(), &trace), &w, dx.view_mut());
    assert_near(&dx, &backward(c, &spread, &w), &what);
    let mut g = Matrix::zeros(w.dim());
    layer.outer_weights(&x, Units::new(dy.view(), &trace), 1.0, &mut g);
    assert_near(&g, &outer(c, &x, &spread), &what);
}

#[test]
fn what_is_left_to_do_at_each_image_is_done_once() {
    for c in cases() {
        let (x, w) = (matrix(3, c.input.units(), "x"), matrix(c.filters, c.taps(), "w"));
        let layer = Layer::convolution(c, w, Activation::Tanh);
        let pooled = layer.clone().with_pooling(Pooling::Max(1));
        let bias = matrix(1, c.filters, "bias").row(0).to_owned();
        let normalised = layer.clone().with_normaliser(Some(Normaliser::Layer));
        for layer in [layer, pooled, normalised] {
            assert_finished(&layer, &x, bias.clone());
        }
    }
}

/// Outputs are φ of the drive, which has each bias at every place of its filter; and of errors that
/// go back each example is passed on once, with its number.
fn assert_finished(bare: &Layer, x: &Matrix, bias: Array1<f32>) {
    let layer = bare.clone().with_bias(bias.clone());
    let outputs = || (Matrix::zeros((3, layer.outputs())), Trace::default());
    let ((mut a, mut trace), (mut h, _)) = (outputs(), outputs());
    bare.forward(x, UnitsMut::new(a.view_mut(), &mut trace));
    for (unit, mut a) in a.columns_mut().into_iter().enumerate() {
        a.mapv_inplace(|a| Activation::Tanh.of(a + bias[unit % bias.len()]));
    }
    layer.forward_to_outputs(x.into(), UnitsMut::new(h.view_mut(), &mut trace));
    assert_near(&h, &a.mapv(f64::from), &layer.to_string());

    let dy = matrix(3, layer.outputs(), "dy");
    let (mut dx, mut numbered) = (Matrix::zeros(x.dim()), Matrix::zeros(x.dim()));
    layer.backward(Units::new(dy.view(), &trace), &layer.weights, dx.view_mut());
    let left: Left<'_> = &|first, dx| {
        dx.chunks_exact_mut(x.ncols()).enumerate().for_each(|(next, dx)| {
            dx.iter_mut().for_each(|dx| *dx *= (first + next) as f32);
        });
    };
    let dy = Units::new(dy.view(), &trace);
    layer.backward_and(dy, &layer.weights, Store::Overwrite, numbered.view_mut(), Some(left));
    for (example, (found, dx)) in numbered.rows().into_iter().zip(dx.rows()).enumerate() {
        assert_eq!(found, &dx * example as f32, "{layer}, example {example}");
    }
}

fn dot(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[test]
fn backward_and_outer_are_adjoint_to_forward() {
    for c in cases() {
        let connectivity = Connectivity::Convolution(c);
        let (x, w) = (matrix(4, c.input.units(), "x"), matrix(c.filters, c.taps(), "w"));
        let dy = matrix(4, c.output().units(), "dy");
        let (mut y, mut dx, mut g) =
            (Matrix::zeros(dy.dim()), Matrix::zeros(x.dim()), Matrix::zeros(w.dim()));
        connectivity.forward(&x, w.view(), Store::Overwrite, y.view_mut());
        connectivity.backward(dy.view(), w.view(), Store::Overwrite, dx.view_mut());
        connectivity.outer(&x, dy.view(), 1.0, g.view_mut());
        let value = dot(y.view(), dy.view());
        assert!((value - dot(x.view(), dx.view())).abs() < 1e-4, "{c:?}");
        assert!((value - dot(w.view(), g.view())).abs() < 1e-4, "{c:?}");
    }
}

#[test]
fn a_kernel_as_large_as_the_image_is_a_dense_layer() {
    let input = FeatureMaps { rows: 5, columns: 4, channels: 3 };
    let c = Convolution { input, filters: 7, kernel: (5, 4), stride: 1, padding: 0 };
    let (x, w, dy) = (matrix(6, 60, "x"), matrix(7, 60, "w"), matrix(6, 7, "dy"));
    let products = |connectivity: Connectivity| {
        let (mut y, mut dx, mut g) =
            (Matrix::zeros(dy.dim()), Matrix::zeros(x.dim()), Matrix::zeros(w.dim()));
        connectivity.forward(&x, w.view(), Store::Overwrite, y.view_mut());
        connectivity.backward(dy.view(), w.view(), Store::Overwrite, dx.view_mut());
        connectivity.outer(&x, dy.view(), 1.0, g.view_mut());
        [y, dx, g]
    };
    let found = products(Connectivity::Convolution(c));
    for (found, expected) in found.iter().zip(products(Connectivity::Dense)) {
        assert!(found.abs_diff_eq(&expected, 1e-5));
    }
}

#[test]
fn a_kernel_of_one_place_is_a_dense_layer_at_every_place() {
    let input = FeatureMaps { rows: 3, columns: 4, channels: 5 };
    let c = Convolution { input, filters: 2, kernel: (1, 1), stride: 1, padding: 0 };
    let (x, w) = (matrix(2, 60, "x"), matrix(2, 5, "w"));
    let mut y = Matrix::zeros((2, 24));
    Connectivity::Convolution(c).forward(&x, w.view(), Store::Overwrite, y.view_mut());
    let by_place = input.by_channel(x.view()).dot(&w.t());
    assert!(c.output().by_channel(y.view()).abs_diff_eq(&by_place, 1e-5));
}

#[test]
fn the_nonlinearity_of_the_largest_is_the_largest_of_the_nonlinearities() {
    let input = FeatureMaps { rows: 9, columns: 9, channels: 2 };
    let c = Convolution { input, filters: 4, kernel: (2, 2), stride: 1, padding: 0 };
    let (x, w) = (matrix(5, input.units(), "x"), matrix(4, c.taps(), "w"));
    for activation in
        [Activation::Identity, Activation::Sigmoid, Activation::Tanh, Activation::Relu]
    {
        let whole = Layer::convolution(c, w.clone(), activation);
        let pooled = whole.clone().with_pooling(Pooling::Max(2));
        let (mut all, mut found) =
            (Matrix::zeros((5, whole.outputs())), Matrix::zeros((5, pooled.outputs())));
        whole.forward(&x, all.view_mut());
        activation.apply(all.view_mut());
        pooled.forward(&x, found.view_mut());
        activation.apply(found.view_mut());
        let (expected, _) = pool(c.output(), Pooling::Max(2), &all.mapv(f64::from));
        assert_eq!(found.mapv(f64::from), expected, "{activation}");
    }
}

#[test]
fn several_threads_give_the_same_bits_as_one() {
    let input = FeatureMaps { rows: 20, columns: 20, channels: 8 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
    for (kernel, stride) in [((3, 3), 1), ((5, 5), 2)] {
        let c = Convolution { input, filters: 16, kernel, stride, padding: 1 };
        let (x, w) = (matrix(40, input.units(), "x"), matrix(16, c.taps(), "w"));
        let layer =
            Layer::convolution(c, w.clone(), Activation::Relu).with_pooling(Pooling::Max(2));
        let all = || {
            let (mut a, mut trace) = (Matrix::zeros((40, layer.outputs())), Trace::default());
            layer.forward(&x, UnitsMut::new(a.view_mut(), &mut trace));
            let (mut dx, mut g) = (Matrix::zeros(x.dim()), Matrix::zeros(w.dim()));
            layer.backward(Units::new(a.view(), &trace), &w, dx.view_mut());
            layer.outer_weights(&x, Units::new(a.view(), &trace), 0.3, &mut g);
            [a, dx, g]
        };
        // On a thread of a pool there are none to spare.
        assert_eq!(all(), pool.install(all));
    }
}

#[test]
fn the_mean_square_of_patches_is_that_of_the_copied_ones() {
    for c in cases() {
        let x = matrix(2, c.input.units(), "x");
        let squares = meetings(&c)
            .into_iter()
            .flat_map(|(_, from, _)| (0..2).map(move |example| (example, from)));
        let sum: f64 = squares.map(|at| f64::from(x[at]).powi(2)).sum();
        let expected = sum / (2 * c.output().places()) as f64;
        assert!((c.mean_square_patch(x.view()) - expected).abs() < 1e-6, "{c:?}");
    }
}

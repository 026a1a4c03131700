//! Numbers of scikit-learn 1.9.1 (numpy 2.4.6) for a matrix of 8 × 6 and three components.

use ndarray::Array2;
use serde::Deserialize;

use super::{Nmf, NmfConvergence, NmfFit, NmfInitialisation, NmfObjective, NmfStart};

#[derive(Deserialize)]
struct Golden {
    values: Vec<Vec<f64>>,
    codes: Vec<Vec<f64>>,
    parts: Vec<Vec<f64>>,
    frobenius: Descent,
    kullback_leibler: Descent,
    nndsvd: Nndsvd,
    sparseness_after_200_kullback_leibler: Vec<f64>,
}

/// From the given codes and parts.
#[derive(Deserialize)]
struct Descent {
    first: Matrices,
    up_to_ten: Vec<f64>,
    at_50_100_200: Vec<f64>,
    iterations: usize,
    error: f64,
    end: Matrices,
}

#[derive(Deserialize)]
struct Matrices {
    codes: Vec<Vec<f64>>,
    parts: Vec<Vec<f64>>,
}

/// The start without and with the zeros filled, and the end of the latter.
#[derive(Deserialize)]
struct Nndsvd {
    codes: Vec<Vec<f64>>,
    parts: Vec<Vec<f64>>,
    objective: f64,
    filled_objective: f64,
    iterations: usize,
    error: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden.json")).unwrap()
}

impl Golden {
    fn values(&self) -> Array2<f64> {
        matrix(&self.values)
    }

    fn start(&self) -> NmfStart {
        NmfStart { codes: matrix(&self.codes), parts: matrix(&self.parts) }
    }

    fn descents(&self) -> [(NmfObjective, &Descent); 2] {
        let kullback_leibler = (NmfObjective::KullbackLeibler, &self.kullback_leibler);
        [(NmfObjective::Frobenius, &self.frobenius), kullback_leibler]
    }

    fn fit(&self, objective: NmfObjective, most_iterations: usize, tolerance: f64) -> NmfFit {
        nmf(objective, most_iterations, tolerance).fit_from(&self.values(), &self.start()).unwrap()
    }
}

fn nmf(objective: NmfObjective, most_iterations: usize, tolerance: f64) -> Nmf {
    Nmf { components: 3, objective, most_iterations, tolerance, ..Nmf::default() }
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn close(actual: f64, expected: f64, tolerance: f64) {
    let apart = (actual - expected).abs();
    assert!(apart <= tolerance * expected.abs(), "{actual} {expected}");
}

/// Up to a share of the largest entry.
fn all_close(actual: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    assert_eq!(actual.dim(), expected.dim());
    let largest = expected.fold(0.0_f64, |most, entry| most.max(entry.abs()));
    let apart = (actual - expected).fold(0.0_f64, |most, entry| most.max(entry.abs()));
    assert!(apart <= tolerance * largest, "{apart} {largest}");
}

fn last(fit: &NmfFit) -> f64 {
    *fit.objective.last().unwrap()
}

#[test]
fn first_updates_equal_scikit_learn() {
    let golden = golden();
    for (objective, expected) in golden.descents() {
        let fit = golden.fit(objective, 1, 0.0);
        all_close(&fit.codes, &matrix(&expected.first.codes), 1e-12);
        all_close(&fit.parts, &matrix(&expected.first.parts), 1e-12);
    }
}

#[test]
fn objectives_equal_scikit_learn() {
    let golden = golden();
    for (objective, expected) in golden.descents() {
        close(golden.fit(objective, 1, 0.0).objective[0], expected.up_to_ten[0], 1e-12);
        for iterations in 1..=10 {
            let fit = golden.fit(objective, iterations, 0.0);
            close(last(&fit), expected.up_to_ten[iterations], 1e-11);
        }
        for (iterations, &expected) in [50, 100, 200].into_iter().zip(&expected.at_50_100_200) {
            close(last(&golden.fit(objective, iterations, 0.0)), expected, 1e-9);
        }
    }
}

#[test]
fn the_end_equals_scikit_learn() {
    let golden = golden();
    for (objective, expected) in golden.descents() {
        let fit = golden.fit(objective, 1000, 1e-4);
        assert_eq!(fit.iterations, expected.iterations);
        assert_eq!(fit.convergence, NmfConvergence::Reached);
        close(fit.error(), expected.error, 1e-9);
        all_close(&fit.codes, &matrix(&expected.end.codes), 1e-6);
        all_close(&fit.parts, &matrix(&expected.end.parts), 1e-6);
    }
}

#[test]
fn nndsvd_equals_scikit_learn() {
    let golden = golden();
    let (values, expected) = (golden.values(), &golden.nndsvd);
    let mean = values.mean().unwrap();
    let filled = |matrix: Array2<f64>| matrix.mapv(|x| if x == 0.0 { mean } else { x });
    let with = |initialisation| Nmf { components: 3, initialisation, ..Nmf::default() };
    let plain = with(NmfInitialisation::Nndsvd).start(&values).unwrap();
    all_close(&plain.codes, &matrix(&expected.codes), 1e-9);
    all_close(&plain.parts, &matrix(&expected.parts), 1e-9);
    let start = with(NmfInitialisation::Nndsvda).start(&values).unwrap();
    all_close(&start.codes, &filled(matrix(&expected.codes)), 1e-9);
    all_close(&start.parts, &filled(matrix(&expected.parts)), 1e-9);
    let objective = |start: &NmfStart| NmfObjective::Frobenius.of(&values, start);
    close(objective(&plain), expected.objective, 1e-9);
    close(objective(&start), expected.filled_objective, 1e-9);
}

#[test]
fn the_default_start_ends_as_in_scikit_learn() {
    let golden = golden();
    let fit = nmf(NmfObjective::Frobenius, 1000, 1e-4).fit(&golden.values()).unwrap();
    assert_eq!(fit.iterations, golden.nndsvd.iterations);
    close(fit.error(), golden.nndsvd.error, 1e-6);
}

#[test]
fn sparseness_of_parts_equals_numpy() {
    let golden = golden();
    let sparseness = golden.fit(NmfObjective::KullbackLeibler, 200, 0.0).sparseness();
    let expected = &golden.sparseness_after_200_kullback_leibler;
    assert_eq!(sparseness.len(), expected.len());
    sparseness.iter().zip(expected).for_each(|(a, &b)| close(a.unwrap(), b, 1e-9));
}

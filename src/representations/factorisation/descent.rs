//! The iterations of a factorisation, and when they stop.

use ndarray::Array2;

use super::{Nmf, NmfConvergence, NmfFit, NmfStart};
use crate::{Error, Result};

/// Iterations between two evaluations of the objective.
const BETWEEN: usize = 10;

/// One iteration.
pub(super) type Step<'a> = dyn Fn(&mut NmfStart) + 'a;

/// Iterates from `factors` until the error falls too little, or the iterations are used up.
pub(super) fn descend(
    values: &Array2<f64>,
    mut factors: NmfStart,
    settings: &Nmf,
    step: &Step<'_>,
) -> Result<NmfFit> {
    let of = settings.objective;
    let (mut checks, mut objective) = (vec![0], vec![finite(of.of(values, &factors))?]);
    let first = error(objective[0]);
    let is_done = |objective: &[f64]| match objective {
        [.., before, after] => {
            settings.tolerance > 0.0 && error(*before) - error(*after) < settings.tolerance * first
        }
        _ => first == 0.0,
    };
    let mut iterations = 0;
    let mut convergence = reached(is_done(&objective));
    while convergence == NmfConvergence::OutOfIterations && iterations < settings.most_iterations {
        step(&mut factors);
        iterations += 1;
        let is_check = iterations % BETWEEN == 0;
        if is_check || iterations == settings.most_iterations {
            checks.push(iterations);
            objective.push(finite(of.of(values, &factors))?);
        }
        convergence = reached(is_check && is_done(&objective));
    }
    let NmfStart { codes, parts } = factors;
    let settings = settings.clone();
    Ok(NmfFit { codes, parts, checks, objective, iterations, convergence, settings })
}

fn reached(is_done: bool) -> NmfConvergence {
    if is_done { NmfConvergence::Reached } else { NmfConvergence::OutOfIterations }
}

/// On the scale of the values, as scikit-learn reports it.
pub(super) fn error(objective: f64) -> f64 {
    (2.0 * objective).sqrt()
}

fn finite(objective: f64) -> Result<f64> {
    if objective.is_finite() {
        return Ok(objective);
    }
    Err(Error::Samples(
        "the factorisation overflows; divide the values by the largest, and start from matrices of that scale"
            .into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::factorisation::NmfObjective;

    #[test]
    fn overflow_is_refused() {
        let huge = |shape| Array2::from_elem(shape, 1e200);
        for objective in [NmfObjective::Frobenius, NmfObjective::KullbackLeibler] {
            let nmf = Nmf { components: 2, objective, ..Nmf::default() };
            let start = NmfStart { codes: huge((4, 2)), parts: huge((2, 6)) };
            let told = nmf.fit_from(&Array2::ones((4, 6)), &start).unwrap_err().to_string();
            assert!(told.contains("overflows"), "{told}");
        }
    }

    #[test]
    fn a_perfect_start_needs_no_iteration() {
        let nmf = Nmf { components: 1, ..Nmf::default() };
        let start = NmfStart { codes: Array2::ones((4, 1)), parts: Array2::ones((1, 3)) };
        let fit = nmf.fit_from(&Array2::ones((4, 3)), &start).unwrap();
        assert_eq!((fit.iterations, fit.convergence), (0, NmfConvergence::Reached));
        assert_eq!((fit.checks, fit.objective), (vec![0], vec![0.0]));
    }
}

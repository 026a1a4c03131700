//! Which observables spoke for a name.

use ndarray::{Array2, Axis};
use rand::seq::index;
use serde::{Deserialize, Serialize};

use super::identifier::{Identifier, network_scores};
use crate::classification::samples::ImportanceBy;
use crate::display::show_as_settings;
use crate::{Result, random};

/// Known samples whose values stand in for a network's own.
const STAND_INS: usize = 10;

/// Observables that are named at most.
const NAMED: usize = 3;

/// An observable that spoke for the most probable class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The observable.
    pub observable: String,
    /// By how much ln(q/(1 − q)) of the most probable class falls, before calibration, when the
    /// network's values of this observable are replaced by those of known networks drawn at random:
    /// the mean over 10 of them.
    pub weight: f64,
}

show_as_settings!(Evidence);

/// Those that spoke most for `class`, strongest first.
pub(super) fn evidence(
    identifier: &Identifier,
    features: &Array2<f64>,
    class: usize,
) -> Result<Vec<Evidence>> {
    let known = &identifier.learned.samples;
    let rng = &mut random::stream(identifier.learned.protocol.seed, "stand-ins");
    let chosen = index::sample(rng, known.len(), STAND_INS.min(known.len())).into_vec();
    let stand_ins = known.features.select(Axis(0), &chosen);
    let samples = vec![0; features.nrows()];
    let (_, own) = network_scores(identifier.fitted.as_ref(), features, &samples)?;
    let own = log_odds(own.row(0), class);
    let groups: Vec<u64> =
        (0..stand_ins.nrows()).flat_map(|k| vec![k as u64; features.nrows()]).collect();
    let copies = vec![features.view(); stand_ins.nrows()];
    let copies =
        ndarray::concatenate(Axis(0), &copies).expect("copies of one matrix have one width");
    let mut found = Vec::new();
    for (observable, columns) in known.parts(ImportanceBy::Observable) {
        let mut replaced = copies.clone();
        for (mut row, &group) in replaced.rows_mut().into_iter().zip(&groups) {
            columns.iter().for_each(|&c| row[c] = stand_ins[(group as usize, c)]);
        }
        let (_, scores) = network_scores(identifier.fitted.as_ref(), &replaced, &groups)?;
        let without: f64 = scores.rows().into_iter().map(|row| log_odds(row, class)).sum();
        found.push(Evidence { observable, weight: own - without / stand_ins.nrows() as f64 });
    }
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    found.retain(|one| one.weight > 0.0);
    found.truncate(NAMED);
    Ok(found)
}

/// ln(q/(1 − q)) at temperature 1.
fn log_odds(scores: ndarray::ArrayView1<'_, f64>, class: usize) -> f64 {
    let others: f64 =
        scores.iter().enumerate().filter(|(k, _)| *k != class).map(|(_, score)| score.exp()).sum();
    scores[class] - others.ln()
}

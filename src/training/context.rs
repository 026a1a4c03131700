//! How a network was doing, as columns beside its measurements.

use polars::prelude::Column;

use super::{Snapshot, Trajectory};

impl Trajectory {
    /// The context columns of a table with a row for each checkpoint and layer, and what is
    /// privileged.
    pub(crate) fn context_columns(&self) -> Vec<Column> {
        let layers = self.network().depth();
        let per_row = |name: &str, value: &dyn Fn(&Snapshot, usize) -> Option<f64>| {
            let of = |s| (0..layers).map(move |layer| value(s, layer).filter(|v| v.is_finite()));
            let values: Vec<Option<f64>> = self.snapshots.iter().flat_map(of).collect();
            Column::new(name.into(), values)
        };
        let of = |angles: &Option<Vec<f64>>, layer: usize| Some(angles.as_ref()?[layer]);
        vec![
            per_row("loss", &|s, _| Some(s.train.loss)),
            per_row("accuracy", &|s, _| Some(s.train.accuracy)),
            per_row("validation_accuracy", &|s, _| Some(s.validation?.accuracy)),
            per_row("test_accuracy", &|s, _| Some(s.test.accuracy)),
            per_row("weight_change", &|s, layer| Some(s.weight_change[layer])),
            per_row("privileged_gradient_angle", &|s, layer| Some(s.gradient_angle[layer])),
            per_row("privileged_feedback_angle", &|s, layer| of(&s.feedback_angle, layer)),
            per_row("privileged_feedback_ratio", &|s, layer| of(&s.feedback_ratio, layer)),
        ]
    }
}

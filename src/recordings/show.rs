//! Recordings under a notebook's cell.

use super::{RecordedFolder, RecordedLayer, RecordedNetwork, Recording};
use crate::display::{Blocks, EvcxrDisplay, count, show, show_as_text};

impl EvcxrDisplay for RecordedLayer {
    fn evcxr_blocks(&self) -> Blocks {
        let (rows, columns) = self.weights.dim();
        let change = if self.change.is_some() { "with" } else { "without" };
        let activity = match &self.activity {
            Some(activity) => format!("activity on {} stimuli", activity.nrows()),
            None => "no activity".into(),
        };
        Blocks::text(format!("weights {rows} × {columns} {change} their last change, {activity}"))
    }
}

impl EvcxrDisplay for Recording {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("step {}: {}", self.step, count(self.layers.len(), "layer")))
    }
}

show!(RecordedLayer, Recording);
show_as_text!(RecordedNetwork, RecordedFolder);

//! Networks measured while they are trained, so that none need be kept.

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::columns::nullable;
use super::layer_view::{Place, Spread, Stimuli};
use super::own_column;
use super::{Instrument, InstrumentGrid, LayerView, Noise, ObservableSet};
use crate::error::Result;
use crate::recordings::{RecordedLayer, Recording};

/// What instruments see of one network at each checkpoint.
pub(crate) struct Measurer<'a> {
    run: usize,
    instruments: Vec<Instrument>,
    observables: &'a ObservableSet,
    /// The class of each probe stimulus.
    classes: Option<&'a [u8]>,
    /// For each instrument, the activity of each layer at the first checkpoint, if it is needed.
    starts: Vec<Vec<Array2<f64>>>,
    /// How widely the numbers of each layer scatter before learning, and its first changes; if none
    /// of the instruments asks, any.
    spreads: Vec<Spread>,
    has_changed: bool,
    /// Of each checkpoint.
    steps: Vec<u32>,
    /// For each instrument: a row for each checkpoint and layer.
    rows: Vec<Vec<Vec<f64>>>,
}

/// What tables say of a network beside what instruments see of it: keys and context, a row for each
/// checkpoint and layer.
pub(crate) struct Described {
    /// Those that come after the number of its run.
    pub(crate) keys: Vec<Column>,
    pub(crate) context: Vec<Column>,
}

impl<'a> Measurer<'a> {
    /// For the network that tables call `run`. Instruments and observables have been checked.
    pub(crate) fn new(
        run: usize,
        instruments: Vec<Instrument>,
        observables: &'a ObservableSet,
    ) -> Self {
        Self {
            run,
            rows: vec![Vec::new(); instruments.len()],
            instruments,
            observables,
            classes: None,
            starts: Vec::new(),
            spreads: Vec::new(),
            has_changed: false,
            steps: Vec::new(),
        }
    }

    /// The same with the class of each probe stimulus, if they are known.
    pub(crate) fn with_classes(self, classes: Option<&'a [u8]>) -> Self {
        Self { classes, ..self }
    }

    /// Measures the next checkpoint; the first one is that before learning.
    pub(crate) fn see(&mut self, recording: &Recording) {
        self.take_spreads(recording);
        let checkpoint = self.steps.len();
        let observables = &self.observables.observables;
        let is_start = checkpoint == 0 && observables.iter().any(|one| one.needs_start());
        for (index, instrument) in self.instruments.iter().enumerate() {
            let mut start = Vec::new();
            let layers = recording.layers.iter().zip(&self.spreads).enumerate();
            for (layer, (recorded, spread)) in layers {
                let place = Place { run: self.run, checkpoint, layer };
                let first = self.starts.get(index).map(|layers| &layers[layer]);
                let stimuli = Stimuli { classes: self.classes, start: first };
                let view = LayerView::new(recorded, (instrument, *spread), place);
                let view = view.with_stimuli(stimuli);
                self.rows[index].push(observables.iter().map(|one| one.measure(&view)).collect());
                if is_start {
                    start.push(view.activity().clone());
                }
            }
            if is_start {
                self.starts.push(start);
            }
        }
        self.steps.push(recording.step as u32);
    }

    /// Before learning those of weights and activity, and later those of the first changes.
    fn take_spreads(&mut self, recording: &Recording) {
        let is_first = self.spreads.is_empty();
        let has_change = recording.layers.iter().any(|layer| layer.change.is_some());
        let changes = has_change && !self.has_changed;
        self.has_changed |= changes;
        if !self.instruments.iter().any(|one| matches!(one.noise, Noise::RelativeToStart(_))) {
            self.spreads = vec![Spread::default(); recording.layers.len()];
            return;
        }
        let perfect = Instrument::perfect();
        let spread = |(layer, recorded): (usize, &RecordedLayer)| {
            let place = Place { run: 0, checkpoint: 0, layer };
            LayerView::new(recorded, (&perfect, Spread::default()), place).spread()
        };
        let spreads = recording.layers.iter().enumerate().map(spread);
        if is_first {
            self.spreads = spreads.collect();
        } else if changes {
            self.spreads.iter_mut().zip(spreads).for_each(|(own, seen)| own.deltas = seen.deltas);
        }
    }

    /// The number of rows of one instrument.
    pub(crate) fn height(&self) -> usize {
        self.rows[0].len()
    }

    /// What the one instrument has seen of the whole training.
    pub(crate) fn table(&self, network: &Described) -> Result<DataFrame> {
        self.table_of(network, 0)
    }

    /// What all have seen, one after the other, with two more key columns.
    pub(crate) fn grid_table(&self, network: &Described) -> Result<DataFrame> {
        let seen_by = |(index, instrument): (usize, &Instrument)| -> Result<DataFrame> {
            let mut table = self.table_of(network, index)?;
            let after = table.get_column_index("depth").map_or(0, |place| place + 1);
            let rows = table.height();
            let noise = vec![instrument.noise.level(); rows];
            table.insert_column(after, Column::new("noise".into(), noise))?;
            let fraction = vec![instrument.fraction; rows];
            table.insert_column(after + 1, Column::new("fraction".into(), fraction))?;
            Ok(table)
        };
        let tables = self.instruments.iter().enumerate().map(seen_by);
        let tables: Vec<DataFrame> = tables.collect::<Result<_>>()?;
        let mut all = tables[0].clone();
        tables[1..].iter().try_for_each(|table| all.vstack_mut(table).map(drop))?;
        all.rechunk_mut();
        Ok(all)
    }

    fn table_of(&self, network: &Described, instrument: usize) -> Result<DataFrame> {
        let rows = &self.rows[instrument];
        let names = self.observables.names();
        let mut columns = vec![Column::new("run".into(), vec![self.run as u32; rows.len()])];
        columns.extend(network.keys.iter().cloned());
        columns.extend(self.places());
        columns.extend(network.context.iter().cloned());
        let numbers = rows.iter().flatten().copied().collect();
        let values = Array2::from_shape_vec((rows.len(), names.len()), numbers)
            .expect("a number for each observable in every row");
        for (name, values) in names.iter().zip(values.columns()) {
            columns.push(nullable(name, values.iter().copied()));
        }
        columns.extend(own_column(&names, rows.len()));
        Ok(DataFrame::new(rows.len(), columns)?)
    }

    /// Which checkpoint and layer each row is.
    fn places(&self) -> [Column; 4] {
        let (rows, layers) = (self.height(), self.spreads.len());
        let per_row = |name: &str, value: &dyn Fn(usize, usize) -> u32| {
            let values: Vec<u32> = (0..rows).map(|row| value(row / layers, row % layers)).collect();
            Column::new(name.into(), values)
        };
        let depth: Vec<&str> = (0..rows).map(|row| depth_name(row % layers, layers)).collect();
        [
            per_row("checkpoint", &|checkpoint, _| checkpoint as u32),
            per_row("step", &|checkpoint, _| self.steps[checkpoint]),
            per_row("layer", &|_, layer| layer as u32 + 1),
            Column::new("depth".into(), depth),
        ]
    }
}

/// The third of the network that the middle of a layer lies in.
fn depth_name(layer: usize, layers: usize) -> &'static str {
    match (2 * layer + 1) * 3 / (2 * layers) {
        0 => "early",
        1 => "middle",
        _ => "deep",
    }
}

/// The instruments of a grid, or the one that is given.
pub(super) fn instruments_of(
    instrument: &Instrument,
    grid: Option<&InstrumentGrid>,
) -> Vec<Instrument> {
    grid.map_or_else(|| vec![*instrument], |grid| grid.instruments(instrument.seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_early_middle_or_deep() {
        assert_eq!([0, 1].map(|l| depth_name(l, 2)), ["early", "deep"]);
        assert_eq!([0, 1, 2].map(|l| depth_name(l, 3)), ["early", "middle", "deep"]);
        assert_eq!(depth_name(0, 1), "middle");
    }
}

//! Networks measured while they are trained, so that none need be kept.

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::columns::nullable;
use super::declared::own_column;
use super::layer_view::{Place, Spread};
use super::observe::{context, keys};
use super::{Instrument, InstrumentGrid, LayerView, Noise, ObservableSet};
use crate::data::Task;
use crate::error::Result;
use crate::network::Activity;
use crate::training::{Experiment, Snapshot, Trajectory};

/// What instruments see of one network at each checkpoint.
pub(crate) struct Measurer<'a> {
    task: &'a Task,
    run: usize,
    instruments: Vec<Instrument>,
    observables: &'a ObservableSet,
    /// How widely the numbers of each layer scatter before learning, and its first changes; if none
    /// of the instruments asks, any.
    spreads: Vec<Spread>,
    has_changed: bool,
    activity: Option<Activity>,
    /// For each instrument: a row for each checkpoint and layer.
    rows: Vec<Vec<Vec<f64>>>,
}

impl<'a> Measurer<'a> {
    /// For the network that tables call `run`. Instruments and observables have been checked.
    pub(crate) fn new(
        experiment: &'a Experiment,
        run: usize,
        instruments: Vec<Instrument>,
        observables: &'a ObservableSet,
    ) -> Self {
        Self {
            task: &experiment.task,
            run,
            rows: vec![Vec::new(); instruments.len()],
            instruments,
            observables,
            spreads: Vec::new(),
            has_changed: false,
            activity: None,
        }
    }

    /// Measures the next checkpoint; the first one is that before learning.
    pub(crate) fn see(&mut self, snapshot: &Snapshot) {
        let network = &snapshot.network;
        let probe = self.task.probe();
        let mut activity =
            self.activity.take().unwrap_or_else(|| Activity::new(network, probe.nrows()));
        network.forward(probe.view(), &mut activity);
        self.take_spreads(snapshot, &activity);
        let checkpoint = self.rows[0].len() / network.depth();
        for (instrument, rows) in self.instruments.iter().zip(&mut self.rows) {
            for (layer, spread) in self.spreads.iter().enumerate() {
                let place = Place { run: self.run, checkpoint, layer };
                let view = view(snapshot, &activity, (instrument, *spread), place);
                let observables = self.observables.observables.iter();
                rows.push(observables.map(|one| one.measure(&view)).collect());
            }
        }
        self.activity = Some(activity);
    }

    /// Before learning those of weights and activity, and later those of the first changes.
    fn take_spreads(&mut self, snapshot: &Snapshot, activity: &Activity) {
        let is_first = self.spreads.is_empty();
        let changes = snapshot.delta.is_some() && !self.has_changed;
        self.has_changed |= changes;
        let depth = snapshot.network.depth();
        if !self.instruments.iter().any(|one| matches!(one.noise, Noise::RelativeToStart(_))) {
            self.spreads = vec![Spread::default(); depth];
            return;
        }
        let spread = |layer: usize| {
            let place = Place { run: 0, checkpoint: 0, layer };
            view(snapshot, activity, (&Instrument::perfect(), Spread::default()), place).spread()
        };
        if is_first {
            self.spreads = (0..depth).map(spread).collect();
        } else if changes {
            for (layer, own) in self.spreads.iter_mut().enumerate() {
                own.deltas = spread(layer).deltas;
            }
        }
    }

    /// What the one instrument has seen of the whole training.
    pub(crate) fn table(&self, trajectory: &Trajectory) -> Result<DataFrame> {
        self.table_of(trajectory, 0)
    }

    /// What all have seen, one after the other, with two more key columns.
    pub(crate) fn grid_table(&self, trajectory: &Trajectory) -> Result<DataFrame> {
        let seen_by = |(index, instrument): (usize, &Instrument)| -> Result<DataFrame> {
            let mut table = self.table_of(trajectory, index)?;
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

    fn table_of(&self, trajectory: &Trajectory, instrument: usize) -> Result<DataFrame> {
        let rows = &self.rows[instrument];
        let names = self.observables.names();
        let mut columns = keys(trajectory, self.run);
        columns.extend(context(trajectory));
        let numbers = rows.iter().flatten().copied().collect();
        let values = Array2::from_shape_vec((rows.len(), names.len()), numbers)
            .expect("a number for each observable in every row");
        for (name, values) in names.iter().zip(values.columns()) {
            columns.push(nullable(name, values.iter().copied()));
        }
        columns.extend(own_column(&names, rows.len()));
        Ok(DataFrame::new(rows.len(), columns)?)
    }
}

/// The instruments of a grid, or the one that is given.
pub(super) fn instruments_of(
    instrument: &Instrument,
    grid: Option<&InstrumentGrid>,
) -> Vec<Instrument> {
    grid.map_or_else(|| vec![*instrument], |grid| grid.instruments(instrument.seed))
}

fn view<'a>(
    snapshot: &'a Snapshot,
    activity: &'a Activity,
    seen: (&'a Instrument, Spread),
    place: Place,
) -> LayerView<'a> {
    let layer = place.layer;
    let delta = snapshot.delta.as_ref().map(|delta| &delta.layers()[layer].weights);
    LayerView::new(&snapshot.network.layers()[layer], delta, activity.units(layer), seen, place)
}

//! Data sets and tasks as tables of their classes.

use super::{
    Change, Dataset, Examples, Group, Images, Normalisation, Objective, Phase, Scenario, Task,
    TaskSettings, TeacherSettings,
};
use crate::display::{
    Blocks, EvcxrDisplay, Grid, Side, count, grouped, kept, show, show_as_settings, show_as_text,
};

/// How many labels there are of each of `classes` classes.
fn counts(labels: &[u8], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for &label in labels {
        // A label that names no class is a mistake elsewhere, and no reason to fail here.
        if let Some(count) = counts.get_mut(usize::from(label)) {
            *count += 1;
        }
    }
    counts
}

/// A table of the examples of each class: a column for each part that has a name and labels.
fn table(caption: String, classes: &[String], parts: &[(&str, &[u8])]) -> Grid {
    let counted: Vec<Vec<usize>> =
        parts.iter().map(|(_, labels)| counts(labels, classes.len())).collect();
    let grid = Grid::new(caption).column("class", Side::Head);
    let grid = parts.iter().fold(grid, |grid, (name, _)| grid.column(*name, Side::Right));
    let row = |grid: Grid, place: Option<usize>| match place {
        None => grid.row(vec!["…"; parts.len() + 1]),
        Some(class) => {
            let cells = counted.iter().map(|counts| grouped(counts[class]));
            grid.row(std::iter::once(classes[class].clone()).chain(cells))
        }
    };
    let grid = kept(classes.len(), 10, 10).into_iter().fold(grid, row);
    let sums = parts.iter().map(|(_, labels)| grouped(labels.len()));
    grid.row(std::iter::once("all".to_owned()).chain(sums))
}

impl EvcxrDisplay for Dataset {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = format!("{}: images of {} pixels", self.name(), self.shape());
        let parts: [(&str, &[u8]); 2] =
            [("training", &self.train().labels), ("test", &self.test().labels)];
        table(caption, self.classes(), &parts).blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

impl EvcxrDisplay for Task {
    fn evcxr_blocks(&self) -> Blocks {
        let (inputs, outputs) = (count(self.inputs(), "input"), count(self.outputs(), "output"));
        let caption = format!("{}: {inputs}, {outputs}", self.name());
        let judged = format!(
            "Judged by {}; activity is measured on {}.",
            self.objective(),
            match self.probe().nrows() {
                1 => "1 probe stimulus".to_owned(),
                stimuli => format!("{stimuli} probe stimuli"),
            }
        );
        if !self.train().has_classes() {
            return self.sizes(caption).note(judged).blocks();
        }
        let classes: Vec<String> = (0..self.outputs()).map(|class| class.to_string()).collect();
        let labels = &self.train().labels;
        let of_stage =
            |phase: &'_ Phase| (phase.name.clone(), labels[phase.examples.clone()].to_vec());
        let phases: Vec<(String, Vec<u8>)> = self.phases().iter().map(of_stage).collect();
        let mut parts: Vec<(&str, &[u8])> =
            phases.iter().map(|(name, labels)| (name.as_str(), &labels[..])).collect();
        parts.push(("training", labels));
        parts.extend(self.validation().map(|part| ("validation", part.labels.as_slice())));
        parts.push(("test", &self.test().labels));
        table(caption, &classes, &parts).note(judged).blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

impl Task {
    /// How many examples each part has.
    fn sizes(&self, caption: String) -> Grid {
        let noun = if self.train().group_size() == 2 { "views" } else { "examples" };
        let grid = Grid::new(caption).column("part", Side::Head).column(noun, Side::Right);
        let parts = [
            ("training", Some(self.train())),
            ("validation", self.validation()),
            ("test", Some(self.test())),
        ];
        let parts = parts.into_iter().filter_map(|(name, part)| Some((name, part?.len())));
        parts.fold(grid, |grid, (name, length)| grid.row([name.to_owned(), grouped(length)]))
    }
}

/// Examples of each class, under the names that labels count.
fn labelled(caption: String, labels: &[u8]) -> Blocks {
    let most = labels.iter().max().map_or(0, |&label| usize::from(label) + 1);
    let classes: Vec<String> = (0..most).map(|class| class.to_string()).collect();
    table(caption, &classes, &[("examples", labels)]).blocks()
}

impl EvcxrDisplay for Images {
    fn evcxr_blocks(&self) -> Blocks {
        let pixels = count(self.pixels.ncols(), "pixel");
        labelled(format!("{} of {pixels}", count(self.len(), "image")), &self.labels)
    }
}

impl EvcxrDisplay for Examples {
    fn evcxr_blocks(&self) -> Blocks {
        let (inputs, targets) = (count(self.inputs.ncols(), "input"), self.targets.ncols());
        let caption = format!(
            "{} of {inputs} and {}",
            count(self.len(), "example"),
            count(targets, "target")
        );
        labelled(caption, &self.labels)
    }
}

show!(Dataset, Task, Images, Examples);
show_as_text!(Change, Objective, Scenario);
show_as_settings!(Group, Phase, TaskSettings, TeacherSettings, Normalisation);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_task_count_their_classes() {
        let data = Dataset::synthetic(0);
        let text = data.evcxr_blocks().plain().to_owned();
        assert!(
            text.starts_with("synthetic: images of 6 × 6 pixels\nclass  training  test\n"),
            "{text}"
        );
        assert!(text.ends_with("all         600   200\n"), "{text}");
        let settings = TaskSettings { validation_fraction: 0.1, ..TaskSettings::default() };
        let task = Task::classification(&data, &settings).unwrap();
        let text = task.evcxr_blocks().plain().to_owned();
        assert!(text.contains("class  training  validation  test\n"), "{text}");
        assert!(text.contains("0           135          15    50\n"), "{text}");
        assert!(text.contains("200 probe stimuli"), "{text}");
        let task = Task::contrastive(&data, &settings, 8).unwrap();
        let text = task.evcxr_blocks().plain().to_owned();
        assert!(
            text.contains("part        views\ntraining    1,080\nvalidation    120\n"),
            "{text}"
        );
    }

    #[test]
    fn parts_are_counted_too() {
        let data = Dataset::synthetic(0);
        let text = data.train().evcxr_blocks().plain().to_owned();
        assert!(text.starts_with("600 images of 36 pixels\nclass  examples\n"), "{text}");
        let text = TaskSettings::default().evcxr_blocks().plain().to_owned();
        assert!(text.contains("probe_stimuli        200"), "{text}");
    }
}

//! Plans and directories as text and tables.

use super::{
    Combinations, Pairs, Plan, RulePlan, RunDirectory, RunOptions, SavedNetwork, SavedWeights,
    Seeding, Shard, Status, StoredStudy, StoredTable, TaskKind, TaskPlan, Views,
};
use crate::display::{
    Blocks, EvcxrDisplay, Grid, Side, count, show, show_as_settings, show_as_text,
};

impl EvcxrDisplay for Plan {
    fn evcxr_blocks(&self) -> Blocks {
        let networks = count(self.networks(), "network");
        let list = |values: Vec<String>| values.join(", ");
        let rules = self.rules.iter().map(RulePlan::to_string).collect();
        let architectures = self.architectures.iter().map(ToString::to_string).collect();
        let optimizers = self.optimizers.iter().map(ToString::to_string).collect();
        let tasks = self.tasks.iter().map(TaskPlan::to_string).collect();
        let sizes = self.batch_sizes.iter().map(ToString::to_string).collect();
        let seeds = match self.combinations {
            Combinations::All => self.seeds.to_string(),
            Combinations::Balanced => format!("{}, each with one combination of these", self.seeds),
        };
        let mut grid = Grid::new(format!("plan {}: {networks}", self.name))
            .column("", Side::Head)
            .column("each of", Side::Left)
            .row(["rules".into(), list(rules)])
            .row(["tasks".into(), list(tasks)])
            .row(["architectures".into(), list(architectures)]);
        if !self.pairs.is_empty() {
            let pairs = self.count_pairs();
            let words = format!("{pairs} of a task and an architecture, and no others");
            grid = grid.row(["pairs".into(), words]);
        }
        grid.row(["optimizers".into(), list(optimizers)])
            .row(["batch sizes".into(), list(sizes)])
            .row(["seeds".into(), seeds])
            .blocks()
    }
}

impl EvcxrDisplay for Status {
    fn evcxr_blocks(&self) -> Blocks {
        let mut text = self.to_string();
        for sentence in &self.damaged {
            text.push('\n');
            text.push_str(sentence);
        }
        Blocks::text(text)
    }
}

show!(Plan);
show!(Status);
show_as_settings!(Combinations, Pairs, StoredTable, TaskKind, Views);
show_as_text!(
    SavedNetwork,
    SavedWeights,
    RulePlan,
    RunDirectory,
    RunOptions,
    Seeding,
    Shard,
    StoredStudy,
    TaskPlan
);

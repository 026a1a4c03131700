//! Where the nodes of a tree stand: leaves side by side, each question above the middle of its
//! answers.

use crate::classification::TreeNode;

/// The place of a node, in columns of leaves and levels from the root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) column: f64,
    pub(crate) level: usize,
}

/// The places of all nodes, root first as in `nodes`.
pub(crate) fn places(nodes: &[TreeNode]) -> Vec<Place> {
    let mut columns = vec![0.0; nodes.len()];
    if !nodes.is_empty() {
        descend(nodes, 0, &mut 0, &mut columns);
    }
    nodes.iter().zip(columns).map(|(node, column)| Place { column, level: node.depth }).collect()
}

/// Places the subtree below `node`, its leaves from the next free column on.
fn descend(nodes: &[TreeNode], node: usize, free: &mut usize, columns: &mut [f64]) {
    columns[node] = match &nodes[node].question {
        None => {
            *free += 1;
            *free as f64 - 0.5
        }
        Some(question) => {
            descend(nodes, question.yes, free, columns);
            descend(nodes, question.no, free, columns);
            (columns[question.yes] + columns[question.no]) / 2.0
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classification::Question;

    #[test]
    fn questions_stand_above_their_answers() {
        let leaf = |depth| TreeNode { depth, counts: vec![1], question: None };
        let inner = |depth, yes, no| {
            let question = Question { feature: "x".into(), threshold: 0.0, yes, no };
            TreeNode { depth, counts: vec![1], question: Some(question) }
        };
        let nodes = [inner(0, 1, 2), leaf(1), inner(1, 3, 4), leaf(2), leaf(2)];
        let columns: Vec<f64> = places(&nodes).iter().map(|place| place.column).collect();
        assert_eq!(columns, [1.25, 0.5, 2.0, 1.5, 2.5]);
    }
}

//! A decision tree to read: questions, and the classes they lead to.

use super::drawing::axis::short;
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Point, Stroke, Type};
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts;
use super::drawing::labels::{label_of_column, label_of_rule};
use super::drawing::legend::Legend;
use super::drawing::plot::{faded, on_paper};
use super::drawing::style::{
    Colour, GRID, INK, RULE, SMALL, WHITE, Weight, colours_of, order_of_rules,
};
use super::drawing::tree_layout::{Place, places};
use crate::classification::{FittedTree, Question, TreeNode};
use crate::{Error, Result};

/// A wider tree cannot be read.
const MOST_LEAVES: usize = 40;
/// The height of a line in a box, and the free height between a box and the level below.
const LINE: f64 = 1.3 * SMALL;
const BETWEEN: f64 = 34.0;
/// The height of the bar of classes in a leaf.
const BAR: f64 = 7.0;
/// Longer names of classes are broken into lines.
const WIDEST_NAME: f64 = 96.0;

/// Draws a grown tree: its questions, `yes` to the left and `no` to the right, and leaves in the
/// colour of their commonest class.
///
/// The width grows with the number of leaves; in a smaller size everything shrinks.
///
/// ```
/// use microlearners::classification::{DecisionTree, Samples};
/// use microlearners::figures::decision_tree;
/// use microlearners::ndarray::array;
///
/// let classes = ["hebbian", "oja"].map(str::to_owned).to_vec();
/// let features = array![[1.0], [2.0], [8.0], [9.0]];
/// let samples = Samples::new(features, vec!["weightraw_norm".into()], vec![1, 1, 0, 0], classes, vec![0, 1, 2, 3])?;
/// let tree = DecisionTree::default().grow(&samples)?;
/// let figure = decision_tree("One question is enough", &tree)?;
/// assert!(figure.description().contains("weightraw_norm ≤ 5.000?"));
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Figure`] if the tree has more than 40 leaves, too many to read.
pub fn decision_tree(title: &str, tree: &FittedTree) -> Result<Figure> {
    let leaves = tree.nodes.iter().filter(|node| node.question.is_none()).count();
    if leaves > MOST_LEAVES {
        let problem = format!(
            "the tree has {leaves} leaves, and more than {MOST_LEAVES} cannot be read; grow it with a smaller max_depth or a larger min_samples_leaf"
        );
        return Err(Error::Figure(problem));
    }
    let note = "Left: yes; right: no. Leaves: the commonest class, and how many of the training samples that arrive there \
                belong to it; the bar: the shares of all classes.";
    let description = format!("Decision tree.\n{}{note}", tree.rules());
    let picture = Drawing::new(tree, leaves);
    let (width, height) = picture.needed();
    let size = ((width as u32 + 28).max(480), height as u32 + 120);
    Ok(Figure::new(title, size, picture).described(description).noted(note))
}

/// The figure's content.
#[derive(Debug)]
struct Drawing {
    nodes: Vec<TreeNode>,
    places: Vec<Place>,
    leaves: usize,
    /// Names and colours, in the order of the counts.
    classes: Vec<(String, Colour)>,
    /// The lines of each class's name.
    names: Vec<Vec<String>>,
    leaf_width: f64,
    question_width: f64,
    legend: Legend,
}

/// The measures of the drawing at one size.
#[derive(Clone, Copy, Debug)]
struct Measures {
    /// What lengths are multiplied by to fit.
    scale: f64,
    column: f64,
    origin: Point,
}

impl Drawing {
    fn new(tree: &FittedTree, leaves: usize) -> Self {
        let labels = tree.classes.iter().map(|class| label_of_rule(class));
        let classes: Vec<(String, Colour)> = labels.zip(colours_of(&tree.classes)).collect();
        let (nodes, places) = (tree.nodes.clone(), places(&tree.nodes));
        let order = order_of_rules(&tree.classes).into_iter();
        let entries = order.map(|class| classes[class].clone()).collect();
        let lines = |(name, _): &(String, _)| fonts::wrap(name, WIDEST_NAME, SMALL, Weight::Bold);
        let names: Vec<Vec<String>> = classes.iter().map(lines).collect();
        let (leaf_width, question_width) = (leaf_width(&names, &nodes), question_width(&nodes));
        let legend = Legend { entries };
        Self { nodes, places, leaves, classes, names, leaf_width, question_width, legend }
    }

    fn leaf_height(&self) -> f64 {
        let lines = self.names.iter().map(Vec::len);
        (1 + lines.max().unwrap_or(1)) as f64 * LINE + BAR + 12.0
    }

    fn question_height(&self) -> f64 {
        2.0 * LINE + 10.0
    }

    /// From the top of one level to that of the next.
    fn level(&self) -> f64 {
        self.leaf_height().max(self.question_height()) + BETWEEN
    }

    /// The width of a leaf's column: on one level, leaves are at least one apart, questions two, a
    /// leaf and a question one and a half.
    fn column(&self) -> f64 {
        let (leaf, question) = (self.leaf_width + 10.0, self.question_width + 10.0);
        leaf.max(question / 2.0).max((leaf + question) / 3.0)
    }

    /// Width and height at full size.
    fn needed(&self) -> (f64, f64) {
        let levels = self.places.iter().map(|place| place.level).max().unwrap_or(0);
        (self.leaves as f64 * self.column(), levels as f64 * self.level() + self.leaf_height())
    }

    fn measures(&self, area: Area) -> Measures {
        let (width, height) = self.needed();
        let scale = (area.width / width).min(area.height / height).min(1.0);
        // Few leaves need not fill a wide figure.
        let column = (area.width / self.leaves as f64).min(1.8 * scale * self.column());
        let left = area.left + (area.width - column * self.leaves as f64) / 2.0;
        Measures { scale, column, origin: (left, area.top) }
    }

    /// The box of a node.
    fn frame(&self, node: usize, measures: Measures) -> Area {
        let (width, height) = match self.nodes[node].question {
            Some(_) => (self.question_width, self.question_height()),
            None => (self.leaf_width, self.leaf_height()),
        };
        let Measures { scale, column, origin } = measures;
        let place = self.places[node];
        let middle = origin.0 + place.column * column;
        let top = origin.1 + place.level as f64 * self.level() * scale;
        Area::new(middle - width * scale / 2.0, top, width * scale, height * scale)
    }

    fn draw_edges(&self, canvas: &mut Canvas, measures: Measures) {
        for (node, question) in self.nodes.iter().enumerate() {
            let Some(question) = &question.question else { continue };
            let from = foot(self.frame(node, measures));
            let answers = [(question.yes, "yes", Anchor::End), (question.no, "no", Anchor::Start)];
            for (child, answer, anchor) in answers {
                let to = head(self.frame(child, measures));
                canvas.line(vec![from, to], Stroke::solid(RULE, 1.2));
                let side = if anchor == Anchor::End { -5.0 } else { 5.0 };
                let at = ((from.0 + to.0) / 2.0 + side, (from.1 + to.1) / 2.0 + 3.0);
                let kind = Type { size: 0.85 * SMALL * measures.scale, ..faded().anchor(anchor) };
                on_paper(canvas, answer, at, kind);
            }
        }
    }

    fn draw_question(&self, canvas: &mut Canvas, frame: Area, work: (&Question, f64)) {
        let (question, scale) = work;
        boxed(canvas, frame, Fill::of(WHITE));
        let kind = Type::new(SMALL * scale).anchor(Anchor::Middle);
        for (index, line) in lines_of(question).into_iter().enumerate() {
            let baseline = frame.top + (5.0 + SMALL + index as f64 * LINE) * scale;
            canvas.text(line, (frame.left + frame.width / 2.0, baseline), kind);
        }
    }

    fn draw_leaf(&self, canvas: &mut Canvas, frame: Area, work: (&TreeNode, f64)) {
        let (node, scale) = work;
        let total: usize = node.counts.iter().sum();
        let class = commonest(&node.counts);
        let (name, colour) = &self.classes[class];
        boxed(canvas, frame, Fill::of(canvas.colour(name, *colour).lighter(0.75)));
        let kind = Type::new(SMALL * scale).anchor(Anchor::Middle);
        let middle = frame.left + frame.width / 2.0;
        let mut baseline = frame.top + (4.0 + SMALL) * scale;
        for line in &self.names[class] {
            canvas.text(line.as_str(), (middle, baseline), kind.bold().colour(INK));
            baseline += LINE * scale;
        }
        canvas.text(format!("{} of {total}", node.counts[class]), (middle, baseline), kind);
        self.draw_shares(canvas, frame, (node, scale));
    }

    /// A bar along the foot of a leaf: the shares of the classes.
    fn draw_shares(&self, canvas: &mut Canvas, frame: Area, (node, scale): (&TreeNode, f64)) {
        let total: usize = node.counts.iter().sum();
        let mut left = frame.left;
        for (count, (name, colour)) in node.counts.iter().zip(&self.classes) {
            let width = frame.width * *count as f64 / total.max(1) as f64;
            let part = Area::new(left, frame.bottom() - BAR * scale, width, BAR * scale);
            if *count > 0 {
                canvas.rectangle(part, Fill::of(canvas.colour(name, *colour)));
            }
            left += width;
        }
    }
}

fn question_width(nodes: &[TreeNode]) -> f64 {
    let questions = nodes.iter().filter_map(|node| node.question.as_ref());
    let widest = |q: &Question| lines_of(q).map(|line| fonts::widest([line.as_str()], SMALL));
    questions.flat_map(widest).fold(0.0, f64::max) + 16.0
}

fn leaf_width(names: &[Vec<String>], nodes: &[TreeNode]) -> f64 {
    let names = names.iter().flatten().map(|line| fonts::width(line, SMALL, Weight::Bold));
    let most: usize = nodes.first().map_or(0, |root| root.counts.iter().sum());
    let counts = fonts::widest([format!("{most} of {most}").as_str()], SMALL);
    names.fold(counts, f64::max) + 14.0
}

/// The class that most samples have; of equally frequent ones the first.
fn commonest(counts: &[usize]) -> usize {
    (0..counts.len()).rev().max_by_key(|class| counts[*class]).unwrap_or(0)
}

fn lines_of(question: &Question) -> [String; 2] {
    [label_of_column(&question.feature), format!("≤ {} ?", short(question.threshold))]
}

fn head(frame: Area) -> Point {
    (frame.left + frame.width / 2.0, frame.top)
}

fn foot(frame: Area) -> Point {
    (frame.left + frame.width / 2.0, frame.bottom())
}

/// A filled box with a thin frame.
fn boxed(canvas: &mut Canvas, frame: Area, fill: Fill) {
    canvas.rectangle(frame.inside(-1.0, -1.0, -1.0, -1.0), Fill::of(RULE));
    canvas.rectangle(frame, fill);
}

impl Picture for Drawing {
    fn legend(&self) -> Option<Legend> {
        Some(self.legend.clone())
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let area = self.legend.draw(canvas, area).inside(0.0, 4.0, 0.0, 0.0);
        canvas.line(
            vec![(area.left, area.top - 5.0), (area.right(), area.top - 5.0)],
            Stroke::solid(GRID, 1.0),
        );
        let measures = self.measures(area);
        self.draw_edges(canvas, measures);
        for (index, node) in self.nodes.iter().enumerate() {
            let frame = self.frame(index, measures);
            match &node.question {
                Some(question) => self.draw_question(canvas, frame, (question, measures.scale)),
                None => self.draw_leaf(canvas, frame, (node, measures.scale)),
            }
        }
    }
}

//! A learning rule as a reader writes it in a cell: trained beside the catalogue, observed and
//! identified, with nothing but the prelude.

use microlearners::prelude::*;

// Feedback alignment that carries only the sign of the error down: thirty lines of a cell.

#[derive(Debug)]
struct SignFeedback;

#[derive(Debug)]
struct SignLearner {
    feedback: Vec<Matrix>,
}

impl LearningRule for SignFeedback {
    fn about(&self) -> About {
        About::new("sign_feedback", "δ_l = sign(B_{l+1} δ_{l+1}) ⊙ φ′(a_l) / n", "this cell")
    }
    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(SignLearner { feedback: FeedbackInit::Glorot.draw(network, rng) })
    }
}

impl Learner for SignLearner {
    fn propose(
        &mut self,
        net: &Network,
        batch: &Batch,
        out: &mut Updates,
        _: &mut Rng,
    ) -> StepReport {
        let mut activity = Activity::new(net, batch.len());
        net.forward(batch.inputs, &mut activity);
        let (mut delta, loss) = net.output_error(&activity, batch.targets);
        for (l, layer) in net.layers().iter().enumerate().rev() {
            let below = activity.below(l, &batch.inputs);
            layer.outer(below, delta.view(), 1.0, &mut out.layers_mut()[l]);
            if l > 0 {
                let sign = delta.dot(&self.feedback[l]).mapv(f32::signum) / batch.len() as f32;
                delta = sign * net.layers()[l - 1].activation.slopes(activity.out(l - 1));
            }
        }
        StepReport::of_loss(loss)
    }
}

fn experiment() -> Result<Experiment, Error> {
    let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    let small = Architecture::hidden(&[10]);
    Ok(Experiment::new(&task).architecture(small).batch_size(20).checkpoints(Checkpoints::Count(4)))
}

#[test]
fn it_learns() {
    let trajectory = train(&experiment().unwrap().rule(SignFeedback)).unwrap();
    assert_eq!(trajectory.outcome, Outcome::Finished);
    assert!(trajectory.test.accuracy > 0.8, "{}", trajectory.test);
    let table = observe(&trajectory, &Instrument::perfect(), &ObservableSet::default()).unwrap();
    assert_eq!(table.height(), 4 * 2);
}

#[test]
fn it_is_identified_beside_the_catalogue() {
    let mut rules = rules::all();
    rules.push(SignFeedback.shared());
    let records = Study::of(experiment().unwrap()).rules(&rules).seeds(6).run().unwrap();
    let protocol =
        Protocol { splits: 3, permutations: 0, importance_repeats: 0, ..Protocol::default() };
    let forest = RandomForest::default();
    let report =
        classify_table(&records.observations, &SampleSpec::default(), &forest, &protocol).unwrap();
    let scores = report.scores();
    let mine = scores.iter().find(|score| score.name == "sign_feedback").unwrap();
    // Chance is 1 of 7.
    assert!(mine.f1 > 0.5, "{report}");
    let figure =
        confusion_matrix("A rule of one's own beside the catalogue", &report.confusion).unwrap();
    assert!(figure.to_svg().contains("sign feedback"), "{}", figure.description());
}

#[test]
fn it_shows_itself() {
    // The compiler's proof that a cell may end with the rule, alone or shared.
    let _: fn(&SignFeedback) = |rule| rule.evcxr_display();
    let text = SignFeedback.shared().evcxr_blocks().plain().to_owned();
    assert!(text.starts_with("sign_feedback\nfamily         other\n"), "{text}");
}

//! A learning rule as a reader writes it in a cell: trained beside the catalogue, observed and identified, with nothing
//! but the prelude.

use microlearners::prelude::*;

/// Feedback alignment that carries only the sign of the error down.
#[derive(Debug)]
struct SignFeedback;

#[derive(Debug)]
struct SignLearner {
    activity: Activity,
    feedback: Vec<Matrix>,
}

impl LearningRule for SignFeedback {
    fn about(&self) -> About {
        About::new("sign_feedback", "δ_l = sign(B_{l+1} δ_{l+1}) ⊙ φ′(a_l) / n", "this cell")
            .family(Family::Feedback)
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = FeedbackInit::FanSum.draw(network, rng);
        Box::new(SignLearner { activity: Activity::new(network, 0), feedback })
    }
}

impl Learner for SignLearner {
    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch,
        updates: &mut Updates,
        _: &mut Rng,
    ) -> Step {
        network.forward(batch.inputs, &mut self.activity);
        let (mut delta, loss) = network.output_error(&self.activity, batch.targets);
        for (l, layer) in network.layers().iter().enumerate().rev() {
            let below = self.activity.below(l, &batch.inputs);
            layer.outer(below, delta.view(), 1.0, &mut updates.layers_mut()[l]);
            if l > 0 {
                let sign = delta.dot(&self.feedback[l]).mapv(f32::signum) / batch.len() as f32;
                delta = sign * network.layers()[l - 1].activation.slopes(below);
            }
        }
        Step::of_loss(loss)
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
        classify_table(&records.observations, &View::default(), &forest, &protocol).unwrap();
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
    assert!(text.starts_with("sign_feedback\nfamily         feedback\n"), "{text}");
}

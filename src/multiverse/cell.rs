//! Networks that many designs share: a rule in one form, under what that form depends on.

use super::{
    ContrastiveForm, FeedbackScale, HebbianForm, Initialisation, KolenPollackForm, Pixels,
    SlidesDesign, Units,
};
use crate::data::{Dataset, Task};
use crate::error::Result;
use crate::rules::{
    Backprop, Combination, ContrastiveHebbian, FeedbackAlignment, FrozenHidden, Hebbian,
    KolenPollack, LearningRule, NoTraining, OutputActivity, Rule,
};
use crate::training::{Checkpoints, Design, Experiment};

/// A rule of the slides in one of its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trained {
    Nothing,
    Backprop,
    FeedbackAlignment(FeedbackScale),
    KolenPollack,
    DeltaRule,
    Hebbian(HebbianForm),
    Contrastive(ContrastiveForm),
}

/// What a network's weights depend on, but for its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) pixels: Pixels,
    pub(super) units: Units,
    pub(super) initialisation: Initialisation,
    pub(super) trained: Trained,
}

impl Cell {
    /// The six of a design. What a form does not depend on is the same for all designs: nothing but
    /// the initialisation where nothing learns, and not the loss where output units are clamped.
    pub(super) fn of(design: &SlidesDesign) -> [Self; 6] {
        let kolen_pollack = match design.kolen_pollack {
            KolenPollackForm::Decay => Trained::KolenPollack,
            KolenPollackForm::DeltaRule => Trained::DeltaRule,
        };
        let all = [
            Trained::Nothing,
            Trained::Backprop,
            Trained::FeedbackAlignment(design.feedback),
            kolen_pollack,
            Trained::Hebbian(design.hebbian),
            Trained::Contrastive(design.contrastive),
        ];
        all.map(|trained| Self::at(design, trained))
    }

    fn at(design: &SlidesDesign, trained: Trained) -> Self {
        let SlidesDesign { initialisation, pixels, units, .. } = *design;
        let cell = Self { pixels, units, initialisation, trained };
        match trained {
            Trained::Nothing => {
                Self { pixels: Pixels::Standardised, units: Units::SigmoidCrossEntropy, ..cell }
            }
            Trained::Hebbian(HebbianForm::Clamped | HebbianForm::ClampedFast) => {
                Self { units: units.whatever_the_loss(), ..cell }
            }
            _ => cell,
        }
    }

    /// Its place among the six of a design.
    pub(super) fn place(self) -> usize {
        match self.trained {
            Trained::Nothing => 0,
            Trained::Backprop => 1,
            Trained::FeedbackAlignment(_) => 2,
            Trained::KolenPollack | Trained::DeltaRule => 3,
            Trained::Hebbian(_) => 4,
            Trained::Contrastive(_) => 5,
        }
    }

    /// The slides' name of the rule.
    pub(super) fn label(self) -> &'static str {
        match self.trained {
            Trained::Nothing => "no_training",
            Trained::Backprop => "backprop",
            Trained::FeedbackAlignment(_) => "feedback_alignment",
            Trained::KolenPollack | Trained::DeltaRule => "kolen_pollack",
            Trained::Hebbian(_) => "hebbian",
            Trained::Contrastive(_) => "contrastive_hebbian",
        }
    }

    /// What it has in common with those whose inputs, units and first weights are the same.
    pub(super) fn group(self) -> String {
        let Self { pixels, units, initialisation, trained: _ } = self;
        format!("{pixels:?}-{units:?}-{initialisation:?}")
    }

    pub(super) fn task(self, dataset: &Dataset) -> Result<Task> {
        self.design().task(dataset)
    }

    /// What the slides state, with what this cell says of the rest.
    fn design(self) -> Design {
        let stated = Design::microlearners();
        let architecture = stated.architecture.clone().with_activation(self.units.activation());
        Design {
            architecture: architecture.with_initialiser(self.initialisation.initialiser()),
            normalisation: self.pixels.normalisation(),
            objective: self.units.objective(),
            ..stated
        }
    }

    /// One network, seen before learning and after.
    pub(super) fn experiment(self, task: &Task, seed: u64) -> Experiment {
        let rule = self.rule();
        let experiment = self.design().experiment(task, &rule, seed);
        let experiment = Experiment { evaluation_examples: 1, ..experiment };
        let experiment = experiment.checkpoints(Checkpoints::Count(2));
        match self.trained {
            Trained::Hebbian(HebbianForm::ClampedFast) => experiment.learning_rate(0.01),
            _ => experiment,
        }
    }

    fn rule(self) -> Rule {
        match self.trained {
            Trained::Nothing => NoTraining.shared(),
            Trained::Backprop => Backprop.shared(),
            Trained::FeedbackAlignment(scale) => {
                FeedbackAlignment { feedback: scale.feedback(self.initialisation) }.shared()
            }
            Trained::KolenPollack => KolenPollack::default().shared(),
            Trained::DeltaRule => FrozenHidden.shared(),
            Trained::Hebbian(HebbianForm::Own) => {
                Hebbian { output_activity: OutputActivity::Own, ..Hebbian::default() }.shared()
            }
            Trained::Hebbian(_) => Hebbian::default().shared(),
            Trained::Contrastive(form) => contrastive(form),
        }
    }
}

/// A rule with the factor is one without whose hidden layer moves γ times as far.
fn contrastive(form: ContrastiveForm) -> Rule {
    let weak = ContrastiveHebbian::default();
    let strong = ContrastiveHebbian { feedback_gain: 1.0, ..weak };
    match form {
        ContrastiveForm::Weak => weak.shared(),
        ContrastiveForm::WeakWithoutFactor => {
            let both = [weak.shared(), weak.shared()];
            Combination::layers(&both).with_factors(&[weak.feedback_gain, 1.0]).shared()
        }
        ContrastiveForm::Strong => strong.shared(),
        ContrastiveForm::StrongOneSweep => ContrastiveHebbian { max_sweeps: 1, ..strong }.shared(),
    }
}

//! What a result depends on that its source does not state.
//!
//! The *Microlearners* slides report an accuracy and the confusions of a forest on 36 networks
//! ([`published`](crate::classification::published)), and leave open how these were trained and
//! shown. A [`SlidesDesign`] is one way to fill in all that is open. A [`Multiverse`] is many
//! designs: [`score`](Multiverse::score) trains their networks and says for each how well rules are
//! identified, and how likely the slides' table is ([`log_likelihood`]); [`by_option`] says what
//! each option does on average. Steegen, Tuerlinckx, Gelman & Vanpaemel 2016, *Increasing
//! transparency through a multiverse analysis*, doi 10.1177/1745691616658637.

mod by_option;
mod cell;
mod design;
mod likelihood;
mod networks;
mod options;
mod score;

pub use by_option::by_option;
pub use design::{CHOICES, SlidesDesign};
pub use likelihood::{NEAR, PRIOR, best_log_likelihood, log_likelihood};
pub use options::{
    ContrastiveForm, FeedbackScale, HebbianForm, Initialisation, KolenPollackForm, Pixels,
    SampleForm, Splits, Units,
};
pub use score::Multiverse;

crate::display::show_as_text!(Multiverse);
crate::display::show_as_settings!(
    ContrastiveForm,
    FeedbackScale,
    HebbianForm,
    Initialisation,
    KolenPollackForm,
    Pixels,
    SampleForm,
    SlidesDesign,
    Splits,
    Units,
);

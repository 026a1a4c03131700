//! One option of each choice.

use polars::prelude::{Column, DataFrame};
use rand::seq::SliceRandom as _;

use super::{
    ContrastiveForm, FeedbackScale, HebbianForm, Initialisation, KolenPollackForm, Pixels,
    SampleForm, Splits, Units,
};
use crate::error::{Error, Result, shown};
use crate::observables::columns::texts;
use crate::random;

/// One way to fill in what the *Microlearners* slides do not state. What they state is that of
/// [`Design::microlearners`](crate::training::Design::microlearners).
///
/// ```
/// use microlearners::multiverse::SlidesDesign;
///
/// assert_eq!(SlidesDesign::all().len(), 6912);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlidesDesign {
    /// What "initialisation variance 0.1" is.
    pub initialisation: Initialisation,
    /// How pixels become inputs.
    pub pixels: Pixels,
    /// Hidden units, read-out and loss.
    pub units: Units,
    /// The scale of feedback weights.
    pub feedback: FeedbackScale,
    /// What Kolen-Pollack is.
    pub kolen_pollack: KolenPollackForm,
    /// What Hebbian learning is.
    pub hebbian: HebbianForm,
    /// What contrastive Hebbian learning is.
    pub contrastive: ContrastiveForm,
    /// What one sample is.
    pub sample: SampleForm,
    /// What stays on one side of a split.
    pub splits: Splits,
}

/// The choices, as columns of tables.
pub const CHOICES: [&str; 9] = [
    "initialisation",
    "pixels",
    "units",
    "feedback",
    "kolen_pollack",
    "hebbian",
    "contrastive_hebbian",
    "sample",
    "splits",
];

impl SlidesDesign {
    /// The design of notebook 03: the first option of every choice.
    pub fn first() -> Self {
        Self {
            initialisation: Initialisation::ALL[0],
            pixels: Pixels::ALL[0],
            units: Units::ALL[0],
            feedback: FeedbackScale::ALL[0],
            kolen_pollack: KolenPollackForm::ALL[0],
            hebbian: HebbianForm::ALL[0],
            contrastive: ContrastiveForm::ALL[0],
            sample: SampleForm::ALL[0],
            splits: Splits::ALL[0],
        }
    }

    /// Every combination of options, that of notebook 03 first. Their scores ship as
    /// `datasets/studies/slides_multiverse.parquet`.
    pub fn all() -> Vec<Self> {
        let one = vec![Self::first()];
        let all = vary(one, Initialisation::ALL, |design, &o| design.initialisation = o);
        let all = vary(all, Pixels::ALL, |design, &o| design.pixels = o);
        let all = vary(all, Units::ALL, |design, &o| design.units = o);
        let all = vary(all, FeedbackScale::ALL, |design, &o| design.feedback = o);
        let all = vary(all, KolenPollackForm::ALL, |design, &o| design.kolen_pollack = o);
        let all = vary(all, HebbianForm::ALL, |design, &o| design.hebbian = o);
        let all = vary(all, ContrastiveForm::ALL, |design, &o| design.contrastive = o);
        let all = vary(all, SampleForm::ALL, |design, &o| design.sample = o);
        vary(all, Splits::ALL, |design, &o| design.splits = o)
    }

    /// `count` different ones of all designs at random, that of notebook 03 first.
    ///
    /// # Errors
    /// [`Error::Setting`] if `count` is 0 or more than there are.
    pub fn some(count: usize, seed: u64) -> Result<Vec<Self>> {
        let mut all = Self::all();
        if !(1..=all.len()).contains(&count) {
            let requirement = format!("it must be 1 to {}, the number of designs", all.len());
            return Err(Error::setting("count", count, requirement));
        }
        all[1..].shuffle(&mut random::stream(seed, "designs"));
        all.truncate(count);
        Ok(all)
    }

    /// The design of each row of a table of [`Multiverse::score`](super::Multiverse::score), such as of
    /// those with the largest likelihood.
    ///
    /// # Errors
    /// [`Error::Table`] if the table lacks a choice, or a row has an option that there is none of.
    pub fn of_rows(table: &DataFrame) -> Result<Vec<Self>> {
        let columns: Vec<_> =
            CHOICES.iter().map(|choice| texts(table, choice)).collect::<Result<_>>()?;
        let all = Self::all();
        let of_row = |row: usize| {
            let is_own = |design: &&Self| {
                design.options().iter().zip(&columns).all(|(own, column)| *own == &*column[row])
            };
            let found = all.iter().find(is_own).copied();
            found.ok_or_else(|| {
                let named: Vec<String> = columns.iter().map(|column| shown(&column[row])).collect();
                Error::Table(format!(
                    "row {row} has the options {}, which no design has; give rows of a table of scores",
                    named.join(" | ")
                ))
            })
        };
        (0..table.height()).map(of_row).collect()
    }

    /// The option of each choice, in the order of [`CHOICES`].
    pub fn options(&self) -> [&'static str; 9] {
        [
            self.initialisation.name(),
            self.pixels.name(),
            self.units.name(),
            self.feedback.name(),
            self.kolen_pollack.name(),
            self.hebbian.name(),
            self.contrastive.name(),
            self.sample.name(),
            self.splits.name(),
        ]
    }

    /// The options of many designs: a column for each choice.
    pub(super) fn columns(designs: &[Self]) -> Vec<Column> {
        let options = |place: usize| designs.iter().map(move |design| design.options()[place]);
        let column = |(place, name): (usize, &&str)| {
            Column::new((*name).into(), options(place).collect::<Vec<&str>>())
        };
        CHOICES.iter().enumerate().map(column).collect()
    }
}

fn vary<T>(
    designs: Vec<SlidesDesign>,
    options: &[T],
    set: impl Fn(&mut SlidesDesign, &T),
) -> Vec<SlidesDesign> {
    let with = |mut design: SlidesDesign, option: &T| {
        set(&mut design, option);
        design
    };
    designs
        .iter()
        .flat_map(|&design| options.iter().map(move |o| (design, o)))
        .map(|(d, o)| with(d, o))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_as_many_designs_as_products_of_options() {
        let all = SlidesDesign::all();
        assert_eq!(all.len(), 3 * 2 * 3 * 2 * 2 * 3 * 4 * 4 * 2);
        assert_eq!(all[0], SlidesDesign::first());
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        let names: BTreeSet<[&str; 9]> = all.iter().map(SlidesDesign::options).collect();
        assert_eq!(names.len(), all.len(), "two options have one name");
    }

    #[test]
    fn the_designs_of_a_table_are_those_that_were_scored() {
        let some = SlidesDesign::some(20, 4).unwrap();
        let table = DataFrame::new(20, SlidesDesign::columns(&some)).unwrap();
        assert_eq!(SlidesDesign::of_rows(&table).unwrap(), some);
        let mut other = table.clone();
        other.with_column(Column::new("units".into(), vec!["maxout"; 20])).unwrap();
        let told = SlidesDesign::of_rows(&other).unwrap_err().to_string();
        assert!(told.contains("row 0") && told.contains("maxout"), "{told}");
    }

    #[test]
    fn some_designs_are_different_and_the_first_is_among_them() {
        let some = SlidesDesign::some(100, 1).unwrap();
        assert_eq!((some.len(), some[0]), (100, SlidesDesign::first()));
        assert_eq!(some.iter().collect::<BTreeSet<_>>().len(), 100);
        assert_eq!(some, SlidesDesign::some(100, 1).unwrap());
        let told = SlidesDesign::some(7000, 1).unwrap_err().to_string();
        assert!(told.contains("7000") && told.contains("1 to 6912"), "{told}");
        assert!(SlidesDesign::some(0, 1).is_err());
    }
}

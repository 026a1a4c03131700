//! How many networks must be learned from?

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::protocol::Protocol;
use super::trial::Trial;
use crate::classification::classifiers::{Classifier, accuracy};
use crate::classification::samples::{Samples, shuffled_alike};
use crate::error::{Error, Result, check_count};
use crate::random;

/// The accuracy on networks not seen, for classifiers that learn from more and more of the others:
/// what more data would bring. One row per size × split: `networks` learned from, `split`,
/// `accuracy`. The networks judged in a split are the same for all sizes, and those of a size are
/// among those of the next. Draw it by [`learning_curves`](crate::figures::learning_curves), over
/// `split`.
///
/// A size counts what the protocol keeps together: initialisations, each with its network under
/// every rule, or networks of each class. A size that is named twice is learned from once.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), Hebbian::default().shared()];
/// let records = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules).seeds(8).run()?;
/// let samples = SampleSpec::default().samples(&records.observations)?;
/// let protocol = Protocol { splits: 2, ..Protocol::default() };
/// let table = accuracy_by_size(&samples, &RandomForest::default(), &protocol, &[1, 3, 6])?;
/// assert_eq!(table.height(), 3 * 2);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] without sizes, for a size of 0, larger than what a split leaves to learn
/// from, or so small that it leaves one class alone; otherwise as [`classify`](super::classify).
pub fn accuracy_by_size(
    samples: &Samples,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    sizes: &[usize],
) -> Result<DataFrame> {
    let trial = Trial { samples, classifier, protocol };
    samples.check()?;
    trial.check()?;
    check_count("sizes", sizes.len())?;
    sizes.iter().try_for_each(|&size| check_count("size", size))?;
    let places = 0..sizes.len();
    let once = places.filter(|&place| !sizes[..place].contains(&sizes[place]));
    let turns: Vec<(usize, usize)> = once
        .map(|place| sizes[place])
        .flat_map(|size| (0..protocol.splits).map(move |split| (size, split)))
        .collect();
    let rows: Vec<(usize, f64)> =
        turns.par_iter().map(|&(size, split)| one(&trial, size, split)).collect::<Result<_>>()?;
    let networks: Vec<u32> = rows.iter().map(|&(networks, _)| networks as u32).collect();
    let splits: Vec<u32> = turns.iter().map(|&(_, split)| split as u32).collect();
    let accuracies: Vec<f64> = rows.iter().map(|&(_, accuracy)| accuracy).collect();
    let columns = vec![
        Column::new("networks".into(), networks),
        Column::new("split".into(), splits),
        Column::new("accuracy".into(), accuracies),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// The number of networks learned from, and the accuracy.
fn one(trial: &Trial<'_>, size: usize, index: usize) -> Result<(usize, f64)> {
    let Trial { samples, classifier, protocol } = *trial;
    let split = trial.split(index)?;
    let all = samples.select(&split.train);
    let kept = of_size(&all, protocol, size, index)?;
    let train = all.select(&kept);
    if classifier.check_samples(&train).is_err() && classifier.check_samples(&all).is_ok() {
        let requirement = "so few cannot be learned from in every split; take a larger size";
        return Err(Error::setting("size", size, requirement));
    }
    let networks = train.groups.iter().collect::<BTreeSet<_>>().len();
    let fitted = trial.fit(&train, index)?;
    let test = samples.select(&split.test);
    Ok((networks, accuracy(fitted.as_ref(), &test)?))
}

/// The samples of the first `size` blocks of every composition, in an order that depends on the
/// split alone.
fn of_size(train: &Samples, protocol: &Protocol, size: usize, index: usize) -> Result<Vec<usize>> {
    let blocks = protocol.grouping.blocks(train);
    let mut rng = random::stream(protocol.seed, &format!("size {index}"));
    let alike = shuffled_alike(&blocks, &mut rng);
    let most = alike.iter().map(Vec::len).min().unwrap_or(0);
    if size > most {
        let noun = protocol.grouping.noun();
        let requirement = format!("a split leaves {most} {noun} of each class to learn from");
        return Err(Error::setting("size", size, requirement));
    }
    let mut rows: Vec<usize> = alike
        .iter()
        .flat_map(|places| &places[..size])
        .flat_map(|&place| blocks[place].members())
        .copied()
        .collect();
    rows.sort_unstable();
    Ok(rows)
}

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// When a network is looked at, in weight updates; always before the first and after
/// the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checkpoints {
    /// So many, evenly spread from before the first update to after the last; at least 2. Default
    /// 21.
    Count(usize),
    /// After these numbers of updates, before the first, and after the last.
    At(Vec<usize>),
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self::Count(21)
    }
}

impl Checkpoints {
    /// The steps of a run of `total` updates, ascending, the first 0.
    ///
    /// # Errors
    /// [`Error::Setting`] if fewer than 2 are asked for, more than there are steps, or one after
    /// the last update.
    pub fn steps(&self, total: usize) -> Result<Vec<usize>> {
        match self {
            Self::Count(count) => evenly(*count, total),
            Self::At(steps) => chosen(steps, total),
        }
    }
}

fn evenly(count: usize, total: usize) -> Result<Vec<usize>> {
    if count < 2 || count - 1 > total {
        let most = total.saturating_add(1);
        let requirement = format!("a run of {total} updates can have 2 to {most} checkpoints");
        return Err(Error::setting("checkpoints", count, requirement));
    }
    // Rounded to nearest in whole numbers, so that it is the same everywhere.
    Ok((0..count).map(|i| (2 * i * total + count - 1) / (2 * (count - 1))).collect())
}

fn chosen(steps: &[usize], total: usize) -> Result<Vec<usize>> {
    if let Some(late) = steps.iter().find(|&&step| step > total) {
        let requirement = format!("the run ends after {total} updates; choose steps up to that");
        return Err(Error::setting("checkpoints", late, requirement));
    }
    let mut steps: Vec<usize> = [0, total].into_iter().chain(steps.iter().copied()).collect();
    steps.sort_unstable();
    steps.dedup();
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_evenly_spread_from_before_learning_to_the_end() {
        assert_eq!(Checkpoints::Count(5).steps(10).unwrap(), [0, 3, 5, 8, 10]);
        let steps = Checkpoints::Count(21).steps(1407).unwrap();
        assert_eq!((steps.len(), steps[0], steps[20]), (21, 0, 1407));
        assert!(steps.windows(2).all(|pair| (70..=71).contains(&(pair[1] - pair[0]))));
        assert_eq!(Checkpoints::At(vec![7, 2, 7]).steps(10).unwrap(), [0, 2, 7, 10]);
    }

    #[test]
    fn impossible_checkpoints_are_refused_with_the_numbers() {
        assert!(Checkpoints::Count(1).steps(10).unwrap_err().to_string().contains("2 to 11"));
        assert!(Checkpoints::Count(12).steps(10).is_err());
        assert!(
            Checkpoints::At(vec![11])
                .steps(10)
                .unwrap_err()
                .to_string()
                .contains("after 10 updates")
        );
    }
}

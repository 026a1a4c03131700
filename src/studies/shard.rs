use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// One of several equal parts of a study's work: of the runs, every `count`th from the `index`th
/// on.
///
/// ```
/// use microlearners::studies::Shard;
///
/// let shard: Shard = "2/3".parse()?;
/// assert_eq!((0..7).filter(|&run| shard.has(run)).collect::<Vec<usize>>(), [1, 4]);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// All of the work.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Part `index` of `count`, counted from 1.
    ///
    /// # Errors
    /// [`Error::Setting`] unless 1 ≤ `index` ≤ `count`.
    pub fn new(index: usize, count: usize) -> Result<Self> {
        if (1..=count).contains(&index) {
            return Ok(Self { index, count });
        }
        Err(no_shard(&format!("{index}/{count}")))
    }

    /// Which part, counted from 1.
    pub fn index(self) -> usize {
        self.index
    }

    /// Of how many parts.
    pub fn count(self) -> usize {
        self.count
    }

    /// Whether a run belongs to this part.
    pub fn has(self, run: usize) -> bool {
        run % self.count == self.index - 1
    }
}

fn no_shard(text: &str) -> Error {
    Error::setting("shard", text, "a shard is i/n with i from 1 to n, such as 2/8")
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (index, count) = text.split_once('/').ok_or_else(|| no_shard(text))?;
        let number = |part: &str| part.parse::<usize>().map_err(|_| no_shard(text));
        Self::new(number(index)?, number(count)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_of_a_study_are_all_of_it_and_share_nothing() {
        for run in 0..50 {
            let owners = (1..=7).filter(|&i| Shard::new(i, 7).unwrap().has(run)).count();
            assert_eq!(owners, 1);
            assert!(Shard::WHOLE.has(run));
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in
            ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1/ 3", "99999999999999999999/2"]
        {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("such as 2/8"), "{text}: {error}");
        }
    }
}

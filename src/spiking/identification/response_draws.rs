//! How many responses are drawn, and what they are for.
//!
//! Preparations come in three parts, so that no result is measured by what it was learned from.

use std::ops::Range;

use crate::{Error, Result};

/// How many preparations and synapses are drawn of each rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseDraws {
    /// Preparations from which the rules are learned, at least 4; default 48.
    pub known: usize,
    /// Other preparations, by which protocols are chosen and p-values calibrated, at least 4;
    /// default 40.
    pub chosen_by: usize,
    /// Other preparations, by which all results are measured, at least 4; default 60.
    pub held_out: usize,
    /// Synapses of each preparation for each protocol, the most repeats of an experiment, at least
    /// 2; default 16.
    pub synapses: usize,
}

impl Default for ResponseDraws {
    fn default() -> Self {
        Self { known: 48, chosen_by: 40, held_out: 60, synapses: 16 }
    }
}

impl ResponseDraws {
    /// Refuses too few.
    ///
    /// # Errors
    /// [`Error::Setting`] with the number that is too small.
    pub fn check(&self) -> Result<()> {
        let least = [
            ("known", self.known, 4),
            ("chosen_by", self.chosen_by, 4),
            ("held_out", self.held_out, 4),
            ("synapses", self.synapses, 2),
        ];
        match least.into_iter().find(|(_, value, least)| value < least) {
            Some((name, value, least)) => {
                Err(Error::setting(name, value, format!("it must be at least {least}")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn preparations(&self) -> usize {
        self.known + self.chosen_by + self.held_out
    }

    pub(super) fn known_places(&self) -> Range<usize> {
        0..self.known
    }

    pub(super) fn chosen_by_places(&self) -> Range<usize> {
        self.known..self.known + self.chosen_by
    }

    pub(super) fn held_out_places(&self) -> Range<usize> {
        self.known + self.chosen_by..self.preparations()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_do_not_overlap() {
        let draws = ResponseDraws::default();
        draws.check().unwrap();
        let parts = [draws.known_places(), draws.chosen_by_places(), draws.held_out_places()];
        let all: Vec<usize> = parts.into_iter().flatten().collect();
        assert_eq!(all, (0..draws.preparations()).collect::<Vec<usize>>());
        let said = ResponseDraws { known: 3, ..draws }.check().unwrap_err().to_string();
        assert_eq!(said, "known is 3, but it must be at least 4");
    }
}

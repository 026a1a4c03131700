//! RDMs of stimuli that belong to groups, such as classes.

use super::pairs::pair_list;
use super::rdm::Rdm;
use crate::{Error, Result};

/// Mean dissimilarities of pairs within groups and between groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupMeans {
    /// The mean over pairs of the same group; none if there is no such pair.
    pub within: Option<f64>,
    /// The mean over pairs of different groups; none if there is no such pair.
    pub between: Option<f64>,
}

impl Rdm {
    /// The model RDM of groups, such as classes: 0 within a group and 1 between groups. `groups`
    /// names the group of each condition.
    ///
    /// # Errors
    /// As [`Rdm::new`]; [`Error::Shape`] if there is not one group for each condition.
    pub fn of_groups(conditions: &[String], groups: &[String]) -> Result<Self> {
        check_groups(conditions, groups)?;
        let differs = |&(i, j): &(usize, usize)| f64::from(u8::from(groups[i] != groups[j]));
        let dissimilarities = pair_list(conditions.len()).iter().map(differs).collect();
        Self::new(conditions, dissimilarities, "category")
    }

    /// Mean dissimilarities within and between groups; `groups` names the group of each condition.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one group for each condition.
    pub fn group_means(&self, groups: &[String]) -> Result<GroupMeans> {
        check_groups(&self.conditions, groups)?;
        let mut sums = [(0.0, 0_usize); 2];
        for (&(i, j), value) in pair_list(groups.len()).iter().zip(&self.dissimilarities) {
            let (sum, count) = &mut sums[usize::from(groups[i] != groups[j])];
            *sum += value;
            *count += 1;
        }
        let [within, between] = sums.map(|(sum, count)| (count > 0).then(|| sum / count as f64));
        Ok(GroupMeans { within, between })
    }
}

fn check_groups(conditions: &[String], groups: &[String]) -> Result<()> {
    if conditions.len() == groups.len() {
        return Ok(());
    }
    Err(Error::Shape(format!(
        "{} conditions cannot have {} groups; name the group of each condition",
        conditions.len(),
        groups.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, names};
    use super::*;

    #[test]
    fn groups_in_any_order() {
        // `rsatoolbox.rdm.rdms.get_categorical_rdm`; means over the correlation RDM by numpy.
        let conditions = names(10);
        let model = Rdm::of_groups(&conditions, &fixtures::categories()).unwrap();
        assert_eq!(model.dissimilarities[..6], [1.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(model.dissimilarities.iter().sum::<f64>(), 33.0);
        let means = fixtures::correlation_a().group_means(&fixtures::categories()).unwrap();
        fixtures::close(means.within.unwrap(), 0.13184984318595266);
        fixtures::close(means.between.unwrap(), 1.2560351290389598);
        assert!(Rdm::of_groups(&conditions, &names(3)).is_err());
    }
}

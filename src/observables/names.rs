use super::{CONTEXT_COLUMNS, KEY_COLUMNS, ObservableSet};
use crate::error::{self, Error, Result};

/// What stands beside the name of an observable in the name of a feature, such as `actraw_mean@5`.
const OF_FEATURES: [char; 2] = ['@', '='];

impl ObservableSet {
    /// Rejects names that cannot be columns of one table beside the key and context columns, before anything is measured.
    ///
    /// # Errors
    /// [`Error::Setting`] if an observable has no name, the name of a key or context column or of another observable, or
    /// one with `@` or `=`, which name a feature's checkpoint and value.
    pub fn check(&self) -> Result<()> {
        let names = self.names();
        names.iter().try_for_each(|name| check_name(name))?;
        match error::first_repeated(&names) {
            None => Ok(()),
            Some(name) => {
                Err(refused(name, "two of the set have this name; leave one out, or rename it"))
            }
        }
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(refused(name, "it is the name of a column; give it at least one letter"));
    }
    if KEY_COLUMNS.contains(&name) || CONTEXT_COLUMNS.contains(&name) {
        let requirement =
            "every observed table has a column of this name already; rename the observable";
        return Err(refused(name, requirement));
    }
    if name.contains(OF_FEATURES) {
        let requirement = "@ and = name a feature's checkpoint and value; rename the observable";
        return Err(refused(name, requirement));
    }
    Ok(())
}

fn refused(name: &str, requirement: &str) -> Error {
    Error::setting("the name of an observable", format!("{name:?}"), requirement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::observables::{Instrument, LayerView, Observable, observe};
    use crate::training::{Experiment, Study, train};

    #[derive(Debug)]
    struct Called(&'static str);

    impl Observable for Called {
        fn name(&self) -> String {
            self.0.to_owned()
        }

        fn measure(&self, _: &LayerView<'_>) -> f64 {
            panic!("{} is refused before anything is measured", self.0)
        }
    }

    fn experiment() -> Experiment {
        let settings = TaskSettings { probe_stimuli: 10, ..TaskSettings::default() };
        Experiment::new(&Task::classification(&Dataset::synthetic(0), &settings).unwrap())
            .batch_size(20)
            .epochs(1)
    }

    #[test]
    fn an_own_observable_with_the_name_of_another_column_is_refused_before_training() {
        let study = Study::of(experiment()).seeds(1);
        let trajectory = train(&experiment()).unwrap();
        for name in ["layer", "accuracy", "noise", "weightraw_norm", "", " ", "a@3", "depth=1"] {
            let set = ObservableSet::weights().with(Called(name));
            let told = study.run_with(&Instrument::perfect(), &set).unwrap_err().to_string();
            assert!(told.starts_with(&format!("the name of an observable is {name:?}")), "{told}");
            let again = observe(&trajectory, &Instrument::perfect(), &set).unwrap_err();
            assert_eq!(again.to_string(), told);
        }
        assert!(ObservableSet::everything().with(Called("privileged_angle")).check().is_ok());
    }
}

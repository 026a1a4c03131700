use std::fmt;
use std::path::PathBuf;

/// How far a study has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The directory.
    pub path: PathBuf,
    /// Of each network, in order, whether it is finished.
    pub finished: Vec<bool>,
    /// What is wrong with files that are damaged, a sentence each. Damaged networks count as not
    /// finished and are trained anew when the study is run again; damaged tables are made anew.
    pub damaged: Vec<String>,
    /// Whether the tables of the whole study are there.
    pub has_tables: bool,
}

impl Status {
    /// The number of networks of the study.
    pub fn networks(&self) -> usize {
        self.finished.len()
    }

    /// The number of finished ones.
    pub fn finished(&self) -> usize {
        self.finished.iter().filter(|finished| **finished).count()
    }

    /// Whether all are.
    pub fn is_complete(&self) -> bool {
        self.finished.iter().all(|finished| *finished)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (finished, networks) = (self.finished(), self.networks());
        write!(f, "{}: {finished} of {networks} networks finished", self.path.display())?;
        if !self.damaged.is_empty() {
            write!(f, ", {} files damaged", self.damaged.len())?;
        }
        if self.has_tables {
            write!(f, ", tables merged")?;
        }
        Ok(())
    }
}

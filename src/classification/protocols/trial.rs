//! A classifier under a protocol, on the samples it is put to.

use rand::RngCore as _;

use super::protocol::Protocol;
use crate::classification::classifiers::{Classifier, Fitted};
use crate::classification::samples::{Samples, Split};
use crate::{Result, random};

/// What is put to the test, on which samples, and how.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) samples: &'a Samples,
    pub(super) classifier: &'a dyn Classifier,
    pub(super) protocol: &'a Protocol,
}

impl Trial<'_> {
    /// Rejects meaningless settings.
    pub(super) fn check(&self) -> Result<()> {
        self.classifier.check()?;
        self.protocol.check()
    }

    /// Split number `index` of the samples.
    pub(super) fn split(&self, index: usize) -> Result<Split> {
        self.protocol.split(self.samples, index)
    }

    /// A seed of its own for everything that is numbered.
    pub(super) fn seed(&self, what: &str, index: usize) -> u64 {
        random::stream(self.protocol.seed, &format!("{what} {index}")).next_u64()
    }

    /// The classifier after it learned from the training part of split number `index`.
    pub(super) fn fit(&self, train: &Samples, index: usize) -> Result<Box<dyn Fitted>> {
        self.classifier.fit(train, self.seed("fit", index))
    }
}

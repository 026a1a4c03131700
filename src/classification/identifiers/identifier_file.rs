//! An identifier in one file: a line that says what it is, a line with the SHA-256 of the rest, and
//! what it learned from, as safetensors.
//!
//! The classifier is not in the file but learns again when it is opened, which gives the same bits:
//! so a file holds no trees or weights of which a later version could make something else.

use std::collections::HashMap;
use std::path::Path;

use ndarray::Array2;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::familiar::Familiar;
use super::identifier::{Identifier, IdentifierProtocol, Learned};
use super::reliability::Judged;
use crate::classification::classifiers::Recipe;
use crate::classification::samples::{SampleSpec, Samples};
use crate::data::hex;
use crate::error::{Error, Result};
use crate::files;

/// The first line of every such file. The number changes when the rest is read otherwise.
const FIRST_LINE: &str = "microlearners identifier 1\n";

/// The entry of the metadata.
const ABOUT: &str = "identifier";

/// What is no array of numbers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    spec: SampleSpec,
    observables: Vec<String>,
    classes: Vec<String>,
    feature_names: Vec<String>,
    familiar: Familiar,
    recipe: String,
    classifier: String,
    protocol: IdentifierProtocol,
}

impl Identifier {
    /// Writes it to one file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Samples`] if its classifier is none that a file can hold, such as a search or one of
    /// your own; [`Error::File`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let learned = &self.learned;
        let Some(recipe) = learned.recipe.clone() else {
            return Err(Error::Samples(format!(
                "no file can hold the classifier {}; use a forest, tree, logistic regression, linear SVM or neural network, or learn again from the known networks",
                learned.classifier
            )));
        };
        let about = About {
            spec: learned.spec.clone(),
            observables: learned.observables.clone(),
            classes: learned.samples.classes.clone(),
            feature_names: learned.samples.feature_names.clone(),
            familiar: learned.familiar.clone(),
            recipe,
            classifier: learned.classifier.clone(),
            protocol: learned.protocol,
        };
        let body = self.body(&about)?;
        let checksum = format!("{}\n", hex(&Sha256::digest(&body)));
        files::write(path.as_ref(), &[FIRST_LINE.as_bytes(), checksum.as_bytes(), &body].concat())
    }

    fn body(&self, about: &About) -> Result<Vec<u8>> {
        let samples = &self.learned.samples;
        let (judged, whole) = (&self.judged, |numbers: &[usize]| {
            numbers.iter().flat_map(|&n| (n as u64).to_le_bytes()).collect::<Vec<u8>>()
        });
        let long =
            |numbers: &[u64]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_le_bytes()).collect() };
        let real = |numbers: &Array2<f64>| {
            numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()
        };
        let (n, p) = samples.features.dim();
        let (m, k) = judged.scores.dim();
        let parts = [
            ("features", Dtype::F64, vec![n, p], real(&samples.features)),
            ("labels", Dtype::U64, vec![n], whole(&samples.labels)),
            ("groups", Dtype::U64, vec![n], long(&samples.groups)),
            ("initialisations", Dtype::U64, vec![n], long(&samples.initialisations)),
            ("judged_labels", Dtype::U64, vec![m], whole(&judged.labels)),
            ("judged_folds", Dtype::U64, vec![m], whole(&judged.folds)),
            ("judged_scores", Dtype::F64, vec![m, k], real(&judged.scores)),
        ];
        let views = parts.iter().map(|(name, kind, shape, bytes)| {
            TensorView::new(*kind, shape.clone(), bytes).map(|view| (*name, view)).map_err(unlikely)
        });
        let views: Vec<(&str, TensorView<'_>)> = views.collect::<Result<_>>()?;
        let text = serde_json::to_string(about).map_err(unlikely)?;
        let metadata = HashMap::from([(ABOUT.to_owned(), text)]);
        safetensors::serialize(views, Some(metadata)).map_err(unlikely)
    }

    /// Opens a file that [`save`](Self::save) wrote. The classifier learns again from what the file
    /// holds, a second or two for a study of thousands of networks.
    ///
    /// # Errors
    /// [`Error::Data`] if the file is no identifier, is truncated or altered, or is of a version
    /// that this one does not read; [`Error::File`] if it cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let content = files::read(path)?;
        let body = checked(path, &content)?;
        let told = |problem: String| told(path, &format!("is not an identifier: {problem}"));
        let (_, head) =
            SafeTensors::read_metadata(body).map_err(|error| told(error.to_string()))?;
        let text = head.metadata().as_ref().and_then(|all| all.get(ABOUT));
        let text = text.ok_or_else(|| told("it does not say of what".into()))?;
        let about: About = serde_json::from_str(text).map_err(|error| told(error.to_string()))?;
        let tensors = SafeTensors::deserialize(body).map_err(|error| told(error.to_string()))?;
        let numbers = Numbers { path, tensors };
        let samples = Samples {
            features: numbers.matrix("features")?,
            feature_names: about.feature_names,
            labels: numbers.positions("labels")?,
            classes: about.classes,
            groups: numbers.whole("groups")?,
            initialisations: numbers.whole("initialisations")?,
        };
        samples.check()?;
        let judged = Judged {
            labels: numbers.positions("judged_labels")?,
            folds: numbers.positions("judged_folds")?,
            scores: numbers.matrix("judged_scores")?,
        };
        let classifier = Recipe::read(&about.recipe)?;
        let learned = Learned {
            samples,
            spec: about.spec,
            observables: about.observables,
            familiar: about.familiar,
            recipe: Some(about.recipe),
            classifier: about.classifier,
            protocol: about.protocol,
        };
        Self::of(learned, judged, classifier.as_ref())
    }
}

/// What follows the two lines, if it is what was written.
fn checked<'a>(path: &Path, content: &'a [u8]) -> Result<&'a [u8]> {
    let kind = FIRST_LINE.trim_end().trim_end_matches(char::is_numeric);
    let Some(rest) = content.strip_prefix(FIRST_LINE.as_bytes()) else {
        return Err(match content.starts_with(kind.as_bytes()) {
            true => told(path, "was written by a later version"),
            false => told(path, "is not an identifier"),
        });
    };
    let (checksum, body) = rest.split_at_checked(65).ok_or_else(|| told(path, "is truncated"))?;
    if checksum[..64] == *hex(&Sha256::digest(body)).as_bytes() {
        return Ok(body);
    }
    Err(told(
        path,
        &format!("is truncated or altered: its {} bytes have another SHA-256", body.len()),
    ))
}

/// The arrays of a file.
struct Numbers<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
}

impl Numbers<'_> {
    fn bytes(&self, name: &str, kind: Dtype) -> Result<(Vec<usize>, &[u8])> {
        let lacks = |_| told(self.path, &format!("lacks {name}"));
        let tensor = self.tensors.tensor(name).map_err(lacks)?;
        if tensor.dtype() != kind {
            return Err(told(self.path, &format!("has other numbers than it should as {name}")));
        }
        Ok((tensor.shape().to_vec(), tensor.data()))
    }

    fn whole(&self, name: &str) -> Result<Vec<u64>> {
        let (_, bytes) = self.bytes(name, Dtype::U64)?;
        Ok(eights(bytes).map(u64::from_le_bytes).collect())
    }

    fn positions(&self, name: &str) -> Result<Vec<usize>> {
        Ok(self.whole(name)?.into_iter().map(|n| n as usize).collect())
    }

    fn matrix(&self, name: &str) -> Result<Array2<f64>> {
        let (shape, bytes) = self.bytes(name, Dtype::F64)?;
        let numbers = eights(bytes).map(f64::from_le_bytes).collect();
        let shape = <[usize; 2]>::try_from(shape).ok();
        let matrix = shape.and_then(|shape| Array2::from_shape_vec(shape, numbers).ok());
        matrix
            .ok_or_else(|| told(self.path, &format!("has another shape than it should of {name}")))
    }
}

fn eights(bytes: &[u8]) -> impl Iterator<Item = [u8; 8]> {
    bytes.chunks_exact(8).map(|chunk| chunk.try_into().expect("chunks of eight"))
}

fn told(path: &Path, problem: &str) -> Error {
    Error::Data {
        path: path.into(),
        problem: problem.into(),
        remedy: "learn again from the known networks, and save it with this version".into(),
    }
}

fn unlikely(error: impl std::fmt::Display) -> Error {
    Error::Samples(format!("the identifier cannot be written: {error}"))
}

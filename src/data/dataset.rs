use std::fmt;
use std::sync::Arc;

use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;

use super::FeatureMaps;
use crate::error::{self, Error, Result};
use crate::random;

/// Labelled images with 8-bit pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// One row per image, one column per pixel, row by row, the channels of a place beside one
    /// another; 0 is black, 255 white.
    pub pixels: Array2<u8>,
    /// The class of each image, an index into the data set's class names.
    pub labels: Vec<u8>,
}

impl Images {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    pub(super) fn select(&self, indices: &[usize]) -> Self {
        Self {
            pixels: self.pixels.select(Axis(0), indices),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// Labelled images for training and for testing, cheap to clone.
#[derive(Clone)]
pub struct Dataset {
    name: String,
    shape: FeatureMaps,
    classes: Vec<String>,
    train: Arc<Images>,
    test: Arc<Images>,
}

impl Dataset {
    /// A data set of your own: `shape` is (rows, columns) of a grey image or (rows, columns,
    /// channels), `classes` the names that labels count, `train` and `test` the images.
    ///
    /// # Errors
    /// [`Error::Shape`] if an image has no pixels, pixels do not fit `shape`, labels do not fit
    /// pixels or classes, or a part is empty; [`Error::Setting`] for more than 256 classes, or two
    /// of one name.
    pub fn new(
        name: impl Into<String>,
        shape: impl Into<FeatureMaps>,
        classes: Vec<String>,
        train: Images,
        test: Images,
    ) -> Result<Self> {
        let (name, shape) = (name.into(), shape.into());
        let pixels = check_pixels(&name, shape)?;
        check_class_names(&classes)?;
        for (part, images) in [("training", &train), ("test", &test)] {
            check_images(&name, part, images, pixels, classes.len())?;
        }
        Ok(Self { name, shape, classes, train: Arc::new(train), test: Arc::new(test) })
    }

    /// What the data set is called in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Rows, columns and channels of an image.
    pub fn shape(&self) -> FeatureMaps {
        self.shape
    }

    /// The names of the classes, in the order of the labels.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The images to train on.
    pub fn train(&self) -> &Images {
        &self.train
    }

    /// The images to test on.
    pub fn test(&self) -> &Images {
        &self.test
    }

    /// `train` and `test` images of the two parts, drawn by `seed` with the classes in the
    /// proportions they have in the whole.
    ///
    /// # Errors
    /// [`Error::Setting`] if either number is 0 or exceeds the images there are.
    pub fn subset(&self, train: usize, test: usize, seed: u64) -> Result<Self> {
        let pick = |part: &'static str, images: &Images, count: usize| {
            check_subset(part, count, images.len())?;
            let chosen = stratified(&images.labels, count, seed, part);
            Ok::<_, Error>(Arc::new(images.select(&chosen)))
        };
        Ok(Self {
            train: pick("train", &self.train, train)?,
            test: pick("test", &self.test, test)?,
            ..self.clone()
        })
    }

    /// Only the images of some classes, given by their indices; labels then count `classes` from 0
    /// in the order given.
    ///
    /// # Errors
    /// [`Error::Setting`] if fewer than two classes are named, one is named twice, or one does not
    /// exist; [`Error::Shape`] if a part has no image of them.
    pub fn with_classes(&self, classes: &[usize]) -> Result<Self> {
        self.check_classes(classes)?;
        let names: Vec<_> = classes.iter().map(|&c| self.classes[c].clone()).collect();
        let name = format!("{} {}", self.name, names.join(","));
        Self::new(
            name,
            self.shape,
            names,
            restrict(&self.train, classes),
            restrict(&self.test, classes),
        )
    }

    fn check_classes(&self, classes: &[usize]) -> Result<()> {
        let known = self.classes.len();
        let mut sorted = classes.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if classes.len() >= 2 && sorted.len() == classes.len() && sorted.iter().all(|&c| c < known)
        {
            return Ok(());
        }
        let requirement =
            format!("it must name at least two different classes from 0 to {}", known - 1);
        Err(Error::setting("classes", format!("{classes:?}"), requirement))
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} training and {} test images of {} pixels, {} classes",
            self.name,
            self.train.len(),
            self.test.len(),
            self.shape,
            self.classes.len()
        )
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset({self})")
    }
}

/// Draws `count` indices into `labels`, each class in proportion (largest remainders first), in a
/// random order; the stream is `"subset {purpose}"`.
pub(super) fn stratified(labels: &[u8], count: usize, seed: u64, purpose: &str) -> Vec<usize> {
    let mut rng = random::stream(seed, &format!("subset {purpose}"));
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.shuffle(&mut rng);
    let mut quotas = class_quotas(labels, count);
    order.retain(|&i| {
        let quota = &mut quotas[usize::from(labels[i])];
        let keep = *quota > 0;
        *quota = quota.saturating_sub(1);
        keep
    });
    order
}

/// How many of `count` examples each class gets: its share, rounded so that the sum is `count`.
fn class_quotas(labels: &[u8], count: usize) -> Vec<usize> {
    let mut sizes = vec![0_usize; usize::from(u8::MAX) + 1];
    for &label in labels {
        sizes[usize::from(label)] += 1;
    }
    let mut quotas: Vec<usize> = sizes.iter().map(|&n| n * count / labels.len()).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).filter(|&c| sizes[c] > 0).collect();
    by_remainder.sort_by_key(|&c| std::cmp::Reverse(sizes[c] * count % labels.len()));
    let missing = count - quotas.iter().sum::<usize>();
    for &class in by_remainder.iter().take(missing) {
        quotas[class] += 1;
    }
    quotas
}

fn restrict(images: &Images, classes: &[usize]) -> Images {
    let position = |label: u8| classes.iter().position(|&c| c == usize::from(label));
    let kept: Vec<usize> =
        (0..images.len()).filter(|&i| position(images.labels[i]).is_some()).collect();
    let mut chosen = images.select(&kept);
    for label in &mut chosen.labels {
        // Every kept label is among at most 256 classes, so its position fits a byte.
        *label = position(*label).map_or(0, |p| p as u8);
    }
    chosen
}

fn check_subset(part: &str, count: usize, available: usize) -> Result<()> {
    if (1..=available).contains(&count) {
        return Ok(());
    }
    Err(Error::setting(part, count, format!("the subset must have 1 to {available} images")))
}

/// Labels are bytes, which distinguish so many classes.
const MOST_CLASSES: usize = 256;

/// The number of pixels of an image of this shape, of which there is at least one.
fn check_pixels(name: &str, shape: FeatureMaps) -> Result<usize> {
    let places = shape.rows.checked_mul(shape.columns);
    let pixels = places.and_then(|places| places.checked_mul(shape.channels));
    pixels.filter(|&pixels| pixels > 0).ok_or_else(|| {
        Error::Shape(format!(
            "the images of {name} have a shape of {shape} pixels; give the rows and columns of an image with at least one pixel"
        ))
    })
}

fn check_class_names(classes: &[String]) -> Result<()> {
    if classes.len() > MOST_CLASSES {
        let requirement = format!(
            "labels are single bytes, which distinguish at most {MOST_CLASSES} classes; join some classes, or leave some out"
        );
        return Err(Error::setting("classes", classes.len(), requirement));
    }
    match error::first_repeated(classes) {
        None => Ok(()),
        Some(name) => {
            let requirement = "two classes have this name; give each class a name of its own";
            Err(Error::setting("classes", format!("{name:?}"), requirement))
        }
    }
}

fn check_images(
    name: &str,
    part: &str,
    images: &Images,
    pixels: usize,
    classes: usize,
) -> Result<()> {
    let (rows, columns) = images.pixels.dim();
    let wrong = |what: String| Err(Error::Shape(format!("the {part} part of {name} {what}")));
    if rows == 0 {
        return wrong("is empty; give it at least one image".into());
    }
    if columns != pixels {
        return wrong(format!("has {columns} pixels an image, but its shape asks for {pixels}"));
    }
    if images.labels.len() != rows {
        return wrong(format!("has {rows} images but {} labels", images.labels.len()));
    }
    match images.labels.iter().find(|&&label| usize::from(label) >= classes) {
        Some(label) => {
            wrong(format!("has the label {label}, but there are only {classes} classes"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_keep_the_proportions_of_the_classes() {
        let labels = [vec![0; 60], vec![1; 30], vec![2; 10]].concat();
        let chosen = stratified(&labels, 21, 3, "train");
        let count = |class: u8| chosen.iter().filter(|&&i| labels[i] == class).count();
        assert_eq!((count(0), count(1), count(2)), (13, 6, 2));
    }

    #[test]
    fn restricting_classes_relabels_in_the_order_given() {
        let data = Dataset::synthetic(1).with_classes(&[3, 1]).unwrap();
        assert_eq!(data.classes(), ["3", "1"]);
        assert!(data.train().labels.iter().all(|&label| label < 2));
        let error = Dataset::synthetic(1).with_classes(&[1, 1]).unwrap_err().to_string();
        assert!(error.contains("[1, 1]") && error.contains("from 0 to 3"), "{error}");
    }

    #[test]
    fn images_must_fit_their_shape_and_labels_their_classes() {
        let images = |label| Images { pixels: Array2::zeros((2, 4)), labels: vec![label; 2] };
        let make = |shape, label| {
            Dataset::new("mine", shape, vec!["a".into(), "b".into()], images(label), images(0))
        };
        assert!(make((2, 2), 1).is_ok());
        assert!(make((2, 3), 1).unwrap_err().to_string().contains("4 pixels"));
        let overflow = make((usize::MAX, 2), 1).unwrap_err().to_string();
        assert!(overflow.contains("× 2 pixels"), "{overflow}");
        assert!(make((2, 2), 2).unwrap_err().to_string().contains("label 2"));
    }
    /// A data set of four images of `shape`, two of the first class and two of the last.
    fn of(shape: (usize, usize), classes: Vec<String>) -> Result<Dataset> {
        let last = classes.len().saturating_sub(1) as u8;
        let pixels = Array2::zeros((4, shape.0 * shape.1));
        let images = Images { pixels, labels: vec![0, 0, last, last] };
        Dataset::new("mine", shape, classes, images.clone(), images)
    }

    #[test]
    fn images_without_pixels_are_refused() {
        for shape in [(0, 0), (0, 5), (5, 0)] {
            let told = of(shape, vec!["a".into(), "b".into()]).unwrap_err().to_string();
            let shape = format!("{} × {} pixels", shape.0, shape.1);
            assert!(told.contains(&shape) && told.contains("at least one pixel"), "{told}");
        }
    }

    #[test]
    fn more_classes_than_a_label_can_count_are_refused() {
        let named = |count: usize| (0..count).map(|class| format!("class {class}")).collect();
        assert_eq!(of((2, 2), named(256)).unwrap().classes().len(), 256);
        let told = of((2, 2), named(300)).unwrap_err().to_string();
        assert!(told.contains("classes is 300") && told.contains("at most 256"), "{told}");
    }

    #[test]
    fn two_classes_of_one_name_are_refused() {
        let told = of((2, 2), vec!["cat".into(), "dog".into(), "cat".into()]).unwrap_err();
        assert!(told.to_string().starts_with("classes is \"cat\""), "{told}");
    }
}

//! The architectures of the 2020 study, so small that a thousand networks train on two processors.

use super::named::local_response_of_knet;
use super::{Activation, Architecture, ConvolutionLayer, LocalResponse, Normaliser, Pooling};

impl Architecture {
    /// Ten architectures by name, after those that Nayebi et al. 2020, arXiv 2010.11765, trained, for
    /// images of 32 × 32 places. All have ReLU, He's initial weights and biases that start at 0.
    ///
    /// - `tiny_resnet18`, `tiny_resnet34`: a stem with a stride of 2, and one or two blocks of two
    ///   convolutions in each of three stages of 8, 16 and 32 filters of 3 × 3, each with layer
    ///   normalisation. The sum of a block and what it reads is rectified (He, Zhang, Ren & Sun 2016,
    ///   arXiv 1512.03385).
    /// - `tiny_resnet18v2`, `tiny_resnet34v2`: the same, and nothing stands between the sums, but that
    ///   the last is rectified (the same authors, *Identity mappings*, arXiv 1603.05027; theirs also
    ///   rectify what a block reads).
    /// - `tiny_alexnet`, `tiny_alexnet_lrn`: five convolutions of 8 to 24 filters and two hidden layers
    ///   of 64, without and with local response normalisation.
    /// - `tiny_knet4`, `tiny_knet4_lrn`, `tiny_knet5`, `tiny_knet5_lrn`: three and four convolutions of
    ///   8 to 16 filters of 5 × 5, without and with local response normalisation.
    ///
    /// ```
    /// use microlearners::network::Architecture;
    ///
    /// let names: Vec<&str> = Architecture::tiny_ones().iter().map(|(name, _)| *name).collect();
    /// assert_eq!(names[..2], ["tiny_resnet18", "tiny_resnet34"]);
    /// ```
    pub fn tiny_ones() -> Vec<(&'static str, Self)> {
        let forms: [(&str, Vec<ConvolutionLayer>, &[usize]); 10] = [
            ("tiny_resnet18", resnet(1, Sum::Rectified), &[]),
            ("tiny_resnet34", resnet(2, Sum::Rectified), &[]),
            ("tiny_resnet18v2", resnet(1, Sum::AsItIs), &[]),
            ("tiny_resnet34v2", resnet(2, Sum::AsItIs), &[]),
            ("tiny_alexnet", alexnet(None), &[64, 64]),
            ("tiny_alexnet_lrn", alexnet(Some(LocalResponse::default())), &[64, 64]),
            ("tiny_knet4", knet(&[8, 8, 16], None), &[]),
            ("tiny_knet4_lrn", knet(&[8, 8, 16], Some(local_response_of_knet())), &[]),
            ("tiny_knet5", knet(&[8, 8, 16, 16], None), &[]),
            ("tiny_knet5_lrn", knet(&[8, 8, 16, 16], Some(local_response_of_knet())), &[]),
        ];
        let named = forms.into_iter();
        named.map(|(name, filters, hidden)| (name, Self::rectified(filters, hidden))).collect()
    }
}

/// What is done to the sum of a block and what it reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sum {
    Rectified,
    AsItIs,
}

/// A stem, and three stages of so many blocks, of which the upper layer adds what the block reads.
fn resnet(blocks: usize, sum: Sum) -> Vec<ConvolutionLayer> {
    let same = |filters| {
        ConvolutionLayer::new(filters, 3).with_padding(1).with_normaliser(Normaliser::Layer)
    };
    let mut layers = vec![same(8).with_stride(2)];
    for (filters, first_stride) in [(8, 1), (16, 2), (32, 2)] {
        for block in 0..blocks {
            let stride = if block == 0 { first_stride } else { 1 };
            let reads = layers.len();
            layers.push(same(filters).with_stride(stride));
            let upper = same(filters).adding(reads);
            layers.push(match sum {
                Sum::Rectified => upper,
                Sum::AsItIs => upper.with_activation(Activation::Identity),
            });
        }
    }
    if let Some(last) = layers.last_mut() {
        last.activation = None;
    }
    layers
}

const MAX: Pooling = Pooling::Max(2);
const MEAN: Pooling = Pooling::Mean(2);

fn normalised(layer: ConvolutionLayer, local: Option<LocalResponse>) -> ConvolutionLayer {
    ConvolutionLayer { normaliser: local.map(Normaliser::LocalResponse), ..layer }
}

fn alexnet(local: Option<LocalResponse>) -> Vec<ConvolutionLayer> {
    let same = |filters| ConvolutionLayer::new(filters, 3).with_padding(1);
    vec![
        normalised(same(8).with_pooling(MAX), local),
        normalised(same(16).with_pooling(MAX), local),
        same(24),
        same(24),
        same(16).with_pooling(MAX),
    ]
}

/// The lowest pools the maximum, and the lowest two are normalised.
fn knet(filters: &[usize], local: Option<LocalResponse>) -> Vec<ConvolutionLayer> {
    let layer = |(index, &filters): (usize, &usize)| {
        let pooling = if index == 0 { MAX } else { MEAN };
        let layer = ConvolutionLayer::new(filters, 5).with_padding(2).with_pooling(pooling);
        if index < 2 { normalised(layer, local) } else { layer }
    };
    filters.iter().enumerate().map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, FeatureMaps, Images, Normalisation, Task, TaskSettings};
    use crate::random;
    use ndarray::Array2;

    fn task(channels: usize) -> Task {
        let images = |count: usize| Images {
            pixels: Array2::from_shape_fn((count, 32 * 32 * channels), |(i, j)| (7 * i + j) as u8),
            labels: (0..count).map(|i| (i % 2) as u8).collect(),
        };
        let classes = vec!["even".to_owned(), "odd".to_owned()];
        let maps = FeatureMaps { rows: 32, columns: 32, channels };
        let data = Dataset::new("made", maps, classes, images(20), images(20)).unwrap();
        let normalisation = Normalisation::Unit;
        let settings = TaskSettings { probe_stimuli: 4, normalisation, ..TaskSettings::default() };
        Task::classification(&data, &settings).unwrap()
    }

    #[test]
    fn all_read_grey_and_colour_images() {
        for (name, architecture) in Architecture::tiny_ones() {
            for channels in [1, 3] {
                let task = task(channels);
                architecture.check_for(&task).unwrap_or_else(|told| panic!("{name}: {told}"));
                let network = architecture.build(&task, &mut random::stream(0, "init"));
                assert!(network.predict(task.test().inputs.view()).iter().all(|y| y.is_finite()));
                assert_eq!(Architecture::named(name).unwrap(), architecture);
            }
        }
    }

    #[test]
    fn blocks_add_what_they_read_and_only_the_first_version_rectifies_every_sum() {
        let form = |name: &str| Architecture::named(name).unwrap().convolutions_in_words();
        assert_eq!(
            form("tiny_resnet18"),
            "8c3s2p1l-8c3p1l-8c3p1l+1-16c3s2p1l-16c3p1l+3-32c3s2p1l-32c3p1l+5"
        );
        assert_eq!(
            form("tiny_resnet18v2"),
            "8c3s2p1l-8c3p1l-8c3p1l+1(identity)-16c3s2p1l-16c3p1l+3(identity)-32c3s2p1l-32c3p1l+5"
        );
        assert_eq!(Architecture::named("tiny_resnet34").unwrap().convolutions.len(), 13);
    }
}

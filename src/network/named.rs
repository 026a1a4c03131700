//! Architectures by name.

use super::{
    Activation, Architecture, Bias, ConvolutionLayer, Initialiser, LocalResponse, Normaliser,
    Pooling,
};
use crate::error::{Error, Result};

impl Architecture {
    /// Twelve architectures by name, of different widths, depths and nonlinearities, as the 2020
    /// study compares rules over several: Glorot's initial weights under sigmoid and tanh, He's
    /// under ReLU.
    pub fn named_ones() -> Vec<(&'static str, Self)> {
        use Activation::{Relu, Sigmoid, Tanh};
        let forms: [(&str, &[usize], Activation); 12] = [
            ("narrow_tanh", &[30], Tanh),
            ("narrow_relu", &[30], Relu),
            ("shallow_sigmoid", &[100], Sigmoid),
            ("shallow_tanh", &[100], Tanh),
            ("shallow_relu", &[100], Relu),
            ("wide_sigmoid", &[200], Sigmoid),
            ("wide_relu", &[200], Relu),
            ("deep_tanh", &[100, 100], Tanh),
            ("deep_relu", &[100, 100], Relu),
            ("deeper_tanh", &[60, 60, 60], Tanh),
            ("tapered_relu", &[120, 60, 30], Relu),
            ("bottleneck_tanh", &[80, 20, 80], Tanh),
        ];
        let named = forms.into_iter().map(|(name, hidden, activation)| {
            let initialiser = if activation == Relu {
                Initialiser::HeUniform
            } else {
                Initialiser::GlorotUniform
            };
            (name, Self { activation, initialiser, ..Self::hidden(hidden) })
        });
        named.collect()
    }

    /// Convolutional networks by name, all with ReLU, He's initial weights and biases that start at
    /// 0.
    ///
    /// - `lenet`: two convolutions of 3 × 3 with 32 and 64 filters and one hidden layer of 128, for
    ///   images of 28 × 28;
    /// - `lenet_small`: two convolutions of 5 × 5 with 16 and 32 filters, each pooled, and one hidden
    ///   layer of 128;
    /// - `lenet5`: the sizes of LeCun et al. 1998, doi 10.1109/5.726791, with means as pools, ReLU
    ///   and a dense second convolution;
    /// - `knet4`, `knet5`: three and four convolutions of 5 × 5 and a read-out, after Krizhevsky's
    ///   network for CIFAR-10, which Nayebi et al. 2020, arXiv 2010.11765, trained; with pools that do
    ///   not overlap, and normalised before the nonlinearity;
    /// - `alexnet_small`: five convolutions and two hidden layers of 256 after Krizhevsky, Sutskever &
    ///   Hinton 2012, for small images;
    /// - `resnet_small`: three blocks of two convolutions of 3 × 3 with residual connections, after
    ///   He, Zhang, Ren & Sun 2016, arXiv 1512.03385; with layer normalisation in place of that over a
    ///   batch, and a read-out of all places in place of their mean;
    /// - `small`: 8 and 16 filters of 5 × 5 with strides of 2, for studies of hundreds of networks;
    /// - `small_colour`: 32, 64 and 64 filters of 3 × 3 with pools of 2, for images of 32 × 32 × 3.
    pub fn convolutional_ones() -> Vec<(&'static str, Self)> {
        let layer = ConvolutionLayer::new;
        let same = |filters| layer(filters, 3).with_padding(1).with_pooling(MAX);
        let pooled = |filters| layer(filters, 5).with_pooling(MAX);
        let forms: [(&str, Vec<ConvolutionLayer>, &[usize]); 9] = [
            ("lenet", vec![layer(32, 3), layer(64, 3).with_pooling(MAX)], &[128]),
            ("lenet_small", vec![pooled(16), pooled(32)], &[128]),
            (
                "lenet5",
                vec![
                    layer(6, 5).with_padding(2).with_pooling(MEAN),
                    layer(16, 5).with_pooling(MEAN),
                ],
                &[120, 84],
            ),
            ("knet4", knet(), &[]),
            ("knet5", [knet(), vec![knet_layer(128, MEAN)]].concat(), &[]),
            ("alexnet_small", alexnet(), &[256, 256]),
            ("resnet_small", resnet(), &[]),
            ("small", vec![layer(8, 5).with_stride(2), layer(16, 5).with_stride(2)], &[]),
            ("small_colour", vec![same(32), same(64), same(64)], &[]),
        ];
        let named = forms.into_iter();
        named.map(|(name, filters, hidden)| (name, Self::rectified(filters, hidden))).collect()
    }

    fn all_named() -> Vec<(&'static str, Self)> {
        let mut all = Self::named_ones();
        all.extend(Self::convolutional_ones());
        all.extend(Self::tiny_ones());
        all
    }

    /// What [`named`](Self::named) calls the architecture that a table calls so, without inputs and
    /// outputs: `small` for `8c5s2-16c5s2 relu bias`. Where two are alike, the first.
    pub(crate) fn known_as(hidden: &str) -> Option<&'static str> {
        let mut all = Self::all_named().into_iter();
        all.find(|(_, own)| own.hidden_name() == hidden).map(|(name, _)| name)
    }

    /// With ReLU, He's initial weights and biases that start at 0.
    pub(super) fn rectified(convolutions: Vec<ConvolutionLayer>, hidden: &[usize]) -> Self {
        Self {
            convolutions,
            activation: Activation::Relu,
            initialiser: Initialiser::HeUniform,
            bias: Bias::Zero,
            ..Self::hidden(hidden)
        }
    }

    /// One of [`named_ones`](Self::named_ones), [`convolutional_ones`](Self::convolutional_ones) or
    /// [`tiny_ones`](Self::tiny_ones).
    ///
    /// ```
    /// use microlearners::network::Architecture;
    ///
    /// assert_eq!(Architecture::named("tapered_relu")?.hidden, [120, 60, 30]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn named(name: &str) -> Result<Self> {
        let known = Self::all_named();
        let names = known.iter().map(|(name, _)| (*name).to_owned()).collect();
        let found = known.into_iter().find(|(own, _)| *own == name);
        found.map(|(_, architecture)| architecture).ok_or_else(|| Error::UnknownName {
            kind: "architecture",
            name: name.into(),
            known: names,
        })
    }
}

const MAX: Pooling = Pooling::Max(2);
const MEAN: Pooling = Pooling::Mean(2);

fn knet_layer(filters: usize, pooling: Pooling) -> ConvolutionLayer {
    ConvolutionLayer::new(filters, 5).with_padding(2).with_pooling(pooling)
}

/// Local response normalisation with the constants of KNet.
///
/// TensorFlow's α is not divided by the number of channels.
pub(super) fn local_response_of_knet() -> LocalResponse {
    LocalResponse { channels: 7, alpha: 7.0 * 5e-5, ..LocalResponse::default() }
}

fn knet() -> Vec<ConvolutionLayer> {
    let local = Normaliser::LocalResponse(local_response_of_knet());
    vec![
        knet_layer(32, MAX).with_normaliser(local),
        knet_layer(32, MEAN).with_normaliser(local),
        knet_layer(64, MEAN),
    ]
}

fn alexnet() -> Vec<ConvolutionLayer> {
    let local = Normaliser::LocalResponse(LocalResponse::default());
    let same = |filters| ConvolutionLayer::new(filters, 3).with_padding(1);
    vec![
        same(32).with_pooling(MAX).with_normaliser(local),
        same(64).with_pooling(MAX).with_normaliser(local),
        same(96),
        same(96),
        same(64).with_pooling(MAX),
    ]
}

/// A stem, and blocks of two layers of which the upper one adds what the block reads.
fn resnet() -> Vec<ConvolutionLayer> {
    let same = |filters| {
        ConvolutionLayer::new(filters, 3).with_padding(1).with_normaliser(Normaliser::Layer)
    };
    vec![
        same(16),
        same(16),
        same(16).adding(1),
        same(32).with_stride(2),
        same(32).adding(3),
        same(64).with_stride(2),
        same(64).adding(5),
    ]
}

//! In which order the dimensions of tensors are, and how they become the library's matrices.

use ndarray::{Array4, ArrayD, Ix2, Ix4};

use super::WeightOrder;
use super::chain::{Place, Units, Weights, walk};
use crate::data::FeatureMaps;
use crate::network::Matrix;

/// The order of a network's weights, and how that is known.
#[derive(Clone, Debug)]
pub(super) struct Orientation {
    pub(super) order: WeightOrder,
    pub(super) places: Vec<Place>,
    /// Whether the sizes told, and nobody else.
    pub(super) is_told_by_sizes: bool,
}

/// What is wrong with a network's weights, and what to do.
pub(super) struct Misfit {
    pub(super) problem: String,
    pub(super) remedy: String,
}

/// The order that is asked for, or else the only one in which the layers chain; where both do, the
/// only one in which what is beside the weights `fits` them.
pub(super) fn choose(
    asked: Option<WeightOrder>,
    layers: &[Weights<'_>],
    inputs: &dyn Fn(WeightOrder) -> Units,
    fits: &dyn Fn(WeightOrder, &[Place]) -> bool,
) -> Result<Orientation, Misfit> {
    use WeightOrder::{InputByOutput, OutputByInput};
    let walk = |order| walk(layers, order, inputs(order));
    if let Some(order) = asked {
        let places = walk(order).map_err(|problem| Misfit {
            problem: format!("as {}, {problem}", order.words()),
            remedy: "mend the order in layers.toml, or the order of its layers".into(),
        })?;
        return Ok(Orientation { order, places, is_told_by_sizes: false });
    }
    let told = |order, places| Ok(Orientation { order, places, is_told_by_sizes: true });
    match (walk(OutputByInput), walk(InputByOutput)) {
        (Ok(places), Err(_)) => told(OutputByInput, places),
        (Err(_), Ok(places)) => told(InputByOutput, places),
        (Err(first), Err(second)) => Err(Misfit {
            problem: format!(
                "its layers do not chain: as {}, {first}; as {}, {second}",
                OutputByInput.words(),
                InputByOutput.words()
            ),
            remedy: "name the layers from input to output in layers.toml".into(),
        }),
        (Ok(one), Ok(other)) => match (fits(OutputByInput, &one), fits(InputByOutput, &other)) {
            (true, false) => told(OutputByInput, one),
            (false, true) => told(InputByOutput, other),
            _ => Err(ambiguous(layers)),
        },
    }
}

fn ambiguous(layers: &[Weights<'_>]) -> Misfit {
    let words: Vec<String> = layers.iter().map(Weights::words).collect();
    Misfit {
        problem: format!(
            "its weights ({}) chain as output × input and as input × output",
            words.join("; ")
        ),
        remedy: "say which they are in layers.toml: order = \"output_by_input\" (PyTorch) or \
                 order = \"input_by_output\" (JAX, Keras)"
            .into(),
    }
}

/// The weights of a layer as the library has them: output × input units, or filters × taps.
///
/// # Panics
/// If the tensor has not the sides that the place was found with.
pub(super) fn weights(tensor: &ArrayD<f32>, order: WeightOrder, place: &Place) -> Matrix {
    let is_pytorch = order == WeightOrder::OutputByInput;
    if place.is_convolution {
        let tensor = tensor.view().into_dimensionality::<Ix4>().expect("four sides");
        let filters = if is_pytorch { tensor } else { tensor.permuted_axes([3, 2, 0, 1]) };
        return taps_of(&filters.to_owned());
    }
    let tensor = tensor.view().into_dimensionality::<Ix2>().expect("two sides");
    match (is_pytorch, place.below) {
        (true, Units::Maps(maps)) => places_first(tensor.to_owned(), maps),
        (true, _) => tensor.as_standard_layout().into_owned(),
        (false, _) => tensor.t().as_standard_layout().into_owned(),
    }
}

/// Filters × channels × rows × columns, as other libraries have them, as filters × (rows · columns
/// · channels).
pub(crate) fn taps_of(filters: &Array4<f32>) -> Matrix {
    let (count, channels, rows, columns) = filters.dim();
    let taps = filters.view().permuted_axes([0, 2, 3, 1]).as_standard_layout().into_owned();
    taps.into_shape_with_order((count, rows * columns * channels)).expect("the same numbers")
}

/// Numbers of units that lie channel by channel, as PyTorch flattens them, place by place.
fn places_first(matrix: Matrix, maps: FeatureMaps) -> Matrix {
    if maps.places() == 1 || maps.channels == 1 {
        return matrix.as_standard_layout().into_owned();
    }
    let shape = (matrix.nrows(), maps.channels, maps.rows, maps.columns);
    let matrix = matrix.as_standard_layout().into_owned();
    taps_of(&matrix.into_shape_with_order(shape).expect("the same numbers"))
}

/// Numbers of units, stimuli × units or stimuli × maps, as stimuli × units; none if they do not
/// fit.
pub(super) fn units(tensor: &ArrayD<f32>, order: WeightOrder, units: Units) -> Option<Matrix> {
    let is_pytorch = order == WeightOrder::OutputByInput;
    match (tensor.ndim(), units) {
        (2, _) => {
            let matrix = tensor.view().into_dimensionality::<Ix2>().ok()?;
            let matrix = matrix.as_standard_layout().into_owned();
            match units {
                Units::Unknown => Some(matrix),
                Units::Count(count) => (matrix.ncols() == count).then_some(matrix),
                Units::Channels(channels) => {
                    matrix.ncols().is_multiple_of(channels).then_some(matrix)
                }
                Units::Maps(maps) if matrix.ncols() != maps.units() => None,
                Units::Maps(maps) if is_pytorch => Some(places_first(matrix, maps)),
                Units::Maps(_) => Some(matrix),
            }
        }
        (3, Units::Maps(maps)) if maps.channels == 1 => {
            let is_so = tensor.shape()[1..] == [maps.rows, maps.columns];
            is_so.then(|| flat(tensor))
        }
        (4, Units::Maps(_) | Units::Channels(_)) => {
            let tensor = tensor.view().into_dimensionality::<Ix4>().ok()?;
            let lying = if is_pytorch { tensor.permuted_axes([0, 2, 3, 1]) } else { tensor };
            let (_, rows, columns, channels) = lying.dim();
            let own = FeatureMaps { rows, columns, channels };
            let fits = units == Units::Maps(own) || units == Units::Channels(channels);
            fits.then(|| flat(&lying.to_owned().into_dyn()))
        }
        _ => None,
    }
}

/// The first side, and all others as one.
pub(super) fn flat(tensor: &ArrayD<f32>) -> Matrix {
    let rows = tensor.shape().first().copied().unwrap_or(0);
    let columns = tensor.len().checked_div(rows).unwrap_or(0);
    let tensor = tensor.as_standard_layout().into_owned();
    tensor.into_shape_with_order((rows, columns)).expect("the same numbers")
}

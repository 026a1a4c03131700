//! Networks and their parts as tables.

use super::{
    Activation, Activity, Architecture, BackwardPass, Bias, Connectivity, Initialiser, Layer,
    LayerUpdate, Network, Pooling, Updates,
};
use crate::display::{Blocks, EvcxrDisplay, Grid, Side, grouped, rounded, show, show_as_text};

/// A table of layers, one row each.
fn layers(caption: String, layers: &[Layer]) -> Grid {
    // Of fully connected layers that are nothing more there is nothing more to say.
    let says_more = layers
        .iter()
        .any(|layer| layer.connectivity() != Connectivity::Dense || !between(layer).is_empty());
    let more = |one: String, other: String| if says_more { vec![one, other] } else { vec![] };
    let mut grid = Grid::new(caption).column("layer", Side::Right).column("weights", Side::Left);
    for name in more("units".into(), "before the nonlinearity".into()) {
        grid = grid.column(name, Side::Left);
    }
    let mut grid = grid
        .column("activation", Side::Left)
        .column("biases", Side::Left)
        .column("parameters", Side::Right);
    for (place, layer) in layers.iter().enumerate() {
        let mut row = vec![(place + 1).to_string(), weights(layer)];
        row.extend(more(layer.output_maps().to_string(), between(layer)));
        row.extend([layer.activation.to_string(), biases(layer), grouped(layer.parameters())]);
        grid = grid.row(row);
    }
    let total: usize = layers.iter().map(Layer::parameters).sum();
    let mut all = vec!["all".to_owned(), String::new(), String::new(), String::new()];
    all.extend(more(String::new(), String::new()));
    all.push(grouped(total));
    grid.row(all)
}

/// Output × input units, or filters × rows × columns × channels.
fn weights(layer: &Layer) -> String {
    match layer.connectivity() {
        Connectivity::Dense => format!("{} × {}", layer.outputs(), layer.inputs()),
        Connectivity::Convolution(c) => {
            format!("{} × {} × {} × {}", c.filters, c.kernel.0, c.kernel.1, c.input.channels)
        }
    }
}

/// What becomes of the product before the nonlinearity.
fn between(layer: &Layer) -> String {
    let pooling = layer.pooling().map(|pooling| match pooling {
        Pooling::Max(side) => format!("max pooling {side}"),
        Pooling::Mean(side) => format!("mean pooling {side}"),
    });
    let normaliser = layer.normaliser().map(|normaliser| normaliser.to_string());
    let shortcut = layer.shortcut().map(|shortcut| format!("plus layer {}", shortcut.from() + 1));
    let all: Vec<String> = pooling.into_iter().chain(normaliser).chain(shortcut).collect();
    all.join(", ")
}

fn biases(layer: &Layer) -> String {
    layer.bias.as_ref().map_or("none".into(), |bias| bias.len().to_string())
}

impl EvcxrDisplay for Network {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = format!("network {}", self.sizes());
        layers(caption, self.layers())
            .note(format!(
                "Read out and judged by {}; weights are output × input units.",
                self.objective()
            ))
            .blocks()
    }
}

impl EvcxrDisplay for Layer {
    fn evcxr_blocks(&self) -> Blocks {
        let moment = |values: &super::Matrix| {
            let (mean, sd) = (values.mean().unwrap_or(f32::NAN), values.std(0.0));
            format!(
                "mean {}, standard deviation {}",
                rounded(mean.into(), 4),
                rounded(sd.into(), 4)
            )
        };
        Grid::facts("layer")
            .fact("inputs", self.inputs().to_string())
            .fact("outputs", self.outputs().to_string())
            .fact("activation", self.activation.to_string())
            .fact("weights", moment(&self.weights))
            .fact("biases", biases(self))
            .fact("parameters", grouped(self.parameters()))
            .blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

impl Architecture {
    /// The sizes of the hidden layers, from the lowest up.
    pub(crate) fn hidden_in_words(&self) -> String {
        if self.hidden.is_empty() { "none".into() } else { listed(&self.hidden) }
    }
}

/// Such as `100, 10`.
fn listed(units: &[usize]) -> String {
    units.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

impl EvcxrDisplay for Architecture {
    fn evcxr_blocks(&self) -> Blocks {
        let bias = match self.bias {
            Bias::None => "none",
            Bias::Zero => "from 0",
            Bias::LikeWeights => "drawn as the weights",
        };
        let facts = Grid::facts("architecture; a task adds inputs and outputs");
        let facts = match self.convolutions.is_empty() {
            true => facts,
            false => facts.fact("convolutions", self.convolutions_in_words()),
        };
        let facts = facts.fact("hidden units", self.hidden_in_words());
        let facts = match self.normaliser {
            None => facts,
            Some(normaliser) => facts.fact("hidden layers are normalised", normaliser.to_string()),
        };
        facts
            .fact("activation", self.activation.to_string())
            .fact("initial weights", self.initialiser.to_string())
            .fact("biases", bias)
            .blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

impl EvcxrDisplay for Updates {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = format!("one number for every synapse; decay {}", self.decay);
        let grid = Grid::new(caption)
            .column("layer", Side::Right)
            .column("weights", Side::Left)
            .column("norm", Side::Right)
            .column("largest", Side::Right);
        let row = |grid: Grid, (place, layer): (usize, &LayerUpdate)| {
            let (norm, largest) = layer.sizes();
            grid.row([(place + 1).to_string(), layer.shape(), norm, largest])
        };
        self.layers().iter().enumerate().fold(grid, row).blocks()
    }
}

impl EvcxrDisplay for LayerUpdate {
    fn evcxr_blocks(&self) -> Blocks {
        let (norm, largest) = self.sizes();
        Blocks::text(format!("{} weights, norm {norm}, largest {largest}", self.shape()))
    }
}

impl LayerUpdate {
    fn shape(&self) -> String {
        format!("{} × {}", self.weights.nrows(), self.weights.ncols())
    }

    /// The Euclidean norm of the weights' part and its largest magnitude.
    fn sizes(&self) -> (String, String) {
        let values = || self.weights.iter().map(|&value| f64::from(value));
        let norm = values().map(|value| value * value).sum::<f64>().sqrt();
        let largest = values().fold(0.0_f64, |most, value| most.max(value.abs()));
        (rounded(norm, 4), rounded(largest, 4))
    }
}

impl EvcxrDisplay for Activity {
    fn evcxr_blocks(&self) -> Blocks {
        let units = listed(&self.widths());
        Blocks::text(format!("activity of {units} units on {} examples", self.rows()))
    }
}

impl EvcxrDisplay for BackwardPass {
    fn evcxr_blocks(&self) -> Blocks {
        let units = listed(&self.deltas().widths());
        Blocks::text(format!("the way of an error down through layers of {units} units"))
    }
}

show!(Network, Layer, Architecture, Updates, LayerUpdate, Activity, BackwardPass);
show_as_text!(Activation, Initialiser);
crate::display::show_as_settings!(Bias);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Objective, Task, TaskSettings};
    use crate::network::{ConvolutionLayer, Matrix, Normaliser};
    use crate::random;

    fn network() -> Network {
        let layer = |inputs, outputs, activation| {
            Layer::dense(Matrix::zeros((outputs, inputs)), activation)
        };
        let layers =
            vec![layer(784, 100, Activation::Sigmoid), layer(100, 10, Activation::Identity)];
        Network::new(layers, Objective::SoftmaxCrossEntropy)
    }

    #[test]
    fn a_network_that_convolves_says_what_lies_between_product_and_nonlinearity() {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let layer = ConvolutionLayer::new(3, 3).with_padding(1);
        let upper = layer.with_pooling(Pooling::Max(2)).with_normaliser(Normaliser::Layer);
        let convolutions = [layer, layer.adding(1), upper];
        let architecture = Architecture::hidden(&[]).with_convolutions(&convolutions);
        let network = architecture.build(&task, &mut random::stream(0, "init"));
        let blocks = network.evcxr_blocks();
        let text = blocks.plain();
        for part in ["3 × 3 × 3 × 1", "6 × 6 × 3", "plus layer 1", "max pooling 2, layer norm"]
        {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_network_is_a_table_of_its_layers() {
        let text = network().evcxr_blocks().plain().to_owned();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "network 784-100-10");
        assert_eq!(lines[1], "layer  weights    activation  biases  parameters");
        assert_eq!(lines[2], "    1  100 × 784  sigmoid     none        78,400");
        assert_eq!(lines[3], "    2  10 × 100   identity    none         1,000");
        assert!(lines[4].starts_with("  all") && lines[4].ends_with("79,400"), "{text}");
    }

    #[test]
    fn a_layer_is_a_line_in_a_list_and_a_table_alone() {
        let network = network();
        let layer = &network.layers()[1];
        assert!(layer.evcxr_blocks().plain().contains("parameters  1,000"));
        assert_eq!(layer.evcxr_item(), "100 → 10 units, identity");
        assert!(network.layers().evcxr_blocks().plain().starts_with("2 items\n"));
    }
}

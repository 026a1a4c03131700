//! Figures, and what is asked of one before it is drawn.

use super::{
    Axes, Bar, Bars, Colour, Dots, Figure, HeatMap, Histogram, LearningCurves, Naming,
    ReceptiveFields, Scale, Scatter, bars, heat_map, histogram, receptive_fields, scatter,
};
use crate::display::{Blocks, EvcxrDisplay, show, show_as_settings};

impl EvcxrDisplay for Figure {
    fn evcxr_blocks(&self) -> Blocks {
        self.blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

impl EvcxrDisplay for Colour {
    fn evcxr_blocks(&self) -> Blocks {
        let html = format!("<span style=\"color:{self}\">■</span> {self}");
        Blocks::text(self.to_string()).with_html(html)
    }
}

/// What holds all that its figure needs shows that figure, or why it cannot be drawn.
macro_rules! show_drawn {
    ($($spec:ty, $draw:expr);+ $(;)?) => {$(
        impl EvcxrDisplay for $spec {
            fn evcxr_blocks(&self) -> Blocks {
                match $draw(self) {
                    Ok(figure) => figure.blocks(),
                    Err(problem) => problem.evcxr_blocks(),
                }
            }
        }

        show!($spec);
    )+};
}

show!(Figure, Colour);
show_drawn! {
    Bars, bars;
    HeatMap, heat_map;
    Histogram, histogram;
    ReceptiveFields, receptive_fields;
    Scatter, scatter;
}
show_as_settings!(Axes, Bar, Dots, LearningCurves, Naming, Scale);

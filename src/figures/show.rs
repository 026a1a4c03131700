//! Figures, and what is asked of one before it is drawn.

use super::{Bar, Bars, Colour, Dots, Figure, Histogram, LearningCurves, Scale};
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

show!(Figure, Colour);
show_as_settings!(Bar, Bars, Dots, Histogram, LearningCurves, Scale);

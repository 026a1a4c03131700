//! How a spec shows itself.

/// What holds all that its figure needs shows that figure, or why it cannot be drawn.
macro_rules! show_drawn {
    ($spec:ty, $draw:expr) => {
        impl $crate::display::EvcxrDisplay for $spec {
            fn evcxr_blocks(&self) -> $crate::display::Blocks {
                match $draw(self) {
                    Ok(figure) => figure.blocks(),
                    Err(problem) => $crate::display::EvcxrDisplay::evcxr_blocks(&problem),
                }
            }
        }

        $crate::display::show!($spec);
    };
}

pub(crate) use show_drawn;

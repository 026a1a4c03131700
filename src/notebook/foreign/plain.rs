//! Numbers, texts, and other values of one line.

use polars::prelude::{DataType, Expr, PlSmallStr};

use crate::display::{Blocks, EvcxrDisplay, rounded};

/// Nothing to show, as after `figure.save(…)?`.
impl EvcxrDisplay for () {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::default()
    }

    fn evcxr_item(&self) -> String {
        "()".to_owned()
    }
}

/// Floats: six digits are enough to read.
macro_rules! show_floats {
    ($($float:ty),*) => {$(
        impl EvcxrDisplay for $float {
            fn evcxr_blocks(&self) -> Blocks {
                Blocks::text(rounded(f64::from(*self), 6))
            }
        }
    )*};
}

/// Values that are shown as they print, and in lists as code writes them.
macro_rules! show_plain {
    ($($plain:ty),*) => {$(
        impl EvcxrDisplay for $plain {
            fn evcxr_blocks(&self) -> Blocks {
                Blocks::text(self.to_string())
            }

            fn evcxr_item(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}

show_floats!(f32, f64);
show_plain!(bool, char, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
show_plain!(str, String, PlSmallStr);

/// Values that are shown as code writes them.
macro_rules! show_debug {
    ($($kind:ty),*) => {$(
        impl EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> Blocks {
                Blocks::text(format!("{self:?}"))
            }
        }
    )*};
}

show_debug!(
    DataType,
    Expr,
    std::time::Duration,
    std::path::Path,
    std::path::PathBuf,
    std::ops::Range<usize>
);

#[cfg(test)]
mod tests {
    use super::super::text;

    #[test]
    fn small_values_are_plain_text() {
        assert_eq!(text("a\nb"), "a\nb");
        assert_eq!(text(&0.1_f32), "0.1");
        assert_eq!(text(&3_u8), "3");
        assert_eq!(text(&'x'), "x");
        assert_eq!(text(&()), "");
        assert_eq!(text(&(0..3)), "0..3");
        assert_eq!(text(&polars::prelude::col("loss")), "col(\"loss\")");
    }
}

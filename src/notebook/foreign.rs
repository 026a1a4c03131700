//! Values of types that are not ours, at the end of a cell.
//!
//! The kernel asks a cell's last value for a method `evcxr_display`. A value without one costs the
//! reader a second compilation, so the prelude brings this trait.

use ndarray::{Array, Dimension};
use polars::prelude::{Column, DataFrame, LazyFrame, Series};
use std::fmt::{Debug, Display};

use crate::display::{Blocks, rounded, table_html, table_text};

/// Items shown of a longer list.
const SHOWN: usize = 20;

/// Shows a value under a notebook's cell. Types of this library have a method of their own instead.
///
/// ```
/// use microlearners::notebook::EvcxrDisplay;
///
/// // As the kernel calls it.
/// ("text").evcxr_display();
/// (Some(3_usize)).evcxr_display();
/// assert!(vec![0.123_456_789].evcxr_blocks().to_string().contains("[0.123457]"));
/// ```
pub trait EvcxrDisplay {
    /// The value in the forms that notebooks show.
    fn evcxr_blocks(&self) -> Blocks;

    /// Hands the value to the notebook.
    fn evcxr_display(&self) {
        self.evcxr_blocks().emit();
    }
}

impl EvcxrDisplay for DataFrame {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(table_text(self)).with_html(table_html(self))
    }
}

impl EvcxrDisplay for Series {
    fn evcxr_blocks(&self) -> Blocks {
        self.clone().into_frame().evcxr_blocks()
    }
}

impl EvcxrDisplay for Column {
    fn evcxr_blocks(&self) -> Blocks {
        self.clone().into_frame().evcxr_blocks()
    }
}

impl EvcxrDisplay for LazyFrame {
    fn evcxr_blocks(&self) -> Blocks {
        let plan = self.describe_plan().unwrap_or_else(|problem| problem.to_string());
        Blocks::text(format!("a table not yet computed; .collect()? computes it\n{plan}"))
    }
}

impl<A: Display, D: Dimension> EvcxrDisplay for Array<A, D> {
    fn evcxr_blocks(&self) -> Blocks {
        let sides: Vec<String> = self.shape().iter().map(usize::to_string).collect();
        let kind = std::any::type_name::<A>();
        // ndarray itself leaves out the middle of large arrays.
        Blocks::text(format!("{} array of {kind}\n{self:.4}", sides.join(" × ")))
    }
}

/// Nothing to show, as after `figure.save(…)?`.
impl EvcxrDisplay for () {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::default()
    }
}

/// Floats, alone and in lists: six digits are enough to read.
macro_rules! show_floats {
    ($($float:ty),*) => {$(
        impl EvcxrDisplay for $float {
            fn evcxr_blocks(&self) -> Blocks {
                Blocks::text(rounded(f64::from(*self), 6))
            }
        }

        impl EvcxrDisplay for Vec<$float> {
            fn evcxr_blocks(&self) -> Blocks {
                list(self, &|number| rounded(f64::from(*number), 6))
            }
        }
    )*};
}

/// Values that are shown as they print, alone and in lists.
macro_rules! show_plain {
    ($($plain:ty),*) => {$(
        impl EvcxrDisplay for $plain {
            fn evcxr_blocks(&self) -> Blocks {
                Blocks::text(self.to_string())
            }
        }

        impl EvcxrDisplay for Vec<$plain> {
            fn evcxr_blocks(&self) -> Blocks {
                list(self, &|item| format!("{item:?}"))
            }
        }
    )*};
}

show_floats!(f32, f64);
show_plain!(bool, i32, i64, u8, u32, u64, usize, String, &str);

impl EvcxrDisplay for str {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(self)
    }
}

impl<T: Debug> EvcxrDisplay for Option<T> {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{self:?}"))
    }
}

impl<T: Debug, E: Debug> EvcxrDisplay for Result<T, E> {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{self:?}"))
    }
}

impl<A: Debug, B: Debug> EvcxrDisplay for (A, B) {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{self:?}"))
    }
}

impl<A: Debug, B: Debug, C: Debug> EvcxrDisplay for (A, B, C) {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{self:?}"))
    }
}

/// The first items of a list, and how many there are if that is not all.
fn list<T>(items: &[T], write: &dyn Fn(&T) -> String) -> Blocks {
    let shown: Vec<String> = items.iter().take(SHOWN).map(write).collect();
    let rest = if items.len() > SHOWN {
        format!(", …] ({} items)", items.len())
    } else {
        "]".to_owned()
    };
    Blocks::text(format!("[{}{rest}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use polars::prelude::{IntoLazy, df};

    fn text(value: &(impl EvcxrDisplay + ?Sized)) -> String {
        value.evcxr_blocks().to_string()
    }

    #[test]
    fn tables_come_as_html_and_text() {
        let table = df!("rule" => ["oja"], "loss" => [0.25]).unwrap();
        assert!(text(&table).contains("text/html") && text(&table).contains("text/plain"));
        assert!(text(table.column("loss").unwrap()).contains("0.25"));
        assert!(text(&table.lazy()).contains("not yet computed"));
    }

    #[test]
    fn arrays_say_their_shape() {
        assert!(text(&array![[1.0_f32, 2.0]]).contains("1 × 2 array of f32\n[[1.0000, 2.0000]]"));
    }

    #[test]
    fn small_values_are_plain_text() {
        assert!(text("a\nb").contains("\na\nb\n"));
        assert!(text(&0.1_f32).contains("\n0.1\n"));
        assert!(text(&vec!["x"]).contains("[\"x\"]"));
        assert!(text(&(0..100).collect::<Vec<usize>>()).contains("19, …] (100 items)"));
        assert!(text(&Some(3)).contains("Some(3)"));
        assert_eq!(text(&()), "");
    }

    #[test]
    fn an_error_is_its_sentence() {
        let error: crate::Result<()> = Err(crate::Error::Figure("too small".into()));
        assert!(text(&error).contains("Err(too small)"));
    }
}

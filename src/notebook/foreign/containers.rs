//! Options, results, tuples, lists and pointers of what can be shown.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use crate::display::{Blocks, EvcxrDisplay, Grid, Side, count, escape};

/// Items shown of a longer list.
const SHOWN: usize = 20;
/// Items of at most this many letters stand in one line.
const SHORT: usize = 24;

/// Values that show what they point to.
macro_rules! show_pointers {
    ($($pointer:ty),*) => {$(
        impl<T: EvcxrDisplay + ?Sized> EvcxrDisplay for $pointer {
            fn evcxr_blocks(&self) -> Blocks {
                (**self).evcxr_blocks()
            }

            fn evcxr_item(&self) -> String {
                (**self).evcxr_item()
            }
        }
    )*};
}

show_pointers!(&T, Box<T>, Arc<T>);

impl<T: EvcxrDisplay> EvcxrDisplay for Option<T> {
    fn evcxr_blocks(&self) -> Blocks {
        self.as_ref().map_or_else(|| Blocks::text("None"), |value| inside("Some", value))
    }

    fn evcxr_item(&self) -> String {
        self.as_ref().map_or("None".to_owned(), |value| format!("Some({})", value.evcxr_item()))
    }
}

impl<T: EvcxrDisplay, E: Display> EvcxrDisplay for Result<T, E> {
    fn evcxr_blocks(&self) -> Blocks {
        match self {
            Ok(value) => inside("Ok", value),
            Err(error) => Blocks::text(format!("error: {error}")),
        }
    }

    fn evcxr_item(&self) -> String {
        match self {
            Ok(value) => format!("Ok({})", value.evcxr_item()),
            Err(error) => format!("error: {error}"),
        }
    }
}

/// What a wrapper holds: in one line if it has one, else below the wrapper's name.
fn inside(wrapper: &str, value: &impl EvcxrDisplay) -> Blocks {
    let blocks = value.evcxr_blocks();
    if blocks.is_line() {
        return Blocks::text(format!("{wrapper}({})", value.evcxr_item()));
    }
    blocks.headed(&format!("{wrapper}:"))
}

impl<T: EvcxrDisplay> EvcxrDisplay for [T] {
    fn evcxr_blocks(&self) -> Blocks {
        let items: Vec<String> = self.iter().take(SHOWN).map(T::evcxr_item).collect();
        if items.iter().all(|item| is_short(item)) {
            return Blocks::text(in_a_line(&items, self.len()));
        }
        let grid =
            Grid::new(count(self.len(), "item")).column("", Side::Head).column("item", Side::Left);
        let mut grid = items
            .into_iter()
            .enumerate()
            .fold(grid, |grid, (place, item)| grid.row([place.to_string(), item]));
        if self.len() > SHOWN {
            grid = grid.row(["…", "…"]);
        }
        grid.blocks()
    }

    fn evcxr_item(&self) -> String {
        let items: Vec<String> = self.iter().take(SHOWN).map(T::evcxr_item).collect();
        in_a_line(&items, self.len())
    }
}

/// Whether an item can stand among others in a line and still be read as one.
fn is_short(item: &str) -> bool {
    let is_closed = item.ends_with(['"', ')', ']']);
    item.chars().count() <= SHORT && (is_closed || !item.contains(", "))
}

/// Such as `[1, 2, …] (100 items)`.
fn in_a_line(items: &[String], length: usize) -> String {
    let rest = if length > items.len() {
        format!(", …] ({})", count(length, "item"))
    } else {
        "]".to_owned()
    };
    format!("[{}{rest}", items.join(", "))
}

/// Lists that show themselves as slices do.
macro_rules! show_lists {
    ($([$($bound:tt)*] $list:ty),*) => {$(
        impl<T: EvcxrDisplay, $($bound)*> EvcxrDisplay for $list {
            fn evcxr_blocks(&self) -> Blocks {
                self.as_slice().evcxr_blocks()
            }

            fn evcxr_item(&self) -> String {
                self.as_slice().evcxr_item()
            }
        }
    )*};
}

show_lists!([] Vec<T>, [const N: usize] [T; N]);

impl<K: Display, V: EvcxrDisplay> EvcxrDisplay for BTreeMap<K, V> {
    fn evcxr_blocks(&self) -> Blocks {
        let row =
            |grid: Grid, (key, value): (&K, &V)| grid.fact(&key.to_string(), value.evcxr_item());
        self.iter().fold(Grid::facts(count(self.len(), "entry")), row).blocks()
    }
}

/// Tuples: in a line if every part has one, else the parts below one another.
macro_rules! show_tuples {
    ($(($($part:ident $place:tt),+)),+) => {$(
        impl<$($part: EvcxrDisplay),+> EvcxrDisplay for ($($part,)+) {
            fn evcxr_blocks(&self) -> Blocks {
                let parts = [$(self.$place.evcxr_blocks()),+];
                if parts.iter().all(Blocks::is_line) {
                    return Blocks::text(self.evcxr_item());
                }
                let texts: Vec<&str> = parts.iter().map(Blocks::plain).collect();
                let markup: String = parts.iter().map(markup).collect();
                Blocks::text(texts.join("\n\n")).with_html(markup)
            }

            fn evcxr_item(&self) -> String {
                format!("({})", [$(self.$place.evcxr_item()),+].join(", "))
            }
        }
    )+};
}

show_tuples!(
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5)
);

/// A part of a tuple as HTML; a picture, which cannot stand beside others, as its text.
fn markup(part: &Blocks) -> String {
    part.html().map_or_else(|| format!("<pre>{}</pre>\n", escape(part.plain())), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::{html, text};
    use super::*;
    use polars::prelude::df;

    #[test]
    fn short_things_stand_in_a_line() {
        assert_eq!(text(&Some(3)), "Some(3)");
        assert_eq!(text(&None::<usize>), "None");
        assert_eq!(text(&vec!["x"]), "[\"x\"]");
        assert_eq!(text(&vec![0.123_456_789]), "[0.123457]");
        assert_eq!(text(&[Some(1.0), None]), "[Some(1), None]");
        assert_eq!(text(&(0.5, "a", vec![1, 2])), "(0.5, \"a\", [1, 2])");
        assert!(text(&(0..100).collect::<Vec<usize>>()).ends_with("19, …] (100 items)"));
        assert_eq!(text(&[1.0_f32, 2.0].first()), "Some(1)");
        assert_eq!(text(&BTreeMap::from([("a", 0.5)])), "1 entry\na  0.5\n");
    }

    #[test]
    fn long_things_stand_in_a_table() {
        let long = vec!["a text that is longer than twenty-four letters".to_owned(); 30];
        assert_eq!(text(&long).lines().count(), 1 + 1 + 20 + 1);
        assert!(html(&long).contains("<table"));
    }

    #[test]
    fn frames_stay_frames_inside() {
        let table = df!("loss" => [0.25]).unwrap();
        assert!(text(&Some(table.clone())).starts_with("Some:\n1 row × 1 column\n"));
        assert!(html(&Ok::<_, crate::Error>(table.clone())).contains("<table"));
        assert!(html(&(table.clone(), 0.5)).ends_with("<pre>0.5</pre>\n"));
        assert_eq!(text(&vec![table]), "[1 row × 1 column]");
    }

    #[test]
    fn an_error_is_its_sentence() {
        let error: crate::Result<()> = Err(crate::Error::Figure("too small".into()));
        assert_eq!(text(&error), "error: too small");
        assert_eq!(text(&Ok::<(), crate::Error>(())), "Ok(())");
    }
}

//! The letters, which the library brings along: a figure needs no font on the machine that draws
//! it.

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};
use std::sync::Once;

use super::style::Weight;

/// What SVG asks for; Verdana is as wide as DejaVu Sans.
pub(crate) const FAMILIES: &str = "DejaVu Sans, Verdana, sans-serif";
const NAME: &str = "microlearners DejaVu Sans";
/// plotters measures a font from its highest to its lowest point, not by its em.
const HEIGHT_PER_EM: f64 = (1901.0 + 483.0) / 2048.0;

static REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");

/// The font with an em of `size` pixels.
pub(crate) fn font(size: f64, weight: Weight) -> FontDesc<'static> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // Both are part of the library and parse: the tests draw with them.
        let _ = register_font(NAME, FontStyle::Normal, REGULAR);
        let _ = register_font(NAME, FontStyle::Bold, BOLD);
    });
    let style = match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    FontDesc::new(FontFamily::Name(NAME), size * HEIGHT_PER_EM, style)
}

/// How far plotters puts the baseline below the point where it starts to draw.
pub(crate) fn drop_to_baseline(size: f64) -> f64 {
    size * HEIGHT_PER_EM / 2.0
}

/// The width of `text` in logical pixels.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    // plotters answers in whole pixels, so ask it about large letters.
    const EM: f64 = 256.0;
    let (pixels, _) = font(EM, weight).box_size(text).unwrap_or_default();
    f64::from(pixels) * size / EM
}

/// The width of the widest of `texts`.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| width(text, size, Weight::Regular)).fold(0.0, f64::max)
}

/// Breaks `text` at spaces into lines no wider than `limit`; a longer word stays whole.
pub(crate) fn wrap(text: &str, limit: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_widths() {
        let (narrow, wide) =
            (width("iii", 12.0, Weight::Regular), width("WWW", 12.0, Weight::Regular));
        assert!(narrow > 5.0 && wide > 2.0 * narrow, "{narrow} {wide}");
        assert!(width("WWW", 12.0, Weight::Bold) > wide);
    }

    #[test]
    fn lines_break_at_spaces() {
        let lines = wrap("which rule was it", 60.0, 12.0, Weight::Regular);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), "which rule was it");
        assert_eq!(wrap("", 60.0, 12.0, Weight::Regular), Vec::<String>::new());
    }
}

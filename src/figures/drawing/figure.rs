//! A finished picture.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::canvas::{Area, Canvas, Type};
use super::legend::Legend;
use super::style::{Colour, FADED, Palette, Weight};
use super::{fonts, png, svg};
use crate::display::{Blocks, EvcxrDisplay, show};
use crate::{Error, Result};

/// Above this weight a picture goes to a notebook as PNG only: browsers choke on large SVG.
const HEAVIEST_SVG: usize = 5_000;
/// The width of a notebook's page in a window of 1280 pixels with the file browser open. JupyterLab
/// shows a wider SVG cut off.
pub(crate) const PAGE: u32 = 820;
const MARGIN: f64 = 14.0;
const TITLE: f64 = 16.0;
const NOTE: f64 = 11.0;
/// From one line of a title or note to the next, in em.
const LINE: f64 = 1.35;

/// What fills a figure between its title and its note.
pub(crate) trait Picture: fmt::Debug + Send + Sync {
    /// Draws into `area` and nowhere else.
    fn draw(&self, canvas: &mut Canvas, area: Area);

    /// The legend that it draws, which a grid of figures may draw once for all of them.
    fn legend(&self) -> Option<Legend> {
        None
    }
}

/// A finished picture: shows itself under a cell, and saves itself as SVG or PNG.
///
/// It owns what it shows, is cheap to clone, and is drawn anew for every size.
#[derive(Clone, Debug)]
pub struct Figure {
    title: String,
    description: String,
    note: String,
    size: (u32, u32),
    grows: bool,
    palette: Palette,
    picture: Arc<dyn Picture>,
}

impl Figure {
    /// A picture in a figure of this size, which has room for a line of title and a line of note;
    /// further lines make it higher.
    pub(crate) fn new(title: &str, size: (u32, u32), picture: impl Picture + 'static) -> Self {
        let (title, picture) = (title.to_owned(), Arc::new(picture));
        let (description, note) = (String::new(), String::new());
        let (size, palette) = (within_limits(size), Palette::default());
        Self { title, description, note, size, grows: true, palette, picture }
    }

    /// What somebody who cannot see the picture is told.
    pub(crate) fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The small print below the picture: what lines and intervals mean.
    pub(crate) fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// The same picture, `width` × `height` logical pixels large. A PNG has twice as many each way.
    pub fn with_size(&self, width: u32, height: u32) -> Self {
        Self { size: within_limits((width, height)), grows: false, ..self.clone() }
    }

    /// The same picture with other colours for what has these names: rules, or other lines, bars,
    /// dots or classes of the figure. Names that do not occur in it do nothing; a grid hands the
    /// colours on to its figures.
    ///
    /// ```
    /// use microlearners::figures::{Bars, Colour, bars};
    ///
    /// let figure = bars(&Bars::new("Backprop learns", "accuracy").with_bar("backprop", 0.9, 0.8, 0.95))?;
    /// let green = figure.with_palette(&[("backprop", Colour(0, 120, 0))]);
    /// assert_ne!(figure.to_svg(), green.to_svg());
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    pub fn with_palette(&self, colours: &[(&str, Colour)]) -> Self {
        let palette = Palette::new(colours).within(&self.palette);
        Self { palette, ..self.clone() }
    }

    /// The same picture with what has these names in steps of one hue, from dark to light in this
    /// order: for settings that go up or down.
    ///
    /// ```
    /// use microlearners::figures::{Bars, Colour, bars};
    ///
    /// let decays = ["decay 0.1", "decay 0.01", "decay 0.001"];
    /// let mut all = Bars::new("Any decay will do", "accuracy");
    /// for decay in decays {
    ///     all = all.with_bar(decay, 0.5, 0.4, 0.6);
    /// }
    /// let figure = bars(&all)?.with_steps(&decays, Colour(30, 120, 90));
    /// assert!(figure.to_svg().contains("#4b6d62"));
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    pub fn with_steps(&self, names: &[&str], hue: Colour) -> Self {
        let steps: Vec<(&str, Colour)> =
            names.iter().copied().zip(hue.steps(names.len())).collect();
        self.with_palette(&steps)
    }

    /// The same picture with one more sentence in the small print below it, such as which networks
    /// it shows.
    pub fn with_note(&self, note: &str) -> Self {
        let with = |text: &str| format!("{text} {note}").trim().to_owned();
        Self { note: with(&self.note), description: with(&self.description), ..self.clone() }
    }

    /// The same picture under another title.
    pub fn with_title(&self, title: &str) -> Self {
        Self { title: title.to_owned(), ..self.clone() }
    }

    /// Width and height in logical pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size_of_width(self.size.0, TITLE)
    }

    /// The size at another width and with a title of this em: further lines of the title and the
    /// note take no room from the picture.
    pub(crate) fn size_of_width(&self, width: u32, title_size: f64) -> (u32, u32) {
        if !self.grows {
            return (width, self.size.1);
        }
        let inner = f64::from(width) - 2.0 * MARGIN;
        let title = fonts::wrap(&self.title, inner, title_size, Weight::Bold).len();
        let note = fonts::wrap(&self.note, inner, NOTE, Weight::Regular).len();
        let further = |lines: usize, size: f64| lines.saturating_sub(1) as f64 * LINE * size;
        let more = further(title, title_size) + further(note, NOTE);
        within_limits((width, self.size.1 + more.round() as u32))
    }

    /// The finding that the picture shows.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The picture in words.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The picture as an SVG document; the same figure always gives the same text.
    pub fn to_svg(&self) -> String {
        self.svg(&self.canvas(), self.size())
    }

    /// The picture as the bytes of a PNG file, at two pixels per logical pixel.
    ///
    /// # Errors
    /// [`Error::Figure`] if the picture could not be drawn.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        png::file(&self.canvas(), self.size())
    }

    /// Saves the picture as SVG or PNG, as the ending of `path` says. A file that was there before
    /// is replaced once the new one is complete.
    ///
    /// # Errors
    /// [`Error::Figure`] if the ending is another or the folder does not exist, [`Error::File`] if
    /// the file could not be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        let bytes = match ending.as_deref() {
            Some("svg") => self.to_svg().into_bytes(),
            Some("png") => self.to_png()?,
            _ => {
                let path = path.display();
                let problem =
                    format!("{path}: a figure is saved as .svg or .png; give it one of these");
                return Err(Error::Figure(problem));
            }
        };
        replace_file(path, &bytes)
    }

    /// [Saves](Self::save) the picture and hands it back, for the end of a cell that both keeps and
    /// shows it.
    ///
    /// ```
    /// use microlearners::figures::{Bars, bars};
    ///
    /// let folder = tempfile::tempdir().expect("a folder");
    /// let path = folder.path().join("one_bar.svg");
    /// let shown = bars(&Bars::new("One bar", "share").with_bar("a", 0.5, 0.4, 0.6))?.saved(&path)?;
    /// assert_eq!(shown.to_svg(), std::fs::read_to_string(&path).expect("a file"));
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    pub fn saved(self, path: impl AsRef<Path>) -> Result<Self> {
        self.save(path)?;
        Ok(self)
    }

    /// The picture, to be shown. If the environment names a folder by `MICROLEARNERS_FIGURES`, it
    /// is also [saved](Self::save) there under `name`, such as `03_tree.svg`. `cargo lab run
    /// --update` names the folder of the committed figures; in a reader's session an exercise
    /// replaces none of them.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    pub fn published(self, name: &str) -> Result<Self> {
        self.published_in(std::env::var_os("MICROLEARNERS_FIGURES").as_deref(), name)
    }

    fn published_in(self, folder: Option<&OsStr>, name: &str) -> Result<Self> {
        match folder {
            Some(folder) if !folder.is_empty() => self.saved(Path::new(folder).join(name)),
            _ => Ok(self),
        }
    }

    /// The picture in the forms that notebooks show.
    pub fn blocks(&self) -> Blocks {
        let canvas = self.canvas();
        let mut blocks = Blocks::text(self.to_string());
        let size = self.size();
        if let Ok(png) = png::file(&canvas, size) {
            blocks = blocks.with_png(&png);
        }
        if canvas.weight() > HEAVIEST_SVG {
            return blocks;
        }
        // Pages scale a wide PNG down by themselves.
        let (width, height) = size;
        let shown = if width > PAGE { (PAGE, height * PAGE / width) } else { size };
        blocks.with_svg(self.svg(&canvas, shown))
    }

    fn svg(&self, canvas: &Canvas, shown: (u32, u32)) -> String {
        let words = svg::Words { title: &self.title, description: &self.description };
        svg::document(canvas, self.size(), shown, &words)
    }

    pub(crate) fn note(&self) -> &str {
        &self.note
    }

    pub(crate) fn palette(&self) -> &Palette {
        &self.palette
    }

    /// The legend that its picture draws.
    pub(crate) fn legend(&self) -> Option<Legend> {
        self.picture.legend()
    }

    fn canvas(&self) -> Canvas {
        let mut canvas = Canvas::default();
        let (width, height) = self.size();
        let area = Area::new(0.0, 0.0, f64::from(width), f64::from(height));
        self.draw(&mut canvas, area, TITLE, self.note_height(area.width));
        canvas
    }

    /// What the note needs in a figure of this width.
    pub(crate) fn note_height(&self, width: f64) -> f64 {
        let lines = fonts::wrap(&self.note, width - 2.0 * MARGIN, NOTE, Weight::Regular).len();
        lines as f64 * NOTE * LINE
    }

    /// Title, picture and note, from top to bottom; `title_size` is the em of the title, and the
    /// last `below` pixels are kept for the note.
    pub(crate) fn draw(&self, canvas: &mut Canvas, area: Area, title_size: f64, below: f64) {
        let area = area.inside(MARGIN, MARGIN, MARGIN, MARGIN);
        let (title, note) = (Type::new(title_size).bold(), Type::new(NOTE).colour(FADED));
        let above = paragraph(canvas, &self.title, area, title);
        paragraph(canvas, &self.note, area.inside(0.0, area.height - below, 0.0, 0.0), note);
        let gap = |height: f64, gap: f64| if height > 0.0 { height + gap } else { 0.0 };
        let around = std::mem::take(&mut canvas.palette);
        canvas.palette = self.palette.within(&around);
        self.picture.draw(canvas, area.inside(0.0, gap(above, 8.0), 0.0, gap(below, 6.0)));
        canvas.palette = around;
    }
}

/// A size that has room for a picture, and memory for its pixels.
fn within_limits((width, height): (u32, u32)) -> (u32, u32) {
    (width.clamp(120, 4_000), height.clamp(90, 4_000))
}

/// Writes `text` from the top of `area` down; returns the height it took.
fn paragraph(canvas: &mut Canvas, text: &str, area: Area, kind: Type) -> f64 {
    let lines = fonts::wrap(text, area.width, kind.size, kind.weight);
    let height = LINE * kind.size;
    for (index, line) in lines.iter().enumerate() {
        let baseline = area.top + index as f64 * height + 0.95 * kind.size;
        canvas.text(line.as_str(), (area.left, baseline), kind);
    }
    lines.len() as f64 * height
}

/// Title and description: the picture for a reader of plain text.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.title.as_str(), &self.description].map(str::trim);
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join("\n"))
    }
}

/// Writes beside `path` and renames, so that an interruption leaves the old file or the new one.
fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if !folder.is_dir() {
        let (path, folder) = (path.display(), folder.display());
        let problem = format!("{path}: there is no folder {folder} to save it in; create it first");
        return Err(Error::Figure(problem));
    }
    let new = folder.join(format!(
        ".figure-{}-{}",
        std::process::id(),
        path.file_name().map_or("".into(), |name| name.to_string_lossy())
    ));
    let written = std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, path));
    written.map_err(|problem| {
        let _ = std::fs::remove_file(&new);
        Error::file(path, problem)
    })
}

impl EvcxrDisplay for Figure {
    fn evcxr_blocks(&self) -> Blocks {
        self.blocks()
    }

    fn evcxr_item(&self) -> String {
        self.to_string()
    }
}

show!(Figure);

#[cfg(test)]
mod tests {
    use crate::figures::{Bars, bars};

    #[test]
    fn a_figure_is_published_only_where_a_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("figure.svg");
        let figure = bars(&Bars::new("a bar", "x").with_bar("a", 0.5, 0.0, 1.0)).unwrap();
        for nowhere in [None, Some("".as_ref())] {
            let shown = figure.clone().published_in(nowhere, "figure.svg").unwrap();
            assert_eq!(shown.to_svg(), figure.to_svg());
            assert!(!path.exists());
        }
        figure.clone().published_in(Some(folder.path().as_os_str()), "figure.svg").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), figure.to_svg());
        let lost = folder.path().join("no such folder");
        assert!(figure.published_in(Some(lost.as_os_str()), "figure.svg").is_err());
    }
}

//! What the evcxr kernel reads from standard output and turns into a cell's result.

use std::io::{self, Write};

/// One result in several forms, from which the reader's program takes the richest that it can show.
///
/// ```
/// use microlearners::display::Blocks;
///
/// let blocks = Blocks::text("3 networks").with_html("<b>3</b> networks");
/// assert!(blocks.to_string().starts_with("EVCXR_BEGIN_CONTENT text/html\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    blocks: Vec<(&'static str, String)>,
}

impl Blocks {
    /// A result that is plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::default().with("text/plain", text)
    }

    /// A result that is text in which every space counts, in both forms.
    pub(crate) fn preformatted(text: String) -> Self {
        let html = format!(
            "<pre style=\"white-space:pre;overflow-x:auto;margin:0\">{}</pre>",
            escape(text.trim_end())
        );
        Self::text(text).with_html(html)
    }

    /// The same result as HTML. It must bring its styles inline: notebook readers strip `<style>`.
    pub fn with_html(self, html: impl Into<String>) -> Self {
        self.with("text/html", html)
    }

    /// The same result as an SVG picture.
    pub fn with_svg(self, svg: impl Into<String>) -> Self {
        self.with("image/svg+xml", svg)
    }

    /// The same result as a PNG picture, given as the bytes of the file.
    pub fn with_png(self, png: &[u8]) -> Self {
        use base64::Engine;
        self.with("image/png", base64::engine::general_purpose::STANDARD.encode(png))
    }

    /// The result as plain text; empty if there is nothing to show.
    pub fn plain(&self) -> &str {
        self.body("text/plain").unwrap_or_default()
    }

    /// The result as HTML, if it has that form.
    pub fn html(&self) -> Option<&str> {
        self.body("text/html")
    }

    fn body(&self, wanted: &str) -> Option<&str> {
        self.blocks.iter().find(|(mime, _)| *mime == wanted).map(|(_, body)| body.as_str())
    }

    /// Whether it is a line of plain text, and has no other form.
    pub(crate) fn is_line(&self) -> bool {
        self.blocks.iter().all(|(mime, _)| *mime == "text/plain")
            && self.plain().lines().count() <= 1
    }

    /// The same below a line of text, in the forms that have room for one.
    pub(crate) fn headed(mut self, line: &str) -> Self {
        for (mime, body) in &mut self.blocks {
            match *mime {
                "text/plain" => *body = format!("{line}\n{body}"),
                "text/html" => *body = format!("<p>{}</p>\n{body}", escape(line)),
                _ => {}
            }
        }
        self
    }

    fn with(mut self, mime: &'static str, body: impl Into<String>) -> Self {
        // The richest form first, for readers of the raw output; the kernel does not care.
        self.blocks.insert(0, (mime, body.into()));
        self
    }

    /// Hands the result to the notebook, in one write that no other thread can interrupt.
    pub fn emit(&self) {
        // A closed standard output leaves nobody to tell.
        let _ = self.write_to(&mut io::stdout().lock());
    }

    /// Writes what [`Blocks::emit`] writes to `out`.
    ///
    /// # Errors
    /// What `out` says when it cannot be written to.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.to_string().as_bytes())?;
        out.flush()
    }
}

impl std::fmt::Display for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (mime, body) in &self.blocks {
            let body = body.trim_end_matches('\n');
            writeln!(f, "EVCXR_BEGIN_CONTENT {mime}\n{body}\nEVCXR_END_CONTENT")?;
        }
        Ok(())
    }
}

/// `text` with the characters that mean something in HTML and SVG made harmless.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// `text` made harmless for HTML, its DOIs and arXiv numbers turned into links.
pub(crate) fn linked(text: &str) -> String {
    let words = text.split(' ').collect::<Vec<_>>();
    let place = |place: usize| match place.checked_sub(1).map(|before| words[before]) {
        Some("doi") => link("https://doi.org/", words[place]),
        Some("arXiv") => link("https://arxiv.org/abs/", words[place]),
        _ => escape(words[place]),
    };
    (0..words.len()).map(place).collect::<Vec<_>>().join(" ")
}

/// A link to an identifier below `site`; punctuation after it stays outside.
fn link(site: &str, word: &str) -> String {
    let name = word.trim_end_matches([';', ',', '.']);
    // Where a text was cut, its identifier is no more.
    if name.ends_with('…') || !name.contains(|letter: char| letter.is_ascii_digit()) {
        return escape(word);
    }
    let (name, rest) = (escape(name), escape(&word[name.len()..]));
    format!("<a href=\"{site}{name}\">{name}</a>{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_links() {
        let html = linked("A & B 2016, doi 10.1038/ncomms13276; C 2019, arXiv 1904.05391");
        assert_eq!(
            html,
            "A &amp; B 2016, doi <a href=\"https://doi.org/10.1038/ncomms13276\">10.1038/ncomms13276</a>; \
             C 2019, arXiv <a href=\"https://arxiv.org/abs/1904.05391\">1904.05391</a>"
        );
        assert!(!linked("doi 10.1038/nco…").contains("href"));
    }

    #[test]
    fn blocks_are_whole_lines() {
        let blocks = Blocks::text("a\nb\n").with_html("<i>a</i>");
        let expected = "EVCXR_BEGIN_CONTENT text/html\n<i>a</i>\nEVCXR_END_CONTENT\n\
                        EVCXR_BEGIN_CONTENT text/plain\na\nb\nEVCXR_END_CONTENT\n";
        let mut out = Vec::new();
        blocks.write_to(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_picture_travels_as_base64() {
        assert!(Blocks::default().with_png(&[1, 2, 3]).to_string().contains("\nAQID\n"));
    }

    #[test]
    fn markup_in_text_is_harmless() {
        assert_eq!(escape(r#"<a href="x">&'"#), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

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

//! A figure as a file and as a notebook's result.

use microlearners::figures::{Histogram, grid, histogram};

use super::figure;

#[test]
fn svg_is_well_formed_and_deterministic() {
    let svg = figure().to_svg();
    assert_eq!(svg, figure().to_svg());
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n")
    );
    assert!(svg.contains("<title>p &lt; 0.05 &amp; &quot;more&quot;</title>"));
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    for line in svg.lines() {
        assert_eq!(line.matches('<').count(), line.matches('>').count(), "{line}");
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn png_has_two_pixels_per_pixel() {
    let figure = figure().with_size(300, 200);
    let png = figure.to_png().unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(png[16..24], [600_u32.to_be_bytes(), 400_u32.to_be_bytes()].concat());
    assert_eq!(png, figure.to_png().unwrap());
}

#[test]
fn other_programs_can_read_the_png() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("figure.png");
    figure().with_size(200, 100).save(&path).unwrap();
    // The header's check, as every reader computes it.
    let png = std::fs::read(path).unwrap();
    let mut check = flate2::Crc::new();
    check.update(&png[12..29]);
    assert_eq!(png[29..33], check.sum().to_be_bytes());
}

#[test]
fn saving_replaces_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("figure.svg");
    std::fs::write(&path, "old").unwrap();
    figure().save(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), figure().to_svg());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn saving_explains_what_it_cannot_do() {
    let error = figure().save("figure.gif").unwrap_err().to_string();
    assert!(error.contains(".svg or .png"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let error = figure().save(folder.path().join("missing/figure.svg")).unwrap_err().to_string();
    assert!(error.contains("no folder") && !error.contains('\n'), "{error}");
}

#[test]
fn a_notebook_gets_svg_png_and_text() {
    let blocks = figure().blocks().to_string();
    for mime in ["image/svg+xml", "image/png", "text/plain"] {
        assert!(blocks.contains(&format!("EVCXR_BEGIN_CONTENT {mime}\n")), "{mime}");
    }
    assert!(!blocks.contains("text/html"));
    assert_eq!(blocks.matches("EVCXR_END_CONTENT\n").count(), 3);
    assert!(blocks.ends_with("\nEVCXR_END_CONTENT\n"));
}

#[test]
fn a_heavy_picture_comes_as_png_only() {
    let values = Histogram::new("one", "value").with_values("all", &[0.0, 1.0]);
    let figures = vec![histogram(&values).unwrap().with_size(150, 100); 30];
    let blocks = grid("many", &figures, 6).unwrap().blocks().to_string();
    assert!(blocks.contains("image/png") && !blocks.contains("image/svg+xml"));
}

#[test]
fn a_figure_outlives_what_it_was_made_from() {
    fn keeps<T: Clone + Send + Sync + 'static>(value: &T) -> T {
        value.clone()
    }
    assert_eq!(keeps(&figure()).to_svg(), figure().to_svg());
}

//! The optimisation levels of the kernel's builds.
//!
//! The kernel compiles cells in a workspace of its own, where the profiles of
//! this checkout's `Cargo.toml` do not apply. So its `[profile.dev.package]`
//! section is copied into a cargo configuration above the kernel's directory:
//! one list, kept in one place.

use crate::fail::{Fail, Outcome};

const SECTION: &str = "[profile.dev.package]";
/// The kernel's own profile turns these on, for dependencies too.
const CHECKS_OFF: &str = "debug-assertions = false, overflow-checks = false";

/// The cargo configuration for the kernel's builds, from the text of the checkout's `Cargo.toml`.
pub(crate) fn cargo_config(manifest: &str) -> Outcome<String> {
    let entries = section(manifest).ok_or_else(|| {
        Fail::new(format!(
            "Cargo.toml has no {SECTION} section, which the kernel's builds are derived from."
        ))
    })?;
    let mut lines = vec![
        "# Written by cargo lab from the checkout's Cargo.toml.".to_owned(),
        SECTION.to_owned(),
        format!("microlearners = {{ opt-level = 3, {CHECKS_OFF} }}"),
    ];
    if !entries.iter().any(|line| line.starts_with("\"*\"")) {
        lines.push(format!("\"*\" = {{ opt-level = 0, {CHECKS_OFF} }}"));
    }
    for entry in entries {
        lines.push(without_checks(entry)?);
    }
    Ok(lines.join("\n") + "\n")
}

/// The entries of the section: its lines without comments and blanks.
fn section(manifest: &str) -> Option<Vec<&str>> {
    let mut lines = manifest.lines().map(str::trim);
    lines.find(|line| *line == SECTION)?;
    Some(
        lines
            .take_while(|line| !line.starts_with('['))
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect(),
    )
}

fn without_checks(entry: &str) -> Outcome<String> {
    let open =
        entry.trim_end().strip_suffix('}').map(str::trim_end).filter(|open| open.contains('{'));
    open.map(|open| format!("{open}, {CHECKS_OFF} }}")).ok_or_else(|| {
        Fail::new(format!("Cargo.toml has `{entry}` in {SECTION}, where cargo lab reads lines such as `name = {{ opt-level = 3 }}`."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[package]
name = "x"

[profile.dev]
opt-level = 2

[profile.dev.package]
# what computes
"*" = { opt-level = 0, debug = false }
ndarray = { opt-level = 3 }

rayon-core = { opt-level = 3 }

[profile.release]
lto = true
"#;

    #[test]
    fn copies_the_section_and_turns_checks_off() {
        let config = cargo_config(MANIFEST).expect("a section");
        let lines: Vec<&str> = config.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "[profile.dev.package]",
                "microlearners = { opt-level = 3, debug-assertions = false, overflow-checks = false }",
                "\"*\" = { opt-level = 0, debug = false, debug-assertions = false, overflow-checks = false }",
                "ndarray = { opt-level = 3, debug-assertions = false, overflow-checks = false }",
                "rayon-core = { opt-level = 3, debug-assertions = false, overflow-checks = false }",
            ]
        );
    }

    #[test]
    fn adds_the_general_level_when_it_is_missing() {
        let config = cargo_config("[profile.dev.package]\nndarray = { opt-level = 3 }\n")
            .expect("a section");
        assert!(config.contains("\"*\" = { opt-level = 0,"), "{config}");
    }

    #[test]
    fn says_what_it_cannot_read() {
        assert!(cargo_config("[package]\n").is_err());
        assert!(cargo_config("[profile.dev.package]\nndarray.opt-level = 3\n").is_err());
    }

    #[test]
    fn reads_the_checkout_itself() {
        let config =
            cargo_config(include_str!("../../Cargo.toml")).expect("the checkout's section");
        assert!(
            config.contains("\nndarray = { opt-level = 3, debug-assertions = false"),
            "{config}"
        );
    }
}

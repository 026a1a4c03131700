//! What the environment asks of notebooks.

/// Whether the environment switches `name` on: it is set, and neither empty nor 0.
pub(crate) fn is_on(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Whether the environment asks for a quick run, with `MICROLEARNERS_QUICK`.
pub fn is_quick() -> bool {
    is_on("MICROLEARNERS_QUICK")
}

//! Functions whose feature is not built yet.

/// Answers a call with its failure value. `docs/MATRIX.md` lists every function that does this as unsupported.
pub(crate) fn unsupported<R>(_function: &str) -> Option<R> {
    None
}

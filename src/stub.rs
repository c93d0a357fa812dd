//! Functions whose feature is not built yet.
use crate::{log, types::*};

/// Answers a call with its failure value. `docs/MATRIX.md` lists every function that does this as
/// unsupported.
pub(crate) fn unsupported<R>(_function: &str) -> Option<R> {
    None
}

/// As [`unsupported`], with one line in the log: for functions that make or set something.
pub(crate) fn warn_unsupported<R>(function: &str, feature: &str) -> Option<R> {
    log::log(COAP_LOG_WARN, format_args!("{function}: {feature} is not supported"));
    None
}

//! The one guard that every exported function runs in.
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Runs the body of an exported function: a refused argument (`None`) and a panic both become its failure value.
pub(crate) fn entry<R>(failure: R, body: impl FnOnce() -> Option<R>) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(done) => done.unwrap_or(failure),
        Err(payload) => {
            bury(payload);
            failure
        }
    }
}

/// Dropping what a panic left may panic too, and so may dropping that one's: leaked.
#[cold]
#[inline(never)]
fn bury(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

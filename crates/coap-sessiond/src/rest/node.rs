//! The node as a whole: whether it works, and its version.
use super::{
    Shared,
    asking::ask,
    errors::{Answer, empty, json},
};
use crate::control::Command;
use hyper::StatusCode;
use serde::Serialize;
use std::time::Duration;

/// Who checks whether a node lives does not wait longer than this for the event loop.
const LIMIT: Duration = Duration::from_secs(2);

/// The version of hoprd's interface that this one follows (hoprd 2.2's).
const API_VERSION: &str = "3.12.0";

/// 200 if the event loop works, else 412: it starts, stops, or hangs.
pub(super) async fn check(shared: &Shared) -> Answer {
    let ready = tokio::time::timeout(LIMIT, ask(shared, Command::Ready)).await;
    empty(if matches!(ready, Ok(Ok(true))) { StatusCode::OK } else { StatusCode::PRECONDITION_FAILED })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    version: &'static str,
    api_version: &'static str,
}

/// The program's version, and the interface's.
pub(super) const VERSION: Version = Version { version: env!("CARGO_PKG_VERSION"), api_version: API_VERSION };

/// The same as it is sent.
pub(super) fn version() -> Answer {
    json(&VERSION)
}

//! Reading requests' bodies, within limits.
use super::errors::Refusal;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Bytes, Incoming};
use std::time::Duration;
use tokio::time::timeout;

/// Bytes that a body may have (2 MB, as in axum).
const MAX_BODY: usize = 2 * 1024 * 1024;
/// Bytes that are read and thrown away behind an answer that did not need them.
const MAX_REST: usize = 4 * 1024 * 1024;
/// How long those may take.
const REST_LIMIT: Duration = Duration::from_secs(2);

/// What follows a request's head.
pub(super) struct Body {
    incoming: Incoming,
    limit: Duration,
}

impl Body {
    /// `limit`: how long reading it may take.
    pub(super) fn new(incoming: Incoming, limit: Duration) -> Self {
        Self { incoming, limit }
    }

    /// All of it.
    pub(super) async fn read(&mut self) -> Result<Vec<u8>, Refusal> {
        // What the head says is known without reading anything.
        if self.incoming.size_hint().lower() > MAX_BODY as u64 {
            return Err(Refusal::Long);
        }
        timeout(self.limit, collect(&mut self.incoming)).await.unwrap_or(Err(Refusal::Slow))
    }

    /// Reads what nobody wanted, so that the connection can be used for the next request, and the client gets the
    /// answer: a connection that is closed with bytes unread may take back what it has sent.
    pub(super) async fn discard(mut self) {
        let reading = async {
            let mut length = 0;
            while let Some(Ok(frame)) = self.incoming.frame().await {
                length += frame.data_ref().map_or(0, Bytes::len);
                if length > MAX_REST {
                    break;
                }
            }
        };
        let _ = timeout(REST_LIMIT, reading).await;
    }
}

async fn collect(incoming: &mut Incoming) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() {
            if bytes.len() + data.len() > MAX_BODY {
                return Err(Refusal::Long);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

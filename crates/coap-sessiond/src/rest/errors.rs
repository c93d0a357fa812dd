//! Why requests are refused, and how that is said: with status codes and bodies that hoprd has.
use super::headers::{JSON, TEXT};
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde::Serialize;

/// What is sent back.
pub(super) type Answer = Response<Full<Bytes>>;

/// An answer with a body of a kind.
pub(super) fn answer(code: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    with(code, body.into(), CONTENT_TYPE, HeaderValue::from_static(kind))
}

/// An answer without a body.
pub(super) fn empty(code: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = code;
    answer
}

/// 200 with `value` as JSON.
pub(super) fn json(value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(text) => answer(StatusCode::OK, JSON, text),
        // Only maps with keys that are no strings cannot be written.
        Err(error) => Refusal::Unknown(error.to_string()).into_answer(),
    }
}

fn with(code: StatusCode, body: Bytes, name: HeaderName, value: HeaderValue) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = code;
    answer.headers_mut().insert(name, value);
    answer
}

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// No token, or another one: 401.
    Unauthorized,
    /// No such path: 404.
    NoPath,
    /// Not with this method, but with these: 405.
    Method(String),
    /// The client does not take JSON: 406.
    NotAcceptable,
    /// Part of the path is not what it must be: 400.
    Path(String),
    /// The body does not come: 408.
    Slow,
    /// The body is too long: 413.
    Long,
    /// The body is not said to be JSON: 415.
    NotJson,
    /// The body ends too early, or its chunks are broken: 400.
    Broken,
    /// The body is not JSON: 400.
    Syntax(String),
    /// The body is JSON, but not the right one: 422.
    Data(String),
    /// What stands for an address is none: 400.
    InvalidAddress,
    /// There is no such listener: 404, with the word that hoprd has for it.
    NoListener,
    /// Something listens there already: 409.
    InUse,
    /// It makes no sense, or could not be done: 422.
    Unknown(String),
    /// The node stops: 503.
    NotReady,
    /// The event loop does not answer: 504.
    Timeout,
}

/// What clients get as body.
#[derive(Serialize)]
struct ApiError<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Refusal {
    /// As it is sent.
    pub(super) fn into_answer(self) -> Answer {
        use StatusCode as Code;
        match self {
            Self::Unauthorized => status(Code::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::NoPath => empty(Code::NOT_FOUND),
            Self::Method(allowed) => match HeaderValue::try_from(allowed) {
                Ok(allowed) => with(Code::METHOD_NOT_ALLOWED, Bytes::new(), ALLOW, allowed),
                Err(_) => empty(Code::METHOD_NOT_ALLOWED),
            },
            Self::NotAcceptable => empty(Code::NOT_ACCEPTABLE),
            Self::Path(what) => text(Code::BAD_REQUEST, format!("Invalid URL: {what}")),
            Self::Slow => closing(text(Code::REQUEST_TIMEOUT, "The request body did not come in time")),
            Self::Long => closing(text(
                Code::PAYLOAD_TOO_LARGE,
                "Failed to buffer the request body: length limit exceeded",
            )),
            Self::NotJson => {
                text(Code::UNSUPPORTED_MEDIA_TYPE, "Expected request with `Content-Type: application/json`")
            }
            Self::Broken => closing(text(Code::BAD_REQUEST, "Failed to buffer the request body")),
            Self::Syntax(what) => {
                text(Code::BAD_REQUEST, format!("Failed to parse the request body as JSON: {what}"))
            }
            Self::Data(what) => text(
                Code::UNPROCESSABLE_ENTITY,
                format!("Failed to deserialize the JSON body into the target type: {what}"),
            ),
            Self::InvalidAddress => status(Code::BAD_REQUEST, "INVALID_INPUT"),
            Self::NoListener => status(Code::NOT_FOUND, "INVALID_INPUT"),
            Self::InUse => status(Code::CONFLICT, "LISTEN_HOST_ALREADY_USED"),
            Self::Unknown(what) => error(Code::UNPROCESSABLE_ENTITY, "UNKNOWN_FAILURE", Some(&what)),
            Self::NotReady => status(Code::SERVICE_UNAVAILABLE, "NOT_READY"),
            Self::Timeout => status(Code::GATEWAY_TIMEOUT, "TIMEOUT"),
        }
    }
}

fn text(code: StatusCode, what: impl Into<Bytes>) -> Answer {
    answer(code, TEXT, what)
}

fn status(code: StatusCode, status: &str) -> Answer {
    error(code, status, None)
}

fn error(code: StatusCode, status: &str, error: Option<&str>) -> Answer {
    let mut made = json(&ApiError { status, error });
    *made.status_mut() = code;
    made
}

/// The connection cannot be used for another request: the rest of this one's body stands before it.
fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

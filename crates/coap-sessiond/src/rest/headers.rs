//! What requests' headers say, and those that all answers have.
use super::errors::{Answer, Refusal, empty};
use crate::config::Auth;
use hyper::{
    HeaderMap, StatusCode,
    header::{
        ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, CONTENT_TYPE, HeaderValue,
    },
};
use subtle::{Choice, ConstantTimeEq};

pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// Whether the request may be done: it has the token as `X-Auth-Token` or `Authorization: Bearer`.
///
/// Values are compared as bytes and in a time that says nothing but their length.
pub(super) fn authorize(auth: &Auth, headers: &HeaderMap) -> Result<(), Refusal> {
    let Auth::Token(token) = auth else { return Ok(()) };
    let is_token = |value: &[u8]| value.ct_eq(token.as_bytes());
    let plain = headers.get_all("x-auth-token").iter().map(|value| is_token(value.as_bytes()));
    let bearer = headers.get_all(AUTHORIZATION).iter().filter_map(|value| bearer(value.as_bytes()));
    let found = plain.chain(bearer.map(is_token)).fold(Choice::from(0), |found, one| found | one);
    if bool::from(found) { Ok(()) } else { Err(Refusal::Unauthorized) }
}

/// What follows `Bearer ` (RFC 6750; schemes have no case, RFC 9110 section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(rest)
}

/// Whether the client takes JSON (RFC 9110 section 12.5.1): who does not say takes everything.
pub(super) fn accepts_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    let takes = |value: &HeaderValue| {
        value.to_str().is_ok_and(|value| value.split(',').any(|range| is_json_range(range.trim())))
    };
    if values.peek().is_none() || values.any(takes) { Ok(()) } else { Err(Refusal::NotAcceptable) }
}

fn is_json_range(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let refused = parts.any(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        name.trim().eq_ignore_ascii_case("q") && value.trim().parse() == Ok(0.0_f32)
    });
    !refused && ["*/*", "application/*", JSON].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether the body is said to be JSON: `application/json`, or one with the suffix `+json` (RFC 6839).
pub(super) fn has_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json =
        kind.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"));
    if is_json { Ok(()) } else { Err(Refusal::NotJson) }
}

/// The answer to a browser that asks whether it may ask (CORS). It cannot send the token yet.
pub(super) fn preflight() -> Answer {
    let mut answer = empty(StatusCode::OK);
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,OPTIONS,DELETE"));
    // `*` is every header but this one.
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, authorization"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    answer
}

/// Lets pages of any origin read the answer.
pub(super) fn allow_any_origin(answer: &mut Answer) {
    answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

#[cfg(test)]
mod tests {
    use super::{accepts_json, authorize, has_json};
    use crate::config::Auth;
    use coap_secure::Secret;
    use hyper::HeaderMap;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn accepting_json() {
        let takes = |values: &[&str]| accepts_json(&headers("accept", values)).is_ok();
        assert!(takes(&[]));
        for value in
            ["application/json", "*/*", "application/*", "text/html, Application/JSON;q=0.1", "*/*;v=1"]
        {
            assert!(takes(&[value]), "{value}");
        }
        for value in ["text/html", "application/xml", "", "application/json;q=0", "*/*; q=0.0", "json"] {
            assert!(!takes(&[value]), "{value}");
        }
        assert!(takes(&["text/html", "application/json"]), "in the second line of the header");
    }

    #[test]
    fn having_json() {
        let has = |value: &str| has_json(&headers("content-type", &[value])).is_ok();
        for value in ["application/json", "APPLICATION/JSON; charset=utf-8", "application/problem+json"] {
            assert!(has(value), "{value}");
        }
        for value in ["text/json", "text/plain", "application/jsonx", "", "application/x-www-form-urlencoded"]
        {
            assert!(!has(value), "{value}");
        }
        assert!(has_json(&HeaderMap::new()).is_err());
    }

    #[test]
    fn the_token_in_either_form() {
        let auth = Auth::Token(Secret::new(b"testtoken123".to_vec()));
        let may = |name, values: &[&str]| authorize(&auth, &headers(name, values)).is_ok();
        assert!(may("x-auth-token", &["testtoken123"]));
        assert!(may("authorization", &["Bearer testtoken123"]));
        assert!(may("authorization", &["bearer testtoken123"]));
        assert!(may("x-auth-token", &["another", "testtoken123"]));
        for value in ["", "testtoken12", "testtoken1234", "Testtoken123", "Bearer testtoken123"] {
            assert!(!may("x-auth-token", &[value]), "{value}");
        }
        for value in
            ["testtoken123", "Basic testtoken123", "Bearertesttoken123", "Bearer  testtoken123", "Bear"]
        {
            assert!(!may("authorization", &[value]), "{value}");
        }
        assert!(authorize(&auth, &HeaderMap::new()).is_err());
        assert!(authorize(&Auth::None, &HeaderMap::new()).is_ok());
    }
}

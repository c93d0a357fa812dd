//! Which paths there are, and what is done before any of them is: authentication and the header `Accept`.
use super::{
    Shared, body::Body, errors::Answer, errors::Refusal, headers, metrics, node, openapi, session, status,
};
use hyper::{Method, http::request::Parts};

/// Everything below needs the token. So do the metrics: they tell how much goes where.
pub(super) const PROTECTED: [&str; 2] = ["/api/v3", "/metrics"];

/// What a request is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Check,
    OpenApi,
    Metrics,
    Version,
    Status,
    Create,
    List,
    Close,
}

/// A path. Of those that fit a request, the first is taken.
pub(super) struct Route {
    pub(super) method: Method,
    /// With names in braces for parts that may be anything.
    pub(super) path: &'static str,
    action: Action,
}

pub(super) static ROUTES: [Route; 12] = [
    route(Method::GET, "/startedz", Action::Check),
    route(Method::GET, "/readyz", Action::Check),
    route(Method::GET, "/healthyz", Action::Check),
    route(Method::GET, "/eligiblez", Action::Check),
    route(Method::GET, "/api-docs/openapi.json", Action::OpenApi),
    route(Method::GET, "/metrics", Action::Metrics),
    route(Method::GET, "/api/v3/node/metrics", Action::Metrics),
    route(Method::GET, "/api/v3/node/version", Action::Version),
    route(Method::GET, "/api/v3/session/status", Action::Status),
    route(Method::POST, "/api/v3/session/{protocol}", Action::Create),
    route(Method::GET, "/api/v3/session/{protocol}", Action::List),
    route(Method::DELETE, "/api/v3/session/{protocol}/{ip}/{port}", Action::Close),
];

const fn route(method: Method, path: &'static str, action: Action) -> Route {
    Route { method, path, action }
}

/// Does what a request asks for.
pub(super) async fn serve(shared: &Shared, head: &Parts, body: &mut Body) -> Answer {
    if head.method == Method::OPTIONS {
        return headers::preflight();
    }
    dispatch(shared, head, body).await.unwrap_or_else(Refusal::into_answer)
}

async fn dispatch(shared: &Shared, head: &Parts, body: &mut Body) -> Result<Answer, Refusal> {
    let path = head.uri.path();
    if PROTECTED.iter().any(|root| is_below(root, path)) {
        headers::authorize(&shared.auth, &head.headers)?;
    }
    let (action, parts) = find(&head.method, path)?;
    if matches!(action, Action::Version | Action::Status | Action::Create | Action::List | Action::Close) {
        headers::accepts_json(&head.headers)?;
    }
    match action {
        Action::Check => Ok(node::check(shared).await),
        Action::OpenApi => Ok(openapi::answer()),
        Action::Metrics => metrics::answer(shared).await,
        Action::Version => Ok(node::version()),
        Action::Status => status::answer(shared).await,
        Action::Create => session::create(shared, head, body, parts).await,
        Action::List => session::list(shared, parts).await,
        Action::Close => session::close(shared, parts).await,
    }
}

/// Whether `path` is `root` or something below it.
pub(super) fn is_below(root: &str, path: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What stands in a path where a route has names in braces; as it came, percent-encoded.
pub(super) type Names<'a> = [&'a str; 3];

fn find<'a>(method: &Method, path: &'a str) -> Result<(Action, Names<'a>), Refusal> {
    // Whoever may GET may ask for the head alone.
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let mut allowed = Vec::new();
    for route in &ROUTES {
        let Some(names) = fits(route.path, path) else { continue };
        if route.method == *method {
            return Ok((route.action, names));
        }
        allowed.push(route.method.as_str());
    }
    allowed.dedup();
    Err(if allowed.is_empty() { Refusal::NoPath } else { Refusal::Method(allowed.join(", ")) })
}

fn fits<'a>(pattern: &str, path: &'a str) -> Option<Names<'a>> {
    let mut names = [""; 3];
    let mut free = names.iter_mut();
    let mut parts = path.split('/');
    for expected in pattern.split('/') {
        let part = parts.next()?;
        if expected.starts_with('{') && !part.is_empty() {
            *free.next()? = part;
        } else if expected != part {
            return None;
        }
    }
    parts.next().is_none().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::{Action, find, is_below};
    use crate::rest::errors::Refusal;
    use hyper::Method;

    #[test]
    fn the_parts_of_a_path() {
        let found = find(&Method::DELETE, "/api/v3/session/tcp/%3A%3A1/80");
        assert!(matches!(found, Ok((Action::Close, ["tcp", "%3A%3A1", "80"]))));
        assert!(matches!(find(&Method::GET, "/api/v3/session/status"), Ok((Action::Status, _))));
        assert!(matches!(find(&Method::HEAD, "/readyz"), Ok((Action::Check, _))));
        for path in [
            "/",
            "/readyz/",
            "/api/v3/session/",
            "/api/v3/session/tcp/",
            "/api/v3/session/tcp//80",
            "//readyz",
        ] {
            assert!(matches!(find(&Method::GET, path), Err(Refusal::NoPath)), "{path}");
        }
    }

    #[test]
    fn the_wrong_method_is_told_the_right_ones() {
        let Err(Refusal::Method(allowed)) = find(&Method::PUT, "/api/v3/session/tcp") else { panic!() };
        assert_eq!(allowed, "POST, GET");
    }

    #[test]
    fn protection_ends_at_parts_of_the_path() {
        assert!(is_below("/api/v3", "/api/v3") && is_below("/api/v3", "/api/v3/x"));
        assert!(!is_below("/api/v3", "/api/v33") && !is_below("/api/v3", "/readyz"));
    }
}

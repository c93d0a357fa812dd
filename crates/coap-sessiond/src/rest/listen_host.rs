//! The field `listenHost`.
use std::net::{IpAddr, SocketAddr};

/// Where to listen if a client says `text`: an address and a port, or one of them, with the other one from `default`.
/// What is neither counts as not said, as in hoprd; names are not looked up.
pub(super) fn resolve(text: Option<&str>, default: SocketAddr) -> SocketAddr {
    let text = text.unwrap_or_default();
    text.parse().unwrap_or_else(|_| {
        let ip = text.parse::<IpAddr>().unwrap_or(default.ip());
        let port = text.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(default.port());
        SocketAddr::new(ip, port)
    })
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn what_is_not_said_comes_from_the_default() {
        let default = "10.1.2.3:4567".parse().unwrap();
        for (text, place) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("[::1]:80", "[::1]:80"),
            ("127.0.0.1", "127.0.0.1:4567"),
            ("::1", "[::1]:4567"),
            (":1234", "10.1.2.3:1234"),
            (":0", "10.1.2.3:0"),
            ("", "10.1.2.3:4567"),
            (":", "10.1.2.3:4567"),
            (":70000", "10.1.2.3:4567"),
            ("127.0.0.1:70000", "10.1.2.3:4567"),
            ("foo", "10.1.2.3:4567"),
            ("localhost:80", "10.1.2.3:4567"),
        ] {
            assert_eq!(resolve(Some(text), default).to_string(), place, "{text}");
        }
        assert_eq!(resolve(None, default), default);
    }
}

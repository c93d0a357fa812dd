//! Where requests are forwarded to.
use crate::wire::uri::{Scheme, is_unix_host, percent_decode};
use crate::wire::{Code, Pdu, Protocol, Uri, option};
use std::net::IpAddr;
use std::time::Duration;

/// A node as a URI names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// What carries the messages.
    pub scheme: Scheme,
    /// Name or address: percent-decoded, in lower case, an IPv6 address without brackets.
    pub host: Vec<u8>,
    /// UDP or TCP port.
    pub port: u16,
}

/// How requests are forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to; `None`: where each request's Proxy-Uri or Proxy-Scheme says.
    pub server: Option<Server>,
    /// Proxy-Uri and Proxy-Scheme are replaced by Uri-Host, Uri-Port, Uri-Path and Uri-Query: what comes next is a
    /// server, no other proxy.
    pub strip: bool,
    /// Each client gets a session of its own to the server; else all share one.
    pub per_client: bool,
    /// After so long without requests the session to the server ends; `None`: never.
    pub idle_timeout: Option<Duration>,
    /// Responses are given to the application ([`Event::Response`](crate::engine::Event::Response)), which passes them
    /// on with [`Engine::forward_response`](crate::engine::Engine::forward_response). Else the engine does so itself.
    pub by_application: bool,
    /// The application's own name for what is forwarded; 0: none. It comes back with the last response
    /// ([`Engine::forward_response`](crate::engine::Engine::forward_response)), or by
    /// [`Event::ForwardEnded`](crate::engine::Event::ForwardEnded).
    pub tag: u64,
}

impl Default for Route {
    /// To where each request says, which is taken for a server; sessions are shared and end after 300 s.
    fn default() -> Self {
        let idle_timeout = Some(Duration::from_secs(300));
        Self { server: None, strip: true, per_client: false, idle_timeout, by_application: false, tag: 0 }
    }
}

/// Whether requests for URIs of that scheme can be forwarded. To those that are secured they cannot: nobody says with
/// which credentials.
pub fn can_forward(scheme: Scheme) -> bool {
    matches!(scheme.protocol(), Some(Protocol::Udp | Protocol::Tcp | Protocol::Ws))
}

impl Server {
    /// A server of which `host` is percent-encoded, as in a URI or in libcoap's `coap_uri_t`.
    pub fn new(scheme: Scheme, host: &[u8], port: u16) -> Self {
        let mut host = percent_decode(host).map_or_else(|_| host.to_vec(), |decoded| decoded.into_owned());
        host.make_ascii_lowercase();
        Self { scheme, host, port }
    }

    /// Its address, if it is named by one.
    pub fn literal(&self) -> Option<IpAddr> {
        literal(&self.host)
    }

    /// The server that a request's Proxy-Uri or Proxy-Scheme names (RFC 7252 section 5.10.2). `None`: it has neither.
    /// `Err`: the code of the answer.
    pub(super) fn asked_for(request: &Pdu) -> Result<Option<Self>, Code> {
        if let Some(uri) = request.option(option::PROXY_URI) {
            let uri = Uri::parse(uri.value).map_err(|_| Code::PROXYING_NOT_SUPPORTED)?;
            if uri.host.is_empty() || is_unix_host(uri.host) {
                return Err(Code::PROXYING_NOT_SUPPORTED);
            }
            return Ok(Some(Self::new(uri.scheme, uri.host, uri.port)));
        }
        let Some(scheme) = request.option(option::PROXY_SCHEME) else { return Ok(None) };
        let scheme = Scheme::from_name(scheme.value).ok_or(Code::PROXYING_NOT_SUPPORTED)?;
        let mut host = request.option(option::URI_HOST).ok_or(Code::BAD_OPTION)?.value.to_vec();
        host.make_ascii_lowercase();
        if is_unix_host(&host) {
            return Err(Code::PROXYING_NOT_SUPPORTED);
        }
        let port = request.option(option::URI_PORT).and_then(|port| port.uint());
        let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(scheme.default_port());
        Ok(Some(Self { scheme, host: unbracketed(&host).to_vec(), port }))
    }
}

/// Uri-Host has an IPv6 address in brackets (RFC 7252 section 5.10.1 refers to `reg-name` and `IP-literal`).
fn unbracketed(host: &[u8]) -> &[u8] {
    match host {
        [b'[', inner @ .., b']'] => inner,
        _ => host,
    }
}

/// The address that a host is written as.
pub(super) fn literal(host: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(unbracketed(host)).ok()?;
    // One with a zone is for who resolves names.
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MessageType;

    fn request(options: &[(u16, &[u8])]) -> Pdu {
        let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0, 0);
        for (number, value) in options {
            pdu.insert_option(*number, value).unwrap();
        }
        pdu
    }

    fn asked(options: &[(u16, &[u8])]) -> Result<Option<(Scheme, String, u16)>, Code> {
        let server = Server::asked_for(&request(options))?;
        Ok(server.map(|server| (server.scheme, String::from_utf8(server.host).unwrap(), server.port)))
    }

    #[test]
    fn a_proxy_uri_names_a_server() {
        let uri = |text: &str| asked(&[(option::PROXY_URI, text.as_bytes())]);
        assert_eq!(uri("coap://Host/a?b"), Ok(Some((Scheme::Coap, "host".into(), 5683))));
        assert_eq!(uri("coap://[2001:db8::1]:1234"), Ok(Some((Scheme::Coap, "2001:db8::1".into(), 1234))));
        assert_eq!(uri("coap://h%6Fst"), Ok(Some((Scheme::Coap, "host".into(), 5683))));
        for garbage in
            ["", "x", "coap:", "coap://", "gopher://a", "/path", "coap://%2Ftmp%2Fsocket", "coap://h:99999"]
        {
            let refused = if garbage.is_empty() { uri(" ") } else { uri(garbage) };
            assert_eq!(refused, Err(Code::PROXYING_NOT_SUPPORTED), "{garbage}");
        }
    }

    #[test]
    fn a_proxy_scheme_names_one_with_uri_host_and_uri_port() {
        let host = (option::URI_HOST, &b"Example"[..]);
        let port = (option::URI_PORT, &b"\x04\xd2"[..]);
        let scheme = (option::PROXY_SCHEME, &b"coap"[..]);
        assert_eq!(asked(&[host, scheme]), Ok(Some((Scheme::Coap, "example".into(), 5683))));
        assert_eq!(asked(&[host, port, scheme]), Ok(Some((Scheme::Coap, "example".into(), 1234))));
        let address = (option::URI_HOST, &b"[::1]"[..]);
        assert_eq!(asked(&[address, scheme]), Ok(Some((Scheme::Coap, "::1".into(), 5683))));
        assert_eq!(asked(&[scheme]), Err(Code::BAD_OPTION));
        assert_eq!(asked(&[host, (option::PROXY_SCHEME, b"gopher")]), Err(Code::PROXYING_NOT_SUPPORTED));
        assert_eq!(asked(&[host]), Ok(None));
    }

    #[test]
    fn addresses_are_told_from_names() {
        assert_eq!(literal(b"192.0.2.1"), Some([192, 0, 2, 1].into()));
        assert_eq!(literal(b"[::1]"), Some(std::net::Ipv6Addr::LOCALHOST.into()));
        assert!(
            ["host", "192.0.2", "::g", "fe80::1%eth0", ""]
                .iter()
                .all(|name| literal(name.as_bytes()).is_none())
        );
    }
}

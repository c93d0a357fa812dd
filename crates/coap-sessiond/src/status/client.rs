//! One request over HTTP.
use super::report::Report;
use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    str::FromStr,
    time::Duration,
};
use thiserror::Error;

/// How long the node has to connect, to take the request, and for each piece of its answer.
const LIMIT: Duration = Duration::from_secs(15);
/// Bytes of an answer: 10,000 tunnels take some 3 MB.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// Why a node's status is not known.
#[derive(Debug, Error)]
pub enum FetchError {
    /// Not the URL of a REST interface.
    #[error("`{0}` is not the URL of a node: http://, host, colon and port")]
    Url(String),
    /// A token that cannot stand in a header.
    #[error("the token has characters that none can have")]
    Token,
    /// The node is not reached.
    #[error("{place} does not answer: {source}")]
    Io {
        /// Host and port.
        place: String,
        /// What the system says.
        source: io::Error,
    },
    /// It wants another token.
    #[error("{0} wants another token: `--token-file FILE`, or COAP_SESSIOND_TOKEN in the environment")]
    Unauthorized(String),
    /// It answers something else.
    #[error("{place} answers what no node does: {what}")]
    Answer {
        /// Host and port.
        place: String,
        /// What.
        what: String,
    },
}

/// Where a REST interface is: host and port.
#[derive(Debug)]
pub(super) struct Place(String);

impl FromStr for Place {
    type Err = FetchError;

    fn from_str(url: &str) -> Result<Self, FetchError> {
        let wrong = || FetchError::Url(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let place = rest.split('/').next().unwrap_or_default();
        let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
        let visible = host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
        if !scheme.eq_ignore_ascii_case("http") || host.is_empty() || !visible || port.parse::<u16>().is_err()
        {
            return Err(wrong());
        }
        Ok(Self(place.to_owned()))
    }
}

impl Place {
    /// Asks for the status.
    pub(super) fn fetch(&self, token: Option<&str>) -> Result<Report, FetchError> {
        let token = token.map_or_else(|| Ok(String::new()), header)?;
        let answer =
            self.exchange(&token).map_err(|source| FetchError::Io { place: self.0.clone(), source })?;
        let wrong = |what: &str| FetchError::Answer { place: self.0.clone(), what: what.to_owned() };
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let (head, body) = answer.split_at(end.ok_or_else(|| wrong("no HTTP"))? + 4);
        let head = String::from_utf8_lossy(head);
        let status = head.lines().next().unwrap_or_default();
        match status.split(' ').nth(1) {
            Some("200") => serde_json::from_slice(body).map_err(|error| wrong(&error.to_string())),
            Some("401") => Err(FetchError::Unauthorized(self.0.clone())),
            _ => Err(wrong(&status.escape_debug().to_string())),
        }
    }

    fn exchange(&self, token: &str) -> io::Result<Vec<u8>> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        // Of HTTP/1.0, the end of the connection is that of the answer.
        let place = &self.0;
        write!(
            stream,
            "GET /api/v3/session/status HTTP/1.0\r\nHost: {place}\r\nAccept: application/json\r\n{token}\r\n"
        )?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "there is no such host");
        for address in self.0.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, LIMIT) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn header(token: &str) -> Result<String, FetchError> {
    let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    if visible { Ok(format!("X-Auth-Token: {token}\r\n")) } else { Err(FetchError::Token) }
}

#[cfg(test)]
mod tests {
    use super::{FetchError, Place, header};

    #[test]
    fn a_url_has_host_and_port() {
        for (url, place) in [
            ("http://127.0.0.1:3001", "127.0.0.1:3001"),
            ("HTTP://[::1]:1/api/v3", "[::1]:1"),
            ("http://node.example:80/", "node.example:80"),
        ] {
            assert_eq!(url.parse::<Place>().unwrap().0, place);
        }
        for url in [
            "",
            "127.0.0.1:3001",
            "https://a:1",
            "http://a",
            "http://:1",
            "http://a:b",
            "http://u@a:1",
            "http://a\r\nb:1",
        ] {
            assert!(matches!(url.parse::<Place>(), Err(FetchError::Url(_))), "{url}");
        }
    }

    #[test]
    fn a_token_does_not_end_its_line() {
        assert!(matches!(header("a\r\nX: y"), Err(FetchError::Token)));
        assert_eq!(header("secret-1").unwrap(), "X-Auth-Token: secret-1\r\n");
    }
}

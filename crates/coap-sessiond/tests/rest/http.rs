//! HTTP by hand, so that every byte is known.
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(20);

/// The token of the nodes under test.
pub(crate) const TOKEN: &str = "testtoken123";

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    /// Read, but not looked at.
    ahead: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { stream, ahead: Vec::new() }
    }

    /// Sends these bytes. A server that has closed already may refuse them.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// The next answer, which has a body as long as it says.
    pub(crate) fn reply(&mut self) -> Reply {
        self.reply_to("GET")
    }

    /// The next answer, to a request with this method: those to HEAD have no body.
    pub(crate) fn reply_to(&mut self, method: &str) -> Reply {
        let end = loop {
            if let Some(at) = self.ahead.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_some(), "the connection ended: {:?}", String::from_utf8_lossy(&self.ahead));
        };
        let head = String::from_utf8(self.ahead.drain(..end).collect()).unwrap();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut reply = Reply { code, head, body: String::new() };
        let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        let length = if method == "HEAD" { 0 } else { length };
        while self.ahead.len() < length {
            assert!(self.read_some(), "the body ended early");
        }
        reply.body = String::from_utf8(self.ahead.drain(..length).collect()).unwrap();
        reply
    }

    /// Whether the server has ended the connection, with nothing more to say.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.ahead.is_empty() && !self.read_some()
    }

    fn read_some(&mut self) -> bool {
        let mut buffer = [0; 16384];
        let count = match self.stream.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("nothing came: {error}"),
        };
        self.ahead.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

impl Reply {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body, which is said to be JSON.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// Code and body.
    pub(crate) fn parts(&self) -> (u16, &str) {
        (self.code, &self.body)
    }
}

/// A request without a body, with the token and these lines more, on a connection of its own.
pub(crate) fn ask(address: SocketAddr, line: &str, headers: &str) -> Reply {
    let mut client = Client::connect(address);
    client.send(format!("{line} HTTP/1.1\r\nHost: node\r\nX-Auth-Token: {TOKEN}\r\n{headers}\r\n"));
    client.reply_to(line.split(' ').next().unwrap())
}

/// A POST of JSON, with the token.
pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> Reply {
    let mut client = Client::connect(address);
    client.send(post_text(path, body));
    client.reply()
}

/// The same as it is sent.
pub(crate) fn post_text(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: node\r\nX-Auth-Token: {TOKEN}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

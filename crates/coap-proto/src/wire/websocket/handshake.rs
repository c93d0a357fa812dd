//! The opening handshake (RFC 6455 section 4, RFC 8323 section 4.1).
use base64::{Engine as _, prelude::BASE64_STANDARD};
use httparse::{Error as HttpError, Header, Status};
use sha1::{Digest, Sha1};
use thiserror::Error;

/// Where CoAP is found (RFC 8323 section 8.3).
pub const PATH: &str = "/.well-known/coap";

/// The subprotocol's name.
pub const SUBPROTOCOL: &str = "coap";

/// The most that the head of a request or response may have, in bytes.
pub const MAX_HEAD: usize = 8192;

/// The most header fields that it may have.
const MAX_FIELDS: usize = 64;

/// What RFC 6455 section 1.3 appends to a key.
const ACCEPT_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The nonce of a request, in base64 as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; 24]);

impl Key {
    /// From 16 bytes, which are to be random.
    pub fn new(nonce: [u8; 16]) -> Self {
        let mut text = [0; 24];
        // 16 bytes are 24 characters, so this does not fail.
        let _ = BASE64_STANDARD.encode_slice(nonce, &mut text);
        Self(text)
    }

    /// From the text in a request: 24 characters that are 16 bytes in base64.
    fn from_text(text: &[u8]) -> Option<Self> {
        let key = Self(text.try_into().ok()?);
        let mut nonce = [0; 18];
        matches!(BASE64_STANDARD.decode_slice(text, &mut nonce), Ok(16)).then_some(key)
    }

    /// What a server answers it with.
    fn accept(&self) -> String {
        BASE64_STANDARD.encode(Sha1::new().chain_update(self.0).chain_update(ACCEPT_SUFFIX).finalize())
    }
}

/// What is wrong with a request or response that is to open a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HandshakeError {
    /// Not HTTP/1.1.
    #[error("malformed HTTP")]
    Http,
    /// A head of more than [`MAX_HEAD`] bytes, or of more than 64 fields.
    #[error("the HTTP head is too long")]
    TooLong,
    /// A request for something else than `GET /.well-known/coap`.
    #[error("a request for something else")]
    Target,
    /// The server does not switch to the WebSocket protocol.
    #[error("HTTP status {0}")]
    Status(u16),
    /// A header field that is not there, or not as it has to be.
    #[error("{0} is missing or wrong")]
    Field(&'static str),
    /// A version of the WebSocket protocol other than 13.
    #[error("the WebSocket version is not 13")]
    Version,
}

/// The request that opens a WebSocket to `host` (the value of the Host field).
///
/// # Errors
/// [`HandshakeError::Field`] if the host is empty or cannot stand in a header field.
pub fn write_request(host: &str, key: &Key) -> Result<Vec<u8>, HandshakeError> {
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(HandshakeError::Field("Host"));
    }
    let mut request = Vec::with_capacity(256);
    for part in ["GET ", PATH, " HTTP/1.1\r\nHost: ", host, "\r\n", UPGRADE, "Sec-WebSocket-Key: "] {
        request.extend_from_slice(part.as_bytes());
    }
    request.extend_from_slice(&key.0);
    for part in ["\r\nSec-WebSocket-Protocol: ", SUBPROTOCOL, "\r\nSec-WebSocket-Version: 13\r\n\r\n"] {
        request.extend_from_slice(part.as_bytes());
    }
    Ok(request)
}

/// What both sides say.
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

/// A server's side: reads a request and says its key and how many bytes it has. `None`: there is more to come.
///
/// # Errors
/// See [`HandshakeError`]; the peer gets [`write_refusal`].
pub fn read_request(bytes: &[u8]) -> Result<Option<(Key, usize)>, HandshakeError> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let head = request.parse(bytes);
    // What the first line says is known before the rest has come.
    let (method, path, version) = (request.method, request.path, request.version);
    if method.is_some_and(|method| method != "GET") || path.is_some_and(|path| path != PATH) {
        return Err(HandshakeError::Target);
    }
    if version.is_some_and(|version| version != 1) {
        return Err(HandshakeError::Http);
    }
    let Some(length) = head_length(head, bytes)? else { return Ok(None) };
    let fields = Fields(request.headers);
    fields.only("Host")?;
    fields.upgrade()?;
    if fields.only("Sec-WebSocket-Version") != Ok(b"13") {
        return Err(HandshakeError::Version);
    }
    fields.require("Sec-WebSocket-Protocol", |value| value == SUBPROTOCOL.as_bytes())?;
    let key = Key::from_text(fields.only("Sec-WebSocket-Key")?);
    Ok(Some((key.ok_or(HandshakeError::Field("Sec-WebSocket-Key"))?, length)))
}

/// The response that opens the WebSocket.
pub fn write_response(key: &Key) -> Vec<u8> {
    let accept = key.accept();
    let parts = ["HTTP/1.1 101 Switching Protocols\r\n", UPGRADE, "Sec-WebSocket-Accept: ", &accept];
    let protocol = ["\r\nSec-WebSocket-Protocol: ", SUBPROTOCOL, "\r\n\r\n"];
    [parts.concat(), protocol.concat()].concat().into_bytes()
}

/// The response that refuses a request (RFC 6455 section 4.2.2): the connection is closed behind it.
pub fn write_refusal(error: HandshakeError) -> &'static [u8] {
    match error {
        HandshakeError::Version => {
            b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n\
              Content-Length: 0\r\n\r\n"
        }
        HandshakeError::Target => b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        HandshakeError::TooLong => {
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        }
        _ => b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    }
}

/// A client's side: reads the response to a request with that key and says how many bytes it has. `None`: there is
/// more to come.
///
/// # Errors
/// See [`HandshakeError`]; the connection is closed.
pub fn read_response(bytes: &[u8], key: &Key) -> Result<Option<usize>, HandshakeError> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let head = response.parse(bytes);
    if let Some(status) = response.code.filter(|status| *status != 101) {
        return Err(HandshakeError::Status(status));
    }
    if response.version.is_some_and(|version| version != 1) {
        return Err(HandshakeError::Http);
    }
    let Some(length) = head_length(head, bytes)? else { return Ok(None) };
    let fields = Fields(response.headers);
    fields.upgrade()?;
    if fields.only("Sec-WebSocket-Accept")? != key.accept().as_bytes() {
        return Err(HandshakeError::Field("Sec-WebSocket-Accept"));
    }
    if fields.only("Sec-WebSocket-Protocol")? != SUBPROTOCOL.as_bytes() {
        return Err(HandshakeError::Field("Sec-WebSocket-Protocol"));
    }
    match fields.all("Sec-WebSocket-Extensions").next() {
        // None was asked for.
        Some(_) => Err(HandshakeError::Field("Sec-WebSocket-Extensions")),
        None => Ok(Some(length)),
    }
}

/// How long the head is. `None`: there is more to come, and it may still fit.
fn head_length(
    head: Result<Status<usize>, HttpError>,
    bytes: &[u8],
) -> Result<Option<usize>, HandshakeError> {
    match head {
        Ok(Status::Complete(length)) if length <= MAX_HEAD => Ok(Some(length)),
        Ok(Status::Partial) if bytes.len() < MAX_HEAD => Ok(None),
        Ok(_) | Err(HttpError::TooManyHeaders) => Err(HandshakeError::TooLong),
        Err(_) => Err(HandshakeError::Http),
    }
}

/// Header fields.
struct Fields<'a>(&'a [Header<'a>]);

impl<'a> Fields<'a> {
    /// The values of all fields of that name.
    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| field.value.trim_ascii())
    }

    /// The value of the one field of that name.
    fn only(&self, name: &'static str) -> Result<&'a [u8], HandshakeError> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (Some(value), None) if !value.is_empty() => Ok(value),
            _ => Err(HandshakeError::Field(name)),
        }
    }

    /// Checks that something fitting is in the comma-separated lists of that name.
    fn require(&self, name: &'static str, fits: fn(&[u8]) -> bool) -> Result<(), HandshakeError> {
        let mut items = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        match items.any(|item| fits(item.trim_ascii())) {
            true => Ok(()),
            false => Err(HandshakeError::Field(name)),
        }
    }

    fn upgrade(&self) -> Result<(), HandshakeError> {
        self.require("Upgrade", |value| value.eq_ignore_ascii_case(b"websocket"))?;
        self.require("Connection", |value| value.eq_ignore_ascii_case(b"upgrade"))
    }
}

#[cfg(test)]
mod tests;

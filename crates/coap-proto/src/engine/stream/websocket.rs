//! CoAP over WebSockets (RFC 8323 section 4): the opening handshake, frames, and the end.
use super::Engine;
use super::connection::{Connection, Pause, Stage};
use crate::Address;
use crate::engine::log::log;
use crate::engine::{NackReason, SessionEvent, SessionId};
use crate::wire::websocket::frame::{
    CloseCode, FrameError, FrameHeader, Opcode, Sender, apply_mask, close_code, write_close, write_frame,
};
use crate::wire::websocket::handshake::{
    HandshakeError, Key, MAX_HEAD, read_request, read_response, write_refusal, write_request, write_response,
};
use crate::wire::{Code, Pdu, Protocol, Scheme};
use std::net::Ipv6Addr;

/// The longest host of a request.
const MAX_HOST: usize = 255;
/// Where the code is in a message (RFC 8323 section 4.2).
const PLACE_OF_CODE: usize = 1;

/// What the stream of a session has on top, if it is a WebSocket.
#[derive(Debug)]
pub(super) struct WebSocket {
    /// The side that the peer has.
    peer: Sender,
    handshake: Handshake,
    /// What the Host of the request is to say.
    host: Option<Box<str>>,
    /// The parts so far of a message that comes in several frames.
    parts: Option<Vec<u8>>,
    /// So much of a head that is not complete was looked at.
    searched: usize,
    /// What the Close frame says.
    close_with: CloseCode,
}

/// How far the handshake is.
#[derive(Debug)]
enum Handshake {
    /// The request is to be sent, or to come.
    Request,
    /// The response to the request with this key is to come.
    Response(Key),
    /// Frames can flow.
    Done,
    /// Or not any more.
    Closed,
}

impl WebSocket {
    pub(super) fn new(peer: Sender) -> Self {
        let (handshake, close_with) = (Handshake::Request, CloseCode::NORMAL);
        Self { peer, handshake, host: None, parts: None, searched: 0, close_with }
    }

    /// Bytes of a message of which not all frames have come.
    pub(super) fn partial_len(&self) -> usize {
        self.parts.as_ref().map_or(0, Vec::len)
    }

    /// Whether not all frames of a message have come.
    pub(super) fn is_partial(&self) -> bool {
        self.parts.is_some()
    }

    fn is_up(&self) -> bool {
        matches!(self.handshake, Handshake::Done)
    }

    /// The code of the message whose next part has this payload.
    fn peek_code(&self, mask: Option<[u8; 4]>, payload: &[u8]) -> Option<Code> {
        let before = self.parts.as_deref().unwrap_or_default();
        let masked = || payload.get(PLACE_OF_CODE.checked_sub(before.len())?);
        let key = mask.unwrap_or_default()[PLACE_OF_CODE.saturating_sub(before.len()) % 4];
        before.get(PLACE_OF_CODE).copied().or_else(|| masked().map(|byte| byte ^ key)).map(Code)
    }
}

/// What to do with a connection because of what came.
enum Step {
    /// Go on.
    None,
    /// A message is complete.
    Message(Vec<u8>),
    /// Answer a Ping.
    Pong(Vec<u8>),
    /// Close, as the peer does or because of what it does.
    Close(CloseCode),
}

impl Engine {
    /// The Host that a client session tells in its WebSocket handshake (`coap_ws_set_host_request`); else the peer's
    /// address. The port is added where it is not that of the scheme. `false`: it is none, or too late, or no host.
    pub fn set_websocket_host(&mut self, id: SessionId, host: &str) -> bool {
        let is_host =
            (1..=MAX_HOST).contains(&host.len()) && host.bytes().all(|byte| byte.is_ascii_graphic());
        let Some(connection) = self.connection_mut(id) else { return false };
        let is_early = connection.stage == Stage::Connecting;
        let Some(websocket) = connection.websocket.as_deref_mut().filter(|_| is_host && is_early) else {
            return false;
        };
        websocket.host = Some(host.into());
        true
    }

    /// The stream under a WebSocket is there: the client asks for it.
    pub(super) fn open_websocket(&mut self, id: SessionId) {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.random.u64().to_be_bytes());
        nonce[8..].copy_from_slice(&self.random.u64().to_be_bytes());
        let Some(session) = self.sessions.get(id) else { return };
        let (remote, scheme) = (session.remote, scheme_of(session.protocol));
        let Some(connection) = self.connection_mut(id) else { return };
        let Some(websocket) = connection.websocket.as_deref_mut() else { return };
        if websocket.peer == Sender::Client {
            return;
        }
        let key = Key::new(nonce);
        websocket.handshake = Handshake::Response(key);
        let host = websocket.host.take().unwrap_or_else(|| match remote {
            Address::Ip(ip) => ip.ip().to_string().into(),
            Address::Unix(_) => "localhost".into(),
        });
        let port = Some(remote.port()).filter(|port| *port != 0 && *port != scheme.default_port());
        // All of these are hosts.
        connection.output.push(&write_request(&authority(&host, port), &key).unwrap_or_default());
        self.attend_to_stream(id);
    }

    /// Handles what is at the beginning of `bytes`: a handshake or a frame. Returns how many bytes it has; 0: it is not
    /// all there, or has to wait.
    pub(super) fn read_websocket(&mut self, id: SessionId, bytes: &[u8]) -> usize {
        let Some(websocket) = self.connection(id).and_then(|connection| connection.websocket.as_deref())
        else {
            return 0;
        };
        match websocket.handshake {
            Handshake::Request => self.read_websocket_request(id, bytes),
            Handshake::Response(key) => self.read_websocket_response(id, bytes, &key),
            Handshake::Done => self.read_frame(id, bytes),
            Handshake::Closed => 0,
        }
    }

    /// Puts a message behind the others, in a frame of its own.
    pub(super) fn write_to_websocket(&mut self, id: SessionId, opcode: Opcode, payload: &[u8]) {
        let mask = self.random.u64().to_be_bytes();
        let Some(connection) = self.connection_mut(id) else { return };
        let Some(websocket) = connection.websocket.as_deref().filter(|websocket| websocket.is_up()) else {
            return;
        };
        let mask = websocket.mask(mask);
        connection.output.append(|out| write_frame(out, opcode, mask, payload));
        self.attend_to_stream(id);
    }

    /// The stream is about to end: if it is a WebSocket that is open, it is closed, and the application is told.
    pub(super) fn close_websocket(&mut self, id: SessionId) {
        let mask = self.random.u64().to_be_bytes();
        let Some(connection) = self.connection_mut(id) else { return };
        let Connection { stage, websocket: Some(websocket), output, .. } = connection else { return };
        let was_up = websocket.is_up();
        websocket.handshake = Handshake::Closed;
        websocket.parts = None;
        if was_up {
            if *stage == Stage::Open {
                let (mask, code) = (websocket.mask(mask), websocket.close_with);
                output.append(|out| write_close(out, mask, code));
            }
            self.tell(id, SessionEvent::WsClosed);
        }
    }

    fn read_websocket_request(&mut self, id: SessionId, bytes: &[u8]) -> usize {
        if !self.may_have_head(id, bytes) {
            return 0;
        }
        match read_request(bytes) {
            Ok(None) => 0,
            Ok(Some((key, length))) => {
                self.websocket_is_up(id, &write_response(&key));
                length
            }
            Err(reason) => {
                self.refuse_websocket(id, reason, write_refusal(reason));
                0
            }
        }
    }

    fn read_websocket_response(&mut self, id: SessionId, bytes: &[u8], key: &Key) -> usize {
        if !self.may_have_head(id, bytes) {
            return 0;
        }
        match read_response(bytes, key) {
            Ok(None) => 0,
            Ok(Some(length)) => {
                self.websocket_is_up(id, b"");
                length
            }
            Err(reason) => {
                self.refuse_websocket(id, reason, b"");
                0
            }
        }
    }

    /// Whether it is worth while to look at the head of a handshake: not each time that a byte comes.
    fn may_have_head(&mut self, id: SessionId, bytes: &[u8]) -> bool {
        let connection = self.connection_mut(id);
        let Some(websocket) = connection.and_then(|it| it.websocket.as_deref_mut()) else { return false };
        let searched = std::mem::replace(&mut websocket.searched, bytes.len());
        has_new_line(bytes, searched) || bytes.len() >= MAX_HEAD
    }

    fn websocket_is_up(&mut self, id: SessionId, response: &[u8]) {
        let Some(connection) = self.connection_mut(id) else { return };
        let Some(websocket) = connection.websocket.as_deref_mut() else { return };
        websocket.handshake = Handshake::Done;
        connection.output.push(response);
        connection.partial_since = None;
        log!(self, Debug, "WS: established");
        self.tell(id, SessionEvent::WsConnected);
        self.send_csm(id);
    }

    fn refuse_websocket(&mut self, id: SessionId, reason: HandshakeError, response: &[u8]) {
        log!(self, Info, "** {}: no WebSocket: {reason}", self.name(id));
        if let Some(connection) = self.connection_mut(id) {
            connection.output.push(response);
        }
        self.attend_to_stream(id);
        self.end_stream(id, NackReason::WsLayerFailed);
    }

    fn read_frame(&mut self, id: SessionId, bytes: &[u8]) -> usize {
        let Some(connection) = self.connection(id) else { return 0 };
        let Some(websocket) = connection.websocket.as_deref() else { return 0 };
        let limit = connection.max_message.saturating_sub(websocket.partial_len());
        let (header, start) = match FrameHeader::parse(bytes, websocket.peer, limit) {
            Ok(Some(header)) => header,
            Ok(None) => return 0,
            Err(reason) => {
                self.refuse_frame(id, reason);
                return 0;
            }
        };
        let end = start.saturating_add(header.payload_len);
        let Some(payload) = bytes.get(start..end) else { return 0 };
        if self.must_frame_wait(id, header, payload) {
            return 0;
        }
        // With room for what a message needs in front: it is not copied again.
        let mut unmasked = Vec::with_capacity(payload.len() + 8);
        unmasked.extend_from_slice(payload);
        let mut payload = unmasked;
        apply_mask(header.mask.unwrap_or_default(), 0, &mut payload);
        match self.take_frame(id, header, payload) {
            Ok(Step::None) => {}
            Ok(Step::Message(message)) => self.take_message(id, Pdu::from_websocket(message)),
            Ok(Step::Pong(payload)) => {
                self.write_to_websocket(id, Opcode::Pong, &payload);
                self.settle_stream(id);
            }
            Ok(Step::Close(code)) => self.end_websocket(id, code),
            Err(reason) => self.refuse_frame(id, reason),
        }
        end
    }

    fn must_frame_wait(&mut self, id: SessionId, header: FrameHeader, payload: &[u8]) -> bool {
        let websocket = self.connection(id).and_then(|connection| connection.websocket.as_deref());
        let Some(websocket) = websocket else { return false };
        match header.opcode {
            Opcode::Close => self.defers_goodbye(id),
            Opcode::Ping if self.must_pause(id) => {
                self.pause(id, Pause::Answer);
                true
            }
            Opcode::Binary | Opcode::Continuation => {
                let Some(code) = websocket.peek_code(header.mask, payload) else { return false };
                // What only a whole message says: a Ping's options. They have waited when its last part is there.
                let asks = header.fin && code == Code::PING && !self.may_go_on(id, Pause::Custody);
                let whole = if asks { websocket.with_next(header.mask, payload) } else { Vec::new() };
                self.must_wait_in_input(id, code, || Pdu::decode_websocket(&whole))
            }
            _ => false,
        }
    }

    fn take_frame(
        &mut self,
        id: SessionId,
        header: FrameHeader,
        payload: Vec<u8>,
    ) -> Result<Step, FrameError> {
        let Some(connection) = self.connection_mut(id) else { return Ok(Step::None) };
        let Some(websocket) = connection.websocket.as_deref_mut() else { return Ok(Step::None) };
        if websocket.parts.is_none() && matches!(header.opcode, Opcode::Ping | Opcode::Pong) {
            // All of it has come; what follows has a time of its own.
            connection.partial_since = None;
        }
        Ok(match (header.opcode, &mut websocket.parts) {
            (Opcode::Ping, _) => Step::Pong(payload),
            (Opcode::Pong, _) => Step::None,
            (Opcode::Close, _) => Step::Close(close_code(&payload)?.unwrap_or(CloseCode::NORMAL)),
            // RFC 8323 section 4.2: messages are binary.
            (Opcode::Text, _) => Step::Close(CloseCode::UNSUPPORTED_DATA),
            (Opcode::Binary, Some(_)) | (Opcode::Continuation, None) => {
                Step::Close(CloseCode::PROTOCOL_ERROR)
            }
            (Opcode::Binary, None) if header.fin => Step::Message(payload),
            (Opcode::Binary, parts) => {
                *parts = Some(payload);
                Step::None
            }
            (Opcode::Continuation, Some(parts)) => {
                parts.extend_from_slice(&payload);
                let message = if header.fin { websocket.parts.take() } else { None };
                message.map_or(Step::None, Step::Message)
            }
        })
    }

    fn refuse_frame(&mut self, id: SessionId, reason: FrameError) {
        let event = match reason {
            FrameError::TooBig { .. } => SessionEvent::WsPacketSize,
            _ => SessionEvent::BadPacket,
        };
        self.tell(id, event);
        log!(self, Warn, "** {}: WebSocket closed: {reason}", self.name(id));
        self.end_websocket(id, reason.close_code());
    }

    fn end_websocket(&mut self, id: SessionId, code: CloseCode) {
        let connection = self.connection_mut(id);
        if let Some(websocket) = connection.and_then(|connection| connection.websocket.as_deref_mut()) {
            websocket.close_with = code;
        }
        self.end_stream(id, NackReason::NotDeliverable);
    }
}

impl WebSocket {
    /// The message whose next part has this payload, as far as it has come then.
    fn with_next(&self, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let mut next = payload.to_vec();
        apply_mask(mask.unwrap_or_default(), 0, &mut next);
        let mut message = self.parts.clone().unwrap_or_default();
        message.append(&mut next);
        message
    }

    /// What this side masks a frame with: a client with something that nobody can guess, a server with nothing (RFC
    /// 6455 section 5.1).
    fn mask(&self, random: [u8; 8]) -> Option<[u8; 4]> {
        let [a, b, c, d, ..] = random;
        (self.peer == Sender::Server).then_some([a, b, c, d])
    }
}

fn scheme_of(protocol: Protocol) -> Scheme {
    if protocol == Protocol::Wss { Scheme::CoapsWs } else { Scheme::CoapWs }
}

/// A host with the port that is to be told, if it does not tell one itself.
fn authority(host: &str, port: Option<u16>) -> String {
    let is_ipv6 = host.parse::<Ipv6Addr>().is_ok();
    let host = if is_ipv6 { format!("[{host}]") } else { host.to_owned() };
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match port.filter(|_| !has_port) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Whether a line ends behind what was searched before.
fn has_new_line(bytes: &[u8], searched: usize) -> bool {
    bytes.get(searched..).is_some_and(|new| new.contains(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_get_the_port_that_is_not_the_usual_one() {
        assert_eq!(authority("example.org", None), "example.org");
        assert_eq!(authority("example.org", Some(8080)), "example.org:8080");
        assert_eq!(authority("example.org:81", Some(8080)), "example.org:81");
        assert_eq!(authority("::1", None), "[::1]");
        assert_eq!(authority("::1", Some(8080)), "[::1]:8080");
        assert_eq!(authority("[::1]:81", Some(8080)), "[::1]:81");
        assert_eq!(authority("[::1]", Some(8080)), "[::1]:8080");
    }

    #[test]
    fn a_head_is_looked_at_once_for_each_line_not_for_each_byte() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let looks = (1..=head.len()).filter(|come| has_new_line(&head[..*come], come - 1)).count();
        assert_eq!(looks, 3);
        assert!(has_new_line(head, 0) && !has_new_line(head, head.len()));
    }

    #[test]
    fn the_code_of_a_message_is_seen_through_its_mask_and_its_parts() {
        let message = [0x01, 0x02, 0x7f];
        for cut in 0..=message.len() {
            let mut websocket = WebSocket::new(Sender::Client);
            websocket.parts = (cut > 0).then(|| message[..cut].to_vec());
            let key = [0x10, 0x20, 0x30, 0x40];
            let mut payload = message[cut..].to_vec();
            apply_mask(key, 0, &mut payload);
            assert_eq!(websocket.peek_code(Some(key), &payload), Some(Code::POST), "cut at {cut}");
            assert_eq!(websocket.peek_code(None, &message[cut..]), Some(Code::POST));
        }
        assert_eq!(WebSocket::new(Sender::Client).peek_code(None, b"\x00"), None);
    }
}

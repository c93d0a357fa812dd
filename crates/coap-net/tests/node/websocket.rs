//! CoAP over WebSockets (RFC 8323 section 4), with tungstenite as peer, and with one that does as it likes.
use crate::{
    PATIENCE, Result, address, loopback, node,
    streams::{Served, events_until, server},
};
use coap_proto::{
    engine::Connect,
    wire::{Code, MessageType, Pdu, Protocol},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Instant,
};
use tungstenite::{
    Message, WebSocket,
    client::IntoClientRequest,
    handshake::server::{Request, Response},
    protocol::{
        CloseFrame,
        frame::{
            Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

const REQUEST: &str = "GET /.well-known/coap HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
                       Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                       Sec-WebSocket-Protocol: coap\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A server that runs, and where.
fn serve() -> Result<(Served, SocketAddr)> {
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Ws)?;
    let at = address(&node, endpoint)?;
    Ok((Served::start(node, b"hello".to_vec()), at))
}

fn tcp(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// tungstenite as client, its CSM sent and the server's received.
fn dial(at: SocketAddr) -> Result<WebSocket<TcpStream>> {
    let mut request = format!("ws://{at}/.well-known/coap").into_client_request()?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", "coap".parse()?);
    let (mut socket, response) = tungstenite::client(request, tcp(at)?).map_err(|error| error.to_string())?;
    assert_eq!(response.headers().get("Sec-WebSocket-Protocol").ok_or("no protocol")?, "coap");
    socket.send(message(Code::CSM, b"")?)?;
    assert_eq!(receive(&mut socket)?.code(), Code::CSM);
    Ok(socket)
}

fn message(code: Code, token: &[u8]) -> Result<Message> {
    let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
    pdu.set_token(token)?;
    Ok(Message::binary(pdu.encode_websocket().to_vec()))
}

fn receive(socket: &mut WebSocket<TcpStream>) -> Result<Pdu> {
    match socket.read()? {
        Message::Binary(bytes) => Ok(Pdu::decode_websocket(&bytes)?),
        other => Err(format!("not a message: {other:?}").into()),
    }
}

#[test]
fn several_requests_are_in_flight() -> Result {
    let (served, at) = serve()?;
    let mut socket = dial(at)?;
    for token in 0..50_u8 {
        socket.write(message(Code::GET, &[token])?)?;
    }
    socket.flush()?;
    for token in 0..50_u8 {
        let answer = receive(&mut socket)?;
        assert_eq!((answer.token(), answer.payload()), (&[token][..], &b"hello"[..]));
    }
    served.end()?;
    Ok(())
}

#[test]
fn fragments_with_a_ping_between_are_one_message() -> Result {
    let (served, at) = serve()?;
    let mut socket = dial(at)?;
    let Message::Binary(bytes) = message(Code::GET, b"token")? else { return Err("no bytes".into()) };
    let part = |range: std::ops::Range<usize>, data, fin| {
        Message::Frame(Frame::message(bytes.slice(range), OpCode::Data(data), fin))
    };
    socket.send(part(0..1, Data::Binary, false))?;
    socket.send(part(1..4, Data::Continue, false))?;
    socket.send(Message::Ping(b"still there?".to_vec().into()))?;
    socket.send(part(4..bytes.len(), Data::Continue, true))?;
    assert_eq!(socket.read()?, Message::Pong(b"still there?".to_vec().into()));
    assert_eq!(receive(&mut socket)?.token(), b"token");
    served.end()?;
    Ok(())
}

/// How the server closes, for what tungstenite sends.
fn closed_with(socket: &mut WebSocket<TcpStream>) -> Result<CloseCode> {
    loop {
        match socket.read()? {
            Message::Close(Some(CloseFrame { code, .. })) => return Ok(code),
            Message::Close(None) => return Err("closed without a code".into()),
            _ => {}
        }
    }
}

#[test]
fn a_close_is_answered_and_text_is_not_taken() -> Result {
    let (served, at) = serve()?;
    let mut polite = dial(at)?;
    polite.close(Some(CloseFrame { code: CloseCode::Away, reason: "".into() }))?;
    closed_with(&mut polite)?;
    let mut chatty = dial(at)?;
    chatty.send(Message::text("GET /"))?;
    assert_eq!(closed_with(&mut chatty)?, CloseCode::Unsupported);
    served.end()?;
    Ok(())
}

/// What comes back for `bytes` until the server closes the connection, which it has to.
fn answer_to(at: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut stream = tcp(at)?;
    // It may close before all is written.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut room = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut room) {
        answer.extend_from_slice(&room[..length]);
    }
    Ok(answer)
}

#[test]
fn requests_that_open_nothing_are_refused() -> Result {
    let (served, at) = serve()?;
    let long =
        format!("{}Cookie: {}", REQUEST.trim_end_matches("\r\n").to_owned() + "\r\n", "x".repeat(100_000));
    for (request, status) in [
        (REQUEST.replace("dGhl", ""), "400"),
        (REQUEST.replace("GET", "POST"), "404"),
        (REQUEST.replace("13", "12"), "426"),
        ("\u{1}\u{2}garbage\r\n\r\n".to_owned(), "400"),
        (long, "431"),
    ] {
        let answer = String::from_utf8(answer_to(at, request.as_bytes())?)?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:.80}: {answer}");
    }
    served.end()?;
    Ok(())
}

#[test]
fn frames_that_break_the_protocol_end_the_connection_with_the_right_code() -> Result {
    let (served, at) = serve()?;
    let rows: [(&[u8], u16); 7] = [
        (b"\x82\x02\x00\xe1", 1002),             // not masked
        (b"\x83\x80\x00\x00\x00\x00", 1002),     // a reserved opcode
        (b"\xc2\x80\x00\x00\x00\x00", 1002),     // a reserved bit
        (b"\x09\x80\x00\x00\x00\x00", 1002),     // a ping in parts
        (b"\x80\x80\x00\x00\x00\x00", 1002),     // a continuation of nothing
        (b"\x88\x81\x00\x00\x00\x00\x03", 1002), // a close frame of one byte
        (b"\x82\xff\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00abc", 1009), // 16 MiB, and three of them
    ];
    for (frame, code) in rows {
        let answer = answer_to(at, &[REQUEST.as_bytes(), frame].concat())?;
        let [.., high, low] = answer[..] else { return Err("nothing came".into()) };
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{frame:x?}");
        assert_eq!(u16::from_be_bytes([high, low]), code, "{frame:x?}");
    }
    // All the while others are served.
    let mut socket = dial(at)?;
    socket.send(message(Code::GET, b"t")?)?;
    assert_eq!(receive(&mut socket)?.payload(), b"hello");
    served.end()?;
    Ok(())
}

/// A client that floods with pings, and reads no answer, is not read on for ever; others are served.
#[test]
fn a_flood_of_pings_is_held_back() -> Result {
    let (served, at) = serve()?;
    let mut flood = tcp(at)?;
    flood.write_all(REQUEST.as_bytes())?;
    flood.set_write_timeout(Some(std::time::Duration::from_secs(1)))?;
    let pings =
        b"\x89\xfd\x00\x00\x00\x00".iter().chain(&[b'p'; 125]).copied().collect::<Vec<_>>().repeat(100);
    let mut written = 0;
    while flood.write_all(&pings).is_ok() {
        written += pings.len();
        assert!(written < 1 << 30, "it is read on and on");
    }
    let mut socket = dial(at)?;
    socket.send(message(Code::GET, b"t")?)?;
    assert_eq!(receive(&mut socket)?.payload(), b"hello");
    served.end()?;
    Ok(())
}

#[test]
#[allow(clippy::result_large_err)] // the type of the callback is tungstenite's
fn a_client_of_ours_is_understood_by_tungstenite() -> Result {
    let listener = TcpListener::bind(loopback())?;
    let at = listener.local_addr()?;
    let peer = thread::spawn(move || -> std::result::Result<String, String> {
        let error = |error: &dyn std::fmt::Display| error.to_string();
        let (stream, _) = listener.accept().map_err(|e| error(&e))?;
        let mut host = String::new();
        let check = |request: &Request, mut response: Response| {
            let protocol = request.headers().get("Sec-WebSocket-Protocol").cloned();
            host = request.headers()["Host"].to_str().unwrap_or_default().to_owned() + request.uri().path();
            if let Some(protocol) = protocol {
                response.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
            }
            Ok(response)
        };
        let mut socket = tungstenite::accept_hdr(stream, check).map_err(|e| error(&e))?;
        let csm = receive(&mut socket).map_err(|e| error(&e))?;
        assert_eq!(csm.code(), Code::CSM);
        socket.send(message(Code::CSM, b"").map_err(|e| error(&e))?).map_err(|e| error(&e))?;
        let request = receive(&mut socket).map_err(|e| error(&e))?;
        let mut answer = Pdu::new(MessageType::Con, Code::CONTENT, 0, 0);
        answer.set_token(request.token()).map_err(|e| error(&e))?;
        answer.set_payload(b"from tungstenite").map_err(|e| error(&e))?;
        socket.send(Message::binary(answer.encode_websocket().to_vec())).map_err(|e| error(&e))?;
        // Until the client says that it goes.
        while !matches!(socket.read(), Err(_) | Ok(Message::Close(_))) {}
        Ok(host)
    });
    let mut client = node()?;
    let now = Instant::now();
    let to = Connect { local: None, remote: at.into(), protocol: Protocol::Ws };
    let session = client.connect(now, to)?;
    assert!(client.engine.set_websocket_host(session, "coap.example.org"));
    crate::get(&mut client, session)?;
    let seen = events_until(&mut client, |seen| seen.iter().any(|event| event == "from tungstenite"))?;
    assert!(seen.contains(&"WsConnected".to_owned()), "{seen:?}");
    client.engine.release(Instant::now(), session);
    client.flush(Instant::now());
    drop(client);
    let host = peer.join().map_err(|_| "the server panicked")??;
    assert_eq!(host, format!("coap.example.org:{}/.well-known/coap", at.port()));
    Ok(())
}

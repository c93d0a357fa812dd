//! What the tests share: a server of DTLS, certificates, a world with a seeded, lossy line.
#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]

pub mod pki;
pub mod server;
pub mod world;

use coap_secure::{
    Answer, Channel, Event, Keys, PskClient, PskServer, Question, Secret, Settings, dtls::ServerCredentials,
};
use std::{fmt::Write, sync::Arc};

/// Everything that a channel has to send.
pub fn outputs(channel: &mut dyn Channel) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut datagram = Vec::new();
        if !channel.output(&mut datagram) {
            return all;
        }
        all.push(datagram);
    }
}

/// Everything that can be read of a channel.
pub fn reads(channel: &mut dyn Channel) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut data = Vec::new();
        if !channel.read(&mut data) {
            return all;
        }
        all.push(data);
    }
}

/// An event as a line, for stories to compare with.
pub fn line(event: &Event) -> String {
    match event {
        Event::Ask(_, Question::Identity(identity)) => format!("who is {}?", text(identity)),
        Event::Ask(_, Question::Hint(hint)) => format!("hint {}?", text(hint)),
        Event::Ask(_, Question::Certificate(chain)) => {
            let mut line = "certificate".to_owned();
            for certificate in &chain.certificates {
                let name = certificate.name.as_deref().unwrap_or("-");
                write!(line, " {}:{name}:{}", certificate.depth, certificate.validated).unwrap();
            }
            line + "?"
        }
        Event::Ask(_, Question::Hello { name }) => format!("hello {}?", name.as_deref().unwrap_or("-")),
        Event::Established(version) => format!("established {version}"),
        Event::Renewed(version) => format!("renewed {version}"),
        Event::Closed => "closed".into(),
        Event::Failed(failure) => format!("failed {:?} {:?}", failure.kind, failure.alert),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub const KEY: &[u8] = b"secretPSK";

pub fn secret(key: &[u8]) -> Secret {
    Secret::from(key)
}

pub fn psk_client(identity: &[u8], key: &[u8]) -> Arc<PskClient> {
    Arc::new(PskClient::new(identity.to_vec(), secret(key), &Settings::default()).unwrap())
}

/// A server that takes everybody who has [`KEY`].
pub fn psk_server() -> ServerCredentials {
    server_with(Keys::Same(secret(KEY)))
}

pub fn server_with(keys: Keys) -> ServerCredentials {
    let psk = PskServer::new(None, keys, &Settings::default()).unwrap();
    ServerCredentials { psk: Some(Arc::new(psk)), certificates: None }
}

/// Answers a question as an application would that knows `alice` and trusts who is called `good.test`.
pub fn answer(question: &Question) -> Answer {
    match question {
        Question::Identity(identity) if identity == b"alice" => Answer::Key(secret(KEY)),
        Question::Certificate(chain) if chain.certificates[0].name.as_deref() == Some("good.test") => {
            Answer::Accept
        }
        _ => Answer::Refuse,
    }
}

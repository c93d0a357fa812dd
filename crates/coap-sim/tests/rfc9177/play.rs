//! One node of ours, and the other one played by the example.
use crate::line::{Line, Sizes, describe, read};
use coap_proto::wire::{Code, MessageType, Pdu, option};
use coap_sim::{Capture, Network, NodeId};
use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    time::Duration,
};

pub(crate) struct Play {
    pub(crate) net: Network,
    pub(crate) ours: NodeId,
    other: SocketAddr,
    /// Lines that begin so are the other node's.
    sign: &'static str,
    sizes: Sizes,
    tokens: HashMap<String, Vec<u8>>,
    mids: HashMap<String, u16>,
    /// Of messages of ours that are no acknowledgements.
    used_mids: HashSet<u16>,
    /// Of the body that our client sends.
    request_tag: Option<Vec<u8>>,
    seen: usize,
    last_mid: u16,
}

impl Play {
    pub(crate) fn new(net: Network, ours: NodeId, other: &str, sign: &'static str, sizes: Sizes) -> Self {
        let (other, last_mid, seen) = (other.parse().unwrap(), 0x100, net.captured().len());
        let (tokens, mids, used_mids) = Default::default();
        let request_tag = None;
        Self { net, ours, other, sign, sizes, tokens, mids, used_mids, request_tag, seen, last_mid }
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    pub(crate) fn lines(&mut self, example: &str) {
        for line in example.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let line = line.strip_prefix('+').unwrap_or(line);
            if let Some(seconds) = line.strip_prefix("...") {
                self.nothing_else_before(line);
                self.net.run_for(Duration::from_secs_f64(seconds.trim().parse().unwrap()));
            } else if line.trim_start_matches('x').starts_with(self.sign) {
                self.other_says(line);
            } else {
                self.ours_says(line);
            }
        }
        self.nothing_else_before("the end");
    }

    /// Our node has not said more than the example has so far.
    fn nothing_else_before(&mut self, line: &str) {
        self.net.run_for(Duration::ZERO);
        let more: Vec<_> =
            self.net.captured()[self.seen..].iter().map(|it| describe(&it.message())).collect();
        assert_eq!(more, [""; 0], "more than the example has before {line}");
    }

    fn other_says(&mut self, line: &str) {
        let Line { mut pdu, token, mid, lost } = read(line, self.sizes);
        match self.mids.get(&mid) {
            Some(known) => pdu.set_mid(*known),
            None => {
                assert_ne!(pdu.kind(), MessageType::Ack, "{line} acknowledges nothing");
                self.last_mid += 1;
                pdu.set_mid(self.last_mid);
            }
        }
        if !token.is_empty() {
            let name = token.clone();
            let bytes = self.tokens.entry(token).or_insert_with(|| name.into_bytes()).clone();
            pdu.update_token(&bytes).unwrap();
        }
        if !mid.is_empty() {
            self.mids.insert(mid, pdu.mid());
        }
        if !lost {
            self.nothing_else_before(line);
            let to = self.address();
            self.net.inject(self.other, to, pdu.encode_udp());
        }
    }

    fn ours_says(&mut self, line: &str) {
        self.net.run_for(Duration::ZERO);
        let expected = read(line, self.sizes);
        let captured: Option<&Capture> = self.net.captured().get(self.seen);
        let said = captured.unwrap_or_else(|| panic!("nothing is sent instead of {line}")).message();
        assert_eq!(describe(&said), describe(&expected.pdu), "{line}");
        self.check_token(line, expected.token, &said);
        self.check_mid(line, expected.mid, &said);
        if let Some(tag) = said.option(option::REQUEST_TAG) {
            let known = self.request_tag.get_or_insert_with(|| tag.value.to_vec());
            assert_eq!(known, tag.value, "the Request-Tag of {line}");
        }
        if expected.pdu.code() != Code::INCOMPLETE {
            assert!(said.payload() == expected.pdu.payload(), "the payload of {line}");
        }
        self.seen += 1;
    }

    fn check_token(&mut self, line: &str, name: String, said: &Pdu) {
        if name.is_empty() {
            return assert!(said.token().is_empty(), "the token of {line}");
        }
        let is_used = self.tokens.values().any(|used| used == said.token());
        match self.tokens.get(&name) {
            Some(known) => assert_eq!(known, said.token(), "the token of {line}"),
            None => {
                assert!(!is_used, "another message has the token of {line}");
                self.tokens.insert(name, said.token().to_vec());
            }
        }
    }

    /// An acknowledgement has the message ID of what it acknowledges, what is sent again has its own, and anything else
    /// has a new one.
    fn check_mid(&mut self, line: &str, name: String, said: &Pdu) {
        let is_ack = said.kind() == MessageType::Ack;
        match self.mids.get(&name) {
            Some(known) => assert_eq!(*known, said.mid(), "the message ID of {line}"),
            None => {
                assert!(!is_ack, "{line} acknowledges nothing");
                assert!(self.used_mids.insert(said.mid()), "another message has the message ID of {line}");
                if !name.is_empty() {
                    self.mids.insert(name, said.mid());
                }
            }
        }
    }

    fn address(&self) -> SocketAddr {
        match self.sign {
            "<" => self.net.captured()[self.seen - 1].from,
            _ => self.net.address(self.ours),
        }
    }
}

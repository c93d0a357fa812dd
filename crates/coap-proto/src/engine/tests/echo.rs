//! Repetitions with an Echo option (RFC 9175 section 2.3), where messages overtake each other.
use super::testing::{Pair, SERVER, Told, address};
use crate::block::BlockMode;
use crate::engine::Config;
use crate::wire::{Code, MessageType, Pdu, option};

#[test]
fn an_echo_that_overtakes_the_acknowledgement_is_given_back() {
    let config = Config { block_mode: BlockMode::USE_LIBCOAP, ..Config::default() };
    let mut pair = Pair::with(config, Config::default());
    pair.lose = 1;
    let request = pair.get();
    let token = request.token().to_vec();
    let mid = pair.send(request);
    let mut asked = Pdu::new(MessageType::Con, Code::UNAUTHORIZED, 77, 0);
    asked.set_token(&token).unwrap();
    asked.add_option(option::ECHO, b"prove").unwrap();
    pair.inject_to_client(address(SERVER), asked.encode_udp());
    pair.inject_to_client(address(SERVER), Pdu::new(MessageType::Ack, Code::EMPTY, mid, 0).encode_udp());
    pair.pump();
    let again = pair.wire.iter().filter(|datagram| datagram.from_client).map(|datagram| datagram.pdu());
    let proofs: Vec<_> = again.filter_map(|pdu| Some(pdu.option(option::ECHO)?.value.to_vec())).collect();
    assert_eq!(proofs, [b"prove"]);
    let codes = pair.client_told.iter().filter_map(|told| match told {
        Told::Response(_, received) => Some((received.code(), received.token() == token)),
        _ => None,
    });
    assert_eq!(codes.collect::<Vec<_>>(), [(Code::CONTENT, true)]);
}

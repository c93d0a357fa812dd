//! The memory of messages serves again.
use super::testing::{CLIENT, Pair, SERVER, address};
use crate::engine::Event;
use crate::wire::{Code, MessageType, Pdu, option};

#[test]
fn a_thousand_small_exchanges_are_done_in_the_memory_of_the_first() {
    let mut pair = Pair::new();
    for mid in 0..1000 {
        let mut get = Pdu::new(MessageType::Con, Code::GET, mid, 0);
        get.set_token(b"token").unwrap();
        get.add_option(option::URI_PATH, b"test").unwrap();
        pair.inject(address(CLIENT), address(SERVER), get.encode_udp());
        while let Some(event) = pair.server.poll_event() {
            let Event::Request(mut event) = event else { continue };
            event.response.set_code(Code::CONTENT);
            event.response.set_payload(b"hello").unwrap();
            assert_eq!(pair.server.spares.len(), [0, 0], "request and response use them");
            pair.server.finish_request(pair.now, event);
        }
        let transmit = pair.server.poll_transmit().unwrap();
        assert_eq!(Pdu::decode_udp(&transmit.bytes).unwrap().payload(), b"hello");
        pair.server.reuse_datagram(transmit.bytes);
        assert_eq!(pair.server.spares.len(), [2, 1], "all there is");
    }
}

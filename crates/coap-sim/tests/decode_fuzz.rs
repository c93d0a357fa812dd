//! Whatever bytes come, decoding them ends with a message or an error, and a message means what its bytes
//! say.
use coap_proto::wire::{Code, MessageType, Pdu, Protocol, display, uri};
use coap_sim::Mutator;

const ROUNDS: usize = 200_000;

#[test]
fn no_bytes_upset_the_decoder() {
    let mut mutator = Mutator::new(1, samples());
    let (mut sound, mut broken) = (0_usize, 0_usize);
    for round in 0..ROUNDS {
        let bytes = mutator.next_message();
        match Pdu::decode_udp(&bytes) {
            Ok(pdu) => {
                sound += 1;
                inspect(pdu, &bytes, round);
            }
            Err(_) => broken += 1,
        }
    }
    // Both kinds came often enough for the test to mean something.
    assert!(sound > ROUNDS / 10 && broken > ROUNDS / 10, "{sound} sound, {broken} broken");
}

/// What the message says must lie within the datagram, and encoding it must give the same message again.
fn inspect(mut pdu: Pdu, bytes: &[u8], round: usize) {
    assert_eq!(pdu.body(), &bytes[4..], "round {round}: the body is what came after the header");
    let body = pdu.body();
    let (mut last, mut options) = (0, pdu.options());
    while let Some(option) = options.next() {
        assert!(option.number >= last, "round {round}: options ascend");
        let value_begins = options.offset() - option.value.len();
        assert!((1..=5).contains(&(value_begins - option.offset)), "round {round}: an option's head");
        assert_eq!(&body[value_begins..options.offset()], option.value, "round {round}");
        last = option.number;
    }
    assert_eq!(pdu.last_option_number(), last, "round {round}");
    assert!(body.ends_with(pdu.payload()), "round {round}");
    assert_eq!(pdu.encode_udp(), bytes, "round {round}: the same message");
    uri::compose_path(&pdu);
    uri::compose_query(&pdu);
    if round.is_multiple_of(10) {
        display::show(&pdu, Protocol::Udp, |line| assert!(line.len() <= 2055, "round {round}: a long line"));
    }
}

fn samples() -> Vec<Vec<u8>> {
    let tokens: [&[u8]; 5] = [b"", b"t", b"eight by", b"thirteen bytes", &[7; 300]];
    let options: [&[(u16, &[u8])]; 4] = [
        &[],
        &[(11, b"a"), (11, b"long-segment-of-a-path"), (15, b"q=1")],
        &[(1, b"etag"), (60, &[1, 0]), (258, &[2]), (2049, &[9; 300]), (65001, b"")],
        &[(3, b"host"), (12, &[50]), (23, &[0x16])],
    ];
    let payloads: [&[u8]; 3] = [b"", b"x", &[0x55; 200]];
    let mut samples = vec![vec![0x40, 0, 0, 1], vec![0x70, 0, 0, 1]];
    for (n, token) in tokens.into_iter().enumerate() {
        for (m, options) in options.into_iter().enumerate() {
            let kind = MessageType::from_bits(n as u8);
            let code = if m == 3 { Code::CONTENT } else { Code::GET };
            samples.push(message(kind, code, token, options, payloads[(n + m) % 3]));
        }
    }
    samples
}

fn message(kind: MessageType, code: Code, token: &[u8], options: &[(u16, &[u8])], payload: &[u8]) -> Vec<u8> {
    let mut pdu = Pdu::new(kind, code, 0x1234, 0);
    pdu.set_token(token).expect("token");
    for (number, value) in options {
        pdu.add_option(*number, value).expect("option");
    }
    pdu.set_payload(payload).expect("payload");
    pdu.encode_udp().to_vec()
}

use super::{DecodeError, Form, HEADROOM, MAX_TOKEN_LEN, Pdu, PduError};
use crate::wire::option::{self, Presence};
use crate::wire::{Code, MessageType};

/// RFC 7252 appendix A, figure 16: GET coap://server/temperature and its answer.
#[test]
fn rfc_7252_request_and_response_byte_for_byte() {
    let mut request = Pdu::new(MessageType::Con, Code::GET, 0x7d34, 0);
    request.add_option(option::URI_PATH, b"temperature").unwrap();
    assert_eq!(request.encode_udp(), b"\x40\x01\x7d\x34\xbbtemperature");

    let mut response = Pdu::new(MessageType::Ack, Code::CONTENT, 0x7d34, 0);
    response.set_payload(b"22.3 C").unwrap();
    assert_eq!(response.encode_udp(), b"\x60\x45\x7d\x34\xff22.3 C");
}

/// RFC 7252 appendix A, figure 17: the same with token 0x20.
#[test]
fn rfc_7252_token_byte_for_byte() {
    let request = Pdu::decode_udp(b"\x41\x01\x7d\x35\x20\xbbtemperature").unwrap();
    assert_eq!((request.kind(), request.code(), request.mid()), (MessageType::Con, Code::GET, 0x7d35));
    assert_eq!(request.token(), [0x20]);
    assert_eq!(request.option(option::URI_PATH).unwrap().as_str(), Some("temperature"));
    assert_eq!(request.payload(), b"");

    let mut response = Pdu::new(MessageType::Ack, Code::CONTENT, request.mid(), 0);
    response.set_token(request.token()).unwrap();
    response.set_payload(b"22.3 C").unwrap();
    assert_eq!(response.encode_udp(), b"\x61\x45\x7d\x35\x20\xff22.3 C");
}

#[test]
fn tokens_of_every_encoding_are_set_replaced_and_decoded() {
    let lengths = [0, 1, 8, 12, 13, 14, 268, 269, 270, 1000, MAX_TOKEN_LEN];
    for from in lengths {
        for to in lengths {
            let mut pdu = Pdu::new(MessageType::Non, Code::POST, 1, 0);
            pdu.set_token(&vec![0xaa; from]).unwrap();
            pdu.add_option(option::ETAG, b"tag").unwrap();
            pdu.set_payload(b"payload").unwrap();
            let token: Vec<u8> = (0..to).map(|at| at as u8).collect();
            pdu.update_token(&token).unwrap();
            assert_eq!(pdu.token(), token);
            let decoded = Pdu::decode_udp(pdu.encode_udp()).unwrap();
            assert_eq!(decoded.token(), token);
            assert_eq!(decoded.option(option::ETAG).unwrap().value, b"tag");
            assert_eq!(decoded.payload(), b"payload");
        }
    }
    let mut pdu = Pdu::new(MessageType::Non, Code::POST, 1, 0);
    let length = MAX_TOKEN_LEN + 1;
    assert_eq!(pdu.set_token(&vec![0; length]), Err(PduError::BadLength { length }));
    assert_eq!(pdu.len(), 0);
}

#[test]
fn every_refused_change_leaves_the_message_as_it_was() {
    let mut pdu = Pdu::new(MessageType::Con, Code::PUT, 1, 12);
    pdu.set_token(b"tk").unwrap();
    assert_eq!(pdu.set_token(b"tk"), Err(PduError::NotFirst));
    pdu.add_option(option::URI_PATH, b"abc").unwrap();
    assert_eq!(
        pdu.add_option(option::URI_HOST, b"h"),
        Err(PduError::OutOfOrder { number: option::URI_HOST })
    );
    assert_eq!(pdu.add_option(option::URI_PATH, b"123456"), Err(PduError::TooLarge { limit: 12 }));
    assert_eq!(pdu.insert_option(option::URI_HOST, b"123456"), Err(PduError::TooLarge { limit: 12 }));
    assert_eq!(pdu.update_option(option::URI_PATH, b"1234567890"), Err(PduError::TooLarge { limit: 12 }));
    assert_eq!(pdu.update_token(b"123456789"), Err(PduError::TooLarge { limit: 12 }));
    assert_eq!(pdu.set_payload(b"123456"), Err(PduError::TooLarge { limit: 12 }));
    let length = option::MAX_VALUE_LEN + 1;
    assert_eq!(pdu.add_option(2000, &vec![0; length]), Err(PduError::BadLength { length }));
    assert_eq!(pdu.body(), b"tk\xb3abc");

    pdu.set_payload(b"12345").unwrap();
    assert_eq!(pdu.len(), 12);
    assert_eq!(pdu.set_payload(b"1"), Err(PduError::HasPayload));
    assert_eq!(pdu.add_payload(1), Err(PduError::HasPayload));
    assert_eq!(pdu.add_option(option::URI_QUERY, b""), Err(PduError::HasPayload));
    assert_eq!(pdu.body(), b"tk\xb3abc\xff12345");
    pdu.clear_payload();
    assert_eq!(pdu.body(), b"tk\xb3abc");
}

#[test]
fn an_empty_payload_is_no_payload() {
    let mut pdu = Pdu::new(MessageType::Con, Code::PUT, 1, 0);
    pdu.set_payload(b"").unwrap();
    assert!(pdu.add_payload(0).unwrap().is_empty());
    assert_eq!(pdu.body(), b"");
    pdu.add_payload(3).unwrap().copy_from_slice(b"abc");
    pdu.payload_mut()[0] = b'A';
    assert_eq!(pdu.body(), b"\xffAbc");
    assert_eq!(pdu.encode_udp().len(), HEADROOM - 2 + 4);
}

#[test]
fn what_is_not_a_message_is_named() {
    let rows: &[(&[u8], DecodeError)] = &[
        (b"", DecodeError::Truncated),
        (b"\x40\x01\x00", DecodeError::Truncated),
        (b"\x00\x01\x00\x00", DecodeError::Version(0)),
        (b"\x80\x01\x00\x00", DecodeError::Version(2)),
        (b"\xc0\x01\x00\x00", DecodeError::Version(3)),
        (b"\x42\x01\x00\x00\x01", DecodeError::Truncated),
        (b"\x4d\x01\x00\x00", DecodeError::Truncated),
        (b"\x4d\x01\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", DecodeError::Truncated),
        (b"\x4e\x01\x00\x00\xff", DecodeError::Truncated),
        (b"\x4e\x01\x00\x00\xff\xff\x00", DecodeError::Truncated),
        (b"\x4f\x01\x00\x00\x00", DecodeError::TokenLength),
        (b"\x40\x00\x00\x00\x00", DecodeError::NotEmpty),
        (b"\x41\x00\x00\x00\x00", DecodeError::NotEmpty),
        (b"\x41\x00\x00\x00", DecodeError::NotEmpty),
        (b"\x40\x20\x00\x00", DecodeError::ReservedClass),
        (b"\x40\xdf\x00\x00", DecodeError::ReservedClass),
        (b"\x40\x01\x00\x00\xff", DecodeError::EmptyPayload),
        (b"\x40\x01\x00\x00\xb1", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\xd0", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\xe0\x00", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\x0d", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\x0e\x00", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\xee\x00\x00\x00", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\x0e\xff\xff\x00", DecodeError::Truncated),
        (b"\x40\x01\x00\x00\xf0", DecodeError::Option),
        (b"\x40\x01\x00\x00\x0f", DecodeError::Option),
        (b"\x40\x01\x00\x00\xe0\xff\xff", DecodeError::Option),
        (b"\x40\x01\x00\x00\xe0\xfe\xf2\xb0", DecodeError::Option),
    ];
    for (bytes, error) in rows {
        assert_eq!(Pdu::decode_udp(bytes).unwrap_err(), *error, "{bytes:02x?}");
    }
}

#[test]
fn the_header_of_what_is_not_a_message_can_be_read() {
    assert_eq!(Pdu::decode_udp_header(b"\x4f\x01\x12\x34\xff"), Some((MessageType::Con, Code::GET, 0x1234)));
    assert_eq!(Pdu::decode_udp_header(b"\x4f\x01\x12"), None);
    assert_eq!(Pdu::decode_udp_header(b"\x8f\x01\x12\x34"), None);
}

#[test]
fn the_longest_option_and_the_highest_number_are_carried() {
    let value = vec![7; option::MAX_VALUE_LEN];
    let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    pdu.add_option(u16::MAX, &value).unwrap();
    let decoded = Pdu::decode_udp(pdu.encode_udp()).unwrap();
    assert_eq!(decoded.last_option_number(), u16::MAX);
    assert_eq!(decoded.option(u16::MAX).unwrap().value, value);
}

/// What a message holds, to compare with: the simplest thing that behaves alike.
#[derive(Debug, Default)]
struct Model {
    token: Vec<u8>,
    options: Vec<(u16, Vec<u8>)>,
    payload: Vec<u8>,
}

impl Model {
    fn insert(&mut self, number: u16, value: &[u8]) {
        let at = self.options.partition_point(|option| option.0 <= number);
        self.options.insert(at, (number, value.to_vec()));
    }

    fn position(&self, number: u16) -> Option<usize> {
        self.options.iter().position(|option| option.0 == number)
    }

    fn assert_same(&self, pdu: &mut Pdu) {
        let decoded = Pdu::decode_udp(pdu.encode_udp()).unwrap();
        let numbers = self.options.iter().map(|option| option.0);
        let presence = numbers.fold(Presence::NONE, Presence::with);
        for pdu in [pdu, &decoded] {
            assert_eq!(pdu.presence(), presence);
            assert_eq!(pdu.token(), self.token);
            assert_eq!(pdu.payload(), self.payload);
            assert_eq!(pdu.last_option_number(), self.options.last().map_or(0, |option| option.0));
            assert!(
                pdu.options().map(|option| (option.number, option.value.to_vec())).eq(self.options.clone())
            );
        }
    }
}

/// A small generator of pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> usize {
        (self.next() % limit) as usize
    }

    fn bytes(&mut self, lengths: &[usize]) -> Vec<u8> {
        let length = lengths[self.below(lengths.len() as u64)];
        (0..length).map(|_| self.next() as u8).collect()
    }
}

#[test]
fn random_edits_do_what_they_do_to_a_list() {
    // Numbers whose differences are at every border of the delta encoding.
    const NUMBERS: [u16; 10] = [1, 12, 13, 14, 27, 281, 282, 296, 2000, u16::MAX];
    for seed in 1..=200 {
        let mut random = Random(seed);
        let mut pdu = Pdu::new(MessageType::Con, Code::POST, seed as u16, 0);
        let mut model = Model::default();
        for _ in 0..60 {
            let number = NUMBERS[random.below(10)];
            let value = random.bytes(&[0, 1, 12, 13, 268, 269, 300]);
            match random.below(6) {
                0 | 1 => {
                    pdu.insert_option(number, &value).unwrap();
                    model.insert(number, &value);
                }
                2 => {
                    pdu.update_option(number, &value).unwrap();
                    match model.position(number) {
                        Some(at) => model.options[at].1 = value,
                        None => model.insert(number, &value),
                    }
                }
                3 => {
                    let at = model.position(number);
                    assert_eq!(pdu.remove_option(number), at.is_some());
                    at.map(|at| model.options.remove(at));
                }
                4 => {
                    model.token = random.bytes(&[0, 4, 8, 13, 269]);
                    pdu.update_token(&model.token).unwrap();
                }
                _ => {
                    model.payload = random.bytes(&[0, 1, 100]);
                    pdu.clear_payload();
                    pdu.set_payload(&model.payload).unwrap();
                }
            }
            model.assert_same(&mut pdu);
        }
        pdu.clear();
        assert_eq!((pdu.body(), pdu.last_option_number(), pdu.presence()), (&b""[..], 0, Presence::NONE));
    }
}

#[test]
fn a_form_is_filled_again_and_again() {
    let mut random = Random(1);
    let mut request = Pdu::new(MessageType::Non, Code::PUT, 1, 0);
    request.set_token(b"request").unwrap();
    for number in [option::URI_PATH, option::SIZE1, option::REQUEST_TAG] {
        request.add_option(number, b"abc").unwrap();
    }
    let number = option::BLOCK1;
    for more in [None, Some(number), Some(option::OBSERVE)] {
        more.map(|more| request.insert_option(more, b"x").unwrap());
        let mut form = Form::new(request.clone(), number);
        for mid in 0..200 {
            let (token, value) = (random.bytes(&[0, 8, 13]), random.bytes(&[0, 1, 1, 2, 3, 300]));
            let mut copy = form.fill(vec![7; 9], (mid, &token), &value).unwrap();
            let mut expected = request.clone();
            expected.set_mid(mid);
            expected.update_token(&token).unwrap();
            expected.update_option(number, &value).unwrap();
            assert_eq!(
                (copy.presence(), copy.option(number)),
                (expected.presence(), expected.option(number))
            );
            assert_eq!(copy.encode_udp(), expected.encode_udp());
        }
    }
    let mut bare = Form::new(Pdu::default(), number);
    let copy = bare.fill(Vec::new(), (1, b"token"), b"").unwrap();
    assert_eq!((copy.token(), copy.option(number).unwrap().value), (&b"token"[..], &b""[..]));
}

#[test]
fn added_sizes_are_those_on_the_wire() {
    let mut pdu = Pdu::new(MessageType::Con, Code::POST, 1, 0);
    assert_eq!(pdu.add_option(12, &[]), Ok(1));
    assert_eq!(pdu.add_option(25, &[0; 13]), Ok(16));
    assert_eq!(pdu.add_option(1000, &[0; 300]), Ok(305));
    assert_eq!(pdu.len(), 1 + 16 + 305);
    assert_eq!(pdu.insert_option(13, b"x"), Ok(2));
    assert_eq!(pdu.len(), 1 + 2 + 15 + 305);
}

#[test]
fn no_datagram_makes_trouble_and_good_ones_come_back() {
    let mut random = Random(0xc0a9);
    let good = b"\x44\x02\x12\x34toke\xb4path\x05query\xd1\x02\x0a\xe0\x00\x10\xffpayload";
    let mut accepted = 0;
    for _ in 0..200_000 {
        let mut datagram = good.to_vec();
        for _ in 0..random.below(4) {
            let at = random.below(datagram.len() as u64);
            datagram[at] = random.next() as u8;
        }
        datagram.truncate(random.below(datagram.len() as u64 * 2));
        let _ = Pdu::decode_udp_header(&datagram);
        if let Ok(mut pdu) = Pdu::decode_udp(&datagram) {
            accepted += 1;
            assert_eq!(pdu.encode_udp(), datagram);
            assert!(pdu.options().all(|option| option.offset < pdu.len()));
        }
    }
    assert!(accepted > 10_000, "the mutations were too hard: {accepted}");
}

#[test]
fn options_of_another_message_come_to_their_places() {
    let mut other = Pdu::new(MessageType::Con, Code::GET, 1, 0);
    other.set_token(b"other").unwrap();
    other.add_option(4, b"etag").unwrap();
    other.add_option(28, &[7; 300]).unwrap();
    other.set_payload(b"no part of it").unwrap();
    for (before, payload) in [(&[][..], &b""[..]), (&[6, 60], b""), (&[], b"payload"), (&[27], b"payload")] {
        let mut pdu = Pdu::new(MessageType::Ack, Code::CONTENT, 2, 0);
        pdu.set_token(b"t").unwrap();
        before.iter().for_each(|number| assert!(pdu.add_option(*number, b"own").is_ok()));
        pdu.set_payload(payload).unwrap();
        let mut expected = pdu.clone();
        expected.insert_option(4, b"etag").unwrap();
        expected.insert_option(28, &[7; 300]).unwrap();
        pdu.add_options_of(&other).unwrap();
        assert_eq!(pdu.encode_udp(), expected.encode_udp());
        assert_eq!(
            (pdu.last_option_number(), pdu.presence()),
            (expected.last_option_number(), expected.presence())
        );
        assert_eq!(pdu.payload(), payload);
    }
    let mut small = Pdu::new(MessageType::Ack, Code::CONTENT, 2, 300);
    assert_eq!(small.add_options_of(&other), Err(PduError::TooLarge { limit: 300 }));
    assert_eq!(small.len(), 0);
    small.add_options_of(&Pdu::default()).unwrap();
    assert_eq!(small.options().count(), 0);
}

#[test]
fn an_answer_has_the_token_and_nothing_else_of_its_request() {
    for length in [0, 8, 13, 269] {
        let mut request = Pdu::new(MessageType::Con, Code::POST, 7, 0);
        request.set_token(&vec![9; length]).unwrap();
        request.add_option(option::URI_PATH, b"path").unwrap();
        request.set_payload(b"payload").unwrap();
        request.encode_stream();
        let mut answer = Pdu::answering(&request, MessageType::Ack, 300, vec![1; 500]).unwrap();
        let mut expected = Pdu::new(MessageType::Ack, Code::EMPTY, 7, 300);
        expected.set_token(request.token()).unwrap();
        for pdu in [&mut answer, &mut expected] {
            pdu.set_code(Code::CONTENT);
            pdu.add_option(option::ETAG, b"tag").unwrap();
            pdu.set_payload(b"x").unwrap();
        }
        assert_eq!(answer.encode_udp(), expected.encode_udp());
        assert_eq!((answer.max_size(), answer.presence()), (300, expected.presence()));
        let limit = request.len() - b"\xb4path\xffpayload".len();
        assert!(Pdu::answering(&request, MessageType::Ack, limit, Vec::new()).is_some());
        if limit > 1 {
            assert!(Pdu::answering(&request, MessageType::Ack, limit - 1, Vec::new()).is_none());
        }
    }
}

#[test]
fn a_message_without_memory_is_an_empty_one_that_can_be_filled() {
    let fills: [fn(&mut Pdu); 6] = [
        |_| {},
        |pdu| pdu.set_token(b"token").unwrap(),
        |pdu| assert_eq!(pdu.add_option(option::URI_PATH, b"path"), Ok(5)),
        |pdu| pdu.set_payload(b"payload").unwrap(),
        |pdu| pdu.add_payload(3).unwrap().fill(7),
        Pdu::clear,
    ];
    for fill in fills {
        let (mut bare, mut pdu) = (Pdu::default(), Pdu::new(MessageType::Con, Code::EMPTY, 0, 0));
        assert_eq!((bare.len(), bare.token(), bare.body(), bare.payload()), (0, &[][..], &[][..], &[][..]));
        assert_eq!((bare.options().count(), bare.without_payload().len(), bare.clone().len()), (0, 0, 0));
        fill(&mut bare);
        fill(&mut pdu);
        assert_eq!(bare.clone().encode_stream(), pdu.clone().encode_stream());
        assert_eq!(bare.clone().encode_websocket(), pdu.clone().encode_websocket());
        assert_eq!(*bare.clone().into_datagram(), *pdu.clone().into_datagram());
        assert_eq!(bare.encode_udp(), pdu.encode_udp());
    }
    let answer = Pdu::answering(&Pdu::default(), MessageType::Ack, 0, Vec::new());
    assert_eq!(answer.unwrap().encode_udp(), Pdu::empty_datagram(MessageType::Ack, 0));
}

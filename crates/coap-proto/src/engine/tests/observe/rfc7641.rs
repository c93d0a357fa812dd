//! The messages of RFC 7641, appendix A.1, byte for byte.
use super::*;

const REGISTER: &[u8] = b"\x41\x01\x16\x33\x4a\x60\x5btemperature";
const REGISTERED: &[u8] = b"\x61\x45\x16\x33\x4a\x61\x09\x81\x0f\xff18.5 Cel";
const CHANGED: &[u8] = b"\x51\x45\x7b\x50\x4a\x61\x10\x81\x0f\xff19.2 Cel";
const CHANGED_AND_LOST: &[u8] = b"\x51\x45\x7b\x51\x4a\x61\x19\x81\x0f\xff19.7 Cel";
const REGISTER_AGAIN: &[u8] = b"\x41\x01\x16\x34\xb2\x60\x5btemperature";
const REGISTERED_AGAIN: &[u8] = b"\x61\x45\x16\x34\xb2\x45\x78\x79\x7a\x7a\x79\x21\x2c\x81\x0f\xff19.7 Cel";

fn request(pair: &mut Pair, mid: u16, token: &[u8]) -> Pdu {
    let mut request = pair.request(MessageType::Con, Code::GET, "temperature");
    request.insert_option(option::OBSERVE, b"").unwrap();
    request.update_token(token).unwrap();
    request.set_mid(mid);
    request
}

/// The state of the resource from now on, and the number of its next notification.
fn state(pair: &mut Pair, resource: ResourceId, number: u32, text: &'static str, etag: &'static [u8]) {
    pair.server.resources_mut().get_mut(resource).unwrap().set_observe_number(number);
    pair.handler = Box::new(move |_, response| {
        response.set_code(Code::CONTENT);
        if !etag.is_empty() {
            response.insert_option(option::ETAG, etag).unwrap();
        }
        response.insert_option(option::MAX_AGE, &[15]).unwrap();
        response.set_payload(text.as_bytes()).unwrap();
    });
}

#[test]
fn a_client_registers_is_notified_misses_one_and_registers_again() {
    let config = Config { block_mode: TRACKING, ..Config::default() };
    let mut pair = Pair::with(config, Config::default());
    let resource = observable(&mut pair, "temperature", 0);
    state(&mut pair, resource, 9, "18.5 Cel", b"");
    let first = request(&mut pair, 0x1633, &[0x4a]);
    pair.send(first);
    let id = pair.server_session();
    pair.server.sessions.get_mut(id).unwrap().last_mid = 0x7b4f;
    state(&mut pair, resource, 15, "19.2 Cel", b"");
    change(&mut pair, resource);
    state(&mut pair, resource, 24, "19.7 Cel", b"");
    pair.lose = 1;
    change(&mut pair, resource);
    state(&mut pair, resource, 44, "19.7 Cel", b"\x78\x79\x7a\x7a\x79");
    let second = request(&mut pair, 0x1634, &[0xb2]);
    pair.send(second);
    let wire: Vec<_> = pair.wire.iter().map(|datagram| datagram.bytes.as_slice()).collect();
    let expected = [REGISTER, REGISTERED, CHANGED, CHANGED_AND_LOST, REGISTER_AGAIN, REGISTERED_AGAIN];
    assert_eq!(wire, expected);
    let seen: Vec<_> = delivered(&mut pair).into_iter().map(|(number, _)| number).collect();
    assert_eq!(seen, [Some(9), Some(16), Some(44)]);
    assert_eq!(pair.server.observers.len(), 1, "the second registration replaced the first");
}

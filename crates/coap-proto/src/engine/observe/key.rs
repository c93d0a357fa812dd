//! Which requests observe the same thing (RFC 7641 section 3.1, RFC 7252 section 5.6).
use crate::wire::{Code, Pdu, option};

/// What tells one observation of a peer from another: its method, the options of its cache key other than
/// ETag, and the payload of a FETCH (RFC 8132 section 2.1). Two requests that are equal in all of it are
/// answered with the same state.
pub(super) fn cache_key(request: &Pdu) -> impl Iterator<Item = (u16, &[u8])> {
    let is_fetch = request.code() == Code::FETCH;
    let payload = is_fetch.then(|| (0, request.payload()));
    let options = request.options().filter(|option| counts(option.number));
    let code = if is_fetch { 1 } else { 0 };
    let options = options.map(|option| (option.number, option.value));
    std::iter::once((code, &[][..])).chain(options).chain(payload)
}

fn counts(number: u16) -> bool {
    let is_no_cache_key = number & 0x1e == 0x1c;
    !is_no_cache_key && !matches!(number, option::OBSERVE | option::ETAG | option::OSCORE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MessageType;

    fn request(code: Code, options: &[(u16, &[u8])], payload: &[u8]) -> Pdu {
        let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
        for (number, value) in options {
            pdu.add_option(*number, value).unwrap();
        }
        pdu.set_payload(payload).unwrap();
        pdu
    }

    #[test]
    fn observe_etag_and_what_is_no_cache_key_make_no_difference() {
        let plain = request(Code::GET, &[(option::URI_PATH, b"a")], b"");
        let more = [
            (option::ETAG, &b"e"[..]),
            (option::OBSERVE, &b""[..]),
            (option::URI_PATH, &b"a"[..]),
            (option::SIZE1, &b"\x01"[..]),
        ];
        assert!(cache_key(&plain).eq(cache_key(&request(Code::GET, &more, b""))));
    }

    #[test]
    fn path_query_method_and_a_fetch_payload_make_a_difference() {
        let fetch = |payload| request(Code::FETCH, &[(option::URI_PATH, b"a")], payload);
        let different = [
            request(Code::GET, &[(option::URI_PATH, b"a")], b""),
            request(Code::GET, &[(option::URI_PATH, b"b")], b""),
            request(Code::GET, &[(option::URI_PATH, b"a"), (option::URI_QUERY, b"q")], b""),
            fetch(b""),
            fetch(b"x"),
        ];
        for (index, left) in different.iter().enumerate() {
            for (other, right) in different.iter().enumerate() {
                assert_eq!(cache_key(left).eq(cache_key(right)), index == other, "{index} {other}");
            }
        }
    }
}

//! What of a request and of a response goes further (RFC 7252 section 5.7).
use super::Server;
use super::route::literal;
use crate::wire::uri::{path_segments, percent_decode, query_arguments};
use crate::wire::{BlockValue, Code, MessageType, Pdu, PduError, Uri, option, uint};

/// What a response 5.08 without Hop-Limit gets on its way back, as this node's own have.
const RETURN_LIMIT: u64 = 255;

/// How a request is passed on.
pub(super) struct Terms<'a> {
    /// Who gets it.
    pub(super) server: &'a Server,
    /// Its Proxy-Uri or Proxy-Scheme is not for who gets it.
    pub(super) strip: bool,
    /// Bodies come and go in one piece; the blocks of one node are not those of the other.
    pub(super) joins: bool,
    /// The Hop-Limit of a request that has none (RFC 8768 section 3).
    pub(super) hop_limit: u8,
    /// Tells the blocks of one client from those of another (RFC 9175 section 3), where they are passed on one by one.
    pub(super) tag: u64,
}

/// Whether a message has an option that must not be passed on by who does not know it (RFC 7252 section 5.7.1). An
/// option is known if it is registered here, or if the application says so.
pub(super) fn has_unknown_unsafe(pdu: &Pdu, is_known: impl Fn(u16) -> bool) -> Option<u16> {
    let is_unknown =
        |number: u16| option::is_unsafe(number) && option::definition(number).is_none() && !is_known(number);
    pdu.options().map(|option| option.number).find(|number| is_unknown(*number))
}

/// The request as the next node gets it, without token and message ID, of any size.
///
/// # Errors
/// The code of the answer, if its Proxy-Uri is none.
pub(super) fn request(request: &Pdu, terms: &Terms<'_>) -> Result<Pdu, Code> {
    let mut onward = Pdu::new(request.kind(), request.code(), 0, 0);
    let random_block = block_of(request, option::BLOCK2).is_some_and(|block| block.num > 0);
    let splits = request.option(option::BLOCK1).is_some();
    let is_tagged = splits || !terms.joins && request.option(option::REQUEST_TAG).is_some();
    for option in request.options() {
        let passes = match option.number {
            option::PROXY_URI | option::PROXY_SCHEME => !terms.strip,
            option::URI_HOST | option::URI_PORT => !terms.strip,
            // With Proxy-Uri these must not come (section 5.10.2); it says it all.
            option::URI_PATH | option::URI_QUERY => {
                !terms.strip || request.option(option::PROXY_URI).is_none()
            }
            option::BLOCK2 | option::SIZE2 => !terms.joins || random_block,
            option::SIZE1 => splits,
            option::REQUEST_TAG => false,
            _ => true,
        };
        if passes {
            onward.insert_option(option.number, option.value).map_err(too_large)?;
        }
    }
    if is_tagged {
        onward.insert_option(option::REQUEST_TAG, &terms.tag.to_be_bytes()).map_err(too_large)?;
    }
    if terms.strip {
        address(request, terms.server, &mut onward)?;
    }
    if onward.option(option::HOP_LIMIT).is_none() {
        onward
            .insert_option(option::HOP_LIMIT, &uint::encode(terms.hop_limit.max(1).into()))
            .map_err(too_large)?;
    }
    onward.set_payload(request.payload()).map_err(too_large)?;
    Ok(onward)
}

/// Says by Uri options what the request is for (RFC 7252 section 6.4): host and port only where they are not those of
/// the node that gets it.
fn address(request: &Pdu, server: &Server, onward: &mut Pdu) -> Result<(), Code> {
    let asked = Server::asked_for(request)?;
    let target = asked.as_ref().unwrap_or(server);
    let is_address_of_it = literal(&target.host).is_some() && target.host == server.host;
    if !is_address_of_it {
        onward.insert_option(option::URI_HOST, &as_uri_host(&target.host)).map_err(too_large)?;
    }
    if target.port != server.port {
        onward.insert_option(option::URI_PORT, &uint::encode(target.port.into())).map_err(too_large)?;
    }
    let Some(uri) = request.option(option::PROXY_URI) else { return Ok(()) };
    let uri = Uri::parse(uri.value).map_err(|_| Code::PROXYING_NOT_SUPPORTED)?;
    let insert = |onward: &mut Pdu, number, part: &[u8]| {
        let value = percent_decode(part).map_err(|_| Code::PROXYING_NOT_SUPPORTED)?;
        if !option::allows_length(number, value.len()) {
            return Err(Code::BAD_OPTION);
        }
        onward.insert_option(number, &value).map(|_| ()).map_err(too_large)
    };
    if !uri.path.is_empty() {
        path_segments(uri.path).try_for_each(|segment| insert(onward, option::URI_PATH, segment))?;
    }
    for argument in uri.query.into_iter().flat_map(query_arguments) {
        insert(onward, option::URI_QUERY, argument)?;
    }
    Ok(())
}

/// An IPv6 address stands in brackets (RFC 3986 section 3.2.2).
fn as_uri_host(host: &[u8]) -> Vec<u8> {
    if host.contains(&b':') { [b"[", host, b"]"].concat() } else { host.to_vec() }
}

/// Of which parts a response is about.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    /// It has a block of its body; what says so belongs to it.
    pub(super) is_block: bool,
    /// It answers a block of the request's body.
    pub(super) of_block: bool,
}

/// The response as the client gets it, without token, message ID and payload.
pub(super) fn response(
    received: &Pdu,
    kind: MessageType,
    parts: Parts,
    room: usize,
) -> Result<Pdu, PduError> {
    let mut response = Pdu::new(kind, received.code(), 0, room);
    for option in received.options() {
        let passes = match option.number {
            option::BLOCK1 => parts.of_block,
            option::BLOCK2 | option::SIZE2 => parts.is_block,
            _ => true,
        };
        if passes {
            response.insert_option(option.number, option.value)?;
        }
    }
    if received.code() == Code::HOP_LIMIT_REACHED && received.option(option::HOP_LIMIT).is_none() {
        response.insert_option(option::HOP_LIMIT, &uint::encode(RETURN_LIMIT))?;
    }
    Ok(response)
}

/// A block option that has a meaning.
pub(super) fn block_of(pdu: &Pdu, number: u16) -> Option<BlockValue> {
    pdu.option(number).and_then(|block| BlockValue::decode(block.value))
}

fn too_large(_: PduError) -> Code {
    Code::TOO_LARGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::uri::Scheme;

    type Options<'a> = &'a [(u16, &'a [u8])];

    fn passed(options: Options<'_>, strip: bool, joins: bool) -> Result<Vec<(u16, Vec<u8>)>, Code> {
        let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0, 0);
        for (number, value) in options {
            pdu.insert_option(*number, value).unwrap();
        }
        let server = Server::new(Scheme::Coap, b"192.0.2.9", 5683);
        let onward = request(&pdu, &Terms { server: &server, strip, joins, hop_limit: 16, tag: 7 })?;
        let rest = onward.options().filter(|option| option.number != option::HOP_LIMIT);
        Ok(rest.map(|option| (option.number, option.value.to_vec())).collect())
    }

    fn owned(options: Options<'_>) -> Vec<(u16, Vec<u8>)> {
        options.iter().map(|(number, value)| (*number, value.to_vec())).collect()
    }

    #[test]
    fn a_proxy_uri_becomes_uri_options() {
        let uri = |text: &str| passed(&[(option::PROXY_URI, text.as_bytes())], true, true);
        let expected: Options<'_> = &[
            (option::URI_PATH, b"a/b"),
            (option::URI_PATH, b""),
            (option::URI_QUERY, b"x=1"),
            (option::URI_QUERY, b"y"),
        ];
        assert_eq!(uri("coap://192.0.2.9/a%2Fb/?x=1&y"), Ok(owned(expected)));
        assert_eq!(uri("coap://192.0.2.9"), Ok(Vec::new()));
        assert_eq!(uri("coap://192.0.2.9/"), Ok(Vec::new()));
        assert_eq!(uri("coap://192.0.2.9/%zz"), Err(Code::PROXYING_NOT_SUPPORTED));
        let long = format!("coap://192.0.2.9/{}", "a".repeat(256));
        assert_eq!(uri(&long), Err(Code::BAD_OPTION));
    }

    #[test]
    fn names_and_other_hosts_stay_known() {
        let uri = |text: &str| passed(&[(option::PROXY_URI, text.as_bytes())], true, true);
        assert_eq!(uri("coap://Name"), Ok(owned(&[(option::URI_HOST, b"name")])));
        let elsewhere: Options<'_> = &[(option::URI_HOST, b"192.0.2.7"), (option::URI_PORT, b"\x04\xd2")];
        assert_eq!(uri("coap://192.0.2.7:1234"), Ok(owned(elsewhere)));
        assert_eq!(uri("coap://[::1]"), Ok(owned(&[(option::URI_HOST, b"[::1]")])));
    }

    #[test]
    fn a_proxy_scheme_is_taken_off() {
        let scheme: Options<'_> = &[
            (option::URI_HOST, b"192.0.2.9"),
            (option::URI_PORT, b"\x16\x33"),
            (option::URI_PATH, b"a"),
            (option::URI_QUERY, b"q"),
            (option::PROXY_SCHEME, b"coap"),
        ];
        assert_eq!(passed(scheme, true, true), Ok(owned(&scheme[2..4])));
        assert_eq!(passed(scheme, false, true), Ok(owned(scheme)), "the next node is a proxy itself");
    }

    #[test]
    fn preconditions_and_what_is_safe_pass_what_is_hop_by_hop_does_not() {
        let kept: Options<'_> = &[
            (option::IF_MATCH, b"e"),
            (option::ETAG, b"f"),
            (option::OBSERVE, b""),
            (option::URI_PATH, b"a"),
            (option::CONTENT_FORMAT, b""),
            (option::ACCEPT, b"\x32"),
            (option::NO_RESPONSE, b"\x02"),
            (2052, b"elective and safe"),
        ];
        let mut all = kept.to_vec();
        all.extend([(option::REQUEST_TAG, &b"t"[..]), (option::SIZE1, b"\x09"), (option::BLOCK2, b"\x02")]);
        let host = owned(&[]);
        assert_eq!(passed(&all, true, true).map(|all| [host, all].concat()), Ok(owned(kept)));
    }

    #[test]
    fn blocks_that_are_passed_on_one_by_one_bear_their_clients_tag() {
        let blocks: Options<'_> = &[(option::BLOCK1, b"\x0e"), (option::REQUEST_TAG, b"t")];
        let expected: Options<'_> =
            &[(option::BLOCK1, b"\x0e"), (option::REQUEST_TAG, &[0, 0, 0, 0, 0, 0, 0, 7])];
        assert_eq!(passed(blocks, true, false), Ok(owned(expected)));
        let later: Options<'_> = &[(option::BLOCK2, b"\x12")];
        assert_eq!(passed(later, true, true), Ok(owned(later)), "a block that is not kept here any more");
    }

    #[test]
    fn a_request_without_hop_limit_gets_one() {
        let server = Server::new(Scheme::Coap, b"192.0.2.9", 5683);
        let terms = Terms { server: &server, strip: true, joins: true, hop_limit: 16, tag: 0 };
        let limit =
            |pdu: &Pdu| request(pdu, &terms).unwrap().option(option::HOP_LIMIT).and_then(|it| it.uint());
        let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0, 0);
        assert_eq!(limit(&pdu), Some(16));
        pdu.insert_option(option::HOP_LIMIT, &[3]).unwrap();
        assert_eq!(limit(&pdu), Some(3), "counted when it came");
    }

    #[test]
    fn unknown_options_that_are_unsafe_are_found() {
        let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0, 0);
        pdu.insert_option(option::NO_RESPONSE, &[0]).unwrap();
        pdu.insert_option(2052, b"safe").unwrap();
        assert_eq!(has_unknown_unsafe(&pdu, |_| false), None);
        pdu.insert_option(2054, b"unsafe").unwrap();
        assert_eq!(has_unknown_unsafe(&pdu, |_| false), Some(2054));
        assert_eq!(has_unknown_unsafe(&pdu, |number| number == 2054), None);
    }
}

//! `/.well-known/core` (RFC 6690).
use super::testing::{Pair, Told};
use crate::resource::Resource;
use crate::wire::{BlockValue, Code, MessageType, Pdu, option};

impl Pair {
    fn list(&mut self, query: &str, block: Option<BlockValue>) -> Pdu {
        let mut request = self.request(MessageType::Con, Code::GET, ".well-known/core");
        if !query.is_empty() {
            request.insert_option(option::URI_QUERY, query.as_bytes()).unwrap();
        }
        if let Some(block) = block {
            request.insert_option(option::BLOCK2, &block.encode()).unwrap();
        }
        self.send(request);
        let Some(Told::Response(_, received)) = self.client_told.pop() else { panic!() };
        received
    }
}

#[test]
fn what_is_offered_is_listed_and_filtered() {
    let mut pair = Pair::new();
    let mut resource = Resource::new(b"heat", 0);
    resource.add_attribute(b"rt", Some(b"\"temperature\""));
    pair.server.resources_mut().add(resource);
    let listing = pair.list("", None);
    assert_eq!(listing.code(), Code::CONTENT);
    assert_eq!(listing.option(option::CONTENT_FORMAT).and_then(|format| format.uint()), Some(40));
    assert_eq!(listing.payload(), b"</test>,</heat>;rt=\"temperature\"");
    assert_eq!(pair.list("rt=temp*", None).payload(), b"</heat>;rt=\"temperature\"");
    let nothing = pair.list("rt=none", None);
    assert_eq!((nothing.code(), nothing.payload(), nothing.options().count()), (Code::CONTENT, &b""[..], 0));
    let put = pair.request(MessageType::Con, Code::PUT, ".well-known/core");
    assert_eq!(pair.ask(put), Some(Code::METHOD_NOT_ALLOWED));
    assert_eq!(pair.served(), 0);
    pair.offer(".well-known/core", 0);
    assert_eq!(pair.list("", None).payload(), b"hello", "an application may do it itself");
}

#[test]
fn a_listing_that_does_not_fit_comes_in_blocks() {
    let mut pair = Pair::new();
    for n in 0..300 {
        pair.offer(&format!("resource/{n}"), 0);
    }
    let whole = pair.server.resources().well_known(b"");
    for szx in [None, Some(0), Some(2), Some(6)] {
        let (mut body, mut num) = (Vec::new(), 0);
        loop {
            let ask = szx.or((num > 0).then_some(6)).map(|szx| BlockValue { num, more: false, szx });
            let response = pair.list("", ask);
            let block = BlockValue::decode(response.option(option::BLOCK2).unwrap().value).unwrap();
            assert_eq!((block.num, block.szx), (num, szx.unwrap_or(6)));
            let size = response.option(option::SIZE2).and_then(|size| size.uint());
            assert_eq!(size, (num == 0).then_some(whole.len() as u64));
            body.extend_from_slice(response.payload());
            num += 1;
            if !block.more {
                break;
            }
        }
        assert!(body == whole, "in blocks of {szx:?}");
    }
    for bad in [BlockValue { num: 0xfffff, more: false, szx: 6 }, BlockValue { num: 0, more: false, szx: 7 }]
    {
        assert_eq!(pair.list("", Some(bad)).code(), Code::BAD_REQUEST);
    }
}

#[test]
fn small_datagrams_get_small_blocks() {
    let mut pair = Pair::new();
    (0..100).for_each(|n| pair.offer(&format!("resource/{n}"), 0));
    pair.server.endpoint_mut(pair.endpoint).unwrap().set_mtu(128);
    let asked = BlockValue { num: 1, more: false, szx: 6 };
    let listing = pair.list("", None);
    let block = BlockValue::decode(listing.option(option::BLOCK2).unwrap().value).unwrap();
    assert_eq!((block, listing.payload().len()), (BlockValue { num: 0, more: true, szx: 2 }, 64));
    // The second 1,024 bytes start with the seventeenth block of 64.
    let answer = pair.list("", Some(asked));
    let block = BlockValue::decode(answer.option(option::BLOCK2).unwrap().value).unwrap();
    assert_eq!(block, BlockValue { num: 16, more: true, szx: 2 });
    assert_eq!(answer.payload(), &pair.server.resources().well_known(b"")[1024..1088]);
}

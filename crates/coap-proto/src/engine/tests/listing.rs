//! `/.well-known/core` (RFC 6690).
use super::testing::{Pair, Told};
use crate::engine::SessionEvent;
use crate::resource::Resource;
use crate::wire::{BlockValue, Code, MessageType, Pdu, option};
use std::time::Duration;

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
            assert_eq!(size, Some(whole.len() as u64));
            assert!(response.option(option::ETAG).is_some());
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
    // Room is left for an Echo.
    assert_eq!((block, listing.payload().len()), (BlockValue { num: 0, more: true, szx: 1 }, 32));
    // The second 1,024 bytes start with the seventeenth block of 64.
    let answer = pair.list("", Some(asked));
    let block = BlockValue::decode(answer.option(option::BLOCK2).unwrap().value).unwrap();
    assert_eq!(block, BlockValue { num: 16, more: true, szx: 2 });
    assert_eq!(answer.payload(), &pair.server.resources().well_known(b"")[1024..1088]);
}

impl Pair {
    fn offer_many(&mut self, prefix: &str) {
        (0..300).for_each(|n| self.offer(&format!("{prefix}/{n}"), 0));
    }

    fn block(&mut self, num: u32) -> Pdu {
        self.list("", Some(BlockValue { num, more: false, szx: 6 }))
    }
}

#[test]
fn a_listing_is_made_once_and_later_blocks_do_not_look_at_resources() {
    let mut pair = Pair::new();
    pair.offer_many("resource");
    let scans = |pair: &Pair| pair.server.resources().scans.get();
    let before = scans(&pair);
    let first = pair.list("", None);
    assert_eq!(scans(&pair), before + 1);
    for num in [1, 2, 4, 3, 1] {
        assert_eq!(pair.block(num).option(option::ETAG), first.option(option::ETAG));
    }
    assert_eq!(scans(&pair), before + 1, "in any order, and again");
    pair.block(0);
    assert_eq!(scans(&pair), before + 2, "who begins anew gets what is newest");
}

#[test]
fn a_listing_stays_as_it_was_while_it_is_fetched() {
    let mut pair = Pair::new();
    pair.offer_many("resource");
    let whole = pair.server.resources().well_known(b"");
    let mut body = pair.block(0).payload().to_vec();
    let id = pair.server.resources().find(b"resource/0").unwrap();
    pair.server.remove_resource(pair.now, id);
    for num in 1..=4 {
        body.extend_from_slice(pair.block(num).payload());
    }
    assert!(body == whole);
    assert_ne!(pair.block(0).payload(), &whole[..1024], "the next one is the newest");
}

#[test]
fn who_begins_in_the_middle_gets_a_listing_of_its_own_that_is_kept_too() {
    let mut pair = Pair::new();
    pair.offer_many("resource");
    let whole = pair.server.resources().well_known(b"");
    let before = pair.server.resources().scans.get();
    assert_eq!(pair.block(3).payload(), &whole[3072..4096]);
    assert_eq!(pair.block(2).payload(), &whole[2048..3072]);
    assert_eq!(pair.server.resources().scans.get(), before + 1);
}

#[test]
fn listings_are_kept_within_the_budget_of_bodies_and_not_for_long() {
    let mut pair = Pair::new();
    pair.offer_many("resource");
    let length = pair.server.resources().well_known(b"").len();
    pair.server.config_mut().session_body_bytes = 3 * length;
    for n in 0..10 {
        // Each filter is another listing; they match all the same.
        pair.list(&format!("href=/{}*", &"resource"[..n % 8]), None);
        assert!(pair.server.census().body_bytes <= 3 * length);
    }
    assert!(pair.server.census().transfers > 0);
    pair.wait(Duration::from_secs(100));
    assert_eq!((pair.server.census().transfers, pair.server.census().body_bytes), (0, 0));
    let is_event = |told: &Told| matches!(told, Told::Session(SessionEvent::XmitBlockFail));
    assert!(!pair.server_told.iter().any(is_event), "the application has not given them");
}

//! Bodies in messages of several blocks (RFC 8323 section 6).
use super::super::testing::{Pair, Told};
use crate::block::{BlockMode, Body};
use crate::engine::Config;
use crate::wire::{BlockValue, Code, MessageType, Pdu, StreamHeader, option};

const LENGTH: usize = 100_000;

fn config(csm_max_message_size: u32) -> Config {
    let block_mode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
    Config { block_mode, csm_max_message_size, ..Config::default() }
}

fn content() -> Vec<u8> {
    (0..LENGTH).map(|at| (at / 13) as u8).collect()
}

/// The messages that were written on one side, with their block options of that number.
fn blocks(pair: &Pair, side: usize, number: u16) -> Vec<BlockValue> {
    let (mut rest, mut blocks) = (&pair.pipes[side].record[..], Vec::new());
    while let Some(header) = StreamHeader::parse(rest).unwrap() {
        let (message, behind) = rest.split_at(header.total as usize);
        let pdu = Pdu::decode_stream(message).unwrap();
        rest = behind;
        blocks.extend(pdu.option(number).map(|option| BlockValue::decode(option.value).unwrap()));
    }
    blocks
}

fn put(pair: &mut Pair) {
    let mut put = pair.request(MessageType::Con, Code::PUT, "test");
    put.set_max_size(pair.client.session(pair.session).unwrap().max_pdu_size());
    let body = Body::own(content());
    let large = pair.client.large_request(pair.session, &mut put, body).unwrap().unwrap();
    pair.client.send_body(pair.now, pair.session, put, large).unwrap();
    pair.pump();
    let came = pair.server_told.iter().rev().find_map(|told| match told {
        Told::Request(request) => Some(request.payload().to_vec()),
        _ => None,
    });
    assert_eq!(came, Some(content()));
}

#[test]
fn a_body_takes_as_few_messages_as_the_peer_allows() {
    // A message with 19 blocks, its options, and room for an Echo.
    let mut pair = Pair::tcp(config(20_000), config(20_000));
    put(&mut pair);
    let nums: Vec<_> = blocks(&pair, 0, option::BLOCK1).iter().map(|it| (it.num, it.more, it.szx)).collect();
    let expected = [(0, true), (19, true), (38, true), (57, true), (76, true), (95, false)];
    assert_eq!(nums, expected.map(|(num, more)| (num, more, BlockValue::BERT)));
    let answered: Vec<_> = blocks(&pair, 1, option::BLOCK1).iter().map(|it| (it.num, it.szx)).collect();
    assert_eq!(
        answered,
        expected.map(|(num, _)| (num, BlockValue::BERT)),
        "each message is acknowledged as a whole"
    );
}

#[test]
fn a_response_does_too() {
    let mut pair = Pair::tcp(config(30_000), config(20_000));
    for number in 0..8000 {
        pair.offer(&format!("resource/{number}"), 0);
    }
    let listing = pair.server.resources_mut().well_known(b"").to_vec();
    let get = pair.request(MessageType::Con, Code::GET, ".well-known/core");
    pair.send(get);
    let came = pair.client_told.iter().find_map(|told| match told {
        Told::Response(_, response) => Some(response.payload().to_vec()),
        _ => None,
    });
    assert_eq!(came, Some(listing.clone()));
    let asked: Vec<_> = blocks(&pair, 0, option::BLOCK2).iter().map(|it| (it.num, it.szx)).collect();
    let in_one = 29;
    let expected = (1..).map(|step| (step * in_one, BlockValue::BERT));
    let expected: Vec<_> = expected.take_while(|(num, _)| (*num as usize) << 10 < listing.len()).collect();
    assert!(expected.len() > 2);
    assert_eq!(asked, expected, "messages as long as the client takes");
}

/// A message may have to be sent again with an Echo option (RFC 9175 section 2.3): there is room for it.
#[test]
fn a_message_is_not_filled_to_the_last_byte() {
    let (mut tight, mut roomy) =
        (Pair::tcp(config(2110), config(2110)), Pair::tcp(config(2170), config(2170)));
    put(&mut tight);
    put(&mut roomy);
    let steps = |pair: &Pair| blocks(pair, 0, option::BLOCK1)[1].num;
    assert_eq!([steps(&tight), steps(&roomy)], [1, 2]);
}

#[test]
fn who_takes_small_messages_only_gets_single_blocks() {
    for (client, server) in [(1152, 20_000), (20_000, 1152)] {
        let mut pair = Pair::tcp(config(client), config(server));
        put(&mut pair);
        let blocks = blocks(&pair, 0, option::BLOCK1);
        assert!(blocks.iter().all(|it| it.szx <= 6), "{client} {server}: {blocks:?}");
    }
}

#[test]
fn a_server_may_want_smaller_blocks() {
    let server = Config { max_block_size: 512, ..config(20_000) };
    let mut pair = Pair::tcp(config(20_000), server);
    put(&mut pair);
    let blocks = blocks(&pair, 0, option::BLOCK1);
    assert_eq!((blocks[0].szx, blocks[1]), (7, BlockValue { num: 38, more: true, szx: 5 }));
}

#[test]
fn over_datagrams_it_means_nothing() {
    let mut pair = Pair::with(config(20_000), config(20_000));
    for number in [option::BLOCK1, option::BLOCK2] {
        let mut request = pair.request(MessageType::Con, Code::PUT, "test");
        request.insert_option(number, &[7]).unwrap();
        assert_eq!(pair.ask(request), Some(Code::BAD_REQUEST));
    }
    let mut put = pair.request(MessageType::Con, Code::PUT, "test");
    put.insert_option(option::BLOCK1, &[7]).unwrap();
    assert!(pair.client.large_request(pair.session, &mut put, Body::own(content())).is_err());
}

//! The message examples of RFC 9177 section 10 and appendix A, figures 3 to 19, both roles.
//!
//! A line of an example is written much as there. `>` is from the client to the server, `<` the other way, `x`
//! in front says that the message gets lost: `> NON PUT /path T:c0 RT:9 1:0/1/1024`. `...` and a number lets so many
//! seconds pass. A line that begins with `+` is not in the figure: it says how an example ends that is left open there,
//! or what a figure has as comment.
//!
//! Compared is what figures show: types and codes, Uri-Path, Observe, ETag and the Q-Block options with their values,
//! the numbers of missing blocks, and that there are no options besides but those below; payloads, and that each
//! message of our node comes before the next one of the other. Of tokens, message IDs and Request-Tags that our node
//! chooses, it is compared which of them are the same and which are not: an acknowledgement has its message's ID,
//! what is sent again has its own, anything else has a new one.
//!
//! Not compared are the values of those, the order of options, and what figures do not show: Size1, Size2 and
//! Content-Format. Where a figure only says that a delay expires, the time is that of section 7.2, or ours where there
//! is a range. Where we do otherwise than a figure, as the RFC allows, the example says so. Figures 20 and 21
//! (appendix B) are about reliable transports.
mod both;
mod confirmable;
mod line;
mod play;
mod q_block1;
mod q_block2;

use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, FixedPoint, SessionId},
    resource::flags,
    wire::{Code, MessageType, option},
};
use coap_sim::{Ending, Network, NodeId, Peer, Sent};
use line::Sizes;
use play::Play;
use std::{cell::Cell, rc::Rc, sync::Arc};

const QUICK: BlockMode = BlockMode::USE_LIBCOAP
    .with(BlockMode::SINGLE_BODY)
    .with(BlockMode::NO_PREEMPTIVE_RTAG)
    .with(BlockMode::TRY_Q_BLOCK);
const CLIENT: &str = "10.9.9.9:1000";
const SERVER: &str = "10.9.9.9:5683";

fn content(blocks: usize) -> Vec<u8> {
    (0..blocks * 1024).map(|at| (at % 251) as u8).collect()
}

/// Several lines of the same kind: those of blocks `from` to `to`, with tokens that end in the block's number.
fn payloads(pattern: &str, from: usize, to: usize) -> String {
    (from..=to).map(|num| pattern.replace('#', &num.to_string()) + "\n").collect()
}

/// As the examples of appendix A want it, but with acknowledgements that are waited for exactly ACK_TIMEOUT.
fn set_parameters(net: &mut Network, node: NodeId, session: SessionId, nstart: u16) {
    let session = net.engine(node).session_mut(session).unwrap();
    (session.parameters_mut().nstart, session.parameters_mut().ack_random_factor) =
        (nstart, FixedPoint::new(1, 0));
}

/// Our server. The first representation of `/path` has this ETag and this Observe number, the next one the next; all
/// have so many blocks.
fn server(sizes: Sizes, etag: u64, observe: u32) -> Play {
    server_with(sizes, etag, observe, 0, 1)
}

fn server_with(sizes: Sizes, etag: u64, observe: u32, flags: u32, nstart: u16) -> Play {
    let mut net = Network::new(0);
    let ours = net.add_node_with(Config { block_mode: QUICK, ..Config::default() });
    let etags = Rc::new(Cell::new(etag));
    net.offer_observable(ours, "path", flags, move |call| {
        let body = call.request.payload();
        if call.request.code() == Code::PUT {
            assert!(body == content(sizes.up), "the body came wrong");
            return call.response.set_code(Code::CHANGED);
        }
        assert!(body.is_empty() == (call.request.code() == Code::GET) && body == content(body.len() / 1024));
        let etag = etags.replace(etags.get() + 1);
        let what = Representation { content_format: 0, max_age: None, etag };
        call.answer_large(&content(sizes.down), 1, &what);
    });
    let engine = net.engine(ours);
    let resource = engine.resources().find(b"path").unwrap();
    engine.resources_mut().get_mut(resource).unwrap().set_observe_number(observe);
    net.capture();
    // A ping makes the session, whose parameters can be set then.
    let (from, to) = (CLIENT.parse().unwrap(), net.address(ours));
    net.inject(from, to, b"\x40\0\0\x01");
    let session = net.engine(ours).sessions().next().unwrap();
    set_parameters(&mut net, ours, session, nstart);
    Play::new(net, ours, CLIENT, ">", sizes)
}

/// Our client, that knows already that the server knows Q-Block.
fn client(sizes: Sizes, nstart: u16, mode: BlockMode) -> (Play, Peer) {
    let mut net = Network::new(0);
    let ours = net.add_node_with(Config { block_mode: mode, ..Config::default() });
    let peer = net.connect_to(ours, SERVER.parse().unwrap());
    set_parameters(&mut net, ours, peer.session, nstart);
    net.capture();
    let mut play = Play::new(net, ours, SERVER, "<", sizes);
    play.net.get(peer, "path");
    play.lines(
        "> CON GET M:probe T:probe 2:0/0/16
         < ACK 4.04 M:probe T:probe 2:0/0/16
         > CON GET /path M:first T:first 2:0/1/1024
         < ACK 4.04 M:first T:first",
    );
    (play, peer)
}

fn send(play: &mut Play, peer: Peer, kind: MessageType, code: Code, observe: bool) -> Sent {
    let mut request = play.net.new_request(peer, kind, code, "path");
    if observe {
        request.insert_option(option::OBSERVE, &[]).unwrap();
    }
    if code == Code::GET {
        return play.net.send(peer, request);
    }
    if code == Code::FETCH {
        request.insert_option(option::CONTENT_FORMAT, &[]).unwrap();
    }
    let (now, token) = (play.net.now(), request.token().to_vec());
    let body = Body::new(Arc::new(content(play.sizes().up)), 1);
    let engine = play.net.engine(peer.node);
    let large = engine.large_request(peer.session, &mut request, body).unwrap().expect("in blocks");
    let mid = engine.send_body(now, peer.session, request, large).unwrap();
    Sent { peer, mid, token }
}

fn whole(blocks: usize) -> Ending {
    Ending::Response(Code::CONTENT, content(blocks))
}

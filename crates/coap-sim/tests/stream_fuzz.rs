//! Bytes that nobody should send, on streams: whatever comes, the server goes on and holds little.
use coap_proto::{
    engine::Config,
    wire::{Code, MessageType, Pdu, Protocol, option, websocket::frame},
};
use coap_sim::{End, Flow, Mutator, Network, NodeId, for_each_seed};
use std::time::Duration;

const BOTH: [Protocol; 2] = [Protocol::Tcp, Protocol::Ws];
const SEEDS: u64 = 150;

fn network(seed: u64) -> (Network, NodeId) {
    let mut net = Network::new(seed);
    net.set_flow(Flow { chunk: 64, ..Flow::default() });
    let server = net.add_node_with(Config { max_token_size: 300, ..Config::default() });
    net.offer(server, "echo", |call| {
        // A peer may say that it takes small messages only.
        let payload = call.request.payload().to_vec();
        call.answer(Code::CONTENT, &payload[..payload.len().min(20)]);
    });
    (net, server)
}

/// What a client says, with what comes before messages.
fn sample(protocol: Protocol) -> Vec<u8> {
    let (mut net, server) = network(1);
    let client = net.add_node();
    let peer = net.connect_stream(client, server, protocol);
    for length in [0, 5, 300] {
        net.post(peer, "echo", &vec![b'x'; length]);
    }
    net.run_for(Duration::from_secs(1));
    let stream = net.stream_of(peer);
    net.written(stream, End::Caller).to_vec()
}

fn check_that_others_are_served(net: &mut Network, server: NodeId, protocol: Protocol) {
    let client = net.add_node();
    let peer = net.connect_stream(client, server, protocol);
    let request = net.post(peer, "echo", b"still here");
    net.run_for(Duration::from_secs(1));
    assert_eq!(net.code(&request), Code::CONTENT);
}

fn check_that_nothing_is_left(net: &mut Network, server: NodeId) {
    net.run_for(Duration::from_secs(3600));
    let census = net.engine(server).census();
    assert_eq!((census.sessions, census.stream_bytes, census.transfers, census.exchanges), (0, 0, 0, 0));
}

#[test]
fn broken_conversations_end_with_their_connection() {
    for protocol in BOTH {
        let sample = sample(protocol);
        for_each_seed(0..SEEDS, |seed| {
            let (mut net, server) = network(seed);
            let mut mutator = Mutator::new(seed, vec![sample.clone()]);
            for _ in 0..10 {
                let stream = net.connect_from_outside(server, protocol);
                net.write(stream, &mutator.next_message());
                net.run_for(Duration::from_millis(50));
                assert!(net.engine(server).census().stream_bytes < 100_000);
            }
            check_that_others_are_served(&mut net, server, protocol);
            check_that_nothing_is_left(&mut net, server);
        });
    }
}

/// After a good beginning: messages, frames, signals that are broken.
#[test]
fn broken_messages_do_no_more_harm_than_to_end_the_connection() {
    let samples: Vec<Vec<u8>> = messages().into_iter().map(|mut pdu| pdu.encode_stream().to_vec()).collect();
    let frames: Vec<Vec<u8>> = messages()
        .into_iter()
        .flat_map(|mut pdu| {
            [frame::Opcode::Binary, frame::Opcode::Ping, frame::Opcode::Close, frame::Opcode::Continuation]
                .map(|it| {
                    let mut out = Vec::new();
                    frame::write_frame(&mut out, it, Some([1, 2, 3, 4]), pdu.encode_websocket());
                    out
                })
        })
        .collect();
    for (protocol, samples) in [(Protocol::Tcp, samples), (Protocol::Ws, frames)] {
        let start = beginning(protocol);
        for_each_seed(0..SEEDS, |seed| {
            let (mut net, server) = network(seed);
            let mut mutator = Mutator::new(seed, samples.clone());
            for _ in 0..10 {
                let stream = net.connect_from_outside(server, protocol);
                net.write(stream, &start);
                for _ in 0..5 {
                    net.write(stream, &mutator.next_message());
                }
                net.run_for(Duration::from_millis(50));
                assert!(net.engine(server).census().stream_bytes < 200_000);
            }
            check_that_others_are_served(&mut net, server, protocol);
            check_that_nothing_is_left(&mut net, server);
        });
    }
}

/// A client whose server has lost its mind.
#[test]
fn clients_survive_their_servers() {
    for protocol in BOTH {
        for_each_seed(0..SEEDS, |seed| {
            let (mut net, server) = network(seed);
            let client = net.add_node();
            let peer = net.connect_stream(client, server, protocol);
            let stream = net.stream_of(peer);
            for length in [0, 5, 300] {
                net.post(peer, "echo", &vec![b'x'; length]);
            }
            net.run_for(Duration::from_millis(seed % 60));
            let heard = [net.written(stream, End::Called).to_vec(), b"\x00\xe1".to_vec()];
            let mut mutator = Mutator::new(seed, heard.to_vec());
            for _ in 0..10 {
                let (now, bytes) = (net.now(), mutator.next_message());
                net.engine(client).handle_stream(now, peer.session, &bytes);
                net.run_for(Duration::from_millis(10));
            }
            assert!(net.engine(client).census().stream_bytes < 100_000);
            let now = net.now();
            net.engine(client).release(now, peer.session);
            check_that_nothing_is_left(&mut net, client);
        });
    }
}

fn beginning(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Tcp => b"\x00\xe1".to_vec(),
        _ => {
            let sample = sample(Protocol::Ws);
            let end = sample.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
            let mut start = sample[..end].to_vec();
            frame::write_frame(&mut start, frame::Opcode::Binary, Some([9; 4]), b"\x00\xe1");
            start
        }
    }
}

fn messages() -> Vec<Pdu> {
    let message = |code: Code, options: &[(u16, &[u8])], payload: usize| {
        let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
        pdu.set_token(b"\x01\x02").unwrap();
        options.iter().for_each(|(number, value)| _ = pdu.add_option(*number, value).unwrap());
        pdu.set_payload(&vec![b'x'; payload]).unwrap();
        pdu
    };
    vec![
        message(Code::CSM, &[(2, b"\x04\x80"), (4, b""), (6, b"\x10")], 0),
        message(Code::PING, &[(2, b"")], 0),
        message(Code::PONG, &[], 0),
        message(Code::RELEASE, &[(2, b"a"), (4, b"\x01")], 0),
        message(Code::ABORT, &[(2, b"\x01")], 20),
        message(Code::POST, &[(option::URI_PATH, b"echo")], 0),
        message(Code::POST, &[(option::URI_PATH, b"echo")], 300),
        message(Code::PUT, &[(option::URI_PATH, b"echo"), (option::BLOCK1, b"\x0e")], 1024),
        message(Code::GET, &[(option::OBSERVE, b""), (option::URI_PATH, b"echo")], 0),
        message(Code::CONTENT, &[], 5),
    ]
}

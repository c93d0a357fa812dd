//! Tokens longer than 8 bytes (RFC 8974).
use coap_proto::{
    engine::{Config, SendError},
    wire::{Code, MessageType},
};
use coap_sim::{Line, Network, NodeId, Peer, Sent, for_each_seed};

fn pair(seed: u64, client_max: usize, server_max: usize) -> (Network, NodeId, Peer) {
    let mut net = Network::new(seed);
    net.capture();
    let server = net.add_node_with(Config { max_token_size: server_max, ..Config::default() });
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    let client = net.add_node_with(Config { max_token_size: client_max, ..Config::default() });
    let peer = net.connect(client, server);
    (net, server, peer)
}

fn send_with_token(net: &mut Network, peer: Peer, length: usize) -> Result<Sent, SendError> {
    let mut request = net.new_request(peer, MessageType::Con, Code::GET, "hello");
    request.update_token(&vec![0xa5; length]).expect("fits");
    net.try_send(peer, request)
}

#[test]
fn tokens_of_every_encoding_come_back() {
    for length in [0, 1, 8, 9, 12, 13, 14, 50, 268, 269, 270, 400] {
        let (mut net, _, peer) = pair(1, 500, 500);
        let request = send_with_token(&mut net, peer, length).expect("allowed");
        net.settle();
        assert_eq!(net.code(&request), Code::CONTENT, "{length} bytes");
    }
}

#[test]
fn longer_tokens_than_configured_are_not_sent() {
    let (mut net, _, peer) = pair(1, 8, 500);
    assert!(send_with_token(&mut net, peer, 8).is_ok());
    assert_eq!(send_with_token(&mut net, peer, 9), Err(SendError::TokenTooLong { length: 9, limit: 8 }));
}

#[test]
fn a_server_that_does_not_take_long_tokens_says_so() {
    let (mut net, server, peer) = pair(1, 100, 8);
    let request = send_with_token(&mut net, peer, 20);
    net.settle();
    assert_eq!(net.served(server).count(), 0);
    if let Ok(request) = request {
        let endings = net.endings(&request);
        assert_eq!(endings.len(), 1, "{endings:?}");
        assert_ne!(endings[0].code(), Some(Code::CONTENT));
    }
    // Short ones are served all the same.
    let request = send_with_token(&mut net, peer, 8).expect("allowed");
    net.settle();
    assert_eq!(net.code(&request), Code::CONTENT);
}

#[test]
fn finding_out_about_long_tokens_survives_a_rough_line() {
    for_each_seed(0..200, |seed| {
        let server_max = if seed % 2 == 0 { 8 } else { 100 };
        let (mut net, server, peer) = pair(seed, 100, server_max);
        let line = Line::rough(net.rng());
        net.set_line(line);
        let lengths = [8, 20, 4, 60, 8];
        let sent = lengths.map(|length| send_with_token(&mut net, peer, length));
        net.settle();
        for (length, request) in lengths.into_iter().zip(sent) {
            let request = request.expect("not known to be too long yet");
            // Tokens of one length are equal here: their requests' endings are counted together.
            let equals = lengths.iter().filter(|&&other| other == length).count();
            let endings = net.endings(&request);
            assert_eq!(endings.len(), equals, "{length} bytes: {endings:?}");
            let answered = endings.iter().any(|ending| ending.code() == Some(Code::CONTENT));
            assert!(!answered || length <= server_max, "{length} bytes: {endings:?}");
        }
        assert!(net.served(server).all(|request| request.token().len() <= server_max));
    });
}

#[test]
fn tokens_cannot_be_guessed_from_others() {
    let (mut net, _, peer) = pair(1, 8, 8);
    let engine = net.engine(peer.node);
    let tokens: Vec<_> = (0..1000).map(|_| engine.new_token(peer.session).expect("alive")).collect();
    let numbers: Vec<_> =
        tokens.iter().filter_map(|token| token.as_ref().try_into().ok()).map(u64::from_be_bytes).collect();
    assert_eq!(numbers.len(), 1000, "8 bytes each");
    let mut steps: Vec<_> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    steps.sort_unstable();
    steps.dedup();
    assert_eq!(steps.len(), 999, "they do not count");
}

//! What comes of several datagrams that one system call has read is what comes of one after the other.
use super::testing::{Pair, SERVER, address};
use crate::engine::{Config, Event, Path, Received, Via};
use crate::wire::{Code, MessageType, Pdu, option};

/// What a server says and tells. Its handlers answer nothing.
fn outcome(pair: &mut Pair) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(event) = pair.server.poll_event() {
        all.push(format!("{event:?}"));
        match event {
            Event::Request(request) => pair.server.finish_request(pair.now, request),
            Event::Closed { session } => pair.server.forget(session),
            _ => {}
        }
    }
    all.extend(std::iter::from_fn(|| pair.server.poll_transmit()).map(|sent| format!("{sent:?}")));
    all.extend(pair.server.sessions().filter_map(|id| Some(pair.server.session(id)?.describe())));
    all
}

fn request(mid: u16, path: &str) -> Vec<u8> {
    let mut pdu = Pdu::new(MessageType::Con, Code::GET, mid, 0);
    pdu.add_option(option::URI_PATH, path.as_bytes()).unwrap();
    pdu.encode_udp().to_vec()
}

/// Five peers have three sessions: in each batch some come, and some go that were there when it began.
#[test]
fn sessions_that_come_and_go_within_a_batch_are_the_right_ones() {
    let config = Config { max_idle_sessions: 3, ..Config::default() };
    let [mut together, mut alone] = [(); 2].map(|()| Pair::with(Config::default(), config.clone()));
    let mut random = 99u32;
    let mut next = |below: u32| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 16) % below
    };
    let mut ends = 0;
    for round in 0..200u16 {
        let count = 1 + next(100) as u16;
        let datagrams: Vec<_> = (0..count)
            .map(|n| {
                let port = 1 + next(5);
                let remote = address(&format!("192.0.2.7:{port}"));
                let path = Path::new(address(SERVER), remote, 1 + next(2));
                let bytes = match next(8) {
                    0 => vec![0; next(8) as usize],
                    // Who waits for a handler does not go.
                    1 if port == 1 => request(n, "test"),
                    _ => request(round * 100 + n, "nothing"),
                };
                (path, bytes)
            })
            .collect();
        let received: Vec<_> =
            datagrams.iter().map(|(path, bytes)| Received { path: *path, bytes }).collect();
        let via = Via::Endpoint(together.endpoint);
        together.server.handle_datagrams(together.now, via, &received);
        for Received { path, bytes } in received {
            alone.server.handle_datagram(alone.now, via, path, bytes);
        }
        let told = outcome(&mut together);
        assert_eq!(told, outcome(&mut alone), "round {round}");
        ends += told.iter().filter(|it| it.starts_with("Closed")).count();
    }
    assert!(ends > 1000, "{ends}");
}

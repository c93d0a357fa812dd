//! Appendix A: confirmable messages, three of them in flight.
use super::*;

fn both_roles(blocks: usize, on_server: &str, on_client: &str) {
    let sizes = Sizes { up: blocks, down: 0 };
    server_with(sizes, 0, 0, 0, 3).lines(on_server);
    let (mut play, peer) = client(sizes, 3, QUICK);
    let request = send(&mut play, peer, MessageType::Con, Code::PUT, false);
    play.lines(on_client);
    assert_eq!(play.net.code(&request), Code::CHANGED);
}

#[test]
fn figure_17_a_request() {
    both_roles(
        4,
        // Our server acknowledges at once what the figure has it acknowledge a little later.
        "> CON PUT /path M:01 T:f0 RT:10 1:0/1/1024
         < ACK 0.00 M:01
         > CON PUT /path M:02 T:f1 RT:10 1:1/1/1024
         < ACK 0.00 M:02
         > CON PUT /path M:03 T:f2 RT:10 1:2/1/1024
         < ACK 0.00 M:03
         > CON PUT /path M:04 T:f3 RT:10 1:3/0/1024
         < ACK 2.04 M:04 T:f3",
        "> CON PUT /path M:01 T:f0 RT:10 1:0/1/1024
         > CON PUT /path M:02 T:f1 RT:10 1:1/1/1024
         > CON PUT /path M:03 T:f2 RT:10 1:2/1/1024
         < ACK 0.00 M:01
         > CON PUT /path M:04 T:f3 RT:10 1:3/0/1024
         < ACK 0.00 M:02
         < ACK 0.00 M:03
         < ACK 2.04 M:04 T:f3",
    );
}

/// The last block that the figure has is not the last one of its body. When it is acknowledged there is room for
/// another one in flight: our client uses it.
#[test]
fn figure_18_a_request_with_losses() {
    let example = "> CON PUT /path M:05 T:f4 RT:11 1:0/1/1024
         x> CON PUT /path M:06 T:f5 RT:11 1:1/1/1024
         x> CON PUT /path M:07 T:f6 RT:11 1:2/1/1024
         < ACK 0.00 M:05
         > CON PUT /path M:08 T:f7 RT:11 1:3/1/1024
         < ACK 0.00 M:08
         +> CON PUT /path M:09 T:f8 RT:11 1:4/0/1024
         +< ACK 0.00 M:09
         ... 2
         > CON PUT /path M:06 T:f5 RT:11 1:1/1/1024
         x> CON PUT /path M:07 T:f6 RT:11 1:2/1/1024
         < ACK 0.00 M:06
         ... 4
         x> CON PUT /path M:07 T:f6 RT:11 1:2/1/1024
         +... 8
         +> CON PUT /path M:07 T:f6 RT:11 1:2/1/1024
         +< ACK 2.04 M:07 T:f6";
    both_roles(5, example, example);
}

/// The three parts of figure 19: a response, a notification, and one with losses.
const FIGURE_19: [&str; 3] = [
    "> CON GET /path M:01 T:f0 O:0 2:0/1/1024
     < ACK 2.05 M:01 T:f0 O:1234 ET:21 2:0/1/1024
     < CON 2.05 M:e1 T:f0 O:1234 ET:21 2:1/1/1024
     < CON 2.05 M:e2 T:f0 O:1234 ET:21 2:2/1/1024
     < CON 2.05 M:e3 T:f0 O:1234 ET:21 2:3/0/1024
     > ACK 0.00 M:e1
     > ACK 0.00 M:e2
     > ACK 0.00 M:e3",
    "< CON 2.05 M:e4 T:f0 O:1235 ET:22 2:0/1/1024
     < CON 2.05 M:e5 T:f0 O:1235 ET:22 2:1/1/1024
     < CON 2.05 M:e6 T:f0 O:1235 ET:22 2:2/1/1024
     > ACK 0.00 M:e4
     < CON 2.05 M:e7 T:f0 O:1235 ET:22 2:3/0/1024
     > ACK 0.00 M:e5
     > ACK 0.00 M:e6
     > ACK 0.00 M:e7",
    "< CON 2.05 M:e8 T:f0 O:1236 ET:23 2:0/1/1024
     x< CON 2.05 M:e9 T:f0 O:1236 ET:23 2:1/1/1024
     x< CON 2.05 M:ea T:f0 O:1236 ET:23 2:2/1/1024
     > ACK 0.00 M:e8
     < CON 2.05 M:eb T:f0 O:1236 ET:23 2:3/0/1024
     > ACK 0.00 M:eb
     ... 2
     < CON 2.05 M:e9 T:f0 O:1236 ET:23 2:1/1/1024
     x< CON 2.05 M:ea T:f0 O:1236 ET:23 2:2/1/1024
     > ACK 0.00 M:e9
     ... 4
     x< CON 2.05 M:ea T:f0 O:1236 ET:23 2:2/1/1024
     +... 8
     +< CON 2.05 M:ea T:f0 O:1236 ET:23 2:2/1/1024
     +> ACK 0.00 M:ea",
];

/// With each acknowledgement of the client right behind what it acknowledges.
fn acknowledged_at_once(example: &str) -> String {
    let is_ack = |line: &&str| line.contains("> ACK");
    let (acks, others): (Vec<_>, Vec<_>) = example.lines().map(str::trim).partition(is_ack);
    let mid = |line: &str| line.split(' ').find(|word| word.starts_with("M:")).map(str::to_owned);
    let with_ack = |line: &str| {
        let arrives = line.trim_start_matches('+').starts_with("< CON");
        let ack = acks.iter().find(|ack| arrives && mid(ack) == mid(line)).unwrap_or(&"");
        format!("{line}\n{ack}\n")
    };
    others.into_iter().map(with_ack).collect()
}

/// Our client acknowledges at once what the figure has it acknowledge a little later.
#[test]
fn figure_19_notifications() {
    let sizes = Sizes { up: 0, down: 4 };
    let mut play = server_with(sizes, 21, 1234, flags::NOTIFY_CON, 3);
    for part in FIGURE_19 {
        play.lines(part);
        play.net.notify(play.ours, "path");
    }
    let (mut play, peer) = client(sizes, 3, QUICK);
    let request = send(&mut play, peer, MessageType::Con, Code::GET, true);
    FIGURE_19.iter().for_each(|part| play.lines(&acknowledged_at_once(part)));
    assert_eq!(play.net.endings(&request), [whole(4), whole(4), whole(4)]);
}

//! Section 10.1: Q-Block1.
use super::*;
use coap_proto::engine::SessionEvent;

/// A body of so many blocks up, and nothing down.
fn up(blocks: usize) -> Sizes {
    Sizes { up: blocks, down: 0 }
}

fn both_roles(blocks: usize, on_server: &str, on_client: &str) {
    server(up(blocks), 0, 0).lines(on_server);
    let (mut play, peer) = client(up(blocks), 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::PUT, false);
    play.lines(on_client);
    assert_eq!(play.net.code(&request), Code::CHANGED);
}

#[test]
fn figure_3_a_simple_request() {
    let example = payloads("> NON PUT /path T:c# RT:9 1:#/1/1024", 0, 2)
        + "> NON PUT /path T:c3 RT:9 1:3/0/1024
           < NON 2.04 T:c3";
    both_roles(4, &example, &example);
}

#[test]
fn figure_4_a_request_of_more_than_one_set() {
    let example = payloads("> NON PUT /path T:f# RT:10 1:#/1/1024", 0, 9)
        + "< NON 2.31 T:f9 1:9/1/1024
           > NON PUT /path T:f10 RT:10 1:10/0/1024
           < NON 2.04 T:f10";
    both_roles(11, &example, &example);
}

#[test]
fn figures_5_and_6_a_request_with_losses() {
    let first_set = "> NON PUT /path T:e0 RT:11 1:0/1/1024
                     x> NON PUT /path T:e1 RT:11 1:1/1/1024\n"
        .to_owned()
        + &payloads("> NON PUT /path T:e# RT:11 1:#/1/1024", 2, 8)
        + "x> NON PUT /path T:e9 RT:11 1:9/1/1024\n";
    let on_server = first_set.clone()
        + "... 2.5
           x> NON PUT /path T:ea RT:11 1:10/1/1024
           > NON PUT /path T:eb RT:11 1:11/1/1024
           < NON 4.08 T:eb [1,9]
           > NON PUT /path T:ed RT:11 1:1/1/1024
           > NON PUT /path T:ee RT:11 1:9/1/1024
           > NON PUT /path T:ef RT:11 1:12/0/1024
           ... 4
           < NON 4.08 T:ef [10]
           > NON PUT /path T:f0 RT:11 1:10/1/1024
           < NON 2.04 T:f0";
    // Nothing holds back the last block of the second set until the word of the server is there.
    let on_client = first_set
        + "... 3
           x> NON PUT /path T:ea RT:11 1:10/1/1024
           > NON PUT /path T:eb RT:11 1:11/1/1024
           > NON PUT /path T:ec RT:11 1:12/0/1024
           < NON 4.08 T:eb [1,9]
           > NON PUT /path T:ed RT:11 1:1/1/1024
           > NON PUT /path T:ee RT:11 1:9/1/1024
           ... 4
           < NON 4.08 T:ee [10]
           > NON PUT /path T:f0 RT:11 1:10/1/1024
           < NON 2.04 T:f0";
    both_roles(13, &on_server, &on_client);
}

/// The server's side; a client only hears the same again and again.
#[test]
fn figure_7_a_request_that_fails() {
    let mut play = server(up(3), 0, 0);
    play.lines(
        "> NON PUT /path T:d0 RT:12 1:0/1/1024
         x> NON PUT /path T:d1 RT:12 1:1/1/1024
         > NON PUT /path T:d2 RT:12 1:2/0/1024
         ... 4
         < NON 4.08 T:d2 [1]
         ... 8
         < NON 4.08 T:d2 [1]
         ... 16
         < NON 4.08 T:d2 [1]
         ... 32
         < NON 4.08 T:d2 [1]
         ... 63",
    );
    assert_eq!(play.net.engine(play.ours).census().transfers, 1);
    play.lines("... 1");
    assert_eq!(play.net.engine(play.ours).census().transfers, 0, "after 64 seconds");
    assert!(play.net.session_events(play.ours).any(|event| event == SessionEvent::PartialBlock));
}

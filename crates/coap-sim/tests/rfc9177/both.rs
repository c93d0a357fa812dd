//! Section 10.3: Q-Block1 and Q-Block2 in one exchange.
//!
//! In the figures, all requests observe. Our client sends a FETCH that observes and has more than one block
//! confirmably, as libcoap does, because it could not know which of its tokens notifications will have; so on its side
//! these are played without Observe, up to the first notification.
use super::*;

/// As our client plays it.
fn without_observe(example: &str) -> String {
    let is_observe = |word: &&str| word.starts_with("O:");
    let line = |line: &str| {
        let words: Vec<_> = line.split_whitespace().filter(|word| !is_observe(word)).collect();
        words.join(" ") + "\n"
    };
    example.lines().map(line).collect()
}

/// Plays `example` on both sides, then a notification of our server.
fn both_roles(sizes: Sizes, (etag, observe): (u64, u32), example: &str, notification: &str) {
    let mut play = server(sizes, etag, observe);
    play.lines(example);
    play.net.notify(play.ours, "path");
    play.lines(notification);
    let (mut play, peer) = client(sizes, 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::FETCH, false);
    play.lines(&without_observe(example));
    assert_eq!(play.net.endings(&request), [whole(sizes.down)]);
}

#[test]
fn figure_12_a_simple_example() {
    let response = |observe: &str| {
        payloads(&format!("< NON 2.05 T:93 {observe} 2:#/1/1024"), 0, 2)
            + &format!("< NON 2.05 T:93 {observe} 2:3/0/1024")
    };
    let example = "> NON FETCH /path T:90 O:0 RT:30 1:0/1/1024
                   > NON FETCH /path T:91 O:0 RT:30 1:1/1/1024
                   > NON FETCH /path T:93 O:0 RT:30 1:2/0/1024\n"
        .to_owned()
        + &response("O:1320 ET:90");
    both_roles(Sizes { up: 3, down: 4 }, (90, 1320), &example, &response("O:1321 ET:91"));
}

/// Requests for the rest of a response have the Request-Tag in figure 16, and none in this one. On both our sides they
/// have it, as with libcoap: with another one, or none, it would be another question.
#[test]
fn figure_13_more_than_one_set_each_way() {
    let response = |observe: &str, token: &str| {
        payloads(&format!("< NON 2.05 T:aa {observe} 2:#/1/1024"), 0, 9)
            + &format!("> NON FETCH /path T:{token} RT:10 2:10/1/1024\n")
            + &format!("< NON 2.05 T:aa {observe} 2:10/0/1024")
    };
    let example = payloads("> NON FETCH /path T:a# O:0 RT:10 1:#/1/1024", 0, 9)
        + "< NON 2.31 T:a9 1:9/1/1024
           > NON FETCH /path T:aa O:0 RT:10 1:10/0/1024\n"
        + &response("O:1334 ET:21", "ab");
    both_roles(Sizes { up: 11, down: 11 }, (21, 1334), &example, &response("O:1335 ET:22", "ac"));
}

/// Of the tokens of a body, ours answers with that of the last message, as section 4.3 recommends; the figure has that
/// of the last one before the recovery.
#[test]
fn figures_14_to_16_losses_each_way() {
    let example = "> NON FETCH /path T:c0 O:0 RT:31 1:0/1/1024
         x> NON FETCH /path T:c1 O:0 RT:31 1:1/1/1024
         x> NON FETCH /path T:c2 O:0 RT:31 1:2/1/1024
         > NON FETCH /path T:c3 O:0 RT:31 1:3/0/1024
         ... 4
         < NON 4.08 T:c3 [1,2]
         > NON FETCH /path T:c4 O:0 RT:31 1:1/1/1024
         > NON FETCH /path T:c5 O:0 RT:31 1:2/1/1024
         < NON 2.05 T:c5 O:1236 ET:23 2:0/1/1024
         x< NON 2.05 T:c5 O:1236 ET:23 2:1/1/1024
         < NON 2.05 T:c5 O:1236 ET:23 2:2/1/1024
         x< NON 2.05 T:c5 O:1236 ET:23 2:3/0/1024
         ... 4
         > NON FETCH /path T:c6 RT:31 2:1/0/1024 2:3/0/1024
         x< NON 2.05 T:c6 ET:23 2:1/1/1024
         < NON 2.05 T:c6 ET:23 2:3/0/1024
         ... 4
         > NON FETCH /path T:c7 RT:31 2:1/0/1024
         < NON 2.05 T:c7 ET:23 2:1/1/1024";
    // The figure's notification has three blocks and jumps to 1337.
    let notification = "< NON 2.05 T:c5 O:1237 ET:24 2:0/1/1024
         x< NON 2.05 T:c5 O:1237 ET:24 2:1/1/1024
         < NON 2.05 T:c5 O:1237 ET:24 2:2/1/1024
         +< NON 2.05 T:c5 O:1237 ET:24 2:3/0/1024
         ... 4
         > NON FETCH /path T:c8 RT:31 2:1/0/1024
         < NON 2.05 T:c8 ET:24 2:1/1/1024";
    both_roles(Sizes { up: 4, down: 4 }, (23, 1236), example, notification);
}

/// Not in the RFC: what the server said of the request's body comes behind the first block of its response, by which it
/// has that body. The application hears of the response alone.
#[test]
fn a_word_about_the_requests_body_may_be_overtaken_by_the_response() {
    for word in ["< NON 4.08 T:c2 [1]", "< NON 2.31 T:c2 1:2/1/1024", "< NON 2.31 T:c2"] {
        let sizes = Sizes { up: 3, down: 2 };
        let (mut play, peer) = client(sizes, 1, QUICK);
        let request = send(&mut play, peer, MessageType::Non, Code::FETCH, false);
        let example = "> NON FETCH /path T:c0 RT:31 1:0/1/1024
             > NON FETCH /path T:c1 RT:31 1:1/1/1024
             > NON FETCH /path T:c2 RT:31 1:2/0/1024
             < NON 2.05 T:c2 ET:23 2:0/1/1024\n";
        play.lines(&format!("{example}{word}\n< NON 2.05 T:c2 ET:23 2:1/0/1024"));
        assert_eq!(play.net.endings(&request), [whole(sizes.down)], "{word}");
    }
}

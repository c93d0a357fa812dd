//! Section 10.2: Q-Block2.
use super::*;

/// Bodies of so many blocks down.
fn down(blocks: usize) -> Sizes {
    Sizes { up: 0, down: blocks }
}

/// A response or notification that is not lost.
fn notification(observe: u32, etag: u64, blocks: usize) -> String {
    let pattern = format!("< NON 2.05 T:f0 O:{observe} ET:{etag} 2:#/1/1024");
    let last = pattern.replace("#/1", &format!("{}/0", blocks - 1));
    let more = format!("> NON GET /path T:n{etag} 2:10/1/1024\n");
    payloads(&pattern, 0, blocks.min(11) - 2) + if blocks > 10 { &more } else { "" } + &last + "\n"
}

/// As [`notification`], to a request that observes.
fn first(observe: u32, etag: u64, blocks: usize) -> String {
    "> NON GET /path T:f0 O:0 2:0/1/1024\n".to_owned() + &notification(observe, etag, blocks)
}

#[test]
fn figures_8_and_9_notifications() {
    for (blocks, observe, etag) in [(4, 1220, 19), (11, 1234, 21)] {
        let mut play = server(down(blocks), etag, observe);
        play.lines(&first(observe, etag, blocks));
        play.net.notify(play.ours, "path");
        play.lines(&notification(observe + 1, etag + 1, blocks));
        let (mut play, peer) = client(down(blocks), 1, QUICK);
        let request = send(&mut play, peer, MessageType::Non, Code::GET, true);
        play.lines(&first(observe, etag, blocks));
        play.lines(&notification(observe + 1, etag + 1, blocks));
        assert_eq!(play.net.endings(&request), [whole(blocks), whole(blocks)]);
    }
}

#[test]
fn figure_10_a_notification_with_losses() {
    let lossy = "< NON 2.05 T:f0 O:1236 ET:23 2:0/1/1024
                 x< NON 2.05 T:f0 O:1236 ET:23 2:1/1/1024\n"
        .to_owned()
        + &payloads("< NON 2.05 T:f0 O:1236 ET:23 2:#/1/1024", 2, 8)
        + "x< NON 2.05 T:f0 O:1236 ET:23 2:9/1/1024
           ... 3
           < NON 2.05 T:f0 O:1236 ET:23 2:10/0/1024
           > NON GET /path T:f3 2:1/0/1024 2:9/0/1024
           x< NON 2.05 T:f3 ET:23 2:1/1/1024
           < NON 2.05 T:f3 ET:23 2:9/1/1024
           ... 4
           > NON GET /path T:f4 2:1/0/1024
           < NON 2.05 T:f4 ET:23 2:1/1/1024";
    let mut play = server(down(11), 22, 1235);
    play.lines(&first(1235, 22, 11));
    play.net.notify(play.ours, "path");
    play.lines(&lossy);
    let (mut play, peer) = client(down(11), 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::GET, true);
    play.lines(&first(1235, 22, 11));
    play.lines(&lossy);
    assert_eq!(play.net.endings(&request), [whole(11), whole(11)]);
}

#[test]
fn figure_11_the_rest_of_a_set_is_asked_for_with_the_m_bit() {
    let lossy = payloads("< NON 2.05 T:f0 O:1237 ET:24 2:#/1/1024", 0, 1)
        + &payloads("x< NON 2.05 T:f0 O:1237 ET:24 2:#/1/1024", 2, 9);
    let recovery = "> NON GET /path T:f5 2:2/1/1024\n".to_owned()
        + &payloads("< NON 2.05 T:f5 ET:24 2:#/1/1024", 2, 9)
        + "> NON GET /path T:f6 2:10/1/1024\n";
    let last = "< NON 2.05 T:f0 O:1237 ET:24 2:10/0/1024";
    let mut play = server(down(11), 23, 1236);
    play.lines(&first(1236, 23, 11));
    play.net.notify(play.ours, "path");
    play.lines(&(lossy.clone() + "... 3\nx" + last + "\n... 1\n" + &recovery + last));
    let (mut play, peer) = client(down(11), 1, QUICK.with(BlockMode::USE_M_Q_BLOCK));
    let request = send(&mut play, peer, MessageType::Non, Code::GET, true);
    play.lines(&first(1236, 23, 11));
    play.lines(&(lossy + "... 4\n" + &recovery + last));
    assert_eq!(play.net.endings(&request), [whole(11), whole(11)]);
}

//! Sessions to servers, and how much a proxy holds.
use super::*;

#[test]
fn sessions_to_servers_are_shared_and_end_when_idle() {
    let mut story = Story::new(30);
    story.net.offer(story.server, "a", hello);
    let proxy = story.proxy;
    let other = story.another_client();
    story.get("coap://server/a");
    let request = story.request_of(other, MessageType::Con, Code::GET, "coap://SERVER:5683/a");
    story.net.send(other, request);
    story.net.run_for(seconds(200));
    assert_eq!((story.served(), story.net.engine(proxy).census().upstreams), (2, 1));
    assert_eq!(story.net.engine(story.server).census().sessions, 1);
    story.net.run_for(seconds(101));
    assert_eq!(story.net.engine(proxy).census().upstreams, 0);
}

#[test]
fn clients_can_have_sessions_for_themselves() {
    let route = Route { per_client: true, idle_timeout: None, ..Route::default() };
    let mut story = Story::with(31, config(), route);
    story.net.offer(story.server, "a", hello);
    let other = story.another_client();
    for peer in [story.peer, other] {
        let request = story.request_of(peer, MessageType::Con, Code::GET, "coap://server/a");
        story.net.send(peer, request);
    }
    story.net.run_for(seconds(1));
    let (proxy, server) = (story.proxy, story.server);
    assert_eq!(story.net.engine(proxy).census().upstreams, 2);
    assert_eq!(story.net.engine(server).census().sessions, 2);
    // They end with their clients, which are idle for 300 s.
    story.net.run_for(seconds(302));
    assert_eq!(story.net.engine(proxy).census().upstreams, 0);
}

#[test]
fn ten_thousand_servers_take_no_more_than_a_thousand_sessions() {
    let mut story = Story::new(32);
    for number in 0..10_000u32 {
        let [_, _, high, low] = number.to_be_bytes();
        let uri = format!("coap://10.9.{high}.{low}/a");
        let request = story.request(MessageType::Non, Code::GET, &uri);
        story.net.send(story.peer, request);
        story.net.run_for(Duration::from_millis(30));
    }
    let census = story.net.engine(story.proxy).census();
    assert!(census.upstreams <= 1024 && census.forwards <= 1024, "{census:?}");
    // When they have failed, others get their turn.
    story.net.run_for(seconds(150));
    story.net.offer(story.server, "a", hello);
    assert_eq!(story.ask("coap://server/a"), said(b"hello"));
    let census = story.net.engine(story.proxy).census();
    assert!(census.upstreams <= 1024, "{census:?}");
}

#[test]
fn bodies_that_wait_for_a_silent_server_are_bounded() {
    let mut story = Story::with(33, Config { forward_bytes: 100_000, ..config() }, Route::default());
    let (proxy, server) = (story.proxy, story.server);
    story.net.set_line_between(proxy, server, Line::dead());
    let mut refused = 0;
    for _ in 0..5 {
        let request = story.request(MessageType::Con, Code::POST, "coap://server/a");
        let sent = send_body(&mut story, request, &content(30_000));
        story.net.run_for(seconds(5));
        let endings = story.net.endings(&sent);
        refused += usize::from(matches!(endings[..], [Ending::Response(Code::SERVICE_UNAVAILABLE, _)]));
    }
    assert_eq!(refused, 2);
}

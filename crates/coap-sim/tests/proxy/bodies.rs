//! Bodies that take many blocks on both sides.
use super::*;

#[test]
fn large_bodies_pass_in_both_directions_whatever_the_network_does() {
    let mut complete = 0;
    for_each_seed(0..20, |seed| {
        let mut story = Story::new(seed);
        let line =
            Line { loss: 0.05, duplication: 0.1, jitter: Duration::from_millis(30), ..Line::default() };
        story.net.set_line(line);
        story.net.offer(story.server, "echo", |call| {
            let body = call.request.payload().to_vec();
            assert_eq!(body.len(), 100_000);
            call.answer_large(&body, 7, &TEXT);
        });
        let request = story.request(MessageType::Con, Code::POST, "coap://server/echo");
        let sent = send_body(&mut story, request, &content(100_000));
        story.net.run_for(seconds(3600));
        let endings = story.net.endings(&sent);
        assert_eq!(endings.len(), 1);
        // One message of so many may be lost five times in a row; then somebody says so.
        let is_complete = endings == [said(&content(100_000))];
        assert!(
            is_complete
                || matches!(endings[..], [Ending::Nack(_) | Ending::Response(Code::GATEWAY_TIMEOUT, _)])
        );
        complete += usize::from(is_complete);
        assert!(story.served() <= 1);
        story.net.run_out();
        let census = story.net.engine(story.proxy).census();
        assert_eq!((census.forwards, census.transfers, census.body_bytes), (0, 0, 0));
    });
    assert!(complete >= 18, "{complete}");
}

#[test]
fn blocks_pass_one_by_one_where_nobody_joins_them() {
    let plain = Config::default();
    let mut story = Story::with(13, plain, Route::default());
    story.net.offer(story.server, "echo", |call| {
        let body = call.request.payload().to_vec();
        call.answer_large(&body, 7, &TEXT);
    });
    let request = story.request(MessageType::Con, Code::POST, "coap://server/echo");
    let sent = send_body(&mut story, request, &content(5_000));
    assert!(story.only_ending(&sent) == said(&content(5_000)));
}

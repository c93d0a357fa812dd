use super::{block, body, content, message};
use crate::block::Offer;
use crate::wire::{Code, MessageType, Pdu, option};
use std::time::{Duration, Instant};

#[test]
fn each_block_says_for_how_long_the_body_is_still_fresh() {
    let now = Instant::now();
    let first = message(Code::CONTENT, &[(option::ETAG, b"e"), (option::MAX_AGE, &[44, 1])], &[]);
    let mut offer = Offer::new(body(4000), &first, Some(now + Duration::from_secs(300)));
    for (num, seconds, fresh) in
        [(1, 0, 300), (2, 100, 200), (3, 250, 50), (1, 299, 1), (2, 400, 0), (3, 10, 290)]
    {
        let mut response = Pdu::new(MessageType::Ack, Code::EMPTY, 1, 0);
        let now = now + Duration::from_secs(seconds);
        assert_eq!(offer.write(block(num, false, 6), &mut response, now), Ok(num == 3));
        assert_eq!(response.option(option::MAX_AGE).unwrap().uint(), Some(fresh), "after {seconds} s");
        assert_eq!(response.option(option::ETAG).unwrap().value, b"e");
        assert_eq!(response.payload(), &content(4000)[1024 * num as usize..][..response.payload().len()]);
    }
}

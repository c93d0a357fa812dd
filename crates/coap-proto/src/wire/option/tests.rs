use super::*;

#[test]
fn heads_come_back_at_every_border() {
    let values = [0, 1, 12, 13, 14, 268, 269, 270, 65_535];
    for delta in values {
        for length in values.into_iter().chain([MAX_VALUE_LEN]) {
            let head = OptionHead::new(delta as u16, length).unwrap();
            let mut bytes = head.encode()[..head.size].to_vec();
            bytes.resize(head.encoded_size(), 0);
            assert_eq!(OptionHead::parse(&bytes), Ok(head));
            bytes.pop();
            assert_eq!(OptionHead::parse(&bytes), Err(HeadError::Truncated));
        }
    }
    assert_eq!(OptionHead::new(0, MAX_VALUE_LEN + 1), None);
}

#[test]
fn reserved_nibbles_are_not_options() {
    for first in [0xff, 0xf0, 0x0f, 0xdf] {
        assert_eq!(OptionHead::parse(&[first, 0, 0, 0]), Err(HeadError::Reserved));
    }
    // Delta 269 + 65,267 = 65,536.
    assert_eq!(OptionHead::parse(&[0xe0, 0xfe, 0xf3]), Err(HeadError::Reserved));
    assert_eq!(OptionHead::parse(&[0xe0, 0xfe, 0xf2]).unwrap().delta, u16::MAX);
}

#[test]
fn iteration_ends_at_the_marker_and_at_what_is_not_an_option() {
    let mut options = Options::new(b"\xb1a\x01b\xffrest", 0);
    assert_eq!(options.next(), Some(OptionRef { number: 11, value: b"a", offset: 0 }));
    assert_eq!(options.next(), Some(OptionRef { number: 11, value: b"b", offset: 2 }));
    assert_eq!(options.next(), None);
    assert_eq!(options.next(), None);
    assert_eq!(options.offset(), 4);
    assert_eq!(Options::new(b"\xb9a", 0).next(), None);
    assert_eq!(Options::new(b"", 7).next(), None);
}

#[test]
fn the_registry_is_sorted_and_says_what_the_rfcs_say() {
    assert!(DEFINITIONS.is_sorted_by_key(|definition| definition.number));
    assert_eq!(definition(URI_PATH).unwrap().name, "Uri-Path");
    assert!(definition(URI_PATH).unwrap().repeatable);
    assert!(!definition(URI_PORT).unwrap().repeatable);
    assert_eq!([2, 63, 64, 251, u16::MAX].map(definition), [None; 5]);
    for known in DEFINITIONS {
        assert_eq!(definition(known.number), Some(known));
    }
    assert!(allows_length(ETAG, 8) && !allows_length(ETAG, 0) && !allows_length(ETAG, 9));
    assert!(allows_length(2, 10_000));
    let q_block = [Q_BLOCK1, Q_BLOCK2].map(|number| definition(number).unwrap());
    assert_eq!(q_block.map(|definition| (definition.max, definition.repeatable)), [(3, false), (3, true)]);
    assert!(is_critical(BLOCK1) && is_unsafe(BLOCK1) && !is_no_cache_key(BLOCK1));
    // RFC 7252 section 5.4.6: Size1 is the one option there that is not part of the cache key.
    assert!(is_no_cache_key(SIZE1) && !is_no_cache_key(ETAG) && !is_no_cache_key(URI_PATH));
    assert!(is_no_cache_key(SIZE2) && is_no_cache_key(ECHO) && !is_no_cache_key(REQUEST_TAG));
}

#[test]
fn a_filter_holds_six_short_and_two_long_numbers() {
    let mut filter = OptionFilter::EMPTY;
    assert!(filter.is_empty());
    for number in [1, 2, 3, 4, 5, 255] {
        assert!(filter.set(number));
    }
    assert!(!filter.set(6));
    assert!(filter.set(3), "already in");
    assert!(filter.set(256) && filter.set(u16::MAX) && !filter.set(258));
    assert!(filter.get(255) && filter.get(256) && !filter.get(6) && !filter.get(0));
    let mut numbers: Vec<_> = filter.numbers().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 255, 256, 65_535]);
    assert!(filter.unset(4) && !filter.unset(4) && !filter.get(4));
    assert!(filter.set(6) && filter.get(6));
    let (mask, long, short) = filter.parts();
    assert_eq!(OptionFilter::from_parts(mask, long, short), filter);
    filter.clear();
    assert!(filter.is_empty() && !filter.get(0));
    assert_eq!(size_of::<OptionFilter>(), 12);
}

#[test]
fn a_cleared_place_does_not_count_as_number_zero() {
    let filter = OptionFilter::from_parts(0, [0; 2], [0; 6]);
    assert!(!filter.get(0));
    assert!(OptionFilter::of(0).get(0));
}

#[test]
fn a_filter_has_the_layout_that_libcoap_gives_it() {
    let mut filter = OptionFilter::of(IF_MATCH);
    filter.set(REQUEST_TAG);
    assert_eq!(filter.parts(), (0b1000_0010, [0, 292], [0, 0, 0, 0, 0, 1]));
}

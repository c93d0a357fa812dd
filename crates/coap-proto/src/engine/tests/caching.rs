//! Cache entries: found by what requests have in common, until they are idle or their session ends.
use super::testing::{Pair, Told};
use crate::engine::{CacheEntryId, CacheError, Config, SessionId};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A server with a session.
fn served() -> (Pair, SessionId) {
    with(Config::default())
}

fn with(config: Config) -> (Pair, SessionId) {
    let mut pair = Pair::with(Config::default(), config);
    let get = pair.get();
    pair.ask(get);
    let session = pair.server_session();
    (pair, session)
}

/// Makes an entry for the client's next GET.
fn make(pair: &mut Pair, session: SessionId, idle: Option<Duration>) -> Result<CacheEntryId, CacheError> {
    let get = pair.get();
    let key = pair.server.cache_key(&get, None);
    pair.server.new_cache_entry(pair.now, session, key, idle)
}

fn find(pair: &mut Pair) -> Option<CacheEntryId> {
    let get = pair.get();
    let key = pair.server.cache_key(&get, None);
    pair.server.find_cache_entry(pair.now, &key)
}

fn ended(pair: &Pair) -> Vec<CacheEntryId> {
    let ended = |told: &Told| match told {
        Told::CacheEntryEnded(entry) => Some(*entry),
        _ => None,
    };
    pair.server_told.iter().filter_map(ended).collect()
}

#[test]
fn an_entry_is_found_by_the_next_request_of_its_kind() {
    let (mut pair, session) = served();
    assert_eq!(find(&mut pair), None);
    let entry = make(&mut pair, session, None).unwrap();
    assert_eq!(find(&mut pair), Some(entry));
    assert!(pair.server.remove_cache_entry(entry));
    assert!(!pair.server.remove_cache_entry(entry));
    pair.pump();
    assert_eq!((find(&mut pair), ended(&pair), pair.server.census().cache_entries), (None, vec![], 0));
}

#[test]
fn of_two_with_one_key_the_newer_is_found_first() {
    let (mut pair, session) = served();
    let old = make(&mut pair, session, None).unwrap();
    let new = make(&mut pair, session, None).unwrap();
    assert_eq!(find(&mut pair), Some(new));
    pair.server.remove_cache_entry(new);
    assert_eq!(find(&mut pair), Some(old));
}

#[test]
fn an_entry_that_nobody_asks_for_ends() {
    let (mut pair, session) = served();
    let entry = make(&mut pair, session, Some(10 * SECOND)).unwrap();
    for _ in 0..5 {
        pair.wait(9 * SECOND);
        assert_eq!(find(&mut pair), Some(entry), "asked for in time");
    }
    pair.wait(10 * SECOND - Duration::from_millis(1));
    assert_eq!(ended(&pair), []);
    pair.wait(Duration::from_millis(1));
    assert_eq!(ended(&pair), [entry]);
    assert_eq!((find(&mut pair), pair.server.census().cache_entries), (None, 0));
}

#[test]
fn without_idle_time_it_ends_with_its_session() {
    let (mut pair, session) = served();
    let entry = make(&mut pair, session, None).unwrap();
    let other = make(&mut pair, session, Some(SECOND)).unwrap();
    pair.wait(2 * SECOND);
    assert_eq!(ended(&pair), [other]);
    pair.wait(400 * SECOND);
    let told: Vec<_> = pair.server_told.iter().rev().take(2).collect();
    assert!(
        matches!(told[..], [Told::Closed, Told::CacheEntryEnded(last)] if *last == entry),
        "an idle session takes its entries along: {told:?}"
    );
    assert_eq!(pair.server.census(), Default::default());
}

#[test]
fn an_entry_that_has_ended_is_not_found_before_it_is_forgotten() {
    let (mut pair, session) = served();
    let entry = make(&mut pair, session, Some(SECOND)).unwrap();
    pair.now += SECOND;
    pair.server.handle_timeout(pair.now);
    assert!(!pair.server.has_cache_entry(entry));
    assert_eq!(pair.server.census().cache_entries, 1, "its place stays taken");
    assert_eq!(find(&mut pair), None);
    pair.pump();
    assert_eq!(pair.server.census().cache_entries, 0);
}

#[test]
fn there_are_only_so_many() {
    let (mut pair, session) = with(Config { max_cache_entries_per_session: 2, ..Config::default() });
    let first = make(&mut pair, session, None).unwrap();
    make(&mut pair, session, None).unwrap();
    assert_eq!(make(&mut pair, session, None), Err(CacheError::TooMany));
    pair.server.remove_cache_entry(first);
    assert!(make(&mut pair, session, None).is_ok());
    pair.server.config_mut().max_cache_entries_per_session = 0;
    pair.server.config_mut().max_cache_entries = 2;
    assert_eq!(make(&mut pair, session, None), Err(CacheError::TooMany));
}

#[test]
fn a_session_that_ended_has_no_new_entries() {
    let (mut pair, session) = served();
    pair.server.close_endpoint(pair.now, pair.endpoint);
    assert_eq!(make(&mut pair, session, None), Err(CacheError::Closed));
}

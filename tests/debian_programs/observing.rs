//! Observing (RFC 7641): the client's `-s` while the server changes.
use crate::{
    support::relay::{Relay, Way},
    ways::{LIMIT, Ways, four_ways, normal},
};
use coap_proto::wire::{Code, MessageType, Pdu, option};

/// How long the clients observe. All that changes does so within a fraction of it.
const SECONDS: &str = "3";

/// Whether the client was told of a state that contains `text`, and has acknowledged it if that was asked.
fn has_been_told(messages: &[(Way, Pdu)], text: &str) -> bool {
    let told = messages
        .iter()
        .find(|(way, pdu)| *way == Way::Down && String::from_utf8_lossy(pdu.payload()).contains(text));
    let acknowledged = |notification: &Pdu| {
        notification.kind() != MessageType::Con
            || messages.iter().any(|(way, pdu)| {
                (*way, pdu.kind(), pdu.mid()) == (Way::Up, MessageType::Ack, notification.mid())
            })
    };
    told.is_some_and(|(_, notification)| acknowledged(notification))
}

/// Whether the client has asked to observe, then to observe no longer, and has been answered both times.
fn is_over(messages: &[(Way, Pdu)]) -> bool {
    let requests = messages.iter().filter(|(way, pdu)| *way == Way::Up && pdu.code().is_request());
    let asked: Vec<_> =
        requests.filter_map(|(_, pdu)| Some((pdu.option(option::OBSERVE)?.uint(), pdu.token()))).collect();
    let [(Some(0), _), (Some(1), token)] = asked[..] else { return false };
    messages
        .iter()
        .any(|(way, pdu)| *way == Way::Down && pdu.token() == token && pdu.option(option::OBSERVE).is_none())
}

/// Puts states to `path` one after the other while a client observes it, each when the client knows of the last.
/// Returns what that client prints and shows.
fn observe(ways: &Ways, options: &[&str], server: &[&str], path: &str, states: &[&str]) -> String {
    let server = ways.start_server(server);
    let relay = Relay::to(server.port);
    let put = |state: &str| {
        let printed = ways.ask(&["-m", "put", "-e", state], server.port, path);
        assert_eq!(printed.stderr, "", "{}: {state}", ways.name());
    };
    let last_words = |state: &str| state[state.len().saturating_sub(16)..].to_owned();
    put(states[0]);
    let arguments = [&["-s", SECONDS, "-w"], options].concat();
    let observer = ways.start_client(&arguments, relay.port(), path);
    relay.wait_until(LIMIT, |messages| has_been_told(messages, &last_words(states[0])));
    for state in &states[1..] {
        put(state);
        relay.wait_until(LIMIT, |messages| has_been_told(messages, &last_words(state)));
    }
    let finished = observer.finish(LIMIT);
    relay.wait_until(LIMIT, is_over);
    // Nobody observes any more: of this change nothing is told.
    let before = relay.messages().len();
    put("after the end");
    assert_eq!(relay.messages().len(), before, "{}: still told", ways.name());
    server.stop();
    normal(&finished, relay.port())
}

#[test]
fn each_change_is_seen_once_and_none_after_the_end() {
    let states = ["before", "one", "two", "three", "four", "five", "six", "seven"];
    let story = |server: &[&str]| {
        for path in ["/example_data", "/made"] {
            let text = four_ways(|ways| observe(ways, &[], server, path, &states));
            assert_eq!(text.split_whitespace().collect::<Vec<_>>(), states);
        }
    };
    at_once(&[&["-d", "1"], &["-d", "1", "-N"]], story);
}

/// Bodies of several blocks: the rest of each notification is fetched.
#[test]
fn large_states_are_seen_whole() {
    let states: Vec<_> =
        (0..4).map(|number| format!("{number:0200}").repeat(10) + "-end-of-it-all").collect();
    let states: Vec<_> =
        states.iter().enumerate().map(|(number, state)| format!("{state}-{number}")).collect();
    let states: Vec<_> = states.iter().map(String::as_str).collect();
    let story = |options: &[&str]| {
        let text = four_ways(|ways| observe(ways, options, &[], "/example_data", &states));
        // Without COAP_BLOCK_SINGLE_BODY a new line comes after each block.
        assert_eq!(text.split_whitespace().collect::<String>(), states.concat());
    };
    at_once(&[&["-b", "512"], &["-L", "3", "-N"]], story);
}

/// A resource that is deleted tells its observers so.
#[test]
fn a_resource_that_is_deleted_ends_its_observations() {
    let text = four_ways(|ways| {
        let server = ways.start_server(&["-d", "1"]);
        ways.ask(&["-m", "put", "-e", "made"], server.port, "/made");
        let relay = Relay::to(server.port);
        let observer = ways.start_client(&["-s", "2", "-w"], relay.port(), "/made");
        relay.wait_until(LIMIT, |messages| has_been_told(messages, "made"));
        ways.ask(&["-m", "delete"], server.port, "/made");
        let is_gone = |(_, pdu): &(Way, Pdu)| pdu.code() == Code::NOT_FOUND;
        relay.wait_until(LIMIT, |messages| messages.iter().any(is_gone));
        let finished = observer.finish(LIMIT);
        server.stop();
        normal(&finished, relay.port())
    });
    assert!(text.contains("made") && text.contains("4.04"), "{text}");
}

/// The clock of `coap-server` changes each second: the messages of an observation, from registration to cancellation.
#[test]
fn observing_the_time() {
    let story = |options: &[&str]| {
        let text = four_ways(|ways| {
            let server = ways.start_server(&[]);
            let finished = ways.ask(options, server.port, "/time");
            let text = normal(&finished, server.port);
            server.stop();
            let mut lines: Vec<_> = text.lines().map(messages_of_an_observation).collect();
            lines.dedup();
            lines.join("\n")
        });
        assert!(text.lines().count() >= 5, "{text}");
    };
    at_once(&[&["-s", SECONDS, "-v", "8"], &["-s", SECONDS, "-v", "8", "-N"]], story);
}

/// Runs a story with each of several lists of arguments, all at once: they wait for most of the time.
fn at_once(all: &[&[&str]], story: impl Fn(&[&str]) + Sync) {
    std::thread::scope(|scope| {
        for arguments in all {
            scope.spawn(|| story(arguments));
        }
    });
}

/// Type, code, token and what there is of Observe: notifications look alike, however many there are.
fn messages_of_an_observation(line: &str) -> String {
    let Some((header, rest)) = line.split_once('[') else { return String::new() };
    let observe = match rest.split_once("Observe:").map(|(_, value)| value) {
        None => "",
        Some(value) if header.contains("c:2.05") => {
            if value.starts_with('2') {
                "first"
            } else {
                "later"
            }
        }
        Some(value) if value.starts_with('1') => "cancel",
        Some(_) => "register",
    };
    format!("{header}{observe}")
}

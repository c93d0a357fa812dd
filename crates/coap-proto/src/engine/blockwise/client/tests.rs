//! The tokens of a request.
use super::tokens::MAX_TOKENS;
use super::*;
use std::collections::BTreeSet;

fn client(observe: Option<&[u8]>) -> Client {
    let mut request = Pdu::new(MessageType::Con, Code::FETCH, 1, 0);
    request.set_token(b"app").unwrap();
    if let Some(observe) = observe {
        request.add_option(option::OBSERVE, observe).unwrap();
    }
    Client::new(request, None, true, false)
}

fn blank(mid: u16, token: &[u8]) -> Blank<'_> {
    Blank { memory: Vec::new(), mid, token }
}

/// Returns the tokens that do not lead to it any more.
fn send(client: &mut Client, token: &[u8]) -> Vec<KeptToken> {
    let message = client.whole_request(blank(1, token)).unwrap();
    client.add_token(token.into());
    let old: Vec<_> = std::iter::from_fn(|| client.drop_token()).collect();
    let gone = old.into_iter().filter(|old| !client.has_token(old)).collect();
    client.note_registration(&message);
    gone
}

fn accept(client: &mut Client) {
    let mut response = Pdu::new(MessageType::Con, Code::CONTENT, 2, 0);
    response.add_option(option::OBSERVE, &[1]).unwrap();
    client.note_observation(&response);
}

#[test]
fn the_tokens_that_lead_to_it_are_those_that_it_names() {
    let mut known = BTreeSet::from([Box::from(&b"app"[..])]);
    let mut client = client(Some(b""));
    for round in 0..50u8 {
        for message in 0..=round % 13 {
            let token: Box<[u8]> = Box::from([round, message]);
            known.insert(token.clone());
            let old = send(&mut client, &token);
            old.into_iter().for_each(|old| assert!(known.remove(&*old)));
            assert_eq!(client.token(), &*token);
            assert_eq!(known, client.tokens().iter().map(|token| Box::from(&**token)).collect());
        }
        accept(&mut client);
        assert!(client.observing && known.contains(client.registration()));
        client.retire_tokens();
        assert_eq!(client.token(), b"app", "none is under way");
        let lasting: Vec<_> = known.iter().filter(|token| !client.is_retired(token)).collect();
        assert_eq!(lasting.len(), 2, "the application's and the server's");
    }
}

#[test]
fn an_observation_ends_by_the_token_that_it_began_with() {
    let mut client = client(Some(b""));
    assert_eq!(client.registration(), b"app");
    assert_eq!(*client.next_token([7; 8]), [7; 8]);
    send(&mut client, &[7; 8]);
    accept(&mut client);
    client.end_observation(MessageType::Non);
    assert_eq!(*client.next_token([9; 8]), [7; 8]);
    let last = client.whole_request(blank(3, &client.next_token([9; 8]))).unwrap();
    assert_eq!((last.kind(), last.token()), (MessageType::Non, &[7; 8][..]));
    assert_eq!(last.option(option::OBSERVE).and_then(|observe| observe.uint()), Some(1));
}

#[test]
fn requests_that_do_not_observe_have_new_tokens_only() {
    for observe in [None, Some(&[2][..])] {
        let mut client = client(observe);
        send(&mut client, &[7; 8]);
        accept(&mut client);
        assert!(!client.observing && client.is_registered_by(b"app"));
        assert_eq!(*client.next_token([9; 8]), [9; 8]);
    }
}

#[test]
fn what_changes_in_a_request_changes_in_the_next_of_its_messages() {
    let mut request = Pdu::new(MessageType::Con, Code::FETCH, 1, 0);
    request.add_option(option::OBSERVE, b"").unwrap();
    let upload = Upload::new(Body::own(vec![7; 100]), Stride::of(1));
    let mut client = Client::new(request, Some(upload), true, false);
    let next = |client: &mut Client, mid| client.upload_request(blank(mid, b"t")).unwrap().unwrap();
    let value = |message: &Pdu, number| message.option(number).map(|option| option.value.to_vec());
    assert_eq!(value(&next(&mut client, 1), option::OBSERVE), Some(vec![]));
    client.keep_observed();
    client.prove_in_steps(b"echo", 9);
    let proof = next(&mut client, 2);
    assert_eq!(
        [option::ECHO, option::REQUEST_TAG].map(|it| value(&proof, it)),
        [Some(b"echo".to_vec()), Some(vec![9])]
    );
    client.end_observation(MessageType::Non);
    let last = next(&mut client, 3);
    assert_eq!((last.kind(), value(&last, option::OBSERVE)), (MessageType::Non, Some(vec![1])));
    assert_eq!((value(&last, option::BLOCK1), last.payload().len()), (Some(vec![0x09]), 32));
    let more = client.download_request(blank(4, b"t"), MessageType::Con).unwrap();
    let numbers: Vec<_> = more.options().map(|option| option.number).collect();
    assert_eq!(numbers, [option::BLOCK2, option::ECHO, option::REQUEST_TAG]);
}

#[test]
fn a_request_that_observes_for_long_does_not_gather_tokens() {
    let mut client = client(Some(b""));
    for round in 0..100 {
        send(&mut client, &[round, 0]);
        accept(&mut client);
        for message in 1..=10 {
            client.add_token([round, message][..].into());
            while client.drop_token().is_some() {}
        }
        client.retire_tokens();
        // Besides its own, the registration's and the one of that before.
        assert!(client.tokens().len() <= MAX_TOKENS + 3, "{} after {round}", client.tokens().len());
    }
}

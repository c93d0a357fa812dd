//! How exchanges are found: alone in their sessions and in company.
use super::*;
use crate::wire::{Code, MessageType};

const TOKENS: [&[u8]; 3] = [b"", b"a", b"bcdefghi"];
const CODES: [Code; 3] = [Code::EMPTY, Code::GET, Code::CONTENT];
const MIDS: u16 = 6;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

/// Sessions with their exchanges, and a list of all that is scanned.
struct World {
    exchanges: Exchanges,
    sessions: Vec<(SessionId, Queues)>,
    all: Vec<ExchangeId>,
}

impl World {
    fn new(sessions: usize) -> Self {
        let mut places = Arena::new();
        let sessions = (0..sessions).map(|_| (SessionId(places.insert(())), Queues::new())).collect();
        Self { exchanges: Exchanges::new(Keyed::default()), sessions, all: Vec::new() }
    }

    fn find(&self, fits: impl Fn(&Exchange) -> bool) -> Vec<ExchangeId> {
        self.all.iter().copied().filter(|at| self.exchanges.get(*at).is_some_and(&fits)).collect()
    }

    fn insert(&mut self, at: usize, dice: &mut Dice) {
        let (session, mid) = (self.sessions[at].0, dice.below(MIDS.into()) as u16);
        let phase = [Phase::Delayed, Phase::InFlight, Phase::Leisure][dice.below(3)];
        let is_taken =
            |it: &Exchange| it.session == session && it.pdu.mid() == mid && it.phase != Phase::Leisure;
        if !self.find(is_taken).is_empty() {
            return;
        }
        let mut pdu = Pdu::new(MessageType::Con, CODES[dice.below(3)], mid, 0);
        pdu.set_token(TOKENS[dice.below(3)]).unwrap();
        let exchange = Exchange::new(session, pdu, phase, Duration::ZERO);
        self.all.push(self.exchanges.insert(&mut self.sessions[at].1, exchange));
    }

    fn remove(&mut self, place: usize) {
        let at = self.all.remove(place);
        let session = self.exchanges.get(at).unwrap().session;
        let (_, queues) = self.sessions.iter_mut().find(|(id, _)| *id == session).unwrap();
        assert_eq!(self.exchanges.remove(queues, at).unwrap().session, session);
    }

    fn send_first(&mut self, at: usize) {
        let queues = &mut self.sessions[at].1;
        if let Some(first) = queues.first(Phase::Delayed) {
            self.exchanges.advance(queues, first, Phase::InFlight);
        }
    }

    fn check(&self) {
        for (session, queues) in &self.sessions {
            for mid in 0..MIDS {
                let is_it = |it: &Exchange| {
                    it.session == *session && it.pdu.mid() == mid && it.phase != Phase::Leisure
                };
                let found = self.exchanges.with_mid(queues, *session, mid);
                assert_eq!(Vec::from_iter(found), self.find(is_it));
            }
            for (token, role) in TOKENS.iter().flat_map(|token| Role::ALL.map(|role| (*token, role))) {
                let is_it =
                    |it: &Exchange| it.session == *session && it.pdu.token() == token && it.role() == role;
                let known = self.find(is_it);
                match self.exchanges.with_token(queues, *session, token, role) {
                    Some(found) => assert!(known.contains(&found)),
                    None => assert_eq!(known, []),
                }
            }
        }
    }
}

#[test]
fn each_is_found_by_message_id_and_by_token_however_many_its_session_has() {
    for (seed, most) in [(1, 2), (2, 3), (3, 8), (4, 30)] {
        let (mut world, mut dice) = (World::new(3), Dice(seed));
        for _ in 0..3_000 {
            let session = dice.below(3);
            match dice.below(4) {
                0 => world.send_first(session),
                1 if !world.all.is_empty() => world.remove(dice.below(world.all.len())),
                _ if world.all.len() < most => world.insert(session, &mut dice),
                _ => world.remove(dice.below(world.all.len())),
            }
            world.check();
        }
        while !world.all.is_empty() {
            world.remove(0);
            world.check();
        }
        let Exchanges { mids, tokens, .. } = &world.exchanges;
        assert_eq!((mids.len(), tokens.len(), world.exchanges.len()), (0, 0, 0));
    }
}

#[test]
fn one_that_is_alone_in_its_session_is_in_no_table() {
    let (mut world, mut dice) = (World::new(100), Dice(1));
    for at in 0..100 {
        world.insert(at, &mut dice);
        world.send_first(at);
    }
    assert_eq!((world.all.len(), world.exchanges.mids.len(), world.exchanges.tokens.len()), (100, 0, 0));
}

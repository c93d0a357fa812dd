//! Where the sockets of sessions are.
use coap_proto::engine::SessionId;
use thunderdome::Index;

/// A session's place in a table of sockets, found by the session's own place in the engine: one look at memory that
/// neighbours share, where a hash table has two for each. It takes 16 bytes a session up to the last that has a socket.
#[derive(Debug, Default)]
pub(crate) struct BySession(Vec<Option<(SessionId, Index)>>);

impl BySession {
    pub(crate) fn get(&self, session: SessionId) -> Option<Index> {
        let (found, index) = (*self.0.get(session.slot() as usize)?)?;
        // Another one may have had its place in the engine.
        (found == session).then_some(index)
    }

    pub(crate) fn insert(&mut self, session: SessionId, index: Index) {
        let slot = session.slot() as usize;
        if self.0.len() <= slot {
            self.0.resize(slot + 1, None);
        }
        self.0[slot] = Some((session, index));
    }

    pub(crate) fn remove(&mut self, session: SessionId) -> Option<Index> {
        let index = self.get(session)?;
        self.0[session.slot() as usize] = None;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coap_proto::{
        Address,
        engine::{Config, Connect, Engine},
        wire::Protocol,
    };
    use std::time::Instant;
    use thunderdome::Arena;

    #[test]
    fn a_session_is_not_taken_for_the_one_that_had_its_place_before() -> Result<(), Box<dyn std::error::Error>>
    {
        let now = Instant::now();
        let (mut engine, mut sockets) = (Engine::new(Config::default(), now, [1; 32]), Arena::new());
        let to =
            Connect { local: None, remote: Address::Ip("127.0.0.1:5683".parse()?), protocol: Protocol::Udp };
        let (other, first) = (engine.connect(now, to)?, engine.connect(now, to)?);
        let (index, mut places) = (sockets.insert(()), BySession::default());
        places.insert(first, index);
        assert_eq!((places.get(first), places.get(other)), (Some(index), None));
        engine.release(now, first);
        engine.forget(first);
        let second = engine.connect(now, to)?;
        assert_eq!(second.slot(), first.slot());
        assert_eq!((places.get(second), places.remove(second)), (None, None));
        assert_eq!((places.remove(first), places.get(first)), (Some(index), None));
        Ok(())
    }
}

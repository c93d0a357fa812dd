//! By which nodes a tunnel goes.
use crate::{
    config::Peer,
    model::{ListenerRequest, PeerId, Routing},
};

/// Chooses relays.
#[derive(Debug)]
pub(super) struct Routes {
    own: PeerId,
}

impl Routes {
    pub(super) fn new(own: PeerId) -> Self {
        Self { own }
    }

    /// The nodes on the way and last the exit. Relays that are not named are drawn anew each time.
    ///
    /// # Errors
    /// There is no such way: why, for people.
    pub(super) fn path(&self, request: &ListenerRequest, peers: &[Peer]) -> Result<Vec<PeerId>, String> {
        let exit = request.destination;
        if exit == self.own {
            return Err("the destination is this node itself".to_owned());
        }
        let mut path = match &request.routing {
            Routing::Path(_) => request.routing.named().to_vec(),
            Routing::Hops(count) => {
                let usable = |peer: &&Peer| peer.relay && peer.id != exit;
                let mut relays: Vec<_> = peers.iter().filter(usable).map(|peer| peer.id).collect();
                let wanted = usize::from(*count);
                if relays.len() < wanted {
                    return Err(format!("relays asked for: {wanted}, known: {}", relays.len()));
                }
                shuffle(&mut relays, wanted)?;
                relays.truncate(wanted);
                relays
            }
        };
        if path.contains(&self.own) {
            return Err("this node itself cannot be a relay of its tunnels".to_owned());
        }
        path.push(exit);
        match path.first() {
            Some(first) if peers.iter().any(|peer| peer.id == *first) => Ok(path),
            Some(first) => Err(format!("the way to {first} is not known")),
            None => Err("a path has no nodes".to_owned()),
        }
    }
}

/// Draws the first `count`, each as likely as any other (to one in some 2^50).
fn shuffle(relays: &mut [PeerId], count: usize) -> Result<(), String> {
    for at in 0..count {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| error.to_string())?;
        let left = (relays.len() - at) as u64;
        let chosen = at + (u64::from_be_bytes(random) % left) as usize;
        relays.swap(at, chosen);
    }
    Ok(())
}

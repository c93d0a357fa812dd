//! A node: its core and its local sockets.
use crate::socket::Socket;
use coap_proto::wire::Code;
use coap_sessiond::model::{Capabilities, PeerId, Role, Target, Transport};
use coap_sessiond::protocol::{Action, Core, Ending, Keyring, Opening, SealError, Settings, TunnelId};
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// Encrypts nothing, but tells whose layer it is.
struct Envelopes(PeerId);

impl Keyring for Envelopes {
    fn seal(&mut self, to: &PeerId, layer: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok([&to.0, layer].concat())
    }

    fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        sealed.strip_prefix(&self.0.0).map(<[u8]>::to_vec)
    }
}

/// A node.
pub(crate) struct Node {
    pub(crate) core: Core,
    pub(crate) sockets: BTreeMap<TunnelId, Socket>,
    /// What connections to targets meet, in this order; afterwards, echoes.
    pub(crate) targets: VecDeque<Result<Socket, Code>>,
    /// Targets are asked and do not answer.
    pub(crate) is_slow: bool,
    /// Sockets at targets, in the order in which they were connected.
    pub(crate) connected: Vec<TunnelId>,
    pub(crate) asked: Vec<(TunnelId, Target)>,
    /// Tunnels whose target is the node itself, which sends everything back.
    pub(crate) sends_back: Vec<TunnelId>,
    /// Tunnels that ended here without having a socket.
    pub(crate) relayed: Vec<(Role, Ending)>,
}

/// Whose key a node has.
pub(crate) fn peer(node: usize) -> PeerId {
    PeerId([node as u8 + 1; 32])
}

/// Which node has that key.
pub(crate) fn node_of(peer: PeerId) -> usize {
    usize::from(peer.0[0]) - 1
}

/// A tunnel by these nodes.
pub(crate) fn opening(path: &[usize], transport: Transport, capabilities: Capabilities) -> Opening {
    let target = Target::Plain { host: "target.example".into(), port: 7 };
    Opening { path: path.iter().copied().map(peer).collect(), transport, target, capabilities }
}

/// A TCP tunnel by these nodes.
pub(crate) fn tcp(path: &[usize]) -> Opening {
    opening(path, Transport::Tcp, Capabilities::usual(Transport::Tcp))
}

impl Node {
    pub(crate) fn new(number: usize, settings: Settings, now: Instant, boot: u64) -> Self {
        let mut seed = [number as u8; 32];
        seed[..8].copy_from_slice(&boot.to_be_bytes());
        let core = Core::new(settings, Box::new(Envelopes(peer(number))), now, seed);
        Self {
            core,
            sockets: BTreeMap::new(),
            targets: VecDeque::new(),
            is_slow: false,
            connected: Vec::new(),
            asked: Vec::new(),
            sends_back: Vec::new(),
            relayed: Vec::new(),
        }
    }

    /// A local socket connects to a listener.
    pub(crate) fn open(&mut self, now: Instant, opening: &Opening, socket: Socket) -> TunnelId {
        let tunnel = self.core.open(now, opening).expect("it can be begun");
        self.sockets.insert(tunnel, socket);
        tunnel
    }

    /// Does what concerns the node alone; what concerns others is given back.
    pub(crate) fn act(&mut self, now: Instant, action: Action) -> Option<Action> {
        match action {
            Action::ConnectTarget { tunnel, target, .. } => {
                self.asked.push((tunnel, target));
                if !self.is_slow {
                    self.connect(now, tunnel);
                }
            }
            Action::Opened { tunnel } => self.socket(tunnel).is_open = true,
            Action::Deliver { tunnel } | Action::Resume { tunnel } if self.sends_back.contains(&tunnel) => {
                self.core.send_back(now, tunnel);
            }
            Action::Deliver { tunnel } => self.socket(tunnel).has_news = true,
            Action::Datagram { tunnel, bytes } => self.socket(tunnel).datagrams.push(bytes),
            Action::Resume { tunnel } => {
                assert!(self.core.room(tunnel) > 0xffff);
                self.socket(tunnel).resumed += 1;
            }
            Action::Finish { tunnel } => self.socket(tunnel).got_end = true,
            Action::Ended { tunnel, role, ending } => match self.sockets.get_mut(&tunnel) {
                Some(socket) => {
                    assert_eq!(socket.ending.replace(ending), None, "once");
                }
                None => self.relayed.push((role, ending)),
            },
            others => return Some(others),
        }
        None
    }

    /// The target answers.
    pub(crate) fn connect(&mut self, now: Instant, tunnel: TunnelId) {
        match self.targets.pop_front().unwrap_or_else(|| Ok(Socket::echo())) {
            Ok(socket) => {
                self.sockets.insert(tunnel, Socket { is_open: true, ..socket });
                self.connected.push(tunnel);
                self.core.connected(now, tunnel);
            }
            Err(code) => self.core.target_failed(now, tunnel, code, "as the test wants it"),
        }
    }

    /// Lets all sockets read and write once.
    pub(crate) fn work(&mut self, now: Instant) -> bool {
        self.sockets.iter_mut().fold(false, |has_worked, (tunnel, socket)| {
            socket.work(&mut self.core, now, *tunnel) || has_worked
        })
    }

    pub(crate) fn socket(&mut self, tunnel: TunnelId) -> &mut Socket {
        self.sockets.get_mut(&tunnel).expect("it has a socket here")
    }

    /// The socket at the target that was connected as number so much.
    pub(crate) fn target(&mut self, number: usize) -> &mut Socket {
        let tunnel = self.connected[number];
        self.socket(tunnel)
    }
}

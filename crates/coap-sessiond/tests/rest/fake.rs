//! An event loop that has no network: it remembers what it is asked for, and answers by what the target is called.
use coap_secure::Secret;
use coap_sessiond::{
    config::{Api, Auth},
    control::{self, Command, CreateError, Reply, Status},
    identity::Identity,
    model::{Listener, ListenerFilter, ListenerRequest, Target, TunnelStatus},
    rest::{Limits, Server},
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// What the loop has and has seen.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) closed: Vec<ListenerFilter>,
    pub(crate) status: Status,
    /// Openings of which the client hears nothing until [`Node::release`].
    held: Vec<(ListenerRequest, Reply<Result<Listener, CreateError>>)>,
    /// Other commands that are never answered; their replies are kept, or the server would take the loop for gone.
    ignored: Vec<Command>,
    next_port: u16,
}

/// A REST interface with a loop behind it.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) state: Arc<Mutex<State>>,
    /// Whether the loop answers at all.
    pub(crate) answers: Arc<AtomicBool>,
    pub(crate) ready: Arc<AtomicBool>,
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::with(|_, _| ())
    }

    /// With other settings than the usual ones: those are changed by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Api, &mut Limits)) -> Self {
        let mut api = Api::new(Auth::Token(Secret::new(super::http::TOKEN.into())));
        api.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut limits = Limits::default();
        change(&mut api, &mut limits);
        let (commands, asked) = control::channel(|| ());
        let server = Server::start(&api, limits, commands).unwrap();
        let state = Arc::new(Mutex::new(State { next_port: 40_000, ..State::default() }));
        let [answers, ready] = [(); 2].map(|()| Arc::new(AtomicBool::new(true)));
        let node = Self { server, state, answers, ready };
        node.run(asked);
        node
    }

    fn run(&self, asked: mpsc::Receiver<Command>) {
        let (state, answers, ready) =
            (Arc::clone(&self.state), Arc::clone(&self.answers), Arc::clone(&self.ready));
        // It ends with the server, which has the other end of the queue.
        thread::spawn(move || {
            for command in asked {
                let mut state = state.lock().unwrap();
                match command {
                    command if !answers.load(Ordering::SeqCst) => state.ignored.push(command),
                    Command::Ready(reply) => reply(ready.load(Ordering::SeqCst)),
                    command => state.answer(command),
                }
            }
        });
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The one listener that there is, as it was asked for.
    pub(crate) fn only_request(&self) -> ListenerRequest {
        let state = self.state.lock().unwrap();
        assert_eq!(state.listeners.len(), 1);
        state.listeners[0].request.clone()
    }

    /// Waits until an opening is held.
    pub(crate) fn wait_for_held(&self) {
        self.wait_until(|state| !state.held.is_empty());
    }

    /// Lets the openings that are held succeed.
    pub(crate) fn release(&self) {
        release(&self.state);
    }

    /// Waits until the state is as it should be.
    pub(crate) fn wait_until(&self, is_so: impl Fn(&State) -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is_so(&self.state.lock().unwrap()) {
            assert!(Instant::now() < end, "it never came so");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl State {
    fn answer(&mut self, command: Command) {
        match command {
            Command::Create(request, reply) => self.create(request, reply),
            Command::List(transport, reply) => {
                let of = |listener: &&Listener| listener.request.transport == transport;
                reply(self.listeners.iter().filter(of).cloned().collect());
            }
            Command::Close(filter, reply) => {
                let before = self.listeners.len();
                self.listeners.retain(|listener| !matches(filter, &listener.request));
                self.closed.push(filter);
                reply(before - self.listeners.len());
            }
            Command::Status(reply) => reply(self.status.clone()),
            Command::Ready(reply) => reply(true),
        }
    }

    fn create(&mut self, request: ListenerRequest, reply: Reply<Result<Listener, CreateError>>) {
        let name = match &request.target {
            Target::Plain { host, .. } => host.clone(),
            _ => String::new(),
        };
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let error = match name.as_str() {
            "in-use.example" => CreateError::InUse,
            "denied.example" => CreateError::Bind(denied()),
            "no-path.example" => CreateError::NoPath("there are 0 relays, not 1".to_owned()),
            "no-session.example" => CreateError::NotEstablished("4.03 Forbidden".to_owned()),
            "ended.example" => return,
            "held.example" => return self.held.push((request, reply)),
            _ => return reply(Ok(self.open(request))),
        };
        reply(Err(error));
    }

    fn open(&mut self, mut request: ListenerRequest) -> Listener {
        if request.listen.port() == 0 {
            request.listen.set_port(self.next_port);
            self.next_port += 1;
        }
        let listener = Listener { request, tunnels: Vec::<TunnelStatus>::new() };
        self.listeners.push(listener.clone());
        listener
    }
}

fn matches(filter: ListenerFilter, request: &ListenerRequest) -> bool {
    let listen = request.listen;
    filter.transport == request.transport
        && filter.ip == listen.ip()
        && (filter.port == 0 || filter.port == listen.port())
}

/// Lets the openings that are held succeed.
pub(crate) fn release(state: &Mutex<State>) {
    let mut state = state.lock().unwrap();
    for (request, reply) in std::mem::take(&mut state.held) {
        reply(Ok(state.open(request)));
    }
}

/// The peer ID of the node with this number.
pub(crate) fn peer(number: u8) -> String {
    Identity::from_seed(&[number; 32]).peer_id().to_string()
}

/// A request for a listener to a target of this name by one hop, with more fields, which begin with a comma.
pub(crate) fn body(target: &str, more: &str) -> String {
    format!(
        r#"{{"destination": "{}", "path": {{"Hops": 1}}, "target": {{"Plain": "{target}"}}{more}}}"#,
        peer(1)
    )
}

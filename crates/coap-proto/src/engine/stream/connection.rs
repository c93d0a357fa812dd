//! What the engine knows of one stream, and of all.
use super::buffer::Buffer;
use super::websocket::WebSocket;
use crate::engine::SessionId;
use crate::engine::proxy::ForwardId;
use crate::engine::timer::Timers;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Bytes that a stream may hold in each direction before they count against
/// [`Config::stream_bytes`](crate::engine::Config::stream_bytes).
const FREE: usize = 64 << 10;
/// A message of which a part has come has to be complete after this time, ...
const PARTIAL_TIME: Duration = Duration::from_secs(30);
/// ... and one second later for each so many of its bytes that have come; and in any case this
/// time after the last of them.
const PARTIAL_RATE: usize = 1024;

/// Messages of one stream that are looked at before the application has heard of them. What it is told of a message can
/// be larger than the message by far.
const MAX_A_ROUND: u32 = 64;

/// What a message in the input waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// Room for its answer, and that the application has less to do.
    Answer,
    /// That the application has heard what came before.
    Round,
    /// That the application has finished with all that came before.
    Custody,
    /// That all that came before is answered, and the answers are written: the peer wants to end the connection, or has
    /// ended its own direction already.
    Goodbye,
}

/// How far a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not connected yet.
    Connecting,
    /// Messages, or what comes before them, can flow.
    Open,
    /// Nothing more is said or heard, but what is written still goes out until then.
    Draining(Instant),
    /// The socket is to be closed.
    Gone,
}

/// The stream of one session.
#[derive(Debug)]
pub(in crate::engine) struct Connection {
    pub(super) stage: Stage,
    /// What came and was not understood yet.
    pub(super) input: Buffer,
    /// What is to be written.
    pub(super) output: Buffer,
    pub(super) websocket: Option<Box<WebSocket>>,
    /// The longest message that is taken, header included.
    pub(super) max_message: usize,
    /// By when the peer's CSM has to have come.
    pub(super) csm_by: Option<Instant>,
    /// The peer's CSM has come.
    pub(super) has_csm: bool,
    /// The peer has said that it knows Block1 and Block2 (RFC 8323 section 5.3.2).
    pub(super) peer_knows_blocks: bool,
    /// Since when a part of a message is there.
    pub(super) partial_since: Option<Instant>,
    /// When the last byte of it came.
    pub(super) partial_at: Option<Instant>,
    /// Its place among those whose part of a message counts against the budget of all.
    large: Option<u64>,
    /// By when something of the output has to be written.
    pub(super) write_by: Option<Instant>,
    /// By when the output has to be written: nobody else needs the session any more.
    pub(super) flush_by: Option<Instant>,
    /// Nothing more is read, as a message waits in the input.
    pub(super) pause: Option<Pause>,
    /// Messages that came in this round (see [`Streams::begin_round`]).
    heard: (u64, u32),
    /// When the end that the peer wants comes in any case.
    pub(super) goodbye_by: Option<Instant>,
    /// The peer sends no more.
    pub(super) has_ended: bool,
    /// An answer was lost, or memory: the connection is to be aborted at the next opportunity.
    pub(super) fate: Option<&'static str>,
    /// Notifications of other servers wait until more is written.
    pub(super) held: Vec<ForwardId>,
    /// It is in [`Streams::ready`], in [`Streams::resuming`].
    pub(super) is_ready: bool,
    pub(super) is_resuming: bool,
    /// Its place among those that are not established.
    pub(super) newcomer: Option<u64>,
    /// Bytes that it holds, and those of them that count against the budget of all.
    size: (usize, usize),
    /// When its timer goes off.
    pub(super) armed: Option<Instant>,
}

impl Connection {
    pub(super) fn new(stage: Stage) -> Self {
        Self {
            stage,
            input: Buffer::default(),
            output: Buffer::default(),
            websocket: None,
            max_message: 0,
            csm_by: None,
            has_csm: false,
            peer_knows_blocks: false,
            partial_since: None,
            partial_at: None,
            large: None,
            write_by: None,
            flush_by: None,
            pause: None,
            heard: (0, 0),
            goodbye_by: None,
            has_ended: false,
            fate: None,
            held: Vec::new(),
            is_ready: false,
            is_resuming: false,
            newcomer: None,
            size: (0, 0),
            armed: None,
        }
    }

    /// Whether the peer has said that it knows Block1 and Block2.
    pub(in crate::engine) fn peer_knows_blocks(&self) -> bool {
        self.peer_knows_blocks
    }

    /// Bytes that came and are no whole message yet.
    pub(super) fn input_len(&self) -> usize {
        self.input.len() + self.websocket.as_deref().map_or(0, WebSocket::partial_len)
    }

    /// Whether a part of a message is there.
    pub(super) fn is_partial(&self) -> bool {
        let in_parts = self.websocket.as_deref().is_some_and(WebSocket::is_partial);
        self.pause.is_none() && (in_parts || !self.input.is_empty())
    }

    /// When something has to be done.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let partial = self.partial_since.filter(|_| self.pause.is_none()).and_then(|since| {
            let more = Duration::from_secs((self.input_len() / PARTIAL_RATE) as u64);
            let last = self.partial_at.unwrap_or(since).checked_add(PARTIAL_TIME);
            since.checked_add(PARTIAL_TIME + more).into_iter().chain(last).min()
        });
        match self.stage {
            Stage::Open => {
                let csm = self.csm_by.filter(|_| !self.has_csm);
                [csm, partial, self.flush_by, self.goodbye_by, self.write_by].into_iter().flatten().min()
            }
            Stage::Draining(until) => Some(until),
            Stage::Connecting | Stage::Gone => None,
        }
    }
}

/// All streams of an engine.
#[derive(Debug, Default)]
pub(in crate::engine) struct Streams {
    pub(super) timers: Timers,
    /// Those that need attention by who has the sockets.
    pub(super) ready: VecDeque<SessionId>,
    /// Those that have input which can be looked at now.
    pub(super) resuming: VecDeque<SessionId>,
    /// Those that have said enough for this round.
    talkative: Vec<SessionId>,
    round: u64,
    /// Accepted ones that are not established, by age.
    pub(super) newcomers: BTreeMap<u64, SessionId>,
    accepted: u64,
    /// Those whose part of a message counts against the budget of all, by age.
    large: BTreeMap<u64, SessionId>,
    begun: u64,
    /// Bytes that they hold, and those of them that count against the budget of all.
    size: (usize, usize),
}

impl Streams {
    pub(in crate::engine) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether there is input that can be looked at.
    pub(in crate::engine) fn has_work(&self) -> bool {
        !self.resuming.is_empty() || !self.talkative.is_empty()
    }

    /// The application has heard all that there was for it. Returns the streams that have more to say.
    pub(super) fn begin_round(&mut self) -> Vec<SessionId> {
        self.round += 1;
        std::mem::take(&mut self.talkative)
    }

    /// Whether a stream may say more in this round.
    pub(super) fn is_heard(&self, connection: &Connection) -> bool {
        connection.heard.0 != self.round || connection.heard.1 < MAX_A_ROUND
    }

    /// A stream has said something.
    pub(super) fn hear(&self, connection: &mut Connection) {
        let so_far = if connection.heard.0 == self.round { connection.heard.1 } else { 0 };
        connection.heard = (self.round, so_far + 1);
    }

    /// What a stream has to say waits until the next round.
    pub(super) fn let_wait(&mut self, id: SessionId) {
        self.talkative.push(id);
    }

    /// Bytes that they hold.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.size.0
    }

    /// A stream was accepted.
    pub(super) fn note_newcomer(&mut self, id: SessionId, connection: &mut Connection) {
        self.accepted += 1;
        self.newcomers.insert(self.accepted, id);
        connection.newcomer = Some(self.accepted);
    }

    /// It is established, or over.
    pub(super) fn note_arrival(&mut self, connection: &mut Connection) {
        if let Some(place) = connection.newcomer.take() {
            self.newcomers.remove(&place);
        }
    }

    /// A stream has a part of a message, or none any more.
    pub(super) fn note_partial(&mut self, id: SessionId, connection: &mut Connection, is_partial: bool) {
        let is_large = is_partial && connection.input_len() > FREE;
        match connection.large {
            None if is_large => {
                self.begun += 1;
                self.large.insert(self.begun, id);
                connection.large = Some(self.begun);
            }
            Some(place) if !is_large => {
                self.large.remove(&place);
                connection.large = None;
            }
            _ => {}
        }
    }

    /// The stream whose part of a message has counted for longest against the budget of all. It is named once.
    pub(super) fn take_oldest_partial(&mut self) -> Option<SessionId> {
        Some(self.large.pop_first()?.1)
    }

    /// What a stream holds has changed.
    pub(super) fn account(&mut self, connection: &mut Connection) {
        let (input, output) = (connection.input_len(), connection.output.len());
        let now = (input + output, input.saturating_sub(FREE) + output.saturating_sub(FREE));
        let before = std::mem::replace(&mut connection.size, now);
        self.size = (self.size.0 + now.0 - before.0, self.size.1 + now.1 - before.1);
    }

    /// Whether more may be put behind what a stream has to write. If not, that changes with each byte that it writes.
    pub(super) fn may_write(&self, connection: &Connection, limit: usize) -> bool {
        self.size.1 <= limit || connection.output.len() <= FREE
    }

    /// Whether a stream that holds so much may hold more.
    pub(super) fn may_grow(&self, connection: &Connection, limit: usize) -> bool {
        self.size.1 <= limit || connection.size.1 == 0
    }

    pub(super) fn make_ready(&mut self, id: SessionId, connection: &mut Connection) {
        if !std::mem::replace(&mut connection.is_ready, true) {
            self.ready.push_back(id);
        }
    }

    pub(super) fn resume(&mut self, id: SessionId, connection: &mut Connection) {
        if !std::mem::replace(&mut connection.is_resuming, true) {
            self.resuming.push_back(id);
        }
    }

    /// What a stream waits for has changed. A timer that now goes off too early is left as it is, and looked at when it
    /// does: what is written has left at once as a rule, so deadlines come and go with each answer.
    pub(super) fn arm(&mut self, id: SessionId, connection: &mut Connection) {
        match connection.deadline() {
            Some(at) if connection.armed.is_none_or(|armed| at < armed) => {
                self.timers.set(id.slot(), at);
                connection.armed = Some(at);
            }
            None if connection.stage == Stage::Gone => {
                self.timers.clear(id.slot());
                connection.armed = None;
            }
            _ => {}
        }
    }
}

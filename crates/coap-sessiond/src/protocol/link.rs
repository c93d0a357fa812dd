//! One link: what waits to be sent on it, what waits for answers, and which tunnels use it.
use super::ages::Ages;
use super::doubt::Doubt;
use super::opening::Boot;
use super::timers::Timers;
use super::window::{Load, Shown, Window};
use super::{LinkId, LinkUp, MessageId, Reason, Settings, TunnelId};
use siphasher::sip::SipHasher13;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::time::Instant;
use thunderdome::Arena;

/// Requests to open that wait for their answer, at most; the others wait for their turn. They take long, and so do not
/// count for the window.
pub(super) const MAX_OPENINGS: usize = 256;
/// Datagrams that wait, at most.
const MAX_DATAGRAMS: usize = 256;

/// One direction of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlowRef {
    pub(super) tunnel: TunnelId,
    /// 0: towards the target. 1: back.
    pub(super) direction: usize,
}

/// A short frame.
#[derive(Debug)]
pub(super) enum Control {
    /// How far the other node may send.
    Credit(FlowRef),
    /// The far end has got everything.
    Delivered(FlowRef),
    /// The tunnel with that number is cut off.
    Abort { key: u32, reason: Reason, text: String },
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) what: What,
    pub(super) at: Instant,
    pub(super) load: Option<Load>,
    /// Its age, among those of its kind.
    group: u64,
}

/// What a request was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Of that tunnel, which has this number here.
    Open(TunnelId, u32),
    Data(FlowRef),
    Delivered(FlowRef),
    Credit(FlowRef),
    /// A datagram of that tunnel.
    Other(TunnelId),
    Abort,
    KeepAlive,
}

/// Hashes what strangers choose.
#[derive(Clone, Debug)]
pub(super) struct Keyed(pub(super) [u8; 16]);

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }
}

/// A link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) up: LinkUp,
    /// The boot number of the other node, once it has told.
    pub(super) boot: Option<Boot>,
    /// By number, as in frames that come.
    pub(super) tunnels: HashMap<u32, TunnelId, Keyed>,
    next_number: u32,
    pub(super) window: Window,
    sent: Arena<Sent>,
    /// Messages of the kind that is not counted by the window.
    openings_in_flight: usize,
    /// How long requests to open have been waiting, and how long all others.
    openings_since: Ages,
    others_since: Ages,
    /// When it was asked whether it is there, if it has not answered yet.
    asked_at: Option<Instant>,
    /// Openings that wait for their turn.
    pub(super) openings: VecDeque<TunnelId>,
    pub(super) control: VecDeque<Control>,
    /// How many of those are aborts.
    aborts: usize,
    pub(super) datagrams: VecDeque<(TunnelId, Vec<u8>)>,
    /// Flows that have something to send, in the order of their turns.
    pub(super) ready: VecDeque<FlowRef>,
    /// Whose turn it is, if both wait.
    pub(super) is_turn_of_datagrams: bool,
    /// A short frame was the last: what tunnels carry comes first now.
    pub(super) is_turn_of_tunnels: bool,
    /// It is among those that may have something to send.
    pub(super) busy: bool,
    /// When something last came.
    pub(super) heard_at: Instant,
    /// Whether the other node may be gone.
    pub(super) doubt: Doubt,
    /// When its last tunnel went.
    pub(super) unused_since: Instant,
    pub(super) deadline: Option<Instant>,
}

impl Link {
    pub(super) fn new(now: Instant, up: LinkUp, settings: &Settings, hasher: Keyed) -> Self {
        let window = match up.is_stream {
            true => Window::of_bytes(settings.stream_window),
            false => {
                let messages = settings.window.min(settings.window_bytes / up.max_payload.max(1));
                Window::of_messages(messages, settings.ack_timeout)
            }
        };
        Self {
            up,
            boot: None,
            tunnels: HashMap::with_hasher(hasher),
            next_number: 0,
            window,
            sent: Arena::new(),
            openings_in_flight: 0,
            openings_since: Ages::default(),
            others_since: Ages::default(),
            asked_at: None,
            openings: VecDeque::new(),
            control: VecDeque::new(),
            aborts: 0,
            datagrams: VecDeque::new(),
            ready: VecDeque::new(),
            is_turn_of_datagrams: false,
            is_turn_of_tunnels: false,
            busy: false,
            heard_at: now,
            doubt: Doubt::default(),
            unused_since: now,
            deadline: None,
        }
    }

    /// The next number for a tunnel that this node opens, as in frames that come.
    pub(super) fn new_key(&mut self) -> u32 {
        loop {
            let key = self.next_number | super::wire::OPENED_BY_RECEIVER;
            self.next_number = (self.next_number + 1) & !super::wire::OPENED_BY_RECEIVER;
            // There are far fewer tunnels than numbers.
            if !self.tunnels.contains_key(&key) {
                return key;
            }
        }
    }

    /// Whether one more opening may wait for its answer. Not while an abort waits: the window paces aborts but not
    /// openings, and who gives up what it opens would queue ever more of them.
    pub(super) fn may_open(&self) -> bool {
        self.openings_in_flight < MAX_OPENINGS && self.aborts == 0
    }

    /// Tunnels, and those of which the other node has not been told yet that they are no more.
    pub(super) fn load(&self) -> usize {
        self.tunnels.len() + self.aborts
    }

    /// A short frame waits.
    pub(super) fn queue_control(&mut self, control: Control) {
        self.aborts += usize::from(matches!(control, Control::Abort { .. }));
        self.control.push_back(control);
    }

    /// The short frame whose turn it is.
    pub(super) fn next_control(&mut self) -> Option<Control> {
        let control = self.control.pop_front()?;
        self.aborts -= usize::from(matches!(control, Control::Abort { .. }));
        Some(control)
    }

    /// Whether one more datagram may wait.
    pub(super) fn may_queue_datagram(&self) -> bool {
        self.datagrams.len() < MAX_DATAGRAMS
    }

    /// A request goes out.
    pub(super) fn sent(&mut self, now: Instant, what: What, bytes: usize) -> MessageId {
        let load = match what {
            What::Open(..) => {
                self.openings_in_flight += 1;
                None
            }
            What::KeepAlive => {
                self.asked_at = Some(now);
                None
            }
            What::Data(_) | What::Delivered(_) | What::Credit(_) | What::Other(_) | What::Abort => {
                Some(self.window.sent(bytes))
            }
        };
        if !matches!(what, What::Open(..)) {
            self.doubt.sent(now);
        }
        let group = self.ages(what).begin(now);
        MessageId(self.sent.insert(Sent { what, at: now, load, group }))
    }

    /// A request was answered; `None`: it is none that waits.
    pub(super) fn answered(&mut self, now: Instant, message: MessageId) -> Option<(Sent, Shown)> {
        let sent = self.sent.remove(message.0)?;
        self.ages(sent.what).end(sent.group);
        match sent.what {
            What::Open(..) => self.openings_in_flight -= 1,
            What::KeepAlive => self.asked_at = None,
            _ => {}
        }
        let after = now.saturating_duration_since(sent.at);
        let shown = sent.load.map_or(Shown::default(), |load| self.window.answered(now, load, after));
        if !self.waits() {
            self.doubt.settled();
        }
        Some((sent, shown))
    }

    fn ages(&mut self, what: What) -> &mut Ages {
        match what {
            What::Open(..) => &mut self.openings_since,
            _ => &mut self.others_since,
        }
    }

    /// When the oldest request will have waited for its answer for longer than it should.
    fn overdue_at(&self, settings: &Settings) -> Option<Instant> {
        let opening = self.openings_since.oldest().map(|since| since + settings.longest_opening());
        let other = self.others_since.oldest().map(|since| since + settings.longest_answer());
        opening.into_iter().chain(other).min()
    }

    /// Whether the other node has left a request unanswered: it has answered the question of then, before which that
    /// was overdue. On a slow stream answers are late, but they keep their order.
    pub(super) fn is_neglected(&self, asked_at: Instant, settings: &Settings) -> bool {
        self.overdue_at(settings).is_some_and(|at| at <= asked_at)
    }

    /// Whether something waits that is answered at once.
    fn waits(&self) -> bool {
        self.sent.len() > self.openings_in_flight
    }

    /// Something came. Whether the other node was in doubt.
    pub(super) fn heard(&mut self, now: Instant) -> bool {
        self.heard_at = now;
        let waits = self.waits();
        self.doubt.heard(now, waits)
    }

    /// How many requests wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.sent.len()
    }

    /// What is to happen by now, if nothing else does.
    pub(super) fn next_step(&self, settings: &Settings) -> (Instant, Step) {
        if self.tunnels.is_empty() && self.sent.is_empty() {
            // Who has opened the link closes it, unless that node forgets to.
            let patience = if self.up.initiated { 1 } else { 2 };
            return (self.unused_since + settings.link_idle * patience, Step::Close);
        }
        let quiet_at = self.heard_at + settings.keep_alive;
        let (at, step) = match self.asked_at {
            None => (self.overdue_at(settings).map_or(quiet_at, |at| at.min(quiet_at)), Step::Ask),
            Some(asked_at) => {
                let silent_at = quiet_at.max(asked_at) + settings.silence;
                (silent_at.min(asked_at + settings.longest_question()), Step::GiveUp)
            }
        };
        match self.doubt.next_at(settings, self.window.ack_timeout()) {
            Some(doubt_at) if doubt_at < at => (doubt_at, Step::Doubt),
            _ => (at, step),
        }
    }

    /// Sets its timer.
    pub(super) fn set_timer(
        &mut self,
        now: Instant,
        id: LinkId,
        settings: &Settings,
        timers: &mut Timers<LinkId>,
    ) {
        let (at, _) = self.next_step(settings);
        // Requests that are sent later do not set it: none of them waits for too long before it goes off.
        let at = at.min(now + settings.longest_answer());
        timers.set(id, &mut self.deadline, Some(at));
    }

    /// Whether its timer would come too late to notice that nothing answers. Messages that are answered leave it as it
    /// is: it is set anew when it goes off.
    pub(super) fn must_wake_earlier(&self, settings: &Settings) -> bool {
        let doubt_at = self.doubt.next_at(settings, self.window.ack_timeout());
        doubt_at.is_some_and(|at| self.deadline.is_none_or(|deadline| at < deadline))
    }
}

/// What a link's timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The other node is asked whether it is there.
    Ask,
    /// It may be gone.
    Doubt,
    /// It is gone.
    GiveUp,
    /// Nobody needs the link.
    Close,
}

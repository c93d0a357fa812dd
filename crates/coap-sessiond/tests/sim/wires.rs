//! Nodes joined by perfect wires: every message arrives at once and in order, unless a link is cut.
use crate::node::{Node, node_of, peer};
use coap_proto::wire::Code;
use coap_sessiond::model::PeerId;
use coap_sessiond::protocol::{
    Action, LinkFailure, LinkId, LinkUp, MessageId, Reply, Request, Settings, Ticket,
};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Several nodes.
pub(crate) struct Wires {
    pub(crate) nodes: Vec<Node>,
    pub(crate) now: Instant,
    /// The other end of each link.
    pub(crate) ends: HashMap<(usize, LinkId), (usize, LinkId)>,
    /// Who waits for the answers to requests to open.
    pub(crate) tickets: HashMap<u64, (usize, LinkId, Option<MessageId>)>,
    pub(crate) next_ticket: u64,
    /// Messages that are on their way.
    pub(crate) under_way: VecDeque<Message>,
    pub(crate) is_stream: bool,
    pub(crate) max_payload: usize,
    /// Nothing arrives from or at these nodes.
    pub(crate) dead: Vec<usize>,
    /// So many answers to frames are lost, as CoAP never loses them.
    pub(crate) lost_answers: usize,
    /// Answers to requests to open are lost.
    pub(crate) loses_openings: bool,
    /// This node answers nothing.
    pub(crate) mute: Option<usize>,
    /// Payloads of requests that were sent, if wanted.
    pub(crate) record: Option<Vec<(Request, Vec<u8>)>>,
    /// Answers to requests to open.
    pub(crate) answers: Vec<Reply>,
    /// What has been spent of the Hop-Limit with which the entry's requests to open arrive.
    pub(crate) spent: u8,
    /// The most messages that were on their way.
    pub(crate) most: usize,
    /// Nobody knows the way to this node.
    pub(crate) unreachable: Option<PeerId>,
    pub(crate) settings: Settings,
    pub(crate) boots: u64,
}

pub(crate) struct Message {
    from: (usize, LinkId),
    id: Option<MessageId>,
    request: Request,
    payload: Vec<u8>,
}

impl Wires {
    pub(crate) fn new(count: usize) -> Self {
        Self::with(count, Settings::default())
    }

    pub(crate) fn with(count: usize, settings: Settings) -> Self {
        let now = Instant::now();
        let nodes = (0..count).map(|number| Node::new(number, settings.clone(), now, 1)).collect();
        Self {
            nodes,
            now,
            ends: HashMap::new(),
            tickets: HashMap::new(),
            next_ticket: 0,
            under_way: VecDeque::new(),
            is_stream: false,
            max_payload: 1024,
            dead: Vec::new(),
            lost_answers: 0,
            loses_openings: false,
            mute: None,
            record: None,
            answers: Vec::new(),
            spent: 0,
            most: 0,
            unreachable: None,
            settings,
            boots: 1,
        }
    }

    /// Lets everything happen that happens without time.
    pub(crate) fn settle(&mut self) {
        loop {
            let mut has_worked = false;
            for node in 0..self.nodes.len() {
                has_worked |= self.nodes[node].work(self.now);
                has_worked |= self.act(node);
            }
            self.most = self.most.max(self.under_way.len());
            while let Some(message) = self.under_way.pop_front() {
                self.arrive(message);
                has_worked = true;
            }
            if !has_worked {
                return;
            }
        }
    }

    /// Lets time pass, with all that happens meanwhile.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.settle();
            let next = self.nodes.iter().filter_map(|node| node.core.poll_timeout()).min();
            match next.filter(|at| *at <= end) {
                Some(at) => self.now = self.now.max(at),
                None => break,
            }
            for node in &mut self.nodes {
                node.core.handle_timeout(self.now);
            }
        }
        self.now = end;
    }

    /// The link between two nodes is cut, and both notice.
    pub(crate) fn cut(&mut self, one: usize, other: usize) {
        let is_between = |(a, _): &(usize, LinkId), (b, _): &(usize, LinkId)| *a == one && *b == other;
        let cut: Vec<_> = self.ends.iter().filter(|(a, b)| is_between(a, b)).map(|(a, b)| (*a, *b)).collect();
        for (a, b) in cut {
            for (node, link) in [a, b] {
                self.ends.remove(&(node, link));
                self.nodes[node].core.link_lost(self.now, link);
            }
        }
    }

    /// A node is killed and starts again at once, and the sessions of its links mean nothing to it: what is sent on
    /// them is lost.
    pub(crate) fn restart(&mut self, node: usize) {
        self.ends.retain(|(one, _), (other, _)| *one != node && *other != node);
        self.boots += 1;
        self.nodes[node] = Node::new(node, self.settings.clone(), self.now, self.boots);
    }

    /// CoAP repeats what a node has sent on its links.
    pub(crate) fn repeat(&mut self, node: usize, link: LinkId) {
        self.nodes[node].core.repeated(self.now, link);
    }

    /// Delivers a frame as if the node at the other end of a link had sent it; the code of the answer.
    pub(crate) fn forge(&mut self, to: usize, link: LinkId, payload: &[u8]) -> Code {
        self.nodes[to].core.frame_request(self.now, link, payload).code
    }

    /// The links of a node.
    pub(crate) fn links_of(&self, node: usize) -> Vec<LinkId> {
        let mut links: Vec<_> =
            self.ends.keys().filter(|(at, _)| *at == node).map(|(_, link)| *link).collect();
        links.sort();
        links
    }

    fn act(&mut self, node: usize) -> bool {
        let mut has_acted = false;
        while let Some(action) = self.nodes[node].core.poll() {
            has_acted = true;
            match self.nodes[node].act(self.now, action) {
                None => {}
                Some(Action::WantLink { peer: to }) => self.connect(node, node_of(to)),
                Some(Action::Send { link, message, request, payload }) => {
                    assert!(payload.len() <= self.max_payload, "{} bytes", payload.len());
                    if let Some(record) = &mut self.record {
                        record.push((request, payload.clone()));
                    }
                    self.under_way.push_back(Message { from: (node, link), id: message, request, payload });
                }
                Some(Action::Answer { ticket, reply, .. }) => self.answer(ticket, &reply),
                // Wires take no time.
                Some(Action::SetAckTimeout { .. }) => {}
                Some(Action::CloseLink { link }) => {
                    if let Some((other, at)) = self.ends.remove(&(node, link)) {
                        self.ends.remove(&(other, at));
                        self.nodes[other].core.link_lost(self.now, at);
                    }
                }
                Some(other) => panic!("{other:?}"),
            }
        }
        has_acted
    }

    fn connect(&mut self, from: usize, to: usize) {
        if to >= self.nodes.len() || self.unreachable == Some(peer(to)) {
            return self.nodes[from].core.link_failed(self.now, &peer(to), LinkFailure::Unknown);
        }
        if self.dead.contains(&to) {
            let why = LinkFailure::Unreachable("it is dead".to_owned());
            return self.nodes[from].core.link_failed(self.now, &peer(to), why);
        }
        let up = |peer, initiated| LinkUp {
            peer: Some(peer),
            initiated,
            is_stream: self.is_stream,
            max_payload: self.max_payload,
        };
        let (here, there) = (up(peer(to), true), up(peer(from), false));
        let there = (to, self.nodes[to].core.link_up(self.now, there));
        let here = (from, self.nodes[from].core.link_up(self.now, here));
        self.ends.insert(here, there);
        self.ends.insert(there, here);
    }

    fn arrive(&mut self, message: Message) {
        let Message { from, id, request, payload } = message;
        let Some(&(node, link)) = self.ends.get(&from) else { return };
        if self.dead.contains(&node) || self.dead.contains(&from.0) {
            return;
        }
        let core = &mut self.nodes[node].core;
        let reply = match request {
            Request::Open { hop_limit } => {
                let hop_limit = if from.0 == 0 { hop_limit - self.spent } else { hop_limit };
                self.next_ticket += 1;
                self.tickets.insert(self.next_ticket, (from.0, from.1, id));
                core.open_request(self.now, link, hop_limit, &payload, Ticket(self.next_ticket))
            }
            Request::Frame | Request::Datagram => Some(core.frame_request(self.now, link, &payload)),
            Request::KeepAlive => Some(core.keep_alive_request(self.now, link)),
        };
        match (reply, request) {
            (Some(reply), Request::Open { .. }) => self.answer(Ticket(self.next_ticket), &reply),
            (Some(_), _) if self.mute == Some(node) => {}
            (Some(_), Request::Frame) if self.lost_answers > 0 => self.lost_answers -= 1,
            (Some(reply), _) => {
                if let Some(id) = id {
                    self.nodes[from.0].core.response(self.now, from.1, id, &reply);
                }
            }
            (None, _) => {}
        }
    }

    fn answer(&mut self, ticket: Ticket, reply: &Reply) {
        let (node, link, id) = self.tickets.remove(&ticket.0).expect("answered once");
        let id = id.expect("openings are answered");
        self.answers.push(reply.clone());
        if !self.dead.contains(&node) && !self.loses_openings {
            self.nodes[node].core.response(self.now, link, id, reply);
        }
    }

    /// Requests to open that nobody has answered.
    pub(crate) fn unanswered(&self) -> usize {
        self.tickets.len()
    }
}

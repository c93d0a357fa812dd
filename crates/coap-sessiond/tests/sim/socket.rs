//! Local sockets: what connects to listeners, and targets.
use coap_sessiond::protocol::{Core, End, Ending, TunnelId};
use fastrand::Rng;
use std::time::Instant;

/// One end of a tunnel.
#[derive(Debug, Default)]
pub(crate) struct Socket {
    /// What is sent.
    pub(crate) sends: Vec<u8>,
    pub(crate) sent: usize,
    /// It closes for writing when all was sent.
    pub(crate) finishes: bool,
    pub(crate) has_finished: bool,
    /// It sends back what it gets, and closes when that has ended.
    pub(crate) echoes: bool,
    /// There is something to read, as far as it was told.
    pub(crate) has_news: bool,
    /// Bytes or datagrams of a reliable tunnel that it takes at a time; 0: it does not read.
    pub(crate) reads: usize,
    /// What it has got.
    pub(crate) got: Vec<u8>,
    pub(crate) datagrams: Vec<Vec<u8>>,
    /// The other end has closed.
    pub(crate) got_end: bool,
    pub(crate) is_open: bool,
    pub(crate) ending: Option<Ending>,
    /// How often it heard that there is room again.
    pub(crate) resumed: usize,
}

impl Socket {
    /// One that sends bytes, then closes for writing.
    pub(crate) fn sending(bytes: Vec<u8>) -> Self {
        Self { sends: bytes, finishes: true, ..Self::open() }
    }

    /// One that says nothing.
    pub(crate) fn open() -> Self {
        Self { reads: usize::MAX, ..Self::default() }
    }

    /// One that sends everything back.
    pub(crate) fn echo() -> Self {
        Self { echoes: true, ..Self::open() }
    }

    /// Reads and writes as much as goes. `false`: nothing went.
    pub(crate) fn work(&mut self, core: &mut Core, now: Instant, tunnel: TunnelId) -> bool {
        if self.ending.is_some() {
            return false;
        }
        let mut has_worked = false;
        let waiting = &self.sends[self.sent..];
        let taken = if waiting.is_empty() { 0 } else { core.local_data(now, tunnel, waiting) };
        self.sent += taken;
        has_worked |= taken > 0;
        let has_all = self.sent == self.sends.len() && self.is_open;
        if has_all && !self.has_finished && (self.finishes || (self.echoes && self.got_end)) {
            self.has_finished = true;
            core.local_finished(now, tunnel);
            has_worked = true;
        }
        if !self.has_news {
            return has_worked;
        }
        has_worked |= self.take_records(core, now, tunnel);
        let [first, second] = core.readable(tunnel);
        let from = self.got.len();
        self.got.extend(first.iter().chain(second).take(self.reads));
        let count = self.got.len() - from;
        if self.echoes {
            self.sends.extend_from_slice(&self.got[from..]);
        }
        if count > 0 {
            core.local_taken(now, tunnel, count);
            self.has_news = !core.readable(tunnel)[0].is_empty();
        }
        has_worked || count > 0
    }

    /// Reads datagrams of a reliable tunnel, as many as it takes at a time.
    fn take_records(&mut self, core: &mut Core, now: Instant, tunnel: TunnelId) -> bool {
        for count in 0..self.reads {
            let Some(record) = core.readable_record(tunnel) else {
                self.has_news &= !core.readable(tunnel)[0].is_empty();
                return count > 0;
            };
            self.datagrams.push(record.into_owned());
            core.record_taken(now, tunnel, true);
        }
        self.reads > 0
    }

    pub(crate) fn end(&self) -> Option<End> {
        self.ending.as_ref().map(|ending| ending.end)
    }
}

/// Bytes that do not repeat.
pub(crate) fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    (0..length).map(|_| rng.u8(..)).collect()
}

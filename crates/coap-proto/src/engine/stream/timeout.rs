//! What happens to streams when time passes.
use super::Engine;
use super::connection::Stage;
use crate::engine::SessionId;

/// So many deadlines are served before others get their turn.
const TURN: usize = 1024;

impl Engine {
    /// Serves the deadlines of streams that are over.
    pub(in crate::engine) fn serve_streams(&mut self) {
        for _ in 0..TURN {
            let Some(slot) = self.streams.timers.pop_due(self.now) else { break };
            if let Some(id) = self.sessions.at(slot) {
                self.serve_stream(id);
            }
        }
        self.continue_streams();
    }

    fn serve_stream(&mut self, id: SessionId) {
        let now = self.now;
        let Some(connection) = self.connection_mut(id) else { return };
        connection.armed = None;
        if connection.deadline().is_none_or(|at| at > now) {
            return self.settle_stream(id);
        }
        match connection.stage {
            Stage::Draining(_) => {
                connection.output.clear();
                connection.stage = Stage::Gone;
                self.attend_to_stream(id);
                self.settle_stream(id);
            }
            _ if connection.flush_by.is_some_and(|at| at <= now) => self.end_flushing(id),
            _ if connection.goodbye_by.is_some_and(|at| at <= now) => self.resume_stream(id),
            _ if connection.write_by.is_some_and(|at| at <= now) => {
                self.abort_stream(id, "what is written is not read");
            }
            _ if !connection.has_csm => self.abort_stream(id, "CSM is missing"),
            _ => self.abort_stream(id, "message is incomplete"),
        }
    }

    /// What was written before a session was released has not gone out in time. Somebody may need it again.
    fn end_flushing(&mut self, id: SessionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.flush_by = None;
        }
        match self.sessions.get(id).is_some_and(|session| session.is_held()) {
            true => self.settle_stream(id),
            false => self.end(id),
        }
    }
}

//! Responses to this node's requests that are blocks of something larger, or answers to blocks.
use super::client::Client;
use super::quick::later_payload;
use super::store::TransferId;
use crate::block::quick::{is_about_body, is_quick};
use crate::block::{Acknowledged, Arrival, BadBlock, BlockMode, Extent, announced_size, block_option_up_to};
use crate::engine::echo::proof_asked;
use crate::engine::exchange::Role;
use crate::engine::log::log;
use crate::engine::{Engine, Event, NackReason, ResponseEvent, ResponseTicket, SessionEvent, SessionId};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option};
use std::time::Duration;

/// Answers to messages that were sent twice do not come later than this.
pub(super) const LATE: Duration = Duration::from_secs(100);

/// A response, and the message that it answers where that is known.
pub(super) struct Incoming {
    sent: Option<Pdu>,
    pub(super) received: Pdu,
    pub(super) ticket: ResponseTicket,
}

impl Engine {
    /// A response for the application, or for what the engine does in its stead.
    pub(in crate::engine) fn deliver_response(&mut self, id: SessionId, sent: Option<Pdu>, received: Pdu) {
        let origin = match received.kind() {
            MessageType::Ack => self.origin(id),
            kind => self.begin(id, kind, self.digest(id, &received)),
        };
        let Some(origin) = origin else { return };
        let ticket = ResponseTicket { origin, kind: received.kind(), mid: received.mid() };
        let known = self.transfers.with_token(&self.sessions, id, received.token());
        let at = known.or_else(|| self.begin_following(id, sent.as_ref()?, &received));
        let proves = at.and_then(|at| self.transfers.client(at)).is_some_and(|it| it.may_prove(&received));
        if !proves {
            self.keep_echo(id, &received);
        }
        let incoming = Incoming { sent, received, ticket };
        match at {
            Some(at) => self.continue_request(at, incoming),
            None if self.reject_missing_blocks(id, &incoming.received) => {}
            None => self.deliver_alone(incoming),
        }
    }

    /// A response has the first block of several, or asks for an Echo.
    fn begin_following(&mut self, id: SessionId, request: &Pdu, response: &Pdu) -> Option<TransferId> {
        let is_first = |block: BlockValue| block.num == 0 && block.more && response.code().class() == 2;
        let block = block_option_up_to(response, option::BLOCK2, self.largest_szx(id));
        let is_first = block.is_ok_and(|block| block.is_some_and(is_first));
        // Those that do not wait for each other may come in any order.
        let has_more = (is_first || later_payload(response).is_some())
            && self.block_mode(id).has(BlockMode::USE_LIBCOAP)
            && self.may_follow(id, request);
        let is_wanted = has_more || proof_asked(response).is_some() && self.gives_proof(id);
        if is_wanted { self.keep_request(id, request.clone(), None) } else { None }
    }

    fn continue_request(&mut self, at: TransferId, incoming: Incoming) {
        let session = incoming.ticket.origin.session;
        let Some(client) = self.transfers.client_mut(at) else { return };
        if client.done {
            // Who goes on sending blocks to somebody who has given up is told so.
            let is_wanted = !client.failed || later_payload(&incoming.received).is_none();
            return self.answer_response(incoming.ticket, is_wanted);
        }
        let is_current = client.token() == incoming.received.token();
        if !is_current && client.is_retired(incoming.received.token()) {
            return self.finish_incoming(incoming);
        }
        client.was_answered(&incoming.received);
        if client.may_prove(&incoming.received) {
            self.send_proof(at, &incoming.received);
            return self.finish_incoming(incoming);
        }
        if client.quick_upload.is_some() {
            return self.continue_quick_upload(at, incoming);
        }
        // Overtaken by the response, or by the first block of it.
        if client.went_in_quick_blocks() && is_about_body(&incoming.received) {
            return self.finish_incoming(incoming);
        }
        // Late: that block was sent again and answered already, or a newer notification came since.
        let is_late = !is_current
            && !client.is_registered_by(incoming.received.token())
            && later_payload(&incoming.received).is_none();
        if is_late && client.observing || !is_current && client.upload.is_some() {
            return self.finish_incoming(incoming);
        }
        let Some(upload) = &mut client.upload else { return self.continue_download(at, incoming) };
        match upload.acknowledge(&incoming.received) {
            Acknowledged::Continue | Acknowledged::StartOver => {
                self.send_upload(at);
                self.finish_incoming(incoming);
            }
            Acknowledged::Final => {
                if let Some(upload) = client.upload.take() {
                    self.release_body(session, upload.into_body());
                }
                self.continue_download(at, incoming);
            }
        }
    }

    pub(super) fn continue_download(&mut self, at: TransferId, incoming: Incoming) {
        let alone = self.transfers.client(at).is_some_and(Client::wants_one_block);
        if alone {
            let extent = self.extent_alone(&incoming);
            self.deliver_of(at, incoming, extent);
            return self.finish_transfer(at);
        }
        if let Some(block) = later_payload(&incoming.received) {
            return self.take_payload(at, block, incoming);
        }
        if incoming.received.code() == Code::BAD_REQUEST && self.has_outgrown(at) {
            return self.get_all_anew(at, incoming);
        }
        let is_success = incoming.received.code().class() == 2;
        let may_miss_block =
            |client: &Client| client.observing && !client.is_registered_by(incoming.received.token());
        let is_block_missing = !is_success && self.transfers.client(at).is_some_and(may_miss_block);
        if is_block_missing && self.ask_state_anew(at) {
            return self.finish_incoming(incoming);
        }
        let largest = self.largest_szx(incoming.ticket.origin.session);
        match block_option_up_to(&incoming.received, option::BLOCK2, largest) {
            Ok(Some(block)) if is_success && (block.more || block.num > 0) => {
                self.take_response_block(at, block, incoming);
            }
            _ => self.deliver_whole(at, incoming),
        }
    }

    /// A response that is no block, or the only one.
    fn deliver_whole(&mut self, at: TransferId, mut incoming: Incoming) {
        let Some(client) = self.transfers.client_mut(at) else { return };
        client.note_observation(&incoming.received);
        if client.joins() && incoming.received.code().class() == 2 {
            incoming.received.remove_option(option::BLOCK2);
            incoming.received.remove_option(option::Q_BLOCK2);
            if let Some(observe) = client.download.observe() {
                // A body that changed was asked for anew, and fits into one message now.
                incoming.received.set_max_size(0);
                let _ = incoming.received.update_option(option::OBSERVE, observe);
            }
        }
        let extent = Extent::whole(&incoming.received);
        self.deliver_of(at, incoming, extent);
        self.finish_transfer(at);
    }

    fn take_response_block(&mut self, at: TransferId, block: BlockValue, incoming: Incoming) {
        let limit = self.download_limit(at, incoming.received.payload().len());
        let is_notification =
            self.transfers.client(at).is_some_and(|client| client.is_notification(&incoming.received, block));
        if is_notification {
            self.want_another_body(at);
        }
        let Some(client) = self.transfers.client_mut(at) else { return };
        if is_notification {
            client.download.begin_anew();
        }
        let is_first = client.download.is_fresh();
        if is_first {
            client.prepare_download(&incoming.received);
        }
        let taken = client.download.take(&incoming.received, block, limit);
        if is_first && taken.is_ok() {
            client.note_observation(&incoming.received);
        }
        let joins = client.joins();
        self.transfers.touch(&mut self.sessions, at);
        match taken {
            Ok(Arrival::More(_)) => {
                self.send_download(at, incoming.received.kind());
                if joins { self.finish_incoming(incoming) } else { self.deliver_block(at, block, incoming) }
            }
            Ok(Arrival::Last) if joins => self.deliver_joined(at, incoming),
            Ok(Arrival::Last) => {
                self.deliver_block(at, block, incoming);
                self.finish_transfer(at);
            }
            Ok(Arrival::Duplicate) => self.finish_incoming(incoming),
            Ok(Arrival::Changed(_)) => {
                self.begin_download_anew(at, joins, incoming.received.kind());
                self.finish_incoming(incoming);
            }
            Err(reason) => self.give_up_download(at, reason, incoming.ticket),
        }
    }

    /// The whole body has come: the response with its last block becomes the response with all of it.
    fn deliver_joined(&mut self, at: TransferId, mut incoming: Incoming) {
        let Some(client) = self.transfers.client_mut(at) else { return };
        let received = &mut incoming.received;
        received.set_max_size(0);
        received.remove_option(option::BLOCK2);
        // Without a size limit, options and payloads always fit.
        if let Some(observe) = client.download.observe() {
            let _ = received.update_option(option::OBSERVE, observe);
        }
        let _ = received.update_token(client.app_token());
        client.download.give_to(received);
        let extent = Extent::whole(received);
        self.deliver_of(at, incoming, extent);
        self.finish_transfer(at);
    }

    fn deliver_block(&mut self, at: TransferId, block: BlockValue, incoming: Incoming) {
        let announced = announced_size(&incoming.received, option::SIZE2);
        let extent = Extent::of_block(&incoming.received, block, announced);
        self.deliver_of(at, incoming, extent);
    }

    fn begin_download_anew(&mut self, at: TransferId, joins: bool, kind: MessageType) {
        log!(self, Warn, "Data body updated during receipt - new request started");
        if !joins && let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) {
            self.tell(session, SessionEvent::PartialBlock);
        }
        self.want_another_body(at);
        let client = self.transfers.client(at);
        // A first block that shows that the server notifies is that of a whole request.
        if client.is_some_and(|client| client.can_be_asked_anew() && !client.observing) {
            self.send_download(at, kind);
        } else if !self.ask_state_anew(at) {
            self.fail(at, NackReason::BadResponse);
        }
    }

    /// Blocks of the body so far are not asked for any more, and not taken: without ETags nothing else would tell
    /// them from blocks of the next.
    fn want_another_body(&mut self, at: TransferId) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let asked = self.transfers.client_mut(at).map(|client| client.retire_tokens());
        for token in asked.into_iter().flatten() {
            self.finish_exchanges(session, &token, &[Role::Asking, Role::Other]);
        }
    }

    pub(super) fn give_up_download(&mut self, at: TransferId, reason: BadBlock, ticket: ResponseTicket) {
        log!(self, Warn, "response given up: {reason}");
        if !self.give_up_notification(at) {
            self.fail(at, NackReason::BadResponse);
        }
        self.settle_response(ticket);
    }

    /// A request got its response. One that observes waits for the next.
    pub(super) fn finish_transfer(&mut self, at: TransferId) {
        match self.transfers.client_mut(at) {
            Some(client) if client.observing => {
                client.was_completed();
                self.await_notification(at);
            }
            Some(client) if client.may_get_late_answers() => {
                client.done = true;
                self.transfers.set_timer(at, self.now + LATE);
            }
            _ => {
                self.end_client(at);
            }
        }
    }

    fn await_notification(&mut self, at: TransferId) {
        self.want_another_body(at);
        if let Some(client) = self.transfers.client_mut(at) {
            client.begin_anew();
        }
        self.transfers.clear_timer(at);
        self.transfers.touch(&mut self.sessions, at);
    }

    /// A notification does not come whole. The observation goes on: the next one shows a newer state anyway. `false`:
    /// it is none.
    pub(super) fn give_up_notification(&mut self, at: TransferId) -> bool {
        let Some(transfer) = self.transfers.get(at) else { return false };
        let session = transfer.session;
        if !self.transfers.client(at).is_some_and(|client| client.is_notified()) {
            return false;
        }
        self.tell(session, SessionEvent::PartialBlock);
        self.await_notification(at);
        true
    }

    /// Gives a response of a request to the application, which knows that by the token that it chose.
    pub(super) fn deliver_of(&mut self, at: TransferId, mut incoming: Incoming, extent: Extent) {
        if let Some(client) = self.transfers.client(at) {
            incoming.received.set_max_size(0);
            let messages = [Some(&mut incoming.received), incoming.sent.as_mut()];
            for message in messages.into_iter().flatten() {
                let _ = message.update_token(client.app_token());
            }
        }
        self.deliver(incoming, extent);
    }

    fn deliver_alone(&mut self, incoming: Incoming) {
        let extent = self.extent_alone(&incoming);
        self.deliver(incoming, extent);
    }

    /// Where the payload of a response belongs that is not joined with others.
    fn extent_alone(&self, incoming: &Incoming) -> Extent {
        let number = if is_quick(&incoming.received) { option::Q_BLOCK2 } else { option::BLOCK2 };
        let largest = self.largest_szx(incoming.ticket.origin.session);
        match block_option_up_to(&incoming.received, number, largest) {
            Ok(Some(block))
                if self.block_mode(incoming.ticket.origin.session).has(BlockMode::USE_LIBCOAP) =>
            {
                Extent::of_block(&incoming.received, block, announced_size(&incoming.received, option::SIZE2))
            }
            _ => Extent::whole(&incoming.received),
        }
    }

    fn deliver(&mut self, incoming: Incoming, extent: Extent) {
        let Incoming { sent, received, ticket } = incoming;
        let session = ticket.origin.session;
        if self.take_forwarded(&received, ticket) {
            return;
        }
        self.hand_out(session);
        let event = ResponseEvent { session, sent, received, extent, ticket };
        self.events.push_back(Event::Response(Box::new(event)));
    }

    /// The engine itself has looked at a response, and nobody else will.
    pub(super) fn finish_incoming(&mut self, incoming: Incoming) {
        self.settle_response(incoming.ticket);
        self.reuse_pdu(incoming.received);
        if let Some(sent) = incoming.sent {
            self.reuse_pdu(sent);
        }
    }

    /// The engine itself has looked at a response.
    pub(super) fn settle_response(&mut self, ticket: ResponseTicket) {
        self.answer_response(ticket, true);
    }
}

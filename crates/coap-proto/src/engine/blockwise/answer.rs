//! Responses to this node's requests that are blocks of something larger, or answers to blocks.
use super::store::TransferId;
use crate::block::{Acknowledged, Arrival, BadBlock, BlockMode, Extent, announced_size, block_option};
use crate::engine::log::log;
use crate::engine::{Engine, Event, NackReason, ResponseEvent, ResponseTicket, SessionEvent, SessionId};
use crate::wire::{BlockValue, MessageType, Pdu, option};
use std::time::Duration;

/// Answers to messages that were sent twice do not come later than this.
const LATE: Duration = Duration::from_secs(100);

/// A response, and the message that it answers where that is known.
struct Incoming {
    sent: Option<Pdu>,
    received: Pdu,
    ticket: ResponseTicket,
}

impl Engine {
    /// A response for the application, or for what the engine does in its stead.
    pub(in crate::engine) fn deliver_response(&mut self, id: SessionId, sent: Option<Pdu>, received: Pdu) {
        let Some(origin) = self.origin(id, self.digest(id, &received)) else { return };
        let ticket = ResponseTicket { origin, kind: received.kind(), mid: received.mid() };
        if received.kind() != MessageType::Ack {
            self.remember(origin, received.kind());
        }
        let known = self.transfers.with_token(id, received.token());
        let at = known.or_else(|| self.begin_download(id, sent.as_ref()?, &received));
        let incoming = Incoming { sent, received, ticket };
        match at {
            Some(at) => self.continue_request(at, incoming),
            None => self.deliver_alone(incoming),
        }
    }

    /// A response has the first block of several.
    fn begin_download(&mut self, id: SessionId, request: &Pdu, response: &Pdu) -> Option<TransferId> {
        let block = block_option(response, option::BLOCK2).ok()??;
        let wanted = block.num == 0
            && block.more
            && response.code().class() == 2
            && self.block_mode(id).has(BlockMode::USE_LIBCOAP)
            && self.may_follow(id, request);
        if wanted { self.keep_request(id, request.clone(), None) } else { None }
    }

    fn continue_request(&mut self, at: TransferId, incoming: Incoming) {
        let session = incoming.ticket.origin.session;
        let Some(client) = self.transfers.client_mut(at) else { return };
        if client.done {
            return self.settle_response(incoming.ticket);
        }
        client.was_answered();
        let is_current = client.token() == incoming.received.token();
        let Some(upload) = &mut client.upload else { return self.continue_download(at, incoming) };
        if !is_current {
            // Late: that block was sent again and answered already.
            return self.settle_response(incoming.ticket);
        }
        match upload.acknowledge(&incoming.received) {
            Acknowledged::Continue | Acknowledged::StartOver => {
                self.send_upload(at);
                self.settle_response(incoming.ticket);
            }
            Acknowledged::Final => {
                if let Some(upload) = client.upload.take() {
                    self.release_body(session, upload.into_body());
                }
                self.continue_download(at, incoming);
            }
        }
    }

    fn continue_download(&mut self, at: TransferId, incoming: Incoming) {
        match block_option(&incoming.received, option::BLOCK2) {
            Ok(Some(block)) if incoming.received.code().class() == 2 && (block.more || block.num > 0) => {
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
        }
        let extent = Extent::whole(&incoming.received);
        self.deliver_of(at, incoming, extent);
        self.finish_transfer(at);
    }

    fn take_response_block(&mut self, at: TransferId, block: BlockValue, incoming: Incoming) {
        let limit = self.download_limit(at, incoming.received.payload().len());
        let Some(client) = self.transfers.client_mut(at) else { return };
        if client.is_notification(&incoming.received, block) {
            client.download.begin_anew();
        }
        let is_first = client.download.is_fresh();
        let taken = client.download.take(&incoming.received, block, limit);
        if is_first && taken.is_ok() {
            client.note_observation(&incoming.received);
        }
        let joins = client.joins();
        self.transfers.touch(&mut self.sessions, at);
        match taken {
            Ok(Arrival::More(_)) => {
                self.send_download(at, incoming.received.kind());
                if joins {
                    self.settle_response(incoming.ticket)
                } else {
                    self.deliver_block(at, block, incoming)
                }
            }
            Ok(Arrival::Last) if joins => self.deliver_joined(at, incoming),
            Ok(Arrival::Last) => {
                self.deliver_block(at, block, incoming);
                self.finish_transfer(at);
            }
            Ok(Arrival::Duplicate) => self.settle_response(incoming.ticket),
            Ok(Arrival::Changed(_)) => {
                self.begin_download_anew(at, joins, incoming.received.kind());
                self.settle_response(incoming.ticket);
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
        received.clear_payload();
        let _ = received.set_payload(&client.download.take_bytes());
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
        self.send_download(at, kind);
    }

    fn give_up_download(&mut self, at: TransferId, reason: BadBlock, ticket: ResponseTicket) {
        log!(self, Warn, "response given up: {reason}");
        self.fail(at, NackReason::BadResponse);
        self.settle_response(ticket);
    }

    /// A request got its response. One that observes waits for the next.
    fn finish_transfer(&mut self, at: TransferId) {
        match self.transfers.client_mut(at) {
            Some(client) if client.observing => {
                client.download.begin_anew();
                for token in client.forget_tokens() {
                    self.transfers.remove_token(at, &token);
                }
                self.transfers.clear_timer(at);
                self.transfers.touch(&mut self.sessions, at);
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

    /// Gives a response of a request to the application, which knows that by the token that it chose.
    fn deliver_of(&mut self, at: TransferId, mut incoming: Incoming, extent: Extent) {
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
        let extent = match block_option(&incoming.received, option::BLOCK2) {
            Ok(Some(block))
                if self.block_mode(incoming.ticket.origin.session).has(BlockMode::USE_LIBCOAP) =>
            {
                Extent::of_block(&incoming.received, block, announced_size(&incoming.received, option::SIZE2))
            }
            _ => Extent::whole(&incoming.received),
        };
        self.deliver(incoming, extent);
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

    /// The engine itself has looked at a response.
    fn settle_response(&mut self, ticket: ResponseTicket) {
        self.answer_response(ticket, true);
    }
}

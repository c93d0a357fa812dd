//! Responses to this node's requests whose blocks do not wait for each other.
use crate::block::quick::{QuickArrival, QuickDownload, Said, Step, lists_missing_blocks};
use crate::block::{Extent, block_option};
use crate::engine::blockwise::answer::Incoming;
use crate::engine::blockwise::client::{Client, Want};
use crate::engine::blockwise::store::TransferId;
use crate::engine::exchange::Role;
use crate::engine::log::log;
use crate::engine::{Engine, NackReason, SessionId};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option};

impl Engine {
    /// A response came to a block of a request's body.
    pub(in crate::engine::blockwise) fn continue_quick_upload(&mut self, at: TransferId, incoming: Incoming) {
        let session = incoming.ticket.origin.session;
        let Some(client) = self.transfers.client_mut(at) else { return };
        let Some(upload) = &mut client.quick_upload else { return };
        match upload.answer(&incoming.received) {
            Said::Progress => {
                self.finish_incoming(incoming);
                self.push(at);
            }
            Said::Nothing => {
                log!(self, Info, "Invalid application/missing-blocks+cbor-seq");
                self.finish_incoming(incoming);
            }
            Said::Final => {
                let body = client.quick_upload.take();
                if client.request().kind() == MessageType::Non {
                    client.expect_late_answers();
                }
                self.end_payloads(at);
                if let Some(upload) = body {
                    self.release_body(session, upload.into_body());
                }
                self.continue_download(at, incoming);
            }
        }
    }

    /// A response came that nobody waits for. `true`: it was about the blocks of a request's body that is sent no
    /// more, and is rejected, so that the server forgets what it has of it (RFC 9177 section 4.3).
    pub(in crate::engine::blockwise) fn reject_missing_blocks(
        &mut self,
        id: SessionId,
        response: &Pdu,
    ) -> bool {
        let is_about_blocks = response.code() == Code::INCOMPLETE && lists_missing_blocks(response);
        let is_ours =
            is_about_blocks && self.sessions.get(id).is_some_and(|session| session.speaks_q_block());
        if is_ours {
            self.reject(id, response.kind(), response.mid());
        }
        is_ours
    }

    /// A block of a response's body came.
    pub(in crate::engine::blockwise) fn take_payload(
        &mut self,
        at: TransferId,
        block: BlockValue,
        incoming: Incoming,
    ) {
        let session = incoming.ticket.origin.session;
        let limit = self.download_limit(at, incoming.received.payload().len());
        let set = self.parameters(session).max_payloads;
        let Some(client) = self.transfers.client_mut(at) else { return };
        let has_observe = incoming.received.option(option::OBSERVE).is_some();
        let (pushed, is_first) = (client.observing && has_observe, client.is_fresh());
        let download = client.quick_download.get_or_insert_with(|| Box::new(QuickDownload::new(set)));
        let taken = download.take(&incoming.received, block, (limit, pushed));
        // Blocks that were asked for again say nothing about the observation.
        if is_first && taken.is_ok() && (has_observe || !client.may_get_late_answers()) {
            client.note_observation(&incoming.received);
        }
        self.transfers.touch(&mut self.sessions, at);
        match taken {
            Ok(QuickArrival::Useless) => self.finish_incoming(incoming),
            Ok(QuickArrival::Partial(step)) => {
                let kind = incoming.received.kind();
                self.finish_incoming(incoming);
                self.follow_up(at, kind, step);
            }
            Ok(QuickArrival::Whole) => self.deliver_quick(at, incoming),
            Ok(QuickArrival::Changed) => self.get_all_anew(at, incoming),
            Err(reason) => self.give_up_download(at, reason, incoming.ticket),
        }
    }

    /// Blocks that are missing are refused: the server has kept nothing of the body, and what it has now is shorter.
    /// `true`: then all of that is wanted, if it has not changed too often already.
    pub(in crate::engine::blockwise) fn has_outgrown(&mut self, at: TransferId) -> bool {
        let download = self.transfers.client_mut(at).and_then(|client| client.quick_download.as_mut());
        download.is_some_and(|download| !download.is_fresh() && download.restart().is_ok())
    }

    /// The body has changed: what came is of no use.
    pub(in crate::engine::blockwise) fn get_all_anew(&mut self, at: TransferId, incoming: Incoming) {
        log!(self, Warn, "Data body updated during receipt - new request started");
        let kind = incoming.received.kind();
        self.finish_incoming(incoming);
        if self.transfers.client(at).is_some_and(Client::can_be_asked_anew) {
            self.ask(at, kind, Want::All);
        } else if !self.ask_state_anew(at) {
            self.fail(at, NackReason::BadResponse);
        }
    }

    /// Asks for more of a response, and waits for it.
    pub(in crate::engine::blockwise) fn ask(&mut self, at: TransferId, kind: MessageType, want: Want) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let with_m = self.block_mode(session).has(crate::block::BlockMode::USE_M_Q_BLOCK);
        let message = self.new_message(at, |client, blank| client.quick_request(blank, kind, want, with_m));
        let sent = message.and_then(|(session, pdu)| self.submit(session, pdu).ok());
        match sent {
            Some(_) => self.wait_for_payloads(at),
            None => self.fail(at, NackReason::NotDeliverable),
        }
    }

    /// Something is missing, and nothing has come for too long.
    pub(in crate::engine::blockwise) fn ask_again(&mut self, at: TransferId, session: SessionId) {
        let limit = self.parameters(session).non_max_retransmit;
        let Some(client) = self.transfers.client_mut(at) else { return };
        let kind = if client.is_non_confirmable() { MessageType::Non } else { MessageType::Con };
        let may = client.quick_download.as_mut().is_some_and(|download| download.retry(limit));
        match may {
            true => self.ask(at, kind, Want::Missing),
            false => self.fail(at, NackReason::TooManyRetries),
        }
    }

    /// Confirmable blocks come by themselves, or are given up (RFC 9177 section 4.4).
    fn follow_up(&mut self, at: TransferId, kind: MessageType, step: Step) {
        if let Some(client) = self.transfers.client_mut(at) {
            client.comes_as(kind);
        }
        match step {
            Step::Continue(_) | Step::Ask if kind == MessageType::Non => {
                self.ask(at, kind, Want::After(step))
            }
            _ => self.wait_for_payloads(at),
        }
    }

    fn wait_for_payloads(&mut self, at: TransferId) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let parameters = self.parameters(session);
        let Some(client) = self.transfers.client(at) else { return };
        let retries = client.quick_download.as_ref().map_or(0, |download| download.retries());
        let wait = parameters.non_receive_wait(retries);
        let wait = match client.is_non_confirmable() {
            true => wait.min(parameters.non_partial_timeout()),
            false => wait.max(parameters.max_transmit_span()),
        };
        self.transfers.set_timer(at, self.now + wait);
    }

    /// The whole body has come: the response with the block that came last becomes the response with all of it.
    fn deliver_quick(&mut self, at: TransferId, mut incoming: Incoming) {
        let Some(client) = self.transfers.client_mut(at) else { return };
        let Some(download) = &mut client.quick_download else { return };
        let received = &mut incoming.received;
        received.set_max_size(0);
        received.remove_option(option::Q_BLOCK2);
        // Without a size limit, options and payloads always fit.
        if let Some(observe) = download.observe() {
            let _ = received.update_option(option::OBSERVE, observe);
        }
        received.clear_payload();
        let _ = received.set_payload(&download.take_bytes());
        let (session, extent) = (incoming.ticket.origin.session, Extent::whole(received));
        // Its messages may be under way still, if their acknowledgements were lost, or wait for their turn.
        for token in client.tokens() {
            self.finish_exchanges(session, &token, &[Role::Asking, Role::Other]);
        }
        self.deliver_of(at, incoming, extent);
        self.finish_transfer(at);
    }
}

/// A block of a response's body that is not all of it.
pub(in crate::engine) fn later_payload(response: &Pdu) -> Option<BlockValue> {
    let block = block_option(response, option::Q_BLOCK2).ok()??;
    (response.code().class() == 2 && (block.more || block.num > 0)).then_some(block)
}

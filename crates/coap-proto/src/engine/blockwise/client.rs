//! A request of this node that takes more than one message.
use super::store::Family;
use crate::block::quick::{QuickDownload, QuickUpload, Step};
use crate::block::{Body, Download, Upload};
use crate::engine::q_block::fall_back;
use crate::wire::{BlockValue, MessageType, Pdu, PduError, option};
use std::collections::VecDeque;

/// Tokens that are known of one request, besides its own: those of answers that may come late.
const MAX_TOKENS: usize = 8;

/// What is asked for of a response whose blocks do not wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// The whole body.
    All,
    /// What follows from the block that came last.
    After(Step),
    /// What is missing, since nothing has come for too long.
    Missing,
}

/// A request of this node: as long as its body is sent, then until its response's body has come.
#[derive(Debug)]
pub(super) struct Client {
    /// The request as the application sent it, without what differs between blocks: Block1 or Q-Block1 and the
    /// payload.
    request: Pdu,
    /// The body that goes out, until its last block is answered.
    pub(super) upload: Option<Upload>,
    pub(super) download: Download,
    /// The same two in blocks that do not wait for each other.
    pub(super) quick_upload: Option<QuickUpload>,
    pub(super) quick_download: Option<Box<QuickDownload>>,
    /// Messages with blocks of its body so far, and what their tokens begin with.
    family: Option<(Family, u32)>,
    /// Tokens of its messages but the first one, whose token is the request's own: that under way is the
    /// last.
    tokens: VecDeque<Box<[u8]>>,
    /// So many of them, from the front, asked for blocks of a body that has come or was given up.
    retired: usize,
    /// The server accepted to notify (RFC 7641): responses with the request's token go on coming.
    pub(super) observing: bool,
    /// The answer to the request itself has come: what comes now are notifications.
    pub(super) answered: bool,
    /// The server answers non-confirmably, so it is asked so.
    non: bool,
    /// How often the message under way was sent again, when it is not confirmable.
    retries: u16,
    /// Whether any message was: its answer may come twice.
    retried: bool,
    /// It has ended. Late answers are for nobody.
    pub(super) done: bool,
    /// It has ended without a response.
    pub(super) failed: bool,
}

impl Client {
    /// Bytes of a token that count the messages of its family.
    pub(super) const COUNT_LENGTH: usize = 3;

    /// For a request as the application sends it. `joins`: its response's body is wanted in one piece.
    /// `repeats`: its payload goes with each message that asks for more of the response.
    pub(super) fn new(mut request: Pdu, upload: Option<Upload>, joins: bool, repeats: bool) -> Self {
        request.set_max_size(0);
        request.remove_option(option::BLOCK1);
        request.remove_option(option::Q_BLOCK1);
        if !repeats || upload.is_some() {
            request.clear_payload();
        }
        let download = Download::new(joins);
        Self {
            request,
            upload,
            download,
            quick_upload: None,
            quick_download: None,
            family: None,
            tokens: VecDeque::new(),
            retired: 0,
            observing: false,
            answered: false,
            non: false,
            retries: 0,
            retried: false,
            done: false,
            failed: false,
        }
    }

    /// How many bytes of both bodies have come and gone.
    pub(super) fn transferred(&self) -> usize {
        let sent = self.upload.as_ref().map_or(0, |upload| upload.block().offset());
        sent + self.download.expected().offset()
    }

    /// The application's request, without its payload.
    pub(super) fn request(&self) -> &Pdu {
        &self.request
    }

    /// The token by which the application knows the request.
    pub(super) fn app_token(&self) -> &[u8] {
        self.request.token()
    }

    /// The token of the message that is under way.
    pub(super) fn token(&self) -> &[u8] {
        self.tokens.iter().skip(self.retired).last().map_or(self.request.token(), |token| token)
    }

    /// All tokens that lead to it.
    pub(super) fn tokens(&self) -> Vec<Box<[u8]>> {
        [self.app_token().into()].into_iter().chain(self.tokens.iter().cloned()).collect()
    }

    /// The message under way has a new token; returns one that is of no interest any more.
    pub(super) fn add_token(&mut self, token: &[u8]) -> Option<Box<[u8]>> {
        self.tokens.push_back(token.into());
        if self.tokens.len() <= MAX_TOKENS {
            return None;
        }
        self.retired = self.retired.saturating_sub(1);
        self.tokens.pop_front()
    }

    /// Blocks that were asked for until now are not wanted any more: another body comes, or none. Returns the tokens
    /// of those requests.
    pub(super) fn retire_tokens(&mut self) -> Vec<Box<[u8]>> {
        let asked = self.tokens.iter().skip(self.retired).cloned().collect();
        self.retired = self.tokens.len();
        asked
    }

    /// Whether what comes with this token is too late.
    pub(super) fn is_retired(&self, token: &[u8]) -> bool {
        self.tokens.iter().take(self.retired).any(|retired| **retired == *token)
    }

    /// A response came.
    pub(super) fn was_answered(&mut self) {
        self.retries = 0;
    }

    /// The message under way is to be sent again.
    pub(super) fn retry(&mut self) {
        self.retries += 1;
        self.retried = true;
    }

    /// How often the message under way was sent again.
    pub(super) fn retries(&self) -> u16 {
        self.retries
    }

    /// The server answers with messages of this type, and is asked so.
    pub(super) fn comes_as(&mut self, kind: MessageType) {
        self.non = kind == MessageType::Non;
    }

    /// The request with a block of its body that does not wait for the one before.
    pub(super) fn payload(&self, block: BlockValue, mid: u16, token: &[u8]) -> Result<Option<Pdu>, PduError> {
        let Some(upload) = &self.quick_upload else { return Ok(None) };
        let mut pdu = self.request.clone();
        pdu.set_mid(mid);
        pdu.update_token(token)?;
        upload.write(block, &mut pdu)?;
        Ok(Some(pdu))
    }

    /// Some message asked for more, or the server may have answered several.
    pub(super) fn expect_late_answers(&mut self) {
        self.retried = true;
    }

    /// Its body goes out in blocks that do not wait for each other; their tokens begin with `family`.
    pub(super) fn begin_quick_upload(&mut self, upload: QuickUpload, family: Family) {
        self.quick_upload = Some(upload);
        self.request.clear_payload();
        self.family = Some((family, 0));
    }

    /// Its blocks wait for each other.
    pub(super) fn fall_back(&mut self) {
        fall_back(&mut self.request);
        if let Some(upload) = self.quick_upload.take() {
            let szx = upload.szx();
            self.upload = Some(Upload::new(upload.into_body(), szx));
        }
    }

    /// What the tokens of its messages with blocks begin with.
    pub(super) fn family(&self) -> Option<Family> {
        self.family.map(|(family, _)| family)
    }

    /// The token of the next message with a block.
    pub(super) fn next_of_family(&mut self) -> Vec<u8> {
        let Some((family, count)) = &mut self.family else { return Vec::new() };
        *count += 1;
        let count = count.to_be_bytes();
        [&family[..], &count[count.len() - Self::COUNT_LENGTH..]].concat()
    }

    /// Whether its body is not all sent and answered.
    pub(super) fn is_uploading(&self) -> bool {
        self.upload.is_some() || self.quick_upload.is_some()
    }

    /// Whether nothing of its response's body has come.
    pub(super) fn is_fresh(&self) -> bool {
        self.download.is_fresh() && self.quick_download.as_ref().is_none_or(|download| download.is_fresh())
    }

    /// Another response is to come.
    pub(super) fn begin_anew(&mut self) {
        self.download.begin_anew();
        if let Some(download) = &mut self.quick_download {
            download.begin_anew();
        }
    }

    /// Whether answers may come that nobody waits for.
    pub(super) fn may_get_late_answers(&self) -> bool {
        self.retried
    }

    /// Whether the response's body is wanted in one piece.
    pub(super) fn joins(&self) -> bool {
        self.download.joins()
    }

    /// Whether a block begins another notification: it has the request's own token, and blocks of one before
    /// have come.
    pub(super) fn is_notification(&self, response: &Pdu, block: BlockValue) -> bool {
        self.observing && block.num == 0 && response.token() == self.app_token()
    }

    /// Whether the server notifies is said by the first block of a response (RFC 7641 section 3.1).
    pub(super) fn note_observation(&mut self, response: &Pdu) {
        if self.observing && response.token() != self.app_token() {
            // A body that changed is asked for anew without Observe: the server goes on notifying.
            return;
        }
        let registers = self.request.option(option::OBSERVE).is_some_and(|observe| observe.uint() == Some(0));
        self.observing =
            registers && response.code().class() == 2 && response.option(option::OBSERVE).is_some();
    }

    /// Whether what comes is one of many notifications: if it does not come whole, the next one may.
    pub(super) fn is_notified(&self) -> bool {
        self.observing && self.answered
    }

    /// Whether blocks are waited for that would not come by themselves.
    pub(super) fn is_under_way(&self) -> bool {
        !self.done && (self.is_uploading() || !self.is_fresh())
    }

    /// Whether its messages are not confirmable.
    pub(super) fn is_non_confirmable(&self) -> bool {
        self.non || self.request.kind() == MessageType::Non
    }

    /// Whether nothing came or went yet but the request itself.
    pub(super) fn is_idle(&self) -> bool {
        self.done || !self.is_under_way() && !self.observing
    }

    /// The request with the block of its body that is under way.
    pub(super) fn upload_request(&self, mid: u16, token: &[u8]) -> Result<Option<Pdu>, PduError> {
        let Some(upload) = &self.upload else { return Ok(None) };
        let mut pdu = self.request.clone();
        pdu.set_mid(mid);
        pdu.update_token(token)?;
        upload.write(&mut pdu)?;
        Ok(Some(pdu))
    }

    /// The request for the block of the response that is expected next. Responses that were not confirmable
    /// are asked for so.
    pub(super) fn download_request(
        &mut self,
        mid: u16,
        token: &[u8],
        kind: MessageType,
    ) -> Result<Pdu, PduError> {
        let mut pdu = self.follow_up(mid, token, kind)?;
        pdu.update_option(option::BLOCK2, &self.download.expected().encode())?;
        Ok(pdu)
    }

    /// The request for more of a response whose blocks do not wait for each other. `with_m`: the M bit may ask for
    /// all that is missing.
    pub(super) fn quick_request(
        &mut self,
        (mid, token, kind): (u16, &[u8], MessageType),
        want: Want,
        with_m: bool,
    ) -> Result<Option<Pdu>, PduError> {
        let mut pdu = self.follow_up(mid, token, kind)?;
        while pdu.remove_option(option::Q_BLOCK2) {}
        let Some(download) = &self.quick_download else { return Ok(None) };
        match want {
            Want::All => download.ask_all(&mut pdu)?,
            Want::Missing => download.ask(&mut pdu, None, with_m)?,
            Want::After(step) => download.ask(&mut pdu, Some(step), with_m)?,
        }
        self.retried = true;
        Ok(Some(pdu))
    }

    /// A message for more of the response.
    fn follow_up(&mut self, mid: u16, token: &[u8], kind: MessageType) -> Result<Pdu, PduError> {
        self.non = kind == MessageType::Non;
        let mut pdu = self.request.clone();
        pdu.set_mid(mid);
        pdu.update_token(token)?;
        if self.non {
            pdu.set_kind(kind);
        }
        // Observe is for the first block only (RFC 7959 section 2.6), Size1 was about the request's own body.
        pdu.remove_option(option::OBSERVE);
        pdu.remove_option(option::SIZE1);
        Ok(pdu)
    }

    /// The body that the application gave away for it.
    pub(super) fn into_body(mut self) -> Option<Body> {
        self.take_body()
    }

    /// Takes that body out: it is not sent any more.
    pub(super) fn take_body(&mut self) -> Option<Body> {
        let upload = self.upload.take().map(Upload::into_body);
        upload.or(self.quick_upload.take().map(QuickUpload::into_body))
    }

    /// What it counts against the limits: what a peer can make it hold. The application's own body is its own
    /// affair.
    pub(super) fn cost(&self) -> usize {
        let quick = self.quick_download.as_ref().map_or(0, |download| download.cost());
        self.request.len() + self.download.cost() + quick
    }
}

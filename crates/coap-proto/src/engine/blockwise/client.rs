//! A request of this node that takes more than one message.
mod tokens;

use super::store::Family;
use crate::block::quick::{QuickDownload, QuickUpload, Step};
use crate::block::{Body, Download, Stride, Upload, block_option, block_option_up_to};
use crate::engine::echo::proof_asked;
use crate::engine::observe::{DEREGISTER, is_registration};
use crate::engine::q_block::fall_back;
use crate::engine::token::KeptToken;
use crate::wire::{BlockValue, Code, Form, MessageType, Pdu, PduError, option, uint};
use std::collections::VecDeque;

/// So often one message is repeated because the server wants to see another Echo.
const MAX_PROOFS: u8 = 4;
/// So often in a row a notification's body is asked for anew.
const MAX_RENEWALS: u8 = 8;

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

/// A message that is yet to be written.
#[derive(Debug)]
pub(super) struct Blank<'a> {
    /// What it is written in, whose content does not matter.
    pub(super) memory: Vec<u8>,
    pub(super) mid: u16,
    pub(super) token: &'a [u8],
}

impl Blank<'_> {
    /// It begins as `request` does.
    fn like(self, request: &Pdu) -> Result<Pdu, PduError> {
        request.copied(self.memory, self.mid, self.token)
    }

    /// It is as `form` says, with this value.
    fn filled(self, form: &mut Form, value: &[u8]) -> Result<Pdu, PduError> {
        form.fill(self.memory, (self.mid, self.token), value)
    }
}

/// A request of this node: as long as its body is sent, then until its response's body has come.
#[derive(Debug)]
pub(super) struct Client {
    /// The request as the application sent it, without what differs between blocks: Block1 or Q-Block1 and the
    /// payload.
    request: Pdu,
    /// That with a block option, as it was in the last message: the next one differs in little.
    form: Option<Form>,
    /// The payload of a request of one message.
    payload: Box<[u8]>,
    /// That goes with each message that asks for more of the response.
    repeats: bool,
    /// Its body goes out in blocks, or did.
    pub(super) in_blocks: bool,
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
    tokens: VecDeque<KeptToken>,
    /// So many of them, from the front, asked for blocks of a body that has come or was given up.
    retired: usize,
    /// The answer to the request itself has come: what comes now are notifications.
    answered: bool,
    /// The server accepted to notify (RFC 7641): responses with the registration's token go on coming.
    pub(super) observing: bool,
    /// The token of the last message that may have registered: the request's own, unless that took several
    /// messages.
    registered: Option<KeptToken>,
    /// The body of a request that observes, with the size exponent of its blocks: it goes out once more to end
    /// that.
    observed: Option<(Body, Stride)>,
    /// So often in a row the body of a notification could not be had.
    renewals: u8,
    /// The server asked so often in a row for an Echo.
    proofs: u8,
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
    /// For a request as the application sends it. `joins`: its response's body is wanted in one piece.
    /// `repeats`: its payload goes with each message that asks for more of the response.
    pub(super) fn new(mut request: Pdu, upload: Option<Upload>, joins: bool, repeats: bool) -> Self {
        request.set_max_size(0);
        let payload = if upload.is_none() { request.payload().into() } else { Box::default() };
        if upload.is_some() {
            request.remove_option(option::BLOCK1);
        }
        request.clear_payload();
        let download = Download::new(joins);
        Self {
            request,
            form: None,
            payload,
            repeats,
            in_blocks: upload.is_some(),
            upload,
            download,
            quick_upload: None,
            quick_download: None,
            family: None,
            tokens: VecDeque::new(),
            retired: 0,
            observing: false,
            answered: false,
            registered: None,
            observed: None,
            renewals: 0,
            proofs: 0,
            non: false,
            retries: 0,
            retried: false,
            done: false,
            failed: false,
        }
    }

    /// The first block of its response's body comes with `response`.
    pub(super) fn prepare_download(&mut self, response: &Pdu) {
        self.download.prepare(response, self.request.token());
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

    /// A response came.
    pub(super) fn was_answered(&mut self, response: &Pdu) {
        self.retries = 0;
        if response.code().class() == 2 {
            self.proofs = 0;
        }
    }

    /// Whether the server wants to see the message under way once more, with an Echo, and may have it (RFC 9175
    /// section 2.3).
    pub(super) fn may_prove(&self, response: &Pdu) -> bool {
        let is_current = |token: &[u8]| {
            token == self.token() || self.is_registered_by(token) || self.quick_upload.is_some()
        };
        let is_asked = !self.done && proof_asked(response).is_some();
        is_asked && self.proofs < MAX_PROOFS && is_current(response.token())
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
    pub(super) fn payload(&self, block: BlockValue, blank: Blank<'_>) -> Result<Option<Pdu>, PduError> {
        let Some(upload) = &self.quick_upload else { return Ok(None) };
        let mut pdu = blank.like(&self.request)?;
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
        self.request_mut().remove_option(option::Q_BLOCK1);
        (self.payload, self.in_blocks) = (Box::default(), true);
        self.family = Some((family, 0));
    }

    /// Its blocks wait for each other.
    pub(super) fn fall_back(&mut self) {
        fall_back(self.request_mut());
        if let Some(upload) = self.quick_upload.take() {
            let szx = upload.szx();
            self.upload = Some(Upload::new(upload.into_body(), Stride::of(szx)));
        }
    }

    /// Whether its body is not all sent and answered.
    pub(super) fn is_uploading(&self) -> bool {
        self.upload.is_some() || self.quick_upload.is_some()
    }

    /// Whether its body went out in blocks that did not wait for each other, and is answered.
    pub(super) fn went_in_quick_blocks(&self) -> bool {
        self.family.is_some() && !self.is_uploading()
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

    /// Whether only certain blocks of the response are wanted (man coap_block: "random access").
    pub(super) fn wants_one_block(&self) -> bool {
        let names_one = |named| matches!(named, Ok(Some(BlockValue { num: 1.., .. })));
        names_one(block_option_up_to(&self.request, option::BLOCK2, BlockValue::BERT))
            || names_one(block_option(&self.request, option::Q_BLOCK2))
    }

    /// Whether a block begins another notification: it has the registration's token, and blocks of one before
    /// have come.
    pub(super) fn is_notification(&self, response: &Pdu, block: BlockValue) -> bool {
        self.observing && block.num == 0 && self.is_registered_by(response.token())
    }

    /// The body that is sent will be needed again, if it is one that observes.
    pub(super) fn keep_observed(&mut self) {
        let quick = self.quick_upload.as_ref().map(QuickUpload::once_more);
        self.observed = self.upload.as_ref().map(Upload::once_more).or(quick);
    }

    /// From now on it is the request that ends its observation, in messages of type `kind`.
    pub(super) fn end_observation(&mut self, kind: MessageType) {
        self.observing = false;
        let request = self.request_mut();
        request.set_kind(kind);
        // Without a size limit, it fits.
        let _ = request.update_option(option::OBSERVE, &uint::encode(DEREGISTER));
        self.upload = self.observed.take().map(|(body, stride)| Upload::new(body, stride));
        self.begin_in_steps();
    }

    /// The body of a notification cannot be had, so the state is asked for anew. `false`: it cannot.
    pub(super) fn renew(&mut self) -> bool {
        let has_all = self.observed.is_some() || !self.in_blocks;
        if !self.observing || !has_all || self.renewals >= MAX_RENEWALS {
            return false;
        }
        self.renewals += 1;
        self.upload = self.observed.as_ref().map(|(body, stride)| Upload::new(body.again(), *stride));
        self.begin_in_steps();
        true
    }

    /// It is about to be sent once more. If its body goes in blocks, they wait for each other: which token is that of
    /// the last one has to be known.
    fn begin_in_steps(&mut self) {
        if self.in_blocks {
            fall_back(self.request_mut());
        }
        self.begin_anew();
    }

    /// The server wants to see a body once more, with an Echo, that went in blocks which did not wait for each other:
    /// it goes in others that do. `tag` tells it from the first one.
    pub(super) fn prove_in_steps(&mut self, echo: &[u8], tag: u32) {
        self.proofs += 1;
        self.fall_back();
        // Without a size limit, they fit.
        let request = self.request_mut();
        let _ = request.update_option(option::ECHO, echo);
        let _ = request.update_option(option::REQUEST_TAG, &uint::encode(tag.into()));
    }

    /// Whether the whole response can be asked for anew without more than one message, and without that anything is
    /// done twice.
    pub(super) fn can_be_asked_anew(&self) -> bool {
        !self.in_blocks && matches!(self.request.code(), Code::GET | Code::FETCH)
    }

    /// A response has come in whole.
    pub(super) fn was_completed(&mut self) {
        self.renewals = 0;
        self.answered = true;
    }

    /// Whether [`Client::end_observation`] has all that it needs.
    pub(super) fn can_end_observation(&self) -> bool {
        self.observing && (self.observed.is_some() || !self.in_blocks)
    }

    /// Whether the server notifies is said by the first block of a response (RFC 7641 section 3.1).
    pub(super) fn note_observation(&mut self, response: &Pdu) {
        let accepted = response.code().class() == 2 && response.option(option::OBSERVE).is_some();
        self.observing = is_registration(&self.request) && accepted;
        if !self.observing {
            self.observed = None;
        }
    }

    /// Whether what comes is one of many notifications: if it does not come whole, the next one may.
    pub(super) fn is_notified(&self) -> bool {
        self.observing && self.answered
    }

    /// Whether blocks are waited for that would not come by themselves.
    pub(super) fn is_under_way(&self) -> bool {
        !self.done && (self.is_uploading() || !self.is_fresh())
    }

    /// Whether nothing has come that answers it.
    pub(super) fn is_unanswered(&self) -> bool {
        !self.done && !self.answered
    }

    /// Whether its messages are not confirmable.
    pub(super) fn is_non_confirmable(&self) -> bool {
        self.non || self.request.kind() == MessageType::Non
    }

    /// Whether nothing came or went yet but the request itself.
    pub(super) fn is_idle(&self) -> bool {
        self.done || !self.is_under_way() && !self.observing && !is_registration(&self.request)
    }

    /// About how long its next message gets, in bytes.
    pub(super) fn next_length(&self) -> usize {
        /// Options that say which block it is, another token.
        const MORE: usize = 32;
        let payload = self.upload.as_ref().map_or(self.payload.len(), Upload::stride);
        self.request.len() + MORE + payload
    }

    /// The request with the block of its body that is under way.
    pub(super) fn upload_request(&mut self, blank: Blank<'_>) -> Result<Option<Pdu>, PduError> {
        let Some(block) = self.upload.as_ref().map(Upload::block) else { return Ok(None) };
        let mut pdu = blank.filled(self.form(option::BLOCK1), &block.encode())?;
        pdu.set_payload(self.upload.as_ref().map_or(&[], Upload::payload))?;
        Ok(Some(pdu))
    }

    /// The request for the block of the response that is expected next. Responses that were not confirmable
    /// are asked for so.
    pub(super) fn download_request(&mut self, blank: Blank<'_>, kind: MessageType) -> Result<Pdu, PduError> {
        let block = self.download.expected().encode();
        let mut pdu = blank.filled(self.form(option::BLOCK2), &block)?;
        self.follow_up(&mut pdu, kind);
        if self.repeats || self.download.is_fresh() {
            pdu.set_payload(&self.payload)?;
        }
        Ok(pdu)
    }

    /// The request for more of a response whose blocks do not wait for each other. `with_m`: the M bit may ask for
    /// all that is missing.
    pub(super) fn quick_request(
        &mut self,
        blank: Blank<'_>,
        kind: MessageType,
        want: Want,
        with_m: bool,
    ) -> Result<Option<Pdu>, PduError> {
        let mut pdu = blank.like(&self.request)?;
        take_first_options(&mut pdu);
        self.follow_up(&mut pdu, kind);
        while pdu.remove_option(option::Q_BLOCK2) {}
        let Some(download) = &self.quick_download else { return Ok(None) };
        match want {
            Want::All => download.ask_all(&mut pdu)?,
            Want::Missing => download.ask(&mut pdu, None, with_m)?,
            Want::After(step) => download.ask(&mut pdu, Some(step), with_m)?,
        }
        if self.repeats || want == Want::All {
            pdu.set_payload(&self.payload)?;
        }
        self.retried = true;
        Ok(Some(pdu))
    }

    /// A message asks for more of the response, which comes as `kind`.
    fn follow_up(&mut self, pdu: &mut Pdu, kind: MessageType) {
        self.non = kind == MessageType::Non;
        if self.non {
            pdu.set_kind(kind);
        }
    }

    /// What messages with that block option are copies of.
    fn form(&mut self, number: u16) -> &mut Form {
        if self.form.as_ref().is_some_and(|form| form.number() != number) {
            self.form = None;
        }
        self.form.get_or_insert_with(|| {
            let mut pdu = self.request.clone();
            if number == option::BLOCK2 {
                take_first_options(&mut pdu);
            }
            Form::new(pdu, number)
        })
    }

    /// The request, to be changed.
    fn request_mut(&mut self) -> &mut Pdu {
        self.form = None;
        &mut self.request
    }

    /// The request itself once more, or its first message.
    pub(super) fn first_request(&mut self, blank: Blank<'_>) -> Result<Option<Pdu>, PduError> {
        match self.upload {
            Some(_) => self.upload_request(blank),
            None => self.whole_request(blank).map(Some),
        }
    }

    fn whole_request(&self, blank: Blank<'_>) -> Result<Pdu, PduError> {
        let mut pdu = blank.like(&self.request)?;
        pdu.set_payload(&self.payload)?;
        Ok(pdu)
    }

    /// The message under way once more, with an Echo. `kind` is that of the response that asked for it.
    pub(super) fn proving_request(
        &mut self,
        blank: Blank<'_>,
        (kind, echo): (MessageType, &[u8]),
    ) -> Result<Option<Pdu>, PduError> {
        self.proofs += 1;
        let message = match self.upload {
            Some(_) => self.upload_request(blank)?,
            None if self.is_fresh() => Some(self.whole_request(blank)?),
            None => Some(self.download_request(blank, kind)?),
        };
        let Some(mut message) = message else { return Ok(None) };
        message.update_option(option::ECHO, echo)?;
        Ok(Some(message))
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
    /// affair, as long as it is sent.
    pub(super) fn cost(&self) -> usize {
        let observed = self.observed.as_ref().map_or(0, |(body, _)| body.len());
        let quick = self.quick_download.as_ref().map_or(0, |download| download.cost());
        let form = self.form.as_ref().map_or(0, Form::len);
        self.request.len() + form + self.payload.len() + self.download.cost() + quick + observed
    }
}

/// Observe is for the first block of a response only (RFC 7959 section 2.6), Size1 and Block1 are about the request's
/// own body. The first block has answered whether what an ETag names is still valid: it is not. Servers that find one
/// with a later block may make the response anew.
fn take_first_options(request: &mut Pdu) {
    for number in [option::OBSERVE, option::SIZE1, option::BLOCK1, option::Q_BLOCK1] {
        request.remove_option(number);
    }
    while request.remove_option(option::ETAG) {}
}

#[cfg(test)]
mod tests;

//! Bodies of any size as the application hands them over: those that fit go into the message, for others the
//! first block goes in and a transfer begins when the message is sent.
use super::offer::fitting_block;
use super::stride::renumber;
use super::{Body, LARGEST, MAX_BODY, RequestKey, Stride, block_option_up_to};
use crate::engine::ResourceId;
use crate::hash::Contents;
use crate::wire::{BlockValue, Code, Pdu, PduError, option, uint};
use std::time::Instant;
use thiserror::Error;

/// A message may be repeated with an Echo option of up to 40 bytes (RFC 9175 section 2): this is kept free
/// for it.
const ECHO_ROOM: usize = 43;
/// The messages with later blocks may have tokens of that many bytes.
const TOKEN_ROOM: usize = 8;

/// A body of which the first block is in its message, to be handed over with it
/// ([`Engine::send_body`](crate::engine::Engine::send_body),
/// [`Engine::finish_request`](crate::engine::Engine::finish_request)).
#[derive(Debug)]
pub struct LargeBody {
    pub(crate) body: Body,
    pub(crate) role: Role,
}

impl LargeBody {
    /// What its body is called.
    pub fn ticket(&self) -> u64 {
        self.body.ticket()
    }
}

/// The ETag of a body that the application gave none: the same content gets the same, whenever it is asked for.
pub(crate) fn etag_of(contents: &Contents, body: &Body) -> u64 {
    contents.hash(body.bytes()).max(1)
}

/// What a large body is.
#[derive(Debug)]
pub(crate) enum Role {
    Request,
    /// The response to requests with that key for a resource.
    Response {
        resource: ResourceId,
        key: RequestKey,
        stale_at: Option<Instant>,
    },
}

/// What is said of a response body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Representation {
    /// Content-Format (RFC 7252 section 5.10.3).
    pub content_format: u16,
    /// Max-Age in seconds (section 5.10.5); `None` leaves it out, which means 60.
    pub max_age: Option<u32>,
    /// ETag (section 5.10.6) as a number; 0: the engine makes one if the body goes in blocks. Left out where blocks are
    /// the application's own business.
    pub etag: u64,
}

/// Why a body cannot go with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LargeError {
    /// The message has a payload already.
    #[error("the message has a payload already")]
    HasPayload,
    /// Not even the smallest block fits, or, without blocks, the body does not.
    #[error("not enough space in the message")]
    NoRoom,
    /// There is no such block in the body, or no such block size.
    #[error("illegal block requested")]
    NoSuchBlock,
    /// It has more bytes than blocks can carry.
    #[error("a body of {0} bytes is too long for blocks")]
    TooLong(usize),
    /// The session has ended.
    #[error("the session is closed")]
    Closed,
}

impl From<PduError> for LargeError {
    fn from(_: PduError) -> Self {
        Self::NoRoom
    }
}

/// How bodies are split in a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// They may be split at all.
    pub(crate) splits: bool,
    /// The rest of the body is kept after a block was sent.
    pub(crate) keeps: bool,
    /// Size exponent of the largest blocks.
    pub(crate) max_szx: u8,
    /// With Q-Block options, unless the message says otherwise.
    pub(crate) quick: bool,
    /// Both sides know BERT (RFC 8323 section 6).
    pub(crate) knows_bert: bool,
}

impl Terms {
    /// What a message says in a block option. Q-Block and BERT exclude each other.
    fn block_option(&self, pdu: &Pdu, number: u16) -> Result<Option<BlockValue>, LargeError> {
        let largest = if self.knows_bert { BlockValue::BERT } else { LARGEST };
        block_option_up_to(pdu, number, largest).map_err(|_| LargeError::NoSuchBlock)
    }

    /// The size exponent of blocks in messages with so much room; `None` if there is room for none. `own`: what the
    /// message says of it.
    fn fitting_szx(&self, room: usize, own: Option<BlockValue>) -> Option<u8> {
        let is_bert = self.knows_bert && self.max_szx == LARGEST && Stride::bert(room).is_some();
        let own = own.map_or(BlockValue::BERT, |own| own.szx);
        match BlockValue::szx_for(room)? {
            _ if is_bert && own == BlockValue::BERT => Some(own),
            fitting => Some(own.min(fitting).min(self.max_szx)),
        }
    }
}

/// Puts a body into a request, which may say by Block1 or Q-Block1 how large its blocks are to be. `Some`: it is to be
/// handed over with the request. A block other than the first one goes alone.
pub(crate) fn request(
    request: &mut Pdu,
    body: Body,
    terms: Terms,
    tag: impl FnOnce() -> u32,
) -> Result<Option<LargeBody>, LargeError> {
    check(request, &body, terms)?;
    let number = if terms.splits { request_option(request, terms.quick) } else { option::BLOCK1 };
    let own = match terms.splits {
        true => terms.block_option(request, number)?,
        false => None,
    };
    let Some(split) = Split::of(request, &body, terms, own)? else {
        if own.is_some() {
            let szx = terms.fitting_szx(room(request), own).unwrap_or(0);
            request.update_option(number, &BlockValue { num: 0, more: false, szx }.encode())?;
        }
        request.set_payload(body.bytes())?;
        return Ok(None);
    };
    if split.num > 0 {
        return single(request, &body, own, (number, split)).map(|()| None);
    }
    request.update_option(option::SIZE1, &uint::encode(body.len() as u64))?;
    if request.option(option::REQUEST_TAG).is_none() {
        request.insert_option(option::REQUEST_TAG, &uint::encode(tag().into()))?;
    }
    let (_, bytes) = first_block(request, &body, number, split)?;
    request.set_payload(body.block(0, bytes))?;
    Ok(Some(LargeBody { body, role: Role::Request }))
}

/// Puts a body into the response to `request`. `what` goes in too; without it, the response has its options already.
/// `etag` makes the ETag of a body that has none. When it fails, the response says so.
pub(crate) fn response(
    request: &Pdu,
    response: &mut Pdu,
    body: &Body,
    what: Option<&Representation>,
    (terms, etag): (Terms, impl FnOnce() -> u64),
) -> Result<Split, LargeError> {
    let outcome = fill(request, response, body, what, (terms, etag));
    let code = match outcome {
        Err(LargeError::HasPayload) | Ok(_) => return outcome,
        Err(LargeError::NoSuchBlock) => Code::BAD_REQUEST,
        Err(_) => Code::INTERNAL_ERROR,
    };
    response.set_code(code);
    let _ = response.set_payload(code.phrase().unwrap_or_default().as_bytes());
    outcome
}

fn fill(
    request: &Pdu,
    response: &mut Pdu,
    body: &Body,
    what: Option<&Representation>,
    (terms, etag): (Terms, impl FnOnce() -> u64),
) -> Result<Split, LargeError> {
    let number = if terms.quick { option::Q_BLOCK2 } else { option::BLOCK2 };
    let asked = terms.block_option(request, number)?;
    // Who asks for blocks gets them, also where nothing is kept between them.
    let terms = Terms { splits: terms.splits || asked.is_some(), ..terms };
    check(response, body, terms)?;
    if asked.is_some_and(|asked| asked.num > 0 && asked.offset() >= body.len()) {
        return Err(LargeError::NoSuchBlock);
    }
    if let Some(what) = what {
        response.insert_option(option::CONTENT_FORMAT, &uint::encode(what.content_format.into()))?;
        if let Some(max_age) = what.max_age {
            response.insert_option(option::MAX_AGE, &uint::encode(max_age.into()))?;
        }
    }
    let given = what.map_or(0, |what| what.etag);
    let Some(split) = Split::of(response, body, terms, asked)? else {
        // What is not for blocks goes as it is, as with libcoap.
        if given != 0 && terms.splits {
            response.update_option(option::ETAG, &uint::encode(given))?;
        }
        if asked.is_some() {
            let szx = terms.fitting_szx(room(response), asked).unwrap_or(0);
            response.update_option(number, &BlockValue { num: 0, more: false, szx }.encode())?;
        }
        response.set_payload(body.bytes())?;
        return Ok(Split { szx: LARGEST, num: 0, keep: false });
    };
    response.update_option(option::SIZE2, &uint::encode(body.len() as u64))?;
    if what.is_some() || response.option(option::ETAG).is_none() {
        let etag = if given == 0 { etag() } else { given };
        response.update_option(option::ETAG, &uint::encode(etag))?;
    }
    let (block, bytes) = first_block(response, body, number, split)?;
    response.set_payload(body.block(block.offset(), bytes))?;
    // RFC 9177 section 4.4: without M, a request is just for that block.
    let wants_all = !terms.quick || asked.is_none_or(|asked| asked.more);
    Ok(Split { keep: split.keep && wants_all, ..split })
}

/// Which option says how a request's body is split. One of a kind that does not fit to the other is taken out (RFC
/// 9177 section 4.1).
fn request_option(request: &mut Pdu, quick: bool) -> u16 {
    let has = |number| request.option(number).is_some();
    match (has(option::Q_BLOCK1), has(option::BLOCK1)) {
        (true, true) if quick => request.remove_option(option::BLOCK1),
        (true, true) => request.remove_option(option::Q_BLOCK1),
        (true, false) => return option::Q_BLOCK1,
        (false, true) => return option::BLOCK1,
        (false, false) => false,
    };
    if quick { option::Q_BLOCK1 } else { option::BLOCK1 }
}

/// How a body is split.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    szx: u8,
    /// The block to be sent now.
    num: u32,
    /// Others are to follow.
    pub(crate) keep: bool,
}

impl Split {
    /// `None`: it is not split. `own`: what the message says of blocks.
    fn of(pdu: &Pdu, body: &Body, terms: Terms, own: Option<BlockValue>) -> Result<Option<Self>, LargeError> {
        if !terms.splits {
            return Ok(None);
        }
        let (room, num) = (room(pdu), own.map_or(0, |own| own.num));
        let Some(szx) = terms.fitting_szx(room, own) else {
            return if body.len() > room || own.is_some() { Err(LargeError::NoRoom) } else { Ok(None) };
        };
        let stride = Stride::bert(room).filter(|_| szx == BlockValue::BERT).unwrap_or(Stride::of(szx));
        let is_limited = own.is_some() || terms.max_szx < LARGEST;
        let is_split = num > 0 || is_limited && body.len() > stride.bytes() || body.len() > room;
        let num = renumber(num, own.map_or(szx, |own| own.szx), szx);
        let keep = terms.keeps && num == 0;
        Ok(is_split.then_some(Self { szx, num, keep }))
    }
}

fn check(pdu: &Pdu, body: &Body, terms: Terms) -> Result<(), LargeError> {
    match body.len() {
        _ if !pdu.payload().is_empty() => Err(LargeError::HasPayload),
        length if terms.splits && length > MAX_BODY => Err(LargeError::TooLong(length)),
        _ => Ok(()),
    }
}

/// Sends the one block that the application asked for (man coap_block: "random access").
fn single(
    pdu: &mut Pdu,
    body: &Body,
    own: Option<BlockValue>,
    (number, split): (u16, Split),
) -> Result<(), LargeError> {
    let Some(own) = own else { return Err(LargeError::NoSuchBlock) };
    let block = BlockValue { num: split.num, szx: split.szx, more: own.more };
    let (_, bytes) = fitting_block(block, pdu, 0, body.len()).ok_or(LargeError::NoRoom)?;
    pdu.update_option(number, &block.encode())?;
    pdu.set_payload(body.block(block.offset(), bytes))?;
    Ok(())
}

/// Writes the option of the first block to be sent, which gets smaller if the other options have left too
/// little room. Returns it, and how many bytes of the body may go with it.
fn first_block(
    pdu: &mut Pdu,
    body: &Body,
    number: u16,
    split: Split,
) -> Result<(BlockValue, usize), LargeError> {
    let wanted = BlockValue { num: split.num, more: true, szx: split.szx };
    pdu.update_option(number, &wanted.encode())?;
    let fitting = BlockValue::szx_for(room(pdu)).ok_or(LargeError::NoRoom)?;
    let szx = if fitting == LARGEST { split.szx } else { fitting.min(split.szx) };
    let wanted = BlockValue { szx, num: renumber(wanted.num, split.szx, szx), ..wanted };
    let (block, bytes) = match Stride::bert(room(pdu)).filter(|_| szx == BlockValue::BERT) {
        Some(stride) => {
            let more = body.len().saturating_sub(wanted.offset()) > stride.bytes();
            (BlockValue { more, ..wanted }, stride.bytes())
        }
        None => fitting_block(wanted, pdu, 0, body.len()).ok_or(LargeError::NoRoom)?,
    };
    pdu.update_option(number, &block.encode())?;
    Ok((block, bytes))
}

/// How many bytes a payload may have.
fn room(pdu: &Pdu) -> usize {
    match pdu.max_size() {
        0 => usize::MAX,
        limit => limit
            .saturating_sub(pdu.len() + ECHO_ROOM)
            .saturating_sub(TOKEN_ROOM.saturating_sub(pdu.token().len())),
    }
}

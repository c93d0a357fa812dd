//! The answer to `GET /.well-known/core` (RFC 6690).
use super::{Engine, ResourceId, SessionId};
use crate::block::large::{self, Terms};
use crate::block::{Body, Representation, block_option_up_to};
use crate::resource::flags;
use crate::wire::{BlockValue, Code, Pdu, option, uri};

/// The path that no application needs to offer.
pub(super) const PATH: &[u8] = b".well-known/core";
/// Groups may ask.
pub(super) const FLAGS: u32 = flags::HAS_MCAST_SUPPORT;
/// application/link-format (RFC 6690 section 7.3); the engine makes the ETag.
const LINK_FORMAT: Representation = Representation { content_format: 40, max_age: None, etag: 0 };

impl Engine {
    /// Fills in a response that has nothing but its token. A listing that does not fit goes in blocks, whatever
    /// the session's block mode: it is kept as it was when the first one was asked for, until its receiver has
    /// all of it, so that later ones cost no more than they are long.
    pub(super) fn answer_well_known(&mut self, id: SessionId, request: &Pdu, response: &mut Pdu) {
        let largest = self.largest_szx(id);
        let asked = block_option_up_to(request, option::BLOCK2, largest).ok().flatten();
        let follows = asked.filter(|block| block.num > 0);
        if follows.is_some_and(|block| self.serve_kept(id, ResourceId::LISTING, block, request, response)) {
            return;
        }
        let query = uri::compose_query(request).unwrap_or_default();
        let listing = self.resources.well_known(&query);
        response.set_code(Code::CONTENT);
        if listing.is_empty() {
            return;
        }
        let (body, contents) = (Body::own(listing), &self.contents);
        let knows_bert = largest == BlockValue::BERT;
        let terms = Terms { splits: true, keeps: true, max_szx: self.max_szx(), quick: false, knows_bert };
        let etag = || large::etag_of(contents, &body);
        let split = large::response(request, response, &body, Some(&LINK_FORMAT), (terms, etag));
        let is_part = split.is_ok() && response.payload().len() < body.len();
        if is_part && !self.is_too_much(id, response) {
            self.keep_listing(id, request, response, body);
        }
    }
}

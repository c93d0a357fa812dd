//! Which requests belong to one block-wise transfer.
use crate::wire::uri::join_query;
use crate::wire::{Pdu, option};

/// What the requests of one block-wise transfer have in common: method and options, those aside that the
/// blocks differ in (RFC 7959 section 2.4, 2.5). Request-Tag is one of the common ones, so two bodies for one
/// resource can be told apart (RFC 9175 section 3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestKey(Box<[u8]>);

impl RequestKey {
    /// The key of a request.
    pub fn of(request: &Pdu) -> Self {
        let mut key = vec![request.code().0];
        for option in request.options().filter(|option| !differs_by_block(option.number)) {
            key.extend_from_slice(&option.number.to_be_bytes());
            key.extend_from_slice(&(option.value.len() as u32).to_be_bytes());
            key.extend_from_slice(option.value);
        }
        Self(key.into())
    }

    /// What is known of a request by who keeps no more of it than method and query, as the proxies of libcoap's
    /// examples do.
    pub(crate) fn of_method_and_query(request: &Pdu) -> Self {
        // No key of a request begins so: it is no method.
        let mut key = vec![0xff, request.code().0];
        key.extend(join_query(request));
        Self(key.into())
    }

    /// Its length in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

/// Observe comes with the first block only, ETag is a question of its own, Content-Format describes a payload
/// that requests for more of a response do not have; a transfer that changes it is refused, not taken for
/// another.
fn differs_by_block(number: u16) -> bool {
    option::is_no_cache_key(number)
        || matches!(
            number,
            option::ETAG
                | option::OBSERVE
                | option::CONTENT_FORMAT
                | option::HOP_LIMIT
                | option::Q_BLOCK1
                | option::BLOCK2
                | option::BLOCK1
                | option::Q_BLOCK2
        )
}

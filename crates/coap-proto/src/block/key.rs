//! Which requests belong to one block-wise transfer.
use crate::wire::uri::join_query;
use crate::wire::{OptionRef, Pdu, option};

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
            key.extend_from_slice(&head(option.number, option.value.len()));
            key.extend_from_slice(option.value);
        }
        Self(key.into())
    }

    /// Whether a request has this very key, which need not be made for that.
    pub(crate) fn is_of(&self, request: &Pdu) -> bool {
        let Some((code, mut rest)) = self.0.split_first() else { return false };
        let mut goes_on_with = |option: OptionRef<'_>| {
            let (known, behind) = rest.split_first_chunk()?;
            let (value, behind) = behind.split_at_checked(option.value.len())?;
            rest = behind;
            (*known == head(option.number, option.value.len()) && value == option.value).then_some(())
        };
        let mut options = request.options().filter(|option| !differs_by_block(option.number));
        *code == request.code().0 && options.try_for_each(&mut goes_on_with).is_some() && rest.is_empty()
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

/// What stands before an option's value.
fn head(number: u16, length: usize) -> [u8; 6] {
    let ([a, b], [c, d, e, f]) = (number.to_be_bytes(), (length as u32).to_be_bytes());
    [a, b, c, d, e, f]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Code, MessageType};

    fn request(code: Code, options: &[(u16, &[u8])]) -> Pdu {
        let mut request = Pdu::new(MessageType::Con, code, 1, 0);
        for (number, value) in options {
            request.insert_option(*number, value).unwrap();
        }
        request
    }

    #[test]
    fn a_key_is_that_of_the_requests_that_would_have_the_same() {
        let (path, query) = (option::URI_PATH, option::URI_QUERY);
        let requests = [
            request(Code::GET, &[]),
            request(Code::FETCH, &[]),
            request(Code::GET, &[(path, b"")]),
            request(Code::GET, &[(path, b"a")]),
            request(Code::GET, &[(path, b"ab")]),
            request(Code::GET, &[(path, b"a"), (path, b"b")]),
            request(Code::GET, &[(path, b"a"), (query, b"b")]),
            request(Code::GET, &[(path, b"a"), (option::BLOCK2, &[0x16])]),
            request(Code::GET, &[(path, b"a"), (option::BLOCK2, &[0x26]), (option::REQUEST_TAG, &[7])]),
            request(Code::GET, &[(path, b"a"), (option::REQUEST_TAG, &[8])]),
        ];
        let keys: Vec<_> = requests.iter().map(RequestKey::of).collect();
        for (key, request) in keys.iter().flat_map(|key| requests.iter().map(move |request| (key, request))) {
            assert_eq!(key.is_of(request), *key == RequestKey::of(request), "{key:?}, {request:?}");
        }
        assert_eq!(keys[3], keys[7], "which block is asked for makes no difference");
        let by_query = RequestKey::of_method_and_query(&requests[0]);
        assert!(!requests.iter().any(|request| by_query.is_of(request)));
    }
}

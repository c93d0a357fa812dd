//! Which requests are alike (RFC 7252 section 5.6): keys for what is remembered about them.
mod key;
#[cfg(test)]
mod tests;

pub use key::CacheKey;

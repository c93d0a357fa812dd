//! Bodies in blocks that do not wait for each other (RFC 9177): what [`crate::block::quick`] has decided is sent, and
//! its time runs out.
mod answers;
mod push;
mod serve;
mod timeout;

pub(in crate::engine) use answers::later_payload;

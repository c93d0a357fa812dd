//! `coap_resource.h`: resources and their attributes.
//!
//! A resource is born without a context and moves into one with [`coap_add_resource`]; its key stays.
//! Resources and attributes are looked up by key: a pointer that names none is refused, and logged.
mod attribute;
mod listing;
mod making;
mod membership;
mod properties;

pub use attribute::*;
pub use listing::*;
pub use making::*;
pub use membership::*;
pub use properties::*;

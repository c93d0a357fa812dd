//! The types of the C boundary, under libcoap's names.
//!
//! cbindgen writes `include/coap3/coap.h` from them. What it cannot express - bit-fields, unions over the system's
//! socket addresses, macros - stands in `include/coap3/coap_c.h`; the records of that kind are in [`native`].
mod callbacks;
mod enums;
mod native;
mod opaque;
mod records;
mod scalars;
mod security;

pub use callbacks::*;
pub use enums::*;
pub use native::*;
pub use opaque::*;
pub use records::*;
pub use scalars::*;
pub use security::*;

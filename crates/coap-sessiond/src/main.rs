//! The program; what it does is in the library beside it.
#![forbid(unsafe_code)]

fn main() {}

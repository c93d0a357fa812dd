//! What a C program sees of the library - header, symbols, links - against the facts of libcoap in this directory.
//!
//! Needs the shared library: `make lib` first.
#![forbid(unsafe_code)]
mod compiler;
mod facts;
mod header;
mod library;
mod macros;
mod records;

//! Stories of two nodes without sockets.

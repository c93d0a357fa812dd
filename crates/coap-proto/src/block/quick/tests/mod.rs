//! The state machines of Q-Block, one by one.
mod pace;
mod reception;
mod transfers;

//! The state machines of Q-Block, one by one.

//! Stories of two engines that are joined by a wire.
mod asynchronous;
mod caching;
mod cost;
mod creation;
mod duplicates;
mod echo;
mod groups;
mod lifetime;
mod listing;
mod log;
mod long_tokens;
mod observe;
mod pacing;
mod proxy;
mod reliability;
mod requests;
mod testing;

//! Parts of the library by themselves. `cargo bench -p ferrocoap-bench` measures them; `cargo test` runs each of them
//! once, to see that it runs.
#![forbid(unsafe_code)]

mod blocks;
mod codec;
mod node;
mod sessions;
mod timers;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    codec::measure(&mut criterion);
    sessions::measure(&mut criterion);
    timers::measure(&mut criterion);
    blocks::measure(&mut criterion);
    criterion.final_summary();
}

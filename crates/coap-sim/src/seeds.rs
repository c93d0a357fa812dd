//! Many runs of one test.
use std::ops::Range;

/// Runs a test once for each seed. A failing run says its seed.
pub fn for_each_seed(seeds: Range<u64>, mut test: impl FnMut(u64)) {
    for seed in seeds {
        let teller = Teller(seed);
        test(seed);
        drop(teller);
    }
}

struct Teller(u64);

impl Drop for Teller {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the failing run had seed {}", self.0);
        }
    }
}

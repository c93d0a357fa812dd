//! Many runs of one test.
use std::ops::Range;

/// Moves the seeds of all tests by so much, to look where nobody has looked before.
const SHIFT: &str = "FERROCOAP_SEED_SHIFT";

/// Runs a test once for each seed. A failing run says its seed.
///
/// # Panics
/// If the test does, or if `FERROCOAP_SEED_SHIFT` is set and is no number.
pub fn for_each_seed(seeds: Range<u64>, mut test: impl FnMut(u64)) {
    let shift: u64 =
        std::env::var(SHIFT).map_or(0, |text| text.parse().expect("FERROCOAP_SEED_SHIFT is a number"));
    for seed in seeds.start + shift..seeds.end + shift {
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

//! File descriptors: each connection, listener and link has one.
use crate::config::{Config, Limits};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Connections that the REST interface has at a time.
const REST: usize = 256;
/// Event loops, signals, the log, files that are read, and what the resolver's threads use.
const OWN: usize = 64;

/// Has the process use as many descriptors as it may. It is logged if its limits may need more.
pub(crate) fn raise_limit(config: &Config) {
    let allowed = match raised() {
        Ok(allowed) => allowed,
        Err(error) => return log::warn!(error:%; "how many descriptors there may be is unknown"),
    };
    let needed = needed(&config.limits);
    if allowed < needed {
        log::warn!(allowed, needed; "the system allows fewer descriptors than the limits may need");
    }
}

/// How many there may be now.
fn raised() -> nix::Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    // A sandbox may forbid it.
    let is_raised = soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok();
    Ok(if is_raised { hard } else { soft })
}

/// How many there can be within these limits.
fn needed(limits: &Limits) -> u64 {
    let sessions = limits.links.saturating_add(limits.strangers().saturating_mul(2));
    let all = [limits.tunnels, limits.listeners, sessions, REST, OWN];
    all.into_iter().map(|count| count as u64).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_limits_need_is_counted() {
        let usual = needed(&Limits::default());
        assert!((5000..10_000).contains(&usual), "{usual}");
        let with = |change: fn(&mut Limits)| {
            let mut limits = Limits::default();
            change(&mut limits);
            needed(&limits)
        };
        assert_eq!(with(|limits| limits.tunnels += 1000), usual + 1000);
        assert_eq!(with(|limits| limits.listeners += 10), usual + 10);
        // Those that are links, shake hands, and have not asked for anything yet.
        assert_eq!(with(|limits| limits.links += 10), usual + 30);
    }
}

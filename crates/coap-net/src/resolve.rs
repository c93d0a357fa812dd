//! Names to addresses. These functions may wait for name servers: never call them from the loop.
use dns_lookup::{AddrInfoHints, LookupError, getaddrinfo};
use std::{io, net::SocketAddr};
use thiserror::Error;

/// Flags of `getaddrinfo` as the system's `AI_*` constants, combined by `|`.
pub type Flags = i32;

/// Name resolution failed.
#[derive(Debug, Error)]
#[error("cannot resolve {host}: {reason}")]
pub struct ResolveError {
    /// What was looked up.
    pub host: String,
    /// The system's `EAI_*` number.
    pub code: i32,
    /// What the system calls that.
    pub reason: String,
}

impl ResolveError {
    fn new(host: &str, error: LookupError) -> Self {
        let code = error.error_num();
        let text = io::Error::from(error).to_string();
        // The library says first what it tried.
        let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason).to_owned();
        Self { host: host.to_owned(), code, reason }
    }
}

/// The addresses of a host name or of an address in text form (an IPv6 one may carry its scope,
/// `fe80::1%eth0`), in the system's order of preference, each once, port 0. Waits for name servers.
///
/// # Errors
/// The resolver's.
pub fn resolve(host: &str, flags: Flags) -> Result<Vec<SocketAddr>, ResolveError> {
    let hints = AddrInfoHints { flags, ..AddrInfoHints::default() };
    let found = getaddrinfo(Some(host), None, Some(hints)).map_err(|error| ResolveError::new(host, error))?;
    let mut addresses = Vec::new();
    for entry in found.flatten() {
        if !addresses.contains(&entry.sockaddr) {
            addresses.push(entry.sockaddr);
        }
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc::{AI_NUMERICHOST, EAI_NONAME};

    #[test]
    fn addresses_in_text_form_are_taken_as_they_are() {
        for text in ["127.0.0.1", "::1", "ff02::1", "2001:db8::7"] {
            let found = resolve(text, AI_NUMERICHOST).unwrap_or_default();
            let ips: Vec<_> = found.iter().map(|found| found.ip().to_string()).collect();
            assert_eq!(ips, [text], "once, although the system lists it for each socket type");
            assert!(found.iter().all(|found| found.port() == 0));
        }
    }

    #[test]
    fn an_ipv6_address_may_carry_its_scope() {
        let index = crate::interface::index("lo").unwrap_or(0);
        let scopes = resolve("fe80::1%lo", AI_NUMERICHOST).unwrap_or_default();
        assert!(matches!(scopes[..], [SocketAddr::V6(found)] if found.scope_id() == index));
    }

    #[test]
    fn flags_are_the_systems() {
        assert!(
            resolve("localhost", 0).is_ok_and(|found| found.iter().all(|found| found.ip().is_loopback()))
        );
        let refused = resolve("localhost", AI_NUMERICHOST).map_err(|error| (error.code, error.reason));
        assert_eq!(refused.err(), Some((EAI_NONAME, "Name or service not known".to_owned())));
    }
}

//! Names to addresses. These functions may wait for name servers: never call them from the loop.
use dns_lookup::AddrInfoHints;
use std::{io, net::IpAddr, net::SocketAddr};
use thiserror::Error;

/// Flags of `getaddrinfo` as the system's `AI_*` constants, combined by `|`.
pub type Flags = i32;

/// Name resolution failed.
#[derive(Debug, Error)]
#[error("cannot resolve {host}: {source}")]
pub struct ResolveError {
    /// What was looked up.
    pub host: String,
    /// The system's `EAI_*` number.
    pub code: i32,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// The addresses of a host name or of an address in text form (an IPv6 one may carry its scope, `fe80::1%eth0`), in
/// the system's order of preference, each once, port 0. Waits for name servers.
pub fn resolve(host: &str, flags: Flags) -> Result<Vec<SocketAddr>, ResolveError> {
    let failed = |code, source| ResolveError { host: host.to_owned(), code, source };
    let hints = AddrInfoHints { flags, ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(host), None, Some(hints))
        .map_err(|e| failed(e.error_num(), e.into()))?;
    let mut addresses = Vec::new();
    for entry in found.flatten() {
        if !addresses.contains(&entry.sockaddr) {
            addresses.push(entry.sockaddr);
        }
    }
    Ok(addresses)
}

/// An address in text form, without asking anybody.
pub fn numeric(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

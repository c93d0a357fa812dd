//! Which targets an exit forwards to.
mod rule;

pub use rule::{Rule, RuleError};

use crate::target::HostPort;
use std::net::IpAddr;

/// Targets that may be reached; the default is none.
///
/// | rule | allows |
/// |---|---|
/// | `host.example:443` | that name |
/// | `*.example.org:443` | every name under it, not itself |
/// | `*:53` | every name and address |
/// | `10.0.0.5:22`, `[fd00::5]:22` | that address, by whatever name |
/// | `10.0.0.0/8:22`, `[fd00::/8]:22` | addresses of that network, by whatever name |
/// | `...:8000-8100`, `...:*` | a range of ports, all ports |
///
/// A rule with a name trusts who gives the name its addresses, with one exception: addresses that mean something only
/// at the exit itself and on its link (loopback, link-local, unspecified, multicast) need a rule with an address or a
/// network, or the name `localhost`. Otherwise whoever owns a name that is allowed reached what listens on the exit's
/// loopback interface (DNS rebinding), or its cloud's metadata at 169.254.169.254.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Vec<Rule>);

impl Policy {
    /// What any of `rules` allows.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some address of `target` could be allowed: if not, it need not be looked up.
    pub fn may_allow(&self, target: &HostPort) -> bool {
        match target.host.parse() {
            Ok(address) => self.allows(target, address),
            Err(_) => self.0.iter().any(|rule| rule.has_port(target.port) && rule.may_be(&target.host)),
        }
    }

    /// Whether `target` may be reached at `address`, which it was found to have; for targets that are addresses:
    /// themselves.
    pub fn allows(&self, target: &HostPort, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let allowed = |rule: &Rule| rule.has_port(target.port) && rule.allows(&target.host, address);
        self.0.iter().any(allowed)
    }
}

/// Whether an address means something only at this machine or on its links.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_multicast()
                // All of 0.0.0.0/8 is "this network" (RFC 6890); Linux connects 0.0.0.0 to itself.
                || address.octets()[0] == 0
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unicast_link_local()
                || address.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests;

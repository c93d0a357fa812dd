//! One line of an allow-list.
use super::is_local;
use std::{fmt, net::IpAddr, ops::RangeInclusive, str::FromStr};
use thiserror::Error;

/// Targets that may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    hosts: Hosts,
    ports: RangeInclusive<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// In lower case, without a dot at its end.
    Name(String),
    /// The same: names under this one.
    Under(String),
    Network {
        address: IpAddr,
        bits: u8,
    },
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleError {
    /// No colon.
    #[error("a rule ends with a port: `{0}:443`, a range, `{0}:8000-8100`, or all, `{0}:*`")]
    NoPort(String),
    /// Not a port, a range or `*`.
    #[error("`{0}` is not a port from 1 to 65535, a range (8000-8100) or `*`")]
    Port(String),
    /// An IPv6 address without brackets.
    #[error("an IPv6 address or network stands in brackets: `[{0}]:443`")]
    Brackets(String),
    /// A prefix length that the address cannot have.
    #[error("`{0}` is not a prefix length of this address: 0 to {1}")]
    Prefix(String, u8),
    /// An address with bits behind the prefix.
    #[error("`{0}` has bits behind its prefix; the network is `{1}`")]
    HostBits(String, String),
    /// A star elsewhere than in front.
    #[error("`*` stands for a whole host (`*:53`) or in front of a domain (`*.example.org:443`)")]
    Star,
    /// Not a name, an address or a network.
    #[error("`{0}` is not a host: a name, an address, a network (10.0.0.0/8) or `*`")]
    Host(String),
}

impl Rule {
    pub(super) fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }

    /// Whether a target that is not an address could be allowed.
    pub(super) fn may_be(&self, host: &str) -> bool {
        match &self.hosts {
            Hosts::Network { .. } => true,
            hosts => hosts.has_name(host),
        }
    }

    pub(super) fn allows(&self, host: &str, address: IpAddr) -> bool {
        match &self.hosts {
            Hosts::Network { address: network, bits } => is_in(address, *network, *bits),
            // That these mean loopback is what they are for (RFC 6761 section 6.3).
            Hosts::Name(name) if name == "localhost" && address.is_loopback() => self.hosts.has_name(host),
            hosts => !is_local(address) && hosts.has_name(host),
        }
    }
}

impl Hosts {
    /// Networks are not asked: they have no names.
    fn has_name(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        match self {
            Self::All => true,
            Self::Name(name) => host.eq_ignore_ascii_case(name),
            Self::Under(domain) => {
                let at = host.len().saturating_sub(domain.len());
                let dot = host.as_bytes().get(at.wrapping_sub(1)) == Some(&b'.');
                at > 1 && dot && host.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
            }
            Self::Network { .. } => false,
        }
    }
}

/// Whether the first `bits` of both are the same.
fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => masked(address, bits) == network,
        _ => false,
    }
}

/// The address with everything behind the first `bits` cleared.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let bare = text.split_once('/').map_or(text, |(address, _)| address);
        if bare.parse::<std::net::Ipv6Addr>().is_ok() {
            return Err(RuleError::Brackets(text.to_owned()));
        }
        let end = text.rfind(':').filter(|at| text.rfind(']').is_none_or(|bracket| bracket < *at));
        let Some((hosts, port)) = end.map(|at| (&text[..at], &text[at + 1..])) else {
            return Err(RuleError::NoPort(text.to_owned()));
        };
        Ok(Self { hosts: hosts.parse()?, ports: ports(port)? })
    }
}

fn ports(text: &str) -> Result<RangeInclusive<u16>, RuleError> {
    let port = crate::config::decimal;
    let range = match text.split_once('-') {
        _ if text == "*" => Some(1..=u16::MAX),
        None => port(text).map(|port| port..=port),
        Some((first, last)) => port(first).zip(port(last)).map(|(first, last)| first..=last),
    };
    range.filter(|range| !range.is_empty()).ok_or_else(|| RuleError::Port(text.to_owned()))
}

impl FromStr for Hosts {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text == "*" {
            return Ok(Self::All);
        }
        let wrong = || RuleError::Host(text.to_owned());
        let inner =
            text.strip_prefix('[').map(|rest| rest.strip_suffix(']').ok_or_else(wrong)).transpose()?;
        let (host, bits) = match inner.unwrap_or(text).split_once('/') {
            Some((host, bits)) => (host, Some(bits)),
            None => (inner.unwrap_or(text), None),
        };
        if let Ok(address) = host.parse::<IpAddr>() {
            return if address.is_ipv6() == inner.is_some() {
                network(text, address, bits)
            } else {
                Err(wrong())
            };
        }
        if inner.is_some() || bits.is_some() {
            return Err(wrong());
        }
        let (under, name) = host.strip_prefix("*.").map_or((false, host), |domain| (true, domain));
        if name.contains('*') {
            return Err(RuleError::Star);
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        if !crate::config::is_host(name) {
            return Err(wrong());
        }
        let name = name.to_ascii_lowercase();
        Ok(if under { Self::Under(name) } else { Self::Name(name) })
    }
}

fn network(text: &str, address: IpAddr, bits: Option<&str>) -> Result<Hosts, RuleError> {
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) => match bits.parse() {
            Ok(number) if number <= most && !bits.starts_with('+') => number,
            _ => return Err(RuleError::Prefix(bits.to_owned(), most)),
        },
    };
    let network = masked(address, bits);
    if network != address {
        return Err(RuleError::HostBits(text.to_owned(), format!("{network}/{bits}")));
    }
    // Addresses that targets are found to have are compared in their short form.
    match address.to_canonical() {
        IpAddr::V4(short) if address.is_ipv6() && bits >= 96 => {
            Ok(Hosts::Network { address: short.into(), bits: bits - 96 })
        }
        _ => Ok(Hosts::Network { address, bits }),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hosts {
            Hosts::All => f.write_str("*")?,
            Hosts::Name(name) => f.write_str(name)?,
            Hosts::Under(domain) => write!(f, "*.{domain}")?,
            Hosts::Network { address: IpAddr::V4(address), bits: 32 } => write!(f, "{address}")?,
            Hosts::Network { address: IpAddr::V4(address), bits } => write!(f, "{address}/{bits}")?,
            Hosts::Network { address: IpAddr::V6(address), bits: 128 } => write!(f, "[{address}]")?,
            Hosts::Network { address: IpAddr::V6(address), bits } => write!(f, "[{address}/{bits}]")?,
        }
        match (*self.ports.start(), *self.ports.end()) {
            (1, u16::MAX) => f.write_str(":*"),
            (first, last) if first == last => write!(f, ":{first}"),
            (first, last) => write!(f, ":{first}-{last}"),
        }
    }
}

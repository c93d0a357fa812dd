//! Targets as they are written: `host:port`.
use crate::model::Target;
use std::{fmt, net::SocketAddr, str::FromStr};
use thiserror::Error;

/// A name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// Name, IPv4 address, or IPv6 address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Why a text is not a target.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// No colon.
    #[error("missing port delimiter")]
    NoPort,
    /// Nothing in front of the colon, or something that no host is called.
    #[error("invalid host name")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("invalid port number")]
    Port,
}

impl HostPort {
    /// As a target to ask an exit for.
    pub fn into_target(self) -> Target {
        Target::Plain { host: self.host, port: self.port }
    }
}

impl FromStr for HostPort {
    type Err = TargetError;

    /// An address and a port (`10.0.0.1:80`, `[::1]:80`), otherwise a name, up to the first colon, and a port.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            let host = address.ip().to_string();
            return if address.port() == 0 {
                Err(TargetError::Port)
            } else {
                Ok(Self { host, port: address.port() })
            };
        }
        let (host, port) = text.split_once(':').ok_or(TargetError::NoPort)?;
        let printable = |byte: u8| byte.is_ascii_graphic() && !b"@/[]?#\\".contains(&byte);
        if !(1..=253).contains(&host.len()) || !host.bytes().all(printable) {
            return Err(TargetError::Host);
        }
        let port = crate::config::decimal(port).ok_or(TargetError::Port)?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HostPort, TargetError};

    #[test]
    fn an_address_or_a_name_and_a_port() {
        for (text, host, port) in [
            ("localhost:8080", "localhost", 8080),
            ("10.0.0.1:1", "10.0.0.1", 1),
            ("[::1]:65535", "::1", 65535),
            ("_coap._udp.example.org.:7", "_coap._udp.example.org.", 7),
        ] {
            let read: HostPort = text.parse().unwrap();
            assert_eq!(read, HostPort { host: host.into(), port });
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        for (text, error) in [
            ("localhost", TargetError::NoPort),
            ("", TargetError::NoPort),
            (":80", TargetError::Host),
            ("a b:80", TargetError::Host),
            ("[::1:80", TargetError::Host),
            ("::1", TargetError::Host),
            ("a:", TargetError::Port),
            ("a:http", TargetError::Port),
            ("a:0", TargetError::Port),
            ("10.0.0.1:0", TargetError::Port),
            ("a:80:90", TargetError::Port),
            ("a:+80", TargetError::Port),
        ] {
            assert_eq!(text.parse::<HostPort>(), Err(error), "{text}");
        }
    }
}

//! What stands in paths.
use super::errors::Refusal;
use crate::model::Transport;
use std::{borrow::Cow, net::IpAddr};

/// A protocol: `tcp` or `udp`.
pub(super) fn transport(part: &str) -> Result<Transport, Refusal> {
    match &*decode(part, "protocol")? {
        "tcp" => Ok(Transport::Tcp),
        "udp" => Ok(Transport::Udp),
        other => Err(Refusal::Path(format!("unknown variant `{other}`, expected `tcp` or `udp`"))),
    }
}

/// The same in capitals, too, as hoprd takes it when a listener is closed.
pub(super) fn transport_of_any_case(part: &str) -> Result<Transport, Refusal> {
    let text = decode(part, "protocol")?;
    let known = |name: &str| text.eq_ignore_ascii_case(name);
    if known("tcp") {
        Ok(Transport::Tcp)
    } else if known("udp") {
        Ok(Transport::Udp)
    } else {
        transport(part)
    }
}

/// An address. It is looked at last: whether the other parts are right comes first.
pub(super) fn ip(part: &str) -> Result<IpAddr, Refusal> {
    decode(part, "ip")?.parse().map_err(|_| Refusal::InvalidAddress)
}

/// A port; 0 is one.
pub(super) fn port(part: &str) -> Result<u16, Refusal> {
    let text = decode(part, "port")?;
    text.parse()
        .map_err(|_| Refusal::Path(format!("Cannot parse value at index 2 with value `{text}` to a `u16`")))
}

/// Undoes percent-encoding (RFC 3986 section 2.1). What is no encoding stands for itself.
fn decode<'a>(part: &'a str, name: &str) -> Result<Cow<'a, str>, Refusal> {
    if !part.contains('%') {
        return Ok(Cow::Borrowed(part));
    }
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = match (first, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                // Two digits of four bits.
                bytes.push((high << 4 | low) as u8);
                &after[2..]
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Refusal::Path(format!("Invalid UTF-8 in `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::{decode, ip, port, transport, transport_of_any_case};
    use crate::{model::Transport, rest::errors::Refusal};

    #[test]
    fn percent_encoding_is_undone() {
        for (text, plain) in
            [("%3A%3a1", "::1"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%41", "aA"), ("%%41", "%A")]
        {
            assert_eq!(decode(text, "ip").unwrap(), plain, "{text}");
        }
        assert!(matches!(decode("%ff", "ip"), Err(Refusal::Path(_))));
    }

    #[test]
    fn protocols_have_their_case() {
        assert_eq!(transport("tcp").unwrap(), Transport::Tcp);
        assert_eq!(transport_of_any_case("UdP").unwrap(), Transport::Udp);
        for wrong in ["TCP", "", "%7B%7D"] {
            assert!(matches!(transport(wrong), Err(Refusal::Path(_))), "{wrong}");
        }
    }

    #[test]
    fn addresses_and_ports() {
        assert_eq!(ip("%3A%3A1").unwrap(), "::1".parse::<std::net::IpAddr>().unwrap());
        assert!(matches!(ip("localhost"), Err(Refusal::InvalidAddress)));
        assert_eq!(port("65535").unwrap(), 65535);
        for wrong in ["65536", "-1", "", "x"] {
            assert!(matches!(port(wrong), Err(Refusal::Path(_))), "{wrong}");
        }
    }
}

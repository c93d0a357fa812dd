//! What is kept, and how it stands in a journal.
use coap_proto::{Address, UnixPath, engine::ObserverName, wire::Protocol};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// What [`Store::open`](super::Store::open) found, each list in the order in which it came about. To be brought
/// back in this order, too: observers need their resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Resources that requests had made.
    pub resources: Vec<KeptResource>,
    /// The numbers of notifications.
    pub numbers: Vec<KeptNumber>,
    /// Who observed.
    pub observers: Vec<KeptObserver>,
}

/// A resource that the handler of an unknown path had made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptResource {
    /// Its path.
    pub path: Vec<u8>,
    /// What the request came by.
    pub protocol: Protocol,
    /// The request, as a datagram. Handled once more, it makes the resource.
    pub request: Vec<u8>,
}

/// How far a resource had counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptNumber {
    /// Its path.
    pub path: Vec<u8>,
    /// The highest number that it may have given out.
    pub number: u32,
}

/// An observer: the arguments of
/// [`Engine::restore_observer`](coap_proto::engine::Engine::restore_observer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptObserver {
    /// What tells it from others.
    pub name: ObserverName,
    /// This node's address in the session.
    pub local: Address,
    /// The request that registered, as a datagram.
    pub request: Vec<u8>,
}

impl KeptResource {
    pub(super) fn value(protocol: Protocol, request: &[u8]) -> Vec<u8> {
        [&[protocol as u8], request].concat()
    }

    /// `None`: it has no meaning.
    pub(super) fn read(key: &[u8], value: &[u8]) -> Option<Self> {
        let (&protocol, request) = value.split_first()?;
        Some(Self { path: key.to_vec(), protocol: self::protocol(protocol)?, request: request.to_vec() })
    }
}

impl KeptNumber {
    pub(super) fn value(number: u32) -> Vec<u8> {
        number.to_be_bytes().to_vec()
    }

    /// `None`: it has no meaning.
    pub(super) fn read(key: &[u8], value: &[u8]) -> Option<Self> {
        Some(Self { path: key.to_vec(), number: u32::from_be_bytes(value.try_into().ok()?) })
    }
}

impl KeptObserver {
    pub(super) fn key(name: &ObserverName) -> Vec<u8> {
        let mut key = vec![name.protocol as u8];
        write_address(&mut key, &name.listen);
        write_address(&mut key, &name.remote);
        key.extend_from_slice(&name.token);
        key
    }

    pub(super) fn value(local: &Address, request: &[u8]) -> Vec<u8> {
        let mut value = Vec::with_capacity(24 + request.len());
        write_address(&mut value, local);
        value.extend_from_slice(request);
        value
    }

    /// `None`: it has no meaning.
    pub(super) fn read(mut key: &[u8], mut value: &[u8]) -> Option<Self> {
        let protocol = protocol(*key.split_off_first()?)?;
        let (listen, remote) = (read_address(&mut key)?, read_address(&mut key)?);
        let local = read_address(&mut value)?;
        let name = ObserverName { protocol, listen, remote, token: key.to_vec() };
        Some(Self { name, local, request: value.to_vec() })
    }
}

fn protocol(number: u8) -> Option<Protocol> {
    let all = [Protocol::Udp, Protocol::Dtls, Protocol::Tcp, Protocol::Tls, Protocol::Ws, Protocol::Wss];
    all.into_iter().find(|protocol| *protocol as u8 == number)
}

/// 4 or 6; the IP address; the port; and the scope of an IPv6 address. 1, then a Unix domain path with its length.
fn write_address(out: &mut Vec<u8>, address: &Address) {
    match address {
        Address::Ip(SocketAddr::V4(address)) => {
            out.push(4);
            out.extend(address.ip().octets());
            out.extend(address.port().to_be_bytes());
        }
        Address::Ip(SocketAddr::V6(address)) => {
            out.push(6);
            out.extend(address.ip().octets());
            out.extend(address.port().to_be_bytes());
            out.extend(address.scope_id().to_be_bytes());
        }
        Address::Unix(path) => {
            out.extend([1, path.as_bytes().len() as u8]);
            out.extend(path.as_bytes());
        }
    }
}

fn read_address(input: &mut &[u8]) -> Option<Address> {
    let version = *input.split_off_first()?;
    let ip: IpAddr = match version {
        1 => {
            let length = usize::from(*input.split_off_first()?);
            return UnixPath::new(input.split_off(..length)?).map(Address::Unix);
        }
        4 => Ipv4Addr::from(*take::<4>(input)?).into(),
        6 => Ipv6Addr::from(*take::<16>(input)?).into(),
        _ => return None,
    };
    let port = u16::from_be_bytes(*take(input)?);
    Some(Address::Ip(match ip {
        IpAddr::V4(ip) => SocketAddrV4::new(ip, port).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, u32::from_be_bytes(*take(input)?)).into(),
    }))
}

fn take<'a, const N: usize>(input: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(taken)
}

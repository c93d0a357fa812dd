//! `coap_address_t` and the addresses of the lower floors.
use crate::types::*;
use coap_proto::{Address, UnixPath};
use libc::{
    AF_INET, AF_INET6, AF_UNIX, in_addr, in6_addr, sa_family_t, sockaddr_in, sockaddr_in6, socklen_t,
};
use std::ffi::c_char;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// An address as C sees it.
pub(crate) fn to_c(address: &Address) -> coap_address_t {
    // All bytes zero first: programs compare and hash the whole structure.
    let mut addr = coap_address_union { cun: coap_sockaddr_un { sun_family: 0, sun_path: [0; 26] } };
    let size = match address {
        Address::Ip(SocketAddr::V4(v4)) => {
            addr.sin = sockaddr_in {
                sin_family: AF_INET as sa_family_t,
                sin_port: v4.port().to_be(),
                sin_addr: in_addr { s_addr: u32::from_ne_bytes(v4.ip().octets()) },
                sin_zero: [0; 8],
            };
            size_of::<sockaddr_in>()
        }
        Address::Ip(SocketAddr::V6(v6)) => {
            addr.sin6 = sockaddr_in6 {
                sin6_family: AF_INET6 as sa_family_t,
                sin6_port: v6.port().to_be(),
                sin6_flowinfo: v6.flowinfo(),
                sin6_addr: in6_addr { s6_addr: v6.ip().octets() },
                sin6_scope_id: v6.scope_id(),
            };
            size_of::<sockaddr_in6>()
        }
        Address::Unix(path) => {
            let mut sun_path = [0; 26];
            for (place, byte) in sun_path.iter_mut().zip(path.as_bytes()) {
                *place = *byte as c_char;
            }
            addr.cun = coap_sockaddr_un { sun_family: AF_UNIX as sa_family_t, sun_path };
            // As the system says it: up to the NUL, or the family alone.
            let path = if path.is_unnamed() { 0 } else { path.as_bytes().len() + 1 };
            size_of::<sa_family_t>() + path
        }
    };
    coap_address_t { size: size as socklen_t, addr }
}

/// An address that C passed; `None` if the pointer is null or the family is none that the library knows.
///
/// # Safety
/// `address` is null or points to a `coap_address_t` whose family is set.
pub(crate) unsafe fn from_c(address: *const coap_address_t) -> Option<Address> {
    // SAFETY: as the caller promises.
    let address = unsafe { address.as_ref() }?;
    // SAFETY: the family comes first in all members of the union.
    let family = unsafe { address.addr.sa.sa_family };
    Some(Address::Ip(match i32::from(family) {
        AF_INET => {
            // SAFETY: the family says that this member is set; it has no invalid values.
            let sin = unsafe { address.addr.sin };
            let ip = Ipv4Addr::from(sin.sin_addr.s_addr.to_ne_bytes());
            SocketAddr::V4(SocketAddrV4::new(ip, u16::from_be(sin.sin_port)))
        }
        AF_INET6 => {
            // SAFETY: as above.
            let sin6 = unsafe { address.addr.sin6 };
            let ip = Ipv6Addr::from(sin6.sin6_addr.s6_addr);
            let (port, flow, scope) = (u16::from_be(sin6.sin6_port), sin6.sin6_flowinfo, sin6.sin6_scope_id);
            SocketAddr::V6(SocketAddrV6::new(ip, port, flow, scope))
        }
        AF_UNIX => {
            // SAFETY: as above; any bytes are a path.
            let path = unsafe { address.addr.cun }.sun_path.map(|byte| byte as u8);
            let end = path.iter().position(|byte| *byte == 0)?;
            return UnixPath::new(&path[..end]).map(Address::Unix);
        }
        _ => return None,
    }))
}

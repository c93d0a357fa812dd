//! `coap_address.h`: socket addresses.
use crate::{entry::entry, raw, sockaddr, stub::warn_unsupported, types::*};
use std::{
    ffi::c_int,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

mod broadcast;
mod resolve;
#[cfg(test)]
mod tests;

pub(crate) use resolve::available;
pub use resolve::{coap_free_address_info, coap_get_available_scheme_hint_bits, coap_resolve_address_info};

/// Copies what counts of an address: no padding, no flow label.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_copy(dst: *mut coap_address_t, src: *const coap_address_t) {
    entry((), || {
        // SAFETY: an address or null, as documented.
        let from = unsafe { raw::read(src) }?;
        let mut copy = from;
        if let Some(mut ip) = ip(&from) {
            if let SocketAddr::V6(v6) = &mut ip {
                v6.set_flowinfo(0);
            }
            copy.addr = sockaddr::to_c(&ip.into()).addr;
        }
        // SAFETY: writable, as documented.
        unsafe { raw::write(dst, copy) }
    })
}

/// Whether two addresses are the same IP address and port, whatever their zones. Others are never equal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_equals(a: *const coap_address_t, b: *const coap_address_t) -> c_int {
    entry(0, || {
        // SAFETY: addresses or null, as documented.
        let (a, b) = unsafe { (raw::read(a)?, raw::read(b)?) };
        let (ip_a, ip_b) = (ip(&a)?, ip(&b)?);
        let same = a.size == b.size && ip_a.ip() == ip_b.ip() && ip_a.port() == ip_b.port();
        Some(same.into())
    })
}

/// The port; 0 where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_get_port(addr: *const coap_address_t) -> u16 {
    // SAFETY: an address or null, as documented.
    entry(0, || Some(ip(&unsafe { raw::read(addr) }?)?.port()))
}

/// Makes the memory an address of no family.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_init(addr: *mut coap_address_t) {
    // SAFETY: writable, as documented.
    entry((), || unsafe { raw::write(addr, EMPTY) })
}

/// Sets the port of an IP address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_set_port(addr: *mut coap_address_t, port: u16) {
    entry((), || {
        // SAFETY: an address or null, as documented.
        let mut address = unsafe { raw::read(addr) }?;
        match family(&address) {
            libc::AF_INET => address.addr.sin.sin_port = port.to_be(),
            libc::AF_INET6 => address.addr.sin6.sin6_port = port.to_be(),
            _ => return None,
        }
        // SAFETY: not null and writable, as documented.
        unsafe { raw::write(addr, address) }
    })
}

/// Makes an IP address the one that stands for all of its family, without a zone; its port stays. Others stay as they
/// are.
///
/// # Safety
/// `addr` is null or points to an address that can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_clr_addr(addr: *mut coap_address_t) {
    entry((), || {
        // SAFETY: as the caller promises.
        let port = ip(&unsafe { raw::read(addr) }?)?;
        let all: IpAddr = match port {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        // SAFETY: as the caller promises.
        unsafe { raw::write(addr, sockaddr::to_c(&SocketAddr::new(all, port.port()).into())) }
    })
}

/// Makes an address for LLC (Linux `AF_LLC`), which is not built in: 0, and `addr` is as it was.
#[unsafe(no_mangle)]
pub extern "C" fn coap_address_set_llc(addr: *mut coap_address_t, host: *const u8, host_len: usize) -> c_int {
    let _ = (addr, host, host_len);
    entry(0, || warn_unsupported("coap_address_set_llc", "LLC"))
}

/// Whether this is an address for LLC (Linux `AF_LLC`), which is not built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_is_af_llc(a: *const coap_address_t) -> c_int {
    let _ = a;
    0
}

/// Makes an address of a Unix domain path; `%2F` stands for a slash. What is too long is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_set_unix_domain(
    addr: *mut coap_address_t,
    host: *const u8,
    host_len: usize,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `host_len` bytes, as documented.
        let address = unix_domain(unsafe { raw::bytes(host, host_len) });
        // SAFETY: writable, as documented.
        unsafe { raw::write(addr, address) }.map(|()| 1)
    })
}

/// Whether this is a Unix domain address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_is_af_unix(a: *const coap_address_t) -> c_int {
    // SAFETY: an address or null, as documented.
    entry(0, || Some((family(&unsafe { raw::read(a) }?) == libc::AF_UNIX).into()))
}

/// Whether datagrams to this address reach everybody on a network of ours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_is_bcast(a: *const coap_address_t) -> c_int {
    // SAFETY: an address or null, as documented.
    entry(0, || Some(is_broadcast(&unsafe { raw::read(a) }?).into()))
}

/// Whether datagrams to this address reach a group; broadcast counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_is_mcast(a: *const coap_address_t) -> c_int {
    entry(0, || {
        // SAFETY: an address or null, as documented.
        let address = unsafe { raw::read(a) }?;
        Some((is_broadcast(&address) || ip(&address)?.ip().to_canonical().is_multicast()).into())
    })
}

/// Whether this is the address that stands for all of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _coap_address_isany_impl(a: *const coap_address_t) -> c_int {
    // SAFETY: an address or null, as documented.
    entry(0, || Some(ip(&unsafe { raw::read(a) }?)?.ip().is_unspecified().into()))
}

/// The address family, an `AF_` constant.
pub(crate) fn family(address: &coap_address_t) -> c_int {
    // SAFETY: every member starts with the family, and all bytes of the union are initialised.
    c_int::from(unsafe { address.addr.sa.sa_family })
}

/// The path of a Unix domain address.
pub(crate) fn unix_path(address: &coap_address_t) -> Option<Vec<u8>> {
    if family(address) != libc::AF_UNIX {
        return None;
    }
    // SAFETY: the family says which member it is; any bytes are a path.
    let path = unsafe { address.addr.cun.sun_path };
    Some(path.iter().map(|&c| c as u8).take_while(|&byte| byte != 0).collect())
}

/// IP address and port, if it is an IP address.
pub(crate) fn ip(address: &coap_address_t) -> Option<SocketAddr> {
    // SAFETY: a reference to an initialised address.
    unsafe { sockaddr::from_c(address) }?.ip()
}

fn is_broadcast(address: &coap_address_t) -> bool {
    match ip(address).map(|address| address.ip().to_canonical()) {
        Some(IpAddr::V4(v4)) => v4.is_broadcast() || broadcast::of_an_interface(v4),
        _ => false,
    }
}

/// libcoap's initial address: no family, the size of the largest one.
const EMPTY: coap_address_t = coap_address_t {
    size: size_of::<coap_address_union>() as libc::socklen_t,
    addr: coap_address_union { cun: coap_sockaddr_un { sun_family: 0, sun_path: [0; UNIX_PATH_MAX] } },
};

/// Bytes of a Unix domain path with its NUL.
const UNIX_PATH_MAX: usize = 26;

fn unix_domain(host: &[u8]) -> coap_address_t {
    let mut path = [0; UNIX_PATH_MAX];
    let mut rest = host;
    for place in &mut path[..UNIX_PATH_MAX - 1] {
        let (byte, after) = match rest {
            [b'%', b'2', b'F' | b'f', after @ ..] => (b'/', after),
            [byte, after @ ..] => (*byte, after),
            [] => break,
        };
        *place = byte as std::ffi::c_char;
        rest = after;
    }
    let mut address = EMPTY;
    address.addr.cun = coap_sockaddr_un { sun_family: libc::AF_UNIX as libc::sa_family_t, sun_path: path };
    address
}

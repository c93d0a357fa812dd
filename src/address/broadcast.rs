//! Broadcast addresses of this machine's interfaces.
use std::{
    net::Ipv4Addr,
    ptr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the list is used before the system is asked again.
const FRESH: Duration = Duration::from_secs(30);

static KNOWN: Mutex<Option<(Instant, Vec<Ipv4Addr>)>> = Mutex::new(None);

/// Whether an interface has this broadcast address.
pub(super) fn of_an_interface(address: Ipv4Addr) -> bool {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, addresses) = match known.take() {
        Some(list) if list.0.elapsed() < FRESH => known.insert(list),
        _ => known.insert((Instant::now(), ask_the_system())),
    };
    addresses.contains(&address)
}

fn ask_the_system() -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut list = ptr::null_mut();
    // SAFETY: the pointer is to a local; the list is freed below.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return found;
    }
    let mut next: *const libc::ifaddrs = list;
    // SAFETY: null or an entry of the list that the system made.
    while let Some(interface) = unsafe { next.as_ref() } {
        // SAFETY: as above.
        found.extend(unsafe { broadcast(interface) });
        next = interface.ifa_next;
    }
    // SAFETY: made by getifaddrs, not used any more.
    unsafe { libc::freeifaddrs(list) };
    found
}

/// # Safety
/// `interface` is an entry of a list that getifaddrs made.
unsafe fn broadcast(interface: &libc::ifaddrs) -> Option<Ipv4Addr> {
    if interface.ifa_flags & libc::IFF_BROADCAST as u32 == 0 {
        return None;
    }
    // SAFETY: null or an address of the list.
    let family = unsafe { interface.ifa_ifu.as_ref() }?.sa_family;
    // SAFETY: the family says that it is an IPv4 one.
    (i32::from(family) == libc::AF_INET).then(|| unsafe {
        let address = interface.ifa_ifu.cast::<libc::sockaddr_in>().read_unaligned();
        Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes())
    })
}

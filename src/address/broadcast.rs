//! Broadcast addresses of this machine's interfaces.
use coap_net::interface;
use std::{
    net::Ipv4Addr,
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
        _ => known.insert((Instant::now(), interface::broadcast_addresses().unwrap_or_default())),
    };
    addresses.contains(&address)
}

//! Bits of [`Resource::flags`](super::Resource::flags); the values are libcoap's `COAP_RESOURCE_FLAGS_*`.

/// The C program gave its path away with the resource. Of no meaning to the engine.
pub const RELEASE_URI: u32 = 0x1;
/// Notifications are confirmable (RFC 7641 section 4.5). Without it every sixth is.
pub const NOTIFY_CON: u32 = 0x2;
/// Notifications are never confirmable, against RFC 7641 section 4.5 (RFC 9132 section 4.4.2.1 wants it so).
pub const NOTIFY_NON_ALWAYS: u32 = 0x4;
/// Requests to a group are served (RFC 7252 section 8). Only looked at when the engine's configuration says
/// so ([`Config::mcast_per_resource`](crate::engine::Config::mcast_per_resource)).
pub const HAS_MCAST_SUPPORT: u32 = 0x8;
/// The response to a group request goes out at once, not after a random part of the leisure (RFC 7252 section
/// 8.2).
pub const DISABLE_MCAST_DELAYS: u32 = 0x10;
/// An empty 2.05 is not sent to a group request (RFC 7390 section 2.7).
pub const SUPPRESS_MCAST_2_05: u32 = 0x20;
/// No 2.xx is sent to a group request.
pub const SUPPRESS_MCAST_2_XX: u32 = 0x40;
/// A 4.xx *is* sent to a group request.
pub const ALLOW_MCAST_4_XX: u32 = 0x80;
/// A 5.xx *is* sent to a group request.
pub const ALLOW_MCAST_5_XX: u32 = 0x100;
/// Handlers get a body that came in blocks as one piece (RFC 7959).
pub const FORCE_SINGLE_BODY: u32 = 0x200;
/// Only requests protected by OSCORE are served (RFC 8613).
pub const OSCORE_ONLY: u32 = 0x400;

/// All bits about multicast.
pub const MULTICAST: u32 = HAS_MCAST_SUPPORT
    | DISABLE_MCAST_DELAYS
    | SUPPRESS_MCAST_2_05
    | SUPPRESS_MCAST_2_XX
    | ALLOW_MCAST_4_XX
    | ALLOW_MCAST_5_XX;

//! What `GET /api/v3/session/status` says.
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

/// A node's listeners, tunnels and counters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The program's.
    pub version: String,
    /// Those that are open: of TCP, then of UDP, in the order of their addresses.
    pub listeners: Vec<ListenerReport>,
    /// Those that are open, of each role, in the order in which they were opened.
    pub tunnels: Vec<TunnelReport>,
    /// Links to other nodes that are up.
    pub links: u64,
    /// Tunnels that were opened since the start.
    pub established: u64,
    /// Openings that failed, by code of the answer.
    pub refused: BTreeMap<String, u64>,
    /// Tunnels that were ended by an abort, by reason.
    pub aborted: BTreeMap<String, u64>,
    /// Datagrams that were too long or found no room.
    pub dropped: u64,
    /// Bytes from local sockets.
    pub bytes_in: u64,
    /// Bytes to local sockets.
    pub bytes_out: u64,
    /// What the node holds at the moment.
    pub held: HeldReport,
}

/// What a node holds: what is over leaves nothing here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldReport {
    /// Numbers of tunnels that are in use on links.
    pub numbers: u64,
    /// Requests to other nodes that wait for their answer.
    pub messages: u64,
    /// Things that wait to be sent or done.
    pub queued: u64,
    /// Deadlines of tunnels and links.
    pub timers: u64,
    /// Bytes in the buffers of tunnels.
    pub tunnel_bytes: u64,
}

/// A listener.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerReport {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Where it listens.
    pub ip: IpAddr,
    /// Where it listens.
    pub port: u16,
    /// The exit's peer ID.
    pub destination: String,
    /// The way, as it was asked for.
    pub path: serde_json::Value,
    /// The target, as HOPR writes it.
    pub target: String,
    /// The numbers of its tunnels.
    pub tunnels: Vec<u64>,
}

/// A tunnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TunnelReport {
    /// The node's own number for it.
    pub number: u64,
    /// `entry`, `relay` or `exit`.
    pub role: String,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The local peer (entry), the target (exit), or both neighbours (relay).
    pub ends: String,
    /// Bytes towards the target.
    pub bytes_to_target: u64,
    /// Bytes from there.
    pub bytes_from_target: u64,
    /// Smoothed time between a data frame and its answer, in microseconds; none: not known.
    pub round_trip_us: Option<u64>,
    /// Datagrams dropped, messages repeated.
    pub losses: u64,
    /// Since when, in seconds.
    pub age_seconds: u64,
}

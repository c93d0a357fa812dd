//! What openings and their answers say (CBOR), and the layers in them.
use super::cbor::{Reader, Writer};
use crate::model::{Capabilities, PeerId, Target, Transport};
use std::fmt;

/// The boot number of a node.
pub(super) type Boot = [u8; 8];

/// Longest target name or address, without the port.
pub(super) const MAX_HOST: usize = 255;
/// Longest sealed target.
pub(super) const MAX_SEALED: usize = 512;

/// The longest layer inside of another one, in bytes: those of the longest path and target have some 860, and a request
/// that opens a tunnel has to fit into a datagram of every link.
const MAX_LAYER: usize = 1000;
const TCP: u64 = 6;
const UDP: u64 = 17;

/// A request to open a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OpenRequest<'a> {
    /// The tunnel's number on the link.
    pub(super) number: u32,
    /// The sender's boot number.
    pub(super) boot: Boot,
    /// For the receiver.
    pub(super) layer: &'a [u8],
    /// How far the receiver may send.
    pub(super) credit: u64,
}

impl<'a> OpenRequest<'a> {
    /// The payload.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.map(4).uint(1).uint(self.number.into()).uint(2).bytes(&self.boot);
        writer.uint(3).bytes(self.layer).uint(4).uint(self.credit);
        writer.into_bytes()
    }

    /// `None`: malformed.
    pub(super) fn decode(payload: &'a [u8]) -> Option<Self> {
        let (mut number, mut boot, mut layer, mut credit) = (None, None, None, None);
        read_map(payload, |key, reader| {
            match key {
                1 => number = Some(u32::try_from(reader.uint()?).ok().filter(|number| number >> 31 == 0)?),
                2 => boot = Some(reader.bytes()?.try_into().ok()?),
                3 => layer = Some(reader.bytes()?),
                4 => credit = Some(reader.uint()?),
                _ => reader.skip()?,
            }
            Some(())
        })?;
        Some(Self { number: number?, boot: boot?, layer: layer?, credit: credit? })
    }
}

/// The answer when the tunnel is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The boot number of who answers.
    pub(super) boot: Boot,
    /// How far it may be sent to.
    pub(super) credit: u64,
}

impl Accepted {
    /// The payload.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.map(2).uint(2).bytes(&self.boot).uint(4).uint(self.credit);
        writer.into_bytes()
    }

    /// `None`: malformed.
    pub(super) fn decode(payload: &[u8]) -> Option<Self> {
        let (mut boot, mut credit) = (None, None);
        read_map(payload, |key, reader| {
            match key {
                2 => boot = Some(reader.bytes()?.try_into().ok()?),
                4 => credit = Some(reader.uint()?),
                _ => reader.skip()?,
            }
            Some(())
        })?;
        Some(Self { boot: boot?, credit: credit? })
    }
}

/// What a node on the path may know.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Layer {
    /// What the tunnel carries.
    pub(super) transport: Transport,
    /// How.
    pub(super) capabilities: Capabilities,
    /// Where it goes on.
    pub(super) step: Step,
}

/// Where a tunnel goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To another node, with the layer for it.
    Relay { next: PeerId, layer: Vec<u8> },
    /// To its target.
    Exit(Target),
}

impl Layer {
    /// The bytes to be encrypted.
    pub(super) fn encode(&self) -> Vec<u8> {
        let transport = if self.transport == Transport::Tcp { TCP } else { UDP };
        let capabilities = number_of(self.capabilities);
        let mut writer = Writer::default();
        match &self.step {
            Step::Relay { next, layer } => {
                writer.map(5).uint(1).uint(0).uint(2).bytes(&next.0).uint(3).bytes(layer);
                writer.uint(6).uint(capabilities).uint(7).uint(transport);
            }
            Step::Exit(target) => {
                writer.map(4).uint(1).uint(1).uint(4).uint(transport).uint(5).array(2);
                match target {
                    Target::Plain { host, port } => writer.uint(0).text(&joined(host, *port)),
                    Target::Sealed(bytes) => writer.uint(1).bytes(bytes),
                    Target::Service(number) => writer.uint(2).uint((*number).into()),
                };
                writer.uint(6).uint(capabilities);
            }
        }
        writer.into_bytes()
    }

    /// `None`: malformed.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (mut kind, mut next, mut layer, mut transport) = (None, None, None, None);
        let (mut target, mut capabilities) = (None, None);
        read_map(bytes, |key, reader| {
            match key {
                1 => kind = Some(reader.uint()?),
                2 => next = Some(PeerId(reader.bytes()?.try_into().ok()?)),
                3 => layer = Some(reader.bytes().filter(|layer| layer.len() <= MAX_LAYER)?.to_vec()),
                4 | 7 => transport = Some(transport_of(reader.uint()?)?),
                5 => target = Some(read_target(reader)?),
                6 => capabilities = Some(capabilities_of(reader.uint()?)),
                _ => reader.skip()?,
            }
            Some(())
        })?;
        let step = match kind? {
            0 => Step::Relay { next: next?, layer: layer? },
            1 => Step::Exit(target?),
            _ => return None,
        };
        Some(Self { transport: transport?, capabilities: capabilities?, step })
    }
}

/// What is secret stays out of logs.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer").field("transport", &self.transport).finish_non_exhaustive()
    }
}

/// Reads a map whose keys are integers, each at most once, and nothing behind it.
fn read_map<'a>(bytes: &'a [u8], mut pair: impl FnMut(u64, &mut Reader<'a>) -> Option<()>) -> Option<()> {
    let mut reader = Reader::new(bytes);
    let mut seen = 0u64;
    for _ in 0..reader.map()? {
        let key = reader.uint()?;
        if let Some(bit) = u32::try_from(key).ok().and_then(|key| 1u64.checked_shl(key)) {
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
        }
        pair(key, &mut reader)?;
    }
    reader.is_at_end().then_some(())
}

fn read_target(reader: &mut Reader<'_>) -> Option<Target> {
    if reader.array()? != 2 {
        return None;
    }
    Some(match reader.uint()? {
        0 => split(reader.text()?)?,
        1 => Target::Sealed(reader.bytes().filter(|bytes| bytes.len() <= MAX_SEALED)?.to_vec()),
        2 => Target::Service(u32::try_from(reader.uint()?).ok()?),
        _ => return None,
    })
}

fn joined(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn split(text: &str) -> Option<Target> {
    let (host, port) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None => host,
    };
    let port = port.parse().ok()?;
    (!host.is_empty() && host.len() <= MAX_HOST).then(|| Target::Plain { host: host.to_owned(), port })
}

fn transport_of(number: u64) -> Option<Transport> {
    match number {
        TCP => Some(Transport::Tcp),
        UDP => Some(Transport::Udp),
        _ => None,
    }
}

fn number_of(capabilities: Capabilities) -> u64 {
    let Capabilities { segmentation, retransmission, retransmission_ack_only, no_delay } = capabilities;
    let bits = [segmentation, retransmission, retransmission_ack_only, no_delay];
    bits.iter().rev().fold(0, |sum, bit| sum << 1 | u64::from(*bit))
}

fn capabilities_of(number: u64) -> Capabilities {
    let has = |bit: u64| number & bit != 0;
    Capabilities {
        segmentation: has(1),
        retransmission: has(2),
        retransmission_ack_only: has(4),
        no_delay: has(8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Vec<Layer> {
        let capabilities = Capabilities { segmentation: true, no_delay: true, ..Capabilities::default() };
        let targets = [
            Target::Plain { host: "example.org".into(), port: 443 },
            Target::Plain { host: "2001:db8::1".into(), port: 80 },
            Target::Sealed(vec![9; 98]),
            Target::Service(u32::MAX),
        ];
        let steps = targets.into_iter().map(Step::Exit);
        let relay = Step::Relay { next: PeerId([7; 32]), layer: vec![5; 300] };
        let layer = |step| Layer { transport: Transport::Udp, capabilities, step };
        steps.chain([relay]).map(layer).collect()
    }

    #[test]
    fn openings_come_out_as_they_went_in() {
        let request = OpenRequest { number: 0x7fff_ffff, boot: [1; 8], layer: b"layer", credit: 1 << 18 };
        assert_eq!(OpenRequest::decode(&request.encode()), Some(request));
        let accepted = Accepted { boot: [2; 8], credit: 5 };
        assert_eq!(Accepted::decode(&accepted.encode()), Some(accepted));
        for layer in layers() {
            assert_eq!(Layer::decode(&layer.encode()), Some(layer));
        }
    }

    #[test]
    fn newer_nodes_may_say_more() {
        let mut bytes = Accepted { boot: [2; 8], credit: 5 }.encode();
        bytes[0] += 1;
        bytes.extend_from_slice(&[0x18, 99, 0x82, 1, 0xf5]);
        assert_eq!(Accepted::decode(&bytes), Some(Accepted { boot: [2; 8], credit: 5 }));
    }

    #[test]
    fn malformed_openings_are_refused() {
        let sound = OpenRequest { number: 1, boot: [1; 8], layer: b"layer", credit: 9 }.encode();
        for cut in 0..sound.len() {
            assert_eq!(OpenRequest::decode(&sound[..cut]), None);
        }
        assert_eq!(OpenRequest::decode(&[&sound[..], &[0]].concat()), None, "something follows");
        let high = OpenRequest { number: 1 << 31, boot: [1; 8], layer: b"", credit: 9 }.encode();
        assert_eq!(OpenRequest::decode(&high), None, "a number with the bit that tells who opened it");
        assert_eq!(Accepted::decode(&[0xa2, 2, 0x40, 2, 0x40]), None, "a key twice");
        let mut rng = fastrand::Rng::with_seed(8);
        for layer in layers() {
            let sound = layer.encode();
            for _ in 0..500 {
                let mut bytes = sound.clone();
                for _ in 0..rng.usize(1..4) {
                    let at = rng.usize(..bytes.len());
                    bytes[at] = rng.u8(..);
                }
                // Whatever it is, it is read or refused.
                let _ = Layer::decode(&bytes).map(|layer| Layer::decode(&layer.encode()).expect("as it is"));
            }
        }
    }

    #[test]
    fn targets_need_a_name_and_a_port() {
        for text in ["", ":80", "host", "host:", "host:65536", "[::1:80", "[]:1"] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}

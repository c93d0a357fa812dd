//! What a server offers (RFC 7252 section 5.10) and how it describes it (RFC 6690).
//!
//! A [`Resource`] says what it is called, which methods have a handler and how it wants to be treated. The
//! [`Resources`] of an engine find it by its path and list it under `/.well-known/core`.
pub mod flags;
mod listing;
mod methods;
mod table;
#[cfg(test)]
mod tests;

pub use listing::Printed;
pub use methods::MethodMask;
pub use table::Resources;

use crate::engine::ResourceId;

/// Something that requests are addressed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    path: Vec<u8>,
    kind: ResourceKind,
    attributes: Vec<Attribute>,
    /// How requests and notifications are treated: a set of the bits in [`flags`].
    pub flags: u32,
    /// Observers may register (RFC 7641). Listed as `;obs`.
    pub observable: bool,
    /// The methods that have a handler; the others are answered with 4.05.
    pub methods: MethodMask,
    observe_number: u32,
    dynamic: bool,
}

/// Which requests a resource stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// Those for its path.
    Plain,
    /// Those for a path that no other resource has. It is not listed.
    Unknown,
    /// Those with Proxy-Uri or Proxy-Scheme (RFC 7252 section 5.7.2). It is not listed.
    Proxy {
        /// Names of this node: a request for one of them is not forwarded but served here.
        hosts: Vec<Vec<u8>>,
    },
}

/// A link attribute, `name` or `name=value` (RFC 6690 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// For instance `rt`.
    pub name: Vec<u8>,
    /// As it is to be printed: with its quotes, if it has any.
    pub value: Option<Vec<u8>>,
}

impl Resource {
    /// A resource at `path`, written without its leading `/`; the empty path is the root.
    pub fn new(path: &[u8], flags: u32) -> Self {
        Self::of_kind(ResourceKind::Plain, path, flags)
    }

    /// A resource for all paths that have none. Of `flags`, those about multicast hold.
    pub fn unknown(flags: u32) -> Self {
        Self::of_kind(ResourceKind::Unknown, b"- Unknown -", flags & flags::MULTICAST)
    }

    /// A resource for requests to be forwarded, on a node that itself is called one of `hosts`. All methods
    /// have a handler. Of `flags`, those about multicast hold.
    pub fn proxy(hosts: Vec<Vec<u8>>, flags: u32) -> Self {
        let kind = ResourceKind::Proxy { hosts };
        Self { methods: MethodMask::ALL, ..Self::of_kind(kind, b"- Proxy URI -", flags & flags::MULTICAST) }
    }

    fn of_kind(kind: ResourceKind, path: &[u8], flags: u32) -> Self {
        let path = path.to_vec();
        Self {
            path,
            kind,
            attributes: Vec::new(),
            flags,
            observable: false,
            methods: MethodMask::NONE,
            observe_number: 2,
            dynamic: false,
        }
    }

    /// The path without its leading `/`. Unknown and proxy resources have a name for log lines instead.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The number of its last notification (RFC 7641 section 4.4), 24 bits; at first 2, as libcoap's.
    pub fn observe_number(&self) -> u32 {
        self.observe_number
    }

    /// Changes the number of its last notification, of which 24 bits count: the next one gets the one after
    /// it.
    pub fn set_observe_number(&mut self, number: u32) {
        self.observe_number = number & 0xff_ffff;
    }

    /// Its state has changed: notifications have the next number from now on.
    pub(crate) fn count_change(&mut self) {
        self.set_observe_number(self.observe_number + 1);
    }

    /// The same, made because a request came for it: it counts against
    /// [`Config::max_dynamic_resources`](crate::engine::Config::max_dynamic_resources).
    pub fn into_dynamic(self) -> Self {
        Self { dynamic: true, ..self }
    }

    /// Which requests it stands for.
    pub fn kind(&self) -> &ResourceKind {
        &self.kind
    }

    /// Whether all bits of `flags` are set.
    pub fn has(&self, flags: u32) -> bool {
        self.flags & flags == flags
    }

    /// Describes it with one more attribute; the same name may come several times. Returns the attribute's
    /// index, which stays valid: attributes are never removed.
    pub fn add_attribute(&mut self, name: &[u8], value: Option<&[u8]>) -> usize {
        self.attributes.push(Attribute { name: name.to_vec(), value: value.map(<[u8]>::to_vec) });
        self.attributes.len() - 1
    }

    /// The attributes in the order in which they were added. (They are listed in the opposite order.)
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Index of the attribute of that name that was added last.
    pub fn find_attribute(&self, name: &[u8]) -> Option<usize> {
        self.attributes.iter().rposition(|attribute| attribute.name == name)
    }
}

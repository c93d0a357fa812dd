//! Names of objects. An id never names a later object in the same place: it carries a generation.
use crate::arena::Index;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(crate) Index);

        impl $name {
            /// Its place: a small number that a later object may get.
            pub fn slot(self) -> u32 {
                self.0.slot()
            }
        }
    };
}

id!(
    /// A session of an [`Engine`](super::Engine).
    SessionId
);
id!(
    /// A listening endpoint of an [`Engine`](super::Engine).
    EndpointId
);
id!(
    /// A resource of an [`Engine`](super::Engine).
    ResourceId
);

impl ResourceId {
    /// Stands for `/.well-known/core`, which is no resource, where transfers are looked up.
    pub(super) const LISTING: Self = Self(Index::DANGLING);
}

id!(
    /// An observation of a resource by a peer.
    ObserverId
);
id!(
    /// A request that an [`Engine`](super::Engine) was told to put off.
    AsyncId
);
id!(
    /// A cache entry of an [`Engine`](super::Engine).
    CacheEntryId
);

//! What C sees of resources and their attributes, beside what the engine knows of them.
use crate::{
    exposed::{Exposed, Graves, Text},
    keys::{Key, Kind},
    places::Places,
    types::*,
    user_data::UserData,
};
use coap_proto::{engine::ResourceId, resource::Resource};

/// The methods that can have a handler, by `coap_request_t` less one.
pub(crate) const METHODS: usize = 7;

/// C's side of a resource.
pub(crate) struct ResourceFace {
    pub(crate) key: Key,
    /// Name in the engine; `None` in the nursery.
    pub(crate) id: Option<ResourceId>,
    pub(crate) path: Text,
    pub(crate) handlers: [coap_method_handler_t; METHODS],
    pub(crate) user_data: UserData,
    /// Places of its attributes, in the order of [`Resource::attributes`].
    pub(crate) attributes: Vec<u32>,
}

impl ResourceFace {
    /// The end of the resource and its attributes.
    pub(crate) fn end(self, attributes: &mut Places<AttributeFace>, graves: &Graves) {
        self.key.free();
        graves.bury(Exposed::Text(self.path));
        self.attributes
            .iter()
            .filter_map(|&place| attributes.remove(place))
            .for_each(|face| face.end(graves));
    }
}

/// C's side of an attribute.
pub(crate) struct AttributeFace {
    pub(crate) key: Key,
    /// Kept for C when it gave the name away.
    pub(crate) name: Option<Text>,
    pub(crate) value: Option<Text>,
}

impl AttributeFace {
    /// The end of the attribute.
    pub(crate) fn end(self, graves: &Graves) {
        self.key.free();
        [self.name, self.value].into_iter().flatten().for_each(|text| graves.bury(Exposed::Text(text)));
    }
}

/// A resource that belongs to no context.
pub(crate) struct Orphan {
    pub(crate) face: ResourceFace,
    pub(crate) resource: Resource,
}

/// All resources that belong to no context.
#[derive(Default)]
pub(crate) struct Orphans {
    pub(crate) resources: Places<Orphan>,
    pub(crate) attributes: Places<AttributeFace>,
}

impl Orphans {
    /// The key of what is at a place.
    pub(crate) fn key(&self, kind: Kind, place: u32) -> Option<Key> {
        match kind {
            Kind::Resource => self.resources.get(place).map(|orphan| orphan.face.key),
            Kind::Attribute => self.attributes.get(place).map(|face| face.key),
            _ => None,
        }
    }
}

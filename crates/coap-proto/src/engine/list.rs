//! Doubly linked lists through the slots of an arena: an object joins and leaves each of them in constant
//! time, and no list allocates.
use crate::arena::{Arena, Index};
use std::marker::PhantomData;

/// An object's place in the list `L`: the slots of its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    previous: u32,
    next: u32,
}

/// No slot: an arena never gets so full.
const NONE: u32 = u32::MAX;

impl Default for Links {
    fn default() -> Self {
        Self { previous: NONE, next: NONE }
    }
}

/// An object that can be in the list `L`, one of that kind at a time.
pub(super) trait Member<L> {
    fn links(&self) -> &Links;
    fn links_mut(&mut self) -> &mut Links;
}

/// Front and back of a list whose members live in one arena.
#[derive(Debug)]
pub(super) struct List<L> {
    front: Option<Index>,
    back: Option<Index>,
    len: u32,
    kind: PhantomData<L>,
}

impl<L> Default for List<L> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether both have the same members.
impl<L> PartialEq for List<L> {
    fn eq(&self, other: &Self) -> bool {
        (self.front, self.back, self.len) == (other.front, other.back, other.len)
    }
}

impl<L> List<L> {
    pub(super) const fn new() -> Self {
        Self { front: None, back: None, len: 0, kind: PhantomData }
    }

    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn front(&self) -> Option<Index> {
        self.front
    }

    pub(super) fn back(&self) -> Option<Index> {
        self.back
    }

    /// The member behind `at`.
    pub(super) fn after<T: Member<L>>(arena: &Arena<T>, at: Index) -> Option<Index> {
        arena.contains_slot(arena.get(at)?.links().next)
    }

    /// Adds a member that is in no list of this kind.
    pub(super) fn push_back<T: Member<L>>(&mut self, arena: &mut Arena<T>, at: Index) {
        let Some(member) = arena.get_mut(at) else { return };
        *member.links_mut() = Links { previous: self.back.map_or(NONE, Index::slot), next: NONE };
        match self.back.and_then(|back| arena.get_mut(back)) {
            Some(back) => back.links_mut().next = at.slot(),
            None => self.front = Some(at),
        }
        self.back = Some(at);
        self.len += 1;
    }

    /// Adds a member that is in no list of this kind, as the first one.
    pub(super) fn push_front<T: Member<L>>(&mut self, arena: &mut Arena<T>, at: Index) {
        let Some(member) = arena.get_mut(at) else { return };
        *member.links_mut() = Links { previous: NONE, next: self.front.map_or(NONE, Index::slot) };
        match self.front.and_then(|front| arena.get_mut(front)) {
            Some(front) => front.links_mut().previous = at.slot(),
            None => self.back = Some(at),
        }
        self.front = Some(at);
        self.len += 1;
    }

    /// Takes out a member of this very list.
    pub(super) fn remove<T: Member<L>>(&mut self, arena: &mut Arena<T>, at: Index) {
        let Some(member) = arena.get_mut(at) else { return };
        let Links { previous, next } = std::mem::take(member.links_mut());
        let before = arena.get_by_slot_mut(previous).map(|(index, member)| {
            member.links_mut().next = next;
            index
        });
        let behind = arena.get_by_slot_mut(next).map(|(index, member)| {
            member.links_mut().previous = previous;
            index
        });
        if before.is_none() {
            self.front = behind;
        }
        if behind.is_none() {
            self.back = before;
        }
        self.len -= 1;
    }

    /// Makes a member the last one.
    pub(super) fn move_to_back<T: Member<L>>(&mut self, arena: &mut Arena<T>, at: Index) {
        if self.back != Some(at) {
            self.remove(arena, at);
            self.push_back(arena, at);
        }
    }
}

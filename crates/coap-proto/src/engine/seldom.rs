//! What most objects have in its usual form, so that they need not hold it.
use std::ops::Deref;

/// A type with one value that most of its owners never change.
pub(super) trait Usual: Default + PartialEq + 'static {
    /// That value: the default one.
    const USUAL: &'static Self;
}

/// A value that is the usual one as long as nobody changes it: until then it takes the room of a pointer. It is read
/// like a `T`; who changes it says [`make_mut`](Self::make_mut).
#[derive(Debug)]
pub(super) struct Seldom<T>(Option<Box<T>>);

impl<T> Seldom<T> {
    /// The usual value.
    pub(super) const fn usual() -> Self {
        Self(None)
    }
}

impl<T: Usual> Seldom<T> {
    /// The owner's own value, to be changed. It is made if there is none, so who only takes things away asks
    /// [`own_mut`](Self::own_mut).
    pub(super) fn make_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }

    /// The owner's own value, if it has one.
    pub(super) fn own(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// The same, to be changed.
    pub(super) fn own_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    /// Gives the memory back if the owner's own value has become the usual one.
    pub(super) fn tidy(&mut self) {
        if self.0.as_ref().is_some_and(|own| **own == *T::USUAL) {
            self.0 = None;
        }
    }
}

impl<T: Usual> Deref for Seldom<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::USUAL)
    }
}

impl<T> Default for Seldom<T> {
    fn default() -> Self {
        Self::usual()
    }
}

impl<T: Usual> PartialEq for Seldom<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Number(u8);

    impl Usual for Number {
        const USUAL: &'static Self = &Self(0);
    }

    #[test]
    fn only_who_changes_it_has_one_and_only_for_as_long_as_it_differs() {
        let mut number = Seldom::<Number>::default();
        assert_eq!((number.deref(), number.own()), (&Number(0), None));
        number.make_mut().0 = 7;
        number.tidy();
        assert_eq!((number.deref(), size_of_val(&number)), (&Number(7), size_of::<usize>()));
        number.make_mut().0 = 0;
        assert_eq!(number.own_mut(), Some(&mut Number(0)));
        number.tidy();
        assert_eq!(number.own(), None);
    }
}

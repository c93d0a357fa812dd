//! A table by place: small numbers that are used again.

/// What lives at which place. Whoever uses a place knows by other means whether what is there is what they
/// mean.
pub(crate) struct Places<T> {
    slots: Vec<Option<T>>,
    vacant: Vec<u32>,
}

impl<T> Places<T> {
    pub(crate) fn get(&self, place: u32) -> Option<&T> {
        self.slots.get(place as usize)?.as_ref()
    }
    pub(crate) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.slots.get_mut(place as usize)?.as_mut()
    }
    /// The place that the next [`Places::add`] uses; `None` when there are too many.
    pub(crate) fn next(&self) -> Option<u32> {
        self.vacant.last().copied().or_else(|| u32::try_from(self.slots.len()).ok())
    }
    /// Puts something at the place that [`Places::next`] named.
    pub(crate) fn add(&mut self, value: T) {
        match self.vacant.pop() {
            Some(place) => self.slots[place as usize] = Some(value),
            None => self.slots.push(Some(value)),
        }
    }
    /// Puts something at a place that the caller chose. A table is filled either so or by [`Places::add`].
    pub(crate) fn put(&mut self, place: u32, value: T) {
        let place = place as usize;
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        self.slots[place] = Some(value);
    }
    /// Takes out what [`Places::add`] put in.
    pub(crate) fn remove(&mut self, place: u32) -> Option<T> {
        let value = self.take(place)?;
        self.vacant.push(place);
        Some(value)
    }
    /// Takes out what [`Places::put`] put in.
    pub(crate) fn take(&mut self, place: u32) -> Option<T> {
        self.slots.get_mut(place as usize)?.take()
    }
    /// Everything, in order of place.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.vacant.clear();
        std::mem::take(&mut self.slots).into_iter().flatten()
    }
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), vacant: Vec::new() }
    }
}

//! Credentials by the names of servers.
use std::{collections::HashMap, sync::Arc};

/// How many names are remembered.
const LIMIT: usize = 256;

/// Of two that are alike, one will do.
pub trait Alike {
    /// Whether `other` can stand for this one in every respect.
    fn is_alike(&self, other: &Self) -> bool;
}

/// What was answered for which name (RFC 6066 section 3), so that an application is asked once for each. Names are
/// alike whatever the case of their letters.
///
/// Clients choose what they call a server, and a name is remembered only when the application has said yes; when
/// there are too many all the same, further ones are asked about each time. Names that stand for the same have one copy
/// of it.
#[derive(Clone, Debug)]
pub struct Names<T> {
    known: HashMap<String, Arc<T>>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<T> Names<T> {
    /// What is known for `name`.
    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        self.known.get(&name.to_ascii_lowercase()).cloned()
    }

    /// Remembers `credentials` for `name`, if there is room. Returns what to use from now on: those, or others that
    /// are alike.
    pub fn learn(&mut self, name: &str, credentials: Arc<T>) -> Arc<T>
    where
        T: Alike,
    {
        let name = name.to_ascii_lowercase();
        let known = self.known.get(&name);
        if known.is_some_and(|known| Arc::ptr_eq(known, &credentials)) {
            return credentials;
        }
        if known.is_none() && self.known.len() >= LIMIT {
            return credentials;
        }
        // Once for each name, and never more than there may be.
        let credentials = self.shared(credentials);
        self.known.insert(name, credentials.clone());
        credentials
    }

    /// Those credentials, or others that are alike and known for some name.
    pub fn shared(&self, credentials: Arc<T>) -> Arc<T>
    where
        T: Alike,
    {
        let alike = self.known.values().find(|known| known.is_alike(&credentials)).cloned();
        alike.unwrap_or(credentials)
    }

    /// Forgets everything: the credentials of the server have changed.
    pub fn clear(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Alike for usize {
        fn is_alike(&self, other: &Self) -> bool {
            self == other
        }
    }

    #[test]
    fn names_are_alike_whatever_their_case_and_not_too_many() {
        let mut names = Names::default();
        names.learn("Good.Test", Arc::new(0));
        assert_eq!(names.get("gOOD.tEST").as_deref(), Some(&0));
        assert_eq!(names.get("good.test.").as_deref(), None);
        for number in 1..LIMIT {
            names.learn(&number.to_string(), Arc::new(number));
            assert_eq!(names.get(&number.to_string()).as_deref(), Some(&number));
        }
        assert_eq!(*names.learn("one more", Arc::new(LIMIT)), LIMIT);
        assert_eq!(names.get("one more"), None);
        names.learn("good.test", Arc::new(LIMIT));
        assert_eq!(names.get("good.test").as_deref(), Some(&LIMIT), "a known one can change");
        names.clear();
        assert_eq!(names.get("good.test"), None);
    }

    #[test]
    fn what_is_alike_is_there_once() {
        let mut names = Names::default();
        let first = names.learn("one.test", Arc::new(1));
        for name in ["two.test", "three.test"] {
            assert!(Arc::ptr_eq(&names.learn(name, Arc::new(1)), &first));
            assert!(Arc::ptr_eq(&names.get(name).unwrap(), &first));
        }
        assert!(Arc::ptr_eq(&names.shared(Arc::new(1)), &first));
        assert!(!Arc::ptr_eq(&names.learn("four.test", Arc::new(4)), &first));
        assert_eq!(Arc::strong_count(&first), 4, "three names and this test");
    }
}

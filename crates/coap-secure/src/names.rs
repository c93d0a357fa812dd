//! Credentials by the names of servers.
use std::{collections::HashMap, sync::Arc};

/// How many names are remembered.
const LIMIT: usize = 1024;

/// What was answered for which name (RFC 6066 section 3), so that an application is asked once for each. Names are
/// alike whatever the case of their letters.
///
/// Clients choose what they call a server, and a name is remembered only when the application has said yes; when
/// there are too many all the same, further ones are asked about each time.
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

    /// Remembers `credentials` for `name`. Returns whether there was room.
    pub fn learn(&mut self, name: &str, credentials: Arc<T>) -> bool {
        let name = name.to_ascii_lowercase();
        let room = self.known.len() < LIMIT || self.known.contains_key(&name);
        if room {
            self.known.insert(name, credentials);
        }
        room
    }

    /// Forgets everything: the credentials of the server have changed.
    pub fn clear(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_whatever_their_case_and_not_too_many() {
        let mut names = Names::default();
        assert!(names.learn("Good.Test", Arc::new(0)));
        assert_eq!(names.get("gOOD.tEST").as_deref(), Some(&0));
        assert_eq!(names.get("good.test.").as_deref(), None);
        assert!((1..LIMIT).all(|number| names.learn(&number.to_string(), Arc::new(number))));
        assert!(!names.learn("one more", Arc::new(1)));
        assert!(names.learn("good.test", Arc::new(7)), "a known one can change");
        assert_eq!(names.get("good.test").as_deref(), Some(&7));
        names.clear();
        assert_eq!(names.get("good.test"), None);
    }
}

//! Walks through TOML so that every mistake is found, not the first one only.
use super::note::Notes;
use std::{fmt::Display, ops::Range, str::FromStr};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A table whose keys are taken out one by one; what is left in the end, nobody knows.
pub(super) struct Table<'a> {
    /// As it is written, for messages: `[node]`.
    name: String,
    at: Range<usize>,
    entries: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

/// The value of a key.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub(super) at: Range<usize>,
    key: &'static str,
    value: &'a DeValue<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn new(name: &str, at: Range<usize>, entries: &'a DeTable<'a>) -> Self {
        Self { name: name.to_owned(), at, entries, known: Vec::new() }
    }

    /// Where it begins.
    pub(super) fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    pub(super) fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let (_, value) = self.entries.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(Value { at: value.span(), key, value: value.get_ref() })
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&mut self, key: &'static str, what: &str, notes: &mut Notes<'_>) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            notes.error(&self.at, format_args!("{} has no `{key}`: {what}", self.name));
        }
        value
    }

    /// A table in it.
    pub(super) fn table(
        &mut self,
        key: &'static str,
        name: &str,
        notes: &mut Notes<'_>,
    ) -> Option<Table<'a>> {
        self.get(key)?.table(name, notes)
    }

    /// The tables of an array in it.
    pub(super) fn tables(&mut self, key: &'static str, name: &str, notes: &mut Notes<'_>) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if value.value.is_table() {
            notes.error(&value.at, format_args!("there can be several of these: write `{name}`"));
            return Vec::new();
        }
        let elements = value.list(notes).unwrap_or_default();
        elements.into_iter().filter_map(|element| element.table(name, notes)).collect()
    }

    /// Complains about the keys that nobody has asked for.
    pub(super) fn finish(self, notes: &mut Notes<'_>) {
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if self.known.contains(&name) {
                continue;
            }
            let hint = match nearest(name, &self.known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("there are {}", self.known.join(", ")),
            };
            notes.error(&key.span(), format_args!("{} has no setting `{name}`; {hint}", self.name));
        }
    }
}

impl<'a> Value<'a> {
    fn unexpected(&self, what: &str, notes: &mut Notes<'_>) {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        notes.error(&self.at, format_args!("`{}` is {found}, but has to be {what}", self.key));
    }

    pub(super) fn text(&self, what: &str, notes: &mut Notes<'_>) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.unexpected(what, notes);
        }
        text
    }

    /// A text that means something else.
    pub(super) fn parse<T>(&self, what: &str, notes: &mut Notes<'_>) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let parsed = self.text(what, notes)?.parse();
        parsed.map_err(|error| notes.error(&self.at, error)).ok()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&str, T)], notes: &mut Notes<'_>) -> Option<T> {
        let all = || words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let text = self.text(&format!("one of {}", all()), notes)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            notes.error(&self.at, format_args!("`{}` is one of {}", self.key, all()));
        }
        found
    }

    pub(super) fn flag(&self, notes: &mut Notes<'_>) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.unexpected("true or false", notes);
        }
        flag
    }

    pub(super) fn integer(&self, range: Range<u64>, notes: &mut Notes<'_>) -> Option<u64> {
        let what = format!("a number from {} to {}", range.start, range.end - 1);
        let DeValue::Integer(digits) = self.value else {
            self.unexpected(&what, notes);
            return None;
        };
        let number =
            u64::from_str_radix(digits.as_str(), digits.radix()).ok().filter(|it| range.contains(it));
        if number.is_none() {
            notes.error(&self.at, format_args!("`{}` is {what}", self.key));
        }
        number
    }

    /// A number, or a number and a unit in a string, in units of the first of `units`.
    pub(super) fn measure(&self, units: &[(&str, f64)], what: &str, notes: &mut Notes<'_>) -> Option<f64> {
        let number = match self.value {
            DeValue::Integer(digits) if digits.radix() == 10 => digits.as_str().parse().ok(),
            DeValue::Float(digits) => digits.as_str().parse().ok(),
            DeValue::String(text) => {
                let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
                let (number, unit) = text.split_at(end);
                let factor = units.iter().find(|(name, _)| *name == unit.trim()).map(|(_, factor)| *factor);
                factor.and_then(|factor| number.parse().ok().map(|number: f64| number * factor))
            }
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            notes.error(&self.at, format_args!("`{}` is {what}", self.key));
        }
        number
    }

    pub(super) fn list(&self, notes: &mut Notes<'_>) -> Option<Vec<Value<'a>>> {
        let Some(array) = self.value.as_array() else {
            self.unexpected("an array: [...]", notes);
            return None;
        };
        let value = |element: &'a Spanned<DeValue<'a>>| Value {
            at: element.span(),
            key: self.key,
            value: element.get_ref(),
        };
        Some(array.iter().map(value).collect())
    }

    pub(super) fn table(&self, name: &str, notes: &mut Notes<'_>) -> Option<Table<'a>> {
        let Some(entries) = self.value.as_table() else {
            self.unexpected("a table", notes);
            return None;
        };
        Some(Table::new(name, self.at.clone(), entries))
    }
}

/// Which of `known` was probably meant.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let far = |known: &&str| distance(&name.to_lowercase().replace('-', "_"), known);
    let nearest = known.iter().copied().min_by_key(far)?;
    (far(&nearest) <= 1 + nearest.len() / 4).then_some(nearest)
}

/// How many characters have to be changed, put in or left out (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, byte) in one.bytes().enumerate() {
        let mut before = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in other.bytes().enumerate() {
            let changed = before + usize::from(byte != other);
            before = row[column + 1];
            row[column + 1] = changed.min(before + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_word_is_found() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")), (3, 3, 0));
        let known = ["identity", "listen", "relay"];
        assert_eq!(nearest("listn", &known), Some("listen"));
        assert_eq!(nearest("Identity", &known), Some("identity"));
        assert_eq!(nearest("idle-timeout", &["idle_timeout"]), Some("idle_timeout"));
        assert_eq!(nearest("token", &known), None);
    }
}

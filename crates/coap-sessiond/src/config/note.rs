//! What is wrong with a file, and where.
use std::{fmt, ops::Range, path::PathBuf};

/// Something that is to be said about a place in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub file: PathBuf,
    /// The line; the first has 1.
    pub line: usize,
    /// The character in the line; the first has 1.
    pub column: usize,
    /// Whether the configuration cannot be used.
    pub severity: Severity,
    /// What is wrong, and what is expected.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can, but may be other than what was meant.
    Warning,
}

impl fmt::Display for Note {
    /// `file:line:column: severity: text`, as compilers do it, which editors understand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}:{}:{}: {severity}: {}", self.file.display(), self.line, self.column, self.text)
    }
}

/// Collects what is found while a file is read.
pub(super) struct Notes<'a> {
    file: PathBuf,
    source: &'a str,
    found: Vec<(usize, Severity, String)>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(file: PathBuf, source: &'a str) -> Self {
        Self { file, source, found: Vec::new() }
    }

    pub(super) fn error(&mut self, at: &Range<usize>, text: impl fmt::Display) {
        self.found.push((at.start, Severity::Error, text.to_string()));
    }

    pub(super) fn warn(&mut self, at: &Range<usize>, text: impl fmt::Display) {
        self.found.push((at.start, Severity::Warning, text.to_string()));
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|(_, severity, _)| *severity == Severity::Error)
    }

    /// Everything, in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Note> {
        self.found.sort_by_key(|(at, ..)| *at);
        let place = |at: usize| {
            let before = self.source.get(..at).unwrap_or(self.source);
            let line = before.rfind('\n').map_or(0, |end| end + 1);
            (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
        };
        let note = |(at, severity, text): &(usize, Severity, String)| {
            let (line, column) = place(*at);
            Note { file: self.file.clone(), line, column, severity: *severity, text: text.clone() }
        };
        self.found.iter().map(note).collect()
    }
}

//! The command line.
use crate::{error::BenchError, measures, plan::Plan};

/// What is asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    is_smoke: bool,
    is_brief: bool,
    only: Vec<String>,
}

impl Options {
    /// Reads the arguments, without the program's name.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, BenchError> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--smoke" => options.is_smoke = true,
                "--brief" => options.is_brief = true,
                "--only" => options.only.push(arguments.next().unwrap_or_default()),
                _ => return Err(BenchError::Usage(format!("{argument} is no option"))),
            }
        }
        match options.only.iter().find(|word| !measures::ALL.iter().any(|(name, _)| is_in(word, name))) {
            Some(word) => Err(BenchError::Usage(format!("no measure has {word:?} in its name"))),
            None => Ok(options),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        match (self.is_smoke, self.is_brief) {
            (true, _) => Plan::SMOKE,
            (false, true) => Plan::BRIEF,
            (false, false) => Plan::FULL,
        }
    }

    /// Whether the measure of this name is to be made.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| is_in(word, name))
    }
}

fn is_in(word: &str, name: &str) -> bool {
    !word.is_empty() && name.contains(word)
}

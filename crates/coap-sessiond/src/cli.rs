//! The command line.
use crate::{identity::PeerId, target::HostPort};
use lexopt::{Arg, Parser, ValueExt};
use std::{ffi::OsString, path::PathBuf};
use thiserror::Error;

/// What `--help` says.
pub const HELP: &str = "\
coap-sessiond carries TCP connections and UDP datagrams over CoAP sessions between nodes.

Usage:
  coap-sessiond demo                   try it out: three nodes on this machine, until interrupted
  coap-sessiond keygen [FILE]          make a node's key (FILE: node.key) and show its peer ID
  coap-sessiond check FILE             show every mistake in a configuration file
  coap-sessiond --config FILE          run a node
  coap-sessiond status [OPTIONS]       show listeners and tunnels of a running node, live
  coap-sessiond seal TARGET --to PEER  encrypt a target, so that only the exit PEER can read it

Options of status:
  --url URL            where the node's REST interface is (default: http://127.0.0.1:3001)
  --token-file FILE    a file with its token; without it, the environment's COAP_SESSIOND_TOKEN
  --token TOKEN        the token itself, which others on this machine can see while it runs
  --once               show it once

Other options:
  -c, --config FILE    the configuration
  -h, --help           this text
  -V, --version        the version

Exit status: 0 all is well, 1 it failed (check: there are mistakes), 2 the command line is wrong.
A commented configuration: packaging/node.example.toml. More: docs/sessiond.md.
";

/// What the program is asked to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    /// Run the node of a configuration.
    Run {
        /// Its file.
        config: PathBuf,
    },
    /// Make an identity.
    Keygen {
        /// Where to.
        file: PathBuf,
    },
    /// Look for mistakes in a configuration.
    Check {
        /// Its file.
        file: PathBuf,
    },
    /// Seal a target.
    Seal {
        /// What.
        target: HostPort,
        /// The exit.
        to: PeerId,
    },
    /// Show what a node does.
    Status(StatusOptions),
    /// Three nodes on loopback.
    Demo,
    /// [`HELP`]
    Help,
    /// The version.
    Version,
}

/// Which node's status, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusOptions {
    /// Where the REST interface is.
    pub url: String,
    /// With which token.
    pub token: TokenFrom,
    /// Whether to show it once, and not again and again.
    pub once: bool,
}

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFrom {
    /// The environment's `COAP_SESSIOND_TOKEN`, if it is set.
    Environment,
    /// The command line.
    Text(String),
    /// A file; a line break at its end does not belong to it.
    File(PathBuf),
}

/// What is wrong with a command line.
#[derive(Debug, Error)]
pub enum UsageError {
    /// Options and values.
    #[error("{0}")]
    Arguments(#[from] lexopt::Error),
    /// A word that is no command.
    #[error("there is no command `{0}`")]
    Command(String),
    /// There is neither a command nor a configuration.
    #[error("what is to be done is missing: a command, or --config FILE")]
    Nothing,
    /// Something that the command needs.
    #[error("{command} needs {what}")]
    Missing {
        /// The command.
        command: &'static str,
        /// What it needs.
        what: &'static str,
    },
    /// A value that means nothing.
    #[error("`{value}`: {reason}")]
    Value {
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a command line, without the program's name.
///
/// # Errors
/// [`UsageError`] says what is wrong with it.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, UsageError> {
    let mut parser = Parser::from_args(arguments);
    let mut config = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Invocation::Version),
            Arg::Short('c') | Arg::Long("config") => config = Some(parser.value()?.into()),
            Arg::Value(command) if config.is_none() => {
                return match command.to_str() {
                    Some("keygen") => {
                        let file = one_file(&mut parser)?;
                        Ok(file.map_or(Invocation::Help, |file| Invocation::Keygen {
                            file: file.unwrap_or("node.key".into()),
                        }))
                    }
                    Some("check") => match one_file(&mut parser)? {
                        Some(Some(file)) => Ok(Invocation::Check { file }),
                        Some(None) => {
                            Err(UsageError::Missing { command: "check", what: "a configuration file" })
                        }
                        None => Ok(Invocation::Help),
                    },
                    Some("seal") => seal(&mut parser),
                    Some("status") => status(&mut parser),
                    Some("demo") => Ok(match one_file(&mut parser)? {
                        Some(Some(file)) => return Err(Arg::Value(file.into()).unexpected().into()),
                        Some(None) => Invocation::Demo,
                        None => Invocation::Help,
                    }),
                    Some("help") => Ok(Invocation::Help),
                    _ => Err(UsageError::Command(command.to_string_lossy().into_owned())),
                };
            }
            other => return Err(other.unexpected().into()),
        }
    }
    config.map(|config| Invocation::Run { config }).ok_or(UsageError::Nothing)
}

/// What is left, if that is at most one file; the outer `None`: help is asked for.
fn one_file(parser: &mut Parser) -> Result<Option<Option<PathBuf>>, UsageError> {
    let mut file = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Value(value) if file.is_none() => file = Some(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(file))
}

fn seal(parser: &mut Parser) -> Result<Invocation, UsageError> {
    let (mut target, mut to) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help),
            Arg::Long("to") => to = Some(value(parser.value()?)?),
            Arg::Value(text) if target.is_none() => target = Some(value(text)?),
            other => return Err(other.unexpected().into()),
        }
    }
    let missing = |what| UsageError::Missing { command: "seal", what };
    let target = target.ok_or(missing("a target: HOST:PORT"))?;
    let to = to.ok_or(missing("the exit's peer ID: --to PEER"))?;
    Ok(Invocation::Seal { target, to })
}

fn value<T>(text: OsString) -> Result<T, UsageError>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let value = text.string()?;
    value.parse().map_err(|error: T::Err| UsageError::Value { reason: error.to_string(), value })
}

fn status(parser: &mut Parser) -> Result<Invocation, UsageError> {
    let mut options =
        StatusOptions { url: "http://127.0.0.1:3001".to_owned(), token: TokenFrom::Environment, once: false };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Invocation::Help),
            Arg::Long("url") => options.url = parser.value()?.string()?,
            Arg::Long("token") => options.token = TokenFrom::Text(parser.value()?.string()?),
            Arg::Long("token-file") => options.token = TokenFrom::File(parser.value()?.into()),
            Arg::Long("once") => options.once = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Invocation::Status(options))
}

#[cfg(test)]
mod tests {
    use super::{Invocation, StatusOptions, TokenFrom, parse};
    use crate::identity::Identity;

    fn read(line: &str) -> Result<Invocation, String> {
        parse(line.split_whitespace().map(Into::into)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_command_is_understood() {
        let to = Identity::from_seed(&[1; 32]).peer_id();
        let status =
            |url: &str, token, once| Invocation::Status(StatusOptions { url: url.into(), token, once });
        for (line, expected) in [
            ("--config node.toml", Invocation::Run { config: "node.toml".into() }),
            ("-cnode.toml", Invocation::Run { config: "node.toml".into() }),
            ("keygen", Invocation::Keygen { file: "node.key".into() }),
            ("keygen a.key", Invocation::Keygen { file: "a.key".into() }),
            ("check a.toml", Invocation::Check { file: "a.toml".into() }),
            ("seal [::1]:80 --to PEER", Invocation::Seal { target: "[::1]:80".parse().unwrap(), to }),
            ("seal --to=PEER a:80", Invocation::Seal { target: "a:80".parse().unwrap(), to }),
            ("status", status("http://127.0.0.1:3001", TokenFrom::Environment, false)),
            ("status --url http://a --token b --once", status("http://a", TokenFrom::Text("b".into()), true)),
            ("status --token-file a", status("http://127.0.0.1:3001", TokenFrom::File("a".into()), false)),
            ("demo", Invocation::Demo),
            ("help", Invocation::Help),
            ("-h", Invocation::Help),
            ("keygen --help", Invocation::Help),
            ("check -h", Invocation::Help),
            ("seal --help", Invocation::Help),
            ("status --help", Invocation::Help),
            ("demo --help", Invocation::Help),
            ("--version", Invocation::Version),
        ] {
            assert_eq!(read(&line.replace("PEER", &to.to_string())), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_command_line_is_said() {
        for (line, expected) in [
            ("", "what is to be done is missing: a command, or --config FILE"),
            ("run", "there is no command `run`"),
            ("--conf", "invalid option '--conf'"),
            ("--config", "missing argument for option '--config'"),
            ("--config a demo", "unexpected argument \"demo\""),
            ("check", "check needs a configuration file"),
            ("keygen a b", "unexpected argument \"b\""),
            ("demo a", "unexpected argument \"a\""),
            ("seal a:80", "seal needs the exit's peer ID: --to PEER"),
            (
                "seal --to 12D3KooW a:80",
                "`12D3KooW`: a peer ID has 52 characters, this has 8: something is missing or doubled",
            ),
            ("seal a", "`a`: missing port delimiter"),
            ("status a", "unexpected argument \"a\""),
        ] {
            assert_eq!(read(line), Err(expected.to_owned()), "{line}");
        }
    }
}

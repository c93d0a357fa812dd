//! The program; what it does is in the library beside it.
#![forbid(unsafe_code)]
use base64::{Engine, prelude::BASE64_STANDARD};
use coap_sessiond::{
    cli::{self, Invocation, StatusOptions, TokenFrom},
    config::{Config, Level, LoadError, Log, Severity},
    demo,
    identity::{Identity, PeerId},
    log, sealed, serve, status,
    target::HostPort,
};
use std::{
    env,
    error::Error,
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

/// The command line is wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let invocation = match cli::parse(env::args_os().skip(1)) {
        Ok(invocation) => invocation,
        Err(error) => {
            say(&format!("coap-sessiond: {error}\nSee `coap-sessiond --help`."));
            return ExitCode::from(USAGE);
        }
    };
    let outcome = perform(invocation);
    log::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("coap-sessiond: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// To stderr. If nobody reads it, nobody is there to be told.
fn say(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

fn perform(invocation: Invocation) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    match invocation {
        Invocation::Run { config } => run(&config)?,
        Invocation::Keygen { file } => keygen(&file, &mut out)?,
        Invocation::Check { file } => check(&file, &mut out)?,
        Invocation::Seal { target, to } => seal(&target, &to, &mut out)?,
        Invocation::Status(options) => show_status(options, &mut out)?,
        Invocation::Demo => {
            log::init(Log { level: Level::Warn, ..Log::default() })?;
            demo::run(&mut out)?;
        }
        Invocation::Help => out.write_all(cli::HELP.as_bytes())?,
        Invocation::Version => writeln!(out, "coap-sessiond {}", env!("CARGO_PKG_VERSION"))?,
    }
    Ok(())
}

fn run(file: &Path) -> Result<(), Box<dyn Error>> {
    let config = load(file)?;
    log::init(config.log)?;
    Ok(serve::serve(config)?)
}

/// The configuration of a file. What there is to say about it has been said.
fn load(file: &Path) -> Result<Config, Box<dyn Error>> {
    let (config, notes) = match Config::load(file) {
        Ok((config, warnings)) => (Some(config), warnings),
        Err(LoadError::Mistakes(notes)) => (None, notes),
        Err(error) => return Err(error.into()),
    };
    for note in &notes {
        say(&note.to_string());
    }
    config.ok_or_else(|| {
        let mistakes = notes.iter().filter(|note| note.severity == Severity::Error).count();
        let mistakes = if mistakes == 1 { "a mistake".to_owned() } else { format!("{mistakes} mistakes") };
        format!("{} has {mistakes}", file.display()).into()
    })
}

fn keygen(file: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let identity = Identity::generate()?;
    identity.store(file)?;
    writeln!(out, "{}", identity.peer_id())?;
    Ok(())
}

fn check(file: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let config = load(file)?;
    writeln!(out, "{} has no mistakes; the node is {}", file.display(), config.node.identity.peer_id())?;
    Ok(())
}

/// As the REST interface takes it: `{"Sealed": "..."}`.
fn seal(target: &HostPort, to: &PeerId, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{}", BASE64_STANDARD.encode(sealed::seal_target(to, target)?))?;
    Ok(())
}

/// Live on a terminal, once into everything else.
fn show_status(options: StatusOptions, out: &mut (impl Write + IsTerminal)) -> Result<(), Box<dyn Error>> {
    let token = match options.token {
        TokenFrom::Environment => env::var("COAP_SESSIOND_TOKEN").ok(),
        TokenFrom::Text(token) => Some(token),
        TokenFrom::File(file) => {
            let text = fs::read_to_string(&file)
                .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    let live = !options.once && out.is_terminal();
    Ok(status::run(&status::Options { url: options.url, token, live }, out)?)
}

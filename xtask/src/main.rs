//! Writes the files that are generated from the sources: `cargo xtask` all of them, `cargo xtask --check` none, but
//! it fails if one is not current.
#![forbid(unsafe_code)]
mod facts;
mod header;
mod map;
mod matrix;
mod polish;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// A file that is committed and can be made again.
struct Generated {
    /// Beneath the workspace.
    path: PathBuf,
    text: String,
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
enum GenerateError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("cbindgen.toml: {0}")]
    Config(String),
    #[error("cbindgen: {0}")]
    Cbindgen(#[from] cbindgen::Error),
    #[error("{0} is in tests/abi/functions.tsv, but not in src/")]
    NotExported(String),
    #[error("{0} is exported in src/, but not in tests/abi/functions.tsv")]
    NotKnown(String),
}

fn main() -> ExitCode {
    let check = env::args().any(|argument| argument == "--check");
    match if check { stale(workspace()) } else { update(workspace()) } {
        Ok(paths) if check && !paths.is_empty() => {
            paths.iter().for_each(|path| eprintln!("{} is not current: run `cargo xtask`", path.display()));
            ExitCode::FAILURE
        }
        Ok(paths) => {
            paths.iter().for_each(|path| println!("wrote {}", path.display()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes what is not current.
fn update(root: &Path) -> Result<Vec<PathBuf>, GenerateError> {
    let mut written = Vec::new();
    for Generated { path, text } in generate(root)? {
        let file = root.join(&path);
        if fs::read_to_string(&file).is_ok_and(|committed| committed == text) {
            continue;
        }
        file.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| GenerateError::File { path: path.clone(), error })?;
        written.push(path);
    }
    Ok(written)
}

/// Names what is not current.
fn stale(root: &Path) -> Result<Vec<PathBuf>, GenerateError> {
    let differs = |file: &Generated| {
        fs::read_to_string(root.join(&file.path)).is_ok_and(|committed| committed == file.text).then_some(())
    };
    let stale = generate(root)?.into_iter().filter(|file| differs(file).is_none());
    Ok(stale.map(|file| file.path).collect())
}

fn generate(root: &Path) -> Result<Vec<Generated>, GenerateError> {
    let functions = facts::functions(root)?;
    let mut files =
        vec![header::generate(root)?, map::generate(&functions), matrix::generate(root, &functions)?];
    files.extend(header::topics());
    Ok(files)
}

fn workspace() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

fn read(root: &Path, path: &str) -> Result<String, GenerateError> {
    fs::read_to_string(root.join(path)).map_err(|error| GenerateError::File { path: path.into(), error })
}

//! The two libraries that a program is run on.
use crate::measure::BenchError;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// A directory with `libcoap-3-openssl.so.3` in it.
#[derive(Debug)]
pub(crate) struct Library {
    directory: PathBuf,
}

impl Library {
    /// Ours, as `make lib` leaves it in `build/lib`; `FERROCOAP_LIB` names another directory.
    pub(crate) fn ours() -> Result<Self, BenchError> {
        let directory = env::var_os("FERROCOAP_LIB").map_or_else(|| root().join("build/lib"), PathBuf::from);
        Self::in_directory(directory)
    }

    /// The distribution's, found by pkg-config; `LIBCOAP_REFERENCE` names the directory of another one.
    pub(crate) fn distribution() -> Result<Self, BenchError> {
        if let Some(directory) = env::var_os("LIBCOAP_REFERENCE") {
            return Self::in_directory(directory.into());
        }
        let mut command = Command::new("pkg-config");
        command.args(["--variable=libdir", "libcoap-3-openssl"]);
        let output = command.output().map_err(|error| BenchError::Start("pkg-config".into(), error))?;
        Self::in_directory(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    }

    fn in_directory(directory: PathBuf) -> Result<Self, BenchError> {
        match directory.join("libcoap-3-openssl.so.3").exists() {
            true => Ok(Self { directory }),
            false => Err(BenchError::NoLibrary(directory)),
        }
    }

    /// A program that loads this library, whichever it was linked with.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("LD_LIBRARY_PATH", &self.directory).env_remove("LD_PRELOAD");
        command
    }

    /// Compiles a program of `benches/c`, once for both libraries.
    pub(crate) fn compile(&self, name: &str) -> Result<PathBuf, BenchError> {
        let directory = root().join("target/bench");
        std::fs::create_dir_all(&directory).map_err(|error| BenchError::Start("mkdir".into(), error))?;
        let program = directory.join(name);
        let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args(["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I"]).arg(root().join("include"));
        command.arg(root().join("benches/c").join(name).with_extension("c")).arg("-o").arg(&program);
        command.arg("-L").arg(&self.directory).arg("-lcoap-3-openssl");
        let status = command.status().map_err(|error| BenchError::Start("cc".into(), error))?;
        if status.success() { Ok(program) } else { Err(BenchError::Failed(name.into(), status.to_string())) }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

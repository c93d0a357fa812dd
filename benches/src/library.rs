//! The libraries that a program is run on.
use crate::{error::BenchError, workbench::root};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Which build of the library, by the name that distributions give it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flavour {
    /// Without DTLS and TLS.
    Notls,
    /// With OpenSSL, or, of ours, with everything.
    Openssl,
}

impl Flavour {
    /// The name to link with.
    pub(crate) fn link_name(self) -> &'static str {
        match self {
            Self::Notls => "coap-3-notls",
            Self::Openssl => "coap-3-openssl",
        }
    }
}

/// A directory with `libcoap-3-notls.so.3` or `libcoap-3-openssl.so.3` in it.
#[derive(Debug)]
pub(crate) struct Library {
    directory: PathBuf,
    flavour: Flavour,
}

impl Library {
    /// Ours, as `make lib` leaves it in `build/lib` and `make lib TLS=none` in `build/notls/lib`; `FERROCOAP_LIB` and
    /// `FERROCOAP_LIB_WITHOUT_TLS` name other directories.
    pub(crate) fn ours(flavour: Flavour) -> Result<Self, BenchError> {
        let (variable, directory) = match flavour {
            Flavour::Notls => ("FERROCOAP_LIB_WITHOUT_TLS", "build/notls/lib"),
            Flavour::Openssl => ("FERROCOAP_LIB", "build/lib"),
        };
        Self::new(env::var_os(variable).map_or_else(|| root().join(directory), PathBuf::from), flavour)
    }

    /// The distribution's, found by pkg-config; `LIBCOAP_REFERENCE` names the directory of another one.
    pub(crate) fn original(flavour: Flavour) -> Result<Self, BenchError> {
        let directory = env::var_os("LIBCOAP_REFERENCE").map(PathBuf::from);
        let directory = directory.or_else(|| pkg_config("--variable=libdir").map(PathBuf::from));
        Self::new(directory.unwrap_or_default(), flavour)
    }

    fn new(directory: PathBuf, flavour: Flavour) -> Result<Self, BenchError> {
        let library = Self { directory, flavour };
        let file = library.file();
        if file.exists() { Ok(library) } else { Err(BenchError::NoLibrary(file)) }
    }

    /// The shared library.
    pub(crate) fn file(&self) -> PathBuf {
        self.directory.join(format!("lib{}.so.3", self.flavour.link_name()))
    }

    /// Has the loader take this library, whichever the program was linked with.
    pub(crate) fn load_into(&self, command: &mut Command) {
        command.env("LD_LIBRARY_PATH", &self.directory).env_remove("LD_PRELOAD");
    }

    /// Compiles a program of `benches/c` and links it with this library.
    pub(crate) fn compile(&self, name: &str) -> Result<PathBuf, BenchError> {
        compile(name, |command| {
            command.arg("-L").arg(&self.directory).arg(format!("-l{}", self.flavour.link_name()));
        })
    }
}

/// Compiles a program of `benches/c` that uses no library.
pub(crate) fn compile_alone(name: &str) -> Result<PathBuf, BenchError> {
    compile(name, |_| ())
}

fn compile(name: &str, link: impl FnOnce(&mut Command)) -> Result<PathBuf, BenchError> {
    let directory = root().join("target/bench");
    std::fs::create_dir_all(&directory).map_err(BenchError::system("target/bench"))?;
    let program = directory.join(name);
    let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    command
        .args(["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread", "-I"])
        .arg(root().join("include"));
    command.arg(Path::new(&root()).join("benches/c").join(name).with_extension("c")).arg("-o").arg(&program);
    link(&mut command);
    let status = command.status().map_err(BenchError::system("the C compiler"))?;
    if status.success() {
        Ok(program)
    } else {
        Err(BenchError::Failed(format!("compiling {name}"), status.to_string()))
    }
}

/// The version of the original, as far as that is known.
pub(crate) fn original_version() -> String {
    let named = env::var("LIBCOAP_REFERENCE").ok().map(|directory| format!("in {directory}"));
    named.or_else(|| pkg_config("--modversion")).unwrap_or_default()
}

fn pkg_config(question: &str) -> Option<String> {
    let output = Command::new("pkg-config").args([question, "libcoap-3-notls"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

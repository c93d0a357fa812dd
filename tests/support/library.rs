//! The two libraries that a program is run on.

use super::root;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

/// A directory with `libcoap-3*.so.3` in it.
pub struct Library {
    directory: PathBuf,
    /// Distributions ship libcoap only under the name of a TLS backend; a program linked with that name runs on either.
    link_name: &'static str,
    tag: &'static str,
}

impl Library {
    /// Ours, as `make lib` leaves it in `build/lib`; `FERROCOAP_LIB` names another directory.
    ///
    /// # Panics
    /// When it has not been built.
    pub fn ours() -> Self {
        let directory =
            std::env::var_os("FERROCOAP_LIB").map_or_else(|| root().join("build/lib"), PathBuf::from);
        let library = Self { directory, link_name: "coap-3", tag: "ours" };
        assert!(
            library.directory.join("libcoap-3-notls.so.3").exists(),
            "no library in {}: run `make lib` first",
            library.directory.display()
        );
        library
    }

    /// Ours without DTLS and TLS, as `make lib PROFILE=dev TLS=none` leaves it; `FERROCOAP_LIB_WITHOUT_TLS` names
    /// another directory.
    ///
    /// # Panics
    /// When it has not been built.
    pub fn ours_without_tls() -> Self {
        let directory = std::env::var_os("FERROCOAP_LIB_WITHOUT_TLS")
            .map_or_else(|| root().join("build/dev/notls/lib"), PathBuf::from);
        let library = Self { directory, link_name: "coap-3", tag: "ours-without-tls" };
        let there = library.directory.join("libcoap-3-notls.so.3").exists();
        assert!(there, "no library in {}: `make lib PROFILE=dev TLS=none`", library.directory.display());
        library
    }

    /// The distribution's libcoap, found by pkg-config; `LIBCOAP_REFERENCE` names the directory of another one.
    ///
    /// # Panics
    /// When it is not installed.
    pub fn reference() -> Self {
        let directory = std::env::var_os("LIBCOAP_REFERENCE").map(PathBuf::from).unwrap_or_else(|| {
            let output = Command::new("pkg-config")
                .args(["--variable=libdir", "libcoap-3-notls"])
                .output()
                .expect("pkg-config");
            assert!(output.status.success(), "libcoap is not installed: apt-get install libcoap3-dev");
            PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
        });
        Self { directory, link_name: "coap-3-notls", tag: "reference" }
    }

    /// As [`Library::reference`] in its build with a TLS library, `openssl` or `gnutls`, for programs that are linked
    /// with the one without.
    ///
    /// # Panics
    /// When it is not installed.
    pub fn reference_with(tls: &'static str) -> Self {
        let file = Self::reference().directory.join(format!("libcoap-3-{tls}.so.3"));
        assert!(file.exists(), "there is no {}: apt-get install libcoap3-dev", file.display());
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("reference-{tls}"));
        std::fs::create_dir_all(&directory).expect("a directory for a link");
        let link = directory.join("libcoap-3-notls.so.3");
        // Tests beside this one, and those before it, may have made it, and their programs may be looking for it
        // now: it is never away.
        if std::fs::read_link(&link).ok().as_ref() != Some(&file) {
            static TURN: AtomicUsize = AtomicUsize::new(0);
            let turn = TURN.fetch_add(1, Ordering::Relaxed);
            let new = directory.join(format!("new-{}-{turn}", std::process::id()));
            std::os::unix::fs::symlink(&file, &new).expect("a link");
            std::fs::rename(&new, &link).expect("a link in its place");
        }
        Self { directory, link_name: "coap-3-notls", tag: tls }
    }

    /// Where the library lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Short name, part of file names and messages.
    pub fn tag(&self) -> &'static str {
        self.tag
    }

    /// What the linker needs to find this library.
    pub fn link_arguments(&self) -> Vec<OsString> {
        vec!["-L".into(), self.directory.clone().into(), format!("-l{}", self.link_name).into()]
    }

    /// Lets the program that `command` starts load this library, whichever it was linked with.
    pub fn use_in(&self, command: &mut Command) {
        command.env("LD_LIBRARY_PATH", &self.directory).env_remove("LD_PRELOAD");
    }
}

/// Where `coap3/coap.h` is: `include`, or what `FERROCOAP_INCLUDE` (colon-separated) says.
pub fn include_arguments() -> Vec<OsString> {
    let directories =
        std::env::var_os("FERROCOAP_INCLUDE").unwrap_or_else(|| root().join("include").into_os_string());
    std::env::split_paths(&directories)
        .flat_map(|directory| ["-I".into(), directory.into_os_string()])
        .collect()
}

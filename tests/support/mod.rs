//! What the drivers of C programs share: the two libraries, compiling, running with a deadline, raw UDP peers, relays.
//!
//! Every driver is its own crate and uses only a part of this.
#![allow(dead_code, unreachable_pub)]

pub mod differences;
pub mod library;
pub mod message;
pub mod pki;
pub mod process;
pub mod relay;
pub mod udp;

use library::Library;
use process::{Finished, Running};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// The project's root directory.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A C program, compiled once and run on one library or the other.
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// Compiles `source` (below the project's root) against our header and links it with `library`.
    ///
    /// # Panics
    /// With the compiler's output when it refuses or warns.
    pub fn compile(source: &str, library: &Library) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = source.trim_end_matches(".c").replace('/', "_");
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", library.tag()));
        // Several tests may compile the same program: the finished file appears at once under its name.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let unfinished = path.with_extension(format!("{}-{count}", std::process::id()));
        let mut compile = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()));
        compile
            .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-deprecated-declarations", "-g", "-O1"])
            .args(["-pthread", "-I"])
            .arg(root().join("c-tests"))
            .args(library::include_arguments())
            .arg(root().join(source))
            .arg("-o")
            .arg(&unfinished)
            .args(library.link_arguments())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = process::spawn(&mut compile).and_then(Child::wait_with_output);
        let output = output.expect("a C compiler (cc, or $CC)");
        assert!(output.status.success(), "{source}:\n{}", String::from_utf8_lossy(&output.stderr));
        std::fs::rename(&unfinished, &path).expect("a file can be renamed in its directory");
        Self { path }
    }

    /// The program's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts the program on `library`.
    pub fn start(&self, library: &Library, arguments: &[&str]) -> Running {
        self.start_with(library, arguments, &[])
    }

    /// As [`Program::start`], with variables in its environment.
    pub fn start_with(&self, library: &Library, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        let mut command = Command::new(&self.path);
        command.args(arguments).envs(variables.iter().copied());
        library.use_in(&mut command);
        Running::start(command)
    }

    /// Starts the program on `library` under valgrind, which makes it fail on an invalid access or a leak.
    pub fn start_checked(&self, library: &Library, arguments: &[&str]) -> Running {
        self.start_checked_with(library, arguments, &[], &[])
    }

    /// As [`Program::start_checked`], with variables in its environment and further options for valgrind.
    pub fn start_checked_with(
        &self,
        library: &Library,
        arguments: &[&str],
        variables: &[(&str, &str)],
        options: &[&str],
    ) -> Running {
        let mut command = Command::new("valgrind");
        command
            .envs(variables.iter().copied())
            .args(["-q", "--error-exitcode=99", "--fair-sched=yes", "--leak-check=full"])
            .args(["--show-leak-kinds=definite,indirect,possible"])
            .args(["--errors-for-leak-kinds=definite,indirect,possible"])
            .args(options)
            .arg(&self.path)
            .args(arguments);
        library.use_in(&mut command);
        Running::start(command)
    }

    /// Runs the program on `library` to its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn run(&self, library: &Library, arguments: &[&str], limit: Duration) -> Finished {
        self.start(library, arguments).finish(limit)
    }
}

/// The `.c` files of a directory below the root, sorted, without their extension.
pub fn sources(directory: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join(directory))
        .expect("the directory of C programs")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".c").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// What `library` says its version is.
pub fn version(library: &Library) -> String {
    Program::compile("c-tests/version.c", library).run(library, &[], Duration::from_secs(10)).stdout
}

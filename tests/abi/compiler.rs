//! Compiles C and runs it.
use crate::facts::root;
use std::{env, ffi::OsStr, fs, path::PathBuf, process::Command};

/// The languages that the header has to be sound in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    C99,
    Cpp11,
}

pub(crate) const LANGUAGES: [Language; 2] = [Language::C99, Language::Cpp11];

/// Where the shared library is: `build/lib`, or `FERROCOAP_LIB`.
pub(crate) fn library_directory() -> PathBuf {
    let directory = env::var_os("FERROCOAP_LIB").map_or_else(|| root().join("build/lib"), PathBuf::from);
    assert!(directory.join("libcoap-3.so.3").exists(), "no library in {}: `make lib`", directory.display());
    directory
}

/// Compiles `text`, with every warning an error, and returns what the compiler says if it refuses.
pub(crate) fn compile(name: &str, language: Language, flags: &[&str], text: &str) -> Result<PathBuf, String> {
    let output = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("abi-{name}-{language:?}"));
    let source = output.with_extension("c");
    fs::write(&source, text).unwrap();
    let mut command = match language {
        Language::C99 => Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into())),
        Language::Cpp11 => Command::new(env::var_os("CXX").unwrap_or_else(|| "c++".into())),
    };
    command.args(match language {
        Language::C99 => ["-x", "c", "-std=c99"],
        Language::Cpp11 => ["-x", "c++", "-std=c++11"],
    });
    command.args(["-pedantic", "-Wall", "-Wextra", "-Werror", "-D_DEFAULT_SOURCE"]);
    command.arg("-I").arg(root().join("include")).args(flags).arg(&source).arg("-o").arg(&output);
    if !flags.contains(&"-c") {
        command.arg("-L").arg(library_directory()).arg("-lcoap-3");
    }
    let compiler = command.env("LC_ALL", "C").output().expect("a C and a C++ compiler");
    let said = String::from_utf8_lossy(&compiler.stderr).into_owned();
    if compiler.status.success() { Ok(output) } else { Err(said) }
}

/// Runs a program on our library and returns what it prints; it has to succeed.
pub(crate) fn run(program: impl AsRef<OsStr>) -> String {
    let output = Command::new(program).env("LD_LIBRARY_PATH", library_directory()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// Compiles and runs a program in both languages; it prints what is wrong and nothing else.
pub(crate) fn check(name: &str, flags: &[&str], text: &str) {
    for language in LANGUAGES {
        let program =
            compile(name, language, flags, text).unwrap_or_else(|said| panic!("{language:?}: {said}"));
        assert_eq!(run(program), "", "{language:?}");
    }
}

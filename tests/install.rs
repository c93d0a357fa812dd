//! `make install` and `install-strip` into a directory of its own, programs built against it, `make uninstall`.
#![forbid(unsafe_code)]
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const PROGRAM: &str = r#"
#include <coap3/coap.h>
#include <stdio.h>

int main(void) {
  uint8_t number[4];

  coap_startup();
  printf("%s %u\n", LIBCOAP_PACKAGE_VERSION, coap_encode_var_safe(number, sizeof number, 0x010203));
  coap_cleanup();
  return 0;
}
"#;

#[test]
fn program_builds_against_what_is_installed_and_nothing_is_left_afterwards() {
    let staging = Path::new(env!("CARGO_TARGET_TMPDIR")).join("install");
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).unwrap();
    let source = staging.join("program.c");
    fs::write(&source, PROGRAM).unwrap();

    let destination = staging.join("destination");
    let libraries = destination.join("opt/coap/lib");
    make("install", &destination);

    for flavour in ["", "-notls", "-openssl", "-gnutls", "-mbedtls", "-tinydtls"] {
        let program = staging.join(format!("program{flavour}"));
        let flags = pkg_config(&destination, &format!("libcoap-3{flavour}"));
        let flags = flags.split_whitespace();
        succeed(Command::new("cc").arg("-Werror").arg(&source).arg("-o").arg(&program).args(flags));
        let output = succeed(Command::new(&program).env("LD_LIBRARY_PATH", &libraries));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "4.3.4 3\n", "libcoap-3{flavour}");
    }

    links_statically(&source, &destination);

    let lengths = || ["libcoap-3.so.3", "libcoap-3.a"].map(|name| length(&libraries.join(name)));
    let whole = lengths();
    make("install-strip", &destination);
    for (stripped, whole) in lengths().into_iter().zip(whole) {
        assert!(stripped < whole / 2, "{stripped} bytes of {whole}");
    }
    let output = succeed(Command::new(staging.join("program")).env("LD_LIBRARY_PATH", &libraries));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4.3.4 3\n");
    links_statically(&source, &destination);

    make("uninstall", &destination);
    assert_eq!(files(&destination), Vec::<PathBuf>::new());
}

/// A program with the library inside it, which needs no path to it.
fn links_statically(source: &Path, destination: &Path) {
    let program = source.with_extension("static");
    let mut cc = Command::new("cc");
    cc.arg(source).arg("-o").arg(&program).arg("-I").arg(destination.join("opt/coap/include"));
    let archive = destination.join("opt/coap/lib/libcoap-3.a");
    succeed(cc.arg(archive).args(["-lgcc_s", "-lpthread", "-lm", "-ldl"]));
    let output = succeed(&mut Command::new(&program));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4.3.4 3\n");
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len()
}

fn make(target: &str, destination: &Path) {
    let profile = env::var("FERROCOAP_PROFILE").unwrap_or_else(|_| "release".into());
    let mut make = Command::new("make");
    make.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("MAKEFLAGS").args([target, "PREFIX=/opt/coap"]);
    // What cargo tells its tests of themselves makes build scripts (ring's) run again, and the library is built anew.
    let of_this_test = |name: &str| {
        name == "OUT_DIR" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    env::vars().map(|(name, _)| name).filter(|name| of_this_test(name)).for_each(|name| {
        make.env_remove(name);
    });
    succeed(make.arg(format!("DESTDIR={}", destination.display())).arg(format!("PROFILE={profile}")));
}

/// What the compiler has to be told, of the files beneath `destination`.
fn pkg_config(destination: &Path, package: &str) -> String {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_SYSROOT_DIR", destination);
    command.env("PKG_CONFIG_LIBDIR", destination.join("opt/coap/lib/pkgconfig"));
    let output = succeed(command.args(["--cflags", "--libs", package]));
    String::from_utf8(output.stdout).unwrap()
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Everything beneath a directory but directories.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

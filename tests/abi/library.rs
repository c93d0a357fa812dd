//! The shared library as linkers and loaders see it.
use crate::compiler::library_directory;
use crate::facts::table;
use std::path::Path;
use std::process::Command;
use std::{fs, iter};

#[test]
fn exactly_the_functions_of_libcoap_are_visible_each_at_ver_3() {
    let symbols = output(Command::new("nm").args(["-D", "--defined-only"]).arg(library()));
    let mut found: Vec<_> = symbols.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    found.sort_unstable();
    let names = table::<5>("functions.tsv").into_iter().map(|[name, ..]| format!("{name}@@VER_3"));
    let mut expected: Vec<_> = names.chain(iter::once("VER_3".to_owned())).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn library_has_the_soname_and_needs_the_c_library_alone() {
    let dynamic = output(Command::new("readelf").args(["-d", "-W"]).arg(library()));
    let entries = |tag| dynamic.lines().filter(move |line| line.contains(tag)).filter_map(bracketed);
    assert_eq!(entries("(SONAME)").collect::<Vec<_>>(), ["libcoap-3.so.3"]);
    for needed in entries("(NEEDED)") {
        let system = ["libc.so.6", "libgcc_s.so.1", "libm.so.6", "ld-linux-x86-64.so.2"];
        assert!(system.contains(&needed), "needs {needed}");
    }
}

#[test]
fn every_name_under_which_libcoap_ships_leads_to_the_library() {
    let linked = ["-notls", "-openssl", "-gnutls"].map(|flavour| format!("libcoap-3{flavour}.so.3"));
    let flavours = ["", "-notls", "-openssl", "-gnutls", "-mbedtls", "-tinydtls"];
    let shared = flavours.map(|flavour| format!("libcoap-3{flavour}.so"));
    let archives = flavours.map(|flavour| format!("libcoap-3{flavour}.a"));
    let directory = library_directory();
    let real = |name: &str| fs::canonicalize(directory.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for name in linked.iter().chain(&shared) {
        assert_eq!(real(name), real("libcoap-3.so.3"), "{name}");
    }
    for name in &archives {
        assert_eq!(real(name), real("libcoap-3.a"), "{name}");
    }
}

#[test]
fn programs_of_the_distribution_find_every_symbol() {
    let programs = ["client", "server", "rd"].map(|program| format!("/usr/bin/coap-{program}"));
    let flavours = ["notls", "openssl", "gnutls"];
    let programs = programs.iter().flat_map(|program| flavours.map(|flavour| format!("{program}-{flavour}")));
    for program in programs {
        assert!(Path::new(&program).exists(), "{program} is not installed: apt-get install libcoap3-bin");
        // What `ldd -r` does: the loader resolves everything, tells what is missing and starts nothing.
        let mut loader = Command::new(&program);
        loader.env("LD_TRACE_LOADED_OBJECTS", "1").env("LD_BIND_NOW", "1").env("LD_WARN", "yes");
        let loaded = loader.env("LD_LIBRARY_PATH", library_directory()).output().unwrap();
        let told = String::from_utf8_lossy(&loaded.stdout) + String::from_utf8_lossy(&loaded.stderr);
        let ours = library_directory().display().to_string();
        assert!(
            told.lines().any(|line| line.contains("libcoap-3") && line.contains(&ours)),
            "{program}: {told}"
        );
        assert!(!told.contains("undefined symbol") && !told.contains("not found"), "{program}: {told}");
    }
}

fn library() -> std::path::PathBuf {
    library_directory().join("libcoap-3.so.3")
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("binutils");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn bracketed(line: &str) -> Option<&str> {
    line.split_once('[')?.1.split_once(']').map(|(name, _)| name)
}

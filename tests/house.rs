//! The rules of the house that no compiler checks: sizes, where `unsafe` may stand, who may depend on whom.
#![forbid(unsafe_code)]
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Lines that a file may have.
const LINES: usize = 600;
/// Characters that a line of Rust may have; rustfmt keeps the code narrower, this is for comments and strings.
const WIDTH: usize = 120;

/// Written by `cargo xtask`.
const GENERATED: [&str; 3] = ["include/coap3/coap.h", "docs/MATRIX.md", "libcoap-3.map"];

/// Packages and their floors: each may use those beneath it. Those at 0 are tools, which use none.
const FLOORS: [(&str, u8); 9] = [
    ("c-enum", 0),
    ("xtask", 0),
    ("ferrocoap-bench", 0),
    ("coap-proto", 2),
    ("coap-secure", 3),
    ("coap-sim", 3),
    ("coap-net", 4),
    ("ferrocoap", 5),
    ("coap-sessiond", 5),
];

/// Packages for tests: nothing that ships may use them.
const FOR_TESTS: [&str; 1] = ["coap-sim"];

#[test]
fn files_are_short_and_narrow() {
    let mut broken = Vec::new();
    for path in sources() {
        let text = read(&path);
        let lines = text.lines().count();
        if lines > LINES {
            broken.push(format!("{}: {lines} lines", path.display()));
        }
        let rust = path.extension().is_some_and(|extension| extension == "rs");
        let wide = text.lines().enumerate().filter(|(_, line)| rust && line.chars().count() > WIDTH);
        broken.extend(wide.map(|(number, _)| format!("{}:{}: too wide", path.display(), number + 1)));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn unsafe_code_is_forbidden_outside_the_c_abi() {
    for package in packages() {
        let manifest = read(Path::new(package["manifest_path"].as_str().unwrap()));
        assert!(manifest.contains("[lints]\nworkspace = true\n"), "{} has lints of its own", package["name"]);
        let ships = ["lib", "bin", "proc-macro", "custom-build"].map(Value::from);
        let targets = package["targets"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|target| target["kind"].as_array().unwrap().iter().any(|kind| ships.contains(kind)));
        for path in targets.map(|target| target["src_path"].as_str().unwrap()) {
            assert!(
                read(Path::new(path)).contains("\n#![forbid(unsafe_code)]\n"),
                "{path} allows unsafe code"
            );
        }
    }
    // Tests and examples are not allowed to by the workspace's lints, unless they overrule them.
    assert!(read(&root().join("Cargo.toml")).contains("\nunsafe_code = \"deny\"\n"));
    let overrule = ["allow", "expect", "warn"].map(|level| format!("#![{level}(unsafe_code)]"));
    for path in sources().into_iter().filter(|path| *path != root().join("src/lib.rs")) {
        let text = read(&path);
        assert!(!overrule.iter().any(|attribute| text.contains(attribute)), "{}", path.display());
    }
}

#[test]
fn packages_depend_on_floors_beneath_them_alone() {
    let floor = |name: &str| FLOORS.iter().find(|(package, _)| *package == name).map(|(_, floor)| *floor);
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let own = floor(name).unwrap_or_else(|| panic!("{name} has no floor in tests/house.rs"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            let Some(beneath) = floor(used) else { continue };
            if dependency["kind"] != "dev" {
                assert!(beneath < own, "{name} (floor {own}) uses {used} (floor {beneath})");
                assert!(!FOR_TESTS.contains(&used), "{name} uses {used}, which is for tests");
            }
        }
    }
}

#[test]
fn library_is_built_with_link_time_optimization() {
    let packages = packages();
    let package = packages.iter().find(|package| package["name"] == "ferrocoap").unwrap();
    let library = package["targets"].as_array().unwrap().iter().find(|target| target["name"] == "coap_3");
    // cargo skips it if `rlib` is among them.
    assert_eq!(library.unwrap()["crate_types"], serde_json::json!(["cdylib", "staticlib"]));
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // Put together, so that this file is not found.
    let foreign = [["/", "work/"].concat(), ["/", "tmp/w/"].concat(), ["/tmp/", "oracle"].concat()];
    for path in tracked() {
        let text = read(&path);
        for name in &foreign {
            assert!(!text.contains(name.as_str()), "{} names {name}", path.display());
        }
    }
}

#[test]
fn documentation_leads_to_files_and_tests_that_are_there() {
    let list = read(&root().join("c-tests/DIFFERENCES.list"));
    for path in tracked().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let (text, directory) = (read(&path), path.parent().unwrap());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let leads = link.is_empty() || link.contains("://") || directory.join(link).exists();
            assert!(leads, "{}: there is no {link}", path.display());
        }
        if path.ends_with("docs/DIFFERENCES.md") {
            let rows =
                text.lines().filter(|line| line.starts_with('|')).filter_map(|row| row.rsplit('|').nth(1));
            for program in rows.flat_map(|tests| tests.split('*').skip(1).step_by(2)) {
                let listed = list.contains(&format!("program: {program}\n"));
                assert!(listed, "c-tests/DIFFERENCES.list has no entry of {program}");
            }
        }
    }
}

#[test]
fn every_function_that_is_done_is_used_by_a_test() {
    let matrix = read(&root().join("docs/MATRIX.md"));
    let done = matrix.lines().filter(|row| row.ends_with("| done |")).filter_map(|row| row.split('`').nth(1));
    let done: BTreeSet<_> = done.collect();
    assert!(done.len() > 200, "docs/MATRIX.md is not what it was: {} are done", done.len());
    let tests = tracked().filter(|path| {
        let below = path.strip_prefix(root()).unwrap();
        // Not the tables of the interface, which name everything.
        (below.starts_with("c-tests") || below.starts_with("tests"))
            && path
                .extension()
                .is_some_and(|extension| ["c", "h", "rs"].iter().any(|kind| extension == *kind))
    });
    let texts: Vec<_> = tests.map(|path| read(&path)).collect();
    let ends_a_word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let used: BTreeSet<_> = texts.iter().flat_map(|text| text.split(ends_a_word)).collect();
    let unused: Vec<_> = done.difference(&used).collect();
    assert!(unused.is_empty(), "no program in c-tests and no test calls {unused:?}");
}

/// The packages of the workspace, as cargo describes them.
fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root());
    let output = cargo.output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Code written by hand.
fn sources() -> Vec<PathBuf> {
    let kinds = ["rs", "c", "h", "py", "sh", "toml"];
    tracked().filter(|path| path.extension().is_some_and(|e| kinds.iter().any(|kind| e == *kind))).collect()
}

/// Files that git knows or would add, without those that are generated.
fn tracked() -> impl Iterator<Item = PathBuf> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let output = git.output().expect("git");
    let paths = String::from_utf8(output.stdout).unwrap();
    let paths = paths.lines().filter(|path| !GENERATED.contains(path)).map(|path| root().join(path));
    paths.filter(|path| path.is_file()).collect::<Vec<_>>().into_iter()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

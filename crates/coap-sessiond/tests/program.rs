//! The program as it is called: what it prints, and how it ends.
use coap_sessiond::{identity::Identity, sealed};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// A directory that the program is started in, and that is removed again.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The exit status, and what was printed to stdout and stderr.
    fn call(&self, line: &str) -> (i32, String, String) {
        let program = env!("CARGO_BIN_EXE_coap-sessiond");
        let output = Command::new(program).args(line.split_whitespace()).current_dir(&self.0).output();
        let Output { status, stdout, stderr } = output.unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_key_is_made_once() {
    let directory = Directory::new("keygen");
    let (status, printed, said) = directory.call("keygen");
    assert_eq!((status, said.as_str()), (0, ""));
    let path = directory.0.join("node.key");
    assert_eq!(printed, format!("{}\n", Identity::load(&path).unwrap().peer_id()));
    let (status, printed, said) = directory.call("keygen node.key");
    assert_eq!((status, printed.as_str()), (1, ""));
    assert_eq!(said, "coap-sessiond: node.key cannot be written: File exists (os error 17)\n");
}

#[test]
fn a_configuration_is_checked() {
    let directory = Directory::new("check");
    let id = directory.call("keygen").1;
    fs::write(directory.0.join("node.toml"), "node.identity = \"node.key\"\n").unwrap();
    let expected = (0, format!("node.toml has no mistakes; the node is {id}"), String::new());
    assert_eq!(directory.call("check node.toml"), expected);

    fs::write(directory.0.join("node.toml"), "[node]\nidentity = \"node.key\"\nrelais = true\n[lok]\n")
        .unwrap();
    let expected = "node.toml:3:1: error: [node] has no setting `relais`; did you mean `relay`?\n\
                    node.toml:4:2: error: the file has no setting `lok`; did you mean `log`?\n\
                    coap-sessiond: node.toml has 2 mistakes\n";
    assert_eq!(directory.call("check node.toml"), (1, String::new(), expected.to_owned()));
    // Nothing is run with them either.
    assert_eq!(directory.call("--config node.toml"), (1, String::new(), expected.to_owned()));
    let (status, _, said) = directory.call("check other.toml");
    assert_eq!(
        (status, said.as_str()),
        (1, "coap-sessiond: other.toml cannot be read: No such file or directory (os error 2)\n")
    );
}

#[test]
fn a_target_is_sealed_for_the_exit() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let directory = Directory::new("seal");
    let exit = Identity::generate().unwrap();
    let (status, printed, said) = directory.call(&format!("seal db.internal:5432 --to {}", exit.peer_id()));
    assert_eq!((status, said.as_str()), (0, ""));
    let sealed = BASE64_STANDARD.decode(printed.trim_end()).unwrap();
    assert_eq!(sealed::open_target(&exit, &sealed).unwrap().to_string(), "db.internal:5432");
}

#[test]
fn a_wrong_command_line_is_told_from_what_fails() {
    let directory = Directory::new("usage");
    let (status, printed, said) = directory.call("chek node.toml");
    assert_eq!((status, printed.as_str()), (2, ""));
    assert_eq!(said, "coap-sessiond: there is no command `chek`\nSee `coap-sessiond --help`.\n");
    let (status, printed, said) = directory.call("--help");
    assert_eq!((status, said.as_str()), (0, ""));
    for word in ["demo", "keygen", "check", "--config", "status", "seal", "Exit status"] {
        assert!(printed.contains(word), "{word}");
    }
    assert!(printed.lines().all(|line| line.chars().count() <= 100));
    assert_eq!(directory.call("--version").1, format!("coap-sessiond {}\n", env!("CARGO_PKG_VERSION")));
}

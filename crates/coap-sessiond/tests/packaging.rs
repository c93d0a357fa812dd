//! The unit for systemd, by systemd's own judgement. It does not run here: that takes a machine that systemd has
//! started.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The most that `systemd-analyze security` may find exposed, in tenths: 100 is a service that may do everything.
const EXPOSURE: &str = "20";

/// The unit with the program that was built instead of the one that is to be installed.
struct Unit(PathBuf);

impl Unit {
    fn new(name: &str, change: impl Fn(String) -> String) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/coap-sessiond.service");
        let text = change(fs::read_to_string(unit).unwrap());
        let installed = "ExecStart=/usr/local/bin/coap-sessiond ";
        assert_eq!(text.matches(installed).count(), 1);
        let built = format!("ExecStart={} ", env!("CARGO_BIN_EXE_coap-sessiond"));
        fs::write(directory.join("coap-sessiond.service"), text.replace(installed, &built)).unwrap();
        Self(directory)
    }

    /// Whether `systemd-analyze` is content, and what it says.
    fn analyze(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new("systemd-analyze");
        command.args(arguments).arg(self.0.join("coap-sessiond.service"));
        let Output { status, stdout, stderr } =
            command.output().expect("no systemd-analyze: run `make needs` first");
        (
            status.success(),
            format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)),
        )
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn systemd_takes_the_unit_as_it_is_written() {
    let unit = Unit::new("verify", |text| text);
    assert_eq!(unit.analyze(&["verify", "--man=no"]), (true, String::new()));
    // It would be told.
    let unit = Unit::new("misspelt", |text| text.replace("NoNewPrivileges", "NoNewPrivilege"));
    let (_, said) = unit.analyze(&["verify", "--man=no"]);
    assert!(said.contains("NoNewPrivilege"), "{said}");
}

#[test]
fn the_service_may_do_little() {
    let judge = ["security", "--offline=true", "--threshold", EXPOSURE];
    let (is_content, said) = Unit::new("security", |text| text).analyze(&judge);
    assert!(is_content, "{said}");
    let (is_content, said) =
        Unit::new("exposed", |text| text.replace("\nCapabilityBoundingSet=\n", "\n")).analyze(&judge);
    assert!(!is_content, "{said}");
}

//! A client as the generator of HOPR's SDK writes it, in Python with urllib3.
use super::fake::{Node, peer};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn a_generated_client_in_python() {
    let node = Node::start();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let interpreter = std::env::var_os("FERROCOAP_PYTHON")
        .map_or_else(|| root.join("../../build/venv/bin/python"), PathBuf::from);
    assert!(interpreter.exists(), "no urllib3: run `make needs` first");
    let output = Command::new(interpreter)
        .arg(root.join("tests/rest/sdk.py"))
        .args([&format!("http://{}", node.address()), super::http::TOKEN, &peer(1)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("all is well\n"), "{said}");
}

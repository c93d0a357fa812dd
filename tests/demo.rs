//! What `make demo` prints.
#![forbid(unsafe_code)]
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn demo_discovers_reads_replaces_and_describes_its_session() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = std::env::var_os("FERROCOAP_LIB").map_or_else(|| root.join("build/lib"), PathBuf::from);
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut demo = Command::new(root.join("examples/demo"));
    let output = demo.arg(library).arg(port.to_string()).output().unwrap();
    let expected = format!(
        "\
server: listens on 127.0.0.1:{port} UDP
client: session with 127.0.0.1:{port} from a port of 127.0.0.1
        protocol UDP, state established, type client
client: GET /.well-known/core
        2.05 </greeting>;title=\"A greeting\"
client: GET /greeting
        2.05 Hello from the server
client: PUT /greeting Hello from the client
        2.04
client: GET /greeting
        2.05 Hello from the client
"
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

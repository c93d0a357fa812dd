//! OpenSSL's own programs, which know nothing of CoAP, against ours.
use crate::{
    support::{
        pki::file,
        process::{Running, spawn},
        udp,
    },
    ways::{LIMIT, Side},
};
use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

const SECRET: &str = "correct horse";

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs `openssl s_client` against a port of this machine; what it has printed when it was told to end.
fn s_client(port: u16, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &format!("127.0.0.1:{port}")]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(&mut command).expect("openssl");
    std::thread::sleep(Duration::from_millis(1500));
    // It ends at a line with a Q.
    if let Some(input) = &mut child.stdin {
        let _ = input.write_all(b"Q\n");
    }
    let output = child.wait_with_output().expect("it ends");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn server_with_certificate(name: &str) -> Vec<String> {
    let [pem, key] = ["pem", "key"].map(|end| file(&format!("{name}.{end}")));
    ["-c", &pem, "-j", &key, "-C", &file("ca.pem"), "-n"].map(str::to_owned).to_vec()
}

fn of(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn s_client_with_a_key() {
    let server = Side::Ours.serve(&["-k", SECRET, "-h", "stable"]);
    let psk = hex(SECRET);
    let cipher = ["-cipher", "PSK-AES128-CCM8@SECLEVEL=0"];
    let printed =
        s_client(server.port, &[&["-dtls1_2", "-psk", &psk, "-psk_identity", "me"][..], &cipher].concat());
    assert!(printed.contains("Cipher is PSK-AES128-CCM8"), "{printed}");
    assert!(printed.contains("PSK identity hint: stable"), "{printed}");
    let wrong =
        s_client(server.port, &[&["-dtls1_2", "-psk", "00", "-psk_identity", "me"][..], &cipher].concat());
    assert!(wrong.contains("alert decrypt error"), "{wrong}");
    server.stop();
}

#[test]
fn s_client_with_certificates() {
    let server = Side::Ours.serve(&of(&server_with_certificate("server")));
    let ca = file("ca.pem");
    for (version, protocol) in [("-dtls1_2", "DTLSv1.2"), ("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let alpn: &[&str] = if version == "-dtls1_2" { &[] } else { &["-alpn", "coap"] };
        let printed = s_client(server.port, &[&[version, "-CAfile", &ca][..], alpn].concat());
        assert!(printed.contains("Verify return code: 0 (ok)"), "{version}: {printed}");
        assert!(printed.contains(protocol), "{version}: {printed}");
        assert!(alpn.is_empty() || printed.contains("ALPN protocol: coap"), "{version}: {printed}");
    }
    server.stop();
}

#[test]
fn s_client_and_rsa() {
    let server = Side::Ours.serve(&of(&server_with_certificate("rsa")));
    let ca = file("ca.pem");
    for version in ["-tls1_2", "-tls1_3"] {
        let printed = s_client(server.port, &[version, "-CAfile", &ca]);
        assert!(printed.contains("Verify return code: 0 (ok)"), "{version}: {printed}");
    }
    server.stop();
}

/// Starts `openssl s_server`, has our client call it, and returns what the server has printed.
fn s_server(arguments: &[&str], scheme: &str, client: &[&str]) -> String {
    let port = udp::free_port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", &format!("127.0.0.1:{port}")]).args(arguments);
    let mut server = Running::start(command);
    server.wait_for_line(LIMIT, |line| line.contains("ACCEPT"));
    // Nobody answers its request: it is the handshake that counts.
    Side::Ours.ask(&[client, &["-B", "2"]].concat(), &format!("{scheme}://localhost:{port}/"));
    server.stop()
}

#[test]
fn s_server_with_a_key() {
    let psk = hex(SECRET);
    let cipher = ["-cipher", "PSK-AES128-CCM8@SECLEVEL=0", "-nocert"];
    let arguments = [&["-dtls1_2", "-psk", &psk, "-psk_hint", "stable"][..], &cipher].concat();
    let printed = s_server(&arguments, "coaps", &["-k", SECRET, "-u", "me"]);
    assert!(printed.contains("CIPHER is PSK-AES128-CCM8"), "{printed}");
}

#[test]
fn s_server_with_certificates() {
    let (pem, key, ca) = (file("server.pem"), file("server.key"), file("ca.pem"));
    let [own, own_key] = ["client.pem", "client.key"].map(file);
    for (version, scheme) in [("-dtls1_2", "coaps"), ("-tls1_2", "coaps+tcp"), ("-tls1_3", "coaps+tcp")] {
        let alpn: &[&str] = if version == "-dtls1_2" { &[] } else { &["-alpn", "coap"] };
        let arguments = [&[version, "-cert", &pem, "-key", &key, "-CAfile", &ca, "-Verify", "3"][..], alpn];
        let printed = s_server(&arguments.concat(), scheme, &["-c", &own, "-j", &own_key, "-C", &ca]);
        assert!(printed.contains("CIPHER is"), "{version}: {printed}");
        assert!(printed.contains("client.test"), "{version}: {printed}");
        assert!(alpn.is_empty() || printed.contains("ALPN protocols selected: coap"), "{version}: {printed}");
    }
}

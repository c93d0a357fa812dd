//! What is counted, for Prometheus (text format 0.0.4).
use super::{
    Shared,
    asking::ask,
    errors::{self, Answer, Refusal},
};
use crate::{
    control::{Command, Status},
    model::{Role, Transport},
};
use hyper::StatusCode;
use std::fmt::Write;

const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All of it.
pub(super) async fn answer(shared: &Shared) -> Result<Answer, Refusal> {
    let status = ask(shared, Command::Status).await?;
    Ok(errors::answer(StatusCode::OK, KIND, text(&status)))
}

/// A metric with its values. Names of labels and values are known not to need escapes, or come from us.
struct Page(String);

impl Page {
    fn metric<'a>(
        &mut self,
        (name, kind, help): (&str, &str, &str),
        values: impl IntoIterator<Item = (&'a [(&'a str, &'a str)], u64)>,
    ) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            self.0.push_str(name);
            for (index, (label, text)) in labels.iter().enumerate() {
                let _ = write!(self.0, "{}{label}=\"{}\"", if index == 0 { '{' } else { ',' }, escaped(text));
            }
            let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
        }
    }

    fn one(&mut self, about: (&str, &str, &str), value: u64) {
        self.metric(about, [(&[][..], value)]);
    }

    fn each(&mut self, about: (&str, &str, &str), label: &str, values: &[(&str, u64)]) {
        let labels: Vec<_> = values.iter().map(|(text, value)| ([(label, *text)], *value)).collect();
        self.metric(about, labels.iter().map(|(label, value)| (&label[..], *value)));
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn text(status: &Status) -> String {
    let mut page = Page(String::new());
    ours(&mut page, status);
    hoprd(&mut page, status);
    page.0
}

fn count(status: &Status, role: Role, transport: Transport) -> u64 {
    status.tunnels.iter().filter(|tunnel| tunnel.role == role && tunnel.transport == transport).count() as u64
}

fn ours(page: &mut Page, status: &Status) {
    page.metric(
        ("ferrocoap_build_info", "gauge", "Always 1; the label is the program's version."),
        [(&[("version", env!("CARGO_PKG_VERSION"))][..], 1)],
    );
    page.each(
        ("ferrocoap_session_listeners", "gauge", "Listeners that are open."),
        "protocol",
        &[("tcp", status.listeners.0 as u64), ("udp", status.listeners.1 as u64)],
    );
    let mut tunnels = Vec::new();
    for (role, named) in [(Role::Entry, "entry"), (Role::Relay, "relay"), (Role::Exit, "exit")] {
        for (transport, protocol) in [(Transport::Tcp, "tcp"), (Transport::Udp, "udp")] {
            let labels = [("role", named), ("protocol", protocol)];
            tunnels.push((labels, count(status, role, transport)));
        }
    }
    page.metric(
        ("ferrocoap_session_tunnels", "gauge", "Tunnels that are open."),
        tunnels.iter().map(|(labels, value)| (&labels[..], *value)),
    );
    page.one(("ferrocoap_session_links", "gauge", "Links to other nodes that are up."), status.links as u64);
    page.one(
        ("ferrocoap_session_established_total", "counter", "Tunnels that were opened."),
        status.established,
    );
    page.each(
        ("ferrocoap_session_refused_total", "counter", "Tunnels that could not be opened, by CoAP's code."),
        "code",
        &borrowed(&status.refused),
    );
    page.each(
        ("ferrocoap_session_aborted_total", "counter", "Tunnels that were ended by an abort, by its reason."),
        "reason",
        &borrowed(&status.aborted),
    );
    page.one(
        ("ferrocoap_session_dropped_datagrams_total", "counter", "Datagrams too long, or without room."),
        status.dropped,
    );
    page.each(
        (
            "ferrocoap_session_local_bytes_total",
            "counter",
            "Bytes from local sockets (in) and to them (out).",
        ),
        "direction",
        &[("in", status.bytes.0), ("out", status.bytes.1)],
    );
}

fn borrowed(values: &[(String, u64)]) -> Vec<(&str, u64)> {
    values.iter().map(|(text, value)| (text.as_str(), *value)).collect()
}

/// Those of hoprd's that mean the same here, so that its dashboards show something.
fn hoprd(page: &mut Page, status: &Status) {
    let of = |role| [Transport::Tcp, Transport::Udp].map(|transport| count(status, role, transport));
    let ([tcp, udp], [tcp_targets, udp_targets]) = (of(Role::Entry), of(Role::Exit));
    page.one(
        ("hopr_session_num_active_sessions", "gauge", "Tunnels that begin or end here."),
        tcp + udp + tcp_targets + udp_targets,
    );
    page.one(
        ("hopr_session_initiated_sessions", "counter", "Tunnels that were opened from here."),
        status.initiated,
    );
    page.one(
        ("hopr_session_established_sessions", "counter", "Tunnels that were opened to here."),
        status.accepted,
    );
    page.each(
        ("hopr_session_hoprd_clients", "gauge", "Tunnels that begin here."),
        "type",
        &[("tcp", tcp), ("udp", udp)],
    );
    page.each(
        ("hopr_session_hoprd_target_connections", "gauge", "Tunnels that end here."),
        "type",
        &[("tcp", tcp_targets), ("udp", udp_targets)],
    );
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::control::Status;

    #[test]
    fn values_that_come_from_elsewhere_are_escaped() {
        let page = text(&Status { aborted: vec![("a\"b\\c\n".to_owned(), 7)], ..Status::default() });
        assert!(page.contains("ferrocoap_session_aborted_total{reason=\"a\\\"b\\\\c\\n\"} 7\n"), "{page}");
    }
}

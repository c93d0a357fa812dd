//! A report as tables.
use super::report::{ListenerReport, Report, TunnelReport};
use std::{collections::BTreeMap, fmt::Write, time::Duration};

/// The report as text. With an older one and the time that lies between them, tunnels have rates.
pub(super) fn draw(report: &Report, older: Option<(&Report, Duration)>) -> String {
    let mut text = summary(report);
    let listeners = report.listeners.iter().map(listener).collect();
    let columns = ["LISTENER", "PROTOCOL", "TARGET", "PATH", "DESTINATION", "TUNNELS"];
    text += &table(&columns, listeners);
    let before: BTreeMap<_, _> = older
        .map(|(older, _)| older.tunnels.iter().map(|tunnel| (tunnel.number, tunnel)).collect())
        .unwrap_or_default();
    let apart = older.map_or(Duration::ZERO, |(_, apart)| apart);
    let tunnels =
        report.tunnels.iter().map(|one| tunnel(one, before.get(&one.number).copied(), apart)).collect();
    let columns = [
        "TUNNEL",
        "ROLE",
        "PROTOCOL",
        "ENDS",
        "TO TARGET",
        "RATE",
        "FROM TARGET",
        "RATE",
        "ROUND TRIP",
        "LOSSES",
        "AGE",
    ];
    text += &table(&columns, tunnels);
    text
}

fn summary(report: &Report) -> String {
    let sum = |values: &BTreeMap<String, u64>| {
        let each: Vec<_> = values.iter().map(|(name, count)| format!("{} {count}", plain(name))).collect();
        if each.is_empty() { "0".to_owned() } else { each.join(", ") }
    };
    format!(
        "coap-sessiond {}: listeners {}, tunnels {}, links {}; {} in, {} out\n\
         since the start: opened {}; refused {}; aborted {}; datagrams dropped {}\n",
        plain(&report.version),
        report.listeners.len(),
        report.tunnels.len(),
        report.links,
        bytes(report.bytes_in),
        bytes(report.bytes_out),
        report.established,
        sum(&report.refused),
        sum(&report.aborted),
        report.dropped,
    )
}

/// Sealed targets are longer than a line, and nobody reads them.
fn shortened(text: String) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

fn listener(one: &ListenerReport) -> Vec<String> {
    let place = std::net::SocketAddr::new(one.ip, one.port);
    let path = match &one.path {
        serde_json::Value::Object(path) => path.iter().next().map_or_else(String::new, |(kind, value)| {
            value
                .as_array()
                .map_or_else(|| format!("{kind} {value}"), |relays| format!("{} relays", relays.len()))
        }),
        other => other.to_string(),
    };
    let tunnels = one.tunnels.len().to_string();
    vec![
        place.to_string(),
        plain(&one.protocol),
        shortened(plain(&one.target)),
        plain(&path),
        plain(&one.destination),
        tunnels,
    ]
}

fn tunnel(one: &TunnelReport, before: Option<&TunnelReport>, apart: Duration) -> Vec<String> {
    let rate = |now: u64, of: fn(&TunnelReport) -> u64| match before {
        Some(before) if !apart.is_zero() => {
            format!("{}/s", bytes((now.saturating_sub(of(before)) as f64 / apart.as_secs_f64()) as u64))
        }
        _ => "-".to_owned(),
    };
    vec![
        one.number.to_string(),
        plain(&one.role),
        plain(&one.protocol),
        plain(&one.ends),
        bytes(one.bytes_to_target),
        rate(one.bytes_to_target, |tunnel| tunnel.bytes_to_target),
        bytes(one.bytes_from_target),
        rate(one.bytes_from_target, |tunnel| tunnel.bytes_from_target),
        one.round_trip_us.map_or_else(|| "-".to_owned(), |time| format!("{:.1} ms", time as f64 / 1000.0)),
        one.losses.to_string(),
        age(one.age_seconds),
    ]
}

/// A line for each row, empty if there is none; columns as wide as what is in them.
fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = "\n".to_owned();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([columns[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let head = columns.iter().map(ToString::to_string).collect();
    for row in [vec![head], rows].concat() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string does not fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// Without what would move the cursor: names of targets may come from others.
fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '?' } else { character }).collect()
}

fn bytes(count: u64) -> String {
    let (mut value, mut unit) = (count as f64, "B");
    for larger in ["kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") }
}

fn age(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, bytes, draw};
    use crate::status::report::{ListenerReport, Report, TunnelReport};
    use std::time::Duration;

    fn report(bytes_to_target: u64) -> Report {
        Report {
            version: "1.2.3".to_owned(),
            links: 1,
            established: 9,
            refused: [("4.03".to_owned(), 2)].into(),
            listeners: vec![ListenerReport {
                protocol: "tcp".to_owned(),
                ip: "::1".parse().unwrap(),
                port: 80,
                destination: "12D3KooW".to_owned(),
                path: serde_json::json!({"Hops": 1}),
                target: "a:1".to_owned(),
                tunnels: vec![7],
            }],
            tunnels: vec![TunnelReport {
                number: 7,
                role: "entry".to_owned(),
                protocol: "tcp".to_owned(),
                ends: "[::1]:5\x1b[2J".to_owned(),
                bytes_to_target,
                bytes_from_target: 0,
                round_trip_us: Some(1500),
                losses: 3,
                age_seconds: 61,
            }],
            ..Report::default()
        }
    }

    #[test]
    fn what_a_table_looks_like() {
        let expected = "\
coap-sessiond 1.2.3: listeners 1, tunnels 1, links 1; 0 B in, 0 B out
since the start: opened 9; refused 4.03 2; aborted 0; datagrams dropped 0

LISTENER  PROTOCOL  TARGET  PATH    DESTINATION  TUNNELS
[::1]:80  tcp       a:1     Hops 1  12D3KooW     1

TUNNEL  ROLE   PROTOCOL  ENDS         TO TARGET  RATE      FROM TARGET  RATE   ROUND TRIP  LOSSES  AGE
7       entry  tcp       [::1]:5?[2J  5.0 kB     2.0 kB/s  0 B          0 B/s  1.5 ms      3       61 s
";
        assert_eq!(draw(&report(5000), Some((&report(1000), Duration::from_secs(2)))), expected);
    }

    #[test]
    fn a_sealed_target_is_cut_short() {
        let mut report = report(0);
        report.listeners[0].target = format!("$${}", "x".repeat(130));
        let expected = format!("[::1]:80  tcp       $${}...  Hops 1  12D3KooW     1\n", "x".repeat(38));
        assert!(draw(&report, None).contains(&expected));
    }

    #[test]
    fn without_an_older_report_there_are_no_rates() {
        let text = draw(&report(5000), None);
        assert!(text.ends_with("5.0 kB     -     0 B          -     1.5 ms      3       61 s\n"), "{text}");
        assert_eq!(draw(&Report::default(), None).lines().count(), 2, "without rows no tables");
    }

    #[test]
    fn numbers_are_short() {
        for (count, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_345_678, "12.3 MB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(bytes(count), text);
        }
        for (seconds, text) in [(119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 d")] {
            assert_eq!(age(seconds), text);
        }
    }
}

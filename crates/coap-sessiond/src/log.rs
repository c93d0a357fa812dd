//! Writes what is logged (the macros of the crate `log`, with key-values) to stderr.
//!
//! As text: `2026-05-04T03:02:01.000Z info listening address=[::]:5684`. As JSON: an object a line, in which `time`,
//! `level` and `message` stand first. What comes from others, such as a peer's diagnostic text, cannot make lines of
//! its own: control characters are escaped.
use crate::config::{Level, Log as Settings, LogFormat};
use log::{
    LevelFilter, Log, Metadata, Record,
    kv::{Key, Value, VisitSource},
};
use std::{
    fmt::Write as _,
    io::{Write as _, stderr},
    time::{Duration, SystemTime},
};

/// What begins so is ours; of other crates only warnings are written.
const OURS: &str = "coap_sessiond";

struct Logger(LogFormat);

/// Makes it so from here on, once for a process.
///
/// # Errors
/// Something else writes the log already.
pub fn init(settings: Settings) -> Result<(), log::SetLoggerError> {
    static TEXT: Logger = Logger(LogFormat::Text);
    static JSON: Logger = Logger(LogFormat::Json);
    log::set_logger(match settings.format {
        LogFormat::Text => &TEXT,
        LogFormat::Json => &JSON,
    })?;
    log::set_max_level(match settings.level {
        Level::Error => LevelFilter::Error,
        Level::Warn => LevelFilter::Warn,
        Level::Info => LevelFilter::Info,
        Level::Debug => LevelFilter::Debug,
        Level::Trace => LevelFilter::Trace,
    });
    Ok(())
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(OURS) || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = line(self.0, SystemTime::now(), record);
            // Without a reader there is nobody to tell.
            drop(stderr().lock().write_all(line.as_bytes()));
        }
    }

    fn flush(&self) {}
}

fn line(format: LogFormat, now: SystemTime, record: &Record<'_>) -> String {
    let level = record.level().as_str().to_ascii_lowercase();
    let mut line = String::with_capacity(128);
    match format {
        LogFormat::Text => {
            let message = escaped(&record.args().to_string());
            line.push_str(&format!("{} {level:5} {message}", time(now)));
            let _ = record.key_values().visit(&mut Text(&mut line));
        }
        LogFormat::Json => {
            line.push_str(&format!("{{\"time\":\"{}\",\"level\":\"{level}\",\"message\":", time(now)));
            line.push_str(&json(&record.args().to_string()));
            let _ = record.key_values().visit(&mut Json(&mut line));
            line.push('}');
        }
    }
    line.push('\n');
    line
}

struct Text<'a>(&'a mut String);

impl<'kvs> VisitSource<'kvs> for Text<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        let value = value.to_string();
        let plain = |it: char| !it.is_whitespace() && !it.is_control() && !"\"=\\".contains(it);
        if !value.is_empty() && value.chars().all(plain) {
            write!(self.0, " {key}={value}")?;
        } else {
            write!(self.0, " {key}={}", json(&value))?;
        }
        Ok(())
    }
}

struct Json<'a>(&'a mut String);

impl<'kvs> VisitSource<'kvs> for Json<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        write!(self.0, ",{}:", json(key.as_str()))?;
        if let Some(number) = value.to_u64() {
            write!(self.0, "{number}")?;
        } else if let Some(number) = value.to_i64() {
            write!(self.0, "{number}")?;
        } else if let Some(number) = value.to_f64().filter(|number| number.is_finite()) {
            write!(self.0, "{number}")?;
        } else if let Some(flag) = value.to_bool() {
            write!(self.0, "{flag}")?;
        } else {
            self.0.push_str(&json(&value.to_string()));
        }
        Ok(())
    }
}

/// As JSON has it, in quotes; terminals obey the control characters that JSON leaves as they are, too.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if !quoted.contains(char::is_control) {
        return quoted;
    }
    let escape = |it: char| if it.is_control() { format!("\\u{:04x}", u32::from(it)) } else { it.into() };
    quoted.chars().map(escape).collect()
}

/// Without control characters.
fn escaped(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    text.chars().map(|it| if it.is_control() { it.escape_default().to_string() } else { it.into() }).collect()
}

/// As RFC 3339 has it, in UTC, to the millisecond.
fn time(now: SystemTime) -> String {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let seconds = since.as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Year, month and day of a day since 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    // Counted from 1 March of the year 0, leap days come last in a year, and 400 years are alike.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // From March on, months have 31, 30, 31, 30, 31 days again and again: 153 in five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::{LogFormat, date, line};
    use log::{Level, Record};
    use std::time::{Duration, SystemTime};

    fn written(format: LogFormat, text: &str, values: &[(&str, log::kv::Value<'_>)]) -> String {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_777_863_721_042);
        let arguments = format_args!("{text}");
        let record = Record::builder().level(Level::Info).args(arguments).key_values(&values).build();
        line(format, now, &record)
    }

    #[test]
    fn a_line_has_time_level_message_and_values() {
        let values =
            [("address", "[::]:5684".into()), ("tunnels", 7_u64.into()), ("why", "it is full".into())];
        assert_eq!(
            written(LogFormat::Text, "refused", &values),
            "2026-05-04T03:02:01.042Z info  refused address=[::]:5684 tunnels=7 why=\"it is full\"\n"
        );
        assert_eq!(
            written(LogFormat::Json, "refused", &values),
            "{\"time\":\"2026-05-04T03:02:01.042Z\",\"level\":\"info\",\"message\":\"refused\",\
             \"address\":\"[::]:5684\",\"tunnels\":7,\"why\":\"it is full\"}\n"
        );
    }

    #[test]
    fn what_others_say_makes_no_lines_and_no_colours() {
        let said = "a\nb\r\u{1b}[31m\u{9b}\"c=";
        let text = written(LogFormat::Text, said, &[("why", said.into()), ("empty", "".into())]);
        assert!(text.ends_with("why=\"a\\nb\\r\\u001b[31m\\u009b\\\"c=\" empty=\"\"\n"), "{text}");
        assert!(text.contains("info  a\\nb\\r\\u{1b}[31m\\u{9b}\"c= why="), "{text}");
        let json = written(LogFormat::Json, said, &[("why", said.into())]);
        for line in [&text, &json] {
            assert_eq!(line.chars().filter(|it| it.is_control()).count(), 1, "{line}");
        }
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((read["message"].as_str(), read["why"].as_str()), (Some(said), Some(said)));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let mut days = 0;
        for year in 1970..2410 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1..=length {
                    assert_eq!(date(days), (year, month, day));
                    days += 1;
                }
            }
        }
    }
}

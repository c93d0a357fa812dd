//! Writes what is logged (the macros of the crate `log`, with key-values) to stderr.
//!
//! As text: `2026-05-04T03:02:01.000Z info listening address=[::]:5684`. As JSON: an object a line, in which `time`,
//! `level` and `message` stand first. What comes from others, such as a peer's diagnostic text, cannot make lines of
//! its own: control characters are escaped.
//!
//! Lines are written by a thread of their own, so that the event loop never waits for who reads them; what finds
//! no room there is dropped. Of one kind, which is one message of ours, at most some twenty a second are written
//! (fifty at once). How many are missing is said in both cases.
mod limit;
mod writer;

use crate::config::{Level, Log as Settings, LogFormat};
use limit::{Kind, Limit, Verdict};
use log::{
    LevelFilter, Log, Metadata, Record,
    kv::{Key, Value, VisitSource},
};
use std::{
    fmt::Write as _,
    io::stderr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use thiserror::Error;
use writer::Writer;

/// What begins so is ours; of other crates only warnings are written.
const OURS: &str = "coap_sessiond";
/// How long [`flush`] waits for a log that nobody reads.
const FLUSH: Duration = Duration::from_secs(1);

struct Logger {
    format: LogFormat,
    limit: Arc<Mutex<Limit>>,
    writer: Arc<Writer>,
}

/// Why nothing can be logged.
#[derive(Debug, Error)]
pub enum InitError {
    /// Something else writes the log already.
    #[error(transparent)]
    Twice(#[from] log::SetLoggerError),
    /// The system has no thread for it.
    #[error("the log has no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Makes it so from here on, once for a process.
///
/// # Errors
/// [`InitError`]
pub fn init(settings: Settings) -> Result<(), InitError> {
    let format = settings.format;
    let (limit, writer) = (Arc::<Mutex<Limit>>::default(), Arc::<Writer>::default());
    let logger = Logger { format, limit: Arc::clone(&limit), writer: Arc::clone(&writer) };
    log::set_boxed_logger(Box::new(logger))?;
    log::set_max_level(match settings.level {
        Level::Error => LevelFilter::Error,
        Level::Warn => LevelFilter::Warn,
        Level::Info => LevelFilter::Info,
        Level::Debug => LevelFilter::Debug,
        Level::Trace => LevelFilter::Trace,
    });
    let dropped =
        move |count| notice(format, "lines of the log were dropped, as nobody reads them", "", count);
    let rest = move || {
        let settled = locked(&limit).settle(Instant::now());
        settled.into_iter().map(|(kind, count)| left_out(format, kind, count)).collect()
    };
    Ok(writer.start(stderr(), dropped, rest)?)
}

/// Waits until all that was logged is written, for a second at most. To be called before the process ends.
pub fn flush() {
    log::logger().flush();
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(OURS) || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let place = || (record.file_static().unwrap_or(""), record.line().unwrap_or(0));
        let kind = record.args().as_str().map_or_else(place, |message| (message, 0));
        let Verdict::Written { left_out: count } = locked(&self.limit).judge(Instant::now(), kind) else {
            return;
        };
        if count > 0 {
            self.writer.give(&left_out(self.format, kind, count));
        }
        self.writer.give(&line(self.format, SystemTime::now(), record));
    }

    fn flush(&self) {
        self.writer.flush(FLUSH);
    }
}

fn locked(limit: &Mutex<Limit>) -> MutexGuard<'_, Limit> {
    limit.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What says that lines of a kind are missing.
fn left_out(format: LogFormat, (what, at): Kind, count: u64) -> String {
    let like = if at == 0 { what.to_owned() } else { format!("{what}:{at}") };
    notice(format, "more like this were left out", &like, count)
}

/// A line about the log itself.
fn notice(format: LogFormat, text: &str, like: &str, count: u64) -> String {
    let mut values = vec![("count", Value::from(count))];
    if !like.is_empty() {
        values.push(("like", Value::from(like)));
    }
    let values = &*values;
    let mut record = Record::builder();
    record.level(log::Level::Warn).key_values(&values);
    line(format, SystemTime::now(), &record.args(format_args!("{text}")).build())
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

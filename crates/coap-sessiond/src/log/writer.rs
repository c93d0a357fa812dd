//! Writes lines on a thread of its own: nobody who logs waits for who reads the log.
use nix::sys::signal::{SigSet, SigmaskHow};
use std::{
    io::Write,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Bytes of lines that wait to be written; what comes more is dropped and counted.
const WAITING: usize = 1 << 20;
/// How often is looked whether something is to be told that nobody has asked for.
const REST: Duration = Duration::from_secs(1);

/// Lines on their way.
#[derive(Default)]
pub(super) struct Writer {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: String,
    dropped: u64,
    /// The thread writes what it has taken.
    is_writing: bool,
}

impl Writer {
    /// Starts the thread. `dropped` makes a line of how many were dropped, `rest` more lines every second.
    ///
    /// # Errors
    /// The system has no thread.
    pub(super) fn start(
        self: &Arc<Self>,
        out: impl Write + Send + 'static,
        dropped: impl Fn(u64) -> String + Send + 'static,
        rest: impl Fn() -> String + Send + 'static,
    ) -> std::io::Result<()> {
        let writer = Arc::clone(self);
        let work = move || writer.work(out, &dropped, &rest);
        // Signals are for the thread that waits for them; a thread has the mask of who starts it.
        let mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let started = thread::Builder::new().name("log".to_owned()).spawn(work);
        mask.thread_set_mask()?;
        started.map(drop)
    }

    /// Gives a line to the thread, without waiting. It is dropped if too much waits already.
    pub(super) fn give(&self, line: &str) {
        let mut queue = self.queue();
        if queue.lines.len() + line.len() > WAITING {
            queue.dropped += 1;
            return;
        }
        queue.lines.push_str(line);
        drop(queue);
        self.changed.notify_all();
    }

    /// Waits until everything is written, but no longer than that.
    pub(super) fn flush(&self, most: Duration) {
        let is_busy = |queue: &mut Queue| queue.is_writing || !queue.lines.is_empty() || queue.dropped > 0;
        drop(self.changed.wait_timeout_while(self.queue(), most, is_busy));
    }

    fn work(&self, mut out: impl Write, dropped: &dyn Fn(u64) -> String, rest: &dyn Fn() -> String) {
        // Lines that are lost; how many a line tells that is about to be written; whether the last line may be torn.
        let (mut lost, mut told, mut is_torn) = (0, 0, false);
        loop {
            let mut lines = self.next();
            lines.push_str(&rest());
            if !lines.is_empty() {
                let begin: &[u8] = if is_torn { b"\n" } else { b"" };
                let written = out.write_all(begin).and_then(|()| out.write_all(lines.as_bytes()));
                is_torn = written.and_then(|()| out.flush()).is_err();
                if is_torn {
                    // Some of them may have been written. The line that tells of lost ones is none of them.
                    lost += told + (lines.lines().count() - usize::from(told > 0)) as u64;
                }
                told = 0;
            }
            let mut queue = self.queue();
            queue.is_writing = false;
            lost += std::mem::take(&mut queue.dropped);
            // Not while nothing can be written: that would not end.
            if lost > 0 && !is_torn {
                // Behind what had come before.
                queue.lines.push_str(&dropped(lost));
                told = std::mem::take(&mut lost);
            }
            drop(queue);
            self.changed.notify_all();
        }
    }

    /// What waits; nothing, if nothing has come for a while.
    fn next(&self) -> String {
        let is_idle = |queue: &mut Queue| queue.lines.is_empty();
        let waited = self.changed.wait_timeout_while(self.queue(), REST, is_idle);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queue.is_writing = true;
        std::mem::take(&mut queue.lines)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Takes nothing before it is let go.
    struct Gate {
        go: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.go.recv();
            let _ = self.written.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_logs_does_not_wait_for_who_reads_and_what_is_dropped_is_counted() {
        let ((go, gate), (written, lines)) = (channel(), channel());
        let writer = Arc::new(Writer::default());
        let line = "x".repeat(1023) + "\n";
        writer.give("first\n");
        let out = Gate { go: gate, written };
        writer.start(out, |count| format!("{count} dropped\n"), String::new).unwrap();

        for _ in 0..3000 {
            writer.give(&line);
        }
        drop(go);
        writer.flush(Duration::from_secs(20));
        let all: String = lines.try_iter().collect();
        assert!(all.starts_with("first\nxxx"), "in their order");
        let kept = all.matches(&line).count();
        let tail = all.lines().last().unwrap();
        assert_eq!(tail, format!("{} dropped", 3000 - kept), "behind what had come before");
        // What was taken up at first, and what waited meanwhile.
        assert!((1023..2048).contains(&kept), "{kept}");
    }

    /// Takes some of the first line, fails as often as is said, and takes the rest.
    struct Failing {
        failures: std::vec::IntoIter<usize>,
        written: Sender<String>,
    }

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let count = self.failures.next().unwrap_or(usize::MAX).min(bytes.len());
            let _ = self.written.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
            if count == 0 { Err(std::io::ErrorKind::WouldBlock.into()) } else { Ok(count) }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_cannot_be_written_is_counted_and_tears_no_other_line() {
        let (written, lines) = channel();
        let writer = Arc::new(Writer::default());
        // Three bytes, then nothing; nothing; then all, but not the line that tells how many are lost at first.
        let failures = vec![3, 0, 0, 1, 7, 0].into_iter();
        writer.give("first\nsecond\n");
        let out = Failing { failures, written };
        writer.start(out, |count| format!("{count} dropped\n"), String::new).unwrap();
        for line in ["third\n", "fourth\n", "fifth\n"] {
            writer.flush(Duration::from_secs(20));
            writer.give(line);
        }
        writer.flush(Duration::from_secs(20));
        let all: String = lines.try_iter().collect();
        assert_eq!(all, "fir\nfourth\n\nfifth\n3 dropped\n");
    }
}

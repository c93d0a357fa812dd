//! The loop, with descriptors of the program's.
use super::{coap_io_process, io};
use crate::{
    entry::entry,
    home::{Home, command_context},
    log,
    types::*,
};
use std::{ffi::c_int, io::Error, time::Instant};

/// As [`coap_io_process`], which also returns when one of the program's descriptors is ready: sets as for
/// `select`, below `nfds`. They say afterwards which are.
///
/// # Safety
/// The sets are null or can be written to; `nfds` is at most `FD_SETSIZE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_process_with_fds(
    ctx: *mut coap_context_t,
    timeout_ms: u32,
    nfds: c_int,
    readfds: *mut libc::fd_set,
    writefds: *mut libc::fd_set,
    exceptfds: *mut libc::fd_set,
) -> c_int {
    let sets = Sets { read: readfds, write: writefds, except: exceptfds };
    let nfds = nfds.clamp(0, libc::FD_SETSIZE as c_int);
    if nfds == 0 || sets.are_null() {
        return coap_io_process(ctx, timeout_ms);
    }
    entry(-1, || {
        let before = Instant::now();
        let (home, fd) = command_context("coap_io_process_with_fds", ctx, |context, now| {
            io::run_due(context, now);
            Some((Home::of(context), context.node.fd(now).ok()?))
        })?;
        // SAFETY: as the caller promises.
        let mut fds = unsafe { sets.to_poll(nfds) };
        fds.push(libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
        wait(&mut fds, io::until(timeout_ms, before))?;
        fds.pop(); // the context's own
        // SAFETY: as above.
        unsafe { sets.report(nfds, &fds) };
        home.enter(|_| ())?;
        (coap_io_process(ctx, io::NO_WAIT) >= 0).then_some(())?;
        Some(c_int::try_from(before.elapsed().as_millis()).unwrap_or(c_int::MAX))
    })
}

/// Waits for descriptors; a signal ends it. `None`, logged, on an error of the system's.
fn wait(fds: &mut [libc::pollfd], until: Option<Instant>) -> Option<()> {
    let left = until.map(|at| at.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000));
    let left = left.map_or(-1, |left| c_int::try_from(left).unwrap_or(c_int::MAX));
    // SAFETY: the slice can be written to for its length.
    if unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, left) } < 0 {
        fds.iter_mut().for_each(|fd| fd.revents = 0);
        let error = Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            log::log(COAP_LOG_ERR, format_args!("coap_io_process_with_fds: {error}"));
            return None;
        }
    }
    Some(())
}

/// The sets of `select`. They are waited for with `poll`, which takes descriptors of any number: the
/// context's own may lie above `FD_SETSIZE`.
struct Sets {
    read: *mut libc::fd_set,
    write: *mut libc::fd_set,
    except: *mut libc::fd_set,
}

/// What `select` calls readable, writable and exceptional.
const READ: i16 = libc::POLLIN | libc::POLLHUP | libc::POLLERR | libc::POLLRDHUP;
const WRITE: i16 = libc::POLLOUT | libc::POLLERR;
const EXCEPT: i16 = libc::POLLPRI;

impl Sets {
    fn are_null(&self) -> bool {
        self.read.is_null() && self.write.is_null() && self.except.is_null()
    }

    fn with_events(&self) -> [(*mut libc::fd_set, i16, i16); 3] {
        [(self.read, libc::POLLIN, READ), (self.write, libc::POLLOUT, WRITE), (self.except, EXCEPT, EXCEPT)]
    }

    /// # Safety
    /// The sets are null or sets, and `nfds` is at most `FD_SETSIZE`.
    unsafe fn to_poll(&self, nfds: c_int) -> Vec<libc::pollfd> {
        let events = |fd| {
            self.with_events().into_iter().fold(0, |events, (set, bit, _)| {
                // SAFETY: not null, and the number is below the size of a set.
                let wanted = !set.is_null() && unsafe { libc::FD_ISSET(fd, set) };
                if wanted { events | bit } else { events }
            })
        };
        let all = (0..nfds).map(|fd| libc::pollfd { fd, events: events(fd), revents: 0 });
        all.filter(|fd| fd.events != 0).collect()
    }

    /// Leaves in the sets what is ready.
    ///
    /// # Safety
    /// As for [`Sets::to_poll`].
    unsafe fn report(&self, nfds: c_int, fds: &[libc::pollfd]) {
        for (set, wanted, ready) in self.with_events() {
            if set.is_null() {
                continue;
            }
            // SAFETY: not null.
            unsafe { libc::FD_ZERO(set) };
            for fd in
                fds.iter().filter(|fd| fd.fd < nfds && fd.events & wanted != 0 && fd.revents & ready != 0)
            {
                // SAFETY: the number came out of a set.
                unsafe { libc::FD_SET(fd.fd, set) };
            }
        }
    }
}

//! What happens to packets and sockets as lines for the log.
use crate::{context::Context, debug};
use coap_net::{Notice, Operation};
use coap_proto::engine::{Event, Level};
use std::io::ErrorKind;

/// A packet that was not sent on purpose as a line for the log.
pub(super) fn lost_line(packet: debug::Lost) -> Event {
    let (level, text) = match packet {
        debug::Lost::Dropped(number) => (Level::Debug, format!("Packet {number} dropped")),
        debug::Lost::Failed(number) => {
            (Level::Crit, format!("coap_socket_send: packet {number} failed on purpose"))
        }
    };
    Event::Log { level, text }
}

/// An error at a socket as a line for the log.
pub(super) fn notice_line(context: &Context, notice: &Notice) -> Event {
    let session = notice.session.and_then(|id| context.session(id)).map(|session| session.describe());
    let session = session.as_deref().unwrap_or("");
    // The system's words alone, as C's `strerror` has them.
    let error = notice.error.to_string();
    let error = error.split(" (os error").next().unwrap_or_default();
    let is_icmp = matches!(
        notice.error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::ConnectionReset
    );
    let (level, text) = match notice.operation {
        Operation::Receive if is_icmp => {
            (Level::Warn, format!("** {session}: coap_socket_recv: ICMP: {error}"))
        }
        Operation::Receive => (Level::Warn, format!("** {session}: coap_socket_recv: {error}")),
        // Only streams have peers that can be gone.
        Operation::Send
            if matches!(notice.error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) =>
        {
            (Level::Info, format!("coap_socket_write: send: {error}"))
        }
        Operation::Send => (Level::Crit, format!("coap_socket_send: {error}")),
        Operation::Connect => {
            (Level::Warn, format!("coap_socket_finish_connect_tcp: connect failed: {error}"))
        }
        Operation::Accept => (Level::Warn, format!("coap_socket_accept_tcp: accept: {error}")),
    };
    Event::Log { level, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Rig;

    #[test]
    fn that_a_connection_is_gone_is_nothing_critical() {
        let rig = Rig::new();
        for (kind, expected) in [
            (ErrorKind::BrokenPipe, (Level::Info, "coap_socket_write: send: broken pipe")),
            (ErrorKind::ConnectionReset, (Level::Info, "coap_socket_write: send: connection reset")),
            (ErrorKind::PermissionDenied, (Level::Crit, "coap_socket_send: permission denied")),
        ] {
            let notice = Notice { session: None, operation: Operation::Send, error: kind.into() };
            let line =
                crate::home::on_context("test", rig.context, |context| Some(notice_line(context, &notice)));
            let Some(Event::Log { level, text }) = line else { panic!("no line") };
            assert_eq!((level, text.as_str()), expected);
        }
    }
}

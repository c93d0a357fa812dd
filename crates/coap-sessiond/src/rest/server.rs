//! Connections, and the thread that serves them.
use super::{Limits, Shared, body::Body, errors::Answer, headers, routes};
use crate::{config::Api, control::Sender};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{
    convert::Infallible,
    io,
    net::{self, SocketAddr},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{self, Runtime},
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};

/// Bytes that a request's head may have; 431 beyond.
const MAX_HEAD: usize = 16 * 1024;
/// How long nothing is accepted when the system has no descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// The REST interface, at work. Dropped, it stops as by [`Server::stop`].
pub struct Server {
    address: SocketAddr,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// Why the REST interface did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// It cannot listen there.
    #[error("the REST interface cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system has no thread, or no descriptors, for it.
    #[error("the REST interface cannot run: {0}")]
    Thread(io::Error),
}

impl Server {
    /// Listens where `api` says, and answers by asking the event loop that is behind `commands`.
    ///
    /// # Errors
    /// [`StartError`]: the address is in use or not this machine's, or the system has no thread left.
    pub fn start(api: &Api, limits: Limits, commands: Sender) -> Result<Self, StartError> {
        let listen = |source| StartError::Listen { address: api.listen, source };
        let listener = net::TcpListener::bind(api.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let default_listen = api.default_entry_listen_host;
        let shared = Arc::new(Shared { commands, auth: api.auth.clone(), default_listen, limits });
        let (stop, stopped) = oneshot::channel();
        let thread = Builder::new()
            .name("rest".to_owned())
            .spawn(move || run(&runtime, listener, &shared, stopped))
            .map_err(StartError::Thread)?;
        log::info!(address:%; "the REST interface listens");
        Ok(Self { address, running: Some((stop, thread)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, gives those that are under way [`Limits::stop`] to end, and waits for that.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(runtime: &Runtime, listener: net::TcpListener, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        // The listener is known to be good, and without it there is nothing to do.
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        let connections = GracefulShutdown::new();
        tokio::select! {
            () = accept(&listener, shared, &connections) => {}
            // The server wants it, or is gone.
            _ = stopped => {}
        }
        drop(listener);
        let _ = timeout(shared.limits.stop, connections.shutdown()).await;
    });
}

async fn accept(listener: &TcpListener, shared: &Arc<Shared>, connections: &GracefulShutdown) {
    let free = Arc::new(Semaphore::new(shared.limits.connections));
    let mut failing = false;
    // It is never closed.
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // What ended before it was accepted does not matter; without descriptors it is better to wait.
            Err(error) => {
                if !failing {
                    log::warn!(error:%; "the REST interface takes no connections");
                }
                failing = true;
                sleep(PAUSE).await;
                continue;
            }
        };
        failing = false;
        let connection = connection(stream, Arc::clone(shared), connections.watcher());
        tokio::spawn(async move {
            connection.await;
            drop(permit);
        });
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, watcher: Watcher) {
    // An answer is one write: nothing is gained by waiting. What fails here fails when it is read, too.
    let _ = stream.set_nodelay(true);
    // Whoever does not read holds a connection and its buffers.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(shared.limits.unread));
    let (first_head, head) = (shared.limits.first_head, shared.limits.head);
    let has_asked = AtomicBool::new(false);
    let service = service_fn(|request| {
        has_asked.store(true, Ordering::Relaxed);
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(serve(&shared, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_header_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(watcher.watch(connection));
    // What ends a connection early is the client's business.
    if timeout(first_head, &mut connection).await.is_err() && has_asked.load(Ordering::Relaxed) {
        let _ = connection.await;
    }
}

async fn serve(shared: &Shared, request: Request<Incoming>) -> Answer {
    let (head, incoming) = request.into_parts();
    let mut body = Body::new(incoming, shared.limits.body);
    let mut answer = routes::serve(shared, &head, &mut body).await;
    // Not the query, in which clients of hoprd may have put a token.
    log::debug!(method:% = head.method, path = head.uri.path(), code = answer.status().as_u16(); "REST request");
    body.discard().await;
    headers::allow_any_origin(&mut answer);
    answer
}

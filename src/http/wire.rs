//! A listener on a free port and a client that sends exactly what it is told, for tests.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::Router;
use ipnet::IpNet;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Gate, Limits, dress, serve};

/// Far beyond every limit that a test sets.
const TOO_LONG: Duration = Duration::from_secs(20);

/// Limits that no test runs into unless it changes one.
pub(super) fn limits() -> Limits {
    Limits {
        header_timeout: TOO_LONG,
        body_idle_timeout: TOO_LONG,
        body_timeout: TOO_LONG,
        upload_timeout: TOO_LONG,
        write_timeout: TOO_LONG,
        request_timeout: TOO_LONG,
        stop_timeout: TOO_LONG,
        max_connections: 100,
        max_connections_per_address: 100,
        send_buffer: 65_536,
        max_url_bytes: 8192,
    }
}

/// What a short limit is in tests.
pub(super) const SHORT: Duration = Duration::from_millis(300);

/// A running listener; stops when it is dropped.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) shutdown: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Running {
    pub(super) async fn start(limits: Limits, routes: Router) -> Self {
        Self::start_with(limits, routes, Vec::new()).await
    }

    /// `exempt` are trusted proxies too.
    pub(super) async fn start_with(limits: Limits, routes: Router, exempt: Vec<IpNet>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ids = AtomicUsize::new(1);
        let gate = Gate {
            face: "test",
            takes_files: &["/upload"],
            limits,
            trusted_proxies: exempt.clone(),
            request_ids: Box::new(move || format!("id-{}", ids.fetch_add(1, Ordering::Relaxed))),
        };
        let routes = dress(routes, gate);
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stopped = shutdown.clone();
        tasks.spawn(async move {
            let served = serve("test", listener, routes, &limits, exempt, stopped).await;
            served.unwrap();
        });
        tasks.close();
        Self {
            address,
            shutdown,
            tasks,
        }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a new connection and reads until the other side closes.
    pub(super) async fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        all_of(&mut stream).await
    }

    /// `GET` with these lines of headers, and `Connection: close`.
    pub(super) async fn get(&self, path: &str, headers: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        self.ask(head).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Everything until the other side closes, be it with a reset.
pub(super) async fn all_of(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let end = timeout(TOO_LONG, stream.read_to_end(&mut all)).await;
    drop(end.expect("the connection is closed in time"));
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads until this text came.
pub(super) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&all).contains(end) {
            if stream.read_buf(&mut all).await.unwrap() == 0 {
                break;
            }
        }
    };
    timeout(TOO_LONG, read)
        .await
        .expect("the text comes in time");
    String::from_utf8(all).unwrap()
}

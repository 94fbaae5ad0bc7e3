//! Accepts connections, keeps their number and their time in bounds, and lets them finish when told to stop.

use std::{
    future::{Ready, ready},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use axum_server::{Handle, Server, accept::Accept};
use hyper_util::rt::TokioTimer;
use ipnet::IpNet;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::{
    Limits,
    admission::Admission,
    head::{Answering, Heads, Turn},
    stream::Connection,
};

/// Beyond it a request's head is answered with 431.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Beyond it a request's head is answered with 431.
const MAX_HEADERS: usize = 64;

/// Serves `router` on `listener` until `shutdown`, then gives requests under way `stop_timeout` to finish.
///
/// `name` labels the metrics. Addresses within `exempt` may open any number of connections below the
/// listener's own limit. Handlers know the peer through `ConnectInfo<SocketAddr>`.
///
/// Without free descriptors accepting pauses for 50 ms at a time and goes on by itself. The caller sees to it that
/// `limits` leave descriptors for everything else.
pub async fn serve(
    name: &'static str,
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    exempt: Vec<IpNet>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let handle = Handle::new();
    let doorman = Doorman {
        admission: Admission::new(name, limits, exempt),
        send_buffer: limits.send_buffer,
        write_timeout: limits.write_timeout,
    };
    let mut server = Server::<SocketAddr>::from_listener(listener)
        // On the server, not on its builder: there it leaves a connection that sends nothing open.
        .acceptor(doorman)
        .http1_only()
        .handle(handle.clone());
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        // A sender that hangs up after its last byte still has its callback stored.
        .half_close(true)
        .header_read_timeout(limits.header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES);
    let serving = server.serve(router.into_make_service_with_connect_info::<SocketAddr>());
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = shutdown.cancelled() => handle.graceful_shutdown(Some(limits.stop_timeout)),
    }
    serving.await
}

/// Lets connections in or closes them at once, and dresses them in their limits.
#[derive(Clone, Debug)]
struct Doorman {
    admission: Arc<Admission>,
    send_buffer: usize,
    write_timeout: Duration,
}

impl Doorman {
    fn admit(&self, stream: TcpStream, turn: Turn) -> io::Result<Connection> {
        let peer = stream.peer_addr()?.ip();
        let refused = |refusal| io::Error::other(format!("no place for a connection: {refusal:?}"));
        let place = self.admission.admit(peer).map_err(refused)?;
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_send_buffer_size(self.send_buffer)?;
        let heads = Heads::new(turn);
        Ok(Connection::new(stream, heads, self.write_timeout, place))
    }
}

impl<S> Accept<TcpStream, S> for Doorman {
    type Stream = Connection;
    type Service = Answering<S>;
    type Future = Ready<io::Result<(Connection, Answering<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let turn = Turn::default();
        ready(
            self.admit(stream, turn.clone())
                .map(|connection| (connection, Answering::new(service, turn))),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::routing::{get, post};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpSocket,
    };

    use super::*;
    use crate::http::{
        BodyFault, Encoding, read_body,
        wire::{Running, SHORT, all_of, limits, read_until},
    };

    fn routes() -> Router {
        Router::new()
            .route("/", get(|| async { "fine" }))
            .route("/large", get(|| async { vec![b'x'; 32_000_000] }))
            .route(
                "/body",
                post(|body| async {
                    read_body(body, Encoding::Identity, 100)
                        .await
                        .map_err(crate::http::Problem::from)
                }),
            )
    }

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// Sends this, and expects the connection to end by itself after about [`SHORT`].
    async fn ends(limits: Limits, sent: &str) -> String {
        let running = Running::start(limits, routes()).await;
        let since = Instant::now();
        let said = running.ask(sent).await;
        assert!(since.elapsed() >= SHORT, "closed too early");
        assert!(since.elapsed() < limits.stop_timeout, "closed too late");
        said
    }

    #[tokio::test]
    async fn silent_half_sent_and_idle_connections_are_closed() {
        let limits = Limits {
            header_timeout: SHORT,
            ..limits()
        };
        let (silent, half, idle) = tokio::join!(
            ends(limits, ""),
            ends(limits, "GET / HTTP/1.1\r\nHost"),
            ends(limits, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        );
        assert_eq!((silent.as_str(), half.as_str()), ("", ""));
        assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    }

    #[tokio::test]
    async fn a_slow_body_is_answered_with_408_and_closed() {
        let idle = Limits {
            body_idle_timeout: SHORT,
            ..limits()
        };
        let whole = Limits {
            body_timeout: SHORT,
            ..limits()
        };
        let head = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab";
        for said in [ends(idle, head).await, ends(whole, head).await] {
            assert!(said.starts_with("HTTP/1.1 408"), "{said}");
            assert!(said.contains("connection: close"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_reader_that_stalls_is_closed_and_gives_its_place_back() {
        let limits = Limits {
            write_timeout: SHORT,
            send_buffer: 4096,
            max_connections: 1,
            ..limits()
        };
        let running = Running::start(limits, routes()).await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stalled = socket.connect(running.address).await.unwrap();
        stalled
            .write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        read_until(&mut stalled, "xxx").await;
        until_answered(&running).await;
        let rest = all_of(&mut stalled).await;
        assert!(rest.len() < 32_000_000, "all {} bytes came", rest.len());
    }

    async fn until_answered(running: &Running) {
        let since = Instant::now();
        while !running.get("/", "").await.starts_with("HTTP/1.1 200") {
            assert!(since.elapsed() < 10 * SHORT, "no place is free");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_address_at_its_limit_is_refused_until_a_place_is_free() {
        let limits = Limits {
            max_connections_per_address: 1,
            ..limits()
        };
        let running = Running::start(limits, routes()).await;
        let mut first = running.connect().await;
        first.write_all(GET).await.unwrap();
        read_until(&mut first, "fine").await;
        assert_eq!(running.get("/", "").await, "");
        drop(first);
        until_answered(&running).await;
    }

    #[tokio::test]
    async fn an_exempt_address_has_no_limit_of_its_own() {
        let limits = Limits {
            max_connections_per_address: 1,
            ..limits()
        };
        let exempt = vec!["127.0.0.0/8".parse().unwrap()];
        let running = Running::start_with(limits, routes(), exempt).await;
        let mut first = running.connect().await;
        first.write_all(GET).await.unwrap();
        read_until(&mut first, "fine").await;
        assert!(running.get("/", "").await.contains("fine"));
    }

    #[tokio::test]
    async fn heads_beyond_the_limits_are_answered_with_431() {
        let running = Running::start(limits(), routes()).await;
        let long = running
            .get("/", &format!("X: {}\r\n", "y".repeat(MAX_HEAD_BYTES)))
            .await;
        assert!(long.starts_with("HTTP/1.1 431"), "{long}");
        let many = running.get("/", &"X: y\r\n".repeat(MAX_HEADERS)).await;
        assert!(many.starts_with("HTTP/1.1 431"), "{many}");
        let fits = running.get("/", &"X: y\r\n".repeat(MAX_HEADERS - 2)).await;
        assert!(fits.starts_with("HTTP/1.1 200"), "{fits}");
    }

    #[tokio::test]
    async fn heads_with_two_meanings_are_answered_with_400_and_closed() {
        let running = Running::start(limits(), routes()).await;
        let post = |headers: &str, body: &str| {
            running.ask(format!(
                "POST /body HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}"
            ))
        };
        let chunked = "Transfer-Encoding: chunked\r\n";
        for said in [
            post(&format!("Content-Length: 3\r\n{chunked}"), "0\r\n\r\n").await,
            post(&format!("{chunked}Content-Length: 3\r\n"), "0\r\n\r\n").await,
            post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc").await,
            post("X: y\nContent-Length: 3\r\n", "abc").await,
            post(chunked, "xyz\r\n").await,
        ] {
            assert!(said.starts_with("HTTP/1.1 400"), "{said}");
        }
        let fine = post(
            &format!("Connection: close\r\n{chunked}"),
            "2\r\n\n\n\r\n0\r\n\r\n",
        )
        .await;
        assert!(fine.ends_with("\r\n\r\n\n\n"), "{fine}");
    }

    #[tokio::test]
    async fn every_head_of_a_kept_connection_is_examined() {
        let running = Running::start(limits(), routes()).await;
        let mut stream = running.connect().await;
        stream.write_all(GET).await.unwrap();
        read_until(&mut stream, "fine").await;
        stream
            .write_all(b"GET / HTTP/1.1\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let said = all_of(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    }

    #[tokio::test]
    async fn a_body_that_waits_for_100_continue_is_read() {
        let running = Running::start(limits(), routes()).await;
        let mut stream = running.connect().await;
        let head =
            b"POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
        stream.write_all(head).await.unwrap();
        read_until(&mut stream, "100 Continue\r\n\r\n").await;
        stream.write_all(b"{\n\n}").await.unwrap();
        let said = read_until(&mut stream, "}").await;
        assert!(said.ends_with("{\n\n}"), "{said}");
    }

    #[tokio::test]
    async fn a_refusal_reaches_a_client_in_the_middle_of_sending() {
        let running = Running::start(limits(), routes()).await;
        let mut stream = running.connect().await;
        let head = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        stream.write_all(&vec![b'x'; 5_000_000]).await.unwrap();
        let said = all_of(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
        assert!(said.contains(&BodyFault::TooLarge.to_string()), "{said}");
    }

    #[tokio::test]
    async fn stopping_lets_requests_finish_and_closes_idle_connections() {
        let running = Running::start(limits(), routes()).await;
        let mut idle = running.connect().await;
        idle.write_all(GET).await.unwrap();
        read_until(&mut idle, "fine").await;
        let mut busy = running.connect().await;
        busy.write_all(
            b"POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        )
        .await
        .unwrap();
        read_until(&mut busy, "100 Continue\r\n\r\n").await;
        running.shutdown.cancel();
        assert_eq!(all_of(&mut idle).await, "");
        assert!(TcpStream::connect(running.address).await.is_err());
        busy.write_all(b"ok").await.unwrap();
        assert!(all_of(&mut busy).await.ends_with("ok"));
        drop(idle);
        drop(busy);
        running.tasks.wait().await;
    }

    #[tokio::test]
    async fn stopping_gives_up_on_a_request_that_does_not_finish() {
        let limits = Limits {
            stop_timeout: SHORT,
            ..limits()
        };
        let running = Running::start(limits, routes()).await;
        let mut stuck = running.connect().await;
        stuck.write_all(b"POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            .await
            .unwrap();
        read_until(&mut stuck, "100 Continue\r\n\r\n").await;
        running.shutdown.cancel();
        running.tasks.wait().await;
        let mut rest = Vec::new();
        drop(stuck.read_to_end(&mut rest).await);
        assert_eq!(rest, b"");
    }
}

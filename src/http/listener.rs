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
/// Without free descriptors accepting pauses for 50 ms at a time and goes on by itself.
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

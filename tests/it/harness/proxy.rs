//! A network that fails as a test says: it stands between two ends and passes on, cuts or swallows what they send.

use std::{net::SocketAddr, path::PathBuf};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use super::databases::TestDatabase;

/// A way to a server. Dropped, it is gone with every connection.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: watch::Sender<State>,
    _stop: DropGuard,
}

/// What happens on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Pass,
    /// Open connections are closed, and so are those that come.
    Cut,
    /// Connections stay open and nothing comes through. What is sent waits.
    BlackHole,
    /// What the server sends is lost.
    DropAnswers,
    /// The next message with these words reaches the server; of what the server sends from then on, so many bytes come
    /// through before the connection is closed. Then everything passes.
    CutAnswer {
        to: &'static str,
        after: usize,
    },
}

/// Where a proxy leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

#[derive(Clone)]
struct State {
    upstream: Upstream,
    mode: Mode,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Upstream {
    /// The Postgres server of an address as `database.url` takes it.
    pub(crate) fn of(url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let port = url.port().unwrap_or(5432);
        let folder = url.query_pairs().find(|(key, _)| key == "host");
        if let Some((_, folder)) = folder {
            return Self::Unix(format!("{folder}/.s.PGSQL.{port}").into());
        }
        let host = url.host_str().expect("a server has a host");
        Self::Tcp(format!("{host}:{port}").parse().expect("an address"))
    }

    async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

impl Proxy {
    /// A way to a server that passes everything on.
    pub(crate) async fn to(upstream: Upstream) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Mode::Pass;
        let (state, _) = watch::channel(State { upstream, mode });
        let stop = CancellationToken::new();
        spawn(accept(listener, state.clone(), stop.clone()), &stop);
        Self {
            address,
            state,
            _stop: stop.drop_guard(),
        }
    }

    /// A way to a Postgres database, which is reached through it from now on.
    pub(crate) async fn before(database: &mut TestDatabase) -> Self {
        let proxy = Self::to(Upstream::of(&database.url)).await;
        let mut url = Url::parse(&database.url).unwrap();
        url.set_query(None);
        url.set_ip_host(proxy.address.ip()).unwrap();
        url.set_port(Some(proxy.address.port())).unwrap();
        database.url = url.into();
        proxy
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }

    /// Leads somewhere else from now on; open connections are closed.
    pub(crate) fn lead_to(&self, upstream: Upstream) {
        self.state.send_modify(|state| state.upstream = upstream);
    }
}

fn spawn(work: impl Future<Output = ()> + Send + 'static, stop: &CancellationToken) {
    let stopped = stop.clone().cancelled_owned();
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    tokio::spawn(async move {
        tokio::select! {
            () = stopped => {}
            () = work => {}
        }
    });
}

async fn accept(listener: TcpListener, state: watch::Sender<State>, stop: CancellationToken) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let state = state.clone();
        let carrying = async move {
            // However it ends, both ends see a closed connection.
            let _ended = carry(client, &state).await;
        };
        spawn(carrying, &stop);
    }
}

async fn carry(mut client: TcpStream, state: &watch::Sender<State>) -> std::io::Result<()> {
    let mut changes = state.subscribe();
    let begun = changes
        .wait_for(|state| state.mode != Mode::BlackHole)
        .await
        .expect("the sender is here")
        .clone();
    let mut server = begun.upstream.connect().await?;
    let (mut sent, mut said) = (vec![0; 65_536], vec![0; 65_536]);
    let mut left = None;
    loop {
        let now = changes.borrow_and_update().clone();
        if now.mode == Mode::Cut || now.upstream != begun.upstream {
            return Ok(());
        }
        let open = now.mode != Mode::BlackHole;
        tokio::select! {
            changed = changes.changed() => changed.expect("the sender is here"),
            read = client.read(&mut sent), if open => {
                let sent = &sent[..some(read?)?];
                if let Mode::CutAnswer { to, after } = now.mode && holds(sent, to) {
                    left = Some(after);
                    state.send_modify(|state| state.mode = Mode::Pass);
                }
                server.write_all(sent).await?;
            }
            read = server.read(&mut said), if open => {
                let said = &said[..some(read?)?];
                let passes = left.map_or(said.len(), |left: usize| left.min(said.len()));
                if now.mode != Mode::DropAnswers {
                    client.write_all(&said[..passes]).await?;
                }
                if passes < said.len() {
                    return Ok(());
                }
                left = left.map(|left| left - passes);
            }
        }
    }
}

/// A closed end closes the other one.
fn some(read: usize) -> std::io::Result<usize> {
    match read {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        read => Ok(read),
    }
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);
    const NEVER: Duration = Duration::from_millis(50);

    /// A way to a server that sends back what it is sent.
    async fn echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Upstream::Tcp(listener.local_addr().unwrap());
        let proxy = Proxy::to(upstream).await;
        let serving = async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let stop = CancellationToken::new();
                let echoing = async move {
                    let (mut from, mut to) = stream.split();
                    let _ended = tokio::io::copy(&mut from, &mut to).await;
                };
                spawn(echoing, &stop);
            }
        };
        spawn(serving, &CancellationToken::new());
        proxy
    }

    async fn say(stream: &mut TcpStream, words: &str) {
        stream.write_all(words.as_bytes()).await.unwrap();
    }

    async fn hear(stream: &mut TcpStream, words: &str) {
        let mut heard = vec![0; words.len()];
        let reading = timeout(SOON, stream.read_exact(&mut heard)).await;
        reading.unwrap().unwrap();
        assert_eq!(heard, words.as_bytes());
    }

    async fn is_closed(stream: &mut TcpStream) -> bool {
        let read = timeout(SOON, stream.read(&mut [0; 1])).await.unwrap();
        !matches!(read, Ok(1))
    }

    #[tokio::test]
    async fn what_passes_is_cut_and_passes_again() {
        let proxy = echo().await;
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        say(&mut stream, "hello").await;
        hear(&mut stream, "hello").await;
        proxy.set(Mode::Cut);
        assert!(is_closed(&mut stream).await);
        let mut next = TcpStream::connect(proxy.address).await.unwrap();
        assert!(is_closed(&mut next).await);
        proxy.set(Mode::Pass);
        let mut next = TcpStream::connect(proxy.address).await.unwrap();
        say(&mut next, "again").await;
        hear(&mut next, "again").await;
    }

    #[tokio::test]
    async fn a_black_hole_keeps_what_is_sent_until_it_ends() {
        let proxy = echo().await;
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        say(&mut stream, "a").await;
        hear(&mut stream, "a").await;
        proxy.set(Mode::BlackHole);
        say(&mut stream, "b").await;
        assert!(timeout(NEVER, stream.read(&mut [0; 1])).await.is_err());
        proxy.set(Mode::Pass);
        hear(&mut stream, "b").await;
    }

    #[tokio::test]
    async fn answers_are_lost_whole_or_from_a_byte_on() {
        let proxy = echo().await;
        proxy.set(Mode::DropAnswers);
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        say(&mut stream, "a").await;
        assert!(timeout(NEVER, stream.read(&mut [0; 1])).await.is_err());
        proxy.set(Mode::CutAnswer {
            to: "COMMIT",
            after: 3,
        });
        say(&mut stream, "other").await;
        hear(&mut stream, "other").await;
        say(&mut stream, "COMMIT").await;
        hear(&mut stream, "COM").await;
        assert!(is_closed(&mut stream).await);
    }
}

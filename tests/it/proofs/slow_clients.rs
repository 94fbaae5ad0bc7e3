//! Five thousand connections that waste the daemon's time, of each kind in turn: whoever behaves is served meanwhile,
//! memory stays in bounds, and the sockets come back.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, future::join_all, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    runtime,
    sync::oneshot,
    time::sleep,
};

use super::say;
use crate::{
    crash::site::Site,
    harness::{databases::TestDatabase, http::client, installation::Served, wait_until},
};

const CONNECTIONS: usize = 5_000;
const ADDRESSES: usize = 32;
const CREDENTIALS: usize = 4;
/// Connections that are being made at one time.
const AT_ONCE: usize = 64;
/// Every so long a slow connection sends or reads a little, so many times; then nothing any more.
const PAUSE: Duration = Duration::from_secs(4);
const PAUSES: usize = 4;
/// Between two requests of whoever behaves.
const BREATH: Duration = Duration::from_millis(40);
/// Longest time from the last byte of a slow connection to the last of their sockets.
const COME_BACK: Duration = Duration::from_secs(40);
/// Sockets of those who behave.
const FEW: usize = 8;
const P99: Duration = Duration::from_millis(50);
const PROCESS_BYTES: u64 = 192 << 20;
const PAGE: u64 = 4096;

/// A way to be slow.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Sends nothing at all.
    HalfOpen,
    /// Sends its head byte by byte.
    SlowHeader,
    /// Sends the body of a callback byte by byte.
    SlowBody,
    /// Asks for a feed and hardly reads it.
    SlowReading,
}

/// What the clients know.
struct Attack {
    public: SocketAddr,
    crawlers: Vec<String>,
    injectors: Vec<String>,
}

impl Attack {
    async fn new(site: &Site, served: &Served) -> Self {
        let (mut crawlers, mut injectors) = (Vec::new(), Vec::new());
        for _ in 0..CREDENTIALS {
            crawlers.push(site.installation.credential("crawler", "bearer").await);
            injectors.push(site.installation.credential("callback", "bearer").await);
        }
        Self {
            public: served.public,
            crawlers,
            injectors,
        }
    }

    /// Opens the connection of this number, each address and credential in turn.
    async fn open(&self, kind: Kind, number: usize) -> TcpStream {
        let host = u8::try_from(1 + number % ADDRESSES).unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket
            .bind((Ipv4Addr::new(127, 0, 1, host), 0).into())
            .unwrap();
        let mut stream = socket.connect(self.public).await.unwrap();
        let head = self.head(kind, number % CREDENTIALS);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// Opens all connections, is slow with each, and waits for the daemon to be rid of their sockets; says how long that took.
    async fn run(&self, kind: Kind, daemon: u32, before: usize) -> Duration {
        let opening = stream::iter(0..CONNECTIONS).map(|number| self.open(kind, number));
        let open: Vec<_> = opening.buffer_unordered(AT_ONCE).collect().await;
        let slow = open.into_iter().map(|stream| dawdle(kind, stream));
        let silent = join_all(slow).await;
        let since = Instant::now();
        wait_until("the sockets come back", COME_BACK, async || {
            (sockets(daemon) <= before + FEW).then_some(())
        })
        .await;
        drop(silent);
        since.elapsed()
    }

    fn head(&self, kind: Kind, credential: usize) -> String {
        let (crawler, injector) = (&self.crawlers[credential], &self.injectors[credential]);
        match kind {
            Kind::HalfOpen => String::new(),
            Kind::SlowHeader => "GET /users.json HTTP/1.1\r\nHost: a\r\nX-Slow: ".to_owned(),
            Kind::SlowBody => format!(
                "POST /callbacks/dailymotion HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {injector}\r\nContent-Length: 5000\r\n\r\n["
            ),
            Kind::SlowReading => format!(
                "GET /feeds/a.xml HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {crawler}\r\n\r\n"
            ),
        }
    }
}

/// Sends or reads a little a few times, as long as the daemon puts up with it; hands the open connection back.
async fn dawdle(kind: Kind, mut stream: TcpStream) -> TcpStream {
    for _ in 0..PAUSES {
        sleep(PAUSE).await;
        let went_on = match kind {
            Kind::HalfOpen => Ok(1),
            Kind::SlowHeader => stream.write(b"x").await,
            Kind::SlowBody => stream.write(b" ").await,
            Kind::SlowReading => stream.read(&mut [0; 256]).await,
        };
        if !went_on.is_ok_and(|bytes| bytes > 0) {
            break;
        }
    }
    stream
}

/// What is seen beside the attack.
#[derive(Default)]
struct Watch {
    /// How long the requests of whoever behaves took.
    times: Vec<Duration>,
    /// How many of them were answered with anything but 200.
    refused: usize,
    most_sockets: usize,
    most_socket_memory: u64,
}

impl Watch {
    /// Asks and posts as Dailymotion does, for as long as it is let.
    async fn behave(&mut self, site: &Site, attack: &Attack, daemon: u32) {
        let client = client();
        loop {
            for path in ["users.json", "feeds/a.xml"] {
                sleep(BREATH).await;
                let started = Instant::now();
                let request = client.get(format!("http://{}/{path}", attack.public));
                let answer = request.bearer_auth(&attack.crawlers[0]).send().await;
                let answer = answer.unwrap();
                self.refused += usize::from(answer.status() != 200);
                answer.bytes().await.unwrap();
                self.times.push(started.elapsed());
            }
            sleep(BREATH).await;
            let started = Instant::now();
            let status = site.post(&client, attack.public, 1).await.unwrap();
            self.refused += usize::from(status != 200);
            self.times.push(started.elapsed());
            self.most_sockets = self.most_sockets.max(sockets(daemon));
            self.most_socket_memory = self.most_socket_memory.max(socket_memory());
        }
    }

    fn p99(&mut self) -> Duration {
        self.times.sort_unstable();
        self.times[self.times.len() * 99 / 100]
    }
}

/// Attacks in one way; returns how long the sockets took to come back, and what was seen beside it.
async fn endure(kind: Kind, site: &Site, attack: &Arc<Attack>, daemon: u32) -> (Duration, Watch) {
    let before = sockets(daemon);
    let (ended, mut end) = oneshot::channel();
    let slow = Arc::clone(attack);
    // On a thread of its own: what wakes five thousand connections must not keep whoever measures from looking.
    let attacking = thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let came_back = runtime.unwrap().block_on(slow.run(kind, daemon, before));
        ended.send(came_back).unwrap();
    });
    let mut watch = Watch::default();
    let came_back = tokio::select! {
        came_back = &mut end => came_back.unwrap(),
        () = watch.behave(site, attack, daemon) => unreachable!("it behaves for ever"),
    };
    attacking.join().unwrap();
    (came_back, watch)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and figures are of release builds; run by `.ci/proofs`"]
async fn slow_clients_harm_nobody() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let served = site.installation.serve().await;
    let attack = Arc::new(Attack::new(&site, &served).await);
    let daemon = served.process.id();
    // Credentials count within seconds of being made.
    wait_until("the last credential", COME_BACK, async || {
        let request = client().get(format!("http://{}/users.json", attack.public));
        let answer = request.bearer_auth(attack.crawlers.last()?).send().await;
        answer.ok()?.error_for_status().ok()
    })
    .await;
    let idle = socket_memory();
    let mut short = Vec::new();
    for kind in [
        Kind::HalfOpen,
        Kind::SlowHeader,
        Kind::SlowBody,
        Kind::SlowReading,
    ] {
        let (came_back, mut watch) = endure(kind, &site, &attack, daemon).await;
        let (p99, process) = (watch.p99(), memory(daemon, "VmHWM"));
        say(&format!(
            "{kind:?}: {} sockets at once, {} requests beside them, {} refused, p99 {p99:?}, process at most {} MiB, TCP memory \
             {} MiB (both ends; {} MiB before), sockets back in {came_back:?}",
            watch.most_sockets,
            watch.times.len(),
            watch.refused,
            process >> 20,
            watch.most_socket_memory >> 20,
            idle >> 20,
        ));
        let reached = [
            watch.most_sockets >= CONNECTIONS,
            watch.refused == 0,
            process <= PROCESS_BYTES,
            p99 <= P99,
        ];
        short.extend(reached.contains(&false).then_some(kind));
    }
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
    assert!(short.is_empty(), "short of what is promised: {short:?}");
}

/// A number of `/proc/PID/status`, in bytes.
fn memory(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

/// Memory of the machine's TCP sockets, both ends of each connection, in bytes.
fn socket_memory() -> u64 {
    let sockets = fs::read_to_string("/proc/net/sockstat").unwrap();
    let line = sockets.lines().find(|line| line.starts_with("TCP:"));
    let pages = line.unwrap().rsplit(' ').next().unwrap();
    pages.parse::<u64>().unwrap() * PAGE
}

/// Sockets that a process has open.
fn sockets(process: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let is_socket = |entry: &fs::DirEntry| {
        fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))
    };
    open.filter(|entry| entry.as_ref().is_ok_and(is_socket))
        .count()
}

//! A daemon of a site, as a process of its own.

use std::{
    env,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{clock, load::get, site::Site};
use crate::{child, harness::http::Raw};

/// How long a daemon may look at a large file before it is ready.
const LONGEST: Duration = Duration::from_mins(10);

/// A running daemon. Dropped, it is killed.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) operator: SocketAddr,
    /// Where the same process answers from constants; see [`child`].
    pub(crate) constants: Option<SocketAddr>,
}

impl Daemon {
    /// Starts the daemon of a site and returns when it is ready.
    pub(crate) async fn start(site: &Site) -> Self {
        Self::launch(site, &[]).await
    }

    /// The same with a listener beside it that answers from constants.
    pub(crate) async fn start_with_constants(site: &Site) -> Self {
        Self::launch(site, &["constants"]).await
    }

    async fn launch(site: &Site, more: &[&str]) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg(child::FLAG).arg(site.config_file()).args(more);
        // Log lines are written, but to nowhere: a reader of them would cost the load its core.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let said = child.stdout.take().expect("standard output is piped");
        let line = BufReader::new(said).lines().next();
        let line = line.expect("a daemon says where it listens").unwrap();
        let addresses = line
            .split(' ')
            .map(|word| word.parse().unwrap())
            .collect::<Vec<_>>();
        let daemon = Self {
            child,
            public: addresses[0],
            operator: addresses[1],
            constants: addresses.get(2).copied(),
        };
        ready(daemon.operator).await;
        daemon
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        clock::cpu_seconds(self.process())
    }

    /// The sum of a counter over those of its series whose labels hold `label`.
    pub(crate) async fn counter(&self, name: &str, label: &str) -> u64 {
        let metrics = ask(self.operator, "/metrics").await;
        let series = metrics
            .lines()
            .filter(|line| line.starts_with(name) && line.contains(label));
        let values = series.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        values.sum()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns when a daemon is ready whose operator's face has this address.
pub(crate) async fn ready(operator: SocketAddr) {
    let end = Instant::now() + LONGEST;
    // The socket is bound early and takes the request before anybody answers it: after a kill the file is looked at first.
    while let Err(error) = asked(operator, "/readyz").await {
        assert!(Instant::now() < end, "the daemon is not ready: {error}");
    }
}

/// What the operator's face answers.
async fn ask(operator: SocketAddr, path: &str) -> String {
    asked(operator, path).await.unwrap()
}

/// The same, unless it takes too long.
async fn asked(operator: SocketAddr, path: &str) -> io::Result<String> {
    let mut raw = Raw::connect(operator).await;
    raw.send(get(path, "Basic none", "")).await?;
    let answer = raw.answer().await?;
    assert_eq!(answer.status, 200, "`{path}`: {}", answer.text());
    Ok(answer.text().to_owned())
}

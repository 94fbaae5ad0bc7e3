//! Floods of connections: a listener has room for so many, its database has its files, and afterwards all is as before.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use tokio::net::TcpSocket;

use crate::{
    crash::site::Site,
    harness::{
        app::TestApp, cluster::done, databases::TestDatabase, http::client, installation::Served,
        passes, wait_until,
    },
};

const LIMIT: Duration = Duration::from_secs(20);
/// The next request after a flood is answered within this.
const AFTERWARDS: Duration = Duration::from_secs(1);
/// Files that a daemon may have open.
const FILES: usize = 256;
/// For so long it is watched what waiting costs.
const WATCHED: Duration = Duration::from_secs(2);
/// Clock ticks of a second of processor time, as `/proc` counts them.
const TICKS: f64 = 100.0;

/// Opens connections that say nothing, so many from each of these addresses.
async fn flood(to: SocketAddr, hosts: u8, each: usize) -> Vec<TcpStream> {
    let mut flood = Vec::new();
    for host in 1..=hosts {
        for _ in 0..each {
            let socket = TcpSocket::new_v4().unwrap();
            let from = Ipv4Addr::new(127, 0, 2, host);
            socket.bind((from, 0).into()).unwrap();
            let stream = socket.connect(to).await.unwrap();
            flood.push(stream.into_std().unwrap());
        }
    }
    flood
}

/// Which of them the other end has left open.
fn open(flood: &[TcpStream]) -> Vec<usize> {
    let is_open = |stream: &TcpStream| {
        let seen = stream.peek(&mut [0]);
        seen.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    };
    let open = flood.iter().enumerate();
    let open = open.filter(|(_, stream)| is_open(stream));
    open.map(|(number, _)| number).collect()
}

/// Waits until the other end has closed all but so many of them; returns these.
async fn left(flood: &[TcpStream], count: usize) -> Vec<usize> {
    wait_until("refused connections to be closed", LIMIT, async || {
        let open = open(flood);
        (open.len() <= count).then_some(open)
    })
    .await
}

async fn is_answered(client: &Client, to: SocketAddr) -> Option<()> {
    let answer = client.get(format!("http://{to}/healthz")).send().await;
    (answer.ok()?.status() == StatusCode::OK).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_connections_takes_its_places_and_no_more_and_leaves_no_trace() {
    let settings = [
        ("server.max_connections", "40"),
        ("server.max_connections_per_address", "15"),
        ("server.header_timeout", "60s"),
    ];
    let test = TestApp::with(&settings).await;
    let all = flood(test.public, 4, 25).await;
    let left = left(&all, 40).await;
    let of_host = |host: usize| left.iter().filter(|number| **number / 25 == host).count();
    assert_eq!([0, 1, 2, 3].map(of_host), [15, 15, 10, 0]);
    assert_eq!(is_answered(&client(), test.public).await, None);
    drop(all);
    let next = async || is_answered(&client(), test.public).await;
    wait_until("an answer after the flood", AFTERWARDS, next).await;
}

/// A daemon that may have few files open, a connection to it that is kept, and somebody who calls back over it.
async fn with_few_files() -> (Site, Served, Client) {
    let site = Site::new(TestDatabase::sqlite()).await;
    let more = "header_timeout = \"60s\"\nmax_connections_per_address = 12000";
    site.installation.configure(more);
    let limit = format!("ulimit -n {FILES}");
    let served = site.installation.serve_after(&limit).await;
    let client = client();
    site.post_is_stored(&client, served.public).await;
    (site, served, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_files_leave_the_database_its_own() {
    let (site, mut served, client) = with_few_files().await;
    let crawler = site.installation.credential("crawler", "bearer").await;
    served.process.says("leaves room for 137 connections").await;
    let all = flood(served.public, 1, FILES + 50).await;
    assert_eq!(left(&all, 136).await.len(), 136);
    // Over the connection that was there before: the inbox, and readers that open their files now.
    site.post_is_stored(&client, served.public).await;
    let feed = format!("http://{}/feeds/a.xml", served.public);
    wait_until("a feed", LIMIT, async || {
        let answer = client.get(&feed).bearer_auth(&crawler).send().await.ok()?;
        answer.error_for_status().ok()
    })
    .await;
    assert_eq!(is_answered(&client, served.operator).await, Some(()));
    drop(all);
    let next = async || is_answered(&self::client(), served.public).await;
    wait_until("an answer after the flood", AFTERWARDS, next).await;
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

/// Lets a running daemon have so many files open.
fn limit_files(daemon: &Served, files: usize) {
    let mut limit = Command::new("prlimit");
    limit.args(["--pid", &daemon.process.id().to_string()]);
    done(limit.arg(format!("--nofile={files}:")));
}

/// Processor time that a process has used.
fn used(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    Duration::from_secs_f64(ticks / TICKS)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_free_file_accepting_pauses_and_goes_on_by_itself() {
    let (site, served, client) = with_few_files().await;
    limit_files(&served, 4);
    let all = flood(served.public, 1, 50).await;
    let (since, before) = (Instant::now(), used(served.process.id()));
    passes(WATCHED).await;
    site.post_is_stored(&client, served.public).await;
    let used = used(served.process.id()).saturating_sub(before);
    let share = used.as_secs_f64() / since.elapsed().as_secs_f64();
    assert_eq!(open(&all).len(), all.len(), "they were to wait");
    assert!(share < 0.2, "{share} of a processor is used up by waiting");
    drop(all);
    limit_files(&served, FILES);
    let next = async || is_answered(&self::client(), served.public).await;
    wait_until("an answer after the flood", AFTERWARDS, next).await;
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

//! The same address again while nothing has changed: with its body, and for a client that has it.

use std::time::Duration;

use crate::{
    harness::{databases::Kind, http::Raw},
    support::{
        daemon::Daemon,
        load::{get, repeat},
        rows::CREATOR,
        site::Site,
        table::{Line, Turns, print},
    },
};

const TURNS: usize = 5;
const TIME: Duration = Duration::from_secs(1);
const CONNECTIONS: usize = 8;
const VIDEOS: usize = 1_000;

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    for (kind, name, judged) in [
        (Kind::Sqlite, "SQLite", true),
        (Kind::Postgres, "Postgres", false),
    ] {
        let site = Site::new(kind, VIDEOS, "").await;
        let daemon = Daemon::start_with_constants(&site).await;
        lines.extend(full(&site, &daemon, name, judged.then_some(0.8)).await);
        lines.extend(conditional(&site, &daemon, name, judged.then_some(0.4)).await);
    }
    print(
        "unchanged feed of 1,000 videos; limit: the same server answering from constants",
        &lines,
    );
}

async fn full(site: &Site, daemon: &Daemon, name: &str, bar: Option<f64>) -> [Line; 2] {
    let ours = get(&format!("/feeds/{CREATOR}.xml"), &site.crawler, "");
    let limit = get("/constant", &site.crawler, "");
    compare(
        daemon,
        [&ours, &limit],
        [200, 200],
        &format!("full body again, {name}"),
        bar,
    )
    .await
}

async fn conditional(site: &Site, daemon: &Daemon, name: &str, bar: Option<f64>) -> [Line; 2] {
    let path = format!("/feeds/{CREATOR}.xml");
    let mut raw = Raw::connect(daemon.public).await;
    raw.send(get(&path, &site.crawler, "")).await.unwrap();
    let answer = raw.answer().await.unwrap();
    let etag = answer.header("etag").expect("an unchanging feed has a tag");
    let ours = get(&path, &site.crawler, &format!("if-none-match: {etag}\r\n"));
    let limit = get("/nothing", &site.crawler, "");
    compare(
        daemon,
        [&ours, &limit],
        [304, 204],
        &format!("conditional, {name}"),
        bar,
    )
    .await
}

/// Answers per second by the clock, and per second of the daemon's CPU.
async fn compare(
    daemon: &Daemon,
    requests: [&[u8]; 2],
    statuses: [u16; 2],
    name: &str,
    bar: Option<f64>,
) -> [Line; 2] {
    let (mut by_clock, mut by_cpu) = (Turns::default(), Turns::default());
    let constants = daemon.constants.expect("this daemon has constant routes");
    for _turn in 0..TURNS {
        let ours = rate(daemon, daemon.public, requests[0], statuses[0]).await;
        let limit = rate(daemon, constants, requests[1], statuses[1]).await;
        by_clock.add(ours.0, limit.0);
        by_cpu.add(ours.1, limit.1);
    }
    [
        by_clock.line(name, "answers/s", bar),
        by_cpu.line(format!("{name}, by CPU"), "answers/CPU-s", None),
    ]
}

async fn rate(
    daemon: &Daemon,
    to: std::net::SocketAddr,
    request: &[u8],
    status: u16,
) -> (f64, f64) {
    let before = daemon.cpu_seconds();
    let answers = f64::from(repeat(to, CONNECTIONS, request, status, TIME).await);
    (
        answers / TIME.as_secs_f64(),
        answers / (daemon.cpu_seconds() - before),
    )
}

//! Callbacks: each answered when its events are on disk. Every event is new, ready and of a video that waits.

pub(crate) mod events;
mod writer;

use std::time::Instant;

use crate::{
    harness::databases::Kind,
    support::{
        daemon::Daemon,
        load::{post, send_all},
        site::Site,
        table::{Against, Line, Turns, median, print},
    },
};

use events::Events;
use writer::{GroupWriter, RowWriter};

const TURNS: usize = 5;
/// Events in one transaction of the writer that the daemon is compared with.
const GROUP: usize = 100;

/// One way of sending callbacks.
struct Case {
    name: &'static str,
    /// Events of each callback.
    events: usize,
    connections: usize,
    /// Callbacks of one turn.
    callbacks: usize,
    limit: Limit,
}

/// What a case is held against on SQLite.
#[derive(Clone, Copy)]
enum Limit {
    /// Durable commits of single rows.
    Rows(Option<f64>),
    /// The same row changes in groups.
    Groups(Option<f64>),
}

const CASES: [Case; 4] = [
    Case {
        name: "1 event, 1 connection",
        events: 1,
        connections: 1,
        callbacks: 500,
        limit: Limit::Rows(None),
    },
    Case {
        name: "1 event, 32 connections",
        events: 1,
        connections: 32,
        callbacks: 4_000,
        limit: Limit::Rows(Some(1.0)),
    },
    Case {
        name: "100 events, 1 connection",
        events: 100,
        connections: 1,
        callbacks: 100,
        limit: Limit::Groups(None),
    },
    Case {
        name: "100 events, 32 connections",
        events: 100,
        connections: 32,
        callbacks: 150,
        limit: Limit::Groups(Some(0.6)),
    },
];

pub(crate) async fn measure() {
    let mut lines = sqlite().await;
    lines.extend(postgres().await);
    print(
        "durable callbacks, events/s; limits: one writer's durable single rows; one writer's same changes in groups of 100",
        &lines,
    );
}

/// Events that all turns of all cases send.
fn all_events() -> usize {
    CASES
        .iter()
        .map(|case| case.events * case.callbacks * TURNS)
        .sum()
}

async fn sqlite() -> Vec<Line> {
    let site = Site::new(Kind::Sqlite, all_events(), "").await;
    let mut rows = RowWriter::beside(&site);
    let mut groups = GroupWriter::on_a_copy(&site);
    let daemon = Daemon::start(&site).await;
    let (mut sent, mut written) = (Events::new(), Events::new());
    let mut lines = Vec::new();
    for case in &CASES {
        let mut turns = Turns::default();
        for _turn in 0..TURNS {
            let ours = deliver(&site, &daemon, case, &mut sent).await;
            let limit = match case.limit {
                Limit::Rows(_) => rows.rate(1_000),
                Limit::Groups(_) => groups.rate(&mut written, case.events * case.callbacks, GROUP),
            };
            turns.add(ours, limit);
        }
        let (Limit::Rows(bar) | Limit::Groups(bar)) = case.limit;
        lines.push(turns.line(format!("{}, SQLite", case.name), "", bar));
    }
    check(&site);
    lines
}

async fn postgres() -> Vec<Line> {
    let site = Site::new(Kind::Postgres, all_events(), "").await;
    let daemon = Daemon::start(&site).await;
    let mut sent = Events::new();
    let mut lines = Vec::new();
    for case in &CASES {
        let mut rates = Vec::new();
        for _turn in 0..TURNS {
            rates.push(deliver(&site, &daemon, case, &mut sent).await);
        }
        lines.push(Line {
            name: format!("{}, Postgres", case.name),
            unit: "",
            figure: median(&rates),
            against: Against::Nothing,
        });
    }
    check(&site);
    lines
}

/// Sends one turn of a case and says how many events a second that were.
async fn deliver(site: &Site, daemon: &Daemon, case: &Case, events: &mut Events) -> f64 {
    let callbacks = (0..case.callbacks).map(|_number| {
        let bodies = events.take(case.events).into_iter().map(|event| event.raw);
        let array = format!("[{}]", bodies.collect::<Vec<_>>().join(","));
        post("/callbacks/dailymotion", &site.injector, &array)
    });
    let callbacks = callbacks.collect();
    let started = Instant::now();
    send_all(daemon.public, case.connections, callbacks).await;
    rate(case.events * case.callbacks, started)
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn rate(count: usize, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

/// Every event is kept, and every video left the shelf.
fn check(site: &Site) {
    let events = all_events().to_string();
    for count in [
        "SELECT count(*) FROM events WHERE outcome = 'ready'",
        "SELECT count(*) FROM videos WHERE state = 'imported'",
        "SELECT videos_imported FROM creators",
        "SELECT count(*) FROM timeline",
    ] {
        assert_eq!(site.db.value(count), events, "`{count}`");
    }
}

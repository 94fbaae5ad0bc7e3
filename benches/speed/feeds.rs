//! Cold feeds: neither the body nor a page of it is kept; the database lies in the page cache.

use std::{
    hint::black_box,
    process,
    time::{Duration, Instant},
};

use mcnd::catalog::{Catalog, Sql};
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgRow};

use crate::{
    harness::databases::Kind,
    support::{
        clock::cpu_seconds,
        daemon::Daemon,
        load::{get, repeat},
        rows::CREATOR,
        site::Site,
        table::{Turns, print},
    },
};

const TURNS: usize = 5;
const TIME: Duration = Duration::from_millis(1_200);
/// The least share of a bare loop.
const BAR: f64 = 0.5;
const SIZES: [u32; 2] = [100, 1_000];

/// Nothing is kept between two requests.
const COLD: &str = "[feed]\ncache_bytes = 0";

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    for videos in SIZES {
        let bar = (videos == 1_000).then_some(BAR);
        let turns = sqlite(videos).await;
        lines.push(turns.line(format!("cold feed of {videos}, SQLite"), "rows/CPU-s", bar));
        let turns = postgres(videos).await;
        lines.push(turns.line(format!("cold feed of {videos}, Postgres"), "rows/s", bar));
    }
    print(
        "cold feeds; limit: a bare loop over the feed's own statement",
        &lines,
    );
}

/// Rows per second of CPU of the daemon, and of a loop in this process.
async fn sqlite(videos: u32) -> Turns {
    let site = Site::new(Kind::Sqlite, videos as usize, COLD).await;
    let daemon = Daemon::start(&site).await;
    let connection = rusqlite::Connection::open(site.sqlite_file()).unwrap();
    let mut turns = Turns::default();
    for _turn in 0..TURNS {
        let before = cpu_seconds(process::id());
        let rows = read_sqlite(&connection, videos);
        let bare = rows / (cpu_seconds(process::id()) - before);
        let before = daemon.cpu_seconds();
        let rows = read_feeds(&site, &daemon, videos).await;
        turns.add(rows / (daemon.cpu_seconds() - before), bare);
    }
    turns
}

/// Rows per second by the clock, of the daemon and of a loop in this process.
async fn postgres(videos: u32) -> Turns {
    let site = Site::new(Kind::Postgres, videos as usize, COLD).await;
    let daemon = Daemon::start(&site).await;
    let mut connection = PgConnection::connect(&site.db.url).await.unwrap();
    let mut turns = Turns::default();
    for _turn in 0..TURNS {
        let started = Instant::now();
        let bare = read_postgres(&mut connection, videos).await / started.elapsed().as_secs_f64();
        let started = Instant::now();
        let ours = read_feeds(&site, &daemon, videos).await / started.elapsed().as_secs_f64();
        turns.add(ours, bare);
    }
    turns
}

/// Asks for the feed over and over on one connection, and makes sure that every answer was read from rows.
async fn read_feeds(site: &Site, daemon: &Daemon, videos: u32) -> f64 {
    let rendered = || daemon.counter("mcnd_feed_rendered_total", "source=\"rows\"");
    let before = rendered().await;
    let request = get(&format!("/feeds/{CREATOR}.xml"), &site.crawler, "");
    let answers = repeat(daemon.public, 1, &request, 200, TIME).await;
    assert_eq!(
        rendered().await - before,
        u64::from(answers),
        "some feeds were not cold"
    );
    f64::from(answers) * f64::from(videos)
}

/// The feed's own statement.
fn page() -> Sql {
    statement("PAGE")
}

/// A statement that reads feeds.
pub(crate) fn statement(name: &str) -> Sql {
    let mut all = Catalog::statements().into_iter();
    let found = all.find(|(module, known, _sql)| (*module, *known) == ("feed_rows", name));
    found
        .expect("a part of the feed is read with one statement")
        .2
}

/// Reads the page over and over and copies its columns; answers how many rows that were.
fn read_sqlite(connection: &rusqlite::Connection, videos: u32) -> f64 {
    let mut statement = connection.prepare(page().sqlite).unwrap();
    let columns = statement.column_count();
    let end = Instant::now() + TIME;
    let (mut buffer, mut count) = (Vec::new(), 0.0);
    while Instant::now() < end {
        buffer.clear();
        let arguments =
            rusqlite::params![CREATOR, i64::MAX, i64::MIN, "", !0, i64::from(videos) + 1];
        let mut rows = statement.query(arguments).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                copy_sqlite(&mut buffer, row.get_ref(column).unwrap());
            }
            count += 1.0;
        }
        black_box(&buffer);
    }
    count
}

pub(crate) fn copy_sqlite(buffer: &mut Vec<u8>, value: rusqlite::types::ValueRef<'_>) {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null | ValueRef::Real(_) => {}
        ValueRef::Integer(number) => buffer.extend_from_slice(&number.to_le_bytes()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => buffer.extend_from_slice(bytes),
    }
}

/// The same on Postgres.
#[expect(
    clippy::disallowed_methods,
    reason = "the limit goes round the catalog"
)]
async fn read_postgres(connection: &mut PgConnection, videos: u32) -> f64 {
    let end = Instant::now() + TIME;
    let (mut buffer, mut count) = (Vec::new(), 0.0);
    while Instant::now() < end {
        buffer.clear();
        let query = sqlx::query(page().postgres)
            .bind(CREATOR)
            .bind(i64::MAX)
            .bind(i64::MIN)
            .bind("")
            .bind(!0_i64)
            .bind(i64::from(videos) + 1);
        for row in query.fetch_all(&mut *connection).await.unwrap() {
            copy_postgres(&mut buffer, &row);
            count += 1.0;
        }
        black_box(&buffer);
    }
    count
}

pub(crate) fn copy_postgres(buffer: &mut Vec<u8>, row: &PgRow) {
    for column in 0..row.len() {
        let value = row.try_get_raw(column).unwrap();
        if let Ok(bytes) = value.as_bytes() {
            buffer.extend_from_slice(bytes);
        }
    }
}

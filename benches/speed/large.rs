//! One feed of 200,000 videos with the limits lifted: how soon it begins, how long it takes, and what memory it takes.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    feeds::{copy_postgres, copy_sqlite, statement},
    harness::databases::Kind,
    support::{
        clock::{forget_peak, peak_bytes, resident_bytes},
        daemon::Daemon,
        load::get,
        rows::{CREATOR, relist_half},
        site::Site,
        table::{Against, Line, Turns, median, print},
    },
};

const TURNS: usize = 5;
const VIDEOS: u32 = 200_000;
/// The least share of a bare loop's speed.
const BAR: f64 = 0.25;
const FIRST_BYTE_MS: f64 = 20.0;
const GROWTH_MIB: f64 = 32.0;
const MEBIBYTE: f64 = 1024.0 * 1024.0;
/// The parts of a feed, in their order.
const PARTS: [&str; 2] = ["PAGE", "PAGE_RELISTED"];

const LIFTED: &str = "[feed]\nlimit = 0\nmax_bytes = 0\ncache_bytes = 0";

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    for (kind, store) in [(Kind::Sqlite, "SQLite"), (Kind::Postgres, "Postgres")] {
        for mode in ["drain", "full"] {
            let site = Site::new(kind, VIDEOS as usize, LIFTED).await;
            if mode == "full" {
                relist_half(&site.db);
            }
            lines.extend(feed(&site, &format!("{mode}, {store}")).await);
        }
    }
    print(
        "one streamed feed of 200,000 videos; limit: a bare loop over the feed's own statements",
        &lines,
    );
}

async fn feed(site: &Site, name: &str) -> [Line; 3] {
    let daemon = Daemon::start(site).await;
    let (mut turns, mut firsts, mut growths) = (Turns::default(), Vec::new(), Vec::new());
    let before = resident_bytes(daemon.process());
    for turn in 0..=TURNS {
        let bare = Instant::now();
        read_bare(site).await;
        let bare = bare.elapsed();
        forget_peak(daemon.process());
        let fetched = fetch(&daemon, site).await;
        // The first one reads the database into the page cache.
        if turn > 0 {
            let rate = |time: Duration| f64::from(VIDEOS) / time.as_secs_f64();
            turns.add(rate(fetched.whole), rate(bare));
            firsts.push(fetched.first.as_secs_f64() * 1_000.0);
            growths
                .push((peak_bytes(daemon.process()).expect("the daemon runs") - before) / MEBIBYTE);
        }
    }
    let at_most = |what: &str, unit, figures: &[f64], most| Line {
        name: format!("{what}, {name}"),
        unit,
        figure: median(figures),
        against: Against::AtMost(most),
    };
    [
        turns.line(format!("whole feed, {name}"), "rows/s", Some(BAR)),
        at_most("first byte", "ms", &firsts, FIRST_BYTE_MS),
        at_most("memory growth", "MiB", &growths, GROWTH_MIB),
    ]
}

/// How long a feed took from the request on.
struct Fetched {
    /// Until the first byte of its body.
    first: Duration,
    whole: Duration,
}

async fn fetch(daemon: &Daemon, site: &Site) -> Fetched {
    let path = format!("/feeds/{CREATOR}.xml");
    let request = get(&path, &site.crawler, "connection: close\r\n");
    let mut stream = TcpStream::connect(daemon.public).await.unwrap();
    let started = Instant::now();
    stream.write_all(&request).await.unwrap();
    let mut buffer = vec![0; 256 * 1024];
    let (mut filled, mut first) = (0, None);
    loop {
        // The end is kept, to see that the document is whole.
        if filled > buffer.len() / 2 {
            buffer.copy_within(filled - 64..filled, 0);
            filled = 64;
        }
        let count = stream.read(&mut buffer[filled..]).await.unwrap();
        if count == 0 {
            break;
        }
        filled += count;
        if first.is_none() && buffer[..filled].windows(5).any(|bytes| bytes == b"<rss ") {
            first = Some(started.elapsed());
        }
    }
    assert!(
        buffer[..filled].ends_with(b"</rss>\n\r\n0\r\n\r\n"),
        "the feed is not whole"
    );
    Fetched {
        first: first.expect("a feed begins with its root"),
        whole: started.elapsed(),
    }
}

/// Reads all that the feed lists once, and copies its columns.
async fn read_bare(site: &Site) {
    let rows = match site.db.kind() {
        Kind::Sqlite => read_sqlite(site),
        Kind::Postgres => read_postgres(site).await,
    };
    assert_eq!(rows, VIDEOS);
}

fn read_sqlite(site: &Site) -> u32 {
    let connection = rusqlite::Connection::open(site.sqlite_file()).unwrap();
    let (mut buffer, mut count) = (Vec::new(), 0);
    for part in PARTS {
        let mut statement = connection.prepare(statement(part).sqlite).unwrap();
        let columns = statement.column_count();
        let arguments = rusqlite::params![CREATOR, i64::MAX, i64::MIN, "", !0, i64::MAX];
        let mut rows = statement.query(arguments).unwrap();
        while let Some(row) = rows.next().unwrap() {
            buffer.clear();
            for column in 0..columns {
                copy_sqlite(&mut buffer, row.get_ref(column).unwrap());
            }
            black_box(&buffer);
            count += 1;
        }
    }
    count
}

#[expect(
    clippy::disallowed_methods,
    reason = "the limit goes round the catalog"
)]
async fn read_postgres(site: &Site) -> u32 {
    let mut connection = PgConnection::connect(&site.db.url).await.unwrap();
    let (mut buffer, mut count) = (Vec::new(), 0);
    for part in PARTS {
        let mut rows = sqlx::query(statement(part).postgres)
            .bind(CREATOR)
            .bind(i64::MAX)
            .bind(i64::MIN)
            .bind("")
            .bind(!0_i64)
            .bind(i64::MAX)
            .fetch(&mut connection);
        while let Some(row) = rows.try_next().await.unwrap() {
            buffer.clear();
            copy_postgres(&mut buffer, &row);
            black_box(&buffer);
            count += 1;
        }
    }
    count
}

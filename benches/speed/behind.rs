//! A feed of ten videos, whatever lies behind and before them: imported ones, and held ones that are sorted ahead.

use std::time::Duration;

use crate::{
    harness::databases::Kind,
    support::{
        daemon::Daemon,
        load::{get, repeat},
        rows::{CREATOR, add_held, add_imported},
        site::Site,
        table::{Line, Turns, print},
    },
};

const TURNS: usize = 7;
const TIME: Duration = Duration::from_millis(800);
const LISTED: usize = 10;
const HELD: usize = 100_000;
/// How many are imported, in each case; the last case takes gigabytes and minutes to set up.
const SQLITE: [usize; 2] = [100_000, 5_000_000];
const POSTGRES: [usize; 1] = [100_000];
/// At most half as slow again as with nothing but the ten.
const BAR: f64 = 1.0 / 1.5;

/// Nothing is kept between two requests.
const COLD: &str = "[feed]\ncache_bytes = 0";

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    for (kind, name, cases) in [
        (Kind::Sqlite, "SQLite", SQLITE.as_slice()),
        (Kind::Postgres, "Postgres", POSTGRES.as_slice()),
    ] {
        let alone = Served::new(kind, 0, 0).await;
        for imported in cases {
            let what = format!("behind {imported} imported, {name}");
            lines.push(compare(&alone, &Served::new(kind, *imported, 0).await, what).await);
        }
        let what = format!("behind {HELD} held, {name}");
        lines.push(compare(&alone, &Served::new(kind, 0, HELD).await, what).await);
    }
    print(
        "cold feed of ten; limit: the same ten with nothing else in the catalog",
        &lines,
    );
}

/// A catalog with the ten, and its daemon.
struct Served {
    site: Site,
    daemon: Daemon,
}

impl Served {
    async fn new(kind: Kind, imported: usize, held: usize) -> Self {
        let site = Site::new(kind, LISTED, COLD).await;
        if imported > 0 {
            add_imported(&site.db, imported);
        }
        if held > 0 {
            add_held(&site.db, held);
        }
        let daemon = Daemon::start(&site).await;
        let served = Self { site, daemon };
        // The first time reads the database into the page cache.
        served.rate(TIME).await;
        served
    }

    /// Feeds per second, one after the other.
    async fn rate(&self, time: Duration) -> f64 {
        let request = get(&format!("/feeds/{CREATOR}.xml"), &self.site.crawler, "");
        let answers = repeat(self.daemon.public, 1, &request, 200, time).await;
        f64::from(answers) / time.as_secs_f64()
    }
}

async fn compare(alone: &Served, crowded: &Served, name: String) -> Line {
    let mut turns = Turns::default();
    for _turn in 0..TURNS {
        let limit = alone.rate(TIME).await;
        turns.add(crowded.rate(TIME).await, limit);
    }
    turns.line(name, "feeds/s", Some(BAR))
}

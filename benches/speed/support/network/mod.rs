//! A network of thousands of creators and millions of videos, written below the catalog in minutes.
//!
//! It is made as the daemon would have made it: the daemon's own check of a catalog has to find nothing to complain about.

mod places;
mod reports;
mod traces;
mod videos;

pub(crate) use videos::{REASONS, creator, guid, id};

use mcnd::{
    app::{App, Area},
    model::{Timestamp, searchable},
};

use self::places::without_indexes;
use super::site::Site;
use crate::harness::databases::{Kind, TestDatabase};

/// What the speed of pages and of bulk jobs is promised for.
pub(crate) const VIDEOS: usize = 5_000_000;
pub(crate) const CREATORS: usize = 5_000;

/// In front of a number, as a part of an id.
const ID: &str = "01980000-0000-7000-8000-";
/// Added to a number, so that every number has as many digits.
const FIRST: usize = 100_000_000_000;

/// One owner's browser and key stand for those of twenty people.
const SETTINGS: &str = "[operators]\nrequests_per_minute = 1000000\nrequests_at_once = 100";

/// How large a network is, and when it is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) videos: usize,
    now: i64,
}

impl Size {
    /// Videos above this number were added lately: what was reported of them is kept.
    pub(crate) fn lately(self) -> usize {
        self.videos - self.videos / 20
    }

    /// When a video was added: the first one two years ago, the last one just now.
    fn added_at(self, number: usize) -> i64 {
        let back = i64::try_from(self.videos - number).expect("there are not that many videos");
        self.now - back * step(self.videos, 730)
    }
}

/// Milliseconds from one of so many things to the next, over so many days.
fn step(count: usize, days: i64) -> i64 {
    days * 86_400_000 / i64::try_from(count).expect("there are not that many things")
}

/// The moment of number `n` of so many things, of which the first lies so many days back and the last one now, in SQL.
fn moment(size: Size, count: usize, days: i64) -> String {
    format!("({} - ({count} - n) * {})", size.now, step(count, days))
}

/// A catalog as large as the speed of pages is promised for.
pub(crate) struct Network {
    pub(crate) site: Site,
    pub(crate) size: Size,
}

impl Network {
    /// A network with so many videos.
    pub(crate) async fn new(kind: Kind, videos: usize) -> Self {
        let site = Site::new(kind, 0, SETTINGS).await;
        let app = site.open().await;
        let now = app.now().as_millis();
        close(&app).await;
        let size = Size { videos, now };
        without_indexes(&site.db, || {
            let traces = traces::all(size, kind);
            let script = [places::creators(size), videos::all(size), traces];
            quickly(&site.db, &script.concat());
            reports::add(&site.db, size);
        });
        // The daemon looks for videos without words behind this moment.
        let searchable = format!("UPDATE marks SET value = {now} WHERE name = 'searchable_until'");
        quickly(&site.db, &format!("{};{searchable}", places::COUNTS));
        settle(&site.db);
        let network = Self { site, size };
        network.check().await;
        network
    }

    /// Holds what was written against the daemon's own rules.
    async fn check(&self) {
        let app = self.site.open().await;
        for area in [Area::Counts, Area::Videos, Area::Events] {
            let examined = app.examine(area, |_rows| {}).await.unwrap();
            assert_eq!(examined.told, [], "{area:?} of {}", examined.looked_at);
        }
        let status = app.status(0).await.unwrap();
        let counted = self.site.db.value("SELECT COUNT(*) FROM videos");
        assert_eq!(status.videos.total().to_string(), counted);
        let titles = self.site.db.query(
            "SELECT guid, title, words FROM videos JOIN video_words ON video_id = id ORDER BY id LIMIT 2000",
        );
        for row in titles {
            let [guid, title, words] = [0, 1, 2].map(|column: usize| row[column].as_deref());
            assert_eq!(Some(searchable(title, guid.unwrap()).as_str()), words);
        }
        close(&app).await;
    }

    /// How many videos were refused for each of the two [`REASONS`].
    pub(crate) fn refused(&self) -> usize {
        self.size.videos / 50
    }

    /// The numbers of the videos that their feeds list.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = usize> {
        (1..=self.size.videos).filter(|number| (42..66).contains(&(number % 1000)))
    }

    /// Guids of videos of a creator that wait, the newest ones.
    pub(crate) fn waiting_of(&self, creator: &str) -> Vec<String> {
        let rows = self.site.db.query(&format!(
            "SELECT guid FROM videos WHERE creator_id = '{creator}' AND state = 'waiting' ORDER BY listed_from DESC, id LIMIT 20"
        ));
        let guids = rows.into_iter().map(|mut row| row.pop().flatten());
        guids
            .map(|guid| guid.expect("every video has one"))
            .collect()
    }

    /// A moment of the network's life, so many days before now.
    pub(crate) fn days_ago(&self, days: i64) -> Timestamp {
        Timestamp::from_millis(self.size.now - days * 86_400_000)
    }
}

async fn close(app: &App) {
    app.close_inbox();
    app.close().await;
}

/// Runs statements without a thought for crashes.
fn quickly(db: &TestDatabase, statements: &str) {
    let (begin, end) = match db.kind() {
        Kind::Sqlite => (
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -1000000;
             BEGIN;",
            ";COMMIT",
        ),
        // What references what is looked at by the check of the whole.
        Kind::Postgres => (
            "SET synchronous_commit = off; SET session_replication_role = replica; SET work_mem = '256MB';
             SET maintenance_work_mem = '1GB';",
            "",
        ),
    };
    db.sql(&format!("{begin}\n{statements}\n{end}"));
}

/// What a server in use has done for itself long ago.
fn settle(db: &TestDatabase) {
    match db.kind() {
        Kind::Sqlite => db.sql("PRAGMA journal_mode = WAL"),
        Kind::Postgres => db.sql("VACUUM ANALYZE; CHECKPOINT"),
    }
}

/// `numbers`, with every whole number from one to another as `n`.
fn numbers(from: usize, to: usize) -> String {
    format!(
        "WITH RECURSIVE numbers (n) AS (SELECT CAST({from} AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {to})"
    )
}

//! What callbacks are held against: one writer on SQLite, without HTTP, parsing and rules.

use std::{fs, time::Instant};

use mcnd::model::Digest;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{
    events::{Event, Events},
    rate,
};
use crate::support::{rows::CREATOR, site::Site};

const EVENT: &str =
    "INSERT INTO events (digest, received_at, guid, outcome, alarm, epoch, sent_at, note, raw)
    VALUES (?1, ?2, ?3, 'ready', NULL, 0, ?4, NULL, ?5)";
const VIDEO: &str = "UPDATE videos SET state = 'imported', held = 0, needs = 0, listed_from = NULL, remote_id = ?2,
    other_remote_ids = NULL, failed_epoch = NULL, unusable_epoch = NULL, refusal = NULL, ready_at = ?3 WHERE id = ?1";
const LINE: &str =
    "INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom, detail)
    VALUES (?1, ?2, ?3, 'reported', 'waiting', 'imported', 'injector', ?4)";
const CREATOR_ROW: &str = "UPDATE creators SET videos_waiting = videos_waiting - ?2,
    videos_imported = videos_imported + ?2, feed_version = feed_version + 1, feed_changed_at = ?3 WHERE id = ?1";

const NOW: i64 = 1_900_000_000_000;

/// Writes single rows into a table with one unique index, each in a durable commit of its own.
pub(super) struct RowWriter {
    connection: Connection,
    written: usize,
}

impl RowWriter {
    /// On the disk of the site.
    pub(super) fn beside(site: &Site) -> Self {
        let connection = open(site, "rows.sqlite");
        let table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, raw TEXT NOT NULL) STRICT";
        connection.execute_batch(table).unwrap();
        Self {
            connection,
            written: 0,
        }
    }

    /// Rows per second of so many.
    pub(super) fn rate(&mut self, count: usize) -> f64 {
        let rows = (self.written..self.written + count).map(|number| {
            let raw = format!("{number:0>300}");
            (Digest::of(raw.as_bytes()), raw)
        });
        let rows = rows.collect::<Vec<_>>();
        self.written += count;
        let mut insert = self
            .connection
            .prepare("INSERT INTO rows (digest, raw) VALUES (?1, ?2)")
            .unwrap();
        let started = Instant::now();
        for (digest, raw) in &rows {
            insert.execute(params![digest.as_bytes(), raw]).unwrap();
        }
        rate(count, started)
    }
}

/// Makes the row changes of ready events, a group in each durable commit.
pub(super) struct GroupWriter {
    connection: Connection,
}

impl GroupWriter {
    /// On a copy of the site's database, made before its daemon starts.
    pub(super) fn on_a_copy(site: &Site) -> Self {
        site.db.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let file = site.sqlite_file();
        fs::copy(&file, file.with_file_name("copy.sqlite")).unwrap();
        Self {
            connection: open(site, "copy.sqlite"),
        }
    }

    /// Events per second of so many.
    pub(super) fn rate(&mut self, events: &mut Events, count: usize, group: usize) -> f64 {
        let groups = (0..count / group).map(|_number| changes(events.take(group)));
        let groups = groups.collect::<Vec<_>>();
        let started = Instant::now();
        for changes in &groups {
            self.write(changes);
        }
        rate(count, started)
    }

    fn write(&mut self, changes: &[Change]) {
        let transaction = self.connection.transaction().unwrap();
        let prepare = |sql| transaction.prepare_cached(sql).unwrap();
        let [mut event, mut video, mut line, mut creator] =
            [EVENT, VIDEO, LINE, CREATOR_ROW].map(prepare);
        for Change {
            event: of,
            digest,
            line_id,
            detail,
        } in changes
        {
            event
                .execute(params![digest.as_bytes(), NOW, of.guid, NOW, of.raw])
                .unwrap();
            assert_eq!(
                video.execute(params![of.video, of.remote_id, NOW]).unwrap(),
                1
            );
            line.execute(params![of.video, line_id, NOW, detail])
                .unwrap();
        }
        let count = i64::try_from(changes.len()).expect("a group is small");
        creator.execute(params![CREATOR, count, NOW]).unwrap();
        drop((event, video, line, creator));
        transaction.commit().unwrap();
    }
}

/// An event with everything that is worked out before the clock runs.
struct Change {
    event: Event,
    digest: Digest,
    line_id: String,
    detail: String,
}

fn changes(events: Vec<Event>) -> Vec<Change> {
    let change = |event: Event| {
        let digest = Digest::of(event.raw.as_bytes());
        let (line_id, detail) = (Uuid::now_v7().to_string(), format!("event {digest}"));
        Change {
            event,
            digest,
            line_id,
            detail,
        }
    };
    events.into_iter().map(change).collect()
}

/// Opens a file beside the site's with the settings that the daemon has for its own.
fn open(site: &Site, name: &str) -> Connection {
    let connection = Connection::open(site.sqlite_file().with_file_name(name)).unwrap();
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";
    connection.execute_batch(settings).unwrap();
    connection
}

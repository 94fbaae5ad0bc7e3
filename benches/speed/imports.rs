//! Imports of a million rows of CSV: all of them new, then all of them known.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use crate::{
    harness::databases::Kind,
    support::{
        import::{Import, import},
        rows::CREATOR,
        site::Site,
        table::{Against, Line, print},
    },
};

const ROWS: u32 = 1_000_000;
/// The least share of what SQLite's own shell does.
const BAR: f64 = 0.5;
/// How many times as fast a second import of the same rows must be.
const AGAIN: f64 = 2.0;
const MOST_MEMORY: f64 = 128.0;
const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// What a row of the catalog holds, with the indexes that such rows lie in: those of the table, and that of its words.
const TABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE videos (
        id TEXT NOT NULL PRIMARY KEY, creator_id TEXT NOT NULL, state TEXT NOT NULL, held INTEGER NOT NULL,
        needs INTEGER NOT NULL, listed_from INTEGER, guid TEXT NOT NULL UNIQUE, title TEXT, description TEXT,
        category TEXT, tags TEXT, language TEXT, link TEXT, media_url TEXT, media_type TEXT, media_size INTEGER,
        duration INTEGER, thumbnail_url TEXT, published_at INTEGER, made_for_kids INTEGER, retry_epoch INTEGER NOT NULL,
        waiting_since INTEGER, added_at INTEGER NOT NULL, content_at INTEGER NOT NULL) STRICT;
    CREATE INDEX videos_shelf ON videos (creator_id, listed_from, id) WHERE state = 'waiting' AND NOT held;
    CREATE INDEX videos_of_creator ON videos (creator_id, id);
    CREATE INDEX videos_in_state ON videos (state, id);
    CREATE INDEX videos_waiting_longest ON videos (listed_from, id) WHERE state = 'waiting';
    CREATE INDEX videos_of_creator_waiting ON videos (creator_id, listed_from, id) WHERE state = 'waiting';
    CREATE VIRTUAL TABLE video_search USING fts5 (words, content = '', tokenize = 'ascii', detail = 'none', columnsize = 0);
    CREATE TRIGGER videos_added AFTER INSERT ON videos BEGIN
        INSERT INTO video_search (rowid, words) VALUES (new.rowid, lower(new.title || ' ' || new.guid));
    END;";

pub(crate) async fn measure() {
    let site = Site::new(Kind::Sqlite, 0, "").await;
    let folder = tempfile::Builder::new()
        .prefix("mcnd-speed-")
        .tempdir()
        .unwrap();
    let limit = shell(folder.path());
    let rows = folder.path().join("rows.csv");
    write(
        &rows,
        "guid,title,description,category,tags,language,link,media_url,media_type,media_size,duration,thumbnail_url,published_at,made_for_kids",
        foreign,
    );
    let first = import(&site, &rows, &[]).await;
    assert_eq!(
        site.db.value("SELECT count(*) FROM videos"),
        ROWS.to_string()
    );
    let again = import(&site, &rows, &[]).await;
    let title = format!(
        "import of {ROWS} rows of CSV on SQLite; limit: `.import` of SQLite's shell into a table with the same indexes"
    );
    print(&title, &lines(limit, &first, &again));
}

fn lines(limit: f64, first: &Import, again: &Import) -> [Line; 4] {
    let rate = |import: &Import| f64::from(ROWS) / import.seconds;
    let (once, twice) = (rate(first), rate(again));
    let share = |figure: f64, limit: f64, bar| Against::Limit {
        limit,
        share: figure / limit,
        bar: Some(bar),
    };
    let line = |name: &str, unit, figure, against| Line {
        name: name.to_owned(),
        unit,
        figure,
        against,
    };
    [
        line("new rows", "rows/s", once, share(once, limit, BAR)),
        line(
            "the same rows again; limit: the first time",
            "rows/s",
            twice,
            share(twice, once, AGAIN),
        ),
        line(
            "peak memory, new rows",
            "MiB",
            first.peak / MEBIBYTE,
            Against::AtMost(MOST_MEMORY),
        ),
        line(
            "peak memory, the same rows again",
            "MiB",
            again.peak / MEBIBYTE,
            Against::AtMost(MOST_MEMORY),
        ),
    ]
}

/// Rows per second of SQLite's shell.
fn shell(folder: &Path) -> f64 {
    let (rows, database) = (folder.join("shell.csv"), folder.join("shell.sqlite"));
    write(&rows, "", own);
    let script = format!("{TABLE}\n.import --csv {} videos\n", rows.display());
    let started = Instant::now();
    let mut child = Command::new("sqlite3")
        .arg("-bail")
        .arg(&database)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("SQLite's shell is installed: Debian's package `sqlite3`");
    let mut input = child.stdin.take().expect("standard input is piped");
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    let rate = f64::from(ROWS) / started.elapsed().as_secs_f64();
    for file in [rows, database] {
        fs::remove_file(file).unwrap();
    }
    rate
}

fn write(file: &Path, header: &str, row: fn(u32) -> String) {
    let mut out = BufWriter::new(File::create(file).unwrap());
    if !header.is_empty() {
        writeln!(out, "{header}").unwrap();
    }
    for number in 0..ROWS {
        writeln!(out, "{}", row(number)).unwrap();
    }
    out.flush().unwrap();
}

/// A row as a network exports it.
fn foreign(number: u32) -> String {
    format!(
        "clip-{number:09},{},2026-09-01T09:00:00Z,false",
        shared(number)
    )
}

/// The same row as the catalog holds it.
fn own(number: u32) -> String {
    let now = 1_788_000_000_000_i64 + i64::from(number);
    format!(
        "01980000-0000-7000-8000-{number:012},{CREATOR},waiting,0,0,{now},clip-{number:09},{},{now},0,0,{now},{now},{now}",
        shared(number)
    )
}

/// The cells that both have in common.
fn shared(number: u32) -> String {
    format!(
        "\"Épisode {number}, the boats\",\"{DESCRIPTION}\",travel,\"boats,paper,rivers\",en,\
         https://www.example.com/episodes/{number},https://media.example.com/masters/2026/{number:09}/master.mp4,video/mp4,\
         {size},{duration},https://media.example.com/thumbs/{number:09}/poster.jpg",
        size = 734_003_200 + number,
        duration = 100 + number % 900,
    )
}

const DESCRIPTION: &str = "Every summer the children of the upper valley fold several hundred boats from old newspapers, \
    number them, and let them go at the bridge. This episode follows one of them from the first fold to the weir: who made \
    it, what was printed on it, and where it was found.";

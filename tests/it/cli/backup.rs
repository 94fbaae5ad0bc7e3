//! Backup and restore: the drill under load, and what is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
    given::{ready, status},
    http::client,
    installation::{Installation, lines_of},
    wait_until,
};

const VIDEOS: usize = 3_000;
const SENDERS: usize = 4;
/// Events acknowledged before the backup begins.
const BEFORE: usize = 300;
const LIMIT: Duration = Duration::from_mins(1);

/// Callbacks that are posted for as long as nobody says stop.
#[derive(Default)]
struct Load {
    next: AtomicUsize,
    stop: AtomicBool,
    acknowledged: Mutex<BTreeMap<String, Value>>,
}

impl Load {
    async fn send(&self, address: SocketAddr, secret: &str) {
        let client = client();
        while !self.stop.load(Ordering::Relaxed) {
            let first = self.next.fetch_add(3, Ordering::Relaxed);
            // Every third report is about a video that nobody knows.
            let events = [
                ready(&format!("v{first}"), &format!("x{first}")),
                status(&format!("v{}", first + 1), "failed"),
                ready(&format!("unknown{first}"), &format!("x{first}")),
            ];
            let request = client
                .post(format!("http://{address}/callbacks/dailymotion"))
                .bearer_auth(secret)
                .body(json!(events).to_string());
            assert_eq!(request.send().await.unwrap().status(), 200);
            let guid = |event: &Value| event["data"]["uid"].as_str().unwrap().to_owned();
            self.acknowledged
                .lock()
                .unwrap()
                .extend(events.map(|event| (guid(&event), event)));
        }
    }

    fn acknowledged(&self) -> BTreeMap<String, Value> {
        self.acknowledged.lock().unwrap().clone()
    }
}

/// Another installation whose database is of the same kind and empty.
async fn elsewhere(like: &Installation) -> Installation {
    let database = match like.database.kind() {
        Kind::Sqlite => TestDatabase::sqlite(),
        Kind::Postgres => TestDatabase::postgres(),
    };
    Installation::new(database).await
}

async fn filled(db: TestDatabase, videos: usize) -> Installation {
    let installation = Installation::new(db).await;
    installation.creator("a").await;
    installation.import_videos("v", videos).await;
    installation
}

/// Every table but the list of migrations.
fn tables_of(database: &TestDatabase) -> BTreeSet<String> {
    let tables = database.query(match database.kind() {
        Kind::Sqlite => {
            "SELECT name FROM sqlite_schema
              WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'video_search%'"
        }
        Kind::Postgres => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    });
    let names = tables.into_iter().map(|row| row[0].clone().unwrap());
    names.filter(|name| name != "_sqlx_migrations").collect()
}

/// The backup while callbacks come in, and what was acknowledged before it began.
async fn back_up_under_load(installation: &Installation) -> BTreeMap<String, Value> {
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let load = Load::default();
    let senders = (0..SENDERS).map(|_sender| load.send(served.public, &secret));
    let backup = async {
        wait_until("acknowledged events", LIMIT, async || {
            (load.acknowledged().len() >= BEFORE).then_some(())
        })
        .await;
        let before = load.acknowledged();
        installation.done(&["backup", "copy"]).await;
        let during = load.acknowledged().len() - before.len();
        // What is being written is never taken for a difference.
        installation.done(&["doctor", "--deep"]).await;
        load.stop.store(true, Ordering::Relaxed);
        assert!(during > 0, "nothing was written beside the backup");
        before
    };
    let (_all, before) = tokio::join!(join_all(senders), backup);
    before
}

both!(
    async fn a_backup_under_load_is_restored_as_one_moment_of_the_catalog(db: TestDatabase) {
        let installation = filled(db, VIDEOS).await;
        let before = back_up_under_load(&installation).await;
        let other = elsewhere(&installation).await;
        let copy = installation.path("copy");
        other.done(&["restore", copy.to_str().unwrap()]).await;

        let exported = lines_of(&other.done(&["event", "export"]).await);
        let kept: BTreeMap<_, _> = exported
            .iter()
            .map(|event| (event["guid"].as_str().unwrap(), &event["raw"]))
            .collect();
        for (guid, event) in &before {
            assert_eq!(
                kept.get(guid.as_str()),
                Some(&event),
                "{guid} was acknowledged before the backup and is lost"
            );
        }
        // What is kept has its effect, nothing else has one: no event is half applied.
        let videos = other.lines(&["video", "export", "--without-times"]).await;
        assert_eq!(videos.len(), VIDEOS);
        let moved: BTreeSet<_> = videos
            .iter()
            .filter(|video| video["state"] != "waiting")
            .map(|video| video["guid"].as_str().unwrap())
            .collect();
        let known: BTreeSet<_> = videos
            .iter()
            .map(|video| video["guid"].as_str().unwrap())
            .collect();
        let reported = kept.keys().copied();
        assert_eq!(
            moved,
            reported.filter(|guid| known.contains(guid)).collect()
        );
        other.done(&["doctor", "--deep"]).await;
        other.serve().await.process.kill().await;
    }
);

both!(
    async fn a_quiet_catalog_comes_back_equal(db: TestDatabase) {
        let installation = filled(db, 20).await;
        let made = installation.lines(&["backup", "copy", "--json"]).await;
        assert_eq!(made[0]["rows"]["videos"], 20);
        let tables = made[0]["rows"].as_object().unwrap().keys();
        assert_eq!(
            tables.map(String::as_str).collect::<BTreeSet<_>>(),
            tables_of(&installation.database)
                .iter()
                .map(String::as_str)
                .collect()
        );
        let other = elsewhere(&installation).await;
        let copy = installation.path("copy");
        let restored = other
            .lines(&["restore", copy.to_str().unwrap(), "--json"])
            .await;
        assert_eq!(restored[0]["rows"], made[0]["rows"]);
        for command in [["video", "export"], ["event", "export"]] {
            assert_eq!(
                other.done(&command).await,
                installation.done(&command).await
            );
        }
        // A tag that a crawler got before can't be met again.
        let version = "SELECT MIN(feed_version) FROM creators";
        let versions = [&installation, &other].map(|one| one.database.value(version));
        let [old, new] = versions.map(|version| version.parse::<i64>().unwrap());
        assert!(new > old + 1_000_000, "{old} {new}");
        let again = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
        assert!(again.err.contains("empty"), "{}", again.err);
    }
);

both!(
    async fn nothing_is_overwritten_and_nothing_odd_is_restored(db: TestDatabase) {
        let installation = filled(db, 1).await;
        installation.write("copy", "mine");
        let refused = installation.ends(&["backup", "copy"], 1).await;
        assert!(refused.err.contains("is there already"), "{}", refused.err);
        assert_eq!(installation.read("copy"), "mine");
        let other = elsewhere(&installation).await;
        let copy = installation.path("copy");
        let odd = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
        assert!(odd.err.contains("no backup"), "{}", odd.err);

        installation.done(&["backup", "cut"]).await;
        let whole = std::fs::read(installation.path("cut")).unwrap();
        installation.write("cut", &whole[..whole.len() * 2 / 3]);
        let cut = installation.path("cut");
        other.ends(&["restore", cut.to_str().unwrap()], 1).await;
        assert_eq!(other.database.value("SELECT COUNT(*) FROM videos"), "0");
    }
);

#[tokio::test]
async fn a_backup_of_a_newer_program_is_refused() {
    let installation = filled(TestDatabase::sqlite(), 1).await;
    installation.done(&["backup", "copy"]).await;
    let copy = installation.path("copy");
    let file = rusqlite::Connection::open(&copy).unwrap();
    file.execute_batch("UPDATE _sqlx_migrations SET version = 9000 WHERE version = 1")
        .unwrap();
    drop(file);
    let other = elsewhere(&installation).await;
    let refused = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
    assert!(refused.err.contains("migration 9000"), "{}", refused.err);
    assert_eq!(other.database.value("SELECT COUNT(*) FROM videos"), "0");
}

#[tokio::test]
async fn a_backup_is_restored_while_other_daemons_are_away() {
    let installation = filled(TestDatabase::postgres(), 1).await;
    installation.done(&["backup", "copy"]).await;
    let other = elsewhere(&installation).await;
    let _served = other.serve().await;
    let copy = installation.path("copy");
    let refused = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
    assert!(refused.err.contains("are connected"), "{}", refused.err);
}

#[tokio::test]
async fn a_backup_goes_into_its_own_kind_of_database() {
    let installation = filled(TestDatabase::sqlite(), 1).await;
    installation.done(&["backup", "copy"]).await;
    let other = Installation::new(TestDatabase::postgres()).await;
    let copy = installation.path("copy");
    let refused = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
    assert!(refused.err.contains("a SQLite catalog"), "{}", refused.err);
}

#[tokio::test]
async fn a_served_file_is_not_restored_into() {
    let installation = filled(TestDatabase::sqlite(), 1).await;
    installation.done(&["backup", "copy"]).await;
    let other = elsewhere(&installation).await;
    let _served = other.serve().await;
    let copy = installation.path("copy");
    let refused = other.run(&["restore", copy.to_str().unwrap()]).await;
    assert!(!refused.status.success());
    assert!(
        refused.err.contains("another daemon serves"),
        "{}",
        refused.err
    );
}

#[tokio::test]
async fn missing_programs_are_named() {
    let installation = filled(TestDatabase::postgres(), 1).await;
    let refused = installation
        .run_with(&[("PATH", "/nonexistent")], &["backup", "copy"])
        .await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.err.contains("postgresql-client"), "{}", refused.err);
    assert!(!installation.path("copy").exists());
}

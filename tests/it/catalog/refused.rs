//! States that the rules can't reach are refused by the database itself.

use super::store::{Store, at, policy, ready};
use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
};

/// What an `UPDATE` of the one waiting video must not be able to write.
const VIDEO: [&str; 34] = [
    "state = 'lost'",
    "state = NULL",
    // Waiting and its place on the shelf come and go together.
    "listed_from = NULL",
    "state = 'draft'",
    "state = 'refused'",
    "state = 'removed'",
    // Imported means that Dailymotion's id is known, waiting and refused that it is not.
    "state = 'imported', listed_from = NULL",
    "remote_id = 'x1'",
    "state = 'pushing', listed_from = NULL, remote_id = 'x1'",
    "state = 'refused', listed_from = NULL, remote_id = 'x1'",
    "state = 'imported', listed_from = NULL, remote_id = ''",
    "state = 'draft', listed_from = NULL, other_remote_ids = 'x2'",
    // What waits can be written into a feed.
    "broken = 'title_missing'",
    "title = NULL",
    "media_url = NULL",
    "held = NULL",
    "needs = NULL",
    "needs = -1",
    "guid = ''",
    "guid = NULL",
    "guid = 'b'",
    "creator_id = 'nobody'",
    "creator_id = NULL",
    "id = NULL",
    "id = 'v-b'",
    "media_size = 0",
    "duration = 0",
    "width = 0",
    "height = -1",
    "retry_epoch = -1",
    "retry_epoch = NULL",
    "added_at = NULL",
    "content_at = NULL",
    "added_at = 'now'",
];

const CREATOR: [&str; 14] = [
    "id = ''",
    "name = NULL",
    "status = 'gone'",
    "mode = 'all'",
    "adopted = NULL",
    "announced = NULL",
    "feed_version = NULL",
    "videos_draft = -1",
    "videos_waiting = -1",
    "videos_pushing = -1",
    "videos_imported = -1",
    "videos_refused = -1",
    "videos_removed = -1",
    "id = 'another'",
];

const EVENT: [&str; 5] = [
    "outcome = 'lost'",
    "outcome = NULL",
    "digest = NULL",
    "received_at = NULL",
    "received_at = 'now'",
];

both!(
    async fn a_video_in_an_impossible_state_is_refused(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        let long_guid = format!("guid = '{}'", "é".repeat(256));
        let long_id = format!(
            "state = 'imported', listed_from = NULL, remote_id = '{}'",
            "x".repeat(65)
        );
        let changes = VIDEO.iter().copied();
        for change in changes.chain([long_guid.as_str(), long_id.as_str()]) {
            refused(
                &store,
                &format!("UPDATE videos SET {change} WHERE guid = 'a'"),
            );
        }
        let longest = format!(
            "UPDATE videos SET guid = '{}' WHERE guid = 'b'",
            "é".repeat(255)
        );
        store.db.sql(&longest);
    }
);

both!(
    async fn a_creator_in_an_impossible_state_is_refused(db: TestDatabase) {
        let store = Store::with_videos(db, &["a"]).await;
        for change in CREATOR {
            refused(&store, &format!("UPDATE creators SET {change}"));
        }
        let long_id = format!("UPDATE creators SET id = '{}'", "a".repeat(65));
        refused(&store, &long_id);
        refused(&store, "DELETE FROM creators");
    }
);

both!(
    async fn an_event_in_an_impossible_state_is_refused(db: TestDatabase) {
        let store = Store::open(db).await;
        let element = ready("a", "x1");
        let kept = mcnd::catalog::KeptEvent {
            element: &element,
            outcome: mcnd::model::Outcome::Orphan,
            alarm: None,
            epoch: None,
        };
        let mut tx = store.begin().await;
        tx.file_events(
            &[kept],
            &[],
            &[],
            policy(mcnd::model::Needs::default()),
            at(0),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        for change in EVENT {
            refused(&store, &format!("UPDATE events SET {change}"));
        }
    }
);

both!(
    async fn a_line_without_its_video_is_refused(db: TestDatabase) {
        let store = Store::with_videos(db, &["a"]).await;
        refused(&store, "DELETE FROM videos");
        refused(&store, "UPDATE timeline SET video_id = 'nothing'");
        refused(&store, "UPDATE timeline SET to_state = NULL");
        refused(&store, "INSERT INTO timeline SELECT * FROM timeline");
    }
);

both!(
    async fn words_that_nobody_knows_are_refused_everywhere(db: TestDatabase) {
        let store = Store::open(db).await;
        let zeroes = |count: usize| match store.db.kind() {
            Kind::Sqlite => format!("zeroblob({count})"),
            Kind::Postgres => {
                format!("decode(repeat('00', {count}), 'hex')")
            }
        };
        let credential = |kind: &str, form: &str, bytes: usize| {
            let digest = zeroes(bytes);
            format!(
                "INSERT INTO credentials (id, kind, form, digest, added_at) VALUES ('{kind}{form}', '{kind}', '{form}', {digest}, 1)"
            )
        };
        store.db.sql(&credential("crawler", "path", 32));
        refused(&store, &credential("visitor", "path", 32));
        refused(&store, &credential("crawler", "cookie", 32));
        refused(&store, &credential("callback", "path", 31));
        refused(&store, &credential("callback", "basic", 32));
        let import = |bytes: usize| {
            let digest = zeroes(bytes);
            format!(
                "INSERT INTO imports (id, source, digest, started_at) VALUES ('{bytes}', '-', {digest}, 1)"
            )
        };
        store.db.sql(&import(32));
        refused(&store, &import(33));
        let visit = |face: &str| {
            format!(
                "INSERT INTO visits (id, at, face, address, status, offered) VALUES ('{face}', 1, '{face}', '-', 200, 0)"
            )
        };
        store.db.sql(&visit("feed"));
        refused(&store, &visit("door"));
        let unchanged = |times: i64| {
            format!(
                "INSERT INTO unchanged_visits (minute, creator_id, credential_id, times) VALUES (0, '', '', {times})"
            )
        };
        refused(&store, &unchanged(0));
        store.db.sql(&unchanged(1));
        refused(&store, &unchanged(1));
        let event = |bytes: usize| {
            let digest = zeroes(bytes);
            format!(
                "INSERT INTO events (digest, received_at, outcome) VALUES ({digest}, 1, 'orphan')"
            )
        };
        store.db.sql(&event(32));
        refused(&store, &event(0));
        refused(
            &store,
            "INSERT INTO marks (name, value) VALUES ('feed_policy', 1)",
        );
    }
);

both!(
    async fn an_import_in_a_state_that_nobody_knows_is_refused(db: TestDatabase) {
        let store = Store::open(db).await;
        let import = |state: &str, bytes: usize| {
            let digest = match store.db.kind() {
                Kind::Sqlite => format!("zeroblob({bytes})"),
                Kind::Postgres => format!("decode(repeat('00', {bytes}), 'hex')"),
            };
            format!(
                "INSERT INTO import_files (id, name, recipe, made_by, added_at, changed_at, state, bytes, digest)
                 VALUES ('{state}{bytes}', '-', '{{}}', '-', 1, 1, '{state}', 1, {digest})"
            )
        };
        store.db.sql(&import("planned", 32));
        refused(&store, &import("planned", 31));
        refused(&store, &import("lost", 32));
    }
);

/// Only SQLite has to be told that a flag is a flag: Postgres has a type for it.
#[tokio::test]
async fn a_flag_is_true_or_false_on_sqlite() {
    let store = Store::with_videos(TestDatabase::sqlite(), &["a"]).await;
    for change in [
        "held = 2",
        "made_for_kids = 2",
        "private = -1",
        "explicit = 'yes'",
    ] {
        refused(&store, &format!("UPDATE videos SET {change}"));
    }
    for change in ["adopted = 2", "announced = 2"] {
        refused(&store, &format!("UPDATE creators SET {change}"));
    }
}

/// A rule of the database must be what refuses it, not a slip in the statement.
fn refused(store: &Store, statement: &str) {
    let complaint = store.db.try_sql(statement).expect_err(statement);
    let rules = [
        "constraint",
        "FOREIGN KEY",
        "cannot store",
        "invalid input syntax",
        "STRICT",
        "datatype",
    ];
    assert!(
        rules.iter().any(|rule| complaint.contains(rule)),
        "`{statement}` fails for another reason: {complaint}"
    );
}

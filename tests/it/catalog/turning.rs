//! Feeds that the clock alone changes, and what counts against a daily cap.

use std::time::Duration;

use mcnd::model::{FeedHead, Timestamp, Video};

use super::store::{CREATOR, Store, at, creator, new_creator, sound_fields, video, video_with};
use crate::harness::{both, databases::Kind, wait_until};

fn within(guid: &str, starts: Option<i64>, ends: Option<i64>) -> Video {
    let mut fields = sound_fields();
    fields.starts_at = starts.map(at);
    fields.ends_at = ends.map(at);
    video_with(guid, fields)
}

async fn head(store: &Store) -> FeedHead {
    store
        .catalog
        .feed_head(&creator(CREATOR))
        .await
        .unwrap()
        .unwrap()
}

async fn turn(store: &Store, now: Timestamp) {
    let mut tx = store.begin().await;
    tx.turn_feed(&creator(CREATOR), now).await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn the_next_change_is_the_earliest_of_all(db: TestDatabase) {
        let store = Store::with_videos(db, &["plain"]).await;
        assert_eq!(head(&store).await.changes_at, None);
        store.add(vec![within("a", Some(50), Some(70))]).await;
        assert_eq!(head(&store).await.changes_at, Some(at(50)));
        store.add(vec![within("b", None, Some(60))]).await;
        assert_eq!(head(&store).await.changes_at, Some(at(50)));
        store
            .add(vec![
                within("c", None, Some(40)),
                within("past", Some(-5), None),
            ])
            .await;
        assert_eq!(head(&store).await.changes_at, Some(at(40)));
        store
            .change("plain", at(1), |video| video.content_at = at(1))
            .await;
        assert_eq!(head(&store).await.changes_at, Some(at(40)));
    }
);

both!(
    async fn turning_holds_what_has_ended_and_finds_the_next_change(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        store
            .add(vec![
                within("a", None, Some(10)),
                within("b", Some(20), Some(40)),
                within("c", None, Some(30)),
                video("d"),
            ])
            .await;
        let mut version = head(&store).await.version;
        let expected: [(i64, &[&str], Option<i64>); 4] = [
            (10, &["c", "d"], Some(20)),
            (20, &["c", "d", "b"], Some(30)),
            (35, &["d", "b"], Some(40)),
            (40, &["d"], None),
        ];
        for (now, listed, next) in expected {
            turn(&store, at(now)).await;
            let turned = head(&store).await;
            assert_eq!(turned.changes_at, next.map(at), "at {now}");
            assert_eq!(turned.changed_at, at(now));
            assert!(turned.version > version);
            version = turned.version;
            assert_eq!(store.listed(at(now)).await, listed);
        }
        let held = store.db.value("SELECT COUNT(*) FROM videos WHERE held");
        assert_eq!(held, "3");
    }
);

both!(
    async fn feeds_to_turn_come_longest_overdue_first(db: TestDatabase) {
        let store = Store::open(db).await;
        for (id, starts) in [
            ("a", Some(30)),
            ("b", Some(10)),
            ("c", None),
            ("d", Some(10)),
        ] {
            store.add_creator(new_creator(id)).await;
            let mut video = within(id, starts, None);
            video.creator = creator(id);
            store.add(vec![video]).await;
        }
        let due = async |now, limit| store.catalog.feeds_to_turn(at(now), limit).await.unwrap();
        assert_eq!(due(9, 10).await, []);
        assert_eq!(due(10, 10).await, ["b", "d"].map(creator));
        assert_eq!(due(30, 2).await, ["b", "d"].map(creator));
        assert_eq!(due(30, 10).await, ["b", "d", "a"].map(creator));
    }
);

both!(
    async fn a_video_that_comes_while_the_feed_turns_is_not_forgotten(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        store.add(vec![within("a", None, Some(10))]).await;
        let mut adding = store.begin().await;
        let policy = adding.feed_policy().await.unwrap();
        let save = store.save(None, within("b", Some(50), None));
        adding.save(&[save], policy, at(1)).await.unwrap();
        let turning = turn(&store, at(10));
        let added = async {
            // SQLite lets nobody begin meanwhile; on Postgres the turning reads until it meets the creator's row.
            if store.db.kind() == Kind::Postgres {
                let waits = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
                wait_until("the turning waits", Duration::from_secs(10), async || {
                    (store.db.value(waits) == "1").then_some(())
                })
                .await;
            }
            adding.commit().await.unwrap();
        };
        tokio::join!(turning, added);
        assert_eq!(head(&store).await.changes_at, Some(at(50)));
    }
);

both!(
    async fn videos_reported_ready_lately_are_counted_up_to_the_cap(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b", "c", "d"]).await;
        for (text, ready_at) in [("a", 10), ("b", 20), ("c", 30)] {
            store
                .change(text, at(0), |video| {
                    video.standing.ready_at = Some(at(ready_at));
                })
                .await;
        }
        let paper = creator(CREATOR);
        let ready = async |since, cap| {
            store
                .catalog
                .ready_since(&paper, at(since), cap)
                .await
                .unwrap()
        };
        assert_eq!(ready(0, 10).await, 3);
        assert_eq!(ready(10, 10).await, 2);
        assert_eq!(ready(0, 2).await, 2);
        assert_eq!(ready(30, 10).await, 0);
        assert_eq!(
            store
                .catalog
                .ready_since(&creator("other"), at(0), 9)
                .await
                .unwrap(),
            0
        );
    }
);

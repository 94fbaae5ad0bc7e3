//! Videos: added, saved, found and listed, with timeline, counts and feed version in step.

use mcnd::{
    catalog::Error,
    model::{Change, Column, Preflight, Report, State, Video, VideoId},
};

use super::store::{Store, at, guid, guids, line, sound_fields, video, video_with};
use crate::harness::both;

/// A value for every column, in the order of [`Column::ALL`].
const FULL: [&str; 21] = [
    "<Tïtle> & 😀 \u{200f}",
    "a\n\"b\" \\ 'c' ]]>",
    "creation",
    "paper,boats",
    "fr",
    "FR",
    "https://a.example/1",
    "https://a.example/1.mp4",
    "video/mp4",
    "9007199254740993",
    "185",
    "1920",
    "1080",
    "https://a.example/1.jpg",
    "2026-09-01T09:00:00.001Z",
    "2026-09-02T09:00:00Z",
    "2036-10-01T09:00:00Z",
    "deny AT DE",
    "false",
    "true",
    "false",
];

/// A video with nothing left empty that can be filled.
fn full(text: &str) -> Video {
    let mut fields = sound_fields();
    for (column, cell) in Column::ALL.into_iter().zip(FULL) {
        fields.set(column, Some(cell)).unwrap();
    }
    let mut video = video_with(text, fields);
    video.source_guid = Some("their-1".to_owned());
    video.retry_at = Some(at(5));
    video.standing.refusal = Some("status".to_owned());
    video
}

both!(
    async fn a_video_reads_back_with_every_column(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let mut known = full("known");
        for id in ["x1", "x3", "x2"] {
            known.standing.receive(&ready(id), at(5));
        }
        known.standing.ready_at = Some(at(3));
        known.standing.failed_epoch = Some(0);
        known.standing.unusable_epoch = Some(0);
        let mut broken = video_with("broken", mcnd::model::Fields::default());
        broken.standing = mcnd::model::Standing::new(State::Draft);
        broken.broken = Preflight::default().broken(&broken.fields);
        broken.waiting_since = None;
        assert!(broken.broken.len() > 1);
        for one in [full("full"), known, broken] {
            store.add(vec![one.clone()]).await;
            assert_eq!(store.video(one.guid.as_str()).await, one);
        }
        let nothing = store.catalog.find_video(&guid("nothing")).await.unwrap();
        assert_eq!(nothing, None);
    }
);

both!(
    async fn a_saved_change_replaces_every_column_but_the_names(db: TestDatabase) {
        let store = Store::with_videos(db, &["a"]).await;
        let before = store.video("a").await;
        let mut after = full("a");
        after.standing.receive(&ready("x1"), at(5));
        after.standing.receive(&ready("x2"), at(5));
        after.standing.retry_epoch = 3;
        after.standing.failed_epoch = Some(2);
        after.standing.unusable_epoch = Some(1);
        after.waiting_since = Some(at(4));
        after.standing.ready_at = Some(at(5));
        after.content_at = at(6);
        after.source_guid = None;
        after.pins = r#"{"title":"Their title","geo":null}"#.parse().unwrap();
        store
            .change("a", at(1), |video| *video = after.clone())
            .await;
        assert_eq!(store.video("a").await, after);
        store
            .change("a", at(2), |video| *video = before.clone())
            .await;
        assert_eq!(store.video("a").await, before);
    }
);

both!(
    async fn guids_are_compared_byte_for_byte(db: TestDatabase) {
        let store = Store::with_videos(db, &["A", "a", "é", "e\u{301}", "1", "01"]).await;
        for text in ["A", "a", "é", "e\u{301}", "1", "01"] {
            assert_eq!(store.video(text).await.guid, guid(text));
        }
        let mut taken = video("a");
        taken.id = VideoId::from("another".to_owned());
        let save = store.save(None, taken);
        let mut tx = store.begin().await;
        let refused = tx
            .save(&[save], mcnd::model::FeedPolicy::default(), at(0))
            .await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
);

both!(
    async fn a_video_needs_a_creator(db: TestDatabase) {
        let store = Store::open(db).await;
        let save = store.save(None, video("a"));
        let mut tx = store.begin().await;
        let refused = tx
            .save(&[save], mcnd::model::FeedPolicy::default(), at(0))
            .await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
);

both!(
    async fn a_transaction_that_is_dropped_changes_nothing(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let before = store.creator().await;
        let mut tx = store.begin().await;
        tx.prepare_to_add().await.unwrap();
        let save = store.save(None, video("a"));
        tx.save(&[save], mcnd::model::FeedPolicy::default(), at(1))
            .await
            .unwrap();
        assert_eq!(tx.videos_of(&guids(&["a"])).await.unwrap().len(), 1);
        drop(tx);
        assert_eq!(store.creator().await, before);
        assert_eq!(store.db.value("SELECT COUNT(*) FROM videos"), "0");
        assert_eq!(store.db.value("SELECT COUNT(*) FROM timeline"), "0");
    }
);

both!(
    async fn conflicts_are_counted(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b", "c"]).await;
        for (text, ids) in [("a", &["x1"][..]), ("b", &["x1", "x2"])] {
            let receive = |video: &mut Video| {
                for id in ids {
                    video.standing.receive(&ready(id), at(5));
                }
            };
            store.change(text, at(1), receive).await;
        }
        assert_eq!(store.catalog.count_conflicts().await.unwrap(), 1);
    }
);

both!(
    async fn videos_are_found_by_many_guids(db: TestDatabase) {
        let store = Store::with_videos(db, &["c", "a", "b"]).await;
        let asked = guids(&["b", "missing", "a", "a"]);
        let found = store.catalog.videos_of(&asked).await.unwrap();
        let locked = store.begin().await.videos_of(&asked).await.unwrap();
        assert_eq!(found, [store.video("a").await, store.video("b").await]);
        assert_eq!(locked, found);
        assert_eq!(store.catalog.videos_of(&[]).await.unwrap(), []);
    }
);

both!(
    async fn waiting_videos_with_needs_are_listed(db: TestDatabase) {
        let store = Store::with_videos(db, &["plain"]).await;
        for (text, column) in [("kids", Column::MadeForKids), ("private", Column::Private)] {
            let mut fields = sound_fields();
            fields.set(column, Some("true")).unwrap();
            store.add(vec![video_with(text, fields)]).await;
        }
        let needing = async |after: Option<&VideoId>, limit| {
            let found = store.catalog.videos_with_needs(after, limit).await.unwrap();
            found.into_iter().map(|video| video.id).collect::<Vec<_>>()
        };
        let ids = ["v-kids", "v-private"].map(|id| VideoId::from(id.to_owned()));
        assert_eq!(needing(None, 10).await, ids);
        assert_eq!(needing(None, 1).await, ids[..1]);
        assert_eq!(needing(Some(&ids[0]), 10).await, ids[1..]);
        store
            .change("kids", at(1), |video| video.standing.take_down().unwrap())
            .await;
        assert_eq!(needing(None, 10).await, ids[1..]);
    }
);

both!(
    async fn counts_follow_every_move(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b", "c"]).await;
        let steps: [(&str, State); 8] = [
            ("a", State::Draft),
            ("b", State::Refused),
            ("c", State::Pushing),
            ("a", State::Waiting),
            ("b", State::Waiting),
            ("c", State::Removed),
            ("b", State::Removed),
            ("a", State::Removed),
        ];
        for (at_step, (text, state)) in steps.into_iter().enumerate() {
            store
                .change(text, at(1), |video| video.standing.state = state)
                .await;
            let counts = store.creator().await.counts;
            for state in State::ALL {
                let select = format!("SELECT COUNT(*) FROM videos WHERE state = '{state}'");
                let counted = store.db.value(&select);
                assert_eq!(
                    counts.of(state).to_string(),
                    counted,
                    "step {at_step}, {state}"
                );
            }
        }
    }
);

both!(
    async fn the_feed_version_moves_exactly_when_the_feed_could_change(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        store
            .change("b", at(0), |video| {
                video.standing.receive(&ready("x1"), at(5));
            })
            .await;
        let version = async || store.creator().await.feed_version;
        let mut before = version().await;
        let mut moved = async || {
            let after = version().await;
            std::mem::replace(&mut before, after) != after
        };
        store
            .change("b", at(1), |video| video.content_at = at(1))
            .await;
        assert!(!moved().await, "an imported video is in no feed");
        store
            .change("a", at(2), |video| video.content_at = at(2))
            .await;
        assert!(moved().await, "a listed video was edited");
        assert_eq!(store.creator().await.feed_changed_at, at(2));
        store
            .change("a", at(3), |video| video.standing.judge(true))
            .await;
        assert!(moved().await, "a listed video left");
        store
            .change("a", at(4), |video| video.content_at = at(4))
            .await;
        assert!(!moved().await, "a draft is in no feed");
        store
            .change("a", at(5), |video| video.standing.judge(false))
            .await;
        assert!(moved().await, "a draft was let go");
        store
            .change("b", at(6), |video| video.standing.take_down().unwrap())
            .await;
        assert!(!moved().await, "an imported video was taken down");
        store
            .change("a", at(6), |video| video.standing.take_down().unwrap())
            .await;
        assert!(moved().await, "a listed video was taken down");
        assert_eq!(store.creator().await.feed_changed_at, at(6));
    }
);

both!(
    async fn the_timeline_keeps_every_line_in_order(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        store
            .change("a", at(1), |video| video.standing.judge(true))
            .await;
        let mut taken = store.video("a").await;
        taken.standing.take_down().unwrap();
        let mut save = store.save(Some(State::Draft), taken.clone());
        save.line.what = Change::TakenDown;
        save.line.detail = Some("because\nof \"this\" é😀".to_owned());
        store.save_at(vec![save.clone()], at(2)).await;
        let lines = store.catalog.timeline(&taken.id, 10).await.unwrap();
        let expected = [
            line(Change::Added, None, State::Waiting),
            line(Change::Edited, Some(State::Waiting), State::Draft),
            save.line,
        ];
        assert_eq!(lines, expected);
        let first = store.catalog.timeline(&taken.id, 1).await.unwrap();
        assert_eq!(first, expected[..1]);
        let other = store.video("b").await;
        assert_eq!(
            store.catalog.timeline(&other.id, 10).await.unwrap().len(),
            1
        );
    }
);

fn ready(remote_id: &str) -> Report {
    Report::Ready {
        remote_id: remote_id.to_owned(),
        odd: false,
    }
}

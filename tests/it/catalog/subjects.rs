//! Reports on their way into videos: what they move, and that nobody else moves it meanwhile.

use mcnd::{
    catalog::{Catalog, Subject},
    model::{Change, Needs, Report, State},
};

use super::store::{CREATOR, Store, at, creator, guid, guids, line, policy, video};
use crate::harness::both;

fn ready(remote_id: &str) -> Report {
    Report::Ready {
        remote_id: remote_id.to_owned(),
        odd: false,
    }
}

/// Lets reports act on videos, as the inbox does.
async fn report(store: &Store, texts: &[&str], mut act: impl FnMut(&mut Subject)) {
    let mut tx = store.begin().await;
    let mut subjects = tx.subjects(&guids(texts)).await.unwrap();
    let mut lines = Vec::new();
    for subject in &mut subjects {
        let before = subject.standing.state;
        act(subject);
        let what = line(Change::Reported, Some(before), subject.standing.state);
        lines.push((subject.id.clone(), store.line_id(), what));
    }
    let moved = subjects.iter().collect::<Vec<_>>();
    tx.file_events(&[], &moved, &lines, policy(Needs::default()), at(5))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn a_subject_shows_what_a_report_can_move(db: TestDatabase) {
        let store = Store::with_videos(db, &["b", "a"]).await;
        store
            .change("a", at(1), |video| {
                video.standing.receive(&ready("x1"), at(1));
                video.standing.receive(&ready("x2"), at(1));
                video.standing.retry_epoch = 2;
                video.standing.failed_epoch = Some(1);
                video.standing.refusal = Some("why".to_owned());
                video.standing.ready_at = Some(at(1));
            })
            .await;
        let subjects = store.subjects(&["missing", "a", "b", "a"]).await;
        assert_eq!(subjects.len(), 2);
        for subject in subjects {
            let video = store.video(subject.guid.as_str()).await;
            assert_eq!((&subject.id, &subject.creator), (&video.id, &video.creator));
            assert_eq!(subject.standing, video.standing);
        }
        assert_eq!(store.subjects(&[]).await, []);
    }
);

both!(
    async fn a_report_moves_its_video_and_nothing_beside_it(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        let (mut expected, beside) = (store.video("a").await, store.video("b").await);
        let version = store.creator().await.feed_version;
        report(&store, &["a"], |subject| {
            subject.standing.receive(&ready("x1"), at(5));
            subject.standing.receive(&ready("x2"), at(5));
            subject.standing.ready_at = Some(at(5));
        })
        .await;
        expected.standing.receive(&ready("x1"), at(5));
        expected.standing.receive(&ready("x2"), at(5));
        expected.standing.ready_at = Some(at(5));
        assert_eq!(store.video("a").await, expected);
        assert_eq!(store.video("b").await, beside);
        let creator = store.creator().await;
        assert_eq!(creator.feed_version, version + 1);
        assert_eq!(creator.feed_changed_at, at(5));
        let counts = State::ALL.map(|state| creator.counts.of(state));
        assert_eq!(counts, [0, 1, 0, 1, 0, 0]);
        let lines = store.catalog.timeline(&expected.id, 10).await.unwrap();
        let last = line(Change::Reported, Some(State::Waiting), State::Imported);
        assert_eq!(lines.last(), Some(&last));
        assert_eq!(lines.len(), 2);
        assert_eq!(store.listed(at(9)).await, ["b"]);
    }
);

both!(
    async fn a_second_report_of_an_imported_video_leaves_the_feed_alone(db: TestDatabase) {
        let store = Store::with_videos(db, &["a"]).await;
        let act = |subject: &mut Subject| {
            subject.standing.receive(&ready("x1"), at(5));
        };
        report(&store, &["a"], act).await;
        let before = store.creator().await;
        report(&store, &["a"], act).await;
        assert_eq!(store.creator().await, before);
        report(&store, &[], act).await;
    }
);

both!(
    async fn an_unusable_id_takes_the_video_off_the_shelf_until_a_retry(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        let version = store.creator().await.feed_version;
        report(&store, &["a"], |subject| {
            subject.standing.receive(&Report::ReadyUnusable, at(5));
        })
        .await;
        assert_eq!(store.listed(at(9)).await, ["b"]);
        assert!(store.creator().await.feed_version > version);
        let needs = store.db.value("SELECT needs FROM videos WHERE guid = 'a'");
        assert_eq!(needs, Needs::NEVER.bits().to_string());
        store
            .change("a", at(9), |video| video.standing.retry().unwrap())
            .await;
        assert_eq!(store.listed(at(9)).await, ["a", "b"]);
    }
);

both!(
    async fn a_refused_video_leaves_the_shelf(db: TestDatabase) {
        let store = Store::with_videos(db, &["a"]).await;
        report(&store, &["a"], |subject| {
            let failure = Report::Failure {
                status: "error".to_owned(),
            };
            subject.standing.receive(&failure, at(5));
        })
        .await;
        assert_eq!(store.listed(at(9)).await, Vec::<String>::new());
        let refused = store.video("a").await;
        assert_eq!(refused.standing.state, State::Refused);
        assert_eq!(refused.standing.failed_epoch, Some(0));
        assert_eq!(refused.standing.refusal.as_deref(), Some("error"));
    }
);

both!(
    async fn transactions_on_the_same_video_lose_nothing(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        let writers = (0..16).map(|number| {
            let catalog = store.catalog.clone();
            let line_id = store.line_id();
            async move { one_more_id(&catalog, number, line_id).await }
        });
        futures_util::future::join_all(writers).await;
        for text in ["a", "b"] {
            let video = store.video(text).await;
            assert_eq!(video.standing.remote_ids().count(), 16, "{text}");
        }
        assert_eq!(store.creator().await.counts.of(State::Imported), 2);
    }
);

/// Adds a remote id to both videos: half of the writers as reports do, half of them as operators do.
async fn one_more_id(catalog: &Catalog, number: usize, line_id: String) {
    let report = ready(&format!("x{number}"));
    let mut tx = catalog.begin().await.unwrap();
    if number.is_multiple_of(2) {
        let mut subjects = tx.subjects(&guids(&["b", "a"])).await.unwrap();
        for subject in &mut subjects {
            subject.standing.receive(&report, at(5));
        }
        let said = line(Change::Reported, None, State::Imported);
        let lines = [(subjects[0].id.clone(), line_id, said)];
        let moved = subjects.iter().collect::<Vec<_>>();
        tx.file_events(&[], &moved, &lines, policy(Needs::default()), at(5))
            .await
            .unwrap();
    } else {
        let videos = tx.videos_of(&guids(&["a", "b"])).await.unwrap();
        let saves = videos.into_iter().enumerate().map(|(place, mut video)| {
            let before = Some(video.standing.state);
            video.standing.receive(&report, at(5));
            mcnd::catalog::Save {
                before,
                line_id: format!("{line_id}-{place}"),
                line: line(Change::Edited, before, State::Imported),
                video,
            }
        });
        let saves = saves.collect::<Vec<_>>();
        let policy = tx.feed_policy().await.unwrap();
        tx.save(&saves[..], policy, at(5)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

both!(
    async fn a_report_waits_for_the_video_that_is_being_added(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let mut adding = store.begin().await;
        adding.prepare_to_add().await.unwrap();
        let catalog = store.catalog.clone();
        let reporting = async {
            let mut tx = catalog.begin().await.unwrap();
            tx.subjects(&guids(&["a"])).await.unwrap().len()
        };
        let adding = async {
            tokio::task::yield_now().await;
            let orphans = adding.orphans_of(&guids(&["a"])).await.unwrap();
            assert_eq!(orphans, []);
            let save = store.save(None, video("a"));
            let policy = adding.feed_policy().await.unwrap();
            adding.save(&[save], policy, at(0)).await.unwrap();
            adding.commit().await.unwrap();
        };
        let (seen, ()) = tokio::join!(reporting, adding);
        assert_eq!(
            seen, 1,
            "a report missed the video and would stay an orphan"
        );
        let found = store.catalog.find_video(&guid("a")).await.unwrap().unwrap();
        assert_eq!(found.creator, creator(CREATOR));
    }
);

//! A job means what was there and was found when it was confirmed, and each thing once.

use std::time::Duration;

use mcnd::{
    app::{BulkTask, CreatorChoice, EventRange, VideoQuery},
    model::{BulkState, CreatorStatus, Outcome, State},
};
use serde_json::json;
use tokio::time::Instant;

use super::{add, filled, guid, of_a, refuse, refuse_again, retry_of_a};
use crate::harness::{
    app::TestApp,
    both,
    given::{ready, row},
};

both!(
    async fn what_comes_after_the_confirmation_is_not_meant(db: TestDatabase) {
        let test = filled(db, 6).await;
        refuse(&test, 0..4).await;
        let job = test.confirmed(retry_of_a()).await;
        // A new video, one that is refused only now, one that was refused and is imported now.
        add(&test, 6..7).await;
        refuse(&test, 6..7).await;
        refuse(&test, 4..5).await;
        test.deliver(&json!([ready(&guid(0), "x0")])).await;
        let job = test.walked(&job).await;
        assert_eq!(job.state, BulkState::Done);
        assert_eq!(
            (job.counts.done, job.counts.unchanged, job.gone()),
            (3, 1, 0)
        );
        let [(subject, reason)] = test.reasons(&job).await.try_into().unwrap();
        assert_eq!(subject, guid(4));
        assert!(reason.contains("after the job was confirmed"), "{reason}");
        let epochs = "state = 'refused' AND retry_epoch = 0 AND guid IN ('v0004', 'v0006')";
        assert_eq!(test.count(epochs), 2);
    }
);

both!(
    async fn creators_added_after_the_confirmation_are_not_meant(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let all = BulkTask::Pause(CreatorChoice::default());
        let job = test.confirmed(all).await;
        test.creator("b").await;
        let job = test.walked(&job).await;
        assert_eq!((job.state, job.counts.done), (BulkState::Done, 1));
        let creator = test.app.creator(&"b".parse().unwrap()).await.unwrap();
        assert_eq!(creator.status, CreatorStatus::Active);
    }
);

both!(
    async fn creators_resumed_after_the_confirmation_are_left_to_a_look(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for id in ["a", "b"] {
            test.creator(id).await;
        }
        test.set_status("b", CreatorStatus::Paused).await;
        test.set_status("b", CreatorStatus::Active).await;
        let all = BulkTask::Pause(CreatorChoice::default());
        let job = test.confirmed(all).await;
        test.set_status("a", CreatorStatus::Paused).await;
        test.set_status("a", CreatorStatus::Active).await;
        let job = test.walked(&job).await;
        assert_eq!((job.counts.done, job.counts.unchanged), (1, 1));
        let reasons = test.reasons(&job).await;
        assert_eq!(reasons[0].0, "a");
        assert!(reasons[0].1.contains("after the job was confirmed"));
        let creator = test.app.creator(&"a".parse().unwrap()).await.unwrap();
        assert_eq!(creator.status, CreatorStatus::Active);
    }
);

both!(
    async fn events_received_after_the_confirmation_are_not_replayed(db: TestDatabase) {
        let test = filled(db, 2).await;
        test.deliver(&json!([ready(&guid(0), "x0")])).await;
        let of_ready = EventRange {
            outcome: Some(Outcome::Ready),
            ..EventRange::default()
        };
        let job = test.confirmed(BulkTask::Replay(of_ready)).await;
        test.deliver(&json!([ready(&guid(1), "x1")])).await;
        let job = test.walked(&job).await;
        assert_eq!(job.state, BulkState::Done);
        assert_eq!((job.planned, job.counts.total()), (1, 1));
    }
);

both!(
    async fn what_was_edited_since_is_left_to_a_look(db: TestDatabase) {
        let test = filled(db, 3).await;
        let waiting = VideoQuery {
            state: Some(State::Waiting),
            ..of_a()
        };
        let job = test.confirmed(BulkTask::TakeDown(waiting)).await;
        let other = row("a", &guid(1), &json!({ "title": "Another one" }));
        test.import(&[other]).await;
        let job = test.walked(&job).await;
        assert_eq!((job.counts.done, job.counts.unchanged), (2, 1));
        assert_eq!(test.state(&guid(1)).await, "waiting");
    }
);

both!(
    async fn what_comes_back_into_the_query_is_not_changed_twice(db: TestDatabase) {
        const VIDEOS: usize = 1_000;
        let test = filled(db, VIDEOS).await;
        refuse(&test, 0..VIDEOS).await;
        let job = test.confirmed(retry_of_a()).await;
        let walking = test.app.walk_bulk_jobs();
        let refusing = async {
            for round in 1..8 {
                refuse_again(&test, 0..VIDEOS, round).await;
            }
        };
        let (walked, ()) = tokio::join!(walking, refusing);
        walked.unwrap();
        let job = test.app.bulk_job(&job.id).await.unwrap();
        assert_eq!((job.state, job.counts.done), (BulkState::Done, 1_000));
        assert_eq!(test.count("retry_epoch = 1"), VIDEOS);
        let lines = "SELECT COUNT(*) FROM timeline WHERE what = 'retried'";
        assert_eq!(test.database.value(lines), VIDEOS.to_string());
    }
);

both!(
    async fn callbacks_go_between_the_chunks(db: TestDatabase) {
        const VIDEOS: usize = 3_000;
        let test = filled(db, VIDEOS).await;
        refuse(&test, 0..VIDEOS - 100).await;
        test.confirmed(retry_of_a()).await;
        let started = Instant::now();
        let walking = async {
            test.app.walk_bulk_jobs().await.unwrap();
            started.elapsed()
        };
        let calling = async {
            let mut answered = Vec::new();
            for number in VIDEOS - 100..VIDEOS - 90 {
                test.deliver(&json!([ready(&guid(number), &format!("x{number}"))]))
                    .await;
                answered.push(started.elapsed());
            }
            answered
        };
        let (walked, answered) = tokio::join!(walking, calling);
        let meanwhile = answered.iter().filter(|at| **at < walked).count();
        assert!(
            meanwhile >= 5,
            "{answered:?} while the walk took {walked:?}"
        );
    }
);

both!(
    async fn two_daemons_share_the_walks_and_change_nothing_twice(db: TestDatabase) {
        const VIDEOS: usize = 2_000;
        let test = filled(db, VIDEOS).await;
        refuse(&test, 0..VIDEOS).await;
        let other = test.beside().await;
        let job = test.confirmed(retry_of_a()).await;
        let (one, two) = tokio::join!(test.app.walk_bulk_jobs(), other.app.walk_bulk_jobs());
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one + two >= VIDEOS as u64, "{one} and {two}");
        let job = test.app.bulk_job(&job.id).await.unwrap();
        assert_eq!((job.state, job.counts.done), (BulkState::Done, 2_000));
        assert_eq!(test.count("retry_epoch = 1 AND state = 'waiting'"), VIDEOS);
        let lines = "SELECT COUNT(*) FROM timeline WHERE what = 'retried'";
        assert_eq!(test.database.value(lines), VIDEOS.to_string());
    }
);

both!(
    async fn a_job_whose_walker_is_gone_is_taken_over_when_its_lease_ends(db: TestDatabase) {
        let test = filled(db, 10).await;
        refuse(&test, 0..10).await;
        let job = test.confirmed(retry_of_a()).await;
        // As somebody leaves it who dies right after the claim.
        test.database
            .sql("UPDATE bulk_jobs SET lease = 'gone', lease_until = 9000000000000");
        test.database.sql(match test.database.kind() {
            crate::harness::databases::Kind::Sqlite => {
                "UPDATE bulk_jobs SET lease_until = planned_at + 4000"
            }
            crate::harness::databases::Kind::Postgres => {
                "UPDATE bulk_jobs SET lease_until = CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) + 1500"
            }
        });
        assert_eq!(test.walked(&job).await.counts.done, 0);
        test.advance(Duration::from_secs(5));
        crate::harness::wait_until("the lease's end", Duration::from_secs(30), async || {
            let job = test.walked(&job).await;
            (job.state == BulkState::Done && job.counts.done == 10).then_some(())
        })
        .await;
    }
);

//! What each action does to what its query finds.

use mcnd::{
    app::{AuditQuery, BulkTask, CreatorChoice, EventRange, VideoQuery},
    model::{BulkCounts, BulkState, CreatorStatus, Outcome, State, Words},
};
use serde_json::json;

use super::{add, filled, guid, of_a, refuse, retry_of_a};
use crate::harness::{
    app::{NOON, TestApp},
    both,
    given::{by, ready, row},
};

/// More than two chunks.
const VIDEOS: usize = 450;

both!(
    async fn a_plan_counts_exactly_shows_the_first_and_changes_nothing(db: TestDatabase) {
        let test = filled(db, 60).await;
        refuse(&test, 0..50).await;
        let job = test.plan(retry_of_a()).await;
        assert_eq!((job.planned, job.state), (50, BulkState::Planned));
        let sample = test.app.bulk_sample(&job).await.unwrap();
        assert_eq!(sample.len(), 20);
        assert_eq!(sample[0].subject, guid(0));
        assert_eq!(sample[0].standing, "refused: failed");
        let by_words = VideoQuery {
            words: Some(Words::from("v001")),
            ..of_a()
        };
        assert_eq!(test.plan(BulkTask::TakeDown(by_words)).await.planned, 10);
        let reason = VideoQuery {
            refusal: Some("failed".to_owned()),
            ..VideoQuery::default()
        };
        assert_eq!(test.plan(BulkTask::TakeDown(reason)).await.planned, 50);
        let walked = test.walked(&job).await;
        assert_eq!(
            (walked.state, walked.counts.total()),
            (BulkState::Planned, 0)
        );
        assert_eq!(test.count("state = 'refused'"), 50);
    }
);

both!(
    async fn a_retry_offers_refused_videos_again_and_timelines_name_the_job(db: TestDatabase) {
        let test = filled(db, VIDEOS).await;
        refuse(&test, 0..VIDEOS - 10).await;
        let job = test.carried_out(retry_of_a()).await;
        assert_eq!(job.counts.done, 440);
        assert_eq!(job.counts.total(), 440);
        assert_eq!(
            test.count("state = 'waiting' AND retry_epoch = 1 AND refusal IS NULL"),
            440
        );
        assert_eq!(test.feed_guids("a").await.len(), VIDEOS);
        let video = test.app.video(&guid(7).parse().unwrap()).await.unwrap();
        let line = test.app.timeline(&video).await.unwrap().pop().unwrap();
        assert_eq!(line.by, by().name);
        assert_eq!(line.detail, Some(format!("job {}", job.id)));
        let creator = test.app.creator(&"a".parse().unwrap()).await.unwrap();
        assert_eq!(creator.counts.of(State::Waiting), 450);
        let of_job = AuditQuery::OfObject(job.id.to_string());
        let audit = test.app.audit(&of_job, None, 10).await.unwrap();
        let actions: Vec<_> = audit.iter().map(|line| line.action.code()).collect();
        assert_eq!(actions, ["job.end", "job.confirm", "job.plan"]);
        assert!(audit[0].after.as_ref().unwrap().contains("\"done\":440"));
    }
);

both!(
    async fn what_the_rules_do_not_allow_is_told_with_the_reason(db: TestDatabase) {
        let test = filled(db, 3).await;
        refuse(&test, 0..2).await;
        // Refused and then edited so that it breaks a rule: it stays refused.
        let broken = row("a", &guid(1), &json!({ "category": "" }));
        test.import(&[broken]).await;
        let job = test.carried_out(retry_of_a()).await;
        assert_eq!(
            job.counts,
            BulkCounts {
                done: 1,
                unchanged: 0,
                refused: 1
            }
        );
        let [(subject, reason)] = test.reasons(&job).await.try_into().unwrap();
        assert_eq!(subject, guid(1));
        assert!(reason.contains("can't go out"), "{reason}");
        // Of videos that wait there is nothing to retry.
        let waiting = VideoQuery {
            state: Some(State::Waiting),
            ..of_a()
        };
        let job = test.carried_out(BulkTask::retry(waiting, None)).await;
        assert_eq!((job.counts.done, job.counts.refused), (0, 2));
    }
);

both!(
    async fn a_retry_for_later_is_listed_later(db: TestDatabase) {
        let test = filled(db, 3).await;
        refuse(&test, 0..3).await;
        let later = NOON.after(std::time::Duration::from_hours(1));
        test.carried_out(BulkTask::retry(of_a(), Some(later))).await;
        assert_eq!(test.feed_guids("a").await, [""; 0]);
        test.clock.set(later);
        assert_eq!(test.feed_guids("a").await.len(), 3);
    }
);

both!(
    async fn taking_down_leaves_what_is_down_already_out_of_the_count(db: TestDatabase) {
        let test = filled(db, VIDEOS).await;
        test.deliver(&json!([ready(&guid(5), "x5")])).await;
        test.app
            .take_down_video(guid(9).parse().unwrap(), by())
            .await
            .unwrap();
        let job = test.confirmed(BulkTask::TakeDown(of_a())).await;
        assert_eq!(job.planned, 449);
        // Imported meanwhile: whoever takes down all of a creator means it still.
        test.deliver(&json!([ready(&guid(6), "x6")])).await;
        let job = test.walked(&job).await;
        assert_eq!((job.counts.done, job.counts.total()), (449, 449));
        assert_eq!(test.count("state = 'removed'"), VIDEOS);
        assert_eq!(test.feed_guids("a").await, [""; 0]);
        assert_eq!(test.plan(BulkTask::TakeDown(of_a())).await.planned, 0);
    }
);

both!(
    async fn everything_is_never_meant_by_accident(db: TestDatabase) {
        let test = filled(db, 1).await;
        for task in [
            BulkTask::TakeDown(VideoQuery::default()),
            BulkTask::Replay(EventRange::default()),
        ] {
            let refused = test.app.plan_bulk(by(), task).await.unwrap_err();
            assert!(refused.to_string().starts_with("say which"), "{refused}");
        }
    }
);

both!(
    async fn replayed_events_do_what_their_arrival_should_have_done(db: TestDatabase) {
        let test = filled(db, 250).await;
        let events: Vec<_> = (0..250).map(|number| ready(&guid(number), "x1")).collect();
        test.deliver(&json!(events)).await;
        // As if all had stayed orphans, and the text of one were gone.
        test.database.sql(
            "UPDATE creators SET videos_waiting = 250, videos_imported = 0;
             UPDATE videos SET state = 'waiting', remote_id = NULL, ready_at = NULL, relisted_from = NULL,
                    listed_from = waiting_since;
             UPDATE events SET outcome = 'orphan', epoch = NULL;
             UPDATE events SET raw = NULL WHERE guid = 'v0003'",
        );
        let orphans = EventRange {
            outcome: Some(Outcome::Orphan),
            ..EventRange::default()
        };
        let job = test.carried_out(BulkTask::Replay(orphans)).await;
        assert_eq!(
            (job.planned, job.counts.done, job.counts.refused),
            (250, 249, 1)
        );
        assert_eq!(test.count("state = 'imported'"), 249);
        let video = test.app.video(&guid(7).parse().unwrap()).await.unwrap();
        let line = test.app.timeline(&video).await.unwrap().pop().unwrap();
        assert_eq!(line.by, format!("replay of job {}", job.id));
        let again = EventRange {
            outcome: Some(Outcome::Ready),
            ..EventRange::default()
        };
        let job = test.carried_out(BulkTask::Replay(again)).await;
        assert_eq!((job.counts.done, job.counts.unchanged), (0, 249));
    }
);

async fn creators(test: &TestApp) -> Vec<(String, CreatorStatus)> {
    let creators = test.app.list_creators(None, 500).await.unwrap();
    let standing = creators.into_iter();
    standing
        .map(|creator| (creator.id.to_string(), creator.status))
        .collect()
}

both!(
    async fn creators_are_paused_and_resumed_by_a_search(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for number in 0..120 {
            test.creator(&format!("c{number}")).await;
        }
        test.set_status("c1", CreatorStatus::Rejected).await;
        let found = CreatorChoice {
            words: Some(Words::from("c1")),
            ..CreatorChoice::default()
        };
        let job = test.carried_out(BulkTask::Pause(found)).await;
        // c10 to c19 and c100 to c119; c1 itself is none of the network any more.
        assert_eq!((job.planned, job.counts.done), (30, 30));
        let paused = |(_, status): &&(String, CreatorStatus)| *status == CreatorStatus::Paused;
        assert_eq!(creators(&test).await.iter().filter(paused).count(), 30);
        let some = CreatorChoice {
            ids: ["c10", "c11", "c2"].map(|id| id.parse().unwrap()).into(),
            ..CreatorChoice::default()
        };
        let job = test.carried_out(BulkTask::Resume(some)).await;
        assert_eq!((job.planned, job.counts.done), (2, 2));
        assert_eq!(creators(&test).await.iter().filter(paused).count(), 28);
        let of_c10 = AuditQuery::OfObject("c10".to_owned());
        let audit = test.app.audit(&of_c10, None, 1).await.unwrap();
        let after = audit[0].after.clone().unwrap();
        assert!(after.contains(job.id.as_str()), "{after}");
    }
);

both!(
    async fn videos_added_after_a_plan_are_meant_until_it_is_confirmed(db: TestDatabase) {
        let test = filled(db, 2).await;
        let job = test.plan(BulkTask::TakeDown(of_a())).await;
        add(&test, 2..4).await;
        test.advance(std::time::Duration::from_secs(1));
        let confirm = mcnd::model::BulkStep::Confirm;
        test.app
            .step_bulk(by(), job.id.clone(), confirm)
            .await
            .unwrap();
        let job = test.walked(&job).await;
        assert_eq!((job.planned, job.counts.done, job.gone()), (2, 4, 0));
    }
);

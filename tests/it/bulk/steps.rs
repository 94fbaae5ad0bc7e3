//! Confirming, pausing, resuming and cancelling, and what is kept of a job.

use std::time::Duration;

use mcnd::{
    app::Error,
    model::{BulkResult, BulkState, BulkStep, RunOutcome},
};

use super::{add, filled, refuse, retry_of_a};
use crate::harness::{app::TestApp, both, databases::TestDatabase, given::by};

/// More than two chunks.
const VIDEOS: usize = 450;

async fn step(
    test: &TestApp,
    job: &mcnd::app::BulkJob,
    step: BulkStep,
) -> Result<BulkState, Error> {
    let job = test.app.step_bulk(by(), job.id.clone(), step).await;
    job.map(|job| job.state)
}

both!(
    async fn a_paused_job_rests_until_it_is_resumed(db: TestDatabase) {
        let test = filled(db, VIDEOS).await;
        refuse(&test, 0..VIDEOS).await;
        let job = test.confirmed(retry_of_a()).await;
        assert_eq!(
            step(&test, &job, BulkStep::Pause).await.unwrap(),
            BulkState::Paused
        );
        assert_eq!(test.walked(&job).await.counts.total(), 0);
        let twice = step(&test, &job, BulkStep::Pause).await.unwrap_err();
        assert!(matches!(twice, Error::Conflict(_)), "{twice}");
        assert_eq!(
            step(&test, &job, BulkStep::Resume).await.unwrap(),
            BulkState::Running
        );
        let job = test.walked(&job).await;
        assert_eq!((job.state, job.counts.done), (BulkState::Done, 450));
    }
);

both!(
    async fn a_walk_sees_a_pause_and_goes_on_where_it_stopped(db: TestDatabase) {
        const MANY: usize = 3_000;
        let test = filled(db, MANY).await;
        refuse(&test, 0..MANY).await;
        let job = test.confirmed(retry_of_a()).await;
        let walking = test.app.walk_bulk_jobs();
        let pausing = async {
            // Once the walk has begun.
            crate::harness::wait_until("a chunk", Duration::from_secs(30), async || {
                let job = test.app.bulk_job(&job.id).await.unwrap();
                (job.counts.done > 0).then_some(())
            })
            .await;
            step(&test, &job, BulkStep::Pause).await
        };
        let (walked, paused) = tokio::join!(walking, pausing);
        walked.unwrap();
        assert_eq!(paused.unwrap(), BulkState::Paused);
        let resting = test.app.bulk_job(&job.id).await.unwrap();
        let done = resting.counts.done;
        assert!((1..3_000).contains(&done), "{done}");
        assert_eq!(
            test.count("retry_epoch = 1"),
            usize::try_from(done).unwrap()
        );
        step(&test, &job, BulkStep::Resume).await.unwrap();
        let job = test.walked(&job).await;
        assert_eq!((job.state, job.counts.done), (BulkState::Done, 3_000));
        assert_eq!(test.count("retry_epoch = 1"), MANY);
    }
);

both!(
    async fn a_cancelled_job_never_goes_on(db: TestDatabase) {
        let test = filled(db, 5).await;
        refuse(&test, 0..5).await;
        let job = test.confirmed(retry_of_a()).await;
        step(&test, &job, BulkStep::Cancel).await.unwrap();
        for next in [BulkStep::Resume, BulkStep::Confirm, BulkStep::Cancel] {
            let refused = step(&test, &job, next).await.unwrap_err();
            assert!(refused.to_string().contains("is cancelled"), "{refused}");
        }
        assert_eq!(test.walked(&job).await.counts.total(), 0);
        assert_eq!(test.count("state = 'refused'"), 5);
    }
);

both!(
    async fn a_plan_is_agreed_to_once_and_within_an_hour(db: TestDatabase) {
        let test = filled(db, 1).await;
        let job = test.confirmed(retry_of_a()).await;
        let twice = step(&test, &job, BulkStep::Confirm).await.unwrap_err();
        assert!(twice.to_string().contains("is running"), "{twice}");
        let old = test.plan(retry_of_a()).await;
        test.advance(Duration::from_mins(61));
        let late = step(&test, &old, BulkStep::Confirm).await.unwrap_err();
        assert!(late.to_string().contains("plan it again"), "{late}");
        let unknown = mcnd::model::BulkJobId::from("nothing".to_owned());
        let unknown = test.app.step_bulk(by(), unknown, BulkStep::Cancel).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))));
    }
);

both!(
    async fn a_job_that_meets_a_fault_says_so_and_can_be_resumed(db: TestDatabase) {
        let test = filled(db, 3).await;
        refuse(&test, 0..3).await;
        let job = test.confirmed(retry_of_a()).await;
        test.database
            .sql("UPDATE videos SET broken = 'no_such_rule' WHERE guid = 'v0001'");
        let failed = test.walked(&job).await;
        assert_eq!(failed.state, BulkState::Failed);
        assert!(failed.message.is_some());
        test.database
            .sql("UPDATE videos SET broken = NULL WHERE guid = 'v0001'");
        step(&test, &job, BulkStep::Resume).await.unwrap();
        let job = test.walked(&job).await;
        assert_eq!(
            (job.state, job.counts.done, job.message),
            (BulkState::Done, 3, None)
        );
    }
);

both!(
    async fn a_job_that_can_not_be_read_is_shown_and_ended_and_hinders_no_other(db: TestDatabase) {
        let test = filled(db, 3).await;
        refuse(&test, 0..3).await;
        let sick = test.confirmed(retry_of_a()).await;
        let planned = test.plan(retry_of_a()).await;
        let query = r#"{"creator":"a","colour":"red"}"#;
        for id in [&sick.id, &planned.id] {
            let sql = format!("UPDATE bulk_jobs SET query = '{query}' WHERE id = '{id}'");
            test.database.sql(&sql);
        }
        let healthy = test.confirmed(retry_of_a()).await;
        let healthy = test.walked(&healthy).await;
        assert_eq!(
            (healthy.state, healthy.counts.done),
            (BulkState::Done, 3),
            "whichever was walked first, only one could do it"
        );
        let listed = test.app.list_bulk_jobs(None, 10).await.unwrap();
        let states: Vec<_> = listed.iter().map(|job| job.state).collect();
        assert_eq!(
            states,
            [BulkState::Done, BulkState::Planned, BulkState::Failed]
        );
        let told = mcnd::app::bulk_facts(&listed[2]);
        let told = told["query"]["unreadable"].as_str().unwrap();
        assert!(told.contains("`colour`"), "{told}");
        for job in [sick, planned] {
            let cancelled = step(&test, &job, BulkStep::Cancel).await.unwrap();
            assert_eq!(cancelled, BulkState::Cancelled);
        }
    }
);

both!(
    async fn the_first_ten_thousand_results_of_a_job_are_kept(db: TestDatabase) {
        let test = filled(db, 1).await;
        let job = test.confirmed(retry_of_a()).await;
        let results: Vec<_> = (0..6_000)
            .map(|number| BulkResult::refused(number.to_string(), "no"))
            .collect();
        let catalog = mcnd::catalog::Catalog::open(&test.app.config().database)
            .await
            .unwrap();
        for _time in 0..2 {
            let mut tx = catalog.begin().await.unwrap();
            tx.note_bulk_job(&job, &results).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(
            test.database.value("SELECT COUNT(*) FROM bulk_results"),
            "10000"
        );
        let last = catalog.bulk_results(&job.id, 9_999, 10).await.unwrap();
        assert_eq!((last.len(), last[0].0), (1, 10_000));
        catalog.close().await;
    }
);

both!(
    async fn jobs_are_forgotten_when_retention_is_over(db: TestDatabase) {
        let test = filled(db, 1).await;
        let done = test.carried_out(retry_of_a()).await;
        let paused = test.confirmed(retry_of_a()).await;
        step(&test, &paused, BulkStep::Pause).await.unwrap();
        // More than go in one transaction.
        for _job in 0..7 {
            test.plan(retry_of_a()).await;
        }
        test.app.sweep().await.unwrap();
        assert_eq!(test.app.list_bulk_jobs(None, 10).await.unwrap().len(), 9);
        test.advance(Duration::from_hours(91 * 24));
        test.app.watch_clock();
        // The clock was moved by hand, so nothing is forgotten for a day.
        test.advance(Duration::from_hours(25));
        test.app.sweep().await.unwrap();
        let left = test.app.list_bulk_jobs(None, 10).await.unwrap();
        assert_eq!(left.len(), 1, "{done:?} {left:?}");
        assert_eq!(left[0].state, BulkState::Paused);
    }
);

both!(
    async fn runs_of_periodic_jobs_are_looked_back_at(db: TestDatabase) {
        let test = filled(db, 1).await;
        for second in 0..5 {
            let started = mcnd::clock::Clock::now(&*test.clock);
            test.advance(Duration::from_secs(1));
            let outcome = if second == 3 {
                RunOutcome::Failed
            } else {
                RunOutcome::Done
            };
            let message = (second == 3).then(|| "no".to_owned());
            test.app.note_run("sweep", started, outcome, 2, message);
        }
        test.app.judge_alarms().await.unwrap();
        let runs = test.app.runs_of("sweep", None, 10).await.unwrap();
        let told: Vec<_> = runs
            .iter()
            .map(|run| (run.outcome, run.runs, run.did))
            .collect();
        let expected = [
            (RunOutcome::Done, 1, 2),
            (RunOutcome::Failed, 1, 2),
            (RunOutcome::Done, 3, 6),
        ];
        assert_eq!(told, expected);
        assert_eq!(runs[1].message.as_deref(), Some("no"));
        let last = test.app.last_runs().await.unwrap();
        assert_eq!(last, [runs[0].clone()]);
    }
);

/// Whoever reports on another video of the creators of a chunk waits for as long as they are locked.
#[tokio::test(flavor = "multi_thread")]
async fn creators_are_locked_when_all_else_is_written() {
    let test = filled(TestDatabase::postgres(), 3).await;
    let noted = [
        ("creators", "UPDATE"),
        ("videos", "UPDATE"),
        ("timeline", "INSERT"),
        ("events", "INSERT"),
    ]
    .map(|(table, what)| {
        format!(
            "CREATE TRIGGER noted BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION note();"
        )
    });
    test.database.sql(&format!(
        "CREATE TABLE written (number BIGSERIAL, transaction XID8 DEFAULT pg_current_xact_id(), place TEXT);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
             $$BEGIN INSERT INTO written (place) VALUES (TG_TABLE_NAME); RETURN NEW; END$$;
         {}",
        noted.concat()
    ));
    refuse(&test, 0..3).await;
    test.carried_out(retry_of_a()).await;
    add(&test, 3..6).await;
    let places = test.database.query(
        "SELECT string_agg(place, ' ' ORDER BY number)
           FROM written
          GROUP BY transaction
         HAVING bool_or(place = 'timeline')
          ORDER BY MIN(number)",
    );
    let places: Vec<_> = places
        .into_iter()
        .filter_map(|mut row| row.remove(0))
        .collect();
    let lines = "timeline timeline timeline";
    let expected = [
        format!("videos videos videos {lines} events events events creators"),
        format!("videos videos videos {lines} creators"),
        format!("{lines} creators"),
    ];
    assert_eq!(places, expected);
}

//! Bulk jobs: counted and shown first, walked once, bounded by their confirmation, paused and cancelled, by one daemon at a
//! time, with callbacks between their chunks.

mod actions;
mod bounds;
mod http;
mod steps;

use std::time::Duration;

use mcnd::{
    app::{BulkJob, BulkTask, VideoQuery},
    model::{BulkState, BulkStep},
};
use serde_json::{Value, json};

use crate::harness::{
    app::TestApp,
    databases::TestDatabase,
    given::{by, row, status},
};

/// A service with so many videos of the creator `a`: `v0000`, `v0001`, …
async fn filled(db: TestDatabase, count: usize) -> TestApp {
    let test = TestApp::start(db, &[]).await;
    test.creator("a").await;
    add(&test, 0..count).await;
    test
}

async fn add(test: &TestApp, numbers: std::ops::Range<usize>) {
    let rows: Vec<_> = numbers
        .map(|number| row("a", &guid(number), &json!({})))
        .collect();
    test.import(&rows).await;
}

fn guid(number: usize) -> String {
    format!("v{number:04}")
}

/// Refuses videos as `failed`.
async fn refuse(test: &TestApp, numbers: std::ops::Range<usize>) {
    let events: Vec<Value> = numbers
        .map(|number| status(&guid(number), "failed"))
        .collect();
    test.deliver(&json!(events)).await;
}

/// The same with an event that is another one each round.
async fn refuse_again(test: &TestApp, numbers: std::ops::Range<usize>, round: usize) {
    let event = |number| {
        let mut event = status(&guid(number), "failed");
        event["round"] = round.into();
        event
    };
    let events: Vec<Value> = numbers.map(event).collect();
    test.deliver(&json!(events)).await;
}

fn retry_of_a() -> BulkTask {
    BulkTask::retry(of_a(), None)
}

fn of_a() -> VideoQuery {
    VideoQuery {
        creator: "a".parse().ok(),
        ..VideoQuery::default()
    }
}

impl TestApp {
    async fn plan(&self, task: BulkTask) -> BulkJob {
        self.app.plan_bulk(by(), task).await.unwrap()
    }

    /// Plans and confirms a task a second later than anything before.
    async fn confirmed(&self, task: BulkTask) -> BulkJob {
        let job = self.plan(task).await;
        self.advance(Duration::from_secs(1));
        let job = self.app.step_bulk(by(), job.id, BulkStep::Confirm).await;
        self.advance(Duration::from_secs(1));
        job.unwrap()
    }

    /// Walks all that runs, and gives a job as it is then.
    async fn walked(&self, job: &BulkJob) -> BulkJob {
        self.app.walk_bulk_jobs().await.unwrap();
        self.app.bulk_job(&job.id).await.unwrap()
    }

    /// Carries a task out.
    async fn carried_out(&self, task: BulkTask) -> BulkJob {
        let job = self.confirmed(task).await;
        let job = self.walked(&job).await;
        assert_eq!(job.state, BulkState::Done);
        job
    }

    fn count(&self, condition: &str) -> usize {
        let videos = format!("SELECT COUNT(*) FROM videos WHERE {condition}");
        self.database.value(&videos).parse().unwrap()
    }

    /// What became of things that were not simply changed: each one's subject and reason.
    async fn reasons(&self, job: &BulkJob) -> Vec<(String, String)> {
        let results = self.app.bulk_results(&job.id, 0, 1_000).await.unwrap();
        let results = results.into_iter().map(|(_, result)| result);
        results
            .map(|result| (result.subject, result.reason))
            .collect()
    }
}

//! Senders who repeat: the same event many times at once, or once more because its answer was lost.

use std::sync::Arc;

use axum::body::Bytes;
use serde_json::json;
use tokio::{sync::Barrier, task::JoinSet};

use crate::harness::{
    app::TestApp,
    both, cycles,
    databases::TestDatabase,
    given::{ready, row},
};

/// How often one event is delivered many times at once, ...
const ROUNDS: usize = 100;
/// ... and how many times.
const COPIES: usize = 32;
/// Deliveries of which some answers are lost, and the events of each.
const DELIVERIES: usize = 300;
const EVENTS: usize = 3;
/// Of so many answers three are lost.
const OF_TEN: usize = 10;

/// A service with so many waiting videos, `g0` and on.
async fn waiting(database: TestDatabase, count: usize) -> TestApp {
    let test = TestApp::start(database, &[]).await;
    test.creator("a").await;
    let guids = (0..count).map(|number| format!("g{number}"));
    let rows: Vec<_> = guids.map(|guid| row("a", &guid, &json!({}))).collect();
    test.import(&rows).await;
    test
}

/// Each of so many events is kept once and had its effect once.
fn each_counts_once(test: &TestApp, count: usize) {
    for select in [
        "SELECT count(*) FROM events",
        "SELECT count(*) FROM timeline WHERE what = 'reported'",
        "SELECT count(*) FROM videos WHERE state = 'imported'",
    ] {
        assert_eq!(test.database.value(select), count.to_string(), "{select}");
    }
}

both!(
    async fn the_same_event_many_times_at_once_counts_once_in_every_round(db: TestDatabase) {
        let rounds = cycles(ROUNDS);
        let test = waiting(db, rounds).await;
        let other = test.beside().await;
        for round in 0..rounds {
            let body = Bytes::from(ready(&format!("g{round}"), "x1").to_string());
            let start = Arc::new(Barrier::new(COPIES));
            let copies = (0..COPIES).map(|number| {
                let app = Arc::clone([&test.app, &other.app][number % 2]);
                let (start, body) = (Arc::clone(&start), body.clone());
                async move {
                    start.wait().await;
                    app.receive_callback(body, "192.0.2.1".to_owned()).await
                }
            });
            // A task each, so that they run on several processors.
            let answers = copies.collect::<JoinSet<_>>().join_all().await;
            let answers = answers.into_iter().map(Result::unwrap);
            let (stored, known): (Vec<_>, Vec<_>) =
                answers.map(|answer| (answer.stored, answer.known)).unzip();
            let sums = (stored.iter().sum::<usize>(), known.iter().sum::<usize>());
            assert_eq!(sums, (1, COPIES - 1), "round {round}");
        }
        each_counts_once(&test, rounds);
    }
);

both!(
    async fn a_delivery_whose_answer_is_lost_is_taken_again_and_counts_once(db: TestDatabase) {
        let test = waiting(db, DELIVERIES * EVENTS).await;
        for number in 0..DELIVERIES {
            let first = number * EVENTS;
            let guids = (first..first + EVENTS).map(|number| format!("g{number}"));
            let events: Vec<_> = guids.map(|guid| ready(&guid, "x1")).collect();
            // Two answers are lost on their way, of a third the sender does not wait for the first byte.
            let lost = number % OF_TEN < 3;
            if lost {
                let mut raw = test.send_callback(&json!(events).to_string()).await;
                if number % OF_TEN < 2 {
                    raw.answer().await.unwrap().expect(200);
                }
            }
            let counts = test
                .send_callback(&json!(events).to_string())
                .await
                .answer()
                .await
                .unwrap();
            let counts = counts.expect(200).json();
            let sum = counts["stored"].as_u64().unwrap() + counts["known"].as_u64().unwrap();
            assert_eq!(sum, EVENTS as u64);
            if number % OF_TEN < 2 {
                assert_eq!(counts["stored"], 0, "delivery {number}");
            }
        }
        each_counts_once(&test, DELIVERIES * EVENTS);
    }
);

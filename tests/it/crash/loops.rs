//! Background loops that panic: whoever waits is told to come back, the loop starts again, and one that goes on panicking
//! turns readiness red.

use std::time::Duration;

use reqwest::{Client, StatusCode};

use super::site::Site;
use crate::harness::{databases::TestDatabase, http::client, installation::Served, wait_until};

const LIMIT: Duration = Duration::from_secs(30);

/// What the operator's face answers.
async fn ask(client: &Client, served: &Served, path: &str) -> (StatusCode, String) {
    let url = format!("http://{}{path}", served.operator);
    let answer = client.get(url).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn metric_is(client: &Client, served: &Served, line: &str) {
    wait_until(line, LIMIT, async || {
        let (_, metrics) = ask(client, served, "/metrics").await;
        metrics.lines().any(|shown| shown == line).then_some(())
    })
    .await;
}

async fn is_ready(client: &Client, served: &Served) -> bool {
    ask(client, served, "/readyz").await.0 == StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_that_panics_starts_again_and_its_callers_are_told_to_come_back() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let panics = [("MCND_PANIC_AT", "inbox.group:1-3")];
    let served = site.installation.serve_with(&panics).await;
    let client = client();
    for _ in 0..3 {
        assert!(is_ready(&client, &served).await);
        let status = site.post(&client, served.public, 5).await.unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
    metric_is(&client, &served, "mcnd_loop_panics_total{loop=\"inbox\"} 3").await;
    assert!(!is_ready(&client, &served).await);
    site.post_is_stored(&client, served.public).await;
    // It has to prove itself for a minute.
    assert!(!is_ready(&client, &served).await);
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_runs_again_and_turns_readiness_red() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let panics = [("MCND_PANIC_AT", "turn_feeds:1-3")];
    let served = site.installation.serve_with(&panics).await;
    let client = client();
    wait_until("red readiness", LIMIT, async || {
        (!is_ready(&client, &served).await).then_some(())
    })
    .await;
    for line in [
        "mcnd_loop_panics_total{loop=\"turn_feeds\"} 3",
        "mcnd_job_runs_total{job=\"turn_feeds\",outcome=\"panicked\"} 3",
        "mcnd_job_runs_total{job=\"turn_feeds\",outcome=\"done\"} 1",
    ] {
        metric_is(&client, &served, line).await;
    }
    site.post_is_stored(&client, served.public).await;
}

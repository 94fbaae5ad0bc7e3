//! Traces, as a collector of OpenTelemetry receives them.

use std::time::Duration;

use reqwest::StatusCode;

use crate::harness::{
    collector::Collected, databases::TestDatabase, http::client, installation::Installation, site,
};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_jobs_are_traced_without_secrets_to_the_last_one() {
    let collected = Collected::default();
    let (collector, _serving) = site::serve(collected.router()).await;
    let installation = Installation::new(TestDatabase::sqlite()).await;
    installation.creator("ada").await;
    let secret = installation.credential("crawler", "path").await;
    let endpoint = format!("http://{collector}/v1/traces");
    let served = installation
        .serve_with(&[("MCND__TRACES__ENDPOINT", &endpoint)])
        .await;
    let feed = format!("http://{}/c/{secret}/feeds/ada.xml", served.public);
    let answer = client().get(feed).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    served.process.signal("TERM");
    let ended = served.process.ends_within(LIMIT).await;
    assert!(ended.status.success(), "{ended:?}");
    for words in [
        "GET /c/{secret}/feeds/{file}",
        "http.response.status_code",
        "job judge_alarms",
    ] {
        assert!(collected.holds(words), "`{words}`");
    }
    assert!(!collected.holds(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_that_answers_the_daemon_does_its_work_and_ends() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let served = installation
        .serve_with(&[("MCND__TRACES__ENDPOINT", "http://127.0.0.1:9/v1/traces")])
        .await;
    let ready = format!("http://{}/readyz", served.operator);
    let answer = client().get(ready).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    served.process.signal("TERM");
    let ended = served.process.ends_within(LIMIT).await;
    assert!(ended.status.success(), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_can_not_be_asked_at_all_is_logged() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let endpoint = format!("http://127.0.0.1:9/hunter2/{}", "x".repeat(70_000));
    let served = installation
        .serve_with(&[("MCND__TRACES__ENDPOINT", &endpoint)])
        .await;
    let ended = format!("{:?}", served.process.kill().await);
    assert!(ended.contains("no traces are sent"), "{ended}");
    assert!(!ended.contains("hunter2"), "{ended}");
}

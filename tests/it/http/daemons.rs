//! Two daemons on one Postgres.

use futures_util::future::join_all;
use mcnd::model::{CredentialForm, CredentialKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    databases::TestDatabase,
    given::{by, ready, row},
    http::Answer,
};

async fn pair() -> (TestApp, TestApp) {
    let one = TestApp::start(TestDatabase::postgres(), &[]).await;
    let other = one.beside().await;
    one.creator("a").await;
    let guids: Vec<_> = (0..40).map(|number| format!("g{number:02}")).collect();
    let rows: Vec<_> = guids
        .iter()
        .map(|guid| row("a", guid, &json!({})))
        .collect();
    one.import(&rows).await;
    (one, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn both_serve_the_same_feeds_and_lists() {
    let (one, other) = pair().await;
    for path in ["/feeds/a.xml", "/users.json"] {
        let [here, there] = [
            one.get(path).await.expect(200),
            other.get(path).await.expect(200),
        ];
        assert_eq!(here.body, there.body);
        let tag = here.header("etag").unwrap();
        answer(other.crawl(path).header("if-none-match", tag))
            .await
            .expect(304);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_sent_to_one_leaves_the_feed_of_the_other_at_once() {
    let (one, other) = pair().await;
    let mut left = other.feed_guids("a").await;
    while let Some(guid) = left.pop() {
        let sender = if left.len() % 2 == 0 { &one } else { &other };
        let reader = if left.len() % 2 == 0 { &other } else { &one };
        sender.deliver(&ready(&guid, "x1")).await;
        assert_eq!(reader.feed_guids("a").await, left);
    }
}

/// Posts events five by five, all posts at the same time.
async fn at_once(test: &TestApp, events: &[Value]) -> Vec<Answer> {
    let posts = events
        .chunks(5)
        .map(|chunk| test.post(json!(chunk).to_string()));
    join_all(posts).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_events_sent_to_both_at_once_count_once() {
    let (one, other) = pair().await;
    let guids = one.feed_guids("a").await;
    let events: Vec<_> = guids.iter().map(|guid| ready(guid, "x1")).collect();
    let backwards: Vec<_> = events.iter().rev().cloned().collect();
    let (here, there) = tokio::join!(at_once(&one, &events), at_once(&other, &backwards));
    let stored = |answers: &[Answer]| {
        answers
            .iter()
            .map(|answer| answer.json()["stored"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(stored(&here) + stored(&there), 40);
    assert_eq!(
        one.database
            .value("SELECT count(*) FROM timeline WHERE what = 'reported'"),
        "40"
    );
    assert_eq!(other.feed_guids("a").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_made_or_removed_at_one_counts_at_the_other_after_its_refresh() {
    let (one, other) = pair().await;
    let new = one
        .credential(CredentialKind::Crawler, CredentialForm::Bearer)
        .await;
    other.app.refresh_credentials().await.unwrap();
    let ask = || {
        answer(
            other
                .ask(Method::GET, "/users.json")
                .bearer_auth(&new.secret),
        )
    };
    ask().await.expect(200);
    one.app
        .remove_credential(by(), new.credential.id.clone())
        .await
        .unwrap();
    other.app.refresh_credentials().await.unwrap();
    ask().await.expect(401);
}

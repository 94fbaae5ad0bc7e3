//! How much one session or one key may ask, and that it costs nobody else.

use std::time::Duration;

use mcnd::model::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    wait_until,
};

const ME: &str = "/api/v1/me";
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn whoever_asks_too_often_waits_and_nobody_else_does() {
    let test = TestApp::with(&[("operators.requests_per_minute", "3")]).await;
    let (one, other) = (
        test.signed(Role::Viewer).await,
        test.signed(Role::Viewer).await,
    );
    let key = test.key(Role::Viewer, &[Scope::Read]).await;
    let with_key = || answer(test.operator_ask(Method::GET, ME).bearer_auth(&key));
    for _ in 0..3 {
        one.get(&test, ME).await.expect(200);
        with_key().await.expect(200);
    }
    let page = one.get(&test, "/").await;
    assert!(page.text().contains("too many requests"));
    for refused in [page, one.get(&test, ME).await, with_key().await] {
        let refused = refused.expect(429);
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
    }
    other.get(&test, ME).await.expect(200);
    // What pages are made of, and what machines ask, is not counted.
    for open in ["/style.css", "/healthz", "/metrics"] {
        one.get(&test, open).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_requests_are_under_way_at_one_time() {
    let test = TestApp::with(&[
        ("operators.requests_at_once", "1"),
        ("operators.requests_per_minute", "100000"),
    ])
    .await;
    let signed = test.signed(Role::Operator).await;
    let held = test.database.hold_writers();
    let new = json!({ "id": "c", "name": "C" });
    let adding = signed
        .ask(&test, Method::POST, "/api/v1/creators")
        .json(&new);
    let watching = async {
        let refused = async || {
            let said = signed.get(&test, ME).await;
            (said.status == 429).then_some(said)
        };
        let refused = wait_until("a request too many", LIMIT, refused).await;
        drop(held);
        refused
    };
    let (added, refused) = tokio::join!(answer(adding), watching);
    assert_eq!(refused.header("retry-after"), Some("1"));
    added.expect(201);
    signed.get(&test, ME).await.expect(200);
}

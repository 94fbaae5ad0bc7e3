//! The operator's face: probes and metrics.

use mcnd::telemetry;
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    given::ready,
};

#[tokio::test]
async fn probes_answer_on_their_own_face() {
    let test = TestApp::sqlite().await;
    assert_eq!(test.inside("/healthz").await.expect(200).text(), "alive\n");
    assert_eq!(test.inside("/readyz").await.expect(200).text(), "ready\n");
    assert_eq!(test.get("/healthz").await.expect(200).text(), "alive\n");
    for private in ["/readyz", "/metrics"] {
        test.get(private).await.expect(404);
    }
    for public in ["/users.json", "/feeds/a.xml"] {
        test.inside(public).await.expect(404);
    }
    let report = test.operator_ask(Method::POST, "/callbacks/dailymotion");
    answer(report).await.expect(405);
}

#[tokio::test]
async fn metrics_are_prometheus_text_and_name_no_path() {
    telemetry::metrics();
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["metered"]).await;
    test.deliver(&ready("metered", "x1")).await;
    test.feed("a").await;
    test.get("/c/hush-hush/users.json").await.expect(404);
    let metrics = test.inside("/metrics").await.expect(200);
    assert_eq!(
        metrics.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let said = metrics.text();
    for line in [
        "# TYPE mcnd_http_requests_total counter",
        "mcnd_http_requests_total{face=\"public\",route=\"/feeds/{file}\",status=\"200\"}",
        "mcnd_http_requests_total{face=\"public\",route=\"/c/{secret}/users.json\",status=\"404\"}",
        "mcnd_callback_events_total{outcome=\"ready\"}",
        "mcnd_callback_commit_seconds_count",
    ] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert!(!said.contains("hush-hush"));
}

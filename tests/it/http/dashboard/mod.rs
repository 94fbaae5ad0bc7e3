//! The dashboard's pages of callbacks, the crawler, alarms and settings: what they show, to whom, and what their forms do.

mod inbox;
mod settings;

use mcnd::model::Role;
use serde_json::json;

use crate::harness::{
    app::TestApp,
    databases::TestDatabase,
    given::{ready, status},
    people::Signed,
};

/// A network about which there is something to say on every page.
async fn busy(db: TestDatabase) -> TestApp {
    let settings = [
        ("alarms.disk_free", "0"),
        ("operators.sign_ins_per_minute", "1000"),
    ];
    let test = TestApp::start(db, &settings).await;
    test.creator("a").await;
    test.videos("a", &["good", "bad", "worse", "twice"]).await;
    test.get("/users.json").await.expect(200);
    test.get("/feeds/a.xml").await.expect(200);
    let reports = json!([
        ready("good", "x1abcd"),
        status("bad", "encoding_error"),
        status("worse", "encoding_error"),
        ready("twice", "x2abcd"),
        ready("twice", "x3abcd"),
        ready("unknown<script>", "x4abcd"),
        json!({ "data": {} }),
    ]);
    test.deliver(&reports).await;
    test.app.write_visits().await.unwrap();
    test.app.write_uses().await.unwrap();
    test.app.judge_alarms().await.unwrap();
    test
}

/// The text of a page.
async fn page(signed: &Signed, test: &TestApp, path: &str) -> String {
    signed.get(test, path).await.expect(200).text().to_owned()
}

#[tokio::test]
async fn a_viewer_sees_pages_without_forms() {
    let test = busy(TestDatabase::sqlite()).await;
    let viewer = test.signed(Role::Viewer).await;
    for path in [
        "/callbacks",
        "/callbacks/reasons",
        "/crawler",
        "/crawler/creators",
        "/crawler/blocked",
        "/alarms",
        "/alarms?all=true",
        "/alarms/webhooks",
        "/settings",
        "/settings/rules",
    ] {
        let shown = page(&viewer, &test, path).await;
        let forms = shown.matches("<form method=\"post\"").count();
        assert_eq!(
            forms, 1,
            "{path} has more than the button to sign out: {shown}"
        );
        for secret in [&test.crawler, &test.callback] {
            assert!(!shown.contains(secret.as_str()), "{path}");
        }
    }
    for path in [
        "/settings/credentials",
        "/settings/operators",
        "/settings/keys",
        "/settings/audit",
        "/settings/user-list",
    ] {
        viewer.get(&test, path).await.expect(403);
    }
}

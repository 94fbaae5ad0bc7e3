//! The callback: every kind of input that reliability.md 4.1 names, and what stays of it.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::{ready, status},
};

const FACE: &str = "/callbacks/dailymotion";

/// A service with one creator and these waiting videos.
pub(super) async fn waiting(database: TestDatabase, guids: &[&str]) -> TestApp {
    let test = TestApp::start(database, &[]).await;
    test.creator("a").await;
    test.videos("a", guids).await;
    test
}

/// How the only event kept was filed, and its alarm.
pub(super) fn only(test: &TestApp) -> (String, String) {
    let filed = test.filed();
    assert_eq!(filed.len(), 1, "{filed:?}");
    filed[0].clone()
}

pub(super) fn filed(outcome: &str, alarm: &str) -> (String, String) {
    (outcome.to_owned(), alarm.to_owned())
}

both!(
    async fn what_is_no_json_is_400_and_put_aside(db: TestDatabase) {
        let test = waiting(db, &["g"]).await;
        let event = ready("g", "x1").to_string();
        let utf16: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(event.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let bodies = [
            Vec::new(),
            b"nonsense".into(),
            event[..event.len() - 1].into(),
            utf16,
            b"[\"\xff\"]".into(),
        ];
        for body in &bodies {
            let problem = test.post(body.clone()).await.expect(400);
            assert_eq!(problem.json()["detail"], "the body is no JSON in UTF-8");
        }
        let aside = test.app.quarantined("", 10).await.unwrap();
        assert_eq!(
            aside
                .iter()
                .map(|kept| kept.body.clone())
                .collect::<Vec<_>>(),
            bodies
        );
        assert_eq!((test.filed(), test.state("g").await), (vec![], "waiting"));
    }
);

#[tokio::test]
async fn what_was_put_aside_never_outgrows_its_room() {
    let test = TestApp::with(&[("callback.quarantine_bytes", "1100")]).await;
    for number in 0..10 {
        test.post(format!("{}{number}", "x".repeat(299)))
            .await
            .expect(400);
    }
    let kept = test.app.quarantined("", 10).await.unwrap();
    assert_eq!(kept.len(), 3);
    assert!(kept.last().unwrap().body.ends_with(b"9"));
}

#[tokio::test]
async fn an_empty_array_stores_nothing() {
    let test = TestApp::sqlite().await;
    assert_eq!(test.deliver(&json!([])).await["stored"], 0);
}

both!(
    async fn a_ready_event_drains_the_video(db: TestDatabase) {
        let test = waiting(db, &["g", "h"]).await;
        let stored = test.deliver(&json!([ready("g", "x1")])).await;
        assert_eq!(
            stored,
            json!({ "stored": 1, "known": 0, "outcomes": { "ready": 1 } })
        );
        assert_eq!(test.state("g").await, "imported");
        assert_eq!(test.feed_guids("a").await, ["h"]);
    }
);

#[tokio::test]
async fn a_single_object_is_one_event() {
    let test = waiting(TestDatabase::sqlite(), &["g"]).await;
    test.deliver(&ready("g", "x1")).await;
    assert_eq!(test.state("g").await, "imported");
}

#[tokio::test]
async fn content_type_byte_order_mark_and_line_break_do_not_matter() {
    let test = waiting(TestDatabase::sqlite(), &["g", "h", "i"]).await;
    let post = |guid: &str| {
        let body = format!("\u{feff}[{}]\r\n", ready(guid, "x1"));
        test.ask(Method::POST, FACE)
            .bearer_auth(&test.callback)
            .body(body)
    };
    answer(post("g")).await.expect(200);
    answer(post("h").header("content-type", "text/html; charset=latin1"))
        .await
        .expect(200);
    answer(post("i").header("content-type", "?"))
        .await
        .expect(200);
    assert_eq!(test.feed_guids("a").await, [""; 0]);
}

#[tokio::test]
async fn a_packed_callback_is_unpacked() {
    let test = waiting(TestDatabase::sqlite(), &["g"]).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(ready("g", "x1").to_string().as_bytes())
        .unwrap();
    let request = test.ask(Method::POST, FACE).bearer_auth(&test.callback);
    let packed = request
        .header("content-encoding", "gzip")
        .body(gzip.finish().unwrap());
    answer(packed).await.expect(200);
    assert_eq!(test.state("g").await, "imported");
}

both!(
    async fn a_bad_element_never_harms_its_neighbours(db: TestDatabase) {
        let guids: Vec<_> = (0..99).map(|number| format!("g{number}")).collect();
        let test = waiting(db, &guids.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let odd = [
            json!("text"),
            json!(null),
            json!(5),
            json!({}),
            json!({ "data": 5 }),
            json!({ "data": { "uid": "g1", "status": 5 } }),
            json!({ "data": { "uid": ["g1"], "status": "ready" } }),
        ];
        let mut events: Vec<Value> = guids.iter().map(|guid| ready(guid, "x1")).collect();
        events.splice(50..50, odd.clone());
        let stored = test.deliver(&events.into()).await;
        assert_eq!(
            stored["outcomes"],
            json!({ "ready": 99, "malformed": odd.len() })
        );
        assert_eq!(test.filed().len(), 99 + odd.len());
        assert_eq!(test.feed_guids("a").await, [""; 0]);
        assert_eq!(
            test.database
                .value("SELECT count(*) FROM events WHERE raw IS NULL"),
            "0"
        );
    }
);

#[tokio::test]
async fn an_unknown_type_and_extra_members_change_no_effect() {
    let test = waiting(TestDatabase::sqlite(), &["g"]).await;
    let mut event = ready("g", "x1");
    event["type"] = json!({ "new": "shape" });
    event["data"]["extra"] = json!([1, 2]);
    test.deliver(&json!([event])).await;
    assert_eq!(test.state("g").await, "imported");
    let kept = test.database.value("SELECT raw FROM events");
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), event);
}

#[tokio::test]
async fn the_status_decides() {
    let test = waiting(TestDatabase::sqlite(), &["g"]).await;
    for progress in ["waiting", "processing", "encoding"] {
        assert_eq!(
            test.deliver(&status("g", progress)).await["outcomes"],
            json!({ "progress": 1 })
        );
    }
    assert_eq!(test.state("g").await, "waiting");
    for missing in [
        json!({ "data": { "uid": "g" } }),
        json!({ "data": { "uid": "g", "status": null } }),
    ] {
        assert_eq!(
            test.deliver(&missing).await["outcomes"],
            json!({ "malformed": 1 })
        );
    }
    assert_eq!(test.state("g").await, "waiting");
    assert_eq!(
        test.deliver(&status("g", "Ready")).await["outcomes"],
        json!({ "refused": 1 })
    );
    assert_eq!(test.state("g").await, "refused");
    assert_eq!(test.feed_guids("a").await, [""; 0]);
}

#[tokio::test]
async fn of_members_that_come_twice_the_last_counts_and_is_flagged() {
    let test = waiting(TestDatabase::sqlite(), &["g", "h"]).await;
    let event =
        r#"{"data":{"uid":"h","status":"error","uid":"g","status":"ready","remote_id":"x1"}}"#;
    test.post(event).await.expect(200);
    assert_eq!(
        (test.state("g").await, test.state("h").await),
        ("imported", "waiting")
    );
    assert!(
        test.database
            .value("SELECT note FROM events")
            .contains("duplicate member")
    );
}

#[tokio::test]
async fn what_is_too_much_is_refused_whole() {
    let test = waiting(TestDatabase::sqlite(), &["g"]).await;
    let event = ready("g", "x1").to_string();
    let deep = format!("[{event},{}{}]", "[".repeat(1_000), "]".repeat(1_000));
    test.post(deep).await.expect(400);
    let many = format!("[{event}{}]", ",1".repeat(1_000_000));
    test.post(many).await.expect(413);
    let long = format!("[{event},\"{}\"]", "x".repeat(64 * 1024));
    test.post(long).await.expect(413);
    let large = format!("[{event}{}]", " ".repeat(9 << 20));
    test.post(large).await.expect(413);
    assert_eq!((test.filed(), test.state("g").await), (vec![], "waiting"));
    assert_eq!(test.database.value("SELECT count(*) FROM quarantine"), "0");
}

#[tokio::test]
async fn a_daemon_that_stops_takes_no_more_callbacks() {
    let test = waiting(TestDatabase::sqlite(), &["g"]).await;
    test.app.close_inbox();
    let refused = test.post(ready("g", "x1").to_string()).await.expect(503);
    assert_eq!(refused.header("retry-after"), Some("30"));
    let test = test.restart().await;
    test.deliver(&ready("g", "x1")).await;
    assert_eq!(test.state("g").await, "imported");
}

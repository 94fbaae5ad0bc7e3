//! What is taken out over HTTP: events for the content manager, and the audit.

use std::time::Duration;

use mcnd::{
    catalog::AuditQuery,
    model::{Action, Role},
};
use serde_json::{Value, json};

use crate::harness::{
    app::TestApp,
    both,
    given::{ready, status},
    installation::lines_of,
    people::Signed,
};

/// Two refusals of one creator, one of another, a success, an orphan, and a body that is no JSON.
async fn filled(test: &TestApp) {
    test.creator("a").await;
    test.creator("b").await;
    test.videos("a", &["a1", "a2", "a3"]).await;
    test.videos("b", &["b1"]).await;
    test.deliver(&json!([status("a1", "denied"), status("a2", "too long")]))
        .await;
    test.advance(Duration::from_secs(60));
    test.deliver(&json!([
        ready("a3", "x3"),
        status("b1", "denied"),
        ready("lost", "x9")
    ]))
    .await;
    test.post("no json").await.expect(400);
}

async fn exported(test: &TestApp, signed: &Signed, query: &str) -> Vec<Value> {
    let said = signed
        .get(test, &format!("/api/v1/events/export?{query}"))
        .await
        .expect(200);
    lines_of(said.text())
}

fn guids(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["guid"].as_str().unwrap_or("-"))
        .collect()
}

both!(
    async fn events_are_taken_out_by_creator_reason_and_time(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        filled(&test).await;
        let signed = test.signed(Role::Operator).await;
        let all = exported(&test, &signed, "").await;
        assert_eq!((all.len(), &all[5]["outcome"]), (6, &json!("quarantined")));
        for (query, expected) in [
            ("failures=true", &["a1", "a2", "b1", "lost", "-"][..]),
            ("creator=a", &["a1", "a2", "a3"]),
            ("creator=a&failures=true", &["a1", "a2"]),
            ("reason=denied", &["a1", "b1"]),
            ("creator=b&reason=denied", &["b1"]),
            ("creator=b&reason=too+long", &[]),
            ("since=2026-10-01T12:00:30Z&failures=true", &["b1", "lost"]),
            ("until=2026-10-01T12:00:30Z&creator=a", &["a1", "a2"]),
            ("guid=lost", &["lost"]),
            ("outcome=orphan", &["lost"]),
            ("outcome=refused&guid=a1", &["a1"]),
        ] {
            let mut lines = exported(&test, &signed, query).await;
            if !query.starts_with("creator") {
                // What came in one callback has no order.
                lines.sort_by_key(|line| {
                    line["guid"].as_str().map_or("~".to_owned(), str::to_owned)
                });
            }
            assert_eq!(guids(&lines), expected, "{query}");
        }
        let csv = signed
            .get(&test, "/api/v1/events/export?format=csv&guid=a2")
            .await
            .expect(200);
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(
            csv.header("content-disposition"),
            Some("attachment; filename=\"events.csv\"")
        );
        assert!(
            csv.text()
                .starts_with("digest,received_at,outcome,status,guid,")
        );
        assert!(
            csv.text().contains(",refused,too long,a2,"),
            "{}",
            csv.text()
        );
        let query = AuditQuery::OfActor("operator:operator".to_owned());
        let lines = test.app.audit(&query, None, 1).await.unwrap();
        assert_eq!(lines[0].action, Action::ExportEvents);
        assert!(lines[0].after.as_ref().unwrap().contains("\"guid\":\"a2\""));
    }
);

both!(
    async fn events_are_listed_by_every_filter_in_both_directions(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        filled(&test).await;
        let signed = test.signed(Role::Viewer).await;
        let page = async |query: &str| {
            let path = format!("/api/v1/events?{query}");
            signed.get(&test, &path).await.expect(200).json()
        };
        for (query, count) in [
            ("", 5),
            ("troubled=true", 4),
            ("troubled=true&since=2026-10-01T12:00:30Z", 2),
            ("alarms=true", 1),
            ("outcome=refused", 3),
            ("outcome=ready&until=2026-10-01T12:00:30Z", 0),
            ("guid=a1", 1),
        ] {
            for sort in ["", "&sort=oldest", "&sort=newest"] {
                let found = page(&format!("{query}{sort}")).await;
                let found = found["items"].as_array().unwrap().len();
                assert_eq!(found, count, "{query}{sort}");
            }
        }
        for sort in ["oldest", "newest"] {
            let (mut times, mut after) = (Vec::new(), String::new());
            loop {
                let page = page(&format!("sort={sort}&limit=2{after}")).await;
                let items = page["items"].as_array().unwrap().iter();
                times.extend(items.map(|one| one["received_at"].as_i64().unwrap()));
                match page["next"].as_str() {
                    Some(next) => after = format!("&after={next}"),
                    None => break,
                }
            }
            if sort == "newest" {
                times.reverse();
            }
            assert!(times.len() == 5 && times.is_sorted(), "{sort}: {times:?}");
        }
    }
);

both!(
    async fn the_audit_is_taken_out_whole_and_notes_it(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.advance(Duration::from_secs(60));
        test.creator("b").await;
        let signed = test.signed(Role::Owner).await;
        let said = signed.get(&test, "/api/v1/audit/export").await.expect(200);
        assert_eq!(said.header("content-type"), Some("application/jsonl"));
        let lines = lines_of(said.text());
        let actions: Vec<_> = lines
            .iter()
            .map(|line| line["action"].as_str().unwrap())
            .collect();
        let creators: Vec<_> = lines
            .iter()
            .filter(|line| line["action"] == "creator.add")
            .collect();
        assert_eq!(creators.len(), 2);
        assert_eq!(creators[0]["after"]["name"], "Creator a");
        assert_eq!(actions.last(), Some(&"audit.read"));
        let part = "/api/v1/audit/export?since=2026-10-01T12:00:30Z&until=2026-10-01T12:01:30Z";
        let part = lines_of(signed.get(&test, part).await.expect(200).text());
        assert!(part.iter().any(|line| line["object"] == "b"));
        assert!(part.iter().all(|line| line["object"] != "a"));
        test.advance(Duration::from_hours(1));
        signed.get(&test, "/api/v1/audit/export").await.expect(403);
    }
);

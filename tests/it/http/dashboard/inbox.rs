//! What was reported, who crawled, what has to be looked at.

use std::time::Duration;

use mcnd::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{busy, page};
use crate::harness::{app::answer, both, given::ready, http::between};

both!(
    async fn the_inbox_has_a_part_for_each_cause_and_goes_on_page_by_page(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let all = page(&owner, &test, "/callbacks").await;
        assert!(all.contains("unknown&#60;script&#62;") && !all.contains("unknown<script>"));
        for (part, there, not) in [
            ("orphans", "unknown", "encoding"),
            ("malformed", "`uid` is missing", "unknown"),
            ("conflicts", "twice", "unknown"),
            ("alarms", "conflict", "unknown"),
        ] {
            let shown = page(&owner, &test, &format!("/callbacks?part={part}")).await;
            assert!(shown.contains(there), "{part}: {shown}");
            assert!(!shown.contains(not), "{part}: {shown}");
        }
        owner.get(&test, "/callbacks?part=others").await.expect(400);
        let many: Vec<_> = (0..60)
            .map(|at| ready("good", &format!("x{at}aa")))
            .collect();
        test.deliver(&json!(many)).await;
        let first = page(&owner, &test, "/callbacks").await;
        let older = between(&first, "href=\"/callbacks?before=", "\"");
        let second = page(&owner, &test, &format!("/callbacks?before={older}")).await;
        let odd = "unknown&#60;script&#62;";
        assert_ne!(first.contains(odd), second.contains(odd), "{second}");
        assert_eq!(first.matches(">Look</a>").count(), 50);
        assert_eq!(second.matches(">Look</a>").count(), 17);
    }
);

both!(
    async fn what_came_is_shown_to_those_who_may_see_it_and_the_audit_notes_it(db: TestDatabase) {
        let test = busy(db).await;
        let [operator, viewer] = [
            test.signed(Role::Operator).await,
            test.signed(Role::Viewer).await,
        ];
        let orphans = page(&operator, &test, "/callbacks?part=orphans").await;
        let digest = orphans.split("href=\"/callbacks/").nth(2).unwrap();
        let path = format!("/callbacks/{}", digest.split('"').next().unwrap());
        assert!(page(&operator, &test, &path).await.contains("x4abcd"));
        let hidden = page(&viewer, &test, &path).await;
        assert!(
            !hidden.contains("x4abcd") && !hidden.contains("Replay"),
            "{hidden}"
        );
        let read = "SELECT COUNT(*) FROM audit WHERE action = 'event.read'";
        assert_eq!(test.database.value(read), "1");
        let asked = page(&operator, &test, &format!("{path}/replay")).await;
        assert!(asked.contains("again"), "{asked}");
        let replayed = operator.send(&test, &format!("{path}/replay"), &[]).await;
        let to = replayed.expect(303).header("location").unwrap().to_owned();
        assert!(
            page(&operator, &test, &to)
                .await
                .contains("had its effect already")
        );
    }
);

both!(
    async fn a_reason_has_the_name_that_an_operator_gives_it(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let reasons = async || {
            owner
                .get(&test, "/api/v1/events/reasons")
                .await
                .expect(200)
                .json()
        };
        let edition = |reasons: &Value| reasons[0]["edition"].as_str().unwrap().to_owned();
        let seen = edition(&reasons().await);
        let named = |name| {
            [
                ("reason", "encoding_error"),
                ("name", name),
                ("edition", &*seen),
            ]
        };
        for (name, status) in [("  broken <file> ", 303), ("of the second editor", 412)] {
            let named = named(name);
            let sent = owner.send(&test, "/callbacks/reasons", &named);
            sent.await.expect(status);
        }
        let reasons = reasons().await;
        let edition = edition(&reasons);
        assert_eq!(
            reasons,
            json!([{
                "reason": "encoding_error", "name": "broken <file>", "videos": 2, "more": false, "edition": edition
            }])
        );
        let viewer = test.signed(Role::Viewer).await;
        let shown = page(&viewer, &test, "/callbacks/reasons").await;
        assert!(shown.contains("broken &#60;file&#62;") && !shown.contains("<input name"));
        let taken = |tag: Option<&str>| {
            let asked = owner.ask(&test, Method::PUT, "/api/v1/events/reasons");
            let asked = asked.json(&json!({ "reason": "encoding_error", "name": "" }));
            match tag {
                Some(edition) => asked.header("if-match", format!("\"{edition}\"")),
                None => asked,
            }
        };
        for (tag, status) in [(None, 428), (Some(&*seen), 412), (Some(&*edition), 204)] {
            answer(taken(tag)).await.expect(status);
        }
        let lines = test
            .database
            .query("SELECT after FROM audit WHERE action = 'refusal.name' ORDER BY id");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(test.app.refusal_reasons().await.unwrap()[0].name, None);
    }
);

both!(
    async fn the_crawlers_page_tells_visits_by_the_hour_and_who_became_silent(db: TestDatabase) {
        let test = busy(db).await;
        let viewer = test.signed(Role::Viewer).await;
        let now = page(&viewer, &test, "/crawler").await;
        assert!(now.contains("2 documents, 0 unchanged"), "{now}");
        test.inside("/crawler/blocked").await.expect(303);
        test.ask(Method::GET, "/users.json")
            .bearer_auth("wrong")
            .send()
            .await
            .unwrap();
        test.app.write_visits().await.unwrap();
        let blocked = page(&viewer, &test, "/crawler/blocked").await;
        assert!(blocked.contains("the credential is unknown"), "{blocked}");
        assert!(now.contains("feed of <a href=\"/crawler?creator=a\">a</a>"));
        for _ in 0..4 {
            test.advance(Duration::from_hours(1));
            test.get("/feeds/a.xml").await.expect(200);
            test.app.write_visits().await.unwrap();
        }
        let viewer = test.signed(Role::Viewer).await;
        let creators = page(&viewer, &test, "/crawler/creators").await;
        assert!(creators.contains("every 60 minutes"), "{creators}");
        assert!(
            page(&viewer, &test, "/crawler/silent")
                .await
                .contains("Nobody is silent")
        );
        test.advance(Duration::from_hours(4));
        let silent = page(&viewer, &test, "/crawler/silent").await;
        assert!(silent.contains("silent since"), "{silent}");
        assert!(
            page(&viewer, &test, "/crawler")
                .await
                .contains("Silent for longer than usual")
        );
        viewer.get(&test, "/crawler?creator=A%20").await.expect(400);
    }
);

both!(
    async fn an_alarm_is_looked_after_and_silenced_from_its_page(db: TestDatabase) {
        let test = busy(db).await;
        let operator = test.signed(Role::Operator).await;
        let open = page(&operator, &test, "/alarms").await;
        assert!(open.contains("nobody looks after it yet"), "{open}");
        let id = open.split("action=\"/alarms/").nth(1).unwrap();
        let path = format!("/alarms/{}", id.split('/').next().unwrap());
        operator
            .send(&test, &format!("{path}/acknowledge"), &[])
            .await
            .expect(303);
        operator
            .send(&test, &format!("{path}/snooze"), &[("hours", "4")])
            .await
            .expect(303);
        operator
            .send(&test, &format!("{path}/snooze"), &[("hours", "5000")])
            .await
            .expect(400);
        let shown = page(&operator, &test, &path).await;
        assert!(
            shown.contains("looked after by operator:operator") && shown.contains("snoozed until")
        );
        assert!(shown.contains("2026-10-01T16:00:00Z"), "{shown}");
        let viewer = test.signed(Role::Viewer).await;
        assert!(!page(&viewer, &test, "/alarms").await.contains("Snooze"));
        page(&viewer, &test, "/alarms?all=true").await;
        page(&viewer, &test, "/alarms/webhooks").await;
    }
);

//! What is written down of every change, and the seals that show that nothing of it was changed later.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use mcnd::{
    catalog::AuditQuery,
    model::{Action, Actor, Role},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    both,
};

const HOUR: Duration = Duration::from_hours(1);

both!(
    async fn every_change_is_in_the_audit_with_who_what_and_what_it_was_before(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Owner).await;
        let new = json!({ "id": "c", "name": "C" });
        let made = signed
            .ask(&test, Method::POST, "/api/v1/creators")
            .json(&new);
        let tag = answer(made)
            .await
            .expect(201)
            .header("etag")
            .unwrap()
            .to_owned();
        let edit = signed
            .ask(&test, Method::PATCH, "/api/v1/creators/c")
            .header("if-match", tag);
        answer(edit.json(&json!({ "status": "paused" })))
            .await
            .expect(200);
        let lines = test
            .app
            .audit(&AuditQuery::OfObject("c".to_owned()), None, 10)
            .await
            .unwrap();
        let actions = lines.iter().map(|line| line.action).collect::<Vec<_>>();
        assert_eq!(actions, [Action::ChangeCreator, Action::AddCreator]);
        assert!(lines.iter().all(|line| line.actor.name == "operator:owner"));
        let read =
            |text: &Option<String>| serde_json::from_str::<Value>(text.as_ref().unwrap()).unwrap();
        assert_eq!(read(&lines[0].before)["status"], "active");
        assert_eq!(read(&lines[0].after)["status"], "paused");
        assert!(lines[0].actor.session.is_some());
        assert_eq!(lines[0].actor.address, Some("127.0.0.1".parse().unwrap()));
    }
);

both!(
    async fn of_names_given_at_once_each_line_has_the_one_that_it_replaced(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let names: Vec<_> = (0..8).map(|number| format!("name {number}")).collect();
        let given = names.iter().map(|name| {
            let by = Actor::program();
            test.app.name_refusal(by, "failed".to_owned(), name, None)
        });
        for named in join_all(given).await {
            named.unwrap();
        }
        let of = "FROM audit WHERE action = 'refusal.name'";
        let column = |name: &str| test.database.query(&format!("SELECT {name} {of}"));
        let [before, after] = [column("before"), column("after")].map(BTreeSet::from_iter);
        assert_eq!([before.len(), after.len()], [8, 8], "{before:?}");
        // The first one replaced none, and the last one was not replaced.
        assert_eq!(before.difference(&after).count(), 1);
    }
);

both!(
    async fn the_audit_is_sealed_day_by_day_and_a_changed_line_breaks_its_seal(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.advance(24 * HOUR);
        test.creator("b").await;
        test.advance(24 * HOUR);
        assert_eq!(test.app.seal_audit().await.unwrap(), 2);
        assert_eq!(test.app.seal_audit().await.unwrap(), 0);
        assert!(test.app.broken_seals().await.unwrap().is_empty());
        test.database
            .sql("UPDATE audit SET actor = 'cli:mallory' WHERE object = 'a'");
        let broken = test.app.broken_seals().await.unwrap();
        assert_eq!(broken.len(), 1, "{broken:?}");
        test.database.sql("DELETE FROM audit WHERE object = 'b'");
        assert_eq!(test.app.broken_seals().await.unwrap().len(), 2);
    }
);

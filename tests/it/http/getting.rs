//! Looking changes nothing: no `GET` of the operators' face writes anything but the audit.

use std::time::Duration;

use mcnd::{
    app::NewKeyWish,
    http,
    model::{CredentialForm, CredentialKind, Role, Scope},
};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
    given::{ready, status},
};

both!(
    async fn no_get_changes_anything_but_the_audit(db: TestDatabase) {
        let settings = [
            ("alarms.disk_free", "0"),
            ("operators.requests_per_minute", "100000"),
        ];
        let test = TestApp::start(db, &settings).await;
        test.creator("a").await;
        test.videos("a", &["one", "two"]).await;
        test.deliver(&json!([
            ready("one", "x1"),
            status("two", "failed"),
            ready("nobody", "x2")
        ]))
        .await;
        test.app.judge_alarms().await.unwrap();
        let made = test
            .credential(CredentialKind::Crawler, CredentialForm::Path)
            .await;
        let caller = test.caller(Role::Owner).await;
        let wish = NewKeyWish {
            name: "test".to_owned(),
            scopes: vec![Scope::Read],
            expires_at: None,
        };
        let key = test.app.add_key(caller, wish).await.ok().unwrap();
        let digest = test
            .database
            .value("SELECT digest FROM events ORDER BY digest LIMIT 1");
        let alarm = test.database.value("SELECT MIN(id) FROM alarms");
        let owner = test.signed(Role::Owner).await;
        test.app.write_uses().await.unwrap();
        let unchanged = || {
            let mut everything = test.database.everything();
            everything.remove("audit");
            everything
        };
        let before = unchanged();
        let mut found = 0;
        for (method, template, ..) in http::routes() {
            // The link that opens a prepared session is the one exception, which its own test shows.
            if method != Method::GET || template.starts_with("/enter/") {
                continue;
            }
            let ids = [
                ("/alarms/{id}", alarm.as_str()),
                ("/credentials/{id}", made.credential.id.as_str()),
                ("/keys/{id}", key.key.id.as_str()),
            ];
            let known = ids.iter().find(|(part, _)| template.contains(part));
            let id = known.map_or("a", |(_, id)| id);
            let path = template
                .replace("{id}", id)
                .replace("{guid}", "one")
                .replace("{digest}", digest.trim_start_matches("\\x"))
                .replace("{name}", "owner");
            let said = owner.get(&test, &path).await;
            assert!(said.status < 500, "{path}: {}", said.status);
            found += usize::from(said.status == 200);
            for (table, rows) in unchanged() {
                assert_eq!(rows, before[&table], "{path} changes `{table}`");
            }
        }
        assert!(found > 30, "{found}");
        test.advance(Duration::from_secs(1));
        let new = owner.ask(&test, Method::POST, "/api/v1/creators");
        let new = new.json(&json!({ "id": "b", "name": "B" }));
        answer(new).await.expect(201);
        assert_ne!(unchanged(), before);
    }
);

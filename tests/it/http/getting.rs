//! Looking changes nothing: no `GET` of the operators' face writes anything but the audit.

use mcnd::{
    http,
    model::{CredentialForm, CredentialKind, Role, Scope},
};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::{ready, status},
};

/// A network with something of nearly everything, and how the places in templates of paths are filled.
async fn filled(db: TestDatabase) -> (TestApp, Vec<(&'static str, String)>) {
    let settings = [
        ("alarms.disk_free", "0"),
        ("operators.requests_per_minute", "100000"),
    ];
    let test = TestApp::start(db, &settings).await;
    test.creator("a").await;
    test.videos("a", &["one", "two"]).await;
    let events = [
        ready("one", "x1"),
        status("two", "failed"),
        ready("nobody", "x2"),
    ];
    test.deliver(&json!(events)).await;
    test.app.judge_alarms().await.unwrap();
    let (kind, form) = (CredentialKind::Crawler, CredentialForm::Path);
    let credential = test.credential(kind, form).await.credential.id;
    test.key(Role::Owner, &[Scope::Read]).await;
    test.app.write_uses().await.unwrap();
    let value = |select: &str| test.database.value(select);
    let digest = value("SELECT digest FROM events ORDER BY digest LIMIT 1");
    let places = vec![
        (
            "/alarms/{id}",
            format!("/alarms/{}", value("SELECT MIN(id) FROM alarms")),
        ),
        ("/credentials/{id}", format!("/credentials/{credential}")),
        (
            "/keys/{id}",
            format!("/keys/{}", value("SELECT id FROM api_keys")),
        ),
        ("{id}", "a".to_owned()),
        ("{guid}", "one".to_owned()),
        ("{digest}", digest.trim_start_matches("\\x").to_owned()),
        ("{name}", "owner".to_owned()),
    ];
    (test, places)
}

both!(
    async fn no_get_changes_anything_but_the_audit(db: TestDatabase) {
        let (test, places) = filled(db).await;
        let owner = test.signed(Role::Owner).await;
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
            let fill = |path: String, (place, value): &(&str, String)| path.replace(place, value);
            let path = places.iter().fold(template, fill);
            let said = owner.get(&test, &path).await;
            assert!(said.status < 500, "{path}: {}", said.status);
            found += usize::from(said.status == 200);
        }
        assert!(found > 30, "{found}");
        for (table, rows) in unchanged() {
            assert_eq!(rows, before[&table], "a GET changes `{table}`");
        }
        let new = owner.ask(&test, Method::POST, "/api/v1/creators");
        let new = new.json(&json!({ "id": "b", "name": "B" }));
        answer(new).await.expect(201);
        assert_ne!(unchanged(), before);
    }
);

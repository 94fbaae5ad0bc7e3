//! What people alone do with their own account: no key takes it over, and nothing that was begun before outlives a change.

use std::time::Duration;

use mcnd::{
    app::NewKeyWish,
    model::{Digest, Role, Scope, Timestamp},
};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
};

/// What the forms of a page would hold for whoever has this in the cookie.
fn form_token(cookie: &str) -> String {
    Digest::of(format!("form of {cookie}").as_bytes()).to_string()
}

#[tokio::test]
async fn a_key_does_nothing_with_its_makers_own_account() {
    let test = TestApp::sqlite().await;
    let key = test.key(Role::Owner, &Scope::ALL).await;
    let token = form_token("made-up");
    for (path, fields) in [
        ("/settings/account/codes", [("do", "begin"), ("code", "")]),
        ("/settings/account/codes", [("do", "on"), ("code", "1")]),
        ("/settings/account/sessions", [("session", "a"), ("b", "")]),
        ("/settings/account/password", [("present", "a"), ("b", "")]),
        ("/confirm", [("password", "a"), ("next", "/")]),
        ("/sign-out", [("a", ""), ("b", "")]),
    ] {
        let mut form = vec![("token", token.as_str())];
        form.extend(fields);
        let sent = test
            .operator_ask(Method::POST, path)
            .bearer_auth(&key)
            .header("cookie", "__Host-mcnd-operator=made-up")
            .form(&form);
        let said = answer(sent).await.expect(403);
        assert!(said.text().contains("no API key may do this"), "{path}");
    }
    for path in ["/settings/account", "/settings/account/codes", "/confirm"] {
        let shown = test.operator_ask(Method::GET, path).bearer_auth(&key);
        answer(shown).await.expect(403);
    }
    assert_eq!(
        test.database.value("SELECT COUNT(*) FROM totp_devices"),
        "0"
    );
    assert_eq!(test.app.list_sessions().await.unwrap().len(), 1);
}

both!(
    async fn what_is_made_with_a_key_ends_no_later_and_comes_in_as_nobody_else(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let owner = test.caller(Role::Owner).await;
        let end = test.app.now().after(Duration::from_hours(1));
        let wish = |expires_at| NewKeyWish {
            name: "test".to_owned(),
            scopes: vec![Scope::Admin],
            expires_at,
        };
        let key = test
            .app
            .add_key(owner, wish(Some(end)))
            .await
            .unwrap()
            .secret;
        let post = |path: &str, body: serde_json::Value| {
            let request = test.operator_ask(Method::POST, path).bearer_auth(&key);
            answer(request.json(&body))
        };
        let add = async |expires_at: Option<Timestamp>| {
            let mut new = json!({ "name": "child", "scopes": ["admin"] });
            if let Some(end) = expires_at {
                new["expires_at"] = json!(end.to_string());
            }
            post("/api/v1/keys", new).await.status
        };
        assert_eq!(add(None).await, 403);
        assert_eq!(add(Some(end.after(Duration::from_secs(1)))).await, 403);
        assert_eq!(add(Some(end)).await, 201);
        let added = post(
            "/api/v1/operators",
            json!({ "name": "new", "role": "viewer" }),
        );
        added.await.expect(201);
        for path in [
            "/api/v1/operators/owner/invite",
            "/api/v1/operators/owner/reset-totp",
        ] {
            let refused = post(path, json!({})).await.expect(403);
            assert!(refused.text().contains("no API key may do this"), "{path}");
        }
        test.advance(Duration::from_hours(1));
        post("/api/v1/keys", json!({})).await.expect(401);
    }
);

#[tokio::test]
async fn a_form_with_a_key_is_refused_whatever_token_it_holds() {
    let test = TestApp::sqlite().await;
    let key = test.key(Role::Owner, &Scope::ALL).await;
    let token = form_token("made-up");
    let form = [
        ("token", token.as_str()),
        ("kind", "crawler"),
        ("form", "bearer"),
    ];
    let sent = test
        .operator_ask(Method::POST, "/settings/credentials")
        .bearer_auth(&key)
        .header("cookie", "__Host-mcnd-operator=made-up")
        .form(&form);
    let said = answer(sent).await.expect(403);
    assert!(said.text().contains("out of date"), "{}", said.text());
    assert_eq!(test.app.list_credentials().await.unwrap().len(), 2);
}

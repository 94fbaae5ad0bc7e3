//! What people alone do with their own account: no key takes it over, and nothing that was begun before outlives a change.

use mcnd::model::{Role, Scope};
use reqwest::Method;
use sha2::{Digest as _, Sha256};

use crate::harness::app::{TestApp, answer};

/// What the forms of a page would hold for whoever has this in the cookie.
fn form_token(cookie: &str) -> String {
    let digest = Sha256::digest(format!("form of {cookie}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
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
    assert_eq!(test.database.value("SELECT COUNT(*) FROM totp_devices"), "0");
    assert_eq!(test.app.list_sessions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_with_a_key_is_refused_whatever_token_it_holds() {
    let test = TestApp::sqlite().await;
    let key = test.key(Role::Owner, &Scope::ALL).await;
    let token = form_token("made-up");
    let form = [("token", token.as_str()), ("kind", "crawler"), ("form", "bearer")];
    let sent = test
        .operator_ask(Method::POST, "/settings/credentials")
        .bearer_auth(&key)
        .header("cookie", "__Host-mcnd-operator=made-up")
        .form(&form);
    let said = answer(sent).await.expect(403);
    assert!(said.text().contains("out of date"), "{}", said.text());
    assert_eq!(test.app.list_credentials().await.unwrap().len(), 2);
}

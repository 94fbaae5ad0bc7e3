//! Who may post to the callback, and what looking at it does.

use mcnd::model::{CredentialForm, CredentialKind};
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    http::Raw,
};

const FACE: &str = "/callbacks/dailymotion";

#[tokio::test]
async fn a_sender_without_a_right_credential_is_refused_before_its_body_is_read() {
    let test = TestApp::sqlite().await;
    let post = |path: &str| test.ask(Method::POST, path).body("not even JSON");
    let refused = answer(post(FACE)).await.expect(401);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic ")
    );
    answer(post(FACE).bearer_auth("wrong")).await.expect(401);
    answer(post(FACE).basic_auth("wrong", Some(&test.callback)))
        .await
        .expect(401);
    let wrong = answer(post("/callbacks/dailymotion/wrong"))
        .await
        .expect(404);
    let unknown = answer(post("/nowhere")).await.expect(404);
    assert_eq!(wrong.json()["title"], unknown.json()["title"]);
    // An unread body of any length ends the connection instead of being taken in.
    let mut raw = Raw::connect(test.public).await;
    raw.send(format!(
        "POST {FACE} HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"
    ))
    .await
    .unwrap();
    assert_eq!(raw.answer().await.unwrap().status, 401);
    assert_eq!(test.filed(), []);
    assert_eq!(test.database.value("SELECT count(*) FROM quarantine"), "0");
}

#[tokio::test]
async fn every_form_of_credential_opens_the_callback() {
    let test = TestApp::sqlite().await;
    let make = |form| test.credential(CredentialKind::Callback, form);
    let basic = make(CredentialForm::Basic).await;
    let path = make(CredentialForm::Path).await;
    let post = |path: &str| test.ask(Method::POST, path).body("[]");
    let user = basic.credential.id.to_string();
    answer(post(FACE).basic_auth(&user, Some(&basic.secret)))
        .await
        .expect(200);
    answer(post(&format!("{FACE}/{}", path.secret)))
        .await
        .expect(200);
    answer(post(FACE).bearer_auth(&test.callback))
        .await
        .expect(200);
    // A secret counts in its own form only.
    answer(post(FACE).bearer_auth(&basic.secret))
        .await
        .expect(401);
    answer(post(&format!("{FACE}/{}", test.callback)))
        .await
        .expect(404);
}

#[tokio::test]
async fn looking_at_the_callback_has_no_effect() {
    let test = TestApp::sqlite().await;
    for method in [Method::GET, Method::HEAD] {
        let looked = answer(test.ask(method, FACE).bearer_auth(&test.callback))
            .await
            .expect(200);
        assert!(looked.body.len() < 100);
    }
    let path = test
        .credential(CredentialKind::Callback, CredentialForm::Path)
        .await;
    answer(test.ask(Method::GET, &format!("{FACE}/{}", path.secret)))
        .await
        .expect(200);
    answer(test.ask(Method::GET, FACE)).await.expect(401);
    assert_eq!(test.filed(), []);
}

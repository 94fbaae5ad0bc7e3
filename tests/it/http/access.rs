//! Who is let in to user list and feeds, and what wrong tries cost.

use std::time::Duration;

use mcnd::{
    app::Error,
    model::{CredentialForm, CredentialKind},
};
use reqwest::Method;

use crate::harness::{
    app::{BASE, TestApp, answer},
    both,
    given::by,
    http::Answer,
};

const LIST: &str = "/users.json";

/// What the user list answers to a bearer of this secret.
async fn bearer(test: &TestApp, secret: &str) -> u16 {
    answer(test.ask(Method::GET, LIST).bearer_auth(secret))
        .await
        .status
}

/// The same through a trusted proxy, from this address.
async fn from(test: &TestApp, address: &str, secret: &str) -> Answer {
    let request = test.ask(Method::GET, LIST).bearer_auth(secret);
    answer(request.header("x-forwarded-for", address)).await
}

#[tokio::test]
async fn without_a_right_credential_there_is_a_challenge() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    for path in [LIST, "/feeds/a.xml", "/feeds/nobody.xml"] {
        for request in [
            test.ask(Method::GET, path),
            test.ask(Method::GET, path).bearer_auth("wrong"),
            test.ask(Method::GET, path)
                .header("authorization", "Digest x"),
        ] {
            let refused = answer(request).await.expect(401);
            assert_eq!(
                refused.header("www-authenticate"),
                Some("Basic realm=\"mcnd\", charset=\"UTF-8\"")
            );
        }
    }
}

#[tokio::test]
async fn a_credential_of_the_other_face_is_403() {
    let test = TestApp::sqlite().await;
    assert_eq!(bearer(&test, &test.callback).await, 403);
    let swapped = test
        .ask(Method::POST, "/callbacks/dailymotion")
        .bearer_auth(&test.crawler)
        .body("[]");
    answer(swapped).await.expect(403);
}

#[tokio::test]
async fn a_secret_counts_in_its_own_form_only() {
    let test = TestApp::sqlite().await;
    let make = |form| test.credential(CredentialKind::Crawler, form);
    let (basic, path) = (
        make(CredentialForm::Basic).await,
        make(CredentialForm::Path).await,
    );
    let user = basic.credential.id.to_string();
    let basic_with =
        |secret: &str| answer(test.ask(Method::GET, LIST).basic_auth(&user, Some(secret)));
    basic_with(&basic.secret).await.expect(200);
    basic_with(&test.crawler).await.expect(401);
    assert_eq!(bearer(&test, &basic.secret).await, 401);
    assert_eq!(bearer(&test, &path.secret).await, 401);
    let by_path = |secret: &str| answer(test.ask(Method::GET, &format!("/c/{secret}{LIST}")));
    by_path(&path.secret).await.expect(200);
    by_path(&basic.secret).await.expect(404);
}

#[tokio::test]
async fn a_crawler_that_has_only_an_address_finds_feeds_under_the_same_secret() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    let path = test
        .credential(CredentialKind::Crawler, CredentialForm::Path)
        .await;
    let under = format!("/c/{}", path.secret);
    let get = |path: &str| answer(test.ask(Method::GET, path));
    let list = get(&format!("{under}{LIST}")).await.expect(200).json();
    let feed = list[0]["mrss"].as_str().unwrap();
    assert_eq!(feed, format!("{BASE}{under}/feeds/a.xml"));
    let feed = get(&feed.replace(BASE, "")).await.expect(200);
    assert!(feed.text().contains(&format!("{BASE}{under}/feeds/a.xml")));
    assert!(!test.feed("a").await.text().contains(&path.secret));
    let wrong = get("/c/wrong/feeds/a.xml").await.expect(404);
    assert!(!wrong.text().contains("wrong"));
}

both!(
    async fn after_a_rotation_both_secrets_open_until_the_overlap_ends(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let old = test
            .credential(CredentialKind::Crawler, CredentialForm::Bearer)
            .await;
        let hour = Duration::from_hours(1);
        let new = test
            .app
            .rotate_credential(by(), old.credential.id.clone(), hour)
            .await
            .unwrap()
            .successor;
        assert_eq!(
            (
                bearer(&test, &old.secret).await,
                bearer(&test, &new.secret).await
            ),
            (200, 200)
        );
        // Another rotation neither lengthens the overlap nor brings back what has ended.
        let id = old.credential.id.clone();
        let again = test.app.rotate_credential(by(), id, 2 * hour).await;
        assert_eq!(again.unwrap().old_until, test.app.now().after(hour));
        test.advance(hour);
        let id = old.credential.id.clone();
        let ended = test.app.rotate_credential(by(), id, hour).await;
        assert!(matches!(ended, Err(Error::Conflict(_))), "{ended:?}");
        assert_eq!(
            (
                bearer(&test, &old.secret).await,
                bearer(&test, &new.secret).await
            ),
            (401, 200)
        );
        let count = "SELECT count(*) FROM credentials";
        let before: u32 = test.database.value(count).parse().unwrap();
        assert_eq!(test.app.forget_old_visits().await.unwrap(), 1);
        assert_eq!(test.database.value(count), (before - 1).to_string());
    }
);

both!(
    async fn a_credential_removed_elsewhere_ends_with_the_next_refresh(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let new = test
            .credential(CredentialKind::Crawler, CredentialForm::Bearer)
            .await;
        assert_eq!(bearer(&test, &new.secret).await, 200);
        test.database.sql(&format!(
            "DELETE FROM credentials WHERE id = '{}'",
            new.credential.id
        ));
        test.app.refresh_credentials().await.unwrap();
        assert_eq!(bearer(&test, &new.secret).await, 401);
    }
);

#[tokio::test]
async fn a_secret_is_told_though_the_credentials_cannot_be_read_again() {
    let test = TestApp::sqlite().await;
    let known = test.app.list_credentials().await.unwrap();
    let first = known[0].id.as_str();
    test.database.spoil("credentials", "id", first);
    let kind = CredentialKind::Crawler;
    let new = test.app.add_credential(by(), kind, CredentialForm::Path);
    assert!(!new.await.unwrap().secret.is_empty());
    assert!(test.app.refresh_credentials().await.is_err());
    let count = "SELECT count(*) FROM credentials";
    assert_eq!(test.database.value(count), (known.len() + 1).to_string());
}

#[tokio::test]
async fn an_open_face_needs_no_credential_and_the_callback_is_never_open() {
    let test = TestApp::with(&[("access.open", "true")]).await;
    answer(test.ask(Method::GET, LIST)).await.expect(200);
    assert_eq!(bearer(&test, "wrong").await, 200);
    answer(test.ask(Method::POST, "/callbacks/dailymotion").body("[]"))
        .await
        .expect(401);
}

#[tokio::test]
async fn too_many_wrong_tries_stop_their_address_and_no_right_credential() {
    let test = TestApp::with(&[("server.trusted_proxies", r#"["127.0.0.0/8"]"#)]).await;
    for _ in 0..20 {
        from(&test, "192.0.2.1", "wrong").await.expect(401);
    }
    let refused = from(&test, "192.0.2.1", "wrong").await.expect(429);
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    from(&test, "192.0.2.1", &test.crawler).await.expect(200);
    from(&test, "192.0.2.2", "wrong").await.expect(401);
    // Asking without anything is no try.
    let nothing = test
        .ask(Method::GET, LIST)
        .header("x-forwarded-for", "192.0.2.1");
    answer(nothing).await.expect(401);
    // Secret paths and the callback count too.
    answer(
        test.ask(Method::GET, "/c/wrong/users.json")
            .header("x-forwarded-for", "192.0.2.1"),
    )
    .await
    .expect(429);
}

#[tokio::test]
async fn an_unexpected_address_is_refused_where_that_is_enforced() {
    let settings = [
        ("server.trusted_proxies", r#"["127.0.0.0/8"]"#),
        ("access.address_check", "enforce"),
    ];
    let mut test = TestApp::with(&settings).await;
    from(&test, "188.65.120.7", &test.crawler).await.expect(200);
    from(&test, "192.0.2.1", &test.crawler).await.expect(403);
    from(&test, "192.0.2.1", "wrong").await.expect(401);
    let callback = test
        .ask(Method::POST, "/callbacks/dailymotion")
        .bearer_auth(&test.callback);
    answer(callback.header("x-forwarded-for", "192.0.2.1").body("[]"))
        .await
        .expect(403);
    for check in ["report", "off"] {
        test.set("access.address_check", check).await;
        from(&test, "192.0.2.1", &test.crawler).await.expect(200);
    }
}

#[tokio::test]
async fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
    let test = TestApp::with(&[("access.address_check", "enforce")]).await;
    from(&test, "188.65.120.7", &test.crawler).await.expect(403);
    let settings = [
        ("server.trusted_proxies", r#"["127.0.0.0/8"]"#),
        ("access.address_check", "enforce"),
    ];
    let test = TestApp::with(&settings).await;
    from(&test, "188.65.120.7, 192.0.2.1", &test.crawler)
        .await
        .expect(403);
    from(&test, "192.0.2.1, 188.65.120.7", &test.crawler)
        .await
        .expect(200);
}

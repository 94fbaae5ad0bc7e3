//! What a browser is given when somebody comes in, and where it is led.

use std::time::Duration;

use mcnd::model::Role;
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    both,
    http::Answer,
    people::{PASSWORD, Signed},
};

/// Signs the viewer in, on the way to this place.
async fn enter(test: &TestApp, next: &str) -> Answer {
    let form = [("name", "viewer"), ("password", PASSWORD), ("next", next)];
    answer(test.operator_ask(Method::POST, "/sign-in").form(&form)).await
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_how_long_to_wait() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Viewer).await;
    for _ in 0..4 {
        signed.confirm(&test, "wrong").await.expect(401);
    }
    let new = [("present", "wrong"), ("password", "a new long one"), ("again", "a new long one")];
    for refused in [
        enter(&test, "/").await,
        signed.confirm(&test, "wrong").await,
        signed.send(&test, "/settings/account/password", &new).await,
    ] {
        let refused = refused.expect(429);
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(refused.text().contains("too many tries"));
    }
}

both!(
    async fn strangers_keep_nobody_out_who_has_signed_in_from_there_before(db: TestDatabase) {
        let settings = [
            ("server.trusted_proxies", r#"["127.0.0.0/8"]"#),
            ("operators.sign_ins_per_minute", "100"),
        ];
        let test = TestApp::start(db, &settings).await;
        let given = async |address: &str, password: &str| {
            let form = [("name", "viewer"), ("password", password), ("next", "/")];
            let request = test.operator_ask(Method::POST, "/sign-in").form(&form);
            answer(request.header("x-forwarded-for", address)).await
        };
        test.signed(Role::Viewer).await;
        let strangers = async || {
            for _ in 0..8 {
                given("192.0.2.66", "wrong").await;
            }
        };
        let signed = Signed::of(&given("2001:db8:1:2::a", PASSWORD).await.expect(303));
        signed.send(&test, "/sign-out", &[]).await.expect(303);
        // Weeks after they signed out, from another address of the same network.
        test.advance(Duration::from_hours(50 * 24));
        test.app.sweep().await.unwrap();
        strangers().await;
        given("198.51.100.1", PASSWORD).await.expect(429);
        given("2001:db8:1:2::b", PASSWORD).await.expect(303);
        test.advance(Duration::from_hours(60 * 24));
        strangers().await;
        given("2001:db8:1:2::b", PASSWORD).await.expect(429);
        test.app.sweep().await.unwrap();
        let networks = "SELECT count(*) FROM sign_in_networks";
        assert_eq!(test.database.value(networks), "0");
    }
);

both!(
    async fn strangers_keep_nobody_from_giving_the_password_again(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let signed = test.signed(Role::Viewer).await;
        test.database.sql("DELETE FROM sign_in_networks");
        for _ in 0..8 {
            let form = [("name", "viewer"), ("password", "wrong")];
            answer(test.operator_ask(Method::POST, "/sign-in").form(&form)).await;
        }
        enter(&test, "/").await.expect(429);
        signed.confirm(&test, PASSWORD).await.expect(303);
    }
);

#[tokio::test]
async fn nobody_is_led_to_another_site_by_a_sign_in() {
    let test = TestApp::with(&[("operators.sign_ins_per_minute", "1000")]).await;
    let signed = test.signed(Role::Viewer).await;
    for odd in [
        "/\t/evil.example/",
        "/\n/evil.example/",
        "/\r/evil.example/",
        "/\u{1}",
        "/\u{7f}/evil.example",
        "/\u{85}/evil.example",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
    ] {
        let led = enter(&test, odd).await.expect(303);
        assert_eq!(led.header("location"), Some("/"), "{odd:?}");
        for page in ["/sign-in", "/confirm"] {
            let mut query = url::form_urlencoded::Serializer::new(format!("{page}?"));
            let path = query.append_pair("next", odd).finish();
            let shown = signed.get(&test, &path).await.expect(200);
            assert!(shown.text().contains("name=\"next\" value=\"/\""), "{path}");
        }
    }
    let led = enter(&test, "/creators?search=a").await.expect(303);
    assert_eq!(led.header("location"), Some("/creators?search=a"));
}

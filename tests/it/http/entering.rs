//! What a browser is given when somebody comes in, and where it is led.

use mcnd::model::Role;
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    http::Answer,
    people::PASSWORD,
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

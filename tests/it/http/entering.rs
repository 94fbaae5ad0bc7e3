//! What a browser is given when somebody comes in, and where it is led.

use std::{collections::BTreeSet, time::Duration};

use mcnd::{
    app::OperatorChange,
    model::{OperatorName, Role},
};
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    both,
    given::by,
    http::Answer,
    people::{PASSWORD, Signed},
};

/// Signs the viewer in, on the way to this place.
async fn enter(test: &TestApp, next: &str) -> Answer {
    let form = [("name", "viewer"), ("password", PASSWORD), ("next", next)];
    answer(test.operator_ask(Method::POST, "/sign-in").form(&form)).await
}

/// The one cookie of an answer, with what browsers are told about it.
#[track_caller]
fn cookie_of(said: &Answer) -> Signed {
    let cookies = said.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<_> = cookies.map(|(_, cookie)| cookie.as_str()).collect();
    let [cookie] = cookies.as_slice() else {
        panic!("one cookie is expected, not {cookies:?}");
    };
    let mut parts = cookie.split("; ");
    let pair = parts.next().unwrap();
    assert!(pair.starts_with("__Host-mcnd-operator="), "{pair}");
    let mut told: Vec<_> = parts.collect();
    told.sort_unstable();
    assert_eq!(told, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    let signed = Signed::of(said);
    // 256 random bits.
    assert_eq!(signed.secret().len(), 43);
    signed
}

#[tokio::test]
async fn every_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts() {
    let test = TestApp::with(&[("operators.sign_ins_per_minute", "100")]).await;
    test.signed(Role::Viewer).await;
    let signed = cookie_of(&enter(&test, "/").await.expect(303));
    let confirmed = signed.confirm(&test, PASSWORD).await.expect(303);
    let confirmed = cookie_of(&confirmed);
    let path = format!("/enter/{}", confirmed.secret());
    let entered = cookie_of(&test.inside(&path).await.expect(303));
    let new = "another good battery";
    let fields = [("present", PASSWORD), ("password", new), ("again", new)];
    let changed = entered.send(&test, "/settings/account/password", &fields);
    let changed = cookie_of(&changed.await.expect(303));
    let all = [&signed, &confirmed, &entered, &changed].map(Signed::secret);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 4);
    let out = changed.send(&test, "/sign-out", &[]).await.expect(303);
    let forgotten = out.header("set-cookie").unwrap();
    assert!(
        forgotten.contains("=; ") && forgotten.ends_with("; Max-Age=0"),
        "{forgotten}"
    );
    changed.get(&test, "/api/v1/me").await.expect(401);
}

#[tokio::test]
async fn whoever_signs_in_has_a_new_secret_whatever_the_browser_held() {
    let test = TestApp::sqlite().await;
    let before = test.signed(Role::Viewer).await;
    let chosen = "__Host-mcnd-operator=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for held in [chosen, before.cookie()] {
        let form = [("name", "viewer"), ("password", PASSWORD), ("next", "/")];
        let request = test
            .operator_ask(Method::POST, "/sign-in")
            .header("cookie", held);
        let said = answer(request.form(&form)).await.expect(303);
        assert_ne!(cookie_of(&said).cookie(), held);
    }
    let me = test.operator_ask(Method::GET, "/api/v1/me");
    answer(me.header("cookie", chosen)).await.expect(401);
}

both!(
    async fn a_new_role_and_a_password_by_a_link_end_every_session(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let name = "viewer".parse::<OperatorName>().unwrap();
        let both = [
            test.signed(Role::Viewer).await,
            test.signed(Role::Viewer).await,
        ];
        let role = OperatorChange {
            role: Some(Role::Finance),
            enabled: None,
        };
        let changed = test
            .app
            .change_operator(by(), name.clone(), role, None)
            .await;
        changed.unwrap();
        for gone in both {
            gone.get(&test, "/api/v1/me").await.expect(401);
        }
        let session = Signed::of(&enter(&test, "/").await.expect(303));
        let link = test.app.invite_operator(by(), name).await.unwrap();
        session.get(&test, "/api/v1/me").await.expect(200);
        let form = [
            ("password", "another good battery"),
            ("again", "another good battery"),
        ];
        let path = format!("/sign-up/{}", link.secret);
        let sent = test.operator_ask(Method::POST, &path).form(&form);
        answer(sent).await.expect(303);
        session.get(&test, "/api/v1/me").await.expect(401);
        enter(&test, "/").await.expect(401);
    }
);

#[tokio::test]
async fn whoever_tries_too_often_is_told_how_long_to_wait() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Viewer).await;
    for _ in 0..4 {
        signed.confirm(&test, "wrong").await.expect(401);
    }
    let new = [
        ("present", "wrong"),
        ("password", "a new long one"),
        ("again", "a new long one"),
    ];
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

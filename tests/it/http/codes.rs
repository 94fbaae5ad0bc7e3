//! Codes beside the password: set up with a device, asked for when somebody signs in, good once each.

use std::time::Duration;

use mcnd::{
    app::{OperatorChange, SignedIn},
    model::{OperatorName, Role},
};
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    both,
    given::by,
    http::{Answer, between},
    people::{PASSWORD, Signed},
    totp::code,
};

const PAGE: &str = "/settings/account/codes";
const STEP: Duration = Duration::from_secs(30);

/// Sets a device up, and answers with its secret and the recovery codes.
pub(super) async fn set_up(signed: &Signed, test: &TestApp) -> (String, Vec<String>) {
    let proposed = signed
        .send(test, PAGE, &[("do", "begin")])
        .await
        .expect(200);
    let secret = between(proposed.text(), "secret=", "&").to_owned();
    assert!(proposed.text().contains("<svg class=\"picture\""));
    let wrong = signed
        .send(test, PAGE, &[("do", "on"), ("code", "000000")])
        .await;
    assert!(wrong.expect(422).text().contains("the code is wrong"));
    let first = code(&secret, test.app.now());
    let on = signed
        .send(test, PAGE, &[("do", "on"), ("code", &first)])
        .await
        .expect(200);
    let codes = on.text().split("<li><code>").skip(1);
    let codes: Vec<_> = codes
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// Gives the right password, and answers with what the page that asks for a code holds.
pub(super) async fn half(test: &TestApp, name: &str) -> String {
    let form = [("name", name), ("password", PASSWORD), ("next", "/alarms")];
    let asked = answer(test.operator_ask(Method::POST, "/sign-in").form(&form))
        .await
        .expect(200);
    assert_eq!(asked.header("set-cookie"), None);
    between(asked.text(), "name=\"half\" value=\"", "\"").to_owned()
}

async fn give(test: &TestApp, half: &str, code: &str) -> Answer {
    let form = [("half", half), ("code", code), ("next", "/alarms")];
    answer(test.operator_ask(Method::POST, "/sign-in/code").form(&form)).await
}

both!(
    async fn a_code_is_asked_for_after_the_password_and_is_good_once(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let signed = test.signed(Role::Viewer).await;
        let (secret, _) = set_up(&signed, &test).await;
        let used = code(&secret, test.app.now());
        let first = half(&test, "viewer").await;
        give(&test, &first, &used).await.expect(401);
        test.advance(STEP);
        let fresh = code(&secret, test.app.now());
        let let_in = give(&test, &first, &fresh).await.expect(303);
        assert_eq!(let_in.header("location"), Some("/alarms"));
        Signed::of(&let_in)
            .get(&test, "/api/v1/me")
            .await
            .expect(200);
        give(&test, &first, &fresh).await.expect(401);
        let second = half(&test, "viewer").await;
        give(&test, &second, &fresh).await.expect(401);
        test.advance(STEP);
        let late = code(&secret, test.app.now());
        test.advance(Duration::from_mins(5));
        assert!(
            give(&test, &second, &late)
                .await
                .expect(401)
                .text()
                .contains("too long")
        );
    }
);

both!(
    async fn a_recovery_code_takes_the_place_of_a_code_once(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let signed = test.signed(Role::Operator).await;
        let (secret, codes) = set_up(&signed, &test).await;
        let typed = codes[3].to_uppercase().replace('-', " ");
        let waits = half(&test, "operator").await;
        give(&test, &waits, &typed).await.expect(303);
        let waits = half(&test, "operator").await;
        give(&test, &waits, &typed).await.expect(401);
        assert!(
            signed
                .get(&test, PAGE)
                .await
                .expect(200)
                .text()
                .contains("<strong>9</strong>")
        );
        test.advance(STEP);
        let fresh = code(&secret, test.app.now());
        signed
            .send(&test, PAGE, &[("do", "renew"), ("code", &fresh)])
            .await
            .expect(200);
        let waits = half(&test, "operator").await;
        give(&test, &waits, &codes[0]).await.expect(401);
        for secret in codes.iter().chain([&secret]) {
            let kept = test
                .database
                .query("SELECT COALESCE(before, '') || COALESCE(after, '') FROM audit");
            assert!(!format!("{kept:?}").contains(secret.as_str()));
        }
        let actions = test
            .database
            .query("SELECT action FROM audit WHERE action LIKE 'operator.totp%' ORDER BY id");
        assert_eq!(actions.len(), 3, "{actions:?}");
    }
);

both!(
    async fn codes_are_turned_off_by_a_code_or_reset_by_an_owner(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let owner = test.signed(Role::Owner).await;
        let signed = test.signed(Role::Finance).await;
        let (secret, _) = set_up(&signed, &test).await;
        signed
            .send(&test, PAGE, &[("do", "begin")])
            .await
            .expect(409);
        signed
            .send(&test, PAGE, &[("do", "off"), ("code", "123456")])
            .await
            .expect(422);
        test.advance(STEP);
        let fresh = code(&secret, test.app.now());
        signed
            .send(&test, PAGE, &[("do", "off"), ("code", &fresh)])
            .await
            .expect(303);
        test.sign_in("finance", PASSWORD).await;
        set_up(&signed, &test).await;
        half(&test, "finance").await;
        let reset = owner.ask(&test, Method::POST, "/api/v1/operators/finance/reset-totp");
        answer(reset).await.expect(204);
        test.sign_in("finance", PASSWORD).await;
        let name = "finance".parse().unwrap();
        assert!(test.app.reset_totp(by(), name).await.is_err());
    }
);

both!(
    async fn wrong_codes_make_wait_whatever_the_address(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let signed = test.signed(Role::Viewer).await;
        let (secret, _) = set_up(&signed, &test).await;
        let waits = half(&test, "viewer").await;
        give(&test, &waits, "000000").await.expect(401);
        for _ in 0..6 {
            give(&test, &waits, "000000").await;
        }
        let refused = give(&test, &waits, "000000").await.expect(429);
        assert!(refused.header("retry-after").is_some());
        let refused = signed.send(&test, PAGE, &[("do", "off"), ("code", "000000")]);
        assert!(refused.await.expect(429).header("retry-after").is_some());
        test.advance(Duration::from_mins(4));
        let fresh = code(&secret, test.app.now());
        give(&test, &waits, &fresh).await.expect(303);
    }
);

both!(
    async fn a_new_password_and_a_new_role_end_what_waits_for_a_code(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let (name, new) = (
            "viewer".parse::<OperatorName>().unwrap(),
            "another good battery",
        );
        let signed = test.signed(Role::Viewer).await;
        let (secret, _) = set_up(&signed, &test).await;
        let ended = async |waits: &str| {
            test.advance(STEP);
            let fresh = code(&secret, test.app.now());
            let said = give(&test, waits, &fresh).await.expect(401);
            assert!(said.text().contains("too long"), "{}", said.text());
        };
        let waits = half(&test, "viewer").await;
        let fields = [("present", PASSWORD), ("password", new), ("again", new)];
        let changed = signed.send(&test, "/settings/account/password", &fields);
        changed.await.expect(303);
        ended(&waits).await;
        let link = test.app.invite_operator(by(), name.clone()).await.unwrap();
        let origin = crate::harness::people::nearby();
        let back = test
            .app
            .sign_up(link.secret, None, PASSWORD.to_owned(), origin);
        back.await.unwrap();
        let waits = half(&test, "viewer").await;
        let role = OperatorChange {
            role: Some(Role::Finance),
            enabled: None,
        };
        let changed = test
            .app
            .change_operator(by(), name.clone(), role, None)
            .await;
        changed.unwrap();
        ended(&waits).await;
        let waits = half(&test, "viewer").await;
        test.app.reset_totp(by(), name).await.unwrap();
        ended(&waits).await;
    }
);

both!(
    async fn strangers_who_type_odd_names_do_not_lengthen_the_wait_for_a_code(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let signed = test.signed(Role::Viewer).await;
        let (secret, _) = set_up(&signed, &test).await;
        test.advance(STEP);
        let waits = half(&test, "viewer").await;
        for _ in 0..8 {
            let form = [("name", "code of viewer"), ("password", "wrong")];
            answer(test.operator_ask(Method::POST, "/sign-in").form(&form)).await;
        }
        let fresh = code(&secret, test.app.now());
        give(&test, &waits, &fresh).await.expect(303);
    }
);

#[tokio::test]
async fn a_device_that_never_proved_itself_asks_nobody_for_codes() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Viewer).await;
    let first = signed
        .send(&test, PAGE, &[("do", "begin")])
        .await
        .expect(200);
    let second = signed
        .send(&test, PAGE, &[("do", "begin")])
        .await
        .expect(200);
    assert_ne!(first.text(), second.text());
    let password = mcnd::app::Password::given(PASSWORD.to_owned());
    let origin = crate::harness::people::nearby();
    let signed_in = test
        .app
        .sign_in("viewer".to_owned(), password, origin)
        .await;
    assert!(matches!(signed_in, Ok(SignedIn::In(_))));
}

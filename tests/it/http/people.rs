//! People and programs at the operators' face: how they come in, how long they stay, and what is written down of it.

use std::time::Duration;

use mcnd::{
    app::{NewKeyWish, OperatorChange, Password},
    model::{Role, Scope},
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
    given::by,
    people::{PASSWORD, Signed, nearby},
};

const HOUR: Duration = Duration::from_hours(1);

both!(
    async fn the_first_owner_comes_in_by_a_link_that_is_good_once(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let link = test.app.first_owner_link().await.unwrap().unwrap();
        let path = format!("/sign-up/{}", link.secret);
        assert!(
            test.inside(&path)
                .await
                .expect(200)
                .text()
                .contains("first owner")
        );
        let form = [("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)];
        let sent = answer(test.operator_ask(Method::POST, &path).form(&form)).await;
        assert_eq!(sent.expect(303).header("location"), Some("/sign-in"));
        test.inside(&path).await.expect(404);
        assert!(test.app.first_owner_link().await.unwrap().is_none());
        let signed = test.sign_in("ann", PASSWORD).await;
        let me = signed.get(&test, "/api/v1/me").await.expect(200).json();
        assert_eq!(
            (&me["operator"], &me["role"]),
            (&json!("ann"), &json!("owner"))
        );
    }
);

both!(
    async fn a_link_ends_after_an_hour_and_the_next_one_ends_it_at_once(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let first = test.app.first_owner_link().await.unwrap().unwrap();
        let second = test.app.first_owner_link().await.unwrap().unwrap();
        test.inside(&format!("/sign-up/{}", first.secret))
            .await
            .expect(404);
        test.inside(&format!("/sign-up/{}", second.secret))
            .await
            .expect(200);
        test.advance(HOUR);
        test.inside(&format!("/sign-up/{}", second.secret))
            .await
            .expect(404);
    }
);

both!(
    async fn a_session_ends_by_idling_by_age_and_by_hand(db: TestDatabase) {
        let settings = [
            ("operators.session_idle", "\"2h\""),
            ("operators.session_lifetime", "\"5h\""),
        ];
        let test = TestApp::start(db, &settings).await;
        let idle = test.signed(Role::Owner).await;
        test.advance(2 * HOUR);
        idle.get(&test, "/api/v1/me").await.expect(401);
        let old = test.sign_in("owner", PASSWORD).await;
        for _ in 0..4 {
            test.advance(HOUR);
            old.get(&test, "/api/v1/me").await.expect(200);
        }
        test.advance(HOUR);
        old.get(&test, "/api/v1/me").await.expect(401);
        let ended = test.sign_in("owner", PASSWORD).await;
        let other = test.sign_in("owner", PASSWORD).await;
        let sessions = other
            .get(&test, "/api/v1/sessions")
            .await
            .expect(200)
            .json();
        assert_eq!(sessions.as_array().unwrap().len(), 2);
        let first = sessions[0]["id"].as_str().unwrap();
        let end = other.ask(&test, Method::DELETE, &format!("/api/v1/sessions/{first}"));
        answer(end).await.expect(204);
        ended.get(&test, "/api/v1/me").await.expect(401);
        other.get(&test, "/api/v1/me").await.expect(200);
    }
);

both!(
    async fn what_administers_asks_for_the_password_again_and_the_cookie_changes(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Owner).await;
        signed.get(&test, "/api/v1/audit").await.expect(200);
        test.advance(Duration::from_mins(10));
        signed.get(&test, "/api/v1/audit").await.expect(403);
        signed.get(&test, "/api/v1/operators").await.expect(200);
        let wrong = signed.confirm(&test, "not the password").await;
        wrong.expect(401);
        let fresh = signed.confirm(&test, PASSWORD).await.expect(303);
        let fresh = Signed::of(&fresh);
        signed.get(&test, "/api/v1/me").await.expect(401);
        fresh.get(&test, "/api/v1/audit").await.expect(200);
    }
);

both!(
    async fn wrong_names_and_wrong_passwords_are_answered_alike_and_slowed_down(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        test.signed(Role::Viewer).await;
        let tried = async |name: &str| {
            let form = [("name", name), ("password", "wrong wrong wrong")];
            let said = answer(test.operator_ask(Method::POST, "/sign-in").form(&form)).await;
            (said.status, said.text().replace(name, "NAME"))
        };
        let unknown = tried("nobody").await;
        assert_eq!(tried("viewer").await, unknown);
        assert_eq!(unknown.0, 401);
        for _ in 0..5 {
            tried("nobody").await;
        }
        assert_eq!(tried("nobody").await.0, 429);
        // The viewer has signed in from here before: strangers' tries do not keep them out.
        test.sign_in("viewer", PASSWORD).await;
    }
);

both!(
    async fn a_key_does_what_its_scopes_and_its_maker_may_until_it_ends(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let key = test.key(Role::Operator, &[Scope::Catalog]).await;
        let with = |method, path: &str| test.operator_ask(method, path).bearer_auth(&key);
        answer(with(Method::GET, "/api/v1/creators"))
            .await
            .expect(200);
        let new = json!({ "id": "c", "name": "C" });
        answer(with(Method::POST, "/api/v1/creators").json(&new))
            .await
            .expect(201);
        answer(with(Method::GET, "/api/v1/credentials"))
            .await
            .expect(403);
        let demoted = OperatorChange {
            role: Some(Role::Viewer),
            enabled: None,
        };
        let name = "operator".parse().unwrap();
        test.app
            .change_operator(by(), name, demoted, None)
            .await
            .unwrap();
        answer(with(Method::POST, "/api/v1/creators").json(&new))
            .await
            .expect(403);
        answer(with(Method::GET, "/api/v1/creators"))
            .await
            .expect(200);
        let mut wrong = key.clone();
        wrong.pop();
        answer(
            test.operator_ask(Method::GET, "/api/v1/me")
                .bearer_auth(wrong),
        )
        .await
        .expect(401);
    }
);

both!(
    async fn a_key_never_has_more_than_its_maker_and_the_last_owner_stays(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let operator = test.caller(Role::Operator).await;
        let wish = NewKeyWish {
            name: "all".to_owned(),
            scopes: vec![Scope::Read, Scope::Admin],
            expires_at: None,
        };
        let refused = test.app.add_key(operator, wish).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            "a key may not do more than its maker: admin"
        );
        test.signed(Role::Owner).await;
        let gone = OperatorChange {
            role: None,
            enabled: Some(false),
        };
        let refused = test
            .app
            .change_operator(by(), "owner".parse().unwrap(), gone, None)
            .await;
        assert!(refused.unwrap_err().to_string().contains("the only owner"));
    }
);

both!(
    async fn two_editors_at_once_do_not_overwrite_each_other(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("c").await;
        let signed = test.signed(Role::Operator).await;
        let seen = signed.get(&test, "/api/v1/creators/c").await.expect(200);
        let tag = seen.header("etag").unwrap().to_owned();
        let edit = |name: &str| {
            let request = signed.ask(&test, Method::PATCH, "/api/v1/creators/c");
            answer(
                request
                    .header("if-match", tag.clone())
                    .json(&json!({ "name": name })),
            )
        };
        let (one, other) = tokio::join!(edit("one"), edit("other"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let blind = signed
            .ask(&test, Method::PATCH, "/api/v1/creators/c")
            .json(&json!({}));
        answer(blind).await.expect(428);
    }
);

both!(
    async fn two_owners_at_once_do_not_overwrite_each_other(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let owner = test.signed(Role::Owner).await;
        test.signed(Role::Viewer).await;
        let path = "/api/v1/operators/viewer";
        let seen = owner.get(&test, path).await.expect(200);
        let tag = seen.header("etag").unwrap().to_owned();
        let edit = |role: &str| {
            let request = owner.ask(&test, Method::PATCH, path);
            answer(
                request
                    .header("if-match", &tag)
                    .json(&json!({ "role": role })),
            )
        };
        let (one, other) = tokio::join!(edit("finance"), edit("operator"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let blind = owner.ask(&test, Method::PATCH, path);
        answer(blind.json(&json!({ "role": "owner" })))
            .await
            .expect(428);
    }
);

#[tokio::test]
async fn requests_that_another_site_made_a_browser_send_are_refused() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Owner).await;
    let new = json!({ "id": "c", "name": "C" });
    let send = async |dress: fn(RequestBuilder) -> RequestBuilder| {
        let bare = test.operator_ask(Method::POST, "/api/v1/creators");
        answer(dress(bare.header("cookie", signed.cookie())).json(&new))
            .await
            .status
    };
    assert_eq!(send(|request| request).await, 403);
    assert_eq!(
        send(|request| request.header("sec-fetch-site", "cross-site")).await,
        403
    );
    assert_eq!(
        send(|request| request.header("origin", "https://evil.example")).await,
        403
    );
    assert_eq!(send(|request| request.header("origin", "null")).await, 403);
    assert_eq!(
        send(|request| request.header("sec-fetch-site", "same-origin")).await,
        201
    );
    let form = [("token", "guessed"), ("password", PASSWORD)];
    let forged = signed.ask(&test, Method::POST, "/confirm").form(&form);
    answer(forged).await.expect(403);
    let theirs = [("name", "owner"), ("password", PASSWORD)];
    let sign_in = test
        .operator_ask(Method::POST, "/sign-in")
        .header("origin", "https://evil.example");
    answer(sign_in.form(&theirs)).await.expect(403);
}

#[tokio::test]
async fn a_password_over_plain_http_from_elsewhere_is_refused_with_the_cure() {
    let test = TestApp::sqlite().await;
    test.signed(Role::Viewer).await;
    let form = [("name", "viewer"), ("password", PASSWORD)];
    let request = test
        .operator_ask(Method::POST, "/sign-in")
        .header("host", "mcn.example:8081");
    let refused = answer(request.form(&form)).await.expect(400);
    assert!(refused.text().contains("SSH tunnel"), "{}", refused.text());
    let link = test.app.first_owner_link().await.unwrap().unwrap();
    let sign_up = test
        .operator_ask(Method::GET, &format!("/sign-up/{}", link.secret))
        .header("host", "mcn.example:8081");
    answer(sign_up).await.expect(400);
}

#[tokio::test]
async fn everything_wrong_with_a_request_is_told_at_once() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Owner).await;
    let wrong = json!({ "id": "Not An Id", "mode": "sideways", "colour": "red" });
    let said = signed
        .ask(&test, Method::POST, "/api/v1/creators")
        .json(&wrong);
    let said = answer(said).await.expect(422).json();
    let problems = said["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 4, "{said}");
    for name in ["`id`", "`name`", "`mode`", "`colour`"] {
        assert!(
            problems
                .iter()
                .any(|one| one.as_str().unwrap().starts_with(name)),
            "{name}: {said}"
        );
    }
}

#[tokio::test]
async fn a_disabled_operator_is_out_at_once() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Viewer).await;
    let key = test.key(Role::Finance, &[Scope::Finance]).await;
    for name in ["viewer", "finance"] {
        let gone = OperatorChange {
            role: None,
            enabled: Some(false),
        };
        test.app
            .change_operator(by(), name.parse().unwrap(), gone, None)
            .await
            .unwrap();
    }
    signed.get(&test, "/api/v1/me").await.expect(401);
    answer(
        test.operator_ask(Method::GET, "/api/v1/me")
            .bearer_auth(key),
    )
    .await
    .expect(401);
    let password = Password::given(PASSWORD.to_owned());
    let refused = test
        .app
        .sign_in("viewer".to_owned(), password, nearby())
        .await;
    assert_eq!(
        refused.err().unwrap().to_string(),
        "name or password is wrong"
    );
}

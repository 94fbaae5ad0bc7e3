//! The dashboard's pages of callbacks, the crawler, alarms and settings: what they show, to whom, and what their forms do.

use std::time::Duration;

use mcnd::model::{CredentialForm, CredentialKind, Role};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::{ready, status},
    http::Answer,
    people::{PASSWORD, Signed},
};

/// Sends a form of a page of this browser's.
async fn send(signed: &Signed, test: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = signed.token(test).await;
    let mut form = vec![("token", token.as_str())];
    form.extend(fields);
    answer(signed.ask(test, Method::POST, path).form(&form)).await
}

/// A network about which there is something to say on every page.
async fn busy(db: TestDatabase) -> TestApp {
    let test = TestApp::start(db, &[("alarms.disk_free", "0")]).await;
    test.creator("a").await;
    test.videos("a", &["good", "bad", "worse", "twice"]).await;
    test.get("/users.json").await.expect(200);
    test.get("/feeds/a.xml").await.expect(200);
    let reports = json!([
        ready("good", "x1abcd"),
        status("bad", "encoding_error"),
        status("worse", "encoding_error"),
        ready("twice", "x2abcd"),
        ready("twice", "x3abcd"),
        ready("unknown<script>", "x4abcd"),
        json!({ "data": {} }),
    ]);
    test.deliver(&reports).await;
    test.app.write_visits().await.unwrap();
    test.app.write_uses().await.unwrap();
    test.app.judge_alarms().await.unwrap();
    test
}

/// The text of a page.
async fn page(signed: &Signed, test: &TestApp, path: &str) -> String {
    signed.get(test, path).await.expect(200).text().to_owned()
}

both!(
    async fn the_inbox_has_a_part_for_each_cause_and_goes_on_page_by_page(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let all = page(&owner, &test, "/callbacks").await;
        assert!(all.contains("unknown&#60;script&#62;") && !all.contains("unknown<script>"));
        for (part, there, not) in [
            ("orphans", "unknown", "encoding"),
            ("malformed", "`uid` is missing", "unknown"),
            ("conflicts", "twice", "unknown"),
            ("alarms", "conflict", "unknown"),
        ] {
            let shown = page(&owner, &test, &format!("/callbacks?part={part}")).await;
            assert!(shown.contains(there), "{part}: {shown}");
            assert!(!shown.contains(not), "{part}: {shown}");
        }
        owner.get(&test, "/callbacks?part=others").await.expect(400);
        let many: Vec<_> = (0..60)
            .map(|at| ready("good", &format!("x{at}aa")))
            .collect();
        test.deliver(&json!(many)).await;
        let first = page(&owner, &test, "/callbacks").await;
        let older = first.split("href=\"/callbacks?before=").nth(1).unwrap();
        let older = older.split('"').next().unwrap();
        let second = page(&owner, &test, &format!("/callbacks?before={older}")).await;
        assert!(second.contains("unknown&#60;script&#62;"), "{second}");
        assert_eq!(first.matches(">Look</a>").count(), 50);
        assert_eq!(second.matches(">Look</a>").count(), 17);
    }
);

both!(
    async fn what_came_is_shown_to_those_who_may_see_it_and_the_audit_notes_it(db: TestDatabase) {
        let test = busy(db).await;
        let [operator, viewer] = [
            test.signed(Role::Operator).await,
            test.signed(Role::Viewer).await,
        ];
        let orphans = page(&operator, &test, "/callbacks?part=orphans").await;
        let digest = orphans.split("href=\"/callbacks/").nth(2).unwrap();
        let path = format!("/callbacks/{}", digest.split('"').next().unwrap());
        assert!(page(&operator, &test, &path).await.contains("x4abcd"));
        let hidden = page(&viewer, &test, &path).await;
        assert!(
            !hidden.contains("x4abcd") && !hidden.contains("Replay"),
            "{hidden}"
        );
        let read = "SELECT COUNT(*) FROM audit WHERE action = 'event.read'";
        assert_eq!(test.database.value(read), "1");
        let asked = page(&operator, &test, &format!("{path}/replay")).await;
        assert!(asked.contains("again"), "{asked}");
        let replayed = send(&operator, &test, &format!("{path}/replay"), &[]).await;
        let to = replayed.expect(303).header("location").unwrap().to_owned();
        assert!(
            page(&operator, &test, &to)
                .await
                .contains("had its effect already")
        );
    }
);

both!(
    async fn a_reason_has_the_name_that_an_operator_gives_it(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let named = [("reason", "encoding_error"), ("name", "  broken <file> ")];
        send(&owner, &test, "/callbacks/reasons", &named)
            .await
            .expect(303);
        let reasons = owner.get(&test, "/api/v1/events/reasons").await.expect(200);
        assert_eq!(
            reasons.json(),
            json!([{ "reason": "encoding_error", "name": "broken <file>", "videos": 2, "more": false }])
        );
        let viewer = test.signed(Role::Viewer).await;
        let shown = page(&viewer, &test, "/callbacks/reasons").await;
        assert!(shown.contains("broken &#60;file&#62;") && !shown.contains("<input name"));
        let taken = owner.ask(&test, Method::PUT, "/api/v1/events/reasons");
        let taken = taken.json(&json!({ "reason": "encoding_error", "name": "" }));
        answer(taken).await.expect(204);
        let lines = test
            .database
            .query("SELECT after FROM audit WHERE action = 'refusal.name' ORDER BY id");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(test.app.refusal_reasons().await.unwrap()[0].name, None);
    }
);

both!(
    async fn the_crawlers_page_tells_visits_by_the_hour_and_who_became_silent(db: TestDatabase) {
        let test = busy(db).await;
        let viewer = test.signed(Role::Viewer).await;
        let now = page(&viewer, &test, "/crawler").await;
        assert!(now.contains("2 documents, 0 times unchanged"), "{now}");
        assert!(now.contains("feed of <a href=\"/crawler?creator=a\">a</a>"));
        for _ in 0..4 {
            test.advance(Duration::from_hours(1));
            test.get("/feeds/a.xml").await.expect(200);
            test.app.write_visits().await.unwrap();
        }
        let viewer = test.signed(Role::Viewer).await;
        let creators = page(&viewer, &test, "/crawler/creators").await;
        assert!(creators.contains("every 60 minutes"), "{creators}");
        assert!(
            page(&viewer, &test, "/crawler/silent")
                .await
                .contains("Nobody is silent")
        );
        test.advance(Duration::from_hours(4));
        let silent = page(&viewer, &test, "/crawler/silent").await;
        assert!(silent.contains("silent since"), "{silent}");
        assert!(
            page(&viewer, &test, "/crawler")
                .await
                .contains("Silent for longer than usual")
        );
        viewer.get(&test, "/crawler?creator=A%20").await.expect(400);
    }
);

both!(
    async fn an_alarm_is_looked_after_and_silenced_from_its_page(db: TestDatabase) {
        let test = busy(db).await;
        let operator = test.signed(Role::Operator).await;
        let open = page(&operator, &test, "/alarms").await;
        assert!(open.contains("nobody looks after it yet"), "{open}");
        let id = open.split("action=\"/alarms/").nth(1).unwrap();
        let path = format!("/alarms/{}", id.split('/').next().unwrap());
        send(&operator, &test, &format!("{path}/acknowledge"), &[])
            .await
            .expect(303);
        send(
            &operator,
            &test,
            &format!("{path}/snooze"),
            &[("hours", "4")],
        )
        .await
        .expect(303);
        send(
            &operator,
            &test,
            &format!("{path}/snooze"),
            &[("hours", "5000")],
        )
        .await
        .expect(400);
        let shown = page(&operator, &test, &path).await;
        assert!(
            shown.contains("looked after by operator:operator") && shown.contains("snoozed until")
        );
        assert!(shown.contains("2026-10-01T16:00:00Z"), "{shown}");
        let viewer = test.signed(Role::Viewer).await;
        assert!(!page(&viewer, &test, "/alarms").await.contains("Snooze"));
        page(&viewer, &test, "/alarms?all=true").await;
        page(&viewer, &test, "/alarms/webhooks").await;
    }
);

both!(
    async fn a_credential_is_shown_once_and_its_uses_say_who_has_switched(db: TestDatabase) {
        let test = busy(db).await;
        let operator = test.signed(Role::Operator).await;
        let made = [("kind", "crawler"), ("form", "bearer")];
        let made = send(&operator, &test, "/settings/credentials", &made)
            .await
            .expect(200);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let text = made.text();
        let secret = text.split("Authorization: Bearer ").nth(1).unwrap();
        let secret = secret.split('<').next().unwrap().to_owned();
        let list = page(&operator, &test, "/settings/credentials").await;
        assert!(!list.contains(&secret) && !list.contains(&test.crawler));
        let uses = test.app.credential_uses().await.unwrap();
        assert_eq!(uses.len(), 2, "{uses:?}");
        test.advance(Duration::from_mins(5));
        answer(test.ask(Method::GET, "/users.json").bearer_auth(&secret))
            .await
            .expect(200);
        test.app.write_uses().await.unwrap();
        let uses = test.app.credential_uses().await.unwrap();
        assert_eq!(uses.len(), 3, "{uses:?}");
        let known = uses.iter().filter(|used| used.first_at == test.app.now());
        assert_eq!(known.count(), 1);
        let api = operator
            .get(&test, "/api/v1/credentials")
            .await
            .expect(200)
            .json();
        assert!(api[0]["used_at"].is_i64(), "{api}");
        let id = uses[0].credential.as_str();
        let path = format!("/settings/credentials/{id}");
        page(&operator, &test, &path).await;
        let rotated = send(
            &operator,
            &test,
            &format!("{path}/rotate"),
            &[("overlap", "24")],
        )
        .await;
        assert!(rotated.expect(200).text().contains("stays valid until"));
        send(&operator, &test, &format!("{path}/remove"), &[])
            .await
            .expect(303);
        operator.get(&test, &path).await.expect(404);
        assert_eq!(test.app.credential_uses().await.unwrap().len(), 2);
    }
);

both!(
    async fn an_owner_invites_people_and_changes_what_they_may(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let wrong = [("name", "Ann B"), ("role", "operator")];
        let wrong = send(&owner, &test, "/settings/operators", &wrong)
            .await
            .expect(422);
        assert!(wrong.text().contains("value=\"Ann B\""), "{}", wrong.text());
        let fields = [("name", "ann"), ("role", "operator")];
        let link = send(&owner, &test, "/settings/operators", &fields)
            .await
            .expect(200)
            .text()
            .to_owned();
        let secret = link
            .split("/sign-up/")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned();
        let list = page(&owner, &test, "/settings/operators").await;
        assert!(
            list.contains("invited") && !list.contains(&secret),
            "{list}"
        );
        test.inside(&format!("/sign-up/{secret}")).await.expect(200);
        let path = "/settings/operators/ann";
        let changed = [("do", "role"), ("role", "viewer")];
        send(&owner, &test, path, &changed).await.expect(303);
        send(&owner, &test, path, &[("do", "disable")])
            .await
            .expect(303);
        assert!(page(&owner, &test, path).await.contains("Let in again"));
        send(&owner, &test, path, &[("do", "enable")])
            .await
            .expect(303);
        send(&owner, &test, path, &[("do", "invite")])
            .await
            .expect(200);
        send(&owner, &test, path, &[("do", "sing")])
            .await
            .expect(400);
        let viewer = test.signed(Role::Viewer).await;
        let theirs = page(&owner, &test, "/settings/operators/viewer").await;
        let session = theirs
            .split("name=\"session\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let end = [("do", "end"), ("session", session)];
        send(&owner, &test, "/settings/operators/viewer", &end)
            .await
            .expect(303);
        viewer.get(&test, "/api/v1/me").await.expect(401);
    }
);

both!(
    async fn a_key_is_made_with_scopes_and_an_end_and_removed(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let fields = [
            ("name", "nightly"),
            ("scope", "read"),
            ("scope", "events"),
            ("ends", "2026-10-05"),
        ];
        let made = send(&owner, &test, "/settings/keys", &fields)
            .await
            .expect(200)
            .text()
            .to_owned();
        let secret = made
            .split("<code class=\"long secret\">")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned();
        assert!(secret.starts_with("mcnd_"), "{secret}");
        let me = test
            .operator_ask(Method::GET, "/api/v1/me")
            .bearer_auth(&secret);
        let me = answer(me).await.expect(200).json();
        assert_eq!(me["scopes"], json!(["read", "events"]));
        let keys = page(&owner, &test, "/settings/keys").await;
        assert!(keys.contains("2026-10-05T00:00:00Z") && !keys.contains(&secret));
        let none = [("name", "no scope"), ("ends", "2026-10-05")];
        let none = send(&owner, &test, "/settings/keys", &none)
            .await
            .expect(422)
            .text()
            .to_owned();
        assert!(none.contains("needs a scope") && none.contains("value=\"no scope\""));
        let id = keys
            .split("href=\"/settings/keys/")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let path = format!("/settings/keys/{id}");
        page(&owner, &test, &path).await;
        send(&owner, &test, &path, &[]).await.expect(303);
        owner.get(&test, &path).await.expect(404);
        let me = test
            .operator_ask(Method::GET, "/api/v1/me")
            .bearer_auth(&secret);
        answer(me).await.expect(401);
    }
);

both!(
    async fn the_audit_is_narrowed_to_one_actor_or_one_thing(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let all = page(&owner, &test, "/settings/audit").await;
        assert!(
            all.contains("creator.add") && all.contains("session.begin"),
            "{all}"
        );
        let mine = page(&owner, &test, "/settings/audit?actor=operator%3Aowner").await;
        assert!(!mine.contains("creator.add") && mine.contains("audit.read"));
        let of_a = page(&owner, &test, "/settings/audit?object=a").await;
        assert!(of_a.contains("creator.add") && !of_a.contains("session.begin"));
        owner
            .get(&test, "/settings/audit?object=a&actor=b")
            .await
            .expect(400);
        test.advance(Duration::from_hours(24));
        test.app.seal_audit().await.unwrap();
        let owner = test.signed(Role::Owner).await;
        let seals = page(&owner, &test, "/settings/audit/seals").await;
        assert!(seals.contains("2026-10-01"), "{seals}");
    }
);

both!(
    async fn people_end_their_own_sessions_and_change_their_password(db: TestDatabase) {
        let test = busy(db).await;
        let (first, viewer) = (
            test.signed(Role::Viewer).await,
            test.signed(Role::Viewer).await,
        );
        let account = page(&viewer, &test, "/settings/account").await;
        let session = account
            .split("name=\"session\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let owner = test.signed(Role::Owner).await;
        let foreign = [("session", session)];
        send(&owner, &test, "/settings/account/sessions", &foreign)
            .await
            .expect(404);
        send(&viewer, &test, "/settings/account/sessions", &foreign)
            .await
            .expect(303);
        first.get(&test, "/api/v1/me").await.expect(401);
        let second = test.signed(Role::Viewer).await;
        let path = "/settings/account/password";
        let new = "another good battery";
        for (present, chosen, again, status) in [
            ("wrong wrong wrong", new, new, 401),
            (PASSWORD, new, "something else", 422),
            (PASSWORD, "short", "short", 422),
        ] {
            let fields = [("present", present), ("password", chosen), ("again", again)];
            send(&viewer, &test, path, &fields).await.expect(status);
        }
        let fields = [("present", PASSWORD), ("password", new), ("again", new)];
        let changed = send(&viewer, &test, path, &fields).await.expect(303);
        second.get(&test, "/api/v1/me").await.expect(401);
        viewer.get(&test, "/api/v1/me").await.expect(401);
        Signed::of(&changed)
            .get(&test, "/api/v1/me")
            .await
            .expect(200);
        test.sign_in("viewer", new).await;
    }
);

#[tokio::test]
async fn a_form_without_its_token_changes_nothing_and_a_lapsed_password_leads_back_to_the_form() {
    let test = TestApp::sqlite().await;
    let owner = test.signed(Role::Owner).await;
    let id = test
        .credential(CredentialKind::Crawler, CredentialForm::Path)
        .await
        .credential
        .id;
    for (path, fields) in [
        ("/callbacks/reasons", [("reason", "a"), ("name", "b")]),
        (
            "/settings/credentials",
            [("kind", "crawler"), ("form", "path")],
        ),
        ("/settings/operators", [("name", "eve"), ("role", "owner")]),
        ("/settings/keys", [("name", "eve"), ("scope", "read")]),
        (
            &format!("/settings/credentials/{id}/remove"),
            [("a", ""), ("b", "")],
        ),
    ] {
        let sent = owner.ask(&test, Method::POST, path).form(&fields);
        let said = answer(sent).await.expect(403);
        assert!(
            said.text().contains("out of date"),
            "{path}: {}",
            said.text()
        );
    }
    assert_eq!(test.app.list_operators().await.unwrap().len(), 1);
    assert_eq!(test.app.list_credentials().await.unwrap().len(), 3);
    test.advance(Duration::from_mins(10));
    for path in ["/settings/operators", "/settings/keys", "/settings/audit"] {
        let said = owner.get(&test, path).await.expect(303);
        let to = said.header("location").unwrap();
        assert!(to.starts_with("/confirm?next=%2Fsettings%2F"), "{to}");
    }
    let lapsed = send(
        &owner,
        &test,
        "/settings/keys",
        &[("name", "n"), ("scope", "read")],
    )
    .await;
    let to = lapsed.expect(303).header("location").unwrap().to_owned();
    assert_eq!(to, "/confirm?next=%2Fsettings%2Fkeys");
}

#[tokio::test]
async fn a_viewer_sees_pages_without_forms() {
    let test = busy(TestDatabase::sqlite()).await;
    let viewer = test.signed(Role::Viewer).await;
    for path in [
        "/callbacks",
        "/callbacks/reasons",
        "/crawler",
        "/crawler/creators",
        "/alarms",
        "/alarms?all=true",
        "/alarms/webhooks",
        "/settings",
    ] {
        let shown = page(&viewer, &test, path).await;
        let forms = shown.matches("<form method=\"post\"").count();
        assert_eq!(
            forms, 1,
            "{path} has more than the button to sign out: {shown}"
        );
        for secret in [&test.crawler, &test.callback] {
            assert!(!shown.contains(secret.as_str()), "{path}");
        }
    }
    for path in [
        "/settings/credentials",
        "/settings/operators",
        "/settings/keys",
        "/settings/audit",
    ] {
        viewer.get(&test, path).await.expect(403);
    }
}

//! Credentials, people, keys, the audit and one's own account.

use std::time::Duration;

use mcnd::model::Role;
use reqwest::Method;
use serde_json::json;

use super::{busy, page};
use crate::harness::{
    app::{TestApp, answer},
    both,
    http::between,
    people::{PASSWORD, Signed},
};

both!(
    async fn a_credential_is_shown_once_and_its_uses_say_who_has_switched(db: TestDatabase) {
        let test = busy(db).await;
        let operator = test.signed(Role::Operator).await;
        let made = [("kind", "crawler"), ("form", "bearer")];
        let made = operator
            .send(&test, "/settings/credentials", &made)
            .await
            .expect(200);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let text = made.text();
        let secret = between(text, "Authorization: Bearer ", "<").to_owned();
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
        let rotated = operator
            .send(&test, &format!("{path}/rotate"), &[("overlap", "24")])
            .await;
        assert!(rotated.expect(200).text().contains("stays valid until"));
        operator
            .send(&test, &format!("{path}/remove"), &[])
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
        let wrong = owner
            .send(&test, "/settings/operators", &wrong)
            .await
            .expect(422);
        assert!(wrong.text().contains("value=\"Ann B\""), "{}", wrong.text());
        let fields = [("name", "ann"), ("role", "operator")];
        let link = owner
            .send(&test, "/settings/operators", &fields)
            .await
            .expect(200)
            .text()
            .to_owned();
        let secret = between(&link, "/sign-up/", "<").to_owned();
        let list = page(&owner, &test, "/settings/operators").await;
        assert!(
            list.contains("invited") && !list.contains(&secret),
            "{list}"
        );
        test.inside(&format!("/sign-up/{secret}")).await.expect(200);
        let path = "/settings/operators/ann";
        let edition = async || {
            let page = page(&owner, &test, path).await;
            let rest = page.split("name=\"edition\" value=\"").nth(1).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let seen = edition().await;
        let changed = [("do", "role"), ("role", "viewer"), ("edition", &seen)];
        owner.send(&test, path, &changed).await.expect(303);
        // Another owner's page of before changes nothing any more.
        let stale = [("do", "role"), ("role", "owner"), ("edition", &seen)];
        owner.send(&test, path, &stale).await.expect(412);
        let disable = [("do", "disable"), ("edition", &edition().await)];
        owner.send(&test, path, &disable).await.expect(303);
        assert!(page(&owner, &test, path).await.contains("Let in again"));
        let enable = [("do", "enable"), ("edition", &edition().await)];
        owner.send(&test, path, &enable).await.expect(303);
        owner
            .send(&test, path, &[("do", "invite")])
            .await
            .expect(200);
        owner.send(&test, path, &[("do", "sing")]).await.expect(400);
    }
);

both!(
    async fn an_owner_ends_the_session_of_somebody_else(db: TestDatabase) {
        let test = busy(db).await;
        let owner = test.signed(Role::Owner).await;
        let viewer = test.signed(Role::Viewer).await;
        let theirs = page(&owner, &test, "/settings/operators/viewer").await;
        let session = between(&theirs, "name=\"session\" value=\"", "\"");
        let end = [("do", "end"), ("session", session)];
        owner
            .send(&test, "/settings/operators/viewer", &end)
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
        let made = owner
            .send(&test, "/settings/keys", &fields)
            .await
            .expect(200)
            .text()
            .to_owned();
        let secret = between(&made, "<code class=\"long secret\">", "<").to_owned();
        assert!(secret.starts_with("mcnd_"), "{secret}");
        let me = test
            .operator_ask(Method::GET, "/api/v1/me")
            .bearer_auth(&secret);
        let me = answer(me).await.expect(200).json();
        assert_eq!(me["scopes"], json!(["read", "events"]));
        let keys = page(&owner, &test, "/settings/keys").await;
        assert!(keys.contains("2026-10-05T00:00:00Z") && !keys.contains(&secret));
        let none = [("name", "no scope"), ("ends", "2026-10-05")];
        let none = owner
            .send(&test, "/settings/keys", &none)
            .await
            .expect(422)
            .text()
            .to_owned();
        assert!(none.contains("needs a scope") && none.contains("value=\"no scope\""));
        let id = between(&keys, "href=\"/settings/keys/", "\"");
        let path = format!("/settings/keys/{id}");
        page(&owner, &test, &path).await;
        owner.send(&test, &path, &[]).await.expect(303);
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
        let session = between(&account, "name=\"session\" value=\"", "\"");
        let owner = test.signed(Role::Owner).await;
        let foreign = [("session", session)];
        owner
            .send(&test, "/settings/account/sessions", &foreign)
            .await
            .expect(404);
        viewer
            .send(&test, "/settings/account/sessions", &foreign)
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
            viewer.send(&test, path, &fields).await.expect(status);
        }
        let fields = [("present", PASSWORD), ("password", new), ("again", new)];
        let changed = viewer.send(&test, path, &fields).await.expect(303);
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
async fn a_lapsed_password_leads_back_to_the_form() {
    let test = TestApp::sqlite().await;
    let owner = test.signed(Role::Owner).await;
    test.advance(Duration::from_mins(10));
    for path in ["/settings/operators", "/settings/keys", "/settings/audit"] {
        let said = owner.get(&test, path).await.expect(303);
        let to = said.header("location").unwrap();
        assert!(to.starts_with("/confirm?next=%2Fsettings%2F"), "{to}");
    }
    let lapsed = owner
        .send(&test, "/settings/keys", &[("name", "n"), ("scope", "read")])
        .await;
    let to = lapsed.expect(303).header("location").unwrap().to_owned();
    assert_eq!(to, "/confirm?next=%2Fsettings%2Fkeys");
}

//! `Idempotency-Key`: what is made is made once, however often it is asked for.

use std::time::Duration;

use mcnd::model::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    both,
    http::Answer,
    people::Signed,
};

const CREDENTIALS: &str = "/api/v1/credentials";

/// What a request under a key is answered.
async fn ask(test: &TestApp, signed: &Signed, path: &str, key: &str, body: &Value) -> Answer {
    let request = signed.ask(test, Method::POST, path);
    answer(request.header("idempotency-key", key).json(body)).await
}

fn wanted() -> Value {
    json!({ "kind": "crawler", "form": "path" })
}

async fn count(test: &TestApp) -> usize {
    test.app.list_credentials().await.unwrap().len()
}

fn is_repeated(said: &Answer) -> bool {
    said.header("idempotency-replayed") == Some("true")
}

both!(
    async fn the_same_request_twice_makes_one_thing_and_tells_its_secret_once(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Owner).await;
        let before = count(&test).await;
        let first = ask(&test, &signed, CREDENTIALS, "k1", &wanted())
            .await
            .expect(201);
        let again = ask(&test, &signed, CREDENTIALS, "k1", &wanted())
            .await
            .expect(201);
        assert_eq!(count(&test).await, before + 1);
        assert!(!is_repeated(&first) && is_repeated(&again));
        let (first, again) = (first.json(), again.json());
        assert_eq!(first["id"], again["id"]);
        assert_eq!(again["secret"], Value::Null);
        let secret = first["secret"].as_str().unwrap();
        let kept = test.database.value("SELECT body FROM idempotency_keys");
        assert!(
            kept.contains(first["id"].as_str().unwrap()) && !kept.contains(secret),
            "{kept}"
        );

        let new = json!({ "id": "c", "name": "C" });
        let made = ask(&test, &signed, "/api/v1/creators", "k2", &new)
            .await
            .expect(201);
        let again = ask(&test, &signed, "/api/v1/creators", "k2", &new)
            .await
            .expect(201);
        assert_eq!(
            (made.json(), made.header("etag")),
            (again.json(), again.header("etag"))
        );
        for (path, body) in [
            (
                "/api/v1/operators",
                json!({ "name": "ann", "role": "viewer" }),
            ),
            (
                "/api/v1/keys",
                json!({ "name": "nightly", "scopes": ["read"] }),
            ),
        ] {
            ask(&test, &signed, path, path, &body).await.expect(201);
            assert!(is_repeated(
                &ask(&test, &signed, path, path, &body).await.expect(201)
            ));
        }
        assert_eq!(test.app.list_keys().await.unwrap().len(), 1);
    }
);

both!(
    async fn what_is_planned_asked_or_fetched_under_a_key_is_begun_once(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let signed = test.signed(Role::Owner).await;
        let address = "http://127.0.0.1:9/rows.csv";
        for (path, body, status) in [
            (
                "/api/v1/bulk",
                json!({ "action": "pause", "creator": "a" }),
                201,
            ),
            ("/api/v1/rules/what-if", rules(&test), 202),
            ("/api/v1/imports", json!({ "url": address }), 202),
        ] {
            let first = ask(&test, &signed, path, path, &body).await;
            let again = ask(&test, &signed, path, path, &body).await;
            let (first, again) = (first.expect(status), again.expect(status));
            assert!(!is_repeated(&first) && is_repeated(&again), "{path}");
            assert_eq!(first.json()["id"], again.json()["id"], "{path}");
        }
        for table in ["bulk_jobs", "rule_walks", "import_files"] {
            let made = format!("SELECT count(*) FROM {table}");
            assert_eq!(test.database.value(&made), "1", "{table}");
        }
    }
);

/// The rules in force, as a what-if takes them.
fn rules(test: &TestApp) -> Value {
    serde_json::to_value(test.app.rules().value).unwrap()
}

both!(
    async fn a_file_under_a_key_is_refused_with_what_to_do(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Owner).await;
        let file = signed
            .ask(&test, Method::POST, "/api/v1/imports")
            .header("idempotency-key", "k")
            .header("content-type", "text/csv");
        let said = answer(file.body("guid,title\n")).await.expect(400);
        assert!(said.text().contains("send it without"), "{}", said.text());
        let made = "SELECT count(*) FROM import_files";
        assert_eq!(test.database.value(made), "0");
    }
);

both!(
    async fn two_at_the_same_moment_make_one_thing(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let other = test.beside().await;
        let signed = test.signed(Role::Owner).await;
        let before = count(&test).await;
        for round in 0..5 {
            let (key, body) = (format!("k{round}"), wanted());
            let (one, two, three) = tokio::join!(
                ask(&test, &signed, CREDENTIALS, &key, &body),
                ask(&test, &signed, CREDENTIALS, &key, &body),
                ask(&other, &signed, CREDENTIALS, &key, &body),
            );
            let answers = [one, two, three].map(|said| said.expect(201));
            let first = answers.iter().filter(|said| !is_repeated(said)).count();
            assert_eq!(first, 1);
            let ids = answers.map(|said| said.json()["id"].clone());
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
        assert_eq!(count(&test).await, before + 5);
    }
);

both!(
    async fn a_key_stands_for_one_request_of_one_caller_for_a_day(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.session_idle", "\"30h\"")]).await;
        let signed = test.signed(Role::Owner).await;
        let first = ask(&test, &signed, CREDENTIALS, "k", &wanted())
            .await
            .expect(201)
            .json();
        let other = json!({ "kind": "callback", "form": "path" });
        ask(&test, &signed, CREDENTIALS, "k", &other)
            .await
            .expect(422);
        let rotate = format!("{CREDENTIALS}/{}/rotate", first["id"].as_str().unwrap());
        ask(&test, &signed, &rotate, "k", &json!({}))
            .await
            .expect(422);
        let program = test.key(Role::Owner, &[Scope::Credentials]).await;
        let theirs = test
            .operator_ask(Method::POST, CREDENTIALS)
            .bearer_auth(program);
        let theirs = answer(theirs.header("idempotency-key", "k").json(&wanted())).await;
        assert_ne!(theirs.expect(201).json()["id"], first["id"]);
        test.advance(Duration::from_hours(24));
        let next = ask(&test, &signed, CREDENTIALS, "k", &wanted())
            .await
            .expect(201);
        assert_ne!(next.json()["id"], first["id"]);
        test.app.sweep().await.unwrap();
        assert_eq!(
            test.database.value("SELECT COUNT(*) FROM idempotency_keys"),
            "1"
        );
    }
);

both!(
    async fn what_was_refused_is_judged_anew(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Operator).await;
        test.creator("taken").await;
        let path = "/api/v1/creators";
        let taken = json!({ "id": "taken", "name": "C" });
        ask(&test, &signed, path, "k", &taken).await.expect(409);
        ask(&test, &signed, path, "k", &json!({ "id": "free" }))
            .await
            .expect(422);
        let free = json!({ "id": "free", "name": "C" });
        let made = ask(&test, &signed, path, "k", &free).await.expect(201);
        assert!(!is_repeated(&made));
        ask(&test, &signed, path, "k", &taken).await.expect(422);
        for odd in ["", &"k".repeat(256)] {
            ask(&test, &signed, path, odd, &free).await.expect(400);
        }
    }
);

#[tokio::test]
async fn an_answer_that_was_lost_is_not_made_up() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Operator).await;
    let made = ask(&test, &signed, CREDENTIALS, "k", &wanted())
        .await
        .expect(201);
    test.database
        .sql("UPDATE idempotency_keys SET status = NULL, body = NULL");
    let before = count(&test).await;
    let said = ask(&test, &signed, CREDENTIALS, "k", &wanted())
        .await
        .expect(409);
    assert!(
        said.text().contains("its answer is lost"),
        "{}",
        said.text()
    );
    assert_eq!(count(&test).await, before);
    assert!(made.json()["id"].is_string());
}

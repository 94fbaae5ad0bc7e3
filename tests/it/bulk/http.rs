//! Bulk jobs through the API and on the pages.

use mcnd::model::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::{filled, guid, refuse};
use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::row,
    http::Answer,
};

async fn ask(test: &TestApp, key: &str, path: &str, body: Option<&Value>) -> Answer {
    let method = if body.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let request = test.operator_ask(method, path).bearer_auth(key);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    answer(request).await
}

both!(
    async fn a_program_plans_confirms_and_watches(db: TestDatabase) {
        let test = filled(db, 30).await;
        refuse(&test, 0..25).await;
        let broken = row("a", &guid(1), &json!({ "category": "" }));
        test.import(&[broken]).await;
        let key = test.key(Role::Owner, &[Scope::Catalog]).await;
        let plan = json!({ "action": "retry", "creator": "a", "held": false });
        let job = ask(&test, &key, "/api/v1/bulk", Some(&plan))
            .await
            .expect(201)
            .json();
        assert_eq!(job["planned"], 25);
        assert_eq!(
            job["query"],
            json!({ "creator": "a", "state": "refused", "held": "false" })
        );
        assert_eq!(job["sample"].as_array().unwrap().len(), 20);
        let path = format!("/api/v1/bulk/{}", job["id"].as_str().unwrap());
        let confirmed = ask(&test, &key, &format!("{path}/confirm"), Some(&json!({}))).await;
        assert_eq!(confirmed.expect(200).json()["state"], "running");
        test.app.walk_bulk_jobs().await.unwrap();
        let done = ask(&test, &key, &path, None).await.expect(200).json();
        assert_eq!(
            (&done["state"], &done["done"], &done["refused"]),
            (&json!("done"), &json!(24), &json!(1))
        );
        let results = ask(&test, &key, &format!("{path}/results"), None).await;
        let results = results.expect(200).json();
        assert_eq!(results["items"][0]["subject"], guid(1));
        let list = ask(&test, &key, "/api/v1/bulk?limit=1", None)
            .await
            .expect(200)
            .json();
        assert_eq!(list["items"][0]["id"], job["id"]);
        ask(&test, &key, &format!("{path}/pause"), Some(&json!({})))
            .await
            .expect(409);
    }
);

#[tokio::test]
async fn everything_wrong_with_a_plan_is_told_at_once() {
    let test = filled(TestDatabase::sqlite(), 1).await;
    let key = test.key(Role::Owner, &[Scope::Catalog]).await;
    let plan = json!({ "action": "take_down", "state": "lost", "held": "yes", "guid": "x" });
    let wrong = ask(&test, &key, "/api/v1/bulk", Some(&plan))
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["problems"].as_array().unwrap().len(), 3, "{wrong}");
    let all = json!({ "action": "take_down" });
    ask(&test, &key, "/api/v1/bulk", Some(&all))
        .await
        .expect(400);
    let unknown = json!({ "action": "remove" });
    ask(&test, &key, "/api/v1/bulk", Some(&unknown))
        .await
        .expect(422);
}

#[tokio::test]
async fn each_action_asks_for_its_own_right() {
    let test = filled(TestDatabase::sqlite(), 1).await;
    let events = test.key(Role::Owner, &[Scope::Events]).await;
    let catalog = test.key(Role::Owner, &[Scope::Catalog]).await;
    let reads = test.key(Role::Owner, &[Scope::Read]).await;
    let retry = json!({ "action": "retry" });
    let replay = json!({ "action": "replay", "outcome": "orphan" });
    for (key, plan, status) in [
        (&events, &retry, 403),
        (&events, &replay, 201),
        (&catalog, &retry, 201),
        (&catalog, &replay, 403),
        (&reads, &retry, 403),
    ] {
        ask(&test, key, "/api/v1/bulk", Some(plan))
            .await
            .expect(status);
    }
    let jobs = ask(&test, &reads, "/api/v1/bulk", None)
        .await
        .expect(200)
        .json();
    for job in jobs["items"].as_array().unwrap() {
        let path = format!("/api/v1/bulk/{}/confirm", job["id"].as_str().unwrap());
        let foreign = if job["action"] == "retry" {
            &events
        } else {
            &catalog
        };
        ask(&test, foreign, &path, Some(&json!({})))
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn a_person_sees_the_count_agrees_watches_and_cancels() {
    let test = filled(TestDatabase::sqlite(), 30).await;
    let hostile = json!({ "title": "<script>alert(1)</script>" });
    test.import(&[row("a", &guid(0), &hostile)]).await;
    refuse(&test, 0..30).await;
    let browser = test.signed(Role::Operator).await;
    let empty = browser.get(&test, "/jobs").await.expect(200);
    assert!(empty.text().contains("Nothing was asked"));
    let post = async |path: &str, fields: &[(&str, &str)]| browser.send(&test, path, fields).await;
    let planned = post(
        "/jobs/plan",
        &[("action", "retry"), ("creator", "a"), ("search", "")],
    );
    let planned = planned.await.expect(303);
    let path = planned.header("location").unwrap().to_owned();
    let page = browser.get(&test, &path).await.expect(200);
    assert!(page.text().contains("retry 30 videos?"), "{}", page.text());
    assert!(page.text().contains("And 10 more."));
    assert!(!page.text().contains("<script>alert"));
    let running = post(&path, &[("step", "confirm")]).await.expect(303);
    let running = browser
        .get(&test, running.header("location").unwrap())
        .await;
    assert!(running.expect(200).text().contains("data-fresh"));
    let asked = browser
        .get(&test, &format!("{path}?ask=cancel"))
        .await
        .expect(200);
    assert!(asked.text().contains("What is done stays done"));
    test.app.walk_bulk_jobs().await.unwrap();
    let done = browser.get(&test, &path).await.expect(200);
    assert!(!done.text().contains("data-fresh") && done.text().contains("30 of 30"));
    let late = post(&path, &[("step", "cancel")]).await;
    assert_eq!(late.status, 409);
    let viewer = test.signed(Role::Viewer).await;
    for seen in ["/jobs", &path] {
        let page = viewer.get(&test, seen).await.expect(200);
        assert_eq!(page.text().matches("<form").count(), 1, "signing out alone");
    }
    let wrong = post(
        "/jobs/plan",
        &[("action", "retry"), ("state", "lost"), ("held", "1")],
    )
    .await;
    assert!(wrong.expect(400).text().contains("held"));
}

//! What is watched over HTTP: visits, who was turned away, alarms, and what was sent of them.

use std::time::Duration;

use mcnd::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    app::{NOON, TestApp, answer},
    both,
    databases::TestDatabase,
    given::ready,
    people::Signed,
    receiver::Receiver,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const HOUR: Duration = Duration::from_hours(1);

async fn read(test: &TestApp, signed: &Signed, path: &str) -> Value {
    signed.get(test, path).await.expect(200).json()
}

async fn send(test: &TestApp, signed: &Signed, path: &str, body: &Value) -> u16 {
    answer(signed.ask(test, Method::POST, path).json(body))
        .await
        .status
}

both!(
    async fn visits_are_read_page_by_page_with_how_often_they_come(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.session_idle", "\"30h\"")]).await;
        test.creator("a").await;
        test.creator("b").await;
        let signed = test.signed(Role::Viewer).await;
        let none = read(&test, &signed, "/api/v1/visits").await;
        assert_eq!((&none["habit"], &none["items"]), (&Value::Null, &json!([])));
        for _ in 0..4 {
            test.videos("a", &[&format!("g{}", test.app.now())]).await;
            test.feed("a").await;
            test.app.write_visits().await.unwrap();
            test.advance(HOUR);
        }
        test.feed("b").await;
        test.app.write_visits().await.unwrap();
        let first = read(&test, &signed, "/api/v1/visits?limit=2").await;
        let after = first["next"].as_str().unwrap();
        let rest = read(&test, &signed, &format!("/api/v1/visits?after={after}")).await;
        assert_eq!(first["items"][0]["creator"], "b");
        let mut times: Vec<_> = [&first, &rest]
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .map(|visit| visit["at"].as_i64().unwrap())
            .collect();
        assert_eq!(times.len(), 5);
        times.reverse();
        assert!(
            times.is_sorted() && rest["next"] == Value::Null,
            "{times:?}"
        );
        let of_a = read(&test, &signed, "/api/v1/creators/a/visits").await;
        assert_eq!(of_a["items"].as_array().unwrap().len(), 4);
        assert_eq!(of_a["habit"]["usual_pause"], 3_600_000);
        assert_eq!(of_a["habit"]["is_silent"], false);
        assert_eq!(
            read(&test, &signed, "/api/v1/visits/silent").await,
            json!([])
        );
        test.advance(24 * HOUR);
        let of_a = read(&test, &signed, "/api/v1/creators/a/visits").await;
        assert_eq!(of_a["habit"]["is_silent"], true);
        let silent = read(&test, &signed, "/api/v1/visits/silent").await;
        assert_eq!(silent[0]["creator"], "a");
        signed
            .get(&test, "/api/v1/creators/c/visits")
            .await
            .expect(404);
    }
);

const TURNED_AWAY: &str = "/api/v1/visits/turned-away";

/// Asks for a document with this secret, which opens nothing.
async fn knock(test: &TestApp, secret: &str, agent: &'static str) -> u16 {
    let request = test.ask(Method::GET, "/feeds/a.xml").bearer_auth(secret);
    answer(request.header("user-agent", agent)).await.status
}

/// Asks for a document with no credential.
async fn look(test: &TestApp) {
    let look = answer(test.ask(Method::GET, "/users.json")).await;
    look.expect(401);
    test.app.write_visits().await.unwrap();
}

both!(
    async fn whom_the_crawlers_faces_turn_away_is_counted_by_the_reason(db: TestDatabase) {
        let test = TestApp::start(db, &[("access.wrong_per_minute", "2")]).await;
        let signed = test.signed(Role::Viewer).await;
        assert_eq!(knock(&test, "wrong", "Crawler/1").await, 401);
        assert_eq!(knock(&test, "wrong", "Crawler/2").await, 401);
        assert_eq!(knock(&test, "wrong", "Crawler/2").await, 429);
        assert_eq!(knock(&test, &test.callback, "Crawler/3").await, 403);
        let callback = test.ask(Method::POST, "/callbacks/dailymotion");
        let callback = callback.bearer_auth("wrong").body("[]");
        answer(callback).await.expect(429);
        look(&test).await;
        let turned = read(&test, &signed, TURNED_AWAY).await;
        let items = turned["items"].as_array().unwrap().iter();
        let told = items.map(|one| {
            let text = |member: &str| one[member].as_str().unwrap_or("-").to_owned();
            assert_eq!(text("address"), "127.0.0.1");
            let times = one["times"].as_i64().unwrap();
            (text("reason"), times, text("user_agent"))
        });
        let expected = [
            ("wrong_credential", 2, "Crawler/2"),
            ("too_often", 1, "Crawler/2"),
            ("other_face", 1, "Crawler/3"),
            ("no_credential", 1, "-"),
        ];
        let expected =
            expected.map(|(reason, times, agent)| (reason.to_owned(), times, agent.to_owned()));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
);

both!(
    async fn whom_they_turned_away_is_read_hour_by_hour_and_forgotten(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = test.signed(Role::Viewer).await;
        look(&test).await;
        test.advance(HOUR);
        look(&test).await;
        let first = read(&test, &signed, &format!("{TURNED_AWAY}?limit=1")).await;
        assert_eq!(first["items"][0]["hour"], NOON.as_millis() + 3_600_000);
        let after = first["next"].as_str().unwrap();
        let rest = read(&test, &signed, &format!("{TURNED_AWAY}?after={after}")).await;
        assert_eq!(rest["items"][0]["hour"], NOON.as_millis());
        assert_eq!(rest["next"], Value::Null);
        test.advance(Duration::from_hours(24 * 100));
        test.app.forget_old_visits().await.unwrap();
        let left = test.database.value("SELECT COUNT(*) FROM turned_away");
        assert_eq!(left, "0");
    }
);

/// A service with an alarm that is open, which tells this receiver.
async fn alarmed(db: TestDatabase, receiver: &Receiver) -> TestApp {
    let endpoints = format!(
        "[{{ name = \"chat\", url = \"{}\", secret = \"{SECRET}\" }}]",
        receiver.url("/hunter2")
    );
    let settings = [
        ("alarms.disk_free", "0"),
        ("outbound.allow", "[\"127.0.0.0/8\"]"),
        ("webhooks.endpoints", endpoints.as_str()),
    ];
    let test = TestApp::start(db, &settings).await;
    test.creator("a").await;
    test.deliver(&json!([ready("g0", "x1abcd")])).await;
    test.app.judge_alarms().await.unwrap();
    test
}

both!(
    async fn an_alarm_is_read_acknowledged_snoozed_and_resolved(db: TestDatabase) {
        let test = alarmed(db, &Receiver::new().await).await;
        let signed = test.signed(Role::Operator).await;
        let alarm = read(&test, &signed, "/api/v1/alarms").await["items"][0].clone();
        let path = format!("/api/v1/alarms/{}", alarm["id"].as_str().unwrap());
        assert_eq!(alarm["rule"], "orphans");
        assert_eq!(alarm["standing"], "open");
        assert_eq!(read(&test, &signed, &path).await, alarm);
        let (ack, snooze) = (format!("{path}/acknowledge"), format!("{path}/snooze"));
        assert_eq!(send(&test, &signed, &ack, &json!({})).await, 200);
        for (until, status) in [
            ("2026-10-01T11:00:00Z", 400),
            ("soon", 422),
            ("2026-10-01T14:00:00Z", 200),
        ] {
            let until = json!({ "until": until });
            assert_eq!(
                send(&test, &signed, &snooze, &until).await,
                status,
                "{until}"
            );
        }
        let now = read(&test, &signed, &path).await;
        assert_eq!(now["acknowledged_by"], "operator:operator");
        assert_eq!(now["standing"], "snoozed");
        test.videos("a", &["g0"]).await;
        test.app.judge_alarms().await.unwrap();
        let open = read(&test, &signed, "/api/v1/alarms").await;
        assert_eq!(open["items"], json!([]));
        let resolved = read(&test, &signed, "/api/v1/alarms?standing=resolved&limit=1").await;
        assert_eq!(resolved["items"][0]["standing"], "resolved");
        assert_eq!(send(&test, &signed, &ack, &json!({})).await, 409);
    }
);

both!(
    async fn what_was_sent_is_read_and_sent_again(db: TestDatabase) {
        let receiver = Receiver::new().await;
        let test = alarmed(db, &receiver).await;
        let signed = test.signed(Role::Operator).await;
        test.app.send_webhooks().await.unwrap();
        test.videos("a", &["g0"]).await;
        test.app.judge_alarms().await.unwrap();
        test.app.send_webhooks().await.unwrap();
        let webhooks = signed.get(&test, "/api/v1/webhooks").await.expect(200);
        let told = webhooks.text();
        assert!(
            !told.contains("hunter2") && !told.contains("whsec_"),
            "{told}"
        );
        assert_eq!(webhooks.json()[0]["last"]["kind"], "alarm.resolved");
        let all = "/api/v1/webhooks/deliveries";
        let newest = read(&test, &signed, &format!("{all}?webhook=chat&limit=1")).await;
        let after = newest["next"].as_str().unwrap();
        let rest = read(&test, &signed, &format!("{all}?after={after}")).await;
        let first = format!("{all}/{}", rest["items"][0]["id"].as_str().unwrap());
        let whole = read(&test, &signed, &first).await;
        assert_eq!(whole["body"]["type"], "alarm.opened");
        assert_eq!(whole["attempts"][0]["status"], 204);
        let replay = format!("{first}/replay");
        assert_eq!(send(&test, &signed, &replay, &json!({})).await, 200);
        test.app.send_webhooks().await.unwrap();
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        assert_eq!(received[0].id, received[2].id);
    }
);

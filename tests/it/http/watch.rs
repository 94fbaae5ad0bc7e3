//! What is watched over HTTP: visits, who was turned away, alarms, and what was sent of them.

use std::time::Duration;

use mcnd::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    app::{NOON, TestApp, answer},
    both,
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
        let test = TestApp::start(db, &[]).await;
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

both!(
    async fn whom_the_crawlers_faces_turn_away_is_counted_by_the_hour(db: TestDatabase) {
        let settings = [("access.wrong_per_minute", "2")];
        let test = TestApp::start(db, &settings).await;
        test.creator("a").await;
        let signed = test.signed(Role::Viewer).await;
        answer(test.ask(Method::GET, "/users.json"))
            .await
            .expect(401);
        let wrong = || test.ask(Method::GET, "/feeds/a.xml").bearer_auth("wrong");
        answer(wrong().header("user-agent", "Crawler/1"))
            .await
            .expect(401);
        answer(wrong().header("user-agent", "Crawler/2"))
            .await
            .expect(401);
        answer(wrong()).await.expect(429);
        let callback = test
            .ask(Method::GET, "/users.json")
            .bearer_auth(&test.callback);
        answer(callback).await.expect(403);
        let face = test
            .ask(Method::POST, "/callbacks/dailymotion")
            .bearer_auth("wrong");
        answer(face.body("[]")).await.expect(429);
        test.app.write_visits().await.unwrap();
        let turned = read(&test, &signed, "/api/v1/visits/turned-away?limit=500").await;
        let mut told: Vec<_> = turned["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["reason"].as_str().unwrap(),
                    one["times"].as_i64().unwrap(),
                )
            })
            .collect();
        told.sort_unstable();
        let expected = [
            ("no_credential", 1),
            ("other_face", 1),
            ("too_often", 1),
            ("wrong_credential", 2),
        ];
        assert_eq!(told, expected);
        let wrong = turned["items"].as_array().unwrap().iter();
        let wrong: Vec<_> = wrong
            .filter(|one| one["reason"] == "wrong_credential")
            .collect();
        assert_eq!(wrong[0]["user_agent"], "Crawler/2");
        assert_eq!(wrong[0]["address"], "127.0.0.1");
        assert_eq!(wrong[0]["hour"], NOON.as_millis());
        test.advance(HOUR);
        answer(test.ask(Method::GET, "/users.json"))
            .await
            .expect(401);
        test.app.write_visits().await.unwrap();
        let first = read(&test, &signed, "/api/v1/visits/turned-away?limit=1").await;
        assert_eq!(first["items"][0]["hour"], NOON.as_millis() + 3_600_000);
        let after = first["next"].as_str().unwrap();
        let rest = read(
            &test,
            &signed,
            &format!("/api/v1/visits/turned-away?after={after}"),
        )
        .await;
        assert_eq!(rest["items"].as_array().unwrap().len(), 4);
        test.advance(Duration::from_hours(24 * 100));
        test.app.forget_old_visits().await.unwrap();
        assert_eq!(test.database.value("SELECT COUNT(*) FROM turned_away"), "0");
    }
);

both!(
    async fn an_alarm_is_read_acknowledged_and_snoozed_and_its_delivery_replayed(db: TestDatabase) {
        let receiver = Receiver::new().await;
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
        let signed = test.signed(Role::Operator).await;
        test.creator("a").await;
        test.deliver(&json!([ready("g0", "x1abcd")])).await;
        test.app.judge_alarms().await.unwrap();
        let open = read(&test, &signed, "/api/v1/alarms").await;
        let alarm = &open["items"][0];
        assert_eq!(
            (&alarm["rule"], &alarm["standing"]),
            (&json!("orphans"), &json!("open"))
        );
        let path = format!("/api/v1/alarms/{}", alarm["id"].as_str().unwrap());
        assert_eq!(read(&test, &signed, &path).await, *alarm);
        assert_eq!(
            send(&test, &signed, &format!("{path}/acknowledge"), &json!({})).await,
            200
        );
        let until = |at: &str| json!({ "until": at });
        let snooze = format!("{path}/snooze");
        assert_eq!(
            send(&test, &signed, &snooze, &until("2026-10-01T11:00:00Z")).await,
            400
        );
        assert_eq!(send(&test, &signed, &snooze, &until("soon")).await, 422);
        assert_eq!(
            send(&test, &signed, &snooze, &until("2026-10-01T14:00:00Z")).await,
            200
        );
        let now = read(&test, &signed, &path).await;
        assert_eq!(now["acknowledged_by"], "operator:operator");
        assert_eq!(now["standing"], "snoozed");

        test.app.send_webhooks().await.unwrap();
        let webhooks = signed.get(&test, "/api/v1/webhooks").await.expect(200);
        assert!(!webhooks.text().contains("hunter2") && !webhooks.text().contains("whsec_"));
        assert_eq!(webhooks.json()[0]["last"]["kind"], "alarm.snoozed");
        let sent = read(
            &test,
            &signed,
            "/api/v1/webhooks/deliveries?webhook=chat&limit=2",
        )
        .await;
        let after = sent["next"].as_str().unwrap();
        let rest = format!("/api/v1/webhooks/deliveries?after={after}");
        let rest = read(&test, &signed, &rest).await;
        let first = format!(
            "/api/v1/webhooks/deliveries/{}",
            rest["items"][0]["id"].as_str().unwrap()
        );
        let whole = read(&test, &signed, &first).await;
        assert_eq!(whole["body"]["type"], "alarm.opened");
        assert_eq!(whole["attempts"][0]["status"], 200);
        assert_eq!(
            send(&test, &signed, &format!("{first}/replay"), &json!({})).await,
            200
        );
        test.app.send_webhooks().await.unwrap();
        assert_eq!(receiver.received().len(), 4);

        test.videos("a", &["g0"]).await;
        test.app.judge_alarms().await.unwrap();
        assert_eq!(
            read(&test, &signed, "/api/v1/alarms").await["items"],
            json!([])
        );
        let resolved = read(&test, &signed, "/api/v1/alarms?standing=resolved&limit=1").await;
        assert_eq!(resolved["items"][0]["standing"], "resolved");
        assert_eq!(
            send(&test, &signed, &format!("{path}/acknowledge"), &json!({})).await,
            409
        );
    }
);

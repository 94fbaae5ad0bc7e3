//! What is told of alarms reaches receivers: signed, again when it was not taken, once more when somebody asks for it.

use std::time::Duration;

use mcnd::model::{Delivery, DeliveryState};
use serde_json::json;

use super::{judged, told};
use crate::harness::{
    app::TestApp,
    both,
    databases::TestDatabase,
    given::{by, ready},
    receiver::Receiver,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const HOUR: Duration = Duration::from_hours(1);

/// A service that tells this receiver, and another one only of what opens.
async fn telling(receiver: &Receiver, other: &Receiver, database: TestDatabase) -> TestApp {
    let endpoints = format!(
        "[{{ name = \"chat\", url = \"{}\", secret = \"{SECRET}\" }}, \
          {{ name = \"pager\", url = \"{}\", secret = \"{SECRET}\", kinds = [\"alarm.opened\"] }}]",
        receiver.url("/hunter2"),
        other.url("/"),
    );
    let settings = [
        ("alarms.disk_free", "0"),
        ("outbound.allow", "[\"127.0.0.0/8\"]"),
        ("webhooks.endpoints", endpoints.as_str()),
    ];
    let app = TestApp::start(database, &settings).await;
    app.creator("a").await;
    app
}

/// Opens an alarm.
async fn open(app: &TestApp) {
    app.deliver(&json!([ready("g0", "x1abcd")])).await;
    assert_eq!(judged(app).await.len(), 1);
}

/// Resolves it.
async fn resolve(app: &TestApp) {
    app.import(&[crate::harness::given::row("a", "g0", &json!({}))])
        .await;
    assert!(judged(app).await.is_empty());
}

async fn deliveries(app: &TestApp, webhook: &str) -> Vec<Delivery> {
    let newest = app.app.list_deliveries(Some(webhook), None, 100).await;
    newest.unwrap().into_iter().rev().collect()
}

both!(
    async fn what_happens_to_an_alarm_is_sent_signed_to_whoever_wants_it(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        open(&app).await;
        assert_eq!(app.app.send_webhooks().await.unwrap(), 2);
        resolve(&app).await;
        assert_eq!(app.app.send_webhooks().await.unwrap(), 1);
        assert_eq!(app.app.send_webhooks().await.unwrap(), 0);
        let (received, paged) = (chat.received(), pager.received());
        assert_eq!((received.len(), paged.len()), (2, 1));
        for one in received.iter().chain(&paged) {
            assert!(one.is_signed_with(SECRET), "{one:?}");
            assert_eq!(one.timestamp, "1790856000");
            assert_eq!(one.content_type, "application/json");
        }
        let body = received[0].json();
        assert_eq!(body["type"], "alarm.opened");
        assert_eq!(body["timestamp"], "2026-10-01T12:00:00Z");
        assert_eq!(body["data"]["rule"], "orphans");
        assert!(
            body["text"]
                .as_str()
                .unwrap()
                .starts_with("warning: 1 report")
        );
        assert_eq!(received[1].json()["type"], "alarm.resolved");
        assert_eq!(
            (&received[0].id, &received[0].body),
            (&paged[0].id, &paged[0].body)
        );
        assert_ne!(received[0].id, received[1].id);
    }
);

both!(
    async fn what_is_not_taken_comes_again_in_order_and_under_its_id(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        chat.answers(503, Some("600"));
        open(&app).await;
        app.app.send_webhooks().await.unwrap();
        assert_eq!(app.app.send_webhooks().await.unwrap(), 0);
        app.advance(Duration::from_secs(599));
        assert_eq!(app.app.send_webhooks().await.unwrap(), 0);
        app.advance(Duration::from_secs(1));
        chat.answers(500, None);
        assert_eq!(app.app.send_webhooks().await.unwrap(), 1);
        chat.answers(200, None);
        app.advance(HOUR);
        assert_eq!(app.app.send_webhooks().await.unwrap(), 1);
        let received = chat.received();
        assert_eq!(received.len(), 3);
        assert!(
            received
                .iter()
                .all(|one| one.id == received[0].id && one.is_signed_with(SECRET))
        );
        assert_ne!(received[0].timestamp, received[2].timestamp);
        let delivery = deliveries(&app, "chat").await.remove(0);
        assert_eq!(
            (delivery.state, delivery.tries),
            (DeliveryState::Delivered, 3)
        );
        let attempts = app.app.delivery(&delivery.id).await.unwrap().attempts;
        let statuses: Vec<_> = attempts.iter().map(|attempt| attempt.status).collect();
        assert_eq!(statuses, [Some(503), Some(500), Some(200)]);
    }
);

both!(
    async fn after_some_days_it_is_given_up_and_a_replay_sends_it_once_more(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        chat.answers(301, None);
        open(&app).await;
        for _ in 0..200 {
            app.app.send_webhooks().await.unwrap();
            app.advance(HOUR);
        }
        let delivery = deliveries(&app, "chat").await.remove(0);
        assert_eq!(delivery.state, DeliveryState::GivenUp);
        let tried = chat.received().len();
        assert!((15..40).contains(&tried), "{tried}");
        chat.answers(200, None);
        app.app
            .replay_delivery(by(), delivery.id.clone())
            .await
            .unwrap();
        assert_eq!(app.app.send_webhooks().await.unwrap(), 1);
        let received = chat.received();
        assert_eq!(received[tried].id, received[0].id);
        assert_eq!(received[tried].body, received[0].body);
        let delivery = deliveries(&app, "chat").await.remove(0);
        assert_eq!(delivery.state, DeliveryState::Delivered);
        let audited = "SELECT count(*) FROM audit WHERE action = 'delivery.replay'";
        assert_eq!(app.database.value(audited), "1");
    }
);

both!(
    async fn whoever_is_gone_is_not_asked_again_and_holds_nobody_up(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        chat.answers(410, None);
        open(&app).await;
        app.app.send_webhooks().await.unwrap();
        app.advance(48 * HOUR);
        assert_eq!(app.app.send_webhooks().await.unwrap(), 0);
        assert_eq!((chat.received().len(), pager.received().len()), (1, 1));
        assert_eq!(
            deliveries(&app, "chat").await[0].state,
            DeliveryState::GivenUp
        );
    }
);

both!(
    async fn two_daemons_open_an_alarm_once_and_send_each_event_once(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        let beside = app.beside().await;
        app.deliver(&json!([ready("g0", "x1abcd")])).await;
        let (one, other) = tokio::join!(app.app.judge_alarms(), beside.app.judge_alarms());
        assert_eq!(one.unwrap() + other.unwrap(), 1);
        assert_eq!(told(&app), ["alarm.opened"]);
        let (one, other) = tokio::join!(app.app.send_webhooks(), beside.app.send_webhooks());
        assert_eq!(
            one.unwrap() + other.unwrap() + app.app.send_webhooks().await.unwrap(),
            2
        );
        assert_eq!((chat.received().len(), pager.received().len()), (1, 1));
    }
);

both!(
    async fn a_replay_outlives_the_last_try_that_is_under_way(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        let store = app.beside().await;
        open(&app).await;
        chat.answers(410, None);
        let asked = chat.hold();
        let sending = async { app.app.send_webhooks().await.unwrap() };
        let replaying = async {
            asked.await;
            let id = deliveries(&store, "chat").await.remove(0).id;
            store.app.replay_delivery(by(), id).await.unwrap();
            chat.release();
        };
        tokio::join!(sending, replaying);
        let delivery = deliveries(&app, "chat").await.remove(0);
        assert_eq!(
            (delivery.state, delivery.tries),
            (DeliveryState::Waiting, 0)
        );
        chat.answers(200, None);
        assert_eq!(app.app.send_webhooks().await.unwrap(), 1);
        assert_eq!(
            deliveries(&app, "chat").await[0].state,
            DeliveryState::Delivered
        );
    }
);

both!(
    async fn what_was_replayed_is_kept_until_it_is_taken_however_old_it_is(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let app = telling(&chat, &pager, db).await;
        open(&app).await;
        app.app.send_webhooks().await.unwrap();
        app.advance(2_400 * HOUR);
        let id = deliveries(&app, "chat").await.remove(0).id;
        app.app.replay_delivery(by(), id).await.unwrap();
        app.app.sweep().await.unwrap();
        assert_eq!(app.app.send_webhooks().await.unwrap(), 1);
        assert_eq!(chat.received().len(), 2);
        app.app.sweep().await.unwrap();
        assert!(deliveries(&app, "chat").await.is_empty());
    }
);

both!(
    async fn a_receiver_on_an_inner_network_is_refused_and_no_secret_is_told(db: TestDatabase) {
        let (chat, pager) = (Receiver::new().await, Receiver::new().await);
        let mut app = telling(&chat, &pager, db).await;
        app.set("outbound.allow", "[]").await;
        open(&app).await;
        app.app.send_webhooks().await.unwrap();
        assert!(chat.received().is_empty());
        let delivery = deliveries(&app, "chat").await.remove(0);
        let whole = app.app.delivery(&delivery.id).await.unwrap();
        let message = whole.attempts[0].message.clone().unwrap();
        assert!(message.contains("`outbound.allow`"), "{message}");
        let webhooks = app.app.list_webhooks().await.unwrap();
        let shown = format!("{whole:?} {webhooks:?} {:?}", app.app.config());
        assert!(
            !shown.contains("hunter2") && !shown.contains("MfKQ"),
            "{shown}"
        );
    }
);

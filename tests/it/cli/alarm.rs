//! `mcnd alarm` and `mcnd webhook`.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{
    databases::TestDatabase, installation::Installation, receiver::Receiver, wait_until,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const LIMIT: Duration = Duration::from_mins(1);

/// The texts that a receiver was sent so far, once there are so many.
async fn texts(receiver: &Receiver, count: usize) -> Vec<String> {
    let received = wait_until("the news", LIMIT, async || {
        let received = receiver.received();
        (received.len() >= count).then_some(received)
    });
    let text = |body: Value| body["text"].as_str().unwrap().to_owned();
    let received = received.await.into_iter();
    received.map(|one| text(one.json())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_listed_acknowledged_and_snoozed_and_its_news_replayed() {
    let receiver = Receiver::new().await;
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let listed = installation.done(&["alarm", "list"]).await;
    assert!(listed.contains("no alarm is open"), "{listed}");
    let listed = installation.done(&["webhook", "list"]).await;
    assert!(listed.contains("`webhooks.endpoints`"), "{listed}");
    installation.configure(&format!(
        "[alarms]\ndisk_free = 1000000000000000000\n[outbound]\nallow = [\"127.0.0.0/8\"]\n[webhooks]\n\
         endpoints = [{{ name = \"chat\", url = \"{}\", secret = \"{SECRET}\" }}]",
        receiver.url("/hunter2")
    ));
    let served = installation.serve().await;
    assert!(texts(&receiver, 1).await[0].starts_with("critical: less than"));

    let alarms = installation.lines(&["alarm", "list", "--json"]).await;
    assert_eq!(
        (alarms.len(), &alarms[0]["rule"]),
        (1, &Value::from("disk_low"))
    );
    let id = alarms[0]["id"].as_str().unwrap();
    let said = installation.done(&["alarm", "ack", id]).await;
    assert!(said.starts_with("acknowledged by cli:"), "{said}");
    installation
        .done(&["alarm", "snooze", id, "--for", "2h"])
        .await;
    installation.ends(&["alarm", "snooze", id], 2).await;
    installation.ends(&["alarm", "ack", "nothing"], 1).await;
    let told = texts(&receiver, 3).await;
    assert!(told[1].starts_with("acknowledged by cli:"), "{told:?}");
    assert!(told[2].starts_with("snoozed until"), "{told:?}");
    let all = installation
        .lines(&["alarm", "list", "--all", "--json"])
        .await;
    assert_eq!(all[0]["standing"], "snoozed");

    let deliveries = installation
        .lines(&["webhook", "deliveries", "--json"])
        .await;
    let kinds: Vec<_> = deliveries.iter().map(|one| &one["kind"]).collect();
    assert_eq!(
        kinds,
        ["alarm.snoozed", "alarm.acknowledged", "alarm.opened"]
    );
    let id = deliveries[2]["id"].as_str().unwrap();
    installation.done(&["webhook", "replay", id]).await;
    assert_eq!(texts(&receiver, 4).await[3], told[0]);
    wait_until("two tries", LIMIT, async || {
        let shown = installation.lines(&["webhook", "show", id, "--json"]).await;
        (shown[0]["attempts"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    let mut said = installation.done(&["webhook", "show", id]).await;
    said += &installation.done(&["webhook", "list"]).await;
    said += &installation.done(&["config", "show"]).await;
    let ended = served.process.kill().await;
    said += &ended.out;
    said += &ended.err;
    assert!(
        !said.contains("hunter2") && !said.contains("MfKQ"),
        "{said}"
    );
}

//! `mcnd serve`: signals, the lock, and storage that has no room.

use std::time::Duration;

use serde_json::json;

use crate::harness::{
    app::guids_in,
    both,
    databases::TestDatabase,
    given::ready,
    http::{Raw, client},
    installation::{Installation, Served},
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(15);

async fn text(url: String, secret: &str) -> String {
    let answer = client().get(url).bearer_auth(secret).send().await.unwrap();
    answer.error_for_status().unwrap().text().await.unwrap()
}

async fn feed(served: &Served, secret: &str) -> Vec<String> {
    guids_in(&text(format!("http://{}/feeds/a.xml", served.public), secret).await)
}

/// An installation with three listed videos, and the secret that reads them.
async fn listed(database: TestDatabase) -> (Installation, String) {
    let installation = Installation::new(database).await;
    installation.creator("a").await;
    let row = |guid| json!({ "guid": guid, "title": "T", "category": "news", "media_url": "https://e.example/a.mp4", "made_for_kids": false });
    let rows: Vec<_> = ["g1", "g2", "g3"]
        .into_iter()
        .map(|guid| row(guid).to_string())
        .collect();
    installation.write("rows.jsonl", rows.join("\n"));
    installation
        .done(&["import", "rows.jsonl", "--creator", "a"])
        .await;
    let secret = installation.credential("crawler", "bearer").await;
    (installation, secret)
}

#[tokio::test]
async fn a_bad_file_at_sighup_keeps_the_old_settings_and_a_good_one_counts() {
    let (installation, secret) = listed(TestDatabase::sqlite()).await;
    let mut served = installation.serve().await;
    assert_eq!(feed(&served, &secret).await.len(), 3);
    installation.configure("[feed]\nlimit = \"few\"");
    served.process.signal("HUP");
    let said = served.process.says("the old ones stay in force").await;
    assert!(
        said.contains("ERROR") && said.contains("`feed.limit`"),
        "{said}"
    );
    assert_eq!(feed(&served, &secret).await.len(), 3);
    let metrics = text(format!("http://{}/metrics", served.operator), "").await;
    assert!(
        metrics.contains("mcnd_config_reload_total{outcome=\"refused\"} 1"),
        "{metrics}"
    );
    installation.configure("[feed]\nlimit = 2");
    served.process.signal("HUP");
    served.process.says("the settings were read again").await;
    assert_eq!(feed(&served, &secret).await, ["g1", "g2"]);
}

#[tokio::test]
async fn a_second_daemon_on_one_file_names_the_holder_and_stops() {
    let (installation, secret) = listed(TestDatabase::sqlite()).await;
    let served = installation.serve().await;
    let ended = installation.ends(&["serve"], 78).await;
    assert!(
        ended
            .err
            .contains(&format!("process {}", served.process.id())),
        "{}",
        ended.err
    );
    assert_eq!(feed(&served, &secret).await.len(), 3);
    served.process.kill().await;
    let served = installation.serve().await;
    assert_eq!(feed(&served, &secret).await.len(), 3);
}

#[tokio::test]
async fn without_a_public_address_there_is_no_daemon() {
    let (installation, _) = listed(TestDatabase::sqlite()).await;
    installation.write("mcnd.toml", "[server]\npublic = \"127.0.0.1:0\"\n");
    let ended = installation.ends(&["serve"], 78).await;
    assert!(
        ended.err.contains("`server.public_url` is not set"),
        "{}",
        ended.err
    );
}

both!(
    async fn a_stop_signal_lets_a_callback_under_way_finish(db: TestDatabase) {
        let (installation, _) = listed(db).await;
        let secret = installation.credential("callback", "bearer").await;
        let mut served = installation.serve().await;
        let body = ready("g1", "x1").to_string();
        let mut raw = Raw::connect(served.public).await;
        let length = body.len();
        raw.send(format!("POST /callbacks/dailymotion HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"))
            .await
            .unwrap();
        // The word to go on says that the request is under way.
        assert_eq!(raw.head().await.unwrap().status, 100);
        raw.send(&body[..10]).await.unwrap();
        served.process.signal("TERM");
        served.process.says("stopping").await;
        raw.send(&body[10..]).await.unwrap();
        assert_eq!(raw.answer().await.unwrap().status, 200);
        let ended = served.process.ends_within(LIMIT).await;
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(ended.err.contains("stopped"), "{}", ended.err);
        assert_eq!(installation.lines(&["event", "export"]).await.len(), 1);
    }
);

both!(
    async fn commands_beside_the_daemon_change_its_feeds(db: TestDatabase) {
        let (installation, secret) = listed(db).await;
        let served = installation.serve().await;
        installation
            .done(&["video", "take-down", "g1", "--yes"])
            .await;
        assert_eq!(feed(&served, &secret).await, ["g2", "g3"]);
        installation.done(&["creator", "pause", "a"]).await;
        assert_eq!(feed(&served, &secret).await, [""; 0]);
    }
);

#[tokio::test]
async fn two_daemons_on_one_postgres_both_take_callbacks() {
    let (installation, reading) = listed(TestDatabase::postgres()).await;
    let secret = installation.credential("callback", "bearer").await;
    let one = installation.serve().await;
    let other = installation.serve_elsewhere().await;
    for (guid, sender, reader) in [("g1", &one, &other), ("g2", &other, &one)] {
        let url = format!("http://{}/callbacks/dailymotion", sender.public);
        let request = client()
            .post(url)
            .bearer_auth(&secret)
            .body(ready(guid, "x1").to_string());
        assert_eq!(request.send().await.unwrap().status(), 200);
        assert!(!feed(reader, &reading).await.contains(&guid.to_owned()));
    }
    wait_until("readiness", LIMIT, async || {
        let url = format!("http://{}/readyz", other.operator);
        (text(url, "").await == "ready\n").then_some(())
    })
    .await;
}

//! `mcnd event replay`: what arrival should have done is done, and nothing twice.

use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::TestDatabase,
    given::{ready, status},
    http::client,
    installation::Installation,
};

/// Videos of one creator, and what was reported of them.
async fn reported(db: TestDatabase, guids: &[&str], events: &Value) -> Installation {
    let installation = Installation::new(db).await;
    installation.creator("a").await;
    let head = "guid,title,category,media_url,made_for_kids".to_owned();
    let row = |guid: &&str| format!("\n{guid},Title,news,https://media.example/{guid}.mp4,no");
    let rows = guids.iter().map(row).collect::<String>();
    installation.write("rows.csv", head + &rows);
    installation
        .done(&["import", "rows.csv", "--creator", "a"])
        .await;
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let request = client()
        .post(format!("http://{}/callbacks/dailymotion", served.public))
        .bearer_auth(&secret)
        .body(events.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
    served.process.kill().await;
    installation
}

async fn state(installation: &Installation, guid: &str) -> Value {
    installation
        .lines(&["video", "show", guid, "--json"])
        .await
        .remove(0)["state"]
        .clone()
}

both!(
    async fn what_has_its_effect_changes_nothing(db: TestDatabase) {
        let events = json!([
            ready("a", "x1"),
            status("b", "failed"),
            ready("unknown", "x2"),
            5
        ]);
        let installation = reported(db, &["a", "b", "c"], &events).await;
        let look = async || {
            let videos = installation.done(&["video", "export"]).await;
            (videos, installation.done(&["event", "export"]).await)
        };
        let before = look().await;
        let replayed = installation
            .lines(&[
                "event",
                "replay",
                "--since",
                "2001-01-01",
                "--yes",
                "--json",
            ])
            .await;
        assert_eq!(
            (&replayed[0]["done"], &replayed[0]["unchanged"]),
            (&json!(0), &json!(4))
        );
        assert_eq!(look().await, before);
    }
);

both!(
    async fn what_an_arrival_should_have_done_is_done(db: TestDatabase) {
        let events = json!([ready("a", "x1"), ready("b", "x2")]);
        let installation = reported(db, &["a", "b"], &events).await;
        // As if the first event had stayed an orphan and the second had never been understood.
        installation.database.sql(
            "UPDATE creators SET videos_waiting = 2, videos_imported = 0;
             DELETE FROM timeline WHERE by_whom = 'injector';
             UPDATE videos SET state = 'waiting', remote_id = NULL, ready_at = NULL, listed_from = waiting_since;
             UPDATE events SET outcome = 'orphan', epoch = NULL WHERE guid = 'a';
             UPDATE events SET outcome = 'malformed', epoch = NULL, guid = NULL WHERE guid = 'b'",
        );
        installation.ends(&["doctor", "--deep"], 1).await;
        let asked = installation
            .ends(&["event", "replay", "--outcome", "orphan"], 1)
            .await;
        assert!(
            asked.err.contains("1 event filed as orphan would be"),
            "{}",
            asked.err
        );
        assert_eq!(state(&installation, "a").await, "waiting");
        installation
            .done(&["event", "replay", "--outcome", "orphan", "--yes"])
            .await;
        assert_eq!(state(&installation, "a").await, "imported");
        assert_eq!(state(&installation, "b").await, "waiting");
        let malformed = installation
            .lines(&["event", "list", "--outcome", "malformed", "--json"])
            .await;
        let digest = malformed[0]["digest"].as_str().unwrap();
        installation.done(&["event", "replay", digest]).await;
        assert_eq!(state(&installation, "b").await, "imported");
        installation.done(&["doctor", "--deep"]).await;
        let of_guid = installation
            .lines(&[
                "event",
                "list",
                "--guid",
                "b",
                "--outcome",
                "ready",
                "--json",
            ])
            .await;
        assert_eq!(of_guid.len(), 1);
    }
);

both!(
    async fn a_failure_from_before_a_retry_never_refuses_again(db: TestDatabase) {
        let installation = reported(db, &["a"], &json!([status("a", "failed")])).await;
        installation.done(&["video", "retry", "a"]).await;
        installation
            .done(&["event", "replay", "--guid", "a", "--yes"])
            .await;
        assert_eq!(state(&installation, "a").await, "waiting");
        // Not even as an orphan that was never applied.
        installation
            .database
            .sql("UPDATE events SET outcome = 'orphan', epoch = NULL");
        let replayed = installation
            .lines(&["event", "replay", "--guid", "a", "--yes", "--json"])
            .await;
        assert_eq!(state(&installation, "a").await, "waiting");
        assert_eq!(replayed[0]["done"], 1);
        let filed = "SELECT COUNT(*) FROM events WHERE outcome = 'recorded'";
        assert_eq!(installation.database.value(filed), "1");
    }
);

both!(
    async fn an_event_is_filed_under_no_guid_where_its_text_names_none(db: TestDatabase) {
        let installation = reported(db, &["a"], &json!([5])).await;
        installation
            .database
            .sql("UPDATE events SET guid = 'a' WHERE outcome = 'malformed'");
        installation.ends(&["doctor", "--deep"], 1).await;
        let replay = ["event", "replay", "--guid", "a", "--yes"];
        installation.done(&replay).await;
        installation.done(&["doctor", "--deep"]).await;
        let filed = "SELECT COUNT(*) FROM events WHERE guid IS NULL";
        assert_eq!(installation.database.value(filed), "1");
        // Nothing is found any more, which programs are told as well.
        let none = installation
            .lines(&["event", "replay", "--guid", "a", "--json"])
            .await;
        assert_eq!(none[0]["planned"], 0);
    }
);

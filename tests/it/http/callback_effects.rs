//! What events do to videos: orphans, odd ids, conflicts, repetition.

use serde_json::json;

use super::callback::{filed, only, waiting};
use crate::harness::{
    both,
    databases::TestDatabase,
    given::{ready, row, status},
};

both!(
    async fn an_event_of_an_unknown_guid_is_applied_when_the_video_appears(db: TestDatabase) {
        let test = waiting(db, &["other"]).await;
        test.deliver(&json!([ready("g", "x1"), status("h", "error")]))
            .await;
        assert_eq!(test.filed(), [filed("orphan", ""), filed("orphan", "")]);
        test.import(&["g", "h", "i"].map(|guid| row("a", guid, &json!({}))))
            .await;
        assert_eq!(
            (test.state("g").await, test.state("h").await),
            ("imported", "refused")
        );
        assert_eq!(test.feed_guids("a").await, ["other", "i"]);
        assert_eq!(test.filed(), [filed("ready", ""), filed("refused", "")]);
    }
);

both!(
    async fn odd_uids_are_kept_as_they_came_and_match_exactly(db: TestDatabase) {
        let test = waiting(db, &["g", "12345678901234567890"]).await;
        let odd = [
            r#""g\u0000""#,
            r#""\ud800""#,
            r#"" g""#,
            r#""g ""#,
            r#""G""#,
            r#""""#,
            "1.5",
            "true",
        ];
        let long = format!("\"{}\"", "g".repeat(10_000));
        let event =
            |uid: &str| format!(r#"{{"data":{{"uid":{uid},"status":"ready","remote_id":"x1"}}}}"#);
        let events: Vec<_> = odd
            .iter()
            .map(|uid| event(uid))
            .chain([event(&long)])
            .collect();
        let stored = test
            .post(format!("[{}]", events.join(",")))
            .await
            .expect(200)
            .json();
        assert_eq!(stored["stored"], events.len());
        assert_eq!(test.state("g").await, "waiting");
        let kept: Vec<_> = test
            .database
            .query("SELECT raw FROM events")
            .into_iter()
            .map(|row| row[0].clone().unwrap())
            .collect();
        assert!(events.iter().all(|event| kept.contains(event)), "{kept:?}");
        test.post(event("12345678901234567890")).await.expect(200);
        assert_eq!(test.state("12345678901234567890").await, "imported");
        let note = "SELECT note FROM events WHERE guid = '12345678901234567890'";
        assert!(test.database.value(note).contains("numeric uid"));
    }
);

#[tokio::test]
async fn ready_without_a_remote_id_changes_nothing_and_alarms() {
    for remote_id in [json!(null), json!("")] {
        let test = waiting(TestDatabase::sqlite(), &["g"]).await;
        let mut event = ready("g", "");
        event["data"]["remote_id"] = remote_id;
        test.deliver(&event).await;
        assert_eq!(only(&test), filed("anomalous", "ready_without_id"));
        assert_eq!(test.feed_guids("a").await, ["g"]);
    }
}

both!(
    async fn a_failure_beside_a_ready_is_shown_and_changes_nothing(db: TestDatabase) {
        let test = waiting(db, &["g", "h"]).await;
        test.deliver(&ready("g", "x1")).await;
        test.deliver(&status("g", "error")).await;
        test.deliver(&json!([status("h", "error"), ready("h", "x2")]))
            .await;
        assert_eq!(
            (test.state("g").await, test.state("h").await),
            ("imported", "imported")
        );
        assert!(
            test.filed()
                .contains(&filed("recorded", "failure_beside_ready")),
            "{:?}",
            test.filed()
        );
    }
);

both!(
    async fn another_remote_id_is_a_conflict_and_the_first_stays(db: TestDatabase) {
        let test = waiting(db, &["g"]).await;
        test.deliver(&ready("g", "x1")).await;
        test.deliver(&ready("g", "x2")).await;
        let video = test.app.video(&"g".parse().unwrap()).await.unwrap();
        assert_eq!(
            video.standing.remote_ids().collect::<Vec<_>>(),
            ["x1", "x2"]
        );
        assert!(video.standing.is_conflict());
        assert_eq!(
            test.filed(),
            [filed("ready", ""), filed("ready", "conflict")]
        );
        assert_eq!(test.app.status(0).await.unwrap().conflicts, 1);
    }
);

#[tokio::test]
async fn an_odd_remote_id_is_applied_and_an_unusable_one_holds() {
    let test = waiting(TestDatabase::sqlite(), &["g", "h", "i"]).await;
    test.deliver(&ready("g", "ID of another kind")).await;
    assert_eq!(only(&test), filed("ready", "odd_remote_id"));
    assert_eq!(test.state("g").await, "imported");
    test.deliver(&json!([ready("h", &"x".repeat(65)), ready("i", "x\u{0}1")]))
        .await;
    assert_eq!(
        test.filed()[..2],
        [
            filed("anomalous", "unusable_remote_id"),
            filed("anomalous", "unusable_remote_id")
        ]
    );
    assert_eq!(
        (test.state("h").await, test.state("i").await),
        ("waiting", "waiting")
    );
    assert_eq!(test.feed_guids("a").await, [""; 0]);
}

both!(
    async fn timestamps_of_any_kind_are_taken(db: TestDatabase) {
        let odd = [
            "null",
            "\"soon\"",
            "\"1790856000000\"",
            "-1",
            "0",
            "1e308",
            "1790856000",
            "253402300799000",
            "1.5",
            "{}",
        ];
        let guids: Vec<_> = (0..=odd.len()).map(|number| format!("g{number}")).collect();
        let test = waiting(db, &guids.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let data = |guid: &str| ready(guid, "x1")["data"].to_string();
        let mut events: Vec<_> = odd
            .iter()
            .zip(&guids)
            .map(|(time, guid)| format!(r#"{{"timestamp":{time},"data":{}}}"#, data(guid)))
            .collect();
        events.push(format!(r#"{{"data":{}}}"#, data(&guids[odd.len()])));
        test.post(format!("[{}]", events.join(",")))
            .await
            .expect(200);
        assert_eq!(test.feed_guids("a").await, [""; 0]);
        let seconds = "SELECT sent_at FROM events WHERE guid = 'g6'";
        assert_eq!(test.database.value(seconds), "1790856000000");
    }
);

both!(
    async fn the_same_event_has_one_effect_however_often_it_comes(db: TestDatabase) {
        let test = waiting(db, &["g"]).await;
        let event = ready("g", "x1");
        let twice = test.deliver(&json!([event, event])).await;
        assert_eq!((&twice["stored"], &twice["known"]), (&json!(1), &json!(1)));
        let again = test.deliver(&json!([event, event])).await;
        assert_eq!((&again["stored"], &again["known"]), (&json!(0), &json!(2)));
        assert_eq!(only(&test), filed("ready", ""));
        assert_eq!(
            test.database
                .value("SELECT count(*) FROM timeline WHERE what = 'reported'"),
            "1"
        );
    }
);

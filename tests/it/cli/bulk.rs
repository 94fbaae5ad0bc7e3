//! Changes of many videos: the count first, each video once, and nothing that a query does not mean.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::TestDatabase,
    given::status,
    http::client,
    installation::{Installation, Served, lines_of},
};

/// More than two pages of a walk.
const VIDEOS: usize = 1_200;

async fn filled(db: TestDatabase) -> Installation {
    let installation = Installation::new(db).await;
    installation.creator("a").await;
    import(&installation, "v", VIDEOS).await;
    installation
}

async fn import(installation: &Installation, prefix: &str, count: usize) {
    let mut rows = "guid,title,category,media_url,made_for_kids".to_owned();
    for number in 0..count {
        write!(
            rows,
            "\n{prefix}{number},Title,news,https://media.example/{number}.mp4,no"
        )
        .unwrap();
    }
    installation.write("rows.csv", rows);
    installation
        .done(&["import", "rows.csv", "--creator", "a"])
        .await;
}

/// Every video is refused: odd ones as `broken`, the others as `failed`.
async fn refuse_all(served: &Served, secret: &str, round: usize) {
    let word = |number| if number % 2 == 1 { "broken" } else { "failed" };
    let event = |number| {
        let mut event = status(&format!("v{number}"), word(number));
        event["round"] = round.into();
        event
    };
    let events: Vec<Value> = (0..VIDEOS).map(event).collect();
    let request = client()
        .post(format!("http://{}/callbacks/dailymotion", served.public))
        .bearer_auth(secret)
        .body(json!(events).to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
}

async fn count(installation: &Installation, state: &str) -> usize {
    let args = ["video", "list", "--state", state, "--limit", "0", "--json"];
    installation.lines(&args).await.len()
}

both!(
    async fn a_query_shows_its_count_and_waits_for_consent(db: TestDatabase) {
        let installation = filled(db).await;
        let secret = installation.credential("callback", "bearer").await;
        let served = installation.serve().await;
        refuse_all(&served, &secret, 1).await;
        let asked = installation
            .ends(&["video", "retry", "--reason", "broken"], 1)
            .await;
        assert!(asked.err.contains("600 videos"), "{}", asked.err);
        assert!(asked.err.contains("--yes"), "{}", asked.err);
        assert_eq!(count(&installation, "refused").await, VIDEOS);
        let told = installation
            .done(&[
                "video",
                "retry",
                "--reason",
                "broken",
                "--creator",
                "a",
                "--yes",
                "--json",
            ])
            .await;
        let [told] = lines_of(&told).try_into().unwrap();
        assert_eq!(
            (&told["state"], &told["done"]),
            (&json!("done"), &json!(600))
        );
        assert_eq!(count(&installation, "waiting").await, 600);
        let left = installation
            .lines(&[
                "video", "list", "--reason", "failed", "--limit", "0", "--json",
            ])
            .await;
        assert_eq!(left.len(), 600);
        installation.done(&["doctor", "--deep"]).await;
    }
);

both!(
    async fn videos_refused_again_meanwhile_are_retried_once(db: TestDatabase) {
        let installation = filled(db).await;
        let secret = installation.credential("callback", "bearer").await;
        let served = installation.serve().await;
        refuse_all(&served, &secret, 1).await;
        // Callbacks go between the chunks of a command that works on the same videos.
        let retry =
            installation.lines(&["video", "retry", "--state", "refused", "--yes", "--json"]);
        let (retried, ()) = tokio::join!(retry, refuse_all(&served, &secret, 2));
        assert_eq!(retried[0]["done"], VIDEOS);
        let epochs = "SELECT COUNT(*) FROM videos WHERE retry_epoch <> 1";
        assert_eq!(installation.database.value(epochs), "0");
        installation.done(&["doctor", "--deep"]).await;
    }
);

both!(
    async fn named_videos_are_changed_each_for_itself(db: TestDatabase) {
        let installation = filled(db).await;
        let ended = installation
            .ends(&["video", "take-down", "v1", "nobody", "v2", "v1"], 1)
            .await;
        assert!(ended.err.contains("no video `nobody`"), "{}", ended.err);
        assert_eq!(count(&installation, "removed").await, 2);
        let all = installation
            .lines(&["video", "take-down", "--creator", "a", "--yes", "--json"])
            .await;
        assert_eq!(all[0]["done"], VIDEOS - 2);
        let none = installation
            .run(&["video", "take-down", "--creator", "a", "--yes"])
            .await;
        assert!(none.status.success(), "{none:?}");
        assert!(none.err.contains("nothing to take down"), "{}", none.err);
        let none = installation
            .lines(&["video", "take-down", "--creator", "a", "--yes", "--json"])
            .await;
        assert_eq!(
            (&none[0]["planned"], &none[0]["done"]),
            (&json!(0), &json!(0))
        );
    }
);

#[tokio::test]
async fn completions_and_pages_come_without_a_catalog() {
    let ended = crate::harness::process::run(&["completions", "bash"], "").await;
    assert!(ended.status.success());
    assert!(ended.out.contains("take-down"));
    let page = crate::harness::process::run(&["man"], "").await;
    assert!(page.out.contains(".TH mcnd"), "{}", page.out);
}
